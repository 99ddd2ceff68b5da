/* UTF-8 validation with AVX2, 32 bytes a step, after Keiser and Lemire, "Validating UTF-8 in less
 * than one instruction per byte" (2021): every error shows in two neighbouring bytes, or as a
 * continuation that is missing or too many two or three bytes after a lead. Three table look-ups by
 * nibble (high and low of the byte before, high of this one) give bit sets of errors that each
 * nibble allows; their intersection is the errors that are there. */
#include "simd/utf8.h"

#include <immintrin.h>
#include <string.h>

enum {
    TOO_SHORT = 1 << 0,      /* a lead followed by a lead or ASCII */
    TOO_LONG = 1 << 1,       /* ASCII followed by a continuation */
    OVERLONG_3 = 1 << 2,     /* e0 followed by 80..9f */
    TOO_LARGE = 1 << 3,      /* f4 followed by 90..bf, f5..ff */
    SURROGATE = 1 << 4,      /* ed followed by a0..bf */
    OVERLONG_2 = 1 << 5,     /* c0, c1 */
    TOO_LARGE_1000 = 1 << 6, /* f5..ff followed by 80..8f; shares its bit with: */
    OVERLONG_4 = 1 << 6,     /* f0 followed by 80..8f */
    TWO_CONTS = 1 << 7, /* two continuations: an error unless a longer lead stands before them */
    CARRY = TOO_SHORT | TOO_LONG | TWO_CONTS,
};

#define TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

static inline __m256i look_up(__m256i table, __m256i nibbles)
{
    return _mm256_shuffle_epi8(table, nibbles);
}

static inline __m256i high_nibbles(__m256i bytes)
{
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0f));
}

/* The bytes `count` (1..3) places before each byte of `now`; `before` is the block before. */
#define SHIFTED(now, before, count)                                                                \
    _mm256_alignr_epi8(now, _mm256_permute2x128_si256(before, now, 0x21), 16 - (count))

static inline __m256i block_errors(__m256i now, __m256i before)
{
    const char contl = (char)(TWO_CONTS), large = (char)TOO_LARGE,
               large2 = (char)(TOO_LARGE | TOO_LARGE_1000);
    const __m256i by_first_high = TWICE(
        TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, contl,
        contl, contl, contl, TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE,
        TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4);
    const char carry = (char)CARRY, carry_large = (char)(CARRY | large),
               carry_large2 = (char)(CARRY | large2);
    const __m256i by_first_low =
        TWICE((char)(CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4), (char)(CARRY | OVERLONG_2),
              carry, carry, carry_large, carry_large2, carry_large2, carry_large2, carry_large2,
              carry_large2, carry_large2, carry_large2, carry_large2,
              (char)(carry_large2 | SURROGATE), carry_large2, carry_large2);
    const char is_short = TOO_SHORT;
    const char cont = (char)(TOO_LONG | OVERLONG_2 | TWO_CONTS);
    const __m256i by_second_high =
        TWICE(is_short, is_short, is_short, is_short, is_short, is_short, is_short, is_short,
              (char)(cont | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4),
              (char)(cont | OVERLONG_3 | TOO_LARGE), (char)(cont | SURROGATE | TOO_LARGE),
              (char)(cont | SURROGATE | TOO_LARGE), is_short, is_short, is_short, is_short);

    __m256i first = SHIFTED(now, before, 1);
    __m256i pairs = _mm256_and_si256(
        _mm256_and_si256(look_up(by_first_high, high_nibbles(first)),
                         look_up(by_first_low, _mm256_and_si256(first, _mm256_set1_epi8(0x0f)))),
        look_up(by_second_high, high_nibbles(now)));
    /* Bytes that must be the third or fourth of a character: TWO_CONTS is right there and only
     * there. */
    __m256i third =
        _mm256_subs_epu8(SHIFTED(now, before, 2), _mm256_set1_epi8((char)(0xe0 - 0x80)));
    __m256i fourth =
        _mm256_subs_epu8(SHIFTED(now, before, 3), _mm256_set1_epi8((char)(0xf0 - 0x80)));
    __m256i must_continue =
        _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
    return _mm256_xor_si256(must_continue, pairs);
}

/* Not zero where the block ends inside a character. */
static inline __m256i unfinished(__m256i block)
{
    const char any = (char)0xff;
    const __m256i most =
        _mm256_setr_epi8(any, any, any, any, any, any, any, any, any, any, any, any, any, any, any,
                         any, any, any, any, any, any, any, any, any, any, any, any, any, any,
                         (char)(0xf0 - 1), (char)(0xe0 - 1), (char)(0xc0 - 1));
    return _mm256_subs_epu8(block, most);
}

static bool valid_avx2(const char *bytes, size_t len)
{
    if (len < 32) /* names and places with an accent: the setup would cost more than it saves */
        return weir_utf8_valid_prefix(bytes, len) == len;
    __m256i before = _mm256_setzero_si256(), errors = before, open = before;
    size_t done = 0;
    for (;;) {
        __m256i now;
        if (len - done >= 32) {
            now = _mm256_loadu_si256((const __m256i *)(bytes + done));
        } else {
            char last[32] = {0}; /* ASCII behind the end makes an unfinished character an error */
            memcpy(last, bytes + done, len - done);
            now = _mm256_loadu_si256((const __m256i *)last);
        }
        if (_mm256_movemask_epi8(now) == 0) {
            errors = _mm256_or_si256(errors, open);
            open = _mm256_setzero_si256();
        } else {
            errors = _mm256_or_si256(errors, block_errors(now, before));
            open = unfinished(now);
        }
        before = now;
        if (len - done <= 32)
            break;
        done += 32;
    }
    errors = _mm256_or_si256(errors, open);
    return _mm256_testz_si256(errors, errors);
}

const struct weir_utf8_kernels weir_utf8_avx2 = {valid_avx2};
