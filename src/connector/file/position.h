/* Positions of file-like sources, and the set of objects that are done with.
 *
 * A position is a flat JSON object:
 *   {"path":"9c..","from":"fallback","file":"/data/a.csv","offset":4711,"line":60,"head":"77..",
 *    "done":"AAEC.."}
 *
 * path               hash of the table's path: tells a changed option from a vanished file
 * from               the choice between the remote and its fallback, once made
 * file               the object being read, percent-encoded
 * offset, line       bytes of its decompressed content, and line ends, before the position
 * size               instead of an offset, where only the raw size is known
 * head, etag         hashes of the content's beginning and of the remote's validator: tell a
 *                    replaced object
 * done               the objects read to their end, in that order: 64-bit hashes of their names */
#ifndef WEIR_CONNECTOR_FILE_POSITION_H
#define WEIR_CONNECTOR_FILE_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* A set of 64-bit hashes that remembers the order in which they came. */
struct weir_done_set {
    uint64_t *items; /* in order */
    size_t count, items_max;
    uint64_t *table; /* open addressing; 0 is free */
    size_t table_size;
};

void weir_done_set_done(struct weir_done_set *set);
bool weir_done_set_has(const struct weir_done_set *set, uint64_t item);
/* No effect when it is there. */
enum weir_code weir_done_set_add(struct weir_done_set *set, uint64_t item,
                                 struct weir_error *err) WEIR_MUST_CHECK;
/* Keeps the items for which keep[] is true. */
enum weir_code weir_done_set_filter(struct weir_done_set *set, const bool *keep,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* The set's item for an object's name. Never 0. */
uint64_t weir_object_hash(const char *name);

enum weir_choice { WEIR_CHOICE_NONE, WEIR_CHOICE_REMOTE, WEIR_CHOICE_FALLBACK };

struct weir_position {
    uint64_t path;
    enum weir_choice choice;
    char *file; /* NULL: none; owned */
    int64_t offset, lines;
    int64_t size;             /* -1: offset counts */
    uint64_t head, validator; /* 0: unknown */
    struct weir_done_set done;
};

/* An empty slice gives the position of the very beginning. WEIR_BAD_DATA: not a position of a
 * file-like source. */
enum weir_code weir_position_parse(struct weir_slice text, struct weir_position *ret,
                                   struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_position_format(const struct weir_position *position, struct weir_buffer *to,
                                    struct weir_error *err) WEIR_MUST_CHECK;
/* Sets the file (a copy; NULL: none) with offset, lines and fingerprints 0. */
enum weir_code weir_position_set_file(struct weir_position *position, const char *name,
                                      struct weir_error *err) WEIR_MUST_CHECK;
void weir_position_done(struct weir_position *position);

#endif
