/* What the files define: servers, user mappings, foreign tables, views, comments. The order of
 * definitions is free, in one file and across files. A definition with a mistake stays known, so
 * that the statements that use it are checked too. */
#include "plan/binder.h"

struct weir_table_def *weir_catalog_table(const struct weir_binder *binder, const char *name)
{
    for (uint32_t i = 0; i < binder->tables.count; i++)
        if (strcmp(binder->tables.items[i]->table.name, name) == 0)
            return binder->tables.items[i];
    return NULL;
}

struct weir_view_def *weir_catalog_view(const struct weir_binder *binder, const char *name)
{
    for (uint32_t i = 0; i < binder->views.count; i++)
        if (strcmp(binder->views.items[i].name, name) == 0)
            return &binder->views.items[i];
    return NULL;
}

const struct weir_table_def *weir_table_def_of(const struct weir_table *table)
{
    return (const struct weir_table_def *)(const void *)table; /* its first member */
}

static struct weir_server_def *server_find(const struct weir_binder *binder, const char *name)
{
    for (uint32_t i = 0; i < binder->servers.count; i++)
        if (strcmp(binder->servers.items[i].name, name) == 0)
            return &binder->servers.items[i];
    return NULL;
}

struct name_list WEIR_LIST(const char *);

static bool hint_near(struct weir_binder *binder, const char *name, const struct name_list *names)
{
    const char *meant = weir_did_you_mean(name, names->items, names->count);
    if (meant)
        weir_problem_hint(binder->problems, "did you mean \"%s\"?", meant);
    return meant != NULL;
}

void weir_catalog_hint(struct weir_binder *binder, const char *name)
{
    struct name_list names = {0};
    for (uint32_t i = 0; i < binder->tables.count; i++)
        *WEIR_PUSH(binder->pool, names) = binder->tables.items[i]->table.name;
    for (uint32_t i = 0; i < binder->views.count; i++)
        *WEIR_PUSH(binder->pool, names) = binder->views.items[i].name;
    hint_near(binder, name, &names);
}

static struct weir_server_def *server_need(struct weir_binder *binder,
                                           const struct weir_sql_name *name)
{
    struct weir_server_def *server = server_find(binder, name->text);
    if (server)
        return server;
    struct name_list names = {0};
    for (uint32_t i = 0; i < binder->servers.count; i++)
        *WEIR_PUSH(binder->pool, names) = binder->servers.items[i].name;
    weir_problem(binder->problems, name->location, "server \"%s\" does not exist", name->text);
    if (!hint_near(binder, name->text, &names))
        weir_problem_hint(binder->problems, "give the file that has CREATE SERVER %s as well",
                          name->text);
    return NULL;
}

static void server_make(struct weir_binder *binder, const struct weir_sql_statement *statement)
{
    if (server_find(binder, statement->name.text)) {
        weir_problem(binder->problems, statement->name.location, "server \"%s\" already exists",
                     statement->name.text);
        return;
    }
    struct weir_server_def *server = WEIR_PUSH(binder->pool, binder->servers);
    *server = (struct weir_server_def){.name = statement->name.text, .statement = statement};
    if (statement->broken)
        return;
    server->connector = weir_registry_connector(binder->input->registry, statement->server.text);
    if (server->connector)
        return;
    struct name_list names = {0};
    for (const struct weir_connector *const *at = binder->input->registry->connectors; *at; at++)
        *WEIR_PUSH(binder->pool, names) = (*at)->name;
    weir_problem(binder->problems, statement->server.location,
                 "foreign-data wrapper \"%s\" does not exist", statement->server.text);
    hint_near(binder, statement->server.text, &names);
}

static void user_make(struct weir_binder *binder, const struct weir_sql_statement *statement)
{
    struct weir_server_def *server = server_need(binder, &statement->server);
    if (server && server->user)
        weir_problem(binder->problems, statement->location,
                     "user mapping for server \"%s\" already exists", statement->server.text);
    else if (server)
        server->user = statement;
}

static bool relation_is_new(struct weir_binder *binder, const struct weir_sql_name *name)
{
    if (!weir_catalog_table(binder, name->text) && !weir_catalog_view(binder, name->text))
        return true;
    weir_problem(binder->problems, name->location, "relation \"%s\" already exists", name->text);
    return false;
}

static bool is_hidden_name(const char *name)
{
    for (int i = 0; i < WEIR_HIDDEN_COUNT; i++)
        if (strcmp(weir_hidden_names[i], name) == 0)
            return true;
    return false;
}

static void columns_make(struct weir_binder *binder, struct weir_table_def *def)
{
    const struct weir_sql_statement *statement = def->statement;
    struct weir_column *columns =
        WEIR_POOL_ARRAY(binder->pool, struct weir_column, statement->columns_count);
    for (uint32_t i = 0; i < statement->columns_count; i++) {
        const struct weir_sql_column *column = &statement->columns[i];
        columns[i] = (struct weir_column){.name = column->name,
                                          .type = WEIR_TEXT,
                                          .not_null = column->not_null,
                                          .has_default = column->default_expr != NULL};
        if (!weir_bind_type(binder, column->type, &columns[i].type))
            def->broken = true;
        if (is_hidden_name(column->name)) {
            weir_problem(binder->problems, column->location, "column name \"%s\" is reserved",
                         column->name);
            weir_problem_hint(binder->problems, "every stream has it already, as a hidden column");
        }
        for (uint32_t other = 0; other < i; other++)
            if (strcmp(columns[other].name, column->name) == 0) {
                weir_problem(binder->problems, column->location,
                             "column \"%s\" specified more than once", column->name);
                break;
            }
    }
    if (!statement->columns_count)
        weir_problem(binder->problems, statement->name.location, "table \"%s\" has no columns",
                     statement->name.text);
    def->columns = columns;
    def->table.columns = columns;
    def->table.columns_count = statement->columns_count;
    def->defaults =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, statement->columns_count);
}

static int column_index(const struct weir_table *table, struct weir_slice name)
{
    for (uint32_t i = 0; i < table->columns_count; i++)
        if (weir_slice_is(name, table->columns[i].name))
            return (int)i;
    return -1;
}

/* key 'a, b' */
static void key_make(struct weir_binder *binder, struct weir_table_def *def)
{
    const struct weir_option *option = weir_options_find(&def->table.options, "key");
    struct WEIR_LIST(uint32_t) key = {0};
    const char *at = option ? option->text : "";
    while (*at) {
        at += strspn(at, " ,");
        struct weir_slice name = weir_slice(at, strcspn(at, ","));
        at += name.len;
        while (name.len && name.ptr[name.len - 1] == ' ')
            name.len--;
        if (!name.len)
            continue;
        int index = column_index(&def->table, name);
        if (index < 0) {
            struct name_list names = {0};
            for (uint32_t i = 0; i < def->table.columns_count; i++)
                *WEIR_PUSH(binder->pool, names) = def->table.columns[i].name;
            weir_problem(binder->problems, option->location,
                         "column \"%.*s\" named in key does not exist", WEIR_FMT(name));
            hint_near(binder, weir_pool_copy(binder->pool, name), &names);
            def->broken = true;
            return;
        }
        for (uint32_t i = 0; i < key.count; i++)
            if (key.items[i] == (uint32_t)index) {
                weir_problem(binder->problems, option->location,
                             "column \"%.*s\" appears twice in key", WEIR_FMT(name));
                return;
            }
        *WEIR_PUSH(binder->pool, key) = (uint32_t)index;
    }
    def->table.key = key.items;
    def->table.key_count = key.count;
}

static void common_options_read(struct weir_binder *binder, struct weir_table_def *def)
{
    const struct weir_option *on_error = weir_options_find(&def->table.options, "on_error");
    const struct weir_option *dead = weir_options_find(&def->table.options, "dead_letter");
    def->on_error_given = on_error && on_error->location >= 0;
    if (on_error && strcmp(on_error->text, "null") == 0)
        def->on_error = WEIR_ON_ERROR_NULL;
    else if (on_error && strcmp(on_error->text, "skip") == 0)
        def->on_error = WEIR_ON_ERROR_SKIP;
    def->refresh_ms = weir_options_number(&def->table.options, "refresh", 0);
    key_make(binder, def);
    if (!dead)
        return;
    if (!weir_catalog_table(binder, dead->text)) {
        weir_problem(binder->problems, dead->location,
                     "dead_letter: relation \"%s\" does not exist", dead->text);
        weir_catalog_hint(binder, dead->text);
    } else {
        weir_problem_warn(binder->problems, dead->location,
                          "dead letters are not written yet: such rows are left out and counted");
    }
}

static void table_make(struct weir_binder *binder, const struct weir_sql_statement *statement)
{
    if (!relation_is_new(binder, &statement->name))
        return;
    struct weir_table_def *def = WEIR_POOL_NEW(binder->pool, struct weir_table_def);
    def->statement = statement;
    def->table.name = statement->name.text;
    def->table.server = statement->server.text;
    def->broken = statement->broken;
    if (!def->broken)
        columns_make(binder, def);
    *WEIR_PUSH(binder->pool, binder->tables) = def;
}

/* Once all tables are known (dead_letter names one). */
static void table_finish(struct weir_binder *binder, struct weir_table_def *def)
{
    if (def->statement->broken)
        return;
    struct weir_server_def *server = server_need(binder, &def->statement->server);
    if (server && server->connector) {
        weir_table_options(binder, def, server);
        common_options_read(binder, def);
    } else {
        def->broken = true;
    }
}

static void view_make(struct weir_binder *binder, const struct weir_sql_statement *statement)
{
    if (relation_is_new(binder, &statement->name))
        *WEIR_PUSH(binder->pool, binder->views) =
            (struct weir_view_def){.name = statement->name.text,
                                   .statement = statement,
                                   .state = statement->broken ? WEIR_BROKEN : WEIR_UNBOUND};
}

static void comment_on_column(struct weir_binder *binder,
                              const struct weir_sql_statement *statement)
{
    struct weir_table_def *def = weir_catalog_table(binder, statement->name.text);
    const struct weir_view_def *view = weir_catalog_view(binder, statement->name.text);
    int index = def ? column_index(&def->table, weir_slice_of(statement->column)) : -1;
    if (!def && !view) {
        weir_problem(binder->problems, statement->name.location, "relation \"%s\" does not exist",
                     statement->name.text);
        weir_catalog_hint(binder, statement->name.text);
    } else if (def && def->statement->broken) {
        return;
    } else if (def && index < 0) {
        weir_problem(binder->problems, statement->name.location,
                     "column \"%s\" of relation \"%s\" does not exist", statement->column,
                     statement->name.text);
    } else if (def) {
        def->columns[index].comment = statement->value;
    }
}

static void comment_make(struct weir_binder *binder, const struct weir_sql_statement *statement)
{
    struct weir_server_def *server;
    struct weir_table_def *def = weir_catalog_table(binder, statement->name.text);
    struct weir_view_def *view = weir_catalog_view(binder, statement->name.text);
    if (statement->on == WEIR_SQL_ON_COLUMN) {
        comment_on_column(binder, statement);
    } else if (statement->on == WEIR_SQL_ON_SERVER) {
        if ((server = server_need(binder, &statement->name)))
            server->comment = statement->value;
    } else if (statement->on == WEIR_SQL_ON_TABLE && def) {
        def->table.comment = statement->value;
    } else if (statement->on == WEIR_SQL_ON_VIEW && view) {
        view->comment = statement->value;
    } else if (def || view) {
        weir_problem(binder->problems, statement->name.location, "\"%s\" is not a %s",
                     statement->name.text, def ? "view" : "foreign table");
    } else {
        weir_problem(binder->problems, statement->name.location, "relation \"%s\" does not exist",
                     statement->name.text);
        weir_catalog_hint(binder, statement->name.text);
    }
}

typedef void make_function(struct weir_binder *binder, const struct weir_sql_statement *statement);

static void make_all(struct weir_binder *binder, const struct weir_sql_statements *statements,
                     enum weir_sql_statement_kind kind, make_function *make)
{
    for (uint32_t i = 0; i < statements->count; i++)
        if (statements->items[i].kind == kind)
            make(binder, &statements->items[i]);
}

void weir_catalog_make(struct weir_binder *binder, const struct weir_sql_statements *statements)
{
    make_all(binder, statements, WEIR_SQL_CREATE_SERVER, server_make);
    make_all(binder, statements, WEIR_SQL_CREATE_USER_MAPPING, user_make);
    for (uint32_t i = 0; i < binder->servers.count; i++)
        weir_server_options(binder, &binder->servers.items[i]);
    make_all(binder, statements, WEIR_SQL_CREATE_TABLE, table_make);
    make_all(binder, statements, WEIR_SQL_CREATE_VIEW, view_make);
    for (uint32_t i = 0; i < binder->tables.count; i++)
        table_finish(binder, binder->tables.items[i]);
    make_all(binder, statements, WEIR_SQL_COMMENT, comment_make);
}

void weir_catalog_defaults(struct weir_binder *binder)
{
    struct weir_ranges none = {0};
    struct weir_scope scope = {.ranges = &none, .clause = "DEFAULT expressions"};
    for (uint32_t t = 0; t < binder->tables.count; t++) {
        struct weir_table_def *def = binder->tables.items[t];
        for (uint32_t i = 0; i < def->table.columns_count; i++) {
            const struct weir_sql_column *column = &def->statement->columns[i];
            const struct weir_expr *expr =
                column->default_expr ? weir_bind_expr(binder, &scope, column->default_expr) : NULL;
            bool failed = false;
            if (!expr)
                continue;
            def->defaults[i] = weir_coerce(binder, expr, def->table.columns[i].type,
                                           WEIR_CAST_ASSIGNMENT, &failed);
            if (!def->defaults[i] && !failed)
                weir_problem(binder->problems, expr->location,
                             "column \"%s\" is of type %s but default expression is of type %s",
                             column->name, weir_type_name(def->table.columns[i].type),
                             weir_type_name(expr->type));
        }
    }
}

bool weir_table_bounded(const struct weir_binder *binder, const struct weir_table *table)
{
    if (binder->all_bounded || weir_table_def_of(table)->broken)
        return true;
    return table->connector->bounded && table->connector->bounded(table);
}

bool weir_table_check(struct weir_binder *binder, struct weir_table_def *def, bool as_sink,
                      int location)
{
    const struct weir_table *table = &def->table;
    bool *checked = as_sink ? &def->checked_sink : &def->checked_source;
    struct weir_error err = {0};
    if (def->broken || *checked)
        return !def->broken;
    *checked = true;
    bool able = as_sink ? table->connector->sink != NULL : table->connector->source != NULL;
    if (!able) {
        weir_problem(binder->problems, location, "\"%s\" cannot be %s: connector %s can only be %s",
                     table->name, as_sink ? "written" : "read", table->connector->name,
                     as_sink ? "read" : "written");
        def->broken = true;
        return false;
    }
    enum weir_code code =
        table->connector->check ? table->connector->check(table, as_sink, &err) : WEIR_OK;
    if (code == WEIR_OK && table->format && table->format->check)
        code = table->format->check(table, as_sink, &err);
    if (code == WEIR_OK)
        return true;
    weir_problem_error(binder->problems, def->statement->name.location, &err);
    def->broken = true;
    return false;
}
