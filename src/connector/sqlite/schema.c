/* How our types lie in SQLite, and whether a table that is there already can hold them.
 *
 * integer, bigint: INTEGER; double precision: REAL; boolean: BOOLEAN, kept as 0 and 1 as BI tools expect; bytea: BLOB; all
 * others TEXT in PostgreSQL's form, numeric too: SQLite's own numbers have 15 digits. Not STRICT: tools older than SQLite
 * 3.37 could not open the file.
 * An existing column is refused where SQLite's affinity would change what is written ('007' in an INTEGER column).
 * Source: https://www.sqlite.org/datatype3.html */
#include "connector/sqlite/schema.h"

#include "connector/sqlite/connector.h"

#include <strings.h>

#define SQL_BYTES_MAX ((size_t)1 << 20)

enum affinity { NONE = 1, TEXT = 2, INTEGER = 4, REAL = 8, NUMERIC = 16 };

static const char *const affinity_names[] = {[NONE] = "BLOB",
                                             [TEXT] = "TEXT",
                                             [INTEGER] = "INTEGER",
                                             [REAL] = "REAL",
                                             [NUMERIC] = "NUMERIC"};

/* The name in CREATE TABLE, and the affinities that keep such values as they are. */
static const struct {
    const char *name;
    unsigned kept_by;
} storage[WEIR_TYPE_COUNT] = {
    [WEIR_UNKNOWN] = {"TEXT", TEXT | NONE},
    [WEIR_BOOL] = {"BOOLEAN", INTEGER | NUMERIC | NONE},
    [WEIR_INT4] = {"INTEGER", INTEGER | NUMERIC | NONE},
    [WEIR_INT8] = {"INTEGER", INTEGER | NUMERIC | NONE},
    [WEIR_FLOAT8] = {"REAL", REAL | NUMERIC | NONE},
    [WEIR_NUMERIC] = {"TEXT", TEXT | NONE},
    [WEIR_TEXT] = {"TEXT", TEXT | NONE},
    [WEIR_BYTEA] = {"BLOB", NONE | TEXT | INTEGER | REAL | NUMERIC},
    [WEIR_DATE] = {"TEXT", TEXT | NONE | NUMERIC},
    [WEIR_TIMESTAMPTZ] = {"TEXT", TEXT | NONE | NUMERIC},
    [WEIR_JSONB] = {"TEXT", TEXT | NONE},
};

enum weir_code weir_schema_exists(const struct weir_database *database, const char *name, bool *ret,
                                  struct weir_error *err)
{
    const char *const texts[] = {name, NULL};
    int64_t count;
    WEIR_TRY(weir_database_integer(database,
                                   "SELECT count(*) FROM sqlite_master WHERE type IN ('table', "
                                   "'view') AND name = ?1 COLLATE NOCASE",
                                   texts, 0, &count, err));
    *ret = count > 0;
    return WEIR_OK;
}

static enum weir_code put(struct weir_buffer *to, const char *text, struct weir_error *err)
{
    return weir_buffer_append(to, weir_slice_of(text), err);
}

static bool is_key(const struct weir_table *table, uint32_t column)
{
    for (uint32_t k = 0; k < table->key_count; k++)
        if (table->key[k] == column)
            return true;
    return false;
}

/* ("a", "b") of the key. */
static enum weir_code put_key(struct weir_buffer *sql, const struct weir_table *table,
                              struct weir_error *err)
{
    for (uint32_t k = 0; k < table->key_count; k++) {
        WEIR_TRY(put(sql, k ? ", " : "(", err));
        WEIR_TRY(weir_database_put_name(sql, table->columns[table->key[k]].name, err));
    }
    return put(sql, ")", err);
}

static enum weir_code put_create(struct weir_buffer *sql, const struct weir_table *table,
                                 struct weir_error *err)
{
    WEIR_TRY(put(sql, "CREATE TABLE ", err));
    WEIR_TRY(weir_database_put_name(sql, weir_sqlite_table_name(table), err));
    for (uint32_t c = 0; c < table->columns_count; c++) {
        const struct weir_column *column = &table->columns[c];
        WEIR_TRY(put(sql, c ? ", " : " (", err));
        WEIR_TRY(weir_database_put_name(sql, column->name, err));
        WEIR_TRY(put(sql, " ", err));
        WEIR_TRY(put(sql, storage[column->type].name, err));
        if (column->not_null || is_key(table, c)) /* SQLite's primary keys take NULLs otherwise */
            WEIR_TRY(put(sql, " NOT NULL", err));
    }
    if (table->key_count) {
        WEIR_TRY(put(sql, ", PRIMARY KEY ", err));
        WEIR_TRY(put_key(sql, table, err));
    }
    return weir_buffer_append(sql, WEIR_SLICE(")\0"), err);
}

enum weir_code weir_schema_create(const struct weir_database *database,
                                  const struct weir_table *table, struct weir_error *err)
{
    struct weir_buffer sql;
    weir_buffer_init(&sql, SQL_BYTES_MAX);
    enum weir_code code = put_create(&sql, table, err);
    if (code == WEIR_OK)
        code = weir_database_exec(database, sql.ptr, err);
    weir_buffer_done(&sql);
    return code;
}

/* ---- checking ---- */

static bool contains(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

/* SQLite's rules, in SQLite's order. */
static enum affinity affinity_of(const char *declared)
{
    if (contains(declared, "INT"))
        return INTEGER;
    if (contains(declared, "CHAR") || contains(declared, "CLOB") || contains(declared, "TEXT"))
        return TEXT;
    if (!*declared || contains(declared, "BLOB") || strcasecmp(declared, "ANY") == 0)
        return NONE;
    if (contains(declared, "REAL") || contains(declared, "FLOA") || contains(declared, "DOUB"))
        return REAL;
    return NUMERIC;
}

static const struct weir_column *column_find(const struct weir_table *table, const char *name)
{
    for (uint32_t c = 0; c < table->columns_count; c++)
        if (strcasecmp(table->columns[c].name, name) == 0)
            return &table->columns[c];
    return NULL;
}

/* One row of table_info: name, type, notnull, dflt_value, pk. */
static enum weir_code check_column(const struct weir_database *database,
                                   const struct weir_table *table, sqlite3_stmt *info, bool *found,
                                   struct weir_error *err)
{
    const char *name = (const char *)sqlite3_column_text(info, 0);
    const char *declared = (const char *)sqlite3_column_text(info, 1);
    const struct weir_column *column = column_find(table, name ? name : "");
    if (!column) {
        bool filled = !sqlite3_column_int(info, 2) || sqlite3_column_type(info, 3) != SQLITE_NULL ||
                      sqlite3_column_int(info, 4);
        if (filled)
            return WEIR_OK;
        weir_fail(
            err, WEIR_BAD_CONFIG,
            "%s: column \"%s\" of table \"%s\" is NOT NULL, has no default, and is not declared",
            database->path, name, weir_sqlite_table_name(table));
        return weir_hint(err, "Add the column to foreign table \"%s\".", table->name);
    }
    found[column - table->columns] = true;
    enum affinity affinity = affinity_of(declared ? declared : "");
    if (storage[column->type].kept_by & affinity)
        return WEIR_OK;
    weir_fail(err, WEIR_BAD_CONFIG,
              "%s: column \"%s\" of table \"%s\" is %s, but foreign table \"%s\" says %s",
              database->path, name, weir_sqlite_table_name(table),
              declared && *declared ? declared : affinity_names[affinity], table->name,
              weir_type_name(column->type));
    return weir_hint(err,
                     "SQLite would change what is written: declare another type in the SQL, or "
                     "make the column %s.",
                     storage[column->type].name);
}

static enum weir_code check_columns(const struct weir_database *database,
                                    const struct weir_table *table, sqlite3_stmt *info, bool *found,
                                    struct weir_error *err)
{
    int step;
    while ((step = sqlite3_step(info)) == SQLITE_ROW)
        WEIR_TRY(check_column(database, table, info, found, err));
    if (step != SQLITE_DONE)
        return weir_database_fail(database, "read its columns", err);
    for (uint32_t c = 0; c < table->columns_count; c++) {
        if (found[c])
            continue;
        weir_fail(err, WEIR_BAD_CONFIG, "%s: column \"%s\" of table \"%s\" does not exist",
                  database->path, table->columns[c].name, weir_sqlite_table_name(table));
        return weir_hint(
            err, "ALTER TABLE %s ADD COLUMN %s %s, or leave it out of foreign table \"%s\".",
            weir_sqlite_table_name(table), table->columns[c].name,
            storage[table->columns[c].type].name, table->name);
    }
    return WEIR_OK;
}

static bool is_key_name(const struct weir_table *table, const char *name)
{
    for (uint32_t k = 0; name && k < table->key_count; k++)
        if (strcasecmp(table->columns[table->key[k]].name, name) == 0)
            return true;
    return false;
}

/* The columns of all unique indexes, index by index, each with whether it is its index's last: is one index over just the
 * key's columns? */
static bool has_key_index(const struct weir_table *table, sqlite3_stmt *columns)
{
    uint32_t key_count = 0, others_count = 0;
    while (sqlite3_step(columns) == SQLITE_ROW) {
        if (is_key_name(table, (const char *)sqlite3_column_text(columns, 1)))
            key_count++;
        else
            others_count++;
        if (!sqlite3_column_int(columns, 2))
            continue;
        if (key_count == table->key_count && others_count == 0)
            return true;
        key_count = others_count = 0;
    }
    return false;
}

static enum weir_code check_key(const struct weir_database *database,
                                const struct weir_table *table, struct weir_error *err)
{
    /* A rowid alias (INTEGER PRIMARY KEY) has no index of its own. */
    static const char sql[] =
        "SELECT 'i' || l.name, i.name, i.seqno + 1 = (SELECT count(*) FROM "
        "pragma_index_info(l.name)) "
        "FROM pragma_index_list(?1) l, pragma_index_info(l.name) i WHERE l.\"unique\" AND NOT "
        "l.partial "
        "UNION ALL SELECT 'p', name, pk = (SELECT max(pk) FROM pragma_table_info(?1)) "
        "FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY 1, 3";
    sqlite3_stmt *columns;
    WEIR_TRY(weir_database_prepare(database, sql, &columns, err));
    sqlite3_bind_text(columns, 1, weir_sqlite_table_name(table), -1, SQLITE_STATIC);
    bool found = has_key_index(table, columns);
    sqlite3_finalize(columns);
    if (found)
        return WEIR_OK;
    struct weir_buffer key;
    weir_buffer_init(&key, SQL_BYTES_MAX);
    WEIR_IGNORE(put_key(&key, table, err), "out of memory shows as an empty list");
    weir_fail(err, WEIR_BAD_CONFIG, "%s: table \"%s\" has no unique index on its key %.*s",
              database->path, weir_sqlite_table_name(table), WEIR_FMT(weir_buffer_slice(&key)));
    weir_buffer_done(&key);
    return weir_hint(err,
                     "CREATE UNIQUE INDEX ON that key in the database, or leave option key out.");
}

enum weir_code weir_schema_check(const struct weir_database *database,
                                 const struct weir_table *table, struct weir_error *err)
{
    sqlite3_stmt *info;
    if (sqlite3_prepare_v2(
            database->db,
            "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?1)", -1, &info,
            NULL) != SQLITE_OK)
        return weir_database_fail(database, "read its columns", err);
    sqlite3_bind_text(info, 1, weir_sqlite_table_name(table), -1, SQLITE_STATIC);
    struct weir_arena scratch;
    weir_arena_init(&scratch, SQL_BYTES_MAX);
    bool *found = WEIR_NEW_ARRAY(&scratch, bool, table->columns_count + 1);
    enum weir_code code = found ? check_columns(database, table, info, found, err)
                                : weir_fail(err, WEIR_NOMEM, "out of memory");
    weir_arena_done(&scratch);
    sqlite3_finalize(info);
    if (code == WEIR_OK && table->key_count)
        code = check_key(database, table, err);
    return code;
}

/* ---- statements ---- */

static enum weir_code put_conflict(const struct weir_table *table, const bool *given,
                                   struct weir_buffer *sql, struct weir_error *err)
{
    bool first = true;
    WEIR_TRY(put(sql, " ON CONFLICT ", err));
    WEIR_TRY(put_key(sql, table, err));
    for (uint32_t c = 0; c < table->columns_count; c++) {
        if (!given[c] || is_key(table, c))
            continue;
        WEIR_TRY(put(sql, first ? " DO UPDATE SET " : ", ", err));
        WEIR_TRY(weir_database_put_name(sql, table->columns[c].name, err));
        WEIR_TRY(put(sql, " = excluded.", err));
        WEIR_TRY(weir_database_put_name(sql, table->columns[c].name, err));
        first = false;
    }
    return first ? put(sql, " DO NOTHING", err) : WEIR_OK;
}

enum weir_code weir_schema_insert_sql(const struct weir_table *table, const bool *given,
                                      struct weir_buffer *sql, struct weir_error *err)
{
    WEIR_TRY(put(sql, "INSERT INTO ", err));
    WEIR_TRY(weir_database_put_name(sql, weir_sqlite_table_name(table), err));
    for (uint32_t c = 0; c < table->columns_count; c++) {
        WEIR_TRY(put(sql, c ? ", " : " (", err));
        WEIR_TRY(weir_database_put_name(sql, table->columns[c].name, err));
    }
    WEIR_TRY(put(sql, ") VALUES (?", err));
    for (uint32_t c = 1; c < table->columns_count; c++)
        WEIR_TRY(put(sql, ", ?", err));
    WEIR_TRY(put(sql, ")", err));
    if (table->key_count)
        WEIR_TRY(put_conflict(table, given, sql, err));
    return weir_buffer_append(sql, WEIR_SLICE("\0"), err);
}

enum weir_code weir_schema_has_rowid(const struct weir_database *database, const char *name,
                                     bool *ret, struct weir_error *err)
{
    const char *const texts[] = {name, NULL};
    int64_t tables_count;
    WEIR_TRY(weir_database_integer(
        database,
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1 COLLATE NOCASE",
        texts, 0, &tables_count, err));
    /* A view answers NULL for a rowid, so it is not asked. */
    *ret = false;
    if (!tables_count)
        return WEIR_OK;
    char *sql = sqlite3_mprintf("SELECT _rowid_ FROM \"%w\"", name);
    if (!sql)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    sqlite3_stmt *statement = NULL;
    *ret = sqlite3_prepare_v2(database->db, sql, -1, &statement, NULL) == SQLITE_OK;
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    return WEIR_OK;
}

static enum weir_code put_columns(const struct weir_table *table, const bool *needed,
                                  struct weir_buffer *sql, struct weir_error *err)
{
    for (uint32_t c = 0; c < table->columns_count; c++) {
        WEIR_TRY(put(sql, ", ", err));
        if (needed && !needed[c]) {
            WEIR_TRY(put(sql, "NULL", err));
            continue;
        }
        /* Qualified: a quoted name that is no column would be taken for a string. */
        WEIR_TRY(weir_database_put_name(sql, weir_sqlite_table_name(table), err));
        WEIR_TRY(put(sql, ".", err));
        WEIR_TRY(weir_database_put_name(sql, table->columns[c].name, err));
    }
    WEIR_TRY(put(sql, " FROM ", err));
    return weir_database_put_name(sql, weir_sqlite_table_name(table), err);
}

enum weir_code weir_schema_select_sql(const struct weir_table *table, const bool *needed,
                                      bool has_rowid, struct weir_buffer *sql,
                                      struct weir_error *err)
{
    WEIR_TRY(
        put(sql,
            has_rowid ? "SELECT _rowid_" : "SELECT * FROM (SELECT row_number() OVER () AS weir_row",
            err));
    WEIR_TRY(put_columns(table, needed, sql, err));
    WEIR_TRY(put(sql,
                 has_rowid ? " WHERE _rowid_ > ?1 AND _rowid_ <= ?2 ORDER BY _rowid_"
                           : ") WHERE weir_row > ?1 AND weir_row <= ?2",
                 err));
    return weir_buffer_append(sql, WEIR_SLICE("\0"), err);
}
