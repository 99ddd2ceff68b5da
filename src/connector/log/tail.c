/* Where the durable part of a topic ends.
 *
 * Readers must not see what a power loss could still take away: an epoch that was read, passed on
 * and then lost would come back with other offsets. So the writer says after each sync, in the
 * small file `tail`, how far it is durable, and a reader goes that far. Writing that file also is
 * what wakes readers (inotify). It is never synced: what it says is true whenever it can be read,
 * but it may lag, when the writer died between its sync and this. When no writer lives, a reader
 * that sees more bytes than the tail says makes them durable itself, and takes every whole block of
 * them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "connector/log/topic.h"

#define TAIL_MAGIC 0x544b4c57 /* "WLKT" */
#define READ_TRIES 5          /* a read may fall into the middle of a write */

struct tail_image {
    uint32_t magic;
    uint32_t crc; /* of what follows */
    uint32_t partitions;
    uint32_t synced;
    uint64_t position;
    uint64_t next[WEIR_TOPIC_PARTITIONS_MAX];
};

static size_t image_bytes(uint32_t partitions)
{
    return offsetof(struct tail_image, next) + 8 * (size_t)partitions;
}

enum weir_code weir_topic_tail_init(struct weir_topic_tail *tail, uint32_t partitions,
                                    struct weir_error *err)
{
    *tail = (struct weir_topic_tail){.next = calloc(partitions, sizeof *tail->next)};
    return tail->next ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory");
}

void weir_topic_tail_done(struct weir_topic_tail *tail)
{
    free(tail->next);
    *tail = (struct weir_topic_tail){0};
}

void weir_topic_tail_write(const struct weir_topic *topic, int fd,
                           const struct weir_topic_tail *tail)
{
    struct tail_image image = {.magic = TAIL_MAGIC,
                               .partitions = topic->partitions,
                               .synced = tail->synced,
                               .position = tail->position};
    size_t bytes = image_bytes(topic->partitions);
    memcpy(image.next, tail->next, 8 * (size_t)topic->partitions);
    image.crc = weir_crc32c(0, (const char *)&image + 8, bytes - 8);
    ssize_t written = pwrite(fd, &image, bytes, 0);
    (void)written; /* readers find out by themselves, later */
}

void weir_topic_tail_read(const struct weir_topic *topic, struct weir_topic_tail *tail,
                          bool *ret_moved)
{
    struct tail_image image;
    char path[PATH_MAX];
    size_t bytes = image_bytes(topic->partitions);
    *ret_moved = false;
    weir_topic_path(topic, "tail", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (int tries = 0; fd >= 0 && tries < READ_TRIES; tries++) {
        if (pread(fd, &image, bytes, 0) != (ssize_t)bytes)
            break;
        if (image.magic != TAIL_MAGIC || image.partitions != topic->partitions ||
            image.crc != weir_crc32c(0, (const char *)&image + 8, bytes - 8))
            continue;
        if (image.position > tail->position) {
            tail->position = image.position;
            tail->synced = image.synced != 0;
            memcpy(tail->next, image.next, 8 * (size_t)topic->partitions);
            *ret_moved = true;
        }
        break;
    }
    if (fd >= 0)
        close(fd);
}

/* Extends the tail through one segment. *ret_whole: it was whole to its end, so a next one may
 * follow. */
static enum weir_code extend_segment(const struct weir_topic *topic, uint64_t base,
                                     struct weir_topic_tail *tail, bool *ret_whole,
                                     struct weir_error *err)
{
    int fd;
    struct stat st;
    struct weir_walk walk;
    enum weir_walk_found found = WEIR_WALK_BLOCK;
    *ret_whole = false;
    WEIR_TRY(weir_topic_segment_open(topic, base, &fd, err));
    enum weir_code code = WEIR_OK;
    /* The size first: only what was there before the sync is durable after it. */
    if (fstat(fd, &st) != 0 || fdatasync(fd) != 0)
        code =
            weir_fail_errno(err, WEIR_IO, "could not fsync a segment of topic \"%s\"", topic->name);
    weir_walk_init(&walk, fd, base, code == WEIR_OK ? (uint64_t)st.st_size : 0);
    if (tail->position > base)
        walk.next = tail->position - base;
    while (code == WEIR_OK && found == WEIR_WALK_BLOCK) {
        code = weir_walk_next(&walk, true, &found, err);
        if (code == WEIR_OK && found == WEIR_WALK_BLOCK) {
            weir_walk_count(walk.head, tail->next, topic->partitions);
            tail->position = base + walk.next;
        }
    }
    *ret_whole = found == WEIR_WALK_END;
    weir_walk_done(&walk);
    close(fd);
    return code;
}

enum weir_code weir_topic_tail_extend(const struct weir_topic *topic, struct weir_topic_tail *tail,
                                      struct weir_error *err)
{
    uint64_t *bases;
    size_t count, first = 0;
    WEIR_TRY(weir_topic_segments(topic, &bases, &count, err));
    while (first + 1 < count && bases[first + 1] <= tail->position)
        first++;
    enum weir_code code = WEIR_OK;
    bool whole = true;
    for (size_t i = first; i < count && whole && code == WEIR_OK; i++) {
        if (i == first || bases[i] == tail->position)
            code = extend_segment(topic, bases[i], tail, &whole, err);
        if (code == WEIR_IO && err->sys_errno == ENOENT) { /* retention was here in between */
            code = WEIR_OK;
            whole = false;
        }
    }
    free(bases);
    return code;
}

enum weir_code weir_topic_tail_find(const struct weir_topic *topic, struct weir_topic_tail *tail,
                                    struct weir_error *err)
{
    bool moved;
    weir_topic_tail_read(topic, tail, &moved);
    return weir_topic_has_writer(topic) ? WEIR_OK : weir_topic_tail_extend(topic, tail, err);
}
