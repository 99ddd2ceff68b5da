/* A table as connectors and formats see it: a foreign table with its server's, user's and own
 * options merged. Read-only. */
#ifndef WEIR_API_TABLE_H
#define WEIR_API_TABLE_H

#include "base/options.h"
#include "column/batch.h"

struct weir_connector;
struct weir_format;

struct weir_column {
    const char *name;
    enum weir_type type;
    bool not_null;       /* declared NOT NULL */
    bool has_default;    /* a DEFAULT clause (the expression is the plan's) */
    const char *comment; /* COMMENT ON COLUMN; NULL: none */
};

struct weir_table {
    const char *name;    /* in the SQL */
    const char *server;  /* name of its server */
    const char *comment; /* NULL: none */
    const struct weir_connector *connector;
    const struct weir_format *format;  /* NULL for connectors with typed rows (sqlite, generate) */
    const struct weir_column *columns; /* declared columns, in order; hidden ones are not listed */
    uint32_t columns_count;
    const uint32_t *key; /* indexes of the key columns (option key 'a,b'); */
    uint32_t key_count;  /* 0: no key */
    struct weir_options options;
};

#endif
