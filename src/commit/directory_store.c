/* The checkpoint store in a directory, for pipelines that live on one machine.
 *
 *     LOCATION/PIPELINE/lock              flock for the process's life: this is the fence
 *     LOCATION/PIPELINE/%020u.epoch       one prepare record each (record_text.c)
 *     LOCATION/PIPELINE/snapshots/NAME    lookup content that records name
 *     LOCATION/PIPELINE/NAME.note         what was created, numbers of at-least-once sinks
 *
 * Invariants:
 *  1. A record is put by link(2): a name is written once, whatever else runs. Never by a replacing
 * rename (findings F1).
 *  2. A put whose number is not above every record in the directory is refused, before and after
 * the link (F1b).
 *  3. The newest record is never deleted (F3): without it a restart has no place to go on from.
 *  4. All of it is fsynced before a call returns; records that remove() deletes may come back after
 * a power loss, which does no harm: they are at or below every sink's number. Not here: anything
 * about what the records mean (epoch.c). */
#include "commit/directory_store.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/env.h"
#include "commit/record_text.h"

#define RECORD_BYTES_MAX   ((size_t)64 << 20)
#define SNAPSHOT_BYTES_MAX ((size_t)4 << 30)
#define NOTE_BYTES_MAX     ((size_t)1 << 20)

struct weir_checkpoint {
    char *dir;
    char *pipeline;
    int lock_fd;
    uint64_t newest; /* of the records; 0: none */
};

static char *path_of(const struct weir_checkpoint *store, const char *format, ...)
    WEIR_PRINTF(2, 3);

/* malloc'd "DIR/.."; NULL without memory. */
static char *path_of(const struct weir_checkpoint *store, const char *format, ...)
{
    char name[NAME_MAX + 1], *path;
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return asprintf(&path, "%s/%s", store->dir, name) < 0 ? NULL : path;
}

static enum weir_code no_memory(struct weir_error *err)
{
    return weir_fail(err, WEIR_NOMEM, "out of memory");
}

static void close_store(struct weir_checkpoint *store)
{
    if (!store)
        return;
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    free(store->dir);
    free(store->pipeline);
    free(store);
}

/* The number in a record's file name; 0 for other names. */
static uint64_t record_number(const char *name)
{
    char *end;
    uint64_t number = strtoull(name, &end, 10);
    return end == name + 20 && strcmp(end, ".epoch") == 0 ? number : 0;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* All record numbers, ascending, malloc'd. */
static enum weir_code list_records(const struct weir_checkpoint *store, uint64_t **ret,
                                   size_t *ret_count, struct weir_error *err)
{
    DIR *dir = opendir(store->dir);
    if (!dir)
        return weir_fail_errno(err, WEIR_IO, "could not open checkpoint directory \"%s\"",
                               store->dir);
    uint64_t *numbers = NULL;
    size_t count = 0, capacity = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        uint64_t number = record_number(entry->d_name);
        if (!number)
            continue;
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 64;
            uint64_t *more = realloc(numbers, capacity * sizeof *more);
            if (!more) {
                free(numbers);
                closedir(dir);
                return no_memory(err);
            }
            numbers = more;
        }
        numbers[count++] = number;
    }
    closedir(dir);
    if (count)
        qsort(numbers, count, sizeof *numbers, compare_numbers);
    *ret = numbers;
    *ret_count = count;
    return WEIR_OK;
}

/* A pipeline's name as one file name: letters, digits, ._- stay, others become %XX. */
static void encode_name(const char *name, char *to, size_t size)
{
    size_t len = 0;
    for (; *name && len + 4 < size; name++) {
        unsigned char c = (unsigned char)*name;
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '_' || c == '-' || (c == '.' && len > 0);
        len += (size_t)snprintf(to + len, size - len, plain ? "%c" : "%%%02X", c);
    }
    to[len] = 0;
}

static enum weir_code open_store(const char *location, const char *pipeline,
                                 struct weir_checkpoint **ret, struct weir_error *err)
{
    char name[NAME_MAX];
    struct weir_checkpoint *store = calloc(1, sizeof *store);
    if (!store)
        return no_memory(err);
    store->lock_fd = -1;
    encode_name(pipeline, name, sizeof name);
    store->pipeline = strdup(pipeline);
    if (asprintf(&store->dir, "%s/%s", location, name) < 0)
        store->dir = NULL;
    char *lock = store->dir && store->pipeline ? path_of(store, "lock") : NULL;
    uint64_t *numbers = NULL;
    size_t count = 0;
    enum weir_code code = lock ? weir_dir_make(store->dir, err) : no_memory(err);
    if (code == WEIR_OK)
        code = weir_lock_take(lock, &store->lock_fd, err);
    if (code == WEIR_FENCED) {
        char *owner = strrchr(err->text, '(');
        char pid[64];
        snprintf(pid, sizeof pid, "%s", owner ? owner : "");
        weir_fail(err, WEIR_FENCED,
                  "pipeline \"%s\" is already running %s: its checkpoint \"%s\" is locked",
                  pipeline, pid, store->dir);
        code = weir_hint(
            err,
            "stop the other process first, or give this pipeline another name with SET weir.name");
    }
    if (code == WEIR_OK) /* a killed process may have left names that are not durable yet */
        code = weir_dir_sync(store->dir, err);
    if (code == WEIR_OK)
        code = list_records(store, &numbers, &count, err);
    if (code == WEIR_OK)
        store->newest = count ? numbers[count - 1] : 0;
    free(numbers);
    free(lock);
    if (code != WEIR_OK) {
        close_store(store);
        return code;
    }
    *ret = store;
    return WEIR_OK;
}

static enum weir_code read_record(const struct weir_checkpoint *store, uint64_t number,
                                  struct weir_arena *arena, struct weir_checkpoint_record *ret,
                                  struct weir_error *err)
{
    char *bytes = NULL, *path = path_of(store, "%020" PRIu64 ".epoch", number);
    size_t len;
    enum weir_code code =
        path ? weir_file_read_all(path, RECORD_BYTES_MAX, &bytes, &len, err) : no_memory(err);
    if (code == WEIR_OK) {
        code = weir_record_parse(weir_slice(bytes, len), arena, ret, err);
        if (code == WEIR_OK && ret->number != number)
            code =
                weir_fail(err, WEIR_BAD_DATA, "it holds the record of epoch %" PRIu64, ret->number);
    }
    if (code == WEIR_BAD_DATA) {
        weir_fail_in(err, "checkpoint record \"%s\" is damaged", path);
        weir_hint(err, "restore \"%s\" from a copy, or start from the beginning with `weir reset`",
                  store->dir);
    }
    free(bytes);
    free(path);
    return code;
}

static enum weir_code read_store(struct weir_checkpoint *store, struct weir_arena *arena,
                                 struct weir_checkpoint_record **ret, size_t *ret_count,
                                 struct weir_error *err)
{
    uint64_t *numbers = NULL;
    size_t count = 0;
    WEIR_TRY(list_records(store, &numbers, &count, err));
    struct weir_checkpoint_record *records =
        WEIR_NEW_ARRAY(arena, struct weir_checkpoint_record, count + 1);
    enum weir_code code = records ? WEIR_OK : no_memory(err);
    for (size_t i = 0; code == WEIR_OK && i < count; i++)
        code = read_record(store, numbers[i], arena, &records[i], err);
    free(numbers);
    if (code != WEIR_OK)
        return code;
    *ret = records;
    *ret_count = count;
    return WEIR_OK;
}

/* Is there a record at or above `number`, other than `own`? Looks at the directory, not at what we
 * remember. */
static enum weir_code check_newest(const struct weir_checkpoint *store, uint64_t number,
                                   bool own_is_there, struct weir_error *err)
{
    uint64_t *numbers = NULL;
    size_t count = 0;
    WEIR_TRY(list_records(store, &numbers, &count, err));
    uint64_t newest = count ? numbers[count - 1] : 0;
    free(numbers);
    if (own_is_there ? newest > number : newest >= number)
        return weir_fail(err, WEIR_FENCED,
                         "checkpoint \"%s\" already holds epoch %" PRIu64 " while epoch %" PRIu64
                         " was to be written: another process works on this pipeline",
                         store->dir, newest, number);
    return WEIR_OK;
}

static enum weir_code put_record(struct weir_checkpoint *store,
                                 const struct weir_checkpoint_record *record,
                                 struct weir_error *err)
{
    struct weir_buffer text;
    weir_buffer_init(&text, RECORD_BYTES_MAX);
    char *path = path_of(store, "%020" PRIu64 ".epoch", record->number);
    enum weir_code code = path ? weir_record_format(record, &text, err) : no_memory(err);
    if (code == WEIR_OK && store->newest >= record->number)
        code = check_newest(store, record->number, false, err);
    if (code == WEIR_OK)
        code = weir_file_put_if_absent(path, weir_buffer_slice(&text), err);
    if (code == WEIR_OK)
        code = check_newest(store, record->number, true, err);
    if (code == WEIR_OK)
        store->newest = record->number;
    weir_buffer_done(&text);
    free(path);
    return code;
}

/* Deletes snapshots that none of the remaining records names. */
static enum weir_code sweep_snapshots(struct weir_checkpoint *store, struct weir_error *err)
{
    struct weir_arena arena;
    struct weir_checkpoint_record *records = NULL;
    size_t count = 0;
    char *dir_path = path_of(store, "snapshots");
    DIR *dir = dir_path ? opendir(dir_path) : NULL;
    weir_arena_init(&arena, RECORD_BYTES_MAX);
    enum weir_code code = dir ? read_store(store, &arena, &records, &count, err) : WEIR_OK;
    for (struct dirent *entry; dir && code == WEIR_OK && (entry = readdir(dir));) {
        bool named = entry->d_name[0] == '.';
        for (size_t i = 0; i < count && !named; i++)
            for (uint32_t k = 0; k < records[i].lookups_count && !named; k++)
                named = strcmp(records[i].lookups[k].name, entry->d_name) == 0;
        char *path = named ? NULL : path_of(store, "snapshots/%s", entry->d_name);
        if (path)
            code = weir_dir_unlink(path, err);
        free(path);
    }
    if (dir)
        closedir(dir);
    free(dir_path);
    weir_arena_done(&arena);
    return code;
}

static enum weir_code remove_records(struct weir_checkpoint *store, uint64_t number,
                                     struct weir_error *err)
{
    uint64_t *numbers = NULL;
    size_t count = 0;
    WEIR_TRY(list_records(store, &numbers, &count, err));
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; code == WEIR_OK && i + 1 < count && numbers[i] <= number; i++) {
        char *path = path_of(store, "%020" PRIu64 ".epoch", numbers[i]);
        code = path ? weir_dir_unlink(path, err) : no_memory(err);
        free(path);
    }
    free(numbers);
    return code;
}

static enum weir_code put_snapshot(struct weir_checkpoint *store, const char *name,
                                   struct weir_slice bytes, struct weir_error *err)
{
    char *dir = path_of(store, "snapshots"), *path = path_of(store, "snapshots/%s", name);
    enum weir_code code = dir && path ? weir_dir_make(dir, err) : no_memory(err);
    if (code == WEIR_OK)
        code =
            sweep_snapshots(store, err); /* a new one comes seldom: the right moment to tidy up */
    if (code == WEIR_OK && access(path, F_OK) != 0)
        code = weir_file_put_if_absent(path, bytes, err);
    free(dir);
    free(path);
    return code;
}

static enum weir_code read_snapshot(struct weir_checkpoint *store, const char *name, char **ret,
                                    size_t *ret_len, struct weir_error *err)
{
    char *path = path_of(store, "snapshots/%s", name);
    enum weir_code code =
        path ? weir_file_read_all(path, SNAPSHOT_BYTES_MAX, ret, ret_len, err) : no_memory(err);
    free(path);
    return code;
}

static enum weir_code put_note(struct weir_checkpoint *store, const char *name,
                               struct weir_slice bytes, struct weir_error *err)
{
    struct weir_file file;
    char *aside = path_of(store, ".%s.tmp", name), *path = path_of(store, "%s.note", name);
    enum weir_code code =
        aside && path ? weir_file_open(&file, aside, WEIR_FILE_TRUNCATE, err) : no_memory(err);
    if (code == WEIR_OK) {
        code = weir_file_append(&file, bytes, err);
        if (code == WEIR_OK)
            code = weir_file_sync(&file, err);
        weir_file_close(&file);
    }
    if (code == WEIR_OK)
        code = weir_dir_rename(aside, path, err);
    if (code == WEIR_OK)
        code = weir_dir_sync(store->dir, err);
    free(aside);
    free(path);
    return code;
}

static enum weir_code read_note(struct weir_checkpoint *store, const char *name, char **ret,
                                size_t *ret_len, struct weir_error *err)
{
    char *path = path_of(store, "%s.note", name);
    enum weir_code code =
        path ? weir_file_read_all(path, NOTE_BYTES_MAX, ret, ret_len, err) : no_memory(err);
    free(path);
    if (code == WEIR_IO && err->sys_errno == ENOENT) {
        *ret = NULL;
        *ret_len = 0;
        return WEIR_OK;
    }
    return code;
}

static enum weir_code destroy_store(struct weir_checkpoint *store, struct weir_error *err)
{
    enum weir_code code = weir_dir_remove_tree(store->dir, err);
    close_store(store);
    return code;
}

const struct weir_checkpoint_ops weir_directory_store = {
    .open = open_store,
    .read = read_store,
    .put = put_record,
    .remove = remove_records,
    .snapshot_put = put_snapshot,
    .snapshot_read = read_snapshot,
    .note_put = put_note,
    .note_read = read_note,
    .destroy = destroy_store,
    .close = close_store,
};
