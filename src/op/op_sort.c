/* ORDER BY: keeps all rows, sorts row numbers, gives the rows out in batches. Stable, so equal keys
 * keep their order and the result does not depend on how the input was cut.
 *
 * Not here: spilling to disk; what does not fit is an error that says so. */
#include "column/text.h"
#include "op/operators.h"
#include "op/store.h"

#include <stdlib.h>

struct sort {
    struct weir_operator base;
    const struct weir_node *node;
    struct weir_store store;
    const struct weir_vector **from; /* views of a batch's columns */
    uint32_t columns_count;
    bool opened; /* the store: the types are known with the first batch */
};

static enum weir_code store_open(struct sort *sort, const struct weir_batch *batch,
                                 struct weir_error *err)
{
    enum weir_type *types = WEIR_NEW_ARRAY(batch->arena, enum weir_type, batch->columns_count + 1);
    if (!types)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t c = 0; c < batch->columns_count; c++)
        types[c] = batch->columns[c].type;
    WEIR_TRY(
        weir_store_init(&sort->store, types, batch->columns_count, WEIR_OP_STATE_BYTES_MAX, err));
    sort->opened = true;
    return WEIR_OK;
}

static enum weir_code sort_batch(struct weir_operator *op, const struct weir_batch *batch,
                                 int64_t now_us, struct weir_error *err)
{
    struct sort *sort = (struct sort *)op;
    (void)now_us;
    WEIR_ASSERT(batch->columns_count == sort->columns_count);
    if (!sort->opened)
        WEIR_TRY(store_open(sort, batch, err));
    for (uint32_t c = 0; c < batch->columns_count; c++) {
        sort->from[c] = &batch->columns[c];
        WEIR_TRY(weir_row_error_check(&batch->columns[c], batch->selection, err));
    }
    WEIR_FOR_SELECTED(row, batch->selection)
    {
        enum weir_code code = weir_store_append(&sort->store, sort->from, row, err);
        if (code == WEIR_NOMEM) {
            weir_fail(err, WEIR_NOMEM, "ORDER BY does not fit into memory (%zu MB)",
                      WEIR_OP_STATE_BYTES_MAX >> 20);
            return weir_hint(err, "Sort fewer rows or columns: WHERE, or GROUP BY first.");
        }
        WEIR_TRY(code);
    }
    return WEIR_OK;
}

static int compare_rows(const void *a_row, const void *b_row, void *context)
{
    const struct sort *sort = context;
    uint32_t a = *(const uint32_t *)a_row, b = *(const uint32_t *)b_row;
    for (uint32_t k = 0; k < sort->node->sort_keys_count; k++) {
        const struct weir_sort_key *key = &sort->node->sort_keys[k];
        const struct weir_vector *column = &sort->store.columns[key->column];
        bool a_valid = weir_valid(column, a), b_valid = weir_valid(column, b);
        if (!a_valid && !b_valid)
            continue;
        if (!a_valid || !b_valid)
            return a_valid == key->nulls_first ? 1 : -1;
        int order = weir_value_compare(column, a, column, b);
        if (order)
            return key->descending ? -order : order;
    }
    return a < b ? -1 : a > b;
}

static enum weir_code push_sorted(struct sort *sort, const uint32_t *rows, int64_t now_us,
                                  struct weir_arena *arena, struct weir_error *err)
{
    uint32_t batch_rows = weir_batch_rows();
    for (uint32_t at = 0; at < sort->store.rows; at += batch_rows) {
        uint32_t count = sort->store.rows - at < batch_rows ? sort->store.rows - at : batch_rows;
        weir_arena_reset(arena);
        struct weir_batch out = {.arena = arena,
                                 .columns_count = sort->columns_count,
                                 .rows = count,
                                 .capacity = count,
                                 .selection = {NULL, count}};
        out.columns = WEIR_NEW_ARRAY(arena, struct weir_vector, sort->columns_count + 1);
        if (!out.columns)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        for (uint32_t c = 0; c < sort->columns_count; c++)
            WEIR_TRY(weir_gather(&out.columns[c], &sort->store.columns[c], rows + at, count, arena,
                                 err));
        WEIR_TRY(weir_op_push(sort->base.next, &out, now_us, err));
    }
    return WEIR_OK;
}

static enum weir_code sort_finish(struct weir_operator *op, int64_t now_us, struct weir_error *err)
{
    struct sort *sort = (struct sort *)op;
    uint32_t *rows = malloc((sort->store.rows + 1) * sizeof(*rows));
    if (!rows)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t row = 0; row < sort->store.rows; row++)
        rows[row] = row;
    qsort_r(rows, sort->store.rows, sizeof(*rows), compare_rows, sort);
    struct weir_arena arena;
    weir_arena_init(&arena, WEIR_OP_STATE_BYTES_MAX);
    enum weir_code code = push_sorted(sort, rows, now_us, &arena, err);
    weir_arena_done(&arena);
    free(rows);
    if (code != WEIR_OK && code != WEIR_STOPPED)
        return code;
    return weir_op_finish(op->next, now_us, err);
}

static void sort_close(struct weir_operator *op)
{
    struct sort *sort = (struct sort *)op;
    weir_store_done(&sort->store);
    free(sort->from);
    free(sort);
}

static const struct weir_operator_ops sort_ops = {
    .name = "sort", .batch = sort_batch, .finish = sort_finish, .close = sort_close};

enum weir_code weir_op_sort_new(const struct weir_node *node, uint32_t columns_count,
                                const struct weir_op_context *context, struct weir_operator *next,
                                struct weir_operator **ret, struct weir_error *err)
{
    (void)context;
    struct sort *sort = calloc(1, sizeof(*sort));
    if (!sort)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    sort->base = (struct weir_operator){&sort_ops, next};
    sort->node = node;
    sort->columns_count = columns_count;
    sort->from = calloc(columns_count + 1, sizeof(const struct weir_vector *));
    if (!sort->from) {
        free(sort);
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    }
    *ret = &sort->base;
    return WEIR_OK;
}
