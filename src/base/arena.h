/* Arena: bump allocation for things that die together; reset keeps its memory for the next round.
 *
 * Chunks double up to a limit; each chunk has WEIR_PAD_BYTES readable and writable bytes after its
 * end. One owner thread at a time. Every arena has a cap from its start: an allocation past it
 * returns NULL, never aborts. */
#ifndef WEIR_BASE_ARENA_H
#define WEIR_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

struct weir_arena_chunk;

struct weir_arena {
    char *next, *end;               /* free bytes of the current chunk */
    struct weir_arena_chunk *chunk; /* current; linked to the older ones */
    size_t bytes, bytes_max;        /* taken from malloc so far; the cap */
};

/* Makes an empty arena; takes no memory yet. */
void weir_arena_init(struct weir_arena *arena, size_t bytes_max);
/* Gives all memory back. */
void weir_arena_done(struct weir_arena *arena);
/* Forgets all allocations; keeps the largest chunk. */
void weir_arena_reset(struct weir_arena *arena);

void *weir_arena_alloc_slow(struct weir_arena *arena, size_t bytes, size_t align);

/* Uninitialised memory, or NULL when the cap or memory is exhausted. `align` is a power of two up
 * to 64. */
static inline void *weir_arena_alloc(struct weir_arena *arena, size_t bytes, size_t align)
{
    uintptr_t at = ((uintptr_t)arena->next + align - 1) & ~(uintptr_t)(align - 1);
    if (arena->next && at <= (uintptr_t)arena->end && bytes <= (uintptr_t)arena->end - at) {
        arena->next = (char *)at + bytes;
        return (void *)at;
    }
    return weir_arena_alloc_slow(arena, bytes, align);
}

/* Zeroed array of count elements of size bytes, aligned for any type; NULL when exhausted or on
 * overflow. */
void *weir_arena_calloc(struct weir_arena *arena, size_t count, size_t size);
/* A copy of the bytes. On exhaustion ret is untouched and false comes back. */
char *weir_arena_copy(struct weir_arena *arena,
                      struct weir_slice bytes); /* NUL-terminated; NULL when exhausted */
struct weir_slice weir_arena_slice(struct weir_arena *arena,
                                   struct weir_slice bytes); /* ptr NULL when exhausted */
/* A formatted, NUL-terminated string; NULL when exhausted. */
char *weir_arena_printf(struct weir_arena *arena, const char *format, ...) WEIR_PRINTF(2, 3);

#define WEIR_NEW(arena, type) ((type *)weir_arena_calloc((arena), 1, sizeof(type)))
#define WEIR_NEW_ARRAY(arena, type, count)                                                         \
    ((type *)weir_arena_calloc((arena), (count), sizeof(type)))

#endif
