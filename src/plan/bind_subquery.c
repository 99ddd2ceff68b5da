/* EXISTS and IN (SELECT ..).
 *
 * A subquery is a bounded query whose result is kept in memory as a hash table, a lookup. See
 * bind_correlated.c for those that read the query around them. */
#include "plan/binder.h"

/* Any other subquery: it must not read the outer query. */
static const struct weir_expr *bind_closed_exists(struct weir_binder *binder,
                                                  const struct weir_scope *scope,
                                                  const struct weir_sql_select *select,
                                                  int location)
{
    struct weir_ranges none = {0};
    struct weir_scope inner = {.ranges = &none, .blocked = scope, .ctes = scope->ctes};
    const struct weir_node *node = weir_bind_select(binder, &inner, select, false);
    if (!node || !weir_lookup_bounded(binder, node, location))
        return NULL;
    struct weir_subquery subquery = {.node = node, .location = location};
    return weir_subquery_ask(binder, &subquery, NULL);
}

const struct weir_expr *weir_bind_exists(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_select *select, int location)
{
    int conditional = binder->conditional;
    const struct weir_expr *ret;
    binder->conditional = 0;
    bool union_all =
        select->kind == WEIR_SQL_UNION && !select->limit && !select->offset && !select->ctes_count;
    bool plain = weir_subquery_is_plain(select);
    if (union_all) { /* of one or of the other */
        const struct weir_expr *left = weir_bind_exists(binder, scope, select->left, location);
        const struct weir_expr *right = weir_bind_exists(binder, scope, select->right, location);
        ret = left && right ? weir_expr_or(binder, left, right) : NULL;
    } else if (plain) {
        struct weir_subquery subquery;
        ret = weir_subquery_bind(binder, scope, select, location, &subquery)
                  ? weir_subquery_ask(binder, &subquery, NULL)
                  : NULL;
    } else {
        ret = bind_closed_exists(binder, scope, select, location);
    }
    binder->conditional = conditional;
    return ret;
}

/* ---- IN ---- */

/* The left side's expressions: one, or those of a row. */
static bool in_left(struct weir_binder *binder, const struct weir_scope *scope,
                    const struct weir_sql_expr *sql, struct weir_exprs *ret)
{
    const struct weir_sql_expr *left = sql->args[0], *const *parts = &left;
    uint32_t count = 1;
    bool ok = true;
    if (left->kind == WEIR_SQL_ROW) {
        parts = left->args;
        count = left->args_count;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct weir_expr *expr = weir_bind_expr(binder, scope, parts[i]);
        ok = expr && ok;
        *WEIR_PUSH(binder->pool, *ret) = expr;
    }
    return ok;
}

/* Both sides of each column brought to the type that their `=` compares in. */
static const struct weir_node *in_types(struct weir_binder *binder, const struct weir_sql_expr *sql,
                                        struct weir_exprs *left, const struct weir_node *node)
{
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, node->columns_count);
    for (uint32_t i = 0; i < node->columns_count; i++) {
        const struct weir_expr *args[] = {
            left->items[i], weir_expr_column(binder, i, node->types[i], sql->location)};
        const struct weir_expr *equal = weir_bind_operator(binder, "=", args, 2, sql->location),
                               *one, *two;
        if (!equal)
            return NULL;
        if (!weir_equality(equal, &one, &two)) { /* a constant: NULL = .. */
            one = weir_coerce_known(binder, args[0], node->types[i]);
            two = args[1];
        }
        if (!one || !weir_equality_types(binder, &one, &two))
            return NULL;
        left->items[i] = one;
        types[i] = two->type;
    }
    return weir_node_cast(binder, node, types);
}

/* x IN (SELECT y .. WHERE correlated): is there such a row with y = x? If not, NULL where y is NULL
 * in one of the rows, or x is NULL and there is a row at all. */
static const struct weir_expr *bind_correlated_in(struct weir_binder *binder,
                                                  const struct weir_sql_expr *sql,
                                                  const struct weir_subquery *subquery,
                                                  const struct weir_exprs *left)
{
    if (left->count != 1 || subquery->targets.count != 1) {
        weir_problem(binder->problems, sql->location,
                     "IN with several columns and a correlated subquery is not supported");
        weir_problem_hint(binder->problems, "use EXISTS (SELECT .. WHERE inner = outer)");
        return NULL;
    }
    const struct weir_expr *x = left->items[0], *y = subquery->targets.items[0].expr;
    const struct weir_expr *sides[] = {y, weir_expr_to_inner(binder, x)};
    const struct weir_expr *equal = weir_bind_operator(binder, "=", sides, 2, sql->location);
    const struct weir_expr *y_null =
        weir_expr_with(binder, WEIR_EXPR_IS_NULL, WEIR_BOOL, sql->location, &y, 1);
    const struct weir_expr *x_null =
        weir_expr_with(binder, WEIR_EXPR_IS_NULL, WEIR_BOOL, sql->location, &x, 1);
    const struct weir_expr *match = equal ? weir_subquery_ask(binder, subquery, equal) : NULL;
    const struct weir_expr *null_row = match ? weir_subquery_ask(binder, subquery, y_null) : NULL;
    const struct weir_expr *any = match ? weir_subquery_ask(binder, subquery, NULL) : NULL;
    if (!match || !null_row || !any)
        return NULL;
    const struct weir_expr *unknown =
        weir_expr_or(binder, null_row, weir_expr_and(binder, x_null, any));
    const struct weir_expr *args[] = {match, weir_expr_bool(binder, true, sql->location), unknown,
                                      weir_expr_null(binder, WEIR_BOOL, sql->location),
                                      weir_expr_bool(binder, false, sql->location)};
    return weir_expr_with(binder, WEIR_EXPR_CASE, WEIR_BOOL, sql->location, args, 5);
}

/* The rows of a subquery that does not read the query around it. */
static const struct weir_node *closed_rows(struct weir_binder *binder,
                                           const struct weir_subquery *subquery)
{
    const struct weir_node *node = weir_filter_push(binder, subquery->node, &subquery->conjuncts);
    return weir_node_resolve_unknown(binder, weir_node_targets(binder, node, &subquery->targets));
}

const struct weir_expr *weir_bind_in_select(struct weir_binder *binder,
                                            const struct weir_scope *scope,
                                            const struct weir_sql_expr *sql)
{
    struct weir_exprs left = {0};
    struct weir_ranges none = {0};
    struct weir_scope inner = {.ranges = &none, .blocked = scope, .ctes = scope->ctes};
    bool ok = in_left(binder, scope, sql, &left);
    const struct weir_node *node;
    if (weir_subquery_is_plain(sql->select)) {
        struct weir_subquery subquery;
        if (!weir_subquery_bind(binder, scope, sql->select, sql->location, &subquery) || !ok)
            return NULL;
        if (subquery.correlated)
            return bind_correlated_in(binder, sql, &subquery, &left);
        node = closed_rows(binder, &subquery);
    } else {
        node = weir_bind_select(binder, &inner, sql->select, false);
    }
    if (!ok || !node)
        return NULL;
    if (node->columns_count != left.count) {
        weir_problem(binder->problems, sql->location, "subquery has too %s columns",
                     node->columns_count > left.count ? "many" : "few");
        return NULL;
    }
    if (!weir_lookup_bounded(binder, node, sql->location) ||
        !(node = in_types(binder, sql, &left, node)))
        return NULL;
    return weir_expr_lookup(binder, weir_lookup_def_add(binder, NULL, node, left.count, false),
                            WEIR_LOOKUP_IN, left.items, left.count, sql->location);
}
