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
/* SELECT of rowid and the needed columns (others as NULL) behind rowid ?1, up to ?2, in rowid order. */
enum weir_code weir_schema_select_sql(const struct weir_table *table, const bool *needed,
                                      struct weir_buffer *ret,
                                      struct weir_error *err) WEIR_MUST_CHECK;

#endif
