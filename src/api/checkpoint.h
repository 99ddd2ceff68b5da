/* The checkpoint seam: the durable line of prepared epochs (design.md section 3, step 2). */
#ifndef WEIR_API_CHECKPOINT_H
#define WEIR_API_CHECKPOINT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct weir_checkpoint;

/* Where one split stood at the beginning and the end of an epoch. */
struct weir_checkpoint_position {
    const char *stream; /* the table's name */
    const char *split;
    const char *from, *to; /* the source's own position texts */
};

struct weir_checkpoint_lookup {
    const char *name; /* "lookup-2-9f3c.." : the name of a snapshot kept by snapshot_put */
    uint32_t lookup;  /* index in the plan */
};

/* For sinks whose number lives here (at-least-once ones). */
struct weir_checkpoint_number {
    const char *sink;
    uint64_t number;
};

struct weir_checkpoint_record {
    uint64_t number; /* N, from 1 */
    int64_t now_us;  /* the epoch's now(), since 2000-01-01 UTC */
    uint64_t seed;   /* of random() */
    uint64_t plan_hash;
    const struct weir_checkpoint_position *positions;
    uint32_t positions_count; /* all splits of all sources, also those that did not move */
    const struct weir_checkpoint_lookup *lookups;
    uint32_t lookups_count;
};

struct weir_checkpoint_ops {
    /* Opens and fences the store for one pipeline. WEIR_FENCED with the owner's pid when another
     * process has it. */
    enum weir_code (*open)(const char *location, const char *pipeline, struct weir_checkpoint **ret,
                           struct weir_error *err);
    /* All records, ascending; texts in arena. A damaged one is WEIR_BAD_DATA with a hint that says
     * what to do. */
    enum weir_code (*read)(struct weir_checkpoint *store, struct weir_arena *arena,
                           struct weir_checkpoint_record **ret, size_t *ret_count,
                           struct weir_error *err);
    /* Durable and only once: WEIR_FENCED when N is taken or a newer record is there. */
    enum weir_code (*put)(struct weir_checkpoint *store,
                          const struct weir_checkpoint_record *record, struct weir_error *err);
    /* Deletes records up to `number`, never the newest; and snapshots that no record names any
     * more. */
    enum weir_code (*remove)(struct weir_checkpoint *store, uint64_t number,
                             struct weir_error *err);
    /* Lookup content by name: put is durable and does nothing when the name is there. */
    enum weir_code (*snapshot_put)(struct weir_checkpoint *store, const char *name,
                                   struct weir_slice bytes, struct weir_error *err);
    enum weir_code (*snapshot_read)(struct weir_checkpoint *store, const char *name, char **ret,
                                    size_t *ret_len, struct weir_error *err);
    /* A small named note that replaces the one before (what the pipeline created, numbers of
     * at-least-once sinks); read gives *ret = NULL when there is none. */
    enum weir_code (*note_put)(struct weir_checkpoint *store, const char *name,
                               struct weir_slice bytes, struct weir_error *err);
    enum weir_code (*note_read)(struct weir_checkpoint *store, const char *name, char **ret,
                                size_t *ret_len, struct weir_error *err);
    /* Deletes everything the store holds for this pipeline, and closes. */
    enum weir_code (*destroy)(struct weir_checkpoint *store, struct weir_error *err);
    void (*close)(struct weir_checkpoint *store);
};

#endif
