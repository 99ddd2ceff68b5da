/* The command line: verbs, their options, and what was given.
 *
 * One table (verbs.c) makes parsing, help, usage errors, completions and man pages. A verb is a
 * function that gets what was given and returns the exit status. */
#ifndef WEIR_CLI_CLI_H
#define WEIR_CLI_CLI_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "plan/plan.h"

enum weir_exit {
    WEIR_EXIT_OK = 0,
    WEIR_EXIT_FAILED = 1, /* something went wrong while doing it */
    WEIR_EXIT_USAGE = 2,  /* the command line or the SQL is wrong */
};

/* Options by number, in the order of weir_cli_options. */
enum weir_cli_option_id {
    WEIR_CLI_HELP,
    WEIR_CLI_VERSION,
    WEIR_CLI_QUIET,
    WEIR_CLI_LOG_FORMAT,
    WEIR_CLI_VARIABLE,
    WEIR_CLI_DRAIN,
    WEIR_CLI_JSON,
    WEIR_CLI_DOT,
    WEIR_CLI_CSV,
    WEIR_CLI_TUPLES_ONLY,
    WEIR_CLI_COMMAND,
    WEIR_CLI_FROM_BEGINNING,
    WEIR_CLI_MAX_MESSAGES,
    WEIR_CLI_YES,
    WEIR_CLI_TEST_STEPS,
    WEIR_CLI_OPTIONS_COUNT
};

struct weir_cli_option {
    const char *name;
    const char *argument; /* "NAME=VALUE"; NULL: a flag */
    const char *choices;  /* "text|json"; NULL: free */
    const char *help;
    char letter;     /* 0: none */
    bool everywhere; /* before and behind every verb */
    bool hidden;     /* works, but is for tests */
};
extern const struct weir_cli_option weir_cli_options[WEIR_CLI_OPTIONS_COUNT];

/* What was given. */
struct weir_cli {
    const struct weir_verb *verb;
    const char *const *args; /* what is no option, behind the verb */
    uint32_t args_count;
    const char **variables; /* NAME=VALUE, in order */
    uint32_t variables_count;
    bool flags[WEIR_CLI_OPTIONS_COUNT];
    const char *command;  /* -c */
    int64_t messages_max; /* -1: no bound */
    bool log_json;
};

struct weir_verb {
    const char *name;
    const char *arguments;   /* for the usage line: "FILE.. STREAM" */
    const char *summary;     /* one line */
    const char *description; /* paragraphs, separated by empty lines */
    const char *examples;    /* lines of commands; NULL: none */
    const char *words; /* what the first argument may be, for completion: "list|create"; NULL */
    uint32_t options;  /* bits of enum weir_cli_option_id */
    bool takes_files;  /* SQL files are among the arguments, for completion */
    int (*run)(const struct weir_cli *cli);
};
extern const struct weir_verb weir_verbs[]; /* ended by name == NULL */

const struct weir_verb *weir_verb_find(const char *name);
static inline bool weir_verb_takes(const struct weir_verb *verb, enum weir_cli_option_id option)
{
    return weir_cli_options[option].everywhere || (verb && verb->options >> option & 1);
}

/* ---- verbs ---- */

int weir_verb_run(const struct weir_cli *cli);
int weir_verb_check(const struct weir_cli *cli);
int weir_verb_explain(const struct weir_cli *cli);
int weir_verb_query(const struct weir_cli *cli);
int weir_verb_consume(const struct weir_cli *cli);
int weir_verb_produce(const struct weir_cli *cli);
int weir_verb_topics(const struct weir_cli *cli);
int weir_verb_ls(const struct weir_cli *cli);
int weir_verb_reset(const struct weir_cli *cli);
int weir_verb_functions(const struct weir_cli *cli);
int weir_verb_version(const struct weir_cli *cli);
int weir_verb_help(const struct weir_cli *cli);
int weir_verb_completions(const struct weir_cli *cli);
int weir_verb_man(const struct weir_cli *cli);

/* ---- help.c ---- */

void weir_help_print(const struct weir_verb *verb, FILE *to); /* NULL: all of weir */
/* "weir: MESSAGE" and where help is, on stderr; returns WEIR_EXIT_USAGE. */
int weir_usage_error(const struct weir_verb *verb, const char *format, ...) WEIR_PRINTF(2, 3);

/* ---- common.c: what verbs share ---- */

/* What a verb needs of the plan. */
enum weir_cli_plan {
    WEIR_CLI_PLAN_RUN,         /* all of it */
    WEIR_CLI_PLAN_DEFINITIONS, /* tables only: INSERTs are not bound */
};

/* Makes a plan of args[0..files_count) and `query` (NULL: none). Prints what is wrong; NULL then,
 * and *ret_status is the exit status. Warnings are printed, too. */
struct weir_plan *weir_cli_plan_make(const struct weir_cli *cli, uint32_t files_count,
                                     const char *query, enum weir_cli_plan what, int *ret_status);
/* The same for FILE.. STREAM; finds the stream by its name. */
struct weir_plan *weir_cli_plan_for_stream(const struct weir_cli *cli,
                                           const struct weir_table **ret, int *ret_status);
/* How many of the arguments from `first` on are SQL files: the last one may be a stream's name
 * instead. */
uint32_t weir_cli_files_count(const struct weir_cli *cli, uint32_t first);
/* Logs the error; returns WEIR_EXIT_FAILED. */
int weir_cli_failed(const struct weir_error *err);
/* Asks on the terminal (or reads stdin) for a yes. */
bool weir_cli_confirm(const char *question);
/* Flushes stdout; an error (a full disk, a closed pipe) is told, and makes the status
 * WEIR_EXIT_FAILED. */
int weir_cli_flush(int status);
/* Bytes as "1.5 MB" into a buffer of at least 32. */
const char *weir_cli_bytes(int64_t bytes, char *to);
bool weir_cli_color(FILE *to);

/* A table of text columns, aligned; widths count characters. */
struct weir_grid_column {
    const char *title;
    bool right;
};
struct weir_grid;
struct weir_grid *weir_grid_new(const struct weir_grid_column *columns, uint32_t columns_count);
/* The text is copied; cells fill rows from left to right. */
void weir_grid_add(struct weir_grid *grid, const char *format, ...) WEIR_PRINTF(2, 3);
void weir_grid_print_and_free(struct weir_grid *grid, bool titles, FILE *to);

/* ---- signals.c ---- */

struct weir_cli_stop {
    const volatile sig_atomic_t *flag; /* for the main thread */
    int fd;                            /* readable once the flag is set: for all */
};
/* From now on the first SIGINT or SIGTERM sets the flag, the second one ends the process. */
struct weir_cli_stop weir_cli_catch_signals(void);

#endif
