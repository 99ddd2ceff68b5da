/* A store: rows held in memory as growing columns, and an index over their first columns: what
 * lookups, GROUP BY, DISTINCT and ORDER BY keep. Inside op/ only.
 *
 * Values of slice types are copied into the store's arena, so rows outlive the batches that they
 * came from. Everything counts against bytes_max; past it appending fails with WEIR_NOMEM and the
 * caller says what did not fit. */
#ifndef WEIR_OP_STORE_H
#define WEIR_OP_STORE_H

#include "column/batch.h"

struct weir_store {
    struct weir_vector *columns;      /* grown in place: read them anew after an append */
    const struct weir_vector **views; /* of each column, for functions that take key vectors */
    uint32_t columns_count;
    uint32_t rows, capacity;
    size_t bytes_max;
    size_t bytes;            /* of the columns; the arena counts its own */
    struct weir_arena arena; /* bytes of slices */
};

enum weir_code weir_store_init(struct weir_store *store, const enum weir_type *types,
                               uint32_t columns_count, size_t bytes_max,
                               struct weir_error *err) WEIR_MUST_CHECK;
void weir_store_done(struct weir_store *store);
/* Makes room for `more` rows. Rows may then be filled in place and counted by adding to
 * store->rows. */
enum weir_code weir_store_reserve(struct weir_store *store, uint32_t more,
                                  struct weir_error *err) WEIR_MUST_CHECK;
/* Appends row `row` of the vectors; columns that are not kept (data == NULL) become NULLs. */
enum weir_code weir_store_append(struct weir_store *store, const struct weir_vector *const *from,
                                 uint32_t row, struct weir_error *err) WEIR_MUST_CHECK;
static inline size_t weir_store_bytes(const struct weir_store *store)
{
    return store->bytes + store->arena.bytes;
}

/* ---- the index: open addressing, one 64-bit slot a row ---- */

struct weir_store_index {
    uint64_t *slots; /* high half: high half of the hash; low half: row + 1, 0 = empty */
    uint64_t mask;   /* slots - 1 */
    uint32_t used;
    uint32_t keys_count; /* the first columns of the store */
};

/* Room for rows_count rows without growing. */
enum weir_code weir_store_index_init(struct weir_store_index *index, uint32_t keys_count,
                                     uint32_t rows_count, struct weir_error *err) WEIR_MUST_CHECK;
void weir_store_index_done(struct weir_store_index *index);
static inline size_t weir_store_index_bytes(const struct weir_store_index *index)
{
    return (index->mask + 1) * sizeof(uint64_t);
}

/* Hashes key tuples; hashes[i] is that of the i-th selected row. NULLs hash alike. */
void weir_key_hash(const struct weir_vector *const *keys, uint32_t keys_count,
                   struct weir_selection selection, uint64_t *hashes);
/* Are the tuples equal, NULL being equal to NULL? */
bool weir_key_equal(const struct weir_store *store, uint32_t store_row,
                    const struct weir_vector *const *keys, uint32_t keys_count, uint32_t row);
/* The row of the store with these keys (NULL equal to NULL), or UINT32_MAX. */
uint32_t weir_store_find(const struct weir_store *store, const struct weir_store_index *index,
                         const struct weir_vector *const *keys, uint32_t row, uint64_t hash);
/* Enters a row of the store that is not in the index; grows at half load. */
enum weir_code weir_store_index_add(struct weir_store_index *index, const struct weir_store *store,
                                    uint32_t row, uint64_t hash,
                                    struct weir_error *err) WEIR_MUST_CHECK;
/* Puts `row` in the place of the equal row `old`. */
void weir_store_index_replace(struct weir_store_index *index, uint64_t hash, uint32_t old,
                              uint32_t row);

static inline void weir_store_prefetch(const struct weir_store_index *index, uint64_t hash)
{
    __builtin_prefetch(&index->slots[hash & index->mask]);
}

#endif
