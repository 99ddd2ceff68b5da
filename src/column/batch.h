/* A batch: up to WEIR_BATCH_ROWS_MAX rows as vectors, a selection, and the arena that owns all of
 * it.
 *
 * A batch of a stream has its declared columns first and then the WEIR_HIDDEN_COUNT hidden ones, in
 * the order of enum weir_hidden; a vector that the plan does not need has data == NULL. Slices may
 * point into the bytes of the fetch that the batch was decoded from: a batch lives until the next
 * poll of its split. */
#ifndef WEIR_COLUMN_BATCH_H
#define WEIR_COLUMN_BATCH_H

#include "column/vector.h"

#define WEIR_BATCH_ROWS_MAX 1024

enum weir_hidden {
    WEIR_HIDDEN_RAW,       /* bytea: the undecoded record (without its line end) */
    WEIR_HIDDEN_KEY,       /* bytea */
    WEIR_HIDDEN_TIMESTAMP, /* timestamptz */
    WEIR_HIDDEN_PARTITION, /* integer */
    WEIR_HIDDEN_OFFSET,    /* bigint: offset in a topic; first byte of the record in a file */
    WEIR_HIDDEN_SOURCE,    /* text: topic or file */
    WEIR_HIDDEN_ERROR,     /* text: why decoding failed, else NULL */
    WEIR_HIDDEN_COUNT
};

extern const char *const weir_hidden_names[WEIR_HIDDEN_COUNT]; /* "_raw", "_key", .. */
extern const enum weir_type weir_hidden_types[WEIR_HIDDEN_COUNT];

struct weir_batch {
    struct weir_arena *arena;
    struct weir_vector *columns;
    uint32_t columns_count;
    uint32_t rows;                   /* rows in every vector */
    uint32_t capacity;               /* rows the vectors have room for */
    struct weir_selection selection; /* the rows that are (still) part of the batch */
};

/* How many rows a batch takes: WEIR_BATCH_ROWS_MAX, or WEIR_TEST_BATCH_ROWS from the environment
 * (1..max). */
uint32_t weir_batch_rows(void);

#endif
