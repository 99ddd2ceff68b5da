/* INSERT: which expression goes into which column, and what becomes of the columns that none goes
 * into. */
#include "plan/binder.h"

struct insert {
    struct weir_binder *binder;
    const struct weir_sql_statement *statement;
    struct weir_table_def *def;
    uint32_t *targets; /* the table's columns that get the select's, in the select's order */
    uint32_t targets_count;
    bool *given;
};

static int column_find(const struct weir_table *table, const char *name)
{
    for (uint32_t i = 0; i < table->columns_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool target_add(struct insert *insert, const struct weir_sql_name *name)
{
    struct weir_binder *binder = insert->binder;
    const struct weir_table *table = &insert->def->table;
    int index = column_find(table, name->text);
    if (index < 0) {
        const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, table->columns_count);
        for (uint32_t i = 0; i < table->columns_count; i++)
            names[i] = table->columns[i].name;
        weir_problem(binder->problems, name->location,
                     "column \"%s\" of relation \"%s\" does not exist", name->text, table->name);
        const char *meant = weir_did_you_mean(name->text, names, table->columns_count);
        if (meant)
            weir_problem_hint(binder->problems, "did you mean \"%s\"?", meant);
        return false;
    }
    if (insert->given[index]) {
        weir_problem(binder->problems, name->location, "column \"%s\" specified more than once",
                     name->text);
        return false;
    }
    insert->given[index] = true;
    insert->targets[insert->targets_count++] = (uint32_t)index;
    return true;
}

static bool targets_make(struct insert *insert)
{
    const struct weir_table *table = &insert->def->table;
    const struct weir_sql_names *names = &insert->statement->names;
    bool ok = true;
    insert->targets =
        WEIR_POOL_ARRAY(insert->binder->pool, uint32_t, table->columns_count + names->count);
    insert->given = WEIR_POOL_ARRAY(insert->binder->pool, bool, table->columns_count);
    for (uint32_t i = 0; i < names->count; i++)
        ok = target_add(insert, &names->items[i]) && ok;
    if (!names->count)
        for (uint32_t i = 0; i < table->columns_count; i++)
            insert->targets[insert->targets_count++] = i;
    return ok;
}

/* DEFAULT in VALUES: the column's own default expression in its place, or NULL. */
static const struct weir_sql_select *defaults_fill(const struct insert *insert)
{
    const struct weir_sql_select *select = insert->statement->select;
    struct weir_binder *binder = insert->binder;
    if (select->kind != WEIR_SQL_VALUES)
        return select;
    struct weir_sql_select *copy = WEIR_POOL_NEW(binder->pool, struct weir_sql_select);
    const struct weir_sql_expr **rows =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_sql_expr *, select->rows_count);
    for (uint32_t r = 0; r < select->rows_count; r++) {
        struct weir_sql_expr *row = WEIR_POOL_NEW(binder->pool, struct weir_sql_expr);
        const struct weir_sql_expr **args = WEIR_POOL_ARRAY(
            binder->pool, const struct weir_sql_expr *, select->rows[r]->args_count);
        *row = *select->rows[r];
        for (uint32_t c = 0; c < row->args_count; c++) {
            args[c] = row->args[c];
            if (args[c]->kind != WEIR_SQL_DEFAULT || c >= insert->targets_count)
                continue;
            const struct weir_sql_expr *otherwise =
                insert->def->statement->columns[insert->targets[c]].default_expr;
            struct weir_sql_expr *null = WEIR_POOL_NEW(binder->pool, struct weir_sql_expr);
            *null = (struct weir_sql_expr){.kind = WEIR_SQL_NULL, .location = args[c]->location};
            args[c] = otherwise ? otherwise : null;
        }
        row->args = args;
        rows[r] = row;
    }
    *copy = *select;
    copy->rows = rows;
    return copy;
}

/* Where the select's i-th column is written. */
static int output_location(const struct weir_sql_select *select, uint32_t index)
{
    if (select->kind == WEIR_SQL_VALUES && index < select->rows[0]->args_count)
        return select->rows[0]->args[index]->location;
    for (uint32_t i = 0; select->kind == WEIR_SQL_SELECT && i < select->targets_count; i++) {
        if (select->targets[i].expr->kind == WEIR_SQL_STAR)
            return select->targets[i].expr->location;
        if (i == index)
            return select->targets[i].expr->location;
    }
    return select->location;
}

static bool counts_fit(struct insert *insert, const struct weir_node *node)
{
    const struct weir_sql_names *names = &insert->statement->names;
    if (node->columns_count > insert->targets_count) {
        weir_problem(insert->binder->problems,
                     output_location(insert->statement->select, insert->targets_count),
                     "INSERT has more expressions than target columns");
        return false;
    }
    if (names->count && node->columns_count < insert->targets_count) {
        weir_problem(insert->binder->problems, names->items[node->columns_count].location,
                     "INSERT has more target columns than expressions");
        return false;
    }
    if (!names->count) {
        insert->targets_count = node->columns_count; /* the columns behind get their defaults */
        for (uint32_t i = 0; i < node->columns_count; i++)
            insert->given[insert->targets[i]] = true;
    }
    return true;
}

/* Literals without a type take the column's. */
static const struct weir_node *unknown_resolve(struct insert *insert, const struct weir_node *node)
{
    enum weir_type *types =
        WEIR_POOL_ARRAY(insert->binder->pool, enum weir_type, node->columns_count);
    for (uint32_t i = 0; i < node->columns_count; i++)
        types[i] = node->types[i] == WEIR_UNKNOWN
                       ? insert->def->table.columns[insert->targets[i]].type
                       : node->types[i];
    return weir_node_cast(insert->binder, node, types);
}

/* All columns of the table, in their order. */
static const struct weir_node *project_columns(struct insert *insert, const struct weir_node *node)
{
    struct weir_binder *binder = insert->binder;
    const struct weir_table *table = &insert->def->table;
    const struct weir_expr **exprs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, table->columns_count);
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, table->columns_count);
    bool ok = true;
    for (uint32_t i = 0; i < node->columns_count; i++) {
        const struct weir_column *column = &table->columns[insert->targets[i]];
        const struct weir_expr *expr = weir_expr_column(binder, i, node->types[i], -1);
        bool failed = false;
        expr = weir_coerce(binder, expr, column->type, WEIR_CAST_ASSIGNMENT, &failed);
        exprs[insert->targets[i]] = expr;
        if (!expr) {
            weir_problem(binder->problems, output_location(insert->statement->select, i),
                         "column \"%s\" is of type %s but expression is of type %s", column->name,
                         weir_type_name(column->type), weir_type_name(node->types[i]));
            weir_problem_hint(binder->problems, "You will need to rewrite or cast the expression.");
            ok = false;
        }
    }
    for (uint32_t i = 0; i < table->columns_count; i++) {
        names[i] = table->columns[i].name;
        if (!exprs[i] && ok)
            exprs[i] = insert->def->defaults[i]
                           ? insert->def->defaults[i]
                           : weir_expr_null(binder, table->columns[i].type, -1);
    }
    return ok ? weir_node_project(binder, node, exprs, names, table->columns_count) : NULL;
}

static bool is_key(const struct weir_table *table, uint32_t column)
{
    for (uint32_t i = 0; i < table->key_count; i++)
        if (table->key[i] == column)
            return true;
    return false;
}

/* ON CONFLICT must say what the table's key says anyway: any other meaning would have to be carried
 * to each system. */
static bool conflict_check(struct insert *insert)
{
    const struct weir_sql_statement *statement = insert->statement;
    const struct weir_table *table = &insert->def->table;
    struct weir_problems *problems = insert->binder->problems;
    bool *updated = WEIR_POOL_ARRAY(insert->binder->pool, bool, table->columns_count);
    if (!statement->has_conflict)
        return true;
    bool same = statement->conflict.count == table->key_count;
    for (uint32_t i = 0; i < statement->conflict.count; i++) {
        int column = column_find(table, statement->conflict.items[i].text);
        same = same && column >= 0 && is_key(table, (uint32_t)column);
    }
    if (!same) {
        weir_problem(problems, statement->conflict_location,
                     "ON CONFLICT must name the key of table \"%s\"", table->name);
        weir_problem_hint(problems, "set the table's option key 'a, b' to those columns");
        return false;
    }
    for (uint32_t i = 0; i < statement->updates.count; i++) {
        int column = column_find(table, statement->updates.items[i].text);
        if (column >= 0)
            updated[column] = true;
    }
    for (uint32_t i = 0; i < table->columns_count; i++)
        if (insert->given[i] && !is_key(table, i) && !updated[i]) {
            weir_problem(problems, statement->conflict_location,
                         "ON CONFLICT must update column \"%s\" too", table->columns[i].name);
            weir_problem_hint(problems, "an upsert sets every column that the INSERT gives");
            return false;
        }
    return true;
}

static struct weir_table_def *target_table(struct weir_binder *binder,
                                           const struct weir_sql_statement *statement)
{
    struct weir_table_def *def = weir_catalog_table(binder, statement->name.text);
    if (def) {
        weir_table_check(binder, def, true, statement->name.location);
        return def;
    }
    if (weir_catalog_view(binder, statement->name.text)) {
        weir_problem(binder->problems, statement->name.location, "cannot insert into view \"%s\"",
                     statement->name.text);
        weir_problem_hint(binder->problems, "write into a foreign table");
    } else {
        weir_problem(binder->problems, statement->name.location, "relation \"%s\" does not exist",
                     statement->name.text);
        weir_catalog_hint(binder, statement->name.text);
    }
    return NULL;
}

static uint32_t sink_find(struct weir_binder *binder, const struct weir_table *table)
{
    for (uint32_t i = 0; i < binder->sinks.count; i++)
        if (binder->sinks.items[i].table == table)
            return i;
    *WEIR_PUSH(binder->pool, binder->sinks) = (struct weir_plan_sink){.table = table};
    return binder->sinks.count - 1;
}

void weir_bind_insert(struct weir_binder *binder, const struct weir_sql_statement *statement)
{
    struct insert insert = {.binder = binder, .statement = statement};
    insert.def = target_table(binder, statement);
    if (insert.def && insert.def->statement->broken)
        return;
    if (!insert.def) { /* its query may have mistakes of its own */
        weir_bind_select(binder, NULL, statement->select, true);
        return;
    }
    bool ok = targets_make(&insert);
    const struct weir_node *node = weir_bind_select(binder, NULL, defaults_fill(&insert), true);
    if (!ok || !node || !counts_fit(&insert, node))
        return;
    if (!(node = unknown_resolve(&insert, node)) || !(node = project_columns(&insert, node)) ||
        !conflict_check(&insert))
        return;
    struct weir_statement *planned = WEIR_PUSH(binder->pool, binder->statements);
    *planned = (struct weir_statement){
        .label = weir_pool_printf(binder->pool, "INSERT INTO %s", insert.def->table.name),
        .sink = sink_find(binder, &insert.def->table),
        .given = insert.given,
        .on_error =
            insert.def->on_error == WEIR_ON_ERROR_SKIP ? WEIR_ON_ERROR_SKIP : WEIR_ON_ERROR_FAIL,
        .location = statement->location};
    weir_branches_add(binder, weir_node_prune(binder, node), binder->statements.count - 1);
}

/* ---- all INSERTs together ---- */

/* Two definitions of one thing: the same place on the same server. */
static bool same_place(const struct weir_table *a, const struct weir_table *b)
{
    static const char *const places[] = {"topic", "path", "table"};
    bool any = false;
    if (a == b)
        return true;
    if (a->connector != b->connector || strcmp(a->server, b->server) != 0)
        return false;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *one = weir_options_text(&a->options, places[i], ""),
                   *two = weir_options_text(&b->options, places[i], "");
        if (strcmp(one, two) != 0)
            return false;
        any = any || *one;
    }
    return any;
}

static bool is_fed(const struct weir_binder *binder, const struct weir_table *table)
{
    for (uint32_t i = 0; i < binder->sinks.count; i++)
        if (same_place(binder->sinks.items[i].table, table))
            return true;
    return false;
}

/* A statement whose table says nothing of errors does as its sources do: it leaves rows out where
 * all of them may. ('null' is about reading the table: it says nothing of writing.) */
static void on_error_inherit(struct weir_binder *binder, uint32_t index)
{
    struct weir_statement *statement = &binder->statements.items[index];
    bool all = true, any = false;
    const struct weir_table_def *def =
        weir_table_def_of(binder->sinks.items[statement->sink].table);
    if (def->on_error_given && def->on_error != WEIR_ON_ERROR_NULL)
        return;
    for (uint32_t s = 0; s < binder->sources.count; s++) {
        const struct weir_source_def *source = &binder->sources.items[s];
        for (uint32_t b = 0; b < source->branches.count; b++)
            if (source->branches.items[b].statement == index) {
                any = true;
                all = all && source->source.on_error != WEIR_ON_ERROR_FAIL;
            }
    }
    if (any && all)
        statement->on_error = WEIR_ON_ERROR_SKIP;
}

static void warn_delivery(struct weir_binder *binder)
{
    for (uint32_t i = 0; binder->settings.exactly_once && i < binder->sinks.count; i++) {
        const struct weir_table *table = binder->sinks.items[i].table;
        const struct weir_table_def *def = weir_table_def_of(table);
        if (def->broken || !table->connector->sink ||
            table->connector->sink->delivery == WEIR_EXACTLY_ONCE)
            continue;
        weir_problem_warn(
            binder->problems, def->statement->name.location,
            "\"%s\" is written at least once, not exactly once: %s cannot keep the epoch's number",
            table->name, table->connector->name);
    }
    for (uint32_t i = 0; binder->settings.exactly_once && i < binder->sources.count; i++) {
        const struct weir_table *table = binder->sources.items[i].source.table;
        if (table && table->connector && table->connector->not_replayable)
            weir_problem_warn(binder->problems, weir_table_def_of(table)->statement->name.location,
                              "\"%s\" is read at most once after a crash: %s cannot be read again",
                              table->name, table->connector->name);
    }
}

void weir_sources_finish(struct weir_binder *binder)
{
    for (uint32_t i = 0; i < binder->sources.count; i++) {
        struct weir_source_def *def = &binder->sources.items[i];
        def->source.columns_needed = def->columns_needed;
        def->source.hidden_needed = def->hidden_needed;
        def->source.branches = def->branches.items;
        def->source.branches_count = def->branches.count;
        def->source.fed = def->source.table && is_fed(binder, def->source.table);
    }
    for (uint32_t i = 0; i < binder->statements.count; i++)
        on_error_inherit(binder, i);
    warn_delivery(binder);
}
