/* Help and usage errors, from the table of verbs. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define WIDTH 80

/* Prints a paragraph's words, broken at WIDTH, behind `indent` blanks; the first line is at `column` already. */
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
        weir_hint(&err, "`weir help %s` tells how it is used.", verb->name);
    else
        weir_hint(&err, "`weir help` tells how it is used.");
    weir_log_error(&err);
    return WEIR_EXIT_USAGE;
}

int weir_verb_help(const struct weir_cli *cli)
{
    if (cli->args_count > 1)
        return weir_usage_error(cli->verb, "one verb at a time");
    const struct weir_verb *verb = cli->args_count ? weir_verb_find(cli->args[0]) : NULL;
    if (cli->args_count && !verb)
        return weir_usage_error(NULL, "there is no verb \"%s\"", cli->args[0]);
    weir_help_print(verb, stdout);
    return WEIR_EXIT_OK;
}
