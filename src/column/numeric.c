/* Exact arithmetic on numeric: the four operations, remainders, rounding and casts. Roots, powers and logarithms are in
 * numeric_math.c.
 *
 * Every operation first tries machine integers (18 digits an operand, 38 a result), which is all that most data needs and
 * takes no malloc, and falls back to GMP. What decides a result's digits is its scale: sums keep the larger one, products
 * add them, quotients follow PostgreSQL's select_div_scale. NaN and the infinities are settled before. */
#include "column/numeric.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "column/ascii.h"
#include "column/decimal.h"
#include "column/text.h"

int weir_numeric_sign_of(struct weir_slice text)
{
    if (text.ptr[0] == '-')
        return -1;
    if (weir_numeric_kind(text) != WEIR_FINITE)
        return 1;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] > '0')
            return 1;
    }
    return 0;
}

static bool numeric_is_zero(struct weir_slice text)
{
    return text.ptr[0] == '0' && weir_numeric_sign_of(text) == 0;
}

static enum weir_code give_kind(enum weir_numeric_kind kind, struct weir_slice *ret)
{
    *ret = kind == WEIR_NAN             ? WEIR_SLICE("NaN")
           : kind == WEIR_PLUS_INFINITY ? WEIR_SLICE("Infinity")
                                        : WEIR_SLICE("-Infinity");
    return WEIR_OK;
}

static enum weir_numeric_kind infinity_of_sign(int sign)
{
    return sign < 0 ? WEIR_MINUS_INFINITY : sign > 0 ? WEIR_PLUS_INFINITY : WEIR_NAN;
}

static enum weir_code fail_division(struct weir_error *err)
{
    return weir_fail(err, WEIR_BAD_DATA, "division by zero");
}

static bool both_finite(struct weir_slice a, struct weir_slice b)
{
    return weir_numeric_kind(a) == WEIR_FINITE && weir_numeric_kind(b) == WEIR_FINITE;
}

static bool either_nan(struct weir_slice a, struct weir_slice b)
{
    return weir_numeric_kind(a) == WEIR_NAN || weir_numeric_kind(b) == WEIR_NAN;
}

/* --- sums and products ------------------------------------------------------------------------------------------- */

/* a + b, or a - b: b's sign is turned when `minus`. */
static enum weir_code decimal_add(struct weir_decimal a, struct weir_decimal b,
                                  struct weir_arena *arena, struct weir_slice *ret,
                                  struct weir_error *err)
{
    int32_t scale = a.scale > b.scale ? a.scale : b.scale;
    a.coefficient *= weir_decimal_power(scale - a.scale);
    b.coefficient *= weir_decimal_power(scale - b.scale);
    struct weir_decimal sum = {.scale = scale, .negative = a.negative};
    if (a.negative == b.negative) {
        sum.coefficient = a.coefficient + b.coefficient;
    } else if (a.coefficient >= b.coefficient) {
        sum.coefficient = a.coefficient - b.coefficient;
    } else {
        sum.coefficient = b.coefficient - a.coefficient;
        sum.negative = b.negative;
    }
    return weir_decimal_write(sum, arena, ret, err);
}

static enum weir_code numeric_sum(struct weir_slice a, struct weir_slice b, bool minus,
                                  struct weir_arena *arena, struct weir_slice *ret,
                                  struct weir_error *err)
{
    struct weir_decimal small_a, small_b;
    if (!both_finite(a, b)) {
        if (either_nan(a, b))
            return give_kind(WEIR_NAN, ret);
        int a_sign = weir_numeric_kind(a) == WEIR_FINITE ? 0 : weir_numeric_sign_of(a);
        int b_sign = weir_numeric_kind(b) == WEIR_FINITE ? 0 : weir_numeric_sign_of(b);
        return give_kind(infinity_of_sign(a_sign + (minus ? -b_sign : b_sign)), ret);
    }
    if (weir_decimal_read(a, &small_a) && weir_decimal_read(b, &small_b)) {
        small_b.negative ^= minus;
        return decimal_add(small_a, small_b, arena, ret, err);
    }
    WEIR_BIG x, y;
    weir_big_init(&x);
    weir_big_init(&y);
    WEIR_TRY(weir_big_read(a, &x, arena, err));
    WEIR_TRY(weir_big_read(b, &y, arena, err));
    int32_t scale = x.scale > y.scale ? x.scale : y.scale;
    weir_big_rescale(&x, scale, false);
    weir_big_rescale(&y, scale, false);
    if (minus)
        mpz_sub(x.coefficient, x.coefficient, y.coefficient);
    else
        mpz_add(x.coefficient, x.coefficient, y.coefficient);
    return weir_big_write(&x, arena, ret, err);
}

enum weir_code weir_numeric_add(struct weir_slice a, struct weir_slice b, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err)
{
    return numeric_sum(a, b, false, arena, ret, err);
}

enum weir_code weir_numeric_sub(struct weir_slice a, struct weir_slice b, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err)
{
    return numeric_sum(a, b, true, arena, ret, err);
}

enum weir_code weir_numeric_mul(struct weir_slice a, struct weir_slice b, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err)
{
    struct weir_decimal small_a, small_b;
    if (!both_finite(a, b)) {
        int sign = weir_numeric_sign_of(a) * weir_numeric_sign_of(b);
        return give_kind(either_nan(a, b) ? WEIR_NAN : infinity_of_sign(sign), ret);
    }
    if (weir_decimal_read(a, &small_a) && weir_decimal_read(b, &small_b)) {
        struct weir_decimal product = {small_a.coefficient * small_b.coefficient,
                                       small_a.scale + small_b.scale,
                                       small_a.negative != small_b.negative};
        return weir_decimal_write(product, arena, ret, err);
    }
    WEIR_BIG x, y;
    weir_big_init(&x);
    weir_big_init(&y);
    WEIR_TRY(weir_big_read(a, &x, arena, err));
    WEIR_TRY(weir_big_read(b, &y, arena, err));
    mpz_mul(x.coefficient, x.coefficient, y.coefficient);
    x.scale += y.scale;
    if (x.scale > WEIR_NUMERIC_SCALE_MAX)
        weir_big_rescale(&x, WEIR_NUMERIC_SCALE_MAX, true);
    return weir_big_write(&x, arena, ret, err);
}

/* --- quotients --------------------------------------------------------------------------------------------------- */

/* The value's leading digit in PostgreSQL's base 10000 and its place: value = (digit + less than 1) * 10000^weight.
 * `digits` are the decimal digits of the coefficient, without leading zeros. */
static int32_t leading_weight(size_t digits_count, int32_t scale)
{
    int32_t exponent = (int32_t)digits_count - scale - 1; /* of the first decimal digit */
    return exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
}

static int leading_digit(const char *digits, size_t digits_count, int32_t scale)
{
    int32_t exponent = (int32_t)digits_count - scale - 1;
    int32_t places = exponent - 4 * leading_weight(digits_count, scale) + 1; /* 1..4 */
    int value = 0;
    for (int32_t i = 0; i < places; i++)
        value = value * 10 + ((size_t)i < digits_count ? digits[i] - '0' : 0);
    return value;
}

/* The text's digits without sign, point and leading zeros: up to five of them into `to`, and how many there are. */
static size_t leading_digits(struct weir_slice text, char to[5])
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!weir_is_digit(c) || (c == '0' && count == 0))
            continue;
        if (count < 5)
            to[count] = c;
        count++;
    }
    return count;
}

int32_t weir_numeric_div_scale(struct weir_slice a, struct weir_slice b)
{
    int32_t a_scale = weir_numeric_scale(a), b_scale = weir_numeric_scale(b);
    char digits[5] = {0};
    size_t count = leading_digits(a, digits);
    int32_t a_weight = count ? leading_weight(count, a_scale) : 0;
    int a_digit = count ? leading_digit(digits, count, a_scale) : 0;
    count = leading_digits(b, digits);
    int32_t b_weight = count ? leading_weight(count, b_scale) : 0;
    int b_digit = count ? leading_digit(digits, count, b_scale) : 0;
    int32_t weight = a_weight - b_weight - (a_digit <= b_digit);
    int32_t scale = WEIR_NUMERIC_SIG_DIGITS_MIN - weight * 4;
    scale = scale > a_scale ? scale : a_scale;
    scale = scale > b_scale ? scale : b_scale;
    scale = scale > 0 ? scale : 0;
    return scale < WEIR_NUMERIC_DISPLAY_MAX ? scale : WEIR_NUMERIC_DISPLAY_MAX;
}

void weir_big_divide(struct weir_big *a, const struct weir_big *b, int32_t scale, bool round)
{
    /* a / b = (x / y) * 10^(b.scale - a.scale): scale x, or y where that is negative, so that x / y is the result. */
    mpz_t divisor, power;
    mpz_init_set(divisor, b->coefficient);
    mpz_init(power);
    int32_t shift = scale + b->scale - a->scale;
    weir_big_power(power, (uint32_t)(shift < 0 ? -shift : shift));
    if (shift >= 0)
        mpz_mul(a->coefficient, a->coefficient, power);
    else
        mpz_mul(divisor, divisor, power);
    if (round) { /* trunc(2x / 2y) with y added away from zero */
        bool negative = mpz_sgn(a->coefficient) * mpz_sgn(divisor) < 0;
        mpz_mul_2exp(a->coefficient, a->coefficient, 1);
        if (negative)
            mpz_sub(a->coefficient, a->coefficient, divisor);
        else
            mpz_add(a->coefficient, a->coefficient, divisor);
        mpz_mul_2exp(divisor, divisor, 1);
    }
    mpz_tdiv_q(a->coefficient, a->coefficient, divisor);
    a->scale = scale;
    mpz_clear(divisor);
    mpz_clear(power);
}

/* a / b at a scale in machine integers; false: too large for them. b is not 0. */
static bool decimal_divide(struct weir_decimal a, struct weir_decimal b, int32_t scale, bool round,
                           struct weir_decimal *ret)
{
    int32_t shift = scale + b.scale - a.scale;
    if (shift < 0 || shift > 38 || weir_digits_count((uint64_t)a.coefficient) + (size_t)shift > 38)
        return false;
    weir_uint128 x = a.coefficient * weir_decimal_power(shift), y = b.coefficient;
    weir_uint128 quotient = x / y, rest = x % y;
    *ret = (struct weir_decimal){quotient + (round && rest >= y - rest), scale,
                                 a.negative != b.negative};
    return true;
}

/* a / b of operands that are not both finite. */
static enum weir_code special_divide(struct weir_slice a, struct weir_slice b,
                                     struct weir_slice *ret, struct weir_error *err)
{
    if (either_nan(a, b))
        return give_kind(WEIR_NAN, ret);
    if (weir_numeric_kind(a) == WEIR_FINITE) {
        *ret = WEIR_SLICE("0");
        return WEIR_OK;
    }
    if (weir_numeric_kind(b) != WEIR_FINITE)
        return give_kind(WEIR_NAN, ret);
    int sign = weir_numeric_sign_of(b);
    if (sign == 0)
        return fail_division(err);
    return give_kind(infinity_of_sign(weir_numeric_sign_of(a) * sign), ret);
}

static enum weir_code numeric_divide(struct weir_slice a, struct weir_slice b, int32_t scale,
                                     bool round, struct weir_arena *arena, struct weir_slice *ret,
                                     struct weir_error *err)
{
    struct weir_decimal small_a, small_b, quotient;
    if (numeric_is_zero(b))
        return fail_division(err);
    if (weir_decimal_read(a, &small_a) && weir_decimal_read(b, &small_b) &&
        decimal_divide(small_a, small_b, scale, round, &quotient) && scale <= 38)
        return weir_decimal_write(quotient, arena, ret, err);
    WEIR_BIG x, y;
    weir_big_init(&x);
    weir_big_init(&y);
    WEIR_TRY(weir_big_read(a, &x, arena, err));
    WEIR_TRY(weir_big_read(b, &y, arena, err));
    weir_big_divide(&x, &y, scale, round);
    return weir_big_write(&x, arena, ret, err);
}

enum weir_code weir_numeric_div(struct weir_slice a, struct weir_slice b, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err)
{
    if (!both_finite(a, b))
        return special_divide(a, b, ret, err);
    return numeric_divide(a, b, weir_numeric_div_scale(a, b), true, arena, ret, err);
}

enum weir_code weir_numeric_div_trunc(struct weir_slice a, struct weir_slice b,
                                      struct weir_arena *arena, struct weir_slice *ret,
                                      struct weir_error *err)
{
    if (!both_finite(a, b))
        return special_divide(a, b, ret, err);
    return numeric_divide(a, b, 0, false, arena, ret, err);
}

enum weir_code weir_numeric_mod(struct weir_slice a, struct weir_slice b, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err)
{
    struct weir_decimal small_a, small_b;
    if (either_nan(a, b))
        return give_kind(WEIR_NAN, ret);
    if (weir_numeric_kind(b) == WEIR_FINITE && numeric_is_zero(b))
        return fail_division(err);
    if (weir_numeric_kind(a) != WEIR_FINITE)
        return give_kind(WEIR_NAN, ret);
    if (weir_numeric_kind(b) != WEIR_FINITE) {
        *ret = a;
        return WEIR_OK;
    }
    int32_t a_scale = weir_numeric_scale(a), b_scale = weir_numeric_scale(b);
    int32_t scale = a_scale > b_scale ? a_scale : b_scale;
    if (weir_decimal_read(a, &small_a) && weir_decimal_read(b, &small_b)) {
        small_a.coefficient *= weir_decimal_power(scale - a_scale);
        small_b.coefficient *= weir_decimal_power(scale - b_scale);
        struct weir_decimal rest = {small_a.coefficient % small_b.coefficient, scale,
                                    small_a.negative};
        return weir_decimal_write(rest, arena, ret, err);
    }
    WEIR_BIG x, y;
    weir_big_init(&x);
    weir_big_init(&y);
    WEIR_TRY(weir_big_read(a, &x, arena, err));
    WEIR_TRY(weir_big_read(b, &y, arena, err));
    weir_big_rescale(&x, scale, false);
    weir_big_rescale(&y, scale, false);
    mpz_tdiv_r(x.coefficient, x.coefficient, y.coefficient);
    return weir_big_write(&x, arena, ret, err);
}

/* --- signs and rounding ------------------------------------------------------------------------------------------ */

enum weir_code weir_numeric_negate(struct weir_slice a, struct weir_arena *arena,
                                   struct weir_slice *ret, struct weir_error *err)
{
    if (a.ptr[0] == '-') {
        *ret = weir_slice(a.ptr + 1, a.len - 1);
    } else if (weir_numeric_kind(a) == WEIR_NAN || numeric_is_zero(a)) {
        *ret = a;
    } else {
        char *to = weir_arena_alloc(arena, a.len + 1, 1);
        if (!to)
            return weir_fail(err, WEIR_NOMEM, "out of memory for a numeric");
        to[0] = '-';
        memcpy(to + 1, a.ptr, a.len);
        *ret = weir_slice(to, a.len + 1);
    }
    return WEIR_OK;
}

enum weir_code weir_numeric_abs(struct weir_slice a, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err)
{
    (void)arena;
    (void)err;
    *ret = a.ptr[0] == '-' ? weir_slice(a.ptr + 1, a.len - 1) : a;
    return WEIR_OK;
}

enum weir_code weir_numeric_sign(struct weir_slice a, struct weir_arena *arena,
                                 struct weir_slice *ret, struct weir_error *err)
{
    (void)arena;
    (void)err;
    int sign = weir_numeric_sign_of(a);
    *ret = weir_numeric_kind(a) == WEIR_NAN ? a
           : sign < 0                       ? WEIR_SLICE("-1")
           : sign > 0                       ? WEIR_SLICE("1")
                                            : WEIR_SLICE("0");
    return WEIR_OK;
}

enum rounding { ROUND_HALF_AWAY, ROUND_CUT, ROUND_UP, ROUND_DOWN };

static enum weir_code numeric_rescale(struct weir_slice a, int32_t scale, enum rounding rounding,
                                      struct weir_arena *arena, struct weir_slice *ret,
                                      struct weir_error *err)
{
    struct weir_decimal small;
    if (weir_numeric_kind(a) != WEIR_FINITE || weir_numeric_scale(a) == scale) {
        *ret = a;
        return WEIR_OK;
    }
    if (scale >= 0 && scale <= 18 && weir_decimal_read(a, &small)) {
        if (scale > small.scale) {
            small.coefficient *= weir_decimal_power(scale - small.scale);
        } else {
            weir_uint128 unit = weir_decimal_power(small.scale - scale);
            weir_uint128 rest = small.coefficient % unit;
            small.coefficient /= unit;
            small.coefficient += rounding == ROUND_HALF_AWAY ? rest >= unit - rest
                                 : rounding == ROUND_UP      ? rest && !small.negative
                                 : rounding == ROUND_DOWN    ? rest && small.negative
                                                             : 0;
        }
        small.scale = scale;
        return weir_decimal_write(small, arena, ret, err);
    }
    WEIR_BIG x;
    weir_big_init(&x);
    WEIR_TRY(weir_big_read(a, &x, arena, err));
    if (rounding == ROUND_UP || rounding == ROUND_DOWN) { /* always to scale 0 */
        mpz_t unit;
        mpz_init(unit);
        weir_big_power(unit, (uint32_t)x.scale);
        if (rounding == ROUND_UP)
            mpz_cdiv_q(x.coefficient, x.coefficient, unit);
        else
            mpz_fdiv_q(x.coefficient, x.coefficient, unit);
        mpz_clear(unit);
        x.scale = 0;
    } else {
        weir_big_rescale(&x, scale, rounding == ROUND_HALF_AWAY);
    }
    return weir_big_write(&x, arena, ret, err);
}

/* Beyond these nothing more would be cut or added. */
static int32_t limit_scale(int32_t scale)
{
    const int32_t least = -WEIR_NUMERIC_DIGITS_MAX - 1;
    return scale < least ? least : scale > WEIR_NUMERIC_SCALE_MAX ? WEIR_NUMERIC_SCALE_MAX : scale;
}

enum weir_code weir_numeric_round(struct weir_slice a, int32_t scale, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err)
{
    return numeric_rescale(a, limit_scale(scale), ROUND_HALF_AWAY, arena, ret, err);
}

enum weir_code weir_numeric_trunc(struct weir_slice a, int32_t scale, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err)
{
    return numeric_rescale(a, limit_scale(scale), ROUND_CUT, arena, ret, err);
}

enum weir_code weir_numeric_ceil(struct weir_slice a, struct weir_arena *arena,
                                 struct weir_slice *ret, struct weir_error *err)
{
    return numeric_rescale(a, 0, ROUND_UP, arena, ret, err);
}

enum weir_code weir_numeric_floor(struct weir_slice a, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err)
{
    return numeric_rescale(a, 0, ROUND_DOWN, arena, ret, err);
}

enum weir_code weir_numeric_trim_scale(struct weir_slice a, struct weir_arena *arena,
                                       struct weir_slice *ret, struct weir_error *err)
{
    (void)arena;
    (void)err;
    if (weir_numeric_scale(a) > 0) {
        while (a.ptr[a.len - 1] == '0')
            a.len--;
        a.len -= a.ptr[a.len - 1] == '.';
    }
    *ret = a;
    return WEIR_OK;
}

enum weir_code weir_numeric_fit(struct weir_slice a, int32_t precision, int32_t scale,
                                struct weir_arena *arena, struct weir_slice *ret,
                                struct weir_error *err)
{
    enum weir_numeric_kind kind = weir_numeric_kind(a);
    if (kind == WEIR_NAN) {
        *ret = a;
        return WEIR_OK;
    }
    if (kind != WEIR_FINITE) {
        weir_fail(err, WEIR_BAD_DATA, "numeric field overflow");
        return weir_hint(err, "A field with precision %d, scale %d cannot hold an infinite value.",
                         (int)precision, (int)scale);
    }
    struct weir_slice rounded;
    WEIR_TRY(numeric_rescale(a, scale, ROUND_HALF_AWAY, arena, &rounded, err));
    char digits[5];
    int32_t whole = (int32_t)leading_digits(rounded, digits) - weir_numeric_scale(rounded);
    int32_t whole_max = precision - scale;
    if (numeric_is_zero(rounded) || whole <= whole_max) {
        *ret = rounded;
        return WEIR_OK;
    }
    weir_fail(err, WEIR_BAD_DATA, "numeric field overflow");
    return weir_hint(err,
                     "A field with precision %d, scale %d must round to an absolute value less "
                     "than %s%d.",
                     (int)precision, (int)scale, whole_max ? "10^" : "",
                     whole_max ? (int)whole_max : 1);
}

/* --- casts ------------------------------------------------------------------------------------------------------- */

static enum weir_code numeric_to_integer(struct weir_slice a, int64_t max, const char *type,
                                         int64_t *ret, struct weir_error *err)
{
    enum weir_numeric_kind kind = weir_numeric_kind(a);
    if (kind != WEIR_FINITE)
        return weir_fail(err, WEIR_BAD_DATA, "cannot convert %s to %s",
                         kind == WEIR_NAN ? "NaN" : "infinity", type);
    const char *at = a.ptr, *end = a.ptr + a.len;
    bool negative = *at == '-';
    at += negative;
    uint64_t magnitude = 0;
    bool fits = true;
    for (; at < end && *at != '.'; at++)
        fits = fits && !__builtin_mul_overflow(magnitude, 10u, &magnitude) &&
               !__builtin_add_overflow(magnitude, (uint64_t)(*at - '0'), &magnitude);
    if (fits && end - at >= 2 && at[1] >= '5')
        fits = !__builtin_add_overflow(magnitude, 1u, &magnitude);
    if (!fits || magnitude > (uint64_t)max + negative)
        return weir_fail(err, WEIR_BAD_DATA, "%s out of range", type);
    *ret = (int64_t)(negative ? 0 - magnitude : magnitude);
    return WEIR_OK;
}

enum weir_code weir_numeric_to_int4(struct weir_slice a, int32_t *ret, struct weir_error *err)
{
    int64_t value = 0;
    WEIR_TRY(numeric_to_integer(a, INT32_MAX, "integer", &value, err));
    *ret = (int32_t)value;
    return WEIR_OK;
}

enum weir_code weir_numeric_to_int8(struct weir_slice a, int64_t *ret, struct weir_error *err)
{
    return numeric_to_integer(a, INT64_MAX, "bigint", ret, err);
}

enum weir_code weir_numeric_to_float8(struct weir_slice a, double *ret, struct weir_error *err)
{
    return weir_float8_parse(a, ret, err);
}

enum weir_code weir_numeric_from_int128(__int128 value, struct weir_arena *arena,
                                        struct weir_slice *ret, struct weir_error *err)
{
    weir_uint128 magnitude = value < 0 ? 0 - (weir_uint128)value : (weir_uint128)value;
    return weir_decimal_write((struct weir_decimal){magnitude, 0, value < 0}, arena, ret, err);
}

enum weir_code weir_numeric_from_int8(int64_t value, struct weir_arena *arena,
                                      struct weir_slice *ret, struct weir_error *err)
{
    char *to = weir_arena_alloc(arena, 20, 1);
    if (!to)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a numeric");
    *ret = weir_slice(to, weir_int8_format(value, to));
    return WEIR_OK;
}

enum weir_code weir_numeric_from_float8(double value, struct weir_arena *arena,
                                        struct weir_slice *ret, struct weir_error *err)
{
    if (isnan(value))
        return give_kind(WEIR_NAN, ret);
    if (isinf(value))
        return give_kind(value < 0 ? WEIR_MINUS_INFINITY : WEIR_PLUS_INFINITY, ret);
    char text[64];
    int len = snprintf(text, sizeof(text), "%.*g", DBL_DIG, value);
    struct weir_slice parsed, digits = weir_slice(text, (size_t)len);
    WEIR_TRY(weir_numeric_parse(digits, arena, &parsed, err));
    *ret = weir_arena_slice(arena, parsed); /* it may be a view of `text` */
    return ret->ptr ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory for a numeric");
}
