/* A row as bytes: for each column a tag, then 8 bytes of an integer or a double, or a 4-byte length and the bytes of a text
 * or blob. Text stands in its final form, so that SQLite can take it where it lies (SQLITE_STATIC). Never leaves the
 * process, so the byte order is the machine's. */
#include "connector/sqlite/row_bytes.h"

#include "column/text.h"

enum tag { TAG_NULL, TAG_INTEGER, TAG_REAL, TAG_TEXT, TAG_BLOB };

#define FIXED_BYTES_MAX 48 /* of a value without a slice: tag, length, a timestamp's text */

static char *put_tagged(char *to, enum tag tag, const void *bytes, size_t len)
{
    *to++ = (char)tag;
    memcpy(to, bytes, len);
    return to + len;
}

static char *put_integer(char *to, int64_t value)
{
    return put_tagged(to, TAG_INTEGER, &value, sizeof(value));
}

static char *put_bytes(char *to, enum tag tag, struct weir_slice bytes)
{
    uint32_t len = (uint32_t)bytes.len;
    to = put_tagged(to, tag, &len, sizeof(len));
    memcpy(to, bytes.ptr, bytes.len);
    return to + bytes.len;
}

static char *put_value(char *to, const struct weir_vector *column, uint32_t row)
{
    char text[64];
    if (!weir_valid(column, row)) {
        *to++ = TAG_NULL;
        return to;
    }
    switch (column->type) {
    case WEIR_BOOL:
        return put_integer(to, column->b[row]);
    case WEIR_INT4:
        return put_integer(to, column->i4[row]);
    case WEIR_INT8:
        return put_integer(to, column->i8[row]);
    case WEIR_FLOAT8:
        return put_tagged(to, TAG_REAL, &column->f8[row], sizeof(double));
    case WEIR_DATE:
        return put_bytes(to, TAG_TEXT, weir_slice(text, weir_date_format(column->i4[row], text)));
    case WEIR_TIMESTAMPTZ:
        return put_bytes(to, TAG_TEXT,
                         weir_slice(text, weir_timestamptz_format(column->i8[row], text)));
    case WEIR_BYTEA:
        return put_bytes(to, TAG_BLOB, column->s[row]);
    default:
        return put_bytes(to, TAG_TEXT, column->s[row]);
    }
}

enum weir_code weir_row_bytes_put(struct weir_buffer *to, const struct weir_rows *rows,
                                  uint32_t row, struct weir_error *err)
{
    size_t room = rows->columns_count * (size_t)FIXED_BYTES_MAX;
    for (uint32_t c = 0; c < rows->columns_count; c++)
        if (weir_type_is_slice(rows->columns[c]->type) && weir_valid(rows->columns[c], row))
            room += rows->columns[c]->s[row].len;
    WEIR_TRY(weir_buffer_reserve(to, room, err));
    char *at = to->ptr + to->len;
    for (uint32_t c = 0; c < rows->columns_count; c++)
        at = put_value(at, rows->columns[c], row);
    to->len = (size_t)(at - to->ptr);
    return WEIR_OK;
}

/* Binds the value that begins at *at. */
static bool bind_value(const char **at, const char *end, sqlite3_stmt *statement, int parameter)
{
    const char *from = *at;
    int64_t integer;
    double real;
    uint32_t len;
    if (from == end)
        return false;
    enum tag tag = (enum tag) * from++;
    size_t left = (size_t)(end - from);
    switch (tag) {
    case TAG_NULL:
        *at = from;
        return sqlite3_bind_null(statement, parameter) == SQLITE_OK;
    case TAG_INTEGER:
        if (left < sizeof(integer))
            return false;
        memcpy(&integer, from, sizeof(integer));
        *at = from + sizeof(integer);
        return sqlite3_bind_int64(statement, parameter, integer) == SQLITE_OK;
    case TAG_REAL:
        if (left < sizeof(real))
            return false;
        memcpy(&real, from, sizeof(real));
        *at = from + sizeof(real);
        return sqlite3_bind_double(statement, parameter, real) == SQLITE_OK;
    case TAG_TEXT:
    case TAG_BLOB:
        if (left < sizeof(len))
            return false;
        memcpy(&len, from, sizeof(len));
        from += sizeof(len);
        if ((size_t)(end - from) < len)
            return false;
        *at = from + len;
        return (tag == TAG_TEXT
                    ? sqlite3_bind_text(statement, parameter, from, (int)len, SQLITE_STATIC)
                    : sqlite3_bind_blob(statement, parameter, from, (int)len, SQLITE_STATIC)) ==
               SQLITE_OK;
    }
    return false;
}

bool weir_row_bytes_bind(struct weir_slice *bytes, uint32_t columns_count, sqlite3_stmt *statement)
{
    const char *at = bytes->ptr, *end = at + bytes->len;
    for (uint32_t c = 0; c < columns_count; c++)
        if (!bind_value(&at, end, statement, (int)c + 1))
            return false;
    *bytes = weir_slice(at, (size_t)(end - at));
    return true;
}
