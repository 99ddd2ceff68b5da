/* Lines and messages as they are. */
#include <stdlib.h>

#include "format/format_testing.h"
#include "format/formats.h"

static void lines_are_rows(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_raw, "line text");
    testing_decodes_to(&test, WEIR_SLICE("one\ntwo\r\n\nthr\xc3\xa9\x65, \"four\"\n\xff\nlast"),
                       false,
                       "one\ntwo\n\nthr\xc3\xa9\x65, \"four\"\n\\N !invalid byte sequence for "
                       "encoding \"UTF8\": 0xff\nlast\n");
    testing_table_init(&test, &weir_format_raw, "line bytea");
    testing_decodes_to(&test, WEIR_SLICE("one\r\n\xff\\x41\n"), false, "one\r\n\xff\\x41\n");
}

static void messages_are_rows_and_tombstones_are_null(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_raw, "value bytea");
    const char *messages[] = {"a\nb", NULL, "", "\xfe"};
    char *rows = testing_decode_messages(&test, messages, 4, 3);
    assert_string_equal(rows, "a\nb <a\nb>\n\\N <\\N>\n <>\n\xfe <\xfe>\n");
    free(rows);
}

static void oversized_line_is_one_bad_row(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_raw, "line text");
    struct testing_feed feed = {.capacity = 3, .record_bytes_max = 8};
    char *rows = testing_decode(&test, WEIR_SLICE("a\n0123456789012\nb\n"), feed, false);
    assert_string_equal(rows,
                        "a\n\\N !record of 13 bytes is longer than 8 (option max_record)\nb\n");
    free(rows);
}

static void encodes_bytes_as_they_are(void **state)
{
    (void)state;
    struct testing_table test;
    testing_table_init(&test, &weir_format_raw, "line text");
    uint32_t lengths[3];
    char *text =
        testing_encode(&test, "{\"line\":\"a\"}\n{\"line\":\"b\\nc\"}\n{}\n", true, lengths);
    assert_string_equal(text, "a\nb\nc\n\n");
    assert_int_equal(lengths[1], 4);
    free(text);
    text = testing_encode(&test, "{\"line\":\"a\"}\n{\"line\":\"b\"}\n", false, lengths);
    assert_string_equal(text, "ab");
    free(text);
}

static void other_columns_are_refused(void **state)
{
    (void)state;
    struct weir_error err;
    struct testing_table test;
    testing_table_init(&test, &weir_format_raw, "a text, b text");
    assert_int_equal(weir_format_raw.check(&test.table, false, &err), WEIR_BAD_CONFIG);
    testing_table_init(&test, &weir_format_raw, "a int4");
    assert_int_equal(weir_format_raw.check(&test.table, true, &err), WEIR_BAD_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_rows),
        cmocka_unit_test(messages_are_rows_and_tombstones_are_null),
        cmocka_unit_test(oversized_line_is_one_bad_row),
        cmocka_unit_test(encodes_bytes_as_they_are),
        cmocka_unit_test(other_columns_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
