/* Looking at topics, making and deleting them. */
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "column/text.h"
#include "connector/log/build.h"
#include "connector/log/connector.h"
#include "connector/log/reader.h"
#include "connector/log/writer.h"

#define HEADS_AHEAD ((size_t)16 * 1024) /* a window for block heads only */

static enum weir_code out_of_memory(struct weir_error *err)
{
    return weir_fail(err, WEIR_NOMEM, "out of memory");
}

/* ---- describe ---- */

/* Adds up the bytes of each partition's chunks, and finds the pipeline's last number. */
static enum weir_code describe_segment(const struct weir_topic *topic, uint64_t base, uint64_t end,
                                       const char *producer, struct weir_catalog_partition *at,
                                       uint64_t *number, struct weir_error *err)
{
    struct weir_walk walk;
    struct stat st;
    enum weir_walk_found found = WEIR_WALK_BLOCK;
    int fd;
    WEIR_TRY(weir_topic_segment_open(topic, base, &fd, err));
    uint64_t size = fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
    weir_walk_init(&walk, fd, base, size < end - base ? size : end - base);
    walk.window.ahead = HEADS_AHEAD;
    enum weir_code code = WEIR_OK;
    while (code == WEIR_OK && found == WEIR_WALK_BLOCK) {
        struct weir_slice name;
        uint64_t last;
        code = weir_walk_next(&walk, false, &found, err);
        if (code != WEIR_OK || found != WEIR_WALK_BLOCK)
            break;
        const struct weir_block_chunk *chunks = weir_block_chunks(walk.head);
        for (uint32_t i = 0; walk.head->kind == WEIR_BLOCK_EPOCH && i < walk.head->count; i++)
            if (chunks[i].partition < topic->partitions)
                at[chunks[i].partition].bytes += chunks[i].bytes;
        if (walk.head->kind == WEIR_BLOCK_EPOCH && producer &&
            weir_slice_is(weir_block_name(walk.head), producer))
            *number = walk.head->number;
        for (size_t next = 0; walk.head->kind == WEIR_BLOCK_START &&
                              weir_block_next_producer(walk.head, &next, &name, &last);)
            if (producer && weir_slice_is(name, producer))
                *number = last;
    }
    weir_walk_done(&walk);
    close(fd);
    return code;
}

static enum weir_code describe_segments(const struct weir_topic *topic, const char *producer,
                                        struct weir_catalog_partition *partitions,
                                        struct weir_catalog_info *ret, struct weir_error *err)
{
    uint64_t *bases, next[WEIR_TOPIC_PARTITIONS_MAX] = {0};
    struct weir_topic_tail tail;
    size_t count;
    WEIR_TRY(weir_topic_tail_init(&tail, topic->partitions, err));
    enum weir_code code = weir_topic_tail_find(topic, &tail, err);
    if (code == WEIR_OK)
        code = weir_topic_segments(topic, &bases, &count, err);
    if (code != WEIR_OK) {
        weir_topic_tail_done(&tail);
        return code;
    }
    if (count && bases[0] < tail.position)
        code = weir_topic_segment_offsets(topic, bases[0], next, err);
    for (uint32_t i = 0; i < topic->partitions; i++) {
        partitions[i].partition = (int32_t)i;
        partitions[i].first_offset = (int64_t)next[i];
        partitions[i].end_offset = (int64_t)tail.next[i];
        ret->rows += (int64_t)(tail.next[i] - next[i]);
    }
    ret->bytes = count ? (int64_t)(tail.position - bases[0]) : 0;
    /* One partition has all the bytes: no need to look at every block. */
    bool all_known = topic->partitions == 1 && !producer;
    if (all_known)
        partitions[0].bytes = ret->bytes;
    for (size_t i = 0; !all_known && i < count && bases[i] < tail.position && code == WEIR_OK; i++)
        code = describe_segment(topic, bases[i], tail.position, producer, partitions, &ret->number,
                                err);
    free(bases);
    weir_topic_tail_done(&tail);
    return code;
}

static enum weir_code describe(const struct weir_table *table, const char *pipeline,
                               struct weir_arena *arena, struct weir_catalog_info *ret,
                               struct weir_error *err)
{
    struct weir_topic topic;
    *ret = (struct weir_catalog_info){.rows = -1, .bytes = -1};
    ret->location =
        weir_arena_printf(arena, "%s/%s", weir_log_table_root(table), weir_log_table_topic(table));
    if (!ret->location)
        return out_of_memory(err);
    enum weir_code code = weir_log_table_open(table, &topic, err);
    if (code == WEIR_IO && err->sys_errno == ENOENT)
        return WEIR_OK;
    WEIR_TRY(code);
    char *producer = pipeline ? weir_log_producer_name(pipeline, table) : NULL;
    struct weir_catalog_partition *partitions =
        WEIR_NEW_ARRAY(arena, struct weir_catalog_partition, topic.partitions);
    ret->exists = true;
    ret->rows = 0;
    ret->partitions = partitions;
    ret->partitions_count = topic.partitions;
    code = !partitions || (pipeline && !producer)
               ? out_of_memory(err)
               : describe_segments(&topic, producer, partitions, ret, err);
    free(producer);
    weir_topic_done(&topic);
    return code;
}

/* ---- files ---- */

static const char *owner_name(struct weir_arena *arena, uid_t id)
{
    struct passwd entry, *found = NULL;
    char buffer[1024];
    if (getpwuid_r(id, &entry, buffer, sizeof buffer, &found) == 0 && found)
        return weir_arena_copy(arena, weir_slice_of(found->pw_name));
    return weir_arena_printf(arena, "%u", (unsigned)id);
}

static const char *group_name(struct weir_arena *arena, gid_t id)
{
    struct group entry, *found = NULL;
    char buffer[1024];
    if (getgrgid_r(id, &entry, buffer, sizeof buffer, &found) == 0 && found)
        return weir_arena_copy(arena, weir_slice_of(found->gr_name));
    return weir_arena_printf(arena, "%u", (unsigned)id);
}

static enum weir_code describe_file(const char *path, struct weir_arena *arena,
                                    struct weir_catalog_file *ret, struct weir_error *err)
{
    char permissions[] = "-rwxrwxrwx";
    struct stat st;
    if (stat(path, &st) != 0)
        return weir_fail_errno(err, WEIR_IO, "could not look at file \"%s\"", path);
    for (int bit = 0; bit < 9; bit++)
        if (!(st.st_mode & (0400u >> bit)))
            permissions[bit + 1] = '-';
    *ret = (struct weir_catalog_file){
        .permissions = weir_arena_copy(arena, weir_slice_of(permissions)),
        .owner = owner_name(arena, st.st_uid),
        .group = group_name(arena, st.st_gid),
        .size_bytes = st.st_size,
        .modified_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000,
        .name = weir_arena_copy(arena, weir_slice_of(path))};
    return ret->permissions && ret->owner && ret->group && ret->name ? WEIR_OK : out_of_memory(err);
}

static enum weir_code files(const struct weir_table *table, struct weir_arena *arena,
                            const struct weir_catalog_file **ret, size_t *ret_count,
                            struct weir_error *err)
{
    struct weir_topic topic;
    uint64_t *bases;
    size_t count;
    char path[PATH_MAX];
    *ret_count = 0;
    enum weir_code code = weir_log_table_open(table, &topic, err);
    if (code == WEIR_IO && err->sys_errno == ENOENT)
        return WEIR_OK;
    WEIR_TRY(code);
    code = weir_topic_segments(&topic, &bases, &count, err);
    if (code == WEIR_OK) {
        struct weir_catalog_file *list = WEIR_NEW_ARRAY(arena, struct weir_catalog_file, count + 1);
        code = list ? WEIR_OK : out_of_memory(err);
        for (size_t i = 0; i < count && code == WEIR_OK; i++) {
            weir_topic_segment_path(&topic, bases[i], path);
            code = describe_file(path, arena, &list[i], err);
        }
        free(bases);
        *ret = list;
        *ret_count = count;
    }
    weir_topic_done(&topic);
    return code;
}

/* ---- list, create, drop ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum weir_code list(const struct weir_table *table, struct weir_arena *arena,
                           const char *const **ret, size_t *ret_count, struct weir_error *err)
{
    const char *root = weir_log_table_root(table);
    const char **names = NULL;
    size_t count = 0, capacity = 0;
    enum weir_code code = WEIR_OK;
    *ret_count = 0;
    DIR *dir = opendir(root);
    if (!dir)
        return errno == ENOENT
                   ? WEIR_OK
                   : weir_fail_errno(err, WEIR_IO, "could not open directory \"%s\"", root);
    for (struct dirent *entry; code == WEIR_OK && (entry = readdir(dir));) {
        struct weir_topic topic;
        struct weir_error ignored;
        if (entry->d_name[0] == '.' ||
            weir_topic_open(root, entry->d_name, &topic, &ignored) != WEIR_OK)
            continue; /* what lies there besides topics is not ours */
        weir_topic_done(&topic);
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            const char **more = WEIR_NEW_ARRAY(arena, const char *, capacity);
            if (more && count)
                memcpy(more, names, count * sizeof *names);
            names = more;
        }
        const char *name = names ? weir_arena_copy(arena, weir_slice_of(entry->d_name)) : NULL;
        if (!name) {
            code = out_of_memory(err);
            break;
        }
        names[count++] = name;
    }
    closedir(dir);
    if (count)
        qsort(names, count, sizeof *names, compare_names);
    *ret = names;
    *ret_count = count;
    return code;
}

static enum weir_code create(const struct weir_table *table, bool *ret_created,
                             struct weir_error *err)
{
    struct weir_topic topic;
    WEIR_TRY(weir_log_table_create(table, false, ret_created, err));
    WEIR_TRY(weir_log_table_open(table, &topic, err)); /* one that was there has to fit */
    weir_topic_done(&topic);
    return WEIR_OK;
}

/* Opens the table's topic for writing. *ret_missing: there is none. */
static enum weir_code open_writer(const struct weir_table *table, struct weir_topic *topic,
                                  struct weir_topic_writer **ret, bool *ret_missing,
                                  struct weir_error *err)
{
    const struct weir_topic_writer_config config = {.segment_bytes = INT64_MAX, .sync = true};
    enum weir_code code = weir_log_table_open(table, topic, err);
    *ret_missing = code == WEIR_IO && err->sys_errno == ENOENT;
    if (*ret_missing)
        return WEIR_OK;
    WEIR_TRY(code);
    code = weir_topic_writer_open(topic, &config, ret, err);
    if (code != WEIR_OK)
        weir_topic_done(topic);
    return code;
}

static enum weir_code drop(const struct weir_table *table, struct weir_error *err)
{
    struct weir_topic topic;
    char path[PATH_MAX];
    int lock;
    enum weir_code code = weir_log_table_open(table, &topic, err);
    if (code == WEIR_IO && err->sys_errno == ENOENT)
        return WEIR_OK;
    WEIR_TRY(code);
    weir_topic_path(&topic, "lock", path);
    code = weir_lock_take(path, &lock,
                          err); /* not the writer's open: a damaged topic can be deleted */
    if (code == WEIR_OK) {
        code = weir_dir_remove_tree(topic.dir, err);
        close(lock);
        if (code == WEIR_OK)
            code = weir_dir_sync(weir_log_table_root(table), err);
    } else if (code == WEIR_FENCED) {
        weir_fail_in(err, "topic \"%s\" cannot be deleted while it is being written", topic.name);
        weir_hint(err, "stop the other process first");
    }
    weir_topic_done(&topic);
    return code;
}

/* A block with the number 0 takes the producer's number away. */
static enum weir_code forget(const struct weir_table *table, const char *pipeline,
                             struct weir_error *err)
{
    struct weir_topic topic;
    struct weir_topic_writer *writer;
    struct weir_buffer block;
    bool missing;
    WEIR_TRY(open_writer(table, &topic, &writer, &missing, err));
    if (missing)
        return WEIR_OK;
    char *producer = weir_log_producer_name(pipeline, table);
    enum weir_code code = producer ? WEIR_OK : out_of_memory(err);
    if (code == WEIR_OK && weir_topic_writer_number(writer, producer) > 0) {
        weir_buffer_init(&block, 1 << 20);
        code = weir_log_block_build(producer, 0, weir_clock_wall_us() - WEIR_UNIX_TO_PG_US,
                                    topic.partitions, NULL, 0, &block, err);
        if (code == WEIR_OK)
            code = weir_topic_writer_append(writer, &block, err);
        if (code == WEIR_OK)
            code = weir_topic_writer_sync(writer, err);
        weir_buffer_done(&block);
    }
    free(producer);
    weir_topic_writer_close(writer);
    weir_topic_done(&topic);
    return code;
}

static enum weir_code ping(const struct weir_table *table, struct weir_error *err)
{
    const char *root = weir_log_table_root(table);
    struct stat st;
    if (stat(root, &st) != 0)
        return errno == ENOENT ? WEIR_OK /* it is made when it is needed */
                               : weir_fail_errno(err, WEIR_IO, "could not look at \"%s\"", root);
    if (!S_ISDIR(st.st_mode))
        return weir_fail(err, WEIR_BAD_CONFIG, "\"%s\" is not a directory", root);
    return access(root, R_OK | W_OK | X_OK) == 0
               ? WEIR_OK
               : weir_fail_errno(err, WEIR_IO, "directory \"%s\" cannot be used", root);
}

const struct weir_catalog_ops weir_log_catalog_ops = {
    .describe = describe,
    .files = files,
    .list = list,
    .create = create,
    .drop = drop,
    .forget = forget,
    .ping = ping,
};
