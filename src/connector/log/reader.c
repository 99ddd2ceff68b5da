/* Reading a partition: walk the blocks of a segment, skip other partitions' chunks, hand out
 * records whose bytes lie in the walk's window.
 *
 * Invariants:
 *  1. Nothing behind the tail is looked at. What is in front of it was whole and durable, so a
 *     broken block there is damage.
 *  2. The window moves only while reader->records is empty: slices handed out stay valid until
 *     the next call.
 *  3. Offsets of a partition have no gaps: a chunk begins where the one before ended. */
#include "connector/log/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a reader holds: less, where a topic has so many partitions that it would add up. */
#define MANY_PARTITIONS 8
#define RECORDS         2048
#define RECORDS_FEW     256
#define AHEAD_FEW       ((size_t)32 * 1024)

static bool has_many(const struct weir_topic *topic)
{
    return topic->partitions > MANY_PARTITIONS;
}

enum weir_code weir_log_reader_init(struct weir_log_reader *reader, const struct weir_topic *topic,
                                    const struct weir_topic_tail *tail, uint32_t partition,
                                    int64_t offset, struct weir_error *err)
{
    *reader = (struct weir_log_reader){.topic = topic,
                                       .tail = tail,
                                       .partition = partition,
                                       .offset = offset,
                                       .limit = INT64_MAX,
                                       .fd = -1};
    reader->records_max = has_many(topic) ? RECORDS_FEW : RECORDS;
    reader->records = malloc(reader->records_max * sizeof *reader->records);
    return reader->records ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory");
}

static void segment_leave(struct weir_log_reader *reader)
{
    if (reader->fd >= 0) {
        close(reader->fd);
        weir_walk_done(&reader->walk);
    }
    reader->fd = -1;
}

void weir_log_reader_done(struct weir_log_reader *reader)
{
    segment_leave(reader);
    free(reader->chunks);
    free(reader->records);
    *reader = (struct weir_log_reader){.fd = -1};
}

static enum weir_code damaged(const struct weir_log_reader *reader, uint64_t at,
                              struct weir_error *err)
{
    char path[PATH_MAX];
    weir_topic_segment_path(reader->topic, reader->walk.base, path);
    weir_fail(err, WEIR_BAD_DATA, "log segment \"%s\" is damaged at offset %" PRIu64, path, at);
    return weir_hint(err, "restore the file from a copy, or delete the topic and write it anew");
}

enum weir_code weir_topic_segment_offsets(const struct weir_topic *topic, uint64_t base,
                                          uint64_t *ret, struct weir_error *err)
{
    struct weir_walk walk;
    struct stat st;
    enum weir_walk_found found;
    int fd;
    if (base ==
        0) { /* where every partition begins: no need to read what a writer may be making just now */
        memset(ret, 0, topic->partitions * sizeof *ret);
        return WEIR_OK;
    }
    WEIR_TRY(weir_topic_segment_open(topic, base, &fd, err));
    weir_walk_init(&walk, fd, base, fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0);
    enum weir_code code = weir_walk_next(&walk, false, &found, err);
    if (code == WEIR_OK && (found != WEIR_WALK_BLOCK || walk.head->kind != WEIR_BLOCK_START ||
                            walk.head->count != topic->partitions))
        code = weir_fail(err, WEIR_BAD_DATA,
                         "log segment %" PRIu64 " of topic \"%s\" is damaged at offset 0", base,
                         topic->name);
    if (code == WEIR_OK)
        weir_walk_count(walk.head, ret, topic->partitions);
    weir_walk_done(&walk);
    close(fd);
    return code;
}

enum weir_code weir_topic_first_offset(const struct weir_topic *topic, uint32_t partition,
                                       int64_t *ret, struct weir_error *err)
{
    uint64_t *bases, next[WEIR_TOPIC_PARTITIONS_MAX] = {0};
    size_t count;
    WEIR_TRY(weir_topic_segments(topic, &bases, &count, err));
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; i < count; i++) {
        code = weir_topic_segment_offsets(topic, bases[i], next, err);
        if (code == WEIR_OK || err->sys_errno != ENOENT)
            break; /* retention may take the first ones while we look */
    }
    free(bases);
    *ret = (int64_t)next[partition];
    return code;
}

static enum weir_code segment_enter(struct weir_log_reader *reader, uint64_t base,
                                    struct weir_error *err)
{
    int fd;
    enum weir_code code = weir_topic_segment_open(reader->topic, base, &fd, err);
    if (code == WEIR_IO && err->sys_errno == ENOENT) {
        weir_fail(err, WEIR_BAD_DATA,
                  "topic \"%s\", partition %" PRIu32 ": the records from offset %" PRId64
                  " on are gone",
                  reader->topic->name, reader->partition, reader->offset);
        return weir_hint(err, "retention deleted them before they were read: raise "
                              "retention_time or retention_size");
    }
    WEIR_TRY(code);
    segment_leave(reader);
    reader->fd = fd;
    reader->size = 0;
    weir_walk_init(&reader->walk, fd, base, 0);
    if (has_many(reader->topic))
        reader->walk.window.ahead = AHEAD_FEW;
    return WEIR_OK;
}

/* Opens the last segment that begins at or before reader->offset. None yet: fd stays -1. */
static enum weir_code segment_locate(struct weir_log_reader *reader, struct weir_error *err)
{
    uint64_t *bases, next[WEIR_TOPIC_PARTITIONS_MAX];
    size_t count;
    int64_t first = 0;
    WEIR_TRY(weir_topic_segments(reader->topic, &bases, &count, err));
    enum weir_code code = WEIR_OK;
    bool found = count == 0;
    while (count-- > 0 && !found && code == WEIR_OK) {
        if (bases[count] >= reader->tail->position)
            continue; /* it is being made */
        code = weir_topic_segment_offsets(reader->topic, bases[count], next, err);
        if (code == WEIR_OK) {
            first = (int64_t)next[reader->partition];
            found = first <= reader->offset;
            if (found)
                code = segment_enter(reader, bases[count], err);
        }
    }
    free(bases);
    if (code != WEIR_OK || found || reader->tail->position == 0)
        return code;
    weir_fail(err, WEIR_BAD_DATA,
              "topic \"%s\", partition %" PRIu32 ": offset %" PRId64
              " is gone, the first one kept is %" PRId64,
              reader->topic->name, reader->partition, reader->offset, first);
    return weir_hint(err, "retention deleted the records in between; `weir reset` starts the "
                          "pipeline anew from what is there");
}

/* The limit of what may be looked at, now that the tail may have moved. */
static enum weir_code segment_measure(struct weir_log_reader *reader, struct weir_error *err)
{
    uint64_t durable = reader->tail->position - reader->walk.base;
    if (durable > reader->size) {
        struct stat st;
        if (fstat(reader->fd, &st) != 0)
            return weir_fail_errno(err, WEIR_IO, "could not read a segment of topic \"%s\"",
                                   reader->topic->name);
        reader->size = (uint64_t)st.st_size;
    }
    reader->walk.window.limit = durable < reader->size ? durable : reader->size;
    return WEIR_OK;
}

/* Remembers the block's chunks of this partition that are still ahead. */
static enum weir_code block_enter(struct weir_log_reader *reader, struct weir_error *err)
{
    const struct weir_block_head *head = reader->walk.head;
    const struct weir_block_chunk *chunks = weir_block_chunks(head);
    reader->chunks_count = reader->chunk_at = reader->row = 0;
    for (uint32_t i = 0; head->kind == WEIR_BLOCK_EPOCH && i < head->count; i++) {
        if (chunks[i].partition != reader->partition ||
            chunks[i].first_offset + chunks[i].count <= (uint64_t)reader->offset)
            continue;
        if (reader->chunks_count == reader->chunks_capacity) {
            uint32_t capacity = reader->chunks_capacity ? reader->chunks_capacity * 2 : 16;
            struct weir_log_reader_chunk *more = realloc(reader->chunks, capacity * sizeof *more);
            if (!more)
                return weir_fail(err, WEIR_NOMEM, "out of memory");
            reader->chunks = more;
            reader->chunks_capacity = capacity;
        }
        reader->chunks[reader->chunks_count++] = (struct weir_log_reader_chunk){
            chunks[i], reader->walk.at + chunks[i].position, head->time_us};
    }
    return WEIR_OK;
}

/* Finds the next block that has chunks for us. *ret false: there is none, or it lies outside of the
 * window while records are held. */
static enum weir_code block_next(struct weir_log_reader *reader, bool *ret, struct weir_error *err)
{
    for (*ret = false; !*ret;) {
        enum weir_walk_found found;
        struct weir_walk *walk = &reader->walk;
        if (reader->records_count) {
            const struct weir_block_head *head;
            if (!weir_window_holds(&walk->window, walk->next, sizeof *head))
                return WEIR_OK;
            head = (const void *)(walk->window.ptr + (walk->next - walk->window.start));
            if (!weir_window_holds(&walk->window, walk->next, head->head_bytes))
                return WEIR_OK;
        }
        WEIR_TRY(weir_walk_next(walk, false, &found, err));
        if (found == WEIR_WALK_BROKEN)
            return damaged(reader, walk->next, err);
        if (found == WEIR_WALK_BLOCK) {
            WEIR_TRY(block_enter(reader, err));
            *ret = reader->chunks_count > 0;
            continue;
        }
        uint64_t end = walk->base + walk->next;
        if (end >= reader->tail->position || reader->records_count)
            return WEIR_OK;
        WEIR_TRY(segment_enter(reader, end, err));
        WEIR_TRY(segment_measure(reader, err));
    }
    return WEIR_OK;
}

/* Points reader->value and key at the record with reader->offset. *ret false: the chunk lies
 * outside of the window while records are held. */
static enum weir_code chunk_enter(struct weir_log_reader *reader, bool *ret, struct weir_error *err)
{
    const struct weir_log_reader_chunk *at = &reader->chunks[reader->chunk_at];
    const char *bytes;
    *ret = false;
    if (reader->records_count && !weir_window_holds(&reader->walk.window, at->at, at->chunk.bytes))
        return WEIR_OK;
    WEIR_TRY(weir_window_get(&reader->walk.window, at->at, at->chunk.bytes, &bytes, err));
    if (!bytes || !weir_block_chunk_check(&at->chunk, bytes) ||
        at->chunk.first_offset > (uint64_t)reader->offset)
        return damaged(reader, at->at, err);
    const uint32_t *lengths = (const void *)bytes, *end = lengths + at->chunk.count;
    bool keys = at->chunk.flags & WEIR_CHUNK_KEYS;
    reader->value = (const char *)(end + (keys ? at->chunk.count : 0));
    reader->key = reader->value + at->chunk.value_bytes;
    reader->row = (uint32_t)((uint64_t)reader->offset - at->chunk.first_offset);
    for (uint32_t i = 0; i < reader->row; i++) {
        reader->value += lengths[i] == WEIR_NULL_LENGTH ? 0 : lengths[i];
        if (keys)
            reader->key += end[i] == WEIR_NULL_LENGTH ? 0 : end[i];
    }
    *ret = true;
    return WEIR_OK;
}

/* Takes records of the present chunk until it, the fetch or the limit is at its end. */
static void chunk_take(struct weir_log_reader *reader)
{
    const struct weir_log_reader_chunk *at = &reader->chunks[reader->chunk_at];
    const struct weir_window *window = &reader->walk.window;
    const uint32_t *lengths = (const void *)(window->ptr + (at->at - window->start)),
                   *key_lengths =
                       at->chunk.flags & WEIR_CHUNK_KEYS ? lengths + at->chunk.count : NULL;
    uint32_t row = reader->row, count = reader->records_count;
    const char *value = reader->value, *key = reader->key;
    for (; row < at->chunk.count && count < reader->records_max && reader->offset < reader->limit;
         row++, reader->offset++) {
        struct weir_record *record = &reader->records[count++];
        bool null = lengths[row] == WEIR_NULL_LENGTH;
        record->value = null ? weir_slice(NULL, 0) : weir_slice(value, lengths[row]);
        value += record->value.len;
        null = !key_lengths || key_lengths[row] == WEIR_NULL_LENGTH;
        record->key = null ? weir_slice(NULL, 0) : weir_slice(key, key_lengths[row]);
        key += record->key.len;
        record->timestamp_us = at->time_us;
        record->offset = reader->offset;
    }
    reader->records_count = count;
    reader->row = row;
    reader->value = value;
    reader->key = key;
}

enum weir_code weir_log_reader_next(struct weir_log_reader *reader, struct weir_error *err)
{
    bool ready;
    reader->records_count = 0;
    if (reader->offset >= reader->limit ||
        (reader->fd < 0 && reader->tail->next[reader->partition] <= (uint64_t)reader->offset))
        return WEIR_OK;
    if (reader->fd < 0)
        WEIR_TRY(segment_locate(reader, err));
    if (reader->fd < 0)
        return WEIR_OK;
    WEIR_TRY(segment_measure(reader, err));
    while (reader->records_count < reader->records_max && reader->offset < reader->limit) {
        if (reader->chunk_at >= reader->chunks_count) {
            WEIR_TRY(block_next(reader, &ready, err));
            if (!ready)
                break;
        }
        if (reader->row == 0) { /* else it was entered before, and the window has not moved */
            WEIR_TRY(chunk_enter(reader, &ready, err));
            if (!ready)
                break;
        }
        chunk_take(reader);
        if (reader->row == reader->chunks[reader->chunk_at].chunk.count) {
            reader->chunk_at++;
            reader->row = 0;
        }
    }
    return WEIR_OK;
}
