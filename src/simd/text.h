/* Byte kernels for text columns: each works on the selected, valid rows of a column in one loop.
 *
 * `rows` NULL means rows 0 .. count - 1. Values need no padding behind them. */
#ifndef WEIR_SIMD_TEXT_H
#define WEIR_SIMD_TEXT_H

#include <stdint.h>

#include "base/slice.h"

struct weir_text_rows {
    const struct weir_slice *from;
    const uint64_t *valid; /* a bit a row, as in vectors */
    const uint32_t *rows;
    uint32_t count;
};

struct weir_text_kernels {
    /* Copies the rows into `to`, one after the other, with ASCII letters upper- or lower-cased, and
     * sets ret[row]. A row with a byte outside ASCII gets ret[row].ptr = NULL and takes no room;
     * returns how many there are. `to` has room for the sum of the lengths and WEIR_PAD_BYTES. */
    uint32_t (*upper)(struct weir_text_rows in, char *to, struct weir_slice *ret);
    uint32_t (*lower)(struct weir_text_rows in, char *to, struct weir_slice *ret);
    /* ret[row] = the part left of the first `byte`, or all of the row without it. */
    void (*before_byte)(struct weir_text_rows in, char byte, struct weir_slice *ret);
    /* ret[row] = the number of characters of valid UTF-8. */
    void (*characters)(struct weir_text_rows in, int32_t *ret);
};

/* The kernels of this process (see simd/dispatch.h). */
const struct weir_text_kernels *weir_text_kernels(void);

extern const struct weir_text_kernels weir_text_portable;
extern const struct weir_text_kernels weir_text_avx2; /* only where WEIR_HAVE_AVX2 is defined */

#define WEIR_FOR_TEXT_ROWS(row, in)                                                                \
    for (uint32_t weir_at = 0, row; weir_at < (in).count; weir_at++)                               \
        if ((row = (in).rows ? (in).rows[weir_at] : weir_at),                                      \
            (in).valid[row >> 6] >> (row & 63) & 1)

#endif
