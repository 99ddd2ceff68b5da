/* The JSON kernels' innermost steps with AVX2: 32 bytes of a string at a time for quote, backslash,
 * control characters and bytes outside ASCII in one go; 32 bytes of a gap in one compare. */
#include <immintrin.h>

#include "simd/json_read.h"
#include "simd/json_write.h"
#include "simd/overread.h"
#include "simd/utf8.h"

static inline __m256i load(const char *at)
{
    return _mm256_loadu_si256((const __m256i *)at);
}

static inline uint32_t bits(__m256i mask)
{
    return (uint32_t)_mm256_movemask_epi8(mask);
}

/* Bytes that a string in JSON cannot hold as they are, besides quotes. */
static inline __m256i controls(__m256i bytes)
{
    return _mm256_or_si256(
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')),
        _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes));
}

static inline __m256i quotes(__m256i bytes)
{
    return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
}

/* A bit for each byte that a string cannot hold as it is. */
static inline uint32_t special_bytes(__m256i bytes)
{
    return bits(_mm256_or_si256(quotes(bytes), controls(bytes)));
}

/* Bytes outside ASCII have their highest bit set, which is the one that makes the mask. */
static inline void find_specials(const char *at, size_t blocks, uint64_t *to)
{
    for (; blocks > 0; blocks--, at += 64) {
        __m256i low = load(at), high = load(at + 32);
        low = _mm256_or_si256(low, _mm256_or_si256(quotes(low), controls(low)));
        high = _mm256_or_si256(high, _mm256_or_si256(quotes(high), controls(high)));
        *to++ = bits(low) | (uint64_t)bits(high) << 32;
    }
}

static inline const char *plain_end(const char *at, const char *end, uint32_t *high)
{
    for (;;) {
        __m256i bytes = load(at);
        uint32_t special = special_bytes(bytes), outside = bits(bytes);
        if (__builtin_expect(special != 0, 1)) {
            uint32_t at_bit = (uint32_t)__builtin_ctz(special);
            *high |= _bzhi_u32(outside, at_bit);
            return at + at_bit;
        }
        *high |= outside;
        at += 32;
        if (at >= end)
            return at;
    }
}

static inline bool gap_fits(const struct weir_json_gap *gap, const char *at)
{
    uint32_t same = bits(_mm256_cmpeq_epi8(load(at), load(gap->bytes)));
    if (~same & gap->mask)
        return false;
    if (__builtin_expect(gap->len - 1 < 32, 1))
        return true;
    if (gap->len == 0)
        return false;
    same = bits(_mm256_cmpeq_epi8(load(at + 32), load(gap->bytes + 32)));
    return _bzhi_u32(~same, gap->len - 32) == 0;
}

static inline const char *digits_end(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static inline bool utf8_valid(const char *bytes, size_t len)
{
    return weir_utf8_avx2.valid(bytes, len);
}

/* Copies go in steps of 32 bytes, so up to 31 bytes too many are written, and read where that
 * cannot fault. */
static inline char *copy(char *to, const char *from, size_t len)
{
    if (__builtin_expect(len - 1 < 32 && weir_may_read_32(from), 1))
        _mm256_storeu_si256((__m256i *)to, load(from));
    else if (len > 0)
        memcpy(to, from, len);
    return to + len;
}

static inline bool copy_short(char *to, const char *from, size_t len)
{
    if (len - 1 >= 32 || !weir_may_read_32(from)) /* nothing can be read where len is 0 */
        return false;
    __m256i bytes = load(from);
    _mm256_storeu_si256((__m256i *)to, bytes);
    return _bzhi_u32(special_bytes(bytes), (uint32_t)len) == 0;
}

static inline size_t copy_plain(char *to, const char *from, size_t len)
{
    size_t done = 0;
    while (done < len) {
        __m256i bytes;
        if (__builtin_expect(weir_may_read_32(from + done), 1)) {
            bytes = load(from + done);
        } else {
            char last[32] = {0};
            memcpy(last, from + done, len - done < 32 ? len - done : 32);
            bytes = load(last);
        }
        _mm256_storeu_si256((__m256i *)(to + done), bytes);
        uint32_t special = special_bytes(bytes);
        if (special) {
            done += (size_t)__builtin_ctz(special);
            return done < len ? done : len;
        }
        done += 32;
    }
    return len;
}

#include "simd/json_read_body.h"
#include "simd/json_write_body.h"

const struct weir_json_read_kernels weir_json_read_avx2 = {read_lines, read_record};
const struct weir_json_write_kernels weir_json_write_avx2 = {write_rows};
