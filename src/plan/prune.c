/* Pruning: from the root down, a tree loses the columns that nobody reads, so that decoders need
 * not make them. On the way lookups get their places in the plan: the lookups that a lookup's query
 * asks stand before it.
 *
 * A pruned node may have fewer columns than before; the map says where each is now. Scans keep
 * their layout (declared columns, then hidden ones) and just say which are needed; before whatever
 * stores or copies rows a projection keeps only those. */
#include "plan/binder.h"

#define GONE UINT32_MAX

struct pruned {
    const struct weir_node *node;
    uint32_t *map; /* by old column: the new one, or GONE */
};

static struct pruned prune(struct weir_binder *binder, const struct weir_node *node,
                           const bool *needed);

/* ---- lookups ---- */

static void table_add(struct weir_binder *binder, const struct weir_table *table,
                      int64_t refresh_ms, struct weir_lookup *lookup)
{
    if (refresh_ms && (!lookup->refresh_ms || refresh_ms < lookup->refresh_ms))
        lookup->refresh_ms = refresh_ms;
    for (uint32_t i = 0; i < lookup->tables_count; i++)
        if (lookup->tables[i] == table)
            return;
    const struct weir_table **tables =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_table *, lookup->tables_count + 1);
    if (lookup->tables_count)
        memcpy(tables, lookup->tables, lookup->tables_count * sizeof *tables);
    tables[lookup->tables_count++] = table;
    lookup->tables = tables;
}

/* What another lookup reads is read by this one too. */
static void tables_of_lookup(struct weir_binder *binder, uint32_t index, struct weir_lookup *lookup)
{
    const struct weir_lookup *other = &binder->lookups.items[index];
    for (uint32_t i = 0; i < other->tables_count; i++)
        table_add(binder, other->tables[i], other->refresh_ms, lookup);
}

static void tables_of_expr(struct weir_binder *binder, const struct weir_expr *expr,
                           struct weir_lookup *lookup)
{
    if (!expr)
        return;
    if (expr->kind == WEIR_EXPR_LOOKUP)
        tables_of_lookup(binder, expr->lookup, lookup);
    for (uint32_t i = 0; i < expr->args_count; i++)
        tables_of_expr(binder, expr->args[i], lookup);
}

static void tables_collect(struct weir_binder *binder, const struct weir_node *node,
                           struct weir_lookup *lookup)
{
    for (uint32_t i = 0; i < node->inputs_count; i++)
        tables_collect(binder, node->inputs[i], lookup);
    if (node->kind == WEIR_NODE_SCAN)
        table_add(binder, node->table, weir_table_def_of(node->table)->refresh_ms, lookup);
    if (node->kind == WEIR_NODE_JOIN)
        tables_of_lookup(binder, node->lookup, lookup);
    tables_of_expr(binder, node->condition, lookup);
    for (uint32_t i = 0; i < node->exprs_count; i++)
        tables_of_expr(binder, node->exprs[i], lookup);
}

/* The place in the plan of a lookup with this pruned query. */
static uint32_t lookup_plan(struct weir_binder *binder, const struct weir_lookup_def *def,
                            const struct weir_node *query)
{
    for (uint32_t i = 0; i < binder->lookups.count; i++) {
        const struct weir_lookup *lookup = &binder->lookups.items[i];
        if (lookup->keys_count == def->keys_count && lookup->has_payload == def->has_payload &&
            weir_node_equal(lookup->query, query))
            return i;
    }
    struct weir_lookup lookup = {.name = def->name,
                                 .query = query,
                                 .keys_count = def->keys_count,
                                 .has_payload = def->has_payload};
    tables_collect(binder, query, &lookup);
    *WEIR_PUSH(binder->pool, binder->lookups) = lookup;
    return binder->lookups.count - 1;
}

static uint32_t lookup_of_expr(struct weir_binder *binder, uint32_t index)
{
    struct weir_lookup_def def = binder->lookup_defs.items[index];
    if (def.planned == WEIR_NOT_PLANNED) {
        uint32_t planned = lookup_plan(binder, &def, weir_node_prune(binder, def.query));
        binder->lookup_defs.items[index].planned = planned;
        return planned;
    }
    return def.planned;
}

/* ---- expressions ---- */

struct remap {
    struct weir_binder *binder;
    const uint32_t *map;
};

static const struct weir_expr *change_remap(void *context, const struct weir_expr *expr)
{
    struct remap *remap = context;
    struct weir_binder *binder = remap->binder;
    if (expr->kind == WEIR_EXPR_COLUMN)
        return remap->map[expr->column] == expr->column
                   ? expr
                   : weir_expr_column(binder, remap->map[expr->column], expr->type, expr->location);
    if (expr->kind != WEIR_EXPR_LOOKUP)
        return NULL;
    const struct weir_expr **args =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, expr->args_count);
    for (uint32_t i = 0; i < expr->args_count; i++)
        args[i] = weir_expr_rewrite(binder, expr->args[i], change_remap, remap);
    return weir_expr_lookup(binder, lookup_of_expr(binder, expr->lookup), expr->test, args,
                            expr->args_count, expr->location);
}

static const struct weir_expr *expr_remap(struct weir_binder *binder, const struct weir_expr *expr,
                                          const uint32_t *map)
{
    struct remap remap = {binder, map};
    return expr ? weir_expr_rewrite(binder, expr, change_remap, &remap) : NULL;
}

static const struct weir_expr **exprs_remap(struct weir_binder *binder,
                                            const struct weir_expr *const *exprs, uint32_t count,
                                            const uint32_t *map)
{
    const struct weir_expr **ret = WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, count);
    for (uint32_t i = 0; i < count; i++)
        ret[i] = expr_remap(binder, exprs[i], map);
    return ret;
}

/* ---- helpers ---- */

static struct weir_node *node_over(struct weir_binder *binder, const struct weir_node *node,
                                   const struct weir_node *input)
{
    struct weir_node *copy = WEIR_POOL_NEW(binder->pool, struct weir_node);
    const struct weir_node **inputs = WEIR_POOL_ARRAY(binder->pool, const struct weir_node *, 1);
    *copy = *node;
    inputs[0] = input;
    copy->inputs = inputs;
    copy->inputs_count = 1;
    return copy;
}

static void columns_of_input(struct weir_node *node)
{
    node->columns_count = node->inputs[0]->columns_count;
    node->names = node->inputs[0]->names;
    node->types = node->inputs[0]->types;
}

static uint32_t *map_identity(struct weir_binder *binder, uint32_t count)
{
    uint32_t *map = WEIR_POOL_ARRAY(binder->pool, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        map[i] = i;
    return map;
}

static bool *needed_copy(struct weir_binder *binder, const bool *needed, uint32_t count)
{
    bool *copy = WEIR_POOL_ARRAY(binder->pool, bool, count);
    memcpy(copy, needed, count * sizeof *copy);
    return copy;
}

/* Numbers the needed columns from 0. Where none is, the first stays: a node has at least one
 * column. */
static uint32_t map_needed(struct weir_binder *binder, const bool *needed, uint32_t count,
                           uint32_t **ret_map)
{
    uint32_t kept = 0, *map = WEIR_POOL_ARRAY(binder->pool, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        map[i] = needed[i] ? kept++ : GONE;
    if (!kept && count)
        map[0] = kept++;
    *ret_map = map;
    return kept;
}

/* Prunes an input and has exactly the needed columns come out of it, in their order. */
static struct pruned prune_tight(struct weir_binder *binder, const struct weir_node *node,
                                 const bool *needed)
{
    struct pruned pruned = prune(binder, node, needed);
    uint32_t *map, kept = map_needed(binder, needed, node->columns_count, &map);
    bool any = false, tight = pruned.node->columns_count == kept;
    for (uint32_t i = 0; tight && i < node->columns_count; i++)
        tight = map[i] == GONE || pruned.map[i] == map[i];
    if (tight)
        return pruned;
    const struct weir_expr **exprs = WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, kept);
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, kept);
    for (uint32_t i = 0; i < node->columns_count; i++)
        if (needed[i]) {
            exprs[map[i]] = weir_expr_column(binder, pruned.map[i], node->types[i], -1);
            names[map[i]] = node->names[i];
            any = true;
        }
    if (!any) { /* nobody reads any: a constant carries the rows */
        exprs[0] = weir_expr_bool(binder, true, -1);
        names[0] = "row";
    }
    return (struct pruned){weir_node_project(binder, pruned.node, exprs, names, kept), map};
}

/* ---- one node kind each ---- */

static struct pruned prune_scan(struct weir_binder *binder, const struct weir_node *node,
                                const bool *needed)
{
    struct weir_node *copy = WEIR_POOL_NEW(binder->pool, struct weir_node);
    *copy = *node;
    copy->columns_needed = needed_copy(binder, needed, node->table->columns_count);
    copy->hidden_needed =
        needed_copy(binder, needed + node->table->columns_count, WEIR_HIDDEN_COUNT);
    return (struct pruned){copy, map_identity(binder, node->columns_count)};
}

static void keep_columns(struct weir_binder *binder, struct weir_node *node, const uint32_t *map,
                         uint32_t kept)
{
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, kept);
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, kept);
    for (uint32_t i = 0; i < node->columns_count; i++)
        if (map[i] != GONE) {
            names[map[i]] = node->names[i];
            types[map[i]] = node->types[i];
        }
    node->names = names;
    node->types = types;
    node->columns_count = kept;
}

static struct pruned prune_values(struct weir_binder *binder, const struct weir_node *node,
                                  const bool *needed)
{
    struct weir_node *copy = WEIR_POOL_NEW(binder->pool, struct weir_node);
    uint32_t *map, kept = map_needed(binder, needed, node->columns_count, &map),
                   columns = node->columns_count;
    const struct weir_expr **exprs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, (size_t)kept * node->rows_count);
    *copy = *node;
    for (uint32_t r = 0; r < node->rows_count; r++)
        for (uint32_t c = 0; c < columns; c++)
            if (map[c] != GONE)
                exprs[r * kept + map[c]] = expr_remap(binder, node->exprs[r * columns + c], NULL);
    keep_columns(binder, copy, map, kept);
    copy->exprs = exprs;
    copy->exprs_count = kept * node->rows_count;
    return (struct pruned){copy, map};
}

/* Brings a filter as near to the rows' origin as it can go: through projections and into joins'
 * inputs. */
static const struct weir_node *filter_sink(struct weir_binder *binder, const struct weir_node *node)
{
    const struct weir_node *input = node->inputs[0];
    if (input->kind == WEIR_NODE_PROJECT) {
        const struct weir_expr *condition =
            weir_expr_substitute(binder, node->condition, input->exprs);
        const struct weir_node *below = weir_node_filter(binder, input->inputs[0], condition);
        return weir_node_project(binder, below, input->exprs, input->names, input->exprs_count);
    }
    if (input->kind == WEIR_NODE_JOIN) {
        struct weir_exprs conjuncts = {0};
        weir_expr_conjuncts(binder, node->condition, &conjuncts);
        const struct weir_node *pushed = weir_filter_push(binder, input, &conjuncts);
        bool whole = pushed->kind == WEIR_NODE_FILTER && pushed->inputs[0] == input;
        return whole ? node : pushed;
    }
    return node;
}

static struct pruned prune_filter(struct weir_binder *binder, const struct weir_node *node,
                                  const bool *needed)
{
    const struct weir_node *sunk = filter_sink(binder, node);
    if (sunk != node)
        return prune(binder, sunk, needed);
    bool *below = needed_copy(binder, needed, node->columns_count);
    weir_expr_mark(node->condition, below);
    struct pruned input = prune(binder, node->inputs[0], below);
    struct weir_node *copy = node_over(binder, node, input.node);
    columns_of_input(copy);
    copy->condition = expr_remap(binder, node->condition, input.map);
    return (struct pruned){copy, input.map};
}

/* Two projections are one: what both compute is computed once. NULL: the input is none. */
static const struct weir_node *project_merge(struct weir_binder *binder,
                                             const struct weir_node *node)
{
    const struct weir_node *input = node->inputs[0];
    if (input->kind == WEIR_NODE_FILTER)
        input = filter_sink(binder, input);
    if (input->kind != WEIR_NODE_PROJECT)
        return input == node->inputs[0]
                   ? NULL
                   : weir_node_project(binder, input, node->exprs, node->names, node->exprs_count);
    const struct weir_expr **exprs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, node->exprs_count);
    for (uint32_t i = 0; i < node->exprs_count; i++)
        exprs[i] = weir_expr_substitute(binder, node->exprs[i], input->exprs);
    return weir_node_project(binder, input->inputs[0], exprs, node->names, node->exprs_count);
}

static struct pruned prune_project(struct weir_binder *binder, const struct weir_node *node,
                                   const bool *needed)
{
    for (const struct weir_node *merged = node; merged; merged = project_merge(binder, node))
        node = merged;
    uint32_t *map, kept = map_needed(binder, needed, node->columns_count, &map);
    bool *below = WEIR_POOL_ARRAY(binder->pool, bool, node->inputs[0]->columns_count);
    const struct weir_expr **exprs = WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, kept);
    bool any = false;
    for (uint32_t i = 0; i < node->columns_count; i++)
        if (needed[i]) {
            weir_expr_mark(node->exprs[i], below);
            any = true;
        }
    struct pruned input = prune(binder, node->inputs[0], below);
    for (uint32_t i = 0; i < node->columns_count; i++)
        if (needed[i])
            exprs[map[i]] = expr_remap(binder, node->exprs[i], input.map);
    struct weir_node *copy = node_over(binder, node, input.node);
    keep_columns(binder, copy, map, kept);
    if (!any && kept) {
        enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, 1);
        exprs[0] = weir_expr_bool(binder, true, -1);
        types[0] = WEIR_BOOL;
        copy->types = types;
    }
    copy->exprs = exprs;
    copy->exprs_count = kept;
    return (struct pruned){copy, map};
}

static struct pruned prune_join(struct weir_binder *binder, const struct weir_node *node,
                                const bool *needed)
{
    struct weir_lookup_def def = binder->lookup_defs.items[node->lookup];
    uint32_t probe = node->inputs[0]->columns_count, build = def.query->columns_count;
    bool *below = needed_copy(binder, needed, node->columns_count);
    if (node->condition)
        weir_expr_mark(node->condition, below);
    bool *build_needed = needed_copy(binder, below + probe, build);
    for (uint32_t i = 0; i < node->exprs_count; i++) {
        weir_expr_mark(node->exprs[i], below);
        build_needed[i] = true;
    }
    struct pruned input = prune_tight(binder, node->inputs[0], below);
    struct pruned query = prune_tight(binder, def.query, build_needed);
    struct weir_node *copy = node_over(binder, node, input.node);
    uint32_t *map = WEIR_POOL_ARRAY(binder->pool, uint32_t, node->columns_count);
    for (uint32_t i = 0; i < node->columns_count; i++) {
        uint32_t at = i < probe ? input.map[i] : query.map[i - probe];
        map[i] = at == GONE ? GONE : i < probe ? at : input.node->columns_count + at;
    }
    copy->lookup = lookup_plan(binder, &def, query.node);
    copy->exprs = exprs_remap(binder, node->exprs, node->exprs_count, input.map);
    copy->condition = expr_remap(binder, node->condition, map);
    uint32_t count = input.node->columns_count + query.node->columns_count;
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, count);
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct weir_node *from = i < input.node->columns_count ? input.node : query.node;
        uint32_t at = i < input.node->columns_count ? i : i - input.node->columns_count;
        names[i] = from->names[at];
        types[i] = from->types[at];
    }
    copy->names = names;
    copy->types = types;
    copy->columns_count = count;
    return (struct pruned){copy, map};
}

static struct pruned prune_union(struct weir_binder *binder, const struct weir_node *node,
                                 const bool *needed)
{
    uint32_t *map, kept = map_needed(binder, needed, node->columns_count, &map);
    const struct weir_node **inputs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_node *, node->inputs_count);
    struct weir_node *copy = WEIR_POOL_NEW(binder->pool, struct weir_node);
    bool *some = needed_copy(binder, needed, node->columns_count);
    for (uint32_t i = 0; i < node->columns_count; i++)
        some[i] = map[i] != GONE; /* at least one, and the same for all inputs */
    *copy = *node;
    for (uint32_t i = 0; i < node->inputs_count; i++)
        inputs[i] = prune_tight(binder, node->inputs[i], some).node;
    keep_columns(binder, copy, map, kept);
    copy->inputs = inputs;
    return (struct pruned){copy, map};
}

static struct pruned prune_aggregate(struct weir_binder *binder, const struct weir_node *node,
                                     const bool *needed)
{
    uint32_t keys = node->keys_count, kept = keys;
    bool *below = WEIR_POOL_ARRAY(binder->pool, bool, node->inputs[0]->columns_count);
    bool *keep = needed_copy(binder, needed, node->columns_count);
    uint32_t *map = WEIR_POOL_ARRAY(binder->pool, uint32_t, node->columns_count);
    struct weir_aggregate *aggregates =
        WEIR_POOL_ARRAY(binder->pool, struct weir_aggregate, node->aggregates_count);
    for (uint32_t i = 0; i < node->columns_count; i++) {
        keep[i] = keep[i] || i < keys ||
                  (!keys && i == 0); /* grouping by all keys, and at least one column */
        map[i] = !keep[i] ? GONE : i < keys ? i : kept++;
        const struct weir_aggregate *aggregate = i < keys ? NULL : &node->aggregates[i - keys];
        if (i < keys)
            weir_expr_mark(node->exprs[i], below);
        for (int a = 0; aggregate && keep[i] && a < 2; a++)
            if (aggregate->args[a])
                weir_expr_mark(aggregate->args[a], below);
        if (aggregate && keep[i] && aggregate->filter)
            weir_expr_mark(aggregate->filter, below);
    }
    struct pruned input = prune_tight(binder, node->inputs[0], below);
    for (uint32_t i = keys; i < node->columns_count; i++)
        if (keep[i]) {
            struct weir_aggregate *aggregate = &aggregates[map[i] - keys];
            *aggregate = node->aggregates[i - keys];
            aggregate->args[0] = expr_remap(binder, aggregate->args[0], input.map);
            aggregate->args[1] = expr_remap(binder, aggregate->args[1], input.map);
            aggregate->filter = expr_remap(binder, aggregate->filter, input.map);
        }
    struct weir_node *copy = node_over(binder, node, input.node);
    keep_columns(binder, copy, map, kept);
    copy->exprs = exprs_remap(binder, node->exprs, keys, input.map);
    copy->aggregates = aggregates;
    copy->aggregates_count = kept - keys;
    return (struct pruned){copy, map};
}

static struct pruned prune_sort(struct weir_binder *binder, const struct weir_node *node,
                                const bool *needed)
{
    bool *below = needed_copy(binder, needed, node->columns_count);
    struct weir_sort_key *keys =
        WEIR_POOL_ARRAY(binder->pool, struct weir_sort_key, node->sort_keys_count);
    for (uint32_t i = 0; i < node->sort_keys_count; i++)
        below[node->sort_keys[i].column] = true;
    struct pruned input = prune_tight(binder, node->inputs[0], below);
    for (uint32_t i = 0; i < node->sort_keys_count; i++) {
        keys[i] = node->sort_keys[i];
        keys[i].column = input.map[keys[i].column];
    }
    struct weir_node *copy = node_over(binder, node, input.node);
    columns_of_input(copy);
    copy->sort_keys = keys;
    return (struct pruned){copy, input.map};
}

static struct pruned prune_limit(struct weir_binder *binder, const struct weir_node *node,
                                 const bool *needed)
{
    struct pruned input = prune(binder, node->inputs[0], needed);
    struct weir_node *copy = node_over(binder, node, input.node);
    columns_of_input(copy);
    return (struct pruned){copy, input.map};
}

static struct pruned prune(struct weir_binder *binder, const struct weir_node *node,
                           const bool *needed)
{
    switch (node->kind) {
    case WEIR_NODE_SCAN:
        return prune_scan(binder, node, needed);
    case WEIR_NODE_VALUES:
        return prune_values(binder, node, needed);
    case WEIR_NODE_FILTER:
        return prune_filter(binder, node, needed);
    case WEIR_NODE_PROJECT:
        return prune_project(binder, node, needed);
    case WEIR_NODE_JOIN:
        return prune_join(binder, node, needed);
    case WEIR_NODE_UNION_ALL:
        return prune_union(binder, node, needed);
    case WEIR_NODE_AGGREGATE:
        return prune_aggregate(binder, node, needed);
    case WEIR_NODE_SORT:
        return prune_sort(binder, node, needed);
    case WEIR_NODE_LIMIT:
        break;
    }
    return prune_limit(binder, node, needed);
}

const struct weir_node *weir_node_prune(struct weir_binder *binder, const struct weir_node *node)
{
    bool *needed = WEIR_POOL_ARRAY(binder->pool, bool, node->columns_count);
    for (uint32_t i = 0; i < node->columns_count; i++)
        needed[i] = true;
    return prune_tight(binder, node, needed).node;
}
