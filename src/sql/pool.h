/* Allocation for code that builds trees: from one arena, and never NULL.
 *
 * Parsing and binding allocate thousands of small nodes. Instead of a check at each, an exhausted
 * arena unwinds with longjmp to the one place that set `exhausted` (weir_plan_make; weir_sql_parse
 * for its own thread). That is sound because whoever builds through a pool owns nothing outside of
 * the pool's arena at a point that may allocate. */
#ifndef WEIR_SQL_POOL_H
#define WEIR_SQL_POOL_H

#include <setjmp.h>
#include <stdint.h>

#include "base/arena.h"

struct weir_pool {
    struct weir_arena *arena;
    jmp_buf exhausted; /* set by the owner before the first allocation */
};

#define WEIR_NEVER_NULL __attribute__((returns_nonnull))

/* Zeroed and aligned for any type. */
void *weir_pool_calloc(struct weir_pool *pool, size_t count, size_t size) WEIR_NEVER_NULL;
/* NUL-terminated */
char *weir_pool_copy(struct weir_pool *pool, struct weir_slice bytes) WEIR_NEVER_NULL;
char *weir_pool_printf(struct weir_pool *pool, const char *format, ...)
    WEIR_PRINTF(2, 3) WEIR_NEVER_NULL;

#define WEIR_POOL_NEW(pool, type)          ((type *)weir_pool_calloc((pool), 1, sizeof(type)))
#define WEIR_POOL_ARRAY(pool, type, count) ((type *)weir_pool_calloc((pool), (count), sizeof(type)))

/* A list that grows in the pool: struct WEIR_LIST(type) list = {0}; *WEIR_PUSH(pool, list) =
 * value; */
#define WEIR_LIST(type)                                                                            \
    {                                                                                              \
        __typeof__(type) *items;                                                                   \
        uint32_t count, capacity;                                                                  \
    }

void *weir_pool_grow(struct weir_pool *pool, const void *items, uint32_t count, uint32_t *capacity,
                     size_t size) WEIR_NEVER_NULL;

#define WEIR_PUSH(pool, list)                                                                      \
    ((list).count == (list).capacity                                                               \
         ? (list).items = weir_pool_grow((pool), (list).items, (list).count, &(list).capacity,     \
                                         sizeof *(list).items)                                     \
         : (list).items,                                                                           \
     &(list).items[(list).count++])

#endif
