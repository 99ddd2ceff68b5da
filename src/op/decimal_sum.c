/* Sums of numerics with GMP integers: exact, whatever the size, with the largest scale seen; the
 * quotient of avg() with PostgreSQL's rule for digits (at least 16 significant ones, counted in its
 * groups of four). Source: PostgreSQL 15, numeric.c: numeric_accum, select_div_scale, div_var. */
#include "op/decimal_sum.h"

#include <stdlib.h>

#define DIGITS_IN_U64 19

void weir_decimal_sum_init(struct weir_decimal_sum *sum)
{
    *sum = (struct weir_decimal_sum){0};
    mpz_init(sum->units);
}

void weir_decimal_sum_done(struct weir_decimal_sum *sum)
{
    mpz_clear(sum->units);
}

static void scale_up(mpz_t value, uint32_t digits)
{
    mpz_t factor;
    mpz_init(factor);
    mpz_ui_pow_ui(factor, 10, digits);
    mpz_mul(value, value, factor);
    mpz_clear(factor);
}

/* Digits without sign and point; short ones without GMP's parser. */
static enum weir_code parse_units(struct weir_slice text, mpz_t ret, struct weir_error *err)
{
    bool negative = text.len && text.ptr[0] == '-';
    uint64_t small = 0;
    size_t digits_count = 0;
    for (size_t i = negative; i < text.len; i++)
        digits_count += text.ptr[i] != '.';
    if (digits_count < DIGITS_IN_U64) {
        for (size_t i = negative; i < text.len; i++)
            if (text.ptr[i] != '.')
                small = small * 10 + (uint64_t)(text.ptr[i] - '0');
        mpz_set_ui(ret, small);
    } else {
        char *digits = malloc(digits_count + 1), *to = digits;
        if (!digits)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        for (size_t i = negative; i < text.len; i++)
            if (text.ptr[i] != '.')
                *to++ = text.ptr[i];
        *to = '\0';
        mpz_set_str(ret, digits, 10);
        free(digits);
    }
    if (negative)
        mpz_neg(ret, ret);
    return WEIR_OK;
}

static void add_units(struct weir_decimal_sum *sum, mpz_t units, uint32_t scale)
{
    if (scale < sum->scale)
        scale_up(units, sum->scale - scale);
    if (scale > sum->scale) {
        scale_up(sum->units, scale - sum->scale);
        sum->scale = scale;
    }
    mpz_add(sum->units, sum->units, units);
}

enum weir_code weir_decimal_sum_add(struct weir_decimal_sum *sum, struct weir_slice numeric,
                                    struct weir_error *err)
{
    if (weir_slice_is(numeric, "NaN")) {
        sum->nan_count++;
        return WEIR_OK;
    }
    if (weir_slice_is(numeric, "Infinity")) {
        sum->plus_infinity_count++;
        return WEIR_OK;
    }
    if (weir_slice_is(numeric, "-Infinity")) {
        sum->minus_infinity_count++;
        return WEIR_OK;
    }
    const char *point = memchr(numeric.ptr, '.', numeric.len);
    uint32_t scale = point ? (uint32_t)(numeric.ptr + numeric.len - point - 1) : 0;
    mpz_t units;
    mpz_init(units);
    enum weir_code code = parse_units(numeric, units, err);
    if (code == WEIR_OK)
        add_units(sum, units, scale);
    mpz_clear(units);
    return code;
}

void weir_decimal_sum_add_integer(struct weir_decimal_sum *sum, __int128 value)
{
    unsigned __int128 magnitude = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    mpz_t units;
    mpz_init_set_ui(units, (unsigned long)(magnitude >> 64));
    mpz_mul_2exp(units, units, 64);
    mpz_add_ui(units, units, (unsigned long)magnitude);
    if (value < 0)
        mpz_neg(units, units);
    add_units(sum, units, 0);
    mpz_clear(units);
}

/* "NaN", an infinity, or NULL for a finite sum. */
static const char *special(const struct weir_decimal_sum *sum)
{
    if (sum->nan_count || (sum->plus_infinity_count && sum->minus_infinity_count))
        return "NaN";
    if (sum->plus_infinity_count)
        return "Infinity";
    return sum->minus_infinity_count ? "-Infinity" : NULL;
}

static struct weir_slice format_units(const mpz_t units, uint32_t scale, struct weir_arena *arena)
{
    size_t room = mpz_sizeinbase(units, 10) + scale + 4;
    char *digits = malloc(room), *text = weir_arena_alloc(arena, room, 1);
    if (!digits || !text) {
        free(digits);
        return (struct weir_slice){NULL, 0};
    }
    mpz_get_str(digits, 10, units);
    const char *from = digits;
    char *to = text;
    if (*from == '-')
        *to++ = *from++;
    size_t count = strlen(from);
    size_t whole = count > scale ? count - scale : 0;
    if (whole)
        memcpy(to, from, whole);
    else
        *to = '0';
    to += whole ? whole : 1;
    if (scale) {
        *to++ = '.';
        for (size_t zeros = whole ? 0 : scale - count; zeros; zeros--)
            *to++ = '0';
        memcpy(to, from + whole, count - whole);
        to += count - whole;
    }
    free(digits);
    return weir_slice(text, (size_t)(to - text));
}

struct weir_slice weir_decimal_sum_text(const struct weir_decimal_sum *sum,
                                        struct weir_arena *arena)
{
    const char *word = special(sum);
    return word ? weir_slice_of(word) : format_units(sum->units, sum->scale, arena);
}

/* The number in PostgreSQL's base 10,000: the weight of its first digit group, and that group's
 * value. */
static void leading_group(const mpz_t units, uint32_t scale, int64_t *ret_weight,
                          uint64_t *ret_group)
{
    *ret_weight = 0;
    *ret_group = 0;
    if (mpz_sgn(units) == 0)
        return;
    mpz_t value, factor;
    mpz_init(value);
    mpz_init(factor);
    mpz_abs(value, units);
    size_t digits = mpz_sizeinbase(value, 10);
    mpz_ui_pow_ui(factor, 10, digits - 1);
    if (mpz_cmp(value, factor) < 0) /* sizeinbase may be one too big */
        digits--;
    int64_t exponent = (int64_t)digits - 1 - scale; /* of the first decimal digit */
    *ret_weight = exponent >= 0 ? exponent / 4 : -((-exponent + 3) / 4);
    int64_t drop = *ret_weight * 4 + scale; /* decimal digits behind the group */
    mpz_ui_pow_ui(factor, 10, (unsigned long)(drop < 0 ? -drop : drop));
    if (drop < 0)
        mpz_mul(value, value, factor);
    else
        mpz_tdiv_q(value, value, factor);
    *ret_group = mpz_get_ui(value);
    mpz_clear(value);
    mpz_clear(factor);
}

static uint32_t quotient_scale(const struct weir_decimal_sum *sum, uint64_t count)
{
    int64_t weight, count_weight;
    uint64_t group, count_group;
    mpz_t divisor;
    mpz_init_set_ui(divisor, count);
    leading_group(sum->units, sum->scale, &weight, &group);
    leading_group(divisor, 0, &count_weight, &count_group);
    mpz_clear(divisor);
    int64_t quotient_weight = weight - count_weight - (group <= count_group);
    int64_t scale = 16 - quotient_weight * 4;
    if (scale < (int64_t)sum->scale)
        scale = sum->scale;
    if (scale < 0)
        scale = 0;
    return (uint32_t)(scale > 1000 ? 1000 : scale);
}

struct weir_slice weir_decimal_sum_average(const struct weir_decimal_sum *sum, uint64_t count,
                                           struct weir_arena *arena)
{
    const char *word = special(sum);
    if (word)
        return weir_slice_of(word);
    uint32_t scale = quotient_scale(sum, count);
    mpz_t units, rest;
    mpz_init_set(units, sum->units);
    mpz_init(rest);
    if (scale >= sum->scale) {
        scale_up(units, scale - sum->scale);
        mpz_set_ui(rest, count);
    } else { /* more than 1000 digits behind the point */
        mpz_ui_pow_ui(rest, 10, sum->scale - scale);
        mpz_mul_ui(rest, rest, count);
    }
    /* Half away from zero: (|2 units| + divisor) / (2 divisor), with the sign put back. */
    int sign = mpz_sgn(units);
    mpz_abs(units, units);
    mpz_mul_2exp(units, units, 1);
    mpz_add(units, units, rest);
    mpz_mul_2exp(rest, rest, 1);
    mpz_tdiv_q(units, units, rest);
    if (sign < 0)
        mpz_neg(units, units);
    struct weir_slice text = format_units(units, scale, arena);
    mpz_clear(units);
    mpz_clear(rest);
    return text;
}
