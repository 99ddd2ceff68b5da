/* double precision as text: parsing to the nearest double, printing the shortest text that reads back.
 *
 * Parsing tries three ways, cheapest first. (1) Clinger: up to 2^53 and a power of ten up to 22 are both exact doubles, so
 * one multiplication or division rounds correctly. (2) Eisel-Lemire: up to 19 digits times a 128-bit power of ten; taken
 * only when the whole error interval rounds to one double. (3) strtod for the rest: long texts, ties, subnormals, hex.
 *
 * Printing: integers and decimals of up to 15 digits are found by trying, which is most data and needs no table; the rest
 * is Schubfach. As in PostgreSQL the ends of the rounding interval do not count as inside: the double nearest to 1e23 has
 * 1e23 itself as an end and prints as 9.999999999999999e+22. Notation as there: scientific below 1e-4 and from 1e15 on.
 * Sources: Lemire, "Number Parsing at a Gigabyte per Second"; Giulietti, "The Schubfach way to render doubles". */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "column/ascii.h"
#include "column/float_powers.h"
#include "column/text.h"

typedef unsigned __int128 uint128;

/* Exact doubles. */
static const double exact_powers[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* floor(log2(10^e)) for |e| up to 1233. */
static inline int log2_pow10(int e)
{
    return e * 1741647 >> 19;
}

/* --- parsing ----------------------------------------------------------------------------------------------------- */

/* Rounds significand * 2^exponent (a 64-bit significand with its top bit set) to a double, halves never occurring; false
 * outside the normal range. */
static bool double_assemble(uint64_t significand, int exponent, double *ret)
{
    uint64_t mantissa = (significand >> 11) + (significand >> 10 & 1);
    int biased = exponent + 63 + 1023;
    if (mantissa >> 53) {
        mantissa >>= 1;
        biased++;
    }
    if (biased < 1 || biased > 2046)
        return false;
    uint64_t bits = (uint64_t)biased << 52 | (mantissa & ((UINT64_C(1) << 52) - 1));
    memcpy(ret, &bits, sizeof(bits));
    return true;
}

/* digits * 10^exponent where the result is certain; false: ask strtod. digits is not 0. */
static bool double_from_decimal(uint64_t digits, int exponent, double *ret)
{
    if (exponent < WEIR_POW10_MIN || exponent > WEIR_POW10_MAX)
        return false;
    const uint64_t *power = weir_pow10[exponent - WEIR_POW10_MIN];
    int shift = __builtin_clzll(digits);
    uint64_t w = digits << shift;
    uint128 low = (uint128)w * power[1];
    uint128 high = (uint128)w * power[0] + (uint64_t)(low >> 64);
    /* The exact product, in units of high's, lies in [high, high + 2): a unit for the cut power, one for low's cut. */
    int lead = high >> 127 ? 0 : 1;
    int exponent2 = log2_pow10(exponent) - 127 - shift + 64 + 64 - lead;
    if ((high + 2) >> (127 - lead) != 1)
        return false;
    uint64_t top = (uint64_t)(high << lead >> 64);
    /* Bits below the half bit must show that neither end of the interval touches or crosses a half. */
    uint128 rest = high & (((uint128)1 << (64 + 10 - lead)) - 1);
    uint128 whole = (uint128)1 << (64 + 10 - lead);
    bool half = top >> 10 & 1;
    if ((half && rest == 0) || rest + 2 >= whole)
        return false;
    return double_assemble(top, exponent2, ret);
}

/* A plain decimal of up to 19 significant digits that fills text; false: take the slow way. */
static bool float8_parse_fast(struct weir_slice text, double *ret)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    bool negative = at < end && *at == '-';
    at += negative || (at < end && *at == '+');
    uint64_t digits = 0;
    const char *start = at;
    while (at < end && weir_is_digit(*at))
        digits = digits * 10 + (uint64_t)(*at++ - '0');
    ptrdiff_t count = at - start;
    int exponent = 0;
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        while (at < end && weir_is_digit(*at))
            digits = digits * 10 + (uint64_t)(*at++ - '0');
        exponent = -(int)(at - fraction);
        count += at - fraction;
    }
    if (count == 0 || count > 19)
        return false;
    if (at < end && (*at | 0x20) == 'e') {
        at++;
        bool minus = at < end && *at == '-';
        at += minus || (at < end && *at == '+');
        const char *first = at;
        int value = 0;
        while (at < end && at - first < 4 && weir_is_digit(*at))
            value = value * 10 + (*at++ - '0');
        if (at == first)
            return false;
        exponent += minus ? -value : value;
    }
    if (at != end)
        return false;
    double value;
    if (digits >> 53 == 0 && exponent >= -22 && exponent <= 22)
        value = exponent < 0 ? (double)digits / exact_powers[-exponent]
                             : (double)digits * exact_powers[exponent];
    else if (digits == 0)
        value = 0;
    else if (!double_from_decimal(digits, exponent, &value))
        return false;
    *ret = negative ? -value : value;
    return true;
}

/* The words that PostgreSQL knows on top of strtod, longest first; returns the bytes used, 0 for none. */
static size_t float8_word(struct weir_slice text, double *ret)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {
        {"nan", NAN},
        {"infinity", INFINITY},
        {"+infinity", INFINITY},
        {"-infinity", -INFINITY},
        {"inf", INFINITY},
        {"+inf", INFINITY},
        {"-inf", -INFINITY},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (weir_starts_with_word(text, words[i].word)) {
            *ret = words[i].value;
            return strlen(words[i].word);
        }
    }
    return 0;
}

/* With strtod on a NUL-terminated copy without leading spaces, `number`, of the slice `text`. */
static enum weir_code float8_parse_copy(const char *number, struct weir_slice text, double *ret,
                                        struct weir_error *err)
{
    char *stop;
    errno = 0;
    double value = strtod(number, &stop);
    size_t used = (size_t)(stop - number);
    if (used == 0) {
        used = float8_word(weir_slice_of(number), &value);
    } else if (errno == ERANGE && (value == 0 || fabs(value) >= HUGE_VAL)) {
        return weir_fail(err, WEIR_BAD_DATA, "\"%.*s\" is out of range for type double precision",
                         (int)used, number);
    }
    struct weir_slice rest = weir_trim_spaces(weir_slice_of(number + used));
    if (used == 0 || rest.len > 0)
        return weir_fail(err, WEIR_BAD_DATA,
                         "invalid input syntax for type double precision: \"%.*s\"",
                         WEIR_FMT(text));
    *ret = value;
    return WEIR_OK;
}

enum weir_code weir_float8_parse(struct weir_slice text, double *ret, struct weir_error *err)
{
    if (float8_parse_fast(text, ret))
        return WEIR_OK;
    struct weir_slice trimmed = weir_trim_spaces(text);
    if (float8_parse_fast(trimmed, ret))
        return WEIR_OK;
    if (memchr(trimmed.ptr, '\0', trimmed.len))
        return weir_fail(err, WEIR_BAD_DATA,
                         "invalid input syntax for type double precision: \"%.*s\"",
                         WEIR_FMT(text));
    char small[512], *copy = small;
    if (trimmed.len >= sizeof(small) && !(copy = malloc(trimmed.len + 1)))
        return weir_fail(err, WEIR_NOMEM, "out of memory for a number of %zu digits", trimmed.len);
    memcpy(copy, trimmed.ptr, trimmed.len);
    copy[trimmed.len] = '\0';
    enum weir_code code = float8_parse_copy(copy, text, ret, err);
    if (copy != small)
        free(copy);
    return code;
}

/* --- formatting -------------------------------------------------------------------------------------------------- */

struct decimal {
    uint64_t digits;
    int exponent; /* the value is digits * 10^exponent */
};

/* The upper 64 bits of power * factor / 2^64, with the last bit set when anything was cut ("round to odd"). */
static uint64_t round_to_odd(const uint64_t power[2], uint64_t factor)
{
    uint64_t low = (uint64_t)((uint128)power[1] * factor >> 64);
    uint128 product = (uint128)power[0] * factor + low;
    return (uint64_t)(product >> 64) | ((uint64_t)product > 1);
}

static struct decimal schubfach(uint64_t mantissa, unsigned biased)
{
    uint64_t c = biased ? mantissa | UINT64_C(1) << 52 : mantissa;
    int q = biased ? (int)biased - 1075 : -1074;
    bool closer_below = mantissa == 0 && biased > 1;
    int k = (q * 1262611 - (closer_below ? 524031 : 0)) >> 22;
    int h = q + log2_pow10(-k) + 1;
    uint64_t power[2] = {weir_pow10[-k - WEIR_POW10_MIN][0], weir_pow10[-k - WEIR_POW10_MIN][1]};
    if (k > 0 || k < -55) /* not exact in 128 bits: the proof wants it rounded up */
        power[0] += ++power[1] == 0;
    uint64_t lower = round_to_odd(power, (4 * c - 2 + closer_below) << h) + 1;
    uint64_t middle = round_to_odd(power, 4 * c << h);
    uint64_t upper = round_to_odd(power, (4 * c + 2) << h) - 1;
    uint64_t s = middle / 4;
    if (s >= 10) {
        uint64_t tenth = s / 10;
        bool below_in = lower <= 40 * tenth, above_in = 40 * tenth + 40 <= upper;
        if (below_in != above_in)
            return (struct decimal){tenth + above_in, k + 1};
    }
    bool below_in = lower <= 4 * s, above_in = 4 * s + 4 <= upper;
    if (below_in != above_in)
        return (struct decimal){s + above_in, k};
    bool up = middle > 4 * s + 2 || (middle == 4 * s + 2 && (s & 1));
    return (struct decimal){s + up, k};
}

/* An integer or decimal fraction of at most 15 digits; such a text is the only one of its length that reads back, so the
 * first that does is the shortest. value > 0. */
static bool decimal_by_trying(double value, struct decimal *ret)
{
    if (!(value < 1e15 && value >= 1e-4))
        return false;
    if (value == (double)(int64_t)value) {
        *ret = (struct decimal){(uint64_t)value, 0};
        return true;
    }
    for (int places = 1; places <= 4; places++) { /* more are rarer than Schubfach is slow */
        double scaled = value * exact_powers[places];
        if (scaled >= 1e15)
            return false;
        int64_t digits = (int64_t)(scaled + 0.5);
        if ((double)digits / exact_powers[places] == value) {
            *ret = (struct decimal){(uint64_t)digits, -places};
            return true;
        }
    }
    return false;
}

static size_t decimal_write(struct decimal d, char *to)
{
    size_t count = weir_digits_count(d.digits);
    int point = (int)count + d.exponent; /* digits before the point */
    if (point > -4 && point <= 15) {
        if (d.exponent >= 0) {
            weir_digits_write(d.digits, to, count);
            memset(to + count, '0', (size_t)d.exponent);
            return count + (size_t)d.exponent;
        }
        if (point > 0) {
            weir_digits_write(d.digits, to, count);
            memmove(to + point + 1, to + point, count - (size_t)point);
            to[point] = '.';
            return count + 1;
        }
        memset(to, '0', 5);
        to[1] = '.';
        weir_digits_write(d.digits, to + 2 - point, count);
        return count + 2 + (size_t)-point;
    }
    char *at = to;
    weir_digits_write(d.digits, at + 1, count);
    at[0] = at[1];
    at[1] = '.';
    at += count > 1 ? count + 1 : 1;
    int exponent = point - 1;
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    unsigned magnitude = (unsigned)(exponent < 0 ? -exponent : exponent);
    size_t places = magnitude >= 100 ? 3 : 2;
    weir_digits_write(magnitude, at, places);
    return (size_t)(at - to) + places;
}

size_t weir_float8_format(double value, char *to)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    unsigned biased = (unsigned)(bits >> 52) & 2047;
    size_t sign = bits >> 63;
    if (biased == 2047) {
        struct weir_slice word = mantissa ? WEIR_SLICE("NaN")
                                 : sign   ? WEIR_SLICE("-Infinity")
                                          : WEIR_SLICE("Infinity");
        memcpy(to, word.ptr, word.len);
        return word.len;
    }
    *to = '-';
    to += sign;
    if (mantissa == 0 && biased == 0) {
        *to = '0';
        return sign + 1;
    }
    struct decimal d;
    if (!decimal_by_trying(fabs(value), &d)) {
        d = schubfach(mantissa, biased);
        for (; d.digits % 10 == 0; d.digits /= 10)
            d.exponent++;
    }
    return sign + decimal_write(d, to);
}
