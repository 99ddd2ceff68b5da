/* explain --json and --dot: the plan for programs. Texts inside are those of the tree. */
#include "plan/explain.h"

/* ---- JSON ---- */

static enum weir_code json_text(struct weir_explain *explain, struct weir_slice text)
{
    WEIR_TRY(weir_explain_text(explain, "\""));
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\')
            WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "\\%c", c));
        else if (c < 0x20)
            WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "\\u%04x", c));
        else
            WEIR_TRY(weir_buffer_append(explain->to, weir_slice(text.ptr + i, 1), explain->err));
    }
    return weir_explain_text(explain, "\"");
}

/* "name": "text", after a comma unless it is the first of its object. */
static enum weir_code json_member(struct weir_explain *explain, const char *name, const char *text,
                                  bool first)
{
    WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "%s\"%s\": ", first ? "" : ", ", name));
    return text ? json_text(explain, weir_slice_of(text)) : weir_explain_text(explain, "null");
}

/* What `print` appends, as one JSON string. */
static enum weir_code json_quoted(struct weir_explain *explain, const struct weir_expr *expr,
                                  const struct weir_node *node, const char *const *names)
{
    struct weir_buffer *to = explain->to, text;
    weir_buffer_init(&text, 16 << 20);
    explain->to = &text;
    enum weir_code code =
        expr ? weir_explain_expr(explain, expr, names) : weir_explain_node(explain, node, names);
    explain->to = to;
    if (code == WEIR_OK)
        code = json_text(explain, weir_buffer_slice(&text));
    weir_buffer_done(&text);
    return code;
}

static enum weir_code json_tree(struct weir_explain *explain, const struct weir_node *node)
{
    WEIR_TRY(weir_explain_text(explain, "{\"node\": "));
    WEIR_TRY(json_quoted(explain, NULL, node, node->inputs_count ? node->inputs[0]->names : NULL));
    WEIR_TRY(weir_explain_text(explain, ", \"inputs\": ["));
    for (uint32_t i = 0; i < node->inputs_count; i++) {
        WEIR_TRY(weir_explain_text(explain, i ? ", " : ""));
        WEIR_TRY(json_tree(explain, node->inputs[i]));
    }
    return weir_explain_text(explain, "]}");
}

static enum weir_code json_columns(struct weir_explain *explain,
                                   const struct weir_plan_source *source, const char *const *names)
{
    bool first = true;
    WEIR_TRY(weir_explain_text(explain, ", \"reads\": ["));
    for (uint32_t i = 0; source->table && i < source->table->columns_count + WEIR_HIDDEN_COUNT;
         i++) {
        uint32_t declared = source->table->columns_count;
        if (!(i < declared ? source->columns_needed[i] : source->hidden_needed[i - declared]))
            continue;
        WEIR_TRY(weir_explain_text(explain, first ? "" : ", "));
        WEIR_TRY(json_text(explain, weir_slice_of(names[i])));
        first = false;
    }
    return weir_explain_text(explain, "]");
}

static enum weir_code json_branch(struct weir_explain *explain, const struct weir_branch *branch,
                                  const char *const *names)
{
    const struct weir_statement *statement = &explain->plan->statements[branch->statement];
    WEIR_TRY(weir_explain_text(explain, "{"));
    WEIR_TRY(json_member(explain, "statement", statement->label, true));
    WEIR_TRY(
        json_member(explain, "sink", explain->plan->sinks[statement->sink].table->name, false));
    WEIR_TRY(weir_explain_text(explain, ", \"filter\": "));
    if (branch->filter)
        WEIR_TRY(json_quoted(explain, branch->filter, NULL, names));
    else
        WEIR_TRY(weir_explain_text(explain, "null"));
    WEIR_TRY(weir_explain_text(explain, ", \"project\": ["));
    for (uint32_t i = 0; i < branch->exprs_count; i++) {
        WEIR_TRY(weir_explain_text(explain, i ? ", " : ""));
        WEIR_TRY(json_quoted(explain, branch->exprs[i], NULL, names));
    }
    WEIR_TRY(weir_explain_text(explain, "], \"rest\": ["));
    for (uint32_t i = 0; i < branch->rest_count; i++) {
        WEIR_TRY(weir_explain_text(explain, i ? ", " : ""));
        WEIR_TRY(json_quoted(explain, NULL, branch->rest[i], branch->rest[i]->inputs[0]->names));
    }
    return weir_explain_text(explain, "]}");
}

static enum weir_code json_source(struct weir_explain *explain,
                                  const struct weir_plan_source *source)
{
    const char *const *names = weir_explain_names(explain, source);
    if (!names)
        return weir_fail(explain->err, WEIR_NOMEM, "out of memory while explaining");
    WEIR_TRY(weir_explain_text(explain, "{"));
    WEIR_TRY(json_member(explain, "name", source->name, true));
    if (source->table) {
        WEIR_TRY(json_member(explain, "connector", source->table->connector->name, false));
        WEIR_TRY(json_member(explain, "format",
                             source->table->format ? source->table->format->name : NULL, false));
        WEIR_TRY(json_member(explain, "place", weir_explain_place(source->table), false));
        WEIR_TRY(json_member(explain, "comment", source->table->comment, false));
    } else {
        WEIR_TRY(weir_explain_text(explain, ", \"query\": "));
        WEIR_TRY(json_tree(explain, source->query));
    }
    WEIR_TRY(weir_buffer_printf(explain->to, explain->err, ", \"bounded\": %s, \"fed\": %s",
                                source->bounded ? "true" : "false",
                                source->fed ? "true" : "false"));
    WEIR_TRY(json_columns(explain, source, names));
    WEIR_TRY(weir_explain_text(explain, ", \"branches\": ["));
    for (uint32_t i = 0; i < source->branches_count; i++) {
        WEIR_TRY(weir_explain_text(explain, i ? ",\n    " : "\n    "));
        WEIR_TRY(json_branch(explain, &source->branches[i], names));
    }
    return weir_explain_text(explain, "]}");
}

static enum weir_code json_lookups(struct weir_explain *explain)
{
    const struct weir_plan *plan = explain->plan;
    WEIR_TRY(weir_explain_text(explain, ",\n \"lookups\": ["));
    for (uint32_t i = 0; i < plan->lookups_count; i++) {
        WEIR_TRY(weir_explain_text(explain, i ? ",\n  {" : "\n  {"));
        WEIR_TRY(json_member(explain, "name", plan->lookups[i].name, true));
        WEIR_TRY(weir_buffer_printf(
            explain->to, explain->err, ", \"keys\": %u, \"payload\": %s, \"refresh_ms\": %lld",
            plan->lookups[i].keys_count, plan->lookups[i].has_payload ? "true" : "false",
            (long long)plan->lookups[i].refresh_ms));
        WEIR_TRY(weir_explain_text(explain, ", \"query\": "));
        WEIR_TRY(json_tree(explain, plan->lookups[i].query));
        WEIR_TRY(weir_explain_text(explain, "}"));
    }
    return weir_explain_text(explain, "]");
}

static enum weir_code json_sinks(struct weir_explain *explain)
{
    const struct weir_plan *plan = explain->plan;
    WEIR_TRY(weir_explain_text(explain, ",\n \"sinks\": ["));
    for (uint32_t i = 0; i < plan->sinks_count; i++) {
        const struct weir_table *table = plan->sinks[i].table;
        WEIR_TRY(weir_explain_text(explain, i ? ",\n  {" : "\n  {"));
        WEIR_TRY(json_member(explain, "name", table->name, true));
        WEIR_TRY(json_member(explain, "connector", table->connector->name, false));
        WEIR_TRY(json_member(explain, "format", table->format ? table->format->name : NULL, false));
        WEIR_TRY(json_member(explain, "place", weir_explain_place(table), false));
        WEIR_TRY(json_member(explain, "delivery", weir_explain_delivery(plan, table), false));
        WEIR_TRY(json_member(explain, "comment", table->comment, false));
        WEIR_TRY(weir_explain_text(explain, "}"));
    }
    return weir_explain_text(explain, "]");
}

static enum weir_code json_comments(struct weir_explain *explain)
{
    WEIR_TRY(weir_explain_text(explain, ",\n \"comments\": ["));
    for (uint32_t i = 0; i < explain->plan->comments_count; i++) {
        const struct weir_plan_comment *comment = &explain->plan->comments[i];
        WEIR_TRY(weir_explain_text(explain, i ? ", {" : "{"));
        WEIR_TRY(json_member(explain, "kind", comment->kind, true));
        WEIR_TRY(json_member(explain, "name", comment->name, false));
        WEIR_TRY(json_member(explain, "comment", comment->text, false));
        WEIR_TRY(weir_explain_text(explain, "}"));
    }
    return weir_explain_text(explain, "]");
}

enum weir_code weir_explain_json(struct weir_explain *explain)
{
    const struct weir_plan *plan = explain->plan;
    WEIR_TRY(weir_explain_text(explain, "{"));
    WEIR_TRY(json_member(explain, "pipeline", plan->settings.name, true));
    WEIR_TRY(weir_buffer_printf(explain->to, explain->err, ", \"hash\": \"%016llx\"",
                                (unsigned long long)plan->hash));
    if (plan->query) {
        WEIR_TRY(weir_explain_text(explain, ",\n \"query\": "));
        WEIR_TRY(json_tree(explain, plan->query));
    }
    WEIR_TRY(json_comments(explain));
    WEIR_TRY(json_lookups(explain));
    WEIR_TRY(weir_explain_text(explain, ",\n \"sources\": ["));
    for (uint32_t i = 0; i < plan->sources_count; i++) {
        WEIR_TRY(weir_explain_text(explain, i ? ",\n  " : "\n  "));
        WEIR_TRY(json_source(explain, &plan->sources[i]));
    }
    WEIR_TRY(weir_explain_text(explain, "]"));
    WEIR_TRY(json_sinks(explain));
    return weir_explain_text(explain, "}\n");
}

/* ---- DOT ---- */

static enum weir_code dot_table(struct weir_explain *explain, const char *id, uint32_t number,
                                const char *name, const struct weir_table *table)
{
    WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "  %s%u [shape=%s, label=", id, number,
                                table ? "cylinder" : "box"));
    struct weir_buffer label;
    weir_buffer_init(&label, 1 << 20);
    enum weir_code code =
        table ? weir_buffer_printf(&label, explain->err, "%s (%s)", name, table->connector->name)
              : weir_buffer_printf(&label, explain->err, "%s", name);
    if (code == WEIR_OK)
        code = json_text(explain, weir_buffer_slice(&label));
    weir_buffer_done(&label);
    WEIR_TRY(code);
    return weir_explain_text(explain, "];\n");
}

static void lookups_mark(const struct weir_expr *expr, bool *lookups)
{
    if (expr && expr->kind == WEIR_EXPR_LOOKUP)
        lookups[expr->lookup] = true;
    for (uint32_t i = 0; expr && i < expr->args_count; i++)
        lookups_mark(expr->args[i], lookups);
}

/* A dotted line from every lookup that a branch asks or joins. */
static enum weir_code dot_lookups(struct weir_explain *explain, const struct weir_branch *branch,
                                  uint32_t sink)
{
    uint32_t count = explain->plan->lookups_count;
    bool *lookups = weir_arena_calloc(&explain->arena, count + 1, sizeof *lookups);
    if (!lookups)
        return weir_fail(explain->err, WEIR_NOMEM, "out of memory while explaining");
    lookups_mark(branch->filter, lookups);
    for (uint32_t i = 0; i < branch->exprs_count; i++)
        lookups_mark(branch->exprs[i], lookups);
    for (uint32_t i = 0; i < branch->rest_count; i++) {
        const struct weir_node *node = branch->rest[i];
        if (node->kind == WEIR_NODE_JOIN)
            lookups[node->lookup] = true;
        lookups_mark(node->condition, lookups);
        for (uint32_t e = 0; e < node->exprs_count; e++)
            lookups_mark(node->exprs[e], lookups);
    }
    for (uint32_t i = 0; i < count; i++)
        if (lookups[i])
            WEIR_TRY(weir_buffer_printf(explain->to, explain->err,
                                        "  lookup%u -> sink%u [style=dotted];\n", i, sink));
    return WEIR_OK;
}

static enum weir_code dot_source(struct weir_explain *explain, uint32_t index)
{
    const struct weir_plan *plan = explain->plan;
    const struct weir_plan_source *source = &plan->sources[index];
    const char *const *names = weir_explain_names(explain, source);
    if (!names)
        return weir_fail(explain->err, WEIR_NOMEM, "out of memory while explaining");
    WEIR_TRY(dot_table(explain, "source", index, source->name, source->table));
    for (uint32_t i = 0; i < source->branches_count; i++) {
        const struct weir_branch *branch = &source->branches[i];
        WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "  source%u -> sink%u [label=",
                                    index, plan->statements[branch->statement].sink));
        if (branch->filter)
            WEIR_TRY(json_quoted(explain, branch->filter, NULL, names));
        else
            WEIR_TRY(weir_explain_text(explain, "\"\""));
        WEIR_TRY(weir_explain_text(explain, "];\n"));
        WEIR_TRY(dot_lookups(explain, branch, plan->statements[branch->statement].sink));
    }
    for (uint32_t i = 0; source->fed && i < plan->sinks_count; i++)
        if (plan->sinks[i].table == source->table)
            WEIR_TRY(weir_buffer_printf(explain->to, explain->err,
                                        "  sink%u -> source%u [style=dashed];\n", i, index));
    return WEIR_OK;
}

static enum weir_code dot_tree(struct weir_explain *explain, const struct weir_node *node,
                               uint32_t *number)
{
    uint32_t own = (*number)++;
    WEIR_TRY(weir_buffer_printf(explain->to, explain->err, "  node%u [shape=box, label=", own));
    WEIR_TRY(json_quoted(explain, NULL, node, node->inputs_count ? node->inputs[0]->names : NULL));
    WEIR_TRY(weir_explain_text(explain, "];\n"));
    for (uint32_t i = 0; i < node->inputs_count; i++) {
        WEIR_TRY(
            weir_buffer_printf(explain->to, explain->err, "  node%u -> node%u;\n", *number, own));
        WEIR_TRY(dot_tree(explain, node->inputs[i], number));
    }
    return WEIR_OK;
}

enum weir_code weir_explain_dot(struct weir_explain *explain)
{
    const struct weir_plan *plan = explain->plan;
    uint32_t number = 0;
    WEIR_TRY(weir_explain_text(explain, "digraph pipeline {\n  rankdir=LR;\n"));
    if (plan->query)
        WEIR_TRY(dot_tree(explain, plan->query, &number));
    for (uint32_t i = 0; i < plan->lookups_count; i++)
        WEIR_TRY(dot_table(explain, "lookup", i, plan->lookups[i].name, NULL));
    for (uint32_t i = 0; i < plan->sinks_count; i++)
        WEIR_TRY(dot_table(explain, "sink", i, plan->sinks[i].table->name, plan->sinks[i].table));
    for (uint32_t i = 0; i < plan->sources_count; i++)
        WEIR_TRY(dot_source(explain, i));
    return weir_explain_text(explain, "}\n");
}
