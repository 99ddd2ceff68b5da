/* Local files. See place.h for the contract.
 *
 * What a path names is found out at every listing: a file that is there under just this name, else
 * a directory (through its commit log where it has one, else all regular files that do not begin
 * with '.' or '_'), else a glob. A file's identity is its absolute path with links resolved in a
 * single file's name, so that `./a.csv` and `a.csv` are one, and a link that points to another file
 * today is another file.
 *
 * Not here: which files were read already (file_source.c). */
#include "connector/file/local_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "connector/file/commit_log.h"
#include "connector/file/watch.h"
#include "net/uri.h"

enum { LOOK_AGAIN_MS = 1000 };

struct local {
    struct weir_place place;
    char *path;
    bool follow;
    struct weir_watch *watch; /* NULL: none yet, or not possible */
    bool watch_tried;
    int fd;             /* of the open object; -1 */
    char *name, *label; /* its identity and label */
    int64_t at;
};

enum weir_code weir_local_path(const struct weir_table *table, char **ret, struct weir_error *err)
{
    const char *root = weir_options_text(&table->options, "root", NULL);
    const char *path = weir_options_text(&table->options, "path", "");
    if (root && strncmp(root, "file://", 7) == 0)
        root += 7;
    if (strncmp(path, "file://", 7) == 0)
        path += 7;
    bool join = root && *root && *path != '/' && !weir_url_is(path);
    const char *slash = join && root[strlen(root) - 1] != '/' && *path ? "/" : "";
    if (asprintf(ret, "%s%s%s", join ? root : "", slash, path) < 0)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    return WEIR_OK;
}

/* ---- listing ---- */

static int64_t modified_us(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
}

static enum weir_code add_object(struct weir_listing *listing, size_t *capacity, const char *name,
                                 const char *label, const struct stat *st, struct weir_error *err)
{
    if (listing->count == *capacity) {
        size_t more = *capacity ? *capacity * 2 : 16;
        struct weir_place_object *objects =
            WEIR_NEW_ARRAY(&listing->arena, struct weir_place_object, more);
        if (!objects)
            return weir_fail(err, WEIR_NOMEM, "out of memory for a list of files");
        if (listing->count)
            memcpy(objects, listing->objects, listing->count * sizeof *objects);
        listing->objects = objects;
        *capacity = more;
    }
    const uint64_t facts[] = {st->st_ino, (uint64_t)st->st_size, (uint64_t)st->st_mtim.tv_sec,
                              (uint64_t)st->st_mtim.tv_nsec};
    struct weir_place_object object = {
        .name = weir_arena_copy(&listing->arena, weir_slice_of(name)),
        .label = weir_arena_copy(&listing->arena, weir_slice_of(label)),
        .size = st->st_size,
        .modified_us = modified_us(st),
        .version = weir_hash(weir_slice((const char *)facts, sizeof facts), 0),
    };
    if (!object.name || !object.label)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a list of files");
    listing->objects[listing->count++] = object;
    return WEIR_OK;
}

static int compare_objects(const void *a, const void *b)
{
    return strcmp(((const struct weir_place_object *)a)->name,
                  ((const struct weir_place_object *)b)->name);
}

static void sort_objects(struct weir_listing *listing)
{
    listing->kind = WEIR_LISTING_NAMES;
    if (listing->count)
        qsort(listing->objects, listing->count, sizeof *listing->objects, compare_objects);
}

static const char *canonical(const char *path, char *to)
{
    return realpath(path, to) ? to : path;
}

static enum weir_code list_directory(const char *path, struct weir_listing *ret,
                                     struct weir_error *err)
{
    char absolute[PATH_MAX], name[PATH_MAX + NAME_MAX + 2], label[PATH_MAX + NAME_MAX + 2];
    size_t capacity = 0, path_len = strlen(path);
    const char *base = canonical(path, absolute);
    const char *slash = path_len && path[path_len - 1] == '/' ? "" : "/";
    DIR *dir = opendir(path);
    if (!dir)
        return weir_fail_errno(err, WEIR_BAD_CONFIG, "could not open directory \"%s\"", path);
    enum weir_code code = WEIR_OK;
    for (struct dirent *entry; code == WEIR_OK && (entry = readdir(dir));) {
        struct stat st;
        if (entry->d_name[0] == '.' || entry->d_name[0] == '_' ||
            fstatat(dirfd(dir), entry->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
            continue;
        (void)snprintf(name, sizeof name, "%s/%s", base, entry->d_name);
        (void)snprintf(label, sizeof label, "%s%s%s", path, slash, entry->d_name);
        code = add_object(ret, &capacity, name, label, &st, err);
    }
    closedir(dir);
    sort_objects(ret);
    return code;
}

/* Where a directory was moved, its log still names the old place: then the part of that name beside
 * the log counts. */
static enum weir_code add_logged(const char *dir, const struct weir_commit_line *line,
                                 struct weir_listing *ret, size_t *capacity, struct weir_error *err)
{
    char beside[PATH_MAX + NAME_MAX + 2];
    const char *path = line->path;
    const struct stat st = {
        .st_size = line->size,
        .st_mtim = {line->modified_ms / 1000, line->modified_ms % 1000 * 1000000}};
    if (weir_url_is(path))
        return weir_fail(err, WEIR_BAD_DATA,
                         "the commit log in \"%s\" names \"%s\", which is not a local file", dir,
                         path);
    (void)snprintf(beside, sizeof beside, "%s/%s", dir, line->name);
    if (access(path, F_OK) != 0 && access(beside, F_OK) == 0)
        path = beside;
    return add_object(ret, capacity, path, path, &st, err);
}

static enum weir_code list_logged(const char *path, struct weir_listing *ret,
                                  struct weir_error *err)
{
    char absolute[PATH_MAX];
    struct weir_commit_log log;
    struct weir_arena arena;
    size_t capacity = 0;
    ret->kind = WEIR_LISTING_LOG;
    weir_arena_init(&arena, WEIR_COMMIT_LOG_BYTES_MAX);
    enum weir_code code = weir_commit_log_read(path, &arena, &log, err);
    for (size_t i = 0; code == WEIR_OK && i < log.count; i++)
        if (!log.lines[i].is_mark)
            code = add_logged(canonical(path, absolute), &log.lines[i], ret, &capacity, err);
    weir_arena_done(&arena);
    return code;
}

/* Bytes of the pattern that name a directory without any wildcard: up to the '/' before the
 * first. */
static size_t literal_len(const char *pattern)
{
    size_t wild = strcspn(pattern, "*?[");
    while (wild > 0 && pattern[wild - 1] != '/')
        wild--;
    return wild;
}

static enum weir_code list_glob(const char *pattern, struct weir_listing *ret,
                                struct weir_error *err)
{
    char dir[PATH_MAX], absolute[PATH_MAX], name[PATH_MAX * 2];
    size_t capacity = 0, prefix = literal_len(pattern);
    glob_t found;
    int rc = glob(pattern, GLOB_NOSORT, NULL, &found);
    if (rc == GLOB_NOMATCH) {
        sort_objects(ret);
        return WEIR_OK;
    }
    if (rc != 0)
        return weir_fail_errno(err, WEIR_BAD_CONFIG, "could not list the files of \"%s\"", pattern);
    (void)snprintf(dir, sizeof dir, "%.*s", prefix ? (int)prefix : 1, prefix ? pattern : ".");
    const char *base = canonical(dir, absolute);
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; code == WEIR_OK && i < found.gl_pathc; i++) {
        struct stat st;
        if (stat(found.gl_pathv[i], &st) != 0 || !S_ISREG(st.st_mode))
            continue;
        (void)snprintf(name, sizeof name, "%s%s%s", base, base[1] ? "/" : "",
                       found.gl_pathv[i] + prefix);
        code = add_object(ret, &capacity, name, found.gl_pathv[i], &st, err);
    }
    globfree(&found);
    sort_objects(ret);
    return code;
}

enum weir_code weir_local_list(const char *path, struct weir_listing *ret, struct weir_error *err)
{
    struct stat st;
    char absolute[PATH_MAX];
    size_t capacity = 0;
    ret->objects = NULL;
    ret->count = 0;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return weir_commit_log_exists(path) ? list_logged(path, ret, err)
                                                : list_directory(path, ret, err);
        if (!S_ISREG(st.st_mode)) {
            weir_fail(err, WEIR_BAD_CONFIG, "\"%s\" is not a regular file", path);
            return weir_hint(
                err,
                "the connector stdin reads pipes: CREATE SERVER .. FOREIGN DATA WRAPPER stdin");
        }
        ret->kind = WEIR_LISTING_SINGLE;
        return add_object(ret, &capacity, canonical(path, absolute), path, &st, err);
    }
    if (errno == ENOENT && strpbrk(path, "*?["))
        return list_glob(path, ret, err);
    weir_fail_errno(err, WEIR_BAD_CONFIG, "could not open file \"%s\" for reading", path);
    if (err && err->sys_errno == ENOENT)
        return weir_hint(
            err, *path == '/'
                     ? "check the options path and root"
                     : "check the options path and root; relative paths start at the current "
                       "directory");
    return WEIR_BAD_CONFIG;
}

static enum weir_code local_list(struct weir_place *place, struct weir_listing *ret,
                                 bool *ret_ready, struct weir_error *err)
{
    *ret_ready = true;
    return weir_local_list(((struct local *)place)->path, ret, err);
}

/* ---- reading ---- */

static void local_shut(struct weir_place *place)
{
    struct local *local = (struct local *)place;
    if (local->fd >= 0)
        close(local->fd);
    free(local->name);
    free(local->label);
    local->fd = -1;
    local->name = local->label = NULL;
}

static enum weir_code local_open(struct weir_place *place, const struct weir_place_object *object,
                                 int64_t offset, struct weir_error *err)
{
    struct local *local = (struct local *)place;
    local_shut(place);
    local->fd = open(object->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (local->fd < 0) {
        weir_fail_errno(err, WEIR_BAD_CONFIG, "could not open file \"%s\" for reading",
                        object->label);
        return WEIR_BAD_CONFIG;
    }
    local->name = strdup(object->name);
    local->label = strdup(object->label);
    if (!local->name || !local->label)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    posix_fadvise(local->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    local->at = offset;
    return WEIR_OK;
}

static enum weir_code local_read(struct weir_place *place, char *to, size_t max, size_t *ret_len,
                                 bool *ret_end, struct weir_error *err)
{
    struct local *local = (struct local *)place;
    *ret_len = 0;
    *ret_end = false;
    ssize_t len;
    do
        len = pread(local->fd, to, max, local->at);
    while (len < 0 && errno == EINTR);
    if (len < 0)
        return weir_fail_errno(err, WEIR_IO, "could not read file \"%s\"", local->label);
    local->at += len;
    *ret_len = (size_t)len;
    *ret_end = len == 0 && max > 0;
    return WEIR_OK;
}

static bool local_info(struct weir_place *place, struct weir_place_info *ret)
{
    struct local *local = (struct local *)place;
    struct stat st;
    if (local->fd < 0 || fstat(local->fd, &st) != 0)
        return false;
    *ret = (struct weir_place_info){st.st_size, modified_us(&st), 0};
    return true;
}

static enum weir_code local_verify(struct weir_place *place, int64_t offset, struct weir_error *err)
{
    struct local *local = (struct local *)place;
    struct stat opened, named;
    if (fstat(local->fd, &opened) != 0)
        return weir_fail_errno(err, WEIR_IO, "could not look at file \"%s\"", local->label);
    if (opened.st_size < offset) {
        weir_fail(err, WEIR_BAD_DATA,
                  "file \"%s\" has shrunk to %" PRId64 " bytes; %" PRId64 " had been read from it",
                  local->label, (int64_t)opened.st_size, offset);
        return weir_hint(err,
                         "followed files must only grow; `weir reset` starts from the beginning");
    }
    if (stat(local->name, &named) == 0 &&
        (named.st_ino != opened.st_ino || named.st_dev != opened.st_dev)) {
        weir_fail(err, WEIR_BAD_DATA,
                  "file \"%s\" was replaced by another one while it was followed", local->label);
        return weir_hint(
            err,
            "followed files must only grow; give the path of their directory to follow new files");
    }
    return WEIR_OK;
}

static void start_watch(struct local *local)
{
    char dir[PATH_MAX];
    struct stat st;
    local->watch_tried = true;
    (void)snprintf(dir, sizeof dir, "%s", local->path);
    if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode)) {
        if (weir_commit_log_exists(dir))
            (void)snprintf(dir, sizeof dir, "%.*s/" WEIR_COMMIT_LOG_DIR, PATH_MAX - 64,
                           local->path);
    } else {
        size_t prefix = stat(dir, &st) == 0 ? strlen(dir) : literal_len(dir);
        while (prefix > 0 && dir[prefix - 1] != '/')
            prefix--;
        (void)snprintf(dir, sizeof dir, "%.*s", prefix ? (int)prefix : 1,
                       prefix ? local->path : ".");
    }
    local->watch = weir_watch_open(dir);
}

static bool local_busy(struct weir_place *place)
{
    struct local *local = (struct local *)place;
    const char *slash = local->name ? strrchr(local->name, '/') : NULL;
    return local->watch && slash && weir_watch_busy(local->watch, slash + 1);
}

static int local_wait_fd(struct weir_place *place)
{
    (void)place;
    return -1;
}

static int local_watch(struct weir_place *place, bool *ret_changed, int64_t *ret_wait_ms)
{
    struct local *local = (struct local *)place;
    *ret_wait_ms = LOOK_AGAIN_MS;
    *ret_changed = true;
    if (local->follow && !local->watch_tried)
        start_watch(local); /* what came before the watch is found by one more look */
    else if (local->watch)
        *ret_changed = weir_watch_take(local->watch);
    return local->watch ? weir_watch_fd(local->watch) : -1;
}

static void local_close(struct weir_place *place)
{
    struct local *local = (struct local *)place;
    local_shut(place);
    weir_watch_close(local->watch);
    free(local->path);
    free(local);
}

static const struct weir_place_ops local_ops = {
    .list = local_list,
    .open = local_open,
    .read = local_read,
    .info = local_info,
    .verify = local_verify,
    .busy = local_busy,
    .shut = local_shut,
    .wait_fd = local_wait_fd,
    .watch = local_watch,
    .close = local_close,
};

enum weir_code weir_local_place_open(const char *path, bool follow, struct weir_place **ret,
                                     struct weir_error *err)
{
    struct local *local = calloc(1, sizeof *local);
    char *copy = strdup(path);
    if (!local || !copy) {
        free(local);
        free(copy);
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    }
    *local = (struct local){.place = {&local_ops}, .path = copy, .follow = follow, .fd = -1};
    *ret = &local->place;
    return WEIR_OK;
}
