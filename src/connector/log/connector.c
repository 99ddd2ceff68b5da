/* The connector's description: its options, and what they mean for a table. */
#include "connector/log/connector.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Topics of any system share these options (kafka knows replication, too). */
static const struct weir_option_spec options[] = {
    {.name = "root",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_SERVER,
     .default_text = "weir-data/log",
     .help = "directory that holds the topics"},
    {.name = "topic",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .help = "name of the topic; default: the table's name"},
    {.name = "partitions",
     .kind = WEIR_OPTION_INT,
     .scopes = WEIR_ON_TABLE | WEIR_ON_SERVER,
     .default_text = "1",
     .min = 1,
     .max = WEIR_TOPIC_PARTITIONS_MAX,
     .help = "partitions of a topic that is made; an existing one keeps its own"},
    {.name = "replication",
     .kind = WEIR_OPTION_INT,
     .scopes = WEIR_ON_TABLE | WEIR_ON_SERVER,
     .default_text = "1",
     .min = 1,
     .max = 32767,
     .help = "copies of each partition: no effect here, the log lies on one machine"},
    {.name = "start",
     .kind = WEIR_OPTION_ENUM,
     .scopes = WEIR_ON_TABLE | WEIR_ON_SERVER,
     .default_text = "earliest",
     .choices = "earliest|latest",
     .help = "where a pipeline without a checkpoint begins to read"},
    {.name = "key",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .help = "columns whose text is the message key; several make a JSON array"},
    {.name = "retention_time",
     .kind = WEIR_OPTION_DURATION,
     .scopes = WEIR_ON_TABLE | WEIR_ON_SERVER,
     .default_text = "0",
     .help = "segments whose records are all older are deleted; 0: never"},
    {.name = "retention_size",
     .kind = WEIR_OPTION_SIZE,
     .scopes = WEIR_ON_TABLE | WEIR_ON_SERVER,
     .default_text = "0",
     .help = "the oldest segments are deleted while the topic is larger; 0: never"},
    {.name = "segment_size",
     .kind = WEIR_OPTION_SIZE,
     .scopes = WEIR_ON_TABLE | WEIR_ON_SERVER,
     .default_text = "64 MB",
     .min = 4096,
     .max = INT64_C(1) << 40,
     .help = "size at which a segment file is followed by a new one"},
    {0},
};

const char *weir_log_table_root(const struct weir_table *table)
{
    return weir_options_text(&table->options, "root", "weir-data/log");
}

const char *weir_log_table_topic(const struct weir_table *table)
{
    return weir_options_text(&table->options, "topic", table->name);
}

enum weir_code weir_log_table_open(const struct weir_table *table, struct weir_topic *ret,
                                   struct weir_error *err)
{
    int64_t wanted = weir_options_number(&table->options, "partitions", 1);
    WEIR_TRY(weir_topic_name_check(weir_log_table_topic(table), err));
    WEIR_TRY(weir_topic_open(weir_log_table_root(table), weir_log_table_topic(table), ret, err));
    if (!weir_options_given(&table->options, "partitions") || wanted == ret->partitions)
        return WEIR_OK;
    weir_fail(err, WEIR_BAD_CONFIG,
              "topic \"%s\" has %" PRIu32 " partitions, table \"%s\" says %" PRId64, ret->name,
              ret->partitions, table->name, wanted);
    weir_topic_done(ret);
    return weir_hint(err, "a topic keeps the partitions it was made with: leave the option out, or "
                          "delete the topic first");
}

enum weir_code weir_log_table_create(const struct weir_table *table, bool by_reader,
                                     bool *ret_created, struct weir_error *err)
{
    WEIR_TRY(weir_topic_name_check(weir_log_table_topic(table), err));
    return weir_topic_create(weir_log_table_root(table), weir_log_table_topic(table),
                             (uint32_t)weir_options_number(&table->options, "partitions", 1),
                             by_reader, ret_created, err);
}

char *weir_log_producer_name(const char *pipeline, const struct weir_table *table)
{
    char *name;
    return asprintf(&name, "%s/%s", pipeline, table->name) < 0 ? NULL : name;
}

static bool is_bounded(const struct weir_table *table)
{
    (void)table;
    return false;
}

static enum weir_code check(const struct weir_table *table, bool as_sink, struct weir_error *err)
{
    (void)as_sink;
    return weir_topic_name_check(weir_log_table_topic(table), err);
}

const struct weir_connector weir_log_connector = {
    .name = "log",
    .summary = "topics in a directory: an embedded, durable message log",
    .kind = WEIR_KIND_TOPIC,
    .options = options,
    .source = &weir_log_source_ops,
    .sink = &weir_log_sink_ops,
    .catalog = &weir_log_catalog_ops,
    .bounded = is_bounded,
    .check = check,
};
