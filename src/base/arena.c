/* Arena chunks: malloc'd blocks that double in size; a reset keeps only the newest (largest). */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES_MIN ((size_t)4096)
#define CHUNK_BYTES_MAX ((size_t)1 << 20)

struct weir_arena_chunk {
    struct weir_arena_chunk *older;
    size_t bytes; /* usable ones */
    _Alignas(64) char data[];
};

void weir_arena_init(struct weir_arena *arena, size_t bytes_max)
{
    *arena = (struct weir_arena){.bytes_max = bytes_max};
}

static void free_from(struct weir_arena *arena, struct weir_arena_chunk *chunk)
{
    while (chunk) {
        struct weir_arena_chunk *older = chunk->older;
        arena->bytes -= chunk->bytes;
        free(chunk);
        chunk = older;
    }
}

void weir_arena_done(struct weir_arena *arena)
{
    free_from(arena, arena->chunk);
    weir_arena_init(arena, arena->bytes_max);
}

void weir_arena_reset(struct weir_arena *arena)
{
    struct weir_arena_chunk *chunk = arena->chunk;
    if (!chunk)
        return;
    free_from(arena, chunk->older);
    chunk->older = NULL;
    arena->next = chunk->data;
    arena->end = chunk->data + chunk->bytes;
}

void *weir_arena_alloc_slow(struct weir_arena *arena, size_t bytes, size_t align)
{
    size_t last = arena->chunk ? arena->chunk->bytes : 0;
    size_t size = last * 2 < CHUNK_BYTES_MIN ? CHUNK_BYTES_MIN : last * 2;
    size = size > CHUNK_BYTES_MAX ? CHUNK_BYTES_MAX : size;
    if (bytes > SIZE_MAX / 2)
        return NULL;
    if (size < bytes + align)
        size = (bytes + align + 63) & ~(size_t)63;
    if (size > arena->bytes_max - arena->bytes) {
        size = (bytes + align + 63) & ~(size_t)63; /* the cap is near: just what is needed */
        if (size > arena->bytes_max - arena->bytes)
            return NULL;
    }
    size_t total = (sizeof(struct weir_arena_chunk) + size + WEIR_PAD_BYTES + 63) & ~(size_t)63;
    struct weir_arena_chunk *chunk = aligned_alloc(64, total);
    if (!chunk)
        return NULL;
    memset(chunk->data + size, 0, WEIR_PAD_BYTES);
    chunk->older = arena->chunk;
    chunk->bytes = size;
    arena->chunk = chunk;
    arena->bytes += size;
    arena->next = chunk->data;
    arena->end = chunk->data + size;
    return weir_arena_alloc(arena, bytes, align);
}

void *weir_arena_calloc(struct weir_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *memory = weir_arena_alloc(arena, bytes ? bytes : 1, 16);
    return memory ? memset(memory, 0, bytes) : NULL;
}

char *weir_arena_copy(struct weir_arena *arena, struct weir_slice bytes)
{
    char *copy = weir_arena_alloc(arena, bytes.len + 1, 1);
    if (!copy)
        return NULL;
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    copy[bytes.len] = 0;
    return copy;
}

struct weir_slice weir_arena_slice(struct weir_arena *arena, struct weir_slice bytes)
{
    return weir_slice(weir_arena_copy(arena, bytes), bytes.len);
}

char *weir_arena_printf(struct weir_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return NULL;
    char *text = weir_arena_alloc(arena, (size_t)len + 1, 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}
