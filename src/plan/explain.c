/* explain: the physical plan for people, as a tree. See explain_graph.c for programs. */
#include "plan/explain.h"

#include <inttypes.h>

static enum weir_code indent(struct weir_explain *explain, uint32_t depth)
{
    return weir_buffer_printf(explain->to, explain->err, "%*s%s", (int)(depth * 2), "",
                              depth ? "-> " : "");
}

/* ---- expressions ---- */

enum weir_code weir_explain_expr(struct weir_explain *explain, const struct weir_expr *expr,
                                 const char *const *names)
{
    return weir_expr_print(expr, names, explain->to, explain->err);
}

static enum weir_code print_exprs(struct weir_explain *explain,
                                  const struct weir_expr *const *exprs, uint32_t count,
                                  const char *const *names)
{
    for (uint32_t i = 0; i < count; i++) {
        WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "%s", i ? ", " : ""));
        WEIR_TRY(weir_explain_expr(explain, exprs[i], names));
    }
    return WEIR_OK;
}

enum weir_code weir_explain_text(struct weir_explain *explain, const char *text)
{
    return weir_buffer_append(explain->to, weir_slice_of(text), explain->err);
}

/* ---- tables ---- */

const char *weir_explain_place(const struct weir_table *table)
{
    static const char *const places[] = {"topic", "path", "table"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *text = weir_options_text(&table->options, places[i], NULL);
        if (text)
            return text;
    }
    return table->name;
}

static enum weir_code print_table(struct weir_explain *explain, const struct weir_table *table)
{
    const struct weir_table_def *def = weir_table_def_of(table);
    WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "%s (%s %s", table->name,
                                table->connector->name, weir_explain_place(table)));
    if (table->format)
        WEIR_TRY(weir_buffer_printf(explain->to, explain->err, ", %s", table->format->name));
    for (uint32_t i = 0; i < table->key_count; i++)
        WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "%s%s", i ? ", " : ", key ",
                                    table->columns[table->key[i]].name));
    WEIR_TRY(weir_explain_text(explain, ")"));
    for (uint32_t i = 0; i < def->no_effect_count; i++)
        WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "%s%s",
                                    i ? ", " : "; no effect here: ", def->no_effect[i]));
    if (table->comment)
        WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "  -- %s", table->comment));
    return weir_explain_text(explain, "\n");
}

/* What COMMENT ON COLUMN says, a line each. */
static enum weir_code print_column_comments(struct weir_explain *explain,
                                            const struct weir_table *table, uint32_t spaces)
{
    for (uint32_t i = 0; i < table->columns_count; i++)
        if (table->columns[i].comment)
            WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "%*s%s  -- %s\n", (int)spaces,
                                        "", table->columns[i].name, table->columns[i].comment));
    return WEIR_OK;
}

/* Columns that the decoder makes: `reads: id, name, _raw`. */
static enum weir_code print_columns(struct weir_explain *explain, const struct weir_table *table,
                                    const bool *columns_needed, const bool *hidden_needed,
                                    uint32_t depth)
{
    const char *sign = "reads: ";
    uint32_t count = table->columns_count;
    bool any = false;
    for (uint32_t i = 0; i < count + WEIR_HIDDEN_COUNT; i++) {
        if (!(i < count ? columns_needed[i] : hidden_needed[i - count]))
            continue;
        if (!any)
            WEIR_TRY(
                weir_buffer_printf(explain->to, explain->err, "%*s", (int)(depth * 2 + 2), ""));
        WEIR_TRY(
            weir_buffer_printf(explain->to, explain->err, "%s%s", sign,
                               i < count ? table->columns[i].name : weir_hidden_names[i - count]));
        sign = ", ";
        any = true;
    }
    return any ? weir_explain_text(explain, "\n") : WEIR_OK;
}

/* ---- nodes ---- */

static enum weir_code print_aggregates(struct weir_explain *explain, const struct weir_node *node,
                                       const char *const *names)
{
    for (uint32_t i = 0; i < node->aggregates_count; i++) {
        const struct weir_aggregate *aggregate = &node->aggregates[i];
        WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "%s%s(%s%s", i ? ", " : "",
                                    aggregate->function, aggregate->star ? "*" : "",
                                    aggregate->distinct ? "DISTINCT " : ""));
        for (int a = 0; a < 2; a++)
            if (aggregate->args[a]) {
                WEIR_TRY(weir_explain_text(explain, a ? ", " : ""));
                WEIR_TRY(weir_explain_expr(explain, aggregate->args[a], names));
            }
        WEIR_TRY(weir_explain_text(explain, ")"));
        if (aggregate->filter) {
            WEIR_TRY(weir_explain_text(explain, " FILTER (WHERE "));
            WEIR_TRY(weir_explain_expr(explain, aggregate->filter, names));
            WEIR_TRY(weir_explain_text(explain, ")"));
        }
    }
    return WEIR_OK;
}

static enum weir_code print_join(struct weir_explain *explain, const struct weir_node *node,
                                 const char *const *names)
{
    WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "%s JOIN lookup %u (%s)",
                                node->left ? "LEFT" : "INNER", node->lookup,
                                explain->plan->lookups[node->lookup].name));
    if (node->exprs_count) {
        WEIR_TRY(weir_explain_text(explain, " ON ("));
        WEIR_TRY(print_exprs(explain, node->exprs, node->exprs_count, names));
        WEIR_TRY(weir_explain_text(explain, ")"));
    }
    if (node->condition) {
        WEIR_TRY(weir_explain_text(explain, " AND "));
        WEIR_TRY(weir_explain_expr(explain, node->condition, node->names));
    }
    return WEIR_OK;
}

static enum weir_code print_sort(struct weir_explain *explain, const struct weir_node *node)
{
    WEIR_TRY(weir_explain_text(explain, "Sort: "));
    for (uint32_t i = 0; i < node->sort_keys_count; i++) {
        const struct weir_sort_key *key = &node->sort_keys[i];
        const char *nulls = key->nulls_first == key->descending ? ""
                            : key->nulls_first                  ? " NULLS FIRST"
                                                                : " NULLS LAST";
        WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "%s%s%s%s", i ? ", " : "",
                                    node->names[key->column], key->descending ? " DESC" : "",
                                    nulls));
    }
    return WEIR_OK;
}

/* One node in one line, without its end; `names`: of its input's columns. */
enum weir_code weir_explain_node(struct weir_explain *explain, const struct weir_node *node,
                                 const char *const *names)
{
    switch (node->kind) {
    case WEIR_NODE_SCAN:
        return weir_buffer_printf(explain->to, explain->err, "Scan %s", node->table->name);
    case WEIR_NODE_VALUES:
        return weir_buffer_printf(explain->to, explain->err, "Values: %u row%s", node->rows_count,
                                  node->rows_count == 1 ? "" : "s");
    case WEIR_NODE_FILTER:
        WEIR_TRY(weir_explain_text(explain, "Filter: "));
        return weir_explain_expr(explain, node->condition, names);
    case WEIR_NODE_PROJECT:
        WEIR_TRY(weir_explain_text(explain, "Project: "));
        return print_exprs(explain, node->exprs, node->exprs_count, names);
    case WEIR_NODE_JOIN:
        return print_join(explain, node, names);
    case WEIR_NODE_UNION_ALL:
        return weir_explain_text(explain, "Union all");
    case WEIR_NODE_AGGREGATE:
        WEIR_TRY(weir_explain_text(explain, node->keys_count ? "Group by: " : "Aggregate: "));
        WEIR_TRY(print_exprs(explain, node->exprs, node->keys_count, names));
        if (node->keys_count && node->aggregates_count)
            WEIR_TRY(weir_explain_text(explain, "; "));
        return print_aggregates(explain, node, names);
    case WEIR_NODE_SORT:
        return print_sort(explain, node);
    case WEIR_NODE_LIMIT:
        break;
    }
    WEIR_TRY(weir_explain_text(explain, "Limit"));
    if (node->limit >= 0)
        WEIR_TRY(weir_buffer_printf(explain->to, explain->err, " %lld", (long long)node->limit));
    if (node->offset)
        WEIR_TRY(
            weir_buffer_printf(explain->to, explain->err, " offset %lld", (long long)node->offset));
    return WEIR_OK;
}

static enum weir_code print_tree(struct weir_explain *explain, const struct weir_node *node,
                                 uint32_t depth)
{
    WEIR_TRY(indent(explain, depth));
    if (node->kind == WEIR_NODE_SCAN) {
        WEIR_TRY(weir_explain_text(explain, "Scan "));
        WEIR_TRY(print_table(explain, node->table));
        return print_columns(explain, node->table, node->columns_needed, node->hidden_needed,
                             depth + 1);
    }
    WEIR_TRY(weir_explain_node(explain, node, node->inputs_count ? node->inputs[0]->names : NULL));
    WEIR_TRY(weir_explain_text(explain, "\n"));
    for (uint32_t i = 0; i < node->inputs_count; i++)
        WEIR_TRY(print_tree(explain, node->inputs[i], depth + 1));
    return WEIR_OK;
}

/* ---- the plan ---- */

const char *const *weir_explain_names(struct weir_explain *explain,
                                      const struct weir_plan_source *source)
{
    if (!source->table)
        return source->query->names;
    uint32_t declared = source->table->columns_count, count = declared + WEIR_HIDDEN_COUNT;
    const char **names = weir_arena_calloc(&explain->arena, count, sizeof *names);
    for (uint32_t i = 0; names && i < count; i++)
        names[i] = i < declared ? source->table->columns[i].name : weir_hidden_names[i - declared];
    return names;
}

static enum weir_code print_duration(struct weir_explain *explain, const char *before, int64_t ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};
    size_t unit = 0;
    while (ms % units[unit].ms)
        unit++;
    return weir_buffer_printf(explain->to, explain->err, "%s%" PRId64 " %s", before,
                              ms / units[unit].ms, units[unit].name);
}

static enum weir_code print_lookups(struct weir_explain *explain)
{
    for (uint32_t i = 0; i < explain->plan->lookups_count; i++) {
        const struct weir_lookup *lookup = &explain->plan->lookups[i];
        WEIR_TRY(
            weir_buffer_printf(explain->to, explain->err, "Lookup %u (%s): ", i, lookup->name));
        if (lookup->keys_count == 0)
            WEIR_TRY(
                weir_explain_text(explain, lookup->has_payload ? "all rows" : "has it any row?"));
        for (uint32_t k = 0; k < lookup->keys_count; k++)
            WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "%s%s", k ? ", " : "by ",
                                        lookup->query->names[k]));
        if (lookup->refresh_ms)
            WEIR_TRY(print_duration(explain, ", read anew every ", lookup->refresh_ms));
        WEIR_TRY(weir_explain_text(explain, ", kept in memory\n"));
        WEIR_TRY(print_tree(explain, lookup->query, 1));
    }
    return WEIR_OK;
}

const char *weir_explain_delivery(const struct weir_plan *plan, const struct weir_table *table)
{
    bool exactly = plan->settings.exactly_once && table->connector->sink &&
                   table->connector->sink->delivery == WEIR_EXACTLY_ONCE;
    return exactly ? "exactly once" : "at least once";
}

static enum weir_code print_branch(struct weir_explain *explain, const struct weir_branch *branch,
                                   const char *const *names)
{
    const struct weir_statement *statement = &explain->plan->statements[branch->statement];
    const struct weir_table *sink = explain->plan->sinks[statement->sink].table;
    WEIR_TRY(weir_buffer_printf(
        explain->to, explain->err, "  -> %s, %s%s\n", statement->label,
        weir_explain_delivery(explain->plan, sink),
        statement->on_error == WEIR_ON_ERROR_SKIP ? ", rows with an error are left out" : ""));
    if (branch->filter) {
        WEIR_TRY(weir_explain_text(explain, "       Filter: "));
        WEIR_TRY(weir_explain_expr(explain, branch->filter, names));
        WEIR_TRY(weir_explain_text(explain, "\n"));
    }
    WEIR_TRY(weir_explain_text(explain, "       Project: "));
    WEIR_TRY(print_exprs(explain, branch->exprs, branch->exprs_count, names));
    WEIR_TRY(weir_explain_text(explain, "\n"));
    for (uint32_t i = 0; i < branch->rest_count; i++) {
        const struct weir_node *input = branch->rest[i]->inputs[0];
        WEIR_TRY(weir_explain_text(explain, "       "));
        WEIR_TRY(weir_explain_node(explain, branch->rest[i], input->names));
        WEIR_TRY(weir_explain_text(explain, "\n"));
    }
    WEIR_TRY(weir_explain_text(explain, "       To "));
    WEIR_TRY(print_table(explain, sink));
    return print_column_comments(explain, sink, 9);
}

static enum weir_code print_source(struct weir_explain *explain,
                                   const struct weir_plan_source *source)
{
    static const char *const errors[] = {"a bad record stops the pipeline",
                                         "a bad record gives NULLs", "bad records are left out"};
    const char *const *names = weir_explain_names(explain, source);
    if (!names)
        return weir_fail(explain->err, WEIR_NOMEM, "out of memory while explaining");
    if (source->table) {
        WEIR_TRY(weir_explain_text(explain, "Source "));
        WEIR_TRY(print_table(explain, source->table));
        WEIR_TRY(print_column_comments(explain, source->table, 2));
        WEIR_TRY(print_columns(explain, source->table, source->columns_needed,
                               source->hidden_needed, 0));
        WEIR_TRY(weir_buffer_printf(
            explain->to, explain->err, "  %s%s; %s%s\n",
            source->bounded ? "read to its end" : "read as it grows",
            source->fed ? ", written by this pipeline" : "", errors[source->on_error],
            source->branches_count > 1 ? "; decoded once for all that follow" : ""));
    } else {
        WEIR_TRY(
            weir_buffer_printf(explain->to, explain->err, "Source %s, run once\n", source->name));
        WEIR_TRY(print_tree(explain, source->query, 1));
    }
    for (uint32_t i = 0; i < source->branches_count; i++)
        WEIR_TRY(print_branch(explain, &source->branches[i], names));
    return WEIR_OK;
}

static enum weir_code print_comments(struct weir_explain *explain)
{
    for (uint32_t i = 0; i < explain->plan->comments_count; i++) {
        const struct weir_plan_comment *comment = &explain->plan->comments[i];
        WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "-- %s %s: %s\n", comment->kind,
                                    comment->name, comment->text));
    }
    return WEIR_OK;
}

static enum weir_code explain_tree(struct weir_explain *explain)
{
    const struct weir_plan *plan = explain->plan;
    if (plan->query) {
        WEIR_TRY(print_lookups(explain));
        return print_tree(explain, plan->query, 0);
    }
    WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "Pipeline %s: %s", plan->settings.name,
                                plan->settings.exactly_once ? "exactly once" : "at least once"));
    WEIR_TRY(print_duration(explain, ", epochs of ", plan->settings.epoch_ms));
    WEIR_TRY(weir_buffer_printf(explain->to, explain->err, ", %zu MB\n",
                                plan->settings.memory_bytes >> 20));
    WEIR_TRY(print_comments(explain));
    WEIR_TRY(print_lookups(explain));
    for (uint32_t i = 0; i < plan->sources_count; i++)
        WEIR_TRY(print_source(explain, &plan->sources[i]));
    return WEIR_OK;
}

enum weir_code weir_plan_explain(const struct weir_plan *plan, enum weir_explain_format format,
                                 struct weir_buffer *ret, struct weir_error *err)
{
    struct weir_explain explain = {.plan = plan, .to = ret, .err = err};
    weir_arena_init(&explain.arena, 16 << 20);
    enum weir_code code = format == WEIR_EXPLAIN_JSON  ? weir_explain_json(&explain)
                          : format == WEIR_EXPLAIN_DOT ? weir_explain_dot(&explain)
                                                       : explain_tree(&explain);
    weir_arena_done(&explain.arena);
    return code;
}
