/* A topic: a directory of the log's root that holds
 *
 *     topic.json               how many partitions it has; made once, never changed
 *     lock                     held by the one writer
 *     %020d.log                segments, named by the position (bytes of all before) they begin at
 *     tail                     where the durable part ends, rewritten after each sync: a hint
 *
 * A position counts bytes of blocks over all segments, so that the next segment's name is where the
 * one before ends. */
#ifndef WEIR_CONNECTOR_LOG_TOPIC_H
#define WEIR_CONNECTOR_LOG_TOPIC_H

#include "base/env.h"
#include "connector/log/block.h"

struct weir_topic {
    char *name;
    char *dir;
    uint32_t partitions;
    bool by_reader; /* made by a reader that came first, not by a writer or a person */
};

/* WEIR_BAD_CONFIG unless the name can be one of a topic. */
enum weir_code weir_topic_name_check(const char *name, struct weir_error *err) WEIR_MUST_CHECK;
/* WEIR_IO with ENOENT: there is no such topic. */
enum weir_code weir_topic_open(const char *root, const char *name, struct weir_topic *ret,
                               struct weir_error *err) WEIR_MUST_CHECK;
/* Makes it unless it is there. */
enum weir_code weir_topic_create(const char *root, const char *name, uint32_t partitions,
                                 bool by_reader, bool *ret_created,
                                 struct weir_error *err) WEIR_MUST_CHECK;
void weir_topic_done(struct weir_topic *topic);

/* Positions at which segments begin, ascending, malloc'd. */
enum weir_code weir_topic_segments(const struct weir_topic *topic, uint64_t **ret,
                                   size_t *ret_count, struct weir_error *err) WEIR_MUST_CHECK;
/* The path of a file of the topic, in a buffer of PATH_MAX bytes. */
void weir_topic_path(const struct weir_topic *topic, const char *file, char *to);
void weir_topic_segment_path(const struct weir_topic *topic, uint64_t base, char *to);
/* Opens a segment for reading. WEIR_IO with ENOENT: retention has taken it. */
enum weir_code weir_topic_segment_open(const struct weir_topic *topic, uint64_t base, int *ret_fd,
                                       struct weir_error *err) WEIR_MUST_CHECK;
/* Whether a live process holds the topic's write lock. Looks without taking the lock. */
bool weir_topic_has_writer(const struct weir_topic *topic);

/* ---- the tail ---- */

struct weir_topic_tail {
    uint64_t position;
    uint64_t *next; /* next offsets, one a partition; malloc'd by weir_topic_tail_init */
    bool synced;    /* false: the writer does not fsync, a power loss may go behind it */
};

enum weir_code weir_topic_tail_init(struct weir_topic_tail *tail, uint32_t partitions,
                                    struct weir_error *err) WEIR_MUST_CHECK;
void weir_topic_tail_done(struct weir_topic_tail *tail);
/* Writes the hint; a failure only makes readers slower, so there is none to report. */
void weir_topic_tail_write(const struct weir_topic *topic, int fd,
                           const struct weir_topic_tail *tail);
/* Moves *tail on to what the hint says; *ret_moved false: nothing new (or no hint). */
void weir_topic_tail_read(const struct weir_topic *topic, struct weir_topic_tail *tail,
                          bool *ret_moved);
/* For when no writer lives: walks the blocks behind *tail, makes them durable, and moves *tail to
 * the end of the last whole one. A block that is not whole ends the walk. */
enum weir_code weir_topic_tail_extend(const struct weir_topic *topic, struct weir_topic_tail *tail,
                                      struct weir_error *err) WEIR_MUST_CHECK;
/* The present end: the hint, or the walk where no writer lives. */
enum weir_code weir_topic_tail_find(const struct weir_topic *topic, struct weir_topic_tail *tail,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* ---- walking the blocks of a segment ---- */

/* A window of a file: the bytes last read, aligned so that blocks can be read as they lie. */
struct weir_window {
    int fd;
    char *ptr;
    size_t capacity;
    uint64_t start; /* in the file */
    size_t len;
    uint64_t limit; /* bytes of the file that may be looked at */
    size_t ahead;   /* bytes to read at once, at least */
};

#define WEIR_WINDOW_AHEAD (WEIR_BLOCK_CHUNK_BYTES + 64 * 1024)

void weir_window_init(struct weir_window *window, int fd, uint64_t limit);
void weir_window_done(struct weir_window *window);
/* Whether the bytes are in memory already. */
static inline bool weir_window_holds(const struct weir_window *window, uint64_t at, size_t len)
{
    return at >= window->start && at - window->start <= window->len &&
           window->len - (at - window->start) >= len;
}
/* Bytes [at, at + len); *ret NULL when the limit is before their end. at is a multiple of 8. */
enum weir_code weir_window_get(struct weir_window *window, uint64_t at, size_t len,
                               const char **ret, struct weir_error *err) WEIR_MUST_CHECK;

enum weir_walk_found {
    WEIR_WALK_BLOCK,
    WEIR_WALK_END,    /* exactly at the limit */
    WEIR_WALK_BROKEN, /* no whole, undamaged block begins here */
};

struct weir_walk {
    struct weir_window window;
    uint64_t base;                      /* position at which the segment begins */
    uint64_t at;                        /* of the block last found, in the file */
    uint64_t next;                      /* where the next one begins, in the file */
    const struct weir_block_head *head; /* of the block last found; valid until the next call */
};

void weir_walk_init(struct weir_walk *walk, int fd, uint64_t base, uint64_t limit);
/* The window keeps its memory; the file is not closed. */
void weir_walk_done(struct weir_walk *walk);
/* The block at walk->next. `whole`: its chunks are checked too, and must end before the limit. */
enum weir_code weir_walk_next(struct weir_walk *walk, bool whole, enum weir_walk_found *ret,
                              struct weir_error *err) WEIR_MUST_CHECK;
/* Adds an EPOCH block's records to next offsets; takes those of a START block. */
void weir_walk_count(const struct weir_block_head *head, uint64_t *next, uint32_t partitions_count);

#endif
