/* UTF-8 validation: shortest forms only, no surrogates, up to U+10FFFF. Source: Unicode 15, table
 * 3-7. */
#ifndef WEIR_SIMD_UTF8_H
#define WEIR_SIMD_UTF8_H

#include <stdbool.h>
#include <stddef.h>

struct weir_utf8_kernels {
    bool (*valid)(const char *bytes, size_t len);
};

extern const struct weir_utf8_kernels weir_utf8_portable;
extern const struct weir_utf8_kernels weir_utf8_avx2; /* only after weir_simd_level() allows it */
const struct weir_utf8_kernels *weir_utf8_kernels(void);

/* Length of the longest valid prefix: len where all of it is valid, else where the first bad
 * character begins. */
size_t weir_utf8_valid_prefix(const char *bytes, size_t len);

static inline bool weir_utf8_valid(const char *bytes, size_t len)
{
    return weir_utf8_kernels()->valid(bytes, len);
}

#endif
