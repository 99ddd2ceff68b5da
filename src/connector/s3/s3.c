/* S3 as a place: s3://BUCKET/KEY is one object; a key that ends in '/' (or is empty) is a prefix,
 * one with wildcards a glob; both are listed page by page. Requests are signed where keys are
 * given, else anonymous. A bucket that turns out to lie in another region is asked there.
 *
 * Not here: reading through a commit log that lies in S3. Such a prefix is refused, so that no
 * uncommitted part is read. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ (GetObject,
 * ListObjectsV2, virtual hosting). */
#include "connector/s3/s3.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "connector/file/file.h"
#include "connector/file/local_place.h"
#include "connector/file/remote_place.h"
#include "connector/s3/list_page.h"
#include "net/uri.h"

#define URL_BYTES_MAX  ((size_t)64 << 10)
#define PAGE_BYTES_MAX ((size_t)16 << 20)
#define TOKEN_MAX      2048

struct s3_place {
    struct weir_remote_place remote;
    char *path;         /* s3://BUCKET/KEY */
    char *bucket, *key; /* key: prefix, glob or object, not encoded */
    const char *endpoint;
    char region[64];
    struct weir_http_signing signing;
    bool moved; /* another region was tried already */
    struct weir_buffer url, label;
    /* listing */
    bool listing;
    struct weir_buffer page;
    struct weir_arena arena;
    char token[TOKEN_MAX];
    size_t capacity;
};

/* ---- URLs ---- */

/* Where the bucket is: with a '/' at the end. Buckets with dots have no certificate as a host's
 * name. */
static enum weir_code put_bucket_url(struct s3_place *s3, struct weir_error *err)
{
    s3->url.len = 0;
    if (s3->endpoint) {
        size_t len = strlen(s3->endpoint);
        while (len > 0 && s3->endpoint[len - 1] == '/')
            len--;
        return weir_buffer_printf(&s3->url, err, "%.*s/%s/", (int)len, s3->endpoint, s3->bucket);
    }
    return strchr(s3->bucket, '.')
               ? weir_buffer_printf(&s3->url, err, "https://s3.%s.amazonaws.com/%s/", s3->region,
                                    s3->bucket)
               : weir_buffer_printf(&s3->url, err, "https://%s.s3.%s.amazonaws.com/", s3->bucket,
                                    s3->region);
}

static enum weir_code end_url(struct s3_place *s3, struct weir_error *err)
{
    return weir_buffer_append(&s3->url, weir_slice("", 1), err);
}

static enum weir_code get_object(struct s3_place *s3, const char *name, int64_t offset,
                                 struct weir_error *err)
{
    const char *key = name + strlen("s3://") + strlen(s3->bucket) + 1;
    WEIR_TRY(put_bucket_url(s3, err));
    WEIR_TRY(weir_uri_encode(&s3->url, weir_slice_of(key), "/", err));
    WEIR_TRY(end_url(s3, err));
    s3->label.len = 0;
    WEIR_TRY(weir_buffer_append(&s3->label, weir_slice(name, strlen(name) + 1), err));
    return weir_remote_place_get(&s3->remote, s3->url.ptr, s3->label.ptr, offset, err);
}

/* The part of the key before the first wildcard. */
static size_t prefix_len(const char *key)
{
    return strcspn(key, "*?[");
}

/* The query is in the order that signing wants. */
static enum weir_code get_page(struct s3_place *s3, struct weir_error *err)
{
    WEIR_TRY(put_bucket_url(s3, err));
    WEIR_TRY(weir_buffer_append(&s3->url, WEIR_SLICE("?"), err));
    if (*s3->token) {
        WEIR_TRY(weir_buffer_append(&s3->url, WEIR_SLICE("continuation-token="), err));
        WEIR_TRY(weir_uri_encode(&s3->url, weir_slice_of(s3->token), "", err));
        WEIR_TRY(weir_buffer_append(&s3->url, WEIR_SLICE("&"), err));
    }
    WEIR_TRY(weir_buffer_append(&s3->url, WEIR_SLICE("list-type=2&prefix="), err));
    WEIR_TRY(weir_uri_encode(&s3->url, weir_slice(s3->key, prefix_len(s3->key)), "", err));
    WEIR_TRY(end_url(s3, err));
    s3->page.len = 0;
    return weir_remote_place_get(&s3->remote, s3->url.ptr, s3->path, 0, err);
}

/* ---- regions ---- */

/* A refusal that names the bucket's region: true when it is worth asking there. */
static bool goes_elsewhere(struct s3_place *s3, const struct weir_error *err)
{
    const char *region = weir_http_region(s3->remote.http);
    if (err->code != WEIR_IO || s3->moved || s3->endpoint || !*region ||
        strcmp(region, s3->region) == 0 ||
        strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(region))
        return false;
    (void)snprintf(s3->region, sizeof s3->region, "%s", region);
    s3->moved = true;
    return true;
}

/* ---- listing ---- */

static enum weir_code add_object(struct s3_place *s3, struct weir_listing *listing,
                                 const struct weir_s3_entry *entry, struct weir_error *err)
{
    if (listing->count == s3->capacity) {
        size_t more = s3->capacity ? s3->capacity * 2 : 256;
        struct weir_place_object *objects =
            WEIR_NEW_ARRAY(&listing->arena, struct weir_place_object, more);
        if (!objects)
            return weir_fail(err, WEIR_NOMEM, "the list of objects is too large");
        if (listing->count)
            memcpy(objects, listing->objects, listing->count * sizeof *objects);
        listing->objects = objects;
        s3->capacity = more;
    }
    const char *name = weir_arena_printf(&listing->arena, "s3://%s/%s", s3->bucket, entry->key);
    if (!name)
        return weir_fail(err, WEIR_NOMEM, "the list of objects is too large");
    listing->objects[listing->count++] = (struct weir_place_object){
        name, name, entry->size, entry->modified_us, weir_hash(weir_slice_of(entry->etag), 0)};
    return WEIR_OK;
}

/* Names that begin with '.' or '_', in any directory below the prefix, are not data; those that end
 * in '/' are no objects. */
static bool is_data(const char *rest)
{
    if (*rest == 0 || rest[strlen(rest) - 1] == '/')
        return false;
    for (const char *part = rest; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
        if (*part == '.' || *part == '_')
            return false;
    return true;
}

static enum weir_code take_page(struct s3_place *s3, struct weir_listing *listing, bool *ret_ready,
                                struct weir_error *err)
{
    struct weir_s3_page page;
    size_t prefix = prefix_len(s3->key);
    bool glob = s3->key[prefix] != 0;
    weir_arena_reset(&s3->arena);
    if (weir_s3_page_parse(weir_buffer_slice(&s3->page), &s3->arena, &page, err) != WEIR_OK)
        return weir_fail_in(err, "%s", s3->path);
    for (size_t i = 0; i < page.count; i++) {
        const char *key = page.entries[i].key, *rest = key + prefix;
        if (strncmp(key, s3->key, prefix) != 0)
            return weir_fail(err, WEIR_BAD_DATA,
                             "%s: the server listed \"%s\", which has another prefix", s3->path,
                             key);
        if (!glob && strncmp(rest, "_spark_metadata/", 16) == 0) {
            weir_fail(err, WEIR_BAD_CONFIG, "%s has a commit log, which cannot be read through S3",
                      s3->path);
            return weir_hint(
                err, "name the parts with a glob, if all of them are known to be committed");
        }
        if (glob ? fnmatch(s3->key, key, FNM_PATHNAME | FNM_PERIOD) == 0 : is_data(rest))
            WEIR_TRY(add_object(s3, listing, &page.entries[i], err));
    }
    *ret_ready = !page.next_token;
    if (*ret_ready)
        return WEIR_OK;
    if (strlen(page.next_token) >= sizeof s3->token)
        return weir_fail(err, WEIR_BAD_DATA, "%s: the server's continuation token is too long",
                         s3->path);
    (void)snprintf(s3->token, sizeof s3->token, "%s", page.next_token);
    return get_page(s3, err);
}

static enum weir_code begin_listing(struct s3_place *s3, struct weir_error *err)
{
    s3->listing = true;
    s3->token[0] = 0;
    s3->capacity = 0;
    return get_page(s3, err);
}

static int compare_objects(const void *a, const void *b)
{
    return strcmp(((const struct weir_place_object *)a)->name,
                  ((const struct weir_place_object *)b)->name);
}

static enum weir_code list_pages(struct s3_place *s3, struct weir_listing *ret, bool *ret_ready,
                                 struct weir_error *err)
{
    if (!s3->listing)
        WEIR_TRY(begin_listing(s3, err));
    for (;;) {
        size_t len;
        bool end;
        WEIR_TRY(weir_buffer_reserve(&s3->page, 64 << 10, err));
        enum weir_code code = weir_http_read(s3->remote.http, s3->page.ptr + s3->page.len,
                                             s3->page.capacity - s3->page.len, &len, &end, err);
        if (code != WEIR_OK && goes_elsewhere(s3, err)) {
            WEIR_TRY(get_page(s3, err));
            continue;
        }
        if (code != WEIR_OK) {
            s3->listing = false;
            return code;
        }
        s3->page.len += len;
        if (end)
            WEIR_TRY(take_page(s3, ret, ret_ready, err));
        if (*ret_ready || (len == 0 && !end))
            break;
    }
    if (*ret_ready && ret->count)
        qsort(ret->objects, ret->count, sizeof *ret->objects, compare_objects);
    s3->listing = !*ret_ready;
    return WEIR_OK;
}

static enum weir_code s3_list(struct weir_place *place, struct weir_listing *ret, bool *ret_ready,
                              struct weir_error *err)
{
    struct s3_place *s3 = (struct s3_place *)place;
    size_t len = strlen(s3->key);
    *ret_ready = false;
    ret->kind = WEIR_LISTING_NAMES;
    if (len == 0 || s3->key[len - 1] == '/' || s3->key[prefix_len(s3->key)])
        return list_pages(s3, ret, ret_ready, err);
    ret->kind = WEIR_LISTING_SINGLE;
    ret->objects = WEIR_NEW(&ret->arena, struct weir_place_object);
    if (!ret->objects)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    *ret->objects = (struct weir_place_object){
        .name = s3->path, .label = s3->path, .size = -1, .modified_us = INT64_MIN};
    ret->count = 1;
    *ret_ready = true;
    return WEIR_OK;
}

/* ---- reading ---- */

static enum weir_code s3_open_object(struct weir_place *place,
                                     const struct weir_place_object *object, int64_t offset,
                                     struct weir_error *err)
{
    struct s3_place *s3 = (struct s3_place *)place;
    s3->remote.request.offset = offset;
    return get_object(s3, object->name, offset, err);
}

static enum weir_code s3_read(struct weir_place *place, char *to, size_t max, size_t *ret_len,
                              bool *ret_end, struct weir_error *err)
{
    struct s3_place *s3 = (struct s3_place *)place;
    enum weir_code code = weir_remote_place_read(place, to, max, ret_len, ret_end, err);
    if (code == WEIR_OK || !goes_elsewhere(s3, err))
        return code;
    char *name = strdup(s3->label.ptr);
    code = name ? get_object(s3, name, s3->remote.request.offset, err)
                : weir_fail(err, WEIR_NOMEM, "out of memory");
    free(name);
    *ret_len = 0;
    *ret_end = false;
    return code;
}

static void s3_close(struct weir_place *place)
{
    struct s3_place *s3 = (struct s3_place *)place;
    weir_remote_place_done(&s3->remote);
    weir_buffer_done(&s3->url);
    weir_buffer_done(&s3->label);
    weir_buffer_done(&s3->page);
    weir_arena_done(&s3->arena);
    free(s3->path);
    free(s3->bucket);
    free(s3->key);
    free(s3);
}

static const struct weir_place_ops s3_ops = {
    .remote = true,
    .list = s3_list,
    .open = s3_open_object,
    .read = s3_read,
    .info = weir_remote_place_info,
    .shut = weir_remote_place_shut,
    .wait_fd = weir_remote_place_wait_fd,
    .watch = weir_remote_place_watch,
    .close = s3_close,
};

/* ---- making it ---- */

static const char *option_or_environment(const struct weir_table *table, const char *option,
                                         const char *variable)
{
    const char *text = weir_options_text(&table->options, option, NULL);
    text = text && *text ? text : getenv(variable);
    return text && *text ? text : NULL;
}

static enum weir_code split_path(const struct weir_table *table, char **ret_path, char **ret_bucket,
                                 char **ret_key, struct weir_error *err)
{
    WEIR_TRY(weir_local_path(table, ret_path, err));
    bool scheme = strncmp(*ret_path, "s3://", 5) == 0;
    const char *bucket = scheme ? *ret_path + 5 : "";
    size_t len = strcspn(bucket, "/");
    if (len < 3 || strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789.-") < len) {
        weir_fail(err, WEIR_BAD_CONFIG,
                  "foreign table \"%s\" needs a path of the form s3://BUCKET/KEY", table->name);
        return weir_hint(
            err,
            "give it as the option path, or s3://BUCKET as root of the server and the key as path");
    }
    *ret_bucket = strndup(bucket, len);
    *ret_key = strdup(bucket[len] ? bucket + len + 1 : "");
    return *ret_bucket && *ret_key ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory");
}

static void find_keys(struct s3_place *s3, const struct weir_table *table)
{
    const char *region = weir_options_text(&table->options, "region", NULL);
    region = region ? region : getenv("AWS_REGION");
    region = region ? region : getenv("AWS_DEFAULT_REGION");
    (void)snprintf(s3->region, sizeof s3->region, "%s", region && *region ? region : "us-east-1");
    s3->endpoint = weir_options_text(&table->options, "endpoint", NULL);
    s3->signing = (struct weir_http_signing){
        .region = s3->region,
        .access_key = option_or_environment(table, "access_key", "AWS_ACCESS_KEY_ID"),
        .secret_key = option_or_environment(table, "secret_key", "AWS_SECRET_ACCESS_KEY"),
        .session_token = option_or_environment(table, "session_token", "AWS_SESSION_TOKEN"),
    };
    if (s3->signing.access_key && s3->signing.secret_key)
        s3->remote.request.signing = &s3->signing;
}

static enum weir_code make_s3_place(const struct weir_table *table,
                                    const struct weir_place_config *config, struct weir_place **ret,
                                    struct weir_error *err)
{
    struct s3_place *s3 = calloc(1, sizeof *s3);
    if (!s3)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    weir_buffer_init(&s3->url, URL_BYTES_MAX);
    weir_buffer_init(&s3->label, URL_BYTES_MAX);
    weir_buffer_init(&s3->page, PAGE_BYTES_MAX);
    weir_arena_init(&s3->arena, PAGE_BYTES_MAX * 2);
    enum weir_code code = weir_remote_place_init(&s3->remote, &s3_ops, table, config, err);
    if (code == WEIR_OK)
        code = split_path(table, &s3->path, &s3->bucket, &s3->key, err);
    if (code != WEIR_OK) {
        s3_close(&s3->remote.place);
        return code;
    }
    find_keys(s3, table);
    *ret = &s3->remote.place;
    return WEIR_OK;
}

static enum weir_code s3_source_open(const struct weir_table *table,
                                     const struct weir_source_config *config,
                                     struct weir_source **ret, struct weir_error *err)
{
    return weir_file_source_open(table, config, make_s3_place, ret, err);
}

static const struct weir_source_ops s3_source_ops = WEIR_FILE_SOURCE_OPS(s3_source_open);

static enum weir_code s3_check(const struct weir_table *table, bool as_sink, struct weir_error *err)
{
    char *path = NULL, *bucket = NULL, *key = NULL;
    (void)as_sink;
    enum weir_code code = split_path(table, &path, &bucket, &key, err);
    free(path);
    free(bucket);
    free(key);
    return code;
}

static enum weir_code s3_describe(const struct weir_table *table, const char *pipeline,
                                  struct weir_arena *arena, struct weir_catalog_info *ret,
                                  struct weir_error *err)
{
    char *path;
    (void)pipeline;
    WEIR_TRY(weir_local_path(table, &path, err));
    *ret = (struct weir_catalog_info){.exists = true, .rows = -1, .bytes = -1};
    ret->location = weir_arena_copy(arena, weir_slice_of(path));
    free(path);
    return ret->location ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory");
}

static const struct weir_catalog_ops s3_catalog_ops = {.describe = s3_describe};

const struct weir_connector weir_connector_s3 = {
    .name = "s3",
    .summary = "objects in S3 read as files: one, a prefix or a glob; signed or anonymous",
    .kind = WEIR_KIND_FILE,
    .schemes = "s3",
    .needs_path = true,
    .options = weir_file_options,
    .source = &s3_source_ops,
    .catalog = &s3_catalog_ops,
    .bounded = weir_file_bounded,
    .check = s3_check,
};
