/* Format json: one document a line, or a message. What it is to the rest of weir; the work is in
 * json_decode.c and json_encode.c. */
#include "format/formats.h"
#include "format/json/json_decode.h"
#include "format/json/json_encode.h"
#include "simd/json_read.h"

static const struct weir_option_spec options[] = {
    {.name = "max_depth",
     .kind = WEIR_OPTION_INT,
     .scopes = WEIR_ON_TABLE,
     .default_text = "256",
     .min = 1,
     .max = WEIR_JSON_DEPTH_MAX,
     .help = "objects and arrays in each other that a record may have, the record itself included"},
    {.name = NULL},
};

static enum weir_code check(const struct weir_table *table, bool as_sink, struct weir_error *err)
{
    (void)as_sink;
    for (uint32_t i = 0; i < table->columns_count; i++)
        if (strlen(table->columns[i].name) > WEIR_JSON_KEY_BYTES)
            return weir_fail(err, WEIR_BAD_CONFIG,
                             "column name of foreign table \"%s\" is longer than %d bytes",
                             table->name, WEIR_JSON_KEY_BYTES);
    return WEIR_OK;
}

const struct weir_format weir_format_json = {
    .name = "json",
    .summary = "JSON objects (RFC 8259), one a line or a message",
    .options = options,
    .check = check,
    .decoder_new = weir_json_decoder_new,
    .decode = weir_json_decode,
    .decoder_reset = weir_json_decoder_reset,
    .decoder_free = weir_json_decoder_free,
    .encoder_new = weir_json_encoder_new,
    .encode = weir_json_encode,
    .encoder_free = weir_json_encoder_free,
    .file_extension = ".json",
};
