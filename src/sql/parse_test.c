/* Statements and problems, with their places. */
#include "sql/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct parsed {
    struct weir_arena arena;
    struct weir_pool pool;
    struct weir_problems problems;
    struct weir_source_map map;
    struct weir_sql_statements statements;
    struct weir_buffer text; /* the problems, printed */
};

static struct parsed *parse(const char *text)
{
    struct parsed *parsed = calloc(1, sizeof *parsed);
    struct weir_error err;
    assert_non_null(parsed);
    weir_arena_init(&parsed->arena, 64 << 20);
    weir_buffer_init(&parsed->text, 1 << 20);
    parsed->pool.arena = &parsed->arena;
    parsed->problems.pool = &parsed->pool;
    if (setjmp(parsed->pool.exhausted))
        fail_msg("out of memory");
    const struct weir_sql_file *file =
        weir_source_map_add(&parsed->map, &parsed->pool, "a.sql", weir_slice_of(text));
    assert_non_null(file);
    assert_int_equal(
        weir_sql_parse(file, &parsed->map, &parsed->problems, &parsed->statements, &err), WEIR_OK);
    assert_int_equal(weir_problems_print(&parsed->problems, &parsed->map, &parsed->text, &err),
                     WEIR_OK);
    assert_int_equal(weir_buffer_append(&parsed->text, weir_slice("", 1), &err), WEIR_OK);
    return parsed;
}

static void parsed_free(struct parsed *parsed)
{
    weir_buffer_done(&parsed->text);
    weir_arena_done(&parsed->arena);
    free(parsed);
}

static void assert_problems(const char *text, uint32_t statements, const char *expected)
{
    struct parsed *parsed = parse(text);
    assert_string_equal(parsed->text.ptr, expected);
    assert_int_equal(parsed->statements.count, statements);
    parsed_free(parsed);
}

static void statements_know_their_places(void **state)
{
    (void)state;
    struct parsed *parsed =
        parse("-- first\nCREATE SERVER s\n  FOREIGN DATA WRAPPER f OPTIONS (a 'b');\n"
              "/* then */ INSERT INTO t (x) SELECT 1;");
    struct weir_sql_place place;
    assert_int_equal(parsed->statements.count, 2);
    const struct weir_sql_statement *server = &parsed->statements.items[0];
    assert_int_equal(server->kind, WEIR_SQL_CREATE_SERVER);
    assert_true(weir_source_map_find(&parsed->map, server->server.location, &place));
    assert_int_equal(place.line, 3);
    assert_int_equal(place.column, 24);
    assert_true(weir_source_map_find(&parsed->map, server->options[0].location, &place));
    assert_int_equal(place.column, 35);
    assert_true(weir_source_map_find(&parsed->map, parsed->statements.items[1].location, &place));
    assert_int_equal(place.line, 4);
    assert_int_equal(place.column, 12);
    assert_false(weir_source_map_find(&parsed->map, -1, &place));
    parsed_free(parsed);
}

static void syntax_errors_do_not_hide_each_other(void **state)
{
    (void)state;
    assert_problems("SELECT 1 FROM;\nSET weir.name = 'x';\nINSRT INTO t SELECT 2", 1,
                    "a.sql:1:14: error: syntax error at or near \";\"\n"
                    "    1 | SELECT 1 FROM;\n      |              ^\n"
                    "a.sql:3:1: error: syntax error at or near \"INSRT\"\n"
                    "    3 | INSRT INTO t SELECT 2\n      | ^~~~~\n");
}

static void open_quote_leaves_what_is_before(void **state)
{
    (void)state;
    assert_problems("SET weir.name = 'x';\nSET weir.epoch = 'y", 1,
                    "a.sql:2:18: error: unterminated quoted string at or near \"'y\"\n"
                    "    2 | SET weir.epoch = 'y\n      |                  ^~\n");
}

static void columns_count_characters_and_tabs_are_kept(void **state)
{
    (void)state;
    assert_problems("\tSELECT 'é', (ROW(1)).x;", 0,
                    "a.sql:1:2: error: this form of expression is not supported\n"
                    "    1 | \tSELECT 'é', (ROW(1)).x;\n      | \t^~~~~~\n");
}

static void unsupported_statement_says_what_to_use(void **state)
{
    (void)state;
    assert_problems("DELETE FROM t", 0,
                    "a.sql:1:1: error: UPDATE, DELETE or MERGE is not supported\n"
                    "    1 | DELETE FROM t\n      | ^~~~~~\n"
                    "hint: write INSERT INTO a table with the option key: that updates\n");
}

static void broken_definition_keeps_its_name(void **state)
{
    (void)state;
    struct parsed *parsed = parse("CREATE FOREIGN TABLE t (a int[]) SERVER s");
    assert_int_equal(parsed->problems.errors_count, 1);
    assert_int_equal(parsed->statements.count, 1);
    assert_true(parsed->statements.items[0].broken);
    assert_string_equal(parsed->statements.items[0].name.text, "t");
    parsed_free(parsed);
}

static void negative_and_large_numbers_are_kept_as_text(void **state)
{
    (void)state;
    struct parsed *parsed = parse("SELECT -5, 99999999999999999999, 1e3");
    const struct weir_sql_select *select = parsed->statements.items[0].select;
    assert_string_equal(select->targets[0].expr->text, "-5");
    assert_int_equal(select->targets[1].expr->kind, WEIR_SQL_INTEGER);
    assert_int_equal(select->targets[2].expr->kind, WEIR_SQL_DECIMAL);
    parsed_free(parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_know_their_places),
        cmocka_unit_test(syntax_errors_do_not_hide_each_other),
        cmocka_unit_test(open_quote_leaves_what_is_before),
        cmocka_unit_test(columns_count_characters_and_tabs_are_kept),
        cmocka_unit_test(unsupported_statement_says_what_to_use),
        cmocka_unit_test(broken_definition_keeps_its_name),
        cmocka_unit_test(negative_and_large_numbers_are_kept_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
