/* Looking at, making and deleting tables of a database file. Each call opens the file for itself. */
#include "connector/sqlite/connector.h"

#include "base/env.h"
#include "connector/sqlite/database.h"
#include "connector/sqlite/schema.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>

static enum weir_code describe_table(const struct weir_database *database,
                                     const struct weir_table *table, const char *pipeline,
                                     struct weir_catalog_info *ret, struct weir_error *err)
{
    bool numbered;
    WEIR_TRY(weir_schema_exists(database, weir_sqlite_table_name(table), &ret->exists, err));
    if (ret->exists) {
        char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", weir_sqlite_table_name(table));
        if (!sql)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        enum weir_code code = weir_database_integer(database, sql, NULL, 0, &ret->rows, err);
        sqlite3_free(sql);
        WEIR_TRY(code);
    }
    WEIR_TRY(weir_schema_exists(database, "weir_epochs", &numbered, err));
    if (!pipeline || !numbered)
        return WEIR_OK;
    const char *const texts[] = {pipeline, table->name, NULL};
    int64_t number;
    WEIR_TRY(weir_database_integer(
        database, "SELECT epoch FROM weir_epochs WHERE pipeline = ?1 AND sink = ?2", texts, 0,
        &number, err));
    ret->number = (uint64_t)number;
    return WEIR_OK;
}

static enum weir_code catalog_describe(const struct weir_table *table, const char *pipeline,
                                       struct weir_arena *arena, struct weir_catalog_info *ret,
                                       struct weir_error *err)
{
    const char *path = weir_sqlite_table_path(table);
    *ret = (struct weir_catalog_info){.rows = 0, .bytes = -1};
    ret->location = weir_arena_printf(arena, "%s %s", path, weir_sqlite_table_name(table));
    if (!ret->location)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    struct weir_database database;
    bool missing;
    WEIR_TRY(weir_database_open(path, &database, &missing, err));
    if (missing)
        return WEIR_OK;
    enum weir_code code = describe_table(&database, table, pipeline, ret, err);
    weir_database_close(&database);
    return code;
}

/* ---- files: the database and its write-ahead log ---- */

static const char *permissions(struct weir_arena *arena, mode_t mode)
{
    return weir_arena_printf(arena, "-%c%c%c%c%c%c%c%c%c", mode & 0400 ? 'r' : '-',
                             mode & 0200 ? 'w' : '-', mode & 0100 ? 'x' : '-',
                             mode & 040 ? 'r' : '-', mode & 020 ? 'w' : '-', mode & 010 ? 'x' : '-',
                             mode & 04 ? 'r' : '-', mode & 02 ? 'w' : '-', mode & 01 ? 'x' : '-');
}

static enum weir_code describe_file(const char *path, const struct stat *info,
                                    struct weir_arena *arena, struct weir_catalog_file *ret,
                                    struct weir_error *err)
{
    const struct passwd *user = getpwuid(info->st_uid);
    const struct group *group = getgrgid(info->st_gid);
    *ret = (struct weir_catalog_file){
        .permissions = permissions(arena, info->st_mode),
        .owner = user ? weir_arena_printf(arena, "%s", user->pw_name)
                      : weir_arena_printf(arena, "%u", (unsigned)info->st_uid),
        .group = group ? weir_arena_printf(arena, "%s", group->gr_name)
                       : weir_arena_printf(arena, "%u", (unsigned)info->st_gid),
        .size_bytes = info->st_size,
        .modified_us = (int64_t)info->st_mtim.tv_sec * 1000000 + info->st_mtim.tv_nsec / 1000,
        .name = path};
    return ret->permissions && ret->owner && ret->group
               ? WEIR_OK
               : weir_fail(err, WEIR_NOMEM, "out of memory");
}

static enum weir_code catalog_files(const struct weir_table *table, struct weir_arena *arena,
                                    const struct weir_catalog_file **ret, size_t *ret_count,
                                    struct weir_error *err)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct weir_catalog_file *files = WEIR_NEW_ARRAY(arena, struct weir_catalog_file, 3);
    *ret_count = 0;
    *ret = files;
    if (!files)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (size_t i = 0; i < 3; i++) {
        const char *path =
            weir_arena_printf(arena, "%s%s", weir_sqlite_table_path(table), endings[i]);
        struct stat info;
        if (!path)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        if (stat(path, &info) == 0)
            WEIR_TRY(describe_file(path, &info, arena, &files[(*ret_count)++], err));
    }
    return WEIR_OK;
}

/* ---- list, create, drop, forget ---- */

/* The tables and views that are the user's. */
#define FROM_TABLES                                                                                \
    "FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE "    \
    "'\\' AND name <> "                                                                            \
    "'weir_epochs'"

static enum weir_code list_names(const struct weir_database *database, struct weir_arena *arena,
                                 const char *const **ret, size_t *ret_count, struct weir_error *err)
{
    int64_t count;
    WEIR_TRY(weir_database_integer(database, "SELECT count(*) " FROM_TABLES, NULL, 0, &count, err));
    const char **names = WEIR_NEW_ARRAY(arena, const char *, (size_t)count + 1);
    if (!names)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    sqlite3_stmt *statement;
    WEIR_TRY(weir_database_prepare(database, "SELECT name " FROM_TABLES " ORDER BY name",
                                   &statement, err));
    size_t filled = 0;
    while (filled < (size_t)count && sqlite3_step(statement) == SQLITE_ROW) {
        names[filled] =
            weir_arena_printf(arena, "%s", (const char *)sqlite3_column_text(statement, 0));
        if (!names[filled++])
            break;
    }
    sqlite3_finalize(statement);
    if (filled && !names[filled - 1])
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    *ret = names;
    *ret_count = filled;
    return WEIR_OK;
}

static enum weir_code catalog_list(const struct weir_table *table, struct weir_arena *arena,
                                   const char *const **ret, size_t *ret_count,
                                   struct weir_error *err)
{
    struct weir_database database;
    bool missing;
    *ret = NULL;
    *ret_count = 0;
    WEIR_TRY(weir_database_open(weir_sqlite_table_path(table), &database, &missing, err));
    if (missing)
        return WEIR_OK;
    enum weir_code code = list_names(&database, arena, ret, ret_count, err);
    weir_database_close(&database);
    return code;
}

static enum weir_code catalog_create(const struct weir_table *table, bool *ret_created,
                                     struct weir_error *err)
{
    struct weir_database database;
    bool exists;
    WEIR_TRY(weir_database_create(weir_sqlite_table_path(table), true, &database, err));
    enum weir_code code =
        weir_schema_exists(&database, weir_sqlite_table_name(table), &exists, err);
    if (code == WEIR_OK)
        code = exists ? weir_schema_check(&database, table, err)
                      : weir_schema_create(&database, table, err);
    if (code == WEIR_OK)
        *ret_created = !exists;
    weir_database_close(&database);
    return code;
}

/* Deletes this sink's numbers: of one pipeline, or of all. */
static enum weir_code delete_numbers(const struct weir_database *database, const char *sink,
                                     const char *pipeline, struct weir_error *err)
{
    bool numbered;
    WEIR_TRY(weir_schema_exists(database, "weir_epochs", &numbered, err));
    if (!numbered)
        return WEIR_OK;
    char *sql = pipeline
                    ? sqlite3_mprintf("DELETE FROM weir_epochs WHERE sink = %Q AND pipeline = %Q",
                                      sink, pipeline)
                    : sqlite3_mprintf("DELETE FROM weir_epochs WHERE sink = %Q", sink);
    if (!sql)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    enum weir_code code = weir_database_exec(database, sql, err);
    sqlite3_free(sql);
    WEIR_TRY(code);
    int64_t left;
    WEIR_TRY(
        weir_database_integer(database, "SELECT count(*) FROM weir_epochs", NULL, 0, &left, err));
    return left ? WEIR_OK : weir_database_exec(database, "DROP TABLE weir_epochs", err);
}

static enum weir_code drop_table(const struct weir_database *database,
                                 const struct weir_table *table, bool *ret_empty,
                                 struct weir_error *err)
{
    enum weir_code code = weir_database_exec(database, "BEGIN IMMEDIATE", err);
    if (code == WEIR_RETRY)
        return weir_fail(err, WEIR_FENCED, "%s: a process is writing to it", database->path);
    WEIR_TRY(code);
    char *sql = sqlite3_mprintf("DROP TABLE IF EXISTS \"%w\"", weir_sqlite_table_name(table));
    if (!sql)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    code = weir_database_exec(database, sql, err);
    sqlite3_free(sql);
    if (code == WEIR_OK)
        code = delete_numbers(database, table->name, NULL, err);
    int64_t left = 1;
    if (code == WEIR_OK)
        code = weir_database_integer(database, "SELECT count(*) FROM sqlite_master", NULL, 0, &left,
                                     err);
    WEIR_TRY(code); /* closing the connection rolls back */
    *ret_empty = left == 0;
    return weir_database_exec(database, "COMMIT", err);
}

/* A file that has nothing left in it goes too. */
static enum weir_code delete_file(const char *path, struct weir_error *err)
{
    static const char *const endings[] = {"-wal", "-shm", ""};
    for (size_t i = 0; i < 3; i++) {
        char *name = sqlite3_mprintf("%s%s", path, endings[i]);
        if (!name)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        enum weir_code code = weir_dir_unlink(name, err);
        sqlite3_free(name);
        WEIR_TRY(code);
    }
    return WEIR_OK;
}

static enum weir_code catalog_drop(const struct weir_table *table, struct weir_error *err)
{
    const char *path = weir_sqlite_table_path(table);
    struct weir_database database;
    bool missing, empty = false;
    WEIR_TRY(weir_database_open(path, &database, &missing, err));
    if (missing)
        return WEIR_OK;
    enum weir_code code = drop_table(&database, table, &empty, err);
    weir_database_close(&database);
    return code == WEIR_OK && empty ? delete_file(path, err) : code;
}

static enum weir_code catalog_forget(const struct weir_table *table, const char *pipeline,
                                     struct weir_error *err)
{
    struct weir_database database;
    bool missing;
    WEIR_TRY(weir_database_open(weir_sqlite_table_path(table), &database, &missing, err));
    if (missing)
        return WEIR_OK;
    enum weir_code code = delete_numbers(&database, table->name, pipeline, err);
    weir_database_close(&database);
    return code;
}

static enum weir_code catalog_ping(const struct weir_table *table, struct weir_error *err)
{
    struct weir_database database;
    bool missing;
    WEIR_TRY(weir_database_open(weir_sqlite_table_path(table), &database, &missing, err));
    if (!missing)
        weir_database_close(&database);
    return WEIR_OK;
}

const struct weir_catalog_ops weir_sqlite_catalog_ops = {
    .describe = catalog_describe,
    .files = catalog_files,
    .list = catalog_list,
    .create = catalog_create,
    .drop = catalog_drop,
    .forget = catalog_forget,
    .ping = catalog_ping,
};
