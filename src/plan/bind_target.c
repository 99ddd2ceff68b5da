/* Target lists: stars, names of columns, ORDER BY 2, LIMIT. */
#include "plan/binder.h"

#include <inttypes.h>
#include <stdlib.h>

const char *weir_target_name(const struct weir_sql_expr *expr)
{
    switch (expr->kind) {
    case WEIR_SQL_COLUMN:
    case WEIR_SQL_FUNCTION:
        return expr->text;
    case WEIR_SQL_CAST: {
        const char *name = weir_target_name(expr->args[0]);
        return strcmp(name, "?column?") == 0 ? expr->type->name : name;
    }
    case WEIR_SQL_CASE: {
        const struct weir_sql_expr *otherwise = expr->args[expr->args_count - 1];
        const char *name = otherwise ? weir_target_name(otherwise) : "?column?";
        return strcmp(name, "?column?") == 0 ? "case" : name;
    }
    case WEIR_SQL_COALESCE:
        return "coalesce";
    case WEIR_SQL_GREATEST:
        return "greatest";
    case WEIR_SQL_LEAST:
        return "least";
    case WEIR_SQL_NULLIF:
        return "nullif";
    case WEIR_SQL_EXISTS:
        return "exists";
    case WEIR_SQL_ROW:
        return "row";
    case WEIR_SQL_CURRENT_DATE:
        return "current_date";
    case WEIR_SQL_CURRENT_TIMESTAMP:
        return "current_timestamp";
    default:
        return "?column?";
    }
}

static bool expand_star(struct weir_binder *binder, const struct weir_scope *scope,
                        const struct weir_sql_expr *star, struct weir_targets *ret)
{
    bool found = false;
    for (uint32_t r = 0; r < scope->ranges->count; r++) {
        const struct weir_range *range = &scope->ranges->items[r];
        if (star->qualifier && (!range->name || strcmp(range->name, star->qualifier) != 0))
            continue;
        found = true;
        for (uint32_t c = 0; c < range->columns_count; c++) {
            const struct weir_range_column *column = &range->columns[c];
            if (column->hidden || (column->merged && !star->qualifier))
                continue;
            *WEIR_PUSH(binder->pool, *ret) = (struct weir_target){
                .name = column->name,
                .expr = weir_expr_column(binder, column->column, column->type, star->location)};
        }
    }
    if (!found && star->qualifier)
        weir_problem(binder->problems, star->location, "missing FROM-clause entry for table \"%s\"",
                     star->qualifier);
    else if (!found)
        weir_problem(binder->problems, star->location,
                     "SELECT * with no tables specified is not valid");
    return found;
}

bool weir_bind_targets(struct weir_binder *binder, const struct weir_scope *scope,
                       const struct weir_sql_select *select, struct weir_targets *ret)
{
    bool ok = select->targets_count > 0;
    if (!ok)
        weir_problem(binder->problems, select->location, "SELECT without columns is not supported");
    for (uint32_t i = 0; i < select->targets_count; i++) {
        const struct weir_sql_target *target = &select->targets[i];
        if (target->expr->kind == WEIR_SQL_STAR) {
            ok = expand_star(binder, scope, target->expr, ret) && ok;
            continue;
        }
        const struct weir_expr *expr = weir_bind_expr(binder, scope, target->expr);
        *WEIR_PUSH(binder->pool, *ret) = (struct weir_target){
            .name = target->alias ? target->alias : weir_target_name(target->expr),
            .expr = expr,
            .sql = target->expr};
        ok = expr && ok;
    }
    return ok;
}

const struct weir_node *weir_node_targets(struct weir_binder *binder, const struct weir_node *input,
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

static int find_by_name(struct weir_binder *binder, const struct weir_sql_expr *sql,
                        const struct weir_targets *targets, const char *clause)
{
    int found = -1;
    for (uint32_t i = 0; i < targets->count; i++) {
        if (strcmp(targets->items[i].name, sql->text) != 0)
            continue;
        bool same = found >= 0 && targets->items[found].expr && targets->items[i].expr &&
                    weir_expr_equal(targets->items[found].expr, targets->items[i].expr);
        if (found >= 0 && !same) {
            weir_problem(binder->problems, sql->location, "%s \"%s\" is ambiguous", clause,
                         sql->text);
            return -2;
        }
        found = found >= 0 ? found : (int)i;
    }
    return found;
}

int weir_target_find(struct weir_binder *binder, const struct weir_sql_expr *sql,
                     const struct weir_targets *targets, const char *clause)
{
    if (sql->kind == WEIR_SQL_COLUMN && !sql->qualifier)
        return find_by_name(binder, sql, targets, clause);
    if (sql->kind == WEIR_SQL_INTEGER) {
        long position = strtol(sql->text, NULL, 10);
        if (position >= 1 && (unsigned long)position <= targets->count)
            return (int)position - 1;
        weir_problem(binder->problems, sql->location, "%s position %s is not in select list",
                     clause, sql->text);
        return -2;
    }
    if (sql->kind == WEIR_SQL_STRING || sql->kind == WEIR_SQL_NULL ||
        sql->kind == WEIR_SQL_DECIMAL) {
        weir_problem(binder->problems, sql->location, "non-integer constant in %s", clause);
        return -2;
    }
    return -1;
}

bool weir_bind_limit(struct weir_binder *binder, const struct weir_sql_expr *sql,
                     const char *clause, int64_t none, int64_t *ret)
{
    struct weir_ranges no_ranges = {0};
    struct weir_scope scope = {.ranges = &no_ranges, .clause = clause};
    *ret = none;
    if (!sql)
        return true;
    const struct weir_expr *expr = weir_bind_expr(binder, &scope, sql);
    bool failed = false;
    if (!expr)
        return false;
    const struct weir_expr *number =
        weir_coerce(binder, expr, WEIR_INT8, WEIR_CAST_ASSIGNMENT, &failed);
    if (!number && !failed)
        weir_problem(binder->problems, sql->location,
                     "argument of %s must be type bigint, not type %s", clause,
                     weir_type_name(expr->type));
    if (!number)
        return false;
    if (number->kind != WEIR_EXPR_CONST) {
        weir_problem(binder->problems, sql->location, "argument of %s must be constant", clause);
        return false;
    }
    if (weir_expr_is_null_const(number))
        return true;
    *ret = number->constant->i8[0];
    if (*ret < 0)
        weir_problem(binder->problems, sql->location, "%s must not be negative", clause);
    return *ret >= 0;
}
