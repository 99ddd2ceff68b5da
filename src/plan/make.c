/* weir_plan_make: files in, a plan or a list of problems out. */
#include "plan/binder.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/env.h"
#include "column/text.h"

#define ARENA_BYTES_MAX       ((size_t)256 << 20) /* texts, trees and the plan itself */
#define DIAGNOSTICS_BYTES_MAX (1 << 20)

/* The plan's own memory: the arena stands in front of the plan that lies in it. */
struct plan_owner {
    struct weir_arena arena;
    struct weir_plan plan;
};

struct make {
    struct weir_pool pool;
    struct weir_problems problems;
    struct weir_source_map map;
    struct weir_sql_statements statements;
    struct weir_binder binder;
};

void weir_diagnostics_init(struct weir_diagnostics *diagnostics)
{
    *diagnostics = (struct weir_diagnostics){0};
    weir_buffer_init(&diagnostics->text, DIAGNOSTICS_BYTES_MAX);
}

void weir_diagnostics_done(struct weir_diagnostics *diagnostics)
{
    weir_buffer_done(&diagnostics->text);
}

/* ---- reading ---- */

static enum weir_code read_stdin(struct weir_buffer *to, struct weir_error *err)
{
    for (;;) {
        WEIR_TRY(weir_buffer_reserve(to, 65536, err));
        size_t got = fread(to->ptr + to->len, 1, 65536, stdin);
        to->len += got;
        if (got == 0)
            return ferror(stdin) ? weir_fail_errno(err, WEIR_IO, "could not read standard input")
                                 : WEIR_OK;
    }
}

/* The whole file as a copy in the arena. */
static enum weir_code read_file(struct make *make, const char *path, struct weir_slice *ret,
                                struct weir_error *err)
{
    char *copy = NULL;
    if (strcmp(path, "-") == 0) {
        struct weir_buffer buffer;
        weir_buffer_init(&buffer, WEIR_SQL_BYTES_MAX);
        enum weir_code code = read_stdin(&buffer, err);
        if (code == WEIR_OK)
            copy = weir_arena_copy(make->pool.arena, weir_buffer_slice(&buffer));
        *ret = weir_slice(copy, buffer.len);
        weir_buffer_done(&buffer);
        WEIR_TRY(code);
    } else {
        char *bytes;
        size_t len;
        WEIR_TRY(weir_file_read_all(path, WEIR_SQL_BYTES_MAX, &bytes, &len, err));
        copy = weir_arena_copy(make->pool.arena, weir_slice(bytes, len));
        *ret = weir_slice(copy, len);
        free(bytes);
    }
    return copy ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory while reading \"%s\"", path);
}

static enum weir_code parse_text(struct make *make, const char *name, struct weir_slice text,
                                 struct weir_error *err)
{
    if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
        text = weir_slice(text.ptr + 3, text.len - 3);
    const struct weir_sql_file *file = weir_source_map_add(&make->map, &make->pool, name, text);
    if (!file)
        return weir_fail(err, WEIR_BAD_CONFIG, "the SQL files are larger than %d MB",
                         WEIR_SQL_BYTES_MAX >> 20);
    return weir_sql_parse(file, &make->map, &make->problems, &make->statements, err);
}

static enum weir_code parse_files(struct make *make, const struct weir_plan_input *input,
                                  struct weir_error *err)
{
    for (uint32_t i = 0; i < input->files_count; i++) {
        struct weir_slice text;
        enum weir_code code = read_file(make, input->files[i], &text, err);
        if (code == WEIR_NOMEM)
            return code;
        if (code != WEIR_OK) {
            weir_problem_error(&make->problems, -1, err);
            continue;
        }
        WEIR_TRY(parse_text(make, input->files[i], text, err));
    }
    return WEIR_OK;
}

/* ---- binding ---- */

static void bind_statements(struct make *make, const struct weir_plan_input *input)
{
    struct weir_binder *binder = &make->binder;
    weir_settings_make(binder, &make->statements);
    weir_catalog_make(binder, &make->statements);
    weir_catalog_defaults(binder);
    for (uint32_t i = 0; i < binder->views.count; i++)
        weir_bind_view(binder, &binder->views.items[i]);
    for (uint32_t i = 0; i < make->statements.count; i++) {
        const struct weir_sql_statement *statement = &make->statements.items[i];
        if (statement->kind == WEIR_SQL_QUERY) {
            weir_problem(&make->problems, statement->location,
                         "SELECT without INSERT INTO goes nowhere");
            weir_problem_hint(&make->problems,
                              "write INSERT INTO a table, or ask with `weir query -c`");
        } else if (statement->kind == WEIR_SQL_INSERT && !input->statements_ignored &&
                   !input->query) {
            weir_bind_insert(binder, statement);
        }
    }
    weir_sources_finish(binder);
}

/* The bounded query of `weir query -c`. */
static enum weir_code bind_query(struct make *make, const char *text, struct weir_plan *plan,
                                 struct weir_error *err)
{
    uint32_t before = make->statements.count;
    WEIR_TRY(parse_text(make, "query", weir_slice_of(text), err));
    uint32_t count = make->statements.count - before;
    const struct weir_sql_statement *statement = count ? &make->statements.items[before] : NULL;
    if (count != 1 || statement->kind != WEIR_SQL_QUERY) {
        if (!make->problems.errors_count)
            weir_problem(&make->problems, statement ? statement->location : -1,
                         "expected one SELECT");
        return WEIR_OK;
    }
    const struct weir_node *node = weir_bind_select(&make->binder, NULL, statement->select, false);
    if (node && !make->problems.errors_count)
        plan->query = weir_node_prune(&make->binder, node);
    return WEIR_OK;
}

static void comments_fill(struct make *make, struct weir_plan *plan)
{
    struct weir_binder *binder = &make->binder;
    struct WEIR_LIST(struct weir_plan_comment) comments = {0};
    for (uint32_t i = 0; i < binder->servers.count; i++)
        if (binder->servers.items[i].comment)
            *WEIR_PUSH(&make->pool, comments) = (struct weir_plan_comment){
                "server", binder->servers.items[i].name, binder->servers.items[i].comment};
    for (uint32_t i = 0; i < binder->views.count; i++)
        if (binder->views.items[i].comment)
            *WEIR_PUSH(&make->pool, comments) = (struct weir_plan_comment){
                "view", binder->views.items[i].name, binder->views.items[i].comment};
    plan->comments = comments.items;
    plan->comments_count = comments.count;
}

static void plan_fill(struct make *make, struct weir_plan *plan)
{
    struct weir_binder *binder = &make->binder;
    const struct weir_table **tables =
        WEIR_POOL_ARRAY(&make->pool, const struct weir_table *, binder->tables.count);
    struct weir_plan_source *sources =
        WEIR_POOL_ARRAY(&make->pool, struct weir_plan_source, binder->sources.count);
    for (uint32_t i = 0; i < binder->tables.count; i++)
        tables[i] = &binder->tables.items[i]->table;
    for (uint32_t i = 0; i < binder->sources.count; i++)
        sources[i] = binder->sources.items[i].source;
    plan->settings = binder->settings;
    plan->tables = tables;
    plan->tables_count = binder->tables.count;
    plan->sources = sources;
    plan->sources_count = binder->sources.count;
    plan->sinks = binder->sinks.items;
    plan->sinks_count = binder->sinks.count;
    plan->statements = binder->statements.items;
    plan->statements_count = binder->statements.count;
    plan->lookups = binder->lookups.items;
    plan->lookups_count = binder->lookups.count;
    comments_fill(make, plan);
    plan->hash = weir_plan_hash(plan);
}

static enum weir_code make_plan(struct make *make, const struct weir_plan_input *input,
                                struct weir_plan *plan, struct weir_error *err)
{
    WEIR_TRY(parse_files(make, input, err));
    bind_statements(make, input);
    if (input->query)
        WEIR_TRY(bind_query(make, input->query, plan, err));
    if (!make->problems.errors_count)
        plan_fill(make, plan);
    return WEIR_OK;
}

/* Where an exhausted pool leads. */
static enum weir_code make_guarded(struct make *make, const struct weir_plan_input *input,
                                   struct weir_plan *plan, struct weir_error *err)
{
    switch (setjmp(make->pool.exhausted)) {
    case 0:
        return make_plan(make, input, plan, err);
    case 2: /* too complex: reported */
        return WEIR_OK;
    default:
        return weir_fail(err, WEIR_NOMEM, "out of memory while planning");
    }
}

enum weir_code weir_plan_make(const struct weir_plan_input *input, struct weir_plan **ret,
                              struct weir_diagnostics *diagnostics, struct weir_error *err)
{
    struct plan_owner *owner = calloc(1, sizeof *owner);
    struct make *make = calloc(1, sizeof *make);
    enum weir_code code = WEIR_NOMEM;
    if (!owner || !make) {
        free(owner);
        free(make);
        return weir_fail(err, WEIR_NOMEM, "out of memory while planning");
    }
    weir_arena_init(&owner->arena, ARENA_BYTES_MAX);
    owner->plan.arena = &owner->arena;
    make->pool.arena = &owner->arena;
    make->problems.pool = &make->pool;
    make->binder = (struct weir_binder){.pool = &make->pool,
                                        .problems = &make->problems,
                                        .input = input,
                                        .map = &make->map,
                                        .now_us = weir_clock_wall_us() - WEIR_UNIX_TO_PG_US,
                                        .all_bounded = input->query != NULL};
    code = make_guarded(make, input, &owner->plan, err);
    if (code == WEIR_OK)
        code = weir_problems_print(&make->problems, &make->map, &diagnostics->text, err);
    diagnostics->errors_count += make->problems.errors_count;
    diagnostics->warnings_count += make->problems.warnings_count;
    if (code == WEIR_OK && make->problems.errors_count)
        code = weir_fail(err, WEIR_BAD_CONFIG, "%u error%s in the SQL", make->problems.errors_count,
                         make->problems.errors_count == 1 ? "" : "s");
    free(make);
    if (code == WEIR_OK)
        *ret = &owner->plan;
    else
        weir_plan_free(&owner->plan);
    return code;
}

void weir_plan_free(struct weir_plan *plan)
{
    if (!plan)
        return;
    char *at = (char *)plan - offsetof(struct plan_owner, plan);
    struct plan_owner *owner = (struct plan_owner *)(void *)at;
    weir_arena_done(&owner->arena);
    free(owner);
}

enum weir_code weir_plan_table(const struct weir_plan *plan, const char *name,
                               const struct weir_table **ret, struct weir_error *err)
{
    const char *names[256];
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->tables_count; i++) {
        if (strcmp(plan->tables[i]->name, name) == 0) {
            *ret = plan->tables[i];
            return WEIR_OK;
        }
        if (count < sizeof names / sizeof *names)
            names[count++] = plan->tables[i]->name;
    }
    WEIR_IGNORE(weir_fail(err, WEIR_BAD_CONFIG, "relation \"%s\" does not exist", name),
                "returned below");
    const char *meant = weir_did_you_mean(name, names, count);
    return meant ? weir_hint(err, "did you mean \"%s\"?", meant) : WEIR_BAD_CONFIG;
}
