/* The line of epochs of one process: prepare, commit, recovery. See epoch.c for the argument. */
#ifndef WEIR_COMMIT_EPOCH_H
#define WEIR_COMMIT_EPOCH_H

#include "api/checkpoint.h"
#include "api/sink.h"
#include "base/metrics.h"

struct weir_epochs;

/* What one (task, statement) pair wrote in an epoch; the bytes are the sink's own encoding. */
struct weir_epoch_chunk {
    uint32_t sink; /* index into the config's sinks */
    const struct weir_writer *writer;
    struct weir_buffer bytes;
    uint64_t rows_count;
};

/* An epoch being filled by the worker, then owned by the commit thread until it is free again.
 * There are two. */
struct weir_epoch {
    uint64_t number; /* set by submit; of a replay: by the caller */
    bool replayed;   /* its record is in the store already */
    int64_t now_us;  /* since 2000-01-01 UTC */
    uint64_t seed;
    struct weir_checkpoint_position *positions; /* texts in `arena` */
    uint32_t positions_count;
    struct weir_checkpoint_lookup *lookups; /* names in `arena` */
    uint32_t lookups_count;
    struct weir_epoch_chunk *chunks; /* fixed: task by task, statement by statement */
    uint32_t chunks_count;
    struct weir_arena arena; /* reset when the epoch begins */
};

struct weir_epochs_sink {
    const struct weir_sink_ops *ops;
    struct weir_sink *sink;
    const char *name;             /* the table's */
    weir_counter *rows_committed; /* moved by the commit thread */
};

struct weir_epochs_config {
    const struct weir_checkpoint_ops *store_ops;
    struct weir_checkpoint *store;
    const struct weir_epochs_sink *sinks;
    uint32_t sinks_count;
    uint64_t plan_hash;
    bool exactly_once;
    int64_t epoch_ms;
    /* The chunks of every epoch, whose sink and writer are copied into both epochs. */
    const struct weir_epoch_chunk *chunks;
    uint32_t chunks_count;
    size_t chunk_bytes_max; /* of one chunk's buffer */
    int wake_fd;            /* eventfd: written when an epoch became free or something failed */
    weir_counter *epoch_prepared, *epoch_committed; /* numbers, for the status */
};

/* What a restart found. Lives until weir_epochs_close. */
struct weir_epochs_recovery {
    const struct weir_checkpoint_record *replay; /* above the least number, ascending */
    size_t replay_count;
    const struct weir_checkpoint_record *newest; /* NULL: there is none */
};

/* The restart of design.md section 3: fences every sink, reads their numbers, then the store;
 * checks that they fit together and that the plan fits open epochs. Starts the commit thread.
 * Config's arrays must outlive it. */
enum weir_code weir_epochs_open(const struct weir_epochs_config *config, struct weir_epochs **ret,
                                struct weir_epochs_recovery *ret_recovery,
                                struct weir_error *err) WEIR_MUST_CHECK;
/* Is an epoch free to be filled without waiting? Thread: worker. */
bool weir_epochs_ready(struct weir_epochs *epochs);
/* Has the commit thread nothing to do? Thread: worker. */
bool weir_epochs_idle(struct weir_epochs *epochs);
/* A free epoch with empty chunks; waits for one. Thread: worker. */
enum weir_code weir_epochs_begin(struct weir_epochs *epochs, struct weir_epoch **ret,
                                 struct weir_error *err) WEIR_MUST_CHECK;
/* Hands a filled epoch over; gives it its number unless it is a replay. Thread: worker. */
enum weir_code weir_epochs_submit(struct weir_epochs *epochs, struct weir_epoch *epoch,
                                  struct weir_error *err) WEIR_MUST_CHECK;
/* Waits until every submitted epoch is visible in every sink. Thread: worker. */
enum weir_code weir_epochs_flush(struct weir_epochs *epochs,
                                 struct weir_error *err) WEIR_MUST_CHECK;
/* What went wrong on the commit thread, if anything. Thread: worker. */
enum weir_code weir_epochs_check(struct weir_epochs *epochs,
                                 struct weir_error *err) WEIR_MUST_CHECK;
/* The bytes of lookup content by snapshot name, wanted when a new name appears in an epoch's
 * lookups: handed in by the worker before it submits. Thread: worker; the store is used under a
 * lock. */
enum weir_code weir_epochs_snapshot(struct weir_epochs *epochs, const char *name,
                                    struct weir_slice bytes,
                                    struct weir_error *err) WEIR_MUST_CHECK;
/* Ends the commit thread without flushing; aborts what is open in the sinks. */
void weir_epochs_close(struct weir_epochs *epochs);

#endif
