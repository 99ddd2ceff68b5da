/* A lookup's rows as bytes, for the checkpoint store: a replay after a crash must look up what the
 * first run looked up.
 *
 * Little-endian: "WLK1", u32 keys, u32 columns, u32 rows, u8 type a column; then for each column
 * the validity bits in whole bytes and the values: fixed widths as they are in memory, slices as
 * u32 length and bytes. The last four bytes are the CRC32C of all before. A damaged snapshot is
 * refused as a whole. */
#include "base/hash.h"
#include "op/lookup_table.h"

static const char magic[4] = {'W', 'L', 'K', '1'};

static enum weir_code put(struct weir_buffer *to, const void *bytes, size_t len,
                          struct weir_error *err)
{
    return weir_buffer_append(to, weir_slice(bytes, len), err);
}

static enum weir_code put_column(const struct weir_vector *column, uint32_t rows,
                                 struct weir_buffer *to, struct weir_error *err)
{
    if (rows == 0)
        return WEIR_OK;
    WEIR_TRY(put(to, column->valid, ((size_t)rows + 7) / 8, err));
    if (!weir_type_is_slice(column->type))
        return put(to, column->data, rows * weir_type_width(column->type), err);
    for (uint32_t row = 0; row < rows; row++) {
        struct weir_slice value = weir_valid(column, row) ? column->s[row] : WEIR_SLICE("");
        uint32_t len = (uint32_t)value.len;
        WEIR_TRY(put(to, &len, sizeof(len), err));
        WEIR_TRY(weir_buffer_append(to, value, err));
    }
    return WEIR_OK;
}

enum weir_code weir_lookup_table_write(const struct weir_lookup_table *table,
                                       struct weir_buffer *ret, struct weir_error *err)
{
    size_t start = ret->len;
    uint32_t counts[3] = {table->keys_count, table->store.columns_count, table->store.rows};
    WEIR_TRY(put(ret, magic, sizeof(magic), err));
    WEIR_TRY(put(ret, counts, sizeof(counts), err));
    for (uint32_t c = 0; c < table->store.columns_count; c++) {
        uint8_t type = (uint8_t)table->store.columns[c].type;
        WEIR_TRY(put(ret, &type, 1, err));
    }
    for (uint32_t c = 0; c < table->store.columns_count; c++)
        WEIR_TRY(put_column(&table->store.columns[c], table->store.rows, ret, err));
    uint32_t crc = weir_crc32c(0, ret->ptr + start, ret->len - start);
    return put(ret, &crc, sizeof(crc), err);
}

/* Takes len bytes from the front. */
static bool take(struct weir_slice *from, void *to, size_t len)
{
    if (from->len < len)
        return false;
    memcpy(to, from->ptr, len);
    *from = weir_slice(from->ptr + len, from->len - len);
    return true;
}

/* Fills column c of a store that has room for the rows. */
static bool take_column(struct weir_store *store, uint32_t c, uint32_t rows,
                        struct weir_slice *from)
{
    struct weir_vector *column = &store->columns[c];
    if (rows == 0)
        return true;
    if (!take(from, column->valid, ((size_t)rows + 7) / 8))
        return false;
    if (!weir_type_is_slice(column->type))
        return take(from, column->data, rows * weir_type_width(column->type));
    for (uint32_t row = 0; row < rows; row++) {
        uint32_t len;
        if (!take(from, &len, sizeof(len)) || from->len < len)
            return false;
        column->s[row] = weir_slice(from->ptr, len);
        *from = weir_slice(from->ptr + len, from->len - len);
    }
    return true;
}

static bool take_header(const struct weir_lookup_table *table, struct weir_slice *from,
                        uint32_t *ret_rows)
{
    char found[sizeof(magic)];
    uint32_t counts[3];
    if (!take(from, found, sizeof(found)) || memcmp(found, magic, sizeof(magic)) != 0 ||
        !take(from, counts, sizeof(counts)) || counts[0] != table->keys_count ||
        counts[1] != table->store.columns_count)
        return false;
    for (uint32_t c = 0; c < counts[1]; c++) {
        uint8_t type;
        if (!take(from, &type, 1) || type != (uint8_t)table->store.columns[c].type)
            return false;
    }
    *ret_rows = counts[2];
    /* A row takes a bit at least in the bytes that follow: no huge allocation on a number alone. */
    return counts[1] == 0 || *ret_rows / 8 <= from->len;
}

/* Sends the rows through the same door as those of a query. */
static enum weir_code add_rows(struct weir_lookup_table *table, const struct weir_store *rows,
                               struct weir_error *err)
{
    uint32_t picked[WEIR_BATCH_ROWS_MAX];
    for (uint32_t at = 0; at < rows->rows;) {
        uint32_t count = 0;
        while (count < WEIR_BATCH_ROWS_MAX && at < rows->rows)
            picked[count++] = at++;
        WEIR_TRY(
            weir_lookup_table_add(table, rows->views, (struct weir_selection){picked, count}, err));
    }
    return weir_lookup_table_finish(table, err);
}

/* The slices of `rows` point into `from`. */
static enum weir_code take_rows(struct weir_lookup_table *table, struct weir_store *rows,
                                struct weir_slice from, struct weir_error *err)
{
    uint32_t rows_count;
    if (!take_header(table, &from, &rows_count))
        return weir_fail(err, WEIR_BAD_DATA, "it is not of this lookup");
    WEIR_TRY(weir_store_reserve(rows, rows_count, err));
    for (uint32_t c = 0; c < rows->columns_count; c++)
        if (!take_column(rows, c, rows_count, &from))
            return weir_fail(err, WEIR_BAD_DATA, "it ends early");
    if (from.len)
        return weir_fail(err, WEIR_BAD_DATA, "it is too long");
    rows->rows = rows_count;
    return add_rows(table, rows, err);
}

enum weir_code weir_lookup_table_read(struct weir_lookup_table *table, struct weir_slice bytes,
                                      struct weir_error *err)
{
    uint32_t crc;
    if (bytes.len < sizeof(crc))
        return weir_fail(err, WEIR_BAD_DATA, "it ends early");
    struct weir_slice body = weir_slice(bytes.ptr, bytes.len - sizeof(crc));
    memcpy(&crc, body.ptr + body.len, sizeof(crc));
    if (crc != weir_crc32c(0, body.ptr, body.len))
        return weir_fail(err, WEIR_BAD_DATA, "its checksum is wrong");

    enum weir_type types[WEIR_LOOKUP_COLUMNS_MAX];
    for (uint32_t c = 0; c < table->store.columns_count; c++)
        types[c] = table->store.columns[c].type;
    struct weir_store rows;
    WEIR_TRY(
        weir_store_init(&rows, types, table->store.columns_count, table->store.bytes_max, err));
    enum weir_code code = take_rows(table, &rows, body, err);
    weir_store_done(&rows);
    return code;
}
