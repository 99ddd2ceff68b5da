/* CSV records to columns: RFC 4180, with NULL as PostgreSQL's COPY .. CSV has it (unquoted and
 * equal to null_text, which is empty by default). Values are read as the column's type reads text.
 *
 * Files have a header unless the table says otherwise; messages never have one, and their fields go
 * by place. A record with another number of fields, or with broken quotes, has NULL in every
 * column; where only a value does not convert or is not UTF-8, the others stay. */
#include "format/csv/csv_decode.h"

#include <stdlib.h>

#include "format/csv/csv_config.h"
#include "format/csv/csv_header.h"
#include "format/decoder.h"
#include "simd/csv.h"
#include "simd/utf8.h"

enum { HEADER_ARENA_BYTES_MAX = 16 << 20 };

struct csv_decoder {
    struct weir_decoder base;
    const struct weir_csv_kernels *kernels;
    struct weir_csv_config config;
    struct weir_csv_reader reader;
    bool fields_known;
    uint32_t *by_place; /* position in base.wanted of each declared column, or WEIR_CSV_NOT_READ */
    struct weir_arena header; /* the present file's field_columns */
};

static enum weir_code unescape(const struct weir_decoder *decoder, struct weir_slice from,
                               struct weir_arena *arena, struct weir_slice *ret,
                               struct weir_error *err)
{
    const struct csv_decoder *csv = (const struct csv_decoder *)decoder;
    char *to = weir_arena_alloc(arena, from.len, 1);
    if (!to)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a field of %zu bytes", from.len);
    *ret = weir_slice(to, weir_csv_unescape(from, csv->config.quote, to));
    return WEIR_OK;
}

static enum weir_code decoder_init(struct csv_decoder *csv, const struct weir_table *table,
                                   const bool *columns_needed, const bool *hidden_needed,
                                   struct weir_error *err)
{
    WEIR_TRY(weir_decoder_init(&csv->base, table, columns_needed, hidden_needed, err));
    WEIR_TRY(weir_csv_config_read(table, &csv->config, err));
    csv->base.unescape = unescape;
    csv->kernels = weir_csv_kernels();
    csv->reader.delimiter = csv->config.delimiter;
    csv->reader.quote = csv->config.quote;
    csv->by_place = calloc((size_t)table->columns_count + 1, sizeof(*csv->by_place));
    if (!csv->by_place)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a decoder of %u columns",
                         table->columns_count);
    for (uint32_t i = 0; i < table->columns_count; i++)
        csv->by_place[i] = WEIR_CSV_NOT_READ;
    for (uint32_t i = 0; i < csv->base.wanted_count; i++)
        csv->by_place[csv->base.wanted[i]] = i;
    return WEIR_OK;
}

enum weir_code weir_csv_decoder_new(const struct weir_table *table, const bool *columns_needed,
                                    const bool *hidden_needed, struct weir_decoder **ret,
                                    struct weir_error *err)
{
    struct csv_decoder *csv = calloc(1, sizeof(*csv));
    if (!csv)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    weir_arena_init(&csv->header, HEADER_ARENA_BYTES_MAX);
    enum weir_code code = decoder_init(csv, table, columns_needed, hidden_needed, err);
    if (code != WEIR_OK) {
        weir_csv_decoder_free(&csv->base);
        return code;
    }
    *ret = &csv->base;
    return WEIR_OK;
}

void weir_csv_decoder_free(struct weir_decoder *decoder)
{
    struct csv_decoder *csv = (struct csv_decoder *)decoder;
    if (!csv)
        return;
    weir_arena_done(&csv->header);
    weir_decoder_done(&csv->base);
    free(csv->by_place);
    free(csv);
}

void weir_csv_decoder_reset(struct weir_decoder *decoder)
{
    decoder->skipping = false;
    ((struct csv_decoder *)decoder)->fields_known = false;
}

static void fields_by_place(struct csv_decoder *csv)
{
    csv->reader.field_columns = csv->by_place;
    csv->reader.fields_count = csv->base.table->columns_count;
    csv->fields_known = true;
}

/* Learns from the header in `bytes` which field is which column. *ret_bytes = 0: it is not
 * complete. */
static enum weir_code fields_by_header(struct csv_decoder *csv, const struct weir_fetch *fetch,
                                       struct weir_slice bytes, bool last, size_t *ret_bytes,
                                       struct weir_error *err)
{
    uint32_t *columns = NULL, count = 0;
    weir_arena_reset(&csv->header);
    csv->fields_known = false;
    WEIR_TRY(weir_csv_header_read(csv->base.table, &csv->config, fetch->source, bytes, last,
                                  &csv->header, &columns, &count, ret_bytes, err));
    if (*ret_bytes == 0)
        return WEIR_OK;
    for (uint32_t i = 0; i < count; i++)
        columns[i] =
            columns[i] == WEIR_CSV_NOT_READ ? WEIR_CSV_NOT_READ : csv->by_place[columns[i]];
    csv->reader.field_columns = columns;
    csv->reader.fields_count = count;
    csv->fields_known = true;
    return WEIR_OK;
}

/* Before the first record of a file, or of a stretch that begins in its middle. *ret_bytes: what
 * stands before the records. */
static enum weir_code prepare_fields(struct csv_decoder *csv, const struct weir_fetch *fetch,
                                     size_t *ret_bytes, struct weir_error *err)
{
    *ret_bytes = 0;
    if (!csv->config.header) {
        fields_by_place(csv);
        *ret_bytes = fetch->first ? weir_csv_mark_bytes(fetch->bytes) : 0;
        return WEIR_OK;
    }
    if (fetch->first) {
        WEIR_TRY(fields_by_header(csv, fetch, fetch->bytes, fetch->last, ret_bytes, err));
        if (!csv->fields_known && fetch->full)
            return weir_fail(err, WEIR_BAD_CONFIG,
                             "the CSV header of %.*s does not end within %zu bytes",
                             WEIR_FMT(fetch->source), fetch->bytes.len);
        return WEIR_OK;
    }
    size_t head_bytes = 0;
    if (!csv->fields_known && fetch->head.len > 0)
        WEIR_TRY(fields_by_header(csv, fetch, fetch->head, false, &head_bytes, err));
    if (!csv->fields_known)
        return weir_fail(err, WEIR_BAD_CONFIG,
                         "the CSV header of %.*s does not end within %zu bytes",
                         WEIR_FMT(fetch->source), fetch->head.len);
    return WEIR_OK;
}

/* The record's bytes are no text: what is wrong is taken out, and said. */
static void bad_bytes(struct csv_decoder *csv, struct weir_slice record, uint32_t row)
{
    char message[160];
    for (uint32_t i = 0; i < csv->base.wanted_count; i++) {
        struct weir_span_column *column = &csv->base.columns[i];
        if (!(column->kinds[row] & WEIR_SPAN_VALUE) ||
            !weir_decode_encoding_error(column->spans[row], message, sizeof(message)))
            continue;
        column->kinds[row] = WEIR_SPAN_NONE;
        weir_decode_fail(&csv->base, row, "column \"%s\": %s",
                         csv->base.table->columns[csv->base.wanted[i]].name, message);
    }
    if (weir_decode_encoding_error(record, message, sizeof(message)))
        weir_decode_fail(&csv->base, row, "%s", message);
}

/* The kernel passed a bad record, whose row it did not count. */
static void bad_record(struct csv_decoder *csv, uint32_t row)
{
    const struct weir_csv_reader *reader = &csv->reader;
    struct weir_slice record = reader->bad_record;
    if (reader->error == WEIR_CSV_BAD_BYTES) {
        bad_bytes(csv, record, row);
        return;
    }
    weir_decode_clear(&csv->base, row);
    if (reader->error == WEIR_CSV_RAGGED)
        weir_decode_fail(&csv->base, row, "record has %u field%s, expected %u", reader->fields_seen,
                         reader->fields_seen == 1 ? "" : "s", reader->fields_count);
    else if (reader->error == WEIR_CSV_UNTERMINATED)
        weir_decode_fail(&csv->base, row, "unterminated CSV quoted field");
    else
        weir_decode_fail(&csv->base, row,
                         "unexpected character after a quoted field (byte %ld of the record)",
                         (long)(reader->error_at - record.ptr + 1));
}

/* With a null_text an unquoted empty field is ''. */
static void apply_null_text(struct csv_decoder *csv, uint32_t rows)
{
    if (csv->config.null_text.len == 0)
        return;
    for (uint32_t i = 0; i < csv->base.wanted_count; i++) {
        struct weir_span_column *column = &csv->base.columns[i];
        for (uint32_t row = 0; row < rows; row++) {
            if (column->kinds[row] ==
                WEIR_SPAN_NULL) /* which the kernel leaves with its empty span */
                column->kinds[row] = WEIR_SPAN_TEXT;
            else if (column->kinds[row] == WEIR_SPAN_TEXT &&
                     weir_slice_equal(column->spans[row], csv->config.null_text))
                column->kinds[row] = WEIR_SPAN_NULL;
        }
    }
}

static enum weir_code decode_lines(struct csv_decoder *csv, const struct weir_fetch *fetch,
                                   int64_t now_us, struct weir_batch *batch,
                                   struct weir_decoded *ret, struct weir_error *err)
{
    struct weir_slice bytes = fetch->bytes;
    size_t before_bytes = 0;
    if (bytes.len == 0)
        return WEIR_OK;
    if (!csv->fields_known || fetch->first)
        WEIR_TRY(prepare_fields(csv, fetch, &before_bytes, err));
    if (!csv->fields_known)
        return WEIR_OK;
    WEIR_TRY(weir_decode_begin(&csv->base, fetch, batch, err));
    csv->reader.columns = csv->base.columns;
    csv->reader.records = csv->base.records;
    struct weir_csv_lines lines = {.at = bytes.ptr + before_bytes,
                                   .end = bytes.ptr + bytes.len,
                                   .last = fetch->last,
                                   .rows_max = csv->base.rows_max};
    for (const char *at = bytes.ptr; csv->config.header && at < lines.at; at++)
        lines.line_ends += *at == '\n';
    while (!csv->kernels->read(&csv->reader, &lines))
        bad_record(csv, lines.row++);
    if (lines.at == bytes.ptr && fetch->full) {
        weir_decode_skip_start(&csv->base, fetch, ret);
        return WEIR_OK;
    }
    ret->consumed = (size_t)(lines.at - bytes.ptr);
    ret->lines = lines.line_ends;
    apply_null_text(csv, lines.row);
    return weir_decode_finish(&csv->base, lines.row, now_us, ret, err);
}

static void decode_message(struct csv_decoder *csv, struct weir_slice value, uint32_t row)
{
    struct weir_csv_lines lines = {.at = value.ptr,
                                   .end = value.ptr + value.len,
                                   .last = true,
                                   .row = row,
                                   .rows_max = row + 1};
    if (csv->base.records)
        csv->base.records[row] = value;
    if (!csv->kernels->read(&csv->reader, &lines)) {
        bad_record(csv, row);
    } else if (lines.row == row && csv->reader.fields_count > 1) {
        weir_decode_fail(&csv->base, row, "record has 0 fields, expected %u",
                         csv->reader.fields_count);
    } else if (lines.at < lines.end) {
        weir_decode_clear(&csv->base, row);
        weir_decode_fail(&csv->base, row, "message holds more than one CSV record");
    }
    if (csv->base.records)
        csv->base.records[row] = value;
}

static enum weir_code decode_records(struct csv_decoder *csv, const struct weir_fetch *fetch,
                                     int64_t now_us, struct weir_batch *batch,
                                     struct weir_decoded *ret, struct weir_error *err)
{
    fields_by_place(csv);
    WEIR_TRY(weir_decode_begin(&csv->base, fetch, batch, err));
    csv->reader.columns = csv->base.columns;
    csv->reader.records = csv->base.records;
    uint32_t rows = csv->base.rows_max;
    for (uint32_t row = 0; row < rows; row++) {
        struct weir_slice value = fetch->records[row].value;
        if (value.ptr)
            decode_message(csv, value, row);
        else
            weir_decode_tombstone(&csv->base, row);
    }
    ret->consumed = rows;
    apply_null_text(csv, rows);
    return weir_decode_finish(&csv->base, rows, now_us, ret, err);
}

enum weir_code weir_csv_decode(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                               int64_t now_us, struct weir_batch *batch, struct weir_decoded *ret,
                               struct weir_error *err)
{
    struct csv_decoder *csv = (struct csv_decoder *)decoder;
    *ret = (struct weir_decoded){.boundary = true};
    if (fetch->kind == WEIR_FETCH_RECORDS)
        return decode_records(csv, fetch, now_us, batch, ret, err);
    if (decoder->skipping)
        return weir_decode_skip(decoder, fetch, batch, now_us, ret, err);
    return decode_lines(csv, fetch, now_us, batch, ret, err);
}
