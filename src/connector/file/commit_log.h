/* The commit log of a directory of parts: `_spark_metadata`, laid out as Spark's FileStreamSinkLog,
 * version 1.
 *
 * Entries are files named by ids from 0 without a gap. Each has the line "v1" and then one JSON
 * object a part. Every tenth (9, 19, ..) is called ID.compact and holds all lines up to it; then
 * older ones are no longer needed. A writer adds an entry by putting the next id if it is absent,
 * so that several share one log. */
#ifndef WEIR_CONNECTOR_FILE_COMMIT_LOG_H
#define WEIR_CONNECTOR_FILE_COMMIT_LOG_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "connector/file/part_name.h"

#define WEIR_COMMIT_LOG_DIR       "_spark_metadata"
#define WEIR_COMMIT_LOG_BYTES_MAX ((size_t)512 << 20)

struct weir_commit_line {
    struct weir_slice text; /* as it stands in the log */
    const char *path;       /* of the part; a local path, or a URL of another scheme */
    const char *name;       /* its last component */
    int64_t size, modified_ms;
    bool is_mark;   /* not a file: see part_name.h */
    bool is_delete; /* Spark up to 3.0: takes the path out again */
};

struct weir_commit_log {
    struct weir_commit_line *lines; /* marks and deleted ones included, in order */
    size_t count;
    int64_t next_id;
};

/* Does the directory have one? */
bool weir_commit_log_exists(const char *dir);
/* All lines, in `arena`. No log: no lines, next_id 0. WEIR_BAD_DATA: damaged, an id is missing. */
enum weir_code weir_commit_log_read(const char *dir, struct weir_arena *arena,
                                    struct weir_commit_log *ret,
                                    struct weir_error *err) WEIR_MUST_CHECK;
/* The lines of ids from `from_id` on alone, as far as they are there. */
enum weir_code weir_commit_log_read_from(const char *dir, int64_t from_id, struct weir_arena *arena,
                                         struct weir_commit_log *ret,
                                         struct weir_error *err) WEIR_MUST_CHECK;
/* The id of the newest entry; -1: none. Cheap: names only. */
enum weir_code weir_commit_log_newest(const char *dir, int64_t *ret,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* A line for a part, or for a mark (size 0). `dir`: absolute. */
enum weir_code weir_commit_line_format(const char *dir, const char *name, int64_t size,
                                       int64_t modified_ms, bool is_mark, struct weir_buffer *to,
                                       struct weir_error *err) WEIR_MUST_CHECK;
/* Puts `line` as entry `id`, durably: everything up to it where it is a tenth. WEIR_FENCED: the id
 * is taken. */
enum weir_code weir_commit_log_put(const char *dir, int64_t id, struct weir_slice line,
                                   struct weir_error *err) WEIR_MUST_CHECK;
/* Deletes entries that a compact one has made superfluous, once they are ten minutes old. */
enum weir_code weir_commit_log_expire(const char *dir, struct weir_error *err) WEIR_MUST_CHECK;

/* The number of the sink whose prefix this is: that of its last line; 0: none. */
uint64_t weir_commit_log_number(const struct weir_commit_log *log, const char *prefix);

#endif
