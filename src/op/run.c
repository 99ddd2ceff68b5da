/* Running a bounded query: rows are pushed from the scans up to the last operator, one node tree
 * after the other.
 *
 * The tree is walked by recursion: run_node(node, next) makes the node's operator in front of
 * `next` and runs the input into it. A UNION ALL runs its inputs one after the other into a joint
 * that holds their ends back. WEIR_STOPPED (LIMIT is reached) ends the scan that is running; the
 * joint remembers it for the inputs that follow.
 *
 * Row errors are fatal here, as they are in PostgreSQL: a guard in front of the last operator looks
 * for them in what comes out. Waits for slow sources; not for use on the way of a stream. */
#include "op/operators.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

static enum weir_code run_node(const struct weir_node *node, const struct weir_op_context *context,
                               int64_t now_us, struct weir_operator *next, struct weir_error *err);

/* ---- scans ---- */

/* Sleeps until the split may have more. */
static void wait_for(const struct weir_scan_result *result)
{
    struct pollfd wait = {.fd = result->wait_fd, .events = POLLIN};
    int64_t ms = result->wait_ms;
    if (ms < 0 || ms > 1000)
        ms = 1000;
    WEIR_IGNORE(poll(&wait, wait.fd >= 0, (int)ms) < 0,
                "woken by a signal: the split is polled anyway");
}

static enum weir_code pump(struct weir_scan *scan, int64_t now_us, struct weir_operator *next,
                           struct weir_error *err)
{
    for (;;) {
        struct weir_scan_result result;
        WEIR_TRY(weir_scan_next(scan, now_us, &result, err));
        if (result.state == WEIR_FETCH_END)
            return WEIR_OK;
        if (result.state == WEIR_FETCH_IDLE) {
            wait_for(&result);
            continue;
        }
        if (result.batch->selection.count)
            WEIR_TRY(weir_op_push(next, result.batch, now_us, err));
        weir_scan_done(scan);
    }
}

/* A table without an end of its own is read to where it ends now. */
static enum weir_code limit_to_present_end(const struct weir_table *table, struct weir_split *split,
                                           struct weir_error *err)
{
    const struct weir_connector *connector = table->connector;
    if (!connector->source->end || (connector->bounded && connector->bounded(table)))
        return WEIR_OK;
    struct weir_buffer end;
    weir_buffer_init(&end, 1 << 20);
    enum weir_code code = connector->source->end(split, &end, err);
    if (code == WEIR_OK)
        code = connector->source->limit(split, weir_buffer_slice(&end), err);
    weir_buffer_done(&end);
    return code;
}

static enum weir_code run_split(const struct weir_node *node, struct weir_source *source,
                                const char *name, int64_t now_us, struct weir_operator *next,
                                struct weir_error *err)
{
    const struct weir_source_ops *ops = node->table->connector->source;
    struct weir_split *split;
    struct weir_scan *scan = NULL;
    const char *rule = weir_options_text(&node->table->options, "on_error", "fail");
    enum weir_on_error on_error = strcmp(rule, "null") == 0   ? WEIR_ON_ERROR_NULL
                                  : strcmp(rule, "skip") == 0 ? WEIR_ON_ERROR_SKIP
                                                              : WEIR_ON_ERROR_FAIL;
    WEIR_TRY(ops->assign(source, name, WEIR_SLICE(""), &split, err));
    enum weir_code code = limit_to_present_end(node->table, split, err);
    if (code == WEIR_OK)
        code = weir_scan_open(node->table, node->columns_needed, node->hidden_needed, on_error,
                              split, &scan, err);
    if (code == WEIR_OK)
        code = pump(scan, now_us, next, err);
    weir_scan_close(scan);
    ops->revoke(split);
    return code;
}

static enum weir_code run_scan(const struct weir_node *node, int64_t now_us,
                               struct weir_operator *next, struct weir_error *err)
{
    const struct weir_source_ops *ops = node->table->connector->source;
    const struct weir_source_config config = {.columns_needed = node->columns_needed,
                                              .follow = false};
    struct weir_source *source;
    const char *const *splits;
    uint32_t splits_count;
    WEIR_TRY(ops->open(node->table, &config, &source, err));
    enum weir_code code = ops->discover(source, &splits, &splits_count, err);
    for (uint32_t s = 0; code == WEIR_OK && s < splits_count; s++)
        code = run_split(node, source, splits[s], now_us, next, err);
    ops->close(source);
    if (code != WEIR_OK && code != WEIR_STOPPED)
        return code;
    return weir_op_finish(next, now_us, err);
}

static enum weir_code run_values(const struct weir_node *node,
                                 const struct weir_op_context *context, int64_t now_us,
                                 struct weir_operator *next, struct weir_error *err)
{
    enum weir_code code = weir_values_push(node, context, now_us, next, err);
    if (code != WEIR_OK && code != WEIR_STOPPED)
        return code;
    return weir_op_finish(next, now_us, err);
}

/* ---- UNION ALL ---- */

struct joint {
    struct weir_operator base;
    bool stopped;
};

static enum weir_code joint_batch(struct weir_operator *op, const struct weir_batch *batch,
                                  int64_t now_us, struct weir_error *err)
{
    enum weir_code code = weir_op_push(op->next, batch, now_us, err);
    if (code == WEIR_STOPPED)
        ((struct joint *)op)->stopped = true;
    return code;
}

static enum weir_code joint_finish(struct weir_operator *op, int64_t now_us, struct weir_error *err)
{
    (void)op;
    (void)now_us;
    (void)err;
    return WEIR_OK;
}

static const struct weir_operator_ops joint_ops = {
    .name = "union all", .batch = joint_batch, .finish = joint_finish};

static enum weir_code run_union(const struct weir_node *node, const struct weir_op_context *context,
                                int64_t now_us, struct weir_operator *next, struct weir_error *err)
{
    struct joint joint = {.base = {&joint_ops, next}};
    for (uint32_t i = 0; i < node->inputs_count && !joint.stopped; i++)
        WEIR_TRY(run_node(node->inputs[i], context, now_us, &joint.base, err));
    return weir_op_finish(next, now_us, err);
}

/* ---- the tree ---- */

static uint32_t node_columns(const struct weir_node *node, const struct weir_op_context *context)
{
    uint32_t input = node->inputs_count ? node_columns(node->inputs[0], context) : 0;
    return weir_op_columns(node, input, context);
}

static enum weir_code run_node(const struct weir_node *node, const struct weir_op_context *context,
                               int64_t now_us, struct weir_operator *next, struct weir_error *err)
{
    switch (node->kind) {
    case WEIR_NODE_SCAN:
        return run_scan(node, now_us, next, err);
    case WEIR_NODE_VALUES:
        return run_values(node, context, now_us, next, err);
    case WEIR_NODE_UNION_ALL:
        return run_union(node, context, now_us, next, err);
    default:
        break;
    }
    struct weir_operator *op;
    uint32_t columns = node_columns(node->inputs[0], context);
    WEIR_TRY(weir_op_maker(node->kind)(node, columns, context, next, &op, err));
    enum weir_code code = run_node(node->inputs[0], context, now_us, op, err);
    op->ops->close(op);
    return code;
}

/* ---- the guard ---- */

static enum weir_code guard_batch(struct weir_operator *op, const struct weir_batch *batch,
                                  int64_t now_us, struct weir_error *err)
{
    for (uint32_t c = 0; c < batch->columns_count; c++)
        WEIR_TRY(weir_row_error_check(&batch->columns[c], batch->selection, err));
    return weir_op_push(op->next, batch, now_us, err);
}

static const struct weir_operator_ops guard_ops = {
    .name = "guard", .batch = guard_batch, .finish = weir_op_finish_next};

enum weir_code weir_node_run(const struct weir_node *node, struct weir_lookups *lookups,
                             int64_t now_us, struct weir_operator *last, struct weir_error *err)
{
    const struct weir_op_context context = {.lookups = lookups, .strict = true};
    struct weir_operator guard = {&guard_ops, last};
    return run_node(node, &context, now_us, &guard, err);
}
