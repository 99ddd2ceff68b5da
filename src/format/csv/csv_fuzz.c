/* Any bytes as CSV: no crash, and the same rows from every kernel. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "simd/csv.h"

enum { ROWS = 16, COLUMNS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct weir_slice spans[2][COLUMNS][ROWS];
    static uint8_t kinds[2][COLUMNS][ROWS];
    static const uint32_t field_columns[COLUMNS] = {1, 0};
    const struct weir_csv_kernels *kernels[2] = {&weir_csv_portable, weir_csv_kernels()};
    struct weir_span_column columns[2][COLUMNS];
    struct weir_csv_reader readers[2];
    struct weir_csv_lines lines[2];
    char *bytes = calloc(1, size + WEIR_PAD_BYTES);
    if (size)
        memcpy(bytes, data, size);
    memset(kinds, 0, sizeof(kinds));
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < COLUMNS; i++)
            columns[k][i] = (struct weir_span_column){spans[k][i], kinds[k][i]};
        readers[k] = (struct weir_csv_reader){.delimiter = ',',
                                              .quote = '"',
                                              .fields_count = COLUMNS,
                                              .field_columns = field_columns,
                                              .columns = columns[k]};
        lines[k] = (struct weir_csv_lines){
            .at = bytes, .end = bytes + size, .last = size & 1, .rows_max = ROWS};
    }
    for (bool fine = false; !fine;) {
        fine = kernels[0]->read(&readers[0], &lines[0]);
        WEIR_ASSERT(fine == kernels[1]->read(&readers[1], &lines[1]));
        WEIR_ASSERT(lines[0].at == lines[1].at && lines[0].row == lines[1].row);
        WEIR_ASSERT(lines[0].line_ends == lines[1].line_ends);
        WEIR_ASSERT(fine || readers[0].error == readers[1].error);
    }
    for (uint32_t row = 0; row < lines[0].row; row++)
        for (int i = 0; i < COLUMNS; i++)
            WEIR_ASSERT(kinds[0][i][row] == kinds[1][i][row] &&
                        spans[0][i][row].ptr == spans[1][i][row].ptr &&
                        spans[0][i][row].len == spans[1][i][row].len);
    free(bytes);
    return 0;
}
