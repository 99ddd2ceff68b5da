/* Decoding and encoding JSON. Each file is decoded with batches of 1, 3 and 1024 rows and with
 * polls of every size. */
#include <stdio.h>
#include <stdlib.h>

#include "format/format_testing.h"
#include "format/formats.h"

#define MANY "id int4, name text"

static void decodes(const char *columns, const char *lines, const char *expected)
{
    struct testing_table test;
    testing_table_init(&test, &weir_format_json, columns);
    testing_decodes_to(&test, weir_slice_of(lines), false, expected);
}

static void keys_in_any_order_missing_ones_are_null(void **state)
{
    (void)state;
    decodes(MANY,
            "{\"id\":1,\"name\":\"a\"}\n{\"name\":\"b\",\"id\":2}\n{\"id\":3}\n{}\n{\"x\":[1,{"
            "\"y\":null}],\"name\":\"c\",\"z\":0}\n"
            "{\"id\":4,\"name\":null}\n{\"Name\":\"d\"}\n",
            "1|a\n2|b\n3|\\N\n\\N|\\N\n\\N|c\n4|\\N\n\\N|\\N\n");
}

static void spaces_crlf_blank_lines_and_no_last_newline(void **state)
{
    (void)state;
    decodes(MANY,
            "\xef\xbb\xbf{ \"id\" : 1 ,\t\"name\":\"a\" }\r\n\n  \r\n {\"id\":2,\"name\":\"b\"} "
            "\n{\"id\":3,\"name\":\"c\"}",
            "1|a\n2|b\n3|c\n");
}

static void last_of_equal_keys_wins(void **state)
{
    (void)state;
    decodes(MANY,
            "{\"id\":1,\"id\":2,\"name\":\"x\",\"name\":null}\n{\"id\":1,\"\\u0069d\":3,"
            "\"n\\u0061me\":\"y\"}\n",
            "2|\\N\n3|y\n");
}

static void values_convert_as_json_populate_record(void **state)
{
    (void)state;
    decodes(
        "v text, n int4, b bool, j jsonb, f float8",
        "{\"v\":47,\"n\":\"12\",\"b\":\"yes\",\"j\":\"x\",\"f\":1e3}\n"
        "{\"v\":true,\"n\":-0,\"b\":false,\"j\":{\"b\":1,\"a\":[1,  2]},\"f\":\"NaN\"}\n"
        "{\"v\":{\"a\": 1},\"n\":null,\"j\":\"a\\\"\\u00e9\"}\n{\"v\":[1, \"]\"],\"j\":-1.50}\n",
        "47|12|t|\"x\"|1000\ntrue|0|f|{\"a\": [1, 2], \"b\": 1}|NaN\n{\"a\": "
        "1}|\\N|\\N|\"a\\\"\xc3\xa9\"|\\N\n"
        "[1, \"]\"]|\\N|\\N|-1.50|\\N\n");
}

static void value_that_does_not_convert_leaves_the_others(void **state)
{
    (void)state;
    decodes(MANY,
            "{\"id\":\"abc\",\"name\":\"x\"}\n{\"id\":1.5,\"name\":\"\\u0000\"}\n{\"id\":[1]}\n",
            "\\N|x !column \"id\": invalid input syntax for type integer: \"abc\"\n"
            "\\N|\\N !column \"id\": invalid input syntax for type integer: \"1.5\"\n"
            "\\N|\\N !column \"id\": invalid input syntax for type integer: \"[1]\"\n");
    decodes(MANY, "{\"id\":1,\"name\":\"\\u0000\"}\n",
            "1|\\N !column \"name\": unsupported Unicode escape sequence: \\u0000 cannot be "
            "converted to text\n");
}

static void escapes_are_decoded(void **state)
{
    (void)state;
    decodes(
        "s text",
        "{\"s\":\"\\u00e9\\ud83d\\uDE00\\/"
        "\"}\n{\"s\":\"a\\b\\f\\n\\r\\t\\u0001\\u001F\"}\n{\"s\":\"\\\"\\\\\"}\n"
        "{\"s\":"
        "\"0123456789012345678901234567890\\n1234567890123456789012345678901234567890\\u20acx\"}\n",
        "\xc3\xa9\xf0\x9f\x98\x80/\na\b\f\n\r\t\x01\x1f\n\"\\\n"
        "0123456789012345678901234567890\n1234567890123456789012345678901234567890\xe2\x82\xacx\n");
}

static void is_bad(const char *line, const char *message)
{
    char expected[600];
    struct testing_table test;
    const char *rest = strchr(line, '\n');
    snprintf(expected, sizeof(expected), "7|seven\n\\N|\\N !%s\n8|eight\n", message);
    char file[4096];
    snprintf(file, sizeof(file),
             "{\"id\":7,\"name\":\"seven\"}\n%s\n{\"id\":8,\"name\":\"eight\"}\n", line);
    assert_null(rest);
    testing_table_init(&test, &weir_format_json, MANY);
    testing_decodes_to(&test, weir_slice_of(file), false, expected);
    /* It is as bad where nothing of it is read. */
    test.needed[0] = test.needed[1] = false;
    snprintf(expected, sizeof(expected), "\n !%s\n\n", message);
    testing_decodes_to(&test, weir_slice_of(file), false, expected);
}

static void what_is_not_json_is_bad_and_the_next_line_is_read(void **state)
{
    (void)state;
#define SYNTAX "invalid input syntax for type json: "
    is_bad("not json", SYNTAX "token \"not\" is invalid (byte 1)");
    is_bad("nul", SYNTAX "token \"nul\" is invalid (byte 1)");
    is_bad("{\"id\":2,\"name\":\"open", SYNTAX "the input string ended unexpectedly");
    is_bad("{\"id\":2,\"name\":\"ope\\", SYNTAX "the input string ended unexpectedly");
}

static void bad_records_say_why(void **state)
{
    (void)state;
    is_bad("{\"id\":2,\"name", SYNTAX "the input string ended unexpectedly");
    is_bad("{\"id\":2", SYNTAX "the input string ended unexpectedly");
    is_bad("{", SYNTAX "the input string ended unexpectedly");
    is_bad("{\"id\":3} tail", SYNTAX "expected end of input, but found \"tail\" (byte 10)");
    is_bad("{\"id\":3}{}", SYNTAX "expected end of input, but found \"{\" (byte 9)");
    is_bad("[1]", "record is a JSON array, where an object was expected");
    is_bad("12", "record is a JSON scalar, where an object was expected");
    is_bad("{\"id\":4,\"name\":\"\xff\xfe\"}", "invalid byte sequence for encoding \"UTF8\": 0xff");
    is_bad("{\"id\":4,\"name\":\"\xed\xa0\x80\"}",
           "invalid byte sequence for encoding \"UTF8\": 0xed 0xa0 0x80");
    is_bad("{\"id\":4,\"na\xc3(me\":\"\"}",
           "invalid byte sequence for encoding \"UTF8\": 0xc3 0x28");
    is_bad("{\"id\":05}", SYNTAX "token \"05\" is invalid (byte 7)");
    is_bad("{\"id\":-}", SYNTAX "token \"-\" is invalid (byte 7)");
    is_bad("{\"id\":1.}", SYNTAX "token \"1.\" is invalid (byte 7)");
    is_bad("{\"id\":1e+}", SYNTAX "token \"1e+\" is invalid (byte 7)");
    is_bad("{\"id\":tru}", SYNTAX "token \"tru\" is invalid (byte 7)");
    is_bad("{\"id\":nulls}", SYNTAX "expected \",\" or \"}\", but found \"s\" (byte 11)");
    is_bad("{\"id\":.5}", SYNTAX "token \".5\" is invalid (byte 7)");
    is_bad("{\"id\":abc}", SYNTAX "token \"abc\" is invalid (byte 7)");
    is_bad("{\"id\":}", SYNTAX "expected JSON value, but found \"}\" (byte 7)");
    is_bad("{\"id\":7,}", SYNTAX "expected string, but found \"}\" (byte 9)");
    is_bad("{,}", SYNTAX "expected string or \"}\", but found \",\" (byte 2)");
    is_bad("{id:1}", SYNTAX "expected string or \"}\", but found \"id\" (byte 2)");
    is_bad("{\"id\" 1}", SYNTAX "expected \":\", but found \"1\" (byte 7)");
    is_bad("{\"id\":8 \"name\":\"x\"}",
           SYNTAX "expected \",\" or \"}\", but found \"\"\" (byte 9)");
    is_bad("{\"x\":[1,]}", SYNTAX "expected JSON value, but found \"]\" (byte 9)");
    is_bad("{\"x\":[,1]}", SYNTAX "expected array element or \"]\", but found \",\" (byte 7)");
    is_bad("{\"x\":[1 2]}", SYNTAX "expected \",\" or \"]\", but found \"2\" (byte 9)");
    is_bad("{\"x\":[1}}", SYNTAX "expected \",\" or \"]\", but found \"}\" (byte 8)");
    is_bad("{\"x\":{\"y\":[{]}}", SYNTAX "expected string or \"}\", but found \"]\" (byte 13)");
    is_bad("{\"x\":\"\t\"}", SYNTAX "character with value 0x09 must be escaped (byte 7)");
    is_bad("{\"x\":\"\\x\"}", SYNTAX "escape sequence \"\\x\" is invalid (byte 7)");
    is_bad("{\"x\":\"\\u12g4\"}",
           SYNTAX "\"\\u\" must be followed by four hexadecimal digits (byte 7)");
    is_bad("{\"x\":\"\\ud800\"}",
           SYNTAX "a Unicode high surrogate must be followed by a low one (byte 7)");
    is_bad("{\"x\":\"\\ud800\\ud800\"}",
           SYNTAX "a Unicode high surrogate must be followed by a low one (byte 7)");
    is_bad("{\"x\":\"\\udc00\"}",
           SYNTAX "Unicode low surrogate must follow a high surrogate (byte 7)");
}

static void depth_is_limited(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_json, "id int4");
    testing_option(&test, "max_depth", "3");
    testing_decodes_to(&test, WEIR_SLICE("{\"x\":[[]],\"id\":1}\n{\"x\":[{\"a\":[]}],\"id\":2}\n"),
                       false,
                       "1\n\\N !JSON is nested deeper than 3 (option max_depth) at byte 12\n");
    char deep[5000];
    memset(deep, '[', sizeof(deep));
    memcpy(deep, "{\"x\":", 5);
    struct testing_feed feed = {.capacity = 3};
    char *rows = testing_decode(&test, weir_slice(deep, sizeof(deep)), feed, false);
    assert_non_null(strstr(rows, "nested deeper"));
    free(rows);
}

static void raw_is_the_record_without_its_line_end(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_json, "id int4");
    testing_decodes_to(&test, WEIR_SLICE(" {\"id\": 1} \r\nx\r\n{\"id\":2}"), true,
                       "1 < {\"id\": 1} >\n\\N !invalid input syntax for type json: token \"x\" is "
                       "invalid (byte 1) <x>\n"
                       "2 <{\"id\":2}>\n");
}

static void messages_are_records_and_tombstones_are_null(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_json, MANY);
    const char *messages[] = {"{\"id\":1,\n\"name\":\"a\"}\n",
                              NULL,
                              "",
                              "{\"id\":2,\"name\":\"b",
                              "{\"id\":2,\"name\":\"b\"",
                              "{\"id\":3,\"name\":\"c\"}"};
    for (uint32_t capacity = 1; capacity < 8; capacity++) {
        char *rows = testing_decode_messages(&test, messages, 6, capacity);
        assert_string_equal(rows, "1|a <{\"id\":1,\n\"name\":\"a\"}\n>\n\\N|\\N <\\N>\n"
                                  "\\N|\\N !" SYNTAX "the input string ended unexpectedly <>\n"
                                  "\\N|\\N !" SYNTAX
                                  "the input string ended unexpectedly <{\"id\":2,\"name\":\"b>\n"
                                  "\\N|\\N !" SYNTAX
                                  "the input string ended unexpectedly <{\"id\":2,\"name\":\"b\">\n"
                                  "3|c <{\"id\":3,\"name\":\"c\"}>\n");
        free(rows);
    }
}

static void oversized_record_is_one_bad_row(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_json, "id int4");
    const char *file =
        "{\"id\":1}\n{\"id\":2,\"x\":\"0123456789012345678901234567890123456789\"}\n{\"id\":3}\n";
    for (uint32_t capacity = 1; capacity < 4; capacity++) {
        struct testing_feed feed = {.capacity = capacity, .record_bytes_max = 16};
        char *rows = testing_decode(&test, weir_slice_of(file), feed, true);
        assert_string_equal(
            rows,
            "1 <{\"id\":1}>\n"
            "\\N !record of 55 bytes is longer than 16 (option max_record) "
            "<{\"id\":2,\"x\":\"0123456789012345678901234567890123456789\"}>\n3 <{\"id\":3}>\n");
        free(rows);
    }
}

static void thousands_of_keys_never_seen_again(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_json, "id int4");
    size_t size = 1 << 20, len = 0;
    char *file = malloc(size), *expected = calloc(1, 4096);
    for (int row = 0; row < 20; row++) {
        len += (size_t)snprintf(file + len, size - len, "{");
        for (int key = 0; key < 500; key++)
            len += (size_t)snprintf(file + len, size - len, "\"k%d\":%d,", row * 500 + key, key);
        len += (size_t)snprintf(file + len, size - len, "\"id\":%d}\n", row);
        snprintf(expected + strlen(expected), 100, "%d\n", row);
    }
    struct testing_feed feed = {.capacity = 3};
    char *rows = testing_decode(&test, weir_slice(file, len), feed, false);
    assert_string_equal(rows, expected);
    free(rows);
    free(file);
    free(expected);
}

static void values_lie_anywhere_in_long_records(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_json, "id int4, name text");
    char *file = malloc(40000), *expected = malloc(40000), *filler = malloc(10000);
    for (size_t len = 4000; len < 4200; len++) { /* about as many bytes as the kernel looks ahead */
        memset(filler, 'x', len);
        filler[len] = 0;
        snprintf(file, 40000,
                 "{\"f\":\"%s\",\"name\":\"a\\tb\",\"id\":1}\n{\"id\":2,\"name\":\"%s\"}\n", filler,
                 filler);
        snprintf(expected, 40000, "1|a\tb\n2|%s\n", filler);
        char *rows =
            testing_decode(&test, weir_slice_of(file), (struct testing_feed){.capacity = 3}, false);
        assert_string_equal(rows, expected);
        free(rows);
    }
    free(file);
    free(expected);
    free(filler);
}

static void encodes_compact_in_column_order(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_json,
                       "id int4, name text, b bool, big bigint, f float8, n numeric, d date, t "
                       "timestamptz, j jsonb, y bytea");
    uint32_t lengths[3];
    char *text =
        testing_encode(&test,
                       "{\"name\":\"a\\\"\\\\\\n\\u0001\\u001f\xc3\xa9\\/"
                       "\",\"id\":-1,\"b\":true,\"big\":9223372036854775807,\"f\":1.5,\"n\":1.50,"
                       "\"d\":\"2024-02-29\",\"t\":\"2026-01-02 03:04:05.678\",\"j\":{\"a\": [1, "
                       "\"x, y: \\\" \"]},\"y\":\"\\\\x01ff\"}\n"
                       "{\"f\":\"NaN\",\"n\":\"NaN\",\"d\":\"infinity\",\"t\":\"-infinity\",\"b\":"
                       "false,\"y\":\"\"}\n{\"f\":\"-Infinity\"}\n",
                       true, lengths);
    const char *expected = "{\"id\":-1,\"name\":\"a\\\"\\\\\\n\\u0001\\u001f\xc3\xa9/"
                           "\",\"b\":true,\"big\":9223372036854775807,\"f\":1.5,"
                           "\"n\":1.50,\"d\":\"2024-02-29\",\"t\":\"2026-01-02T03:04:05.678+00:"
                           "00\",\"j\":{\"a\":[1,\"x, y: \\\" \"]},"
                           "\"y\":\"\\\\x01ff\"}\n"
                           "{\"id\":null,\"name\":null,\"b\":false,\"big\":null,\"f\":\"NaN\","
                           "\"n\":\"NaN\",\"d\":\"infinity\",\"t\":\"-infinity\","
                           "\"j\":null,\"y\":\"\\\\x\"}\n"
                           "{\"id\":null,\"name\":null,\"b\":null,\"big\":null,\"f\":\"-Infinity\","
                           "\"n\":null,\"d\":null,\"t\":null,\"j\":null,"
                           "\"y\":null}\n";
    assert_string_equal(text, expected);
    assert_int_equal(lengths[0] + lengths[1] + lengths[2], strlen(expected));
    assert_int_equal(lengths[0], strchr(expected, '\n') - expected + 1);
    free(text);
}

static void encodes_messages_without_line_ends(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_json, "id int4");
    uint32_t lengths[2];
    char *text = testing_encode(&test, "{\"id\":1}\n{\"id\":2}\n", false, lengths);
    assert_string_equal(text, "{\"id\":1}{\"id\":2}");
    assert_int_equal(lengths[1], 8);
    free(text);
}

static void long_texts_survive_both_ways(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_json, "s text, t text");
    for (size_t len = 0; len < 140; len++) {
        char s[200], line[800], *text;
        memset(s, 'x', len);
        s[len] = 0;
        snprintf(line, sizeof(line), "{\"s\":\"%s\",\"t\":\"%s\\n%s\"}\n", s, s, s);
        text = testing_encode(&test, line, true, NULL);
        assert_string_equal(text, line);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_in_any_order_missing_ones_are_null),
        cmocka_unit_test(spaces_crlf_blank_lines_and_no_last_newline),
        cmocka_unit_test(last_of_equal_keys_wins),
        cmocka_unit_test(values_convert_as_json_populate_record),
        cmocka_unit_test(value_that_does_not_convert_leaves_the_others),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(what_is_not_json_is_bad_and_the_next_line_is_read),
        cmocka_unit_test(bad_records_say_why),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(raw_is_the_record_without_its_line_end),
        cmocka_unit_test(messages_are_records_and_tombstones_are_null),
        cmocka_unit_test(oversized_record_is_one_bad_row),
        cmocka_unit_test(thousands_of_keys_never_seen_again),
        cmocka_unit_test(values_lie_anywhere_in_long_records),
        cmocka_unit_test(encodes_compact_in_column_order),
        cmocka_unit_test(encodes_messages_without_line_ends),
        cmocka_unit_test(long_texts_survive_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
