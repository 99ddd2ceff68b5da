/* GROUP BY and aggregates: a hash table of groups, in the order in which they appeared; results
 * come at the end. SELECT DISTINCT is the same with keys alone.
 *
 * DISTINCT arguments are collected as a set of (group, arguments) and aggregated at the end, in
 * PostgreSQL's order where that shows. Only bounded queries aggregate, so row errors are fatal here.
 * Not here: the functions (aggregate.c); spilling to disk. */
#include "op/aggregate.h"

#include "column/text.h"
#include "op/operators.h"
#include "op/store.h"

#include <stdlib.h>

struct distinct { /* the arguments of one DISTINCT aggregate that have been seen: group, args.. */
    struct weir_store rows;
    struct weir_store_index index;
    uint32_t columns_count; /* 0: this aggregate is not DISTINCT */
};

struct aggregate {
    struct weir_operator base;
    const struct weir_node *node;
    struct weir_op_program program; /* keys, then for each aggregate its arguments and filter */
    uint32_t exprs_count;
    const struct weir_vector **keys;
    struct weir_store groups;
    struct weir_store_index index;
    struct weir_aggregate_states **states; /* by aggregate */
    struct distinct *distinct;             /* by aggregate */
    uint32_t group_of[WEIR_BATCH_ROWS_MAX];
};

/* ---- taking rows in ---- */

static enum weir_code does_not_fit(struct weir_error *err)
{
    weir_fail(err, WEIR_NOMEM, "the groups do not fit into memory (%zu MB)",
              WEIR_OP_STATE_BYTES_MAX >> 20);
    return weir_hint(err, "Group fewer rows (WHERE), or by fewer columns.");
}

/* group_of[i] = the group of the i-th selected row. */
static enum weir_code find_groups(struct aggregate *op, const struct weir_batch *batch,
                                  struct weir_error *err)
{
    uint32_t keys_count = op->node->keys_count, i = 0;
    uint64_t hashes[WEIR_BATCH_ROWS_MAX];
    weir_key_hash(op->keys, keys_count, batch->selection, hashes);
    for (; i < batch->selection.count; i++)
        weir_store_prefetch(&op->index, hashes[i]);
    i = 0;
    WEIR_FOR_SELECTED(row, batch->selection)
    {
        uint32_t group = weir_store_find(&op->groups, &op->index, op->keys, row, hashes[i]);
        if (group == WEIR_NO_ROW) {
            group = op->groups.rows;
            WEIR_TRY(weir_store_append(&op->groups, op->keys, row, err));
            WEIR_TRY(weir_store_index_add(&op->index, &op->groups, group, hashes[i], err));
        }
        op->group_of[i++] = group;
    }
    return WEIR_OK;
}

static enum weir_code distinct_add(struct distinct *set, uint32_t group,
                                   const struct weir_vector *const *args, uint32_t row,
                                   struct weir_error *err)
{
    /* The group stands in a vector of its own, so that set and row look alike: columns (group,
     * args..) of one row each. */
    int32_t number = (int32_t)group;
    uint64_t valid[3] = {1, 0, 0};
    struct weir_vector columns[3] = {{.type = WEIR_INT4, .valid = &valid[0], .i4 = &number}};
    const struct weir_vector *views[3] = {&columns[0], &columns[1], &columns[2]};
    for (uint32_t a = 1; a < 3 && a < set->columns_count && args[a - 1]; a++) {
        const struct weir_vector *arg = args[a - 1];
        columns[a] = *arg;
        columns[a].valid = &valid[a];
        columns[a].data = (char *)arg->data + row * weir_type_width(arg->type);
        valid[a] = weir_valid(arg, row);
    }
    uint64_t hash;
    const struct weir_selection one = {NULL, 1};
    weir_key_hash(views, set->columns_count, one, &hash);
    if (weir_store_find(&set->rows, &set->index, views, 0, hash) != WEIR_NO_ROW)
        return WEIR_OK;
    WEIR_TRY(weir_store_append(&set->rows, views, 0, err));
    return weir_store_index_add(&set->index, &set->rows, set->rows.rows - 1, hash, err);
}

/* One aggregate over a batch; `result` is the index of its first root in the program. */
static enum weir_code add_batch(struct aggregate *op, uint32_t at, uint32_t *result,
                                const struct weir_batch *batch, struct weir_error *err)
{
    const struct weir_aggregate *aggregate = &op->node->aggregates[at];
    const struct weir_vector *args[2] = {NULL, NULL}, *filter = NULL;
    for (uint32_t a = 0; a < 2; a++)
        if (aggregate->args[a])
            args[a] = weir_program_result(op->program.state, (*result)++);
    if (aggregate->filter)
        filter = weir_program_result(op->program.state, (*result)++);
    WEIR_TRY(weir_aggregate_grow(op->states[at], op->groups.rows, err));
    uint32_t i = 0;
    WEIR_FOR_SELECTED(row, batch->selection)
    {
        uint32_t group = op->group_of[i++];
        if (filter && !(weir_valid(filter, row) && filter->b[row]))
            continue;
        if (op->distinct[at].columns_count)
            WEIR_TRY(distinct_add(&op->distinct[at], group, args, row, err));
        else
            WEIR_TRY(weir_aggregate_add(op->states[at], group, args, row, err));
    }
    return WEIR_OK;
}

static size_t bytes_held(const struct aggregate *op)
{
    size_t bytes = weir_store_bytes(&op->groups) + weir_store_index_bytes(&op->index);
    for (uint32_t a = 0; a < op->node->aggregates_count; a++) {
        bytes += weir_aggregate_bytes(op->states[a]);
        if (op->distinct[a].columns_count)
            bytes += weir_store_bytes(&op->distinct[a].rows) +
                     weir_store_index_bytes(&op->distinct[a].index);
    }
    return bytes;
}

/* Arguments are computed for all rows; where a FILTER leaves a row out, its argument's error does
 * not matter. */
static enum weir_code check_errors(struct aggregate *op, const struct weir_batch *batch,
                                   struct weir_error *err)
{
    uint32_t result = 0;
    for (; result < op->node->keys_count; result++)
        WEIR_TRY(weir_row_error_check(op->keys[result], batch->selection, err));
    for (uint32_t at = 0; at < op->node->aggregates_count; at++) {
        const struct weir_aggregate *aggregate = &op->node->aggregates[at];
        uint32_t args_count = (aggregate->args[0] != NULL) + (aggregate->args[1] != NULL);
        struct weir_selection selection = batch->selection;
        uint32_t rows[WEIR_BATCH_ROWS_MAX], ignored;
        if (aggregate->filter) {
            const struct weir_vector *filter =
                weir_program_result(op->program.state, result + args_count);
            WEIR_TRY(weir_row_error_check(filter, batch->selection, err));
            selection.count = weir_selection_filter(filter, batch->selection, rows, &ignored);
            selection.rows = rows;
        }
        for (uint32_t a = 0; a < args_count; a++)
            WEIR_TRY(weir_row_error_check(weir_program_result(op->program.state, result + a),
                                          selection, err));
        result += args_count + (aggregate->filter != NULL);
    }
    return WEIR_OK;
}

static enum weir_code aggregate_batch(struct weir_operator *base, const struct weir_batch *batch,
                                      int64_t now_us, struct weir_error *err)
{
    struct aggregate *op = (struct aggregate *)base;
    if (op->program.state)
        WEIR_TRY(weir_program_run(op->program.state, 0, batch, batch->selection, now_us, err));
    for (uint32_t k = 0; k < op->node->keys_count; k++)
        op->keys[k] = weir_program_result(op->program.state, k);
    WEIR_TRY(check_errors(op, batch, err));
    enum weir_code code = find_groups(op, batch, err);
    uint32_t result = op->node->keys_count;
    for (uint32_t at = 0; code == WEIR_OK && at < op->node->aggregates_count; at++)
        code = add_batch(op, at, &result, batch, err);
    if (code == WEIR_NOMEM || (code == WEIR_OK && bytes_held(op) > WEIR_OP_STATE_BYTES_MAX))
        return does_not_fit(err);
    return code;
}

/* ---- giving results out ---- */

static int compare_distinct(const void *a_row, const void *b_row, void *context)
{
    const struct weir_store *rows = context;
    uint32_t a = *(const uint32_t *)a_row, b = *(const uint32_t *)b_row;
    for (uint32_t c = 0; c < rows->columns_count; c++) {
        const struct weir_vector *column = &rows->columns[c];
        bool a_valid = weir_valid(column, a), b_valid = weir_valid(column, b);
        int order =
            a_valid && b_valid ? weir_value_compare(column, a, column, b) : b_valid - a_valid;
        if (order)
            return order;
    }
    return 0;
}

/* Whether the result shows in which order the values came: texts put together, sums that are rounded. */
static bool order_shows(const struct weir_aggregate *aggregate)
{
    return strcmp(aggregate->function, "string_agg") == 0 || aggregate->type == WEIR_FLOAT8;
}

/* Adds the set of a DISTINCT aggregate to its groups, sorted where that shows. */
static enum weir_code distinct_finish(struct aggregate *op, uint32_t at, struct weir_error *err)
{
    struct weir_store *rows = &op->distinct[at].rows;
    uint32_t *order = malloc((rows->rows + 1) * sizeof(*order));
    if (!order)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t row = 0; row < rows->rows; row++)
        order[row] = row;
    if (order_shows(&op->node->aggregates[at]))
        qsort_r(order, rows->rows, sizeof(*order), compare_distinct, rows);
    enum weir_code code = WEIR_OK;
    for (uint32_t i = 0; code == WEIR_OK && i < rows->rows; i++)
        code = weir_aggregate_add(op->states[at], (uint32_t)rows->columns[0].i4[order[i]],
                                  rows->views + 1, order[i], err);
    free(order);
    return code;
}

/* Groups [from, from + count) as a batch. */
static enum weir_code push_groups(struct aggregate *op, uint32_t from, uint32_t count,
                                  struct weir_arena *arena, int64_t now_us, struct weir_error *err)
{
    const struct weir_node *node = op->node;
    weir_arena_reset(arena);
    struct weir_batch out = {.arena = arena,
                             .columns_count = node->columns_count,
                             .rows = count,
                             .capacity = count,
                             .selection = {NULL, count}};
    uint32_t *rows = WEIR_NEW_ARRAY(arena, uint32_t, count);
    out.columns = WEIR_NEW_ARRAY(arena, struct weir_vector, node->columns_count + 1);
    if (!rows || !out.columns)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t i = 0; i < count; i++)
        rows[i] = from + i;
    for (uint32_t k = 0; k < node->keys_count; k++)
        WEIR_TRY(weir_gather(&out.columns[k], &op->groups.columns[k], rows, count, arena, err));
    for (uint32_t a = 0; a < node->aggregates_count; a++) {
        struct weir_vector *to = &out.columns[node->keys_count + a];
        WEIR_TRY(weir_vector_init(to, node->aggregates[a].type, count, false, arena, err));
        for (uint32_t i = 0; i < count; i++)
            WEIR_TRY(weir_aggregate_result(op->states[a], from + i, to, i, arena, err));
    }
    return weir_op_push(op->base.next, &out, now_us, err);
}

static enum weir_code push_all(struct aggregate *op, struct weir_arena *arena, int64_t now_us,
                               struct weir_error *err)
{
    uint32_t batch_rows = weir_batch_rows();
    for (uint32_t at = 0; at < op->groups.rows; at += batch_rows) {
        uint32_t count = op->groups.rows - at < batch_rows ? op->groups.rows - at : batch_rows;
        WEIR_TRY(push_groups(op, at, count, arena, now_us, err));
    }
    return WEIR_OK;
}

static enum weir_code aggregate_finish(struct weir_operator *base, int64_t now_us,
                                       struct weir_error *err)
{
    struct aggregate *op = (struct aggregate *)base;
    if (!op->node->grouped && op->node->keys_count == 0 && op->groups.rows == 0)
        WEIR_TRY(weir_store_append(&op->groups, op->keys, 0, err)); /* no rows: still one group */
    for (uint32_t at = 0; at < op->node->aggregates_count; at++) {
        WEIR_TRY(weir_aggregate_grow(op->states[at], op->groups.rows, err));
        if (op->distinct[at].columns_count)
            WEIR_TRY(distinct_finish(op, at, err));
    }
    struct weir_arena arena;
    weir_arena_init(&arena, WEIR_OP_STATE_BYTES_MAX);
    enum weir_code code = push_all(op, &arena, now_us, err);
    weir_arena_done(&arena);
    if (code != WEIR_OK && code != WEIR_STOPPED)
        return code;
    return weir_op_finish(base->next, now_us, err);
}

static void aggregate_close(struct weir_operator *base)
{
    struct aggregate *op = (struct aggregate *)base;
    for (uint32_t a = 0; a < op->node->aggregates_count; a++) {
        if (op->states)
            weir_aggregate_free(op->states[a]);
        if (op->distinct && op->distinct[a].columns_count) {
            weir_store_done(&op->distinct[a].rows);
            weir_store_index_done(&op->distinct[a].index);
        }
    }
    free(op->states);
    free(op->distinct);
    free(op->keys);
    weir_store_done(&op->groups);
    weir_store_index_done(&op->index);
    weir_op_program_done(&op->program);
    free(op);
}

static const struct weir_operator_ops aggregate_ops = {.name = "aggregate",
                                                       .batch = aggregate_batch,
                                                       .finish = aggregate_finish,
                                                       .close = aggregate_close};

/* ---- opening ---- */

static enum weir_code distinct_init(struct distinct *set, const struct weir_aggregate *aggregate,
                                    struct weir_error *err)
{
    enum weir_type types[3] = {WEIR_INT4};
    uint32_t count = 1;
    for (uint32_t a = 0; a < 2; a++)
        if (aggregate->args[a])
            types[count++] = aggregate->args[a]->type;
    WEIR_TRY(weir_store_init(&set->rows, types, count, WEIR_OP_STATE_BYTES_MAX, err));
    set->columns_count = count;
    return weir_store_index_init(&set->index, count, 0, err);
}

static enum weir_code states_init(struct aggregate *op, struct weir_error *err)
{
    const struct weir_node *node = op->node;
    for (uint32_t a = 0; a < node->aggregates_count; a++) {
        const struct weir_aggregate *aggregate = &node->aggregates[a];
        enum weir_type types[2] = {aggregate->args[0] ? aggregate->args[0]->type : WEIR_UNKNOWN,
                                   aggregate->args[1] ? aggregate->args[1]->type : WEIR_UNKNOWN};
        WEIR_TRY(weir_aggregate_new(aggregate, types, &op->states[a], err));
        if (aggregate->distinct && aggregate->args[0])
            WEIR_TRY(distinct_init(&op->distinct[a], aggregate, err));
    }
    return WEIR_OK;
}

static enum weir_code program_init(struct aggregate *op, const struct weir_op_context *context,
                                   struct weir_error *err)
{
    const struct weir_node *node = op->node;
    uint32_t count = 0;
    const struct weir_expr **exprs =
        calloc(node->keys_count + node->aggregates_count * 3 + 1, sizeof(const struct weir_expr *));
    if (!exprs)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t k = 0; k < node->keys_count; k++)
        exprs[count++] = node->exprs[k];
    for (uint32_t a = 0; a < node->aggregates_count; a++) {
        const struct weir_aggregate *aggregate = &node->aggregates[a];
        for (uint32_t arg = 0; arg < 2; arg++)
            if (aggregate->args[arg])
                exprs[count++] = aggregate->args[arg];
        if (aggregate->filter)
            exprs[count++] = aggregate->filter;
    }
    enum weir_code code =
        weir_op_program_init(&op->program, exprs, count, WEIR_BATCH_ROWS_MAX, context, err);
    free(exprs);
    return code;
}

static enum weir_code groups_init(struct aggregate *op, struct weir_error *err)
{
    const struct weir_node *node = op->node;
    enum weir_type *types = calloc(node->keys_count + 1, sizeof(*types));
    op->keys = calloc(node->keys_count + 1, sizeof(const struct weir_vector *));
    op->states = calloc(node->aggregates_count + 1, sizeof(struct weir_aggregate_states *));
    op->distinct = calloc(node->aggregates_count + 1, sizeof(*op->distinct));
    if (!types || !op->keys || !op->states || !op->distinct) {
        free(types);
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    }
    for (uint32_t k = 0; k < node->keys_count; k++)
        types[k] = node->exprs[k]->type;
    enum weir_code code =
        weir_store_init(&op->groups, types, node->keys_count, WEIR_OP_STATE_BYTES_MAX, err);
    free(types);
    WEIR_TRY(code);
    WEIR_TRY(weir_store_index_init(&op->index, node->keys_count, 0, err));
    return states_init(op, err);
}

enum weir_code weir_op_aggregate_new(const struct weir_node *node, uint32_t columns_count,
                                     const struct weir_op_context *context,
                                     struct weir_operator *next, struct weir_operator **ret,
                                     struct weir_error *err)
{
    (void)columns_count;
    struct aggregate *op = calloc(1, sizeof(*op));
    if (!op)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    op->base = (struct weir_operator){&aggregate_ops, next};
    op->node = node;
    enum weir_code code = groups_init(op, err);
    if (code == WEIR_OK)
        code = program_init(op, context, err);
    if (code != WEIR_OK) {
        aggregate_close(&op->base);
        return code;
    }
    *ret = &op->base;
    return WEIR_OK;
}
