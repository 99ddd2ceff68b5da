/* The sink seam: where rows go, exactly once.
 *
 * The task's thread encodes rows with a writer into plain buffers (`write`); at the end of an epoch
 * those buffers go to the commit thread, which hands them to the sink in a fixed order (task by
 * task, statement by statement) with `prepare` and makes epochs visible with `commit`. The number
 * of the last visible epoch lies in the sink itself and moves with the data, by comparing it with
 * the number that this process last saw. design.md section 3 is the contract; commit/epoch.c the
 * caller. */
#ifndef WEIR_API_SINK_H
#define WEIR_API_SINK_H

#include "api/table.h"
#include "base/buffer.h"

struct weir_sink;
struct weir_writer;

enum weir_delivery {
    WEIR_EXACTLY_ONCE,  /* the number lives in the sink */
    WEIR_AT_LEAST_ONCE, /* stdout, http: read_number is NULL, the number lives in the checkpoint
                           store */
};

struct weir_sink_config {
    const char *pipeline; /* the pipeline's name; the sink's own name is the table's */
    uint64_t incarnation; /* random, another in every process and every start over */
    size_t memory_max;    /* bytes the sink may hold itself */
    bool exactly_once; /* false: SET weir.delivery = 'at-least-once': no fsync needed, numbers may
                          lag */
};

/* Rows for a sink: one vector a declared column of the table, all of the right types. */
struct weir_rows {
    const struct weir_vector *const *columns;
    uint32_t columns_count;
    uint32_t rows_max; /* length of the vectors */
    struct weir_selection selection;
};

/* Of one epoch, the bytes that writers of one (task, statement) pair produced. */
struct weir_sink_chunk {
    struct weir_slice bytes;
    uint64_t rows_count;
    const struct weir_writer *writer; /* tells e.g. which columns were given */
};

struct weir_sink_ops {
    enum weir_delivery delivery;
    /* Opens, creating what is missing (topic, directory, table); says so in *ret_created, which
     * reset goes by. Checks what is there column by column where the system has columns. Thread:
     * the main one, before the run. */
    enum weir_code (*open)(const struct weir_table *table, const struct weir_sink_config *config,
                           bool *ret_created, struct weir_sink **ret, struct weir_error *err);
    /* Shuts out older processes that write as this pipeline's sink (locks, producer epochs).
     * WEIR_FENCED: another one is alive. */
    enum weir_code (*fence)(struct weir_sink *sink, struct weir_error *err);
    /* The number of the last visible epoch; 0: none yet. After fence. This is the number the next
     * commit compares with. */
    enum weir_code (*read_number)(struct weir_sink *sink, uint64_t *ret, struct weir_error *err);

    /* A writer for one statement of one task. `given` by declared column: set by the INSERT (others
     * carry their default or NULL; an upsert leaves a default's first value alone). Task thread, or
     * main before it starts. */
    enum weir_code (*writer_new)(struct weir_sink *sink, const bool *given,
                                 struct weir_writer **ret, struct weir_error *err);
    /* Appends the encoded rows to `out` (nothing becomes visible). A row that cannot be encoded
     * (NULL key, no text form) is left out: its error goes to row_errors[row] (ptr NULL: fine;
     * slices in arena). *ret_written: rows appended. Thread: task. Pure but for the writer. */
    enum weir_code (*write)(struct weir_writer *writer, const struct weir_rows *rows,
                            struct weir_arena *arena, struct weir_slice *row_errors,
                            struct weir_buffer *out, uint32_t *ret_written, struct weir_error *err);
    void (*writer_free)(struct weir_writer *writer);

    /* Takes epoch `number` (ascending; chunks may be empty): flushes it to where a commit can
     * publish it. The chunks' bytes are borrowed until prepare returns. Thread: commit. The first
     * call of prepare for a number comes before its checkpoint record is written for sinks that can
     * reject; others may copy here. After a replay the same number can come again, with the same
     * content. */
    enum weir_code (*prepare)(struct weir_sink *sink, uint64_t number, int64_t now_us,
                              const struct weir_sink_chunk *chunks, uint32_t chunks_count,
                              struct weir_error *err);
    /* Makes prepared epochs visible up to `number`, durably, together with the number, by
     * compare-and-set. A coarse sink may put it off unless `force` (end of the run, interval over):
     * *ret_number is the number now visible. WEIR_FENCED: the compare was lost. number may be that
     * of an epoch without rows for this sink. Thread: commit. */
    enum weir_code (*commit)(struct weir_sink *sink, uint64_t number, bool force,
                             uint64_t *ret_number, struct weir_error *err);
    /* Milliseconds until a coarse sink wants a commit with force; -1: it has nothing open. NULL:
     * never coarse. Thread: commit. */
    int64_t (*commit_due_ms)(struct weir_sink *sink);
    /* Drops what is prepared but not visible. Thread: commit. */
    void (*abort)(struct weir_sink *sink);
    /* Aborts, lets go of locks. */
    void (*close)(struct weir_sink *sink);
};

#endif
