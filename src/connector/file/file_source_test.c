/* The source over local files: what is read, in which order, and what a position means
 * afterwards. */
#include "connector/file/table_for_test.h"

#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "connector/file/commit_log.h"
#include "connector/file/position.h"

static const struct weir_source_ops *ops;

/* One open source and split. */
struct reader {
    struct test_table table;
    struct weir_source *source;
    struct weir_split *split;
    struct weir_buffer text, position;
    struct weir_error err;
};

static void reader_start(struct reader *reader, struct weir_slice from)
{
    const struct weir_source_config config = {.follow = true};
    ops = weir_connector_file.source;
    weir_buffer_init(&reader->text, 64 << 20);
    weir_buffer_init(&reader->position, 64 << 20);
    reader->split = NULL;
    test_must(ops->open(&reader->table.table, &config, &reader->source, &reader->err),
              &reader->err);
    test_must(ops->assign(reader->source, "0", from, &reader->split, &reader->err), &reader->err);
}

static void reader_stop(struct reader *reader)
{
    ops->revoke(reader->split);
    ops->close(reader->source);
    weir_buffer_done(&reader->text);
    weir_buffer_done(&reader->position);
}

static const char *reader_text(struct reader *reader)
{
    test_must(weir_buffer_append(&reader->text, weir_slice("", 1), &reader->err), &reader->err);
    reader->text.len--;
    return reader->text.ptr;
}

static const char *reader_position(struct reader *reader)
{
    reader->position.len = 0;
    test_must(ops->position(reader->split, &reader->position, &reader->err), &reader->err);
    test_must(weir_buffer_append(&reader->position, weir_slice("", 1), &reader->err), &reader->err);
    return reader->position.ptr;
}

/* Reads everything from a position; returns the text (valid until the next call), and leaves the
 * new position in `to`. */
static const char *read_from(struct reader *reader, char *position)
{
    static char text[1 << 20];
    reader_start(reader, weir_slice_of(position));
    test_must(test_read(ops, reader->split, 50, 0, &reader->text, &reader->err), &reader->err);
    snprintf(text, sizeof text, "%s", reader_text(reader));
    snprintf(position, 1 << 16, "%s", reader_position(reader));
    reader_stop(reader);
    return text;
}

static char position[1 << 16];

static void file_read_to_its_end_gives_every_line(void **state)
{
    char *dir = test_directory();
    struct reader reader;
    (void)state;
    TEST_WRITE(dir, "a", "w", "one\ntwo\nthree");
    test_table_init(&reader.table, &weir_connector_file, "path", test_path(dir, "a"), NULL);
    *position = 0;
    assert_string_equal(read_from(&reader, position), "one\ntwo\nthree~");
    assert_string_equal(read_from(&reader, position), "");
    test_remove(dir);
}

static void file_that_grew_is_read_from_where_it_was_left(void **state)
{
    char *dir = test_directory();
    struct reader reader;
    (void)state;
    TEST_WRITE(dir, "a", "w", "one\ntwo\n");
    test_table_init(&reader.table, &weir_connector_file, "path", test_path(dir, "a"), NULL);
    *position = 0;
    assert_string_equal(read_from(&reader, position), "one\ntwo\n");
    TEST_WRITE(dir, "a", "w", "one\ntwo\nthree\n");
    assert_string_equal(read_from(&reader, position), "three\n");
    test_remove(dir);
}

static void file_that_shrank_is_an_error(void **state)
{
    char *dir = test_directory();
    struct reader reader;
    (void)state;
    TEST_WRITE(dir, "a", "w", "one\ntwo\n");
    test_table_init(&reader.table, &weir_connector_file, "path", test_path(dir, "a"), NULL);
    *position = 0;
    read_from(&reader, position);
    TEST_WRITE(dir, "a", "w", "one\n");
    reader_start(&reader, weir_slice_of(position));
    assert_int_equal(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err), WEIR_BAD_DATA);
    assert_non_null(strstr(reader.err.text, "has shrunk"));
    reader_stop(&reader);
    test_remove(dir);
}

static void file_that_was_replaced_is_an_error(void **state)
{
    char *dir = test_directory();
    struct reader reader;
    (void)state;
    TEST_WRITE(dir, "a", "w", "one\ntwo\n");
    test_table_init(&reader.table, &weir_connector_file, "path", test_path(dir, "a"), NULL);
    *position = 0;
    read_from(&reader, position);
    TEST_WRITE(dir, "a", "w", "uno\ndue\ntre\n");
    reader_start(&reader, weir_slice_of(position));
    assert_int_equal(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err), WEIR_BAD_DATA);
    assert_non_null(strstr(reader.err.text, "is not what it was"));
    reader_stop(&reader);
    test_remove(dir);
}

static void another_file_under_the_same_position_is_read_from_its_beginning(void **state)
{
    char *dir = test_directory();
    struct reader reader;
    (void)state;
    TEST_WRITE(dir, "a", "w", "one\n");
    TEST_WRITE(dir, "b", "w", "two\n");
    *position = 0;
    test_table_init(&reader.table, &weir_connector_file, "path", test_path(dir, "a"), NULL);
    assert_string_equal(read_from(&reader, position), "one\n");
    test_table_init(&reader.table, &weir_connector_file, "path", test_path(dir, "b"), NULL);
    assert_string_equal(read_from(&reader, position), "two\n");
    test_table_init(&reader.table, &weir_connector_file, "path", test_path(dir, "a"), NULL);
    assert_string_equal(read_from(&reader, position), "");
    test_remove(dir);
}

static void missing_file_is_an_error_with_postgres_words(void **state)
{
    struct test_table table;
    struct weir_source *source;
    struct weir_error err;
    (void)state;
    test_table_init(&table, &weir_connector_file, "path", "/nowhere/x.csv", NULL);
    assert_int_equal(weir_connector_file.source->open(&table.table, &(struct weir_source_config){0},
                                                      &source, &err),
                     WEIR_BAD_CONFIG);
    assert_string_equal(
        err.text, "could not open file \"/nowhere/x.csv\" for reading: No such file or directory");
    assert_true(*err.hint);
}

static void directory_is_read_by_name_without_hidden_files(void **state)
{
    char *dir = test_directory();
    struct reader reader;
    (void)state;
    TEST_WRITE(dir, "b", "w", "b\n");
    TEST_WRITE(dir, "a", "w", "a\n");
    TEST_WRITE(dir, ".c", "w", "hidden\n");
    TEST_WRITE(dir, "_d", "w", "hidden\n");
    TEST_WRITE(dir, "empty", "w", "");
    assert_int_equal(mkdir(test_path(dir, "sub"), 0755), 0);
    test_table_init(&reader.table, &weir_connector_file, "path", dir, NULL);
    *position = 0;
    assert_string_equal(read_from(&reader, position), "a\nb\n");
    assert_string_equal(read_from(&reader, position), "");
    TEST_WRITE(dir, "aa", "w", "aa\n"); /* sorts before what is done */
    TEST_WRITE(dir, "0", "w", "0");
    assert_string_equal(read_from(&reader, position), "0~aa\n");
    assert_string_equal(read_from(&reader, position), "");
    test_remove(dir);
}

static void glob_reads_only_what_matches(void **state)
{
    char *dir = test_directory();
    struct reader reader;
    struct weir_source *source;
    struct weir_error err;
    (void)state;
    TEST_WRITE(dir, "2.json", "w", "2\n");
    TEST_WRITE(dir, "1.json", "w", "1\n");
    TEST_WRITE(dir, "x.txt", "w", "x\n");
    test_table_init(&reader.table, &weir_connector_file, "root", dir, "path", "*.json", NULL);
    *position = 0;
    assert_string_equal(read_from(&reader, position), "1\n2\n");
    assert_string_equal(read_from(&reader, position), "");
    test_table_init(&reader.table, &weir_connector_file, "root", dir, "path", "*.none", NULL);
    reader_start(&reader, WEIR_SLICE(""));
    assert_int_equal(test_read(ops, reader.split, 50, 0, &reader.text, &err), WEIR_BAD_CONFIG);
    assert_non_null(strstr(err.text, "no file matches"));
    reader_stop(&reader);
    (void)source;
    test_remove(dir);
}

static void thousands_of_files_with_stops_in_between_give_each_line_once(void **state)
{
    char *dir = test_directory(), name[32], line[32];
    static char seen[3000];
    struct reader reader;
    (void)state;
    memset(seen, 0, sizeof seen);
    *position = 0;
    static char big[1 << 18];
    *big = 0;
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "f%u", i * 7919u % 3000u);
        snprintf(line, sizeof line, "%u\n", i * 7919u % 3000u);
        TEST_WRITE(dir, name, "w", line);
        if (i % 500 != 499)
            continue;
        test_table_init(&reader.table, &weir_connector_file, "path", dir, NULL);
        reader_start(&reader, weir_slice_of(big));
        /* Stops after part of what is there, and goes on with a new reader from that position. */
        test_must(test_read(ops, reader.split, 50, i < 2500 ? 400 : 0, &reader.text, &reader.err),
                  &reader.err);
        snprintf(big, sizeof big, "%s", reader_position(&reader));
        for (const char *at = reader_text(&reader); *at; at = strchr(at, '\n') + 1) {
            assert_int_equal(seen[atoi(at)], 0);
            seen[atoi(at)] = 1;
        }
        reader_stop(&reader);
    }
    for (size_t i = 0; i < sizeof seen; i++)
        assert_int_equal(seen[i], 1);
    test_remove(dir);
}

static void replay_between_two_positions_gives_the_same_bytes_though_files_came(void **state)
{
    char *dir = test_directory(), first[1 << 14], second[1 << 14], text[256];
    struct reader reader;
    (void)state;
    TEST_WRITE(dir, "b", "w", "b1\nb2\n");
    TEST_WRITE(dir, "d", "w", "d1\nd2\n");
    TEST_WRITE(dir, "f", "w", "f1\nf2\n");
    test_table_init(&reader.table, &weir_connector_file, "path", dir, NULL);
    reader_start(&reader, WEIR_SLICE(""));
    test_must(test_read(ops, reader.split, 50, 3, &reader.text, &reader.err), &reader.err);
    snprintf(first, sizeof first, "%s", reader_position(&reader));
    reader.text.len = 0;
    test_must(test_read(ops, reader.split, 50, 9, &reader.text, &reader.err), &reader.err);
    snprintf(second, sizeof second, "%s", reader_position(&reader));
    snprintf(text, sizeof text, "%s", reader_text(&reader));
    assert_string_equal(text, "b2\nd1\nd2\n");
    reader_stop(&reader);
    TEST_WRITE(dir, "a", "w", "a\n");
    TEST_WRITE(dir, "c", "w", "c\n");
    reader_start(&reader, weir_slice_of(first));
    test_must(ops->limit(reader.split, weir_slice_of(second), &reader.err), &reader.err);
    test_must(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err), &reader.err);
    assert_string_equal(reader_text(&reader), text);
    assert_string_equal(reader_position(&reader), second);
    reader.text.len = 0;
    test_must(ops->limit(reader.split, WEIR_SLICE(""), &reader.err), &reader.err);
    test_must(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err), &reader.err);
    assert_string_equal(reader_text(&reader), "a\nc\nf1\nf2\n");
    reader_stop(&reader);
    test_remove(dir);
}

static void limit_in_one_file_cuts_there_and_goes_on_when_taken_away(void **state)
{
    char *dir = test_directory(), end[4096];
    struct reader reader;
    (void)state;
    TEST_WRITE(dir, "a", "w", "one\ntwo\nthree\n");
    test_table_init(&reader.table, &weir_connector_file, "path", test_path(dir, "a"), NULL);
    reader_start(&reader, WEIR_SLICE(""));
    test_must(test_read(ops, reader.split, 50, 4, &reader.text, &reader.err), &reader.err);
    snprintf(end, sizeof end, "%s", reader_position(&reader));
    reader_stop(&reader);
    reader_start(&reader, WEIR_SLICE(""));
    test_must(ops->limit(reader.split, weir_slice_of(end), &reader.err), &reader.err);
    test_must(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err), &reader.err);
    assert_string_equal(reader_text(&reader), "one\n");
    assert_string_equal(reader_position(&reader), end);
    test_must(ops->limit(reader.split, WEIR_SLICE(""), &reader.err), &reader.err);
    test_must(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err), &reader.err);
    assert_string_equal(reader_text(&reader), "one\ntwo\nthree\n");
    reader_stop(&reader);
    test_remove(dir);
}

static void followed_file_gives_appended_lines_and_keeps_the_unfinished_one(void **state)
{
    char *dir = test_directory(), end[4096];
    struct reader reader;
    struct weir_buffer position_end;
    (void)state;
    TEST_WRITE(dir, "a", "w", "one\ntw");
    test_table_init(&reader.table, &weir_connector_file, "path", test_path(dir, "a"), "bounded",
                    "false", NULL);
    reader_start(&reader, WEIR_SLICE(""));
    test_must(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err), &reader.err);
    assert_string_equal(reader_text(&reader), "one\n");
    TEST_WRITE(dir, "a", "a", "o\nthree\n");
    int64_t before = weir_clock_monotonic_us();
    test_must(test_read(ops, reader.split, 900, 10, &reader.text, &reader.err), &reader.err);
    assert_true(weir_clock_monotonic_us() - before < 500000); /* woken, not by the clock */
    assert_string_equal(reader_text(&reader), "one\ntwo\nthree\n");
    /* The present end, as --drain asks for it. */
    TEST_WRITE(dir, "a", "a", "four\nfi");
    weir_buffer_init(&position_end, 4096);
    test_must(ops->end(reader.split, &position_end, &reader.err), &reader.err);
    snprintf(end, sizeof end, "%.*s", (int)position_end.len, position_end.ptr);
    TEST_WRITE(dir, "a", "a", "ve\n");
    test_must(ops->limit(reader.split, weir_slice_of(end), &reader.err), &reader.err);
    reader.text.len = 0;
    weir_buffer_done(&position_end);
    snprintf(position, sizeof position, "%s", reader_position(&reader));
    reader_stop(&reader);
    reader_start(&reader, weir_slice_of(position));
    test_must(ops->limit(reader.split, weir_slice_of(end), &reader.err), &reader.err);
    test_must(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err), &reader.err);
    assert_string_equal(reader_text(&reader), "four\n");
    test_must(ops->limit(reader.split, WEIR_SLICE(""), &reader.err), &reader.err);
    reader_stop(&reader);
    test_remove(dir);
}

static void followed_directory_gives_new_files(void **state)
{
    char *dir = test_directory(), *aside = test_directory();
    struct reader reader;
    (void)state;
    TEST_WRITE(dir, "b", "w", "b\n");
    test_table_init(&reader.table, &weir_connector_file, "path", dir, "bounded", "false", NULL);
    reader_start(&reader, WEIR_SLICE(""));
    test_must(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err), &reader.err);
    TEST_WRITE(aside, "a", "w", "a\nend");
    assert_int_equal(rename(test_path(aside, "a"), test_path(dir, "a")), 0);
    TEST_WRITE(dir, "c", "w", "c\n");
    test_must(test_read(ops, reader.split, 500, 0, &reader.text, &reader.err), &reader.err);
    assert_string_equal(reader_text(&reader), "b\na\nend~c\n");
    reader_stop(&reader);
    test_remove(dir);
    test_remove(aside);
}

/* ---- compression ---- */

static size_t gzip_text(const char *text, unsigned char *to, size_t max)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)strlen(text);
    z.next_out = to;
    z.avail_out = (uInt)max;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t len = max - z.avail_out;
    deflateEnd(&z);
    return len;
}

static size_t zstd_text(const char *text, unsigned char *to, size_t max)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1); /* as the zstd command does */
    size_t len = ZSTD_compress2(context, to, max, text, strlen(text));
    assert_false(ZSTD_isError(len));
    ZSTD_freeCCtx(context);
    return len;
}

static char lines[1 << 20];

static void make_lines(void)
{
    size_t len = 0;
    for (unsigned i = 0; len < sizeof lines - 32; i++)
        len += (size_t)sprintf(lines + len, "line %u %u\n", i, i * 2654435761u);
}

static void compressed_files_resume_inside(void **state)
{
    char *dir = test_directory();
    static unsigned char packed[1 << 20];
    struct reader reader;
    (void)state;
    make_lines();
    size_t len = gzip_text(lines, packed, sizeof packed);
    test_write(dir, "a.gz", "w", packed, len);
    test_write(dir, "a.gz", "a", packed, gzip_text("second member\n", packed, sizeof packed));
    len = zstd_text(lines, packed, sizeof packed);
    test_write(dir, "a.zst", "w", packed, len);
    len = zstd_text("second member\n", packed, sizeof packed);
    test_write(dir, "a.zst", "a", packed, len);
    for (int i = 0; i < 2; i++) {
        test_table_init(&reader.table, &weir_connector_file, "path",
                        test_path(dir, i ? "a.zst" : "a.gz"), NULL);
        *position = 0;
        reader_start(&reader, WEIR_SLICE(""));
        test_must(test_read(ops, reader.split, 50, 500000, &reader.text, &reader.err), &reader.err);
        snprintf(position, sizeof position, "%s", reader_position(&reader));
        char *begin = strdup(reader_text(&reader));
        reader_stop(&reader);
        reader_start(&reader, weir_slice_of(position));
        test_must(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err), &reader.err);
        const char *rest = reader_text(&reader);
        assert_memory_equal(begin, lines, strlen(begin));
        assert_memory_equal(rest, lines + strlen(begin), strlen(lines) - strlen(begin));
        assert_string_equal(rest + strlen(lines) - strlen(begin), "second member\n");
        free(begin);
        reader_stop(&reader);
    }
    test_remove(dir);
}

static void compressed_file_cut_off_or_damaged_is_an_error(void **state)
{
    char *dir = test_directory();
    static unsigned char packed[1 << 20];
    struct reader reader;
    (void)state;
    make_lines();
    for (int i = 0; i < 4; i++) {
        size_t len = i < 2 ? gzip_text(lines, packed, sizeof packed)
                           : zstd_text(lines, packed, sizeof packed);
        if (i % 2)
            memset(packed + len / 2, 0xff, 100);
        test_write(dir, "a", "w", packed, i % 2 ? len : len - 10);
        test_table_init(&reader.table, &weir_connector_file, "path", test_path(dir, "a"), NULL);
        reader_start(&reader, WEIR_SLICE(""));
        assert_int_equal(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err),
                         WEIR_BAD_DATA);
        assert_non_null(strstr(reader.err.text, "could not decompress \""));
        assert_non_null(strstr(reader.err.text, " at byte "));
        reader_stop(&reader);
    }
    test_remove(dir);
}

static void record_longer_than_the_cap_is_shown_as_full_and_skipped(void **state)
{
    char *dir = test_directory();
    static char big[300000];
    struct reader reader;
    (void)state;
    memset(big, 'x', sizeof big);
    TEST_WRITE(dir, "a", "w", "one\n");
    test_write(dir, "a", "a", big, sizeof big);
    TEST_WRITE(dir, "a", "a", "\nlast\n");
    test_table_init(&reader.table, &weir_connector_file, "path", test_path(dir, "a"), "max_record",
                    "64 kB", NULL);
    *position = 0;
    const char *text = read_from(&reader, position);
    assert_memory_equal(text, "one\n*", 5);
    assert_non_null(strstr(text, "last\n"));
    /* The position inside the oversized record is its beginning. */
    reader_start(&reader, WEIR_SLICE(""));
    test_must(test_read(ops, reader.split, 50, 5, &reader.text, &reader.err), &reader.err);
    assert_non_null(strstr(reader_position(&reader), "\"offset\":4,"));
    reader_stop(&reader);
    test_remove(dir);
}

/* ---- commit logs ---- */

static void put_part(const char *dir, int64_t id, const char *name, const char *text)
{
    struct weir_buffer line;
    struct weir_error err;
    weir_buffer_init(&line, 4096);
    TEST_WRITE(dir, name, "w", text);
    test_must(weir_commit_line_format(dir, name, (int64_t)strlen(text), 0, false, &line, &err),
              &err);
    test_must(weir_commit_log_put(dir, id, weir_buffer_slice(&line), &err), &err);
    weir_buffer_done(&line);
}

static void directory_with_a_commit_log_is_read_in_its_order_and_through_it_alone(void **state)
{
    char *dir = test_directory(), name[32], text[32];
    struct reader reader;
    (void)state;
    assert_int_equal(mkdir(test_path(dir, "_spark_metadata"), 0755), 0);
    TEST_WRITE(dir, "orphan", "w", "orphan\n");
    for (int i = 0; i < 12; i++) {
        snprintf(name, sizeof name, "part %d", 50 - i);
        snprintf(text, sizeof text, "%d\n", i);
        put_part(dir, i, name, text);
    }
    test_table_init(&reader.table, &weir_connector_file, "path", dir, NULL);
    *position = 0;
    assert_string_equal(read_from(&reader, position), "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n");
    assert_string_equal(read_from(&reader, position), "");
    put_part(dir, 12, "a", "12\n");
    assert_string_equal(read_from(&reader, position), "12\n");
    test_table_init(&reader.table, &weir_connector_file, "path", dir, "bounded", "false", NULL);
    reader_start(&reader, weir_slice_of(position));
    test_must(test_read(ops, reader.split, 50, 0, &reader.text, &reader.err), &reader.err);
    assert_string_equal(reader_text(&reader), "");
    put_part(dir, 13, "b", "13\n");
    int64_t before = weir_clock_monotonic_us();
    test_must(test_read(ops, reader.split, 900, 3, &reader.text, &reader.err), &reader.err);
    assert_true(weir_clock_monotonic_us() - before < 500000);
    assert_string_equal(reader_text(&reader), "13\n");
    reader_stop(&reader);
    test_remove(dir);
}

/* ---- position texts ---- */

static void position_round_trip_keeps_everything(void **state)
{
    struct weir_position a = {.path = 7, .choice = WEIR_CHOICE_FALLBACK, .size = -1}, b;
    struct weir_buffer text;
    struct weir_error err;
    (void)state;
    weir_buffer_init(&text, 1 << 20);
    test_must(weir_position_set_file(&a, "/x/\"quoted\" \xff.csv", &err), &err);
    a.offset = 12, a.lines = 3, a.head = 0xfedcba9876543210u, a.validator = 1;
    for (uint64_t i = 1; i < 1000; i++)
        test_must(weir_done_set_add(&a.done, i * 0x9e3779b97f4a7c15u, &err), &err);
    test_must(weir_position_format(&a, &text, &err), &err);
    for (size_t i = 0; i < text.len; i++)
        assert_in_range(text.ptr[i], 0x20, 0x7e);
    test_must(weir_position_parse(weir_buffer_slice(&text), &b, &err), &err);
    assert_string_equal(a.file, b.file);
    assert_int_equal(a.offset, b.offset);
    assert_int_equal(a.lines, b.lines);
    assert_true(a.head == b.head && a.validator == b.validator && a.path == b.path &&
                a.choice == b.choice);
    assert_int_equal(a.done.count, b.done.count);
    assert_memory_equal(a.done.items, b.done.items, a.done.count * 8);
    weir_position_done(&a);
    weir_position_done(&b);
    weir_buffer_done(&text);
}

static void position_of_another_kind_is_refused(void **state)
{
    static const char *const texts[] = {"x",
                                        "{\"rows\":12}",
                                        "{\"offset\":-1}",
                                        "{\"file\":\"%zz\"}",
                                        "{\"done\":\"A\"} x",
                                        "{\"done\":\"AAA\"}",
                                        "{\"offset\":1",
                                        "[]",
                                        "{\"offset\":{}}"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct weir_position position_read;
        struct weir_error err;
        assert_int_equal(weir_position_parse(weir_slice_of(texts[i]), &position_read, &err),
                         WEIR_BAD_DATA);
        assert_true(*err.hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_read_to_its_end_gives_every_line),
        cmocka_unit_test(file_that_grew_is_read_from_where_it_was_left),
        cmocka_unit_test(file_that_shrank_is_an_error),
        cmocka_unit_test(file_that_was_replaced_is_an_error),
        cmocka_unit_test(another_file_under_the_same_position_is_read_from_its_beginning),
        cmocka_unit_test(missing_file_is_an_error_with_postgres_words),
        cmocka_unit_test(directory_is_read_by_name_without_hidden_files),
        cmocka_unit_test(glob_reads_only_what_matches),
        cmocka_unit_test(thousands_of_files_with_stops_in_between_give_each_line_once),
        cmocka_unit_test(replay_between_two_positions_gives_the_same_bytes_though_files_came),
        cmocka_unit_test(limit_in_one_file_cuts_there_and_goes_on_when_taken_away),
        cmocka_unit_test(followed_file_gives_appended_lines_and_keeps_the_unfinished_one),
        cmocka_unit_test(followed_directory_gives_new_files),
        cmocka_unit_test(compressed_files_resume_inside),
        cmocka_unit_test(compressed_file_cut_off_or_damaged_is_an_error),
        cmocka_unit_test(record_longer_than_the_cap_is_shown_as_full_and_skipped),
        cmocka_unit_test(directory_with_a_commit_log_is_read_in_its_order_and_through_it_alone),
        cmocka_unit_test(position_round_trip_keeps_everything),
        cmocka_unit_test(position_of_another_kind_is_refused),
    };
    return cmocka_run_group_tests_name("file_source", tests, NULL, NULL);
}
