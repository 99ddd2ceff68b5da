/* What places behind HTTP share: reading one object through net/http. */
#ifndef WEIR_CONNECTOR_FILE_REMOTE_PLACE_H
#define WEIR_CONNECTOR_FILE_REMOTE_PLACE_H

#include "connector/file/file_source.h"
#include "net/http.h"

/* The first member of such a place. */
struct weir_remote_place {
    struct weir_place place;
    struct weir_http *http;
    struct weir_http_request
        request; /* what every request has; url, label and offset are set anew */
};

/* Fills `remote` by the table's options; starts the thread. */
enum weir_code weir_remote_place_init(struct weir_remote_place *remote,
                                      const struct weir_place_ops *ops,
                                      const struct weir_table *table,
                                      const struct weir_place_config *config,
                                      struct weir_error *err) WEIR_MUST_CHECK;
void weir_remote_place_done(struct weir_remote_place *remote);
/* GETs a URL from an offset. */
enum weir_code weir_remote_place_get(struct weir_remote_place *remote, const char *url,
                                     const char *label, int64_t offset,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* Slots of weir_place_ops. */
enum weir_code weir_remote_place_read(struct weir_place *place, char *to, size_t max,
                                      size_t *ret_len, bool *ret_end, struct weir_error *err);
bool weir_remote_place_info(struct weir_place *place, struct weir_place_info *ret);
void weir_remote_place_shut(struct weir_place *place);
int weir_remote_place_wait_fd(struct weir_place *place);
int weir_remote_place_watch(struct weir_place *place, bool *ret_changed, int64_t *ret_wait_ms);

#endif
