/* Expressions: literals, columns, logic, CASE; and the conversions between types that all of them
 * need.
 *
 * A literal in quotes, and NULL, have no type of their own: they stay WEIR_UNKNOWN until something
 * asks for a type, and are then read by that type's input function. What is constant is computed
 * here, once, so that a mistake in it is found at its place and not in the first row. Source:
 * PostgreSQL 15, chapter 10. */
#include "plan/binder.h"

#include <inttypes.h>

#include "column/text.h"

/* A constant of a type from its text; NULL: reported. */
static const struct weir_expr *constant_parse(struct weir_binder *binder, enum weir_type type,
                                              struct weir_slice text, int location)
{
    struct weir_vector *vector = weir_vector_one(binder, type, true);
    struct weir_error err = {0};
    enum weir_code code =
        weir_value_parse(type, text, binder->now_us, binder->pool->arena, vector, 0, &err);
    if (code == WEIR_NOMEM)
        longjmp(binder->pool->exhausted, 1);
    if (code != WEIR_OK) {
        weir_problem_error(binder->problems, location, &err);
        return NULL;
    }
    return weir_expr_value(binder, vector, location);
}

static const struct weir_expr *bind_integer(struct weir_binder *binder,
                                            const struct weir_sql_expr *sql)
{
    struct weir_slice text = weir_slice_of(sql->text);
    int32_t small;
    int64_t large;
    enum weir_type type = weir_int4_parse(text, &small, NULL) == WEIR_OK   ? WEIR_INT4
                          : weir_int8_parse(text, &large, NULL) == WEIR_OK ? WEIR_INT8
                                                                           : WEIR_NUMERIC;
    return constant_parse(binder, type, text, sql->location);
}

static const struct weir_expr *bind_string(struct weir_binder *binder,
                                           const struct weir_sql_expr *sql)
{
    struct weir_vector *vector = weir_vector_one(binder, WEIR_UNKNOWN, true);
    vector->s[0] = weir_slice_of(sql->text);
    return weir_expr_value(binder, vector, sql->location);
}

bool weir_bind_type(struct weir_binder *binder, const struct weir_sql_type *type,
                    enum weir_type *ret)
{
    static const char *const others[][3] = {
        /* the parser's name, SQL's, what to use */
        {"int2", "smallint", "integer"},
        {"float4", "real", "double precision"},
        {"bpchar", "character", "text"},
        {"char", "char", "text"},
        {"name", "name", "text"},
        {"uuid", "uuid", "text"},
        {"json", "json", "jsonb"},
        {"timestamp", "timestamp without time zone", "timestamptz"},
        {"time", "time", "text"},
        {"timetz", "time with time zone", "text"},
        {"interval", "interval", "text"},
        {"money", "money", "numeric"},
        {"serial", "serial", "integer"},
        {"bigserial", "bigserial", "bigint"}};
    if (!weir_type_by_name(type->name, ret)) {
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            if (strcmp(others[i][0], type->name) == 0) {
                weir_problem(binder->problems, type->location, "type \"%s\" is not supported",
                             others[i][1]);
                weir_problem_hint(binder->problems, "use %s", others[i][2]);
                return false;
            }
        static const char *const names[] = {
            "boolean", "integer", "int",  "bigint", "numeric",     "text",
            "varchar", "bytea",   "date", "jsonb",  "timestamptz", "double precision"};
        weir_problem(binder->problems, type->location, "type \"%s\" does not exist", type->name);
        const char *meant = weir_did_you_mean(type->name, names, sizeof names / sizeof *names);
        if (meant)
            weir_problem_hint(binder->problems, "did you mean \"%s\"?", meant);
        return false;
    }
    if (type->modifiers_count) {
        const char *second = type->modifiers_count > 1
                                 ? weir_pool_printf(binder->pool, ",%" PRId32, type->modifiers[1])
                                 : "";
        weir_problem(binder->problems, type->location,
                     "type modifiers are not supported: %s(%" PRId32 "%s)", type->name,
                     type->modifiers[0], second);
        weir_problem_hint(binder->problems, *ret == WEIR_NUMERIC
                                                ? "use numeric, and round(value, scale)"
                                                : "use text, and left(value, length)");
        return false;
    }
    return true;
}

/* ---- conversions ---- */

const struct weir_expr *weir_fold(struct weir_binder *binder, const struct weir_expr *expr)
{
    struct weir_vector *value;
    struct weir_error err = {0};
    if (!expr || expr->kind == WEIR_EXPR_CONST || !weir_expr_is_constant(expr))
        return expr;
    enum weir_code code =
        weir_expr_constant(expr, binder->now_us, binder->pool->arena, &value, &err);
    if (code == WEIR_NOMEM)
        longjmp(binder->pool->exhausted, 1);
    if (code != WEIR_OK && binder->conditional)
        return expr; /* it may never be evaluated */
    if (code != WEIR_OK) {
        weir_problem_error(binder->problems, expr->location, &err);
        return NULL;
    }
    return weir_expr_value(binder, value, expr->location);
}

const struct weir_expr *weir_coerce(struct weir_binder *binder, const struct weir_expr *expr,
                                    enum weir_type type, enum weir_cast_context context,
                                    bool *ret_failed)
{
    if (expr->type == type)
        return expr;
    if (expr->type == WEIR_UNKNOWN && expr->kind == WEIR_EXPR_CONST) {
        if (weir_expr_is_null_const(expr))
            return weir_expr_null(binder, type, expr->location);
        const struct weir_expr *constant =
            constant_parse(binder, type, expr->constant->s[0], expr->location);
        *ret_failed = !constant;
        return constant;
    }
    const struct weir_function *cast = weir_cast_find(expr->type, type, context);
    if (!cast)
        return NULL;
    const struct weir_expr *folded =
        weir_fold(binder, weir_expr_call(binder, cast, type, &expr, 1, expr->location));
    *ret_failed = !folded;
    return folded;
}

const struct weir_expr *weir_coerce_known(struct weir_binder *binder, const struct weir_expr *expr,
                                          enum weir_type type)
{
    bool failed = false;
    const struct weir_expr *ret = weir_coerce(binder, expr, type, WEIR_CAST_IMPLICIT, &failed);
    if (!ret && !failed)
        weir_problem(binder->problems, expr->location, "cannot cast type %s to %s",
                     weir_type_name(expr->type), weir_type_name(type));
    return ret;
}

bool weir_coerce_common(struct weir_binder *binder, const struct weir_expr **exprs, uint32_t count,
                        const char *what, enum weir_type *ret)
{
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, count);
    for (uint32_t i = 0; i < count; i++)
        types[i] = exprs[i]->type;
    if (!weir_type_common(types, count, ret)) {
        uint32_t other = 1;
        enum weir_type pair[2], common;
        for (pair[0] = types[0]; other < count; other++) {
            pair[1] = types[other];
            if (!weir_type_common(pair, 2, &common))
                break;
            pair[0] = pair[0] == WEIR_UNKNOWN ? pair[1] : common;
        }
        other = other < count ? other : count - 1;
        weir_problem(binder->problems, exprs[other]->location,
                     "%s types %s and %s cannot be matched", what, weir_type_name(pair[0]),
                     weir_type_name(types[other]));
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < count; i++)
        ok = (exprs[i] = weir_coerce_known(binder, exprs[i], *ret)) && ok;
    return ok;
}

/* ---- logic ---- */

static const struct weir_expr *need_bool(struct weir_binder *binder, const struct weir_expr *expr,
                                         const char *what)
{
    bool failed = false;
    const struct weir_expr *ret =
        expr->type == WEIR_BOOL || expr->type == WEIR_UNKNOWN
            ? weir_coerce(binder, expr, WEIR_BOOL, WEIR_CAST_IMPLICIT, &failed)
            : NULL;
    if (!ret && !failed)
        weir_problem(binder->problems, expr->location,
                     "argument of %s must be type boolean, not type %s", what,
                     weir_type_name(expr->type));
    return ret;
}

const struct weir_expr *weir_bind_condition(struct weir_binder *binder,
                                            const struct weir_scope *scope,
                                            const struct weir_sql_expr *sql, const char *what)
{
    const struct weir_expr *expr = weir_bind_expr(binder, scope, sql);
    return expr ? need_bool(binder, expr, what) : NULL;
}

static const struct weir_expr *bind_logic(struct weir_binder *binder,
                                          const struct weir_scope *scope,
                                          const struct weir_sql_expr *sql)
{
    enum weir_expr_kind kind = sql->kind == WEIR_SQL_AND ? WEIR_EXPR_AND : WEIR_EXPR_OR;
    const char *what = sql->kind == WEIR_SQL_AND ? "AND" : "OR";
    const struct weir_expr *ret = NULL;
    bool ok = true;
    for (uint32_t i = 0; i < sql->args_count; i++) {
        binder->conditional += i > 0;
        const struct weir_expr *arg = weir_bind_condition(binder, scope, sql->args[i], what);
        binder->conditional -= i > 0;
        ok = arg && ok;
        if (ok)
            ret = kind == WEIR_EXPR_AND ? weir_expr_and(binder, ret, arg)
                                        : weir_expr_or(binder, ret, arg);
    }
    if (!ok)
        return NULL;
    return weir_fold(binder, ret);
}

/* A WHEN that is constant is decided now: a false one goes, a true one ends the list. */
const struct weir_expr *weir_expr_case(struct weir_binder *binder, enum weir_type type,
                                       int location, const struct weir_expr **args, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i + 1 < count; i += 2) {
        bool constant = args[i]->kind == WEIR_EXPR_CONST;
        bool is_true = constant && weir_valid(args[i]->constant, 0) && args[i]->constant->b[0];
        if (constant && !is_true)
            continue;
        if (is_true) {
            args[kept++] = args[i + 1];
            count = 0;
            break;
        }
        args[kept++] = args[i];
        args[kept++] = args[i + 1];
    }
    if (count)
        args[kept++] = args[count - 1];
    return kept == 1 ? args[0]
                     : weir_fold(binder, weir_expr_with(binder, WEIR_EXPR_CASE, type, location,
                                                        args, kept));
}

/* CASE x WHEN a ..: x = a. The operand is bound once for each WHEN; the program computes it
 * once. */
static const struct weir_expr *bind_when(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_expr *operand,
                                         const struct weir_sql_expr *when)
{
    if (!operand)
        return weir_bind_condition(binder, scope, when, "CASE/WHEN");
    const struct weir_expr *args[] = {weir_bind_expr(binder, scope, operand),
                                      weir_bind_expr(binder, scope, when)};
    return args[0] && args[1] ? weir_bind_operator(binder, "=", args, 2, when->location) : NULL;
}

static const struct weir_expr *bind_case(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_expr *sql)
{
    size_t whens = (sql->args_count - 2) / 2, results = whens + 1;
    const struct weir_expr **args =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, whens * 2 + 1);
    const struct weir_expr **values =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, results);
    const struct weir_sql_expr *otherwise = sql->args[sql->args_count - 1];
    bool ok = true;
    enum weir_type type;
    binder->conditional++;
    for (size_t i = 0; i < whens; i++) {
        ok = (args[2 * i] = bind_when(binder, scope, sql->args[0], sql->args[1 + 2 * i])) && ok;
        ok = (values[i + 1] = weir_bind_expr(binder, scope, sql->args[2 + 2 * i])) && ok;
    }
    /* ELSE comes first when the type is chosen, as in PostgreSQL. */
    values[0] = otherwise ? weir_bind_expr(binder, scope, otherwise)
                          : weir_expr_null(binder, WEIR_UNKNOWN, sql->location);
    ok = ok && values[0] && weir_coerce_common(binder, values, (uint32_t)results, "CASE", &type);
    binder->conditional--;
    if (!ok)
        return NULL;
    for (size_t i = 0; i < whens; i++)
        args[2 * i + 1] = values[i + 1];
    args[whens * 2] = values[0];
    return weir_expr_case(binder, type, sql->location, args, (uint32_t)(whens * 2 + 1));
}

static const struct weir_expr *bind_coalesce(struct weir_binder *binder,
                                             const struct weir_scope *scope,
                                             const struct weir_sql_expr *sql)
{
    const struct weir_expr **args =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, sql->args_count);
    bool ok = true;
    enum weir_type type;
    for (uint32_t i = 0; i < sql->args_count; i++) {
        binder->conditional += i > 0;
        ok = (args[i] = weir_bind_expr(binder, scope, sql->args[i])) && ok;
        binder->conditional -= i > 0;
    }
    binder->conditional++;
    ok = ok && weir_coerce_common(binder, args, sql->args_count, "COALESCE", &type);
    binder->conditional--;
    if (!ok)
        return NULL;
    return weir_fold(binder, weir_expr_with(binder, WEIR_EXPR_COALESCE, type, sql->location, args,
                                            sql->args_count));
}

static const struct weir_expr *bind_not(struct weir_binder *binder, const struct weir_scope *scope,
                                        const struct weir_sql_expr *sql)
{
    const struct weir_expr *arg = weir_bind_condition(binder, scope, sql->args[0], "NOT");
    return arg ? weir_expr_not(binder, arg) : NULL;
}

static const struct weir_expr *bind_current(struct weir_binder *binder,
                                            const struct weir_sql_expr *sql)
{
    const struct weir_expr *now = weir_bind_function(binder, "now", NULL, 0, sql->location);
    bool failed = false;
    if (!now || sql->kind == WEIR_SQL_CURRENT_TIMESTAMP)
        return now;
    return weir_coerce(binder, now, WEIR_DATE, WEIR_CAST_EXPLICIT, &failed);
}

static const struct weir_expr *refuse(struct weir_binder *binder, const struct weir_sql_expr *sql,
                                      const char *text, const char *hint)
{
    weir_problem(binder->problems, sql->location, "%s", text);
    if (hint)
        weir_problem_hint(binder->problems, "%s", hint);
    return NULL;
}

static const struct weir_expr *bind_node(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_expr *sql)
{
    switch (sql->kind) {
    case WEIR_SQL_NULL:
        return weir_expr_null(binder, WEIR_UNKNOWN, sql->location);
    case WEIR_SQL_BOOL:
        return weir_expr_bool(binder, strcmp(sql->text, "true") == 0, sql->location);
    case WEIR_SQL_INTEGER:
        return bind_integer(binder, sql);
    case WEIR_SQL_DECIMAL:
        return constant_parse(binder, WEIR_NUMERIC, weir_slice_of(sql->text), sql->location);
    case WEIR_SQL_STRING:
        return bind_string(binder, sql);
    case WEIR_SQL_COLUMN:
        return weir_bind_column(binder, scope, sql);
    case WEIR_SQL_AND:
    case WEIR_SQL_OR:
        return bind_logic(binder, scope, sql);
    case WEIR_SQL_NOT:
        return bind_not(binder, scope, sql);
    case WEIR_SQL_CASE:
        return bind_case(binder, scope, sql);
    case WEIR_SQL_COALESCE:
        return bind_coalesce(binder, scope, sql);
    case WEIR_SQL_OPERATOR:
    case WEIR_SQL_FUNCTION:
    case WEIR_SQL_CAST:
        return weir_bind_call(binder, scope, sql);
    case WEIR_SQL_EXISTS:
        return weir_bind_exists(binder, scope, sql->select, sql->location);
    case WEIR_SQL_IN_SELECT:
        return weir_bind_in_select(binder, scope, sql);
    case WEIR_SQL_CURRENT_TIMESTAMP:
    case WEIR_SQL_CURRENT_DATE:
        return bind_current(binder, sql);
    case WEIR_SQL_SUBSELECT:
        return refuse(binder, sql, "a subquery as a value is not supported",
                      "use EXISTS or IN, or join the subquery in FROM");
    case WEIR_SQL_ROW:
        return refuse(binder, sql, "a row as a value is not supported",
                      "compare its columns one by one");
    case WEIR_SQL_STAR:
        return refuse(binder, sql, "\"*\" is not allowed here", NULL);
    case WEIR_SQL_DEFAULT:
        return refuse(binder, sql, "DEFAULT is not allowed in this context", NULL);
    default:
        return weir_bind_form(binder, scope, sql);
    }
}

const struct weir_expr *weir_bind_expr(struct weir_binder *binder, const struct weir_scope *scope,
                                       const struct weir_sql_expr *sql)
{
    if (binder->depth >= WEIR_BIND_DEPTH_MAX)
        return refuse(binder, sql, "the statement is nested too deeply",
                      "move parts of it to views");
    binder->depth++;
    const struct weir_expr *ret = bind_node(binder, scope, sql);
    binder->depth--;
    return ret;
}
