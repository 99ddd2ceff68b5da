/* Fuzzes reading a segment: the input is the file. Checksums are put right first, so that what lies behind them is
 * reached. Every record that is handed out must lie inside of the window. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "connector/log/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Makes the heads and chunks that the bytes could be taken for valid, as far as checksums go. */
static void mend_checksums(char *bytes, size_t size)
{
    for (size_t at = 0; at + sizeof(struct weir_block_head) <= size;) {
        struct weir_block_head *head = (void *)(bytes + at);
        if (head->magic != WEIR_BLOCK_MAGIC || head->head_bytes < sizeof *head ||
            head->head_bytes > size - at || head->length > size - at || head->length < 8)
            return;
        size_t table = sizeof *head + weir_block_align(head->name_len);
        for (uint32_t i = 0; i < head->count && head->kind == WEIR_BLOCK_EPOCH; i++) {
            if (table + (i + 1) * sizeof(struct weir_block_chunk) > head->head_bytes)
                break;
            struct weir_block_chunk *chunk = (void *)(bytes + at + table + i * sizeof *chunk);
            if (chunk->position <= size - at && chunk->bytes <= size - at - chunk->position)
                chunk->crc = weir_crc32c(0, bytes + at + chunk->position, chunk->bytes);
        }
        head->position = at;
        weir_block_head_seal(head);
        at += head->length & ~(uint64_t)7;
    }
}

static void read_all(const struct weir_topic *topic, const struct weir_topic_tail *tail)
{
    struct weir_error err;
    struct weir_log_reader reader;
    volatile char last = 0;
    if (weir_log_reader_init(&reader, topic, tail, 0, 0, &err) != WEIR_OK)
        return;
    while (weir_log_reader_next(&reader, &err) == WEIR_OK && reader.records_count) {
        for (uint32_t i = 0; i < reader.records_count; i++) {
            const struct weir_record *record = &reader.records[i];
            if (record->value.len)
                last = record->value.ptr[record->value.len - 1];
            if (record->key.len)
                last = record->key.ptr[record->key.len - 1];
        }
    }
    (void)last;
    weir_log_reader_done(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char dir[64];
    static struct weir_topic topic = {.name = "f", .dir = dir, .partitions = 2};
    struct weir_topic_tail tail;
    struct weir_error err;
    char path[128];
    if (!dir[0]) {
        snprintf(dir, sizeof dir, "/tmp/weir-log-fuzz-XXXXXX");
        if (!mkdtemp(dir))
            abort();
    }
    char *bytes = malloc(size + 8); /* aligned, as blocks are */
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    mend_checksums(bytes, size);
    snprintf(path, sizeof path, "%s/%020d.log", dir, 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    close(fd);
    free(bytes);
    if (weir_topic_tail_init(&tail, topic.partitions, &err) != WEIR_OK)
        return 0;
    if (weir_topic_tail_extend(&topic, &tail, &err) == WEIR_OK)
        read_all(&topic, &tail);
    tail.position = size; /* as if all of it had been durable: damage has to be found */
    tail.next[0] = INT64_MAX;
    read_all(&topic, &tail);
    weir_topic_tail_done(&tail);
    return 0;
}
