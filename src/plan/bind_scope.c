/* Names: which column a name means, in PostgreSQL's order and with its messages. */
#include "plan/binder.h"

struct found {
    const struct weir_range_column *column;
    uint32_t count;
};

static void range_search(const struct weir_range *range, const char *name, bool qualified,
                         struct found *found)
{
    for (uint32_t i = 0; i < range->columns_count; i++) {
        const struct weir_range_column *column = &range->columns[i];
        if ((column->merged && !qualified) || strcmp(column->name, name) != 0)
            continue;
        found->column = column;
        found->count++;
    }
}

/* Searches one level; *ret_range says whether the qualifier names a relation of it. */
static struct found scope_search(const struct weir_scope *scope, const char *qualifier,
                                 const char *name, bool *ret_range)
{
    struct found found = {0};
    *ret_range = false;
    for (uint32_t i = 0; i < scope->ranges->count; i++) {
        const struct weir_range *range = &scope->ranges->items[i];
        if (qualifier && (!range->name || strcmp(range->name, qualifier) != 0))
            continue;
        *ret_range = true;
        range_search(range, name, qualifier != NULL, &found);
    }
    return found;
}

bool weir_scope_has(const struct weir_scope *scope, const char *name)
{
    bool range;
    return scope_search(scope, NULL, name, &range).count > 0;
}

const char *weir_scope_name(struct weir_binder *binder, const struct weir_scope *scope,
                            uint32_t column)
{
    for (uint32_t r = scope->ranges->count; r > 0; r--) {
        const struct weir_range *range = &scope->ranges->items[r - 1];
        for (uint32_t i = 0; i < range->columns_count; i++)
            if (range->columns[i].column == column)
                return range->name ? weir_pool_printf(binder->pool, "%s.%s", range->name,
                                                      range->columns[i].name)
                                   : range->columns[i].name;
    }
    return "?column?";
}

struct name_list WEIR_LIST(const char *);

static void hint_column(struct weir_binder *binder, const struct weir_scope *scope,
                        const struct weir_sql_expr *sql)
{
    struct name_list names = {0};
    for (const struct weir_scope *at = scope; at; at = at->outer)
        for (uint32_t r = 0; r < at->ranges->count; r++) {
            const struct weir_range *range = &at->ranges->items[r];
            bool fits =
                !sql->qualifier || (range->name && strcmp(range->name, sql->qualifier) == 0);
            for (uint32_t i = 0; fits && i < range->columns_count; i++)
                *WEIR_PUSH(binder->pool, names) = range->columns[i].name;
        }
    const char *meant = weir_did_you_mean(sql->text, names.items, names.count);
    if (meant)
        weir_problem_hint(binder->problems, "did you mean \"%s\"?", meant);
}

static void hint_range(struct weir_binder *binder, const struct weir_scope *scope,
                       const char *qualifier)
{
    struct name_list names = {0};
    for (const struct weir_scope *at = scope; at; at = at->outer)
        for (uint32_t r = 0; r < at->ranges->count; r++)
            if (at->ranges->items[r].name)
                *WEIR_PUSH(binder->pool, names) = at->ranges->items[r].name;
    const char *meant = weir_did_you_mean(qualifier, names.items, names.count);
    if (meant)
        weir_problem_hint(binder->problems, "did you mean \"%s\"?", meant);
}

/* The column exists, but in a query around this one that cannot lend it. */
static bool report_blocked(struct weir_binder *binder, const struct weir_scope *scope,
                           const struct weir_sql_expr *sql)
{
    for (const struct weir_scope *level = scope; level; level = level->outer) {
        /* Two queries around: only the nearest one lends its columns. */
        const struct weir_scope *far = level->outer ? level->outer->outer : NULL;
        for (const struct weir_scope *at = level->blocked ? level->blocked : far; at;
             at = at->outer ? at->outer : at->blocked) {
            bool range;
            if (!scope_search(at, sql->qualifier, sql->text, &range).count)
                continue;
            weir_problem(
                binder->problems, sql->location,
                "column \"%s\" belongs to the query around this subquery and cannot be used here",
                sql->text);
            weir_problem_hint(
                binder->problems,
                "compare it in the WHERE clause of an EXISTS (SELECT .. FROM .. WHERE "
                "inner = outer), directly in that subquery");
            return true;
        }
    }
    return false;
}

static const struct weir_expr *report_missing(struct weir_binder *binder,
                                              const struct weir_scope *scope,
                                              const struct weir_sql_expr *sql, bool range)
{
    if (report_blocked(binder, scope, sql))
        return NULL;
    if (scope->clause && strcmp(scope->clause, "DEFAULT expressions") == 0) {
        weir_problem(binder->problems, sql->location,
                     "cannot use column reference in DEFAULT expression");
    } else if (sql->qualifier && !range) {
        weir_problem(binder->problems, sql->location, "missing FROM-clause entry for table \"%s\"",
                     sql->qualifier);
        hint_range(binder, scope, sql->qualifier);
    } else if (sql->qualifier) {
        weir_problem(binder->problems, sql->location, "column %s.%s does not exist", sql->qualifier,
                     sql->text);
        hint_column(binder, scope, sql);
    } else {
        weir_problem(binder->problems, sql->location, "column \"%s\" does not exist", sql->text);
        hint_column(binder, scope, sql);
    }
    return NULL;
}

const struct weir_expr *weir_bind_column(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_expr *sql)
{
    /* One level around at most: bind_correlated.c sees to those columns. */
    const struct weir_scope *levels[] = {scope, scope->outer};
    const uint32_t bits[] = {0, WEIR_OUTER_BIT};
    bool range = false;
    for (int level = 0; level < 2 && levels[level]; level++) {
        bool here;
        struct found found = scope_search(levels[level], sql->qualifier, sql->text, &here);
        range = range || here;
        if (found.count > 1) {
            weir_problem(binder->problems, sql->location, "column reference \"%s\" is ambiguous",
                         sql->text);
            weir_problem_hint(binder->problems, "put the table's name or alias before it");
            return NULL;
        }
        if (found.count == 1)
            return weir_expr_column(binder, found.column->column | bits[level], found.column->type,
                                    sql->location);
        if (here && sql->qualifier)
            break; /* the nearest relation of that name counts */
    }
    return report_missing(binder, scope, sql, range);
}
