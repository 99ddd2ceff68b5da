/* Any text as a page of ListObjectsV2: refused, or every entry has a key. */
#include "connector/s3/list_page.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weir_arena arena;
    struct weir_s3_page page;
    struct weir_error err;
    char *copy = malloc(size + 1); /* exactly as long: reading past it is seen */
    if (!copy)
        return 0;
    if (size)
        memcpy(copy, data, size);
    weir_arena_init(&arena, 16 << 20);
    if (weir_s3_page_parse(weir_slice(copy, size), &arena, &page, &err) == WEIR_OK)
        for (size_t i = 0; i < page.count; i++)
            WEIR_ASSERT(page.entries[i].key && page.entries[i].etag);
    weir_arena_done(&arena);
    free(copy);
    return 0;
}
