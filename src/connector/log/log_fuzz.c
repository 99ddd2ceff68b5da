/* Fuzzes reading a segment: the input is made into a file of blocks. Every record that is handed
 * out must lie inside of the window. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "connector/log/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Makes blocks of the bytes: heads get what a reader asks for first (magic, sizes that fit,
 * checksums), so that all that lies behind it is reached. */
static void make_blocks(char *bytes, size_t size)
{
    for (size_t at = 0; size - at >= sizeof(struct weir_block_head);) {
        struct weir_block_head *head = (void *)(bytes + at);
        size_t left = (size - at) & ~(size_t)7;
        head->magic = WEIR_BLOCK_MAGIC;
        head->position = at;
        head->kind = (uint16_t)(1 + head->kind % 2);
        if (head->length < sizeof *head || head->length > left || head->length % 8)
            head->length = left;
        if (head->head_bytes < sizeof *head || head->head_bytes > head->length ||
            head->head_bytes % 8)
            head->head_bytes = (uint32_t)head->length;
        struct weir_block_chunk *chunks = (void *)weir_block_chunks(head);
        for (uint32_t i = 0; i < head->count && head->kind == WEIR_BLOCK_EPOCH &&
                             (char *)&chunks[i + 1] <= bytes + at + head->head_bytes;
             i++)
            if (chunks[i].position <= head->length &&
                chunks[i].bytes <= head->length - chunks[i].position)
                chunks[i].crc = weir_crc32c(0, bytes + at + chunks[i].position, chunks[i].bytes);
        weir_block_head_seal(head);
        at += head->length;
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
        /* In memory: syncs cost nothing there. */
        snprintf(dir, sizeof dir, "/dev/shm/weir-log-fuzz-XXXXXX");
        if (!mkdtemp(dir))
            abort();
    }
    size_t input = size;
    size += 2 * sizeof(struct weir_block_head); /* zeros: also a short input is a block */
    char *bytes = calloc(1, size);              /* aligned, as blocks are */
    if (!bytes)
        return 0;
    memcpy(bytes, data, input);
    make_blocks(bytes, size);
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
