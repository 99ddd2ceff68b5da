/* version and functions: what this binary is and knows. */
#include <ctype.h>
#include <string.h>

#include "base/env.h"
#include "cli/cli.h"
#include "cli/registry.h"
#include "expr/function.h"

int weir_verb_version(const struct weir_cli *cli)
{
    if (cli->flags[WEIR_CLI_TEST_STEPS]) {
        for (const char *const *step = weir_env_steps; *step; step++)
            printf("%s\n", *step);
        return WEIR_EXIT_OK;
    }
    printf("weir %s\n", WEIR_VERSION);
    if (cli->flags[WEIR_CLI_VERSION])
        return WEIR_EXIT_OK;
    printf("connectors:");
    for (const struct weir_connector *const *at = weir_registry.connectors; *at; at++)
        printf(" %s", (*at)->name);
    printf("\nformats:");
    for (const struct weir_format *const *at = weir_registry.formats; *at; at++)
        printf(" %s", (*at)->name);
    printf("\n");
    return WEIR_EXIT_OK;
}

static bool holds(const char *text, const char *word)
{
    return text && strcasestr(text, word) != NULL;
}

static bool is_wanted(const struct weir_function *function, const char *word)
{
    return !word || holds(function->name, word) || holds(function->help, word) ||
           holds(function->category, word);
}

static const char *type_text(enum weir_type type)
{
    return type == WEIR_UNKNOWN ? "any" : weir_type_name(type);
}

/* "substring(text, integer) -> text", "text || text -> text", "integer -> bigint (cast)". */
static void print_signature(struct weir_grid *grid, const struct weir_function *function)
{
    char args[256] = "";
    size_t len = 0;
    bool infix = function->kind == WEIR_OPERATOR && function->args_count == 2;
    for (uint32_t i = 0; i < function->args_count && len < sizeof args - 64; i++) {
        char between[48] = ", ";
        if (infix)
            snprintf(between, sizeof between, " %s ", function->name);
        len += (size_t)snprintf(args + len, sizeof args - len, "%s%s", i ? between : "",
                                type_text(function->args[i]));
    }
    if (infix || function->kind == WEIR_CAST)
        weir_grid_add(grid, "%s", args);
    else if (function->kind == WEIR_OPERATOR)
        weir_grid_add(grid, "%s %s", function->name, args);
    else
        weir_grid_add(grid, "%s(%s%s)", function->name, args, function->variadic ? ", .." : "");
    weir_grid_add(grid, "%s", type_text(function->result));
}

int weir_verb_functions(const struct weir_cli *cli)
{
    static const struct weir_grid_column columns[] = {
        {"function", false}, {"result", false}, {"what it gives", false}, {"example", false}};
    const char *word = cli->args_count ? cli->args[0] : NULL;
    const char *category = NULL;
    struct weir_grid *grid = NULL;
    uint32_t found = 0;
    if (cli->args_count > 1)
        return weir_usage_error(cli->verb, "functions takes one word");
    WEIR_FOR_FUNCTIONS(function)
    {
        if (!is_wanted(function, word))
            continue;
        const char *own = function->category ? function->category : "other";
        if (!category || strcmp(category, own) != 0) {
            weir_grid_print_and_free(grid, true, stdout);
            grid = weir_grid_new(columns, 4);
            printf("%s%c%s\n", category ? "\n" : "", toupper((unsigned char)*own),
                   own + (*own != 0));
            category = own;
        }
        print_signature(grid, function);
        weir_grid_add(grid, "%s", function->help ? function->help : "");
        weir_grid_add(grid, "%s", function->example ? function->example : "");
        found++;
    }
    weir_grid_print_and_free(grid, true, stdout);
    if (!found)
        return weir_usage_error(cli->verb, "no function has \"%s\" in its name or description",
                                word);
    return WEIR_EXIT_OK;
}
