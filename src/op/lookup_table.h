/* The content of one lookup: a store of rows with an index over the key columns. Built once,
 * read-only afterwards. Inside op/ only; lookup.c decides when one is built and which one is
 * current. */
#ifndef WEIR_OP_LOOKUP_TABLE_H
#define WEIR_OP_LOOKUP_TABLE_H

#include "base/buffer.h"
#include "expr/expr.h"
#include "op/store.h"

/* PostgreSQL's limit for the columns of a query. */
#define WEIR_LOOKUP_COLUMNS_MAX 1664

struct weir_lookup_table {
    struct weir_store store;
    struct weir_store_index index;
    uint32_t keys_count;
    bool keep_duplicates; /* a join reads payload: rows of one key are chained */
    uint32_t
        *next; /* by row: the next row of the same key in the order they came, WEIR_NO_ROW ends */
    uint32_t
        *null_rows; /* rows with a NULL among the keys: not in the index, they matter to IN alone */
    uint32_t null_rows_count, null_rows_capacity;
    uint64_t content_hash; /* of all rows in their order */
};

enum weir_code weir_lookup_table_init(struct weir_lookup_table *table, const enum weir_type *types,
                                      uint32_t columns_count, uint32_t keys_count,
                                      bool keep_duplicates, size_t bytes_max,
                                      struct weir_error *err) WEIR_MUST_CHECK;
void weir_lookup_table_done(struct weir_lookup_table *table);
size_t weir_lookup_table_bytes(const struct weir_lookup_table *table);
/* Adds the selected rows, at most WEIR_BATCH_ROWS_MAX. */
enum weir_code weir_lookup_table_add(struct weir_lookup_table *table,
                                     const struct weir_vector *const *columns,
                                     struct weir_selection selection,
                                     struct weir_error *err) WEIR_MUST_CHECK;
/* After the last row: chains duplicates, computes content_hash. */
enum weir_code weir_lookup_table_finish(struct weir_lookup_table *table,
                                        struct weir_error *err) WEIR_MUST_CHECK;

/* matches[i]: the first row whose key equals that of the i-th selected row, or WEIR_NO_ROW (also
 * where a key is NULL or failed). The selection has at most WEIR_BATCH_ROWS_MAX rows. */
void weir_lookup_table_probe(const struct weir_lookup_table *table,
                             const struct weir_vector *const *keys, struct weir_selection selection,
                             uint32_t *matches);
/* `keys IN (table)` for a row that weir_lookup_table_probe did not find: true where the answer is
 * NULL, not false. */
bool weir_lookup_table_unknown(const struct weir_lookup_table *table,
                               const struct weir_vector *const *keys, uint32_t row);

/* The rows as bytes: magic, counts, types, then each column (validity, values), then CRC32C. */
enum weir_code weir_lookup_table_write(const struct weir_lookup_table *table,
                                       struct weir_buffer *ret,
                                       struct weir_error *err) WEIR_MUST_CHECK;
/* Fills a table that has just been made by init from such bytes and finishes it; WEIR_BAD_DATA when
 * they are damaged or of other columns. */
enum weir_code weir_lookup_table_read(struct weir_lookup_table *table, struct weir_slice bytes,
                                      struct weir_error *err) WEIR_MUST_CHECK;

#endif
