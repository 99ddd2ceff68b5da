/* Expressions: what the grammar spells in many ways (LIKE, BETWEEN, extract, casts) becomes few
 * kinds here. */
#include "sql/convert.h"

static struct weir_sql_expr *expr_new(struct weir_convert *convert, enum weir_sql_expr_kind kind,
                                      int location)
{
    struct weir_sql_expr *expr = WEIR_POOL_NEW(convert->pool, struct weir_sql_expr);
    expr->kind = kind;
    expr->location = location;
    return expr;
}

/* Converts a list into expr->args; NULL when one of them failed (the others are converted all the
 * same, for their errors). */
static struct weir_sql_expr *with_args(struct weir_convert *convert, struct weir_sql_expr *expr,
                                       PgQuery__Node **nodes, size_t count)
{
    const struct weir_sql_expr **args =
        WEIR_POOL_ARRAY(convert->pool, const struct weir_sql_expr *, count);
    bool ok = true;
    for (size_t i = 0; i < count; i++)
        ok = (args[i] = weir_convert_expr(convert, nodes[i])) && ok;
    expr->args = args;
    expr->args_count = (uint32_t)count;
    return ok ? expr : NULL;
}

static struct weir_sql_expr *with_two(struct weir_convert *convert, struct weir_sql_expr *expr,
                                      PgQuery__Node *left, PgQuery__Node *right)
{
    PgQuery__Node *nodes[] = {left, right};
    return left ? with_args(convert, expr, nodes, 2) : with_args(convert, expr, &nodes[1], 1);
}

static const char *string_of(const PgQuery__Node *node)
{
    return node && node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval : "";
}

static const struct weir_sql_expr *convert_const(struct weir_convert *convert,
                                                 const PgQuery__AConst *value)
{
    int location = weir_convert_location(convert, value->location);
    if (value->isnull)
        return expr_new(convert, WEIR_SQL_NULL, location);
    struct weir_sql_expr *expr = expr_new(convert, WEIR_SQL_STRING, location);
    switch (value->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
        expr->kind = WEIR_SQL_INTEGER;
        expr->text = weir_pool_printf(convert->pool, "%d", value->ival->ival);
        return expr;
    case PG_QUERY__A__CONST__VAL_FVAL:
        expr->text = weir_convert_text(convert, value->fval->fval);
        expr->kind = strpbrk(expr->text, ".eE") ? WEIR_SQL_DECIMAL : WEIR_SQL_INTEGER;
        return expr;
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
        expr->kind = WEIR_SQL_BOOL;
        expr->text = value->boolval->boolval ? "true" : "false";
        return expr;
    case PG_QUERY__A__CONST__VAL_SVAL:
        expr->text = weir_convert_text(convert, value->sval->sval);
        return expr;
    default:
        return weir_convert_unsupported(convert, location, "a bit string", NULL);
    }
}

static const struct weir_sql_expr *convert_column(struct weir_convert *convert,
                                                  const PgQuery__ColumnRef *ref)
{
    int location = weir_convert_location(convert, ref->location);
    if (ref->n_fields == 0 || ref->n_fields > 2)
        return weir_convert_unsupported(convert, location, "a schema in a column's name",
                                        "write table.column");
    struct weir_sql_expr *expr = expr_new(convert, WEIR_SQL_COLUMN, location);
    const PgQuery__Node *last = ref->fields[ref->n_fields - 1];
    if (ref->n_fields == 2)
        expr->qualifier = weir_convert_text(convert, string_of(ref->fields[0]));
    if (last->node_case == PG_QUERY__NODE__NODE_A_STAR)
        expr->kind = WEIR_SQL_STAR;
    else
        expr->text = weir_convert_text(convert, string_of(last));
    return expr;
}

/* A BETWEEN or IN: the operand, and the list on its right. */
static const struct weir_sql_expr *convert_list_test(struct weir_convert *convert,
                                                     struct weir_sql_expr *expr,
                                                     const PgQuery__AExpr *node)
{
    if (!node->rexpr || node->rexpr->node_case != PG_QUERY__NODE__NODE_LIST)
        return weir_convert_unsupported(convert, expr->location, "this form of list", NULL);
    const PgQuery__List *list = node->rexpr->list;
    PgQuery__Node **nodes = WEIR_POOL_ARRAY(convert->pool, PgQuery__Node *, list->n_items + 1);
    nodes[0] = node->lexpr;
    memcpy(nodes + 1, list->items, list->n_items * sizeof *nodes);
    return with_args(convert, expr, nodes, list->n_items + 1);
}

static const struct weir_sql_expr *convert_operator(struct weir_convert *convert,
                                                    const PgQuery__AExpr *node)
{
    int location = weir_convert_location(convert, node->location);
    struct weir_sql_expr *expr = expr_new(convert, WEIR_SQL_OPERATOR, location);
    expr->text =
        weir_convert_text(convert, node->n_name ? string_of(node->name[node->n_name - 1]) : "");
    switch (node->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
        return with_two(convert, expr, node->lexpr, node->rexpr);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
        expr->negated = true; /* falls through */
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
        expr->kind = WEIR_SQL_IS_DISTINCT;
        return with_two(convert, expr, node->lexpr, node->rexpr);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
        expr->kind = WEIR_SQL_NULLIF;
        return with_two(convert, expr, node->lexpr, node->rexpr);
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
        expr->kind = WEIR_SQL_IN;
        expr->negated = strcmp(expr->text, "<>") == 0;
        return convert_list_test(convert, expr, node);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
        expr->kind = WEIR_SQL_BETWEEN;
        expr->negated = node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN ||
                        node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
        expr->symmetric = node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM ||
                          node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
        return convert_list_test(convert, expr, node);
    default:
        return weir_convert_unsupported(convert, location, "ANY or ALL over an array",
                                        "use IN (..)");
    }
}

static const struct weir_sql_expr *convert_bool(struct weir_convert *convert,
                                                const PgQuery__BoolExpr *node)
{
    enum weir_sql_expr_kind kind = node->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR ? WEIR_SQL_AND
                                   : node->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR
                                       ? WEIR_SQL_OR
                                       : WEIR_SQL_NOT;
    struct weir_sql_expr *expr =
        expr_new(convert, kind, weir_convert_location(convert, node->location));
    return with_args(convert, expr, node->args, node->n_args);
}

static const struct weir_sql_expr *convert_function(struct weir_convert *convert,
                                                    const PgQuery__FuncCall *call)
{
    int location = weir_convert_location(convert, call->location);
    const char *unsupported = call->over               ? "a window function"
                              : call->agg_within_group ? "WITHIN GROUP"
                              : call->n_agg_order      ? "ORDER BY inside an aggregate"
                              : call->func_variadic    ? "VARIADIC"
                                                       : NULL;
    if (unsupported)
        return weir_convert_unsupported(convert, location, unsupported, NULL);
    const char *schema = call->n_funcname > 1 ? string_of(call->funcname[0]) : "pg_catalog";
    struct weir_sql_expr *expr = expr_new(convert, WEIR_SQL_FUNCTION, location);
    expr->text = weir_convert_text(
        convert, call->n_funcname ? string_of(call->funcname[call->n_funcname - 1]) : "");
    expr->star = call->agg_star;
    expr->distinct = call->agg_distinct;
    if (strcmp(schema, "pg_catalog") != 0) {
        weir_problem(convert->problems, location, "schema \"%s\" does not exist", schema);
        return NULL;
    }
    if (call->agg_filter && !(expr->filter = weir_convert_expr(convert, call->agg_filter)))
        return NULL;
    return with_args(convert, expr, call->args, call->n_args);
}

static const struct weir_sql_expr *convert_case(struct weir_convert *convert,
                                                const PgQuery__CaseExpr *node)
{
    struct weir_sql_expr *expr =
        expr_new(convert, WEIR_SQL_CASE, weir_convert_location(convert, node->location));
    size_t count = node->n_args * 2 + 2;
    const struct weir_sql_expr **args =
        WEIR_POOL_ARRAY(convert->pool, const struct weir_sql_expr *, count);
    bool ok = true;
    if (node->arg)
        ok = (args[0] = weir_convert_expr(convert, node->arg)) && ok;
    for (size_t i = 0; i < node->n_args; i++) {
        const PgQuery__CaseWhen *when = node->args[i]->case_when;
        ok = (args[1 + 2 * i] = weir_convert_expr(convert, when->expr)) && ok;
        ok = (args[2 + 2 * i] = weir_convert_expr(convert, when->result)) && ok;
    }
    if (node->defresult)
        ok = (args[count - 1] = weir_convert_expr(convert, node->defresult)) && ok;
    expr->args = args;
    expr->args_count = (uint32_t)count;
    return ok ? expr : NULL;
}

static const struct weir_sql_expr *convert_is(struct weir_convert *convert, int32_t location,
                                              PgQuery__Node *arg, enum weir_sql_test test,
                                              bool negated)
{
    struct weir_sql_expr *expr =
        expr_new(convert, WEIR_SQL_IS, weir_convert_location(convert, location));
    expr->test = test;
    expr->negated = negated;
    return with_args(convert, expr, &arg, 1);
}

static const struct weir_sql_expr *convert_bool_test(struct weir_convert *convert,
                                                     const PgQuery__BooleanTest *node)
{
    enum weir_sql_test test = WEIR_SQL_IS_UNKNOWN;
    if (node->booltesttype == PG_QUERY__BOOL_TEST_TYPE__IS_TRUE ||
        node->booltesttype == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE)
        test = WEIR_SQL_IS_TRUE;
    else if (node->booltesttype == PG_QUERY__BOOL_TEST_TYPE__IS_FALSE ||
             node->booltesttype == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE)
        test = WEIR_SQL_IS_FALSE;
    bool negated = node->booltesttype == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE ||
                   node->booltesttype == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE ||
                   node->booltesttype == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN;
    return convert_is(convert, node->location, node->arg, test, negated);
}

static const struct weir_sql_expr *convert_sublink(struct weir_convert *convert,
                                                   const PgQuery__SubLink *node)
{
    int location = weir_convert_location(convert, node->location);
    struct weir_sql_expr *expr = expr_new(convert, WEIR_SQL_EXISTS, location);
    switch (node->sub_link_type) {
    case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK:
        break;
    case PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK:
        if (node->n_oper_name && strcmp(string_of(node->oper_name[0]), "=") != 0)
            return weir_convert_unsupported(convert, location,
                                            "ANY with another operator than =", "use EXISTS");
        expr->kind = WEIR_SQL_IN_SELECT;
        break;
    case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK:
        expr->kind = WEIR_SQL_SUBSELECT;
        break;
    default:
        return weir_convert_unsupported(convert, location, "this form of subquery",
                                        "use EXISTS, IN or a join");
    }
    if (node->subselect && node->subselect->node_case == PG_QUERY__NODE__NODE_SELECT_STMT)
        expr->select = weir_convert_select(convert, node->subselect->select_stmt);
    PgQuery__Node *test = node->testexpr;
    bool ok = !test || with_args(convert, expr, &test, 1);
    return expr->select && ok ? expr : NULL;
}

static const struct weir_sql_expr *convert_value_function(struct weir_convert *convert,
                                                          const PgQuery__SQLValueFunction *node)
{
    int location = weir_convert_location(convert, node->location);
    switch (node->op) {
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE:
        return expr_new(convert, WEIR_SQL_CURRENT_DATE, location);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
        return expr_new(convert, WEIR_SQL_CURRENT_TIMESTAMP, location);
    default:
        return weir_convert_unsupported(convert, location, "this value",
                                        "there are current_timestamp and current_date");
    }
}

static const struct weir_sql_expr *convert_cast(struct weir_convert *convert,
                                                const PgQuery__TypeCast *cast)
{
    int location = weir_convert_location(convert, cast->location >= 0 ? cast->location
                                                                      : cast->type_name->location);
    struct weir_sql_expr *expr = expr_new(convert, WEIR_SQL_CAST, location);
    PgQuery__Node *arg = cast->arg;
    expr->type = weir_convert_type(convert, cast->type_name);
    bool ok = with_args(convert, expr, &arg, 1);
    return expr->type && ok ? expr : NULL;
}

const struct weir_sql_type *weir_convert_type(struct weir_convert *convert,
                                              const PgQuery__TypeName *type)
{
    int location = weir_convert_location(convert, type->location);
    if (type->setof || type->pct_type)
        return weir_convert_unsupported(convert, location, "this form of type", NULL);
    if (type->n_array_bounds)
        return weir_convert_unsupported(convert, location, "an array type", "keep arrays in jsonb");
    struct weir_sql_type *ret = WEIR_POOL_NEW(convert->pool, struct weir_sql_type);
    ret->name =
        weir_convert_text(convert, type->n_names ? string_of(type->names[type->n_names - 1]) : "");
    ret->location = location;
    for (size_t i = 0; i < type->n_typmods; i++) {
        const PgQuery__Node *node = type->typmods[i];
        bool number = node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
                      node->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL;
        if (!number || i >= 2) {
            weir_problem(convert->problems, location, "type modifiers must be simple constants");
            return NULL;
        }
        ret->modifiers[ret->modifiers_count++] = node->a_const->ival->ival;
    }
    return ret;
}

static const struct weir_sql_expr *convert_list(struct weir_convert *convert,
                                                enum weir_sql_expr_kind kind, int32_t location,
                                                PgQuery__Node **nodes, size_t count)
{
    return with_args(convert, expr_new(convert, kind, weir_convert_location(convert, location)),
                     nodes, count);
}

/* The kinds of node that can be an expression. */
static const struct weir_sql_expr *convert_node(struct weir_convert *convert,
                                                const PgQuery__Node *node)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST:
        return convert_const(convert, node->a_const);
    case PG_QUERY__NODE__NODE_COLUMN_REF:
        return convert_column(convert, node->column_ref);
    case PG_QUERY__NODE__NODE_A_EXPR:
        return convert_operator(convert, node->a_expr);
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
        return convert_bool(convert, node->bool_expr);
    case PG_QUERY__NODE__NODE_FUNC_CALL:
        return convert_function(convert, node->func_call);
    case PG_QUERY__NODE__NODE_TYPE_CAST:
        return convert_cast(convert, node->type_cast);
    case PG_QUERY__NODE__NODE_CASE_EXPR:
        return convert_case(convert, node->case_expr);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        return convert_list(convert, WEIR_SQL_COALESCE, node->coalesce_expr->location,
                            node->coalesce_expr->args, node->coalesce_expr->n_args);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
        return convert_list(
            convert,
            node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_LEAST ? WEIR_SQL_LEAST
                                                                     : WEIR_SQL_GREATEST,
            node->min_max_expr->location, node->min_max_expr->args, node->min_max_expr->n_args);
    case PG_QUERY__NODE__NODE_NULL_TEST:
        return convert_is(convert, node->null_test->location, node->null_test->arg,
                          WEIR_SQL_IS_NULL,
                          node->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
        return convert_bool_test(convert, node->boolean_test);
    case PG_QUERY__NODE__NODE_SUB_LINK:
        return convert_sublink(convert, node->sub_link);
    case PG_QUERY__NODE__NODE_ROW_EXPR:
        return convert_list(convert, WEIR_SQL_ROW, node->row_expr->location, node->row_expr->args,
                            node->row_expr->n_args);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
        return convert_value_function(convert, node->sqlvalue_function);
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
        return expr_new(convert, WEIR_SQL_DEFAULT,
                        weir_convert_location(convert, node->set_to_default->location));
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
        return weir_convert_unsupported(
            convert, weir_convert_location(convert, node->collate_clause->location), "COLLATE",
            "text is ordered by its bytes (C.UTF-8)");
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
        return weir_convert_unsupported(
            convert, weir_convert_location(convert, node->a_array_expr->location), "an array",
            "keep arrays in jsonb");
    case PG_QUERY__NODE__NODE_PARAM_REF:
        return weir_convert_unsupported(convert,
                                        weir_convert_location(convert, node->param_ref->location),
                                        "a parameter", NULL);
    default:
        return weir_convert_unsupported(convert, convert->location, "this form of expression",
                                        NULL);
    }
}

const struct weir_sql_expr *weir_convert_expr(struct weir_convert *convert,
                                              const PgQuery__Node *node)
{
    if (!node)
        return weir_convert_unsupported(convert, convert->location, "this form of expression",
                                        NULL);
    if (!weir_convert_enter(convert))
        return NULL;
    const struct weir_sql_expr *ret = convert_node(convert, node);
    weir_convert_leave(convert);
    return ret;
}
