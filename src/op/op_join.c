/* INNER and LEFT JOIN with a lookup: for each input row the lookup's rows of the same key, in the
 * lookup's order.
 *
 * A batch becomes a list of pairs (input row, lookup row), worked off in pieces of one batch:
 * gathered into the joined columns, and, where ON has more than the key (`condition`), filtered and
 * gathered once more. LEFT puts a pair without a lookup row behind the pairs of each input row; it
 * survives when none of them did. So the order of the output does not depend on how the input was
 * cut into batches.
 *
 * A row whose key failed goes on (in streams) as a pair without a lookup row, with all its columns
 * failed. */
#include "op/lookup_table.h"
#include "op/operators.h"

#include <stdlib.h>

#define JOIN_BYTES_MAX ((size_t)512 << 20)

struct join {
    struct weir_operator base;
    const struct weir_node *node;
    struct weir_lookups *lookups;
    bool strict, left;
    struct weir_op_program probe;     /* the keys, over the input */
    struct weir_op_program condition; /* over the joined columns; no state: none */
    uint32_t input_columns, columns_count;
    struct weir_arena arena;     /* of the joined batches */
    struct weir_vector *columns; /* of the joined batch */
    const struct weir_vector **keys;
    uint32_t batch_rows;
    uint32_t pairs_count;
    bool matched; /* the input row of the last pairs had one that passed the condition */
    uint32_t matches[WEIR_BATCH_ROWS_MAX];
    uint32_t input_rows[WEIR_BATCH_ROWS_MAX]; /* the pairs of the present piece */
    uint32_t lookup_rows[WEIR_BATCH_ROWS_MAX];
    uint32_t kept[WEIR_BATCH_ROWS_MAX];
};

/* The error of the first failed key of a row, or NULL. */
static const struct weir_vector *failed_key(const struct join *join, uint32_t row)
{
    for (uint32_t k = 0; k < join->node->exprs_count; k++)
        if (join->keys[k]->errors && join->keys[k]->errors[row].ptr)
            return join->keys[k];
    return NULL;
}

/* Puts the pairs together; `batch` is the input, `joined` gets the columns. */
static enum weir_code gather_pairs(struct join *join, const struct weir_batch *batch,
                                   struct weir_batch *joined, struct weir_error *err)
{
    const struct weir_store *store = &weir_lookups_table(join->lookups, join->node->lookup)->store;
    *joined = (struct weir_batch){.arena = &join->arena,
                                  .columns = join->columns,
                                  .columns_count = join->columns_count,
                                  .rows = join->pairs_count,
                                  .capacity = join->pairs_count,
                                  .selection = {NULL, join->pairs_count}};
    for (uint32_t c = 0; c < join->input_columns; c++)
        WEIR_TRY(weir_gather(&join->columns[c], &batch->columns[c], join->input_rows,
                             join->pairs_count, &join->arena, err));
    for (uint32_t c = 0; c < store->columns_count; c++) {
        struct weir_vector *to = &join->columns[join->input_columns + c];
        if (store->rows) {
            WEIR_TRY(weir_gather(to, &store->columns[c], join->lookup_rows, join->pairs_count,
                                 &join->arena, err));
            continue;
        }
        WEIR_TRY(weir_vector_init(to, store->columns[c].type, join->pairs_count, false,
                                  &join->arena, err));
        memset(to->data, 0, join->pairs_count * weir_type_width(to->type));
    }
    return WEIR_OK;
}

/* Fails all columns of the pairs whose key failed. */
static void spread_key_errors(struct join *join, struct weir_batch *joined)
{
    for (uint32_t i = 0; i < joined->rows; i++) {
        const struct weir_vector *key = failed_key(join, join->input_rows[i]);
        for (uint32_t c = 0; key && c < joined->columns_count; c++)
            if (joined->columns[c].data)
                weir_vector_fail(&joined->columns[c], i, joined->rows, &join->arena, "%.*s",
                                 WEIR_FMT(key->errors[join->input_rows[i]]));
    }
}

/* Keeps the pairs that pass the condition, and those without a lookup row whose input row had no
 * other. */
static enum weir_code apply_condition(struct join *join, struct weir_batch *joined, int64_t now_us,
                                      struct weir_error *err)
{
    WEIR_TRY(weir_program_run(join->condition.state, 0, joined, joined->selection, now_us, err));
    const struct weir_vector *condition = weir_program_result(join->condition.state, 0);
    if (join->strict)
        WEIR_TRY(weir_row_error_check(condition, joined->selection, err));
    if (condition->errors) {
        struct weir_vector *columns =
            WEIR_NEW_ARRAY(&join->arena, struct weir_vector, joined->columns_count + 1);
        if (!columns)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        WEIR_TRY(weir_row_error_spread(joined, condition, columns, err));
        joined->columns = columns;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < joined->rows; i++) {
        if (join->lookup_rows[i] == WEIR_NO_ROW) { /* the last pair of its input row */
            if (!join->matched)
                join->kept[count++] = i;
            join->matched = false;
        } else if ((weir_valid(condition, i) && condition->b[i]) ||
                   (condition->errors && condition->errors[i].ptr)) {
            join->matched = true;
            join->kept[count++] = i;
        }
    }
    joined->selection = (struct weir_selection){join->kept, count};
    return WEIR_OK;
}

static enum weir_code pairs_flush(struct join *join, const struct weir_batch *batch, int64_t now_us,
                                  struct weir_error *err)
{
    if (join->pairs_count == 0)
        return WEIR_OK;
    struct weir_batch joined;
    weir_arena_reset(&join->arena);
    WEIR_TRY(gather_pairs(join, batch, &joined, err));
    for (uint32_t k = 0; k < join->node->exprs_count; k++)
        if (join->keys[k]->errors) {
            spread_key_errors(join, &joined);
            break;
        }
    if (join->condition.state)
        WEIR_TRY(apply_condition(join, &joined, now_us, err));
    join->pairs_count = 0;
    return joined.selection.count ? weir_op_push(join->base.next, &joined, now_us, err) : WEIR_OK;
}

static inline enum weir_code pair_add(struct join *join, uint32_t input_row, uint32_t lookup_row,
                                      const struct weir_batch *batch, int64_t now_us,
                                      struct weir_error *err)
{
    join->input_rows[join->pairs_count] = input_row;
    join->lookup_rows[join->pairs_count++] = lookup_row;
    return join->pairs_count < join->batch_rows ? WEIR_OK : pairs_flush(join, batch, now_us, err);
}

/* All pairs of one input row. */
static enum weir_code row_join(struct join *join, uint32_t row, uint32_t first,
                               const struct weir_batch *batch, int64_t now_us,
                               struct weir_error *err)
{
    const struct weir_lookup_table *table = weir_lookups_table(join->lookups, join->node->lookup);
    bool any = first != WEIR_NO_ROW;
    while (first != WEIR_NO_ROW) {
        uint32_t match = first;
        first = table->next ? table->next[first] : WEIR_NO_ROW;
        WEIR_TRY(pair_add(join, row, match, batch, now_us, err));
    }
    bool alone = join->left && (!any || join->condition.state);
    if (alone || failed_key(join, row))
        return pair_add(join, row, WEIR_NO_ROW, batch, now_us, err);
    return WEIR_OK;
}

static enum weir_code join_batch(struct weir_operator *op, const struct weir_batch *batch,
                                 int64_t now_us, struct weir_error *err)
{
    struct join *join = (struct join *)op;
    const struct weir_lookup_table *table = weir_lookups_table(join->lookups, join->node->lookup);
    if (join->probe.state)
        WEIR_TRY(weir_program_run(join->probe.state, 0, batch, batch->selection, now_us, err));
    for (uint32_t k = 0; k < join->node->exprs_count; k++) {
        join->keys[k] = weir_program_result(join->probe.state, k);
        if (join->strict)
            WEIR_TRY(weir_row_error_check(join->keys[k], batch->selection, err));
    }
    weir_lookup_table_probe(table, join->keys, batch->selection, join->matches);
    join->pairs_count = 0;
    join->matched = false;
    uint32_t i = 0;
    WEIR_FOR_SELECTED(row, batch->selection)
    WEIR_TRY(row_join(join, row, join->matches[i++], batch, now_us, err));
    return pairs_flush(join, batch, now_us, err);
}

static void join_close(struct weir_operator *op)
{
    struct join *join = (struct join *)op;
    weir_op_program_done(&join->probe);
    weir_op_program_done(&join->condition);
    weir_arena_done(&join->arena);
    free(join->columns);
    free(join->keys);
    free(join);
}

static const struct weir_operator_ops join_ops = {
    .name = "join", .batch = join_batch, .finish = weir_op_finish_next, .close = join_close};

static enum weir_code join_init(struct join *join, const struct weir_op_context *context,
                                struct weir_error *err)
{
    const struct weir_node *node = join->node;
    join->columns = calloc(join->columns_count + 1, sizeof(*join->columns));
    join->keys = calloc(node->exprs_count + 1, sizeof(const struct weir_vector *));
    if (!join->columns || !join->keys)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    WEIR_TRY(weir_op_program_init(&join->probe, node->exprs, node->exprs_count, WEIR_BATCH_ROWS_MAX,
                                  context, err));
    return weir_op_program_init(&join->condition, &node->condition, node->condition ? 1 : 0,
                                WEIR_BATCH_ROWS_MAX, context, err);
}

enum weir_code weir_op_join_new(const struct weir_node *node, uint32_t columns_count,
                                const struct weir_op_context *context, struct weir_operator *next,
                                struct weir_operator **ret, struct weir_error *err)
{
    struct join *join = calloc(1, sizeof(*join));
    if (!join)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    join->base = (struct weir_operator){&join_ops, next};
    join->node = node;
    join->lookups = context->lookups;
    join->strict = context->strict;
    join->left = node->left;
    join->input_columns = columns_count;
    join->columns_count = columns_count + weir_lookups_columns(context->lookups, node->lookup);
    join->batch_rows = weir_batch_rows();
    weir_arena_init(&join->arena, JOIN_BYTES_MAX);
    enum weir_code code = join_init(join, context, err);
    if (code != WEIR_OK) {
        join_close(&join->base);
        return code;
    }
    *ret = &join->base;
    return WEIR_OK;
}
