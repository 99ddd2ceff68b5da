/* A borrowed run of bytes: not NUL-terminated, may hold NUL, never freed through the slice. */
#ifndef WEIR_BASE_SLICE_H
#define WEIR_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct weir_slice {
    const char *ptr; /* never NULL where len > 0 */
    size_t len;      /* bytes */
};

/* Readable bytes after every buffer that record data lies in (fetch buffers, arenas), so that
 * vector code may load past an end. Their content is arbitrary. */
#define WEIR_PAD_BYTES 64

#define WEIR_SLICE(literal) ((struct weir_slice){"" literal, sizeof(literal) - 1})
/* printf("%.*s", WEIR_FMT(slice)) */
#define WEIR_FMT(slice) (int)(slice).len, (slice).ptr

static inline struct weir_slice weir_slice(const char *ptr, size_t len)
{
    return (struct weir_slice){ptr, len};
}

/* Of a NUL-terminated string; NULL gives the empty slice. */
static inline struct weir_slice weir_slice_of(const char *text)
{
    return (struct weir_slice){text ? text : "", text ? strlen(text) : 0};
}

static inline bool weir_slice_equal(struct weir_slice a, struct weir_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Order by bytes (C collation), a prefix first; <0, 0, >0 as memcmp. */
static inline int weir_slice_compare(struct weir_slice a, struct weir_slice b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static inline bool weir_slice_is(struct weir_slice a, const char *text)
{
    return weir_slice_equal(a, weir_slice_of(text));
}

#endif
