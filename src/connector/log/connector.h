/* The connector `log`: topics in a directory of this machine. */
#ifndef WEIR_CONNECTOR_LOG_CONNECTOR_H
#define WEIR_CONNECTOR_LOG_CONNECTOR_H

#include "api/connector.h"
#include "connector/log/topic.h"

extern const struct weir_connector weir_log_connector;

extern const struct weir_source_ops weir_log_source_ops;
extern const struct weir_sink_ops weir_log_sink_ops;
extern const struct weir_catalog_ops weir_log_catalog_ops;

/* What the table's options name. */
const char *weir_log_table_root(const struct weir_table *table);
const char *weir_log_table_topic(const struct weir_table *table);
/* Opens the table's topic and checks that its partitions are as many as the table says, where it
 * does. WEIR_IO with ENOENT: it is not there. */
enum weir_code weir_log_table_open(const struct weir_table *table, struct weir_topic *ret,
                                   struct weir_error *err) WEIR_MUST_CHECK;
/* Makes the topic where it is missing. */
enum weir_code weir_log_table_create(const struct weir_table *table, bool by_reader,
                                     bool *ret_created, struct weir_error *err) WEIR_MUST_CHECK;
/* The name under which a pipeline writes to the table's topic, malloc'd; NULL: out of memory. */
char *weir_log_producer_name(const char *pipeline, const struct weir_table *table);

#endif
