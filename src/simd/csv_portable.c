/* The CSV kernels in plain C, the reference for the others, and the choice between them. */
#include "simd/csv.h"
#include "simd/dispatch.h"
#include "simd/utf8.h"

static inline bool is_odd(char c)
{
    return (signed char)c < 1;
}

static inline uint64_t block_ends(const char *at, char delimiter, uint64_t *ret_odd)
{
    uint64_t ends = 0, odd = 0;
    for (unsigned i = 0; i < 64; i++) {
        ends |= (uint64_t)(at[i] == delimiter || at[i] == '\n') << i;
        odd |= is_odd(at[i]);
    }
    *ret_odd = odd;
    return ends;
}

static inline const char *quote_end(const char *at, const char *end, char quote, size_t *newlines,
                                    uint64_t *odd)
{
    for (; at < end && *at != quote; at++) {
        *newlines += *at == '\n';
        *odd |= is_odd(*at);
    }
    return at;
}

static inline bool copy_clean(char *to, const char *from, size_t len, char delimiter, char quote)
{
    bool clean = true;
    for (size_t i = 0; i < len; i++) {
        char c = from[i];
        clean &= c != delimiter && c != quote && c != '\n' && c != '\r';
        to[i] = c;
    }
    return clean;
}

static inline bool utf8_valid(const char *bytes, size_t len)
{
    return weir_utf8_portable.valid(bytes, len);
}

#include "simd/csv_body.h"

const struct weir_csv_kernels weir_csv_portable = {read_records, write_records};

const struct weir_csv_kernels *weir_csv_kernels(void)
{
#ifdef WEIR_HAVE_AVX2
    if (weir_simd_level() == WEIR_SIMD_AVX2)
        return &weir_csv_avx2;
#endif
    return &weir_csv_portable;
}

size_t weir_csv_unescape(struct weir_slice content, char quote, char *to)
{
    size_t len = 0;
    for (size_t i = 0; i < content.len; i++) {
        to[len++] = content.ptr[i];
        i += content.ptr[i] == quote; /* its twin follows */
    }
    return len;
}
