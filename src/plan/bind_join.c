/* Joins. One side streams through; the other is a bounded query kept in memory as a lookup, whose
 * first columns are the keys.
 *
 * Of the condition, equalities between the two sides become keys; what reads the lookup's side only
 * becomes a filter of its query; what reads the streaming side only becomes a filter before the
 * join (of an INNER one); the rest is checked for each pair. Which side streams: the left one,
 * unless it is the bounded one of the two, or the join is a RIGHT one. */
#include "plan/binder.h"

struct weir_ranges weir_ranges_concat(struct weir_binder *binder, const struct weir_from *left,
                                      const struct weir_from *right)
{
    struct weir_ranges ret = {0};
    const struct weir_from *sides[] = {left, right};
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < sides[side]->ranges.count; i++) {
            struct weir_range range = sides[side]->ranges.items[i];
            struct weir_range_column *columns =
                WEIR_POOL_ARRAY(binder->pool, struct weir_range_column, range.columns_count);
            for (uint32_t c = 0; c < range.columns_count; c++) {
                columns[c] = range.columns[c];
                columns[c].column += side ? left->node->columns_count : 0;
            }
            range.columns = columns;
            *WEIR_PUSH(binder->pool, ret) = range;
        }
    return ret;
}

/* A join in the making: the streaming (probe) side first, the lookup's (build) side behind. */
struct join {
    struct weir_binder *binder;
    const char *name; /* of the build side; NULL: none */
    const struct weir_node *probe, *build;
    bool left;
    struct weir_exprs probe_keys, build_keys;
    const struct weir_expr *probe_filter, *build_filter, *residual;
};

enum side { SIDE_NONE, SIDE_PROBE, SIDE_BUILD, SIDE_BOTH };

static enum side side_of(const struct join *join, const struct weir_expr *expr)
{
    uint32_t min, max;
    if (!weir_expr_columns(expr, &min, &max))
        return SIDE_NONE;
    if (max < join->probe->columns_count)
        return SIDE_PROBE;
    return min >= join->probe->columns_count ? SIDE_BUILD : SIDE_BOTH;
}

/* Columns of the build side, counted from its own first. */
static const struct weir_expr *on_build(const struct join *join, const struct weir_expr *expr)
{
    uint32_t probe = join->probe->columns_count, count = probe + join->build->columns_count;
    uint32_t *map = WEIR_POOL_ARRAY(join->binder->pool, uint32_t, count);
    for (uint32_t i = probe; i < count; i++)
        map[i] = i - probe;
    return weir_expr_renumber(join->binder, expr, map);
}

static bool take_equality(struct join *join, const struct weir_expr *conjunct)
{
    const struct weir_expr *left, *right;
    if (!weir_equality(conjunct, &left, &right))
        return false;
    enum side left_side = side_of(join, left), right_side = side_of(join, right);
    if (left_side == SIDE_BUILD && right_side == SIDE_PROBE) {
        const struct weir_expr *other = left;
        left = right;
        right = other;
    } else if (left_side != SIDE_PROBE || right_side != SIDE_BUILD) {
        return false;
    }
    if (!weir_equality_types(join->binder, &left, &right))
        return false;
    *WEIR_PUSH(join->binder->pool, join->probe_keys) = left;
    *WEIR_PUSH(join->binder->pool, join->build_keys) = on_build(join, right);
    return true;
}

static void take_conjunct(struct join *join, const struct weir_expr *conjunct)
{
    enum side side = side_of(join, conjunct);
    if (side == SIDE_BUILD)
        join->build_filter =
            weir_expr_and(join->binder, join->build_filter, on_build(join, conjunct));
    else if (side != SIDE_BOTH && !join->left)
        join->probe_filter = weir_expr_and(join->binder, join->probe_filter, conjunct);
    else if (side != SIDE_BOTH || !take_equality(join, conjunct))
        join->residual = weir_expr_and(join->binder, join->residual, conjunct);
}

/* The lookup's query: keys, then every column of the build side. */
static const struct weir_node *build_query(const struct join *join)
{
    struct weir_binder *binder = join->binder;
    uint32_t keys = join->build_keys.count, count = keys + join->build->columns_count;
    const struct weir_expr **exprs = WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, count);
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, count);
    for (uint32_t i = 0; i < count; i++) {
        exprs[i] = i < keys ? join->build_keys.items[i]
                            : weir_expr_column(binder, i - keys, join->build->types[i - keys], -1);
        names[i] = i < keys ? "key" : join->build->names[i - keys];
    }
    const struct weir_node *input = weir_node_filter(binder, join->build, join->build_filter);
    return weir_node_project(binder, input, exprs, names, count);
}

static const struct weir_node *join_node(const struct join *join)
{
    struct weir_binder *binder = join->binder;
    const struct weir_node *input = weir_node_filter(binder, join->probe, join->probe_filter);
    const struct weir_node *query = build_query(join);
    uint32_t probe = input->columns_count, keys = join->build_keys.count,
             count = probe + query->columns_count;
    struct weir_node *node = weir_node_new(binder, WEIR_NODE_JOIN, &input, 1, count);
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, count);
    enum weir_type *types = WEIR_POOL_ARRAY(binder->pool, enum weir_type, count);
    uint32_t *map = WEIR_POOL_ARRAY(binder->pool, uint32_t, count);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = i < probe ? input->names[i] : query->names[i - probe];
        types[i] = i < probe ? input->types[i] : query->types[i - probe];
        map[i] = i < probe
                     ? i
                     : i + keys; /* the residual's columns: the keys stand between the two sides */
    }
    node->names = names;
    node->types = types;
    node->exprs = join->probe_keys.items;
    node->exprs_count = keys;
    node->left = join->left;
    node->condition = join->residual ? weir_expr_renumber(binder, join->residual, map) : NULL;
    node->lookup = weir_lookup_def_add(binder, join->name, query, keys, true);
    return node;
}

static bool sides_choose(struct weir_binder *binder, enum weir_sql_join join,
                         const struct weir_from *left, const struct weir_from *right, int location,
                         bool *ret_swapped)
{
    const struct weir_table *left_stream = weir_node_unbounded(binder, left->node);
    const struct weir_table *right_stream = weir_node_unbounded(binder, right->node);
    *ret_swapped = join == WEIR_SQL_JOIN_RIGHT ||
                   (join == WEIR_SQL_JOIN_INNER && right_stream && !left_stream);
    if (left_stream && right_stream) {
        weir_problem(binder->problems, location,
                     "a join of two streams is not supported: \"%s\" and \"%s\"", left_stream->name,
                     right_stream->name);
        weir_problem_hint(
            binder->problems,
            "one side must have an end: set its option bounded 'true', or join a file "
            "or table that the stream is compared with");
        return false;
    }
    const struct weir_table *stream = *ret_swapped ? left_stream : right_stream;
    if (!stream)
        return true;
    weir_problem(binder->problems, location,
                 "an outer join that keeps every row of a bounded side needs the stream "
                 "\"%s\" to end",
                 stream->name);
    weir_problem_hint(binder->problems, "put the stream on the side whose rows are kept");
    return false;
}

bool weir_bind_join(struct weir_binder *binder, enum weir_sql_join kind,
                    const struct weir_from *left, const struct weir_from *right,
                    const struct weir_exprs *conjuncts, int location, struct weir_from *ret,
                    const uint32_t **ret_map)
{
    bool swapped;
    if (!sides_choose(binder, kind, left, right, location, &swapped))
        return false;
    struct join join = {.binder = binder,
                        .probe = swapped ? right->node : left->node,
                        .build = swapped ? left->node : right->node,
                        .left = kind != WEIR_SQL_JOIN_INNER};
    const struct weir_ranges *build_ranges = swapped ? &left->ranges : &right->ranges;
    join.name = build_ranges->count ? build_ranges->items[build_ranges->count - 1].name : NULL;
    uint32_t left_count = left->node->columns_count,
             count = left_count + right->node->columns_count;
    uint32_t *sides = WEIR_POOL_ARRAY(binder->pool, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        sides[i] = !swapped ? i : i < left_count ? i + right->node->columns_count : i - left_count;
    for (uint32_t i = 0; i < conjuncts->count; i++)
        take_conjunct(&join, weir_expr_renumber(binder, conjuncts->items[i], sides));
    ret->node = join_node(&join);
    uint32_t *map = WEIR_POOL_ARRAY(binder->pool, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        map[i] = sides[i] < join.probe->columns_count ? sides[i] : sides[i] + join.build_keys.count;
    ret->ranges = weir_ranges_concat(binder, left, right);
    for (uint32_t r = 0; r < ret->ranges.count; r++)
        for (uint32_t c = 0; c < ret->ranges.items[r].columns_count; c++) {
            struct weir_range_column *column = &ret->ranges.items[r].columns[c];
            column->column = map[column->column];
        }
    *ret_map = map;
    return true;
}

/* Below a join where only its input is read; the keys and the residual stay as they are. */
static const struct weir_node *push_one(struct weir_binder *binder, const struct weir_node *node,
                                        const struct weir_expr *conjunct)
{
    uint32_t min, max;
    if (node->kind != WEIR_NODE_JOIN || !weir_expr_columns(conjunct, &min, &max) ||
        max >= node->inputs[0]->columns_count)
        return weir_node_filter(binder, node, conjunct);
    const struct weir_node *input = push_one(binder, node->inputs[0], conjunct);
    struct weir_node *copy = weir_node_new(binder, WEIR_NODE_JOIN, &input, 1, node->columns_count);
    const struct weir_node *const *inputs = copy->inputs;
    *copy = *node;
    copy->inputs = inputs;
    return copy;
}

const struct weir_node *weir_filter_push(struct weir_binder *binder, const struct weir_node *node,
                                         const struct weir_exprs *conjuncts)
{
    const struct weir_expr *here = NULL;
    for (uint32_t i = 0; i < conjuncts->count; i++) {
        uint32_t min, max;
        const struct weir_expr *conjunct = conjuncts->items[i];
        if (node->kind == WEIR_NODE_JOIN && weir_expr_columns(conjunct, &min, &max) &&
            max < node->inputs[0]->columns_count)
            node = push_one(binder, node, conjunct);
        else
            here = weir_expr_and(binder, here, conjunct);
    }
    return weir_node_filter(binder, node, here);
}
