/* Man pages, from the table of verbs: weir(1) and a page for each verb. Source of the macros:
 * man(7). */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

/* Text in roff: backslashes and dashes escaped, no line beginning with a control character. */
static void print_text(const char *text, size_t len, FILE *to)
{
    bool line_start = true;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (line_start && (c == '.' || c == '\''))
            fputs("\\&", to);
        line_start = c == '\n';
        if (c == '\\')
            fputs("\\e", to);
        else if (c == '-')
            fputs("\\-", to);
        else
            fputc(c, to);
    }
}

static void print_string(const char *text, FILE *to)
{
    print_text(text, strlen(text), to);
}

static void print_heading(const char *name, const char *summary, FILE *to)
{
    fprintf(to,
            ".\\\" Made by `weir man`; do not edit.\n.TH %s 1 \"\" \"weir %s\" \"weir "
            "manual\"\n.SH NAME\n",
            name, WEIR_VERSION);
    print_string(name, to);
    fputs(" \\- ", to);
    print_string(summary, to);
    fputs("\n.SH SYNOPSIS\n", to);
}

static void print_paragraphs(const char *text, FILE *to)
{
    for (const char *at = text; *at;) {
        const char *end = strstr(at, "\n\n");
        size_t len = end ? (size_t)(end - at) : strlen(at);
        fputs(".PP\n", to);
        print_text(at, len, to);
        fputc('\n', to);
        at += len + (end ? 2 : 0);
    }
}

static void print_options(const struct weir_verb *verb, FILE *to)
{
    fputs(".SH OPTIONS\n", to);
    for (int i = 0; i < WEIR_CLI_OPTIONS_COUNT; i++) {
        const struct weir_cli_option *option = &weir_cli_options[i];
        if (!weir_verb_takes(verb, (enum weir_cli_option_id)i) || option->hidden)
            continue;
        fputs(".TP\n", to);
        if (option->letter)
            fprintf(to, "\\fB\\-%c\\fR, ", option->letter);
        fputs("\\fB\\-\\-", to);
        print_string(option->name, to);
        fputs("\\fR", to);
        if (option->argument)
            fprintf(to, "=\\fI%s\\fR", option->argument);
        fputc('\n', to);
        print_string(option->help, to);
        fputs(".\n", to);
    }
}

static void print_ending(FILE *to)
{
    fputs(".SH EXIT STATUS\n0 when all went well, 1 when something failed, 2 when the command line "
          "or the "
          "SQL is wrong.\n",
          to);
}

static void print_verb_page(const struct weir_verb *verb, FILE *to)
{
    char name[64];
    snprintf(name, sizeof name, "weir-%s", verb->name);
    print_heading(name, verb->summary, to);
    fprintf(to, "\\fBweir %s\\fR [\\fIOPTION\\fR].. ", verb->name);
    print_string(verb->arguments, to);
    fputs("\n.SH DESCRIPTION\n", to);
    print_paragraphs(verb->description, to);
    print_options(verb, to);
    if (verb->examples) {
        fputs(".SH EXAMPLES\n.nf\n", to);
        print_string(verb->examples, to);
        fputs(".fi\n", to);
    }
    print_ending(to);
    fputs(".SH SEE ALSO\n.BR weir (1)\n", to);
}

static void print_main_page(FILE *to)
{
    print_heading("weir", "streaming SQL pipelines", to);
    fputs("\\fBweir\\fR \\fIVERB\\fR [\\fIOPTION\\fR].. [\\fIARGUMENT\\fR]..\n.SH DESCRIPTION\n"
          "SQL files say what is read, what becomes of it, and where it goes: CREATE SERVER and "
          "CREATE "
          "FOREIGN TABLE name systems and streams, CREATE VIEW names steps, INSERT INTO .. SELECT "
          "is a "
          "running statement. weir runs them, and every row reaches every sink exactly once.\n"
          ".SH VERBS\n",
          to);
    for (const struct weir_verb *verb = weir_verbs; verb->name; verb++) {
        fprintf(to, ".TP\n\\fB%s\\fR \\fI", verb->name);
        print_string(verb->arguments, to);
        fputs("\\fR\n", to);
        print_string(verb->summary, to);
        fputs(".\n", to);
    }
    print_options(NULL, to);
    fputs(".SH ENVIRONMENT\n.TP\nWEIR_DATA\nWhere the examples put the embedded log, databases and "
          "checkpoints; default weir\\-data.\n.TP\nWEIR_SHARE\nWhere shipped data "
          "lies.\n.TP\nNO_COLOR\n"
          "No colors.\n",
          to);
    print_ending(to);
    fputs(".SH SEE ALSO\n", to);
    for (const struct weir_verb *verb = weir_verbs; verb->name; verb++)
        fprintf(to, ".BR weir\\-%s (1)%s\n", verb->name, verb[1].name ? "," : "");
}

static int write_page(const char *directory, const struct weir_verb *verb)
{
    char path[PATH_MAX];
    struct weir_error err;
    snprintf(path, sizeof path, "%s/weir%s%s.1", directory, verb ? "-" : "",
             verb ? verb->name : "");
    FILE *to = fopen(path, "w");
    if (to && verb)
        print_verb_page(verb, to);
    else if (to)
        print_main_page(to);
    if (to && fclose(to) == 0)
        return WEIR_EXIT_OK;
    weir_fail_errno(&err, WEIR_IO, "could not write file \"%s\"", path);
    return weir_cli_failed(&err);
}

int weir_verb_man(const struct weir_cli *cli)
{
    struct stat st;
    if (cli->args_count > 1)
        return weir_usage_error(cli->verb, "one page at a time");
    if (cli->args_count == 0) {
        print_main_page(stdout);
        return WEIR_EXIT_OK;
    }
    const struct weir_verb *verb = weir_verb_find(cli->args[0]);
    if (verb) {
        print_verb_page(verb, stdout);
        return WEIR_EXIT_OK;
    }
    if (stat(cli->args[0], &st) != 0 || !S_ISDIR(st.st_mode))
        return weir_usage_error(cli->verb, "\"%s\" is neither a verb nor an existing directory",
                                cli->args[0]);
    int status = write_page(cli->args[0], NULL);
    for (verb = weir_verbs; verb->name && status == WEIR_EXIT_OK; verb++)
        status = write_page(cli->args[0], verb);
    return status;
}
