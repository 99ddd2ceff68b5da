/* The catalog seam: looking at, making and deleting what a table stands for. topics, ls, reset,
 * doctor and the dashboard use it. Thread: any, one call at a time a table. */
#ifndef WEIR_API_CATALOG_H
#define WEIR_API_CATALOG_H

#include "api/table.h"
#include "base/buffer.h"

/* A file behind a stream, as `ls -l` shows it. Texts live in the arena given. */
struct weir_catalog_file {
    const char *permissions; /* "-rw-r--r--" */
    const char *owner, *group;
    int64_t size_bytes;
    int64_t modified_us; /* since 1970 UTC */
    const char *name;    /* path or URL */
};

struct weir_catalog_partition {
    int32_t partition;
    int64_t first_offset, end_offset;
    int64_t bytes;
};

struct weir_catalog_info {
    bool exists;
    const char *location; /* where it lies: path, URL, "weir-data/weir.db customers_usa" */
    int64_t rows;         /* visible rows or messages; -1 where that is not cheaply known */
    int64_t bytes;        /* -1: unknown */
    const struct weir_catalog_partition *partitions; /* topics only */
    uint32_t partitions_count;
    uint64_t number; /* of the pipeline given to describe; 0: none */
};

struct weir_catalog_ops {
    /* What it is now. A thing that is missing is no error: exists = false. `pipeline` may be NULL.
     */
    enum weir_code (*describe)(const struct weir_table *table, const char *pipeline,
                               struct weir_arena *arena, struct weir_catalog_info *ret,
                               struct weir_error *err);
    /* The files behind it, in order. May be NULL (no files). */
    enum weir_code (*files)(const struct weir_table *table, struct weir_arena *arena,
                            const struct weir_catalog_file **ret, size_t *ret_count,
                            struct weir_error *err);
    /* The names of all things of this kind on the table's server (topics of a log); may be NULL. */
    enum weir_code (*list)(const struct weir_table *table, struct weir_arena *arena,
                           const char *const **ret, size_t *ret_count, struct weir_error *err);
    /* Makes it; *ret_created false: it was there. */
    enum weir_code (*create)(const struct weir_table *table, bool *ret_created,
                             struct weir_error *err);
    /* Deletes it with all its content; missing is no error. WEIR_FENCED: a process is writing to
     * it. */
    enum weir_code (*drop)(const struct weir_table *table, struct weir_error *err);
    /* Takes the pipeline's number (and nothing else) out of it: for a reset that must not delete
     * the thing. May be NULL. */
    enum weir_code (*forget)(const struct weir_table *table, const char *pipeline,
                             struct weir_error *err);
    /* Is the system there and does it answer? */
    enum weir_code (*ping)(const struct weir_table *table, struct weir_error *err);
};

#endif
