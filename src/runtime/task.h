/* A task: one split of one source with its route, run by the worker thread.
 *
 * Between two epoch cuts a task moves from position `from` to position `to`. Whether it has moved
 * decides if an epoch needs a record at all. */
#ifndef WEIR_RUNTIME_TASK_H
#define WEIR_RUNTIME_TASK_H

#include "runtime/route.h"

/* What all tasks of a session share. */
struct weir_task_context {
    const struct weir_plan *plan;
    struct weir_lookups *lookups;
    size_t epoch_bytes; /* written into the epoch being filled, all outlets */
    size_t epoch_bytes_max;
    int64_t now_us;     /* the epoch's now(), since 2000-01-01 UTC; set when its first rows come */
    bool epoch_started; /* now_us is fixed: rows have come */
    /* Called when the first rows of an epoch come, before they are processed: fixes now_us,
     * refreshes lookups. */
    enum weir_code (*start_epoch)(void *session, struct weir_error *err);
    /* Called after each batch, and inside a query source whenever the epoch is full: cuts if it is
     * time. */
    enum weir_code (*maybe_cut)(void *session, struct weir_error *err);
    void *session;
};

/* What a stream has done; written by the worker. */
struct weir_source_tally {
    weir_counter rows_read, rows_bad;
    _Atomic int64_t share_ppm; /* done, in millionths; -1: unknown */
    _Atomic int64_t lag;       /* -1: unknown */
    _Atomic bool lag_bytes;
};

struct weir_task {
    const struct weir_plan_source *source;
    struct weir_source *handle; /* of a table source; shared by its tasks, borrowed */
    const char *split_name;
    struct weir_task_context *context;
    struct weir_source_tally *tally;
    struct weir_outlet *outlets; /* one a branch */
    struct weir_route *route;
    struct weir_split *split; /* NULL: not assigned, or a query */
    struct weir_scan *scan;
    struct weir_buffer from, to; /* positions at the epoch's begin and now */
    bool moved;                  /* rows were read in this epoch */
    bool ended;
    bool limited; /* a limit is set: END is the end of a drain or replay */
    int wait_fd;  /* after an idle step */
    int64_t wait_ms;
    /* of a query source */
    uint64_t rows_done;  /* rows that went into epochs */
    uint64_t rows_limit; /* stop after so many; UINT64_MAX: none */
    struct weir_arena arena;
};

enum weir_step { WEIR_STEP_MOVED, WEIR_STEP_IDLE, WEIR_STEP_ENDED };

/* sinks: ops and handles by plan sink index. The task's name of split must outlive it. */
enum weir_code weir_task_open(struct weir_task *task, const struct weir_plan_source *source,
                              struct weir_source *handle, const char *split_name,
                              const struct weir_epochs_sink *sinks,
                              struct weir_statement_tally *tallies, struct weir_source_tally *tally,
                              struct weir_task_context *context,
                              struct weir_error *err) WEIR_MUST_CHECK;
/* Goes to a position ("" is the start). */
enum weir_code weir_task_assign(struct weir_task *task, const char *from,
                                struct weir_error *err) WEIR_MUST_CHECK;
/* END at this position. */
enum weir_code weir_task_limit(struct weir_task *task, struct weir_slice to,
                               struct weir_error *err) WEIR_MUST_CHECK;
/* END at the split's present end. */
enum weir_code weir_task_limit_to_end(struct weir_task *task,
                                      struct weir_error *err) WEIR_MUST_CHECK;
/* Deals with the next batch, if there is one. */
enum weir_code weir_task_step(struct weir_task *task, enum weir_step *ret,
                              struct weir_error *err) WEIR_MUST_CHECK;
/* Brings `to` up to date. */
enum weir_code weir_task_position(struct weir_task *task, struct weir_error *err) WEIR_MUST_CHECK;
/* The epoch was cut: from = to. */
enum weir_code weir_task_cut(struct weir_task *task, struct weir_error *err) WEIR_MUST_CHECK;
void weir_task_progress(struct weir_task *task);
void weir_task_close(struct weir_task *task);

#endif
