/* run: carries the statements out, shows how it gets on, and tells at the end what became of every
 * stream. */
#include "runtime/runtime.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/progress.h"

#define STATUS_BYTES ((size_t)64 << 20)

static const struct weir_stream_status *status_of(const struct weir_status *status,
                                                  const struct weir_table *table)
{
    for (uint32_t i = 0; i < status->streams_count; i++)
        if (status->streams[i].table == table)
            return &status->streams[i];
    return NULL;
}

static void count_cell(struct weir_grid *grid, bool known, uint64_t rows)
{
    if (known)
        weir_grid_add(grid, "%" PRIu64, rows);
    else
        weir_grid_add(grid, "-");
}

static void stream_row(struct weir_grid *grid, const char *name,
                       const struct weir_stream_status *stream, const char *location)
{
    weir_grid_add(grid, "%s", name);
    count_cell(grid, stream && stream->is_source, stream ? stream->rows_read : 0);
    count_cell(grid, stream && stream->is_sink, stream ? stream->rows_written : 0);
    count_cell(grid, stream, stream ? stream->rows_bad : 0);
    weir_grid_add(grid, "%s", location);
}

static const char *location_of(const struct weir_table *table, struct weir_arena *arena)
{
    struct weir_catalog_info info = {0};
    struct weir_error ignored;
    const struct weir_catalog_ops *catalog = table->connector->catalog;
    if (catalog && catalog->describe(table, NULL, arena, &info, &ignored) == WEIR_OK &&
        info.location)
        return info.location;
    return table->connector->name;
}

static void print_summary(const struct weir_plan *plan, const struct weir_status *status,
                          struct weir_arena *arena, FILE *to)
{
    static const struct weir_grid_column columns[] = {
        {"stream", false}, {"rows in", true}, {"rows out", true}, {"bad", true}, {"where", false}};
    bool topics = false;
    for (uint32_t i = 0; i < plan->sinks_count; i++) {
        const struct weir_table *table = plan->sinks[i].table;
        const struct weir_stream_status *stream = status_of(status, table);
        if (table->connector->kind != WEIR_KIND_TOPIC)
            continue;
        fprintf(to, "%" PRIu64 " messages sent to %s\n", stream ? stream->rows_written : 0,
                weir_options_text(&table->options, "topic", table->name));
        topics = true;
    }
    if (topics)
        fputc('\n', to);
    struct weir_grid *grid = weir_grid_new(columns, 5);
    for (uint32_t i = 0; i < plan->tables_count; i++) {
        const struct weir_table *table = plan->tables[i];
        stream_row(grid, table->name, status_of(status, table), location_of(table, arena));
    }
    for (uint32_t i = 0; i < status->streams_count; i++)
        if (!status->streams[i].table)
            stream_row(grid, status->streams[i].name, &status->streams[i], "-");
    weir_grid_print_and_free(grid, true, to);
}

/* The summary's place: not among rows that go to standard output. */
static FILE *summary_file(const struct weir_plan *plan)
{
    for (uint32_t i = 0; i < plan->sinks_count; i++)
        if (strcmp(plan->sinks[i].table->connector->name, "stdout") == 0)
            return stderr;
    return stdout;
}

static void log_summary(const struct weir_cli *cli, const struct weir_plan *plan,
                        struct weir_runtime *runtime)
{
    struct weir_arena arena;
    struct weir_status status;
    struct weir_error err;
    FILE *to = summary_file(plan);
    weir_arena_init(&arena, STATUS_BYTES);
    if (weir_runtime_status(runtime, &arena, &status, &err) != WEIR_OK)
        weir_log_error(&err);
    else if (!cli->flags[WEIR_CLI_QUIET] && !(to == stderr && cli->log_json))
        print_summary(plan, &status, &arena, to);
    weir_arena_done(&arena);
}

static int run_plan(const struct weir_cli *cli, const struct weir_plan *plan)
{
    struct weir_runtime *runtime;
    struct weir_error err;
    const struct weir_cli_stop stop = weir_cli_catch_signals();
    const struct weir_runtime_config config = {
        .drain = cli->flags[WEIR_CLI_DRAIN], .stop = stop.flag, .stop_fd = stop.fd};
    signal(SIGPIPE, SIG_IGN); /* a sink that is gone is an error of that sink */
    if (weir_runtime_open(plan, &config, &runtime, &err) != WEIR_OK)
        return weir_cli_failed(&err);
    if (!cli->flags[WEIR_CLI_QUIET])
        weir_progress_start(runtime, &stop);
    enum weir_code code = weir_runtime_run(runtime, &err);
    weir_progress_end();
    if (code == WEIR_OK)
        log_summary(cli, plan, runtime);
    weir_runtime_close(runtime);
    return code == WEIR_OK ? WEIR_EXIT_OK : weir_cli_failed(&err);
}

int weir_verb_run(const struct weir_cli *cli)
{
    int status;
    if (cli->args_count == 0)
        return weir_usage_error(cli->verb, "run needs SQL files");
    struct weir_plan *plan =
        weir_cli_plan_make(cli, cli->args_count, NULL, WEIR_CLI_PLAN_RUN, &status);
    if (!plan)
        return status;
    if (plan->statements_count == 0) {
        struct weir_error err;
        weir_fail(&err, WEIR_BAD_CONFIG,
                  "there is nothing to run: the files have no INSERT statement");
        weir_log_error(&err);
        status = WEIR_EXIT_USAGE;
    } else {
        status = run_plan(cli, plan);
    }
    weir_plan_free(plan);
    return status;
}
