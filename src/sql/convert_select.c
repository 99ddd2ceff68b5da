/* SELECT, VALUES, UNION, WITH. */
#include "sql/convert.h"

static int expr_location(const struct weir_sql_expr *expr, int otherwise)
{
    return expr && expr->location >= 0 ? expr->location : otherwise;
}

static bool convert_exprs(struct weir_convert *convert, PgQuery__Node **nodes, size_t count,
                          const struct weir_sql_expr *const **ret, uint32_t *ret_count)
{
    const struct weir_sql_expr **exprs =
        WEIR_POOL_ARRAY(convert->pool, const struct weir_sql_expr *, count);
    bool ok = true;
    for (size_t i = 0; i < count; i++)
        ok = (exprs[i] = weir_convert_expr(convert, nodes[i])) && ok;
    *ret = exprs;
    *ret_count = (uint32_t)count;
    return ok;
}

static void convert_alias(struct weir_convert *convert, struct weir_sql_from *from,
                          const PgQuery__Alias *alias)
{
    if (!alias)
        return;
    from->alias = weir_convert_text(convert, alias->aliasname);
    from->columns = weir_convert_names(convert, alias->colnames, alias->n_colnames, from->location);
}

static const struct weir_sql_from *convert_from(struct weir_convert *convert,
                                                const PgQuery__Node *node);

static const struct weir_sql_from *convert_join(struct weir_convert *convert,
                                                const PgQuery__JoinExpr *join)
{
    struct weir_sql_from *from = WEIR_POOL_NEW(convert->pool, struct weir_sql_from);
    from->kind = WEIR_SQL_FROM_JOIN;
    from->left = convert_from(convert, join->larg);
    from->right = convert_from(convert, join->rarg);
    from->location = from->right ? from->right->location : convert->location;
    bool ok = from->left && from->right;
    switch (join->jointype) {
    case PG_QUERY__JOIN_TYPE__JOIN_INNER:
        from->join = WEIR_SQL_JOIN_INNER;
        break;
    case PG_QUERY__JOIN_TYPE__JOIN_LEFT:
        from->join = WEIR_SQL_JOIN_LEFT;
        break;
    case PG_QUERY__JOIN_TYPE__JOIN_RIGHT:
        from->join = WEIR_SQL_JOIN_RIGHT;
        break;
    default:
        return weir_convert_unsupported(convert, from->location, "FULL JOIN",
                                        "use LEFT JOIN and UNION ALL");
    }
    if (join->is_natural)
        return weir_convert_unsupported(convert, from->location, "NATURAL JOIN",
                                        "name the columns with USING (..)");
    if (join->alias || join->join_using_alias)
        return weir_convert_unsupported(convert, from->location, "an alias of a join",
                                        "use a subquery in FROM");
    from->using_columns =
        weir_convert_names(convert, join->using_clause, join->n_using_clause, from->location);
    if (join->quals)
        ok = (from->condition = weir_convert_expr(convert, join->quals)) && ok;
    return ok ? from : NULL;
}

static const struct weir_sql_from *convert_table(struct weir_convert *convert,
                                                 const PgQuery__RangeVar *table)
{
    struct weir_sql_from *from = WEIR_POOL_NEW(convert->pool, struct weir_sql_from);
    from->kind = WEIR_SQL_FROM_TABLE;
    from->location = weir_convert_location(convert, table->location);
    if (table->schemaname && *table->schemaname && strcmp(table->schemaname, "public") != 0) {
        weir_problem(convert->problems, from->location, "schema \"%s\" does not exist",
                     table->schemaname);
        weir_problem_hint(convert->problems, "tables and views have no schema");
        return NULL;
    }
    from->name = weir_convert_text(convert, table->relname);
    convert_alias(convert, from, table->alias);
    return from;
}

static const struct weir_sql_from *convert_from(struct weir_convert *convert,
                                                const PgQuery__Node *node)
{
    if (!weir_convert_enter(convert))
        return NULL;
    const struct weir_sql_from *ret = NULL;
    if (node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
        ret = convert_table(convert, node->range_var);
    } else if (node->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR) {
        ret = convert_join(convert, node->join_expr);
    } else if (node->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT) {
        const PgQuery__RangeSubselect *subselect = node->range_subselect;
        struct weir_sql_from *from = WEIR_POOL_NEW(convert->pool, struct weir_sql_from);
        from->kind = WEIR_SQL_FROM_SELECT;
        from->select = weir_convert_select(convert, subselect->subquery->select_stmt);
        from->location = from->select ? from->select->location : convert->location;
        convert_alias(convert, from, subselect->alias);
        if (subselect->lateral)
            weir_convert_unsupported(convert, from->location, "LATERAL", "use a join or EXISTS");
        else
            ret = from->select ? from : NULL;
    } else {
        weir_convert_unsupported(convert, convert->location, "a function in FROM", NULL);
    }
    weir_convert_leave(convert);
    return ret;
}

bool weir_convert_sort(struct weir_convert *convert, PgQuery__Node **nodes, size_t count,
                       const struct weir_sql_sort **ret, uint32_t *ret_count)
{
    struct weir_sql_sort *sorts = WEIR_POOL_ARRAY(convert->pool, struct weir_sql_sort, count);
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        const PgQuery__SortBy *sort = nodes[i]->sort_by;
        sorts[i].expr = weir_convert_expr(convert, sort->node);
        sorts[i].descending = sort->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
        sorts[i].nulls_first =
            sort->sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
            (sort->sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT &&
             sorts[i].descending);
        ok = sorts[i].expr && ok;
        if (sort->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_USING)
            ok = weir_convert_unsupported(convert, expr_location(sorts[i].expr, convert->location),
                                          "ORDER BY .. USING", "use ASC or DESC");
    }
    *ret = sorts;
    *ret_count = (uint32_t)count;
    return ok;
}

static bool convert_with(struct weir_convert *convert, const PgQuery__WithClause *with,
                         struct weir_sql_select *ret)
{
    if (with->recursive)
        return weir_convert_unsupported(convert, weir_convert_location(convert, with->location),
                                        "WITH RECURSIVE", NULL);
    struct weir_sql_cte *ctes = WEIR_POOL_ARRAY(convert->pool, struct weir_sql_cte, with->n_ctes);
    bool ok = true;
    for (size_t i = 0; i < with->n_ctes; i++) {
        const PgQuery__CommonTableExpr *cte = with->ctes[i]->common_table_expr;
        ctes[i].name = weir_convert_text(convert, cte->ctename);
        ctes[i].location = weir_convert_location(convert, cte->location);
        ctes[i].columns =
            weir_convert_names(convert, cte->aliascolnames, cte->n_aliascolnames, ctes[i].location);
        if (cte->ctequery->node_case == PG_QUERY__NODE__NODE_SELECT_STMT)
            ctes[i].select = weir_convert_select(convert, cte->ctequery->select_stmt);
        else
            weir_convert_unsupported(convert, ctes[i].location,
                                     "a statement that changes data in WITH", NULL);
        ok = ctes[i].select && ok;
    }
    ret->ctes = ctes;
    ret->ctes_count = (uint32_t)with->n_ctes;
    return ok;
}

static bool convert_targets(struct weir_convert *convert, const PgQuery__SelectStmt *select,
                            struct weir_sql_select *ret)
{
    struct weir_sql_target *targets =
        WEIR_POOL_ARRAY(convert->pool, struct weir_sql_target, select->n_target_list);
    bool ok = true;
    for (size_t i = 0; i < select->n_target_list; i++) {
        const PgQuery__ResTarget *target = select->target_list[i]->res_target;
        targets[i].expr = weir_convert_expr(convert, target->val);
        targets[i].alias =
            target->name && *target->name ? weir_convert_text(convert, target->name) : NULL;
        ok = targets[i].expr && ok;
    }
    ret->targets = targets;
    ret->targets_count = (uint32_t)select->n_target_list;
    return ok;
}

static bool convert_plain(struct weir_convert *convert, const PgQuery__SelectStmt *select,
                          struct weir_sql_select *ret)
{
    bool ok = true;
    const struct weir_sql_from **from =
        WEIR_POOL_ARRAY(convert->pool, const struct weir_sql_from *, select->n_from_clause);
    ret->kind = WEIR_SQL_SELECT;
    for (size_t i = 0; i < select->n_from_clause; i++)
        ok = (from[i] = convert_from(convert, select->from_clause[i])) && ok;
    ret->from = from;
    ret->from_count = (uint32_t)select->n_from_clause;
    ok = convert_targets(convert, select, ret) && ok;
    if (select->where_clause)
        ok = (ret->where = weir_convert_expr(convert, select->where_clause)) && ok;
    if (select->having_clause)
        ok = (ret->having = weir_convert_expr(convert, select->having_clause)) && ok;
    for (size_t i = 0; i < select->n_group_clause; i++)
        if (select->group_clause[i]->node_case == PG_QUERY__NODE__NODE_GROUPING_SET)
            return weir_convert_unsupported(convert, ret->location, "GROUPING SETS, ROLLUP or CUBE",
                                            "use UNION ALL of several GROUP BYs");
    ok = convert_exprs(convert, select->group_clause, select->n_group_clause, &ret->group_by,
                       &ret->group_by_count) &&
         ok;
    ret->distinct = select->n_distinct_clause > 0;
    if (ret->distinct && select->distinct_clause[0]->node_case != PG_QUERY__NODE__NODE__NOT_SET)
        return weir_convert_unsupported(convert, ret->location, "DISTINCT ON", "use GROUP BY");
    return ok;
}

static bool convert_values(struct weir_convert *convert, const PgQuery__SelectStmt *select,
                           struct weir_sql_select *ret)
{
    const struct weir_sql_expr **rows =
        WEIR_POOL_ARRAY(convert->pool, const struct weir_sql_expr *, select->n_values_lists);
    bool ok = true;
    ret->kind = WEIR_SQL_VALUES;
    for (size_t i = 0; i < select->n_values_lists; i++) {
        const PgQuery__List *list = select->values_lists[i]->list;
        struct weir_sql_expr *row = WEIR_POOL_NEW(convert->pool, struct weir_sql_expr);
        row->kind = WEIR_SQL_ROW;
        ok = convert_exprs(convert, list->items, list->n_items, &row->args, &row->args_count) && ok;
        row->location =
            row->args_count ? expr_location(row->args[0], ret->location) : ret->location;
        rows[i] = row;
    }
    ret->rows = rows;
    ret->rows_count = (uint32_t)select->n_values_lists;
    if (ok && rows[0]->location >= 0)
        ret->location = rows[0]->location;
    return ok;
}

static bool convert_union(struct weir_convert *convert, const PgQuery__SelectStmt *select,
                          struct weir_sql_select *ret)
{
    ret->kind = WEIR_SQL_UNION;
    ret->all = select->all;
    if (select->op != PG_QUERY__SET_OPERATION__SETOP_UNION)
        return weir_convert_unsupported(convert, ret->location, "INTERSECT or EXCEPT",
                                        "use EXISTS or NOT EXISTS");
    ret->left = weir_convert_select(convert, select->larg);
    ret->right = weir_convert_select(convert, select->rarg);
    if (ret->left)
        ret->location = ret->left->location;
    return ret->left && ret->right;
}

/* What stands behind any kind: ORDER BY, LIMIT, OFFSET. */
static bool convert_tail(struct weir_convert *convert, const PgQuery__SelectStmt *select,
                         struct weir_sql_select *ret)
{
    bool ok = weir_convert_sort(convert, select->sort_clause, select->n_sort_clause, &ret->order_by,
                                &ret->order_by_count);
    if (select->limit_count)
        ok = (ret->limit = weir_convert_expr(convert, select->limit_count)) && ok;
    if (select->limit_offset)
        ok = (ret->offset = weir_convert_expr(convert, select->limit_offset)) && ok;
    const char *unsupported = select->limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES
                                  ? "WITH TIES"
                              : select->n_locking_clause ? "FOR UPDATE or FOR SHARE"
                              : select->n_window_clause  ? "WINDOW"
                              : select->into_clause      ? "SELECT INTO"
                                                         : NULL;
    if (unsupported)
        return weir_convert_unsupported(convert, ret->location, unsupported,
                                        select->into_clause ? "use INSERT INTO .. SELECT" : NULL);
    return ok;
}

const struct weir_sql_select *weir_convert_select(struct weir_convert *convert,
                                                  const PgQuery__SelectStmt *select)
{
    if (!weir_convert_enter(convert))
        return NULL;
    struct weir_sql_select *ret = WEIR_POOL_NEW(convert->pool, struct weir_sql_select);
    ret->location = convert->location;
    for (size_t i = 0; i < select->n_target_list; i++) {
        int location = weir_convert_location(convert, select->target_list[i]->res_target->location);
        if (i == 0 || location < ret->location)
            ret->location = location;
    }
    bool ok = !select->with_clause || convert_with(convert, select->with_clause, ret);
    if (select->n_values_lists)
        ok = convert_values(convert, select, ret) && ok;
    else if (select->op > PG_QUERY__SET_OPERATION__SETOP_NONE)
        ok = convert_union(convert, select, ret) && ok;
    else
        ok = convert_plain(convert, select, ret) && ok;
    ok = convert_tail(convert, select, ret) && ok;
    weir_convert_leave(convert);
    return ok ? ret : NULL;
}
