/* numeric as text: the canonical form, its order, and the way into and out of the forms that arithmetic uses.
 *
 * Canonical text is what PostgreSQL prints: [-]digits[.digits] without needless leading zeros, zero without a sign, as many
 * digits behind the point as the value has scale; or NaN, Infinity, -Infinity. Nearly all input is canonical already, and
 * then it is kept as a view. Source: PostgreSQL's numeric_in and set_var_from_str. */
#include "base/hash.h"
#include "column/ascii.h"
#include "column/decimal.h"
#include "column/numeric.h"
#include "column/text.h"

/* Longer texts are checked against the limits of the format. */
#define SURELY_SMALL_BYTES 16000

static bool is_canonical(struct weir_slice text)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    bool negative = at < end && *at == '-', zero = true;
    at += negative;
    if (at == end || !weir_is_digit(*at) || text.len > SURELY_SMALL_BYTES)
        return false;
    if (*at == '0') {
        at++;
    } else {
        zero = false;
        while (at < end && weir_is_digit(*at))
            at++;
    }
    if (at < end) {
        if (*at++ != '.' || at == end)
            return false;
        for (; at < end && weir_is_digit(*at); at++)
            zero = zero && *at == '0';
    }
    return at == end && !(negative && zero);
}

/* A number as it was written: digits around a point, and an exponent. */
struct written {
    struct weir_slice whole, fraction;
    int64_t exponent;
    bool negative;
};

static enum weir_code fail_syntax(struct weir_slice text, struct weir_error *err)
{
    return weir_fail(err, WEIR_BAD_DATA, "invalid input syntax for type numeric: \"%.*s\"",
                     WEIR_FMT(text));
}

static enum weir_code fail_overflow(struct weir_error *err)
{
    return weir_fail(err, WEIR_BAD_DATA, "value overflows numeric format");
}

static struct weir_slice digits_take(const char **at, const char *end)
{
    const char *start = *at;
    while (*at < end && weir_is_digit(**at))
        ++*at;
    return weir_slice(start, (size_t)(*at - start));
}

/* The exponent as strtol reads it (spaces before the sign too); false: there are no digits. Saturates. */
static bool exponent_take(const char **at, const char *end, int64_t *ret)
{
    while (*at < end && weir_is_space(**at))
        ++*at;
    bool negative = *at < end && **at == '-';
    if (*at < end && (**at == '-' || **at == '+'))
        ++*at;
    struct weir_slice digits = digits_take(at, end);
    int64_t value = 0;
    for (size_t i = 0; i < digits.len && value < INT32_MAX; i++)
        value = value * 10 + (digits.ptr[i] - '0');
    *ret = negative ? -value : value;
    return digits.len > 0;
}

/* `at` is at the first digit or point. */
static enum weir_code written_take(const char **at, const char *end, struct weir_slice text,
                                   struct written *ret, struct weir_error *err)
{
    ret->whole = digits_take(at, end);
    ret->fraction = weir_slice("", 0);
    if (*at < end && **at == '.') {
        ++*at;
        ret->fraction = digits_take(at, end);
    }
    if (ret->whole.len + ret->fraction.len == 0)
        return fail_syntax(text, err);
    ret->exponent = 0;
    if (*at < end && (**at | 0x20) == 'e') {
        ++*at;
        if (!exponent_take(at, end, &ret->exponent))
            return fail_syntax(text, err);
        if (ret->exponent >= INT32_MAX / 2 || ret->exponent <= -(INT32_MAX / 2))
            return fail_overflow(err);
    }
    return WEIR_OK;
}

static char digit_at(const struct written *number, int64_t index)
{
    if (index < 0)
        return '0';
    size_t i = (size_t)index;
    if (i < number->whole.len)
        return number->whole.ptr[i];
    i -= number->whole.len;
    if (i < number->fraction.len)
        return number->fraction.ptr[i];
    return '0';
}

static enum weir_code written_print(const struct written *number, struct weir_arena *arena,
                                    struct weir_slice *ret, struct weir_error *err)
{
    int64_t count = (int64_t)(number->whole.len + number->fraction.len);
    int64_t point = (int64_t)number->whole.len + number->exponent;
    int64_t scale = (int64_t)number->fraction.len - number->exponent;
    scale = scale < 0 ? 0 : scale;
    int64_t first = 0; /* index of the first digit that is not 0 */
    while (first < count && digit_at(number, first) == '0')
        first++;
    bool zero = first == count;
    int64_t whole_digits = zero || first >= point ? 0 : point - first;
    if (scale > WEIR_NUMERIC_SCALE_MAX || whole_digits > WEIR_NUMERIC_DIGITS_MAX)
        return fail_overflow(err);
    char *to = weir_arena_alloc(arena, (size_t)(whole_digits + scale) + 3, 1);
    if (!to)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a numeric");
    char *out = to;
    if (number->negative && !zero)
        *out++ = '-';
    if (whole_digits == 0)
        *out++ = '0';
    for (int64_t i = point - whole_digits; i < point; i++)
        *out++ = digit_at(number, i);
    if (scale > 0)
        *out++ = '.';
    for (int64_t i = point; i < point + scale; i++)
        *out++ = digit_at(number, i);
    *ret = weir_slice(to, (size_t)(out - to));
    return WEIR_OK;
}

enum weir_code weir_numeric_parse(struct weir_slice text, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err)
{
    if (is_canonical(text)) {
        *ret = text;
        return WEIR_OK;
    }
    const char *at = text.ptr, *end = text.ptr + text.len;
    while (at < end && weir_is_space(*at))
        at++;
    const char *start = at;
    struct written number = {.negative = at < end && *at == '-'};
    at += at < end && (*at == '-' || *at == '+');
    struct weir_slice special = {NULL, 0};
    struct weir_slice rest = weir_slice(at, (size_t)(end - at));
    if (at < end && (weir_is_digit(*at) || *at == '.')) {
        WEIR_TRY(written_take(&at, end, text, &number, err));
    } else if (at == start && weir_starts_with_word(rest, "nan")) {
        special = WEIR_SLICE("NaN");
        at += 3;
    } else if (weir_starts_with_word(rest, "inf")) {
        special = number.negative ? WEIR_SLICE("-Infinity") : WEIR_SLICE("Infinity");
        at += weir_starts_with_word(rest, "infinity") ? 8 : 3;
    } else {
        return fail_syntax(text, err);
    }
    while (at < end && weir_is_space(*at))
        at++;
    if (at < end)
        return fail_syntax(text, err);
    if (special.ptr) {
        *ret = special;
        return WEIR_OK;
    }
    return written_print(&number, arena, ret, err);
}

/* --- order ------------------------------------------------------------------------------------------------------- */

static struct weir_slice split_point(struct weir_slice text, struct weir_slice *ret_fraction)
{
    const char *point = memchr(text.ptr, '.', text.len);
    if (!point) {
        *ret_fraction = weir_slice("", 0);
        return text;
    }
    size_t whole = (size_t)(point - text.ptr);
    *ret_fraction = weir_slice(point + 1, text.len - whole - 1);
    return weir_slice(text.ptr, whole);
}

static bool any_digit_set(struct weir_slice digits, size_t from)
{
    for (size_t i = from; i < digits.len; i++) {
        if (digits.ptr[i] != '0')
            return true;
    }
    return false;
}

/* Of two canonical texts without their signs. */
static int magnitude_compare(struct weir_slice a, struct weir_slice b)
{
    struct weir_slice a_fraction, b_fraction;
    a = split_point(a, &a_fraction);
    b = split_point(b, &b_fraction);
    if (a.len != b.len)
        return a.len > b.len ? 1 : -1;
    int order = memcmp(a.ptr, b.ptr, a.len);
    if (order)
        return order;
    size_t common = a_fraction.len < b_fraction.len ? a_fraction.len : b_fraction.len;
    order = memcmp(a_fraction.ptr, b_fraction.ptr, common);
    if (order)
        return order;
    return any_digit_set(a_fraction, common) - any_digit_set(b_fraction, common);
}

int weir_numeric_compare(struct weir_slice a, struct weir_slice b)
{
    static const int ranks[] = {
        [WEIR_MINUS_INFINITY] = 0, [WEIR_FINITE] = 1, [WEIR_PLUS_INFINITY] = 2, [WEIR_NAN] = 3};
    enum weir_numeric_kind a_kind = weir_numeric_kind(a), b_kind = weir_numeric_kind(b);
    if (a_kind != WEIR_FINITE || b_kind != WEIR_FINITE)
        return ranks[a_kind] - ranks[b_kind];
    bool a_negative = a.ptr[0] == '-', b_negative = b.ptr[0] == '-';
    if (a_negative != b_negative)
        return a_negative ? -1 : 1;
    if (a_negative)
        return magnitude_compare(weir_slice(b.ptr + 1, b.len - 1),
                                 weir_slice(a.ptr + 1, a.len - 1));
    return magnitude_compare(a, b);
}

int32_t weir_numeric_scale(struct weir_slice a)
{
    if (weir_numeric_kind(a) != WEIR_FINITE)
        return -1;
    struct weir_slice fraction;
    split_point(a, &fraction);
    return (int32_t)fraction.len;
}

uint64_t weir_numeric_hash(struct weir_slice value)
{
    if (memchr(value.ptr, '.', value.len)) { /* 1.50 as 1.5, 1.00 as 1 */
        while (value.ptr[value.len - 1] == '0')
            value.len--;
        value.len -= value.ptr[value.len - 1] == '.';
    }
    return weir_hash(value, 0);
}

/* --- machine integers -------------------------------------------------------------------------------------------- */

weir_uint128 weir_decimal_power(int exponent)
{
    static const uint64_t powers[20] = {1ull,
                                        10ull,
                                        100ull,
                                        1000ull,
                                        10000ull,
                                        100000ull,
                                        1000000ull,
                                        10000000ull,
                                        100000000ull,
                                        1000000000ull,
                                        10000000000ull,
                                        100000000000ull,
                                        1000000000000ull,
                                        10000000000000ull,
                                        100000000000000ull,
                                        1000000000000000ull,
                                        10000000000000000ull,
                                        100000000000000000ull,
                                        1000000000000000000ull,
                                        10000000000000000000ull};
    return exponent < 20 ? powers[exponent] : (weir_uint128)powers[19] * powers[exponent - 19];
}

bool weir_decimal_read(struct weir_slice text, struct weir_decimal *ret)
{
    if (text.len > 20)
        return false;
    const char *at = text.ptr, *end = text.ptr + text.len;
    bool negative = *at == '-';
    at += negative;
    uint64_t value = 0;
    const char *point = NULL;
    for (; at < end; at++) {
        if (*at == '.')
            point = at;
        else
            value = value * 10 + (uint64_t)(*at - '0');
    }
    if (text.len - negative - (point != NULL) > 18)
        return false;
    *ret = (struct weir_decimal){value, point ? (int32_t)(end - point - 1) : 0, negative};
    return true;
}

/* Writes a value of at most `count` digits, with leading zeros. */
static void digits128_write(weir_uint128 value, char *to, size_t count)
{
    const uint64_t step = UINT64_C(10000000000000000000);
    while (count > 19) {
        weir_digits_write((uint64_t)(value % step), to + count - 19, 19);
        value /= step;
        count -= 19;
    }
    weir_digits_write((uint64_t)value, to, count);
}

static size_t digits128_count(weir_uint128 value)
{
    const uint64_t step = UINT64_C(10000000000000000000);
    size_t more = 0;
    for (; value >> 64; value /= step)
        more += 19;
    return more + weir_digits_count((uint64_t)value);
}

enum weir_code weir_decimal_write(struct weir_decimal value, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err)
{
    size_t count = digits128_count(value.coefficient), scale = (size_t)value.scale;
    size_t all = count > scale ? count : scale + 1; /* with zeros up to one before the point */
    char *to = weir_arena_alloc(arena, all + 2, 1);
    if (!to)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a numeric");
    char *out = to;
    if (value.negative && value.coefficient)
        *out++ = '-';
    memset(out, '0', all - count);
    digits128_write(value.coefficient, out + all - count, count);
    if (scale) {
        memmove(out + all - scale + 1, out + all - scale, scale);
        out[all - scale] = '.';
    }
    *ret = weir_slice(to, (size_t)(out - to) + all + (scale != 0));
    return WEIR_OK;
}

/* --- GMP integers ------------------------------------------------------------------------------------------------ */

void weir_big_init(struct weir_big *big)
{
    mpz_init(big->coefficient);
    big->scale = 0;
}

void weir_big_done(struct weir_big *big)
{
    mpz_clear(big->coefficient);
}

void weir_big_power(mpz_t to, uint32_t exponent)
{
    mpz_ui_pow_ui(to, 10, exponent);
}

size_t weir_big_digits(const mpz_t coefficient)
{
    if (mpz_sgn(coefficient) == 0)
        return 0;
    size_t guess = mpz_sizeinbase(coefficient, 10); /* exact or one too large */
    mpz_t power;
    mpz_init(power);
    weir_big_power(power, (uint32_t)guess - 1);
    size_t count = mpz_cmpabs(coefficient, power) < 0 ? guess - 1 : guess;
    mpz_clear(power);
    return count;
}

enum weir_code weir_big_read(struct weir_slice text, struct weir_big *to, struct weir_arena *arena,
                             struct weir_error *err)
{
    char small[256], *digits = small;
    if (text.len >= sizeof(small) && !(digits = weir_arena_alloc(arena, text.len + 1, 1)))
        return weir_fail(err, WEIR_NOMEM, "out of memory for a numeric");
    struct weir_slice fraction, whole = split_point(text, &fraction);
    memcpy(digits, whole.ptr, whole.len);
    memcpy(digits + whole.len, fraction.ptr, fraction.len);
    digits[whole.len + fraction.len] = '\0';
    mpz_set_str(to->coefficient, digits, 10);
    to->scale = (int32_t)fraction.len;
    return WEIR_OK;
}

enum weir_code weir_big_write(const struct weir_big *from, struct weir_arena *arena,
                              struct weir_slice *ret, struct weir_error *err)
{
    size_t scale = (size_t)from->scale;
    size_t count = weir_big_digits(from->coefficient);
    if (scale > WEIR_NUMERIC_SCALE_MAX || count > scale + WEIR_NUMERIC_DIGITS_MAX)
        return fail_overflow(err);
    size_t all = count > scale ? count : scale + 1;
    char *to = weir_arena_alloc(arena, all + 4, 1);
    if (!to)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a numeric");
    char *out = to;
    if (mpz_sgn(from->coefficient) < 0)
        *out++ = '-';
    memset(out, '0', all - count);
    if (count > 0) {
        /* mpz_get_str writes the sign too: over the last zero or the sign, which are put back. */
        char *digits = out + all - count - (mpz_sgn(from->coefficient) < 0);
        char before = *digits;
        mpz_get_str(digits, 10, from->coefficient);
        if (mpz_sgn(from->coefficient) < 0)
            *digits = before;
    }
    if (scale) {
        memmove(out + all - scale + 1, out + all - scale, scale);
        out[all - scale] = '.';
    }
    *ret = weir_slice(to, (size_t)(out - to) + all + (scale != 0));
    return WEIR_OK;
}

void weir_big_rescale(struct weir_big *big, int32_t scale, bool round)
{
    if (scale == big->scale)
        return;
    mpz_t power;
    mpz_init(power);
    if (scale > big->scale) {
        weir_big_power(power, (uint32_t)(scale - big->scale));
        mpz_mul(big->coefficient, big->coefficient, power);
    } else {
        weir_big_power(power, (uint32_t)(big->scale - scale));
        if (round) { /* half of the power towards the number's sign, then cut */
            mpz_t half;
            mpz_init(half);
            mpz_fdiv_q_2exp(half, power, 1);
            if (mpz_sgn(big->coefficient) < 0)
                mpz_sub(big->coefficient, big->coefficient, half);
            else
                mpz_add(big->coefficient, big->coefficient, half);
            mpz_clear(half);
        }
        mpz_tdiv_q(big->coefficient, big->coefficient, power);
        if (scale < 0) {
            weir_big_power(power, (uint32_t)-scale);
            mpz_mul(big->coefficient, big->coefficient, power);
        }
    }
    big->scale = scale < 0 ? 0 : scale;
    mpz_clear(power);
}
