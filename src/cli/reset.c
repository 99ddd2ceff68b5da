/* reset: puts a pipeline back to its start, after telling what that means. */
#include <inttypes.h>

#include "base/log.h"
#include "cli/cli.h"
#include "runtime/runtime.h"

#define LIST_BYTES ((size_t)64 << 20)

static void print_items(const struct weir_plan *plan, const struct weir_reset_item *items,
                        size_t count, bool has_checkpoint)
{
    static const struct weir_grid_column columns[] = {
        {"", false}, {"stream", false}, {"where", false}, {"rows", true}};
    struct weir_grid *grid = weir_grid_new(columns, 4);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            if (items[i].drop != (pass == 0))
                continue;
            weir_grid_add(grid, "%s", items[i].drop ? "delete" : "leave");
            weir_grid_add(grid, "%s", items[i].table->name);
            weir_grid_add(grid, "%s", items[i].location ? items[i].location : "");
            if (items[i].rows >= 0)
                weir_grid_add(grid, "%" PRId64 " row%s", items[i].rows,
                              items[i].rows == 1 ? "" : "s");
            else
                weir_grid_add(grid, "%s", "");
        }
    }
    if (has_checkpoint) {
        weir_grid_add(grid, "delete");
        weir_grid_add(grid, "progress");
        weir_grid_add(grid, "%s, pipeline \"%s\"", plan->settings.checkpoint, plan->settings.name);
        weir_grid_add(grid, "%s", "");
    }
    weir_grid_print_and_free(grid, false, stdout);
}

static int reset_plan(const struct weir_cli *cli, const struct weir_plan *plan)
{
    struct weir_arena arena;
    struct weir_reset_item *items;
    struct weir_error err;
    size_t count;
    bool has_checkpoint;
    int status = WEIR_EXIT_OK;
    weir_arena_init(&arena, LIST_BYTES);
    if (weir_reset_list(plan, &arena, &items, &count, &has_checkpoint, &err) != WEIR_OK) {
        weir_arena_done(&arena);
        return weir_cli_failed(&err);
    }
    print_items(plan, items, count, has_checkpoint);
    if (count == 0 && !has_checkpoint) {
        printf("Pipeline \"%s\" is at its start.\n", plan->settings.name);
    } else if (!cli->flags[WEIR_CLI_YES] && !weir_cli_confirm("Go on?")) {
        printf("Nothing was changed.\n");
        status = WEIR_EXIT_FAILED;
    } else if (weir_reset_run(plan, &err) != WEIR_OK) {
        status = weir_cli_failed(&err);
    } else {
        printf("Pipeline \"%s\" is back at its start.\n", plan->settings.name);
    }
    weir_arena_done(&arena);
    return status;
}

int weir_verb_reset(const struct weir_cli *cli)
{
    int status;
    if (cli->args_count == 0)
        return weir_usage_error(cli->verb, "reset needs SQL files");
    struct weir_plan *plan =
        weir_cli_plan_make(cli, cli->args_count, NULL, WEIR_CLI_PLAN_RUN, &status);
    if (!plan)
        return status;
    status = reset_plan(cli, plan);
    weir_plan_free(plan);
    return status;
}
