/* One JSON object a line, compact, columns in order, values as PostgreSQL's row_to_json: numbers and booleans bare, jsonb as
 * it is, timestamps in ISO 8601 with T, everything else as text.
 * Source: PostgreSQL 15, json.c (datum_to_json, escape_json). */
#include "column/text.h"
#include "query/print.h"

#include <math.h>
#include <stdlib.h>

static enum weir_code put_text(struct weir_buffer *line, struct weir_slice text,
                               struct weir_error *err)
{
    static const char hex[] = "0123456789abcdef";
    /* No byte takes more than six. */
    WEIR_TRY(weir_buffer_reserve(line, text.len * 6 + 2, err));
    char *to = line->ptr + line->len;
    *to++ = '"';
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        const char *letter = c && c < ' ' ? strchr("\bb\ff\nn\rr\tt", c) : NULL;
        if (c == '"' || c == '\\' || letter) {
            *to++ = '\\';
            const char *shown = letter ? letter + 1 : text.ptr + i;
            *to++ = *shown;
        } else if (c < ' ') {
            const char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            memcpy(to, escape, sizeof(escape));
            to += sizeof(escape);
        } else {
            *to++ = text.ptr[i];
        }
    }
    *to++ = '"';
    line->len = (size_t)(to - line->ptr);
    return WEIR_OK;
}

/* "2026-01-02 03:04:05+00" becomes "2026-01-02T03:04:05+00:00". */
static enum weir_code put_timestamp(struct weir_buffer *line, int64_t value, struct weir_error *err)
{
    char text[48];
    size_t len = weir_timestamptz_format(value, text);
    char *blank = memchr(text, ' ', len), *zone = memmem(text, len, "+00", 3);
    if (!blank || !zone)
        return put_text(line, weir_slice(text, len), err);
    *blank = 'T';
    size_t front = (size_t)(zone - text) + 3;
    return weir_buffer_printf(line, err, "\"%.*s:00%.*s\"", (int)front, text, (int)(len - front),
                              text + front);
}

static enum weir_code put_value(struct weir_printer *printer, const struct weir_vector *column,
                                uint32_t row, struct weir_arena *arena, struct weir_error *err)
{
    struct weir_buffer *line = &printer->line;
    if (!column->data || !weir_valid(column, row))
        return weir_buffer_append(line, WEIR_SLICE("null"), err);
    switch (column->type) {
    case WEIR_BOOL:
        return weir_buffer_append(line, column->b[row] ? WEIR_SLICE("true") : WEIR_SLICE("false"),
                                  err);
    case WEIR_FLOAT8:
        if (!isfinite(column->f8[row]))
            break;
        return weir_value_format(column, row, line, err);
    case WEIR_NUMERIC:
        if (column->s[row].len && strchr("-0123456789", column->s[row].ptr[0]) &&
            !weir_slice_is(column->s[row], "-Infinity"))
            return weir_buffer_append(line, column->s[row], err);
        break;
    case WEIR_INT4:
    case WEIR_INT8:
    case WEIR_JSONB:
        return weir_value_format(column, row, line, err);
    case WEIR_TIMESTAMPTZ:
        return put_timestamp(line, column->i8[row], err);
    default:
        break;
    }
    struct weir_slice text = weir_value_text(column, row, arena);
    return text.ptr ? put_text(line, text, err) : weir_fail(err, WEIR_NOMEM, "out of memory");
}

static enum weir_code put_row(struct weir_printer *printer, const struct weir_batch *batch,
                              uint32_t row, struct weir_error *err)
{
    for (uint32_t c = 0; c < printer->columns_count; c++) {
        WEIR_TRY(weir_buffer_append(&printer->line, c ? WEIR_SLICE(",") : WEIR_SLICE("{"), err));
        WEIR_TRY(put_text(&printer->line, weir_slice_of(printer->names[c]), err));
        WEIR_TRY(weir_buffer_append(&printer->line, WEIR_SLICE(":"), err));
        WEIR_TRY(put_value(printer, &batch->columns[c], row, batch->arena, err));
    }
    return weir_buffer_append(&printer->line,
                              printer->columns_count ? WEIR_SLICE("}\n") : WEIR_SLICE("{}\n"), err);
}

static enum weir_code json_batch(struct weir_operator *op, const struct weir_batch *batch,
                                 int64_t now_us, struct weir_error *err)
{
    struct weir_printer *printer = (struct weir_printer *)op;
    (void)now_us;
    WEIR_FOR_SELECTED(row, batch->selection)
    WEIR_TRY(put_row(printer, batch, row, err));
    printer->rows += batch->selection.count;
    return weir_printer_flush(printer, err);
}

static enum weir_code json_finish(struct weir_operator *op, int64_t now_us, struct weir_error *err)
{
    (void)now_us;
    return weir_printer_flush((struct weir_printer *)op, err);
}

static void json_close(struct weir_operator *op)
{
    weir_buffer_done(&((struct weir_printer *)op)->line);
    free(op);
}

static const struct weir_operator_ops json_ops = {
    .name = "json", .batch = json_batch, .finish = json_finish, .close = json_close};

enum weir_code weir_print_json_new(const struct weir_printer *settings, struct weir_printer **ret,
                                   struct weir_error *err)
{
    struct weir_printer *printer = malloc(sizeof(*printer));
    if (!printer)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    *printer = *settings;
    printer->base.ops = &json_ops;
    *ret = printer;
    return WEIR_OK;
}
