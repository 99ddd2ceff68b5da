/* The table of a sink: made when missing, checked when there; and the statements that write to it. */
#ifndef WEIR_CONNECTOR_SQLITE_SCHEMA_H
#define WEIR_CONNECTOR_SQLITE_SCHEMA_H

#include "connector/sqlite/database.h"

/* Is there a table (or view) of that name? */
enum weir_code weir_schema_exists(const struct weir_database *database, const char *name, bool *ret,
                                  struct weir_error *err) WEIR_MUST_CHECK;
/* Makes the table with the declared columns and key. */
enum weir_code weir_schema_create(const struct weir_database *database,
                                  const struct weir_table *table,
                                  struct weir_error *err) WEIR_MUST_CHECK;
/* Can the table take the declared columns unchanged, and does a unique index stand behind the key? WEIR_BAD_CONFIG tells what
 * is in the way. */
enum weir_code weir_schema_check(const struct weir_database *database,
                                 const struct weir_table *table,
                                 struct weir_error *err) WEIR_MUST_CHECK;
/* INSERT of all declared columns; with a key, an upsert that sets those `given`. */
enum weir_code weir_schema_insert_sql(const struct weir_table *table, const bool *given,
                                      struct weir_buffer *ret,
                                      struct weir_error *err) WEIR_MUST_CHECK;
/* Views and tables WITHOUT ROWID have none. */
enum weir_code weir_schema_has_rowid(const struct weir_database *database, const char *name,
                                     bool *ret, struct weir_error *err) WEIR_MUST_CHECK;
/* SELECT of a row's number and the needed columns (others as NULL), of rows numbered above ?1 up to ?2, in order. The number is
 * the rowid where there is one, else the rows are counted as they come. */
enum weir_code weir_schema_select_sql(const struct weir_table *table, const bool *needed,
                                      bool has_rowid, struct weir_buffer *ret,
                                      struct weir_error *err) WEIR_MUST_CHECK;

#endif
