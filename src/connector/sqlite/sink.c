/* The sink: the rows of an epoch and the pipeline's number go into the database in one transaction.
 *
 * write turns rows into bytes on the task's thread; prepare keeps a copy of an epoch's bytes; commit opens a transaction,
 * moves the number in table weir_epochs by comparing it with the one last seen, and inserts the kept rows. No transaction
 * is open between two calls, so several sinks of one file, each with a connection of its own, never wait for each other.
 * A process that lost the compare has written nothing: it gets WEIR_FENCED.
 *
 * Rows keep their order over all epochs of a commit, so the last row of a key wins.
 * A constraint of the user's own that refuses a row ends the commit with WEIR_BAD_DATA: nothing of it becomes visible. */
#include "connector/sqlite/connector.h"

#include "base/env.h"
#include "column/text.h"
#include "connector/sqlite/database.h"
#include "connector/sqlite/row_bytes.h"
#include "connector/sqlite/schema.h"

#include <stdlib.h>

#define EPOCH_BYTES_MAX ((size_t)1 << 40) /* the runtime bounds an epoch; see weir.memory */

struct insert { /* the statement for one set of given columns */
    bool *given;
    sqlite3_stmt *statement;
};

struct chunk { /* rows of one writer within an epoch's bytes */
    size_t len;
    uint64_t rows_count;
    uint32_t insert;
};

struct epoch {
    uint64_t number;
    struct weir_buffer bytes;
    struct weir_buffer chunks; /* struct chunk */
};

struct weir_sink {
    const struct weir_table *table;
    struct weir_database database;
    char *pipeline;
    uint64_t number; /* in the database, as this process last saw it */
    struct insert *inserts;
    uint32_t inserts_count;
    struct epoch
        *epochs; /* prepared, ascending; the buffers behind epochs_count wait to be used again */
    uint32_t epochs_count, epochs_capacity;
};

struct weir_writer {
    const struct weir_table *table;
    bool *given;
    bool *required; /* columns in which a NULL is refused */
};

/* ---- opening ---- */

static enum weir_code tables_make(struct weir_sink *sink, bool *ret_created, struct weir_error *err)
{
    bool exists;
    WEIR_TRY(weir_database_exec(
        &sink->database,
        "CREATE TABLE IF NOT EXISTS weir_epochs (pipeline TEXT NOT NULL, sink TEXT NOT NULL, "
        "epoch INTEGER NOT NULL, updated_at TEXT NOT NULL, PRIMARY KEY (pipeline, sink))",
        err));
    WEIR_TRY(
        weir_schema_exists(&sink->database, weir_sqlite_table_name(sink->table), &exists, err));
    *ret_created = !exists;
    return exists ? weir_schema_check(&sink->database, sink->table, err)
                  : weir_schema_create(&sink->database, sink->table, err);
}

static void sink_close(struct weir_sink *sink);

static enum weir_code sink_open(const struct weir_table *table,
                                const struct weir_sink_config *config, bool *ret_created,
                                struct weir_sink **ret, struct weir_error *err)
{
    struct weir_sink *sink = calloc(1, sizeof(*sink));
    if (!sink)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    sink->table = table;
    sink->pipeline = strdup(config->pipeline);
    enum weir_code code = sink->pipeline
                              ? weir_database_create(weir_sqlite_table_path(table),
                                                     config->exactly_once, &sink->database, err)
                              : weir_fail(err, WEIR_NOMEM, "out of memory");
    if (code == WEIR_OK)
        code = tables_make(sink, ret_created, err);
    if (code != WEIR_OK) {
        sink_close(sink);
        return code;
    }
    *ret = sink;
    return WEIR_OK;
}

/* Nothing to shut out: a process that still believes to own the sink loses the compare of its next commit. But what a killed
 * process committed without coming to its fsync must be durable (a checkpoint begins with that) before its number is read. */
static enum weir_code sink_fence(struct weir_sink *sink, struct weir_error *err)
{
    return weir_database_exec(&sink->database, "PRAGMA wal_checkpoint", err);
}

static enum weir_code sink_read_number(struct weir_sink *sink, uint64_t *ret,
                                       struct weir_error *err)
{
    const char *const texts[] = {sink->pipeline, sink->table->name, NULL};
    int64_t number;
    WEIR_TRY(weir_database_integer(
        &sink->database, "SELECT epoch FROM weir_epochs WHERE pipeline = ?1 AND sink = ?2", texts,
        0, &number, err));
    sink->number = *ret = (uint64_t)number;
    return WEIR_OK;
}

/* ---- the task's thread ---- */

static void writer_free(struct weir_writer *writer)
{
    if (!writer)
        return;
    free(writer->given);
    free(writer->required);
    free(writer);
}

static enum weir_code writer_new(struct weir_sink *sink, const bool *given,
                                 struct weir_writer **ret, struct weir_error *err)
{
    uint32_t columns_count = sink->table->columns_count;
    struct weir_writer *writer = calloc(1, sizeof(*writer));
    if (writer) {
        writer->table = sink->table;
        writer->given = calloc(columns_count + 1, sizeof(bool));
        writer->required = calloc(columns_count + 1, sizeof(bool));
    }
    if (!writer || !writer->given || !writer->required) {
        writer_free(writer);
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    }
    memcpy(writer->given, given, columns_count * sizeof(bool));
    for (uint32_t c = 0; c < columns_count; c++)
        writer->required[c] = sink->table->columns[c].not_null;
    for (uint32_t k = 0; k < sink->table->key_count; k++)
        writer->required[sink->table->key[k]] = true;
    *ret = writer;
    return WEIR_OK;
}

/* The column that refuses the row's NULL, or columns_count. */
static uint32_t refused_column(const struct weir_writer *writer, const struct weir_rows *rows,
                               uint32_t row)
{
    uint32_t c = 0;
    while (c < rows->columns_count && !(writer->required[c] && !weir_valid(rows->columns[c], row)))
        c++;
    return c;
}

static enum weir_code sink_write(struct weir_writer *writer, const struct weir_rows *rows,
                                 struct weir_arena *arena, struct weir_slice *row_errors,
                                 struct weir_buffer *out, uint32_t *ret_written,
                                 struct weir_error *err)
{
    uint32_t written = 0;
    WEIR_FOR_SELECTED(row, rows->selection)
    {
        uint32_t refused = refused_column(writer, rows, row);
        if (refused < rows->columns_count) {
            const char *why = weir_arena_printf(
                arena,
                "null value in column \"%s\" of relation \"%s\" violates not-null constraint",
                writer->table->columns[refused].name, writer->table->name);
            row_errors[row] =
                why ? weir_slice_of(why) : WEIR_SLICE("null value in a column that refuses it");
            continue;
        }
        WEIR_TRY(weir_row_bytes_put(out, rows, row, err));
        written++;
    }
    *ret_written = written;
    return WEIR_OK;
}

/* ---- the commit thread ---- */

/* The statement for a set of given columns; made once. */
static enum weir_code insert_find(struct weir_sink *sink, const bool *given, uint32_t *ret,
                                  struct weir_error *err)
{
    size_t bytes = sink->table->columns_count * sizeof(bool);
    for (uint32_t i = 0; i < sink->inserts_count; i++) {
        *ret = i;
        if (memcmp(sink->inserts[i].given, given, bytes) == 0)
            return WEIR_OK;
    }
    struct insert *grown = realloc(sink->inserts, (sink->inserts_count + 1) * sizeof(*grown));
    if (!grown)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    sink->inserts = grown;
    struct insert *insert = &grown[sink->inserts_count];
    *insert = (struct insert){.given = malloc(bytes + 1)};
    if (!insert->given)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    memcpy(insert->given, given, bytes);
    struct weir_buffer sql;
    weir_buffer_init(&sql, (size_t)1 << 20);
    enum weir_code code = weir_schema_insert_sql(sink->table, given, &sql, err);
    if (code == WEIR_OK)
        code = weir_database_prepare(&sink->database, sql.ptr, &insert->statement, err);
    weir_buffer_done(&sql);
    if (code != WEIR_OK) {
        free(insert->given);
        return code;
    }
    *ret = sink->inserts_count++;
    return WEIR_OK;
}

/* The next epoch's place; its buffers may have served another one before. */
static enum weir_code epoch_add(struct weir_sink *sink, uint64_t number, struct epoch **ret,
                                struct weir_error *err)
{
    if (sink->epochs_count == sink->epochs_capacity) {
        uint32_t capacity = sink->epochs_capacity ? sink->epochs_capacity * 2 : 4;
        struct epoch *grown = realloc(sink->epochs, capacity * sizeof(*grown));
        if (!grown)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        sink->epochs = grown;
        for (uint32_t e = sink->epochs_capacity; e < capacity; e++) {
            weir_buffer_init(&grown[e].bytes, EPOCH_BYTES_MAX);
            weir_buffer_init(&grown[e].chunks, EPOCH_BYTES_MAX);
        }
        sink->epochs_capacity = capacity;
    }
    *ret = &sink->epochs[sink->epochs_count++];
    (*ret)->number = number;
    (*ret)->bytes.len = 0;
    (*ret)->chunks.len = 0;
    return WEIR_OK;
}

static enum weir_code sink_prepare(struct weir_sink *sink, uint64_t number, int64_t now_us,
                                   const struct weir_sink_chunk *chunks, uint32_t chunks_count,
                                   struct weir_error *err)
{
    struct epoch *epoch = NULL;
    (void)now_us;
    WEIR_ASSERT(sink->epochs_count == 0 || sink->epochs[sink->epochs_count - 1].number < number);
    WEIR_TRY(epoch_add(sink, number, &epoch, err));
    for (uint32_t i = 0; i < chunks_count; i++) {
        if (chunks[i].rows_count == 0)
            continue;
        struct chunk chunk = {.len = chunks[i].bytes.len, .rows_count = chunks[i].rows_count};
        WEIR_TRY(insert_find(sink, chunks[i].writer->given, &chunk.insert, err));
        WEIR_TRY(weir_buffer_append(&epoch->chunks, weir_slice((const char *)&chunk, sizeof(chunk)),
                                    err));
        WEIR_TRY(weir_buffer_append(&epoch->bytes, chunks[i].bytes, err));
    }
    return WEIR_OK;
}

static enum weir_code fenced(const struct weir_sink *sink, struct weir_error *err)
{
    return weir_fail(err, WEIR_FENCED,
                     "%s: another process has committed to sink \"%s\" of pipeline \"%s\"",
                     sink->database.path, sink->table->name, sink->pipeline);
}

/* Moves the number if it is still the one last seen. */
static enum weir_code number_move(struct weir_sink *sink, uint64_t number, struct weir_error *err)
{
    static const char insert[] =
        "INSERT INTO weir_epochs (epoch, pipeline, sink, updated_at) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT DO NOTHING";
    static const char update[] = "UPDATE weir_epochs SET epoch = ?1, updated_at = ?4 "
                                 "WHERE pipeline = ?2 AND sink = ?3 AND epoch = ?5";
    char now[64];
    size_t now_len = weir_timestamptz_format(weir_clock_wall_us() - WEIR_UNIX_TO_PG_US, now);
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(sink->database.db, sink->number ? update : insert, -1, &statement,
                           NULL) != SQLITE_OK)
        return weir_database_fail(&sink->database, "move the epoch's number", err);
    sqlite3_bind_int64(statement, 1, (int64_t)number);
    sqlite3_bind_text(statement, 2, sink->pipeline, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, sink->table->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, now, (int)now_len, SQLITE_STATIC);
    if (sink->number)
        sqlite3_bind_int64(statement, 5, (int64_t)sink->number);
    enum weir_code code = WEIR_OK;
    if (sqlite3_step(statement) != SQLITE_DONE)
        code = weir_database_fail(&sink->database, "move the epoch's number", err);
    else if (sqlite3_changes(sink->database.db) != 1)
        code = fenced(sink, err);
    sqlite3_finalize(statement);
    return code;
}

static enum weir_code chunk_insert(struct weir_sink *sink, const struct chunk *chunk,
                                   struct weir_slice bytes, struct weir_error *err)
{
    sqlite3_stmt *statement = sink->inserts[chunk->insert].statement;
    uint32_t columns_count = sink->table->columns_count;
    for (uint64_t row = 0; row < chunk->rows_count; row++) {
        if (!weir_row_bytes_bind(&bytes, columns_count, statement))
            return weir_fail(err, WEIR_BUG, "sink \"%s\": rows of an epoch are damaged in memory",
                             sink->table->name);
        if (sqlite3_step(statement) != SQLITE_DONE) {
            enum weir_code code = weir_database_fail(&sink->database, "insert a row", err);
            sqlite3_reset(statement);
            return code == WEIR_BAD_DATA
                       ? weir_fail_in(err, "table \"%s\"", weir_sqlite_table_name(sink->table))
                       : code;
        }
        sqlite3_reset(statement);
    }
    return WEIR_OK;
}

static enum weir_code epoch_insert(struct weir_sink *sink, const struct epoch *epoch,
                                   struct weir_error *err)
{
    const struct chunk *chunks = (const struct chunk *)epoch->chunks.ptr;
    const char *at = epoch->bytes.ptr;
    for (size_t i = 0; i < epoch->chunks.len / sizeof(*chunks); i++) {
        WEIR_TRY(chunk_insert(sink, &chunks[i], weir_slice(at, chunks[i].len), err));
        at += chunks[i].len;
    }
    return WEIR_OK;
}

static enum weir_code transaction_fill(struct weir_sink *sink, uint64_t number,
                                       struct weir_error *err)
{
    weir_env_step("commit-sqlite-begin");
    WEIR_TRY(number_move(sink, number, err));
    for (uint32_t e = 0; e < sink->epochs_count && sink->epochs[e].number <= number; e++)
        WEIR_TRY(epoch_insert(sink, &sink->epochs[e], err));
    weir_env_step("commit-sqlite-rows");
    return weir_database_exec(&sink->database, "COMMIT", err);
}

/* Takes the epochs up to `number` off the front; their buffers go to the back. */
static void epochs_drop(struct weir_sink *sink, uint64_t number)
{
    uint32_t gone = 0;
    while (gone < sink->epochs_count && sink->epochs[gone].number <= number)
        gone++;
    for (uint32_t e = 0; gone && e + gone < sink->epochs_count; e++) {
        struct epoch kept = sink->epochs[e + gone];
        sink->epochs[e + gone] = sink->epochs[e];
        sink->epochs[e] = kept;
    }
    sink->epochs_count -= gone;
}

static enum weir_code sink_commit(struct weir_sink *sink, uint64_t number, bool force,
                                  uint64_t *ret_number, struct weir_error *err)
{
    (void)force;
    WEIR_TRY(weir_database_exec(&sink->database, "BEGIN IMMEDIATE", err));
    enum weir_code code = transaction_fill(sink, number, err);
    if (code != WEIR_OK) {
        if (!sqlite3_get_autocommit(sink->database.db))
            WEIR_IGNORE(sqlite3_exec(sink->database.db, "ROLLBACK", NULL, NULL, NULL),
                        "the error that led here is the one to tell");
        return code;
    }
    weir_env_step("commit-sqlite-done");
    epochs_drop(sink, number);
    sink->number = *ret_number = number;
    return WEIR_OK;
}

static void sink_abort(struct weir_sink *sink)
{
    sink->epochs_count = 0;
}

static void sink_close(struct weir_sink *sink)
{
    for (uint32_t i = 0; i < sink->inserts_count; i++) {
        sqlite3_finalize(sink->inserts[i].statement);
        free(sink->inserts[i].given);
    }
    for (uint32_t e = 0; e < sink->epochs_capacity; e++) {
        weir_buffer_done(&sink->epochs[e].bytes);
        weir_buffer_done(&sink->epochs[e].chunks);
    }
    free(sink->inserts);
    free(sink->epochs);
    weir_database_close(&sink->database);
    free(sink->pipeline);
    free(sink);
}

const struct weir_sink_ops weir_sqlite_sink_ops = {
    .delivery = WEIR_EXACTLY_ONCE,
    .open = sink_open,
    .fence = sink_fence,
    .read_number = sink_read_number,
    .writer_new = writer_new,
    .write = sink_write,
    .writer_free = writer_free,
    .prepare = sink_prepare,
    .commit = sink_commit,
    .abort = sink_abort,
    .close = sink_close,
};
