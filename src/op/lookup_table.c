/* A lookup's rows, how they are found, and their form as bytes.
 *
 * Without payload a key is kept once. With payload (joins) all rows stay and those of one key hang
 * in a chain, in the order in which they came, so that a join gives the same order however its
 * input was cut into batches.
 *
 * NULL logic. EXISTS and joins: a key with a NULL equals nothing, so such rows are not in the
 * index. IN is three-valued: what is not found is NULL rather than false when some row might be
 * equal if its NULLs (or the probe's) were known. Source: PostgreSQL 15, chapters 9.23 and 9.24. */
#include "op/lookup_table.h"

#include "base/hash.h"
#include "column/text.h"
#include "op/operators.h"

#include <stdlib.h>

enum weir_code weir_lookup_table_init(struct weir_lookup_table *table, const enum weir_type *types,
                                      uint32_t columns_count, uint32_t keys_count,
                                      bool keep_duplicates, size_t bytes_max,
                                      struct weir_error *err)
{
    *table =
        (struct weir_lookup_table){.keys_count = keys_count, .keep_duplicates = keep_duplicates};
    if (columns_count > WEIR_LOOKUP_COLUMNS_MAX)
        return weir_fail(err, WEIR_BAD_CONFIG, "target lists can have at most %d entries",
                         WEIR_LOOKUP_COLUMNS_MAX);
    WEIR_TRY(weir_store_init(&table->store, types, columns_count, bytes_max, err));
    enum weir_code code = weir_store_index_init(&table->index, keys_count, 0, err);
    if (code != WEIR_OK)
        weir_store_done(&table->store);
    return code;
}

void weir_lookup_table_done(struct weir_lookup_table *table)
{
    weir_store_done(&table->store);
    weir_store_index_done(&table->index);
    free(table->next);
    free(table->null_rows);
    *table = (struct weir_lookup_table){0};
}

size_t weir_lookup_table_bytes(const struct weir_lookup_table *table)
{
    return weir_store_bytes(&table->store) +
           (table->index.slots ? weir_store_index_bytes(&table->index) : 0) +
           (table->next ? table->store.rows * sizeof(*table->next) : 0) +
           table->null_rows_capacity * sizeof(*table->null_rows);
}

static bool has_null(const struct weir_vector *const *keys, uint32_t keys_count, uint32_t row)
{
    for (uint32_t k = 0; k < keys_count; k++)
        if (!keys[k]->data || !weir_valid(keys[k], row))
            return true;
    return false;
}

static enum weir_code null_row_add(struct weir_lookup_table *table,
                                   const struct weir_vector *const *from, uint32_t row,
                                   struct weir_error *err)
{
    /* Without payload equal rows add nothing; to compare with the first few keeps a column of NULLs
     * small. */
    for (uint32_t i = 0; !table->keep_duplicates && i < table->null_rows_count && i < 8; i++)
        if (weir_key_equal(&table->store, table->null_rows[i], from, table->keys_count, row))
            return WEIR_OK;
    if (table->null_rows_count == table->null_rows_capacity) {
        uint32_t capacity = table->null_rows_capacity ? table->null_rows_capacity * 2 : 8;
        uint32_t *grown = realloc(table->null_rows, capacity * sizeof(*grown));
        if (!grown)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        table->null_rows = grown;
        table->null_rows_capacity = capacity;
    }
    table->null_rows[table->null_rows_count++] = table->store.rows;
    return weir_store_append(&table->store, from, row, err);
}

static enum weir_code row_add(struct weir_lookup_table *table,
                              const struct weir_vector *const *from, uint32_t row, uint64_t hash,
                              struct weir_error *err)
{
    if (has_null(from, table->keys_count, row))
        return null_row_add(table, from, row, err);
    if (table->keep_duplicates)
        return weir_store_append(&table->store, from, row, err); /* indexed by finish */
    if (weir_store_find(&table->store, &table->index, from, row, hash) != WEIR_NO_ROW)
        return WEIR_OK;
    WEIR_TRY(weir_store_append(&table->store, from, row, err));
    return weir_store_index_add(&table->index, &table->store, table->store.rows - 1, hash, err);
}

enum weir_code weir_lookup_table_add(struct weir_lookup_table *table,
                                     const struct weir_vector *const *from,
                                     struct weir_selection selection, struct weir_error *err)
{
    uint64_t hashes[WEIR_BATCH_ROWS_MAX];
    WEIR_ASSERT(selection.count <= WEIR_BATCH_ROWS_MAX);
    weir_key_hash(from, table->keys_count, selection, hashes);
    uint32_t i = 0;
    WEIR_FOR_SELECTED(row, selection)
    WEIR_TRY(row_add(table, from, row, hashes[i++], err));
    if (weir_lookup_table_bytes(table) > table->store.bytes_max)
        return weir_fail(err, WEIR_NOMEM, "more than %zu MB", table->store.bytes_max >> 20);
    return WEIR_OK;
}

/* Enters the rows from the last to the first: the newest in the index is then the first of its
 * chain. */
static enum weir_code chain_rows(struct weir_lookup_table *table, struct weir_error *err)
{
    uint32_t rows = table->store.rows;
    table->next = malloc((rows ? rows : 1) * sizeof(*table->next));
    if (!table->next)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t row = rows; row-- > 0;) {
        table->next[row] = WEIR_NO_ROW;
        if (has_null(table->store.views, table->keys_count, row))
            continue;
        uint64_t hash;
        weir_key_hash(table->store.views, table->keys_count, (struct weir_selection){&row, 1},
                      &hash);
        uint32_t old = weir_store_find(&table->store, &table->index, table->store.views, row, hash);
        if (old == WEIR_NO_ROW) {
            WEIR_TRY(weir_store_index_add(&table->index, &table->store, row, hash, err));
            continue;
        }
        table->next[row] = old;
        weir_store_index_replace(&table->index, hash, old, row);
    }
    return WEIR_OK;
}

static uint64_t column_hash(const struct weir_vector *column, uint32_t rows, uint64_t hash)
{
    size_t width = weir_type_width(column->type);
    for (uint32_t row = 0; row < rows; row++) {
        if (!weir_valid(column, row))
            hash = weir_hash_mix(hash, 1);
        else if (weir_type_is_slice(column->type))
            hash = weir_hash_mix(hash, weir_hash(column->s[row], 0));
        else
            hash = weir_hash(weir_slice((const char *)column->data + row * width, width), hash);
    }
    return hash;
}

enum weir_code weir_lookup_table_finish(struct weir_lookup_table *table, struct weir_error *err)
{
    if (table->keep_duplicates)
        WEIR_TRY(chain_rows(table, err));
    table->content_hash = weir_hash_mix(table->keys_count, table->store.rows);
    for (uint32_t c = 0; c < table->store.columns_count; c++)
        table->content_hash =
            column_hash(&table->store.columns[c], table->store.rows, table->content_hash);
    if (weir_lookup_table_bytes(table) > table->store.bytes_max)
        return weir_fail(err, WEIR_NOMEM, "more than %zu MB", table->store.bytes_max >> 20);
    return WEIR_OK;
}

/* ---- finding ---- */

/* The common case, one text key, without a switch a row. */
static void probe_text(const struct weir_lookup_table *table, const struct weir_vector *key,
                       struct weir_selection selection, const uint64_t *hashes, uint32_t *matches)
{
    const struct weir_store_index *index = &table->index;
    const struct weir_slice *stored = table->store.columns[0].s;
    uint32_t i = 0;
    WEIR_FOR_SELECTED(row, selection)
    {
        uint32_t found = WEIR_NO_ROW;
        if (weir_valid(key, row)) {
            uint64_t hash = hashes[i], at = hash & index->mask, slot;
            for (; (slot = index->slots[at]) != 0; at = (at + 1) & index->mask) {
                if ((slot ^ hash) >> 32 == 0 &&
                    weir_slice_equal(stored[(uint32_t)slot - 1], key->s[row])) {
                    found = (uint32_t)slot - 1;
                    break;
                }
            }
        }
        matches[i++] = found;
    }
}

void weir_lookup_table_probe(const struct weir_lookup_table *table,
                             const struct weir_vector *const *keys, struct weir_selection selection,
                             uint32_t *matches)
{
    uint64_t hashes[WEIR_BATCH_ROWS_MAX];
    WEIR_ASSERT(selection.count <= WEIR_BATCH_ROWS_MAX);
    weir_key_hash(keys, table->keys_count, selection, hashes);
    for (uint32_t i = 0; i < selection.count; i++)
        weir_store_prefetch(&table->index, hashes[i]);
    if (table->keys_count == 1 && keys[0]->type == WEIR_TEXT && keys[0]->data) {
        probe_text(table, keys[0], selection, hashes, matches);
        return;
    }
    uint32_t i = 0;
    WEIR_FOR_SELECTED(row, selection)
    {
        matches[i] = has_null(keys, table->keys_count, row)
                         ? WEIR_NO_ROW
                         : weir_store_find(&table->store, &table->index, keys, row, hashes[i]);
        i++;
    }
}

/* Could the tuples be equal if their NULLs were known? */
static bool might_equal(const struct weir_lookup_table *table, uint32_t stored,
                        const struct weir_vector *const *keys, uint32_t row)
{
    for (uint32_t k = 0; k < table->keys_count; k++) {
        const struct weir_vector *column = &table->store.columns[k];
        if (weir_valid(column, stored) && keys[k]->data && weir_valid(keys[k], row) &&
            weir_value_compare(column, stored, keys[k], row) != 0)
            return false;
    }
    return true;
}

bool weir_lookup_table_unknown(const struct weir_lookup_table *table,
                               const struct weir_vector *const *keys, uint32_t row)
{
    bool probe_null = has_null(keys, table->keys_count, row);
    if (table->keys_count == 1)
        return probe_null ? table->store.rows > 0 : table->null_rows_count > 0;
    for (uint32_t i = 0; !probe_null && i < table->null_rows_count; i++)
        if (might_equal(table, table->null_rows[i], keys, row))
            return true;
    for (uint32_t stored = 0; probe_null && stored < table->store.rows; stored++)
        if (might_equal(table, stored, keys, row))
            return true;
    return false;
}
