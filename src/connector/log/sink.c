/* Topics as a sink: an epoch is a block, its number stands in the block's head (design of epochs:
 * commit/README.md).
 *
 *     write    encodes rows into a run of the epoch's buffer                     task thread
 *     prepare  makes a block of the epoch's runs, in memory                      commit thread
 *     commit   appends the prepared blocks, syncs once, moves the tail           commit thread
 *
 * The number is that of the last block of this producer (pipeline/table), found again when the
 * topic is opened for writing. The lock on the topic is held from `fence` to `close`: a process
 * that has it is the only one that can move the number, so the compare of the commit is the one
 * with the number in memory.
 *
 * An epoch without rows would cost a block and a sync for nothing; such numbers wait for the next
 * block, or EMPTY_MS. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/format.h"
#include "column/json.h"
#include "column/text.h"
#include "connector/log/build.h"
#include "connector/log/connector.h"
#include "connector/log/writer.h"

#define EMPTY_MS        1000
#define BLOCK_BYTES_MAX ((size_t)1 << 36)

struct pending {
    struct pending *next;
    uint64_t number;
    struct weir_buffer block;
};

struct weir_sink {
    const struct weir_table *table;
    struct weir_topic topic;
    struct weir_topic_writer_config config;
    struct weir_topic_writer *writer; /* NULL before fence */
    char *producer;
    struct pending *first, **last; /* prepared epochs with rows, ascending */
    struct pending *spare;         /* one that was committed: its memory is used again */
    uint64_t number;               /* the last one that is durable */
    uint64_t empty_number;         /* an epoch without rows that waits; 0: none */
    int64_t empty_since_us, now_us;
};

struct weir_writer {
    struct weir_sink *sink;
    struct weir_encoder *encoder;
};

static void pending_free(struct pending *pending)
{
    if (pending)
        weir_buffer_done(&pending->block);
    free(pending);
}

/* Drops prepared epochs up to `number`; one of them is kept as a spare. */
static void pending_drop(struct weir_sink *sink, uint64_t number)
{
    while (sink->first && sink->first->number <= number) {
        struct pending *pending = sink->first;
        sink->first = pending->next;
        pending_free(sink->spare);
        sink->spare = pending;
    }
    if (!sink->first)
        sink->last = &sink->first;
}

static void sink_abort(struct weir_sink *sink)
{
    pending_drop(sink, UINT64_MAX);
    sink->empty_number = 0;
}

static void sink_close(struct weir_sink *sink)
{
    if (!sink)
        return;
    sink_abort(sink);
    pending_free(sink->spare);
    weir_topic_writer_close(sink->writer);
    weir_topic_done(&sink->topic);
    free(sink->producer);
    free(sink);
}

static enum weir_code sink_open(const struct weir_table *table,
                                const struct weir_sink_config *config, bool *ret_created,
                                struct weir_sink **ret, struct weir_error *err)
{
    const struct weir_options *options = &table->options;
    struct weir_sink *sink = calloc(1, sizeof *sink);
    if (!sink)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    sink->table = table;
    sink->last = &sink->first;
    sink->config = (struct weir_topic_writer_config){
        .segment_bytes = weir_options_number(options, "segment_size", 64 << 20),
        .retention_ms = weir_options_number(options, "retention_time", 0),
        .retention_bytes = weir_options_number(options, "retention_size", 0),
        .sync = config->exactly_once};
    sink->producer = weir_log_producer_name(config->pipeline, table);
    enum weir_code code = sink->producer ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory");
    if (code == WEIR_OK)
        code = weir_log_table_create(table, false, ret_created, err);
    if (code == WEIR_OK)
        code = weir_log_table_open(table, &sink->topic, err);
    if (code != WEIR_OK) {
        sink_close(sink);
        return code;
    }
    /* A topic that a reader made in advance, and that nobody has written to, counts as made by the
     * first writer. */
    if (sink->topic.by_reader) {
        uint64_t *bases = NULL;
        size_t count = 1;
        if (weir_topic_segments(&sink->topic, &bases, &count, err) == WEIR_OK)
            *ret_created |= count == 0;
        free(bases);
    }
    *ret = sink;
    return WEIR_OK;
}

static enum weir_code fence(struct weir_sink *sink, struct weir_error *err)
{
    if (!sink->writer)
        WEIR_TRY(weir_topic_writer_open(&sink->topic, &sink->config, &sink->writer, err));
    sink->number = weir_topic_writer_number(sink->writer, sink->producer);
    return WEIR_OK;
}

static enum weir_code read_number(struct weir_sink *sink, uint64_t *ret, struct weir_error *err)
{
    (void)err;
    *ret = sink->number;
    return WEIR_OK;
}

/* ---- write ---- */

static enum weir_code writer_new(struct weir_sink *sink, const bool *given,
                                 struct weir_writer **ret, struct weir_error *err)
{
    (void)given; /* every column is part of the message */
    struct weir_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    writer->sink = sink;
    enum weir_code code =
        sink->table->format->encoder_new(sink->table, false, &writer->encoder, err);
    if (code == WEIR_OK)
        *ret = writer;
    else
        free(writer);
    return code;
}

static void writer_free(struct weir_writer *writer)
{
    if (writer && writer->encoder)
        writer->sink->table->format->encoder_free(writer->encoder);
    free(writer);
}

/* The rows to send: those whose key columns are all there. Others get an error. */
static enum weir_code rows_with_key(const struct weir_table *table, const struct weir_rows *rows,
                                    struct weir_arena *arena, struct weir_slice *row_errors,
                                    struct weir_selection *ret, struct weir_error *err)
{
    uint32_t *kept = WEIR_NEW_ARRAY(arena, uint32_t, rows->selection.count);
    if (!kept)
        return weir_fail(err, WEIR_NOMEM, "out of memory: a batch is too large");
    *ret = (struct weir_selection){.rows = kept};
    WEIR_FOR_SELECTED(row, rows->selection)
    {
        uint32_t missing = UINT32_MAX;
        for (uint32_t i = table->key_count; i-- > 0;)
            if (!weir_valid(rows->columns[table->key[i]], row))
                missing = table->key[i];
        if (missing == UINT32_MAX) {
            kept[ret->count++] = row;
            continue;
        }
        const char *text = weir_arena_printf(
            arena, "null value in column \"%s\" of relation \"%s\" violates not-null constraint",
            table->columns[missing].name, table->name);
        row_errors[row] = weir_slice_of(text ? text : "null value in a key column");
    }
    return WEIR_OK;
}

/* A tombstone: the one column of a raw message is NULL. */
static bool is_tombstone(const struct weir_table *table, const struct weir_rows *rows, uint32_t row)
{
    return strcmp(table->format->name, "raw") == 0 && table->columns_count == 1 &&
           !weir_valid(rows->columns[0], row);
}

/* Appends a row's message key: the column's text (bytes of a bytea), several as a JSON array of
 * texts. */
static enum weir_code key_append(const struct weir_table *table, const struct weir_rows *rows,
                                 uint32_t row, struct weir_arena *arena, struct weir_buffer *to,
                                 struct weir_error *err)
{
    const struct weir_vector *column = rows->columns[table->key[0]];
    if (table->key_count == 1)
        return column->type == WEIR_BYTEA ? weir_buffer_append(to, column->s[row], err)
                                          : weir_value_format(column, row, to, err);
    for (uint32_t i = 0; i < table->key_count; i++) {
        struct weir_slice text = weir_value_text(rows->columns[table->key[i]], row, arena);
        if (!text.ptr)
            return weir_fail(err, WEIR_NOMEM, "out of memory: a batch is too large");
        WEIR_TRY(weir_buffer_append(to, i ? WEIR_SLICE(",") : WEIR_SLICE("["), err));
        WEIR_TRY(weir_json_escape(text, to, err));
    }
    return weir_buffer_append(to, WEIR_SLICE("]"), err);
}

/* What write works with: the rows of one run. */
struct run_rows {
    struct weir_selection selection; /* those with a key */
    struct weir_selection encoded;   /* of them, those that are no tombstones */
    uint32_t *lengths;               /* by encoded row; then by row of the run */
    uint32_t *key_lengths;
    uint32_t *rows; /* of the run */
    uint32_t count;
};

static enum weir_code run_rows_init(const struct weir_table *table, const struct weir_rows *rows,
                                    struct weir_arena *arena, struct weir_slice *row_errors,
                                    struct run_rows *run, struct weir_error *err)
{
    uint32_t count = rows->selection.count;
    *run = (struct run_rows){.selection = rows->selection,
                             .lengths = WEIR_NEW_ARRAY(arena, uint32_t, count),
                             .key_lengths = WEIR_NEW_ARRAY(arena, uint32_t, count),
                             .rows = WEIR_NEW_ARRAY(arena, uint32_t, count)};
    uint32_t *encoded = WEIR_NEW_ARRAY(arena, uint32_t, count);
    if (!run->lengths || !run->key_lengths || !run->rows || !encoded)
        return weir_fail(err, WEIR_NOMEM, "out of memory: a batch is too large");
    if (table->key_count)
        WEIR_TRY(rows_with_key(table, rows, arena, row_errors, &run->selection, err));
    run->encoded = run->selection;
    if (strcmp(table->format->name, "raw") == 0) {
        run->encoded = (struct weir_selection){.rows = encoded};
        WEIR_FOR_SELECTED(row, run->selection)
        {
            if (!is_tombstone(table, rows, row))
                encoded[run->encoded.count++] = row;
        }
    }
    return WEIR_OK;
}

/* After encoding: the rows that made it, with their lengths, tombstones back in their places. */
static void run_rows_settle(const struct weir_table *table, const struct weir_rows *rows,
                            struct run_rows *run)
{
    bool gaps = run->encoded.count != run->selection.count;
    uint32_t from = 0, count = 0;
    uint32_t *lengths = run->lengths;
    if (gaps) { /* spread from the back, so that nothing is overwritten before it is read */
        uint32_t to = run->selection.count;
        from = run->encoded.count;
        while (to-- > 0) {
            uint32_t row = run->selection.rows ? run->selection.rows[to] : to;
            lengths[to] = is_tombstone(table, rows, row) ? WEIR_NULL_LENGTH - 1 : lengths[--from];
        }
    }
    WEIR_FOR_SELECTED(row, run->selection)
    {
        uint32_t length = lengths[weir_at];
        if (length == UINT32_MAX) /* left out by the encoder, with an error */
            continue;
        lengths[count] = gaps && length == WEIR_NULL_LENGTH - 1 ? WEIR_NULL_LENGTH : length;
        run->rows[count++] = row;
    }
    run->count = count;
}

static enum weir_code write_rows(struct weir_writer *writer, const struct weir_rows *rows,
                                 struct weir_arena *arena, struct weir_slice *row_errors,
                                 struct weir_buffer *out, uint32_t *ret_written,
                                 struct weir_error *err)
{
    const struct weir_table *table = writer->sink->table;
    struct run_rows run;
    size_t begin = out->len, room, encoded_at;
    uint32_t keyed = table->key_count > 0, width = keyed ? 8 : 4, ignored;
    *ret_written = 0;
    WEIR_TRY(run_rows_init(table, rows, arena, row_errors, &run, err));
    room = sizeof(struct weir_log_run) + (size_t)run.selection.count * width;
    WEIR_TRY(weir_buffer_reserve(out, room, err));
    out->len = encoded_at = begin + room;
    const struct weir_rows encoded = {rows->columns, rows->columns_count, rows->rows_max,
                                      run.encoded};
    WEIR_TRY(table->format->encode(writer->encoder, &encoded, arena, row_errors, run.lengths, out,
                                   &ignored, err));
    run_rows_settle(table, rows, &run);
    if (run.count == 0) {
        out->len = begin;
        return WEIR_OK;
    }
    uint64_t value_bytes = out->len - encoded_at;
    size_t values_at = begin + sizeof(struct weir_log_run) + (size_t)run.count * width;
    if (values_at != encoded_at) { /* rows were left out: close the gap */
        memmove(out->ptr + values_at, out->ptr + encoded_at, value_bytes);
        out->len = values_at + value_bytes;
    }
    for (uint32_t i = 0; keyed && i < run.count; i++) {
        size_t before = out->len;
        WEIR_TRY(key_append(table, rows, run.rows[i], arena, out, err));
        run.key_lengths[i] = (uint32_t)(out->len - before);
    }
    struct weir_log_run head = {run.count, keyed, value_bytes, out->len - values_at - value_bytes};
    size_t padded = begin + weir_log_run_bytes(&head);
    WEIR_TRY(weir_buffer_reserve(out, padded - out->len, err));
    memset(out->ptr + out->len, 0, padded - out->len);
    out->len = padded;
    char *at = out->ptr + begin;
    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, run.lengths, run.count * sizeof *run.lengths);
    if (keyed)
        memcpy(at + sizeof head + run.count * sizeof *run.lengths, run.key_lengths,
               run.count * sizeof *run.key_lengths);
    *ret_written = run.count;
    return WEIR_OK;
}

/* ---- epochs ---- */

static enum weir_code prepare(struct weir_sink *sink, uint64_t number, int64_t now_us,
                              const struct weir_sink_chunk *chunks, uint32_t chunks_count,
                              struct weir_error *err)
{
    uint64_t rows = 0;
    sink->now_us = now_us;
    for (uint32_t i = 0; i < chunks_count; i++)
        rows += chunks[i].rows_count;
    for (const struct pending *at = sink->first; at; at = at->next)
        if (at->number == number) /* prepared again for a replay: the same content */
            return WEIR_OK;
    if (rows == 0)
        return WEIR_OK;
    struct pending *pending = sink->spare;
    sink->spare = NULL;
    if (!pending) {
        pending = calloc(1, sizeof *pending);
        if (!pending)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        weir_buffer_init(&pending->block, BLOCK_BYTES_MAX);
    }
    pending->next = NULL;
    pending->number = number;
    pending->block.len = 0;
    enum weir_code code =
        weir_log_block_build(sink->producer, number, now_us, sink->topic.partitions, chunks,
                             chunks_count, &pending->block, err);
    if (code != WEIR_OK) {
        pending_free(pending);
        return code;
    }
    *sink->last = pending;
    sink->last = &pending->next;
    return WEIR_OK;
}

static enum weir_code append_empty(struct weir_sink *sink, uint64_t number, struct weir_error *err)
{
    struct weir_buffer block;
    weir_buffer_init(&block, BLOCK_BYTES_MAX);
    enum weir_code code = weir_log_block_build(sink->producer, number, sink->now_us,
                                               sink->topic.partitions, NULL, 0, &block, err);
    if (code == WEIR_OK)
        code = weir_topic_writer_append(sink->writer, &block, err);
    weir_buffer_done(&block);
    return code;
}

/* Whether the epochs up to `number` have no rows, and moving the number may wait. */
static bool may_wait(struct weir_sink *sink, uint64_t number, bool force)
{
    if (force || (sink->first && sink->first->number <= number))
        return false;
    int64_t now_us = weir_clock_monotonic_us();
    if (!sink->empty_number)
        sink->empty_since_us = now_us;
    sink->empty_number = number;
    return now_us - sink->empty_since_us < INT64_C(1000) * EMPTY_MS;
}

static enum weir_code commit(struct weir_sink *sink, uint64_t number, bool force,
                             uint64_t *ret_number, struct weir_error *err)
{
    *ret_number = sink->number;
    if (number <= sink->number) {
        pending_drop(sink, number);
        return WEIR_OK;
    }
    if (may_wait(sink, number, force))
        return WEIR_OK;
    bool any = false;
    for (struct pending *at = sink->first; at && at->number <= number; at = at->next) {
        struct weir_block_head *head = (struct weir_block_head *)(void *)at->block.ptr;
        if (!at->next || at->next->number > number)
            head->number = number; /* epochs without rows behind it go with it */
        WEIR_TRY(weir_topic_writer_append(sink->writer, &at->block, err));
        any = true;
    }
    if (!any)
        WEIR_TRY(append_empty(sink, number, err));
    weir_env_step("commit-log-append");
    WEIR_TRY(weir_topic_writer_sync(sink->writer, err));
    sink->number = *ret_number = number;
    sink->empty_number = 0;
    pending_drop(sink, number);
    weir_env_step("commit-log-done");
    return WEIR_OK;
}

static int64_t commit_due_ms(struct weir_sink *sink)
{
    if (!sink->empty_number)
        return -1;
    int64_t left = EMPTY_MS - (weir_clock_monotonic_us() - sink->empty_since_us) / 1000;
    return left > 0 ? left : 0;
}

const struct weir_sink_ops weir_log_sink_ops = {
    .delivery = WEIR_EXACTLY_ONCE,
    .open = sink_open,
    .fence = fence,
    .read_number = read_number,
    .writer_new = writer_new,
    .write = write_rows,
    .writer_free = writer_free,
    .prepare = prepare,
    .commit = commit,
    .commit_due_ms = commit_due_ms,
    .abort = sink_abort,
    .close = sink_close,
};
