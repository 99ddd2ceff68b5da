/* Any bytes as input of every type: nothing may crash, and what is accepted must read back as itself. */
#include <stdint.h>
#include <stdlib.h>

#include "column/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    enum weir_type type = data[0] % WEIR_TYPE_COUNT;
    struct weir_arena arena;
    struct weir_error err;
    struct weir_vector vector;
    weir_arena_init(&arena, 1 << 26);
    if (weir_vector_init(&vector, type, 2, false, &arena, &err) != WEIR_OK)
        abort();
    /* Buffers that records lie in are padded: see WEIR_PAD_BYTES. */
    struct weir_slice text = weir_arena_slice(&arena, weir_slice((const char *)data + 1, size - 1));
    if (weir_value_parse(type, text, 0, &arena, &vector, 0, &err) == WEIR_OK) {
        struct weir_slice printed = weir_value_text(&vector, 0, &arena);
        if (weir_value_parse(type, printed, 0, &arena, &vector, 1, &err) != WEIR_OK)
            abort();
        if (weir_value_compare(&vector, 0, &vector, 1) != 0)
            abort();
    }
    weir_arena_done(&arena);
    return 0;
}
