/* Blocks: what a segment of a topic is made of. One block is one epoch of one producer, for all
 * partitions at once, so that an epoch becomes visible in all of them or in none.
 *
 *     block   = head, producer name, table of chunks, chunks; 8-byte aligned throughout
 *     chunk   = lengths of the values, lengths of the keys (where there are any), values, keys
 *     start   = a block at the beginning of every segment: next offsets of all partitions and last
 *               numbers of all producers, so that older segments can be deleted
 *
 * Numbers are little-endian. The head's checksum covers all that stands before the chunks, each
 * chunk has its own: a reader of one partition never touches the bytes of the others. */
#ifndef WEIR_CONNECTOR_LOG_BLOCK_H
#define WEIR_CONNECTOR_LOG_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

enum {
    WEIR_TOPIC_PARTITIONS_MAX = 1024,
    WEIR_BLOCK_MAGIC = 0x314b4c57, /* "WLK1" */
    WEIR_BLOCK_CHUNK_BYTES = 256 * 1024,
    WEIR_BLOCK_HEAD_BYTES_MAX = 16 << 20,
};

enum weir_block_kind { WEIR_BLOCK_START = 1, WEIR_BLOCK_EPOCH = 2 };

struct weir_block_head {
    uint32_t magic;
    uint32_t crc;        /* of the head_bytes - 8 bytes that follow */
    uint64_t length;     /* of the whole block */
    uint32_t head_bytes; /* head, name and table */
    uint16_t kind;       /* enum weir_block_kind */
    uint16_t name_len;   /* of the producer */
    uint32_t count;      /* chunks; START: partitions */
    uint32_t producers;  /* START only */
    uint64_t number;     /* the producer's epoch; 0 takes its number away */
    int64_t time_us;     /* when it was written, since 2000 UTC: the timestamp of its records */
    uint64_t position;   /* of this block in the topic: bytes of all segments before it */
    uint64_t durable; /* everything before this position was durable when the block was written */
};

#define WEIR_CHUNK_KEYS  1u
#define WEIR_NULL_LENGTH UINT32_MAX /* a record without a value, or without a key */

struct weir_block_chunk {
    uint32_t partition;
    uint32_t count; /* records; at least 1 */
    uint64_t first_offset;
    uint64_t position; /* of the chunk in the block */
    uint32_t bytes;    /* of the chunk with its padding */
    uint32_t crc;      /* of those */
    uint32_t value_bytes;
    uint32_t flags;
};

_Static_assert(sizeof(struct weir_block_head) == 64, "the head has a fixed layout");
_Static_assert(sizeof(struct weir_block_chunk) == 40, "the table has a fixed layout");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "blocks are read as they lie");

/* A producer's last number, as START blocks keep them. */
struct weir_block_producer {
    char *name;
    uint64_t number;
};

static inline size_t weir_block_align(size_t bytes)
{
    return (bytes + 7) & ~(size_t)7;
}

/* Whether `head_bytes` of a block at `position` are there and undamaged; `available` bytes are
 * readable at `bytes`, which is 8-byte aligned. When more are needed, *ret_needed says how many (as
 * far as is known), else it is 0. */
bool weir_block_head_check(const char *bytes, size_t available, uint64_t position,
                           size_t *ret_needed);
const struct weir_block_chunk *weir_block_chunks(const struct weir_block_head *head);
struct weir_slice weir_block_name(const struct weir_block_head *head);
/* Whether the chunk's bytes have its checksum and its lengths add up. */
bool weir_block_chunk_check(const struct weir_block_chunk *chunk, const char *bytes);

/* Computes the checksum of a head whose fields are all set. */
void weir_block_head_seal(struct weir_block_head *head);

/* Appends a START block. */
enum weir_code weir_block_start(struct weir_buffer *to, const uint64_t *next, uint32_t partitions,
                                const struct weir_block_producer *producers,
                                uint32_t producers_count, int64_t time_us, uint64_t position,
                                struct weir_error *err) WEIR_MUST_CHECK;
/* Next offsets of a checked START block; its producers one after the other: *at begins at 0; false
 * at the end. */
const uint64_t *weir_block_next_offsets(const struct weir_block_head *head);
bool weir_block_next_producer(const struct weir_block_head *head, size_t *at,
                              struct weir_slice *ret_name, uint64_t *ret_number);

#endif
