/* Checking and making blocks; see block.h for the layout.
 *
 * Everything read from a disk is checked before it is believed: first the head's own bounds, then
 * its checksum, then each table entry against the block's length. A block that passes can be walked
 * without further checks. What a chunk's lengths add up to is checked with the chunk. */
#include "connector/log/block.h"

#include "base/hash.h"

struct start_producer {
    uint64_t number;
    uint32_t name_len;
    uint32_t zero;
};

static uint32_t head_crc(const struct weir_block_head *head)
{
    return weir_crc32c(0, (const char *)head + 8, head->head_bytes - 8);
}

void weir_block_head_seal(struct weir_block_head *head)
{
    head->crc = head_crc(head);
}

static size_t chunks_at(const struct weir_block_head *head)
{
    return sizeof *head + weir_block_align(head->name_len);
}

/* Table entries stay inside of the block, and their own sizes make sense. */
static bool chunks_fit(const struct weir_block_head *head)
{
    const struct weir_block_chunk *chunks = weir_block_chunks(head);
    for (uint32_t i = 0; i < head->count; i++) {
        const struct weir_block_chunk *chunk = &chunks[i];
        uint64_t lengths = (uint64_t)chunk->count * (chunk->flags & WEIR_CHUNK_KEYS ? 8 : 4);
        if (chunk->partition >= WEIR_TOPIC_PARTITIONS_MAX || chunk->count == 0 ||
            chunk->position < head->head_bytes || chunk->position % 8 || chunk->bytes % 8 ||
            chunk->position > head->length || chunk->bytes > head->length - chunk->position ||
            lengths + chunk->value_bytes > chunk->bytes ||
            chunk->first_offset > (uint64_t)INT64_MAX - chunk->count)
            return false;
    }
    return true;
}

static bool start_fits(const struct weir_block_head *head)
{
    size_t at = 0;
    struct weir_slice name;
    uint64_t number;
    uint32_t seen = 0;
    if (head->count > WEIR_TOPIC_PARTITIONS_MAX || head->length != head->head_bytes ||
        chunks_at(head) + 8 * (size_t)head->count > head->head_bytes)
        return false;
    while (weir_block_next_producer(head, &at, &name, &number))
        seen++;
    return seen == head->producers;
}

bool weir_block_head_check(const char *bytes, size_t available, uint64_t position,
                           size_t *ret_needed)
{
    const struct weir_block_head *head = (const struct weir_block_head *)(const void *)bytes;
    *ret_needed = 0;
    if (available < sizeof *head) {
        *ret_needed = sizeof *head;
        return false;
    }
    if (head->magic != WEIR_BLOCK_MAGIC || head->position != position || head->length % 8 ||
        head->head_bytes % 8 || head->head_bytes < sizeof *head ||
        head->head_bytes > WEIR_BLOCK_HEAD_BYTES_MAX || head->length < head->head_bytes ||
        head->length > (uint64_t)1 << 40)
        return false;
    if (available < head->head_bytes) {
        *ret_needed = head->head_bytes;
        return false;
    }
    if (head_crc(head) != head->crc)
        return false;
    if (head->kind == WEIR_BLOCK_START)
        return start_fits(head);
    size_t room = head->head_bytes - sizeof *head;
    return head->kind == WEIR_BLOCK_EPOCH && weir_block_align(head->name_len) <= room &&
           head->count <=
               (room - weir_block_align(head->name_len)) / sizeof(struct weir_block_chunk) &&
           chunks_fit(head);
}

const struct weir_block_chunk *weir_block_chunks(const struct weir_block_head *head)
{
    return (const struct weir_block_chunk *)(const void *)((const char *)head + chunks_at(head));
}

struct weir_slice weir_block_name(const struct weir_block_head *head)
{
    return weir_slice((const char *)(head + 1), head->name_len);
}

/* The sum of lengths, NULLs counting nothing. */
static uint64_t lengths_sum(const uint32_t *lengths, uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += lengths[i] == WEIR_NULL_LENGTH ? 0 : lengths[i];
    return sum;
}

bool weir_block_chunk_check(const struct weir_block_chunk *chunk, const char *bytes)
{
    const uint32_t *lengths = (const uint32_t *)(const void *)bytes;
    bool keys = chunk->flags & WEIR_CHUNK_KEYS;
    if (weir_crc32c(0, bytes, chunk->bytes) != chunk->crc ||
        lengths_sum(lengths, chunk->count) != chunk->value_bytes)
        return false;
    uint64_t used = (uint64_t)chunk->count * (keys ? 8 : 4) + chunk->value_bytes;
    if (keys)
        used += lengths_sum(lengths + chunk->count, chunk->count);
    return used <= chunk->bytes;
}

enum weir_code weir_block_start(struct weir_buffer *to, const uint64_t *next, uint32_t partitions,
                                const struct weir_block_producer *producers,
                                uint32_t producers_count, int64_t time_us, uint64_t position,
                                struct weir_error *err)
{
    size_t bytes = sizeof(struct weir_block_head) + 8 * (size_t)partitions, kept = 0;
    for (uint32_t i = 0; i < producers_count; i++) {
        if (producers[i].number == 0)
            continue;
        bytes += sizeof(struct start_producer) + weir_block_align(strlen(producers[i].name));
        kept++;
    }
    if (bytes > WEIR_BLOCK_HEAD_BYTES_MAX)
        return weir_fail(err, WEIR_NOMEM, "too many producers have written to the topic");
    WEIR_TRY(weir_buffer_reserve(to, bytes, err));
    char *start = to->ptr + to->len, *at = start + sizeof(struct weir_block_head);
    memset(start, 0, bytes);
    struct weir_block_head *head = (struct weir_block_head *)(void *)start;
    *head = (struct weir_block_head){.magic = WEIR_BLOCK_MAGIC,
                                     .length = bytes,
                                     .head_bytes = (uint32_t)bytes,
                                     .kind = WEIR_BLOCK_START,
                                     .count = partitions,
                                     .producers = (uint32_t)kept,
                                     .time_us = time_us,
                                     .position = position,
                                     .durable = position};
    memcpy(at, next, 8 * (size_t)partitions);
    at += 8 * (size_t)partitions;
    for (uint32_t i = 0; i < producers_count; i++) {
        if (producers[i].number == 0)
            continue;
        struct start_producer entry = {producers[i].number, (uint32_t)strlen(producers[i].name), 0};
        memcpy(at, &entry, sizeof entry);
        memcpy(at + sizeof entry, producers[i].name, entry.name_len);
        at += sizeof entry + weir_block_align(entry.name_len);
    }
    weir_block_head_seal(head);
    to->len += bytes;
    return WEIR_OK;
}

const uint64_t *weir_block_next_offsets(const struct weir_block_head *head)
{
    return (const uint64_t *)(const void *)((const char *)head + chunks_at(head));
}

bool weir_block_next_producer(const struct weir_block_head *head, size_t *at,
                              struct weir_slice *ret_name, uint64_t *ret_number)
{
    struct start_producer entry;
    size_t from = *at ? *at : chunks_at(head) + 8 * (size_t)head->count;
    if (from + sizeof entry > head->head_bytes)
        return false;
    memcpy(&entry, (const char *)head + from, sizeof entry);
    if (entry.name_len > head->head_bytes - from - sizeof entry)
        return false;
    *ret_name = weir_slice((const char *)head + from + sizeof entry, entry.name_len);
    *ret_number = entry.number;
    *at = from + sizeof entry + weir_block_align(entry.name_len);
    return true;
}
