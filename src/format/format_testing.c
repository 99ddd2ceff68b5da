/* Polls hand out copies in memory of just the right size, so that a sanitizer sees every read too
 * far. */
#include "format/format_testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "column/text.h"
#include "format/formats.h"

static const struct weir_option_spec *spec_of(const struct weir_format *format, const char *name)
{
    const struct weir_option_spec *spec = format->options;
    while (spec->name && strcmp(spec->name, name) != 0)
        spec++;
    assert_non_null(spec->name);
    return spec;
}

void testing_option(struct testing_table *test, const char *name, const char *text)
{
    struct weir_error err;
    struct weir_option *option = &test->options[test->table.options.count++];
    assert_int_equal(weir_option_parse(spec_of(test->table.format, name), text, option, &err),
                     WEIR_OK);
}

void testing_table_init(struct testing_table *test, const struct weir_format *format,
                        const char *columns)
{
    *test = (struct testing_table){.table = {.name = "t", .server = "here", .format = format}};
    char type[32];
    int taken;
    uint32_t i = 0;
    while (sscanf(columns, " %31[^ ] %31[^,]%n", test->names[i], type, &taken) == 2) {
        test->columns[i].name = test->names[i];
        assert_true(weir_type_by_name(type, &test->columns[i].type));
        test->needed[i++] = true;
        columns += taken + (columns[taken] == ',');
    }
    test->hidden[WEIR_HIDDEN_RAW] = true;
    test->table.columns = test->columns;
    test->table.columns_count = i;
    test->table.options.items = test->options;
}

static void show_value(const struct weir_vector *vector, uint32_t row, struct weir_buffer *to)
{
    struct weir_error err;
    struct weir_slice null = WEIR_SLICE("\\N");
    if (!weir_valid(vector, row))
        assert_int_equal(weir_buffer_append(to, null, &err), WEIR_OK);
    else if (vector->type == WEIR_BYTEA)
        assert_int_equal(weir_buffer_append(to, vector->s[row], &err), WEIR_OK);
    else
        assert_int_equal(weir_value_format(vector, row, to, &err), WEIR_OK);
}

static void show(struct weir_buffer *to, const char *text)
{
    struct weir_error err;
    assert_int_equal(weir_buffer_append(to, weir_slice_of(text), &err), WEIR_OK);
}

static void show_rows(const struct testing_table *test, const struct weir_batch *batch,
                      bool show_raw, struct weir_buffer *to)
{
    uint32_t count = test->table.columns_count;
    const struct weir_vector *error = &batch->columns[count + WEIR_HIDDEN_ERROR];
    for (uint32_t row = 0; row < batch->rows; row++) {
        bool some = false;
        for (uint32_t i = 0; i < count; i++) {
            if (!test->needed[i])
                continue;
            if (some)
                show(to, "|");
            show_value(&batch->columns[i], row, to);
            some = true;
        }
        if (weir_valid(error, row)) {
            show(to, " !");
            show_value(error, row, to);
        }
        if (show_raw) {
            show(to, " <");
            show_value(&batch->columns[count + WEIR_HIDDEN_RAW], row, to);
            show(to, ">");
        }
        show(to, "\n");
    }
}

struct run {
    const struct testing_table *test;
    struct weir_decoder *decoder;
    struct weir_arena arena;
    struct weir_batch batch;
    struct weir_vector columns[64 + WEIR_HIDDEN_COUNT];
    struct weir_buffer shown;
    size_t lines;
};

static void run_open(struct run *run, const struct testing_table *test, uint32_t capacity)
{
    struct weir_error err;
    *run = (struct run){.test = test};
    assert_int_equal(test->table.format->decoder_new(&test->table, test->needed, test->hidden,
                                                     &run->decoder, &err),
                     WEIR_OK);
    weir_arena_init(&run->arena, 64 << 20);
    weir_buffer_init(&run->shown, 256 << 20);
    run->batch = (struct weir_batch){.arena = &run->arena,
                                     .columns = run->columns,
                                     .columns_count = test->table.columns_count + WEIR_HIDDEN_COUNT,
                                     .capacity = capacity};
}

static char *run_close(struct run *run)
{
    run->test->table.format->decoder_free(run->decoder);
    weir_arena_done(&run->arena);
    show(&run->shown, "");
    char *text = calloc(1, run->shown.len + 1);
    if (run->shown.len)
        memcpy(text, run->shown.ptr, run->shown.len);
    weir_buffer_done(&run->shown);
    return text;
}

static bool run_decode(struct run *run, const struct weir_fetch *fetch, bool show_raw,
                       struct weir_decoded *ret)
{
    struct weir_error err;
    weir_arena_reset(&run->arena);
    memset(run->columns, 0, sizeof(run->columns));
    run->batch.rows = 0;
    if (run->test->table.format->decode(run->decoder, fetch, 0, &run->batch, ret, &err) !=
        WEIR_OK) {
        show(&run->shown, "ERROR: ");
        show(&run->shown, err.text);
        return false;
    }
    uint32_t bad = 0;
    for (uint32_t row = 0; row < run->batch.rows; row++)
        bad += weir_valid(&run->columns[run->test->table.columns_count + WEIR_HIDDEN_ERROR], row);
    assert_int_equal(bad, ret->bad_count);
    assert_true(run->batch.rows <= run->batch.capacity);
    show_rows(run->test, &run->batch, show_raw, &run->shown);
    run->lines += ret->lines;
    return true;
}

char *testing_decode(const struct testing_table *test, struct weir_slice bytes,
                     struct testing_feed feed, bool show_raw)
{
    struct run run;
    run_open(&run, test, feed.capacity);
    size_t at = 0, piece = feed.piece_bytes ? feed.piece_bytes : bytes.len;
    bool fine = true, boundary = true;
    while (fine && at < bytes.len) {
        size_t len = piece < bytes.len - at ? piece : bytes.len - at;
        bool full = feed.record_bytes_max && len >= feed.record_bytes_max;
        len = full ? feed.record_bytes_max : len;
        char *copy = calloc(1, len + WEIR_PAD_BYTES);
        memcpy(copy, bytes.ptr + at, len);
        /* What lies behind the end looks like more of the same. */
        memcpy(copy + len, bytes.ptr + at + len,
               bytes.len - at - len < WEIR_PAD_BYTES ? bytes.len - at - len : WEIR_PAD_BYTES);
        struct weir_fetch fetch = {.kind = WEIR_FETCH_BYTES,
                                   .bytes = weir_slice(copy, len),
                                   .first = at == 0 && !feed.middle,
                                   .head = feed.head,
                                   .last = at + len == bytes.len,
                                   .full = full,
                                   .offset = (int64_t)at,
                                   .source = WEIR_SLICE("file")};
        struct weir_decoded decoded;
        fine = run_decode(&run, &fetch, show_raw, &decoded);
        free(copy);
        if (!fine)
            break;
        assert_true(decoded.consumed <= len);
        assert_false(decoded.consumed == 0 && (fetch.last || full));
        at += decoded.consumed;
        boundary = decoded.boundary;
        piece = decoded.consumed ? (feed.piece_bytes ? feed.piece_bytes : bytes.len)
                                 : piece + (feed.piece_bytes ? feed.piece_bytes : 1);
    }
    if (fine) {
        size_t newlines = 0;
        for (size_t i = 0; i < bytes.len; i++)
            newlines += bytes.ptr[i] == '\n';
        assert_true(boundary);
        assert_int_equal(run.lines, newlines);
    }
    return run_close(&run);
}

char *testing_decode_messages(const struct testing_table *test, const char *const *messages,
                              uint32_t count, uint32_t capacity)
{
    struct run run;
    run_open(&run, test, capacity);
    struct weir_record *records = calloc(count, sizeof(*records));
    char **copies = calloc(count, sizeof(*copies));
    for (uint32_t i = 0; i < count; i++) {
        if (!messages[i])
            continue;
        size_t len = strlen(messages[i]);
        copies[i] = malloc(len + WEIR_PAD_BYTES);
        memcpy(copies[i], messages[i], len);
        memset(copies[i] + len, '"', WEIR_PAD_BYTES);
        records[i].value = weir_slice(copies[i], len);
    }
    for (uint32_t at = 0; at < count;) {
        struct weir_fetch fetch = {
            .kind = WEIR_FETCH_RECORDS, .records = records + at, .records_count = count - at};
        struct weir_decoded decoded;
        assert_true(run_decode(&run, &fetch, true, &decoded));
        assert_int_equal(decoded.consumed, run.batch.rows);
        at += (uint32_t)decoded.consumed;
    }
    for (uint32_t i = 0; i < count; i++)
        free(copies[i]);
    free(copies);
    free(records);
    return run_close(&run);
}

char *testing_encode(const struct testing_table *test, const char *json_lines, bool framed,
                     uint32_t *lengths)
{
    struct testing_table json = *test;
    json.table.format = &weir_format_json;
    json.table.options.count = 0;
    json.table.columns = json.columns;
    struct run run;
    run_open(&run, &json, WEIR_BATCH_ROWS_MAX);
    size_t len = strlen(json_lines);
    char *copy = calloc(1, len + WEIR_PAD_BYTES);
    memcpy(copy, json_lines, len);
    struct weir_fetch fetch = {
        .kind = WEIR_FETCH_BYTES, .bytes = weir_slice(copy, len), .last = true};
    struct weir_decoded decoded;
    assert_true(run_decode(&run, &fetch, false, &decoded));
    assert_int_equal(decoded.bad_count, 0);

    const struct weir_vector *columns[64];
    for (uint32_t i = 0; i < test->table.columns_count; i++)
        columns[i] = &run.columns[i];
    struct weir_rows rows = {.columns = columns,
                             .columns_count = test->table.columns_count,
                             .rows_max = run.batch.rows,
                             .selection = run.batch.selection};
    struct weir_encoder *encoder;
    struct weir_error err;
    struct weir_buffer out;
    uint32_t written;
    weir_buffer_init(&out, 64 << 20);
    const struct weir_format *format = test->table.format;
    assert_int_equal(format->encoder_new(&test->table, framed, &encoder, &err), WEIR_OK);
    if (framed && format->file_start)
        assert_int_equal(format->file_start(encoder, &out, &err), WEIR_OK);
    assert_int_equal(
        format->encode(encoder, &rows, &run.arena, NULL, lengths, &out, &written, &err), WEIR_OK);
    assert_int_equal(written, run.batch.rows);
    format->encoder_free(encoder);
    free(copy);
    char *text = calloc(1, out.len + 1);
    memcpy(text, weir_buffer_slice(&out).ptr, out.len);
    weir_buffer_done(&out);
    free(run_close(&run));
    return text;
}

void testing_decodes_to(const struct testing_table *test, struct weir_slice bytes, bool show_raw,
                        const char *expected)
{
    static const uint32_t capacities[] = {1, 3, 1024};
    for (size_t c = 0; c < sizeof(capacities) / sizeof(*capacities); c++) {
        for (size_t piece = 0; piece <= bytes.len && piece < 400; piece++) {
            struct testing_feed feed = {.capacity = capacities[c], .piece_bytes = piece};
            char *rows = testing_decode(test, bytes, feed, show_raw);
            assert_string_equal(rows, expected);
            free(rows);
        }
    }
}
