/* Sessions, one after the other: when another process got in between (fenced) or a system failed
 * for a moment (retry), the protocol's answer is to start over from what is durable, with empty
 * buffers. */
#include "runtime/runtime.h"

#include <poll.h>
#include <stdlib.h>

#include "base/env.h"
#include "base/log.h"
#include "runtime/session.h"

#define FENCED_TRIES_MAX  3
#define RETRY_WAIT_MS_MIN 100
#define RETRY_WAIT_MS_MAX 10000
#define RUNTIME_BYTES_MAX ((size_t)16 << 20)

struct weir_runtime {
    const struct weir_plan *plan;
    struct weir_runtime_config config;
    struct weir_tallies tallies;
    struct weir_session *session;
    int64_t started_us, started_monotonic_us;
    struct weir_arena arena;
};

enum weir_code weir_runtime_open(const struct weir_plan *plan,
                                 const struct weir_runtime_config *config,
                                 struct weir_runtime **ret, struct weir_error *err)
{
    struct weir_runtime *runtime = calloc(1, sizeof *runtime);
    if (!runtime)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    runtime->plan = plan;
    runtime->config = *config;
    runtime->started_us = weir_clock_wall_us();
    runtime->started_monotonic_us = weir_clock_monotonic_us();
    weir_arena_init(&runtime->arena, RUNTIME_BYTES_MAX);
    struct weir_tallies *tallies = &runtime->tallies;
    tallies->statements =
        WEIR_NEW_ARRAY(&runtime->arena, struct weir_statement_tally, plan->statements_count + 1);
    tallies->sources =
        WEIR_NEW_ARRAY(&runtime->arena, struct weir_source_tally, plan->sources_count + 1);
    tallies->sinks = WEIR_NEW_ARRAY(&runtime->arena, weir_counter, plan->sinks_count + 1);
    enum weir_code code =
        tallies->statements && tallies->sources && tallies->sinks
            ? weir_session_open(plan, &runtime->config, tallies, &runtime->session, err)
            : weir_fail(err, WEIR_NOMEM, "out of memory");
    if (code != WEIR_OK) {
        weir_runtime_close(runtime);
        return code;
    }
    *ret = runtime;
    return WEIR_OK;
}

/* Waits before another try; false: stopped meanwhile. */
static bool wait_to_retry(const struct weir_runtime *runtime, int wait_ms)
{
    struct pollfd fd = {.fd = runtime->config.stop_fd, .events = POLLIN};
    poll(&fd, 1, wait_ms);
    return !*runtime->config.stop;
}

enum weir_code weir_runtime_run(struct weir_runtime *runtime, struct weir_error *err)
{
    int fenced = 0, wait_ms = RETRY_WAIT_MS_MIN;
    for (;;) {
        enum weir_code code = WEIR_OK;
        if (!runtime->session)
            code = weir_session_open(runtime->plan, &runtime->config, &runtime->tallies,
                                     &runtime->session, err);
        if (code == WEIR_OK)
            code = weir_session_run(runtime->session, err);
        if (code == WEIR_OK)
            return WEIR_OK;
        weir_session_close(runtime->session);
        runtime->session = NULL;
        if (code != WEIR_RETRY && (code != WEIR_FENCED || ++fenced == FENCED_TRIES_MAX))
            return code;
        weir_log(WEIR_LOG_WARNING, "%s; starting over from the last committed epoch in %d ms",
                 err->text, wait_ms);
        if (!wait_to_retry(runtime, wait_ms))
            return WEIR_OK;
        wait_ms = wait_ms * 2 > RETRY_WAIT_MS_MAX ? RETRY_WAIT_MS_MAX : wait_ms * 2;
    }
}

/* ---- status ---- */

static void statement_status(const struct weir_runtime *runtime, uint32_t index,
                             struct weir_statement_status *ret)
{
    const struct weir_plan *plan = runtime->plan;
    const struct weir_statement_tally *tally = &runtime->tallies.statements[index];
    *ret = (struct weir_statement_status){.label = plan->statements[index].label,
                                          .rows_in = weir_counter_get(&tally->rows_in),
                                          .rows_out = weir_counter_get(&tally->rows_out),
                                          .rows_bad = weir_counter_get(&tally->rows_bad),
                                          .share_done = -1,
                                          .lag = -1};
    for (uint32_t i = 0; i < plan->sources_count; i++) {
        const struct weir_source_tally *source = &runtime->tallies.sources[i];
        bool reads = false;
        for (uint32_t b = 0; b < plan->sources[i].branches_count; b++)
            reads |= plan->sources[i].branches[b].statement == index;
        if (!reads)
            continue;
        int64_t share = atomic_load_explicit(&source->share_ppm, memory_order_relaxed);
        ret->share_done = share < 0 ? -1 : (double)share / 1e6;
        ret->lag = atomic_load_explicit(&source->lag, memory_order_relaxed);
        ret->lag_bytes = atomic_load_explicit(&source->lag_bytes, memory_order_relaxed);
    }
}

/* The entry of a table in `streams`, added when it is new. */
static struct weir_stream_status *stream_of(struct weir_stream_status *streams, uint32_t *count,
                                            const struct weir_table *table, const char *name)
{
    for (uint32_t i = 0; i < *count; i++)
        if (table && streams[i].table == table)
            return &streams[i];
    streams[*count] = (struct weir_stream_status){.table = table, .name = name};
    return &streams[(*count)++];
}

enum weir_code weir_runtime_status(struct weir_runtime *runtime, struct weir_arena *arena,
                                   struct weir_status *ret, struct weir_error *err)
{
    const struct weir_plan *plan = runtime->plan;
    struct weir_statement_status *statements =
        WEIR_NEW_ARRAY(arena, struct weir_statement_status, plan->statements_count + 1);
    struct weir_stream_status *streams = WEIR_NEW_ARRAY(
        arena, struct weir_stream_status, plan->sources_count + plan->sinks_count + 1);
    uint32_t streams_count = 0;
    if (!statements || !streams)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a status");
    for (uint32_t i = 0; i < plan->statements_count; i++)
        statement_status(runtime, i, &statements[i]);
    for (uint32_t i = 0; i < plan->sources_count; i++) {
        const struct weir_source_tally *tally = &runtime->tallies.sources[i];
        struct weir_stream_status *stream =
            stream_of(streams, &streams_count, plan->sources[i].table, plan->sources[i].name);
        stream->is_source = true;
        stream->rows_read += weir_counter_get(&tally->rows_read);
        stream->rows_bad += weir_counter_get(&tally->rows_bad);
    }
    for (uint32_t i = 0; i < plan->sinks_count; i++) {
        const struct weir_table *table = plan->sinks[i].table;
        struct weir_stream_status *stream = stream_of(streams, &streams_count, table, table->name);
        stream->is_sink = true;
        stream->rows_written += weir_counter_get(&runtime->tallies.sinks[i]);
        for (uint32_t k = 0; k < plan->statements_count; k++)
            if (plan->statements[k].sink == i)
                stream->rows_bad += statements[k].rows_bad;
    }
    *ret = (struct weir_status){
        .started_us = runtime->started_us,
        .elapsed_us = weir_clock_monotonic_us() - runtime->started_monotonic_us,
        .epoch = weir_counter_get(&runtime->tallies.epoch_prepared),
        .epochs_committed = weir_counter_get(&runtime->tallies.epoch_committed),
        .statements = statements,
        .statements_count = plan->statements_count,
        .streams = streams,
        .streams_count = streams_count};
    return WEIR_OK;
}

void weir_runtime_close(struct weir_runtime *runtime)
{
    if (!runtime)
        return;
    weir_session_close(runtime->session);
    weir_arena_done(&runtime->arena);
    free(runtime);
}
