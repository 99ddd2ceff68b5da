/* Reading and extending a commit log. See commit_log.h for the layout.
 *
 * Invariants:
 *  1. An id is put once and never replaced (link(2)); a reader sees an entry whole or not at all.
 *  2. A compact entry holds the lines of all ids below it, in their order. Only marks are left out
 *     of it: those that a later line of the same pipeline and sink has overtaken.
 *  3. Entries below the newest compact one are not read. They are deleted when they are old; a
 *     writer so slow that it then puts one of those ids finds a later compact entry without its
 *     part (see publish in parts_sink.c).
 *
 * Spark itself reads what is written here: it takes "v1" with no lines, ignores lines with isDir
 * true, and unknown names in the log's directory. Source:
 * org.apache.spark.sql.execution.streaming.{CompactibleFileStreamLog, FileStreamSinkLog,
 * MetadataLogFileIndex} of Spark 3.5. */
#include "connector/file/commit_log.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/env.h"
#include "base/hash.h"
#include "connector/file/flat_json.h"
#include "net/uri.h"

/* A directory and a name in its log: the system refuses what is too long, not we by cutting it. */
#define LOG_PATH_BYTES (PATH_MAX + 64)

enum { COMPACT_INTERVAL = 10, IDS_KEPT = 100, EXPIRE_AGE_S = 600, READ_TRIES = 5 };

static bool is_compact_id(int64_t id)
{
    return (id + 1) % COMPACT_INTERVAL == 0;
}

static void entry_path(const char *dir, int64_t id, bool compact, char *to)
{
    (void)snprintf(to, LOG_PATH_BYTES, "%s/" WEIR_COMMIT_LOG_DIR "/%" PRId64 "%s", dir, id,
                   compact ? ".compact" : "");
}

bool weir_commit_log_exists(const char *dir)
{
    char path[LOG_PATH_BYTES];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/" WEIR_COMMIT_LOG_DIR, dir);
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- names ---- */

struct ids {
    int64_t newest, newest_compact; /* -1: none */
};

static bool parse_id(const char *name, int64_t *ret, bool *ret_compact)
{
    char *end;
    if (*name < '0' || *name > '9')
        return false;
    *ret = strtoll(name, &end, 10);
    *ret_compact = strcmp(end, ".compact") == 0;
    return *end == 0 || *ret_compact;
}

static enum weir_code list_ids(const char *dir, struct ids *ret, struct weir_error *err)
{
    char path[LOG_PATH_BYTES];
    *ret = (struct ids){-1, -1};
    (void)snprintf(path, sizeof path, "%s/" WEIR_COMMIT_LOG_DIR, dir);
    DIR *log = opendir(path);
    if (!log)
        return errno == ENOENT
                   ? WEIR_OK
                   : weir_fail_errno(err, WEIR_IO, "could not open directory \"%s\"", path);
    for (struct dirent *entry; (entry = readdir(log));) {
        int64_t id;
        bool compact;
        if (!parse_id(entry->d_name, &id, &compact))
            continue;
        ret->newest = id > ret->newest ? id : ret->newest;
        if (compact && id > ret->newest_compact)
            ret->newest_compact = id;
    }
    closedir(log);
    return WEIR_OK;
}

enum weir_code weir_commit_log_newest(const char *dir, int64_t *ret, struct weir_error *err)
{
    struct ids ids;
    WEIR_TRY(list_ids(dir, &ids, err));
    *ret = ids.newest;
    return WEIR_OK;
}

/* ---- lines ---- */

/* The path of a line: a file URI becomes a local path. */
static enum weir_code decode_path(struct weir_slice uri, struct weir_arena *arena, const char **ret,
                                  struct weir_error *err)
{
    bool local = uri.len >= 5 && memcmp(uri.ptr, "file:", 5) == 0;
    if (local) {
        uri = weir_slice(uri.ptr + 5, uri.len - 5);
        while (uri.len > 1 && uri.ptr[0] == '/' && uri.ptr[1] == '/')
            uri = weir_slice(uri.ptr + 1, uri.len - 1);
    }
    struct weir_buffer path;
    weir_buffer_init(&path, 1 << 16);
    enum weir_code code = weir_uri_decode(&path, uri, err);
    *ret = code == WEIR_OK ? weir_arena_copy(arena, weir_buffer_slice(&path)) : NULL;
    weir_buffer_done(&path);
    if (code == WEIR_OK && !*ret)
        code = weir_fail(err, WEIR_NOMEM, "the commit log is too large");
    return code;
}

static enum weir_code parse_line(struct weir_slice text, struct weir_arena *arena,
                                 struct weir_commit_line *ret, struct weir_error *err)
{
    struct weir_flat flat = weir_flat_begin(text);
    struct weir_flat_field field;
    *ret = (struct weir_commit_line){.text = text, .size = -1};
    for (bool end = false; !end;) {
        WEIR_TRY(weir_flat_next(&flat, &field, &end, err));
        if (end)
            break;
        if (weir_slice_is(field.name, "path"))
            WEIR_TRY(decode_path(field.text, arena, &ret->path, err));
        else if (weir_slice_is(field.name, "size"))
            ret->size = field.number;
        else if (weir_slice_is(field.name, "modificationTime"))
            ret->modified_ms = field.number;
        else if (weir_slice_is(field.name, "isDir"))
            ret->is_mark = field.number != 0;
        else if (weir_slice_is(field.name, "action"))
            ret->is_delete = weir_slice_is(field.text, "delete");
    }
    if (!ret->path || ret->size < 0)
        return weir_fail(err, WEIR_BAD_DATA, "a line lacks \"path\" or \"size\"");
    const char *slash = strrchr(ret->path, '/');
    ret->name = slash ? slash + 1 : ret->path;
    return WEIR_OK;
}

static enum weir_code parse_entry(struct weir_slice text, struct weir_arena *arena,
                                  struct weir_commit_log *log, size_t *capacity,
                                  struct weir_error *err)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    for (size_t number = 0; at < end || number == 0; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        struct weir_slice line = weir_slice(at, (size_t)((newline ? newline : end) - at));
        at = newline ? newline + 1 : end;
        if (number == 0 && !weir_slice_is(line, "v1"))
            return weir_fail(err, WEIR_BAD_DATA, "the first line is \"%.*s\", expected \"v1\"",
                             (int)(line.len < 20 ? line.len : 20), line.ptr);
        if (number == 0 || line.len == 0)
            continue;
        if (log->count == *capacity) {
            size_t more = *capacity ? *capacity * 2 : 64;
            struct weir_commit_line *lines = WEIR_NEW_ARRAY(arena, struct weir_commit_line, more);
            if (!lines)
                return weir_fail(err, WEIR_NOMEM, "the commit log is too large");
            if (log->count)
                memcpy(lines, log->lines, log->count * sizeof *lines);
            log->lines = lines;
            *capacity = more;
        }
        WEIR_TRY(parse_line(line, arena, &log->lines[log->count], err));
        log->count++;
    }
    return WEIR_OK;
}

/* ---- reading ---- */

/* err->sys_errno ENOENT: the entry is not there. */
static enum weir_code read_entry(const char *dir, int64_t id, bool compact,
                                 struct weir_arena *arena, struct weir_commit_log *log,
                                 size_t *capacity, struct weir_error *err)
{
    char path[LOG_PATH_BYTES], *bytes = NULL;
    size_t len;
    entry_path(dir, id, compact, path);
    WEIR_TRY(weir_file_read_all(path, WEIR_COMMIT_LOG_BYTES_MAX, &bytes, &len, err));
    struct weir_slice text = weir_arena_slice(arena, weir_slice(bytes, len));
    free(bytes);
    enum weir_code code = text.ptr ? parse_entry(text, arena, log, capacity, err)
                                   : weir_fail(err, WEIR_NOMEM, "the commit log is too large");
    if (code != WEIR_OK) {
        err->sys_errno = 0;
        weir_fail_in(err, "commit log entry \"%s\"", path);
    }
    return code;
}

/* Takes out what Spark's "delete" lines name. */
static void apply_deletes(struct weir_commit_log *log)
{
    size_t kept = 0;
    for (size_t i = 0; i < log->count; i++) {
        bool gone = log->lines[i].is_delete;
        for (size_t k = i + 1; k < log->count && !gone; k++)
            gone = log->lines[k].is_delete && strcmp(log->lines[k].path, log->lines[i].path) == 0;
        if (!gone)
            log->lines[kept++] = log->lines[i];
    }
    log->count = kept;
}

static enum weir_code read_once(const char *dir, struct weir_arena *arena,
                                struct weir_commit_log *ret, struct weir_error *err)
{
    struct ids ids;
    size_t capacity = 0;
    bool deletes = false;
    *ret = (struct weir_commit_log){0};
    WEIR_TRY(list_ids(dir, &ids, err));
    int64_t from = ids.newest_compact < 0 ? 0 : ids.newest_compact;
    for (int64_t id = from; id <= ids.newest; id++)
        WEIR_TRY(read_entry(dir, id, id == ids.newest_compact, arena, ret, &capacity, err));
    for (size_t i = 0; i < ret->count && !deletes; i++)
        deletes = ret->lines[i].is_delete;
    if (deletes)
        apply_deletes(ret);
    ret->next_id = ids.newest + 1;
    return WEIR_OK;
}

enum weir_code weir_commit_log_read(const char *dir, struct weir_arena *arena,
                                    struct weir_commit_log *ret, struct weir_error *err)
{
    enum weir_code code = WEIR_OK;
    /* A writer may delete old entries between listing and reading: list again, there is a newer
     * compact one then. */
    for (int i = 0; i < READ_TRIES; i++) {
        code = read_once(dir, arena, ret, err);
        if (code != WEIR_IO || err->sys_errno != ENOENT)
            return code;
    }
    err->code = WEIR_BAD_DATA;
    weir_fail_in(err, "the commit log in \"%s\" has a gap", dir);
    return weir_hint(err, "restore the missing entry of " WEIR_COMMIT_LOG_DIR
                          ", or write to another directory");
}

enum weir_code weir_commit_log_read_from(const char *dir, int64_t from_id, struct weir_arena *arena,
                                         struct weir_commit_log *ret, struct weir_error *err)
{
    size_t capacity = 0;
    *ret = (struct weir_commit_log){.next_id = from_id};
    for (;; ret->next_id++) {
        if (is_compact_id(ret->next_id)) { /* holds everything */
            ret->count = 0;
        }
        enum weir_code code =
            read_entry(dir, ret->next_id, is_compact_id(ret->next_id), arena, ret, &capacity, err);
        if (code == WEIR_IO && err->sys_errno == ENOENT)
            return WEIR_OK;
        if (code != WEIR_OK)
            return code;
    }
}

/* ---- writing ---- */

enum weir_code weir_commit_line_format(const char *dir, const char *name, int64_t size,
                                       int64_t modified_ms, bool is_mark, struct weir_buffer *to,
                                       struct weir_error *err)
{
    WEIR_TRY(weir_buffer_append(to, WEIR_SLICE("{\"path\":\"file://"), err));
    WEIR_TRY(weir_uri_encode(to, weir_slice_of(dir), "/", err));
    WEIR_TRY(weir_buffer_append(to, WEIR_SLICE("/"), err));
    WEIR_TRY(weir_uri_encode(to, weir_slice_of(name), "", err));
    return weir_buffer_printf(to, err,
                              "\",\"size\":%" PRId64 ",\"isDir\":%s,\"modificationTime\":%" PRId64
                              ",\"blockReplication\":1,\"blockSize\":134217728,\"action\":\"add\"}",
                              size, is_mark ? "true" : "false", modified_ms);
}

/* Marks that a later line of the same prefix overtakes are not worth keeping. `last`: the prefix of
 * the line to be added. */
static bool is_overtaken(const struct weir_commit_log *log, size_t index, struct weir_slice last)
{
    struct weir_part mark, other;
    if (!log->lines[index].is_mark ||
        !weir_part_parse(weir_slice_of(log->lines[index].name), &mark))
        return false;
    if (weir_slice_equal(mark.prefix, last))
        return true;
    for (size_t i = log->count; i-- > index + 1;)
        if (weir_part_parse(weir_slice_of(log->lines[i].name), &other) &&
            weir_slice_equal(other.prefix, mark.prefix))
            return true;
    return false;
}

static enum weir_code format_compact(const char *dir, int64_t id, struct weir_slice line,
                                     struct weir_buffer *to, struct weir_error *err)
{
    struct weir_arena arena;
    struct weir_commit_log log;
    struct weir_commit_line added = {0};
    struct weir_part part = {0};
    weir_arena_init(&arena, WEIR_COMMIT_LOG_BYTES_MAX);
    enum weir_code code = weir_commit_log_read(dir, &arena, &log, err);
    if (code == WEIR_OK && log.next_id != id)
        code = log.next_id > id
                   ? weir_fail(err, WEIR_FENCED, "entry %" PRId64 " of the commit log is taken", id)
                   : weir_fail(err, WEIR_BAD_DATA, "the commit log ends before entry %" PRId64, id);
    if (code == WEIR_OK)
        code = parse_line(line, &arena, &added, err);
    if (code == WEIR_OK)
        weir_part_parse(weir_slice_of(added.name), &part);
    for (size_t i = 0; code == WEIR_OK && i < log.count; i++) {
        if (is_overtaken(&log, i, part.prefix))
            continue;
        code = weir_buffer_append(to, WEIR_SLICE("\n"), err);
        if (code == WEIR_OK)
            code = weir_buffer_append(to, log.lines[i].text, err);
    }
    weir_arena_done(&arena);
    return code;
}

enum weir_code weir_commit_log_put(const char *dir, int64_t id, struct weir_slice line,
                                   struct weir_error *err)
{
    char path[LOG_PATH_BYTES];
    struct weir_buffer text;
    weir_buffer_init(&text, WEIR_COMMIT_LOG_BYTES_MAX);
    entry_path(dir, id, is_compact_id(id), path);
    enum weir_code code = weir_buffer_append(&text, WEIR_SLICE("v1"), err);
    if (code == WEIR_OK && is_compact_id(id))
        code = format_compact(dir, id, line, &text, err);
    if (code == WEIR_OK)
        code = weir_buffer_append(&text, WEIR_SLICE("\n"), err);
    if (code == WEIR_OK)
        code = weir_buffer_append(&text, line, err);
    if (code == WEIR_OK)
        code = weir_file_put_if_absent(path, weir_buffer_slice(&text), err);
    weir_buffer_done(&text);
    return code;
}

enum weir_code weir_commit_log_expire(const char *dir, struct weir_error *err)
{
    char path[LOG_PATH_BYTES];
    struct ids ids;
    WEIR_TRY(list_ids(dir, &ids, err));
    int64_t below =
        ids.newest_compact < ids.newest - IDS_KEPT ? ids.newest_compact : ids.newest - IDS_KEPT;
    (void)snprintf(path, sizeof path, "%s/" WEIR_COMMIT_LOG_DIR, dir);
    DIR *log = below > 0 ? opendir(path) : NULL;
    enum weir_code code = WEIR_OK;
    for (struct dirent *entry; log && code == WEIR_OK && (entry = readdir(log));) {
        int64_t id;
        bool compact;
        struct stat st;
        if (!parse_id(entry->d_name, &id, &compact) || id >= below)
            continue;
        entry_path(dir, id, compact, path);
        if (stat(path, &st) == 0 && time(NULL) - st.st_mtime > EXPIRE_AGE_S)
            code = weir_dir_unlink(path, err);
    }
    if (log)
        closedir(log);
    return code;
}

uint64_t weir_commit_log_number(const struct weir_commit_log *log, const char *prefix)
{
    struct weir_part part;
    for (size_t i = log->count; i-- > 0;)
        if (weir_part_parse(weir_slice_of(log->lines[i].name), &part) &&
            weir_slice_is(part.prefix, prefix))
            return part.last;
    return 0;
}
