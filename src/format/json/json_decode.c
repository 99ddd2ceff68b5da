/* JSON records to columns, with the meaning of PostgreSQL's json_populate_record: keys match column
 * names exactly, a missing key and a JSON null are NULL, the last of two equal keys wins, strings
 * are taken by their content and everything else by its JSON text, and both are read as the
 * column's type reads text.
 *
 * A record that is not a JSON object has NULL in every column; where only a value does not convert,
 * the others stay. All of a record is checked, whichever columns are read, so that what is bad does
 * not depend on the query. */
#include "format/json/json_decode.h"

#include <stdlib.h>

#include "format/decoder.h"
#include "format/json/json_error.h"

struct json_decoder {
    struct weir_decoder base;
    const struct weir_json_read_kernels *kernels;
    struct weir_json_reader reader;
    struct weir_slice *keys;
};

static enum weir_code unescape(const struct weir_decoder *decoder, struct weir_slice from,
                               struct weir_arena *arena, struct weir_slice *ret,
                               struct weir_error *err)
{
    (void)decoder;
    char *to = weir_arena_alloc(arena, from.len, 1);
    if (!to)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a string of %zu bytes", from.len);
    bool has_nul;
    size_t len = weir_json_unescape(from, to, &has_nul);
    if (has_nul)
        return weir_fail(
            err, WEIR_BAD_DATA,
            "unsupported Unicode escape sequence: \\u0000 cannot be converted to text");
    *ret = weir_slice(to, len);
    return WEIR_OK;
}

enum weir_code weir_json_decoder_new(const struct weir_table *table, const bool *columns_needed,
                                     const bool *hidden_needed, struct weir_decoder **ret,
                                     struct weir_error *err)
{
    struct json_decoder *json = calloc(1, sizeof(*json));
    if (!json)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    enum weir_code code = weir_decoder_init(&json->base, table, columns_needed, hidden_needed, err);
    if (code == WEIR_OK) {
        uint32_t count = json->base.wanted_count;
        json->base.unescape = unescape;
        json->base.strings_are_json = true;
        json->kernels = weir_json_read_kernels();
        json->keys = calloc((size_t)count + 1, sizeof(*json->keys));
        for (uint32_t i = 0; json->keys && i < count; i++)
            json->keys[i] = weir_slice_of(table->columns[json->base.wanted[i]].name);
        uint32_t depth_max = (uint32_t)weir_options_number(&table->options, "max_depth", 256);
        if (!json->keys || !weir_json_reader_init(&json->reader, json->keys, count, depth_max))
            code = weir_fail(err, WEIR_NOMEM, "out of memory for a decoder of %u columns", count);
    }
    if (code != WEIR_OK) {
        weir_json_decoder_free(&json->base);
        return code;
    }
    *ret = &json->base;
    return WEIR_OK;
}

void weir_json_decoder_free(struct weir_decoder *decoder)
{
    struct json_decoder *json = (struct json_decoder *)decoder;
    if (!json)
        return;
    weir_json_reader_done(&json->reader);
    weir_decoder_done(&json->base);
    free(json->keys);
    free(json);
}

void weir_json_decoder_reset(struct weir_decoder *decoder)
{
    decoder->skipping = false;
}

/* The kernel stopped in this record. */
static void bad_record(struct json_decoder *json, struct weir_slice record, uint32_t row)
{
    char text[256];
    weir_json_error_text(&json->reader, record, text, sizeof(text));
    weir_decode_clear(&json->base, row);
    weir_decode_fail(&json->base, row, "%s", text);
    if (json->base.records)
        json->base.records[row] = record;
}

/* Passes over the line at lines->at, on which the kernel has failed. */
static void bad_line(struct json_decoder *json, struct weir_json_lines *lines)
{
    const char *newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    const char *end = newline ? newline : lines->end;
    size_t len = (size_t)(end - lines->at);
    len -= len > 0 && lines->at[len - 1] == '\r';
    bad_record(json, weir_slice(lines->at, len), lines->row++);
    lines->line_ends += newline != NULL;
    lines->at = newline ? newline + 1 : end;
}

static enum weir_code decode_lines(struct json_decoder *json, const struct weir_fetch *fetch,
                                   int64_t now_us, struct weir_batch *batch,
                                   struct weir_decoded *ret, struct weir_error *err)
{
    struct weir_slice bytes = fetch->bytes;
    const char *newline = bytes.len ? memrchr(bytes.ptr, '\n', bytes.len) : NULL;
    if (!newline && !fetch->last) {
        if (fetch->full)
            weir_decode_skip_start(&json->base, fetch, ret);
        return WEIR_OK;
    }
    WEIR_TRY(weir_decode_begin(&json->base, fetch, batch, err));
    struct weir_json_lines lines = {.at = bytes.ptr,
                                    .end = fetch->last ? bytes.ptr + bytes.len : newline + 1,
                                    .rows_max = json->base.rows_max};
    if (fetch->first && bytes.len >= 3 && memcmp(bytes.ptr, "\xef\xbb\xbf", 3) == 0)
        lines.at += 3;
    json->reader.columns = json->base.columns;
    json->reader.records = json->base.records;
    while (!json->kernels->lines(&json->reader, &lines))
        bad_line(json, &lines);
    ret->consumed = (size_t)(lines.at - bytes.ptr);
    ret->lines = lines.line_ends;
    return weir_decode_finish(&json->base, lines.row, now_us, ret, err);
}

static enum weir_code decode_records(struct json_decoder *json, const struct weir_fetch *fetch,
                                     int64_t now_us, struct weir_batch *batch,
                                     struct weir_decoded *ret, struct weir_error *err)
{
    WEIR_TRY(weir_decode_begin(&json->base, fetch, batch, err));
    json->reader.columns = json->base.columns;
    json->reader.records = json->base.records;
    uint32_t rows = json->base.rows_max;
    for (uint32_t row = 0; row < rows; row++) {
        struct weir_slice value = fetch->records[row].value;
        if (!value.ptr)
            weir_decode_tombstone(&json->base, row);
        else if (!json->kernels->record(&json->reader, value.ptr, value.ptr + value.len, row))
            bad_record(json, value, row);
    }
    ret->consumed = rows;
    return weir_decode_finish(&json->base, rows, now_us, ret, err);
}

enum weir_code weir_json_decode(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                                int64_t now_us, struct weir_batch *batch, struct weir_decoded *ret,
                                struct weir_error *err)
{
    struct json_decoder *json = (struct json_decoder *)decoder;
    *ret = (struct weir_decoded){.boundary = true};
    if (fetch->kind == WEIR_FETCH_RECORDS)
        return decode_records(json, fetch, now_us, batch, ret, err);
    if (decoder->skipping)
        return weir_decode_skip(decoder, fetch, batch, now_us, ret, err);
    return decode_lines(json, fetch, now_us, batch, ret, err);
}
