/* What is written otherwise than it is computed: BETWEEN, IN, IS, NULLIF and the like become
 * operators, logic and CASE. An operand that appears twice in the result is computed once all the
 * same: programs share equal subexpressions. */
#include "plan/binder.h"

#define LIST_MAX 16 /* literals of an IN list that are compared one by one */

static const struct weir_expr *operator2(struct weir_binder *binder, const char *symbol,
                                         const struct weir_expr *left,
                                         const struct weir_expr *right, int location)
{
    const struct weir_expr *args[] = {left, right};
    return left && right ? weir_bind_operator(binder, symbol, args, 2, location) : NULL;
}

static const struct weir_expr *is_null(struct weir_binder *binder, const struct weir_expr *expr,
                                       int location)
{
    bool failed = false;
    if (expr->type == WEIR_UNKNOWN)
        expr = weir_coerce(binder, expr, WEIR_TEXT, WEIR_CAST_IMPLICIT, &failed);
    return weir_fold(binder,
                     weir_expr_with(binder, WEIR_EXPR_IS_NULL, WEIR_BOOL, location, &expr, 1));
}

static const struct weir_expr *negate_if(struct weir_binder *binder, const struct weir_expr *expr,
                                         bool negated)
{
    return expr && negated ? weir_expr_not(binder, expr) : expr;
}

static const struct weir_expr *bind_is_row_null(struct weir_binder *binder,
                                                const struct weir_scope *scope,
                                                const struct weir_sql_expr *sql)
{
    const struct weir_sql_expr *row = sql->args[0];
    const struct weir_expr *ret = NULL;
    for (uint32_t i = 0; i < row->args_count; i++) {
        const struct weir_expr *arg = weir_bind_expr(binder, scope, row->args[i]);
        if (!arg)
            return NULL;
        ret = weir_expr_and(binder, ret,
                            negate_if(binder, is_null(binder, arg, sql->location), sql->negated));
    }
    return ret ? weir_fold(binder, ret) : NULL;
}

static const struct weir_expr *bind_is(struct weir_binder *binder, const struct weir_scope *scope,
                                       const struct weir_sql_expr *sql)
{
    static const char *const names[] = {"IS NULL", "IS TRUE", "IS FALSE", "IS UNKNOWN"};
    if (sql->test == WEIR_SQL_IS_NULL && sql->args[0]->kind == WEIR_SQL_ROW)
        return bind_is_row_null(binder, scope, sql);
    if (sql->test == WEIR_SQL_IS_NULL) {
        const struct weir_expr *arg = weir_bind_expr(binder, scope, sql->args[0]);
        return arg ? negate_if(binder, is_null(binder, arg, sql->location), sql->negated) : NULL;
    }
    const struct weir_expr *arg =
        weir_bind_condition(binder, scope, sql->args[0], names[sql->test]);
    if (!arg)
        return NULL;
    if (sql->test == WEIR_SQL_IS_UNKNOWN)
        return negate_if(binder, is_null(binder, arg, sql->location), sql->negated);
    if (sql->test == WEIR_SQL_IS_FALSE)
        arg = weir_expr_not(binder, arg);
    const struct weir_expr *is = weir_fold(
        binder, weir_expr_with(binder, WEIR_EXPR_IS_TRUE, WEIR_BOOL, sql->location, &arg, 1));
    return negate_if(binder, is, sql->negated);
}

/* NOT a = b where neither is NULL, else whether just one is. */
static const struct weir_expr *bind_is_distinct(struct weir_binder *binder,
                                                const struct weir_scope *scope,
                                                const struct weir_sql_expr *sql)
{
    const struct weir_expr *a = weir_bind_expr(binder, scope, sql->args[0]);
    const struct weir_expr *b = weir_bind_expr(binder, scope, sql->args[1]);
    binder->conditional++;
    const struct weir_expr *same = operator2(binder, "=", a, b, sql->location), *ret = NULL;
    if (same) {
        const struct weir_expr *args[] = {is_null(binder, a, sql->location),
                                          weir_expr_not(binder, is_null(binder, b, sql->location)),
                                          is_null(binder, b, sql->location),
                                          weir_expr_bool(binder, true, sql->location),
                                          weir_expr_not(binder, same)};
        ret = weir_expr_case(binder, WEIR_BOOL, sql->location, args, 5);
    }
    binder->conditional--;
    return negate_if(binder, ret, sql->negated);
}

static const struct weir_expr *between(struct weir_binder *binder, const struct weir_expr *value,
                                       const struct weir_expr *low, const struct weir_expr *high,
                                       int location)
{
    const struct weir_expr *above = operator2(binder, ">=", value, low, location);
    const struct weir_expr *below = operator2(binder, "<=", value, high, location);
    return above && below ? weir_fold(binder, weir_expr_and(binder, above, below)) : NULL;
}

static const struct weir_expr *bind_between(struct weir_binder *binder,
                                            const struct weir_scope *scope,
                                            const struct weir_sql_expr *sql)
{
    const struct weir_expr *value = weir_bind_expr(binder, scope, sql->args[0]);
    const struct weir_expr *low = weir_bind_expr(binder, scope, sql->args[1]);
    const struct weir_expr *high = weir_bind_expr(binder, scope, sql->args[2]);
    const struct weir_expr *ret = between(binder, value, low, high, sql->location);
    if (ret && sql->symmetric) {
        const struct weir_expr *swapped = between(binder, value, high, low, sql->location);
        ret = swapped ? weir_fold(binder, weir_expr_or(binder, ret, swapped)) : NULL;
    }
    return negate_if(binder, ret, sql->negated);
}

/* A long list of literals is a lookup: asking it once takes the time of one comparison. NULL without
 * a report (*ret_failed false): the list is short, or not of that kind. */
static const struct weir_expr *bind_in_lookup(struct weir_binder *binder,
                                              const struct weir_scope *scope,
                                              const struct weir_sql_expr *sql, bool *ret_failed)
{
    const struct weir_expr **exprs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, sql->args_count);
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, sql->args_count), type;
    if (sql->args_count <= LIST_MAX || sql->args[0]->kind == WEIR_SQL_ROW)
        return NULL;
    for (uint32_t i = 1; i < sql->args_count; i++)
        if (sql->args[i]->kind > WEIR_SQL_STRING)
            return NULL;
    for (uint32_t i = 0; i < sql->args_count; i++) {
        exprs[i] = weir_bind_expr(binder, scope, sql->args[i]);
        *ret_failed = *ret_failed || !exprs[i];
        types[i] = exprs[i] ? exprs[i]->type : WEIR_UNKNOWN;
    }
    if (*ret_failed || !weir_type_common(types, sql->args_count, &type))
        return NULL;
    *ret_failed = !weir_coerce_common(binder, exprs, sql->args_count, "IN", &type);
    if (*ret_failed)
        return NULL;
    struct weir_node *node = weir_node_new(binder, WEIR_NODE_VALUES, NULL, 0, 1);
    static const char *const names[] = {"value"};
    enum weir_type *node_types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, 1);
    node_types[0] = type;
    node->names = names;
    node->types = node_types;
    node->exprs = exprs + 1;
    node->exprs_count = node->rows_count = sql->args_count - 1;
    return weir_expr_lookup(binder, weir_lookup_def_add(binder, NULL, node, 1, false),
                            WEIR_LOOKUP_IN, exprs, 1, sql->location);
}

/* x = a OR x = b ..; x <> a AND x <> b .. The left side is bound for each item anew, its mistakes
 * are reported once: by the first. */
static const struct weir_expr *bind_in(struct weir_binder *binder, const struct weir_scope *scope,
                                       const struct weir_sql_expr *sql)
{
    bool failed = false;
    const struct weir_expr *ret = bind_in_lookup(binder, scope, sql, &failed);
    if (ret || failed)
        return negate_if(binder, ret, sql->negated);
    for (uint32_t i = 1; i < sql->args_count; i++) {
        const struct weir_sql_expr *pair[] = {sql->args[0], sql->args[i]};
        struct weir_sql_expr comparison = {.kind = WEIR_SQL_OPERATOR,
                                           .location = sql->location,
                                           .text = sql->negated ? "<>" : "=",
                                           .args = pair,
                                           .args_count = 2};
        const struct weir_expr *one = weir_bind_expr(binder, scope, &comparison);
        if (!one)
            return NULL;
        ret = sql->negated ? weir_expr_and(binder, ret, one) : weir_expr_or(binder, ret, one);
    }
    return weir_fold(binder, ret);
}

static const struct weir_expr *bind_nullif(struct weir_binder *binder,
                                           const struct weir_scope *scope,
                                           const struct weir_sql_expr *sql)
{
    const struct weir_expr *a = weir_bind_expr(binder, scope, sql->args[0]);
    const struct weir_expr *b = weir_bind_expr(binder, scope, sql->args[1]);
    const struct weir_expr *equal = operator2(binder, "=", a, b, sql->location);
    if (!equal)
        return NULL;
    /* What it gives is of the type that = takes on its left. */
    const struct weir_expr *left, *right;
    enum weir_type type = b->type == WEIR_UNKNOWN ? WEIR_TEXT : b->type;
    if (weir_equality(equal, &left, &right))
        a = left;
    else if (a->type == WEIR_UNKNOWN && !(a = weir_coerce_known(binder, a, type)))
        return NULL;
    const struct weir_expr *args[] = {equal, weir_expr_null(binder, a->type, sql->location), a};
    return weir_expr_case(binder, a->type, sql->location, args, 3);
}

static const struct weir_expr *bind_extreme(struct weir_binder *binder,
                                            const struct weir_scope *scope,
                                            const struct weir_sql_expr *sql)
{
    bool greatest = sql->kind == WEIR_SQL_GREATEST;
    const struct weir_expr **args =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, sql->args_count);
    enum weir_type type;
    bool ok = true;
    for (uint32_t i = 0; i < sql->args_count; i++)
        ok = (args[i] = weir_bind_expr(binder, scope, sql->args[i])) && ok;
    if (!ok ||
        !weir_coerce_common(binder, args, sql->args_count, greatest ? "GREATEST" : "LEAST", &type))
        return NULL;
    return weir_bind_function(binder, greatest ? "greatest" : "least", args, sql->args_count,
                              sql->location);
}

const struct weir_expr *weir_bind_form(struct weir_binder *binder, const struct weir_scope *scope,
                                       const struct weir_sql_expr *sql)
{
    switch (sql->kind) {
    case WEIR_SQL_IS:
        return bind_is(binder, scope, sql);
    case WEIR_SQL_IS_DISTINCT:
        return bind_is_distinct(binder, scope, sql);
    case WEIR_SQL_BETWEEN:
        return bind_between(binder, scope, sql);
    case WEIR_SQL_IN:
        return bind_in(binder, scope, sql);
    case WEIR_SQL_NULLIF:
        return bind_nullif(binder, scope, sql);
    case WEIR_SQL_GREATEST:
    case WEIR_SQL_LEAST:
        return bind_extreme(binder, scope, sql);
    default:
        weir_problem(binder->problems, sql->location, "this form of expression is not supported");
        return NULL;
    }
}
