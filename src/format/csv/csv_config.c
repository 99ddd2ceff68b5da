/* The options of format csv. Names, defaults and rules are those of PostgreSQL's COPY .. CSV, but
 * that a header is expected unless the table says otherwise. */
#include "format/csv/csv_config.h"

const struct weir_option_spec weir_csv_options[] = {
    {.name = "header",
     .kind = WEIR_OPTION_BOOL,
     .scopes = WEIR_ON_TABLE,
     .default_text = "true",
     .help = "files begin with a line of column names; columns are found by name, without regard "
             "to case"},
    {.name = "delimiter",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .default_text = ",",
     .help = "the byte between fields; \\t is a tab"},
    {.name = "quote",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .default_text = "\"",
     .help = "the byte around fields that hold delimiters, quotes or newlines"},
    {.name = "null_text",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .default_text = "",
     .help = "an unquoted field with this text is NULL"},
    {.name = NULL},
};

static enum weir_code read_byte(const struct weir_table *table, const char *option,
                                const char *fallback, char *ret, struct weir_error *err)
{
    const char *text = weir_options_text(&table->options, option, fallback);
    if (strcmp(text, "\\t") == 0)
        text = "\t";
    unsigned char byte = (unsigned char)text[0];
    if (byte == 0 || text[1] != 0 || byte >= 0x80 || byte == '\n' || byte == '\r')
        return weir_fail(
            err, WEIR_BAD_CONFIG,
            "option %s of foreign table \"%s\" must be a single one-byte character, no line end",
            option, table->name);
    *ret = (char)byte;
    return WEIR_OK;
}

enum weir_code weir_csv_config_read(const struct weir_table *table, struct weir_csv_config *ret,
                                    struct weir_error *err)
{
    ret->header = weir_options_bool(&table->options, "header", true);
    ret->null_text = weir_slice_of(weir_options_text(&table->options, "null_text", ""));
    WEIR_TRY(read_byte(table, "delimiter", ",", &ret->delimiter, err));
    WEIR_TRY(read_byte(table, "quote", "\"", &ret->quote, err));
    if (ret->delimiter == ret->quote)
        return weir_fail(err, WEIR_BAD_CONFIG,
                         "options delimiter and quote of foreign table \"%s\" must be different",
                         table->name);
    const char special[] = {ret->delimiter, ret->quote, '\n', '\r', 0};
    if (strpbrk(ret->null_text.ptr, special))
        return weir_fail(
            err, WEIR_BAD_CONFIG,
            "option null_text of foreign table \"%s\" must not hold delimiter, quote or line end",
            table->name);
    return WEIR_OK;
}
