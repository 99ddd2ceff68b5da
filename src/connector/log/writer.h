/* The one writer of a topic: recovers its end, appends blocks, rolls and retires segments. One
 * thread at a time. */
#ifndef WEIR_CONNECTOR_LOG_WRITER_H
#define WEIR_CONNECTOR_LOG_WRITER_H

#include "connector/log/topic.h"

struct weir_topic_writer;

struct weir_topic_writer_config {
    int64_t segment_bytes; /* a segment that has reached it is followed by a new one */
    int64_t retention_ms;  /* segments whose youngest record is older go; 0: kept for ever */
    int64_t
        retention_bytes; /* the oldest segments go while all are larger than this; 0: no bound */
    bool sync;           /* false: nothing is fsynced (at-least-once) */
};

/* Takes the topic's lock (WEIR_FENCED: another writer lives), checks the last segment, cuts a torn
 * tail off. Damage that no torn write explains is WEIR_BAD_DATA and names file and offset. The
 * topic is borrowed. */
enum weir_code weir_topic_writer_open(const struct weir_topic *topic,
                                      const struct weir_topic_writer_config *config,
                                      struct weir_topic_writer **ret,
                                      struct weir_error *err) WEIR_MUST_CHECK;
/* The last number of a producer; 0: none. */
uint64_t weir_topic_writer_number(const struct weir_topic_writer *writer, const char *producer);
/* Appends a block made by build.h: fills in its offsets, position and checksum. Nothing of it
 * is visible yet. After a failure the file is as it was before, and the writer of no use. */
enum weir_code weir_topic_writer_append(struct weir_topic_writer *writer, struct weir_buffer *block,
                                        struct weir_error *err) WEIR_MUST_CHECK;
/* Makes everything appended durable and visible. After a failure the writer is of no use. */
enum weir_code weir_topic_writer_sync(struct weir_topic_writer *writer,
                                      struct weir_error *err) WEIR_MUST_CHECK;
/* Whether nothing was ever written to the topic. */
bool weir_topic_writer_is_new(const struct weir_topic_writer *writer);
void weir_topic_writer_close(struct weir_topic_writer *writer);

#endif
