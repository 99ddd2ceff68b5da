/* From a tree to branches: the way that one INSERT's rows take from each of its sources.
 *
 * Filters and projections that stand on a source are composed into expressions over the source's
 * batch, so that the common INSERT is one filter and one projection, whatever views lie between.
 * The first join begins the branch's `rest`, nodes that are carried out one after the other. A
 * UNION ALL gives the branches of all its inputs. A part that needs all of its rows (VALUES, GROUP
 * BY, ORDER BY, LIMIT) is a source of its own: a query that runs once. */
#include "plan/binder.h"

struct way {
    const struct weir_table *table; /* or */
    const struct weir_node *query;
    const struct weir_expr *filter;
    const struct weir_expr *const
        *exprs; /* what the columns are, over the source's batch; then the input of rest */
    uint32_t exprs_count;
    struct WEIR_LIST(const struct weir_node *) rest;
};

struct ways WEIR_LIST(struct way);

static void way_begin(struct weir_binder *binder, const struct weir_node *node, struct ways *ret)
{
    const struct weir_expr **exprs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, node->columns_count);
    for (uint32_t i = 0; i < node->columns_count; i++)
        exprs[i] = weir_expr_column(binder, i, node->types[i], -1);
    struct way way = {.exprs = exprs, .exprs_count = node->columns_count};
    if (node->kind == WEIR_NODE_SCAN)
        way.table = node->table;
    else
        way.query = node;
    *WEIR_PUSH(binder->pool, *ret) = way;
}

static void way_filter(struct weir_binder *binder, struct way *way, const struct weir_node *node)
{
    if (way->rest.count)
        *WEIR_PUSH(binder->pool, way->rest) = node;
    else
        way->filter = weir_expr_and(binder, way->filter,
                                    weir_expr_substitute(binder, node->condition, way->exprs));
}

static void way_project(struct weir_binder *binder, struct way *way, const struct weir_node *node)
{
    if (way->rest.count) {
        *WEIR_PUSH(binder->pool, way->rest) = node;
        return;
    }
    const struct weir_expr **exprs =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, node->exprs_count);
    for (uint32_t i = 0; i < node->exprs_count; i++)
        exprs[i] = weir_expr_substitute(binder, node->exprs[i], way->exprs);
    way->exprs = exprs;
    way->exprs_count = node->exprs_count;
}

static void ways_find(struct weir_binder *binder, const struct weir_node *node, struct ways *ret)
{
    uint32_t before = ret->count;
    switch (node->kind) {
    case WEIR_NODE_FILTER:
    case WEIR_NODE_PROJECT:
    case WEIR_NODE_JOIN:
        ways_find(binder, node->inputs[0], ret);
        for (uint32_t i = before; i < ret->count; i++) {
            if (node->kind == WEIR_NODE_FILTER)
                way_filter(binder, &ret->items[i], node);
            else if (node->kind == WEIR_NODE_PROJECT)
                way_project(binder, &ret->items[i], node);
            else
                *WEIR_PUSH(binder->pool, ret->items[i].rest) = node;
        }
        return;
    case WEIR_NODE_UNION_ALL:
        for (uint32_t i = 0; i < node->inputs_count; i++)
            ways_find(binder, node->inputs[i], ret);
        return;
    default:
        way_begin(binder, node, ret);
    }
}

static struct weir_source_def *source_find(struct weir_binder *binder, const struct way *way)
{
    for (uint32_t i = 0; way->table && i < binder->sources.count; i++)
        if (binder->sources.items[i].source.table == way->table)
            return &binder->sources.items[i];
    struct weir_source_def *source = WEIR_PUSH(binder->pool, binder->sources);
    *source = (struct weir_source_def){
        .source = {.table = way->table, .query = way->query, .bounded = true}};
    if (way->query) {
        source->source.name = weir_pool_printf(binder->pool, "query %u", ++binder->queries_count);
        return source;
    }
    const struct weir_table_def *def = weir_table_def_of(way->table);
    source->source.name = way->table->name;
    source->source.on_error = def->on_error;
    source->source.bounded = weir_table_bounded(binder, way->table);
    source->columns_needed =
        WEIR_POOL_ARRAY(binder->pool, bool, way->table->columns_count + WEIR_HIDDEN_COUNT);
    source->hidden_needed = source->columns_needed + way->table->columns_count;
    return source;
}

void weir_branches_add(struct weir_binder *binder, const struct weir_node *node, uint32_t statement)
{
    struct ways ways = {0};
    ways_find(binder, node, &ways);
    for (uint32_t i = 0; i < ways.count; i++) {
        struct way *way = &ways.items[i];
        struct weir_source_def *source = source_find(binder, way);
        *WEIR_PUSH(binder->pool, source->branches) =
            (struct weir_branch){.statement = statement,
                                 .filter = way->filter,
                                 .exprs = way->exprs,
                                 .exprs_count = way->exprs_count,
                                 .rest = way->rest.items,
                                 .rest_count = way->rest.count};
        if (!source->columns_needed)
            continue;
        if (way->filter)
            weir_expr_mark(way->filter, source->columns_needed);
        for (uint32_t e = 0; e < way->exprs_count; e++)
            weir_expr_mark(way->exprs[e], source->columns_needed);
    }
}
