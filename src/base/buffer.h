/* A growable run of bytes with its maximum from the start. Always WEIR_PAD_BYTES of slack behind
 * `len`. */
#ifndef WEIR_BASE_BUFFER_H
#define WEIR_BASE_BUFFER_H

#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

struct weir_buffer {
    char *ptr;
    size_t len;
    size_t capacity;  /* usable bytes; the allocation has WEIR_PAD_BYTES more */
    size_t bytes_max; /* growing past it fails with WEIR_NOMEM */
};

void weir_buffer_init(struct weir_buffer *buffer, size_t bytes_max);
void weir_buffer_done(struct weir_buffer *buffer);
enum weir_code weir_buffer_grow(struct weir_buffer *buffer, size_t more,
                                struct weir_error *err) WEIR_MUST_CHECK;

/* Room for `more` bytes behind len (not counted yet), for writers that fill in place and then add
 * to len. */
static inline enum weir_code weir_buffer_reserve(struct weir_buffer *buffer, size_t more,
                                                 struct weir_error *err)
{
    return buffer->capacity - buffer->len >= more ? WEIR_OK : weir_buffer_grow(buffer, more, err);
}

enum weir_code weir_buffer_append(struct weir_buffer *buffer, struct weir_slice bytes,
                                  struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_buffer_printf(struct weir_buffer *buffer, struct weir_error *err,
                                  const char *format, ...) WEIR_PRINTF(3, 4) WEIR_MUST_CHECK;
/* Drops the first `bytes`; moves the rest to the front. */
void weir_buffer_shift(struct weir_buffer *buffer, size_t bytes);

static inline struct weir_slice weir_buffer_slice(const struct weir_buffer *buffer)
{
    return (struct weir_slice){buffer->ptr ? buffer->ptr : "", buffer->len};
}

#endif
