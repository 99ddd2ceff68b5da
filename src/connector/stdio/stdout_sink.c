/* Standard output as a sink. Nothing that was written can be taken back or be compared with, so it
 * is at-least-once: rows are written once their epoch is prepared, and the number lives in the
 * checkpoint store. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/format.h"
#include "base/env.h"
#include "connector/stdio/streams.h"

#define PENDING_BYTES_MAX ((size_t)1 << 32)

struct pending {
    struct pending *next;
    uint64_t number;
    struct weir_buffer bytes;
};

struct weir_sink {
    const struct weir_table *table;
    struct pending *first, **last; /* prepared epochs, ascending */
    bool begun;                    /* the format's first bytes (CSV header) are written */
};

struct weir_writer {
    const struct weir_format *format;
    struct weir_encoder *encoder;
};

static enum weir_code sink_open(const struct weir_table *table,
                                const struct weir_sink_config *config, bool *ret_created,
                                struct weir_sink **ret, struct weir_error *err)
{
    (void)config;
    struct weir_sink *sink = calloc(1, sizeof *sink);
    if (!sink)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    sink->table = table;
    sink->last = &sink->first;
    *ret_created = false;
    *ret = sink;
    return WEIR_OK;
}

static enum weir_code fence(struct weir_sink *sink, struct weir_error *err)
{
    (void)sink;
    (void)err;
    return WEIR_OK;
}

static enum weir_code writer_new(struct weir_sink *sink, const bool *given,
                                 struct weir_writer **ret, struct weir_error *err)
{
    (void)given;
    struct weir_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    writer->format = sink->table->format;
    enum weir_code code = writer->format->encoder_new(sink->table, true, &writer->encoder, err);
    if (code == WEIR_OK)
        *ret = writer;
    else
        free(writer);
    return code;
}

static enum weir_code write_rows(struct weir_writer *writer, const struct weir_rows *rows,
                                 struct weir_arena *arena, struct weir_slice *row_errors,
                                 struct weir_buffer *out, uint32_t *ret_written,
                                 struct weir_error *err)
{
    return writer->format->encode(writer->encoder, rows, arena, row_errors, NULL, out, ret_written,
                                  err);
}

static void writer_free(struct weir_writer *writer)
{
    writer->format->encoder_free(writer->encoder);
    free(writer);
}

static void drop_first(struct weir_sink *sink)
{
    struct pending *pending = sink->first;
    sink->first = pending->next;
    if (!sink->first)
        sink->last = &sink->first;
    weir_buffer_done(&pending->bytes);
    free(pending);
}

/* What a file of the format begins with, once. */
static enum weir_code begin(struct weir_sink *sink, const struct weir_writer *writer,
                            struct weir_buffer *to, struct weir_error *err)
{
    if (sink->begun || !writer->format->file_start)
        return WEIR_OK;
    sink->begun = true;
    return writer->format->file_start(writer->encoder, to, err);
}

static enum weir_code prepare(struct weir_sink *sink, uint64_t number, int64_t now_us,
                              const struct weir_sink_chunk *chunks, uint32_t chunks_count,
                              struct weir_error *err)
{
    (void)now_us;
    struct pending *pending = NULL;
    for (struct pending *at = sink->first; at; at = at->next)
        if (at->number == number) /* again, for a replay: the same content */
            return WEIR_OK;
    for (uint32_t i = 0; i < chunks_count; i++) {
        if (chunks[i].bytes.len == 0)
            continue;
        if (!pending) {
            pending = calloc(1, sizeof *pending);
            if (!pending)
                return weir_fail(err, WEIR_NOMEM, "out of memory");
            pending->number = number;
            weir_buffer_init(&pending->bytes, PENDING_BYTES_MAX);
            *sink->last = pending;
            sink->last = &pending->next;
            WEIR_TRY(begin(sink, chunks[i].writer, &pending->bytes, err));
        }
        WEIR_TRY(weir_buffer_append(&pending->bytes, chunks[i].bytes, err));
    }
    return WEIR_OK;
}

static enum weir_code write_all(struct weir_slice bytes, struct weir_error *err)
{
    while (bytes.len) {
        ssize_t n = write(STDOUT_FILENO, bytes.ptr, bytes.len);
        if (n < 0 && errno == EAGAIN) { /* someone else made it non-blocking */
            struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
            poll(&ready, 1, -1);
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return weir_fail_errno(err, WEIR_IO, "could not write to standard output");
        bytes = weir_slice(bytes.ptr + n, bytes.len - (size_t)n);
    }
    return WEIR_OK;
}

static enum weir_code commit(struct weir_sink *sink, uint64_t number, bool force,
                             uint64_t *ret_number, struct weir_error *err)
{
    (void)force;
    while (sink->first && sink->first->number <= number) {
        WEIR_TRY(write_all(weir_buffer_slice(&sink->first->bytes), err));
        drop_first(sink);
    }
    weir_env_step("commit-stdout");
    *ret_number = number;
    return WEIR_OK;
}

static void sink_abort(struct weir_sink *sink)
{
    while (sink->first)
        drop_first(sink);
}

static void sink_close(struct weir_sink *sink)
{
    sink_abort(sink);
    free(sink);
}

const struct weir_sink_ops weir_stdout_sink_ops = {
    .delivery = WEIR_AT_LEAST_ONCE,
    .open = sink_open,
    .fence = fence,
    .writer_new = writer_new,
    .write = write_rows,
    .writer_free = writer_free,
    .prepare = prepare,
    .commit = commit,
    .abort = sink_abort,
    .close = sink_close,
};
