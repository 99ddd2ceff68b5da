/* Growing buffers. */
#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>

void weir_buffer_init(struct weir_buffer *buffer, size_t bytes_max)
{
    *buffer = (struct weir_buffer){.bytes_max = bytes_max};
}

void weir_buffer_done(struct weir_buffer *buffer)
{
    free(buffer->ptr);
    weir_buffer_init(buffer, buffer->bytes_max);
}

enum weir_code weir_buffer_grow(struct weir_buffer *buffer, size_t more, struct weir_error *err)
{
    if (more > buffer->bytes_max - buffer->len)
        return weir_fail(err, WEIR_NOMEM, "a buffer would grow past its limit of %zu bytes",
                         buffer->bytes_max);
    size_t needed = buffer->len + more,
           capacity = buffer->capacity < 256 ? 256 : buffer->capacity * 2;
    capacity = capacity < needed ? needed : capacity;
    capacity = capacity > buffer->bytes_max ? buffer->bytes_max : capacity;
    char *ptr = realloc(buffer->ptr, capacity + WEIR_PAD_BYTES);
    if (!ptr)
        return weir_fail(err, WEIR_NOMEM, "out of memory: could not allocate %zu bytes", capacity);
    memset(ptr + capacity, 0, WEIR_PAD_BYTES);
    buffer->ptr = ptr;
    buffer->capacity = capacity;
    return WEIR_OK;
}

enum weir_code weir_buffer_append(struct weir_buffer *buffer, struct weir_slice bytes,
                                  struct weir_error *err)
{
    WEIR_TRY(weir_buffer_reserve(buffer, bytes.len, err));
    if (bytes.len)
        memcpy(buffer->ptr + buffer->len, bytes.ptr, bytes.len);
    buffer->len += bytes.len;
    return WEIR_OK;
}

enum weir_code weir_buffer_printf(struct weir_buffer *buffer, struct weir_error *err,
                                  const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return weir_fail(err, WEIR_BUG, "bad format string \"%s\"", format);
    WEIR_TRY(weir_buffer_reserve(buffer, (size_t)len + 1, err));
    va_start(args, format);
    vsnprintf(buffer->ptr + buffer->len, (size_t)len + 1, format, args);
    va_end(args);
    buffer->len += (size_t)len;
    return WEIR_OK;
}

void weir_buffer_shift(struct weir_buffer *buffer, size_t bytes)
{
    if (bytes && bytes < buffer->len)
        memmove(buffer->ptr, buffer->ptr + bytes, buffer->len - bytes);
    buffer->len -= bytes;
}
