/* From rows to blocks.
 *
 * A run is what one call of the sink's write leaves in the epoch's buffer: lengths and bytes of
 * some rows. It knows nothing of partitions. A block is made of all runs of an epoch, each record
 * put into a chunk of its partition. */
#ifndef WEIR_CONNECTOR_LOG_BUILD_H
#define WEIR_CONNECTOR_LOG_BUILD_H

#include "api/sink.h"
#include "connector/log/block.h"

/* What a run begins with; lengths of values, lengths of keys (where `keyed`), values and keys
 * follow; padded to 8 bytes. */
struct weir_log_run {
    uint32_t count;
    uint32_t keyed;
    uint64_t value_bytes;
    uint64_t key_bytes;
};

static inline size_t weir_log_run_bytes(const struct weir_log_run *run)
{
    return weir_block_align(sizeof *run + (size_t)run->count * (run->keyed ? 8 : 4) +
                            run->value_bytes + run->key_bytes);
}

/* Appends a block of the chunks' runs to an empty buffer. A record's partition is its key's hash;
 * without a key the records of the epoch take turns, which comes out the same when the epoch is
 * replayed. Offsets and position are the writer's to fill in. */
enum weir_code weir_log_block_build(const char *producer, uint64_t number, int64_t time_us,
                                    uint32_t partitions, const struct weir_sink_chunk *chunks,
                                    uint32_t chunks_count, struct weir_buffer *to,
                                    struct weir_error *err) WEIR_MUST_CHECK;

#endif
