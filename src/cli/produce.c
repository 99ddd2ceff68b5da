/* produce: lines of standard input become records of a stream, their bytes unchanged.
 *
 * It is a pipeline of its own, named "produce", with epochs of its own: what is there is sent when
 * the input pauses or BATCH_BYTES are full. To the sink it is a table of one bytea column in the
 * format `raw`, whatever the stream's own columns are. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/registry.h"
#include "column/text.h"

#define BATCH_BYTES     ((size_t)1 << 20)
#define LINE_BYTES_MAX  ((size_t)64 << 20)
#define ARENA_BYTES_MAX ((size_t)16 << 20)
#define PROGRESS_US     200000
#define SINK_BYTES      ((size_t)64 << 20)

static const struct weir_column value_column[] = {{.name = "value", .type = WEIR_BYTEA}};
static const bool value_given[] = {true};

struct producer {
    struct weir_table table;
    struct weir_format format;
    const struct weir_sink_ops *ops;
    struct weir_sink *sink;
    struct weir_writer *writer;
    struct weir_buffer input; /* read and not sent; */
    size_t begin;             /* from here on */
    struct weir_buffer epoch; /* encoded */
    uint64_t epoch_rows, number, sent;
    struct weir_arena arena;
    bool terminal;
    int64_t progress_due_us;
};

static void show_progress(struct producer *producer, bool last)
{
    int64_t now_us = weir_clock_monotonic_us();
    if (!producer->terminal || (!last && now_us < producer->progress_due_us))
        return;
    producer->progress_due_us = now_us + PROGRESS_US;
    fprintf(stderr, "\r\033[K%s%" PRIu64 " messages%s", last ? "" : "sent ", producer->sent,
            last ? "\r\033[K" : "");
    fflush(stderr);
}

static enum weir_code open_sink(struct producer *producer, const struct weir_table *table,
                                struct weir_error *err)
{
    const struct weir_format *raw = weir_registry_format(&weir_registry, "raw");
    const struct weir_sink_config config = {.pipeline = "produce",
                                            .incarnation = weir_random_u64(),
                                            .memory_max = SINK_BYTES,
                                            .exactly_once = true};
    bool created;
    producer->format = *raw;
    producer->format.file_extension = table->format->file_extension;
    producer->table = *table;
    producer->table.format = &producer->format;
    producer->table.columns = value_column;
    producer->table.columns_count = 1;
    producer->table.key_count = 0;
    producer->ops = table->connector->sink;
    weir_arena_init(&producer->arena, ARENA_BYTES_MAX);
    weir_buffer_init(&producer->input, LINE_BYTES_MAX);
    weir_buffer_init(&producer->epoch, 4 * LINE_BYTES_MAX);
    WEIR_TRY(producer->ops->open(&producer->table, &config, &created, &producer->sink, err));
    WEIR_TRY(producer->ops->fence(producer->sink, err));
    if (producer->ops->read_number)
        WEIR_TRY(producer->ops->read_number(producer->sink, &producer->number, err));
    return producer->ops->writer_new(producer->sink, value_given, &producer->writer, err);
}

static void close_sink(struct producer *producer)
{
    if (producer->writer)
        producer->ops->writer_free(producer->writer);
    if (producer->sink)
        producer->ops->close(producer->sink);
    weir_buffer_done(&producer->input);
    weir_buffer_done(&producer->epoch);
    weir_arena_done(&producer->arena);
}

/* Makes what was encoded visible, durably. */
static enum weir_code commit(struct producer *producer, bool force, struct weir_error *err)
{
    uint64_t visible;
    const struct weir_sink_chunk chunk = {weir_buffer_slice(&producer->epoch), producer->epoch_rows,
                                          producer->writer};
    if (producer->epoch_rows) {
        producer->number++;
        WEIR_TRY(producer->ops->prepare(producer->sink, producer->number,
                                        weir_clock_wall_us() - WEIR_UNIX_TO_PG_US, &chunk, 1, err));
        producer->epoch.len = 0;
        producer->sent += producer->epoch_rows;
        producer->epoch_rows = 0;
    }
    return producer->ops->commit(producer->sink, producer->number, force, &visible, err);
}

static enum weir_code write_batch(struct producer *producer, struct weir_vector *values,
                                  uint32_t count, struct weir_error *err)
{
    const struct weir_vector *columns[] = {values};
    const struct weir_rows rows = {columns, 1, WEIR_BATCH_ROWS_MAX, {NULL, count}};
    struct weir_slice errors[WEIR_BATCH_ROWS_MAX] = {{0}};
    uint32_t written;
    if (!count)
        return WEIR_OK;
    WEIR_TRY(producer->ops->write(producer->writer, &rows, &producer->arena, errors,
                                  &producer->epoch, &written, err));
    for (uint32_t i = 0; i < count; i++)
        if (errors[i].ptr)
            return weir_fail(err, WEIR_BAD_DATA, "line %" PRIu64 ": %.*s",
                             producer->sent + producer->epoch_rows + i + 1, WEIR_FMT(errors[i]));
    producer->epoch_rows += written;
    return WEIR_OK;
}

/* Encodes the whole lines of the input; at its end also a last one without line end. */
static enum weir_code take_lines(struct producer *producer, bool ended, struct weir_error *err)
{
    struct weir_vector values;
    uint32_t count = 0;
    weir_arena_reset(&producer->arena);
    WEIR_TRY(
        weir_vector_init(&values, WEIR_BYTEA, WEIR_BATCH_ROWS_MAX, true, &producer->arena, err));
    const char *at = producer->input.ptr + producer->begin,
               *end = producer->input.ptr + producer->input.len;
    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        if (!line && !ended)
            break;
        size_t len = (size_t)((line ? line : end) - at);
        if (line && len && at[len - 1] == '\r')
            len--;
        values.s[count++] = weir_slice(at, len);
        at = line ? line + 1 : end;
        if (count == WEIR_BATCH_ROWS_MAX) {
            WEIR_TRY(write_batch(producer, &values, count, err));
            count = 0;
            if (producer->epoch.len >= BATCH_BYTES)
                WEIR_TRY(commit(producer, false, err));
        }
    }
    WEIR_TRY(write_batch(producer, &values, count, err));
    size_t taken = (size_t)(at - producer->input.ptr);
    weir_buffer_shift(&producer->input, taken);
    return WEIR_OK;
}

static enum weir_code read_input(struct producer *producer, bool *ret_ended, struct weir_error *err)
{
    struct weir_buffer *input = &producer->input;
    *ret_ended = false;
    if (input->len == input->bytes_max)
        return weir_fail(err, WEIR_BAD_DATA, "line %" PRIu64 " is longer than %zu bytes",
                         producer->sent + producer->epoch_rows + 1, input->bytes_max);
    size_t room = input->bytes_max - input->len;
    room = room < BATCH_BYTES ? room : BATCH_BYTES;
    WEIR_TRY(weir_buffer_reserve(input, room, err));
    ssize_t n = read(STDIN_FILENO, input->ptr + input->len, room);
    if (n < 0 && errno != EINTR && errno != EAGAIN)
        return weir_fail_errno(err, WEIR_IO, "could not read standard input");
    *ret_ended = n == 0;
    input->len += n > 0 ? (size_t)n : 0;
    return WEIR_OK;
}

static enum weir_code produce_all(struct producer *producer, const struct weir_cli_stop *stop,
                                  struct weir_error *err)
{
    bool ended = false;
    while (!ended && !*stop->flag) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = stop->fd, .events = POLLIN}};
        if (poll(fds, 2, 0) == 0) { /* the input pauses: send what there is, then wait */
            if (producer->epoch_rows)
                WEIR_TRY(commit(producer, true, err));
            show_progress(producer, false);
            poll(fds, 2, -1);
        }
        if (fds[0].revents) {
            WEIR_TRY(read_input(producer, &ended, err));
            WEIR_TRY(take_lines(producer, ended, err));
        }
        if (producer->epoch.len >= BATCH_BYTES)
            WEIR_TRY(commit(producer, false, err));
        show_progress(producer, false);
    }
    return producer->number || producer->epoch_rows ? commit(producer, true, err) : WEIR_OK;
}

static int produce_to(const struct weir_cli *cli, const struct weir_table *table)
{
    struct weir_error err;
    struct producer producer = {.terminal = isatty(STDERR_FILENO) && !cli->log_json &&
                                            !cli->flags[WEIR_CLI_QUIET]};
    const struct weir_cli_stop stop = weir_cli_catch_signals();
    signal(SIGPIPE, SIG_IGN);
    enum weir_code code = open_sink(&producer, table, &err);
    if (code == WEIR_OK)
        code = produce_all(&producer, &stop, &err);
    show_progress(&producer, true);
    close_sink(&producer);
    if (code != WEIR_OK)
        return weir_cli_failed(&err);
    const char *name = weir_options_text(&table->options, "topic", table->name);
    if (strcmp(table->connector->name, "stdout") != 0 && !cli->flags[WEIR_CLI_QUIET])
        printf("%" PRIu64 " messages sent to %s\n", producer.sent, name);
    return WEIR_EXIT_OK;
}

int weir_verb_produce(const struct weir_cli *cli)
{
    int status;
    const struct weir_table *table;
    struct weir_error err;
    struct weir_plan *plan = weir_cli_plan_for_stream(cli, &table, &status);
    if (!plan)
        return status;
    if (!table->connector->sink) {
        weir_fail(&err, WEIR_BAD_CONFIG, "stream \"%s\" cannot be written to: %s can only be read",
                  table->name, table->connector->name);
        status = weir_cli_failed(&err);
    } else if (table->connector->typed_rows) {
        weir_fail(&err, WEIR_BAD_CONFIG, "stream \"%s\" takes rows, not messages", table->name);
        weir_hint(&err, "send it rows with INSERT INTO %s SELECT .. FROM a stream on stdin",
                  table->name);
        status = weir_cli_failed(&err);
    } else {
        status = produce_to(cli, table);
    }
    weir_plan_free(plan);
    return status;
}
