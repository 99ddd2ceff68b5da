/* See task.h. A task reads either a table's split or, once, the result of a bounded query whose
 * rows are numbered: then its position is
 * {"rows":N} or {"rows":N,"done":true}, and replaying it runs the query again, which gives the same
 * rows as long as its tables are the same. */
#include "runtime/task.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TASK_BYTES_MAX     ((size_t)256 << 20)
#define POSITION_BYTES_MAX ((size_t)16 << 20)

enum weir_code weir_task_open(struct weir_task *task, const struct weir_plan_source *source,
                              struct weir_source *handle, const char *split_name,
                              const struct weir_epochs_sink *sinks,
                              struct weir_statement_tally *tallies, struct weir_source_tally *tally,
                              struct weir_task_context *context, struct weir_error *err)
{
    *task = (struct weir_task){.source = source,
                               .handle = handle,
                               .split_name = split_name,
                               .context = context,
                               .tally = tally,
                               .wait_fd = -1,
                               .wait_ms = -1,
                               .rows_limit = UINT64_MAX};
    weir_arena_init(&task->arena, TASK_BYTES_MAX);
    weir_buffer_init(&task->from, POSITION_BYTES_MAX);
    weir_buffer_init(&task->to, POSITION_BYTES_MAX);
    task->outlets = WEIR_NEW_ARRAY(&task->arena, struct weir_outlet, source->branches_count + 1);
    if (!task->outlets)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a task");
    for (uint32_t i = 0; i < source->branches_count; i++) {
        const struct weir_statement *statement =
            &context->plan->statements[source->branches[i].statement];
        const struct weir_epochs_sink *sink = &sinks[statement->sink];
        WEIR_TRY(weir_outlet_open(&task->outlets[i], statement, source->name, sink->ops, sink->sink,
                                  &tallies[source->branches[i].statement], &context->epoch_bytes,
                                  err));
    }
    return weir_route_open(source, context->lookups, task->outlets, &task->arena, &task->route,
                           err);
}

static enum weir_code set_position(struct weir_buffer *position, struct weir_slice text,
                                   struct weir_error *err)
{
    position->len = 0;
    return weir_buffer_append(position, text, err);
}

/* Of {"rows":N..}; "" is 0. */
static uint64_t rows_of(struct weir_slice position, bool *ret_done)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", WEIR_FMT(position));
    const char *rows = strstr(text, "\"rows\":");
    *ret_done = strstr(text, "\"done\":true") != NULL;
    return rows ? strtoull(rows + 7, NULL, 10) : 0;
}

static void unassign(struct weir_task *task)
{
    if (task->scan)
        weir_scan_close(task->scan);
    task->scan = NULL;
    if (task->split)
        task->source->table->connector->source->revoke(task->split);
    task->split = NULL;
}

enum weir_code weir_task_assign(struct weir_task *task, const char *from, struct weir_error *err)
{
    const struct weir_plan_source *source = task->source;
    unassign(task);
    task->ended = task->limited = task->moved = false;
    task->rows_limit = UINT64_MAX;
    WEIR_TRY(set_position(&task->from, weir_slice_of(from), err));
    WEIR_TRY(set_position(&task->to, weir_slice_of(from), err));
    if (source->query) {
        task->rows_done = rows_of(weir_slice_of(from), &task->ended);
        return WEIR_OK;
    }
    WEIR_TRY(source->table->connector->source->assign(task->handle, task->split_name,
                                                      weir_slice_of(from), &task->split, err));
    return weir_scan_open(source->table, source->columns_needed, source->hidden_needed,
                          source->on_error, task->split, &task->scan, err);
}

enum weir_code weir_task_limit(struct weir_task *task, struct weir_slice to, struct weir_error *err)
{
    bool done;
    task->limited = true;
    if (!task->source->query)
        return task->source->table->connector->source->limit(task->split, to, err);
    task->rows_limit = rows_of(to, &done);
    if (done)
        task->rows_limit = UINT64_MAX;
    return WEIR_OK;
}

enum weir_code weir_task_limit_to_end(struct weir_task *task, struct weir_error *err)
{
    const struct weir_source_ops *ops =
        task->source->query ? NULL : task->source->table->connector->source;
    if (!ops || !ops->end)
        return WEIR_OK; /* it ends by itself */
    struct weir_buffer end;
    weir_buffer_init(&end, POSITION_BYTES_MAX);
    enum weir_code code = ops->end(task->split, &end, err);
    if (code == WEIR_OK)
        code = weir_task_limit(task, weir_buffer_slice(&end), err);
    weir_buffer_done(&end);
    return code;
}

/* ---- tables ---- */

static enum weir_code step_scan(struct weir_task *task, enum weir_step *ret, struct weir_error *err)
{
    struct weir_task_context *context = task->context;
    const struct weir_connector *connector = task->source->table->connector;
    struct weir_scan_result result;
    if (!task->moved && connector->typed_rows) { /* typed rows are consumed as they are read */
        task->from.len = 0;
        WEIR_TRY(connector->source->position(task->split, &task->from, err));
    }
    WEIR_TRY(weir_scan_next(task->scan, context->now_us, &result, err));
    task->wait_fd = result.wait_fd;
    task->wait_ms = result.wait_ms;
    if (result.state != WEIR_FETCH_DATA) {
        *ret = result.state == WEIR_FETCH_END ? WEIR_STEP_ENDED : WEIR_STEP_IDLE;
        task->ended = result.state == WEIR_FETCH_END;
        if (task->ended && !task->moved) /* e.g. which file was chosen, though it has no rows */
            WEIR_TRY(weir_task_position(task, err));
        return WEIR_OK;
    }
    if (!task->moved &&
        !connector->typed_rows) { /* only now is the epoch's first position known in full */
        task->from.len = 0;
        WEIR_TRY(connector->source->position(task->split, &task->from, err));
    }
    task->moved = true;
    if (!context->epoch_started)
        WEIR_TRY(context->start_epoch(context->session, err));
    weir_counter_add(&task->tally->rows_read, result.batch->rows);
    weir_counter_add(&task->tally->rows_bad, result.bad_count);
    if (result.batch->selection.count)
        WEIR_TRY(weir_route_batch(task->route, result.batch, context->now_us, err));
    weir_scan_done(task->scan);
    *ret = WEIR_STEP_MOVED;
    return context->maybe_cut(context->session, err);
}

/* ---- queries ---- */

/* Takes the result of the query batch by batch. */
struct query_end {
    struct weir_operator op;
    struct weir_task *task;
    uint64_t seen; /* rows of the result so far */
};

static enum weir_code query_batch(struct weir_operator *op, const struct weir_batch *batch,
                                  int64_t now_us, struct weir_error *err)
{
    struct query_end *end = (struct query_end *)op;
    struct weir_task *task = end->task;
    struct weir_task_context *context = task->context;
    (void)now_us;
    uint64_t first = end->seen, count = batch->selection.count;
    end->seen += count;
    if (end->seen <= task->rows_done)
        return WEIR_OK; /* in earlier epochs already */
    uint32_t skip = task->rows_done > first ? (uint32_t)(task->rows_done - first) : 0;
    uint32_t take = task->rows_limit < end->seen ? (uint32_t)(task->rows_limit - first - skip)
                                                 : (uint32_t)count - skip;
    uint32_t *rows = weir_arena_alloc(batch->arena, sizeof *rows * (take + 1), 16);
    if (!rows)
        return weir_fail(err, WEIR_NOMEM, "out of memory for the rows of a query");
    uint32_t at = 0;
    WEIR_FOR_SELECTED(row, batch->selection)
    {
        if (at >= skip && at < skip + take)
            rows[at - skip] = row;
        at++;
    }
    if (!context->epoch_started)
        WEIR_TRY(context->start_epoch(context->session, err));
    struct weir_batch part = *batch;
    part.selection = (struct weir_selection){rows, take};
    task->moved = true;
    task->rows_done += take;
    weir_counter_add(&task->tally->rows_read, take);
    WEIR_TRY(weir_route_batch(task->route, &part, context->now_us, err));
    WEIR_TRY(context->maybe_cut(context->session, err));
    return task->rows_done >= task->rows_limit ? WEIR_STOPPED : WEIR_OK;
}

static enum weir_code query_finish(struct weir_operator *op, int64_t now_us, struct weir_error *err)
{
    (void)op, (void)now_us, (void)err;
    return WEIR_OK;
}

static const struct weir_operator_ops query_end_ops = {
    .name = "query end", .batch = query_batch, .finish = query_finish};

static enum weir_code step_query(struct weir_task *task, enum weir_step *ret,
                                 struct weir_error *err)
{
    struct query_end end = {.op = {.ops = &query_end_ops}, .task = task};
    enum weir_code code = task->rows_done >= task->rows_limit
                              ? WEIR_STOPPED
                              : weir_node_run(task->source->query, task->context->lookups,
                                              task->context->now_us, &end.op, err);
    if (code != WEIR_OK && code != WEIR_STOPPED)
        return code;
    task->ended = true;
    task->moved = true; /* that it is done must be noted, also without rows */
    if (!task->context->epoch_started)
        WEIR_TRY(task->context->start_epoch(task->context->session, err));
    *ret = WEIR_STEP_ENDED;
    return WEIR_OK;
}

/* ---- both ---- */

enum weir_code weir_task_step(struct weir_task *task, enum weir_step *ret, struct weir_error *err)
{
    if (task->ended) {
        *ret = WEIR_STEP_ENDED;
        return WEIR_OK;
    }
    return task->source->query ? step_query(task, ret, err) : step_scan(task, ret, err);
}

enum weir_code weir_task_position(struct weir_task *task, struct weir_error *err)
{
    task->to.len = 0;
    if (task->source->query)
        return weir_buffer_printf(&task->to, err, "{\"rows\":%" PRIu64 "%s}", task->rows_done,
                                  task->ended ? ",\"done\":true" : "");
    return task->source->table->connector->source->position(task->split, &task->to, err);
}

enum weir_code weir_task_cut(struct weir_task *task, struct weir_error *err)
{
    task->moved = false;
    return set_position(&task->from, weir_buffer_slice(&task->to), err);
}

void weir_task_progress(struct weir_task *task)
{
    double share = task->ended ? 1 : -1;
    int64_t lag = task->ended ? 0 : -1;
    bool bytes = false;
    const struct weir_source_ops *ops =
        task->source->query ? NULL : task->source->table->connector->source;
    if (ops && ops->progress && task->split)
        ops->progress(task->split, &share, &lag, &bytes);
    atomic_store_explicit(&task->tally->share_ppm, share < 0 ? -1 : (int64_t)(share * 1e6),
                          memory_order_relaxed);
    atomic_store_explicit(&task->tally->lag, lag, memory_order_relaxed);
    atomic_store_explicit(&task->tally->lag_bytes, bytes, memory_order_relaxed);
}

void weir_task_close(struct weir_task *task)
{
    unassign(task);
    weir_route_close(task->route);
    for (uint32_t i = 0; task->outlets && i < task->source->branches_count; i++)
        weir_outlet_close(&task->outlets[i]);
    weir_buffer_done(&task->from);
    weir_buffer_done(&task->to);
    weir_arena_done(&task->arena);
    *task = (struct weir_task){0};
}
