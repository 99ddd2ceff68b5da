/* SELECT as a tree of nodes, with what may follow any query (ORDER BY, LIMIT); WITH; views. */
#include "plan/binder.h"

static struct weir_ranges no_ranges;

/* ---- ORDER BY, DISTINCT, LIMIT ---- */

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
    int location = select->limit    ? select->limit->location
                   : select->offset ? select->offset->location
                                    : select->location;
    return weir_need_bounded(binder, node, "LIMIT or OFFSET", location)
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
apply_grouping(struct weir_binder *binder, struct weir_grouping *grouping,
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

/* What follows the projection: DISTINCT, ORDER BY; `visible` targets stay. */
static const struct weir_node *finish_plain(struct weir_binder *binder,
                                            const struct weir_node *node,
                                            const struct weir_sql_select *select, uint32_t visible,
                                            const uint32_t *sorts)
{
    bool needs_types = select->distinct || select->order_by_count;
    if (needs_types && !(node = weir_node_resolve_unknown(binder, node)))
        return NULL;
    if (select->distinct) {
        if (!weir_need_bounded(binder, node, "DISTINCT", select->location))
            return NULL;
        node = weir_node_distinct(binder, node);
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
    struct weir_scope inside = outside; /* where they may stand */
    inside.grouping = grouped ? &grouping : NULL;
    ok = weir_bind_targets(binder, &inside, select, &targets) && ok;
    uint32_t visible = targets.count;
    uint32_t *sorts = WEIR_POOL_ARRAY(binder->pool, uint32_t, select->order_by_count);
    ok = bind_sorts(binder, &inside, select, &targets, sorts) && ok;
    if (select->having)
        ok = (having = weir_bind_condition(binder, &inside, select->having, "HAVING")) && ok;
    if (!ok || !node)
        return NULL;
    if (grouped)
        node = apply_grouping(binder, &grouping, select, node, &targets, having);
    if (!node)
        return NULL;
    return finish_plain(binder, weir_node_targets(binder, node, &targets), select, visible, sorts);
}

/* ORDER BY behind VALUES or UNION: by names and places only. */
static const struct weir_node *order_by_output(struct weir_binder *binder,
                                               const struct weir_node *node,
                                               const struct weir_sql_select *select)
{
    if (!select->order_by_count)
        return node;
    if (!(node = weir_node_resolve_unknown(binder, node)))
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
                         "invalid UNION/INTERSECT/EXCEPT ORDER BY clause");
        if (found == -1 && sql->kind != WEIR_SQL_COLUMN)
            weir_problem_hint(
                binder->problems,
                "Only result column names can be used, not expressions or functions.");
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
        node = weir_bind_values(binder, &scope, select);
    else
        node = weir_bind_union(binder, &scope, select);
    if (node && select->kind != WEIR_SQL_SELECT)
        node = order_by_output(binder, node, select);
    bool settled = select->limit || select->offset || !keep_unknown;
    if (node && settled)
        node = weir_node_resolve_unknown(binder, node);
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
