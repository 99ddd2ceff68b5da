/* SELECT, VALUES and UNION as trees of nodes; views. */
#include "plan/binder.h"

static struct weir_ranges no_ranges;

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

static const struct weir_node *resolve_unknown(struct weir_binder *binder,
                                               const struct weir_node *node)
{
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, node->columns_count);
    for (uint32_t i = 0; i < node->columns_count; i++)
        types[i] = node->types[i] == WEIR_UNKNOWN ? WEIR_TEXT : node->types[i];
    return weir_node_cast(binder, node, types);
}

/* ---- ORDER BY, DISTINCT, LIMIT ---- */

static const struct weir_node *distinct_node(struct weir_binder *binder,
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

static const struct weir_node *sort_node(struct weir_binder *binder, const struct weir_node *input,
                                         const struct weir_sql_select *select,
                                         const uint32_t *columns)
{
    struct weir_node *node = weir_node_new(binder, WEIR_NODE_SORT, &input, 1, input->columns_count);
    struct weir_sort_key *keys =
        WEIR_POOL_ARRAY(binder->pool, struct weir_sort_key, select->order_by_count);
    for (uint32_t i = 0; i < select->order_by_count; i++)
        keys[i] = (struct weir_sort_key){.column = columns[i],
                                         .descending = select->order_by[i].descending,
                                         .nulls_first = select->order_by[i].nulls_first};
    node->sort_keys = keys;
    node->sort_keys_count = select->order_by_count;
    return node;
}

/* The first `count` columns of a node. */
static const struct weir_node *keep_first(struct weir_binder *binder, const struct weir_node *node,
                                          uint32_t count)
{
    if (node->columns_count == count)
        return node;
    const struct weir_expr **exprs = WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, count);
    for (uint32_t i = 0; i < count; i++)
        exprs[i] = weir_expr_column(binder, i, node->types[i], -1);
    return weir_node_project(binder, node, exprs, node->names, count);
}

static const struct weir_node *limit_apply(struct weir_binder *binder, const struct weir_node *node,
                                           const struct weir_sql_select *select)
{
    int64_t limit, offset;
    bool ok = weir_bind_limit(binder, select->limit, "LIMIT", -1, &limit);
    ok = weir_bind_limit(binder, select->offset, "OFFSET", 0, &offset) && ok;
    if (!ok || !node)
        return NULL;
    if (limit < 0 && offset == 0)
        return node;
    const struct weir_sql_expr *at = select->limit ? select->limit : select->offset;
    return weir_need_bounded(binder, node, "LIMIT or OFFSET", at->location)
               ? weir_node_limit(binder, node, limit, offset)
               : NULL;
}

/* ---- SELECT ---- */

/* Finds or adds the target that each ORDER BY item sorts by. */
static bool bind_sorts(struct weir_binder *binder, const struct weir_scope *scope,
                       const struct weir_sql_select *select, struct weir_targets *targets,
                       uint32_t *ret)
{
    uint32_t visible = targets->count;
    bool ok = true;
    for (uint32_t i = 0; i < select->order_by_count; i++) {
        const struct weir_sql_expr *sql = select->order_by[i].expr;
        struct weir_targets shown = {targets->items, visible, targets->capacity};
        int found = weir_target_find(binder, sql, &shown, "ORDER BY");
        const struct weir_expr *expr = found == -1 ? weir_bind_expr(binder, scope, sql) : NULL;
        ok = (found >= 0 || expr) && ok;
        for (uint32_t t = 0; expr && found < 0 && t < targets->count; t++)
            if (targets->items[t].expr && weir_expr_equal(targets->items[t].expr, expr))
                found = (int)t;
        if (expr && found < 0 && select->distinct) {
            weir_problem(binder->problems, sql->location,
                         "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
            ok = false;
        } else if (expr && found < 0) {
            *WEIR_PUSH(binder->pool, *targets) =
                (struct weir_target){.name = "sort", .expr = expr, .sql = sql};
            found = (int)targets->count - 1;
        }
        ret[i] = found >= 0 ? (uint32_t)found : 0;
    }
    return ok;
}

/* Groups the input and rewrites targets and HAVING over it. */
static const struct weir_node *
apply_grouping(struct weir_binder *binder, const struct weir_grouping *grouping,
               const struct weir_sql_select *select, const struct weir_node *input,
               struct weir_targets *targets, const struct weir_expr *having)
{
    const char *what = select->group_by_count ? "GROUP BY" : "an aggregate";
    bool ok = weir_need_bounded(binder, input, what,
                                select->group_by_count ? select->group_by[0]->location
                                                       : select->location);
    for (uint32_t i = 0; i < targets->count; i++) {
        targets->items[i].expr = weir_grouping_replace(binder, grouping, targets->items[i].expr);
        ok = targets->items[i].expr && ok;
    }
    if (having)
        ok = (having = weir_grouping_replace(binder, grouping, having)) && ok;
    if (!ok)
        return NULL;
    const struct weir_node *node =
        weir_grouping_node(binder, grouping, input, select->group_by_count > 0);
    return weir_node_filter(binder, node, having);
}

static const struct weir_node *project_targets(struct weir_binder *binder,
                                               const struct weir_node *input,
                                               const struct weir_targets *targets)
{
    const struct weir_expr **exprs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, targets->count);
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, targets->count);
    for (uint32_t i = 0; i < targets->count; i++) {
        exprs[i] = targets->items[i].expr;
        names[i] = targets->items[i].name;
    }
    return weir_node_project(binder, input, exprs, names, targets->count);
}

/* What follows the projection: DISTINCT, ORDER BY; `visible` targets stay. */
static const struct weir_node *finish_plain(struct weir_binder *binder,
                                            const struct weir_node *node,
                                            const struct weir_sql_select *select, uint32_t visible,
                                            const uint32_t *sorts)
{
    bool needs_types = select->distinct || select->order_by_count;
    if (needs_types && !(node = resolve_unknown(binder, node)))
        return NULL;
    if (select->distinct) {
        if (!weir_need_bounded(binder, node, "DISTINCT", select->location))
            return NULL;
        node = distinct_node(binder, node);
    }
    if (select->order_by_count) {
        if (!weir_need_bounded(binder, node, "ORDER BY", select->order_by[0].expr->location))
            return NULL;
        node = sort_node(binder, node, select, sorts);
    }
    return node ? keep_first(binder, node, visible) : NULL;
}

static const struct weir_node *bind_plain(struct weir_binder *binder, struct weir_scope *scope,
                                          const struct weir_sql_select *select)
{
    struct weir_from from;
    struct weir_exprs conjuncts;
    struct weir_targets targets = {0};
    struct weir_grouping grouping = {0};
    const struct weir_expr *having = NULL;
    if (!weir_bind_from(binder, scope, select, &from, &conjuncts))
        return NULL;
    const struct weir_node *node =
        from.node ? weir_filter_push(binder, from.node, &conjuncts) : NULL;
    bool grouped = weir_select_is_grouped(select);
    struct weir_scope outside = *scope; /* of aggregates */
    outside.clause = "this clause";
    grouping.scope = &outside;
    bool ok = !grouped || weir_grouping_begin(binder, &grouping, select);
    scope->grouping = grouped ? &grouping : NULL;
    scope->clause = "this clause";
    ok = weir_bind_targets(binder, scope, select, &targets) && ok;
    uint32_t visible = targets.count;
    uint32_t *sorts = WEIR_POOL_ARRAY(binder->pool, uint32_t, select->order_by_count);
    ok = bind_sorts(binder, scope, select, &targets, sorts) && ok;
    if (select->having)
        ok = (having = weir_bind_condition(binder, scope, select->having, "HAVING")) && ok;
    if (!ok || !node)
        return NULL;
    if (grouped)
        node = apply_grouping(binder, &grouping, select, node, &targets, having);
    if (!node)
        return NULL;
    return finish_plain(binder, project_targets(binder, node, &targets), select, visible, sorts);
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

static const struct weir_node *bind_values(struct weir_binder *binder,
                                           const struct weir_scope *scope,
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

static const struct weir_node *bind_union(struct weir_binder *binder,
                                          const struct weir_scope *scope,
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
    return distinct_node(binder, node);
}

/* ORDER BY behind VALUES or UNION: by names and places only. */
static const struct weir_node *order_by_output(struct weir_binder *binder,
                                               const struct weir_node *node,
                                               const struct weir_sql_select *select)
{
    if (!select->order_by_count)
        return node;
    if (!(node = resolve_unknown(binder, node)))
        return NULL;
    struct weir_targets targets = {0};
    uint32_t *columns = WEIR_POOL_ARRAY(binder->pool, uint32_t, select->order_by_count);
    for (uint32_t i = 0; i < node->columns_count; i++)
        *WEIR_PUSH(binder->pool, targets) = (struct weir_target){
            .name = node->names[i], .expr = weir_expr_column(binder, i, node->types[i], -1)};
    for (uint32_t i = 0; i < select->order_by_count; i++) {
        const struct weir_sql_expr *sql = select->order_by[i].expr;
        int found = weir_target_find(binder, sql, &targets, "ORDER BY");
        if (found == -1 && sql->kind == WEIR_SQL_COLUMN)
            weir_problem(binder->problems, sql->location, "column \"%s\" does not exist",
                         sql->text);
        else if (found == -1)
            weir_problem(binder->problems, sql->location,
                         "invalid UNION/INTERSECT/EXCEPT ORDER BY clause: only result column names "
                         "can be used");
        if (found < 0)
            return NULL;
        columns[i] = (uint32_t)found;
    }
    if (!weir_need_bounded(binder, node, "ORDER BY", select->order_by[0].expr->location))
        return NULL;
    return sort_node(binder, node, select, columns);
}

/* ---- all of it ---- */

bool weir_bind_ctes(struct weir_binder *binder, struct weir_scope *scope,
                    const struct weir_sql_select *select)
{
    bool ok = true;
    for (uint32_t i = 0; i < select->ctes_count; i++) {
        const struct weir_sql_cte *sql = &select->ctes[i];
        struct weir_scope inner = {.ranges = &no_ranges,
                                   .blocked = scope->outer ? scope->outer : scope->blocked,
                                   .ctes = scope->ctes};
        const struct weir_node *node = weir_bind_select(binder, &inner, sql->select, false);
        struct weir_ctes *cte = WEIR_POOL_NEW(binder->pool, struct weir_ctes);
        *cte = (struct weir_ctes){.outer = scope->ctes, .name = sql->name, .node = node};
        if (node && sql->columns.count) {
            const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, node->columns_count);
            struct weir_node *copy = WEIR_POOL_NEW(binder->pool, struct weir_node);
            if (sql->columns.count > node->columns_count) {
                weir_problem(binder->problems, sql->location,
                             "WITH query \"%s\" has %u columns available but %u columns specified",
                             sql->name, node->columns_count, sql->columns.count);
                ok = false;
            }
            for (uint32_t c = 0; c < node->columns_count; c++)
                names[c] = c < sql->columns.count ? sql->columns.items[c].text : node->names[c];
            *copy = *node;
            copy->names = names;
            cte->node = copy;
        }
        for (const struct weir_ctes *other = scope->ctes; i && other; other = other->outer)
            if (strcmp(other->name, sql->name) == 0 && other->node && ok) {
                weir_problem(binder->problems, sql->location,
                             "WITH query name \"%s\" specified more than once", sql->name);
                ok = false;
            }
        scope->ctes = cte;
        ok = node && ok;
    }
    return ok;
}

static const struct weir_node *bind_select(struct weir_binder *binder,
                                           const struct weir_scope *outer,
                                           const struct weir_sql_select *select, bool keep_unknown)
{
    struct weir_scope scope = {.ranges = &no_ranges};
    const struct weir_node *node;
    if (outer) {
        scope.outer = outer->outer;
        scope.blocked = outer->blocked;
        scope.ctes = outer->ctes;
    }
    bool ok = weir_bind_ctes(binder, &scope, select);
    scope.clause = "VALUES";
    if (select->kind == WEIR_SQL_SELECT)
        node = bind_plain(binder, &scope, select);
    else if (select->kind == WEIR_SQL_VALUES)
        node = bind_values(binder, &scope, select);
    else
        node = bind_union(binder, &scope, select);
    if (node && select->kind != WEIR_SQL_SELECT)
        node = order_by_output(binder, node, select);
    bool settled = select->limit || select->offset || !keep_unknown;
    if (node && settled)
        node = resolve_unknown(binder, node);
    node = limit_apply(binder, node, select);
    return ok ? node : NULL;
}

const struct weir_node *weir_bind_select(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_select *select, bool keep_unknown)
{
    if (binder->depth >= WEIR_BIND_DEPTH_MAX) {
        weir_problem(binder->problems, select->location, "the statement is nested too deeply");
        return NULL;
    }
    int conditional = binder->conditional;
    binder->conditional = 0;
    binder->depth++;
    const struct weir_node *node = bind_select(binder, scope, select, keep_unknown);
    binder->depth--;
    binder->conditional = conditional;
    return node;
}

/* ---- views ---- */

/* The names of a view's columns: those it was given, which must differ. */
static const struct weir_node *view_names(struct weir_binder *binder,
                                          const struct weir_view_def *view,
                                          const struct weir_node *node)
{
    const struct weir_sql_names *given = &view->statement->names;
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, node->columns_count);
    struct weir_node *copy = WEIR_POOL_NEW(binder->pool, struct weir_node);
    if (given->count > node->columns_count) {
        weir_problem(binder->problems, view->statement->name.location,
                     "CREATE VIEW specifies more column names than columns");
        return NULL;
    }
    for (uint32_t i = 0; i < node->columns_count; i++) {
        names[i] = i < given->count ? given->items[i].text : node->names[i];
        for (uint32_t other = 0; other < i; other++)
            if (strcmp(names[other], names[i]) == 0) {
                weir_problem(binder->problems, view->statement->name.location,
                             "column \"%s\" specified more than once", names[i]);
                weir_problem_hint(binder->problems, "give one of them another name with AS");
                return NULL;
            }
    }
    *copy = *node;
    copy->names = names;
    return copy;
}

static void report_cycle(struct weir_binder *binder, const struct weir_view_def *view)
{
    weir_problem(binder->problems, view->statement->name.location,
                 "view \"%s\" reads itself, directly or through other views", view->name);
}

const struct weir_node *weir_bind_view(struct weir_binder *binder, struct weir_view_def *view)
{
    if (view->state == WEIR_BOUND)
        return view->node;
    if (view->state == WEIR_BINDING)
        report_cycle(binder, view);
    if (view->state != WEIR_UNBOUND)
        return NULL;
    view->state = WEIR_BINDING;
    int depth = binder->depth;
    const struct weir_node *node = weir_bind_select(binder, NULL, view->statement->select, false);
    node = node ? view_names(binder, view, node) : NULL;
    binder->depth = depth;
    view->node = node;
    view->state = node ? WEIR_BOUND : WEIR_BROKEN;
    return node;
}
