/* Topics through the seams: what a pipeline writes comes back, whatever happens in between. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/format.h"
#include "api/sink.h"
#include "base/syncs_for_test.h"
#include "connector/log/build.h"
#include "connector/log/connector.h"
#include "connector/log/reader.h"
#include "connector/log/writer.h"

/* ---- a format that sends the first column's text as it is ---- */

static enum weir_code plain_encoder_new(const struct weir_table *table, bool framed,
                                        struct weir_encoder **ret, struct weir_error *err)
{
    (void)table;
    (void)framed;
    (void)err;
    *ret = NULL;
    return WEIR_OK;
}

static void plain_encoder_free(struct weir_encoder *encoder)
{
    (void)encoder;
}

static enum weir_code plain_encode(struct weir_encoder *encoder, const struct weir_rows *rows,
                                   struct weir_arena *arena, struct weir_slice *row_errors,
                                   uint32_t *lengths, struct weir_buffer *out,
                                   uint32_t *ret_written, struct weir_error *err)
{
    (void)encoder;
    (void)arena;
    *ret_written = 0;
    WEIR_FOR_SELECTED(row, rows->selection)
    {
        struct weir_slice text = rows->columns[0]->s[row];
        if (weir_slice_is(text, "bad")) {
            lengths[weir_at] = UINT32_MAX;
            row_errors[row] = WEIR_SLICE("no text form");
            continue;
        }
        lengths[weir_at] = (uint32_t)text.len;
        WEIR_TRY(weir_buffer_append(out, text, err));
        ++*ret_written;
    }
    return WEIR_OK;
}

static const struct weir_format plain_format = {.name = "raw",
                                                .encoder_new = plain_encoder_new,
                                                .encoder_free = plain_encoder_free,
                                                .encode = plain_encode};

/* ---- a table of one text column, and what the tests do with it ---- */

static const struct weir_column columns[] = {{.name = "value", .type = WEIR_TEXT}};
static const uint32_t key_columns[] = {0};

struct bed {
    char root[64];
    struct weir_option options[8];
    struct weir_table table;
    struct weir_error err;
};

static void bed_option(struct bed *bed, const char *name, const char *text, int64_t number)
{
    bed->options[bed->table.options.count++] =
        (struct weir_option){.name = name, .text = text, .number = number};
    bed->table.options.items = bed->options;
}

static int bed_make(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);
    const char *base = getenv("TMPDIR");
    snprintf(bed->root, sizeof bed->root, "%.40s/weir-log-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(bed->root));
    bed->table = (struct weir_table){.name = "t",
                                     .connector = &weir_log_connector,
                                     .format = &plain_format,
                                     .columns = columns,
                                     .columns_count = 1};
    bed_option(bed, "root", bed->root, 0);
    *state = bed;
    return 0;
}

static int bed_drop(void **state)
{
    struct bed *bed = *state;
    assert_int_equal(weir_dir_remove_tree(bed->root, &bed->err), WEIR_OK);
    free(bed);
    return 0;
}

#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) != WEIR_OK)                                                                     \
            fail_msg("%s: %s", #call, bed->err.text);                                              \
    } while (0)

static struct weir_sink *sink_of(struct bed *bed)
{
    const struct weir_sink_config config = {
        .pipeline = "p", .memory_max = 1 << 20, .exactly_once = true};
    struct weir_sink *sink;
    bool created;
    OK(weir_log_sink_ops.open(&bed->table, &config, &created, &sink, &bed->err));
    OK(weir_log_sink_ops.fence(sink, &bed->err));
    return sink;
}

/* Prepares an epoch of the values (between spaces; "-" is NULL); returns how many were left out. */
static uint32_t prepare(struct bed *bed, struct weir_sink *sink, uint64_t number,
                        const char *values)
{
    const struct weir_sink_ops *ops = &weir_log_sink_ops;
    char copy[4096], *rest = copy;
    struct weir_arena arena;
    struct weir_vector vector;
    struct weir_buffer out;
    struct weir_writer *writer;
    uint32_t rows = 0, written = 0;
    snprintf(copy, sizeof copy, "%s", values);
    weir_arena_init(&arena, 1 << 24);
    weir_buffer_init(&out, 1 << 24);
    OK(weir_vector_init(&vector, WEIR_TEXT, 1024, true, &arena, &bed->err));
    for (char *word; (word = strsep(&rest, " "));) {
        weir_set_valid(&vector, rows, strcmp(word, "-") != 0);
        if (*word)
            vector.s[rows++] = weir_slice_of(word);
    }
    const struct weir_vector *list[] = {&vector};
    struct weir_slice errors[1024] = {{0}};
    const struct weir_rows all = {list, 1, rows, {NULL, rows}};
    OK(ops->writer_new(sink, NULL, &writer, &bed->err));
    if (rows)
        OK(ops->write(writer, &all, &arena, errors, &out, &written, &bed->err));
    uint32_t bad = 0;
    for (uint32_t i = 0; i < rows; i++)
        bad += errors[i].ptr != NULL;
    assert_int_equal(bad + written, rows);
    const struct weir_sink_chunk chunk = {weir_buffer_slice(&out), written, writer};
    OK(ops->prepare(sink, number, 1000 + (int64_t)number, &chunk, 1, &bed->err));
    ops->writer_free(writer);
    weir_buffer_done(&out);
    weir_arena_done(&arena);
    return bad;
}

static void commit(struct bed *bed, struct weir_sink *sink, uint64_t number)
{
    uint64_t visible;
    OK(weir_log_sink_ops.commit(sink, number, true, &visible, &bed->err));
    assert_int_equal(visible, number);
}

static void send(struct bed *bed, uint64_t number, const char *values)
{
    struct weir_sink *sink = sink_of(bed);
    prepare(bed, sink, number, values);
    commit(bed, sink, number);
    weir_log_sink_ops.close(sink);
}

struct reading {
    struct weir_source *source;
    struct weir_split *split;
};

static struct reading reading_of(struct bed *bed, bool follow, const char *split, const char *from)
{
    const struct weir_source_ops *ops = &weir_log_source_ops;
    const struct weir_source_config config = {.follow = follow};
    struct reading reading;
    OK(ops->open(&bed->table, &config, &reading.source, &bed->err));
    OK(ops->assign(reading.source, split, weir_slice_of(from), &reading.split, &bed->err));
    return reading;
}

static void reading_end(struct reading *reading)
{
    weir_log_source_ops.revoke(reading->split);
    weir_log_source_ops.close(reading->source);
}

/* What can be read now: values joined by spaces, keys behind a colon; then the state. */
static const char *read_now(struct bed *bed, struct reading *reading, size_t at_once)
{
    static char text[1 << 16];
    struct weir_fetch fetch;
    size_t len = 0;
    text[0] = 0;
    for (;;) {
        OK(weir_log_source_ops.poll(reading->split, &fetch, &bed->err));
        if (fetch.state != WEIR_FETCH_DATA)
            break;
        size_t count = fetch.records_count < at_once ? fetch.records_count : at_once;
        for (size_t i = 0; i < count; i++) {
            const struct weir_record *record = &fetch.records[i];
            struct weir_slice value = record->value.ptr ? record->value : WEIR_SLICE("-");
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", len ? " " : "",
                                    WEIR_FMT(value));
            if (record->key.ptr)
                len +=
                    (size_t)snprintf(text + len, sizeof text - len, ":%.*s", WEIR_FMT(record->key));
        }
        weir_log_source_ops.consume(reading->split, count, 0, true);
    }
    snprintf(text + len, sizeof text - len, "%s", fetch.state == WEIR_FETCH_END ? " END" : "");
    return text;
}

static void expect(struct bed *bed, const char *split, const char *from, const char *want)
{
    struct reading reading = reading_of(bed, false, split, from);
    assert_string_equal(read_now(bed, &reading, SIZE_MAX), want);
    reading_end(&reading);
}

static const char *segment_path(struct bed *bed, uint64_t base)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/t/%020" PRIu64 ".log", bed->root, base);
    return path;
}

static int64_t file_size(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

static void flip_byte(const char *path, int64_t at)
{
    char byte;
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte = (char)(byte ^ 0x40);
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

/* ---- tests ---- */

static void records_come_back_in_order(void **state)
{
    struct bed *bed = *state;
    send(bed, 1, "a bb ccc");
    send(bed, 2, "d");
    expect(bed, "0", "", "a bb ccc d END");
    expect(bed, "0", "{\"offset\":2}", "ccc d END");
    struct reading reading = reading_of(bed, false, "0", "");
    assert_string_equal(read_now(bed, &reading, 1), "a bb ccc d END");
    reading_end(&reading);
}

static void rows_that_cannot_be_encoded_are_left_out(void **state)
{
    struct bed *bed = *state;
    struct weir_sink *sink = sink_of(bed);
    assert_int_equal(prepare(bed, sink, 1, "a bad - b bad"), 2);
    commit(bed, sink, 1);
    weir_log_sink_ops.close(sink);
    expect(bed, "0", "", "a - b END");
}

static void keys_are_sent_and_null_keys_refused(void **state)
{
    struct bed *bed = *state;
    bed->table.key = key_columns;
    bed->table.key_count = 1;
    struct weir_sink *sink = sink_of(bed);
    assert_int_equal(prepare(bed, sink, 1, "a bad - b"), 2);
    commit(bed, sink, 1);
    weir_log_sink_ops.close(sink);
    expect(bed, "0", "", "a:a b:b END");
}

static void partitions_hold_every_record_once(void **state)
{
    struct bed *bed = *state;
    bed_option(bed, "partitions", "3", 3);
    send(bed, 1, "a b c d e");
    expect(bed, "0", "", "a d END");
    expect(bed, "1", "", "b e END");
    expect(bed, "2", "", "c END");
    bed->table.key = key_columns;
    bed->table.key_count = 1;
    send(bed, 2, "x x y x"); /* equal keys share a partition */
    struct weir_arena arena;
    struct weir_catalog_info info;
    weir_arena_init(&arena, 1 << 20);
    OK(weir_log_catalog_ops.describe(&bed->table, "p", &arena, &info, &bed->err));
    assert_int_equal(info.rows, 9);
    assert_int_equal(info.number, 2);
    int64_t grown = 0;
    for (uint32_t i = 0; i < info.partitions_count; i++)
        grown += info.partitions[i].end_offset >= (i == 2 ? 1 : 2) + 3;
    assert_int_equal(grown, 1);
    weir_arena_done(&arena);
}

static void number_moves_with_empty_epochs_and_survives(void **state)
{
    struct bed *bed = *state;
    uint64_t number;
    struct weir_sink *sink = sink_of(bed);
    OK(weir_log_sink_ops.read_number(sink, &number, &bed->err));
    assert_int_equal(number, 0);
    prepare(bed, sink, 1, "a");
    prepare(bed, sink, 2, "b");
    prepare(bed, sink, 3, "");
    commit(bed, sink, 3);
    prepare(bed, sink, 4, "");
    OK(weir_log_sink_ops.commit(sink, 4, false, &number, &bed->err));
    assert_int_equal(number, 3); /* it may wait for rows */
    assert_in_range(weir_log_sink_ops.commit_due_ms(sink), 0, 1000);
    commit(bed, sink, 4);
    weir_log_sink_ops.close(sink);
    sink = sink_of(bed);
    OK(weir_log_sink_ops.read_number(sink, &number, &bed->err));
    assert_int_equal(number, 4);
    weir_log_sink_ops.close(sink);
    expect(bed, "0", "", "a b END");
}

static void aborted_epochs_leave_nothing(void **state)
{
    struct bed *bed = *state;
    struct weir_sink *sink = sink_of(bed);
    prepare(bed, sink, 1, "a");
    weir_log_sink_ops.abort(sink);
    prepare(bed, sink, 1, "b");
    commit(bed, sink, 1);
    weir_log_sink_ops.close(sink);
    expect(bed, "0", "", "b END");
}

static void number_is_durable_before_it_counts(void **state)
{
    struct bed *bed = *state;
    struct weir_sink *sink = sink_of(bed);
    prepare(bed, sink, 1, "a");
    test_syncs_forget();
    commit(bed, sink, 1);
    assert_string_equal(test_syncs, "fdf"); /* the segment and its name, then the block */
    prepare(bed, sink, 2, "b");
    test_syncs_forget();
    commit(bed, sink, 2);
    assert_string_equal(test_syncs, "f");
    weir_log_sink_ops.close(sink);
    test_syncs_forget();
    sink = sink_of(bed); /* a killed writer may not have come to its sync */
    assert_non_null(strchr(test_syncs, 'f'));
    weir_log_sink_ops.close(sink);
}

static void torn_tail_is_cut_at_every_length(void **state)
{
    struct bed *bed = *state;
    send(bed, 1, "a b");
    int64_t whole = file_size(segment_path(bed, 0));
    send(bed, 2, "c");
    int64_t longer = file_size(segment_path(bed, 0));
    char tail[PATH_MAX];
    snprintf(tail, sizeof tail, "%s/t/tail", bed->root);
    for (int64_t size = longer - 1; size >= whole; size--) {
        assert_int_equal(truncate(segment_path(bed, 0), size), 0);
        assert_int_equal(unlink(tail), 0); /* it would tell that more was durable */
        expect(bed, "0", "", "a b END");
        uint64_t number;
        struct weir_sink *sink = sink_of(bed);
        OK(weir_log_sink_ops.read_number(sink, &number, &bed->err));
        assert_int_equal(number, 1);
        assert_int_equal(file_size(segment_path(bed, 0)), whole);
        prepare(bed, sink, 2, "c");
        commit(bed, sink, 2);
        weir_log_sink_ops.close(sink);
        expect(bed, "0", "", "a b c END");
    }
}

static void torn_first_block_starts_anew(void **state)
{
    struct bed *bed = *state;
    send(bed, 1, "a");
    char tail[PATH_MAX];
    snprintf(tail, sizeof tail, "%s/t/tail", bed->root);
    assert_int_equal(unlink(tail), 0);
    assert_int_equal(truncate(segment_path(bed, 0), 20), 0);
    send(bed, 1, "b");
    expect(bed, "0", "", "b END");
}

static void first_segment_in_the_making_is_no_damage(void **state)
{
    struct bed *bed = *state;
    send(bed, 1, "a");
    assert_int_equal(truncate(segment_path(bed, 0), 0), 0); /* its writer has just created it */
    uint64_t next[1] = {7};
    struct weir_topic topic;
    OK(weir_log_table_open(&bed->table, &topic, &bed->err));
    OK(weir_topic_segment_offsets(&topic, 0, next, &bed->err));
    assert_int_equal(next[0], 0);
    weir_topic_done(&topic);
}

static void damage_in_the_middle_is_an_error(void **state)
{
    struct bed *bed = *state;
    send(bed, 1, "a b");
    int64_t first = file_size(segment_path(bed, 0));
    send(bed, 2, "c");
    flip_byte(segment_path(bed, 0), first - 12);
    struct reading reading = reading_of(bed, false, "0", "");
    struct weir_fetch fetch;
    assert_int_equal(weir_log_source_ops.poll(reading.split, &fetch, &bed->err), WEIR_BAD_DATA);
    assert_non_null(strstr(bed->err.text, "is damaged at offset"));
    reading_end(&reading);
    const struct weir_sink_config config = {.pipeline = "p", .exactly_once = true};
    struct weir_sink *sink;
    bool created;
    OK(weir_log_sink_ops.open(&bed->table, &config, &created, &sink, &bed->err));
    assert_false(created);
    assert_int_equal(weir_log_sink_ops.fence(sink, &bed->err), WEIR_BAD_DATA);
    weir_log_sink_ops.close(sink);
    /* Also without the hint of the tail: the next block tells that this one was durable. */
    char tail[PATH_MAX];
    snprintf(tail, sizeof tail, "%s/t/tail", bed->root);
    assert_int_equal(unlink(tail), 0);
    OK(weir_log_sink_ops.open(&bed->table, &config, &created, &sink, &bed->err));
    assert_int_equal(weir_log_sink_ops.fence(sink, &bed->err), WEIR_BAD_DATA);
    weir_log_sink_ops.close(sink);
}

static void second_writer_gets_a_clear_error(void **state)
{
    struct bed *bed = *state;
    struct weir_sink *sink = sink_of(bed), *other;
    const struct weir_sink_config config = {.pipeline = "q", .exactly_once = true};
    bool created;
    OK(weir_log_sink_ops.open(&bed->table, &config, &created, &other, &bed->err));
    assert_int_equal(weir_log_sink_ops.fence(other, &bed->err), WEIR_FENCED);
    char pid[32];
    snprintf(pid, sizeof pid, "(pid %d)", (int)getpid());
    assert_non_null(strstr(bed->err.text, "topic \"t\" can have only one writer"));
    assert_non_null(strstr(bed->err.text, pid));
    assert_int_equal(weir_log_catalog_ops.drop(&bed->table, &bed->err), WEIR_FENCED);
    weir_log_sink_ops.close(other);
    weir_log_sink_ops.close(sink);
    OK(weir_log_catalog_ops.drop(&bed->table, &bed->err));
}

static void reader_sees_nothing_before_it_is_durable(void **state)
{
    struct bed *bed = *state;
    send(bed, 1, "a");
    struct weir_topic topic;
    struct weir_topic_writer *writer;
    struct weir_buffer block;
    OK(weir_topic_open(bed->root, "t", &topic, &bed->err));
    const struct weir_topic_writer_config config = {.segment_bytes = 1 << 20, .sync = true};
    OK(weir_topic_writer_open(&topic, &config, &writer, &bed->err));
    struct reading reading = reading_of(bed, true, "0", "");
    assert_string_equal(read_now(bed, &reading, 1), "a");
    struct {
        struct weir_log_run run;
        uint32_t length;
        char value[4];
    } row = {{.count = 1, .value_bytes = 1}, 1, "b"};
    const struct weir_sink_chunk chunk = {weir_slice((const char *)&row, sizeof row), 1, NULL};
    weir_buffer_init(&block, 1 << 20);
    OK(weir_log_block_build("p/t", 2, 0, 1, &chunk, 1, &block, &bed->err));
    OK(weir_topic_writer_append(writer, &block, &bed->err));
    assert_string_equal(read_now(bed, &reading, 1), "");
    expect(bed, "0", "", "a END");
    OK(weir_topic_writer_sync(writer, &bed->err));
    assert_string_equal(read_now(bed, &reading, 1), "b");
    weir_buffer_done(&block);
    weir_topic_writer_close(writer);
    weir_topic_done(&topic);
    reading_end(&reading);
}

/* Another process writes while this one reads and is woken. */
static void reader_follows_a_writer_in_another_process(void **state)
{
    struct bed *bed = *state;
    enum { EPOCHS = 200 };
    struct reading reading = reading_of(bed, true, "0", ""); /* makes the topic, too */
    pid_t child = fork();
    if (child == 0) {
        struct weir_sink *sink = sink_of(bed);
        for (uint64_t number = 1; number <= EPOCHS; number++) {
            char values[64];
            uint64_t visible;
            snprintf(values, sizeof values, "x%" PRIu64 " y%" PRIu64, number, number);
            prepare(bed, sink, number, values);
            if (weir_log_sink_ops.commit(sink, number, true, &visible, &bed->err) != WEIR_OK)
                _exit(1);
        }
        _exit(0); /* without letting go of anything */
    }
    uint64_t seen = 0;
    for (int rounds = 0; seen < 2 * EPOCHS && rounds < 20000; rounds++) {
        struct weir_fetch fetch;
        OK(weir_log_source_ops.poll(reading.split, &fetch, &bed->err));
        for (uint32_t i = 0; i < fetch.records_count; i++, seen++) {
            char want[32];
            snprintf(want, sizeof want, "%c%" PRIu64, seen % 2 ? 'y' : 'x', seen / 2 + 1);
            assert_true(weir_slice_is(fetch.records[i].value, want));
            assert_int_equal(fetch.records[i].offset, seen);
        }
        weir_log_source_ops.consume(reading.split, fetch.records_count, 0, true);
        if (fetch.state == WEIR_FETCH_IDLE) {
            struct pollfd wait = {.fd = fetch.wait_fd, .events = POLLIN};
            poll(&wait, 1, (int)fetch.wait_ms);
        }
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(seen, 2 * EPOCHS);
    reading_end(&reading);
}

static void segments_roll_and_retention_takes_the_oldest(void **state)
{
    struct bed *bed = *state;
    bed_option(bed, "segment_size", "300", 300);
    bed_option(bed, "retention_size", "1000", 1000);
    struct weir_sink *sink = sink_of(bed);
    for (uint64_t number = 1; number <= 20; number++) {
        char values[32];
        snprintf(values, sizeof values, "v%" PRIu64, number);
        prepare(bed, sink, number, values);
        commit(bed, sink, number);
    }
    weir_log_sink_ops.close(sink);
    struct weir_arena arena;
    struct weir_catalog_info info;
    weir_arena_init(&arena, 1 << 20);
    OK(weir_log_catalog_ops.describe(&bed->table, "p", &arena, &info, &bed->err));
    int64_t first = info.partitions[0].first_offset;
    assert_in_range(first, 1, 19);
    assert_int_equal(info.partitions[0].end_offset, 20);
    assert_int_equal(info.number, 20);
    weir_arena_done(&arena);
    char from[64], want[32];
    snprintf(from, sizeof from, "{\"offset\":%" PRId64 "}", first);
    snprintf(want, sizeof want, "v%" PRId64, first + 1);
    struct reading reading = reading_of(bed, false, "0", from);
    assert_memory_equal(read_now(bed, &reading, SIZE_MAX), want, strlen(want));
    reading_end(&reading);
    /* A position that is gone is an error with both offsets. */
    const struct weir_source_config config = {.follow = false};
    OK(weir_log_source_ops.open(&bed->table, &config, &reading.source, &bed->err));
    assert_int_equal(weir_log_source_ops.assign(reading.source, "0", WEIR_SLICE("{\"offset\":0}"),
                                                &reading.split, &bed->err),
                     WEIR_BAD_DATA);
    snprintf(want, sizeof want, "kept is %" PRId64, first);
    assert_non_null(strstr(bed->err.text, want));
    weir_log_source_ops.close(reading.source);
    /* The number is there although its first blocks are not. */
    sink = sink_of(bed);
    uint64_t number;
    OK(weir_log_sink_ops.read_number(sink, &number, &bed->err));
    assert_int_equal(number, 20);
    weir_log_sink_ops.close(sink);
}

static void forget_takes_the_number_and_keeps_the_records(void **state)
{
    struct bed *bed = *state;
    send(bed, 7, "a");
    OK(weir_log_catalog_ops.forget(&bed->table, "p", &bed->err));
    uint64_t number;
    struct weir_sink *sink = sink_of(bed);
    OK(weir_log_sink_ops.read_number(sink, &number, &bed->err));
    assert_int_equal(number, 0);
    weir_log_sink_ops.close(sink);
    expect(bed, "0", "", "a END");
}

static void limit_ends_reading_and_replay_gives_the_same(void **state)
{
    struct bed *bed = *state;
    send(bed, 1, "a b c d");
    struct reading reading = reading_of(bed, true, "0", "{\"offset\":1}");
    OK(weir_log_source_ops.limit(reading.split, WEIR_SLICE("{\"offset\":3}"), &bed->err));
    assert_string_equal(read_now(bed, &reading, 1), "b c END");
    OK(weir_log_source_ops.limit(reading.split, WEIR_SLICE(""), &bed->err));
    assert_string_equal(read_now(bed, &reading, 1), "d");
    struct weir_buffer position;
    weir_buffer_init(&position, 1000);
    OK(weir_log_source_ops.position(reading.split, &position, &bed->err));
    assert_true(weir_slice_is(weir_buffer_slice(&position), "{\"offset\":4}"));
    weir_buffer_done(&position);
    reading_end(&reading);
}

static void large_records_have_chunks_of_their_own(void **state)
{
    struct bed *bed = *state;
    enum { BYTES = 700000 };
    struct weir_arena arena;
    struct weir_vector vector;
    struct weir_buffer out;
    struct weir_writer *writer;
    struct weir_slice errors[3] = {{0}};
    uint32_t written;
    char *large = malloc(BYTES);
    memset(large, 'z', BYTES);
    weir_arena_init(&arena, 1 << 24);
    weir_buffer_init(&out, 1 << 24);
    OK(weir_vector_init(&vector, WEIR_TEXT, 3, true, &arena, &bed->err));
    vector.s[0] = vector.s[2] = WEIR_SLICE("small");
    vector.s[1] = weir_slice(large, BYTES);
    const struct weir_vector *list[] = {&vector};
    const struct weir_rows rows = {list, 1, 3, {NULL, 3}};
    struct weir_sink *sink = sink_of(bed);
    OK(weir_log_sink_ops.writer_new(sink, NULL, &writer, &bed->err));
    OK(weir_log_sink_ops.write(writer, &rows, &arena, errors, &out, &written, &bed->err));
    const struct weir_sink_chunk chunk = {weir_buffer_slice(&out), 3, writer};
    OK(weir_log_sink_ops.prepare(sink, 1, 0, &chunk, 1, &bed->err));
    commit(bed, sink, 1);
    weir_log_sink_ops.writer_free(writer);
    weir_log_sink_ops.close(sink);
    struct reading reading = reading_of(bed, false, "0", "");
    uint64_t bytes = 0;
    for (struct weir_fetch fetch;;) {
        OK(weir_log_source_ops.poll(reading.split, &fetch, &bed->err));
        if (fetch.state != WEIR_FETCH_DATA)
            break;
        for (uint32_t i = 0; i < fetch.records_count; i++)
            bytes += fetch.records[i].value.len;
        weir_log_source_ops.consume(reading.split, fetch.records_count, 0, true);
    }
    assert_int_equal(bytes, BYTES + 10);
    reading_end(&reading);
    weir_buffer_done(&out);
    weir_arena_done(&arena);
    free(large);
}

static void topic_of_a_reader_counts_as_made_by_its_first_writer(void **state)
{
    struct bed *bed = *state;
    struct reading reading = reading_of(bed, true, "0", "");
    const struct weir_sink_config config = {.pipeline = "p", .exactly_once = true};
    struct weir_sink *sink;
    bool created;
    OK(weir_log_sink_ops.open(&bed->table, &config, &created, &sink, &bed->err));
    assert_true(created);
    weir_log_sink_ops.close(sink);
    send(bed, 1, "a");
    OK(weir_log_sink_ops.open(&bed->table, &config, &created, &sink, &bed->err));
    assert_false(created);
    weir_log_sink_ops.close(sink);
    reading_end(&reading);
}

static void names_and_partitions_are_checked(void **state)
{
    struct bed *bed = *state;
    assert_int_equal(weir_topic_name_check("a.b-c_9", &bed->err), WEIR_OK);
    assert_int_equal(weir_topic_name_check("../x", &bed->err), WEIR_BAD_CONFIG);
    assert_int_equal(weir_topic_name_check("", &bed->err), WEIR_BAD_CONFIG);
    send(bed, 1, "a");
    bed_option(bed, "partitions", "2", 2);
    struct weir_topic topic;
    assert_int_equal(weir_log_table_open(&bed->table, &topic, &bed->err), WEIR_BAD_CONFIG);
    assert_non_null(strstr(bed->err.text, "has 1 partitions"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bed_make, bed_drop)
    const struct CMUnitTest tests[] = {
        TEST(records_come_back_in_order),
        TEST(rows_that_cannot_be_encoded_are_left_out),
        TEST(keys_are_sent_and_null_keys_refused),
        TEST(partitions_hold_every_record_once),
        TEST(number_moves_with_empty_epochs_and_survives),
        TEST(aborted_epochs_leave_nothing),
        TEST(number_is_durable_before_it_counts),
        TEST(torn_tail_is_cut_at_every_length),
        TEST(torn_first_block_starts_anew),
        TEST(first_segment_in_the_making_is_no_damage),
        TEST(damage_in_the_middle_is_an_error),
        TEST(second_writer_gets_a_clear_error),
        TEST(reader_sees_nothing_before_it_is_durable),
        TEST(reader_follows_a_writer_in_another_process),
        TEST(segments_roll_and_retention_takes_the_oldest),
        TEST(forget_takes_the_number_and_keeps_the_records),
        TEST(limit_ends_reading_and_replay_gives_the_same),
        TEST(large_records_have_chunks_of_their_own),
        TEST(topic_of_a_reader_counts_as_made_by_its_first_writer),
        TEST(names_and_partitions_are_checked),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
