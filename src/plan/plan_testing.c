/* Connectors file, http, log, sqlite and stdout, formats json, csv and raw, as far as planning
 * looks at them. */
#include "plan/plan_testing.h"

#include <sys/mman.h>
#include <unistd.h>

static const struct weir_option_spec file_options[] = {
    {.name = "root", .kind = WEIR_OPTION_TEXT, .scopes = WEIR_ON_SERVER},
    {.name = "path", .kind = WEIR_OPTION_TEXT, .scopes = WEIR_ON_TABLE},
    {.name = "bounded", .kind = WEIR_OPTION_BOOL, .scopes = WEIR_ON_TABLE, .default_text = "false"},
    {.name = "max_record", .kind = WEIR_OPTION_SIZE, .scopes = WEIR_ON_TABLE},
    {.name = "commit_interval", .kind = WEIR_OPTION_DURATION, .scopes = WEIR_ON_TABLE},
    {.name = "roll_size", .kind = WEIR_OPTION_SIZE, .scopes = WEIR_ON_TABLE},
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
    {.name = "retention_time", .kind = WEIR_OPTION_DURATION, .scopes = WEIR_ON_TABLE},
    {.name = "retention_size", .kind = WEIR_OPTION_SIZE, .scopes = WEIR_ON_TABLE},
    {.name = "segment_size", .kind = WEIR_OPTION_SIZE, .scopes = WEIR_ON_TABLE},
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

const char weir_testing_tables[] =
    "CREATE SERVER here FOREIGN DATA WRAPPER file; CREATE SERVER bus FOREIGN DATA WRAPPER log;"
    "CREATE FOREIGN TABLE t (a int, b text, c numeric, d timestamptz, e boolean, g bigint) SERVER "
    "here "
    "OPTIONS (path 't.csv', bounded 'true');"
    "CREATE FOREIGN TABLE u (a int, k text, v text) SERVER here OPTIONS (path 'u.json', bounded "
    "'true');"
    "CREATE FOREIGN TABLE s (a int, k text, n bigint) SERVER bus OPTIONS (topic 's');"
    "CREATE FOREIGN TABLE o (a bigint, k text, at timestamptz DEFAULT now()) SERVER bus "
    "OPTIONS (topic 'o', key 'a, k');\n";

/* A file that only a descriptor leads to: its name is the same in every run. */
static int memory_file(const char *text)
{
    int fd = memfd_create("test", 0);
    WEIR_ASSERT(fd >= 0);
    size_t len = strlen(text);
    WEIR_ASSERT(write(fd, text, len) == (ssize_t)len);
    int fixed = dup2(fd, 100);
    WEIR_ASSERT(fixed == 100);
    close(fd);
    return fixed;
}

void weir_testing_plan_make(struct weir_testing_plan *made, const char *statements,
                            const char *query, const char *variable)
{
    static const char *const files[] = {"/proc/self/fd/100"};
    struct weir_plan_input input = {.files = files,
                                    .files_count = 1,
                                    .variables = &variable,
                                    .variables_count = variable != NULL,
                                    .query = query,
                                    .share_dir = "/share",
                                    .registry = &weir_testing_registry};
    struct weir_error err = {0};
    int fd = memory_file(statements);
    *made = (struct weir_testing_plan){0};
    weir_buffer_init(&made->text, 1 << 24);
    weir_diagnostics_init(&made->diagnostics);
    enum weir_code code = weir_plan_make(&input, &made->plan, &made->diagnostics, &err);
    if (code == WEIR_OK)
        code = weir_plan_explain(made->plan, WEIR_EXPLAIN_TREE, &made->text, &err);
    else
        made->plan = NULL;
    const char *message = code == WEIR_OK           ? ""
                          : code == WEIR_BAD_CONFIG ? made->diagnostics.text.ptr
                                                    : err.text;
    size_t len = code == WEIR_BAD_CONFIG ? made->diagnostics.text.len : strlen(message);
    code = weir_buffer_append(&made->text, weir_slice(message, len), &err);
    if (code == WEIR_OK)
        code = weir_buffer_append(&made->text, weir_slice("", 1), &err);
    WEIR_ASSERT(code == WEIR_OK);
    close(fd);
}

void weir_testing_plan_done(struct weir_testing_plan *made)
{
    weir_plan_free(made->plan);
    weir_diagnostics_done(&made->diagnostics);
    weir_buffer_done(&made->text);
}
