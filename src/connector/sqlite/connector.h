/* The connector `sqlite`: tables of an SQLite database file. */
#ifndef WEIR_CONNECTOR_SQLITE_CONNECTOR_H
#define WEIR_CONNECTOR_SQLITE_CONNECTOR_H

#include "api/connector.h"

extern const struct weir_connector weir_sqlite_connector;

extern const struct weir_source_ops weir_sqlite_source_ops;
extern const struct weir_sink_ops weir_sqlite_sink_ops;
extern const struct weir_catalog_ops weir_sqlite_catalog_ops;

/* What the table's options name. */
const char *weir_sqlite_table_path(const struct weir_table *table);
const char *weir_sqlite_table_name(const struct weir_table *table);

#endif
