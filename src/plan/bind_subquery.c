/* EXISTS and IN (SELECT ..): as questions to lookups.
 *
 * A subquery is a bounded query whose result is kept in memory as a hash table. What it shares with the query around it must
 * be equalities, `inner = outer`: they are the lookup's keys and the tuple that it is asked for. Several alternatives for one
 * key (`c.city IN (a, b)`) ask one lookup several times. What reads the subquery's own columns only is part of the lookup's
 * query; what reads the outer columns only is a condition beside the question. Equal lookups are one lookup. */
#include "plan/binder.h"

#define PROBES_MAX 64 /* alternatives of one EXISTS, multiplied out */

uint32_t weir_lookup_def_add(struct weir_binder *binder, const char *name,
                             const struct weir_node *query, uint32_t keys_count, bool has_payload)
{
    for (uint32_t i = 0; i < binder->lookup_defs.count; i++) {
        const struct weir_lookup_def *def = &binder->lookup_defs.items[i];
        if (def->keys_count == keys_count && def->has_payload == has_payload &&
            weir_node_equal(def->query, query))
            return i;
    }
    *WEIR_PUSH(binder->pool, binder->lookup_defs) =
        (struct weir_lookup_def){.name = name ? name : weir_node_name(query),
                                 .query = query,
                                 .keys_count = keys_count,
                                 .has_payload = has_payload,
                                 .planned = WEIR_NOT_PLANNED};
    return binder->lookup_defs.count - 1;
}

bool weir_equality(const struct weir_expr *expr, const struct weir_expr **ret_left,
                   const struct weir_expr **ret_right)
{
    if (expr->kind != WEIR_EXPR_CALL || expr->args_count != 2 ||
        expr->function->kind != WEIR_OPERATOR || strcmp(expr->function->name, "=") != 0)
        return false;
    *ret_left = expr->args[0];
    *ret_right = expr->args[1];
    return true;
}

bool weir_equality_types(struct weir_binder *binder, const struct weir_expr **left,
                         const struct weir_expr **right)
{
    const struct weir_expr *both[] = {*left, *right};
    enum weir_type type;
    if (both[0]->type == both[1]->type)
        return true;
    if (!weir_coerce_common(binder, both, 2, "=", &type))
        return false;
    *left = both[0];
    *right = both[1];
    return true;
}

/* ---- EXISTS with correlation ---- */

struct probe_key {
    const struct weir_expr *inner;
    struct weir_exprs outer; /* alternatives, over the outer query's columns */
};

struct exists {
    struct weir_binder *binder;
    const struct weir_scope *outer_scope;
    struct weir_exprs filters; /* over the subquery's FROM */
    struct WEIR_LIST(struct probe_key) keys;
    const struct weir_expr *beside; /* over the outer query */
};

static void which_sides(const struct weir_expr *expr, bool *ret_inner, bool *ret_outer)
{
    if (expr->kind == WEIR_EXPR_COLUMN)
        *(expr->column & WEIR_OUTER_BIT ? ret_outer : ret_inner) = true;
    for (uint32_t i = 0; i < expr->args_count; i++)
        which_sides(expr->args[i], ret_inner, ret_outer);
}

static const struct weir_expr *change_to_outer(void *context, const struct weir_expr *expr)
{
    if (expr->kind != WEIR_EXPR_COLUMN)
        return NULL;
    return weir_expr_column(context, expr->column & ~WEIR_OUTER_BIT, expr->type, expr->location);
}

/* An expression over the outer query's own columns. */
static const struct weir_expr *to_outer(struct weir_binder *binder, const struct weir_expr *expr)
{
    return weir_expr_rewrite(binder, expr, change_to_outer, binder);
}

/* inner = outer, either way round. */
static bool split_equality(struct weir_binder *binder, const struct weir_expr *expr,
                           const struct weir_expr **ret_inner, const struct weir_expr **ret_outer)
{
    const struct weir_expr *sides[2];
    if (!weir_equality(expr, &sides[0], &sides[1]))
        return false;
    for (int inner = 0; inner < 2; inner++) {
        bool has_inner[2] = {false, false}, has_outer[2] = {false, false};
        which_sides(sides[inner], &has_inner[0], &has_outer[0]);
        which_sides(sides[!inner], &has_inner[1], &has_outer[1]);
        if (has_inner[0] && !has_outer[0] && !has_inner[1]) {
            *ret_inner = sides[inner];
            *ret_outer = sides[!inner];
            return weir_equality_types(binder, ret_inner, ret_outer);
        }
    }
    return false;
}

/* An equality, or an OR of equalities of one inner expression, as a key. */
static bool take_key(struct exists *exists, const struct weir_expr *conjunct)
{
    struct weir_binder *binder = exists->binder;
    const struct weir_expr *one[] = {conjunct}, *const *parts = one;
    uint32_t count = 1;
    struct probe_key key = {0};
    if (conjunct->kind == WEIR_EXPR_OR) {
        parts = conjunct->args;
        count = conjunct->args_count;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct weir_expr *inner, *outer;
        if (!split_equality(binder, parts[i], &inner, &outer) ||
            (key.inner && !weir_expr_equal(key.inner, inner)))
            return false;
        key.inner = inner;
        *WEIR_PUSH(binder->pool, key.outer) = to_outer(binder, outer);
    }
    *WEIR_PUSH(binder->pool, exists->keys) = key;
    return true;
}

static bool take_conjunct(struct exists *exists, const struct weir_expr *conjunct)
{
    bool inner = false, outer = false;
    which_sides(conjunct, &inner, &outer);
    if (!outer) {
        *WEIR_PUSH(exists->binder->pool, exists->filters) = conjunct;
    } else if (!inner) {
        const struct weir_expr *condition = to_outer(exists->binder, conjunct);
        condition = weir_expr_with(exists->binder, WEIR_EXPR_IS_TRUE, WEIR_BOOL, conjunct->location,
                                   &condition, 1);
        exists->beside = weir_expr_and(exists->binder, exists->beside, condition);
    } else if (!take_key(exists, conjunct)) {
        weir_problem(exists->binder->problems, conjunct->location,
                     "this condition of a correlated subquery is not supported");
        weir_problem_hint(exists->binder->problems,
                          "the subquery's columns must be compared with the outer ones by =, or by "
                          "IN with a list of them");
        return false;
    }
    return true;
}

/* The alternatives of the keys multiplied out: one LOOKUP for each tuple. */
static const struct weir_expr *ask(struct exists *exists, uint32_t lookup, int location)
{
    struct weir_binder *binder = exists->binder;
    uint32_t keys = exists->keys.count, tuples = 1;
    const struct weir_expr **args = WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, keys),
                           *ret = NULL;
    for (uint32_t k = 0; k < keys && tuples <= PROBES_MAX; k++)
        tuples *= exists->keys.items[k].outer.count;
    if (tuples > PROBES_MAX) {
        weir_problem(binder->problems, location,
                     "the subquery has more than %d alternatives to compare with", PROBES_MAX);
        return NULL;
    }
    for (uint32_t t = 0; t < tuples; t++) {
        uint32_t rest = t;
        for (uint32_t k = 0; k < keys; k++) {
            const struct weir_exprs *outer = &exists->keys.items[k].outer;
            args[k] = outer->items[rest % outer->count];
            rest /= outer->count;
        }
        const struct weir_expr *one =
            weir_expr_with(binder, WEIR_EXPR_LOOKUP, WEIR_BOOL, location, args, keys);
        ((struct weir_expr *)(uintptr_t)one)->lookup = lookup;
        ((struct weir_expr *)(uintptr_t)one)->test = WEIR_LOOKUP_EXISTS;
        ret = weir_expr_or(binder, ret, one);
    }
    return ret;
}

/* Keys projected out of the subquery's rows; without keys one row is enough. */
static const struct weir_node *keys_query(struct exists *exists, const struct weir_node *node)
{
    struct weir_binder *binder = exists->binder;
    uint32_t count = exists->keys.count, columns = count ? count : 1;
    const struct weir_expr **exprs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, columns);
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, columns);
    for (uint32_t i = 0; i < columns; i++) {
        exprs[i] = count ? exists->keys.items[i].inner : weir_expr_bool(binder, true, -1);
        names[i] = exprs[i]->kind == WEIR_EXPR_COLUMN ? node->names[exprs[i]->column] : "key";
    }
    node = weir_node_project(binder, node, exprs, names, columns);
    return count ? node : weir_node_limit(binder, node, 1, 0);
}

static bool lookup_bounded(struct weir_binder *binder, const struct weir_node *node, int location)
{
    const struct weir_table *stream = weir_node_unbounded(binder, node);
    if (!stream)
        return true;
    weir_problem(binder->problems, location,
                 "a subquery over the unbounded stream \"%s\" is not supported", stream->name);
    weir_problem_hint(
        binder->problems,
        "it is kept in memory, so it must end: set the table's option bounded 'true'");
    return false;
}

static const struct weir_expr *bind_plain_exists(struct weir_binder *binder,
                                                 const struct weir_scope *scope,
                                                 const struct weir_sql_select *select, int location)
{
    struct exists exists = {.binder = binder, .outer_scope = scope};
    struct weir_scope inner = {.outer = scope, .ctes = scope->ctes};
    struct weir_from from;
    struct weir_exprs conjuncts;
    struct weir_targets targets = {0};
    bool ok = weir_bind_ctes(binder, &inner, select);
    if (!weir_bind_from(binder, &inner, select, &from, &conjuncts))
        return NULL;
    inner.clause = "this clause";
    ok = weir_bind_targets(binder, &inner, select, &targets) &&
         ok; /* for its mistakes: EXISTS reads no target */
    if (!ok || !from.node || !lookup_bounded(binder, from.node, location))
        return NULL;
    for (uint32_t i = 0; i < conjuncts.count; i++)
        ok = take_conjunct(&exists, conjuncts.items[i]) && ok;
    if (!ok)
        return NULL;
    const struct weir_node *node = weir_filter_push(binder, from.node, &exists.filters);
    const char *name = select->from_count == 1 ? select->from[0]->name : NULL;
    uint32_t lookup =
        weir_lookup_def_add(binder, name, keys_query(&exists, node), exists.keys.count, false);
    const struct weir_expr *asked = ask(&exists, lookup, location);
    return asked ? weir_expr_and(binder, exists.beside, asked) : NULL;
}

/* Any other subquery: it must not read the outer query. */
static const struct weir_expr *bind_closed_exists(struct weir_binder *binder,
                                                  const struct weir_scope *scope,
                                                  const struct weir_sql_select *select,
                                                  int location)
{
    struct exists exists = {.binder = binder};
    struct weir_ranges none = {0};
    struct weir_scope inner = {.ranges = &none, .blocked = scope, .ctes = scope->ctes};
    const struct weir_node *node = weir_bind_select(binder, &inner, select, false);
    if (!node || !lookup_bounded(binder, node, location))
        return NULL;
    return ask(&exists, weir_lookup_def_add(binder, NULL, keys_query(&exists, node), 0, false),
               location);
}

const struct weir_expr *weir_bind_exists(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_select *select, int location)
{
    int conditional = binder->conditional;
    const struct weir_expr *ret;
    binder->conditional = 0;
    bool union_all =
        select->kind == WEIR_SQL_UNION && !select->limit && !select->offset && !select->ctes_count;
    bool plain = select->kind == WEIR_SQL_SELECT && !weir_select_is_grouped(select) &&
                 !select->limit && !select->offset;
    if (union_all) { /* of one or of the other */
        const struct weir_expr *left = weir_bind_exists(binder, scope, select->left, location);
        const struct weir_expr *right = weir_bind_exists(binder, scope, select->right, location);
        ret = left && right ? weir_expr_or(binder, left, right) : NULL;
    } else if (plain) {
        ret = bind_plain_exists(binder, scope, select, location);
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

const struct weir_expr *weir_bind_in_select(struct weir_binder *binder,
                                            const struct weir_scope *scope,
                                            const struct weir_sql_expr *sql)
{
    struct weir_exprs left = {0};
    struct weir_ranges none = {0};
    struct weir_scope inner = {.ranges = &none, .blocked = scope, .ctes = scope->ctes};
    bool ok = in_left(binder, scope, sql, &left);
    const struct weir_node *node = weir_bind_select(binder, &inner, sql->select, false);
    if (!ok || !node)
        return NULL;
    if (node->columns_count != left.count) {
        weir_problem(binder->problems, sql->location, "subquery has too %s columns",
                     node->columns_count > left.count ? "many" : "few");
        return NULL;
    }
    if (!lookup_bounded(binder, node, sql->location) ||
        !(node = in_types(binder, sql, &left, node)))
        return NULL;
    struct weir_expr *expr = (struct weir_expr *)(uintptr_t)weir_expr_with(
        binder, WEIR_EXPR_LOOKUP, WEIR_BOOL, sql->location, left.items, left.count);
    expr->lookup = weir_lookup_def_add(binder, NULL, node, left.count, false);
    expr->test = WEIR_LOOKUP_IN;
    return expr;
}
