/* Reads one partition of a topic, forward from an offset, up to the tail. */
#ifndef WEIR_CONNECTOR_LOG_READER_H
#define WEIR_CONNECTOR_LOG_READER_H

#include "api/source.h"
#include "connector/log/topic.h"

/* A chunk of this partition in the present block. */
struct weir_log_reader_chunk {
    struct weir_block_chunk chunk;
    uint64_t at; /* in the file */
    int64_t time_us;
};

struct weir_log_reader {
    const struct weir_topic *topic; /* borrowed */
    const struct weir_topic_tail *tail;
    uint32_t partition;
    int64_t offset; /* of the record that comes next */
    int64_t limit;  /* no record from here on; INT64_MAX: none */
    int fd;         /* of the present segment; -1: none yet */
    uint64_t size;  /* of it, when last asked */
    struct weir_walk walk;
    struct weir_log_reader_chunk *chunks;
    uint32_t chunks_count, chunks_capacity, chunk_at;
    uint32_t row; /* in chunks[chunk_at]; value and key are its */
    const char *value, *key;
    struct weir_record *records; /* those last read; their bytes lie in the walk's window */
    uint32_t records_count, records_max;
};

enum weir_code weir_log_reader_init(struct weir_log_reader *reader, const struct weir_topic *topic,
                                    const struct weir_topic_tail *tail, uint32_t partition,
                                    int64_t offset, struct weir_error *err) WEIR_MUST_CHECK;
void weir_log_reader_done(struct weir_log_reader *reader);
/* Replaces reader->records by those that follow, as many as are at hand: 0 at the tail or the
 * limit. An offset that the topic does not hold any more, or a damaged block, is WEIR_BAD_DATA and
 * says where. */
enum weir_code weir_log_reader_next(struct weir_log_reader *reader,
                                    struct weir_error *err) WEIR_MUST_CHECK;
/* The first offset that a partition still has. */
enum weir_code weir_topic_first_offset(const struct weir_topic *topic, uint32_t partition,
                                       int64_t *ret, struct weir_error *err) WEIR_MUST_CHECK;
/* The next offsets that the segment at `base` begins with; topic->partitions of them. */
enum weir_code weir_topic_segment_offsets(const struct weir_topic *topic, uint64_t base,
                                          uint64_t *ret, struct weir_error *err) WEIR_MUST_CHECK;

#endif
