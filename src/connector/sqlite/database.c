/* An open database file.
 *
 * WAL with synchronous=FULL: a COMMIT is one append to the log and one fsync, and readers (dashboards, BI tools) are never
 * in the way of the writer nor the writer in theirs. FULL, not WAL's usual NORMAL, because an epoch that is visible must
 * be durable: its checkpoint record is deleted right after (model F22). Where the file system cannot do WAL, SQLite keeps its
 * rollback journal, which is as durable and slower.
 * Source: https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous */
#include "connector/sqlite/database.h"

#include "base/env.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define BUSY_MS_MAX 10000

enum weir_code weir_database_fail(const struct weir_database *database, const char *what,
                                  struct weir_error *err)
{
    int code = database->db ? sqlite3_extended_errcode(database->db) : SQLITE_NOMEM;
    const char *text = database->db ? sqlite3_errmsg(database->db) : "out of memory";
    enum weir_code ours = WEIR_IO;
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        ours = WEIR_RETRY;
        break;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_CORRUPT:
        ours = WEIR_BAD_DATA;
        break;
    case SQLITE_ERROR:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        ours = WEIR_BAD_CONFIG;
        break;
    case SQLITE_NOMEM:
        ours = WEIR_NOMEM;
        break;
    default:
        break;
    }
    weir_fail(err, ours, "%s: could not %s: %s", database->path, what, text);
    if (err)
        err->sys_errno = (code & 0xff) == SQLITE_FULL ? ENOSPC
                         : database->db               ? sqlite3_system_errno(database->db)
                                                      : ENOMEM;
    if ((code & 0xff) == SQLITE_NOTADB)
        weir_hint(err, "The file is no SQLite database: name another one in option path.");
    if ((code & 0xff) == SQLITE_BUSY)
        weir_hint(err, "Another process holds the database's write lock.");
    return ours;
}

enum weir_code weir_database_exec(const struct weir_database *database, const char *sql,
                                  struct weir_error *err)
{
    if (sqlite3_exec(database->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return WEIR_OK;
    return weir_database_fail(database, sql, err);
}

enum weir_code weir_database_prepare(const struct weir_database *database, const char *sql,
                                     sqlite3_stmt **ret, struct weir_error *err)
{
    if (sqlite3_prepare_v3(database->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL) ==
        SQLITE_OK)
        return WEIR_OK;
    return weir_database_fail(database, sql, err);
}

enum weir_code weir_database_integer(const struct weir_database *database, const char *sql,
                                     const char *const *texts, int64_t missing, int64_t *ret,
                                     struct weir_error *err)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return weir_database_fail(database, sql, err);
    for (int i = 0; texts && texts[i]; i++)
        sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_STATIC);
    enum weir_code code = WEIR_OK;
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        *ret = sqlite3_column_int64(statement, 0);
        break;
    case SQLITE_DONE:
        *ret = missing;
        break;
    default:
        code = weir_database_fail(database, sql, err);
    }
    sqlite3_finalize(statement);
    return code;
}

static enum weir_code open_file(const char *path, int flags, struct weir_database *ret,
                                struct weir_error *err)
{
    /* SQLite's counting of its memory takes a lock at each allocation; refused, and not needed, after the first opening. */
    WEIR_IGNORE(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK, "a matter of speed only");
    *ret = (struct weir_database){.path = strdup(path)};
    if (!ret->path)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    enum weir_code code = WEIR_OK;
    if (sqlite3_open_v2(path, &ret->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        code = weir_database_fail(ret, "open it", err);
    else
        sqlite3_busy_timeout(ret->db, BUSY_MS_MAX);
    /* The first read of the header tells whether it is a database at all. */
    if (code == WEIR_OK &&
        sqlite3_exec(ret->db, "PRAGMA schema_version", NULL, NULL, NULL) != SQLITE_OK)
        code = weir_database_fail(ret, "open it", err);
    if (code != WEIR_OK)
        weir_database_close(ret);
    return code;
}

enum weir_code weir_database_open(const char *path, struct weir_database *ret, bool *ret_missing,
                                  struct weir_error *err)
{
    if (ret_missing)
        *ret_missing = false;
    if (access(path, F_OK) != 0) {
        if (ret_missing && (errno == ENOENT || errno == ENOTDIR)) {
            *ret_missing = true;
            return WEIR_OK;
        }
        return weir_fail_errno(err, WEIR_BAD_CONFIG, "database \"%s\" cannot be opened", path);
    }
    /* A WAL database wants its shared-memory file, so writing where that is allowed even for reading. */
    bool writable = access(path, W_OK) == 0;
    return open_file(path, writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, ret, err);
}

static enum weir_code make_directory(const char *path, struct weir_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return WEIR_OK;
    char *directory = strndup(path, (size_t)(slash - path));
    if (!directory)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    enum weir_code code = weir_dir_make(directory, err);
    free(directory);
    return code;
}

/* The new file's name is durable before anything in it is said to be. */
static enum weir_code sync_directory(const char *path, struct weir_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return weir_dir_sync(".", err);
    char *directory = strndup(path, (size_t)(slash == path ? 1 : slash - path));
    if (!directory)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    enum weir_code code = weir_dir_sync(directory, err);
    free(directory);
    return code;
}

enum weir_code weir_database_create(const char *path, bool durable, struct weir_database *ret,
                                    struct weir_error *err)
{
    bool created = access(path, F_OK) != 0;
    if (created)
        WEIR_TRY(make_directory(path, err));
    WEIR_TRY(open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, ret, err));
    enum weir_code code = weir_database_exec(ret, "PRAGMA journal_mode = WAL", err);
    if (code == WEIR_OK)
        code = weir_database_exec(
            ret, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", err);
    if (code == WEIR_OK)
        code = weir_database_exec(ret, "PRAGMA cache_size = -8000", err); /* kB */
    if (code == WEIR_OK && created)
        code = sync_directory(path, err);
    if (code != WEIR_OK)
        weir_database_close(ret);
    return code;
}

void weir_database_close(struct weir_database *database)
{
    if (database->db)
        sqlite3_close(database->db);
    free(database->path);
    *database = (struct weir_database){0};
}

enum weir_code weir_database_put_name(struct weir_buffer *to, const char *name,
                                      struct weir_error *err)
{
    WEIR_TRY(weir_buffer_append(to, WEIR_SLICE("\""), err));
    for (const char *at = name; *at; at++) {
        WEIR_TRY(weir_buffer_append(to, weir_slice(at, 1), err));
        if (*at == '"')
            WEIR_TRY(weir_buffer_append(to, weir_slice(at, 1), err));
    }
    return weir_buffer_append(to, WEIR_SLICE("\""), err);
}
