/* The descriptions of both connectors. */
#include "connector/stdio/streams.h"

static const struct weir_option_spec stdin_options[] = {
    {.name = "max_record",
     .kind = WEIR_OPTION_SIZE,
     .scopes = WEIR_ON_TABLE,
     .default_text = "16 MB",
     .min = 1024,
     .max = 1 << 30,
     .help = "a longer record is a bad one"},
    {0},
};

static const struct weir_option_spec no_options[] = {{0}};

static bool is_bounded(const struct weir_table *table)
{
    (void)table;
    return true; /* a stream that is never closed is just long */
}

const struct weir_connector weir_stdin_connector = {
    .name = "stdin",
    .summary = "standard input, read once to its end",
    .kind = WEIR_KIND_OTHER,
    .not_replayable = true,
    .options = stdin_options,
    .source = &weir_stdin_source_ops,
    .bounded = is_bounded,
};

const struct weir_connector weir_stdout_connector = {
    .name = "stdout",
    .summary = "standard output (at least once: nothing can be taken back)",
    .kind = WEIR_KIND_OTHER,
    .options = no_options,
    .sink = &weir_stdout_sink_ops,
};
