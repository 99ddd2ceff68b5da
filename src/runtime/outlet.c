/* The end of every branch: rows with errors are set apart, the others are encoded into the epoch's
 * chunk. */
#include "runtime/outlet.h"

#include "base/env.h"

#define SCRATCH_BYTES_MAX ((size_t)16 << 20)

static enum weir_code one_bad_row(struct weir_outlet *outlet, struct weir_slice why,
                                  struct weir_error *err)
{
    if (outlet->statement->on_error == WEIR_ON_ERROR_FAIL) {
        weir_fail(err, WEIR_BAD_DATA, "%s, a row of %s: %.*s", outlet->statement->label,
                  outlet->source, WEIR_FMT(why));
        return weir_hint(
            err, "set on_error 'skip' on the target table to leave such rows out and count them");
    }
    weir_counter_add(&outlet->tally->rows_bad, 1);
    return WEIR_OK;
}

enum weir_code weir_outlet_bad_rows(struct weir_outlet *outlet, const struct weir_vector *vector,
                                    struct weir_selection selection, struct weir_error *err)
{
    WEIR_FOR_SELECTED(row, selection)
    {
        if (vector->errors[row].ptr)
            WEIR_TRY(one_bad_row(outlet, vector->errors[row], err));
    }
    return WEIR_OK;
}

/* The rows without an error in any column; counts or reports the others. */
static enum weir_code keep_good_rows(struct weir_outlet *outlet, const struct weir_batch *batch,
                                     struct weir_selection *selection, struct weir_error *err)
{
    uint32_t *rows = NULL;
    for (uint32_t c = 0; c < batch->columns_count; c++) {
        const struct weir_slice *errors = batch->columns[c].errors;
        if (!errors)
            continue;
        WEIR_TRY(weir_outlet_bad_rows(outlet, &batch->columns[c], *selection, err));
        if (!rows &&
            !(rows = weir_arena_alloc(&outlet->scratch, sizeof *rows * (selection->count + 1), 16)))
            return weir_fail(err, WEIR_NOMEM, "out of memory for the rows of a batch");
        uint32_t kept = 0;
        WEIR_FOR_SELECTED(row, *selection)
        {
            if (!errors[row].ptr)
                rows[kept++] = row; /* kept <= position: filtering in place is fine */
        }
        *selection = (struct weir_selection){rows, kept};
    }
    return WEIR_OK;
}

static enum weir_code write_batch(struct weir_operator *op, const struct weir_batch *batch,
                                  int64_t now_us, struct weir_error *err)
{
    struct weir_outlet *outlet = (struct weir_outlet *)op;
    struct weir_selection selection = batch->selection;
    (void)now_us;
    weir_arena_reset(&outlet->scratch);
    WEIR_TRY(keep_good_rows(outlet, batch, &selection, err));
    if (!selection.count)
        return WEIR_OK;
    const struct weir_vector **columns =
        WEIR_NEW_ARRAY(&outlet->scratch, const struct weir_vector *, batch->columns_count + 1);
    struct weir_slice *errors =
        WEIR_NEW_ARRAY(&outlet->scratch, struct weir_slice, batch->rows + 1);
    if (!columns || !errors)
        return weir_fail(err, WEIR_NOMEM, "out of memory for the rows of a batch");
    for (uint32_t c = 0; c < batch->columns_count; c++)
        columns[c] = &batch->columns[c];
    const struct weir_rows rows = {columns, batch->columns_count, batch->rows, selection};
    struct weir_epoch_chunk *chunk = outlet->chunk;
    size_t before = chunk->bytes.len;
    uint32_t written = 0;
    WEIR_TRY(outlet->sink_ops->write(outlet->writer, &rows, batch->arena, errors, &chunk->bytes,
                                     &written, err));
    chunk->rows_count += written;
    *outlet->epoch_bytes += chunk->bytes.len - before;
    weir_counter_add(&outlet->tally->rows_out, written);
    if (written < selection.count) {
        const struct weir_vector refused = {.errors = errors};
        WEIR_TRY(weir_outlet_bad_rows(outlet, &refused, selection, err));
    }
    weir_env_step("process");
    return WEIR_OK;
}

static enum weir_code finish(struct weir_operator *op, int64_t now_us, struct weir_error *err)
{
    (void)op, (void)now_us, (void)err;
    return WEIR_OK;
}

static void close_nothing(struct weir_operator *op)
{
    (void)op; /* the task owns its outlets */
}

static const struct weir_operator_ops outlet_ops = {
    .name = "outlet", .batch = write_batch, .finish = finish, .close = close_nothing};

enum weir_code weir_outlet_open(struct weir_outlet *outlet, const struct weir_statement *statement,
                                const char *source, const struct weir_sink_ops *sink_ops,
                                struct weir_sink *sink, struct weir_statement_tally *tally,
                                size_t *epoch_bytes, struct weir_error *err)
{
    *outlet = (struct weir_outlet){.op = {.ops = &outlet_ops},
                                   .statement = statement,
                                   .source = source,
                                   .sink_ops = sink_ops,
                                   .tally = tally,
                                   .epoch_bytes = epoch_bytes};
    weir_arena_init(&outlet->scratch, SCRATCH_BYTES_MAX);
    return sink_ops->writer_new(sink, statement->given, &outlet->writer, err);
}

void weir_outlet_close(struct weir_outlet *outlet)
{
    if (outlet->writer)
        outlet->sink_ops->writer_free(outlet->writer);
    outlet->writer = NULL;
    weir_arena_done(&outlet->scratch);
}
