/* integer and bigint as text.
 *
 * Parsing follows PostgreSQL's pg_strtoint32/64: spaces around, one sign, decimal digits, nothing else. As there, a run of
 * digits that is too large is "out of range" whatever follows it. Formatting writes two digits a step. Both are on the way
 * of every record. */
#include "column/text.h"

#include "column/ascii.h"

/* At most this many digits cannot overflow an uint64_t. */
#define SAFE_DIGITS 19

/* Eight ASCII digits at once; false: not all are digits. The first digit is in the lowest byte, so neighbours are merged
 * in pairs, fours and eights by multiplying and shifting. Little-endian. */
static inline bool eight_digits(const char *at, uint64_t *ret)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    uint64_t digits = word ^ UINT64_C(0x3030303030303030);
    if (((digits + UINT64_C(0x7676767676767676)) | digits) & UINT64_C(0x8080808080808080))
        return false;
    digits = (digits * 10 + (digits >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    digits = (digits * 100 + (digits >> 16)) & UINT64_C(0x0000ffff0000ffff);
    *ret = (digits * 10000 + (digits >> 32)) & UINT64_C(0xffffffff);
    return true;
}

/* The magnitude of the digits at *at, which moves behind them; false: larger than an uint64_t. */
static bool digits_parse(const char **at, const char *end, uint64_t *ret)
{
    const char *p = *at, *start = p;
    uint64_t value = 0, eight;
    while (end - p >= 8 && p - start <= 8 && eight_digits(p, &eight)) {
        value = value * 100000000 + eight;
        p += 8;
    }
    while (p < end && p - start < SAFE_DIGITS && weir_is_digit(*p))
        value = value * 10 + (uint64_t)(*p++ - '0');
    bool fits = true;
    for (; p < end && weir_is_digit(*p); p++)
        fits = fits && !__builtin_mul_overflow(value, 10u, &value) &&
               !__builtin_add_overflow(value, (uint64_t)(*p - '0'), &value);
    *at = p;
    *ret = value;
    return fits;
}

static enum weir_code integer_parse(struct weir_slice text, int64_t max, const char *type,
                                    int64_t *ret, struct weir_error *err)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    while (at < end && weir_is_space(*at))
        at++;
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    const char *digits = at;
    uint64_t magnitude;
    bool fits = digits_parse(&at, end, &magnitude);
    if (!fits || magnitude > (uint64_t)max + negative)
        return weir_fail(err, WEIR_BAD_DATA, "value \"%.*s\" is out of range for type %s",
                         WEIR_FMT(text), type);
    bool empty = at == digits;
    while (at < end && weir_is_space(*at))
        at++;
    if (empty || at < end)
        return weir_fail(err, WEIR_BAD_DATA, "invalid input syntax for type %s: \"%.*s\"", type,
                         WEIR_FMT(text));
    *ret = (int64_t)(negative ? 0 - magnitude : magnitude);
    return WEIR_OK;
}

enum weir_code weir_int4_parse(struct weir_slice text, int32_t *ret, struct weir_error *err)
{
    int64_t value;
    WEIR_TRY(integer_parse(text, INT32_MAX, "integer", &value, err));
    *ret = (int32_t)value;
    return WEIR_OK;
}

enum weir_code weir_int8_parse(struct weir_slice text, int64_t *ret, struct weir_error *err)
{
    return integer_parse(text, INT64_MAX, "bigint", ret, err);
}

const char weir_digit_pairs[200] =
    "00010203040506070809101112131415161718192021222324252627282930313233"
    "34353637383940414243444546474849505152535455565758596061626364656667"
    "6869707172737475767778798081828384858687888990919293949596979899";

size_t weir_digits_count(uint64_t value)
{
    /* The bit length bounds the digit count to one of two; a comparison with a power decides. */
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
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    unsigned guess = bits * 1233 >> 12; /* log10(2) is about 1233 / 4096 */
    return guess + (value >= powers[guess]) + (value == 0);
}

/* The last eight digits of a value below 10^8: 32-bit divisions, which do not wait for each other. */
static inline void eight_write(uint32_t value, char *to)
{
    uint32_t high = value / 10000, low = value % 10000;
    weir_pair_write(high / 100, to);
    weir_pair_write(high % 100, to + 2);
    weir_pair_write(low / 100, to + 4);
    weir_pair_write(low % 100, to + 6);
}

void weir_digits_write(uint64_t value, char *to, size_t count)
{
    while (count >= 8) {
        eight_write((uint32_t)(value % 100000000), to + count - 8);
        value /= 100000000;
        count -= 8;
    }
    uint32_t rest = (uint32_t)value;
    while (count >= 2) {
        weir_pair_write(rest % 100, to + count - 2);
        rest /= 100;
        count -= 2;
    }
    if (count == 1)
        *to = (char)('0' + rest % 10);
}

size_t weir_int8_format(int64_t value, char *to)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t sign = value < 0, count = weir_digits_count(magnitude);
    *to = '-';
    weir_digits_write(magnitude, to + sign, count);
    return sign + count;
}

size_t weir_int4_format(int32_t value, char *to)
{
    return weir_int8_format(value, to);
}
