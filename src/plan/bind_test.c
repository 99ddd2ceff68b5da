/* Mistakes: each is found at its place, in PostgreSQL's words. */
#include "plan/plan_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Planning gives errors; the messages (without the file's name, source lines and carets) are the
 * expected ones, `LINE:COLUMN: TEXT` a line. The statements begin in line 2, the query is its own
 * line 1. */
static void assert_errors(const char *statements, const char *query, const char *expected)
{
    char *text = malloc(strlen(weir_testing_tables) + strlen(statements) + 1), got[8192] = "";
    struct weir_testing_plan made;
    assert_non_null(text);
    strcpy(text, weir_testing_tables);
    strcat(text, statements);
    weir_testing_plan_make(&made, text, query, NULL);
    assert_null(made.plan);
    for (char *line = strtok(made.text.ptr, "\n"); line; line = strtok(NULL, "\n")) {
        const char *at = strstr(line, ": error: ");
        if (strncmp(line, "/proc/self/fd/100:", 18) == 0)
            line += 18;
        else if (strncmp(line, "query:", 6) == 0)
            line += 6;
        else
            continue;
        if (at)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%.*s: %s\n", (int)(at - line),
                     line, at + 9);
    }
    assert_string_equal(got, expected);
    weir_testing_plan_done(&made);
    free(text);
}

static void assert_query_error(const char *query, const char *expected)
{
    assert_errors("", query, expected);
}

static void names_that_do_not_exist_are_guessed(void **state)
{
    (void)state;
    assert_query_error("SELECT bb, t.cc, zz.a, lowr(b) FROM t, nope",
                       "1:40: relation \"nope\" does not exist\n");
    assert_query_error("SELECT locaton, u.vv FROM u, (SELECT 1 AS location) x",
                       "1:8: column \"locaton\" does not exist; did you mean \"location\"?\n"
                       "1:17: column u.vv does not exist; did you mean \"v\"?\n");
    assert_query_error("SELECT zzz.a FROM t", "1:8: missing FROM-clause entry for table \"zzz\"\n");
    assert_query_error("SELECT lowr(b) FROM t",
                       "1:8: function lowr(text) does not exist; did you mean \"lower\"?\n");
    assert_query_error("SELECT a FROM t, u", "1:8: column reference \"a\" is ambiguous\n");
}

static void types_that_do_not_fit_are_errors(void **state)
{
    (void)state;
    assert_query_error("SELECT a + b, NOT a, lower(a) FROM t WHERE b",
                       "1:10: operator does not exist: integer + text\n"
                       "1:19: argument of NOT must be type boolean, not type integer\n"
                       "1:22: function lower(integer) does not exist\n"
                       "1:44: argument of WHERE must be type boolean, not type text\n");
    assert_query_error("SELECT CASE WHEN e THEN a ELSE d END FROM t",
                       "1:25: CASE types timestamp with time zone and integer cannot be matched\n");
    assert_query_error(
        "SELECT a FROM t UNION ALL SELECT d FROM t",
        "1:34: UNION types integer and timestamp with time zone cannot be matched\n");
    assert_query_error("SELECT a FROM t UNION ALL SELECT a, b FROM t",
                       "1:34: each UNION query must have the same number of columns\n");
}

static void constants_are_checked_at_once(void **state)
{
    (void)state;
    assert_query_error("SELECT 'x'::int, 1 / 0, a = 'y' FROM t",
                       "1:8: invalid input syntax for type integer: \"x\"\n"
                       "1:20: division by zero\n"
                       "1:29: invalid input syntax for type integer: \"y\"\n");
}

static void grouping_rules_are_kept(void **state)
{
    (void)state;
    assert_query_error("SELECT b, count(*) FROM t GROUP BY a",
                       "1:8: column \"t.b\" must appear in the GROUP BY clause or be used in an "
                       "aggregate function\n");
    assert_query_error("SELECT sum(a) FROM t WHERE sum(a) > 1",
                       "1:28: aggregate functions are not allowed in WHERE\n");
    assert_query_error("SELECT sum(sum(a)) FROM t",
                       "1:12: aggregate function calls cannot be nested\n");
    assert_query_error("SELECT a FROM t ORDER BY 2",
                       "1:26: ORDER BY position 2 is not in select list\n");
    assert_query_error(
        "SELECT DISTINCT b FROM t ORDER BY a",
        "1:35: for SELECT DISTINCT, ORDER BY expressions must appear in select list\n");
}

static void insert_checks_its_columns(void **state)
{
    (void)state;
    assert_errors("INSERT INTO s SELECT a, k, n, n FROM s;", NULL,
                  "2:31: INSERT has more expressions than target columns\n");
    assert_errors("INSERT INTO s (a, k) SELECT a FROM s;", NULL,
                  "2:19: INSERT has more target columns than expressions\n");
    assert_errors("INSERT INTO s (a, kk, a) SELECT 1;", NULL,
                  "2:19: column \"kk\" of relation \"s\" does not exist; did you mean \"k\"?\n"
                  "2:23: column \"a\" specified more than once\n");
    assert_errors("INSERT INTO s (a) SELECT k FROM s;", NULL,
                  "2:26: column \"a\" is of type integer but expression is of type text\n");
    assert_errors(
        "INSERT INTO nowhere SELECT 1; CREATE VIEW v AS SELECT 1 AS x; INSERT INTO v SELECT 1;",
        NULL, "2:13: relation \"nowhere\" does not exist\n2:75: cannot insert into view \"v\"\n");
    assert_errors(
        "INSERT INTO o (a, k) SELECT a, k FROM s ON CONFLICT (k) DO UPDATE SET a = excluded.a;",
        NULL, "2:41: ON CONFLICT must name the key of table \"o\"\n");
}

static void streams_have_no_end(void **state)
{
    (void)state;
    assert_errors("INSERT INTO o (a) SELECT a FROM s GROUP BY a;", NULL,
                  "2:44: GROUP BY over the unbounded stream \"s\" is not supported\n");
    assert_errors("INSERT INTO o (a) SELECT a FROM s LIMIT 1;", NULL,
                  "2:41: LIMIT or OFFSET over the unbounded stream \"s\" is not supported\n");
    assert_errors("INSERT INTO o (a) SELECT s.a FROM s JOIN o ON s.k = o.k;", NULL,
                  "2:42: a join of two streams is not supported: \"s\" and \"o\"\n");
    assert_errors("INSERT INTO o (a) SELECT a FROM t WHERE a IN (SELECT a FROM s);", NULL,
                  "2:43: a subquery over the unbounded stream \"s\" is not supported\n");
    assert_errors("INSERT INTO o (a) SELECT u.a FROM u LEFT JOIN s ON s.k = u.k;", NULL,
                  "2:47: an outer join that keeps every row of a bounded side needs the stream "
                  "\"s\" to end\n");
}

static void correlation_must_be_equality(void **state)
{
    (void)state;
    assert_query_error("SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a > t.a)",
                       "1:57: this condition of a correlated subquery is not supported\n");
    assert_query_error(
        "SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM u WHERE EXISTS (SELECT 1 FROM u w WHERE w.k = "
        "t.b))",
        "1:91: column \"b\" belongs to the query around this subquery and cannot be used here\n");
}

static void views_must_not_read_themselves(void **state)
{
    (void)state;
    assert_errors("CREATE VIEW v AS SELECT a FROM w; CREATE VIEW w AS SELECT a FROM v; INSERT INTO "
                  "o (a) SELECT a FROM v;",
                  NULL, "2:13: view \"v\" reads itself, directly or through other views\n");
}

static void all_errors_come_at_once_and_in_order(void **state)
{
    (void)state;
    assert_errors(
        "INSERT INTO s SELEC 1;\nCREATE TABLE x (a int);\nINSERT INTO s (a) SELECT 'x';\nSELECT 1;",
        NULL,
        "2:15: syntax error at or near \"SELEC\"\n3:1: CREATE TABLE is not supported\n"
        "4:26: invalid input syntax for type integer: \"x\"\n5:1: SELECT without INSERT INTO goes "
        "nowhere\n");
    assert_errors("INSERT INTO nope SELECT 1;\nINSERT INTO s SELECT 'never closed;\n\n", NULL,
                  "2:13: relation \"nope\" does not exist\n"
                  "3:22: unterminated quoted string at or near \"'never closed;..\"\n");
}

static void broken_definition_is_reported_once(void **state)
{
    (void)state;
    assert_errors("CREATE FOREIGN TABLE x (a int PRIMARY KEY) SERVER here; INSERT INTO o (a) "
                  "SELECT a FROM x;",
                  NULL,
                  "2:31: a primary key or unique constraint on a foreign table is not supported\n");
}

static void columns_count_characters(void **state)
{
    (void)state;
    assert_query_error("SELECT 'é', nope FROM t", "1:13: column \"nope\" does not exist\n");
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    char *deep = malloc(400000);
    assert_non_null(deep);
    strcpy(deep, "SELECT 1");
    char *at = deep + strlen(deep);
    for (int i = 0; i < 100000; i++)
        at = stpcpy(at, "+1");
    assert_query_error(deep, "1:8007: the statement is nested too deeply\n");
    strcpy(deep, "SELECT 1");
    at = deep + strlen(deep);
    for (int i = 0; i < 2000; i++)
        at = stpcpy(at, "+1");
    assert_query_error(deep, "1:1: the statement is nested too deeply\n");
    free(deep);
}

static void views_that_double_are_too_complex(void **state)
{
    (void)state;
    char text[8192] = "CREATE VIEW v0 AS SELECT k FROM s;";
    for (int i = 1; i < 40; i++)
        sprintf(text + strlen(text), "CREATE VIEW v%d AS SELECT k || k AS k FROM v%d;", i, i - 1);
    strcat(text, "INSERT INTO o (k) SELECT k FROM v39;");
    struct weir_testing_plan made;
    char all[12000];
    snprintf(all, sizeof all, "%s%s", weir_testing_tables, text);
    weir_testing_plan_make(&made, all, NULL, NULL);
    assert_null(made.plan);
    assert_non_null(strstr(made.text.ptr, "the expression is too complex"));
    weir_testing_plan_done(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_do_not_exist_are_guessed),
        cmocka_unit_test(types_that_do_not_fit_are_errors),
        cmocka_unit_test(constants_are_checked_at_once),
        cmocka_unit_test(grouping_rules_are_kept),
        cmocka_unit_test(insert_checks_its_columns),
        cmocka_unit_test(streams_have_no_end),
        cmocka_unit_test(correlation_must_be_equality),
        cmocka_unit_test(views_must_not_read_themselves),
        cmocka_unit_test(all_errors_come_at_once_and_in_order),
        cmocka_unit_test(broken_definition_is_reported_once),
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(views_that_double_are_too_complex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
