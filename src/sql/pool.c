/* See pool.h. */
#include "sql/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void *weir_pool_calloc(struct weir_pool *pool, size_t count, size_t size)
{
    void *ret = weir_arena_calloc(pool->arena, count ? count : 1, size);
    if (!ret)
        longjmp(pool->exhausted, 1);
    return ret;
}

char *weir_pool_copy(struct weir_pool *pool, struct weir_slice bytes)
{
    char *ret = weir_arena_copy(pool->arena, bytes);
    if (!ret)
        longjmp(pool->exhausted, 1);
    return ret;
}

char *weir_pool_printf(struct weir_pool *pool, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *ret = weir_pool_calloc(pool, (size_t)(len < 0 ? 0 : len) + 1, 1);
    if (len > 0 && vsnprintf(ret, (size_t)len + 1, format, again) < 0)
        ret[0] = 0;
    va_end(again);
    va_end(args);
    return ret;
}

void *weir_pool_grow(struct weir_pool *pool, const void *items, uint32_t count, uint32_t *capacity,
                     size_t size)
{
    uint32_t larger = *capacity ? *capacity * 2 : 8;
    if (larger < *capacity)
        longjmp(pool->exhausted, 1);
    void *ret = weir_pool_calloc(pool, larger, size);
    if (count)
        memcpy(ret, items, count * size);
    *capacity = larger;
    return ret;
}
