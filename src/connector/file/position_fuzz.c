/* Any text as a position: refused, or read and written without a change. */
#include "connector/file/position.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weir_position first, second;
    struct weir_buffer text, again;
    struct weir_error err;
    if (weir_position_parse(weir_slice((const char *)data, size), &first, &err) != WEIR_OK)
        return 0;
    weir_buffer_init(&text, 1 << 20);
    weir_buffer_init(&again, 1 << 20);
    WEIR_ASSERT(weir_position_format(&first, &text, &err) == WEIR_OK);
    WEIR_ASSERT(weir_position_parse(weir_buffer_slice(&text), &second, &err) == WEIR_OK);
    WEIR_ASSERT(weir_position_format(&second, &again, &err) == WEIR_OK);
    WEIR_ASSERT(weir_slice_equal(weir_buffer_slice(&text), weir_buffer_slice(&again)));
    weir_position_done(&first);
    weir_position_done(&second);
    weir_buffer_done(&text);
    weir_buffer_done(&again);
    return 0;
}
