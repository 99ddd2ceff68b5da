/* Subqueries that share columns with the query around them, as questions to lookups.
 *
 * What a subquery shares with the query around it must be equalities, `inner = outer`: they are the
 * lookup's keys and the tuple that it is asked for. Several alternatives for one key (`c.city IN
 * (a, b)`) ask one lookup several times. What reads the subquery's own columns only is part of the
 * lookup's query; what reads the outer columns only is a condition beside the question. Equal
 * lookups are one lookup. */
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

/* ---- taking conditions apart ---- */

struct probe_key {
    const struct weir_expr *inner;
    struct weir_exprs outer; /* alternatives, over the outer query's columns */
};

struct exists {
    struct weir_binder *binder;
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

static const struct weir_expr *change_to_inner(void *context, const struct weir_expr *expr)
{
    if (expr->kind != WEIR_EXPR_COLUMN)
        return NULL;
    return weir_expr_column(context, expr->column | WEIR_OUTER_BIT, expr->type, expr->location);
}

const struct weir_expr *weir_expr_to_inner(struct weir_binder *binder, const struct weir_expr *expr)
{
    return weir_expr_rewrite(binder, expr, change_to_inner, binder);
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
        ret = weir_expr_or(
            binder, ret,
            weir_expr_lookup(binder, lookup, WEIR_LOOKUP_EXISTS, args, keys, location));
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

bool weir_lookup_bounded(struct weir_binder *binder, const struct weir_node *node, int location)
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

/* ---- binding and asking ---- */

bool weir_subquery_is_plain(const struct weir_sql_select *select)
{
    return select->kind == WEIR_SQL_SELECT && !weir_select_is_grouped(select) && !select->limit &&
           !select->offset;
}

static bool reads_outer(const struct weir_expr *expr)
{
    bool inner = false, outer = false;
    which_sides(expr, &inner, &outer);
    return outer;
}

bool weir_subquery_bind(struct weir_binder *binder, const struct weir_scope *scope,
                        const struct weir_sql_select *select, int location,
                        struct weir_subquery *ret)
{
    struct weir_scope inner = {.outer = scope, .ctes = scope->ctes};
    struct weir_from from;
    *ret = (struct weir_subquery){.location = location};
    bool ok = weir_bind_ctes(binder, &inner, select);
    if (!weir_bind_from(binder, &inner, select, &from, &ret->conjuncts))
        return false;
    inner.clause = "this clause";
    ok = weir_bind_targets(binder, &inner, select, &ret->targets) && ok;
    if (!ok || !from.node || !weir_lookup_bounded(binder, from.node, location))
        return false;
    ret->node = from.node;
    ret->name = select->from_count == 1 ? select->from[0]->name : NULL;
    for (uint32_t i = 0; i < ret->conjuncts.count; i++)
        ret->correlated = ret->correlated || reads_outer(ret->conjuncts.items[i]);
    for (uint32_t i = 0; i < ret->targets.count; i++)
        ret->correlated = ret->correlated || reads_outer(ret->targets.items[i].expr);
    return true;
}

const struct weir_expr *weir_subquery_ask(struct weir_binder *binder,
                                          const struct weir_subquery *subquery,
                                          const struct weir_expr *extra)
{
    struct exists exists = {.binder = binder};
    bool ok = true;
    for (uint32_t i = 0; i < subquery->conjuncts.count; i++)
        ok = take_conjunct(&exists, subquery->conjuncts.items[i]) && ok;
    if (!ok || (extra && !take_conjunct(&exists, extra)))
        return NULL;
    const struct weir_node *node = weir_filter_push(binder, subquery->node, &exists.filters);
    const struct weir_node *query = keys_query(&exists, node);
    uint32_t lookup = weir_lookup_def_add(binder, subquery->name, query, exists.keys.count, false);
    const struct weir_expr *asked = ask(&exists, lookup, subquery->location);
    return asked ? weir_expr_and(binder, exists.beside, asked) : NULL;
}
