#include "op/op.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

/* A source that gives a text, or its lines as messages; and a format that takes each line as the one column, with lines that
 * begin with '!' being bad. `window`: bytes of a poll, growing when nothing was consumed. */
struct weir_source {
    int unused;
};

struct weir_split {
    struct weir_slice text;
    size_t consumed, lines, window;
    bool grow, messages;
    struct weir_record records[16];
};

struct weir_decoder {
    int unused;
};

static enum weir_code split_poll(struct weir_split *split, struct weir_fetch *ret,
                                 struct weir_error *err)
{
    (void)err;
    size_t left = split->text.len - split->consumed;
    if (split->grow)
        split->window *= 2;
    split->grow = true;
    *ret = (struct weir_fetch){
        .state = left ? WEIR_FETCH_DATA : WEIR_FETCH_END,
        .kind = WEIR_FETCH_BYTES,
        .bytes = {split->text.ptr + split->consumed, left < split->window ? left : split->window},
        .last = left <= split->window,
        .offset = (int64_t)split->consumed,
        .timestamp_us = 5,
        .source = WEIR_SLICE("in.txt"),
        .partition = 3,
        .line = (int64_t)split->lines,
        .wait_fd = -1,
        .wait_ms = -1};
    if (!split->messages || !left)
        return WEIR_OK;
    ret->kind = WEIR_FETCH_RECORDS;
    ret->records = split->records;
    for (struct weir_slice rest = ret->bytes; rest.len && ret->records_count < 16;) {
        size_t len = (size_t)((char *)memchr(rest.ptr, '\n', rest.len) - rest.ptr);
        split->records[ret->records_count] = (struct weir_record){
            .value = weir_slice(rest.ptr, len),
            .key = ret->records_count ? WEIR_SLICE("k") : (struct weir_slice){NULL, 0},
            .timestamp_us = 7,
            .offset = 100 + ret->records_count};
        ret->records_count++;
        rest = weir_slice(rest.ptr + len + 1, rest.len - len - 1);
    }
    return WEIR_OK;
}

static void split_consume(struct weir_split *split, size_t count, size_t lines, bool boundary)
{
    assert_true(boundary);
    split->consumed += split->messages ? split->text.len : count;
    split->lines += lines;
    split->grow = count == 0;
}

static const struct weir_source_ops source_ops = {.poll = split_poll, .consume = split_consume};
static const struct weir_connector connector = {.name = "test", .source = &source_ops};

static enum weir_code decoder_new(const struct weir_table *table, const bool *columns_needed,
                                  const bool *hidden_needed, struct weir_decoder **ret,
                                  struct weir_error *err)
{
    (void)table;
    (void)columns_needed;
    (void)hidden_needed;
    (void)err;
    *ret = calloc(1, sizeof(**ret));
    return WEIR_OK;
}

static void decoder_free(struct weir_decoder *decoder)
{
    free(decoder);
}

static void put_line(struct weir_batch *batch, struct weir_slice line, struct weir_decoded *ret)
{
    uint32_t row = batch->rows++;
    bool bad = line.len && *line.ptr == '!';
    batch->columns[0].s[row] = line;
    batch->columns[1 + WEIR_HIDDEN_RAW].s[row] = line;
    batch->columns[1 + WEIR_HIDDEN_ERROR].s[row] = bad ? WEIR_SLICE("it is bad") : WEIR_SLICE("");
    weir_set_valid(&batch->columns[0], row, !bad);
    weir_set_valid(&batch->columns[1 + WEIR_HIDDEN_ERROR], row, bad);
    ret->bad_count += bad;
}

static enum weir_code decode(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                             int64_t now_us, struct weir_batch *batch, struct weir_decoded *ret,
                             struct weir_error *err)
{
    (void)decoder;
    (void)now_us;
    const uint32_t made[] = {0, 1 + WEIR_HIDDEN_RAW, 1 + WEIR_HIDDEN_ERROR};
    for (size_t i = 0; i < 3; i++)
        WEIR_TRY(weir_vector_init(&batch->columns[made[i]], batch->columns[made[i]].type,
                                  batch->capacity, true, batch->arena, err));
    for (uint32_t i = 0; fetch->kind == WEIR_FETCH_RECORDS && i < fetch->records_count;
         i++, ret->consumed++)
        put_line(batch, fetch->records[i].value, ret);
    while (fetch->kind == WEIR_FETCH_BYTES && batch->rows < batch->capacity) {
        const char *at = fetch->bytes.ptr + ret->consumed;
        const char *end = memchr(at, '\n', fetch->bytes.len - ret->consumed);
        if (!end)
            break;
        put_line(batch, weir_slice(at, (size_t)(end - at)), ret);
        ret->consumed += (size_t)(end - at) + 1;
        ret->lines++;
    }
    return WEIR_OK;
}

static const struct weir_format format = {
    .name = "test", .decoder_new = decoder_new, .decode = decode, .decoder_free = decoder_free};
static const struct weir_column column = {.name = "line", .type = WEIR_TEXT};
static const struct weir_table table = {.name = "lines",
                                        .connector = &connector,
                                        .format = &format,
                                        .columns = &column,
                                        .columns_count = 1};

static const bool all_needed[1 + WEIR_HIDDEN_COUNT] = {true, true, true, true,
                                                       true, true, true, true};
static const bool none_needed[WEIR_HIDDEN_COUNT] = {false};
static struct weir_error err;

static struct weir_scan *scan_open(struct weir_split *split, const bool *hidden_needed,
                                   enum weir_on_error on_error)
{
    struct weir_scan *scan;
    assert_int_equal(
        weir_scan_open(&table, all_needed, hidden_needed, on_error, split, &scan, &err), WEIR_OK);
    return scan;
}

static struct weir_split split_of(const char *text, size_t window)
{
    return (struct weir_split){.text = weir_slice_of(text), .window = window};
}

static void scan_small_polls_give_every_row_once(void **state)
{
    (void)state;
    for (size_t window = 1; window < 16; window++) {
        struct weir_split split = split_of("one\ntwo\nthree\n", window);
        struct weir_scan *scan = scan_open(&split, none_needed, WEIR_ON_ERROR_FAIL);
        struct weir_scan_result result;
        char seen[64] = "";
        do {
            assert_int_equal(weir_scan_next(scan, 0, &result, &err), WEIR_OK);
            for (uint32_t row = 0; row < result.batch->rows; row++)
                strncat(strncat(seen, result.batch->columns[0].s[row].ptr,
                                result.batch->columns[0].s[row].len),
                        ";", 2);
            weir_scan_done(scan);
        } while (result.state == WEIR_FETCH_DATA);
        assert_string_equal(seen, "one;two;three;");
        weir_scan_close(scan);
    }
}

static void scan_not_done_is_not_consumed(void **state)
{
    (void)state;
    struct weir_split split = split_of("one\ntwo\n", 100);
    struct weir_scan *scan = scan_open(&split, none_needed, WEIR_ON_ERROR_FAIL);
    struct weir_scan_result result;
    assert_int_equal(weir_scan_next(scan, 0, &result, &err), WEIR_OK);
    assert_int_equal(split.consumed, 0);
    weir_scan_done(scan);
    assert_int_equal(split.consumed, 8);
    weir_scan_done(scan);
    assert_int_equal(split.consumed, 8);
    weir_scan_close(scan);
}

/* A file without bytes comes as one fetch, so that a decoder may miss its header; it is no record. */
static enum weir_code empty_poll(struct weir_split *split, struct weir_fetch *ret,
                                 struct weir_error *error)
{
    enum weir_code code = split_poll(split, ret, error);
    ret->state = split->lines ? WEIR_FETCH_END : WEIR_FETCH_DATA;
    split->lines = 1;
    return code;
}

static void scan_empty_document_has_no_rows(void **state)
{
    (void)state;
    const struct weir_source_ops ops = {.poll = empty_poll, .consume = split_consume};
    const struct weir_connector empty = {.name = "empty", .source = &ops};
    struct weir_table empty_table = table;
    struct weir_split split = split_of("", 100);
    struct weir_scan *scan;
    struct weir_scan_result result;
    empty_table.connector = &empty;
    assert_int_equal(weir_scan_open(&empty_table, all_needed, none_needed, WEIR_ON_ERROR_FAIL,
                                    &split, &scan, &err),
                     WEIR_OK);
    assert_int_equal(weir_scan_next(scan, 0, &result, &err), WEIR_OK);
    assert_int_equal(result.state, WEIR_FETCH_DATA);
    assert_int_equal(result.batch->rows, 0);
    weir_scan_done(scan);
    assert_int_equal(weir_scan_next(scan, 0, &result, &err), WEIR_OK);
    assert_int_equal(result.state, WEIR_FETCH_END);
    weir_scan_close(scan);
}

static void scan_hidden_columns_of_bytes(void **state)
{
    (void)state;
    struct weir_split split = split_of("one\n!two\n", 100);
    struct weir_scan *scan = scan_open(&split, all_needed, WEIR_ON_ERROR_NULL);
    struct weir_scan_result result;
    assert_int_equal(weir_scan_next(scan, 0, &result, &err), WEIR_OK);
    const struct weir_vector *hidden = result.batch->columns + 1;
    assert_int_equal(result.bad_count, 1);
    assert_int_equal(result.batch->selection.count, 2);
    assert_int_equal(hidden[WEIR_HIDDEN_OFFSET].i8[0], 0);
    assert_int_equal(hidden[WEIR_HIDDEN_OFFSET].i8[1], 4);
    assert_int_equal(hidden[WEIR_HIDDEN_PARTITION].i4[1], 3);
    assert_int_equal(hidden[WEIR_HIDDEN_TIMESTAMP].i8[1], 5);
    assert_true(weir_slice_is(hidden[WEIR_HIDDEN_SOURCE].s[1], "in.txt"));
    assert_true(weir_slice_is(hidden[WEIR_HIDDEN_RAW].s[1], "!two"));
    assert_true(weir_slice_is(hidden[WEIR_HIDDEN_ERROR].s[1], "it is bad"));
    assert_false(weir_valid(&hidden[WEIR_HIDDEN_KEY], 0));
    weir_scan_close(scan);
}

/* A record too large for a fetch is a bad row whose bytes were copied; only the decoder knows where
 * it began. */
static enum weir_code oversized_decode(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                                       int64_t now_us, struct weir_batch *batch,
                                       struct weir_decoded *ret, struct weir_error *error)
{
    static const char copy[] = "!a copy";
    struct weir_fetch elsewhere = *fetch;
    elsewhere.bytes = weir_slice(copy, 0);
    struct weir_vector *offset = &batch->columns[1 + WEIR_HIDDEN_OFFSET];
    WEIR_TRY(decode(decoder, &elsewhere, now_us, batch, ret, error));
    WEIR_TRY(weir_vector_init(offset, WEIR_INT8, 1, true, batch->arena, error));
    put_line(batch, weir_slice_of(copy), ret);
    offset->i8[0] = fetch->offset - 1000;
    ret->consumed = fetch->bytes.len;
    ret->lines = 1;
    return WEIR_OK;
}

static void scan_offset_of_oversized_record_is_the_decoders(void **state)
{
    (void)state;
    struct weir_format oversized = format;
    struct weir_table oversized_table = table;
    oversized.decode = oversized_decode;
    oversized_table.format = &oversized;
    const enum weir_on_error rules[] = {WEIR_ON_ERROR_NULL, WEIR_ON_ERROR_FAIL};
    for (size_t i = 0; i < 2; i++) {
        struct weir_split split = split_of("tail\n", 100);
        split.lines = 10;
        struct weir_scan *scan;
        struct weir_scan_result result;
        assert_int_equal(
            weir_scan_open(&oversized_table, all_needed, all_needed, rules[i], &split, &scan, &err),
            WEIR_OK);
        if (rules[i] == WEIR_ON_ERROR_NULL) {
            assert_int_equal(weir_scan_next(scan, 0, &result, &err), WEIR_OK);
            assert_int_equal(result.batch->columns[1 + WEIR_HIDDEN_OFFSET].i8[0], -1000);
        } else {
            assert_int_equal(weir_scan_next(scan, 0, &result, &err), WEIR_BAD_DATA);
            assert_string_equal(err.text, "in.txt:11: it is bad");
        }
        weir_scan_close(scan);
    }
}

static void scan_hidden_columns_of_messages(void **state)
{
    (void)state;
    struct weir_split split = split_of("one\ntwo\n", 100);
    split.messages = true;
    struct weir_scan *scan = scan_open(&split, all_needed, WEIR_ON_ERROR_NULL);
    struct weir_scan_result result;
    assert_int_equal(weir_scan_next(scan, 0, &result, &err), WEIR_OK);
    const struct weir_vector *hidden = result.batch->columns + 1;
    assert_int_equal(hidden[WEIR_HIDDEN_OFFSET].i8[1], 101);
    assert_int_equal(hidden[WEIR_HIDDEN_TIMESTAMP].i8[1], 7);
    assert_false(weir_valid(&hidden[WEIR_HIDDEN_KEY], 0));
    assert_true(weir_slice_is(hidden[WEIR_HIDDEN_KEY].s[1], "k"));
    weir_scan_close(scan);
}

static void scan_skip_leaves_bad_rows_out(void **state)
{
    (void)state;
    struct weir_split split = split_of("!zero\none\n!two\nthree\n", 100);
    struct weir_scan *scan = scan_open(&split, none_needed, WEIR_ON_ERROR_SKIP);
    struct weir_scan_result result;
    assert_int_equal(weir_scan_next(scan, 0, &result, &err), WEIR_OK);
    assert_int_equal(result.skipped_count, 2);
    assert_int_equal(result.batch->selection.count, 2);
    assert_int_equal(result.batch->selection.rows[0], 1);
    assert_int_equal(result.batch->selection.rows[1], 3);
    weir_scan_close(scan);
}

static void scan_fail_names_the_line(void **state)
{
    (void)state;
    struct weir_split split = split_of("one\ntwo\n!three\n", 100);
    split.lines = 10;
    struct weir_scan *scan = scan_open(&split, none_needed, WEIR_ON_ERROR_FAIL);
    struct weir_scan_result result;
    assert_int_equal(weir_scan_next(scan, 0, &result, &err), WEIR_BAD_DATA);
    assert_string_equal(err.text, "in.txt:13: it is bad");
    assert_non_null(strstr(err.hint, "on_error 'null'"));
    assert_int_equal(split.consumed, 0);
    weir_scan_close(scan);
}

static void scan_fail_names_the_offset_of_a_message(void **state)
{
    (void)state;
    struct weir_split split = split_of("one\n!two\n", 100);
    split.messages = true;
    struct weir_scan *scan = scan_open(&split, none_needed, WEIR_ON_ERROR_FAIL);
    struct weir_scan_result result;
    assert_int_equal(weir_scan_next(scan, 0, &result, &err), WEIR_BAD_DATA);
    assert_string_equal(err.text, "in.txt partition 3 offset 101: it is bad");
    weir_scan_close(scan);
}

int main(void)
{
    unsetenv("WEIR_TEST_BATCH_ROWS"); /* how rows are cut is what these tests are about */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scan_small_polls_give_every_row_once),
        cmocka_unit_test(scan_not_done_is_not_consumed),
        cmocka_unit_test(scan_empty_document_has_no_rows),
        cmocka_unit_test(scan_hidden_columns_of_bytes),
        cmocka_unit_test(scan_offset_of_oversized_record_is_the_decoders),
        cmocka_unit_test(scan_hidden_columns_of_messages),
        cmocka_unit_test(scan_skip_leaves_bad_rows_out),
        cmocka_unit_test(scan_fail_names_the_line),
        cmocka_unit_test(scan_fail_names_the_offset_of_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
