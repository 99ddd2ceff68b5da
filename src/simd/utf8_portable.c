/* UTF-8 validation, the portable reference: eight ASCII bytes at a time, other characters one by
 * one by the ranges of Unicode's table 3-7. */
#include "simd/utf8.h"

#include <stdint.h>
#include <string.h>

#include "simd/dispatch.h"

static bool continues(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Bytes of the character at `at`, which has `left` > 0 bytes and is not ASCII; 0: not valid. */
static size_t character_len(const unsigned char *at, size_t left)
{
    unsigned char lead = at[0];
    if (lead >= 0xc2 && lead <= 0xdf)
        return left >= 2 && continues(at[1]) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        unsigned char low = lead == 0xe0 ? 0xa0 : 0x80, high = lead == 0xed ? 0x9f : 0xbf;
        return left >= 3 && at[1] >= low && at[1] <= high && continues(at[2]) ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        unsigned char low = lead == 0xf0 ? 0x90 : 0x80, high = lead == 0xf4 ? 0x8f : 0xbf;
        return left >= 4 && at[1] >= low && at[1] <= high && continues(at[2]) && continues(at[3])
                   ? 4
                   : 0;
    }
    return 0;
}

size_t weir_utf8_valid_prefix(const char *bytes, size_t len)
{
    const unsigned char *at = (const unsigned char *)bytes;
    size_t done = 0;
    while (done < len) {
        if (at[done] < 0x80) {
            uint64_t word;
            while (len - done >= sizeof(word)) {
                memcpy(&word, at + done, sizeof(word));
                if (word & UINT64_C(0x8080808080808080))
                    break;
                done += sizeof(word);
            }
            while (done < len && at[done] < 0x80)
                done++;
            continue;
        }
        size_t character = character_len(at + done, len - done);
        if (character == 0)
            break;
        done += character;
    }
    return done;
}

static bool valid_portable(const char *bytes, size_t len)
{
    return weir_utf8_valid_prefix(bytes, len) == len;
}

const struct weir_utf8_kernels weir_utf8_portable = {valid_portable};

const struct weir_utf8_kernels *weir_utf8_kernels(void)
{
#ifdef WEIR_HAVE_AVX2
    if (weir_simd_level() == WEIR_SIMD_AVX2)
        return &weir_utf8_avx2;
#endif
    return &weir_utf8_portable;
}
