/* VALUES and UNION, and the types of whole nodes: the columns of all their rows and branches become
 * of one type. */
#include "plan/binder.h"

/* ---- types of a whole node ---- */

/* Literals without a type: in a projection and in VALUES they are still at hand. */
static const struct weir_node *cast_values(struct weir_binder *binder, const struct weir_node *node,
                                           const enum weir_type *types)
{
    struct weir_node *copy =
        weir_node_new(binder, node->kind, node->inputs, node->inputs_count, node->columns_count);
    const struct weir_node *const *inputs = copy->inputs;
    const struct weir_expr **exprs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, node->exprs_count);
    bool ok = true;
    for (uint32_t i = 0; i < node->exprs_count; i++)
        ok = (exprs[i] =
                  weir_coerce_known(binder, node->exprs[i], types[i % node->columns_count])) &&
             ok;
    *copy = *node;
    copy->inputs = inputs;
    copy->exprs = exprs;
    copy->types = types;
    return ok ? copy : NULL;
}

const struct weir_node *weir_node_cast(struct weir_binder *binder, const struct weir_node *node,
                                       const enum weir_type *types)
{
    bool same = true;
    for (uint32_t i = 0; i < node->columns_count; i++)
        same = same && node->types[i] == types[i];
    if (same)
        return node;
    if (node->kind == WEIR_NODE_VALUES || node->kind == WEIR_NODE_PROJECT)
        return cast_values(binder, node, types);
    const struct weir_expr **exprs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, node->columns_count);
    bool ok = true;
    for (uint32_t i = 0; i < node->columns_count; i++) {
        exprs[i] = weir_expr_column(binder, i, node->types[i], -1);
        ok = (exprs[i] = weir_coerce_known(binder, exprs[i], types[i])) && ok;
    }
    return ok ? weir_node_project(binder, node, exprs, node->names, node->columns_count) : NULL;
}

const struct weir_node *weir_node_resolve_unknown(struct weir_binder *binder,
                                                  const struct weir_node *node)
{
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, node->columns_count);
    for (uint32_t i = 0; i < node->columns_count; i++)
        types[i] = node->types[i] == WEIR_UNKNOWN ? WEIR_TEXT : node->types[i];
    return weir_node_cast(binder, node, types);
}

/* ---- VALUES ---- */

static bool values_types(struct weir_binder *binder, const struct weir_expr **exprs, uint32_t rows,
                         uint32_t columns, enum weir_type *types)
{
    const struct weir_expr **column = WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, rows);
    bool ok = true;
    for (uint32_t c = 0; c < columns; c++) {
        bool unknown = true;
        for (uint32_t r = 0; r < rows; r++) {
            column[r] = exprs[r * columns + c];
            unknown = unknown && column[r]->type == WEIR_UNKNOWN;
        }
        types[c] = WEIR_UNKNOWN;
        if (!unknown)
            ok = weir_coerce_common(binder, column, rows, "VALUES", &types[c]) && ok;
        for (uint32_t r = 0; r < rows; r++)
            exprs[r * columns + c] = column[r];
    }
    return ok;
}

const struct weir_node *weir_bind_values(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_select *select)
{
    uint32_t columns = select->rows[0]->args_count, rows = select->rows_count;
    const struct weir_expr **exprs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, (size_t)rows *columns);
    struct weir_node *node = weir_node_new(binder, WEIR_NODE_VALUES, NULL, 0, columns);
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, columns);
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, columns);
    bool ok = true;
    for (uint32_t r = 0; r < rows; r++) {
        if (select->rows[r]->args_count != columns) {
            weir_problem(binder->problems, select->rows[r]->location,
                         "VALUES lists must all be the same length");
            return NULL;
        }
        for (uint32_t c = 0; c < columns; c++)
            ok = (exprs[r * columns + c] =
                      weir_bind_expr(binder, scope, select->rows[r]->args[c])) &&
                 ok;
    }
    if (!ok || !values_types(binder, exprs, rows, columns, types))
        return NULL;
    for (uint32_t c = 0; c < columns; c++)
        names[c] = weir_pool_printf(binder->pool, "column%u", c + 1);
    node->names = names;
    node->types = types;
    node->exprs = exprs;
    node->exprs_count = rows * columns;
    node->rows_count = rows;
    return node;
}

/* ---- UNION ---- */

static bool union_types(struct weir_binder *binder, const struct weir_sql_select *select,
                        const struct weir_node *left, const struct weir_node *right,
                        enum weir_type *types)
{
    if (left->columns_count != right->columns_count) {
        weir_problem(binder->problems, select->right->location,
                     "each UNION query must have the same number of columns");
        return false;
    }
    for (uint32_t i = 0; i < left->columns_count; i++) {
        enum weir_type pair[] = {left->types[i], right->types[i]};
        if (weir_type_common(pair, 2, &types[i]))
            continue;
        weir_problem(binder->problems, select->right->location,
                     "UNION types %s and %s cannot be matched", weir_type_name(pair[0]),
                     weir_type_name(pair[1]));
        return false;
    }
    return true;
}

/* Puts a node's own inputs in its place where it is a UNION ALL too. */
static void union_inputs(struct weir_binder *binder, const struct weir_node *node,
                         const struct weir_node ***ret, uint32_t *count)
{
    const struct weir_node *one[] = {node}, *const *added = node->kind == WEIR_NODE_UNION_ALL
                                                                ? node->inputs
                                                                : one;
    uint32_t added_count = node->kind == WEIR_NODE_UNION_ALL ? node->inputs_count : 1;
    const struct weir_node **inputs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_node *, *count + added_count);
    if (*count)
        memcpy(inputs, *ret, *count * sizeof *inputs);
    memcpy(inputs + *count, added, added_count * sizeof *inputs);
    *ret = inputs;
    *count += added_count;
}

const struct weir_node *weir_bind_union(struct weir_binder *binder, const struct weir_scope *scope,
                                        const struct weir_sql_select *select)
{
    struct weir_scope inner = *scope;
    const struct weir_node *left = weir_bind_select(binder, &inner, select->left, true);
    const struct weir_node *right = weir_bind_select(binder, &inner, select->right, true);
    if (!left || !right)
        return NULL;
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, left->columns_count);
    if (!union_types(binder, select, left, right, types))
        return NULL;
    const char *const *names = left->names;
    left = weir_node_cast(binder, left, types);
    right = weir_node_cast(binder, right, types);
    if (!left || !right)
        return NULL;
    const struct weir_node **inputs = NULL;
    uint32_t inputs_count = 0;
    union_inputs(binder, left, &inputs, &inputs_count);
    union_inputs(binder, right, &inputs, &inputs_count);
    struct weir_node *node =
        weir_node_new(binder, WEIR_NODE_UNION_ALL, inputs, inputs_count, left->columns_count);
    node->names = names;
    node->types = types;
    if (select->all)
        return node;
    if (!weir_need_bounded(binder, node, "UNION without ALL", select->right->location))
        return NULL;
    return weir_node_distinct(binder, node);
}

const struct weir_node *weir_node_distinct(struct weir_binder *binder,
                                           const struct weir_node *input)
{
    struct weir_node *node =
        weir_node_new(binder, WEIR_NODE_AGGREGATE, &input, 1, input->columns_count);
    const struct weir_expr **keys =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, input->columns_count);
    for (uint32_t i = 0; i < input->columns_count; i++)
        keys[i] = weir_expr_column(binder, i, input->types[i], -1);
    node->exprs = keys;
    node->exprs_count = node->keys_count = input->columns_count;
    node->grouped = true;
    return node;
}
