/* Chains: operators made from plan nodes, and the small things that all of them use. */
#include "op/operators.h"

#define PROGRAM_BYTES_MAX ((size_t)256 << 20)

enum weir_code weir_op_program_init(struct weir_op_program *program,
                                    const struct weir_expr *const *exprs, uint32_t exprs_count,
                                    uint32_t rows_max, const struct weir_op_context *context,
                                    struct weir_error *err)
{
    *program = (struct weir_op_program){0};
    weir_arena_init(&program->arena, PROGRAM_BYTES_MAX);
    if (exprs_count == 0)
        return WEIR_OK;
    struct weir_program_root *roots =
        WEIR_NEW_ARRAY(&program->arena, struct weir_program_root, exprs_count);
    if (!roots)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t e = 0; e < exprs_count; e++)
        roots[e].expr = exprs[e];
    struct weir_program *compiled;
    WEIR_TRY(weir_program_compile(roots, exprs_count, 1, &program->arena, &compiled, err));
    return weir_program_state_new(compiled, rows_max, weir_lookups_probe, context->lookups,
                                  &program->arena, &program->state, err);
}

void weir_op_program_done(struct weir_op_program *program)
{
    weir_arena_done(&program->arena);
    program->state = NULL;
}

enum weir_code weir_op_finish_next(struct weir_operator *op, int64_t now_us, struct weir_error *err)
{
    return weir_op_finish(op->next, now_us, err);
}

weir_op_new_function *weir_op_maker(enum weir_node_kind kind)
{
    switch (kind) {
    case WEIR_NODE_FILTER:
        return weir_op_filter_new;
    case WEIR_NODE_PROJECT:
        return weir_op_project_new;
    case WEIR_NODE_JOIN:
        return weir_op_join_new;
    case WEIR_NODE_AGGREGATE:
        return weir_op_aggregate_new;
    case WEIR_NODE_SORT:
        return weir_op_sort_new;
    case WEIR_NODE_LIMIT:
        return weir_op_limit_new;
    case WEIR_NODE_SCAN:
    case WEIR_NODE_VALUES:
    case WEIR_NODE_UNION_ALL:
        break;
    }
    return NULL;
}

uint32_t weir_op_columns(const struct weir_node *node, uint32_t input_columns,
                         const struct weir_op_context *context)
{
    switch (node->kind) {
    case WEIR_NODE_SCAN:
        return node->table->columns_count + WEIR_HIDDEN_COUNT;
    case WEIR_NODE_JOIN:
        return input_columns + weir_lookups_columns(context->lookups, node->lookup);
    case WEIR_NODE_FILTER:
    case WEIR_NODE_SORT:
    case WEIR_NODE_LIMIT:
        return input_columns;
    default:
        return node->columns_count;
    }
}

enum weir_code weir_op_chain(const struct weir_node *const *nodes, uint32_t nodes_count,
                             uint32_t input_columns, struct weir_lookups *lookups,
                             struct weir_operator *last, struct weir_operator **ret,
                             struct weir_error *err)
{
    /* Made from the last to the first, as each one is given its next: widths first. */
    const struct weir_op_context context = {.lookups = lookups, .strict = false};
    struct weir_operator *next = last;
    for (uint32_t n = nodes_count; n-- > 0;) {
        uint32_t columns = input_columns;
        for (uint32_t before = 0; before < n; before++)
            columns = weir_op_columns(nodes[before], columns, &context);
        weir_op_new_function *maker = weir_op_maker(nodes[n]->kind);
        WEIR_ASSERT(maker);
        enum weir_code code = maker(nodes[n], columns, &context, next, &next, err);
        if (code != WEIR_OK) {
            weir_op_chain_close(next, last);
            return code;
        }
    }
    *ret = next;
    return WEIR_OK;
}

void weir_op_chain_close(struct weir_operator *first, struct weir_operator *last)
{
    while (first && first != last) {
        struct weir_operator *next = first->next;
        first->ops->close(first);
        first = next;
    }
}
