/* The runtime: carries out a plan's statements until they end or are stopped.
 *
 * Threads: the caller's becomes the worker (all tasks), one more is the commit thread. Status
 * snapshots may be taken by any. */
#ifndef WEIR_RUNTIME_RUNTIME_H
#define WEIR_RUNTIME_RUNTIME_H

#include <signal.h>

#include "api/checkpoint.h"
#include "plan/plan.h"

struct weir_runtime;

/* What one statement has done so far in this run. */
struct weir_statement_status {
    const char *label;
    uint64_t rows_in, rows_out, rows_bad;
    double share_done; /* 0..1; -1: unknown (unbounded) */
    int64_t lag;       /* records or bytes still ahead; -1: unknown */
    bool lag_bytes;
};

/* One stream (source or sink) of the run. */
struct weir_stream_status {
    const struct weir_table *table; /* NULL: a query source */
    const char *name;
    uint64_t rows_read, rows_written, rows_bad; /* written: committed and visible */
    bool is_source, is_sink;
};

struct weir_status {
    int64_t started_us; /* since 1970 UTC */
    int64_t elapsed_us;
    uint64_t epoch;            /* the last one prepared */
    uint64_t epochs_committed; /* in all sinks */
    const struct weir_statement_status *statements;
    uint32_t statements_count;
    const struct weir_stream_status *streams;
    uint32_t streams_count;
};

struct weir_runtime_config {
    bool drain;
    /* Async-signal-safe flag set by the caller's handlers: 1 finish the epoch and stop. (A second
     * signal is the handler's: _exit.) */
    const volatile sig_atomic_t *stop;
    int stop_fd; /* readable when stop was set, to wake the worker (self-pipe); -1: none */
};

/* Opens sources and sinks, restores from the checkpoint, checks. */
enum weir_code weir_runtime_open(const struct weir_plan *plan,
                                 const struct weir_runtime_config *config,
                                 struct weir_runtime **ret, struct weir_error *err) WEIR_MUST_CHECK;
/* Runs to the end (drain, bounded sources) or until stopped: WEIR_OK in both cases, everything
 * committed. */
enum weir_code weir_runtime_run(struct weir_runtime *runtime,
                                struct weir_error *err) WEIR_MUST_CHECK;
/* A consistent-enough snapshot; texts live as long as the runtime, arrays in `arena`. Any thread.
 */
enum weir_code weir_runtime_status(struct weir_runtime *runtime, struct weir_arena *arena,
                                   struct weir_status *ret, struct weir_error *err) WEIR_MUST_CHECK;
void weir_runtime_close(struct weir_runtime *runtime);

/* What a reset would do and does: `created` things are dropped, the rest is named and left (its
 * number is forgotten). */
struct weir_reset_item {
    const struct weir_table *table;
    const char *location;
    bool drop;
    int64_t rows;
};
enum weir_code weir_reset_list(const struct weir_plan *plan, struct weir_arena *arena,
                               struct weir_reset_item **ret, size_t *ret_count,
                               bool *ret_has_checkpoint, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_reset_run(const struct weir_plan *plan, struct weir_error *err) WEIR_MUST_CHECK;

#endif
