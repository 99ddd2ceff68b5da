/* Inside of the file-like source: a split and its stages. Included by file_source.c, split_pick.c
 * and split_read.c alone.
 *
 *     LIST --listed--> PICK --object open--> HEAD --verified--> SKIP --> READ --at its end--> PICK
 *      ^                 |                    (only where reading begins in the middle)
 *      +---- WAIT <------+ nothing left, follows: until the place reports a change
 *                        +--> END nothing left, bounded
 *
 * Invariants:
 *  1. `at` is the position behind everything consumed at a record's boundary; read_offset is that
 *     of window[start].
 *  2. The window holds decompressed bytes [read_offset, read_offset + end - start) of the open
 *     object, with WEIR_PAD_BYTES readable behind them. It moves only in poll.
 *  3. at.file is in at.done only after at.file was cleared; a LOG or single local file stays in
 *     at.file when it is at its end.
 *  4. Under a limit, objects come in the order of the limit's done set, whatever the listing holds
 *     by now. */
#ifndef WEIR_CONNECTOR_FILE_SPLIT_H
#define WEIR_CONNECTOR_FILE_SPLIT_H

#include "connector/file/file_source.h"
#include "connector/file/position.h"
#include "connector/file/unpack.h"

#define WEIR_HEAD_BYTES      ((size_t)64 << 10) /* kept of an object's beginning */
#define WEIR_HEAD_HASH_BYTES 4096               /* of it are its fingerprint */

struct weir_source {
    const struct weir_table *table;
    weir_place_make make;
    bool follow;
    char *fallback; /* a local path; NULL: none */
    char *path;     /* the table's, for its hash and messages */
    enum weir_packing packing;
    size_t record_max;
};

enum split_stage {
    SPLIT_LIST,
    SPLIT_PICK,
    SPLIT_HEAD,
    SPLIT_SKIP,
    SPLIT_READ,
    SPLIT_WAIT,
    SPLIT_END
};

struct weir_split {
    struct weir_source *source;
    struct weir_place *place;
    enum split_stage stage;
    bool began; /* the place was asked for something: the choice of a limit comes too late */
    bool limited;
    bool listed, listing_now;

    struct weir_position at;
    struct weir_position limit;
    struct weir_listing listing;
    size_t next;       /* listing: objects before it are done or chosen */
    size_t limit_next; /* the same in limit.done */
    int64_t listed_us; /* when, on the monotonic clock */

    /* the open object */
    char *label;
    int64_t size_max; /* raw bytes that count; INT64_MAX: all */
    struct weir_unpack *unpack;
    char *window;
    size_t window_size, window_max, start, end;
    int64_t read_offset, read_lines;
    size_t shown; /* bytes of the window that the last poll gave and nobody consumed */
    char *head;
    size_t head_len;
    bool open;
    bool finished; /* LOG, single: at.file is at its end */
    bool eof;
    bool boundary; /* window[start] begins a record */
    bool moved;    /* something was consumed since the last poll */
    bool last_shown, full_shown;
    bool head_pending; /* give the head with the next fetch */

    int64_t bytes_total, bytes_done; /* raw, of the listing; for progress */
};

/* split_pick.c */
/* LIST: asks the place; *ret_wait: not yet. */
enum weir_code weir_split_list(struct weir_split *split, bool *ret_wait,
                               struct weir_error *err) WEIR_MUST_CHECK;
/* PICK: opens the next object, or goes to WAIT or END. *ret_limited: the limit is reached. */
enum weir_code weir_split_pick(struct weir_split *split, bool *ret_limited,
                               struct weir_error *err) WEIR_MUST_CHECK;
/* The open object is done with. */
enum weir_code weir_split_finish(struct weir_split *split, struct weir_error *err) WEIR_MUST_CHECK;
/* Is there an object after the open one? */
bool weir_split_has_next(const struct weir_split *split);
/* Do objects, once read to their end, go into the done set? */
bool weir_split_has_done_set(const struct weir_split *split);

/* split_read.c */
/* HEAD and SKIP; *ret_wait: not yet. */
enum weir_code weir_split_resume(struct weir_split *split, bool *ret_wait,
                                 struct weir_error *err) WEIR_MUST_CHECK;
enum split_result { SPLIT_DATA, SPLIT_IDLE, SPLIT_AGAIN, SPLIT_LIMIT };
/* READ: fills `ret` (DATA), or says what is next: AGAIN: another stage. */
enum weir_code weir_split_read(struct weir_split *split, struct weir_fetch *ret,
                               enum split_result *ret_result,
                               struct weir_error *err) WEIR_MUST_CHECK;
/* The fingerprint of the open object's first min(offset, WEIR_HEAD_HASH_BYTES) bytes; 0: none. */
uint64_t weir_split_head_hash(const struct weir_split *split, int64_t offset);
/* Everything of an object that gives no more bytes is consumed: it can be finished. */
bool weir_split_is_read(const struct weir_split *split);

#endif
