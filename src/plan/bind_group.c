/* GROUP BY and aggregates.
 *
 * Targets, HAVING and ORDER BY of a grouped query are first bound over the ungrouped input, with
 * aggregates as columns that carry WEIR_AGGREGATE_BIT. Then each is rewritten over the output of
 * the AGGREGATE node: what equals a key becomes that key's column, what is an aggregate its column,
 * and any other column is the well-known error. */
#include "plan/binder.h"

bool weir_is_aggregate(const char *name)
{
    WEIR_FOR_FUNCTIONS(entry)
    {
        if (entry->kind == WEIR_AGGREGATE && strcmp(entry->name, name) == 0)
            return true;
    }
    return false;
}

bool weir_sql_has_aggregate(const struct weir_sql_expr *expr)
{
    if (!expr)
        return false;
    if (expr->kind == WEIR_SQL_FUNCTION && weir_is_aggregate(expr->text))
        return true;
    for (uint32_t i = 0; i < expr->args_count; i++)
        if (weir_sql_has_aggregate(expr->args[i]))
            return true;
    return false;
}

bool weir_select_is_grouped(const struct weir_sql_select *select)
{
    bool grouped = select->group_by_count || select->having;
    for (uint32_t i = 0; !grouped && i < select->targets_count; i++)
        grouped = weir_sql_has_aggregate(select->targets[i].expr);
    for (uint32_t i = 0; !grouped && i < select->order_by_count; i++)
        grouped = weir_sql_has_aggregate(select->order_by[i].expr);
    return grouped;
}

/* What a GROUP BY item means: a column of the input, else the target that it names or counts to.
 * NULL: reported. */
static const struct weir_sql_expr *key_meant(struct weir_binder *binder,
                                             const struct weir_scope *scope,
                                             const struct weir_sql_select *select,
                                             const struct weir_sql_expr *item)
{
    if (item->kind == WEIR_SQL_COLUMN && (item->qualifier || weir_scope_has(scope, item->text)))
        return item;
    struct weir_targets targets = {0};
    for (uint32_t i = 0; i < select->targets_count; i++) {
        const struct weir_sql_target *target = &select->targets[i];
        if (target->expr->kind == WEIR_SQL_STAR && item->kind == WEIR_SQL_INTEGER) {
            weir_problem(binder->problems, item->location,
                         "GROUP BY position beside * is not supported");
            weir_problem_hint(binder->problems, "name the column");
            return NULL;
        }
        *WEIR_PUSH(binder->pool, targets) = (struct weir_target){
            .name = target->alias ? target->alias : weir_target_name(target->expr),
            .sql = target->expr};
    }
    int found = weir_target_find(binder, item, &targets, "GROUP BY");
    return found >= 0 ? targets.items[found].sql : found == -1 ? item : NULL;
}

bool weir_grouping_begin(struct weir_binder *binder, struct weir_grouping *grouping,
                         const struct weir_sql_select *select)
{
    struct weir_scope scope = *grouping->scope;
    bool ok = true;
    scope.clause = "GROUP BY";
    scope.grouping = NULL;
    for (uint32_t i = 0; i < select->group_by_count; i++) {
        const struct weir_sql_expr *meant = key_meant(binder, &scope, select, select->group_by[i]);
        const struct weir_expr *key = meant ? weir_bind_expr(binder, &scope, meant) : NULL;
        if (key && key->type == WEIR_UNKNOWN)
            key = weir_coerce_known(binder, key, WEIR_TEXT);
        ok = key && ok;
        bool again = false;
        for (uint32_t k = 0; key && k < grouping->keys.count; k++)
            again = again || weir_expr_equal(grouping->keys.items[k], key);
        if (key && !again)
            *WEIR_PUSH(binder->pool, grouping->keys) = key;
    }
    return ok;
}

static bool aggregate_args(struct weir_binder *binder, const struct weir_scope *scope,
                           const struct weir_sql_expr *sql, struct weir_aggregate *ret)
{
    const struct weir_expr *args[2];
    enum weir_type types[2];
    const struct weir_function *function;
    struct weir_error err = {0};
    if (sql->args_count > 2) {
        weir_problem(binder->problems, sql->location, "%s takes no more than two arguments",
                     sql->text);
        return false;
    }
    if (!sql->args_count && !sql->star) {
        weir_problem(binder->problems, sql->location,
                     "%s(*) must be used to call a parameterless aggregate function", sql->text);
        return false;
    }
    for (uint32_t i = 0; i < sql->args_count; i++) {
        if (!(args[i] = weir_bind_expr(binder, scope, sql->args[i])))
            return false;
        types[i] = args[i]->type;
    }
    if (weir_function_resolve(WEIR_AGGREGATE, sql->text, types, sql->args_count, &function, &err) !=
        WEIR_OK) {
        weir_problem_error(binder->problems, sql->location, &err);
        return false;
    }
    for (uint32_t i = 0; i < sql->args_count; i++) {
        enum weir_type type = function->args[i] == WEIR_UNKNOWN ? types[i] : function->args[i];
        ret->args[i] = weir_coerce_known(binder, args[i], type == WEIR_UNKNOWN ? WEIR_TEXT : type);
        if (!ret->args[i])
            return false;
    }
    ret->type =
        function->result == WEIR_UNKNOWN && sql->args_count ? ret->args[0]->type : function->result;
    return true;
}

static bool optional_equal(const struct weir_expr *a, const struct weir_expr *b)
{
    return a && b ? weir_expr_equal(a, b) : a == b;
}

static uint32_t aggregate_add(struct weir_binder *binder, struct weir_grouping *grouping,
                              const struct weir_aggregate *aggregate)
{
    for (uint32_t i = 0; i < grouping->aggregates.count; i++) {
        const struct weir_aggregate *other = &grouping->aggregates.items[i];
        if (strcmp(other->function, aggregate->function) == 0 && other->star == aggregate->star &&
            other->distinct == aggregate->distinct &&
            optional_equal(other->args[0], aggregate->args[0]) &&
            optional_equal(other->args[1], aggregate->args[1]) &&
            optional_equal(other->filter, aggregate->filter))
            return i;
    }
    *WEIR_PUSH(binder->pool, grouping->aggregates) = *aggregate;
    return grouping->aggregates.count - 1;
}

const struct weir_expr *weir_bind_aggregate(struct weir_binder *binder,
                                            const struct weir_scope *scope,
                                            const struct weir_sql_expr *sql)
{
    if (!scope->grouping) {
        bool nested = scope->clause && strcmp(scope->clause, "aggregate") == 0;
        if (nested)
            weir_problem(binder->problems, sql->location,
                         "aggregate function calls cannot be nested");
        else
            weir_problem(binder->problems, sql->location,
                         "aggregate functions are not allowed in %s",
                         scope->clause ? scope->clause : "this place");
        return NULL;
    }
    struct weir_scope inner = *scope->grouping->scope;
    struct weir_aggregate aggregate = {
        .function = sql->text, .star = sql->star, .distinct = sql->distinct};
    inner.grouping = NULL;
    inner.clause = "aggregate";
    binder->conditional++; /* no row, no evaluation */
    bool ok = true;
    if (sql->star && strcmp(sql->text, "count") == 0)
        aggregate.type = WEIR_INT8;
    else
        ok = aggregate_args(binder, &inner, sql, &aggregate);
    inner.clause = "FILTER";
    if (sql->filter)
        ok = (aggregate.filter = weir_bind_condition(binder, &inner, sql->filter, "FILTER")) && ok;
    binder->conditional--;
    if (!ok)
        return NULL;
    uint32_t index = aggregate_add(binder, scope->grouping, &aggregate);
    return weir_expr_column(binder, WEIR_AGGREGATE_BIT | index, aggregate.type, sql->location);
}

struct replace {
    struct weir_binder *binder;
    const struct weir_grouping *grouping;
    bool failed;
};

static const struct weir_expr *change_grouped(void *context, const struct weir_expr *expr)
{
    struct replace *replace = context;
    const struct weir_grouping *grouping = replace->grouping;
    for (uint32_t i = 0; i < grouping->keys.count; i++)
        if (weir_expr_equal(grouping->keys.items[i], expr))
            return weir_expr_column(replace->binder, i, expr->type, expr->location);
    if (expr->kind != WEIR_EXPR_COLUMN)
        return NULL;
    if (expr->column & WEIR_AGGREGATE_BIT)
        return weir_expr_column(replace->binder,
                                grouping->keys.count + (expr->column & ~WEIR_AGGREGATE_BIT),
                                expr->type, expr->location);
    if (!replace->failed)
        weir_problem(
            replace->binder->problems, expr->location,
            "column \"%s\" must appear in the GROUP BY clause or be used in an aggregate function",
            weir_scope_name(replace->binder, grouping->scope, expr->column));
    replace->failed = true;
    return expr;
}

const struct weir_expr *weir_grouping_replace(struct weir_binder *binder,
                                              const struct weir_grouping *grouping,
                                              const struct weir_expr *expr)
{
    struct replace replace = {.binder = binder, .grouping = grouping};
    const struct weir_expr *ret = weir_expr_rewrite(binder, expr, change_grouped, &replace);
    return replace.failed ? NULL : ret;
}

const struct weir_node *weir_grouping_node(struct weir_binder *binder,
                                           struct weir_grouping *grouping,
                                           const struct weir_node *input, bool grouped)
{
    /* HAVING alone makes one group; something has to stand for it. */
    if (!grouping->keys.count && !grouping->aggregates.count)
        *WEIR_PUSH(binder->pool, grouping->aggregates) =
            (struct weir_aggregate){.function = "count", .star = true, .type = WEIR_INT8};
    uint32_t keys = grouping->keys.count, count = keys + grouping->aggregates.count;
    struct weir_node *node = weir_node_new(binder, WEIR_NODE_AGGREGATE, &input, 1, count);
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, count);
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct weir_expr *key = i < keys ? grouping->keys.items[i] : NULL;
        names[i] = !key                            ? grouping->aggregates.items[i - keys].function
                   : key->kind == WEIR_EXPR_COLUMN ? input->names[key->column]
                                                   : "key";
        types[i] = key ? key->type : grouping->aggregates.items[i - keys].type;
    }
    node->names = names;
    node->types = types;
    node->exprs = grouping->keys.items;
    node->exprs_count = node->keys_count = keys;
    node->aggregates = grouping->aggregates.items;
    node->aggregates_count = grouping->aggregates.count;
    node->grouped = grouped;
    return node;
}
