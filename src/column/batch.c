/* Batches: the names and types of the hidden columns, and the number of rows a batch takes. */
#include "column/batch.h"

#include <stdatomic.h>
#include <stdlib.h>

const char *const weir_hidden_names[WEIR_HIDDEN_COUNT] = {
    [WEIR_HIDDEN_RAW] = "_raw",
    [WEIR_HIDDEN_KEY] = "_key",
    [WEIR_HIDDEN_TIMESTAMP] = "_timestamp",
    [WEIR_HIDDEN_PARTITION] = "_partition",
    [WEIR_HIDDEN_OFFSET] = "_offset",
    [WEIR_HIDDEN_SOURCE] = "_source",
    [WEIR_HIDDEN_ERROR] = "_error",
};

const enum weir_type weir_hidden_types[WEIR_HIDDEN_COUNT] = {
    [WEIR_HIDDEN_RAW] = WEIR_BYTEA,
    [WEIR_HIDDEN_KEY] = WEIR_BYTEA,
    [WEIR_HIDDEN_TIMESTAMP] = WEIR_TIMESTAMPTZ,
    [WEIR_HIDDEN_PARTITION] = WEIR_INT4,
    [WEIR_HIDDEN_OFFSET] = WEIR_INT8,
    [WEIR_HIDDEN_SOURCE] = WEIR_TEXT,
    [WEIR_HIDDEN_ERROR] = WEIR_TEXT,
};

uint32_t weir_batch_rows(void)
{
    static _Atomic uint32_t
        cached; /* 0: not read yet; two threads that race read the same variable */

    uint32_t rows = atomic_load_explicit(&cached, memory_order_relaxed);
    if (rows == 0) {
        const char *text = getenv("WEIR_TEST_BATCH_ROWS");
        long value = text ? strtol(text, NULL, 10) : 0;
        rows = value >= 1 && value <= WEIR_BATCH_ROWS_MAX ? (uint32_t)value : WEIR_BATCH_ROWS_MAX;
        atomic_store_explicit(&cached, rows, memory_order_relaxed);
    }
    return rows;
}
