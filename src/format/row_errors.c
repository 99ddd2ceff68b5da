/* Rows with errors are rare, so batches without any are written in one run. */
#include "format/row_errors.h"

static bool any_errors(const struct weir_rows *rows)
{
    for (uint32_t i = 0; i < rows->columns_count; i++)
        if (rows->columns[i]->errors)
            return true;
    return false;
}

static const struct weir_slice *row_error(const struct weir_rows *rows, uint32_t row)
{
    for (uint32_t i = 0; i < rows->columns_count; i++)
        if (rows->columns[i]->errors && rows->columns[i]->errors[row].ptr)
            return &rows->columns[i]->errors[row];
    return NULL;
}

enum weir_code weir_encode_runs(const struct weir_rows *rows, weir_encode_run run, void *context,
                                struct weir_slice *row_errors, uint32_t *lengths,
                                struct weir_buffer *out, uint32_t *ret_written,
                                struct weir_error *err)
{
    uint32_t count = rows->selection.count, from = 0;
    *ret_written = count;
    if (!any_errors(rows))
        return run(context, rows, 0, count, lengths, out, err);
    for (uint32_t at = 0; at < count; at++) {
        uint32_t row = rows->selection.rows ? rows->selection.rows[at] : at;
        const struct weir_slice *error = row_error(rows, row);
        if (!error)
            continue;
        if (row_errors)
            row_errors[row] = *error;
        if (lengths)
            lengths[at] = UINT32_MAX;
        --*ret_written;
        WEIR_TRY(run(context, rows, from, at, lengths, out, err));
        from = at + 1;
    }
    return run(context, rows, from, count, lengths, out, err);
}
