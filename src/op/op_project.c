/* SELECT's list: new columns computed from those of the input; rows and selection stay. */
#include "op/operators.h"

#include <stdlib.h>

struct project {
    struct weir_operator base;
    struct weir_op_program program;
    uint32_t columns_count;
    struct weir_vector columns[];
};

static enum weir_code project_batch(struct weir_operator *op, const struct weir_batch *batch,
                                    int64_t now_us, struct weir_error *err)
{
    struct project *project = (struct project *)op;
    struct weir_batch out = *batch;
    if (project->program.state)
        WEIR_TRY(weir_program_run(project->program.state, 0, batch, batch->selection, now_us, err));
    for (uint32_t c = 0; c < project->columns_count; c++)
        project->columns[c] = *weir_program_result(project->program.state, c);
    out.columns = project->columns;
    out.columns_count = project->columns_count;
    return weir_op_push(op->next, &out, now_us, err);
}

static void project_close(struct weir_operator *op)
{
    weir_op_program_done(&((struct project *)op)->program);
    free(op);
}

static const struct weir_operator_ops project_ops = {.name = "project",
                                                     .batch = project_batch,
                                                     .finish = weir_op_finish_next,
                                                     .close = project_close};

enum weir_code weir_op_project_new(const struct weir_node *node, uint32_t columns_count,
                                   const struct weir_op_context *context,
                                   struct weir_operator *next, struct weir_operator **ret,
                                   struct weir_error *err)
{
    (void)columns_count;
    struct project *project =
        calloc(1, sizeof(*project) + node->columns_count * sizeof(project->columns[0]));
    if (!project)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    project->base = (struct weir_operator){&project_ops, next};
    project->columns_count = node->columns_count;
    enum weir_code code = weir_op_program_init(&project->program, node->exprs, node->columns_count,
                                               WEIR_BATCH_ROWS_MAX, context, err);
    if (code != WEIR_OK) {
        project_close(&project->base);
        return code;
    }
    *ret = &project->base;
    return WEIR_OK;
}
