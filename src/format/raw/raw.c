/* Format raw: a line or a message as it is, in the table's one column of type text or bytea.
 *
 * A carriage return before the newline is part of a bytea, but not of a text; empty lines are rows.
 * What is not UTF-8, or holds NUL, is a bad record for text. NULL cannot be told from an empty
 * value in a line: it is written as one. */
#include <stdlib.h>

#include "format/decoder.h"
#include "format/formats.h"
#include "format/row_errors.h"

static enum weir_code check(const struct weir_table *table, bool as_sink, struct weir_error *err)
{
    (void)as_sink;
    if (table->columns_count != 1 ||
        (table->columns[0].type != WEIR_TEXT && table->columns[0].type != WEIR_BYTEA))
        return weir_fail(
            err, WEIR_BAD_CONFIG,
            "foreign table \"%s\" must have one column of type text or bytea for format raw",
            table->name);
    return WEIR_OK;
}

static enum weir_code decoder_new(const struct weir_table *table, const bool *columns_needed,
                                  const bool *hidden_needed, struct weir_decoder **ret,
                                  struct weir_error *err)
{
    WEIR_TRY(check(table, false, err));
    struct weir_decoder *decoder = calloc(1, sizeof(*decoder));
    if (!decoder)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    enum weir_code code = weir_decoder_init(decoder, table, columns_needed, hidden_needed, err);
    if (code != WEIR_OK) {
        free(decoder);
        return code;
    }
    decoder->bytea_is_bytes = true;
    *ret = decoder;
    return WEIR_OK;
}

static void decoder_free(struct weir_decoder *decoder)
{
    if (!decoder)
        return;
    weir_decoder_done(decoder);
    free(decoder);
}

static void decoder_reset(struct weir_decoder *decoder)
{
    decoder->skipping = false;
}

static void fill_row(struct weir_decoder *decoder, struct weir_slice bytes, uint32_t row)
{
    char message[160];
    bool fine = decoder->table->columns[0].type == WEIR_BYTEA ||
                !weir_decode_encoding_error(bytes, message, sizeof(message));
    if (decoder->records)
        decoder->records[row] = bytes;
    if (!fine)
        weir_decode_fail(decoder, row, "%s", message);
    if (decoder->wanted_count == 0)
        return;
    decoder->columns[0].spans[row] = bytes;
    decoder->columns[0].kinds[row] = fine ? WEIR_SPAN_TEXT : WEIR_SPAN_NONE;
}

static enum weir_code decode_lines(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                                   int64_t now_us, struct weir_batch *batch,
                                   struct weir_decoded *ret, struct weir_error *err)
{
    const char *at = fetch->bytes.ptr, *end = at + fetch->bytes.len;
    bool text = decoder->table->columns[0].type == WEIR_TEXT;
    uint32_t row = 0;
    WEIR_TRY(weir_decode_begin(decoder, fetch, batch, err));
    while (at < end && row < decoder->rows_max) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline && !fetch->last)
            break;
        struct weir_slice line = weir_slice(at, (size_t)((newline ? newline : end) - at));
        line.len -= text && newline && line.len > 0 && newline[-1] == '\r';
        fill_row(decoder, line, row++);
        ret->lines += newline != NULL;
        at = newline ? newline + 1 : end;
    }
    if (row == 0 && fetch->full && !fetch->last) {
        weir_decode_skip_start(decoder, fetch, ret);
        return WEIR_OK;
    }
    ret->consumed = (size_t)(at - fetch->bytes.ptr);
    return weir_decode_finish(decoder, row, now_us, ret, err);
}

static enum weir_code decode_records(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                                     int64_t now_us, struct weir_batch *batch,
                                     struct weir_decoded *ret, struct weir_error *err)
{
    WEIR_TRY(weir_decode_begin(decoder, fetch, batch, err));
    uint32_t rows = decoder->rows_max;
    for (uint32_t row = 0; row < rows; row++) {
        if (fetch->records[row].value.ptr)
            fill_row(decoder, fetch->records[row].value, row);
        else
            weir_decode_tombstone(decoder, row);
    }
    ret->consumed = rows;
    return weir_decode_finish(decoder, rows, now_us, ret, err);
}

static enum weir_code decode(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                             int64_t now_us, struct weir_batch *batch, struct weir_decoded *ret,
                             struct weir_error *err)
{
    *ret = (struct weir_decoded){.boundary = true};
    if (fetch->kind == WEIR_FETCH_RECORDS)
        return decode_records(decoder, fetch, now_us, batch, ret, err);
    if (decoder->skipping)
        return weir_decode_skip(decoder, fetch, batch, now_us, ret, err);
    return decode_lines(decoder, fetch, now_us, batch, ret, err);
}

struct raw_encoder {
    bool framed;
};

static enum weir_code encoder_new(const struct weir_table *table, bool framed,
                                  struct weir_encoder **ret, struct weir_error *err)
{
    WEIR_TRY(check(table, true, err));
    struct raw_encoder *raw = malloc(sizeof(*raw));
    if (!raw)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    raw->framed = framed;
    *ret = (struct weir_encoder *)raw;
    return WEIR_OK;
}

static void encoder_free(struct weir_encoder *encoder)
{
    free(encoder);
}

static enum weir_code write_run(void *context, const struct weir_rows *rows, uint32_t from,
                                uint32_t to, uint32_t *lengths, struct weir_buffer *out,
                                struct weir_error *err)
{
    const struct raw_encoder *raw = context;
    const struct weir_vector *column = rows->columns[0];
    for (uint32_t at = from; at < to; at++) {
        uint32_t row = rows->selection.rows ? rows->selection.rows[at] : at;
        struct weir_slice bytes = weir_valid(column, row) ? column->s[row] : WEIR_SLICE("");
        size_t start = out->len;
        WEIR_TRY(weir_buffer_append(out, bytes, err));
        if (raw->framed)
            WEIR_TRY(weir_buffer_append(out, WEIR_SLICE("\n"), err));
        if (lengths)
            lengths[at] = (uint32_t)(out->len - start);
    }
    return WEIR_OK;
}

static enum weir_code encode(struct weir_encoder *encoder, const struct weir_rows *rows,
                             struct weir_arena *arena, struct weir_slice *row_errors,
                             uint32_t *lengths, struct weir_buffer *out, uint32_t *ret_written,
                             struct weir_error *err)
{
    (void)arena;
    return weir_encode_runs(rows, write_run, encoder, row_errors, lengths, out, ret_written, err);
}

static const struct weir_option_spec options[] = {{.name = NULL}};

const struct weir_format weir_format_raw = {
    .name = "raw",
    .summary = "lines or messages as they are, in one column of type text or bytea",
    .options = options,
    .check = check,
    .decoder_new = decoder_new,
    .decode = decode,
    .decoder_reset = decoder_reset,
    .decoder_free = decoder_free,
    .encoder_new = encoder_new,
    .encode = encode,
    .encoder_free = encoder_free,
    .file_extension = ".txt",
};
