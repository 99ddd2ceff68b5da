/* psql's aligned table: column widths are known at the end only, so the cells are kept until then.
 *
 * Headers are centred, numbers right-aligned; a line end in a value continues it on the next line, marked with "+"; control
 * characters are shown as escapes. Widths are those of a terminal: wide East Asian characters count two, combining ones none.
 * Source: PostgreSQL 15, src/fe_utils/print.c and mbprint.c, border 1. */
#include "column/text.h"
#include "query/print.h"

#include <stdlib.h>
#include <utf8proc.h>

#define CELLS_BYTES_MAX ((size_t)2 << 30)

struct cell { /* display text in `texts`: offset and bytes */
    size_t offset;
    size_t len;
};

struct table {
    struct weir_printer printer;
    struct weir_buffer texts;
    struct weir_buffer cells; /* struct cell: the headers, then row by row */
    uint32_t *widths;         /* by column */
};

/* ---- keeping cells ---- */

/* The width of the character at text[0..len) and its bytes; -1: not one that is shown as it is. */
static int character_width(const char *text, size_t len, size_t *ret_bytes)
{
    utf8proc_int32_t codepoint;
    utf8proc_ssize_t bytes =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &codepoint);
    *ret_bytes = bytes > 0 ? (size_t)bytes : 1;
    if (bytes <= 0 || codepoint < ' ' || (codepoint >= 0x7f && codepoint < 0xa0))
        return -1;
    return utf8proc_charwidth(codepoint);
}

/* Appends a character that is not shown as it is; gives its width. */
static enum weir_code put_escaped(struct weir_buffer *to, const char *from, size_t bytes,
                                  uint32_t column, uint32_t *ret_width, struct weir_error *err)
{
    size_t start = to->len;
    if (*from == '\t')
        WEIR_TRY(weir_buffer_printf(to, err, "%*s", (int)(8 - column % 8), ""));
    else if (*from == '\r')
        WEIR_TRY(weir_buffer_append(to, WEIR_SLICE("\\r"), err));
    else if (bytes == 2) /* C1 controls */
        WEIR_TRY(weir_buffer_printf(to, err, "\\u%04X",
                                    (unsigned)((from[0] & 0x1f) << 6 | (from[1] & 0x3f))));
    else
        WEIR_TRY(weir_buffer_printf(to, err, "\\x%02X", (unsigned)(unsigned char)*from));
    *ret_width = (uint32_t)(to->len - start);
    return WEIR_OK;
}

/* Turns text into what is displayed, keeps it as the next cell, and widens its column. */
static enum weir_code cell_add(struct table *table, uint32_t column, struct weir_slice text,
                               struct weir_error *err)
{
    struct weir_buffer *to = &table->texts;
    struct cell cell = {.offset = to->len};
    uint32_t width = 0, widest = 0;
    for (size_t at = 0, bytes; at < text.len; at += bytes) {
        int shown = character_width(text.ptr + at, text.len - at, &bytes);
        uint32_t more = shown < 0 ? 0 : (uint32_t)shown;
        bool line_end = text.ptr[at] == '\n';
        if (shown >= 0 || line_end)
            WEIR_TRY(weir_buffer_append(to, weir_slice(text.ptr + at, bytes), err));
        else
            WEIR_TRY(put_escaped(to, text.ptr + at, bytes, width, &more, err));
        width = line_end ? 0 : width + more;
        widest = width > widest ? width : widest;
    }
    cell.len = to->len - cell.offset;
    if (widest > table->widths[column])
        table->widths[column] = widest;
    return weir_buffer_append(&table->cells, weir_slice((const char *)&cell, sizeof(cell)), err);
}

static enum weir_code table_batch(struct weir_operator *op, const struct weir_batch *batch,
                                  int64_t now_us, struct weir_error *err)
{
    struct table *table = (struct table *)op;
    (void)now_us;
    WEIR_FOR_SELECTED(row, batch->selection)
    {
        for (uint32_t c = 0; c < table->printer.columns_count; c++) {
            const struct weir_vector *column = &batch->columns[c];
            struct weir_slice text = WEIR_SLICE("");
            if (column->data && weir_valid(column, row))
                text = weir_value_text(column, row, batch->arena);
            if (!text.ptr)
                return weir_fail(err, WEIR_NOMEM, "out of memory");
            WEIR_TRY(cell_add(table, c, text, err));
        }
    }
    table->printer.rows += batch->selection.count;
    return WEIR_OK;
}

/* ---- printing ---- */

static bool is_number(enum weir_type type)
{
    return type == WEIR_INT4 || type == WEIR_INT8 || type == WEIR_FLOAT8 || type == WEIR_NUMERIC;
}

/* Line number `line` of a cell; *ret_more: others follow. ptr NULL behind the last. */
static struct weir_slice cell_line(const struct table *table, const struct cell *cell,
                                   uint32_t line, bool *ret_more)
{
    const char *at = table->texts.ptr + cell->offset, *end = at + cell->len, *line_end = NULL;
    *ret_more = false;
    if (cell->len == 0)
        return line ? (struct weir_slice){NULL, 0} : WEIR_SLICE("");
    for (; (line_end = memchr(at, '\n', (size_t)(end - at))) && line; line--)
        at = line_end + 1;
    if (line)
        return (struct weir_slice){NULL, 0};
    *ret_more = line_end != NULL;
    return weir_slice(at, (size_t)((line_end ? line_end : end) - at));
}

static uint32_t line_width(struct weir_slice line)
{
    uint32_t width = 0;
    for (size_t at = 0, bytes; at < line.len; at += bytes) {
        int shown = character_width(line.ptr + at, line.len - at, &bytes);
        width += shown < 0 ? 0 : (uint32_t)shown;
    }
    return width;
}

static enum weir_code put_blanks(struct weir_buffer *line, uint32_t count, struct weir_error *err)
{
    if (count == 0)
        return WEIR_OK;
    WEIR_TRY(weir_buffer_reserve(line, count, err));
    memset(line->ptr + line->len, ' ', count);
    line->len += count;
    return WEIR_OK;
}

/* One line of one cell, with the blank or "+" behind it. Values of the last column are not padded. */
static enum weir_code put_cell(struct table *table, uint32_t column, struct weir_slice text,
                               bool more, bool header, struct weir_error *err)
{
    struct weir_buffer *line = &table->printer.line;
    bool last = column + 1 == table->printer.columns_count;
    uint32_t pad = table->widths[column] - line_width(text), left = 0;
    if (header)
        left = pad / 2;
    else if (text.ptr && is_number(table->printer.types[column]))
        left = pad;
    WEIR_TRY(weir_buffer_append(line, WEIR_SLICE(" "), err));
    WEIR_TRY(put_blanks(line, left, err));
    WEIR_TRY(weir_buffer_append(line, text.ptr ? text : WEIR_SLICE(""), err));
    if (header || !last || more)
        WEIR_TRY(put_blanks(line, pad - left, err));
    if (more)
        WEIR_TRY(weir_buffer_append(line, WEIR_SLICE("+"), err));
    else if (header || !last)
        WEIR_TRY(weir_buffer_append(line, WEIR_SLICE(" "), err));
    return last ? WEIR_OK : weir_buffer_append(line, WEIR_SLICE("|"), err);
}

/* A row of cells: as many lines as its tallest cell has. */
static enum weir_code put_row(struct table *table, const struct cell *cells, bool header,
                              struct weir_error *err)
{
    bool more = true;
    for (uint32_t line = 0; more; line++) {
        more = false;
        for (uint32_t c = 0; c < table->printer.columns_count; c++) {
            bool cell_more;
            struct weir_slice text = cell_line(table, &cells[c], line, &cell_more);
            WEIR_TRY(put_cell(table, c, text, cell_more, header, err));
            more |= cell_more;
        }
        WEIR_TRY(weir_buffer_append(&table->printer.line, WEIR_SLICE("\n"), err));
    }
    return table->printer.line.len > 1 << 16 ? weir_printer_flush(&table->printer, err) : WEIR_OK;
}

static enum weir_code put_rule(struct table *table, struct weir_error *err)
{
    struct weir_buffer *line = &table->printer.line;
    if (table->printer.columns_count == 0)
        return weir_buffer_append(line, WEIR_SLICE("--\n"), err);
    for (uint32_t c = 0; c < table->printer.columns_count; c++) {
        if (c)
            WEIR_TRY(weir_buffer_append(line, WEIR_SLICE("+"), err));
        WEIR_TRY(weir_buffer_reserve(line, table->widths[c] + 2, err));
        memset(line->ptr + line->len, '-', table->widths[c] + 2);
        line->len += table->widths[c] + 2;
    }
    return weir_buffer_append(line, WEIR_SLICE("\n"), err);
}

static enum weir_code table_finish(struct weir_operator *op, int64_t now_us, struct weir_error *err)
{
    struct table *table = (struct table *)op;
    struct weir_printer *printer = &table->printer;
    const struct cell *cells = (const struct cell *)table->cells.ptr;
    (void)now_us;
    if (!printer->tuples_only) {
        if (printer->columns_count)
            WEIR_TRY(put_row(table, cells, true, err));
        WEIR_TRY(put_rule(table, err));
    }
    for (uint64_t row = 1; printer->columns_count && row <= printer->rows; row++)
        WEIR_TRY(put_row(table, cells + row * printer->columns_count, false, err));
    if (!printer->tuples_only)
        WEIR_TRY(weir_buffer_printf(&printer->line, err, "(%llu row%s)\n",
                                    (unsigned long long)printer->rows,
                                    printer->rows == 1 ? "" : "s"));
    WEIR_TRY(weir_buffer_append(&printer->line, WEIR_SLICE("\n"), err));
    return weir_printer_flush(printer, err);
}

static void table_close(struct weir_operator *op)
{
    struct table *table = (struct table *)op;
    weir_buffer_done(&table->printer.line);
    weir_buffer_done(&table->texts);
    weir_buffer_done(&table->cells);
    free(table->widths);
    free(table);
}

static const struct weir_operator_ops table_ops = {
    .name = "table", .batch = table_batch, .finish = table_finish, .close = table_close};

static enum weir_code headers_add(struct table *table, struct weir_error *err)
{
    if (!table->widths)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t c = 0; c < table->printer.columns_count; c++)
        WEIR_TRY(cell_add(table, c, weir_slice_of(table->printer.names[c]), err));
    return WEIR_OK;
}

enum weir_code weir_print_table_new(const struct weir_printer *settings, struct weir_printer **ret,
                                    struct weir_error *err)
{
    struct table *table = calloc(1, sizeof(*table));
    if (!table)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    table->printer = *settings;
    table->printer.base.ops = &table_ops;
    weir_buffer_init(&table->texts, CELLS_BYTES_MAX);
    weir_buffer_init(&table->cells, CELLS_BYTES_MAX);
    table->widths = calloc(settings->columns_count + 1, sizeof(*table->widths));
    enum weir_code code = headers_add(table, err);
    if (code != WEIR_OK)
        table_close(&table->printer.base);
    else
        *ret = &table->printer;
    return code;
}
