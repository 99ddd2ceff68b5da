/* The reference text kernels: plain loops that any compiler and processor can take. */
#include "simd/text.h"

#include "simd/dispatch.h"

/* Copies with the letters first .. first + 25 changed by their case bit; false when a byte is
 * outside ASCII. */
static inline bool flip_case(struct weir_slice from, char first, char *to)
{
    unsigned char seen = 0;
    for (size_t i = 0; i < from.len; i++) {
        unsigned char c = (unsigned char)from.ptr[i];
        seen |= c;
        to[i] = (char)(c ^ ((unsigned char)(c - first) < 26 ? 0x20 : 0));
    }
    return seen < 0x80;
}

static inline uint32_t flip_rows(struct weir_text_rows in, char first, char *to,
                                 struct weir_slice *ret)
{
    uint32_t others = 0;
    WEIR_FOR_TEXT_ROWS(row, in)
    {
        struct weir_slice from = in.from[row];
        if (flip_case(from, first, to)) {
            ret[row] = weir_slice(to, from.len);
            to += from.len;
        } else {
            ret[row] = weir_slice(NULL, 0);
            others++;
        }
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
    WEIR_FOR_TEXT_ROWS(row, in)
    {
        struct weir_slice from = in.from[row];
        const char *found = from.len ? memchr(from.ptr, byte, from.len) : NULL;
        ret[row] = weir_slice(from.ptr, found ? (size_t)(found - from.ptr) : from.len);
    }
}

static void characters(struct weir_text_rows in, int32_t *ret)
{
    WEIR_FOR_TEXT_ROWS(row, in)
    {
        struct weir_slice from = in.from[row];
        int32_t count = 0;
        for (size_t i = 0; i < from.len; i++)
            count += ((unsigned char)from.ptr[i] & 0xc0) != 0x80; /* all but continuation bytes */
        ret[row] = count;
    }
}

const struct weir_text_kernels weir_text_portable = {upper, lower, before_byte, characters};

const struct weir_text_kernels *weir_text_kernels(void)
{
#ifdef WEIR_HAVE_AVX2
    if (weir_simd_level() == WEIR_SIMD_AVX2)
        return &weir_text_avx2;
#endif
    return &weir_text_portable;
}
