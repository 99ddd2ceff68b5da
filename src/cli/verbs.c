/* The table of verbs and options: all that `--help`, usage errors, completions and man pages say
 * comes from here. */
#include "cli/cli.h"

#include <string.h>

const struct weir_cli_option weir_cli_options[WEIR_CLI_OPTIONS_COUNT] = {
    [WEIR_CLI_HELP] = {"help", .letter = 'h', .help = "print this help and end",
                       .everywhere = true},
    [WEIR_CLI_VERSION] = {"version", .letter = 'V', .help = "print the version and end",
                          .everywhere = true},
    [WEIR_CLI_QUIET] = {"quiet", .letter = 'q',
                        .help =
                            "only warnings, errors and what was asked for: no progress, no summary",
                        .everywhere = true},
    [WEIR_CLI_LOG_FORMAT] = {"log-format", .argument = "FORMAT", .choices = "text|json",
                             .help =
                                 "how messages on stderr look: text, or json (an object a line)",
                             .everywhere = true},
    [WEIR_CLI_VARIABLE] = {"variable", .letter = 'v', .argument = "NAME=VALUE",
                           .help = "value of ${NAME} in options of the SQL files; may be repeated"},
    [WEIR_CLI_DRAIN] = {"drain",
                        .help = "stop at the present end of the input instead of waiting for more"},
    [WEIR_CLI_JSON] = {"json", .help = "print JSON"},
    [WEIR_CLI_DOT] = {"dot", .help = "print a graph for Graphviz"},
    [WEIR_CLI_CSV] = {"csv", .help = "print CSV with a header line"},
    [WEIR_CLI_TUPLES_ONLY] = {"tuples-only", .letter = 't', .help = "no header, no count of rows"},
    [WEIR_CLI_COMMAND] = {"command", .letter = 'c', .argument = "SELECT", .help = "the query"},
    [WEIR_CLI_FROM_BEGINNING] = {"from-beginning",
                                 .help =
                                     "begin with the oldest message, not behind the newest one"},
    [WEIR_CLI_MAX_MESSAGES] = {"max-messages", .argument = "N", .help = "end after N messages"},
    [WEIR_CLI_YES] = {"yes", .letter = 'y', .help = "do not ask"},
    [WEIR_CLI_TEST_STEPS] = {"test-steps",
                             .help =
                                 "name the steps of an epoch at which tests can end the process",
                             .hidden = true},
};

#define BIT(option) (1u << WEIR_CLI_##option)

const struct weir_verb weir_verbs[] = {
    {
        .name = "run",
        .arguments = "FILE..",
        .summary = "run the statements of SQL files",
        .description = "Reads the files as one, and runs all their INSERT statements together "
                       "until their inputs "
                       "end, or until it is stopped. Where an earlier run stopped or died, it goes "
                       "on: every row "
                       "reaches every sink exactly once, as far as the sink can tell.\n"
                       "\n"
                       "With --drain it stops at the present end: bounded streams are read to "
                       "their end, others "
                       "to the end they have at the start, and streams that the run feeds itself "
                       "to the last row "
                       "that it wrote to them.\n"
                       "\n"
                       "SIGINT and SIGTERM finish the epoch and stop; a second one stops at once.",
        .examples = "weir run --drain -v CUSTOMERS=customers.csv local.sql customers.sql\n"
                    "weir run local.sql process.sql\n",
        .options = BIT(VARIABLE) | BIT(DRAIN),
        .takes_files = true,
        .run = weir_verb_run,
    },
    {
        .name = "check",
        .arguments = "FILE..",
        .summary = "check SQL files without running them",
        .description = "Tells all errors of the files at once, each with its place and a hint, and "
                       "warns where delivery is weaker than asked. Nothing is made or changed.",
        .examples = "weir check local.sql customers.sql\n",
        .options = BIT(VARIABLE),
        .takes_files = true,
        .run = weir_verb_check,
    },
    {
        .name = "explain",
        .arguments = "FILE..",
        .summary = "show how the statements are carried out",
        .description =
            "Prints the physical plan as a tree: what is read, decoded, filtered, looked "
            "up and written.",
        .examples = "weir explain local.sql customers.sql\n"
                    "weir explain --dot local.sql customers.sql | dot -Tsvg > plan.svg\n",
        .options = BIT(VARIABLE) | BIT(JSON) | BIT(DOT),
        .takes_files = true,
        .run = weir_verb_explain,
    },
    {
        .name = "query",
        .arguments = "[FILE..] -c SELECT",
        .summary = "run a SELECT over streams and tables as they are now",
        .description = "Runs one bounded SELECT and prints its result: as an aligned table, as "
                       "CSV, or as JSON "
                       "lines. Streams without an end are read to the end they have now. Without "
                       "files the query "
                       "has no tables to read, which is enough to try an expression.",
        .examples = "weir query local.sql customers.sql -c 'SELECT count(*) FROM customers_usa'\n"
                    "weir query --csv -c \"SELECT upper('tom') AS name\"\n",
        .options = BIT(VARIABLE) | BIT(COMMAND) | BIT(CSV) | BIT(JSON) | BIT(TUPLES_ONLY),
        .takes_files = true,
        .run = weir_verb_query,
    },
    {
        .name = "consume",
        .arguments = "FILE.. STREAM",
        .summary = "print the messages of a stream",
        .description = "Prints values as they are, one a line: the messages of a topic, the lines "
                       "of files, the "
                       "rows of a table as JSON. It waits for more until it is stopped, or until "
                       "--max-messages; "
                       "with --drain it stops at the present end.",
        .examples = "weir consume --from-beginning --max-messages 3 local.sql customers.sql "
                    "customers_usa\n",
        .options = BIT(VARIABLE) | BIT(FROM_BEGINNING) | BIT(MAX_MESSAGES) | BIT(DRAIN),
        .takes_files = true,
        .run = weir_verb_consume,
    },
    {
        .name = "produce",
        .arguments = "FILE.. STREAM",
        .summary = "send lines of stdin to a stream",
        .description = "Sends each line of standard input as a message, its bytes unchanged and "
                       "without a key. Lines are sent as they come.",
        .examples = "weir produce local.sql customers.sql customers_raw < customers.json\n",
        .options = BIT(VARIABLE),
        .takes_files = true,
        .run = weir_verb_produce,
    },
    {
        .name = "topics",
        .arguments = "list|create|describe|delete FILE.. [STREAM|TOPIC]",
        .summary = "list, make, describe and delete topics",
        .description = "list names all topics of the files' servers. create makes the topics of "
                       "all streams, or "
                       "of the one that is named; describe shows partitions, offsets and sizes; "
                       "delete deletes a "
                       "topic with all its messages, after asking.",
        .examples = "weir topics list local.sql customers.sql\n"
                    "weir topics create local.sql customers.sql customers_raw\n",
        .words = "list|create|describe|delete",
        .options = BIT(VARIABLE) | BIT(YES),
        .takes_files = true,
        .run = weir_verb_topics,
    },
    {
        .name = "ls",
        .arguments = "FILE.. STREAM",
        .summary = "list the files behind a stream",
        .description = "Permission, owner, group, size, time of the last change, and name of every "
                       "file, as ls -l prints them.",
        .examples = "weir ls local.sql customers.sql customers_usa_files\n",
        .options = BIT(VARIABLE),
        .takes_files = true,
        .run = weir_verb_ls,
    },
    {
        .name = "reset",
        .arguments = "FILE..",
        .summary = "put a pipeline back to its start",
        .description = "Deletes the pipeline's progress and what it created (topics, directories, "
                       "tables). What "
                       "was there before is named and left. It lists all of it first, and asks.",
        .examples = "weir reset local.sql customers.sql\n",
        .options = BIT(VARIABLE) | BIT(YES),
        .takes_files = true,
        .run = weir_verb_reset,
    },
    {
        .name = "functions",
        .arguments = "[WORD]",
        .summary = "list the functions and operators of the SQL language",
        .description = "With a word, those whose name or description holds it.",
        .examples = "weir functions trim\n",
        .run = weir_verb_functions,
    },
    {
        .name = "completions",
        .arguments = "bash|zsh|fish",
        .summary = "print a completion script for a shell",
        .description = "To use it in bash: source <(weir completions bash)",
        .examples = "weir completions fish > ~/.config/fish/completions/weir.fish\n",
        .words = "bash|zsh|fish",
        .run = weir_verb_completions,
    },
    {
        .name = "man",
        .arguments = "[VERB|DIRECTORY]",
        .summary = "print a man page, or write all of them to a directory",
        .description = "Without an argument the page of weir itself.",
        .examples = "weir man run | man -l -\n",
        .run = weir_verb_man,
    },
    {
        .name = "version",
        .arguments = "",
        .summary = "print the version",
        .description = "Prints the version, and what this binary can connect to.",
        .options = BIT(TEST_STEPS),
        .run = weir_verb_version,
    },
    {
        .name = "help",
        .arguments = "[VERB|CONNECTOR|FORMAT]",
        .summary = "explain weir, a verb, a connector or a format",
        .description =
            "For a verb the same as weir VERB --help; for a connector or a format, its options.",
        .examples = "weir help run\nweir help log\n",
        .run = weir_verb_help,
    },
    {0},
};

const struct weir_verb *weir_verb_find(const char *name)
{
    for (const struct weir_verb *verb = weir_verbs; verb->name; verb++)
        if (strcmp(verb->name, name) == 0)
            return verb;
    return NULL;
}
