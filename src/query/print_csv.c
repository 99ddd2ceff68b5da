/* CSV as `psql --csv` prints it: a header line, NULL as nothing, quotes only where the value needs them.
 * Source: PostgreSQL 15, src/fe_utils/print.c, csv_print_field. */
#include "column/text.h"
#include "query/print.h"

#include <stdlib.h>

/* The bytes behind `start` in the line are a field: quotes it where it has to be. */
static enum weir_code quote_from(struct weir_buffer *line, size_t start, struct weir_error *err)
{
    size_t len = line->len - start, quotes_count = 0;
    bool special = len == 2 && memcmp(line->ptr + start, "\\.", 2) == 0;
    for (size_t i = start; i < line->len; i++) {
        char c = line->ptr[i];
        quotes_count += c == '"';
        special |= c == '"' || c == ',' || c == '\n' || c == '\r';
    }
    if (!special)
        return WEIR_OK;
    /* Moved from its end, so that no byte is overwritten before it has moved. */
    WEIR_TRY(weir_buffer_reserve(line, quotes_count + 2, err));
    char *from = line->ptr + line->len, *to = from + quotes_count + 2;
    line->len += quotes_count + 2;
    *--to = '"';
    while (from > line->ptr + start) {
        *--to = *--from;
        if (*from == '"')
            *--to = '"';
    }
    *--to = '"';
    return WEIR_OK;
}

static enum weir_code put_header(struct weir_printer *printer, struct weir_error *err)
{
    for (uint32_t c = 0; c < printer->columns_count; c++) {
        if (c)
            WEIR_TRY(weir_buffer_append(&printer->line, WEIR_SLICE(","), err));
        size_t start = printer->line.len;
        WEIR_TRY(weir_buffer_append(&printer->line, weir_slice_of(printer->names[c]), err));
        WEIR_TRY(quote_from(&printer->line, start, err));
    }
    WEIR_TRY(weir_buffer_append(&printer->line, WEIR_SLICE("\n"), err));
    return weir_printer_flush(printer, err);
}

static enum weir_code put_row(struct weir_printer *printer, const struct weir_batch *batch,
                              uint32_t row, struct weir_error *err)
{
    for (uint32_t c = 0; c < printer->columns_count; c++) {
        const struct weir_vector *column = &batch->columns[c];
        if (c)
            WEIR_TRY(weir_buffer_append(&printer->line, WEIR_SLICE(","), err));
        if (!column->data || !weir_valid(column, row))
            continue;
        size_t start = printer->line.len;
        WEIR_TRY(weir_value_format(column, row, &printer->line, err));
        WEIR_TRY(quote_from(&printer->line, start, err));
    }
    return weir_buffer_append(&printer->line, WEIR_SLICE("\n"), err);
}

static enum weir_code csv_batch(struct weir_operator *op, const struct weir_batch *batch,
                                int64_t now_us, struct weir_error *err)
{
    struct weir_printer *printer = (struct weir_printer *)op;
    (void)now_us;
    WEIR_FOR_SELECTED(row, batch->selection)
    WEIR_TRY(put_row(printer, batch, row, err));
    printer->rows += batch->selection.count;
    return weir_printer_flush(printer, err);
}

static enum weir_code csv_finish(struct weir_operator *op, int64_t now_us, struct weir_error *err)
{
    (void)now_us;
    return weir_printer_flush((struct weir_printer *)op, err);
}

static void csv_close(struct weir_operator *op)
{
    weir_buffer_done(&((struct weir_printer *)op)->line);
    free(op);
}

static const struct weir_operator_ops csv_ops = {
    .name = "csv", .batch = csv_batch, .finish = csv_finish, .close = csv_close};

enum weir_code weir_print_csv_new(const struct weir_printer *settings, struct weir_printer **ret,
                                  struct weir_error *err)
{
    struct weir_printer *printer = malloc(sizeof(*printer));
    if (!printer)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    *printer = *settings;
    printer->base.ops = &csv_ops;
    enum weir_code code = printer->tuples_only ? WEIR_OK : put_header(printer, err);
    if (code != WEIR_OK)
        csv_close(&printer->base);
    else
        *ret = printer;
    return code;
}
