/* The connector's description: its options, and what they mean for a table. */
#include "connector/sqlite/connector.h"

#include <string.h>

static const struct weir_option_spec options[] = {
    {.name = "path",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_SERVER,
     .help = "the database file; made, with its directories, by the first INSERT"},
    {.name = "table",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .help = "name of the table in the database; default: the table's name in the SQL"},
    {.name = "key",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .help = "columns of the key, 'a,b': an INSERT updates the row that has the key already"},
    {0},
};

const char *weir_sqlite_table_path(const struct weir_table *table)
{
    return weir_options_text(&table->options, "path", "");
}

const char *weir_sqlite_table_name(const struct weir_table *table)
{
    return weir_options_text(&table->options, "table", table->name);
}

static bool is_bounded(const struct weir_table *table)
{
    (void)table;
    return true;
}

static enum weir_code check(const struct weir_table *table, bool as_sink, struct weir_error *err)
{
    if (!*weir_sqlite_table_path(table)) {
        weir_fail(err, WEIR_BAD_CONFIG, "server \"%s\" has no option \"path\"", table->server);
        return weir_hint(err,
                         "Name the database file: CREATE SERVER %s FOREIGN DATA WRAPPER sqlite "
                         "OPTIONS (path 'FILE.db').",
                         table->server);
    }
    if (as_sink && strncmp(weir_sqlite_table_name(table), "sqlite_", 7) == 0)
        return weir_fail(err, WEIR_BAD_CONFIG,
                         "table \"%s\": names that begin with sqlite_ are SQLite's own",
                         weir_sqlite_table_name(table));
    return WEIR_OK;
}

const struct weir_connector weir_sqlite_connector = {
    .name = "sqlite",
    .summary = "tables of an SQLite database file, exactly once",
    .kind = WEIR_KIND_DATABASE,
    .typed_rows = true,
    .options = options,
    .source = &weir_sqlite_source_ops,
    .sink = &weir_sqlite_sink_ops,
    .catalog = &weir_sqlite_catalog_ops,
    .bounded = is_bounded,
    .check = check,
};
