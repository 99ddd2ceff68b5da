/* Windows and walks: reading segments block by block, through pread(2) into one buffer.
 *
 * Not mmap(2): a file that shrinks or a disk that fails would be a signal instead of an error, and
 * resident pages would count against the memory that the user allowed. */
#include "connector/log/topic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void weir_window_init(struct weir_window *window, int fd, uint64_t limit)
{
    *window = (struct weir_window){.fd = fd, .limit = limit, .ahead = WEIR_WINDOW_AHEAD};
}

void weir_window_done(struct weir_window *window)
{
    free(window->ptr);
    window->ptr = NULL;
    window->capacity = window->len = 0;
}

static enum weir_code window_grow(struct weir_window *window, size_t len, struct weir_error *err)
{
    size_t capacity = len < window->ahead ? window->ahead : weir_block_align(len);
    if (capacity <= window->capacity)
        return WEIR_OK;
    char *ptr = malloc(capacity + WEIR_PAD_BYTES);
    if (!ptr)
        return weir_fail(err, WEIR_NOMEM, "out of memory: could not allocate %zu bytes", capacity);
    memset(ptr + capacity, 0, WEIR_PAD_BYTES);
    free(window->ptr);
    window->ptr = ptr;
    window->capacity = capacity;
    window->len = 0;
    return WEIR_OK;
}

enum weir_code weir_window_get(struct weir_window *window, uint64_t at, size_t len,
                               const char **ret, struct weir_error *err)
{
    *ret = NULL;
    if (at > window->limit || window->limit - at < len)
        return WEIR_OK;
    if (!weir_window_holds(window, at, len)) {
        WEIR_TRY(window_grow(window, len, err));
        uint64_t most = window->limit - at;
        size_t want = most < window->capacity ? (size_t)most : window->capacity;
        window->start = at;
        window->len = 0;
        while (window->len < want) {
            ssize_t n = pread(window->fd, window->ptr + window->len, want - window->len,
                              (off_t)(at + window->len));
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return weir_fail_errno(err, WEIR_IO, "could not read a log segment");
            if (n == 0)
                break;
            window->len += (size_t)n;
        }
    }
    if (weir_window_holds(window, at, len))
        *ret = window->ptr + (at - window->start);
    return WEIR_OK;
}

void weir_walk_init(struct weir_walk *walk, int fd, uint64_t base, uint64_t limit)
{
    *walk = (struct weir_walk){.base = base};
    weir_window_init(&walk->window, fd, limit);
}

void weir_walk_done(struct weir_walk *walk)
{
    weir_window_done(&walk->window);
}

/* The checked head at `at`; *ret NULL when there is none. */
static enum weir_code walk_head(struct weir_walk *walk, uint64_t at,
                                const struct weir_block_head **ret, struct weir_error *err)
{
    size_t len = sizeof(struct weir_block_head), needed;
    const char *bytes;
    *ret = NULL;
    for (;;) {
        WEIR_TRY(weir_window_get(&walk->window, at, len, &bytes, err));
        if (!bytes)
            return WEIR_OK;
        if (weir_block_head_check(bytes, len, walk->base + at, &needed)) {
            *ret = (const struct weir_block_head *)(const void *)bytes;
            return WEIR_OK;
        }
        if (!needed)
            return WEIR_OK;
        len = needed;
    }
}

/* Whether all chunks of the block are there and undamaged. The window moves. */
static enum weir_code walk_chunks(struct weir_walk *walk, const struct weir_block_head *head,
                                  bool *ret, struct weir_error *err)
{
    uint32_t count = head->kind == WEIR_BLOCK_EPOCH ? head->count : 0;
    size_t bytes = sizeof(struct weir_block_chunk) * count;
    struct weir_block_chunk *chunks = malloc(bytes + 1);
    enum weir_code code = WEIR_OK;
    if (!chunks)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    memcpy(chunks, weir_block_chunks(head), bytes);
    *ret = true;
    for (uint32_t i = 0; i < count && *ret && code == WEIR_OK; i++) {
        const char *at;
        code = weir_window_get(&walk->window, walk->next + chunks[i].position, chunks[i].bytes, &at,
                               err);
        *ret = code == WEIR_OK && at && weir_block_chunk_check(&chunks[i], at);
    }
    free(chunks);
    return code;
}

enum weir_code weir_walk_next(struct weir_walk *walk, bool whole, enum weir_walk_found *ret,
                              struct weir_error *err)
{
    const struct weir_block_head *head;
    uint64_t at = walk->next;
    if (at == walk->window.limit) {
        *ret = WEIR_WALK_END;
        return WEIR_OK;
    }
    *ret = WEIR_WALK_BROKEN;
    WEIR_TRY(walk_head(walk, at, &head, err));
    if (!head || at > walk->window.limit || walk->window.limit - at < head->length)
        return WEIR_OK;
    if (whole) {
        bool fine = false;
        WEIR_TRY(walk_chunks(walk, head, &fine, err));
        if (!fine)
            return WEIR_OK;
        WEIR_TRY(walk_head(walk, at, &head, err));
        if (!head)
            return WEIR_OK;
    }
    walk->at = at;
    walk->next = at + head->length;
    walk->head = head;
    *ret = WEIR_WALK_BLOCK;
    return WEIR_OK;
}

void weir_walk_count(const struct weir_block_head *head, uint64_t *next, uint32_t partitions_count)
{
    if (head->kind == WEIR_BLOCK_START) {
        const uint64_t *from = weir_block_next_offsets(head);
        for (uint32_t i = 0; i < head->count && i < partitions_count; i++)
            next[i] = from[i];
        return;
    }
    const struct weir_block_chunk *chunks = weir_block_chunks(head);
    for (uint32_t i = 0; i < head->count; i++)
        if (chunks[i].partition < partitions_count)
            next[chunks[i].partition] = chunks[i].first_offset + chunks[i].count;
}
