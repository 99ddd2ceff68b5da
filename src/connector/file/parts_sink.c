/* Parts in a directory, made visible by entries of a commit log.
 *
 *     prepare   rows are appended to an aside file (".part-..", no fsync)
 *     commit    the aside file is fsynced, linked to its name, the directory fsynced
 *                                                                step "commit-file-part"
 *               the log's next entry is put, if absent           step "commit-file-log"
 *               orphans of passed epochs are deleted             step "commit-file-done"
 *
 * Invariants (rules of the epoch protocol's model):
 *  1. A part's name holds its epochs and the writer's incarnation, and nothing is ever replaced:
 *     two processes with the same epochs have two names (F13).
 *  2. The number is that of the last own line of the log; line and number are one put. The compare
 *     is the id: before another id is tried, the entries in between are read (F14), and when they
 *     hold own epochs, all of them are dropped here (F23), or, if the entries stop short of ours or
 *     go past them, we are fenced.
 *  3. Parts that no entry names are deleted only when an own entry has passed their epochs (F15).
 *  4. Epochs without rows move the number by a mark (part_name.h).
 *
 * The sink is coarse: it commits every `commit_interval`, at `roll_size`, or when told to. Not
 * here: formats. */
#include "connector/file/parts_sink.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/format.h"
#include "base/env.h"
#include "connector/file/commit_log.h"
#include "connector/file/local_place.h"

#define HEADER_BYTES_MAX ((size_t)1 << 20)
#define LINE_BYTES_MAX   ((size_t)64 << 10)

struct weir_sink {
    const struct weir_table *table;
    char *dir; /* absolute */
    char prefix[WEIR_PART_PREFIX_BYTES];
    uint64_t incarnation;
    bool exactly_once, swept;
    int64_t interval_ms, roll_bytes;
    struct weir_encoder *encoder; /* for what a file begins with */

    uint64_t number; /* the last visible epoch */
    int64_t next_id; /* of the commit log */

    struct weir_file aside;
    bool aside_open;
    uint64_t prepared; /* the last epoch in the aside file; 0: none */
    uint64_t rows;
    int64_t since_us; /* when the aside file was begun */
};

struct weir_writer {
    const struct weir_table *table;
    struct weir_encoder *encoder;
};

/* ---- open ---- */

/* Files that weir did not write would vanish from readers' sight behind a commit log. */
static enum weir_code check_empty(const char *path, struct weir_error *err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return weir_fail_errno(err, WEIR_BAD_CONFIG, "could not open directory \"%s\"", path);
    char other[NAME_MAX + 1] = "";
    for (struct dirent *entry; (entry = readdir(dir)) && !*other;)
        if (entry->d_name[0] != '.' && entry->d_name[0] != '_')
            (void)snprintf(other, sizeof other, "%s", entry->d_name);
    closedir(dir);
    if (!*other)
        return WEIR_OK;
    weir_fail(err, WEIR_BAD_CONFIG, "directory \"%s\" holds \"%s\" and has no commit log", path,
              other);
    return weir_hint(
        err,
        "parts go into a directory of their own: choose another path, or move these files away");
}

static enum weir_code make_directory(const char *path, bool *ret_created, char **ret,
                                     struct weir_error *err)
{
    char log[PATH_MAX];
    struct stat st;
    *ret_created = stat(path, &st) != 0;
    if (!*ret_created && !S_ISDIR(st.st_mode)) {
        weir_fail(err, WEIR_BAD_CONFIG,
                  "\"%s\" is a file; rows are written as parts into a directory", path);
        return weir_hint(err, "choose a path where no file is");
    }
    if (!*ret_created && !weir_commit_log_exists(path))
        WEIR_TRY(check_empty(path, err));
    WEIR_TRY(weir_dir_make(path, err));
    *ret = realpath(path, NULL);
    if (!*ret)
        return weir_fail_errno(err, WEIR_IO, "could not open directory \"%s\"", path);
    if (snprintf(log, sizeof log, "%s/" WEIR_COMMIT_LOG_DIR, *ret) >= (int)sizeof log - NAME_MAX)
        return weir_fail(err, WEIR_BAD_CONFIG, "path \"%s\" is too long", path);
    return weir_dir_make(log, err);
}

static void sink_close(struct weir_sink *sink);

static enum weir_code sink_open(const struct weir_table *table,
                                const struct weir_sink_config *config, bool *ret_created,
                                struct weir_sink **ret, struct weir_error *err)
{
    struct weir_sink *sink = calloc(1, sizeof *sink);
    char *path = NULL;
    if (!sink)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    sink->table = table;
    sink->aside.fd = -1;
    sink->incarnation = config->incarnation;
    sink->exactly_once = config->exactly_once;
    sink->interval_ms = weir_options_number(&table->options, "commit_interval", 10000);
    sink->roll_bytes = weir_options_number(&table->options, "roll_size", 128 << 20);
    weir_part_prefix(config->pipeline, table->name, sink->prefix);
    enum weir_code code = weir_local_path(table, &path, err);
    if (code == WEIR_OK)
        code = make_directory(path, ret_created, &sink->dir, err);
    if (code == WEIR_OK)
        code = table->format->encoder_new(table, true, &sink->encoder, err);
    free(path);
    if (code != WEIR_OK) {
        sink_close(sink);
        return code;
    }
    *ret = sink;
    return WEIR_OK;
}

/* The whole log: where the sink is, and the next id. */
static enum weir_code read_log(struct weir_sink *sink, struct weir_error *err)
{
    struct weir_arena arena;
    struct weir_commit_log log;
    weir_arena_init(&arena, WEIR_COMMIT_LOG_BYTES_MAX);
    enum weir_code code = weir_commit_log_read(sink->dir, &arena, &log, err);
    if (code == WEIR_OK) {
        sink->number = weir_commit_log_number(&log, sink->prefix);
        sink->next_id = log.next_id;
    }
    weir_arena_done(&arena);
    return code;
}

/* Nothing shuts a zombie out beforehand: the compare at commit does. A killed process may have left names that are not
 * durable yet; what is counted on from here must be. */
static enum weir_code sink_fence(struct weir_sink *sink, struct weir_error *err)
{
    char log[PATH_MAX];
    snprintf(log, sizeof log, "%s/" WEIR_COMMIT_LOG_DIR, sink->dir);
    if (sink->exactly_once) {
        WEIR_TRY(weir_dir_sync(sink->dir, err));
        WEIR_TRY(weir_dir_sync(log, err));
    }
    return read_log(sink, err);
}

static enum weir_code sink_read_number(struct weir_sink *sink, uint64_t *ret,
                                       struct weir_error *err)
{
    WEIR_TRY(read_log(sink, err));
    *ret = sink->number;
    return WEIR_OK;
}

/* ---- write ---- */

static enum weir_code writer_new(struct weir_sink *sink, const bool *given,
                                 struct weir_writer **ret, struct weir_error *err)
{
    struct weir_writer *writer = calloc(1, sizeof *writer);
    (void)given;
    if (!writer)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    writer->table = sink->table;
    enum weir_code code =
        sink->table->format->encoder_new(sink->table, true, &writer->encoder, err);
    if (code != WEIR_OK) {
        free(writer);
        return code;
    }
    *ret = writer;
    return WEIR_OK;
}

static enum weir_code writer_write(struct weir_writer *writer, const struct weir_rows *rows,
                                   struct weir_arena *arena, struct weir_slice *row_errors,
                                   struct weir_buffer *out, uint32_t *ret_written,
                                   struct weir_error *err)
{
    return writer->table->format->encode(writer->encoder, rows, arena, row_errors, NULL, out,
                                         ret_written, err);
}

static void writer_free(struct weir_writer *writer)
{
    if (!writer)
        return;
    writer->table->format->encoder_free(writer->encoder);
    free(writer);
}

/* ---- prepare ---- */

static void aside_name(const struct weir_sink *sink, char *to)
{
    const struct weir_part part = {.first = sink->number + 1, .incarnation = sink->incarnation};
    char name[WEIR_PART_NAME_BYTES];
    weir_part_name(sink->prefix, &part, ".tmp", name);
    (void)snprintf(to, PATH_MAX, "%s/.%s", sink->dir, name);
}

static enum weir_code aside_begin(struct weir_sink *sink, struct weir_error *err)
{
    char path[PATH_MAX];
    struct weir_buffer header;
    aside_name(sink, path);
    WEIR_TRY(weir_dir_unlink(path, err)); /* never truncate: an orphan may share the file */
    WEIR_TRY(weir_file_open(&sink->aside, path, WEIR_FILE_CREATE_NEW, err));
    sink->aside_open = true;
    sink->rows = 0;
    sink->since_us = weir_clock_monotonic_us();
    if (!sink->table->format->file_start)
        return WEIR_OK;
    weir_buffer_init(&header, HEADER_BYTES_MAX);
    enum weir_code code = sink->table->format->file_start(sink->encoder, &header, err);
    if (code == WEIR_OK)
        code = weir_file_append(&sink->aside, weir_buffer_slice(&header), err);
    weir_buffer_done(&header);
    return code;
}

static void aside_drop(struct weir_sink *sink)
{
    struct weir_error ignored;
    if (!sink->aside_open)
        return;
    WEIR_IGNORE(weir_dir_unlink(sink->aside.path, &ignored), "the next sweep finds it");
    weir_file_close(&sink->aside);
    sink->aside_open = false;
    sink->prepared = sink->rows = 0;
}

static enum weir_code sink_prepare(struct weir_sink *sink, uint64_t number, int64_t now_us,
                                   const struct weir_sink_chunk *chunks, uint32_t chunks_count,
                                   struct weir_error *err)
{
    uint64_t rows = 0;
    (void)now_us;
    for (uint32_t i = 0; i < chunks_count; i++)
        rows += chunks[i].rows_count;
    if (number <= sink->number || (sink->prepared && number <= sink->prepared) || rows == 0)
        return WEIR_OK; /* visible or prepared already, or nothing to do */
    enum weir_code code = sink->aside_open ? WEIR_OK : aside_begin(sink, err);
    int64_t size = sink->aside.size;
    for (uint32_t i = 0; code == WEIR_OK && i < chunks_count; i++)
        code = weir_file_append(&sink->aside, chunks[i].bytes, err);
    if (code == WEIR_OK) {
        if (sink->exactly_once) /* a hint: the disk starts now, so that the commit's fsync waits for less */
            (void)sync_file_range(sink->aside.fd, size, 0, SYNC_FILE_RANGE_WRITE);
        sink->prepared = number;
        sink->rows += rows;
        return WEIR_OK;
    }
    struct weir_error ignored;
    if (sink->aside_open &&
        (!sink->prepared || weir_file_truncate(&sink->aside, size, &ignored) != WEIR_OK))
        aside_drop(sink);
    return code;
}

/* ---- commit ---- */

/* Deletes what earlier processes left behind: parts and aside files of passed epochs that no entry
 * names. */
static enum weir_code sweep(struct weir_sink *sink, const struct weir_commit_log *log,
                            struct weir_error *err)
{
    char path[PATH_MAX];
    enum weir_code code = WEIR_OK;
    DIR *dir = opendir(sink->dir);
    if (!dir)
        return weir_fail_errno(err, WEIR_IO, "could not open directory \"%s\"", sink->dir);
    for (struct dirent *entry; code == WEIR_OK && (entry = readdir(dir));) {
        struct weir_part part;
        bool aside = entry->d_name[0] == '.', named = false;
        if (!weir_part_parse(weir_slice_of(entry->d_name + aside), &part) ||
            !weir_slice_is(part.prefix, sink->prefix))
            continue;
        if (aside ? part.first > sink->number || part.incarnation == sink->incarnation
                  : part.last > sink->number)
            continue;
        for (size_t i = 0; i < log->count && !named; i++)
            named = strcmp(log->lines[i].name, entry->d_name) == 0;
        if (!named &&
            snprintf(path, sizeof path, "%s/%s", sink->dir, entry->d_name) < (int)sizeof path)
            code = weir_dir_unlink(path, err);
    }
    closedir(dir);
    return code;
}

/* fsyncs the aside file and gives it its name. `to`: the part's path. */
static enum weir_code place_part(struct weir_sink *sink, struct weir_part *part, char *name,
                                 char *to, struct weir_error *err)
{
    if (sink->exactly_once)
        WEIR_TRY(weir_file_sync(&sink->aside, err));
    for (;;) {
        weir_part_name(sink->prefix, part, sink->table->format->file_extension, name);
        (void)snprintf(to, PATH_MAX, "%s/%s", sink->dir, name);
        enum weir_code code = weir_dir_link(sink->aside.path, to, err);
        if (code == WEIR_OK)
            break;
        if (err->sys_errno == ENOENT) /* swept: a later process has passed these epochs */
            return err->code = WEIR_FENCED;
        if (err->sys_errno != EEXIST)
            return code;
        part->incarnation++; /* never replace */
    }
    WEIR_TRY(weir_dir_unlink(sink->aside.path, err));
    return sink->exactly_once ? weir_dir_sync(sink->dir, err) : WEIR_OK;
}

static enum weir_code fenced(const struct weir_sink *sink, struct weir_error *err)
{
    return weir_fail(err, WEIR_FENCED, "another process has written to \"%s\" as this pipeline",
                     sink->dir);
}

/* The id was taken. *ret_held: the log holds all our epochs already; else sink->next_id is the next
 * to try. */
static enum weir_code lost_put(struct weir_sink *sink, uint64_t last, bool *ret_held,
                               struct weir_error *err)
{
    struct weir_arena arena;
    struct weir_commit_log log;
    uint64_t number = sink->number;
    weir_arena_init(&arena, WEIR_COMMIT_LOG_BYTES_MAX);
    enum weir_code code = weir_commit_log_read(sink->dir, &arena, &log, err);
    if (code == WEIR_OK) {
        number = weir_commit_log_number(&log, sink->prefix);
        sink->next_id = log.next_id;
    }
    weir_arena_done(&arena);
    *ret_held = number == last;
    return code == WEIR_OK && number != sink->number && !*ret_held ? fenced(sink, err) : code;
}

/* After a put: is it seen? An id so old that a compact entry above it was made without it is not.
 * Then sweeps. */
static enum weir_code confirm_put(struct weir_sink *sink, const char *name, struct weir_error *err)
{
    struct weir_arena arena;
    struct weir_commit_log log;
    int64_t newest;
    WEIR_TRY(weir_commit_log_newest(sink->dir, &newest, err));
    if (sink->swept && newest < sink->next_id)
        return WEIR_OK;
    weir_arena_init(&arena, WEIR_COMMIT_LOG_BYTES_MAX);
    enum weir_code code = weir_commit_log_read(sink->dir, &arena, &log, err);
    bool seen = false;
    for (size_t i = log.count; code == WEIR_OK && i-- > 0 && !seen;)
        seen = strcmp(log.lines[i].name, name) == 0;
    if (code == WEIR_OK && !seen)
        code = fenced(sink, err);
    if (code == WEIR_OK && !sink->swept)
        code = sweep(sink, &log, err);
    sink->swept |= code == WEIR_OK;
    weir_arena_done(&arena);
    return code;
}

static enum weir_code put_line(struct weir_sink *sink, const char *name, uint64_t last,
                               int64_t size, bool is_mark, bool *ret_held, struct weir_error *err)
{
    struct weir_buffer line;
    weir_buffer_init(&line, LINE_BYTES_MAX);
    enum weir_code code = weir_commit_line_format(sink->dir, name, size,
                                                  weir_clock_wall_us() / 1000, is_mark, &line, err);
    *ret_held = false;
    while (code == WEIR_OK && !*ret_held) {
        code = weir_commit_log_put(sink->dir, sink->next_id, weir_buffer_slice(&line), err);
        if (code == WEIR_OK)
            break;
        if (code == WEIR_FENCED)
            code = lost_put(sink, last, ret_held, err);
    }
    weir_buffer_done(&line);
    return code;
}

/* Makes everything up to `last` visible. */
static enum weir_code publish(struct weir_sink *sink, uint64_t last, struct weir_error *err)
{
    char name[WEIR_PART_NAME_BYTES], path[PATH_MAX] = "";
    struct weir_part part = {.first = sink->number + 1,
                             .last = last,
                             .rows = sink->rows,
                             .incarnation = sink->incarnation};
    bool is_mark = !sink->aside_open, held;
    int64_t size = is_mark ? 0 : sink->aside.size;
    WEIR_ASSERT(sink->prepared <= last);
    if (is_mark) {
        part.rows = 0;
        weir_part_name(sink->prefix, &part, "", name);
    } else {
        WEIR_TRY(place_part(sink, &part, name, path, err));
    }
    weir_env_step("commit-file-part");
    WEIR_TRY(put_line(sink, name, last, size, is_mark, &held, err));
    weir_env_step("commit-file-log");
    aside_drop(sink);
    sink->number = last;
    if (held) /* all of these epochs are visible by another's part: ours is an orphan */
        return is_mark ? WEIR_OK : weir_dir_unlink(path, err);
    sink->next_id++;
    WEIR_TRY(confirm_put(sink, name, err));
    if (sink->next_id % 10 == 0) /* a compact entry was put */
        WEIR_TRY(weir_commit_log_expire(sink->dir, err));
    weir_env_step("commit-file-done");
    return WEIR_OK;
}

static int64_t sink_commit_due_ms(struct weir_sink *sink)
{
    if (!sink->aside_open)
        return -1;
    int64_t left = sink->interval_ms - (weir_clock_monotonic_us() - sink->since_us) / 1000;
    return left > 0 ? left : 0;
}

static enum weir_code sink_commit(struct weir_sink *sink, uint64_t number, bool force,
                                  uint64_t *ret_number, struct weir_error *err)
{
    bool due = force || (sink->aside_open &&
                         (sink->aside.size >= sink->roll_bytes || sink_commit_due_ms(sink) == 0));
    enum weir_code code = due && number > sink->number ? publish(sink, number, err) : WEIR_OK;
    *ret_number = sink->number;
    return code;
}

static void sink_abort(struct weir_sink *sink)
{
    aside_drop(sink);
}

static void sink_close(struct weir_sink *sink)
{
    if (!sink)
        return;
    aside_drop(sink);
    if (sink->encoder)
        sink->table->format->encoder_free(sink->encoder);
    free(sink->dir);
    free(sink);
}

const struct weir_sink_ops weir_parts_sink_ops = {
    .delivery = WEIR_EXACTLY_ONCE,
    .open = sink_open,
    .fence = sink_fence,
    .read_number = sink_read_number,
    .writer_new = writer_new,
    .write = writer_write,
    .writer_free = writer_free,
    .prepare = sink_prepare,
    .commit = sink_commit,
    .commit_due_ms = sink_commit_due_ms,
    .abort = sink_abort,
    .close = sink_close,
};
