/* Writing JSON records: columns of ready texts, interleaved to rows in one loop.
 *
 * Every value is bytes by now: texts to be quoted and escaped, everything else as it is to stand in
 * the record. */
#ifndef WEIR_SIMD_JSON_WRITE_H
#define WEIR_SIMD_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct weir_json_write_column {
    struct weir_slice lead;          /* what stands before the value: `{"id":`, `,"name":` */
    const struct weir_slice *values; /* by row */
    const uint64_t *valid;           /* a bit a row; clear: null */
    bool quoted;                     /* text: quotes around it, escapes in it */
};

struct weir_json_writer {
    const struct weir_json_write_column *columns;
    uint32_t columns_count;
    struct weir_slice tail; /* `}` or `}` and a line end */
    size_t fixed_bytes;     /* leads and tail, and room for quotes and null in every column */
};

struct weir_json_write_rows {
    const uint32_t *rows; /* which rows; NULL: row numbers are positions */
    uint32_t at, count;   /* position of the next row (moved on), and how many there are */
    char *to;             /* moved on; WEIR_PAD_BYTES behind `end` are writable */
    char *end;
    uint32_t *lengths; /* by position: bytes written; NULL: not wanted */
};

struct weir_json_write_kernels {
    /* Writes rows as long as they fit. Returns 0 when all are written, else the bytes that the next
     * row needs at most. */
    size_t (*rows)(const struct weir_json_writer *writer, struct weir_json_write_rows *rows);
};

extern const struct weir_json_write_kernels weir_json_write_portable;
extern const struct weir_json_write_kernels weir_json_write_avx2; /* where the machine has it */
const struct weir_json_write_kernels *weir_json_write_kernels(void);

#endif
