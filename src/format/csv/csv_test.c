/* Decoding and encoding CSV. Each file is decoded with batches of 1, 3 and 1024 rows and with polls
 * of every size. */
#include <stdlib.h>

#include "format/format_testing.h"
#include "format/formats.h"

static void decodes(const char *columns, const char *file, const char *expected)
{
    struct testing_table test;
    testing_table_init(&test, &weir_format_csv, columns);
    testing_decodes_to(&test, weir_slice_of(file), false, expected);
}

static void header_is_matched_by_name_without_regard_to_case(void **state)
{
    (void)state;
    decodes("id int4, name text", "NAME,extra, Id \nAda,x,1\nBob,y,2\n", "1|Ada\n2|Bob\n");
    decodes("id int4, name text", "\xef\xbb\xbf\"id\",\"na\"\"me\",name\r\n1,x,Ada\r\n", "1|Ada\n");
}

static void header_only_or_nothing_has_no_rows(void **state)
{
    (void)state;
    decodes("id int4", "id\n", "");
    decodes("id int4", "id", "");
    decodes("id int4", "", "");
}

static void header_without_a_column_is_an_error(void **state)
{
    (void)state;
    struct testing_feed feed = {.capacity = 3};
    struct testing_table test;
    testing_table_init(&test, &weir_format_csv, "id int4, nam text");
    char *rows = testing_decode(&test, WEIR_SLICE("id,name\n1,x\n"), feed, false);
    assert_string_equal(
        rows, "ERROR: column \"nam\" of foreign table \"t\" is not in the CSV header of file");
    free(rows);
    rows = testing_decode(&test, WEIR_SLICE("id,nam,NAM,Nam\n1,x,y,z\n"), feed, false);
    assert_string_equal(rows, "1|x\n");
    free(rows);
    rows = testing_decode(&test, WEIR_SLICE("id,NAM,Nam\n1,y,z\n"), feed, false);
    assert_string_equal(rows, "ERROR: column \"nam\" is 2 times in the CSV header of file");
    free(rows);
}

static void header_is_found_in_the_head_when_reading_starts_in_the_middle(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_csv, "id int4, name text");
    struct testing_feed feed = {
        .capacity = 3, .middle = true, .head = WEIR_SLICE("name,id\nx,1\n")};
    char *rows = testing_decode(&test, WEIR_SLICE("y,2\nz,3\n"), feed, false);
    assert_string_equal(rows, "2|y\n3|z\n");
    free(rows);
}

static void fields_go_by_place_without_a_header(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_csv, "id int4, s text");
    testing_option(&test, "header", "false");
    testing_option(&test, "delimiter", "\\t");
    testing_option(&test, "quote", "'");
    testing_decodes_to(&test,
                       WEIR_SLICE("\xef\xbb\xbf"
                                  "1\ta,b\n2\t'c\t''d'''\n"),
                       false, "1|a,b\n2|c\t'd'\n");
}

static void quotes_newlines_and_nulls(void **state)
{
    (void)state;
    decodes("id int4, s text, t text",
            "id,s,t\n1,\"a,b\",\"c \"\"d\"\"\"\n2,\"two\nlines\",x\n3,,\"\"\n4, spaces , \"not "
            "quoted at the start\n5,\"\",\n"
            "6,a\"b,\"\"\"\"\n",
            "1|a,b|c \"d\"\n2|two\nlines|x\n3|\\N|\n4| spaces | \"not quoted at the "
            "start\n5||\\N\n6|a\"b|\"\n");
}

static void crlf_blank_lines_and_no_last_newline(void **state)
{
    (void)state;
    decodes("id int4, s text", "id,s\r\n1,one\r\n\r\n\n2,\"two\r\nlines\"\r\n3,\r\n4,four",
            "1|one\n2|two\r\nlines\n3|\\N\n4|four\n");
    decodes("id int4, s text", "id,s\n1,\"x\"", "1|x\n");
    decodes("id int4, s text", "id,s\n1,", "1|\\N\n");
}

static void empty_line_of_a_single_column_is_null(void **state)
{
    (void)state;
    decodes("s text", "s\na\n\n\"\"\nb\n", "a\n\\N\n\nb\n");
}

static void long_fields_cross_blocks(void **state)
{
    (void)state;
    decodes("a text, b text, c text",
            "a,b,c\n0123456789012345678901234567890123456789012345678901234567890123456789,b,c\n"
            "a,\"0123456789012345678901234567890123456789\"\"01234567890123456789012345678\n9\",c\n"
            "0123456789012345678901234567890123456789012345678901234567890123456,\xc3\xa9,c\n",
            "0123456789012345678901234567890123456789012345678901234567890123456789|b|c\n"
            "a|0123456789012345678901234567890123456789\"01234567890123456789012345678\n9|c\n"
            "0123456789012345678901234567890123456789012345678901234567890123456|\xc3\xa9|c\n");
}

static void bad_records_say_why(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_csv, "id int4, s text");
    testing_decodes_to(
        &test,
        WEIR_SLICE("id,s\n1,one\n2\n3,three,more\n\"4\"x,\"y\n5,five\nx,six\n7,\xff\n\"8\"\r9,e\n"
                   "11,\"never closed\n12,twelve\n"),
        true,
        "1|one <1,one>\n\\N|\\N !record has 1 field, expected 2 <2>\n"
        "\\N|\\N !record has 3 fields, expected 2 <3,three,more>\n"
        "\\N|\\N !unexpected character after a quoted field (byte 4 of the record) <\"4\"x,\"y>\n"
        "5|five <5,five>\n"
        "\\N|six !column \"id\": invalid input syntax for type integer: \"x\" <x,six>\n"
        "7|\\N !column \"s\": invalid byte sequence for encoding \"UTF8\": 0xff <7,\xff>\n"
        "\\N|\\N !unexpected character after a quoted field (byte 4 of the record) <\"8\"\r9,e>\n"
        "\\N|\\N !unterminated CSV quoted field <11,\"never closed\n12,twelve\n>\n");
    testing_decodes_to(&test, WEIR_SLICE("id,x,s\n1,\xc3,a\0b\n2,\xc3,b\n"), false,
                       "1|\\N !column \"s\": invalid byte sequence for encoding \"UTF8\": 0x00\n"
                       "2|b !invalid byte sequence for encoding \"UTF8\": 0xc3 0x2c\n");
}

static void null_text_replaces_the_empty_field(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_csv, "a text, b text");
    testing_option(&test, "null_text", "NULL");
    testing_decodes_to(&test, WEIR_SLICE("a,b\nNULL,\n\"NULL\",null\n"), false,
                       "\\N|\nNULL|null\n");
    uint32_t lengths[2];
    char *text = testing_encode(&test, "{\"a\":null,\"b\":\"\"}\n{\"a\":\"NULL\",\"b\":\"null\"}\n",
                                true, lengths);
    assert_string_equal(text, "a,b\nNULL,\n\"NULL\",null\n");
    free(text);
}

static void oversized_record_is_one_bad_row(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_csv, "id int4, s text");
    const char *file = "id,s\n1,one\n2,\"01234567890123456789\n3,three\n4,four\n";
    struct testing_feed feed = {.capacity = 3, .record_bytes_max = 16};
    char *rows = testing_decode(&test, weir_slice_of(file), feed, false);
    assert_string_equal(rows, "1|one\n\\N|\\N !record of 23 bytes is longer than 16 (option "
                              "max_record)\n3|three\n4|four\n");
    free(rows);
}

static void messages_have_no_header(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_csv, "id int4, s text");
    const char *messages[] = {"1,one", "2,\"two\nlines\"\n", NULL, "", "3,three\n4,four", "5"};
    char *rows = testing_decode_messages(&test, messages, 6, 4);
    assert_string_equal(rows, "1|one <1,one>\n2|two\nlines <2,\"two\nlines\"\n>\n\\N|\\N <\\N>\n"
                              "\\N|\\N !record has 0 fields, expected 2 <>\n"
                              "\\N|\\N !message holds more than one CSV record <3,three\n4,four>\n"
                              "\\N|\\N !record has 1 field, expected 2 <5>\n");
    free(rows);
}

static void encodes_with_quotes_where_needed(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_csv,
                       "id int4, s text, b bool, t timestamptz, j jsonb, y bytea");
    uint32_t lengths[7];
    char *text = testing_encode(
        &test,
        "{\"id\":1,\"s\":\"plain\",\"b\":true}\n{\"id\":2,\"s\":\"a,b\",\"b\":false}\n"
        "{\"id\":3,\"s\":\"q\\\"q\",\"t\":\"2026-01-02 "
        "03:04:05.5\"}\n{\"id\":4,\"s\":\"two\\nlines\"}\n"
        "{\"id\":5,\"s\":\"\",\"j\":{\"a\":\"b\"}}\n{\"id\":6,\"y\":\"\\\\xff\"}\n{\"s\":\" "
        "x\\r\"}\n",
        true, lengths);
    assert_string_equal(
        text,
        "id,s,b,t,j,y\n1,plain,t,,,\n2,\"a,b\",f,,,\n3,\"q\"\"q\",,2026-01-02 03:04:05.5+00,,\n"
        "4,\"two\nlines\",,,,\n5,\"\",,,\"{\"\"a\"\": \"\"b\"\"}\",\n6,,,,,\\xff\n,\" x\r\",,,,\n");
    assert_int_equal(lengths[0], 13);
    free(text);
}

static void options_are_checked(void **state)
{
    (void)state;
    static const char *const bad[][2] = {{"delimiter", ""},
                                         {"delimiter", "::"},
                                         {"delimiter", "\n"},
                                         {"delimiter", "\""},
                                         {"null_text", "a,b"}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct weir_error err;
        struct testing_table test;
        testing_table_init(&test, &weir_format_csv, "s text");
        testing_option(&test, bad[i][0], bad[i][1]);
        assert_int_equal(weir_format_csv.check(&test.table, false, &err), WEIR_BAD_CONFIG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_matched_by_name_without_regard_to_case),
        cmocka_unit_test(header_only_or_nothing_has_no_rows),
        cmocka_unit_test(header_without_a_column_is_an_error),
        cmocka_unit_test(header_is_found_in_the_head_when_reading_starts_in_the_middle),
        cmocka_unit_test(fields_go_by_place_without_a_header),
        cmocka_unit_test(quotes_newlines_and_nulls),
        cmocka_unit_test(crlf_blank_lines_and_no_last_newline),
        cmocka_unit_test(empty_line_of_a_single_column_is_null),
        cmocka_unit_test(long_fields_cross_blocks),
        cmocka_unit_test(bad_records_say_why),
        cmocka_unit_test(null_text_replaces_the_empty_field),
        cmocka_unit_test(oversized_record_is_one_bad_row),
        cmocka_unit_test(messages_have_no_header),
        cmocka_unit_test(encodes_with_quotes_where_needed),
        cmocka_unit_test(options_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
