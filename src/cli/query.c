/* query: one SELECT over what is there now. */
#include "query/query.h"

#include "cli/cli.h"

int weir_verb_query(const struct weir_cli *cli)
{
    int status;
    uint64_t rows;
    struct weir_error err;
    if (!cli->command)
        return weir_usage_error(cli->verb, "query needs -c 'SELECT ..'");
    if (cli->flags[WEIR_CLI_JSON] && cli->flags[WEIR_CLI_CSV])
        return weir_usage_error(cli->verb, "--json and --csv do not go together");
    struct weir_plan *plan =
        weir_cli_plan_make(cli, cli->args_count, cli->command, WEIR_CLI_PLAN_DEFINITIONS, &status);
    if (!plan)
        return status;
    enum weir_query_format format = cli->flags[WEIR_CLI_JSON]  ? WEIR_QUERY_JSON
                                    : cli->flags[WEIR_CLI_CSV] ? WEIR_QUERY_CSV
                                                               : WEIR_QUERY_TABLE;
    if (weir_query_run(plan, format, cli->flags[WEIR_CLI_TUPLES_ONLY], stdout, &rows, &err) !=
        WEIR_OK)
        status = weir_cli_failed(&err);
    weir_plan_free(plan);
    return status;
}
