/* The CSV kernels' innermost steps with AVX2: 64 bytes give one word of delimiters and newlines. */
#include <immintrin.h>

#include "simd/csv.h"
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

static inline __m256i equal(__m256i bytes, char c)
{
    return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c));
}

/* NUL and bytes outside ASCII are those below 1, taken as signed. */
static inline __m256i odd_bytes(__m256i bytes)
{
    return _mm256_cmpgt_epi8(_mm256_set1_epi8(1), bytes);
}

static inline uint64_t block_ends(const char *at, char delimiter, uint64_t *ret_odd)
{
    __m256i low = load(at), high = load(at + 32);
    *ret_odd = bits(_mm256_or_si256(odd_bytes(low), odd_bytes(high)));
    uint32_t low_ends = bits(_mm256_or_si256(equal(low, delimiter), equal(low, '\n')));
    uint32_t high_ends = bits(_mm256_or_si256(equal(high, delimiter), equal(high, '\n')));
    return low_ends | (uint64_t)high_ends << 32;
}

static inline const char *quote_end(const char *at, const char *end, char quote, size_t *newlines,
                                    uint64_t *odd)
{
    while (at < end) {
        __m256i bytes = load(at);
        uint32_t left = end - at < 32 ? (uint32_t)(end - at) : 32;
        uint32_t quotes = _bzhi_u32(bits(equal(bytes, quote)), left);
        uint32_t before = quotes ? (uint32_t)__builtin_ctz(quotes) : left;
        *newlines += (size_t)__builtin_popcount(_bzhi_u32(bits(equal(bytes, '\n')), before));
        *odd |= _bzhi_u32(bits(odd_bytes(bytes)), before);
        at += before;
        if (quotes)
            break;
    }
    return at;
}

/* Up to 31 bytes too many are written, and read where that cannot fault. */
static inline bool copy_clean(char *to, const char *from, size_t len, char delimiter, char quote)
{
    uint32_t special = 0;
    for (size_t done = 0; done < len; done += 32) {
        __m256i bytes;
        size_t left = len - done < 32 ? len - done : 32;
        if (__builtin_expect(weir_may_read_32(from + done), 1)) {
            bytes = load(from + done);
        } else {
            char last[32] = {0};
            memcpy(last, from + done, left);
            bytes = load(last);
        }
        _mm256_storeu_si256((__m256i *)(to + done), bytes);
        __m256i breaks = _mm256_or_si256(equal(bytes, '\n'), equal(bytes, '\r'));
        __m256i marks = _mm256_or_si256(equal(bytes, delimiter), equal(bytes, quote));
        special |= _bzhi_u32(bits(_mm256_or_si256(breaks, marks)), (uint32_t)left);
    }
    return special == 0;
}

static inline bool utf8_valid(const char *bytes, size_t len)
{
    return weir_utf8_avx2.valid(bytes, len);
}

#include "simd/csv_body.h"

const struct weir_csv_kernels weir_csv_avx2 = {read_records, write_records};
