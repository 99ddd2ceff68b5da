#include "query/query.h"

#include "column/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

/* Each expected text is what psql 15 prints for the same values. */
static struct weir_arena arena;
static struct weir_error err;

static int setup(void **state)
{
    (void)state;
    weir_arena_init(&arena, 16 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    weir_arena_done(&arena);
    return 0;
}

static const struct weir_expr *constant(enum weir_type type, const char *text)
{
    struct weir_expr *expr = WEIR_NEW(&arena, struct weir_expr);
    struct weir_vector *value = WEIR_NEW(&arena, struct weir_vector);
    assert_int_equal(weir_vector_init(value, type, 1, text != NULL, &arena, &err), WEIR_OK);
    if (weir_type_is_slice(type))
        value->s[0] = WEIR_SLICE("");
    if (text)
        assert_int_equal(weir_value_parse(type, weir_slice_of(text), 0, &arena, value, 0, &err),
                         WEIR_OK);
    *expr = (struct weir_expr){
        .kind = WEIR_EXPR_CONST, .type = type, .constant = value, .location = -1};
    return expr;
}

struct query {
    const char *names[8];
    enum weir_type types[8];
    uint32_t columns_count, rows_count;
    const char *values[32];
};

static const char *print(const struct query *query, enum weir_query_format format, bool tuples_only)
{
    const struct weir_expr *exprs[32];
    for (uint32_t i = 0; i < query->rows_count * query->columns_count; i++)
        exprs[i] = constant(query->types[i % query->columns_count], query->values[i]);
    const struct weir_node node = {.kind = WEIR_NODE_VALUES,
                                   .names = query->names,
                                   .types = query->types,
                                   .columns_count = query->columns_count,
                                   .rows_count = query->rows_count,
                                   .exprs = exprs};
    const struct weir_plan plan = {.query = &node, .settings = {.memory_bytes = 1 << 20}};
    char *text;
    size_t len;
    uint64_t rows;
    FILE *to = open_memstream(&text, &len);
    assert_int_equal(weir_query_run(&plan, format, tuples_only, to, &rows, &err), WEIR_OK);
    fclose(to);
    assert_int_equal(rows, query->rows_count);
    const char *kept = weir_arena_copy(&arena, weir_slice(text, len));
    free(text);
    return kept;
}

static const struct query odd = {
    .names = {"a", "longer_header", "v"},
    .types = {WEIR_TEXT, WEIR_TEXT, WEIR_NUMERIC},
    .columns_count = 3,
    .rows_count = 2,
    .values = {"x", "a\nbb\n", "2.50", NULL, "", "100"},
};

static void table_lines_in_values_are_continued(void **state)
{
    (void)state;
    assert_string_equal(print(&odd, WEIR_QUERY_TABLE, false), " a | longer_header |  v   \n"
                                                              "---+---------------+------\n"
                                                              " x | a            +| 2.50\n"
                                                              "   | bb           +| \n"
                                                              "   |               | \n"
                                                              "   |               |  100\n"
                                                              "(2 rows)\n\n");
}

static void table_widths_are_those_of_a_terminal(void **state)
{
    (void)state;
    const struct query query = {.names = {"u", "tb", "cr", "j", "b"},
                                .types = {WEIR_TEXT, WEIR_TEXT, WEIR_TEXT, WEIR_TEXT, WEIR_BOOL},
                                .columns_count = 5,
                                .rows_count = 1,
                                .values = {"zoë", "tab\there", "r\rx\x01", "日本", "t"}};
    assert_string_equal(print(&query, WEIR_QUERY_TABLE, false),
                        "  u  |      tb      |    cr    |  j   | b \n"
                        "-----+--------------+----------+------+---\n"
                        " zoë | tab     here | r\\rx\\x01 | 日本 | t\n"
                        "(1 row)\n\n");
}

static void table_tuples_only_has_neither_header_nor_count(void **state)
{
    (void)state;
    const struct query query = {.names = {"?column?", "?column?"},
                                .types = {WEIR_INT4, WEIR_TEXT},
                                .columns_count = 2,
                                .rows_count = 2,
                                .values = {"1", "a", "22", "bcd"}};
    assert_string_equal(print(&query, WEIR_QUERY_TABLE, true),
                        "        1 | a\n       22 | bcd\n\n");
}

static void table_without_rows_or_columns(void **state)
{
    (void)state;
    const struct query no_rows = {.names = {"a"}, .types = {WEIR_INT4}, .columns_count = 1};
    const struct query no_columns = {.rows_count = 2};
    assert_string_equal(print(&no_rows, WEIR_QUERY_TABLE, false), " a \n---\n(0 rows)\n\n");
    assert_string_equal(print(&no_columns, WEIR_QUERY_TABLE, false), "--\n(2 rows)\n\n");
}

static void csv_quotes_only_where_it_must(void **state)
{
    (void)state;
    const struct query query = {
        .names = {"q\"x", "e", "n", "d", "l", "s"},
        .types = {WEIR_TEXT, WEIR_TEXT, WEIR_TEXT, WEIR_TEXT, WEIR_TEXT, WEIR_TEXT},
        .columns_count = 6,
        .rows_count = 1,
        .values = {"a,b", "", NULL, "\\.", "a\nb", " x"}};
    assert_string_equal(print(&query, WEIR_QUERY_CSV, false),
                        "\"q\"\"x\",e,n,d,l,s\n\"a,b\",,,\"\\.\",\"a\nb\", x\n");
}

static void json_values_are_those_of_row_to_json(void **state)
{
    (void)state;
    const struct query query = {.names = {"i", "f", "n", "t", "b", "z", "j", "x"},
                                .types = {WEIR_INT8, WEIR_FLOAT8, WEIR_NUMERIC, WEIR_TEXT,
                                          WEIR_BOOL, WEIR_TIMESTAMPTZ, WEIR_JSONB, WEIR_BYTEA},
                                .columns_count = 8,
                                .rows_count = 2,
                                .values = {"-1", "NaN", "1.50", "é\"\\\n\x01", "f",
                                           "2026-01-02 03:04:05.6+00", "{\"a\":1}", "\\x00ff", NULL,
                                           "0.1", "NaN", "", NULL, "infinity", NULL, NULL}};
    assert_string_equal(
        print(&query, WEIR_QUERY_JSON, false),
        "{\"i\":-1,\"f\":\"NaN\",\"n\":1.50,\"t\":\"é\\\"\\\\\\n\\u0001\",\"b\":false,"
        "\"z\":\"2026-01-02T03:04:05.6+00:00\",\"j\":{\"a\": 1},\"x\":\"\\\\x00ff\"}\n"
        "{\"i\":null,\"f\":0.1,\"n\":\"NaN\",\"t\":\"\",\"b\":null,\"z\":\"infinity\",\"j\":null,"
        "\"x\":null}\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(table_lines_in_values_are_continued),
        TEST(table_widths_are_those_of_a_terminal),
        TEST(table_tuples_only_has_neither_header_nor_count),
        TEST(table_without_rows_or_columns),
        TEST(csv_quotes_only_where_it_must),
        TEST(json_values_are_those_of_row_to_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
