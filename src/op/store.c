/* Growing columns with a hash index over the key columns.
 *
 * The index holds only the high half of each hash beside the row number, so that most misses are
 * decided in one cache line, and a whole batch is hashed before the first probe, so that the loads
 * overlap (see weir_lookups_probe). The hash of text is our own: keys are short, and an inlined
 * multiply-fold beats a call. It is no defence against chosen keys, and need not be: what goes in
 * is bounded. Source of the fold: wyhash (Wang Yi, public domain idea). */
#include "op/store.h"

#include "column/text.h"

#include <stdlib.h>

#define ROWS_MAX UINT32_C(0xfffffff0)

enum weir_code weir_store_init(struct weir_store *store, const enum weir_type *types,
                               uint32_t columns_count, size_t bytes_max, struct weir_error *err)
{
    *store = (struct weir_store){.columns_count = columns_count, .bytes_max = bytes_max};
    weir_arena_init(&store->arena, bytes_max);
    store->columns = calloc(columns_count ? columns_count : 1, sizeof(*store->columns));
    store->views = calloc(columns_count ? columns_count : 1, sizeof(const struct weir_vector *));
    if (!store->columns || !store->views) {
        weir_store_done(store);
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    }
    for (uint32_t c = 0; c < columns_count; c++) {
        store->columns[c].type = types[c];
        store->views[c] = &store->columns[c];
    }
    return WEIR_OK;
}

void weir_store_done(struct weir_store *store)
{
    for (uint32_t c = 0; store->columns && c < store->columns_count; c++) {
        free(store->columns[c].data);
        free(store->columns[c].valid);
    }
    free(store->columns);
    free(store->views);
    weir_arena_done(&store->arena);
    *store = (struct weir_store){0};
}

static enum weir_code column_grow(struct weir_vector *column, uint32_t capacity,
                                  struct weir_error *err)
{
    void *data = realloc(column->data, capacity * weir_type_width(column->type));
    if (data)
        column->data = data;
    uint64_t *valid = realloc(column->valid, weir_valid_words(capacity) * sizeof(*valid));
    if (valid)
        column->valid = valid;
    return data && valid ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory");
}

enum weir_code weir_store_reserve(struct weir_store *store, uint32_t more, struct weir_error *err)
{
    if (store->capacity - store->rows >= more)
        return WEIR_OK;
    if (more > ROWS_MAX - store->rows)
        return weir_fail(err, WEIR_NOMEM, "more than %u rows", ROWS_MAX);
    uint64_t capacity = store->capacity ? (uint64_t)store->capacity * 2 : 64;
    while (capacity < (uint64_t)store->rows + more)
        capacity *= 2;
    if (capacity > ROWS_MAX)
        capacity = ROWS_MAX;
    size_t bytes = 0;
    for (uint32_t c = 0; c < store->columns_count; c++)
        bytes += capacity * weir_type_width(store->columns[c].type) + capacity / 8;
    if (bytes > store->bytes_max || store->arena.bytes > store->bytes_max - bytes)
        return weir_fail(err, WEIR_NOMEM, "more than %zu MB", store->bytes_max >> 20);
    for (uint32_t c = 0; c < store->columns_count; c++)
        WEIR_TRY(column_grow(&store->columns[c], (uint32_t)capacity, err));
    store->capacity = (uint32_t)capacity;
    store->bytes = bytes;
    return WEIR_OK;
}

static enum weir_code copy_slice(struct weir_store *store, struct weir_slice from,
                                 struct weir_slice *ret, struct weir_error *err)
{
    *ret = WEIR_SLICE("");
    if (from.len == 0)
        return WEIR_OK;
    *ret = weir_arena_slice(&store->arena, from);
    if (!ret->ptr || store->arena.bytes > store->bytes_max - store->bytes)
        return weir_fail(err, WEIR_NOMEM, "more than %zu MB", store->bytes_max >> 20);
    return WEIR_OK;
}

enum weir_code weir_store_append(struct weir_store *store, const struct weir_vector *const *from,
                                 uint32_t row, struct weir_error *err)
{
    WEIR_TRY(weir_store_reserve(store, 1, err));
    uint32_t at = store->rows;
    for (uint32_t c = 0; c < store->columns_count; c++) {
        struct weir_vector *to = &store->columns[c];
        bool valid = from[c]->data && weir_valid(from[c], row);
        weir_set_valid(to, at, valid);
        switch (weir_type_width(to->type)) {
        case 1:
            to->b[at] = valid ? from[c]->b[row] : 0;
            break;
        case 4:
            to->i4[at] = valid ? from[c]->i4[row] : 0;
            break;
        case 8:
            to->i8[at] = valid ? from[c]->i8[row] : 0;
            break;
        default:
            WEIR_TRY(copy_slice(store, valid ? from[c]->s[row] : WEIR_SLICE(""), &to->s[at], err));
        }
    }
    store->rows++;
    return WEIR_OK;
}

/* ---- hashing ---- */

#define SEED   UINT64_C(0x9e3779b97f4a7c15)
#define FACTOR UINT64_C(0xe7037ed1a0b428db)

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t load8(const char *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof(value));
    return value;
}

static inline uint64_t load4(const char *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof(value));
    return value;
}

/* Never reads outside of the slice: keys may be constants without padding. */
static inline uint64_t hash_slice(struct weir_slice slice)
{
    const char *at = slice.ptr;
    size_t len = slice.len;
    uint64_t hash = SEED ^ len, a = 0, b = 0;
    while (len > 16) {
        hash = fold(load8(at) ^ FACTOR, load8(at + 8) ^ hash);
        at += 16;
        len -= 16;
    }
    if (len >= 8) {
        a = load8(at);
        b = load8(at + len - 8);
    } else if (len >= 4) {
        a = load4(at);
        b = load4(at + len - 4);
    } else if (len) {
        a = (uint64_t)(uint8_t)at[0] << 16 | (uint64_t)(uint8_t)at[len >> 1] << 8 |
            (uint8_t)at[len - 1];
    }
    return fold(fold(a ^ FACTOR, b ^ hash), SEED);
}

static inline uint64_t hash_u64(uint64_t value)
{
    return fold(fold(value ^ FACTOR, SEED), FACTOR);
}

#define NULL_HASH UINT64_C(0x2545f4914f6cdd1d)

/* hashes[i] = mix(hashes[i], hash of the value), the first column sets it. */
#define HASH_COLUMN(value_hash)                                                                    \
    do {                                                                                           \
        uint32_t i = 0;                                                                            \
        WEIR_FOR_SELECTED(row, selection)                                                          \
        {                                                                                          \
            uint64_t h = weir_valid(key, row) ? (value_hash) : NULL_HASH;                          \
            hashes[i] = first ? h : fold(hashes[i] ^ h, FACTOR ^ (hashes[i] >> 32));               \
            i++;                                                                                   \
        }                                                                                          \
    } while (0)

static void hash_column(const struct weir_vector *key, bool first, struct weir_selection selection,
                        uint64_t *hashes)
{
    if (!key->data)
        return; /* not kept: NULL in every row */
    switch (key->type) {
    case WEIR_TEXT:
    case WEIR_BYTEA:
    case WEIR_UNKNOWN:
        HASH_COLUMN(hash_slice(key->s[row]));
        break;
    case WEIR_INT4:
    case WEIR_DATE:
        HASH_COLUMN(hash_u64((uint32_t)key->i4[row]));
        break;
    case WEIR_INT8:
    case WEIR_TIMESTAMPTZ:
        HASH_COLUMN(hash_u64((uint64_t)key->i8[row]));
        break;
    case WEIR_BOOL:
        HASH_COLUMN(hash_u64(key->b[row]));
        break;
    default:
        HASH_COLUMN(weir_value_hash(key, row));
    }
}

void weir_key_hash(const struct weir_vector *const *keys, uint32_t keys_count,
                   struct weir_selection selection, uint64_t *hashes)
{
    if (keys_count == 0 || !keys[0]->data)
        for (uint32_t i = 0; i < selection.count; i++)
            hashes[i] = NULL_HASH;
    for (uint32_t k = 0; k < keys_count; k++)
        hash_column(keys[k], k == 0, selection, hashes);
}

static inline bool value_equal(const struct weir_vector *a, uint32_t a_row,
                               const struct weir_vector *b, uint32_t b_row)
{
    switch (a->type) {
    case WEIR_TEXT:
    case WEIR_BYTEA:
    case WEIR_UNKNOWN:
        return weir_slice_equal(a->s[a_row], b->s[b_row]);
    case WEIR_INT4:
    case WEIR_DATE:
        return a->i4[a_row] == b->i4[b_row];
    case WEIR_INT8:
    case WEIR_TIMESTAMPTZ:
        return a->i8[a_row] == b->i8[b_row];
    case WEIR_BOOL:
        return a->b[a_row] == b->b[b_row];
    default:
        return weir_value_compare(a, a_row, b, b_row) == 0;
    }
}

bool weir_key_equal(const struct weir_store *store, uint32_t store_row,
                    const struct weir_vector *const *keys, uint32_t keys_count, uint32_t row)
{
    for (uint32_t k = 0; k < keys_count; k++) {
        bool a = weir_valid(&store->columns[k], store_row);
        bool b = keys[k]->data && weir_valid(keys[k], row);
        if (a != b || (a && !value_equal(&store->columns[k], store_row, keys[k], row)))
            return false;
    }
    return true;
}

/* ---- the index ---- */

enum weir_code weir_store_index_init(struct weir_store_index *index, uint32_t keys_count,
                                     uint32_t rows_count, struct weir_error *err)
{
    uint64_t slots = 64;
    while (slots < (uint64_t)rows_count * 2)
        slots *= 2;
    *index = (struct weir_store_index){.mask = slots - 1, .keys_count = keys_count};
    index->slots = calloc(slots, sizeof(*index->slots));
    return index->slots ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory");
}

void weir_store_index_done(struct weir_store_index *index)
{
    free(index->slots);
    *index = (struct weir_store_index){0};
}

static void slot_put(struct weir_store_index *index, uint64_t hash, uint32_t row)
{
    uint64_t at = hash & index->mask;
    while (index->slots[at])
        at = (at + 1) & index->mask;
    index->slots[at] = (hash & ~UINT64_C(0xffffffff)) | (row + 1);
}

/* The low halves of the hashes are not kept, so growing hashes the stored rows anew. */
static enum weir_code index_grow(struct weir_store_index *index, const struct weir_store *store,
                                 struct weir_error *err)
{
    struct weir_store_index grown;
    WEIR_TRY(weir_store_index_init(&grown, index->keys_count, index->used * 2, err));
    for (uint64_t at = 0; at <= index->mask; at++) {
        if (!index->slots[at])
            continue;
        uint32_t row = (uint32_t)index->slots[at] - 1;
        uint64_t hash;
        weir_key_hash(store->views, index->keys_count, (struct weir_selection){&row, 1}, &hash);
        slot_put(&grown, hash, row);
    }
    grown.used = index->used;
    free(index->slots);
    *index = grown;
    return WEIR_OK;
}

enum weir_code weir_store_index_add(struct weir_store_index *index, const struct weir_store *store,
                                    uint32_t row, uint64_t hash, struct weir_error *err)
{
    if (((uint64_t)index->used + 1) * 2 > index->mask + 1)
        WEIR_TRY(index_grow(index, store, err));
    slot_put(index, hash, row);
    index->used++;
    return WEIR_OK;
}

uint32_t weir_store_find(const struct weir_store *store, const struct weir_store_index *index,
                         const struct weir_vector *const *keys, uint32_t row, uint64_t hash)
{
    for (uint64_t at = hash & index->mask; index->slots[at]; at = (at + 1) & index->mask) {
        uint64_t slot = index->slots[at];
        if ((slot ^ hash) >> 32 == 0 &&
            weir_key_equal(store, (uint32_t)slot - 1, keys, index->keys_count, row))
            return (uint32_t)slot - 1;
    }
    return UINT32_MAX;
}

void weir_store_index_replace(struct weir_store_index *index, uint64_t hash, uint32_t old,
                              uint32_t row)
{
    uint64_t at = hash & index->mask;
    while ((uint32_t)index->slots[at] != old + 1)
        at = (at + 1) & index->mask;
    index->slots[at] = (hash & ~UINT64_C(0xffffffff)) | (row + 1);
}
