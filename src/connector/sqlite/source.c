/* The source: a table's rows in rowid order, as they are when reading begins (one read transaction).
 *
 * Values are turned into the declared types: numbers as they are, text by PostgreSQL's input rules. A value that does not
 * fit gives NULL and _error, as in any stream. One split; its position is the last rowid. Rows of views
 * and of tables WITHOUT ROWID are numbered as they come, which is the same as long as nothing changes.
 * Not here: following a table that grows (the source is bounded). */
#include "connector/sqlite/connector.h"

#include "column/text.h"
#include "connector/sqlite/database.h"
#include "connector/sqlite/schema.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

struct weir_source {
    const struct weir_table *table;
    struct weir_database database;
    bool *needed;
    bool has_rowid; /* else rows are numbered as they come */
    const char *names[1];
};

struct weir_split {
    struct weir_source *source;
    sqlite3_stmt *statement;
    int64_t rowid;     /* of the last row consumed; INT64_MIN: none */
    int64_t rowid_max; /* the limit */
    bool ahead;        /* the statement stands on a row that is not consumed */
    bool done;
};

static enum weir_code check_columns(struct weir_source *source, struct weir_error *err)
{
    struct weir_buffer sql;
    sqlite3_stmt *statement = NULL;
    weir_buffer_init(&sql, (size_t)1 << 20);
    enum weir_code code =
        weir_schema_select_sql(source->table, source->needed, source->has_rowid, &sql, err);
    if (code == WEIR_OK &&
        sqlite3_prepare_v2(source->database.db, sql.ptr, -1, &statement, NULL) != SQLITE_OK)
        code = weir_database_fail(&source->database, "read the table", err);
    sqlite3_finalize(statement);
    weir_buffer_done(&sql);
    return code;
}

static void source_close(struct weir_source *source)
{
    weir_database_close(&source->database);
    free(source->needed);
    free(source);
}

static enum weir_code open_database(struct weir_source *source, const bool *needed,
                                    struct weir_error *err)
{
    const struct weir_table *table = source->table;
    bool exists;
    if (!source->needed)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t c = 0; c < table->columns_count; c++)
        source->needed[c] = !needed || needed[c];
    WEIR_TRY(weir_database_open(weir_sqlite_table_path(table), &source->database, NULL, err));
    WEIR_TRY(weir_schema_exists(&source->database, weir_sqlite_table_name(table), &exists, err));
    if (!exists)
        return weir_fail(err, WEIR_BAD_CONFIG, "%s: table \"%s\" does not exist",
                         source->database.path, weir_sqlite_table_name(table));
    WEIR_TRY(weir_schema_has_rowid(&source->database, weir_sqlite_table_name(table),
                                   &source->has_rowid, err));
    return check_columns(source, err);
}

static enum weir_code source_open(const struct weir_table *table,
                                  const struct weir_source_config *config, struct weir_source **ret,
                                  struct weir_error *err)
{
    struct weir_source *source = calloc(1, sizeof(*source));
    if (!source)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    source->table = table;
    source->names[0] = "table";
    source->needed = calloc(table->columns_count + 1, sizeof(bool));
    enum weir_code code = open_database(source, config->columns_needed, err);
    if (code != WEIR_OK) {
        source_close(source);
        return code;
    }
    *ret = source;
    return WEIR_OK;
}

static enum weir_code source_discover(struct weir_source *source, const char *const **ret_splits,
                                      uint32_t *ret_count, struct weir_error *err)
{
    (void)err;
    *ret_splits = source->names;
    *ret_count = 1;
    return WEIR_OK;
}

/* {"rowid":N} */
static enum weir_code position_parse(struct weir_slice text, int64_t *ret, struct weir_error *err)
{
    const struct weir_slice start = WEIR_SLICE("{\"rowid\":");
    int64_t number = -1;
    bool framed = text.len > start.len && memcmp(text.ptr, start.ptr, start.len) == 0 &&
                  text.ptr[text.len - 1] == '}';
    struct weir_slice digits =
        framed ? weir_slice(text.ptr + start.len, text.len - start.len - 1) : WEIR_SLICE("");
    if (weir_int8_parse(digits, &number, NULL) != WEIR_OK)
        return weir_fail(err, WEIR_BAD_DATA, "\"%.*s\" is no position of an SQLite table",
                         WEIR_FMT(text));
    *ret = number;
    return WEIR_OK;
}

static enum weir_code position_put(int64_t rowid, struct weir_buffer *ret, struct weir_error *err)
{
    return weir_buffer_printf(ret, err, "{\"rowid\":%lld}", (long long)rowid);
}

static void split_revoke(struct weir_split *split)
{
    sqlite3_finalize(split->statement);
    free(split);
}

static enum weir_code split_open(struct weir_split *split, struct weir_slice from,
                                 struct weir_error *err)
{
    struct weir_source *source = split->source;
    struct weir_buffer sql;
    split->rowid = INT64_MIN;
    split->rowid_max = INT64_MAX;
    if (from.len)
        WEIR_TRY(position_parse(from, &split->rowid, err));
    weir_buffer_init(&sql, (size_t)1 << 20);
    enum weir_code code =
        weir_schema_select_sql(source->table, source->needed, source->has_rowid, &sql, err);
    if (code == WEIR_OK)
        code = weir_database_prepare(&source->database, sql.ptr, &split->statement, err);
    weir_buffer_done(&sql);
    if (code == WEIR_OK) {
        sqlite3_bind_int64(split->statement, 1, split->rowid);
        sqlite3_bind_int64(split->statement, 2, split->rowid_max);
    }
    return code;
}

static enum weir_code source_assign(struct weir_source *source, const char *name,
                                    struct weir_slice from, struct weir_split **ret,
                                    struct weir_error *err)
{
    (void)name;
    struct weir_split *split = calloc(1, sizeof(*split));
    if (!split)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    split->source = source;
    enum weir_code code = split_open(split, from, err);
    if (code != WEIR_OK) {
        split_revoke(split);
        return code;
    }
    *ret = split;
    return WEIR_OK;
}

static enum weir_code split_end(struct weir_split *split, struct weir_buffer *ret,
                                struct weir_error *err)
{
    char *sql =
        sqlite3_mprintf("SELECT coalesce(%s, %lld) FROM \"%w\"",
                        split->source->has_rowid ? "max(_rowid_)" : "count(*)",
                        (long long)split->rowid, weir_sqlite_table_name(split->source->table));
    if (!sql)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    int64_t rowid = split->rowid;
    enum weir_code code =
        weir_database_integer(&split->source->database, sql, NULL, split->rowid, &rowid, err);
    sqlite3_free(sql);
    return code == WEIR_OK ? position_put(rowid, ret, err) : code;
}

/* The reading begins anew behind what is consumed. */
static enum weir_code split_limit(struct weir_split *split, struct weir_slice to,
                                  struct weir_error *err)
{
    split->rowid_max = INT64_MAX;
    if (to.len)
        WEIR_TRY(position_parse(to, &split->rowid_max, err));
    sqlite3_reset(split->statement);
    sqlite3_bind_int64(split->statement, 1, split->rowid);
    sqlite3_bind_int64(split->statement, 2, split->rowid_max);
    split->ahead = split->done = false;
    return WEIR_OK;
}

static enum weir_code step(struct weir_split *split, struct weir_error *err)
{
    if (split->ahead || split->done)
        return WEIR_OK;
    switch (sqlite3_step(split->statement)) {
    case SQLITE_ROW:
        split->ahead = true;
        return WEIR_OK;
    case SQLITE_DONE:
        split->done = true;
        return WEIR_OK;
    default:
        return weir_database_fail(&split->source->database, "read the table", err);
    }
}

static enum weir_code split_poll(struct weir_split *split, struct weir_fetch *ret,
                                 struct weir_error *err)
{
    WEIR_TRY(step(split, err));
    *ret =
        (struct weir_fetch){.state = split->ahead ? WEIR_FETCH_DATA : WEIR_FETCH_END,
                            .kind = WEIR_FETCH_ROWS,
                            .offset = -1, /* rowids have gaps */
                            .timestamp_us = WEIR_NO_TIMESTAMP,
                            .source = weir_slice_of(weir_sqlite_table_name(split->source->table)),
                            .wait_fd = -1,
                            .wait_ms = -1};
    return WEIR_OK;
}

/* ---- values ---- */

/* Valid UTF-8 without NUL, as PostgreSQL's text. SQLite stores what it is given. Source: RFC 3629, section 4. */
static bool is_text(struct weir_slice text)
{
    const unsigned char *at = (const unsigned char *)text.ptr, *end = at + text.len;
    while (at < end) {
        unsigned char first = *at++;
        int more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        if (first == 0 || (first >= 0x80 && first < 0xc2) || first > 0xf4 || end - at < more)
            return false;
        unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        for (int i = 0; i < more; i++, low = 0x80, high = 0xbf)
            if (at[i] < low || at[i] > high)
                return false;
        at += more;
    }
    return true;
}

/* Through text: what the value looks like, read as the declared type. */
static enum weir_code value_by_text(struct weir_slice text, struct weir_vector *to, uint32_t row,
                                    struct weir_arena *arena, struct weir_error *err)
{
    struct weir_slice copy = weir_arena_slice(arena, text);
    if (!copy.ptr && text.len)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    if (to->type != WEIR_BYTEA && !is_text(text))
        return weir_fail(err, WEIR_BAD_DATA, "invalid byte sequence for encoding \"UTF8\"");
    if (to->type != WEIR_TEXT && to->type != WEIR_BYTEA)
        return weir_value_parse(to->type, copy, 0, arena, to, row, err);
    to->s[row] = text.len ? copy : WEIR_SLICE("");
    weir_set_valid(to, row, true);
    return WEIR_OK;
}

/* Numbers that need no text. false: not such a case. */
static bool value_direct(sqlite3_stmt *statement, int column, struct weir_vector *to, uint32_t row)
{
    int type = sqlite3_column_type(statement, column);
    if (type != SQLITE_INTEGER && !(type == SQLITE_FLOAT && to->type == WEIR_FLOAT8))
        return false;
    int64_t value = type == SQLITE_INTEGER ? sqlite3_column_int64(statement, column) : 0;
    switch (to->type) {
    case WEIR_BOOL:
        to->b[row] = value != 0;
        break;
    case WEIR_INT4:
        if (value < INT32_MIN || value > INT32_MAX)
            return false;
        to->i4[row] = (int32_t)value;
        break;
    case WEIR_INT8:
        to->i8[row] = value;
        break;
    case WEIR_FLOAT8:
        to->f8[row] = sqlite3_column_double(statement, column);
        break;
    default:
        return false;
    }
    weir_set_valid(to, row, true);
    return true;
}

static enum weir_code value_read(sqlite3_stmt *statement, int column, struct weir_vector *to,
                                 uint32_t row, struct weir_arena *arena, struct weir_error *err)
{
    weir_set_valid(to, row, false);
    memset((char *)to->data + row * weir_type_width(to->type), 0, weir_type_width(to->type));
    if (weir_type_is_slice(to->type))
        to->s[row] = WEIR_SLICE("");
    if (sqlite3_column_type(statement, column) == SQLITE_NULL ||
        value_direct(statement, column, to, row))
        return WEIR_OK;
    /* Blob before bytes: the order that SQLite asks for. A number is turned into text by column_text. */
    const void *bytes = sqlite3_column_type(statement, column) == SQLITE_BLOB
                            ? sqlite3_column_blob(statement, column)
                            : (const void *)sqlite3_column_text(statement, column);
    size_t len = (size_t)sqlite3_column_bytes(statement, column);
    return value_by_text(weir_slice(bytes ? bytes : "", len), to, row, arena, err);
}

/* ---- batches ---- */

static enum weir_code vectors_init(struct weir_split *split, struct weir_batch *batch,
                                   struct weir_error *err)
{
    const struct weir_table *table = split->source->table;
    for (uint32_t c = 0; c < table->columns_count; c++)
        if (split->source->needed[c])
            WEIR_TRY(weir_vector_init(&batch->columns[c], table->columns[c].type, batch->capacity,
                                      false, batch->arena, err));
    struct weir_vector *why = &batch->columns[table->columns_count + WEIR_HIDDEN_ERROR];
    WEIR_TRY(weir_vector_init(why, WEIR_TEXT, batch->capacity, false, batch->arena, err));
    for (uint32_t row = 0; row < batch->capacity; row++)
        why->s[row] = WEIR_SLICE("");
    return WEIR_OK;
}

static enum weir_code row_read(struct weir_split *split, struct weir_batch *batch, uint32_t row,
                               struct weir_error *err)
{
    const struct weir_table *table = split->source->table;
    struct weir_vector *why = &batch->columns[table->columns_count + WEIR_HIDDEN_ERROR];
    for (uint32_t c = 0; c < table->columns_count; c++) {
        if (!split->source->needed[c])
            continue;
        struct weir_error reason;
        enum weir_code code = value_read(split->statement, (int)c + 1, &batch->columns[c], row,
                                         batch->arena, &reason);
        if (code == WEIR_OK)
            continue;
        if (code != WEIR_BAD_DATA)
            return weir_fail(err, code, "%s", reason.text);
        weir_set_valid(&batch->columns[c], row, false);
        if (weir_valid(why, row))
            continue; /* the first reason is told */
        const char *text = weir_arena_printf(batch->arena, "column \"%s\": %s",
                                             table->columns[c].name, reason.text);
        why->s[row] = text ? weir_slice_of(text) : WEIR_SLICE("a value does not fit its column");
        weir_set_valid(why, row, true);
    }
    return WEIR_OK;
}

static enum weir_code split_read_rows(struct weir_split *split, struct weir_batch *batch,
                                      struct weir_error *err)
{
    WEIR_TRY(vectors_init(split, batch, err));
    batch->rows = 0;
    while (batch->rows < batch->capacity) {
        WEIR_TRY(step(split, err));
        if (split->done)
            break;
        WEIR_TRY(row_read(split, batch, batch->rows++, err));
        split->rowid = sqlite3_column_int64(split->statement, 0);
        split->ahead = false;
    }
    return WEIR_OK;
}

static void split_consume(struct weir_split *split, size_t count, size_t lines, bool boundary)
{
    (void)split; /* rows are consumed as they are read */
    (void)count;
    (void)lines;
    (void)boundary;
}

static enum weir_code split_position(struct weir_split *split, struct weir_buffer *ret,
                                     struct weir_error *err)
{
    return position_put(split->rowid, ret, err);
}

static void split_progress(struct weir_split *split, double *ret_share, int64_t *ret_lag,
                           bool *ret_unit_bytes)
{
    *ret_share = split->done ? 1 : -1;
    *ret_lag = split->done ? 0 : -1;
    *ret_unit_bytes = false;
}

/* Size and modification time of the file and its write-ahead log: both move with every commit. */
static enum weir_code source_version(struct weir_source *source, struct weir_buffer *ret,
                                     struct weir_error *err)
{
    for (int part = 0; part < 2; part++) {
        char *path = sqlite3_mprintf("%s%s", source->database.path, part ? "-wal" : "");
        if (!path)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        struct stat info = {0};
        if (stat(path, &info) != 0)
            info.st_size = -1;
        sqlite3_free(path);
        WEIR_TRY(weir_buffer_printf(ret, err, "%lld:%lld.%09ld ", (long long)info.st_size,
                                    (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec));
    }
    return WEIR_OK;
}

const struct weir_source_ops weir_sqlite_source_ops = {
    .open = source_open,
    .discover = source_discover,
    .assign = source_assign,
    .end = split_end,
    .limit = split_limit,
    .poll = split_poll,
    .read_rows = split_read_rows,
    .consume = split_consume,
    .position = split_position,
    .progress = split_progress,
    .revoke = split_revoke,
    .version = source_version,
    .close = source_close,
};
