/* Statements. What PostgreSQL has and weir has not becomes `.. is not supported`, with what to use
 * in its place. */
#include "sql/convert.h"

int weir_convert_location(const struct weir_convert *convert, int32_t location)
{
    return location >= 0 ? convert->base + location : convert->location;
}

const char *weir_convert_text(struct weir_convert *convert, const char *text)
{
    return weir_pool_copy(convert->pool, weir_slice_of(text));
}

void *weir_convert_unsupported(struct weir_convert *convert, int location, const char *what,
                               const char *hint)
{
    weir_problem(convert->problems, location, "%s is not supported", what);
    if (hint)
        weir_problem_hint(convert->problems, "%s", hint);
    return NULL;
}

bool weir_convert_enter(struct weir_convert *convert)
{
    if (convert->depth < WEIR_SQL_DEPTH_MAX) {
        convert->depth++;
        return true;
    }
    if (!convert->too_deep) {
        weir_problem(convert->problems, convert->location, "the statement is nested too deeply");
        weir_problem_hint(convert->problems, "move parts of it to views");
        convert->too_deep = true;
    }
    return false;
}

void weir_convert_leave(struct weir_convert *convert)
{
    convert->depth--;
}

struct weir_sql_names weir_convert_names(struct weir_convert *convert, PgQuery__Node **nodes,
                                         size_t count, int location)
{
    struct weir_sql_name *names = WEIR_POOL_ARRAY(convert->pool, struct weir_sql_name, count);
    for (size_t i = 0; i < count; i++) {
        bool string = nodes[i]->node_case == PG_QUERY__NODE__NODE_STRING;
        names[i] = (struct weir_sql_name){
            weir_convert_text(convert, string ? nodes[i]->string->sval : ""), location};
    }
    return (struct weir_sql_names){names, (uint32_t)count};
}

/* The name that stands behind a keyword of this statement. */
static struct weir_sql_name name_behind(struct weir_convert *convert, const char *name,
                                        const char *keyword)
{
    return (struct weir_sql_name){weir_convert_text(convert, name),
                                  weir_source_map_name(convert->map, convert->location, keyword)};
}

static bool convert_options(struct weir_convert *convert, PgQuery__Node **nodes, size_t count,
                            struct weir_sql_statement *ret)
{
    struct weir_sql_option *options = WEIR_POOL_ARRAY(convert->pool, struct weir_sql_option, count);
    for (size_t i = 0; i < count; i++) {
        const PgQuery__DefElem *elem = nodes[i]->def_elem;
        bool string = elem->arg && elem->arg->node_case == PG_QUERY__NODE__NODE_STRING;
        options[i] = (struct weir_sql_option){
            .name = weir_convert_text(convert, elem->defname),
            .value = weir_convert_text(convert, string ? elem->arg->string->sval : ""),
            .location = weir_convert_location(convert, elem->location)};
        for (size_t other = 0; other < i; other++)
            if (strcmp(options[other].name, options[i].name) == 0) {
                weir_problem(convert->problems, options[i].location,
                             "option \"%s\" provided more than once", options[i].name);
                return false;
            }
    }
    ret->options = options;
    ret->options_count = (uint32_t)count;
    return true;
}

static bool convert_server(struct weir_convert *convert,
                           const PgQuery__CreateForeignServerStmt *server,
                           struct weir_sql_statement *ret)
{
    ret->kind = WEIR_SQL_CREATE_SERVER;
    ret->name = name_behind(convert, server->servername, "server");
    ret->server = name_behind(convert, server->fdwname, "wrapper");
    return convert_options(convert, server->options, server->n_options, ret);
}

static bool convert_user_mapping(struct weir_convert *convert,
                                 const PgQuery__CreateUserMappingStmt *mapping,
                                 struct weir_sql_statement *ret)
{
    ret->kind = WEIR_SQL_CREATE_USER_MAPPING;
    ret->server = name_behind(convert, mapping->servername, "server");
    if (mapping->user && mapping->user->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING)
        return weir_convert_unsupported(
            convert, weir_convert_location(convert, mapping->user->location),
            "a user mapping for a named role", "write FOR CURRENT_USER");
    return convert_options(convert, mapping->options, mapping->n_options, ret);
}

/* NOT NULL, NULL and DEFAULT; all other constraints are refused. */
static bool convert_constraint(struct weir_convert *convert, const PgQuery__Constraint *constraint,
                               struct weir_sql_column *column)
{
    switch (constraint->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_NULL:
        return true;
    case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
        column->not_null = true;
        return true;
    case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
        return (column->default_expr = weir_convert_expr(convert, constraint->raw_expr));
    case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
    case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
        return weir_convert_unsupported(convert,
                                        weir_convert_location(convert, constraint->location),
                                        "a primary key or unique constraint on a foreign table",
                                        "name the key in the table's options: key 'a, b'");
    default:
        return weir_convert_unsupported(convert,
                                        weir_convert_location(convert, constraint->location),
                                        "this kind of constraint", NULL);
    }
}

static bool convert_column(struct weir_convert *convert, const PgQuery__ColumnDef *def,
                           struct weir_sql_column *ret)
{
    bool ok = true;
    ret->name = weir_convert_text(convert, def->colname);
    ret->location = weir_convert_location(convert, def->location);
    ret->not_null = def->is_not_null;
    ok = (ret->type = weir_convert_type(convert, def->type_name)) && ok;
    for (size_t i = 0; i < def->n_constraints; i++)
        ok = convert_constraint(convert, def->constraints[i]->constraint, ret) && ok;
    if (def->coll_clause)
        return weir_convert_unsupported(convert, ret->location, "COLLATE",
                                        "text is ordered by its bytes (C.UTF-8)");
    if (def->n_fdwoptions)
        return weir_convert_unsupported(convert, ret->location, "OPTIONS of a column", NULL);
    return ok;
}

static bool convert_table(struct weir_convert *convert,
                          const PgQuery__CreateForeignTableStmt *table,
                          const PgQuery__CreateStmt *create, struct weir_sql_statement *ret)
{
    bool ok = true;
    struct weir_sql_column *columns =
        WEIR_POOL_ARRAY(convert->pool, struct weir_sql_column, create->n_table_elts);
    ret->kind = WEIR_SQL_CREATE_TABLE;
    ret->name = (struct weir_sql_name){weir_convert_text(convert, create->relation->relname),
                                       weir_convert_location(convert, create->relation->location)};
    for (size_t i = 0; i < create->n_table_elts; i++) {
        const PgQuery__Node *node = create->table_elts[i];
        if (node->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
            ok = convert_column(convert, node->column_def, &columns[ret->columns_count++]) && ok;
        else if (node->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
            ok = convert_constraint(convert, node->constraint, &columns[ret->columns_count]) && ok;
        else
            ok = weir_convert_unsupported(convert, ret->name.location, "LIKE in a foreign table",
                                          "list the columns");
    }
    if (create->n_inh_relations || create->partbound)
        return weir_convert_unsupported(convert, ret->name.location, "inheritance", NULL);
    ret->columns = columns;
    ret->server = name_behind(convert, table->servername, "server");
    return convert_options(convert, table->options, table->n_options, ret) && ok;
}

static bool convert_view(struct weir_convert *convert, const PgQuery__ViewStmt *view,
                         struct weir_sql_statement *ret)
{
    ret->kind = WEIR_SQL_CREATE_VIEW;
    ret->name = (struct weir_sql_name){weir_convert_text(convert, view->view->relname),
                                       weir_convert_location(convert, view->view->location)};
    ret->names = weir_convert_names(convert, view->aliases, view->n_aliases, ret->name.location);
    if (view->n_options || view->with_check_option > PG_QUERY__VIEW_CHECK_OPTION__NO_CHECK_OPTION)
        return weir_convert_unsupported(convert, ret->name.location, "an option of a view", NULL);
    return (ret->select = weir_convert_select(convert, view->query->select_stmt));
}

/* DO UPDATE SET a = excluded.a, ..: what `key` means anyway. Anything else is refused. */
static bool convert_conflict(struct weir_convert *convert, const PgQuery__OnConflictClause *clause,
                             struct weir_sql_statement *ret)
{
    const char *hint = "write ON CONFLICT (key) DO UPDATE SET column = excluded.column for all "
                       "other columns, or leave "
                       "it out: the table's option key means the same";
    ret->has_conflict = true;
    ret->conflict_location = weir_convert_location(convert, clause->location);
    bool plain = clause->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE &&
                 clause->infer && !clause->where_clause && !clause->infer->where_clause &&
                 clause->infer->n_index_elems;
    if (!plain)
        return weir_convert_unsupported(convert, ret->conflict_location, "this form of ON CONFLICT",
                                        hint);
    size_t count = clause->infer->n_index_elems;
    struct weir_sql_name *names = WEIR_POOL_ARRAY(convert->pool, struct weir_sql_name, count);
    for (size_t i = 0; i < count; i++)
        names[i] = (struct weir_sql_name){
            weir_convert_text(convert, clause->infer->index_elems[i]->index_elem->name),
            ret->conflict_location};
    ret->conflict = (struct weir_sql_names){names, (uint32_t)count};
    struct weir_sql_name *updates =
        WEIR_POOL_ARRAY(convert->pool, struct weir_sql_name, clause->n_target_list);
    for (size_t i = 0; i < clause->n_target_list; i++) {
        const PgQuery__ResTarget *target = clause->target_list[i]->res_target;
        const struct weir_sql_expr *value = weir_convert_expr(convert, target->val);
        updates[i] = (struct weir_sql_name){weir_convert_text(convert, target->name),
                                            weir_convert_location(convert, target->location)};
        if (!value)
            return false;
        if (value->kind != WEIR_SQL_COLUMN || !value->qualifier ||
            strcmp(value->qualifier, "excluded") != 0 || strcmp(value->text, target->name) != 0)
            return weir_convert_unsupported(convert, value->location, "this form of ON CONFLICT",
                                            hint);
    }
    ret->updates = (struct weir_sql_names){updates, (uint32_t)clause->n_target_list};
    return true;
}

static bool convert_insert(struct weir_convert *convert, const PgQuery__InsertStmt *insert,
                           struct weir_sql_statement *ret)
{
    ret->kind = WEIR_SQL_INSERT;
    ret->name = (struct weir_sql_name){weir_convert_text(convert, insert->relation->relname),
                                       weir_convert_location(convert, insert->relation->location)};
    struct weir_sql_name *names =
        WEIR_POOL_ARRAY(convert->pool, struct weir_sql_name, insert->n_cols);
    for (size_t i = 0; i < insert->n_cols; i++) {
        const PgQuery__ResTarget *target = insert->cols[i]->res_target;
        names[i] = (struct weir_sql_name){weir_convert_text(convert, target->name),
                                          weir_convert_location(convert, target->location)};
    }
    ret->names = (struct weir_sql_names){names, (uint32_t)insert->n_cols};
    if (insert->n_returning_list)
        return weir_convert_unsupported(convert, ret->name.location, "RETURNING", NULL);
    if (!insert->select_stmt)
        return weir_convert_unsupported(convert, ret->name.location, "INSERT .. DEFAULT VALUES",
                                        "write INSERT INTO .. VALUES (DEFAULT, ..)");
    PgQuery__SelectStmt *select = insert->select_stmt->select_stmt;
    if (insert->with_clause) {
        if (select->with_clause)
            return weir_convert_unsupported(convert, ret->name.location,
                                            "WITH before and in the SELECT", "write one WITH");
        /* WITH .. INSERT .. SELECT is INSERT .. WITH .. SELECT; lent for the call. */
        select->with_clause = insert->with_clause;
    }
    ret->select = weir_convert_select(convert, select);
    if (insert->with_clause)
        select->with_clause = NULL;
    bool ok =
        !insert->on_conflict_clause || convert_conflict(convert, insert->on_conflict_clause, ret);
    return ret->select && ok;
}

static bool convert_set(struct weir_convert *convert, const PgQuery__VariableSetStmt *set,
                        struct weir_sql_statement *ret)
{
    ret->kind = WEIR_SQL_SET;
    ret->name = name_behind(convert, set->name, "set");
    ret->value_location = ret->name.location;
    if (set->kind != PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE || set->n_args != 1 ||
        set->is_local)
        return weir_convert_unsupported(convert, ret->name.location, "this form of SET",
                                        "write SET weir.name = 'value'");
    const PgQuery__Node *arg = set->args[0];
    const struct weir_sql_expr *value =
        arg->node_case == PG_QUERY__NODE__NODE_A_CONST ? weir_convert_expr(convert, arg) : NULL;
    if (!value || !value->text)
        return weir_convert_unsupported(convert, ret->name.location, "this form of SET",
                                        "write SET weir.name = 'value'");
    ret->value = value->text;
    ret->value_location = value->location;
    return true;
}

static bool convert_comment(struct weir_convert *convert, const PgQuery__CommentStmt *comment,
                            struct weir_sql_statement *ret)
{
    ret->kind = WEIR_SQL_COMMENT;
    ret->value =
        comment->comment && *comment->comment ? weir_convert_text(convert, comment->comment) : NULL;
    const PgQuery__Node *object = comment->object;
    struct weir_sql_names names = {0};
    if (object->node_case == PG_QUERY__NODE__NODE_LIST)
        names = weir_convert_names(convert, object->list->items, object->list->n_items,
                                   convert->location);
    if (comment->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_SERVER) {
        ret->on = WEIR_SQL_ON_SERVER;
        ret->name = name_behind(convert, object->string->sval, "server");
    } else if (comment->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN && names.count == 2) {
        ret->on = WEIR_SQL_ON_COLUMN;
        ret->name = name_behind(convert, names.items[0].text, "column");
        ret->column = names.items[1].text;
    } else if (comment->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE &&
               names.count == 1) {
        ret->on = WEIR_SQL_ON_TABLE;
        ret->name = name_behind(convert, names.items[0].text, "table");
    } else if (comment->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW && names.count == 1) {
        ret->on = WEIR_SQL_ON_VIEW;
        ret->name = name_behind(convert, names.items[0].text, "view");
    } else {
        return weir_convert_unsupported(convert, convert->location,
                                        "a comment on this kind of thing",
                                        "comment on a FOREIGN TABLE, VIEW, COLUMN or SERVER");
    }
    return true;
}

bool weir_convert_statement(struct weir_convert *convert, const PgQuery__Node *node,
                            struct weir_sql_statement *ret)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_FOREIGN_SERVER_STMT:
        return convert_server(convert, node->create_foreign_server_stmt, ret);
    case PG_QUERY__NODE__NODE_CREATE_USER_MAPPING_STMT:
        return convert_user_mapping(convert, node->create_user_mapping_stmt, ret);
    case PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT:
        return convert_table(convert, node->create_foreign_table_stmt,
                             node->create_foreign_table_stmt->base_stmt, ret);
    case PG_QUERY__NODE__NODE_VIEW_STMT:
        return convert_view(convert, node->view_stmt, ret);
    case PG_QUERY__NODE__NODE_INSERT_STMT:
        return convert_insert(convert, node->insert_stmt, ret);
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
        return convert_set(convert, node->variable_set_stmt, ret);
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
        return convert_comment(convert, node->comment_stmt, ret);
    case PG_QUERY__NODE__NODE_SELECT_STMT:
        ret->kind = WEIR_SQL_QUERY;
        return (ret->select = weir_convert_select(convert, node->select_stmt));
    case PG_QUERY__NODE__NODE_CREATE_STMT:
        return weir_convert_unsupported(
            convert, convert->location, "CREATE TABLE",
            "write CREATE FOREIGN TABLE .. SERVER ..: tables lie in other systems");
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        return weir_convert_unsupported(convert, convert->location,
                                        "CREATE TABLE AS or a materialized view",
                                        "write CREATE VIEW, or INSERT INTO a foreign table");
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
    case PG_QUERY__NODE__NODE_DELETE_STMT:
    case PG_QUERY__NODE__NODE_MERGE_STMT:
        return weir_convert_unsupported(
            convert, convert->location, "UPDATE, DELETE or MERGE",
            "write INSERT INTO a table with the option key: that updates");
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
        return weir_convert_unsupported(
            convert, convert->location, "a transaction",
            "leave it out: all INSERTs of a file run together, in epochs");
    default:
        return weir_convert_unsupported(convert, convert->location, "this statement",
                                        "there are CREATE SERVER, USER MAPPING, FOREIGN TABLE and "
                                        "VIEW, INSERT, SET and COMMENT");
    }
}
