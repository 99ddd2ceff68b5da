/* Any bytes as a JSON file: no crash, and the same rows from every kernel. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "simd/json_read.h"

enum { ROWS = 16, COLUMNS = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const struct weir_span_column *columns, const struct weir_span_column *others,
                      uint32_t row)
{
    for (int i = 0; i < COLUMNS; i++) {
        WEIR_ASSERT(columns[i].kinds[row] == others[i].kinds[row]);
        if (!(columns[i].kinds[row] & WEIR_SPAN_VALUE))
            continue;
        WEIR_ASSERT(columns[i].spans[row].ptr == others[i].spans[row].ptr &&
                    columns[i].spans[row].len == others[i].spans[row].len);
        if (columns[i].kinds[row] != WEIR_SPAN_ESCAPED)
            continue;
        char *decoded = malloc(columns[i].spans[row].len);
        bool has_nul;
        WEIR_ASSERT(weir_json_unescape(columns[i].spans[row], decoded, &has_nul) <=
                    columns[i].spans[row].len);
        free(decoded);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct weir_json_read_kernels *kernels[2];
    static struct weir_json_reader readers[2];
    static struct weir_slice spans[2][COLUMNS][ROWS];
    static uint8_t kinds[2][COLUMNS][ROWS];
    struct weir_span_column columns[2][COLUMNS];
    struct weir_json_lines lines[2];
    const struct weir_slice keys[COLUMNS] = {WEIR_SLICE("a"), WEIR_SLICE("id"), WEIR_SLICE("name")};
    if (!kernels[0]) {
        kernels[0] = &weir_json_read_portable;
        kernels[1] = weir_json_read_kernels();
        for (int k = 0; k < 2; k++)
            WEIR_ASSERT(weir_json_reader_init(&readers[k], keys, COLUMNS, 16));
    }
    char *bytes = calloc(1, size + WEIR_PAD_BYTES);
    if (size)
        memcpy(bytes, data, size);
    memset(kinds, 0, sizeof(kinds));
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < COLUMNS; i++)
            columns[k][i] = (struct weir_span_column){spans[k][i], kinds[k][i]};
        readers[k].columns = columns[k];
        lines[k] = (struct weir_json_lines){.at = bytes, .end = bytes + size, .rows_max = ROWS};
    }
    bool fine = kernels[0]->lines(&readers[0], &lines[0]);
    WEIR_ASSERT(fine == kernels[1]->lines(&readers[1], &lines[1]));
    WEIR_ASSERT(lines[0].at == lines[1].at && lines[0].row == lines[1].row);
    WEIR_ASSERT(fine || (readers[0].error == readers[1].error &&
                         readers[0].error_at == readers[1].error_at));
    for (uint32_t row = 0; row < lines[0].row; row++)
        check_row(columns[0], columns[1], row);
    free(bytes);
    return 0;
}
