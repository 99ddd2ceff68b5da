/* The one source implementation of all file-like connectors: what they differ in is the place
 * (place.h). */
#ifndef WEIR_CONNECTOR_FILE_FILE_SOURCE_H
#define WEIR_CONNECTOR_FILE_FILE_SOURCE_H

#include "api/source.h"
#include "connector/file/place.h"

struct weir_place_config {
    bool follow;        /* new objects and appended bytes are wanted */
    bool may_fall_back; /* a remote place: the first answer has to come within `timeout` */
};

/* Makes the place of a table. */
typedef enum weir_code (*weir_place_make)(const struct weir_table *table,
                                          const struct weir_place_config *config,
                                          struct weir_place **ret, struct weir_error *err);

enum weir_code weir_file_source_open(const struct weir_table *table,
                                     const struct weir_source_config *config, weir_place_make make,
                                     struct weir_source **ret,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* The other slots of weir_source_ops. */
enum weir_code weir_file_source_discover(struct weir_source *source, const char *const **ret_splits,
                                         uint32_t *ret_count, struct weir_error *err);
enum weir_code weir_file_source_assign(struct weir_source *source, const char *split,
                                       struct weir_slice from, struct weir_split **ret,
                                       struct weir_error *err);
enum weir_code weir_file_source_end(struct weir_split *split, struct weir_buffer *ret,
                                    struct weir_error *err);
enum weir_code weir_file_source_limit(struct weir_split *split, struct weir_slice to,
                                      struct weir_error *err);
enum weir_code weir_file_source_poll(struct weir_split *split, struct weir_fetch *ret,
                                     struct weir_error *err);
void weir_file_source_consume(struct weir_split *split, size_t count, size_t lines, bool boundary);
enum weir_code weir_file_source_position(struct weir_split *split, struct weir_buffer *ret,
                                         struct weir_error *err);
void weir_file_source_progress(struct weir_split *split, double *ret_share, int64_t *ret_lag,
                               bool *ret_unit_bytes);
void weir_file_source_revoke(struct weir_split *split);
enum weir_code weir_file_source_version(struct weir_source *source, struct weir_buffer *ret,
                                        struct weir_error *err);
void weir_file_source_close(struct weir_source *source);

#define WEIR_FILE_SOURCE_OPS(open_function)                                                        \
    {                                                                                              \
        .open = (open_function), .discover = weir_file_source_discover,                            \
        .assign = weir_file_source_assign, .end = weir_file_source_end,                            \
        .limit = weir_file_source_limit, .poll = weir_file_source_poll,                            \
        .consume = weir_file_source_consume, .position = weir_file_source_position,                \
        .progress = weir_file_source_progress, .revoke = weir_file_source_revoke,                  \
        .version = weir_file_source_version, .close = weir_file_source_close,                      \
    }

#endif
