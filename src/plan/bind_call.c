/* Functions, operators and casts, by the catalogue's resolution. */
#include "plan/binder.h"

/* Brings the arguments to the types of the entry. An entry that takes any type (WEIR_UNKNOWN) gets
 * them of one type. */
static bool args_coerce(struct weir_binder *binder, const struct weir_function *function,
                        const struct weir_expr **args, uint32_t count, enum weir_type *ret_any)
{
    struct weir_exprs any = {0};
    bool ok = true;
    for (uint32_t i = 0; i < count; i++) {
        enum weir_type type =
            function->args[i < function->args_count ? i : function->args_count - 1u];
        if (type == WEIR_UNKNOWN)
            *WEIR_PUSH(binder->pool, any) = args[i];
        else
            ok = (args[i] = weir_coerce_known(binder, args[i], type)) && ok;
    }
    *ret_any = WEIR_TEXT;
    if (!any.count || !ok)
        return ok;
    if (function->result == WEIR_UNKNOWN) {
        if (!weir_coerce_common(binder, any.items, any.count, function->name, ret_any))
            return false;
    } else {
        for (uint32_t i = 0; i < any.count && ok; i++)
            if (any.items[i]->type == WEIR_UNKNOWN)
                ok = (any.items[i] = weir_coerce_known(binder, any.items[i], WEIR_TEXT));
    }
    for (uint32_t i = 0, at = 0; ok && i < count; i++)
        if (function->args[i < function->args_count ? i : function->args_count - 1u] ==
            WEIR_UNKNOWN)
            args[i] = any.items[at++];
    return ok;
}

static const struct weir_expr *call_make(struct weir_binder *binder, enum weir_function_kind kind,
                                         const char *name, const struct weir_expr *const *args,
                                         uint32_t count, int location)
{
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, count);
    const struct weir_expr **copy = WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, count);
    const struct weir_function *function;
    struct weir_error err = {0};
    enum weir_type any;
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = args[i];
        types[i] = args[i]->type;
    }
    if (weir_function_resolve(kind, name, types, count, &function, &err) != WEIR_OK) {
        weir_problem_error(binder->problems, location, &err);
        return NULL;
    }
    if (!args_coerce(binder, function, copy, count, &any))
        return NULL;
    enum weir_type result = function->result == WEIR_UNKNOWN ? any : function->result;
    if (function->kind == WEIR_CAST && copy[0]->type == result)
        return copy[0];
    const struct weir_expr *call = weir_expr_call(binder, function, result, copy, count, location);
    return function->stable ? call : weir_fold(binder, call);
}

const struct weir_expr *weir_bind_operator(struct weir_binder *binder, const char *symbol,
                                           const struct weir_expr *const *args, uint32_t args_count,
                                           int location)
{
    return call_make(binder, WEIR_OPERATOR, symbol, args, args_count, location);
}

const struct weir_expr *weir_bind_function(struct weir_binder *binder, const char *name,
                                           const struct weir_expr *const *args, uint32_t args_count,
                                           int location)
{
    return call_make(binder, WEIR_FUNCTION, name, args, args_count, location);
}

/* x::varchar(n) cuts; other modifiers are refused with the type. */
static const struct weir_expr *cut_to(struct weir_binder *binder, const struct weir_expr *expr,
                                      int32_t length, int location)
{
    struct weir_sql_expr sql = {.kind = WEIR_SQL_INTEGER,
                                .location = location,
                                .text = weir_pool_printf(binder->pool, "%d", length)};
    struct weir_ranges none = {0};
    struct weir_scope scope = {.ranges = &none};
    const struct weir_expr *args[] = {expr, weir_bind_expr(binder, &scope, &sql)};
    return weir_bind_function(binder, "left", args, 2, location);
}

static const struct weir_expr *bind_cast(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_expr *sql)
{
    const struct weir_expr *arg = weir_bind_expr(binder, scope, sql->args[0]);
    struct weir_sql_type type = *sql->type;
    enum weir_type to;
    bool cuts =
        strcmp(type.name, "varchar") == 0 && type.modifiers_count == 1 && type.modifiers[0] > 0;
    if (cuts)
        type.modifiers_count = 0;
    if (!weir_bind_type(binder, &type, &to) || !arg)
        return NULL;
    bool failed = false;
    const struct weir_expr *ret = weir_coerce(binder, arg, to, WEIR_CAST_EXPLICIT, &failed);
    if (!ret && !failed)
        weir_problem(binder->problems, sql->location, "cannot cast type %s to %s",
                     weir_type_name(arg->type), weir_type_name(to));
    return ret && cuts ? cut_to(binder, ret, sql->type->modifiers[0], sql->location) : ret;
}

/* (a, b) = (c, d): by columns. */
static const struct weir_expr *bind_row_equality(struct weir_binder *binder,
                                                 const struct weir_scope *scope,
                                                 const struct weir_sql_expr *sql)
{
    const struct weir_sql_expr *left = sql->args[0], *right = sql->args[1];
    bool equal = strcmp(sql->text, "=") == 0;
    const struct weir_expr *ret = NULL;
    if (left->args_count != right->args_count) {
        weir_problem(binder->problems, sql->location,
                     "unequal number of entries in row expressions");
        return NULL;
    }
    if (!equal && strcmp(sql->text, "<>") != 0) {
        weir_problem(binder->problems, sql->location, "rows can only be compared with = and <>");
        return NULL;
    }
    for (uint32_t i = 0; i < left->args_count; i++) {
        const struct weir_expr *args[] = {weir_bind_expr(binder, scope, left->args[i]),
                                          weir_bind_expr(binder, scope, right->args[i])};
        const struct weir_expr *one =
            args[0] && args[1] ? weir_bind_operator(binder, sql->text, args, 2, sql->location)
                               : NULL;
        if (!one)
            return NULL;
        ret = equal ? weir_expr_and(binder, ret, one) : weir_expr_or(binder, ret, one);
    }
    return ret ? weir_fold(binder, ret) : NULL;
}

const struct weir_expr *weir_bind_call(struct weir_binder *binder, const struct weir_scope *scope,
                                       const struct weir_sql_expr *sql)
{
    if (sql->kind == WEIR_SQL_CAST)
        return bind_cast(binder, scope, sql);
    if (sql->kind == WEIR_SQL_FUNCTION && weir_is_aggregate(sql->text))
        return weir_bind_aggregate(binder, scope, sql);
    if (sql->kind == WEIR_SQL_OPERATOR && sql->args_count == 2 &&
        sql->args[0]->kind == WEIR_SQL_ROW && sql->args[1]->kind == WEIR_SQL_ROW)
        return bind_row_equality(binder, scope, sql);
    const char *misplaced = sql->star       ? "(*)"
                            : sql->distinct ? "DISTINCT"
                            : sql->filter   ? "FILTER"
                                            : NULL;
    if (misplaced) {
        weir_problem(binder->problems, sql->location,
                     "%s%s specified, but %s is not an aggregate function",
                     sql->star ? sql->text : "", misplaced, sql->text);
        return NULL;
    }
    if (sql->args_count > 100) {
        weir_problem(binder->problems, sql->location,
                     "cannot pass more than 100 arguments to a function");
        return NULL;
    }
    const struct weir_expr **args =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, sql->args_count);
    bool ok = true;
    for (uint32_t i = 0; i < sql->args_count; i++)
        ok = (args[i] = weir_bind_expr(binder, scope, sql->args[i])) && ok;
    if (!ok)
        return NULL;
    if (sql->kind == WEIR_SQL_OPERATOR)
        return weir_bind_operator(binder, sql->text, args, sql->args_count, sql->location);
    return weir_bind_function(binder, sql->text, args, sql->args_count, sql->location);
}
