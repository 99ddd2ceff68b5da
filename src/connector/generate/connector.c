/* The connector's description: its options, and what they mean for a table. */
#include "connector/generate/connector.h"

#include "connector/generate/field.h"

static const struct weir_option_spec options[] = {
    {.name = "count",
     .kind = WEIR_OPTION_INT,
     .scopes = WEIR_ON_TABLE | WEIR_ON_SERVER,
     .min = 0,
     .max = INT64_MAX,
     .help = "rows to give; unset: no end"},
    {.name = "rate",
     .kind = WEIR_OPTION_INT,
     .scopes = WEIR_ON_TABLE | WEIR_ON_SERVER,
     .default_text = "0",
     .min = 0,
     .max = 1000000000,
     .help = "rows a second; 0: as fast as they are taken"},
    {.name = "seed",
     .kind = WEIR_OPTION_INT,
     .scopes = WEIR_ON_TABLE | WEIR_ON_SERVER,
     .default_text = "0",
     .min = INT64_MIN,
     .max = INT64_MAX,
     .help = "another number gives other rows; the same number the same bytes"},
    {.name = "fields",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .help = "'COLUMN=PATTERN; ..' where PATTERN is sequence(START,STEP), int(MIN,MAX), "
             "float(MIN,MAX), bool(PERCENT), "
             "oneof(A,B,..), file(PATH), time(START,SECONDS), hex(DIGITS), uuid, first_name, "
             "last_name, email, city, "
             "country, word, null, or a text with {COLUMN} in it; behind it ' ?N%': N percent "
             "NULLs. A column that is "
             "not named gets what suits its name and type"},
    {0},
};

static bool is_bounded(const struct weir_table *table)
{
    return weir_options_find(&table->options, "count") != NULL;
}

static enum weir_code check(const struct weir_table *table, bool as_sink, struct weir_error *err)
{
    struct weir_arena arena;
    struct weir_field *fields;
    (void)as_sink;
    weir_arena_init(&arena, WEIR_FIELDS_BYTES_MAX);
    enum weir_code code = weir_fields_parse(table, &arena, &fields, err);
    weir_arena_done(&arena);
    return code;
}

const struct weir_connector weir_generate_connector = {
    .name = "generate",
    .summary = "rows made up by rules, for tests and benchmarks: same seed, same bytes",
    .kind = WEIR_KIND_OTHER,
    .typed_rows = true,
    .options = options,
    .source = &weir_generate_source_ops,
    .bounded = is_bounded,
    .check = check,
};
