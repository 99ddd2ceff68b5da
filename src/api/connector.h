/* A connector: one kind of system (file, log, sqlite ..), named in CREATE SERVER .. FOREIGN DATA
 * WRAPPER name. */
#ifndef WEIR_API_CONNECTOR_H
#define WEIR_API_CONNECTOR_H

#include "api/catalog.h"
#include "api/sink.h"
#include "api/source.h"

enum weir_connector_kind {                     /* connectors of one kind share their options */
                           WEIR_KIND_FILE,     /* file http s3 hdfs */
                           WEIR_KIND_TOPIC,    /* log kafka */
                           WEIR_KIND_DATABASE, /* sqlite postgres postgrest */
                           WEIR_KIND_OTHER,
};

struct weir_connector {
    const char *name;
    const char *summary; /* one line for help and docs */
    enum weir_connector_kind kind;
    const char *schemes; /* URL schemes it reads, "http https"; NULL: none */
    bool typed_rows;     /* rows come and go typed: no format */
    bool not_replayable; /* what was read is gone (stdin): at most once after a crash */
    bool needs_path;     /* the location option (path, topic, table) has no default from the table's
                            name */
    const struct weir_option_spec *options; /* ended by name == NULL */
    const struct weir_source_ops *source;   /* NULL: cannot be read */
    const struct weir_sink_ops *sink;       /* NULL: cannot be written */
    const struct weir_catalog_ops *catalog; /* NULL: nothing to look at (stdin) */
    /* Whether reading this table ends by itself (files with bounded, generate with a count,
     * sqlite). */
    bool (*bounded)(const struct weir_table *table);
    /* Checks of its own at plan time, as far as they need no server; may be NULL. */
    enum weir_code (*check)(const struct weir_table *table, bool as_sink, struct weir_error *err);
};

/* Connectors and formats that this binary has, NULL-terminated; the list is made in cli/registry.c
 * and handed down. */
struct weir_registry {
    const struct weir_connector *const *connectors;
    const struct weir_format *const *formats;
};

const struct weir_connector *weir_registry_connector(const struct weir_registry *registry,
                                                     const char *name);
const struct weir_connector *weir_registry_scheme(const struct weir_registry *registry,
                                                  const char *url);
const struct weir_format *weir_registry_format(const struct weir_registry *registry,
                                               const char *name);

#endif
