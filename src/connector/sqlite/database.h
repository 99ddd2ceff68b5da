/* An open database file, and SQL on it with errors in our terms. One thread at a time. */
#ifndef WEIR_CONNECTOR_SQLITE_DATABASE_H
#define WEIR_CONNECTOR_SQLITE_DATABASE_H

#include <sqlite3.h>

#include "api/table.h"
#include "base/buffer.h"

struct weir_database {
    sqlite3 *db;
    char *path; /* owned */
};

/* Opens a file that is there; *ret_missing (may be NULL) tells that it is not, else that is WEIR_BAD_CONFIG. */
enum weir_code weir_database_open(const char *path, struct weir_database *ret, bool *ret_missing,
                                  struct weir_error *err) WEIR_MUST_CHECK;
/* Opens a file for writing, made with its directories where it is missing: WAL, durable at COMMIT when `durable`. */
enum weir_code weir_database_create(const char *path, bool durable, struct weir_database *ret,
                                    struct weir_error *err) WEIR_MUST_CHECK;
void weir_database_close(struct weir_database *database);

/* The connection's last error; `what` was being done ("insert into \"t\""). */
enum weir_code weir_database_fail(const struct weir_database *database, const char *what,
                                  struct weir_error *err);
/* Runs statements without results. */
enum weir_code weir_database_exec(const struct weir_database *database, const char *sql,
                                  struct weir_error *err) WEIR_MUST_CHECK;
/* Prepares one statement for long use. */
enum weir_code weir_database_prepare(const struct weir_database *database, const char *sql,
                                     sqlite3_stmt **ret, struct weir_error *err) WEIR_MUST_CHECK;
/* The integer of a query of one row and column, with texts bound to ?1.. (NULL-terminated array or NULL); `missing` without a
 * row. */
enum weir_code weir_database_integer(const struct weir_database *database, const char *sql,
                                     const char *const *texts, int64_t missing, int64_t *ret,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* "name" with quotes doubled. */
enum weir_code weir_database_put_name(struct weir_buffer *to, const char *name,
                                      struct weir_error *err) WEIR_MUST_CHECK;

#endif
