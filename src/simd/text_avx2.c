/* The text kernels with 32 bytes a step. Most values are shorter than that: one load, one compare,
 * one store each. Loads run past a value's end where that cannot fault, and stores past the
 * output's, where the next row goes. */
#include "simd/text.h"

#include <immintrin.h>

#include "simd/overread.h"

#define STEP 32

/* The next 32 bytes, of which `left` belong to the value; what the others hold does not matter. */
static inline __m256i load(const char *from, size_t left)
{
    if (__builtin_expect(left >= STEP || weir_may_read_32(from), 1))
        return _mm256_loadu_si256((const __m256i *)(const void *)from);
    char last[STEP] = {0};
    memcpy(last, from, left);
    return _mm256_loadu_si256((const __m256i *)(const void *)last);
}

/* The low `len` bits, len <= 32. */
static inline uint32_t low_bits(size_t len)
{
    return _bzhi_u32(UINT32_MAX, (unsigned)len);
}

static inline __m256i flip_case(__m256i bytes, char first)
{
    /* Signed compares: bytes outside ASCII are negative and never letters. */
    __m256i letter =
        _mm256_and_si256(_mm256_cmpgt_epi8(bytes, _mm256_set1_epi8((char)(first - 1))),
                         _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(first + 26)), bytes));
    return _mm256_xor_si256(bytes, _mm256_and_si256(letter, _mm256_set1_epi8(0x20)));
}

static inline uint32_t flip_rows(struct weir_text_rows in, char first, char *to,
                                 struct weir_slice *ret)
{
    uint32_t others = 0;
    WEIR_FOR_TEXT_ROWS(row, in)
    {
        struct weir_slice from = in.from[row];
        uint32_t outside = 0;
        size_t at = 0;
        for (; at + STEP < from.len; at += STEP) {
            __m256i bytes = load(from.ptr + at, from.len - at);
            outside |= (uint32_t)_mm256_movemask_epi8(bytes);
            _mm256_storeu_si256((__m256i *)(void *)(to + at), flip_case(bytes, first));
        }
        if (at < from.len) {
            __m256i bytes = load(from.ptr + at, from.len - at);
            outside |= (uint32_t)_mm256_movemask_epi8(bytes) & low_bits(from.len - at);
            _mm256_storeu_si256((__m256i *)(void *)(to + at), flip_case(bytes, first));
        }
        ret[row] = weir_slice(outside ? NULL : to, outside ? 0 : from.len);
        to += outside ? 0 : from.len;
        others += outside != 0;
    }
    return others;
}

static uint32_t upper(struct weir_text_rows in, char *to, struct weir_slice *ret)
{
    return flip_rows(in, 'a', to, ret);
}

static uint32_t lower(struct weir_text_rows in, char *to, struct weir_slice *ret)
{
    return flip_rows(in, 'A', to, ret);
}

static void before_byte(struct weir_text_rows in, char byte, struct weir_slice *ret)
{
    const __m256i wanted = _mm256_set1_epi8(byte);
    WEIR_FOR_TEXT_ROWS(row, in)
    {
        struct weir_slice from = in.from[row];
        size_t len = from.len;
        for (size_t at = 0; at < from.len; at += STEP) {
            uint32_t found = (uint32_t)_mm256_movemask_epi8(
                _mm256_cmpeq_epi8(load(from.ptr + at, from.len - at), wanted));
            if (found) {
                size_t end = at + (size_t)__builtin_ctz(found);
                len = end < from.len ? end : from.len;
                break;
            }
        }
        ret[row] = weir_slice(from.ptr, len);
    }
}

static void characters(struct weir_text_rows in, int32_t *ret)
{
    const __m256i last_continuation =
        _mm256_set1_epi8(-65); /* 0xbf: continuation bytes are -128 .. -65 */
    WEIR_FOR_TEXT_ROWS(row, in)
    {
        struct weir_slice from = in.from[row];
        int32_t count = 0;
        for (size_t at = 0; at < from.len; at += STEP) {
            uint32_t starts = (uint32_t)_mm256_movemask_epi8(
                _mm256_cmpgt_epi8(load(from.ptr + at, from.len - at), last_continuation));
            size_t left = from.len - at;
            count += __builtin_popcount(starts & low_bits(left < STEP ? left : STEP));
        }
        ret[row] = count;
    }
}

const struct weir_text_kernels weir_text_avx2 = {upper, lower, before_byte, characters};
