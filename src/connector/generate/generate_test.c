#include "connector/generate/connector.h"

#include "column/text.h"
#include "connector/generate/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COLUMNS_MAX 8

static struct weir_arena arena;
static struct weir_error err;
static struct weir_column columns[COLUMNS_MAX];
static struct weir_option options[4];
static struct weir_table table;

static int setup(void **state)
{
    (void)state;
    weir_arena_init(&arena, 64 << 20);
    table = (struct weir_table){.name = "g",
                                .connector = &weir_generate_connector,
                                .columns = columns,
                                .options = {options, 0}};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    weir_arena_done(&arena);
    return 0;
}

static void add_column(const char *name, enum weir_type type)
{
    columns[table.columns_count++] = (struct weir_column){.name = name, .type = type};
}

static void add_option(const char *name, const char *text, int64_t number)
{
    options[table.options.count++] =
        (struct weir_option){.name = name, .text = text, .number = number};
}

/* Rows as "a|b;c|d;", read in batches of `capacity` from a position to the end (or to rows_max). */
static const char *rows(const char *from, uint32_t capacity, uint32_t rows_max)
{
    const struct weir_source_ops *ops = &weir_generate_source_ops;
    const struct weir_source_config config = {.columns_needed = NULL};
    struct weir_source *source;
    struct weir_split *split;
    struct weir_fetch fetch;
    struct weir_buffer out;
    weir_buffer_init(&out, 16 << 20);
    assert_int_equal(ops->open(&table, &config, &source, &err), WEIR_OK);
    assert_int_equal(ops->assign(source, "rows", weir_slice_of(from), &split, &err), WEIR_OK);
    uint32_t count = 0;
    while (count < rows_max && ops->poll(split, &fetch, &err) == WEIR_OK &&
           fetch.state == WEIR_FETCH_DATA) {
        struct weir_vector vectors[COLUMNS_MAX + WEIR_HIDDEN_COUNT] = {{0}};
        struct weir_batch batch = {.arena = &arena, .columns = vectors, .capacity = capacity};
        assert_int_equal(ops->read_rows(split, &batch, &err), WEIR_OK);
        for (uint32_t row = 0; row < batch.rows; row++, count++) {
            for (uint32_t c = 0; c < table.columns_count; c++) {
                assert_int_equal(
                    weir_buffer_append(&out, c ? WEIR_SLICE("|") : WEIR_SLICE(""), &err), WEIR_OK);
                if (weir_valid(&vectors[c], row))
                    assert_int_equal(weir_value_format(&vectors[c], row, &out, &err), WEIR_OK);
            }
            assert_int_equal(weir_buffer_append(&out, WEIR_SLICE(";"), &err), WEIR_OK);
        }
    }
    ops->revoke(split);
    ops->close(source);
    const char *text = weir_arena_copy(&arena, weir_buffer_slice(&out));
    weir_buffer_done(&out);
    return text;
}

static void add_people(void)
{
    add_column("id", WEIR_TEXT);
    add_column("first_name", WEIR_TEXT);
    add_column("last_name", WEIR_TEXT);
    add_column("email", WEIR_TEXT);
    add_column("age", WEIR_INT4);
    add_column("location", WEIR_TEXT);
    add_column("created_at", WEIR_TIMESTAMPTZ);
}

static void rows_same_seed_same_bytes_however_cut(void **state)
{
    (void)state;
    add_people();
    add_option("count", "500", 500);
    add_option("seed", "7", 7);
    const char *whole = rows("", 1024, 500);
    assert_string_equal(rows("", 1, 500), whole);
    assert_string_equal(rows("", 7, 500), whole);
    const char *tail = rows("{\"row\":400}", 33, 500);
    assert_string_equal(whole + strlen(whole) - strlen(tail), tail);
    options[1].number = 8;
    assert_string_not_equal(rows("", 1024, 500), whole);
}

static void rows_one_city_in_twenty_is_in_the_usa(void **state)
{
    (void)state;
    add_column("location", WEIR_TEXT);
    add_option("count", "10000", 10000);
    const char *text = rows("", 1000, 10000);
    int count = 0;
    for (const char *at = text; (at = strchr(at, ';')); at++)
        count += strncmp(at, ";Seattle;", 9) == 0 || strncmp(at, ";Chicago;", 9) == 0 ||
                 strncmp(at, ";Austin, Texas;", 15) == 0;
    assert_in_range(count, 400, 600);
}

static void fields_patterns_make_their_values(void **state)
{
    (void)state;
    add_column("n", WEIR_INT8);
    add_column("t", WEIR_TEXT);
    add_column("d", WEIR_DATE);
    add_column("v", WEIR_NUMERIC);
    add_column("w", WEIR_TEXT);
    add_column("z", WEIR_TEXT);
    add_option("count", "2", 2);
    add_option("fields",
               "n = sequence(10, -5); t={n}/{w}\\{\\;é; d=time(2026-02-28,86400) ; v=float(1,1); "
               "w=oneof( a\\,b ); z=null",
               0);
    assert_string_equal(rows("", 10, 10),
                        "10|10/a,b{;é|2026-02-28|1|a,b|;5|5/a,b{;é|2026-03-01|1|a,b|;");
}

static void fields_null_percent_makes_nulls(void **state)
{
    (void)state;
    add_column("n", WEIR_TEXT);
    add_option("count", "1000", 1000);
    add_option("fields", "n=x ?25%", 0);
    const char *text = rows("", 100, 1000);
    assert_in_range(strlen(text), 1000 + 650, 1000 + 850); /* x; or ; */
}

static void fields_file_gives_its_lines(void **state)
{
    (void)state;
    char path[] = "/tmp/weir-generate-XXXXXX", option[64];
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "Köln\r\n\nBonn", 12), 12);
    close(fd);
    add_column("c", WEIR_TEXT);
    add_option("count", "200", 200);
    snprintf(option, sizeof(option), "c=file(%s)", path);
    add_option("fields", option, 0);
    const char *text = rows("", 100, 200);
    assert_non_null(strstr(text, "Köln;"));
    assert_non_null(strstr(text, "Bonn;"));
    assert_null(strstr(text, ";;"));
    unlink(path);
}

static void refused(const char *fields, const char *text)
{
    struct weir_field *made;
    options[0] = (struct weir_option){.name = "fields", .text = fields};
    table.options.count = 1;
    assert_int_equal(weir_fields_parse(&table, &arena, &made, &err), WEIR_BAD_CONFIG);
    if (!strstr(err.text, text))
        fail_msg("%s: %s", fields, err.text);
}

static void fields_mistakes_are_named(void **state)
{
    (void)state;
    add_column("a", WEIR_TEXT);
    add_column("b", WEIR_TEXT);
    refused("c=uuid", "column \"c\" does not exist");
    refused("a", "\"a\" is not COLUMN=PATTERN");
    refused("a=uuid; a=hex(3)", "column \"a\" is named twice");
    refused("a=int(5,1)", "int takes a least and a largest number");
    refused("a=between(5,1)", "there is no such pattern");
    refused("a=oneof()", "oneof takes at least one value");
    refused("a={c}", "names column \"c\", which does not exist");
    refused("a={b}; b=x{a}", "templates name each other in a circle");
    refused("a=file(/nowhere/at/all)", "No such file or directory");
    refused("a=x ?200%", "percentage");
}

static void split_rate_waits(void **state)
{
    (void)state;
    const struct weir_source_ops *ops = &weir_generate_source_ops;
    const struct weir_source_config config = {.columns_needed = NULL};
    struct weir_source *source;
    struct weir_split *split;
    struct weir_fetch fetch;
    add_column("n", WEIR_INT8);
    add_option("rate", "1", 1);
    assert_int_equal(ops->open(&table, &config, &source, &err), WEIR_OK);
    assert_int_equal(ops->assign(source, "rows", WEIR_SLICE(""), &split, &err), WEIR_OK);
    assert_int_equal(ops->poll(split, &fetch, &err), WEIR_OK);
    assert_int_equal(fetch.state, WEIR_FETCH_IDLE);
    assert_in_range(fetch.wait_ms, 1, 1001);
    ops->revoke(split);
    ops->close(source);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_same_seed_same_bytes_however_cut),
        TEST(rows_one_city_in_twenty_is_in_the_usa),
        TEST(fields_patterns_make_their_values),
        TEST(fields_null_percent_makes_nulls),
        TEST(fields_file_gives_its_lines),
        TEST(fields_mistakes_are_named),
        TEST(split_rate_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
