/* weir: the verb, its options, and off it goes.
 *
 * Options may stand before the verb (those that every verb has) and anywhere behind it; `--` ends
 * them. */
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"

#define LONG_BASE 1000 /* values of long options for getopt: above all characters */

/* What getopt needs to know of a verb's options (NULL: those that stand before the verb). */
struct spelling {
    struct option longs[WEIR_CLI_OPTIONS_COUNT + 1];
    char shorts[2 * WEIR_CLI_OPTIONS_COUNT + 3];
    const char *names[WEIR_CLI_OPTIONS_COUNT];
    uint32_t count;
};

static void spelling_init(struct spelling *spelling, const struct weir_verb *verb)
{
    char *shorts = spelling->shorts;
    *spelling = (struct spelling){0};
    if (!verb)
        *shorts++ = '+'; /* stop at the verb */
    *shorts++ = ':';
    for (int i = 0; i < WEIR_CLI_OPTIONS_COUNT; i++) {
        const struct weir_cli_option *option = &weir_cli_options[i];
        if (!weir_verb_takes(verb, (enum weir_cli_option_id)i))
            continue;
        spelling->longs[spelling->count] = (struct option){
            option->name, option->argument ? required_argument : no_argument, NULL, LONG_BASE + i};
        spelling->names[spelling->count++] = option->name;
        if (option->letter) {
            *shorts++ = option->letter;
            if (option->argument)
                *shorts++ = ':';
        }
    }
}

static bool is_choice(const char *choices, const char *text)
{
    size_t len = strlen(text);
    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, len) == 0 && (at[len] == '|' || at[len] == 0))
            return true;
    }
    return false;
}

static int take_option(struct weir_cli *cli, const struct weir_verb *verb,
                       enum weir_cli_option_id id, const char *value)
{
    const struct weir_cli_option *option = &weir_cli_options[id];
    char *end;
    cli->flags[id] = true;
    if (option->choices && !is_choice(option->choices, value))
        return weir_usage_error(verb, "--%s: \"%s\" is not one of %s", option->name, value,
                                option->choices);
    switch (id) {
    case WEIR_CLI_LOG_FORMAT:
        cli->log_json = strcmp(value, "json") == 0;
        break;
    case WEIR_CLI_VARIABLE:
        if (!strchr(value, '=') || *value == '=')
            return weir_usage_error(verb, "-v: expected NAME=VALUE, got \"%s\"", value);
        cli->variables[cli->variables_count++] = value;
        break;
    case WEIR_CLI_COMMAND:
        cli->command = value;
        break;
    case WEIR_CLI_MAX_MESSAGES:
        cli->messages_max = strtoll(value, &end, 10);
        if (!*value || *end || cli->messages_max < 0)
            return weir_usage_error(verb, "--max-messages: expected a whole number, got \"%s\"",
                                    value);
        break;
    default:
        break;
    }
    return WEIR_EXIT_OK;
}

/* What getopt did not understand. */
static int bad_option(const struct spelling *spelling, const struct weir_verb *verb, int what,
                      const char *word)
{
    if (what == ':')
        return weir_usage_error(verb, "option \"%s\" needs a value", word);
    if (strncmp(word, "--", 2) != 0)
        return weir_usage_error(verb, "unknown option \"-%c\"", optopt ? optopt : word[1]);
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (uint32_t i = 0; i < spelling->count; i++)
        if (strcmp(name, spelling->names[i]) == 0)
            return weir_usage_error(verb, "option \"--%s\" takes no value", name);
    const char *meant = weir_did_you_mean(name, spelling->names, spelling->count);
    return meant ? weir_usage_error(verb, "unknown option \"--%s\"; did you mean \"--%s\"?", name,
                                    meant)
                 : weir_usage_error(verb, "unknown option \"--%s\"", name);
}

static int parse_options(struct weir_cli *cli, const struct weir_verb *verb, int argc, char **argv)
{
    struct spelling spelling;
    int found, status = WEIR_EXIT_OK;
    spelling_init(&spelling, verb);
    opterr = 0;
    while (status == WEIR_EXIT_OK &&
           (found = getopt_long(argc, argv, spelling.shorts, spelling.longs, NULL)) != -1) {
        if (found == '?' || found == ':')
            return bad_option(&spelling, verb, found, argv[optind - 1]);
        int id = found - LONG_BASE;
        for (int i = 0; i < WEIR_CLI_OPTIONS_COUNT && id < 0; i++)
            if (weir_cli_options[i].letter == found)
                id = i;
        status = take_option(cli, verb, (enum weir_cli_option_id)id, optarg);
    }
    weir_log_configure(cli->flags[WEIR_CLI_QUIET] ? WEIR_LOG_WARNING : WEIR_LOG_INFO,
                       cli->log_json ? WEIR_LOG_JSON : WEIR_LOG_TEXT);
    return status;
}

static int unknown_verb(const char *name)
{
    const char *names[64];
    size_t count = 0;
    for (const struct weir_verb *verb = weir_verbs; verb->name; verb++)
        names[count++] = verb->name;
    const char *meant = weir_did_you_mean(name, names, count);
    return meant ? weir_usage_error(NULL, "there is no verb \"%s\"; did you mean \"%s\"?", name,
                                    meant)
                 : weir_usage_error(NULL, "there is no verb \"%s\"", name);
}

static int start(struct weir_cli *cli, int argc, char **argv)
{
    int status = parse_options(cli, NULL, argc, argv);
    if (status != WEIR_EXIT_OK)
        return status;
    if (cli->flags[WEIR_CLI_VERSION])
        return weir_verb_version(cli);
    if (cli->flags[WEIR_CLI_HELP]) {
        weir_help_print(NULL, stdout);
        return WEIR_EXIT_OK;
    }
    if (optind == argc) {
        weir_help_print(NULL, stderr);
        return WEIR_EXIT_USAGE;
    }
    cli->verb = weir_verb_find(argv[optind]);
    if (!cli->verb)
        return unknown_verb(argv[optind]);
    int skipped = optind;
    optind = 0; /* glibc: begin anew, with another order of things */
    status = parse_options(cli, cli->verb, argc - skipped, argv + skipped);
    if (status != WEIR_EXIT_OK)
        return status;
    cli->args = (const char *const *)argv + skipped + optind;
    cli->args_count = (uint32_t)(argc - skipped - optind);
    if (cli->flags[WEIR_CLI_HELP]) {
        weir_help_print(cli->verb, stdout);
        return WEIR_EXIT_OK;
    }
    if (cli->flags[WEIR_CLI_VERSION])
        return weir_verb_version(cli);
    return cli->verb->run(cli);
}

int main(int argc, char **argv)
{
    struct weir_cli cli = {.messages_max = -1};
    setlocale(LC_CTYPE, "C.UTF-8");
    cli.variables = calloc((size_t)argc, sizeof *cli.variables);
    if (!cli.variables)
        return WEIR_EXIT_FAILED;
    int status = weir_cli_flush(start(&cli, argc, argv));
    free(cli.variables);
    return status;
}
