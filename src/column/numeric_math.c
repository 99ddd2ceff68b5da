/* Roots, powers and logarithms of numeric.
 *
 * PostgreSQL chooses how many digits such a result has from estimates in floating point, and computes with some guard
 * digits before it rounds. The choice of digits is followed to the letter here (it decides what is printed); the values
 * are computed in binary fixed point, a GMP integer times 2^-bits, with more guard digits than there, and then rounded
 * once. exp: halve the argument until the Taylor series is short, then square. ln: take out powers of two, then square
 * roots, then the series of atanh. Source: PostgreSQL's numeric.c (sqrt_var, exp_var, ln_var, log_var, power_var). */
#include <math.h>

#include "column/decimal.h"
#include "column/numeric.h"
#include "column/text.h"

#define EXP_ARGUMENT_END   (WEIR_NUMERIC_RESULT_SCALE_MAX * 3) /* e to more than this overflows */
#define LOG10_E            0.434294481903252
#define LN_10              2.302585092994046
#define BITS_PER_DIGIT     3.3219280948873626
#define GUARD_BITS         64
#define EXACT_POWER_DIGITS 4096 /* integer powers up to so many digits are computed exactly */

static int32_t clamp_scale(int32_t scale, int32_t a_scale, int32_t b_scale)
{
    scale = scale > a_scale ? scale : a_scale;
    scale = scale > b_scale ? scale : b_scale;
    scale = scale > 0 ? scale : 0;
    return scale < WEIR_NUMERIC_DISPLAY_MAX ? scale : WEIR_NUMERIC_DISPLAY_MAX;
}

static enum weir_code give_zero(int32_t scale, struct weir_arena *arena, struct weir_slice *ret,
                                struct weir_error *err)
{
    WEIR_BIG zero;
    weir_big_init(&zero);
    zero.scale = scale;
    return weir_big_write(&zero, arena, ret, err);
}

static enum weir_code fail_overflow(struct weir_error *err)
{
    return weir_fail(err, WEIR_BAD_DATA, "value overflows numeric format");
}

/* The first `groups` digits in base 10000, as one integer, and the weight of the last of them: value is about
 * digits * 10000^weight. The value is not 0. */
static double big_lead(const struct weir_big *x, int32_t groups, int32_t *ret_weight)
{
    int32_t exponent = (int32_t)weir_big_digits(x->coefficient) - x->scale - 1;
    int32_t weight = (exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4)) - (groups - 1);
    int32_t shift = -4 * weight - x->scale;
    mpz_t lead, power;
    mpz_init(lead);
    mpz_init(power);
    weir_big_power(power, (uint32_t)(shift < 0 ? -shift : shift));
    if (shift >= 0)
        mpz_mul(lead, x->coefficient, power);
    else
        mpz_tdiv_q(lead, x->coefficient, power);
    double digits = fabs(mpz_get_d(lead));
    mpz_clear(lead);
    mpz_clear(power);
    *ret_weight = weight;
    return digits;
}

static enum weir_code big_to_double(const struct weir_big *x, struct weir_arena *arena, double *ret,
                                    struct weir_error *err)
{
    struct weir_slice text;
    WEIR_TRY(weir_big_write(x, arena, &text, err));
    struct weir_error range;
    if (weir_float8_parse(text, ret, &range) != WEIR_OK) /* too large or too small for a double */
        *ret = mpz_sizeinbase(x->coefficient, 10) > (size_t)x->scale
                   ? (text.ptr[0] == '-' ? -HUGE_VAL : HUGE_VAL)
                   : 0;
    return WEIR_OK;
}

/* --- fixed point ------------------------------------------------------------------------------------------------- */

static mp_bitcnt_t bits_for_digits(int32_t digits)
{
    return (mp_bitcnt_t)((digits > 0 ? digits : 0) * BITS_PER_DIGIT) + GUARD_BITS;
}

static void fixed_from_big(mpz_t to, const struct weir_big *x, mp_bitcnt_t bits)
{
    mpz_t power;
    mpz_init(power);
    weir_big_power(power, (uint32_t)x->scale);
    mpz_mul_2exp(to, x->coefficient, bits);
    mpz_tdiv_q(to, to, power);
    mpz_clear(power);
}

/* Rounds to a decimal scale. */
static void big_from_fixed(struct weir_big *to, const mpz_t fixed, mp_bitcnt_t bits, int32_t scale)
{
    mpz_t half;
    mpz_init(half);
    weir_big_power(half, (uint32_t)scale);
    mpz_mul(to->coefficient, fixed, half);
    mpz_set_ui(half, 1);
    mpz_mul_2exp(half, half, bits - 1);
    if (mpz_sgn(fixed) < 0)
        mpz_sub(to->coefficient, to->coefficient, half);
    else
        mpz_add(to->coefficient, to->coefficient, half);
    mpz_tdiv_q_2exp(to->coefficient, to->coefficient, bits);
    to->scale = scale;
    mpz_clear(half);
}

static void fixed_mul(mpz_t to, const mpz_t a, const mpz_t b, mp_bitcnt_t bits)
{
    mpz_mul(to, a, b);
    mpz_tdiv_q_2exp(to, to, bits);
}

/* z + z^3/3 + z^5/5 + .. for |z| well below 1. */
static void fixed_atanh(mpz_t sum, const mpz_t z, mp_bitcnt_t bits)
{
    mpz_t square, power, term;
    mpz_init(square);
    mpz_init_set(power, z);
    mpz_init(term);
    fixed_mul(square, z, z, bits);
    mpz_set(sum, z);
    for (unsigned long n = 3;; n += 2) {
        fixed_mul(power, power, square, bits);
        mpz_tdiv_q_ui(term, power, n);
        if (mpz_sgn(term) == 0)
            break;
        mpz_add(sum, sum, term);
    }
    mpz_clear(square);
    mpz_clear(power);
    mpz_clear(term);
}

/* e^x, in place. `halvings`: x / 2^halvings is small. */
static void fixed_exp(mpz_t x, unsigned halvings, mp_bitcnt_t bits)
{
    mpz_t sum, term;
    mpz_init(sum);
    mpz_init(term);
    mpz_tdiv_q_2exp(x, x, halvings);
    mpz_set_ui(term, 1);
    mpz_mul_2exp(term, term, bits);
    mpz_set(sum, term);
    for (unsigned long n = 1; mpz_sgn(term) != 0; n++) {
        fixed_mul(term, term, x, bits);
        mpz_tdiv_q_ui(term, term, n);
        mpz_add(sum, sum, term);
    }
    for (; halvings > 0; halvings--)
        fixed_mul(sum, sum, sum, bits);
    mpz_swap(x, sum);
    mpz_clear(sum);
    mpz_clear(term);
}

/* ln(x) of x = *x * 2^-bits in [0.75, 1.5), in place. */
static void fixed_ln_near_one(mpz_t x, mp_bitcnt_t bits)
{
    const unsigned roots = 6; /* each halves the logarithm, so that the series is short */
    mpz_t one, above;
    mpz_init_set_ui(one, 1);
    mpz_mul_2exp(one, one, bits);
    mpz_init(above);
    for (unsigned i = 0; i < roots; i++) {
        mpz_mul_2exp(x, x, bits);
        mpz_sqrt(x, x);
    }
    mpz_add(above, x, one);
    mpz_sub(x, x, one);
    mpz_mul_2exp(x, x, bits);
    mpz_tdiv_q(x, x, above);
    fixed_atanh(above, x, bits);
    mpz_mul_2exp(x, above, roots + 1); /* ln = 2 atanh */
    mpz_clear(one);
    mpz_clear(above);
}

/* --- e^x and ln x of big numbers --------------------------------------------------------------------------------- */

/* x = e^x rounded to the scale; `value` is x as a double, within EXP_ARGUMENT_END. */
static void big_exp(struct weir_big *x, double value, int32_t scale)
{
    int32_t weight = value > 0 ? (int32_t)(value * LOG10_E) + 1 : 0;
    unsigned halvings = 8;
    if (fabs(value) > 1)
        halvings += (unsigned)ilogb(value) + 1;
    mp_bitcnt_t bits = bits_for_digits(scale + weight) + halvings;
    mpz_t fixed;
    mpz_init(fixed);
    fixed_from_big(fixed, x, bits);
    fixed_exp(fixed, halvings, bits);
    big_from_fixed(x, fixed, bits, scale);
    mpz_clear(fixed);
}

/* x = ln x rounded to the scale; x is above 0. */
static void big_ln(struct weir_big *x, int32_t scale)
{
    mp_bitcnt_t bits = bits_for_digits(scale);
    mpz_t fixed, power, three_quarters, ln_2;
    mpz_init(fixed);
    mpz_init(power);
    weir_big_power(power, (uint32_t)x->scale);
    /* x = fixed * 2^(twos - bits), fixed in [0.75, 1.5). */
    long twos = (long)mpz_sizeinbase(x->coefficient, 2) - (long)mpz_sizeinbase(power, 2);
    mpz_mul_2exp(fixed, x->coefficient, bits + (twos < 0 ? (mp_bitcnt_t)-twos : 0));
    mpz_mul_2exp(power, power, twos > 0 ? (mp_bitcnt_t)twos : 0);
    mpz_tdiv_q(fixed, fixed, power);
    mpz_init_set_ui(three_quarters, 3);
    mpz_mul_2exp(three_quarters, three_quarters, bits - 2);
    mpz_mul_2exp(power, three_quarters, 1); /* 1.5 */
    if (mpz_cmp(fixed, power) >= 0) {
        mpz_tdiv_q_2exp(fixed, fixed, 1);
        twos++;
    } else if (mpz_cmp(fixed, three_quarters) < 0) {
        mpz_mul_2exp(fixed, fixed, 1);
        twos--;
    }
    fixed_ln_near_one(fixed, bits);
    if (twos != 0) { /* ln 2 = 2 atanh(1/3) */
        mpz_init(ln_2);
        mpz_set_ui(power, 1);
        mpz_mul_2exp(power, power, bits);
        mpz_tdiv_q_ui(power, power, 3);
        fixed_atanh(ln_2, power, bits);
        mpz_mul_2exp(ln_2, ln_2, 1);
        mpz_mul_si(ln_2, ln_2, twos);
        mpz_add(fixed, fixed, ln_2);
        mpz_clear(ln_2);
    }
    big_from_fixed(x, fixed, bits, scale);
    mpz_clear(fixed);
    mpz_clear(power);
    mpz_clear(three_quarters);
}

/* PostgreSQL's estimate of the decimal weight of ln(x); 0 where there is no logarithm. */
static int32_t ln_weight(const struct weir_big *x)
{
    if (mpz_sgn(x->coefficient) <= 0)
        return 0;
    int32_t weight;
    double digits = big_lead(x, 2, &weight);
    double about = log(digits) + weight * 4 * LN_10;
    if (fabs(about) > 0.11) /* surely outside of 0.9 .. 1.1 */
        return (int32_t)log10(fabs(about));
    /* ln(1 + d) is about d. */
    WEIR_BIG d;
    weir_big_init(&d);
    weir_big_power(d.coefficient, (uint32_t)x->scale);
    mpz_t tenth, difference;
    mpz_init(tenth);
    mpz_init(difference);
    mpz_sub(difference, x->coefficient, d.coefficient);
    mpz_mul_ui(tenth, difference, 10);
    bool near = mpz_cmpabs(tenth, d.coefficient) <= 0; /* |x - 1| <= 0.1 */
    size_t digits_count = weir_big_digits(difference);
    mpz_clear(tenth);
    mpz_clear(difference);
    if (!near)
        return (int32_t)log10(fabs(about));
    return digits_count ? (int32_t)digits_count - x->scale - 1 : 0;
}

/* --- functions --------------------------------------------------------------------------------------------------- */

enum weir_code weir_numeric_sqrt(struct weir_slice a, struct weir_arena *arena,
                                 struct weir_slice *ret, struct weir_error *err)
{
    if (weir_numeric_sign_of(a) < 0)
        return weir_fail(err, WEIR_BAD_DATA, "cannot take square root of a negative number");
    if (weir_numeric_kind(a) != WEIR_FINITE) {
        *ret = a;
        return WEIR_OK;
    }
    WEIR_BIG x;
    weir_big_init(&x);
    WEIR_TRY(weir_big_read(a, &x, arena, err));
    int32_t weight = 0;
    if (mpz_sgn(x.coefficient) != 0)
        big_lead(&x, 1, &weight);
    int32_t scale = clamp_scale(WEIR_NUMERIC_SIG_DIGITS_MIN - (weight * 2 + 1), x.scale, 0);
    weir_big_rescale(&x, 2 * (scale + 1), false); /* one digit more, then rounded */
    mpz_sqrt(x.coefficient, x.coefficient);
    x.scale = scale + 1;
    weir_big_rescale(&x, scale, true);
    return weir_big_write(&x, arena, ret, err);
}

enum weir_code weir_numeric_exp(struct weir_slice a, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err)
{
    enum weir_numeric_kind kind = weir_numeric_kind(a);
    if (kind != WEIR_FINITE) {
        *ret = kind == WEIR_MINUS_INFINITY ? WEIR_SLICE("0") : a;
        return WEIR_OK;
    }
    WEIR_BIG x;
    weir_big_init(&x);
    WEIR_TRY(weir_big_read(a, &x, arena, err));
    double value;
    WEIR_TRY(big_to_double(&x, arena, &value, err));
    double weight =
        fmax(fmin(value * LOG10_E, WEIR_NUMERIC_RESULT_SCALE_MAX), -WEIR_NUMERIC_RESULT_SCALE_MAX);
    int32_t scale = clamp_scale(WEIR_NUMERIC_SIG_DIGITS_MIN - (int32_t)weight, x.scale, 0);
    if (fabs(value) >= EXP_ARGUMENT_END)
        return value > 0 ? fail_overflow(err) : give_zero(scale, arena, ret, err);
    big_exp(&x, value, scale);
    return weir_big_write(&x, arena, ret, err);
}

/* Refuses what has no logarithm. */
static enum weir_code logarithm_check(int sign, struct weir_error *err)
{
    if (sign == 0)
        return weir_fail(err, WEIR_BAD_DATA, "cannot take logarithm of zero");
    if (sign < 0)
        return weir_fail(err, WEIR_BAD_DATA, "cannot take logarithm of a negative number");
    return WEIR_OK;
}

enum weir_code weir_numeric_ln(struct weir_slice a, struct weir_arena *arena,
                               struct weir_slice *ret, struct weir_error *err)
{
    WEIR_TRY(logarithm_check(weir_numeric_sign_of(a), err));
    if (weir_numeric_kind(a) != WEIR_FINITE) {
        *ret = a;
        return WEIR_OK;
    }
    WEIR_BIG x;
    weir_big_init(&x);
    WEIR_TRY(weir_big_read(a, &x, arena, err));
    big_ln(&x, clamp_scale(WEIR_NUMERIC_SIG_DIGITS_MIN - ln_weight(&x), x.scale, 0));
    return weir_big_write(&x, arena, ret, err);
}

enum weir_code weir_numeric_log(struct weir_slice base, struct weir_slice a,
                                struct weir_arena *arena, struct weir_slice *ret,
                                struct weir_error *err)
{
    enum weir_numeric_kind base_kind = weir_numeric_kind(base), kind = weir_numeric_kind(a);
    if (base_kind == WEIR_NAN || kind == WEIR_NAN) {
        *ret = WEIR_SLICE("NaN");
        return WEIR_OK;
    }
    int base_sign = weir_numeric_sign_of(base), sign = weir_numeric_sign_of(a);
    bool special = base_kind != WEIR_FINITE || kind != WEIR_FINITE;
    if (special) /* of two that are wrong the negative one is named */
        base_sign = sign = base_sign < sign ? base_sign : sign;
    WEIR_TRY(logarithm_check(base_sign, err));
    WEIR_TRY(logarithm_check(sign, err));
    if (special) {
        *ret = base_kind == WEIR_FINITE ? WEIR_SLICE("Infinity")
               : kind == WEIR_FINITE    ? WEIR_SLICE("0")
                                        : WEIR_SLICE("NaN");
        return WEIR_OK;
    }
    WEIR_BIG x, b;
    weir_big_init(&x);
    weir_big_init(&b);
    WEIR_TRY(weir_big_read(a, &x, arena, err));
    WEIR_TRY(weir_big_read(base, &b, arena, err));
    int32_t x_weight = ln_weight(&x), b_weight = ln_weight(&b), weight = x_weight - b_weight;
    int32_t scale = clamp_scale(WEIR_NUMERIC_SIG_DIGITS_MIN - weight, b.scale, x.scale);
    int32_t b_scale = scale + weight - b_weight + 8, x_scale = scale + weight - x_weight + 8;
    big_ln(&b, b_scale > 0 ? b_scale : 0);
    big_ln(&x, x_scale > 0 ? x_scale : 0);
    if (mpz_sgn(b.coefficient) == 0)
        return weir_fail(err, WEIR_BAD_DATA, "division by zero");
    weir_big_divide(&x, &b, scale, true);
    return weir_big_write(&x, arena, ret, err);
}

/* --- powers ------------------------------------------------------------------------------------------------------ */

/* Cuts x to about so many significant digits; its scale falls with them, below 0 too. */
static void big_cut(struct weir_big *x, int32_t digits)
{
    int32_t more = (int32_t)weir_big_digits(x->coefficient) - digits;
    if (more <= 0)
        return;
    mpz_t power;
    mpz_init(power);
    weir_big_power(power, (uint32_t)more);
    mpz_tdiv_q(x->coefficient, x->coefficient, power);
    x->scale -= more;
    mpz_clear(power);
}

/* x = x^exponent with so many significant digits; the scale may become negative. */
static void big_power_cut(struct weir_big *x, uint32_t exponent, int32_t digits)
{
    WEIR_BIG square;
    weir_big_init(&square);
    mpz_set(square.coefficient, x->coefficient);
    square.scale = x->scale;
    mpz_set_ui(x->coefficient, 1);
    x->scale = 0;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) {
            mpz_mul(x->coefficient, x->coefficient, square.coefficient);
            x->scale += square.scale;
            big_cut(x, digits);
        }
        if (exponent > 1) {
            mpz_mul(square.coefficient, square.coefficient, square.coefficient);
            square.scale *= 2;
            big_cut(&square, digits);
        }
    }
}

/* base^exponent of an integer exponent, at the scale. */
static enum weir_code power_of_int(struct weir_big *base, int32_t exponent, int32_t scale,
                                   struct weir_arena *arena, struct weir_slice *ret,
                                   struct weir_error *err)
{
    WEIR_BIG one;
    weir_big_init(&one);
    mpz_set_ui(one.coefficient, 1);
    if (exponent == 0) {
        weir_big_rescale(&one, scale, false);
        return weir_big_write(&one, arena, ret, err);
    }
    if (mpz_sgn(base->coefficient) == 0)
        return exponent < 0 ? weir_fail(err, WEIR_BAD_DATA, "division by zero")
                            : give_zero(scale, arena, ret, err);
    uint32_t magnitude = exponent < 0 ? 0 - (uint32_t)exponent : (uint32_t)exponent;
    int32_t weight;
    double lead = big_lead(base, 4, &weight);
    double result_weight = exponent * (log10(lead) + weight * 4);
    if (magnitude > 2) {
        if (result_weight > 3.0 * 32767 * 4)
            return fail_overflow(err);
        if (result_weight + 1 < -scale || result_weight + 1 < -WEIR_NUMERIC_DISPLAY_MAX)
            return give_zero(scale, arena, ret, err);
    }
    double digits = (double)weir_big_digits(base->coefficient) * magnitude;
    double kept = fabs(result_weight) + scale + log(magnitude) + 32;
    if (digits > EXACT_POWER_DIGITS && digits > kept) {
        big_power_cut(base, magnitude, (int32_t)kept);
    } else {
        mpz_pow_ui(base->coefficient, base->coefficient, magnitude);
        base->scale *= (int32_t)magnitude;
    }
    if (exponent < 0) {
        weir_big_divide(&one, base, scale, true);
        return weir_big_write(&one, arena, ret, err);
    }
    weir_big_rescale(base, scale, true);
    return weir_big_write(base, arena, ret, err);
}

/* base^exponent as e^(exponent * ln(base)); base is not 0 and its sign has been taken off. */
static enum weir_code power_of_fraction(struct weir_big *base, const struct weir_big *exponent,
                                        bool negative, struct weir_arena *arena,
                                        struct weir_slice *ret, struct weir_error *err)
{
    int32_t base_scale = base->scale, weight = ln_weight(base);
    WEIR_BIG about;
    weir_big_init(&about);
    mpz_set(about.coefficient, base->coefficient);
    about.scale = base->scale;
    int32_t scale = 8 - weight > 0 ? 8 - weight : 0;
    big_ln(&about, scale);
    mpz_mul(about.coefficient, about.coefficient, exponent->coefficient);
    about.scale += exponent->scale;
    weir_big_rescale(&about, scale, true);
    double value;
    WEIR_TRY(big_to_double(&about, arena, &value, err));
    if (fabs(value) > WEIR_NUMERIC_RESULT_SCALE_MAX * 3.01)
        return value > 0 ? fail_overflow(err)
                         : give_zero(WEIR_NUMERIC_DISPLAY_MAX, arena, ret, err);
    int32_t result_weight = (int32_t)(value * LOG10_E);
    scale = clamp_scale(WEIR_NUMERIC_SIG_DIGITS_MIN - result_weight, base_scale, exponent->scale);
    int32_t digits = scale + result_weight > 0 ? scale + result_weight : 0;
    int32_t ln_scale = digits - weight + 8 > 0 ? digits - weight + 8 : 0;
    big_ln(base, ln_scale);
    mpz_mul(base->coefficient, base->coefficient, exponent->coefficient);
    base->scale += exponent->scale;
    weir_big_rescale(base, ln_scale, true);
    WEIR_TRY(big_to_double(base, arena, &value, err));
    if (fabs(value) >= EXP_ARGUMENT_END)
        return value > 0 ? fail_overflow(err) : give_zero(scale, arena, ret, err);
    big_exp(base, value, scale);
    if (negative)
        mpz_neg(base->coefficient, base->coefficient);
    return weir_big_write(base, arena, ret, err);
}

static bool is_integral(const struct weir_slice text)
{
    const char *point = memchr(text.ptr, '.', text.len);
    for (const char *at = point ? point + 1 : NULL; at && at < text.ptr + text.len; at++) {
        if (*at != '0')
            return false;
    }
    return true;
}

static bool is_odd(struct weir_slice text)
{
    const char *point = memchr(text.ptr, '.', text.len);
    const char *last = (point ? point : text.ptr + text.len) - 1;
    return is_integral(text) && (*last & 1);
}

/* POSIX pow's rules for operands that are not both finite. */
static enum weir_code special_power(struct weir_slice a, struct weir_slice b,
                                    struct weir_slice *ret, struct weir_error *err)
{
    static const struct weir_slice one = {"1", 1}, zero = {"0", 1}, infinity = {"Infinity", 8};
    enum weir_numeric_kind kind = weir_numeric_kind(a), b_kind = weir_numeric_kind(b);
    int sign = weir_numeric_sign_of(a), b_sign = weir_numeric_sign_of(b);
    bool a_is_one = kind == WEIR_FINITE && weir_numeric_compare(a, one) == 0;
    bool b_is_zero = b_kind == WEIR_FINITE && b_sign == 0;
    if (kind == WEIR_NAN || b_kind == WEIR_NAN) {
        *ret = a_is_one || b_is_zero ? one : WEIR_SLICE("NaN");
        return WEIR_OK;
    }
    if (sign == 0 && b_sign < 0)
        return weir_fail(err, WEIR_BAD_DATA, "zero raised to a negative power is undefined");
    if (sign < 0 && b_kind == WEIR_FINITE && !is_integral(b))
        return weir_fail(err, WEIR_BAD_DATA,
                         "a negative number raised to a non-integer power yields a complex result");
    struct weir_slice magnitude = a.ptr[0] == '-' ? weir_slice(a.ptr + 1, a.len - 1) : a;
    int order = weir_numeric_compare(magnitude, one);
    if (b_is_zero || a_is_one || (b_kind != WEIR_FINITE && order == 0))
        *ret = one;
    else if (sign == 0 || (order > 0) != (b_sign > 0))
        *ret = zero;
    else
        *ret = sign < 0 && b_kind == WEIR_FINITE && is_odd(b) ? WEIR_SLICE("-Infinity") : infinity;
    return WEIR_OK;
}

enum weir_code weir_numeric_power(struct weir_slice a, struct weir_slice b,
                                  struct weir_arena *arena, struct weir_slice *ret,
                                  struct weir_error *err)
{
    if (weir_numeric_kind(a) != WEIR_FINITE || weir_numeric_kind(b) != WEIR_FINITE)
        return special_power(a, b, ret, err);
    int sign = weir_numeric_sign_of(a);
    if (sign == 0 && weir_numeric_sign_of(b) < 0)
        return weir_fail(err, WEIR_BAD_DATA, "zero raised to a negative power is undefined");
    WEIR_BIG base, exponent;
    weir_big_init(&base);
    weir_big_init(&exponent);
    WEIR_TRY(weir_big_read(a, &base, arena, err));
    WEIR_TRY(weir_big_read(b, &exponent, arena, err));
    int32_t integer;
    struct weir_error range;
    if (is_integral(b) && weir_numeric_to_int4(b, &integer, &range) == WEIR_OK) {
        int32_t scale = clamp_scale(WEIR_NUMERIC_SIG_DIGITS_MIN, base.scale, exponent.scale);
        return power_of_int(&base, integer, scale, arena, ret, err);
    }
    if (sign == 0)
        return give_zero(WEIR_NUMERIC_SIG_DIGITS_MIN, arena, ret, err);
    if (sign < 0 && !is_integral(b))
        return weir_fail(err, WEIR_BAD_DATA,
                         "a negative number raised to a non-integer power yields a complex result");
    mpz_abs(base.coefficient, base.coefficient);
    return power_of_fraction(&base, &exponent, sign < 0 && is_odd(b), arena, ret, err);
}
