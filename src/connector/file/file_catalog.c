/* Looking at files and directories of parts, and deleting what weir made.
 *
 * Deleting takes only names that weir gives (parts, asides, the commit log); a directory that holds
 * anything else stays. */
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "connector/file/commit_log.h"
#include "connector/file/local_place.h"
#include "connector/file/parts_sink.h"

/* ---- describe ---- */

static enum weir_code describe_log(const char *path, const char *prefix,
                                   struct weir_catalog_info *info, struct weir_error *err)
{
    struct weir_arena arena;
    struct weir_commit_log log;
    struct weir_part part;
    weir_arena_init(&arena, WEIR_COMMIT_LOG_BYTES_MAX);
    enum weir_code code = weir_commit_log_read(path, &arena, &log, err);
    info->rows = info->bytes = 0;
    for (size_t i = 0; code == WEIR_OK && i < log.count; i++) {
        if (log.lines[i].is_mark)
            continue;
        bool ours = weir_part_parse(weir_slice_of(log.lines[i].name), &part);
        info->rows = ours && info->rows >= 0 ? info->rows + (int64_t)part.rows : -1;
        info->bytes += log.lines[i].size;
    }
    if (code == WEIR_OK && prefix)
        info->number = weir_commit_log_number(&log, prefix);
    weir_arena_done(&arena);
    return code;
}

static enum weir_code describe_files(const char *path, struct weir_catalog_info *info,
                                     struct weir_error *err)
{
    struct weir_listing listing = {0};
    weir_arena_init(&listing.arena, WEIR_LISTING_BYTES_MAX);
    enum weir_code code = weir_local_list(path, &listing, err);
    info->bytes = 0;
    for (size_t i = 0; code == WEIR_OK && i < listing.count; i++)
        info->bytes += listing.objects[i].size;
    if (code == WEIR_OK && listing.kind == WEIR_LISTING_NAMES && strpbrk(path, "*?["))
        info->exists = listing.count > 0;
    weir_arena_done(&listing.arena);
    return code;
}

static enum weir_code catalog_describe(const struct weir_table *table, const char *pipeline,
                                       struct weir_arena *arena, struct weir_catalog_info *ret,
                                       struct weir_error *err)
{
    char *path, prefix[WEIR_PART_PREFIX_BYTES];
    struct stat st;
    WEIR_TRY(weir_local_path(table, &path, err));
    *ret = (struct weir_catalog_info){
        .rows = -1, .bytes = -1, .location = weir_arena_copy(arena, weir_slice_of(path))};
    ret->exists = stat(path, &st) == 0 || strpbrk(path, "*?[");
    if (pipeline)
        weir_part_prefix(pipeline, table->name, prefix);
    enum weir_code code = !ret->location ? weir_fail(err, WEIR_NOMEM, "out of memory")
                          : !ret->exists ? WEIR_OK
                          : weir_commit_log_exists(path)
                              ? describe_log(path, pipeline ? prefix : NULL, ret, err)
                              : describe_files(path, ret, err);
    free(path);
    return code;
}

/* ---- files ---- */

static const char *permissions_text(mode_t mode, struct weir_arena *arena)
{
    static const char letters[] = "rwxrwxrwx";
    char text[11] = "----------";
    text[0] = S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : '-';
    for (int i = 0; i < 9; i++)
        if (mode & (mode_t)(0400 >> i))
            text[i + 1] = letters[i];
    return weir_arena_copy(arena, weir_slice(text, 10));
}

static enum weir_code describe_file(const struct weir_place_object *object,
                                    struct weir_arena *arena, struct weir_catalog_file *ret,
                                    struct weir_error *err)
{
    struct stat st;
    char buffer[4096];
    struct passwd user, *user_found = NULL;
    struct group group, *group_found = NULL;
    if (stat(object->name, &st) != 0)
        return weir_fail_errno(err, WEIR_IO, "could not look at file \"%s\"", object->label);
    ret->name = weir_arena_copy(arena, weir_slice_of(object->label));
    ret->permissions = permissions_text(st.st_mode, arena);
    ret->size_bytes = st.st_size;
    ret->modified_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
    getpwuid_r(st.st_uid, &user, buffer, sizeof buffer, &user_found);
    ret->owner = user_found ? weir_arena_copy(arena, weir_slice_of(user.pw_name))
                            : weir_arena_printf(arena, "%u", (unsigned)st.st_uid);
    getgrgid_r(st.st_gid, &group, buffer, sizeof buffer, &group_found);
    ret->group = group_found ? weir_arena_copy(arena, weir_slice_of(group.gr_name))
                             : weir_arena_printf(arena, "%u", (unsigned)st.st_gid);
    return ret->name && ret->permissions && ret->owner && ret->group
               ? WEIR_OK
               : weir_fail(err, WEIR_NOMEM, "out of memory");
}

static enum weir_code catalog_files(const struct weir_table *table, struct weir_arena *arena,
                                    const struct weir_catalog_file **ret, size_t *ret_count,
                                    struct weir_error *err)
{
    char *path;
    struct weir_listing listing = {0};
    struct weir_catalog_file *files = NULL;
    WEIR_TRY(weir_local_path(table, &path, err));
    weir_arena_init(&listing.arena, WEIR_LISTING_BYTES_MAX);
    enum weir_code code = weir_local_list(path, &listing, err);
    if (code == WEIR_OK)
        files = WEIR_NEW_ARRAY(arena, struct weir_catalog_file, listing.count + 1);
    if (code == WEIR_OK && !files)
        code = weir_fail(err, WEIR_NOMEM, "out of memory");
    for (size_t i = 0; code == WEIR_OK && i < listing.count; i++)
        code = describe_file(&listing.objects[i], arena, &files[i], err);
    *ret = files;
    *ret_count = code == WEIR_OK ? listing.count : 0;
    weir_arena_done(&listing.arena);
    free(path);
    return code;
}

/* ---- create, drop, forget ---- */

static enum weir_code catalog_create(const struct weir_table *table, bool *ret_created,
                                     struct weir_error *err)
{
    char *path, log[PATH_MAX];
    struct stat st;
    WEIR_TRY(weir_local_path(table, &path, err));
    *ret_created = stat(path, &st) != 0;
    enum weir_code code = WEIR_OK;
    if (!*ret_created && !S_ISDIR(st.st_mode))
        code = weir_fail(err, WEIR_BAD_CONFIG,
                         "\"%s\" is a file; rows are written as parts into a directory", path);
    else if (*ret_created &&
             snprintf(log, sizeof log, "%s/" WEIR_COMMIT_LOG_DIR, path) >= (int)sizeof log)
        code = weir_fail(err, WEIR_BAD_CONFIG, "path \"%s\" is too long", path);
    else if (*ret_created)
        code = weir_dir_make(log, err);
    free(path);
    return code;
}

/* Deletes the parts in a directory that has a commit log. *ret_others: it holds other things
 * too. */
static enum weir_code drop_parts(const char *path, bool *ret_others, struct weir_error *err)
{
    enum weir_code code = WEIR_OK;
    DIR *dir = opendir(path);
    if (!dir)
        return weir_fail_errno(err, WEIR_IO, "could not open directory \"%s\"", path);
    for (struct dirent *entry; code == WEIR_OK && (entry = readdir(dir));) {
        char child[PATH_MAX];
        struct weir_part part;
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
            strcmp(name, WEIR_COMMIT_LOG_DIR) == 0)
            continue;
        bool ours = weir_part_parse(weir_slice_of(name + (*name == '.')), &part) &&
                    snprintf(child, sizeof child, "%s/%s", path, name) < (int)sizeof child;
        *ret_others |= !ours;
        if (ours)
            code = weir_dir_unlink(child, err);
    }
    closedir(dir);
    return code;
}

static enum weir_code drop_directory(const char *path, struct weir_error *err)
{
    char log[PATH_MAX];
    bool others = false;
    WEIR_TRY(drop_parts(path, &others, err));
    if (snprintf(log, sizeof log, "%s/" WEIR_COMMIT_LOG_DIR, path) >= (int)sizeof log)
        return weir_fail(err, WEIR_IO, "path \"%s\" is too long", path);
    WEIR_TRY(weir_dir_remove_tree(log, err));
    return others ? weir_dir_sync(path, err) : weir_dir_remove_tree(path, err);
}

static enum weir_code catalog_drop(const struct weir_table *table, struct weir_error *err)
{
    char *path;
    struct stat st;
    WEIR_TRY(weir_local_path(table, &path, err));
    enum weir_code code = WEIR_OK;
    if (stat(path, &st) == 0 && weir_commit_log_exists(path)) {
        code = drop_directory(path, err);
    } else if (stat(path, &st) == 0) {
        weir_fail(err, WEIR_BAD_CONFIG,
                  "\"%s\" has no commit log: weir did not make it and does not delete it", path);
        code = weir_hint(err, "delete it yourself if it is not needed");
    }
    free(path);
    return code;
}

/* A mark with LAST 0: the parts stay, the number goes. */
static enum weir_code forget_in(const char *path, const char *prefix, struct weir_error *err)
{
    struct weir_catalog_info info = {0};
    const struct weir_part part = {.incarnation = weir_random_u64()};
    char name[WEIR_PART_NAME_BYTES], absolute[PATH_MAX];
    struct weir_buffer line;
    int64_t newest;
    WEIR_TRY(describe_log(path, prefix, &info, err));
    if (info.number == 0)
        return WEIR_OK;
    if (!realpath(path, absolute))
        return weir_fail_errno(err, WEIR_IO, "could not open directory \"%s\"", path);
    weir_part_name(prefix, &part, "", name);
    weir_buffer_init(&line, 1 << 16);
    enum weir_code code =
        weir_commit_line_format(absolute, name, 0, weir_clock_wall_us() / 1000, true, &line, err);
    do {
        if (code == WEIR_OK || code == WEIR_FENCED)
            code = weir_commit_log_newest(absolute, &newest, err);
        if (code == WEIR_OK)
            code = weir_commit_log_put(absolute, newest + 1, weir_buffer_slice(&line), err);
    } while (code == WEIR_FENCED);
    weir_buffer_done(&line);
    return code;
}

static enum weir_code catalog_forget(const struct weir_table *table, const char *pipeline,
                                     struct weir_error *err)
{
    char *path, prefix[WEIR_PART_PREFIX_BYTES];
    WEIR_TRY(weir_local_path(table, &path, err));
    weir_part_prefix(pipeline, table->name, prefix);
    enum weir_code code = weir_commit_log_exists(path) ? forget_in(path, prefix, err) : WEIR_OK;
    free(path);
    return code;
}

static enum weir_code catalog_ping(const struct weir_table *table, struct weir_error *err)
{
    char *path, parent[PATH_MAX];
    WEIR_TRY(weir_local_path(table, &path, err));
    enum weir_code code = WEIR_OK;
    size_t prefix = strcspn(path, "*?[");
    (void)snprintf(parent, sizeof parent, "%.*s", (int)prefix, path);
    /* The nearest directory above that is there must be usable. */
    while (*parent && access(parent, F_OK) != 0) {
        char *slash = strrchr(parent, '/');
        if (!slash)
            break;
        *(slash == parent ? slash + 1 : slash) = 0;
        if (slash == parent)
            break;
    }
    const char *shown = access(parent, F_OK) == 0 ? parent : ".";
    if (access(shown, R_OK) != 0)
        code = weir_fail_errno(err, WEIR_BAD_CONFIG, "could not read \"%s\"", shown);
    free(path);
    return code;
}

const struct weir_catalog_ops weir_file_catalog_ops = {
    .describe = catalog_describe,
    .files = catalog_files,
    .create = catalog_create,
    .drop = catalog_drop,
    .forget = catalog_forget,
    .ping = catalog_ping,
};
