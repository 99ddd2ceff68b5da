/* Help and usage errors, from the table of verbs. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/registry.h"

#define WIDTH 80

/* Prints a paragraph's words, broken at WIDTH, behind `indent` blanks; the first line is at
 * `column` already. */
static void print_wrapped(const char *text, size_t len, size_t indent, size_t column, FILE *to)
{
    size_t at = 0;
    while (at < len) {
        size_t word = strcspn(text + at, " \n");
        word = word > len - at ? len - at : word;
        if (column > indent && column + 1 + word > WIDTH) {
            fprintf(to, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', to);
            column++;
        }
        fwrite(text + at, 1, word, to);
        column += word;
        at += word;
        at += strspn(text + at, " ");
    }
    fputc('\n', to);
}

static void print_paragraphs(const char *text, size_t indent, FILE *to)
{
    for (const char *at = text; *at;) {
        const char *end = strstr(at, "\n\n");
        size_t len = end ? (size_t)(end - at) : strlen(at);
        fprintf(to, "%*s", (int)indent, "");
        print_wrapped(at, len, indent, indent, to);
        at += len;
        if (end) {
            fputc('\n', to);
            at += 2;
        }
    }
}

static void print_option(const struct weir_cli_option *option, FILE *to)
{
    char left[64], letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    int len = snprintf(left, sizeof left, "  %s--%s%s%s", letter, option->name,
                       option->argument ? "=" : "", option->argument ? option->argument : "");
    size_t indent = 30;
    if (len > (int)indent - 2)
        fprintf(to, "%s\n%*s", left, (int)indent, "");
    else
        fprintf(to, "%-*s", (int)indent, left);
    print_wrapped(option->help, strlen(option->help), indent, indent, to);
}

static void print_options(const struct weir_verb *verb, FILE *to)
{
    fprintf(to, "\nOptions:\n");
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < WEIR_CLI_OPTIONS_COUNT; i++)
            if (weir_verb_takes(verb, (enum weir_cli_option_id)i) && !weir_cli_options[i].hidden &&
                weir_cli_options[i].everywhere == (pass == 1))
                print_option(&weir_cli_options[i], to);
}

static void print_examples(const char *examples, FILE *to)
{
    fprintf(to, "\nExamples:\n");
    for (const char *at = examples; *at;) {
        size_t len = strcspn(at, "\n");
        fprintf(to, "  %.*s\n", (int)len, at);
        at += len + (at[len] == '\n');
    }
}

void weir_help_print(const struct weir_verb *verb, FILE *to)
{
    if (verb) {
        fprintf(to, "Usage: weir %s [OPTION].. %s\n\n", verb->name, verb->arguments);
        print_paragraphs(verb->description, 0, to);
        print_options(verb, to);
        if (verb->examples)
            print_examples(verb->examples, to);
        return;
    }
    fprintf(to,
            "Usage: weir VERB [OPTION].. [ARGUMENT]..\n\n"
            "Streaming SQL pipelines: SQL files say what is read, what becomes of it, and where "
            "it goes.\n\nVerbs:\n");
    for (const struct weir_verb *at = weir_verbs; at->name; at++)
        fprintf(to, "  %-13s %s\n", at->name, at->summary);
    print_options(NULL, to);
    fprintf(to,
            "\n`weir help VERB` explains a verb. Exit status: 0, or 1 when something failed, or 2 "
            "when the\ncommand line or the SQL is wrong.\n");
}

int weir_usage_error(const struct weir_verb *verb, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct weir_error err;
    weir_fail(&err, WEIR_BAD_CONFIG, "%s", text);
    if (verb)
        weir_hint(&err, "`weir help %s` tells how it is used", verb->name);
    else
        weir_hint(&err, "`weir help` tells how it is used");
    weir_log_error(&err);
    return WEIR_EXIT_USAGE;
}

/* ---- connectors and formats ---- */

/* Where an option may stand: "server, table". */
static const char *scopes_text(unsigned scopes)
{
    static const char *const texts[] = {
        "",     "server",       "table",       "server, table",
        "user", "server, user", "table, user", "server, table, user"};
    return texts[scopes & 7];
}

static void print_option_specs(const struct weir_option_spec *specs)
{
    static const struct weir_grid_column columns[] = {
        {"option", false}, {"on", false}, {"default", false}, {"what", false}};
    struct weir_grid *grid = weir_grid_new(columns, 4);
    for (const struct weir_option_spec *spec = specs; spec->name; spec++) {
        weir_grid_add(grid, "%s", spec->name);
        weir_grid_add(grid, "%s", scopes_text(spec->scopes));
        weir_grid_add(grid, "%s", spec->default_text ? spec->default_text : "");
        if (spec->choices)
            weir_grid_add(grid, "%s (%s)", spec->help ? spec->help : "", spec->choices);
        else
            weir_grid_add(grid, "%s", spec->help ? spec->help : "");
    }
    putchar('\n');
    weir_grid_print_and_free(grid, true, stdout);
}

static void print_connector(const struct weir_connector *connector)
{
    printf("Connector %s: %s.\n%s, %s.\n", connector->name, connector->summary,
           connector->source ? "Can be read" : "Cannot be read",
           connector->sink ? "can be written to" : "cannot be written to");
    if (connector->schemes)
        printf("Reads URLs of: %s.\n", connector->schemes);
    if (connector->options && connector->options->name)
        print_option_specs(connector->options);
    if (!connector->typed_rows)
        printf("\nThe options of the table's format come on top: `weir help json`, csv or raw.\n");
    printf("\nEvery table also takes on_error, key, refresh and dead_letter.\n");
}

static void print_format(const struct weir_format *format)
{
    printf("Format %s: %s.\n", format->name, format->summary);
    if (format->options && format->options->name)
        print_option_specs(format->options);
}

static int unknown_subject(const char *name)
{
    const char *names[128];
    size_t count = 0;
    for (const struct weir_verb *verb = weir_verbs; verb->name; verb++)
        names[count++] = verb->name;
    for (const struct weir_connector *const *at = weir_registry.connectors; *at; at++)
        names[count++] = (*at)->name;
    for (const struct weir_format *const *at = weir_registry.formats; *at; at++)
        names[count++] = (*at)->name;
    const char *meant = weir_did_you_mean(name, names, count);
    return meant ? weir_usage_error(
                       NULL, "there is no verb, connector or format \"%s\"; did you mean \"%s\"?",
                       name, meant)
                 : weir_usage_error(NULL, "there is no verb, connector or format \"%s\"", name);
}

int weir_verb_help(const struct weir_cli *cli)
{
    const char *name = cli->args_count ? cli->args[0] : NULL;
    const struct weir_connector *connector;
    const struct weir_format *format;
    if (cli->args_count > 1)
        return weir_usage_error(cli->verb, "one subject at a time");
    const struct weir_verb *verb = name ? weir_verb_find(name) : NULL;
    if (verb || !name)
        weir_help_print(verb, stdout);
    else if ((connector = weir_registry_connector(&weir_registry, name)))
        print_connector(connector);
    else if ((format = weir_registry_format(&weir_registry, name)))
        print_format(format);
    else
        return unknown_subject(name);
    return WEIR_EXIT_OK;
}
