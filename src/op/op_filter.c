/* WHERE and HAVING: narrows the selection; columns are passed on as they are. */
#include "op/operators.h"

#include <stdlib.h>

struct filter {
    struct weir_operator base;
    struct weir_op_program program;
    bool strict;
    uint32_t rows[WEIR_BATCH_ROWS_MAX];
};

/* Rows whose condition failed stay, with all columns failed, in their place among those that
 * passed. */
static enum weir_code pass_with_errors(struct filter *filter, const struct weir_batch *batch,
                                       const struct weir_vector *condition, int64_t now_us,
                                       struct weir_error *err)
{
    struct weir_batch out = *batch;
    out.columns = WEIR_NEW_ARRAY(batch->arena, struct weir_vector, batch->columns_count + 1);
    if (!out.columns)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    WEIR_TRY(weir_row_error_spread(batch, condition, out.columns, err));
    uint32_t count = 0;
    WEIR_FOR_SELECTED(row, batch->selection)
    {
        if (condition->errors[row].ptr || (weir_valid(condition, row) && condition->b[row]))
            filter->rows[count++] = row;
    }
    out.selection = (struct weir_selection){filter->rows, count};
    return weir_op_push(filter->base.next, &out, now_us, err);
}

static enum weir_code filter_batch(struct weir_operator *op, const struct weir_batch *batch,
                                   int64_t now_us, struct weir_error *err)
{
    struct filter *filter = (struct filter *)op;
    WEIR_TRY(weir_program_run(filter->program.state, 0, batch, batch->selection, now_us, err));
    const struct weir_vector *condition = weir_program_result(filter->program.state, 0);
    uint32_t errors_count = 0;
    uint32_t count =
        weir_selection_filter(condition, batch->selection, filter->rows, &errors_count);
    if (errors_count && filter->strict)
        return weir_row_error_check(condition, batch->selection, err);
    if (errors_count)
        return pass_with_errors(filter, batch, condition, now_us, err);
    if (count == 0)
        return WEIR_OK;
    struct weir_batch out = *batch;
    out.selection = (struct weir_selection){filter->rows, count};
    return weir_op_push(op->next, &out, now_us, err);
}

static void filter_close(struct weir_operator *op)
{
    weir_op_program_done(&((struct filter *)op)->program);
    free(op);
}

static const struct weir_operator_ops filter_ops = {
    .name = "filter", .batch = filter_batch, .finish = weir_op_finish_next, .close = filter_close};

enum weir_code weir_op_filter_new(const struct weir_node *node, uint32_t columns_count,
                                  const struct weir_op_context *context, struct weir_operator *next,
                                  struct weir_operator **ret, struct weir_error *err)
{
    (void)columns_count;
    struct filter *filter = calloc(1, sizeof(*filter));
    if (!filter)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    filter->base = (struct weir_operator){&filter_ops, next};
    filter->strict = context->strict;
    enum weir_code code = weir_op_program_init(&filter->program, &node->condition, 1,
                                               WEIR_BATCH_ROWS_MAX, context, err);
    if (code != WEIR_OK) {
        filter_close(&filter->base);
        return code;
    }
    *ret = &filter->base;
    return WEIR_OK;
}
