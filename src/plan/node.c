/* Making relational nodes, and asking them things. */
#include "plan/binder.h"

struct weir_node *weir_node_new(struct weir_binder *binder, enum weir_node_kind kind,
                                const struct weir_node *const *inputs, uint32_t inputs_count,
                                uint32_t columns_count)
{
    struct weir_node *node = WEIR_POOL_NEW(binder->pool, struct weir_node);
    const struct weir_node **copy =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_node *, inputs_count);
    if (inputs_count)
        memcpy(copy, inputs, inputs_count * sizeof *inputs);
    node->kind = kind;
    node->inputs = copy;
    node->inputs_count = inputs_count;
    node->columns_count = columns_count;
    node->limit = -1;
    if (inputs_count &&
        inputs[0]->columns_count == columns_count) { /* what most nodes keep; others overwrite it */
        node->names = inputs[0]->names;
        node->types = inputs[0]->types;
    }
    return node;
}

const struct weir_node *weir_node_scan(struct weir_binder *binder, const struct weir_table *table)
{
    uint32_t declared = table->columns_count, count = declared + WEIR_HIDDEN_COUNT;
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, count);
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, count);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = i < declared ? table->columns[i].name : weir_hidden_names[i - declared];
        types[i] = i < declared ? table->columns[i].type : weir_hidden_types[i - declared];
    }
    struct weir_node *node = weir_node_new(binder, WEIR_NODE_SCAN, NULL, 0, count);
    node->names = names;
    node->types = types;
    node->table = table;
    return node;
}

const struct weir_node *weir_node_filter(struct weir_binder *binder, const struct weir_node *input,
                                         const struct weir_expr *condition)
{
    if (!condition)
        return input;
    if (input->kind == WEIR_NODE_FILTER) {
        condition = weir_expr_and(binder, input->condition, condition);
        input = input->inputs[0];
    }
    struct weir_node *node =
        weir_node_new(binder, WEIR_NODE_FILTER, &input, 1, input->columns_count);
    node->condition = condition;
    return node;
}

const struct weir_node *weir_node_project(struct weir_binder *binder, const struct weir_node *input,
                                          const struct weir_expr *const *exprs,
                                          const char *const *names, uint32_t count)
{
    struct weir_node *node = weir_node_new(binder, WEIR_NODE_PROJECT, &input, 1, count);
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, count);
    for (uint32_t i = 0; i < count; i++)
        types[i] = exprs[i]->type;
    node->names = names;
    node->types = types;
    node->exprs = exprs;
    node->exprs_count = count;
    return node;
}

const struct weir_node *weir_node_limit(struct weir_binder *binder, const struct weir_node *input,
                                        int64_t limit, int64_t offset)
{
    struct weir_node *node =
        weir_node_new(binder, WEIR_NODE_LIMIT, &input, 1, input->columns_count);
    node->limit = limit;
    node->offset = offset;
    return node;
}

const struct weir_table *weir_node_unbounded(const struct weir_binder *binder,
                                             const struct weir_node *node)
{
    if (node->kind == WEIR_NODE_SCAN)
        return weir_table_bounded(binder, node->table) ? NULL : node->table;
    for (uint32_t i = 0; i < node->inputs_count; i++) {
        const struct weir_table *table = weir_node_unbounded(binder, node->inputs[i]);
        if (table)
            return table;
    }
    return NULL;
}

bool weir_need_bounded(struct weir_binder *binder, const struct weir_node *node, const char *what,
                       int location)
{
    const struct weir_table *table = weir_node_unbounded(binder, node);
    if (!table)
        return true;
    weir_problem(binder->problems, location, "%s over the unbounded stream \"%s\" is not supported",
                 what, table->name);
    weir_problem_hint(binder->problems, "a stream has no end; set the option bounded 'true' if it "
                                        "has one, or ask with `weir query`");
    return false;
}

const char *weir_node_name(const struct weir_node *node)
{
    while (node->kind != WEIR_NODE_SCAN && node->inputs_count)
        node = node->inputs[0];
    return node->kind == WEIR_NODE_SCAN ? node->table->name : "values";
}

static bool exprs_equal(const struct weir_expr *const *a, const struct weir_expr *const *b,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!weir_expr_equal(a[i], b[i]))
            return false;
    return true;
}

static bool optional_equal(const struct weir_expr *a, const struct weir_expr *b)
{
    return a && b ? weir_expr_equal(a, b) : a == b;
}

static bool aggregates_equal(const struct weir_node *a, const struct weir_node *b)
{
    for (uint32_t i = 0; i < a->aggregates_count; i++) {
        const struct weir_aggregate *one = &a->aggregates[i], *two = &b->aggregates[i];
        if (strcmp(one->function, two->function) != 0 || one->star != two->star ||
            one->distinct != two->distinct || one->type != two->type ||
            !optional_equal(one->args[0], two->args[0]) ||
            !optional_equal(one->args[1], two->args[1]) ||
            !optional_equal(one->filter, two->filter))
            return false;
    }
    return true;
}

static bool sorts_equal(const struct weir_node *a, const struct weir_node *b)
{
    for (uint32_t i = 0; i < a->sort_keys_count; i++) {
        const struct weir_sort_key *one = &a->sort_keys[i], *two = &b->sort_keys[i];
        if (one->column != two->column || one->descending != two->descending ||
            one->nulls_first != two->nulls_first)
            return false;
    }
    return true;
}

/* Names do not matter; lookups are named by number, and equal ones have one number. */
bool weir_node_equal(const struct weir_node *a, const struct weir_node *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->inputs_count != b->inputs_count ||
        a->columns_count != b->columns_count || a->table != b->table ||
        a->exprs_count != b->exprs_count || a->rows_count != b->rows_count ||
        a->lookup != b->lookup || a->left != b->left || a->keys_count != b->keys_count ||
        a->grouped != b->grouped || a->aggregates_count != b->aggregates_count ||
        a->sort_keys_count != b->sort_keys_count || a->limit != b->limit || a->offset != b->offset)
        return false;
    if (!exprs_equal(a->exprs, b->exprs, a->exprs_count) ||
        !optional_equal(a->condition, b->condition) || !aggregates_equal(a, b) ||
        !sorts_equal(a, b))
        return false;
    for (uint32_t i = 0; i < a->inputs_count; i++)
        if (!weir_node_equal(a->inputs[i], b->inputs[i]))
            return false;
    return true;
}
