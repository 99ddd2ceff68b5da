/* Writing a topic.
 *
 * Invariants:
 *  1. Only the last segment can end in a torn block: a new one begins when the one before is
 *     synced.
 *  2. state.position, state.next and producers are those behind the last block appended; `durable`
 *     is what was synced.
 *  3. A block carries the durable position of its time. So a broken block in front of a whole one
 *     whose durable position lies behind it was once durable: that is damage, not a torn write, and
 *     is refused. Otherwise both are cut off.
 *  4. Retention deletes whole segments from the front, never the last one. */
#include "connector/log/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "column/text.h"

struct weir_topic_writer {
    const struct weir_topic *topic;
    struct weir_topic_writer_config config;
    int lock_fd, tail_fd;
    struct weir_file segment;     /* fd -1: none yet */
    int64_t segment_time_us;      /* when it was begun */
    struct weir_topic_tail state; /* behind the last block appended */
    uint64_t durable;
    struct weir_block_producer *producers;
    uint32_t producers_count;
    bool broken; /* a sync failed: what is on the disk is unknown */
};

static int64_t now_us(void)
{
    return weir_clock_wall_us() - WEIR_UNIX_TO_PG_US;
}

/* ---- producers ---- */

static struct weir_block_producer *producer_find(const struct weir_topic_writer *writer,
                                                 struct weir_slice name)
{
    for (uint32_t i = 0; i < writer->producers_count; i++)
        if (weir_slice_is(name, writer->producers[i].name))
            return &writer->producers[i];
    return NULL;
}

static enum weir_code producer_set(struct weir_topic_writer *writer, struct weir_slice name,
                                   uint64_t number, struct weir_error *err)
{
    struct weir_block_producer *producer = producer_find(writer, name);
    if (!producer) {
        struct weir_block_producer *more =
            realloc(writer->producers, (writer->producers_count + 1) * sizeof *more);
        if (!more)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        writer->producers = more;
        producer = &more[writer->producers_count];
        producer->name = strndup(name.ptr, name.len);
        if (!producer->name)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        writer->producers_count++;
    }
    producer->number = number;
    return WEIR_OK;
}

uint64_t weir_topic_writer_number(const struct weir_topic_writer *writer, const char *producer)
{
    const struct weir_block_producer *found = producer_find(writer, weir_slice_of(producer));
    return found ? found->number : 0;
}

bool weir_topic_writer_is_new(const struct weir_topic_writer *writer)
{
    bool any = writer->producers_count > 0;
    for (uint32_t i = 0; i < writer->topic->partitions; i++)
        any |= writer->state.next[i] > 0;
    return !any;
}

/* ---- recovery ---- */

static enum weir_code take_block(struct weir_topic_writer *writer,
                                 const struct weir_block_head *head, struct weir_error *err)
{
    weir_walk_count(head, writer->state.next, writer->topic->partitions);
    if (head->kind == WEIR_BLOCK_EPOCH)
        return producer_set(writer, weir_block_name(head), head->number, err);
    struct weir_slice name;
    uint64_t number;
    for (size_t at = 0; weir_block_next_producer(head, &at, &name, &number);)
        WEIR_TRY(producer_set(writer, name, number, err));
    writer->segment_time_us = head->time_us;
    return WEIR_OK;
}

/* Whether a whole block behind `at` (in the file) says that `at` was durable by then. */
static enum weir_code was_durable(struct weir_walk *walk, uint64_t at, bool *ret,
                                  struct weir_error *err)
{
    *ret = false;
    for (uint64_t probe = at + 8;
         !*ret && probe + sizeof(struct weir_block_head) <= walk->window.limit; probe += 8) {
        const char *bytes;
        uint32_t magic = 0;
        WEIR_TRY(
            weir_window_get(&walk->window, probe, sizeof(struct weir_block_head), &bytes, err));
        if (bytes)
            memcpy(&magic, bytes, sizeof magic);
        if (magic != WEIR_BLOCK_MAGIC)
            continue;
        enum weir_walk_found found;
        walk->next = probe;
        WEIR_TRY(weir_walk_next(walk, true, &found, err));
        *ret = found == WEIR_WALK_BLOCK && walk->head->durable > walk->base + at;
    }
    return WEIR_OK;
}

/* Takes the last segment's blocks; *ret_end: where the whole ones end, in the file. */
static enum weir_code recover_blocks(struct weir_topic_writer *writer, struct weir_walk *walk,
                                     const char *path, uint64_t *ret_end, struct weir_error *err)
{
    struct weir_topic_tail hint;
    enum weir_walk_found found;
    bool lost = false, moved;
    for (;;) {
        WEIR_TRY(weir_walk_next(walk, true, &found, err));
        if (found != WEIR_WALK_BLOCK)
            break;
        WEIR_TRY(take_block(writer, walk->head, err));
    }
    *ret_end = walk->next;
    if (found == WEIR_WALK_END)
        return WEIR_OK;
    WEIR_TRY(weir_topic_tail_init(&hint, writer->topic->partitions, err));
    weir_topic_tail_read(writer->topic, &hint, &moved);
    lost = hint.synced && hint.position > walk->base + *ret_end;
    weir_topic_tail_done(&hint);
    if (!lost)
        WEIR_TRY(was_durable(walk, *ret_end, &lost, err));
    if (!lost)
        return WEIR_OK;
    weir_fail(err, WEIR_BAD_DATA,
              "log segment \"%s\" is damaged at offset %" PRIu64
              ": records that were durable cannot be read",
              path, *ret_end);
    return weir_hint(err, "restore the file from a copy, or delete the topic and write it anew");
}

/* Opens the segment that begins at `base` and makes its end the writer's. *ret_usable false:
 * nothing of it ever became durable. */
static enum weir_code recover_segment(struct weir_topic_writer *writer, uint64_t base,
                                      bool *ret_usable, struct weir_error *err)
{
    char path[PATH_MAX];
    struct weir_walk walk;
    struct stat st;
    uint64_t end = 0;
    int fd;
    weir_topic_segment_path(writer->topic, base, path);
    WEIR_TRY(weir_topic_segment_open(writer->topic, base, &fd, err));
    enum weir_code code = fstat(fd, &st) == 0
                              ? WEIR_OK
                              : weir_fail_errno(err, WEIR_IO, "could not read file \"%s\"", path);
    weir_walk_init(&walk, fd, base, code == WEIR_OK ? (uint64_t)st.st_size : 0);
    if (code == WEIR_OK)
        code = recover_blocks(writer, &walk, path, &end, err);
    weir_walk_done(&walk);
    close(fd);
    *ret_usable = end > 0;
    if (code != WEIR_OK || !*ret_usable)
        return code;
    WEIR_TRY(weir_file_open(&writer->segment, path, WEIR_FILE_APPEND, err));
    if (end < (uint64_t)st.st_size)
        WEIR_TRY(weir_file_truncate(&writer->segment, (int64_t)end, err));
    WEIR_TRY(weir_file_sync(&writer->segment, err)); /* a dead writer may not have come to it */
    writer->state.synced = true;
    writer->state.position = writer->durable = base + end;
    return WEIR_OK;
}

static enum weir_code recover(struct weir_topic_writer *writer, struct weir_error *err)
{
    uint64_t *bases;
    size_t count;
    bool usable = false;
    enum weir_code code = WEIR_OK;
    WEIR_TRY(weir_topic_segments(writer->topic, &bases, &count, err));
    while (count && !usable && code == WEIR_OK) {
        code = recover_segment(writer, bases[count - 1], &usable, err);
        if (code == WEIR_OK && !usable) { /* its START block was torn: the roll never happened */
            char path[PATH_MAX];
            weir_topic_segment_path(writer->topic, bases[count - 1], path);
            code = weir_dir_unlink(path, err);
            count--;
        }
    }
    free(bases);
    return code;
}

/* ---- opening and closing ---- */

static enum weir_code take_lock(struct weir_topic_writer *writer, struct weir_error *err)
{
    char path[PATH_MAX];
    weir_topic_path(writer->topic, "lock", path);
    enum weir_code code = weir_lock_take(path, &writer->lock_fd, err);
    if (code == WEIR_FENCED) {
        weir_fail_in(err, "topic \"%s\" can have only one writer", writer->topic->name);
        return weir_hint(err, "stop the other process, or wait until it has ended");
    }
    WEIR_TRY(code);
    struct flock visible = {.l_type = F_WRLCK,
                            .l_whence = SEEK_SET}; /* see weir_topic_has_writer */
    if (fcntl(writer->lock_fd, F_OFD_SETLK, &visible) != 0)
        return weir_fail_errno(err, WEIR_IO, "could not lock file \"%s\"", path);
    return WEIR_OK;
}

static enum weir_code writer_start(struct weir_topic_writer *writer, struct weir_error *err)
{
    char path[PATH_MAX];
    WEIR_TRY(take_lock(writer, err));
    WEIR_TRY(weir_topic_tail_init(&writer->state, writer->topic->partitions, err));
    WEIR_TRY(recover(writer, err));
    weir_topic_path(writer->topic, "tail", path);
    writer->tail_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (writer->tail_fd < 0)
        return weir_fail_errno(err, WEIR_IO, "could not create file \"%s\"", path);
    weir_topic_tail_write(writer->topic, writer->tail_fd, &writer->state);
    return WEIR_OK;
}

enum weir_code weir_topic_writer_open(const struct weir_topic *topic,
                                      const struct weir_topic_writer_config *config,
                                      struct weir_topic_writer **ret, struct weir_error *err)
{
    struct weir_topic_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    *writer = (struct weir_topic_writer){
        .topic = topic, .config = *config, .lock_fd = -1, .tail_fd = -1, .segment = {.fd = -1}};
    enum weir_code code = writer_start(writer, err);
    if (code == WEIR_OK)
        *ret = writer;
    else
        weir_topic_writer_close(writer);
    return code;
}

void weir_topic_writer_close(struct weir_topic_writer *writer)
{
    if (!writer)
        return;
    weir_file_close(&writer->segment);
    if (writer->tail_fd >= 0)
        close(writer->tail_fd);
    if (writer->lock_fd >= 0)
        close(writer->lock_fd);
    for (uint32_t i = 0; i < writer->producers_count; i++)
        free(writer->producers[i].name);
    free(writer->producers);
    weir_topic_tail_done(&writer->state);
    free(writer);
}

/* ---- segments ---- */

/* The time at which a segment was begun: everything in the one before is older. */
static enum weir_code segment_time(const struct weir_topic_writer *writer, uint64_t base,
                                   int64_t *ret, struct weir_error *err)
{
    struct weir_walk walk;
    struct stat st;
    enum weir_walk_found found;
    int fd;
    *ret = INT64_MAX;
    WEIR_TRY(weir_topic_segment_open(writer->topic, base, &fd, err));
    weir_walk_init(&walk, fd, base, fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0);
    enum weir_code code = weir_walk_next(&walk, false, &found, err);
    if (code == WEIR_OK && found == WEIR_WALK_BLOCK)
        *ret = walk.head->time_us;
    weir_walk_done(&walk);
    close(fd);
    return code;
}

static enum weir_code retire_segments(struct weir_topic_writer *writer, struct weir_error *err)
{
    const struct weir_topic_writer_config *config = &writer->config;
    uint64_t *bases;
    size_t count;
    if (!config->retention_ms && !config->retention_bytes)
        return WEIR_OK;
    WEIR_TRY(weir_topic_segments(writer->topic, &bases, &count, err));
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; i + 1 < count && code == WEIR_OK; i++) {
        int64_t younger = INT64_MAX;
        if (config->retention_ms)
            code = segment_time(writer, bases[i + 1], &younger, err);
        bool old = younger < now_us() - config->retention_ms * 1000,
             much = config->retention_bytes &&
                    writer->state.position - bases[i] > (uint64_t)config->retention_bytes;
        if (code != WEIR_OK || (!old && !much))
            break;
        char path[PATH_MAX];
        weir_topic_segment_path(writer->topic, bases[i], path);
        code = weir_dir_unlink(path, err);
    }
    free(bases);
    return code;
}

static bool wants_new_segment(const struct weir_topic_writer *writer)
{
    const struct weir_topic_writer_config *config = &writer->config;
    if (writer->segment.fd < 0)
        return true;
    if (writer->durable != writer->state.position) /* only between commits: invariant 1 */
        return false;
    return writer->segment.size >= config->segment_bytes ||
           (config->retention_ms &&
            writer->segment_time_us < now_us() - config->retention_ms * 1000);
}

/* Begins the segment at the present position with a START block, durably. */
static enum weir_code begin_segment(struct weir_topic_writer *writer, struct weir_error *err)
{
    char path[PATH_MAX];
    struct weir_file file;
    struct weir_buffer start;
    weir_buffer_init(&start, WEIR_BLOCK_HEAD_BYTES_MAX);
    enum weir_code code =
        weir_block_start(&start, writer->state.next, writer->topic->partitions, writer->producers,
                         writer->producers_count, now_us(), writer->state.position, err);
    weir_topic_segment_path(writer->topic, writer->state.position, path);
    if (code == WEIR_OK)
        code = weir_file_open(&file, path, WEIR_FILE_TRUNCATE, err);
    if (code != WEIR_OK) {
        weir_buffer_done(&start);
        return code;
    }
    code = weir_file_append(&file, weir_buffer_slice(&start), err);
    if (code == WEIR_OK && writer->segment.fd >= 0 && !writer->config.sync)
        code = weir_file_sync(&writer->segment, err); /* invariant 1 */
    if (code == WEIR_OK)
        code = weir_file_sync(&file, err);
    if (code == WEIR_OK)
        code = weir_dir_sync(writer->topic->dir, err);
    if (code == WEIR_OK) {
        weir_file_close(&writer->segment);
        writer->segment = file;
        writer->segment_time_us = now_us();
        writer->state.position += start.len;
        writer->durable = writer->state.position;
    } else {
        struct weir_error ignored;
        weir_file_close(&file);
        WEIR_IGNORE(weir_dir_unlink(path, &ignored), "the first error is the one to report");
    }
    weir_buffer_done(&start);
    return code;
}

/* ---- appending ---- */

enum weir_code weir_topic_writer_append(struct weir_topic_writer *writer, struct weir_buffer *block,
                                        struct weir_error *err)
{
    struct weir_block_head *head = (struct weir_block_head *)(void *)block->ptr;
    struct weir_block_chunk *chunks = (struct weir_block_chunk *)weir_block_chunks(head);
    if (writer->broken)
        return weir_fail(err, WEIR_IO, "topic \"%s\": an earlier write failed",
                         writer->topic->name);
    if (wants_new_segment(writer)) {
        WEIR_TRY(begin_segment(writer, err));
        WEIR_TRY(retire_segments(writer, err));
    }
    uint64_t *next = writer->state.next;
    for (uint32_t i = 0; i < head->count; i++) {
        chunks[i].first_offset = next[chunks[i].partition];
        next[chunks[i].partition] += chunks[i].count;
    }
    head->position = writer->state.position;
    head->durable = writer->config.sync ? writer->durable : 0;
    weir_block_head_seal(head);
    int64_t before = writer->segment.size;
    enum weir_code code = producer_set(writer, weir_block_name(head), head->number, err);
    if (code == WEIR_OK)
        code = weir_file_append(&writer->segment, weir_buffer_slice(block), err);
    if (code != WEIR_OK) { /* offsets and numbers in memory are ahead of the file's now */
        struct weir_error ignored;
        writer->broken = true;
        WEIR_IGNORE(weir_file_truncate(&writer->segment, before, &ignored),
                    "the next writer cuts it off as well");
        return code;
    }
    writer->state.position += head->length;
    return WEIR_OK;
}

enum weir_code weir_topic_writer_sync(struct weir_topic_writer *writer, struct weir_error *err)
{
    if (writer->durable == writer->state.position)
        return WEIR_OK;
    if (writer->config.sync) {
        enum weir_code code = weir_file_sync(&writer->segment, err);
        if (code != WEIR_OK) {
            writer->broken = true;
            return code;
        }
    }
    weir_env_step("commit-log-sync");
    writer->durable = writer->state.position;
    writer->state.synced = writer->config.sync;
    weir_topic_tail_write(writer->topic, writer->tail_fd, &writer->state);
    return WEIR_OK;
}
