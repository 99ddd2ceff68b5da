/* FROM and WHERE: relations by name, subqueries, joins. */
#include "plan/binder.h"

static struct weir_ranges no_ranges;

/* The names that an alias gives columns. */
static bool rename_columns(struct weir_binder *binder, const struct weir_sql_names *names,
                           const char *relation, int location, struct weir_range *range)
{
    uint32_t visible = 0;
    for (uint32_t i = 0; i < range->columns_count; i++)
        if (!range->columns[i].hidden && visible < names->count)
            range->columns[i].name = names->items[visible++].text;
    if (visible == names->count)
        return true;
    weir_problem(binder->problems, location,
                 "table \"%s\" has %u columns available but %u columns specified", relation,
                 visible, names->count);
    return false;
}

/* One range over all columns of a node; the last `hidden` of them are hidden. */
static bool from_node(struct weir_binder *binder, const struct weir_sql_from *sql, const char *name,
                      const struct weir_node *node, uint32_t hidden, struct weir_from *ret)
{
    struct weir_range range = {.name = sql->alias ? sql->alias : name,
                               .columns_count = node->columns_count};
    range.columns = WEIR_POOL_ARRAY(binder->pool, struct weir_range_column, node->columns_count);
    for (uint32_t i = 0; i < node->columns_count; i++)
        range.columns[i] = (struct weir_range_column){.name = node->names[i],
                                                      .type = node->types[i],
                                                      .column = i,
                                                      .hidden = i + hidden >= node->columns_count};
    ret->node = node;
    ret->ranges = (struct weir_ranges){0};
    *WEIR_PUSH(binder->pool, ret->ranges) = range;
    return rename_columns(binder, &sql->columns, range.name ? range.name : "", sql->location,
                          &ret->ranges.items[0]);
}

static bool bind_table(struct weir_binder *binder, const struct weir_scope *scope,
                       const struct weir_sql_from *sql, struct weir_from *ret)
{
    for (const struct weir_ctes *cte = scope->ctes; cte; cte = cte->outer)
        if (strcmp(cte->name, sql->name) == 0)
            return cte->node && from_node(binder, sql, sql->name, cte->node, 0, ret);
    struct weir_table_def *table = weir_catalog_table(binder, sql->name);
    if (table && table->statement->broken)
        return false;
    if (table) {
        weir_table_check(binder, table, false, sql->location);
        return from_node(binder, sql, sql->name, weir_node_scan(binder, &table->table),
                         WEIR_HIDDEN_COUNT, ret);
    }
    struct weir_view_def *view = weir_catalog_view(binder, sql->name);
    if (view) {
        const struct weir_node *node = weir_bind_view(binder, view);
        return node && from_node(binder, sql, sql->name, node, 0, ret);
    }
    weir_problem(binder->problems, sql->location, "relation \"%s\" does not exist", sql->name);
    weir_catalog_hint(binder, sql->name);
    return false;
}

static bool bind_item(struct weir_binder *binder, const struct weir_scope *scope,
                      const struct weir_sql_from *sql, struct weir_from *ret);

static const struct weir_range_column *using_find(const struct weir_ranges *ranges,
                                                  const char *name, uint32_t *ret_count)
{
    const struct weir_range_column *found = NULL;
    *ret_count = 0;
    for (uint32_t r = 0; r < ranges->count; r++)
        for (uint32_t c = 0; c < ranges->items[r].columns_count; c++) {
            struct weir_range_column *column = &ranges->items[r].columns[c];
            if (!column->merged && strcmp(column->name, name) == 0) {
                found = column;
                (*ret_count)++;
            }
        }
    return found;
}

static const struct weir_range_column *using_side(struct weir_binder *binder,
                                                  const struct weir_ranges *ranges,
                                                  const struct weir_sql_name *name,
                                                  const char *side)
{
    uint32_t count;
    const struct weir_range_column *found = using_find(ranges, name->text, &count);
    if (count == 1)
        return found;
    if (count)
        weir_problem(binder->problems, name->location,
                     "common column name \"%s\" appears more than once in %s table", name->text,
                     side);
    else
        weir_problem(binder->problems, name->location,
                     "column \"%s\" specified in USING clause does not exist in %s table",
                     name->text, side);
    return NULL;
}

/* USING (a, b): equalities, and a range of the columns of the side that is kept, which stand for
 * both. */
static bool bind_using(struct weir_binder *binder, const struct weir_sql_from *sql,
                       const struct weir_from *left, const struct weir_from *right,
                       struct weir_exprs *conjuncts, struct weir_range *ret_merged)
{
    uint32_t count = sql->using_columns.count, offset = left->node->columns_count;
    ret_merged->columns = WEIR_POOL_ARRAY(binder->pool, struct weir_range_column, count);
    ret_merged->columns_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct weir_sql_name *name = &sql->using_columns.items[i];
        const struct weir_range_column *a = using_side(binder, &left->ranges, name, "left");
        const struct weir_range_column *b = using_side(binder, &right->ranges, name, "right");
        if (!a || !b)
            return false;
        const struct weir_expr *args[] = {
            weir_expr_column(binder, a->column, a->type, name->location),
            weir_expr_column(binder, b->column + offset, b->type, name->location)};
        const struct weir_expr *equal = weir_bind_operator(binder, "=", args, 2, name->location);
        if (!equal)
            return false;
        *WEIR_PUSH(binder->pool, *conjuncts) = equal;
        bool kept_right = sql->join == WEIR_SQL_JOIN_RIGHT;
        ret_merged->columns[i] =
            (struct weir_range_column){.name = name->text,
                                       .type = kept_right ? b->type : a->type,
                                       .column = kept_right ? b->column + offset : a->column};
    }
    return true;
}

/* Marks both sides' own columns and puts the merged ones in front. */
static void using_apply(struct weir_binder *binder, const struct weir_range *merged,
                        const uint32_t *map, struct weir_from *ret)
{
    struct weir_ranges ranges = {0};
    struct weir_range front = *merged;
    for (uint32_t i = 0; i < front.columns_count; i++) {
        for (uint32_t r = 0; r < ret->ranges.count; r++)
            for (uint32_t c = 0; c < ret->ranges.items[r].columns_count; c++) {
                struct weir_range_column *column = &ret->ranges.items[r].columns[c];
                if (strcmp(column->name, front.columns[i].name) == 0)
                    column->merged = true;
            }
        front.columns[i].column = map[front.columns[i].column];
    }
    *WEIR_PUSH(binder->pool, ranges) = front;
    for (uint32_t r = 0; r < ret->ranges.count; r++)
        *WEIR_PUSH(binder->pool, ranges) = ret->ranges.items[r];
    ret->ranges = ranges;
}

static bool range_names_differ(struct weir_binder *binder, const struct weir_ranges *ranges,
                               int location)
{
    for (uint32_t i = 0; i < ranges->count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (ranges->items[i].name && ranges->items[j].name &&
                strcmp(ranges->items[i].name, ranges->items[j].name) == 0) {
                weir_problem(binder->problems, location,
                             "table name \"%s\" specified more than once", ranges->items[i].name);
                weir_problem_hint(binder->problems, "give one of them an alias");
                return false;
            }
    return true;
}

static bool bind_join_item(struct weir_binder *binder, const struct weir_scope *scope,
                           const struct weir_sql_from *sql, struct weir_from *ret)
{
    struct weir_from left, right;
    struct weir_exprs conjuncts = {0};
    struct weir_range merged = {0};
    const uint32_t *map;
    bool ok = bind_item(binder, scope, sql->left, &left);
    ok = bind_item(binder, scope, sql->right, &right) && ok;
    if (!ok)
        return false;
    struct weir_ranges both = weir_ranges_concat(binder, &left, &right);
    if (!range_names_differ(binder, &both, sql->location))
        return false;
    struct weir_scope inner = *scope;
    inner.ranges = &both;
    inner.outer = NULL;
    inner.blocked = scope->outer ? scope->outer : scope->blocked;
    inner.clause = "JOIN conditions";
    if (sql->condition) {
        const struct weir_expr *condition =
            weir_bind_condition(binder, &inner, sql->condition, "JOIN/ON");
        if (!condition)
            return false;
        weir_expr_conjuncts(binder, condition, &conjuncts);
    }
    if (sql->using_columns.count && !bind_using(binder, sql, &left, &right, &conjuncts, &merged))
        return false;
    if (!weir_bind_join(binder, sql->join, &left, &right, &conjuncts, sql->location, ret, &map))
        return false;
    if (sql->using_columns.count)
        using_apply(binder, &merged, map, ret);
    return true;
}

static bool bind_item(struct weir_binder *binder, const struct weir_scope *scope,
                      const struct weir_sql_from *sql, struct weir_from *ret)
{
    if (sql->kind == WEIR_SQL_FROM_TABLE)
        return bind_table(binder, scope, sql, ret);
    if (sql->kind == WEIR_SQL_FROM_JOIN)
        return bind_join_item(binder, scope, sql, ret);
    struct weir_scope inner = {.ranges = &no_ranges,
                               .blocked = scope->outer ? scope->outer : scope->blocked,
                               .ctes = scope->ctes};
    const struct weir_node *node = weir_bind_select(binder, &inner, sql->select, false);
    return node && from_node(binder, sql, NULL, node, 0, ret);
}

/* One row without columns that anybody reads: what a SELECT without FROM reads. */
static void from_nothing(struct weir_binder *binder, struct weir_from *ret)
{
    struct weir_node *node = weir_node_new(binder, WEIR_NODE_VALUES, NULL, 0, 1);
    static const char *const names[] = {"?column?"};
    static const enum weir_type types[] = {WEIR_BOOL};
    const struct weir_expr **exprs = WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, 1);
    exprs[0] = weir_expr_bool(binder, true, -1);
    node->names = names;
    node->types = types;
    node->exprs = exprs;
    node->exprs_count = 1;
    node->rows_count = 1;
    *ret = (struct weir_from){.node = node};
}

/* Of the conjuncts not used yet, takes those that read only the first `columns` columns, in the
 * numbers that the join so far has given them. */
static struct weir_exprs conjuncts_take(struct weir_binder *binder, struct weir_exprs *conjuncts,
                                        uint32_t columns, const uint32_t *map)
{
    struct weir_exprs taken = {0}, rest = {0};
    for (uint32_t i = 0; i < conjuncts->count; i++) {
        uint32_t min, max;
        bool reads = weir_expr_columns(conjuncts->items[i], &min, &max);
        if (reads && max < columns)
            *WEIR_PUSH(binder->pool, taken) = weir_expr_renumber(binder, conjuncts->items[i], map);
        else
            *WEIR_PUSH(binder->pool, rest) = conjuncts->items[i];
    }
    *conjuncts = rest;
    return taken;
}

/* FROM a, b, c WHERE ..: joined one after the other, with what of WHERE concerns them as the
 * condition. `all` has the columns of all items one behind the other; the conjuncts read those. */
static bool join_list(struct weir_binder *binder, const struct weir_sql_select *select,
                      struct weir_from *items, uint32_t columns_count, struct weir_exprs *conjuncts,
                      struct weir_from *ret)
{
    uint32_t *map = WEIR_POOL_ARRAY(binder->pool, uint32_t, columns_count),
             done = items[0].node->columns_count;
    for (uint32_t i = 0; i < columns_count; i++)
        map[i] = i;
    *ret = items[0];
    for (uint32_t item = 1; item < select->from_count; item++) {
        const uint32_t *step;
        struct weir_from left = *ret;
        uint32_t added = items[item].node->columns_count;
        for (uint32_t i = 0; i < added; i++)
            map[done + i] = left.node->columns_count + i;
        done += added;
        struct weir_exprs taken = conjuncts_take(binder, conjuncts, done, map);
        if (!weir_bind_join(binder, WEIR_SQL_JOIN_INNER, &left, &items[item], &taken,
                            select->from[item]->location, ret, &step))
            return false;
        for (uint32_t i = 0; i < done; i++)
            map[i] = step[map[i]];
    }
    for (uint32_t i = 0; i < conjuncts->count; i++)
        conjuncts->items[i] = weir_expr_renumber(binder, conjuncts->items[i], map);
    return true;
}

bool weir_bind_from(struct weir_binder *binder, struct weir_scope *scope,
                    const struct weir_sql_select *select, struct weir_from *ret,
                    struct weir_exprs *ret_conjuncts)
{
    struct weir_from *items =
        WEIR_POOL_ARRAY(binder->pool, struct weir_from, select->from_count + 1);
    bool ok = true;
    for (uint32_t i = 0; i < select->from_count; i++)
        ok = bind_item(binder, scope, select->from[i], &items[i]) && ok;
    if (!ok)
        return false;
    if (select->from_count == 0)
        from_nothing(binder, &items[0]);
    struct weir_from all = items[0];
    uint32_t columns_count = items[0].node->columns_count;
    for (uint32_t i = 1; i < select->from_count; i++) {
        struct weir_node *width = weir_node_new(binder, WEIR_NODE_VALUES, NULL, 0, columns_count);
        all.node = width;
        all.ranges = weir_ranges_concat(binder, &all, &items[i]);
        columns_count += items[i].node->columns_count;
    }
    if (!range_names_differ(binder, &all.ranges,
                            select->from_count ? select->from[select->from_count - 1]->location
                                               : select->location))
        return false;
    struct weir_ranges *ranges = WEIR_POOL_NEW(binder->pool, struct weir_ranges);
    *ranges = all.ranges;
    scope->ranges = ranges;
    scope->clause = "WHERE";
    *ret_conjuncts = (struct weir_exprs){0};
    const struct weir_expr *where = NULL;
    if (select->where && !(where = weir_bind_condition(binder, scope, select->where, "WHERE"))) {
        *ret = all; /* so that the caller can look for more mistakes */
        ret->node = NULL;
        return true;
    }
    if (where)
        weir_expr_conjuncts(binder, where, ret_conjuncts);
    if (select->from_count < 2)
        *ret = items[0];
    else if (!join_list(binder, select, items, columns_count, ret_conjuncts, ret))
        return false;
    *ranges = ret->ranges;
    return true;
}
