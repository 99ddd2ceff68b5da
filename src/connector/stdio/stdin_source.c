/* Standard input as a source of one split.
 *
 * It cannot be read again: a position only counts bytes, over all runs. What an epoch had read when
 * the process died is gone with it, so a pipeline that reads stdin is at-least-once at best;
 * `check` says so. Reads never block: poll(2) is asked first, as O_NONBLOCK would change the
 * terminal for everyone who shares it. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connector/stdio/streams.h"

#define READ_BYTES     ((size_t)256 * 1024)
#define HEAD_BYTES_MAX ((size_t)64 * 1024)

struct weir_source {
    size_t record_bytes_max;
};

struct weir_split {
    struct weir_source *source;
    struct weir_buffer bytes; /* read and not consumed */
    char *head;               /* what the stream began with, for CSV headers after a restart */
    size_t head_len;
    size_t shown;     /* bytes that the last poll gave; nothing of them was consumed since */
    int64_t offset;   /* of bytes.ptr[0] */
    int64_t boundary; /* offset behind the last whole record */
    int64_t line;
    int64_t limit; /* INT64_MAX: none */
    bool begun;    /* something was consumed, or reading began behind the first byte */
    bool ended;    /* end of file was seen */
};

static enum weir_code source_open(const struct weir_table *table,
                                  const struct weir_source_config *config, struct weir_source **ret,
                                  struct weir_error *err)
{
    (void)config;
    struct weir_source *source = calloc(1, sizeof *source);
    if (!source)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    source->record_bytes_max = (size_t)weir_options_number(&table->options, "max_record", 16 << 20);
    *ret = source;
    return WEIR_OK;
}

static enum weir_code discover(struct weir_source *source, const char *const **ret_splits,
                               uint32_t *ret_count, struct weir_error *err)
{
    static const char *const splits[] = {"stdin"};
    (void)source;
    (void)err;
    *ret_splits = splits;
    *ret_count = 1;
    return WEIR_OK;
}

static enum weir_code position_parse(struct weir_slice text, int64_t *ret, struct weir_error *err)
{
    static const char before[] = "{\"byte\":";
    char copy[64], *end = copy;
    if (text.len < sizeof copy && text.len > sizeof before - 1) {
        memcpy(copy, text.ptr, text.len);
        copy[text.len] = 0;
        *ret = strtoll(copy + sizeof before - 1, &end, 10);
        if (strncmp(copy, before, sizeof before - 1) == 0 && strcmp(end, "}") == 0 && *ret >= 0)
            return WEIR_OK;
    }
    return weir_fail(err, WEIR_BAD_DATA, "stdin: \"%.*s\" is not a position",
                     (int)(text.len > 100 ? 100 : text.len), text.ptr);
}

static enum weir_code assign(struct weir_source *source, const char *name, struct weir_slice from,
                             struct weir_split **ret, struct weir_error *err)
{
    (void)name;
    int64_t offset = 0;
    if (from.len)
        WEIR_TRY(position_parse(from, &offset, err));
    struct weir_split *split = calloc(1, sizeof *split);
    if (!split)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    *split = (struct weir_split){
        .source = source, .offset = offset, .boundary = offset, .limit = INT64_MAX};
    weir_buffer_init(&split->bytes, source->record_bytes_max);
    *ret = split;
    return WEIR_OK;
}

static enum weir_code limit(struct weir_split *split, struct weir_slice to, struct weir_error *err)
{
    split->limit = INT64_MAX;
    return to.len ? position_parse(to, &split->limit, err) : WEIR_OK;
}

/* Reads what is there, as far as there is room. */
static enum weir_code read_more(struct weir_split *split, struct weir_error *err)
{
    struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
    size_t room = split->bytes.bytes_max - split->bytes.len;
    room = room < READ_BYTES ? room : READ_BYTES;
    if (split->ended || room == 0 || poll(&ready, 1, 0) <= 0)
        return WEIR_OK;
    WEIR_TRY(weir_buffer_reserve(&split->bytes, room, err));
    ssize_t n = read(STDIN_FILENO, split->bytes.ptr + split->bytes.len, room);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return WEIR_OK;
    if (n < 0)
        return weir_fail_errno(err, WEIR_IO, "could not read standard input");
    split->ended = n == 0;
    split->bytes.len += (size_t)n;
    if (!split->begun && !split->head && n > 0) {
        split->head_len = split->bytes.len < HEAD_BYTES_MAX ? split->bytes.len : HEAD_BYTES_MAX;
        split->head = malloc(split->head_len + WEIR_PAD_BYTES);
        if (!split->head)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        memcpy(split->head, split->bytes.ptr, split->head_len);
    }
    return WEIR_OK;
}

static enum weir_code split_poll(struct weir_split *split, struct weir_fetch *ret,
                                 struct weir_error *err)
{
    *ret = (struct weir_fetch){.state = WEIR_FETCH_IDLE,
                               .kind = WEIR_FETCH_BYTES,
                               .timestamp_us = WEIR_NO_TIMESTAMP,
                               .source = WEIR_SLICE("stdin"),
                               .offset = split->offset,
                               .line = split->line,
                               .wait_fd = STDIN_FILENO,
                               .wait_ms = -1};
    bool ended_before = split->ended;
    if (split->offset >= split->limit) {
        ret->state = WEIR_FETCH_END;
        return WEIR_OK;
    }
    WEIR_TRY(read_more(split, err));
    uint64_t left = (uint64_t)(split->limit - split->offset);
    ret->bytes = weir_buffer_slice(&split->bytes);
    if (left < ret->bytes.len)
        ret->bytes.len = left;
    ret->first = !split->begun;
    ret->head =
        split->begun && split->head ? weir_slice(split->head, split->head_len) : weir_slice("", 0);
    ret->last = split->ended;
    ret->full = split->bytes.len == split->bytes.bytes_max;
    if (split->ended && ret->bytes.len == 0)
        ret->state = WEIR_FETCH_END;
    else if (ret->bytes.len > split->shown || (split->ended && !ended_before) ||
             (ret->bytes.len && (ret->last || ret->full)))
        ret->state = WEIR_FETCH_DATA;
    split->shown = ret->bytes.len;
    return WEIR_OK;
}

static void consume(struct weir_split *split, size_t count, size_t lines, bool boundary)
{
    weir_buffer_shift(&split->bytes, count);
    split->offset += (int64_t)count;
    split->line += (int64_t)lines;
    split->begun |= count > 0;
    if (count)
        split->shown = 0;
    if (boundary)
        split->boundary = split->offset;
}

static enum weir_code position(struct weir_split *split, struct weir_buffer *ret,
                               struct weir_error *err)
{
    return weir_buffer_printf(ret, err, "{\"byte\":%" PRId64 "}", split->boundary);
}

static void progress(struct weir_split *split, double *ret_share, int64_t *ret_lag,
                     bool *ret_unit_bytes)
{
    *ret_share = split->ended && !split->bytes.len ? 1 : -1;
    *ret_lag = -1;
    *ret_unit_bytes = true;
}

static void split_close(struct weir_split *split)
{
    weir_buffer_done(&split->bytes);
    free(split->head);
    free(split);
}

static void source_close(struct weir_source *source)
{
    free(source);
}

const struct weir_source_ops weir_stdin_source_ops = {
    .open = source_open,
    .discover = discover,
    .assign = assign,
    .limit = limit,
    .poll = split_poll,
    .consume = consume,
    .position = position,
    .progress = progress,
    .revoke = split_close,
    .close = source_close,
};
