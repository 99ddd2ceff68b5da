/* The JSON kernels in plain C, the reference for the others, and the choice between them. */
#include <endian.h>

#include "simd/dispatch.h"
#include "simd/json_read.h"
#include "simd/json_write.h"
#include "simd/utf8.h"

static inline bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

static inline const char *plain_end(const char *at, const char *end, uint32_t *high)
{
    unsigned char seen = 0;
    while (at < end && is_plain(*at))
        seen |= (unsigned char)*at++;
    *high |= seen & 0x80;
    return at;
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* The highest bit of each byte of `bytes` that is 0, and nothing else. */
static inline uint64_t zero_bytes(uint64_t bytes)
{
    return ~(((bytes & EACH_BYTE(0x7f)) + EACH_BYTE(0x7f)) | bytes) & EACH_BYTE(0x80);
}

/* Eight bytes at a time. */
static inline void find_specials(const char *at, size_t blocks, uint64_t *to)
{
    for (; blocks > 0; blocks--) {
        uint64_t word = 0, bytes;
        for (unsigned i = 0; i < 64; i += 8, at += 8) {
            memcpy(&bytes, at, sizeof(bytes));
            bytes = le64toh(bytes);
            uint64_t controls = ~((bytes & EACH_BYTE(0x7f)) + EACH_BYTE(0x60));
            uint64_t special = bytes | controls | zero_bytes(bytes ^ EACH_BYTE('"')) |
                               zero_bytes(bytes ^ EACH_BYTE('\\'));
            special = special >> 7 & EACH_BYTE(1);
            word |= special * UINT64_C(0x0102040810204080) >> 56 << i;
        }
        *to++ = word;
    }
}

static inline bool gap_fits(const struct weir_json_gap *gap, const char *at)
{
    return gap->len > 0 && memcmp(at, gap->bytes, gap->len) == 0;
}

static inline const char *digits_end(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static inline bool utf8_valid(const char *bytes, size_t len)
{
    return weir_utf8_portable.valid(bytes, len);
}

static inline char *copy(char *to, const char *from, size_t len)
{
    memcpy(to, from, len);
    return to + len;
}

static inline bool copy_short(char *to, const char *from, size_t len)
{
    (void)to, (void)from, (void)len;
    return false;
}

static inline size_t copy_plain(char *to, const char *from, size_t len)
{
    size_t done = 0;
    while (done < len && is_plain(from[done])) {
        to[done] = from[done];
        done++;
    }
    return done;
}

#include "simd/json_read_body.h"
#include "simd/json_write_body.h"

const struct weir_json_read_kernels weir_json_read_portable = {read_lines, read_record};
const struct weir_json_write_kernels weir_json_write_portable = {write_rows};

const struct weir_json_read_kernels *weir_json_read_kernels(void)
{
#ifdef WEIR_HAVE_AVX2
    if (weir_simd_level() == WEIR_SIMD_AVX2)
        return &weir_json_read_avx2;
#endif
    return &weir_json_read_portable;
}

const struct weir_json_write_kernels *weir_json_write_kernels(void)
{
#ifdef WEIR_HAVE_AVX2
    if (weir_simd_level() == WEIR_SIMD_AVX2)
        return &weir_json_write_avx2;
#endif
    return &weir_json_write_portable;
}
