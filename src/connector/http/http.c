/* A URL as a file: the source of connector/file over net/http. */
#include "connector/http/http.h"

#include <stdlib.h>
#include <string.h>

#include "connector/file/file.h"
#include "connector/file/local_place.h"
#include "connector/file/remote_place.h"
#include "net/uri.h"

#define LABEL_BYTES_MAX ((size_t)64 << 10)

struct http_place {
    struct weir_remote_place remote;
    char *url;
    struct weir_buffer label; /* NUL-terminated */
};

static enum weir_code http_list(struct weir_place *place, struct weir_listing *ret, bool *ret_ready,
                                struct weir_error *err)
{
    struct http_place *http = (struct http_place *)place;
    ret->kind = WEIR_LISTING_SINGLE;
    ret->objects = WEIR_NEW(&ret->arena, struct weir_place_object);
    if (!ret->objects)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    /* The printable form is the identity as well: a URL signed anew is the same object, and no
     * secret gets into a position. */
    *ret->objects = (struct weir_place_object){
        .name = http->label.ptr, .label = http->label.ptr, .size = -1, .modified_us = INT64_MIN};
    ret->count = 1;
    *ret_ready = true;
    return WEIR_OK;
}

static enum weir_code http_open_object(struct weir_place *place,
                                       const struct weir_place_object *object, int64_t offset,
                                       struct weir_error *err)
{
    struct http_place *http = (struct http_place *)place;
    return weir_remote_place_get(&http->remote, http->url, object->label, offset, err);
}

static void http_close(struct weir_place *place)
{
    struct http_place *http = (struct http_place *)place;
    weir_remote_place_done(&http->remote);
    weir_buffer_done(&http->label);
    free(http->url);
    free(http);
}

static const struct weir_place_ops http_ops = {
    .remote = true,
    .list = http_list,
    .open = http_open_object,
    .read = weir_remote_place_read,
    .info = weir_remote_place_info,
    .shut = weir_remote_place_shut,
    .wait_fd = weir_remote_place_wait_fd,
    .watch = weir_remote_place_watch,
    .close = http_close,
};

static enum weir_code make_http_place(const struct weir_table *table,
                                      const struct weir_place_config *config,
                                      struct weir_place **ret, struct weir_error *err)
{
    struct http_place *http = calloc(1, sizeof *http);
    if (!http)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    weir_buffer_init(&http->label, LABEL_BYTES_MAX);
    enum weir_code code = weir_remote_place_init(&http->remote, &http_ops, table, config, err);
    if (code == WEIR_OK)
        code = weir_local_path(table, &http->url, err);
    if (code == WEIR_OK)
        code = weir_url_printable(&http->label, weir_slice_of(http->url), err);
    if (code == WEIR_OK)
        code = weir_buffer_append(&http->label, weir_slice("", 1), err);
    if (code != WEIR_OK) {
        http_close(&http->remote.place);
        return code;
    }
    *ret = &http->remote.place;
    return WEIR_OK;
}

static enum weir_code http_source_open(const struct weir_table *table,
                                       const struct weir_source_config *config,
                                       struct weir_source **ret, struct weir_error *err)
{
    return weir_file_source_open(table, config, make_http_place, ret, err);
}

static const struct weir_source_ops http_source_ops = WEIR_FILE_SOURCE_OPS(http_source_open);

static enum weir_code http_check(const struct weir_table *table, bool as_sink,
                                 struct weir_error *err)
{
    char *url;
    (void)as_sink;
    WEIR_TRY(weir_local_path(table, &url, err));
    bool good = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
    free(url);
    if (good)
        return WEIR_OK;
    weir_fail(err, WEIR_BAD_CONFIG, "foreign table \"%s\" needs an http:// or https:// URL",
              table->name);
    return weir_hint(err,
                     "give it as the option path, or as root of the server with a relative path");
}

/* ---- catalog ---- */

static enum weir_code http_describe(const struct weir_table *table, const char *pipeline,
                                    struct weir_arena *arena, struct weir_catalog_info *ret,
                                    struct weir_error *err)
{
    char *url;
    struct weir_buffer label;
    (void)pipeline;
    WEIR_TRY(weir_local_path(table, &url, err));
    weir_buffer_init(&label, LABEL_BYTES_MAX);
    enum weir_code code = weir_url_printable(&label, weir_slice_of(url), err);
    *ret = (struct weir_catalog_info){.exists = true, .rows = -1, .bytes = -1};
    ret->location = code == WEIR_OK ? weir_arena_copy(arena, weir_buffer_slice(&label)) : NULL;
    if (code == WEIR_OK && !ret->location)
        code = weir_fail(err, WEIR_NOMEM, "out of memory");
    weir_buffer_done(&label);
    free(url);
    return code;
}

static const struct weir_catalog_ops http_catalog_ops = {.describe = http_describe};

const struct weir_connector weir_connector_http = {
    .name = "http",
    .summary = "a URL read as a file",
    .kind = WEIR_KIND_FILE,
    .schemes = "http https",
    .needs_path = true,
    .options = weir_file_options,
    .source = &http_source_ops,
    .catalog = &http_catalog_ops,
    .bounded = weir_file_bounded,
    .check = http_check,
};
