/* Connectors file, http, log, sqlite and stdout, formats json, csv and raw, as far as planning looks at them. */
#include "plan/plan_testing.h"

static const struct weir_option_spec file_options[] = {
    {.name = "root", .kind = WEIR_OPTION_TEXT, .scopes = WEIR_ON_SERVER},
    {.name = "path", .kind = WEIR_OPTION_TEXT, .scopes = WEIR_ON_TABLE},
    {.name = "bounded", .kind = WEIR_OPTION_BOOL, .scopes = WEIR_ON_TABLE, .default_text = "false"},
    {0}};
static const struct weir_option_spec http_options[] = {
    {.name = "path", .kind = WEIR_OPTION_TEXT, .scopes = WEIR_ON_TABLE},
    {.name = "timeout",
     .kind = WEIR_OPTION_DURATION,
     .scopes = WEIR_ON_TABLE,
     .default_text = "30 s"},
    {.name = "token", .kind = WEIR_OPTION_SECRET, .scopes = WEIR_ON_USER},
    {.name = "bounded", .kind = WEIR_OPTION_BOOL, .scopes = WEIR_ON_TABLE, .default_text = "true"},
    {0}};
static const struct weir_option_spec log_options[] = {
    {.name = "root", .kind = WEIR_OPTION_TEXT, .scopes = WEIR_ON_SERVER},
    {.name = "topic", .kind = WEIR_OPTION_TEXT, .scopes = WEIR_ON_TABLE},
    {0}};
static const struct weir_option_spec sqlite_options[] = {
    {.name = "path", .kind = WEIR_OPTION_TEXT, .scopes = WEIR_ON_SERVER},
    {.name = "table", .kind = WEIR_OPTION_TEXT, .scopes = WEIR_ON_TABLE},
    {0}};
static const struct weir_option_spec no_options[] = {{0}};
static const struct weir_option_spec csv_options[] = {
    {.name = "header", .kind = WEIR_OPTION_BOOL, .scopes = WEIR_ON_TABLE, .default_text = "true"},
    {.name = "delimiter", .kind = WEIR_OPTION_TEXT, .scopes = WEIR_ON_TABLE, .default_text = ","},
    {0}};

static const struct weir_source_ops source;
static const struct weir_sink_ops sink = {.delivery = WEIR_EXACTLY_ONCE};
static const struct weir_sink_ops weak_sink = {.delivery = WEIR_AT_LEAST_ONCE};

static bool by_option(const struct weir_table *table)
{
    return weir_options_bool(&table->options, "bounded", false);
}

static bool always(const struct weir_table *table)
{
    (void)table;
    return true;
}

static const struct weir_connector file_connector = {.name = "file",
                                                     .kind = WEIR_KIND_FILE,
                                                     .schemes = "file",
                                                     .options = file_options,
                                                     .source = &source,
                                                     .sink = &sink,
                                                     .bounded = by_option};
static const struct weir_connector http_connector = {.name = "http",
                                                     .kind = WEIR_KIND_FILE,
                                                     .schemes = "http https s3",
                                                     .options = http_options,
                                                     .source = &source,
                                                     .bounded = by_option};
static const struct weir_connector log_connector = {.name = "log",
                                                    .kind = WEIR_KIND_TOPIC,
                                                    .options = log_options,
                                                    .source = &source,
                                                    .sink = &sink};
static const struct weir_connector sqlite_connector = {.name = "sqlite",
                                                       .kind = WEIR_KIND_DATABASE,
                                                       .typed_rows = true,
                                                       .options = sqlite_options,
                                                       .source = &source,
                                                       .sink = &sink,
                                                       .bounded = always};
static const struct weir_connector stdout_connector = {
    .name = "stdout", .kind = WEIR_KIND_OTHER, .options = no_options, .sink = &weak_sink};
static const struct weir_connector stdin_connector = {.name = "stdin",
                                                      .kind = WEIR_KIND_OTHER,
                                                      .options = no_options,
                                                      .source = &source,
                                                      .not_replayable = true};
static const struct weir_format json_format = {
    .name = "json", .options = no_options, .file_extension = ".json"};
static const struct weir_format csv_format = {
    .name = "csv", .options = csv_options, .file_extension = ".csv"};
static const struct weir_format raw_format = {.name = "raw", .options = no_options};

static const struct weir_connector *const connectors[] = {&file_connector,
                                                          &http_connector,
                                                          &log_connector,
                                                          &sqlite_connector,
                                                          &stdout_connector,
                                                          &stdin_connector,
                                                          NULL};
static const struct weir_format *const formats[] = {&json_format, &csv_format, &raw_format, NULL};

const struct weir_registry weir_testing_registry = {.connectors = connectors, .formats = formats};
