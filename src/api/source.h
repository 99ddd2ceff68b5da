/* The source seam: where records come from.
 *
 * A source has splits (a topic's partitions; file-like sources have one). A split is read by one
 * task: polled for what there is next, told how much was consumed, asked for its position at the
 * end of an epoch. Positions are short printable texts whose meaning is the connector's own (JSON
 * by convention); assigned again from a position, a split gives the very bytes that followed it.
 *
 * Thread: all calls for one source come from the worker thread; `version` from any thread before
 * the run and between epochs. Calls must not block for longer than some milliseconds: slow fetching
 * runs on threads of the connector's own, which make wait_fd readable. */
#ifndef WEIR_API_SOURCE_H
#define WEIR_API_SOURCE_H

#include "api/table.h"
#include "base/buffer.h"

struct weir_source;
struct weir_split;

enum weir_fetch_kind {
    WEIR_FETCH_BYTES, /* a run of a byte stream: the format finds the records in it (file, http, s3,
                         stdin) */
    WEIR_FETCH_RECORDS, /* whole messages (log, kafka) */
    WEIR_FETCH_ROWS,    /* typed rows, filled into the batch by `read_rows` (sqlite, generate) */
};

enum weir_fetch_state {
    WEIR_FETCH_DATA, /* there is something */
    WEIR_FETCH_IDLE, /* nothing now: wait for wait_fd or wait_ms, then poll again */
    WEIR_FETCH_END,  /* a bounded split is at its end, or the limit set by `limit` is reached */
};

struct weir_record {
    struct weir_slice value; /* ptr NULL: a tombstone (NULL value) */
    struct weir_slice key;   /* ptr NULL: none */
    int64_t timestamp_us;    /* since 2000-01-01 UTC */
    int64_t offset;
};

struct weir_fetch {
    enum weir_fetch_state state;
    enum weir_fetch_kind kind;
    /* BYTES: not consumed bytes so far, WEIR_PAD_BYTES readable behind them. A poll after which
     * nothing was consumed gives more bytes than before, up to the source's cap for one record
     * (option max_record of table, default 16 MB), or the same with `last`/`full`. */
    struct weir_slice bytes;
    bool first;             /* BYTES: begins at the first byte of a file (BOM, CSV header) */
    struct weir_slice head; /* BYTES: the file's beginning (up to 64 kB) where reading began in its
                               middle: CSV finds its header here */
    bool last;              /* BYTES: the file (document) ends with these bytes */
    bool full; /* BYTES: the cap is reached, no more bytes come before some are consumed */
    const struct weir_record *records; /* RECORDS */
    uint32_t records_count;
    int64_t offset;           /* BYTES: offset of bytes.ptr in the (decompressed) file */
    int64_t timestamp_us;     /* BYTES: the file's modification time; WEIR_NO_TIMESTAMP: unknown */
    struct weir_slice source; /* topic or file, for _source and messages */
    int32_t partition;
    int64_t line; /* BYTES: lines consumed before bytes.ptr, for messages (0-based) */
    /* IDLE: */
    int wait_fd;     /* readable when polling again makes sense; -1: none */
    int64_t wait_ms; /* poll again after this long at the latest; -1: only wait_fd */
};
#define WEIR_NO_TIMESTAMP INT64_MIN

struct weir_source_config {
    const bool *columns_needed; /* by declared column; ROWS sources fill only these */
    bool follow; /* false: bounded by the present content (query, lookups) even where the table is
                    unbounded */
};

struct weir_source_ops {
    /* Opens what the table names; a missing file is WEIR_BAD_CONFIG, a server that does not answer
     * WEIR_RETRY. */
    enum weir_code (*open)(const struct weir_table *table, const struct weir_source_config *config,
                           struct weir_source **ret, struct weir_error *err);
    /* Names of the splits, NUL-terminated, valid until close; at least one. The same names in every
     * run. */
    enum weir_code (*discover)(struct weir_source *source, const char *const **ret_splits,
                               uint32_t *ret_count, struct weir_error *err);
    /* Starts reading a split from a position (as `position` gave it), or from the table's `start`
     * when it is empty. */
    enum weir_code (*assign)(struct weir_source *source, const char *split, struct weir_slice from,
                             struct weir_split **ret, struct weir_error *err);
    /* Appends the position of the split's present end. For --drain and queries. NULL: the source
     * ends by itself (always bounded). */
    enum weir_code (*end)(struct weir_split *split, struct weir_buffer *ret,
                          struct weir_error *err);
    /* The split gives nothing beyond this position: polls say END there. An empty slice takes the
     * limit away. Replay of an epoch is assign(from) + limit(to). */
    enum weir_code (*limit)(struct weir_split *split, struct weir_slice to, struct weir_error *err);
    /* What there is next; ret and what it points to are valid until the next poll or revoke of this
     * split. */
    enum weir_code (*poll)(struct weir_split *split, struct weir_fetch *ret,
                           struct weir_error *err);
    /* ROWS only: fills up to batch->capacity rows of the needed columns (batch->rows = how many);
     * consumed at once. */
    enum weir_code (*read_rows)(struct weir_split *split, struct weir_batch *batch,
                                struct weir_error *err);
    /* Of the last poll, so many bytes or records are done with. `lines`: line ends in them (BYTES).
     * `boundary` false: they end inside a record (an oversized one being skipped): the position
     * stays at that record's start for now. */
    void (*consume)(struct weir_split *split, size_t count, size_t lines, bool boundary);
    /* Appends the position behind everything consumed. */
    enum weir_code (*position)(struct weir_split *split, struct weir_buffer *ret,
                               struct weir_error *err);
    /* Share done 0..1 and records (or bytes, where unit_bytes) still ahead; -1 each where unknown.
     * For progress only. */
    void (*progress)(struct weir_split *split, double *ret_share, int64_t *ret_lag,
                     bool *ret_unit_bytes);
    void (*revoke)(struct weir_split *split);
    /* Everything before these positions is committed in all sinks. May be NULL. */
    enum weir_code (*ack)(struct weir_source *source, const char *split, struct weir_slice position,
                          struct weir_error *err);
    /* A short text that changes when the content does (mtime and size, ETag): lookups are read anew
     * when it changed. NULL: never changes. */
    enum weir_code (*version)(struct weir_source *source, struct weir_buffer *ret,
                              struct weir_error *err);
    void (*close)(struct weir_source *source);
};

#endif
