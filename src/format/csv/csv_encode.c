/* Columns to CSV records, as PostgreSQL's COPY .. CSV writes them: quotes where a value holds a
 * delimiter, a quote or a line end, or looks like NULL. */
#include "format/csv/csv_encode.h"

#include <stdlib.h>

#include "format/csv/csv_config.h"
#include "format/render.h"
#include "format/row_errors.h"
#include "simd/csv.h"

struct csv_encoder {
    const struct weir_csv_kernels *kernels;
    const struct weir_table *table;
    struct weir_csv_config config;
    struct weir_csv_writer writer;
    struct weir_csv_write_column columns[]; /* set for each call */
};

enum weir_code weir_csv_encoder_new(const struct weir_table *table, bool framed,
                                    struct weir_encoder **ret, struct weir_error *err)
{
    struct weir_csv_config config;
    WEIR_TRY(weir_csv_config_read(table, &config, err));
    struct csv_encoder *csv =
        calloc(1, sizeof(*csv) + table->columns_count * sizeof(csv->columns[0]));
    if (!csv)
        return weir_fail(err, WEIR_NOMEM, "out of memory for an encoder of %u columns",
                         table->columns_count);
    csv->kernels = weir_csv_kernels();
    csv->table = table;
    csv->config = config;
    csv->writer = (struct weir_csv_writer){.columns = csv->columns,
                                           .columns_count = table->columns_count,
                                           .delimiter = config.delimiter,
                                           .quote = config.quote,
                                           .null_text = config.null_text,
                                           .framed = framed};
    *ret = (struct weir_encoder *)csv;
    return WEIR_OK;
}

void weir_csv_encoder_free(struct weir_encoder *encoder)
{
    free(encoder);
}

/* Writes the rows at positions [from, to) of the selection. */
static enum weir_code write_run(void *context, const struct weir_rows *rows, uint32_t from,
                                uint32_t to, uint32_t *lengths, struct weir_buffer *out,
                                struct weir_error *err)
{
    struct csv_encoder *csv = context;
    struct weir_csv_write_rows run = {
        .rows = rows->selection.rows, .at = from, .count = to, .lengths = lengths};
    for (;;) {
        run.to = out->ptr + out->len;
        run.end = out->ptr + out->capacity;
        size_t needed = csv->kernels->write(&csv->writer, &run);
        out->len = (size_t)(run.to - out->ptr);
        if (needed == 0)
            return WEIR_OK;
        WEIR_TRY(weir_buffer_grow(out, needed, err));
    }
}

enum weir_code weir_csv_encode(struct weir_encoder *encoder, const struct weir_rows *rows,
                               struct weir_arena *arena, struct weir_slice *row_errors,
                               uint32_t *lengths, struct weir_buffer *out, uint32_t *ret_written,
                               struct weir_error *err)
{
    struct csv_encoder *csv = (struct csv_encoder *)encoder;
    WEIR_ASSERT(rows->columns_count == csv->writer.columns_count);
    for (uint32_t i = 0; i < rows->columns_count; i++) {
        struct weir_rendered rendered;
        WEIR_TRY(weir_render_plain(rows->columns[i], rows->selection, rows->rows_max, arena,
                                   &rendered, err));
        /* Whatever is not free text can only need quotes where the delimiter is a digit, a letter
         * or a sign. */
        bool odd_delimiter = csv->config.delimiter != ',' && csv->config.delimiter != ';' &&
                             csv->config.delimiter != '\t' && csv->config.delimiter != '|';
        csv->columns[i] = (struct weir_csv_write_column){rendered.values, rows->columns[i]->valid,
                                                         rendered.text || odd_delimiter ||
                                                             csv->config.quote != '"' ||
                                                             csv->config.null_text.len > 0};
    }
    WEIR_TRY(weir_buffer_reserve(out, WEIR_PAD_BYTES, err));
    return weir_encode_runs(rows, write_run, csv, row_errors, lengths, out, ret_written, err);
}

enum weir_code weir_csv_file_start(struct weir_encoder *encoder, struct weir_buffer *out,
                                   struct weir_error *err)
{
    static const uint64_t valid[] = {1};
    struct csv_encoder *csv = (struct csv_encoder *)encoder;
    uint32_t count = csv->writer.columns_count;
    if (!csv->config.header)
        return WEIR_OK;
    struct weir_slice *names = calloc(count, sizeof(*names));
    if (!names)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a header of %u columns", count);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = weir_slice_of(csv->table->columns[i].name);
        csv->columns[i] = (struct weir_csv_write_column){&names[i], valid, true};
    }
    enum weir_code code = weir_buffer_reserve(out, WEIR_PAD_BYTES, err);
    if (code == WEIR_OK)
        code = write_run(csv, &(struct weir_rows){0}, 0, 1, NULL, out, err);
    free(names);
    return code;
}
