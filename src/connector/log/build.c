/* Building a block in two passes over the runs: the first one decides which chunk each record goes
 * to and how large the chunks become, the second one copies. Both see the records in the same order
 * and come to the same decisions.
 *
 * A chunk is closed at WEIR_BLOCK_CHUNK_BYTES, so that a reader's window stays small; a larger
 * record is alone in its chunk. */
#include "connector/log/build.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct plan_chunk {
    uint32_t partition;
    uint32_t count;
    uint64_t value_bytes, key_bytes;
    uint32_t after; /* the next chunk of its partition */
    bool keyed;
};

/* Where a partition's records go. In pass 1 `chunk` is the open one, in pass 2 the one being
 * filled. */
struct cursor {
    uint32_t chunk;     /* index; UINT32_MAX: none yet */
    uint32_t next_same; /* pass 2: records still to come into it */
    uint32_t *lengths, *key_lengths;
    char *values, *keys;
};

struct build {
    uint32_t partitions;
    struct plan_chunk *chunks;
    uint32_t chunks_count, chunks_capacity;
    struct cursor *cursors; /* by partition */
    uint32_t turn;
    char *block; /* pass 2 */
    struct weir_block_chunk *table;
};

/* A run's records, one after the other. */
struct records {
    uint32_t left;
    const uint32_t *lengths, *key_lengths; /* key_lengths NULL: no keys */
    const char *value, *key;
};

static struct records records_of(const struct weir_log_run *run)
{
    struct records records = {.left = run->count, .lengths = (const uint32_t *)(run + 1)};
    const uint32_t *end = records.lengths + run->count;
    if (run->keyed) {
        records.key_lengths = end;
        end += run->count;
    }
    records.value = (const char *)end;
    records.key = records.value + run->value_bytes;
    return records;
}

static inline uint32_t present(uint32_t length)
{
    return length == WEIR_NULL_LENGTH ? 0 : length;
}

static inline uint32_t partition_of(struct build *build, const struct records *records)
{
    if (build->partitions == 1)
        return 0;
    if (records->key_lengths && *records->key_lengths != WEIR_NULL_LENGTH)
        return (uint32_t)(weir_hash(weir_slice(records->key, *records->key_lengths), 0) %
                          build->partitions);
    uint32_t partition = build->turn;
    build->turn = partition + 1 == build->partitions ? 0 : partition + 1;
    return partition;
}

static void records_step(struct records *records)
{
    records->value += present(*records->lengths++);
    if (records->key_lengths)
        records->key += present(*records->key_lengths++);
    records->left--;
}

static enum weir_code chunk_open(struct build *build, uint32_t partition, bool keyed,
                                 struct weir_error *err)
{
    if (build->chunks_count == build->chunks_capacity) {
        uint32_t capacity = build->chunks_capacity ? build->chunks_capacity * 2 : 16;
        struct plan_chunk *chunks = realloc(build->chunks, capacity * sizeof *chunks);
        if (!chunks)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        build->chunks = chunks;
        build->chunks_capacity = capacity;
    }
    uint32_t at = build->chunks_count++;
    if (build->cursors[partition].chunk != UINT32_MAX)
        build->chunks[build->cursors[partition].chunk].after = at;
    build->chunks[at] = (struct plan_chunk){.partition = partition, .keyed = keyed};
    build->cursors[partition].chunk = at;
    return WEIR_OK;
}

/* Pass 1. A chunk has keys for all of its records or for none. */
static enum weir_code plan_run(struct build *build, const struct weir_log_run *run,
                               struct weir_error *err)
{
    for (struct records records = records_of(run); records.left; records_step(&records)) {
        uint32_t partition = partition_of(build, &records), at = build->cursors[partition].chunk;
        uint64_t value = present(*records.lengths),
                 key = records.key_lengths ? present(*records.key_lengths) : 0;
        struct plan_chunk *chunk = at == UINT32_MAX ? NULL : &build->chunks[at];
        if (!chunk || chunk->keyed != (bool)run->keyed ||
            chunk->value_bytes + chunk->key_bytes + value + key + 8 * (uint64_t)chunk->count >
                WEIR_BLOCK_CHUNK_BYTES) {
            WEIR_TRY(chunk_open(build, partition, run->keyed, err));
            WEIR_ASSERT(build->chunks);
            chunk = &build->chunks[build->chunks_count - 1];
        }
        chunk->count++;
        chunk->value_bytes += value;
        chunk->key_bytes += key;
    }
    return WEIR_OK;
}

static uint64_t chunk_bytes(const struct plan_chunk *chunk)
{
    return weir_block_align((uint64_t)chunk->count * (chunk->keyed ? 8 : 4) + chunk->value_bytes +
                            chunk->key_bytes);
}

/* Between the passes: makes room, writes head, name and table. */
static enum weir_code lay_out(struct build *build, const char *producer, uint64_t number,
                              int64_t time_us, struct weir_buffer *to, struct weir_error *err)
{
    size_t name_len = strlen(producer),
           head_bytes = sizeof(struct weir_block_head) + weir_block_align(name_len) +
                        build->chunks_count * sizeof(struct weir_block_chunk);
    uint64_t length = head_bytes;
    for (uint32_t i = 0; i < build->chunks_count; i++) {
        if (chunk_bytes(&build->chunks[i]) > UINT32_MAX)
            return weir_fail(err, WEIR_BAD_DATA, "a record of more than 4 GB cannot be sent");
        length += chunk_bytes(&build->chunks[i]);
    }
    if (name_len > UINT16_MAX || head_bytes > WEIR_BLOCK_HEAD_BYTES_MAX)
        return weir_fail(err, WEIR_NOMEM, "an epoch of %" PRIu32 " chunks is too large",
                         build->chunks_count);
    WEIR_TRY(weir_buffer_reserve(to, length, err));
    memset(to->ptr, 0, head_bytes);
    struct weir_block_head *head = (struct weir_block_head *)(void *)to->ptr;
    *head = (struct weir_block_head){.magic = WEIR_BLOCK_MAGIC,
                                     .length = length,
                                     .head_bytes = (uint32_t)head_bytes,
                                     .kind = WEIR_BLOCK_EPOCH,
                                     .name_len = (uint16_t)name_len,
                                     .count = build->chunks_count,
                                     .number = number,
                                     .time_us = time_us};
    memcpy(head + 1, producer, name_len);
    build->block = to->ptr;
    build->table = (struct weir_block_chunk *)weir_block_chunks(head);
    uint64_t at = head_bytes;
    for (uint32_t i = 0; i < build->chunks_count; i++) {
        const struct plan_chunk *chunk = &build->chunks[i];
        build->table[i] = (struct weir_block_chunk){.partition = chunk->partition,
                                                    .count = chunk->count,
                                                    .position = at,
                                                    .bytes = (uint32_t)chunk_bytes(chunk),
                                                    .value_bytes = (uint32_t)chunk->value_bytes,
                                                    .flags = chunk->keyed ? WEIR_CHUNK_KEYS : 0};
        at += chunk_bytes(chunk);
    }
    to->len = length;
    return WEIR_OK;
}

static void cursor_enter(struct build *build, struct cursor *cursor, uint32_t at)
{
    WEIR_ASSERT(build->chunks && build->table && at < build->chunks_count);
    const struct plan_chunk *chunk = &build->chunks[at];
    cursor->chunk = at;
    cursor->next_same = chunk->count;
    cursor->lengths = (uint32_t *)(void *)(build->block + build->table[at].position);
    cursor->key_lengths = cursor->lengths + chunk->count;
    cursor->values = (char *)(cursor->lengths + (size_t)chunk->count * (chunk->keyed ? 2 : 1));
    cursor->keys = cursor->values + chunk->value_bytes;
    /* The last bytes may be padding. */
    memset(build->block + build->table[at].position + build->table[at].bytes - 8, 0, 8);
}

/* To the next chunk of the cursor's partition: the passes agree, so there is one. */
static void cursor_move(struct build *build, struct cursor *cursor)
{
    WEIR_ASSERT(build->chunks && cursor->chunk < build->chunks_count);
    cursor_enter(build, cursor, build->chunks[cursor->chunk].after);
}

/* Pass 2. */
static void copy_run(struct build *build, const struct weir_log_run *run)
{
    for (struct records records = records_of(run); records.left; records_step(&records)) {
        struct cursor *cursor = &build->cursors[partition_of(build, &records)];
        if (cursor->next_same == 0)
            cursor_move(build, cursor);
        cursor->next_same--;
        uint32_t len = present(*records.lengths);
        *cursor->lengths++ = *records.lengths;
        memcpy(cursor->values, records.value, len);
        cursor->values += len;
        if (records.key_lengths) {
            len = present(*records.key_lengths);
            *cursor->key_lengths++ = *records.key_lengths;
            memcpy(cursor->keys, records.key, len);
            cursor->keys += len;
        }
    }
}

/* With one partition, runs go to their chunk in spans of records instead of one by one. */
static void copy_run_single(struct build *build, const struct weir_log_run *run)
{
    struct cursor *cursor = &build->cursors[0];
    for (struct records records = records_of(run); records.left;) {
        if (cursor->next_same == 0)
            cursor_move(build, cursor);
        uint32_t count = records.left < cursor->next_same ? records.left : cursor->next_same;
        const char *value = records.value, *key = records.key;
        memcpy(cursor->lengths, records.lengths, count * sizeof *cursor->lengths);
        cursor->lengths += count;
        if (records.key_lengths) {
            memcpy(cursor->key_lengths, records.key_lengths, count * sizeof *cursor->key_lengths);
            cursor->key_lengths += count;
        }
        for (uint32_t i = 0; i < count; i++)
            records_step(&records);
        memcpy(cursor->values, value, (size_t)(records.value - value));
        cursor->values += records.value - value;
        memcpy(cursor->keys, key, (size_t)(records.key - key));
        cursor->keys += records.key - key;
        cursor->next_same -= count;
    }
}

/* The runs of an epoch, one after the other. */
struct run_walk {
    const struct weir_sink_chunk *chunks;
    uint32_t chunks_count, chunk;
    size_t at; /* in the bytes of the chunk */
};

static const struct weir_log_run *next_run(struct run_walk *walk)
{
    while (walk->chunk < walk->chunks_count && walk->at >= walk->chunks[walk->chunk].bytes.len) {
        walk->chunk++;
        walk->at = 0;
    }
    if (walk->chunk == walk->chunks_count)
        return NULL;
    const struct weir_log_run *run = (const void *)(walk->chunks[walk->chunk].bytes.ptr + walk->at);
    walk->at += weir_log_run_bytes(run);
    return run;
}

static enum weir_code build_block(struct build *build, const char *producer, uint64_t number,
                                  int64_t time_us, const struct weir_sink_chunk *chunks,
                                  uint32_t chunks_count, struct weir_buffer *to,
                                  struct weir_error *err)
{
    for (uint32_t i = 0; i < build->partitions; i++)
        build->cursors[i].chunk = UINT32_MAX;
    struct run_walk walk = {.chunks = chunks, .chunks_count = chunks_count};
    for (const struct weir_log_run *run; (run = next_run(&walk));)
        WEIR_TRY(plan_run(build, run, err));
    WEIR_TRY(lay_out(build, producer, number, time_us, to, err));
    for (uint32_t i = build->chunks_count; i-- > 0;) /* to the first chunk of each partition */
        cursor_enter(build, &build->cursors[build->chunks[i].partition], i);
    build->turn = 0;
    walk = (struct run_walk){.chunks = chunks, .chunks_count = chunks_count};
    for (const struct weir_log_run *run; (run = next_run(&walk));) {
        if (build->partitions == 1)
            copy_run_single(build, run);
        else
            copy_run(build, run);
    }
    for (uint32_t i = 0; i < build->chunks_count; i++)
        build->table[i].crc =
            weir_crc32c(0, build->block + build->table[i].position, build->table[i].bytes);
    return WEIR_OK;
}

enum weir_code weir_log_block_build(const char *producer, uint64_t number, int64_t time_us,
                                    uint32_t partitions, const struct weir_sink_chunk *chunks,
                                    uint32_t chunks_count, struct weir_buffer *to,
                                    struct weir_error *err)
{
    struct build build = {.partitions = partitions,
                          .cursors = calloc(partitions, sizeof *build.cursors)};
    if (!build.cursors)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    enum weir_code code =
        build_block(&build, producer, number, time_us, chunks, chunks_count, to, err);
    free(build.cursors);
    free(build.chunks);
    return code;
}
