/* Format csv: what it is to the rest of weir; the work is in csv_decode.c and csv_encode.c. */
#include "format/csv/csv_config.h"
#include "format/csv/csv_decode.h"
#include "format/csv/csv_encode.h"
#include "format/formats.h"

static enum weir_code check(const struct weir_table *table, bool as_sink, struct weir_error *err)
{
    (void)as_sink;
    struct weir_csv_config config;
    if (table->columns_count == 0)
        return weir_fail(err, WEIR_BAD_CONFIG,
                         "foreign table \"%s\" has no columns, but format csv needs one",
                         table->name);
    return weir_csv_config_read(table, &config, err);
}

const struct weir_format weir_format_csv = {
    .name = "csv",
    .summary = "comma-separated values (RFC 4180) with a header",
    .options = weir_csv_options,
    .check = check,
    .decoder_new = weir_csv_decoder_new,
    .decode = weir_csv_decode,
    .decoder_reset = weir_csv_decoder_reset,
    .decoder_free = weir_csv_decoder_free,
    .encoder_new = weir_csv_encoder_new,
    .encode = weir_csv_encode,
    .file_start = weir_csv_file_start,
    .encoder_free = weir_csv_encoder_free,
    .file_extension = ".csv",
};
