/* check and explain: what the files say, without running them. */
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"

#define CATALOG_BYTES ((size_t)64 << 20)

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

/* Files and databases of this machine that are to be read and are not there. */
static void warn_of_missing(const struct weir_plan *plan)
{
    struct weir_arena arena;
    weir_arena_init(&arena, CATALOG_BYTES);
    for (uint32_t i = 0; i < plan->sources_count; i++) {
        const struct weir_table *table = plan->sources[i].table;
        struct weir_catalog_info info = {0};
        struct weir_error err;
        if (!table || plan->sources[i].fed || table->connector->schemes ||
            table->connector->kind == WEIR_KIND_TOPIC || !table->connector->catalog)
            continue; /* made by this run or later, or on another machine */
        if (table->connector->catalog->describe(table, NULL, &arena, &info, &err) != WEIR_OK) {
            weir_log(WEIR_LOG_WARNING, "stream \"%s\": %s", table->name, err.text);
        } else if (!info.exists) {
            weir_log(WEIR_LOG_WARNING, "stream \"%s\": there is no %s yet", table->name,
                     info.location);
        }
    }
    weir_arena_done(&arena);
}

int weir_verb_check(const struct weir_cli *cli)
{
    int status;
    if (cli->args_count == 0)
        return weir_usage_error(cli->verb, "check needs SQL files");
    struct weir_plan *plan =
        weir_cli_plan_make(cli, cli->args_count, NULL, WEIR_CLI_PLAN_RUN, &status);
    if (!plan)
        return status;
    warn_of_missing(plan);
    printf("ok: %u stream%s, %u statement%s, %u lookup%s\n", plan->tables_count,
           plural(plan->tables_count), plan->statements_count, plural(plan->statements_count),
           plan->lookups_count, plural(plan->lookups_count));
    weir_plan_free(plan);
    return WEIR_EXIT_OK;
}

int weir_verb_explain(const struct weir_cli *cli)
{
    int status;
    struct weir_buffer text;
    struct weir_error err;
    enum weir_explain_format format = cli->flags[WEIR_CLI_JSON]  ? WEIR_EXPLAIN_JSON
                                      : cli->flags[WEIR_CLI_DOT] ? WEIR_EXPLAIN_DOT
                                                                 : WEIR_EXPLAIN_TREE;
    if (cli->args_count == 0)
        return weir_usage_error(cli->verb, "explain needs SQL files");
    if (cli->flags[WEIR_CLI_JSON] && cli->flags[WEIR_CLI_DOT])
        return weir_usage_error(cli->verb, "--json and --dot do not go together");
    struct weir_plan *plan =
        weir_cli_plan_make(cli, cli->args_count, NULL, WEIR_CLI_PLAN_RUN, &status);
    if (!plan)
        return status;
    weir_buffer_init(&text, (size_t)1 << 30);
    if (weir_plan_explain(plan, format, &text, &err) == WEIR_OK)
        fwrite(text.ptr ? text.ptr : "", 1, text.len, stdout);
    else
        status = weir_cli_failed(&err);
    weir_buffer_done(&text);
    weir_plan_free(plan);
    return status;
}
