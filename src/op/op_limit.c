/* LIMIT and OFFSET: counts rows; once the limit is reached it asks for no more (WEIR_STOPPED). */
#include "op/operators.h"

#include <stdlib.h>

struct limit {
    struct weir_operator base;
    int64_t skip; /* rows still to be left out */
    int64_t left; /* rows still to be passed on; -1: all */
    uint32_t rows[WEIR_BATCH_ROWS_MAX];
};

static enum weir_code limit_batch(struct weir_operator *op, const struct weir_batch *batch,
                                  int64_t now_us, struct weir_error *err)
{
    struct limit *limit = (struct limit *)op;
    uint32_t count = 0;
    WEIR_FOR_SELECTED(row, batch->selection)
    {
        if (limit->skip > 0) {
            limit->skip--;
            continue;
        }
        if (limit->left == 0)
            break;
        if (limit->left > 0)
            limit->left--;
        limit->rows[count++] = row;
    }
    if (count) {
        struct weir_batch out = *batch;
        out.selection = (struct weir_selection){limit->rows, count};
        WEIR_TRY(weir_op_push(op->next, &out, now_us, err));
    }
    return limit->left == 0 ? WEIR_STOPPED : WEIR_OK;
}

static void limit_close(struct weir_operator *op)
{
    free(op);
}

static const struct weir_operator_ops limit_ops = {
    .name = "limit", .batch = limit_batch, .finish = weir_op_finish_next, .close = limit_close};

enum weir_code weir_op_limit_new(const struct weir_node *node, uint32_t columns_count,
                                 const struct weir_op_context *context, struct weir_operator *next,
                                 struct weir_operator **ret, struct weir_error *err)
{
    (void)columns_count;
    (void)context;
    struct limit *limit = calloc(1, sizeof(*limit));
    if (!limit)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    limit->base = (struct weir_operator){&limit_ops, next};
    limit->skip = node->offset > 0 ? node->offset : 0;
    limit->left = node->limit;
    *ret = &limit->base;
    return WEIR_OK;
}
