/* A vector: the values of one column of a batch, with a validity bitmap and, rarely, row errors.
 *
 * Invariants:
 *  1. `valid` has one bit a row (bit row % 64 of word row / 64), set = not NULL. It is never NULL;
 *     bits past the last row are arbitrary.
 *  2. A value whose valid bit is clear is arbitrary but initialised (fixed-width types: any value;
 *     slices: any slice).
 *  3. `errors` is NULL in nearly every vector. Where it is not, errors[row].ptr != NULL means that
 *     evaluating the row failed with that message (and its valid bit is clear). Errors are values: they
 *     pass through strict functions as NULLs do; AND, OR, CASE and COALESCE drop those of operands that
 *     SQL would not have evaluated.
 *  4. Everything lies in the arena of the batch (or is constant for the life of the program). */
#ifndef WEIR_COLUMN_VECTOR_H
#define WEIR_COLUMN_VECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "column/type.h"

struct weir_vector {
    enum weir_type type;
    uint64_t *valid;
    union {
        void *data;
        uint8_t *b;           /* BOOL */
        int32_t *i4;          /* INT4, DATE */
        int64_t *i8;          /* INT8, TIMESTAMPTZ */
        double *f8;           /* FLOAT8 */
        struct weir_slice *s; /* TEXT, BYTEA, NUMERIC, JSONB */
    };
    struct weir_slice *errors; /* NULL: none (see 3) */
};

/* Which rows a step works on: `rows[0..count)` in ascending order, or 0..count-1 where rows is
 * NULL. */
struct weir_selection {
    const uint32_t *rows;
    uint32_t count;
};

#define WEIR_FOR_SELECTED(row, selection)                                                          \
    for (uint32_t weir_at = 0, row;                                                                \
         weir_at < (selection).count &&                                                            \
         ((row = (selection).rows ? (selection).rows[weir_at] : weir_at), true);                   \
         weir_at++)

static inline bool weir_valid(const struct weir_vector *vector, uint32_t row)
{
    return vector->valid[row >> 6] >> (row & 63) & 1;
}

static inline void weir_set_valid(struct weir_vector *vector, uint32_t row, bool valid)
{
    uint64_t bit = (uint64_t)1 << (row & 63), *word = &vector->valid[row >> 6];
    *word = valid ? *word | bit : *word & ~bit;
}

static inline size_t weir_valid_words(uint32_t rows)
{
    return ((size_t)rows + 63) / 64;
}

/* Allocates data and validity (all bits set when `valid`, else clear) for `rows` rows; errors =
 * NULL. */
enum weir_code weir_vector_init(struct weir_vector *vector, enum weir_type type, uint32_t rows,
                                bool valid, struct weir_arena *arena,
                                struct weir_error *err) WEIR_MUST_CHECK;
/* Records an error for a row (clears its valid bit; makes `errors` on first use, `rows` long). Text
 * is copied to the arena; on exhaustion a constant text stands in. */
void weir_vector_fail(struct weir_vector *vector, uint32_t row, uint32_t rows,
                      struct weir_arena *arena, const char *format, ...) WEIR_PRINTF(5, 6);
/* One value copied between vectors of one type; slices are shared, not copied; errors as well.
 * `to_rows`: to's capacity. */
void weir_vector_copy_value(struct weir_vector *to, uint32_t to_row, uint32_t to_rows,
                            const struct weir_vector *from, uint32_t from_row,
                            struct weir_arena *arena);

#endif
