/* What statements become: the explained plan of each, against the text that it should have. */
#include "plan/plan_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The statements over the tables of weir_testing_tables give this plan (the pipeline's line left
 * out). */
static void assert_plan(const char *statements, const char *query, const char *expected)
{
    char *text = malloc(strlen(weir_testing_tables) + strlen(statements) + 1);
    struct weir_testing_plan made;
    assert_non_null(text);
    strcpy(text, weir_testing_tables);
    strcat(text, statements);
    weir_testing_plan_make(&made, text, query, NULL);
    const char *got = made.text.ptr;
    if (strncmp(got, "Pipeline ", 9) == 0)
        got = strchr(got, '\n') + 1;
    assert_string_equal(got, expected);
    weir_testing_plan_done(&made);
    free(text);
}

static uint64_t hash_of(const char *statements)
{
    struct weir_testing_plan made;
    weir_testing_plan_make(&made, statements, NULL, NULL);
    assert_non_null(made.plan);
    uint64_t hash = made.plan->hash;
    weir_testing_plan_done(&made);
    return hash;
}

/* ---- streams ---- */

static void insert_through_views_is_one_filter_and_one_projection(void **state)
{
    (void)state;
    assert_plan("CREATE VIEW v AS SELECT *, a + 1 AS b FROM s WHERE n > 0;"
                "CREATE VIEW w AS SELECT b, upper(k) AS k FROM v WHERE k <> '';"
                "INSERT INTO o (a, k) SELECT b, k || '!' FROM w WHERE b > 5;",
                NULL,
                "Source s (log s, json)\n  reads: a, k, n\n"
                "  read as it grows; a bad record stops the pipeline\n"
                "  -> INSERT INTO o, exactly once\n"
                "       Filter: n > 0 AND k <> '' AND a + 1 > 5\n"
                "       Project: (a + 1)::bigint, upper(k) || '!', now()\n"
                "       To o (log o, json, key a, k)\n");
}

static void exists_with_alternatives_asks_one_lookup_twice(void **state)
{
    (void)state;
    assert_plan("INSERT INTO o SELECT a, k FROM s WHERE EXISTS (SELECT 1 FROM u WHERE u.k IN (s.k, "
                "upper(s.k)) AND u.a > 1);",
                NULL,
                "Lookup 0 (u): by k, kept in memory\n"
                "  -> Project: k\n    -> Filter: a > 1\n      -> Scan u (file u.json, json)\n      "
                "    reads: a, k\n"
                "Source s (log s, json)\n  reads: a, k\n"
                "  read as it grows; a bad record stops the pipeline\n"
                "  -> INSERT INTO o, exactly once\n"
                "       Filter: k IN (lookup 0) OR upper(k) IN (lookup 0)\n"
                "       Project: a::bigint, k, now()\n"
                "       To o (log o, json, key a, k)\n");
}

static void equal_lookups_of_two_statements_are_one(void **state)
{
    (void)state;
    struct weir_testing_plan made;
    char text[4096];
    snprintf(text, sizeof text,
             "%sINSERT INTO o (a) SELECT a FROM s WHERE k IN (SELECT k FROM u);"
             "INSERT INTO o (a) SELECT a + 1 FROM s WHERE k NOT IN (SELECT k FROM u);",
             weir_testing_tables);
    weir_testing_plan_make(&made, text, NULL, NULL);
    assert_non_null(made.plan);
    assert_int_equal(made.plan->lookups_count, 1);
    assert_int_equal(made.plan->sources_count, 1);
    assert_int_equal(made.plan->sinks_count, 1);
    assert_int_equal(made.plan->sources[0].branches_count, 2);
    assert_int_equal(made.plan->lookups[0].tables_count, 1);
    weir_testing_plan_done(&made);
}

static void join_streams_the_unbounded_side(void **state)
{
    (void)state;
    assert_plan(
        "INSERT INTO o (a, k) SELECT s.a, u.v FROM u JOIN s ON u.k = s.k AND u.a > 2 WHERE s.n = 1 "
        "AND u.v <> s.k;",
        NULL,
        "Lookup 0 (u): by key, kept in memory\n"
        "  -> Project: k, v\n    -> Filter: a > 2\n      -> Scan u (file u.json, json)\n"
        "          reads: a, k, v\n"
        "Source s (log s, json)\n  reads: a, k, n\n"
        "  read as it grows; a bad record stops the pipeline\n"
        "  -> INSERT INTO o, exactly once\n"
        "       Filter: n = 1\n       Project: a, k\n       INNER JOIN lookup 0 (u) ON (k)\n"
        "       Filter: v <> k\n       Project: a::bigint, v, now()\n"
        "       To o (log o, json, key a, k)\n");
}

static void union_all_gives_a_branch_for_each_source(void **state)
{
    (void)state;
    assert_plan(
        "INSERT INTO o SELECT a, b FROM t UNION ALL SELECT a, k FROM s UNION ALL VALUES (7, 'x');",
        NULL,
        "Source t (file t.csv, csv)\n  reads: a, b\n  read to its end; a bad record stops the "
        "pipeline\n"
        "  -> INSERT INTO o, exactly once\n       Project: a::bigint, b, now()\n"
        "       To o (log o, json, key a, k)\n"
        "Source s (log s, json)\n  reads: a, k\n  read as it grows; a bad record stops the "
        "pipeline\n"
        "  -> INSERT INTO o, exactly once\n       Project: a::bigint, k, now()\n"
        "       To o (log o, json, key a, k)\n"
        "Source query 1, run once\n  -> Values: 1 row\n"
        "  -> INSERT INTO o, exactly once\n       Project: column1::bigint, column2, now()\n"
        "       To o (log o, json, key a, k)\n");
}

static void grouped_insert_is_a_query_that_runs_once(void **state)
{
    (void)state;
    assert_plan("INSERT INTO o (a, k) SELECT count(*), b FROM t GROUP BY b HAVING count(*) > 1;",
                NULL,
                "Source query 1, run once\n  -> Group by: b; count(*)\n    -> Project: b\n"
                "      -> Scan t (file t.csv, csv)\n          reads: b\n"
                "  -> INSERT INTO o, exactly once\n       Filter: count > 1\n       Project: "
                "count, b, now()\n"
                "       To o (log o, json, key a, k)\n");
}

static void defaults_fill_columns_not_given(void **state)
{
    (void)state;
    struct weir_testing_plan made;
    char text[4096];
    snprintf(text, sizeof text, "%sINSERT INTO o (k) SELECT k FROM s;", weir_testing_tables);
    weir_testing_plan_make(&made, text, NULL, NULL);
    assert_non_null(made.plan);
    const struct weir_branch *branch = &made.plan->sources[0].branches[0];
    assert_int_equal(branch->exprs_count, 3);
    assert_int_equal(branch->exprs[0]->kind, WEIR_EXPR_CONST);
    assert_int_equal(branch->exprs[2]->kind, WEIR_EXPR_CALL);
    assert_false(made.plan->statements[0].given[0]);
    assert_true(made.plan->statements[0].given[1]);
    assert_false(made.plan->statements[0].given[2]);
    weir_testing_plan_done(&made);
}

static void stream_that_a_statement_writes_is_fed(void **state)
{
    (void)state;
    struct weir_testing_plan made;
    char text[4096];
    snprintf(text, sizeof text,
             "%sCREATE FOREIGN TABLE o2 (k text) SERVER bus OPTIONS (topic 'o');"
             "INSERT INTO o (k) SELECT k FROM s; INSERT INTO s (k) SELECT k FROM o2;",
             weir_testing_tables);
    weir_testing_plan_make(&made, text, NULL, NULL);
    assert_non_null(made.plan);
    assert_int_equal(made.plan->sources_count, 2);
    assert_true(made.plan->sources[0].fed);
    assert_true(made.plan->sources[1].fed); /* another name for the same topic */
    weir_testing_plan_done(&made);
}

/* ---- bounded queries ---- */

static void query_without_from_folds(void **state)
{
    (void)state;
    assert_plan("", "SELECT 1 + 2 AS n, 'a' || 'b', CASE WHEN true THEN 1 ELSE 1 / 0 END",
                "Project: 3, 'ab', 1\n  -> Values: 1 row\n");
}

static void query_groups_sorts_and_limits(void **state)
{
    (void)state;
    assert_plan("",
                "SELECT upper(b) AS x, count(*), sum(a) FILTER (WHERE e) FROM t GROUP BY x ORDER "
                "BY 2 DESC, "
                "max(g) NULLS FIRST LIMIT 3",
                "Limit 3\n  -> Project: x, count, sum\n    -> Sort: count DESC, sort NULLS FIRST\n"
                "      -> Project: key, count, sum, max\n"
                "        -> Group by: upper(b); count(*), sum(a) FILTER (WHERE e), max(g)\n"
                "          -> Project: a, b, e, g\n            -> Scan t (file t.csv, csv)\n"
                "                reads: a, b, e, g\n");
}

static void query_with_correlated_in_keeps_three_valued_logic(void **state)
{
    (void)state;
    assert_plan(
        "", "SELECT a FROM t WHERE a NOT IN (SELECT a FROM u WHERE u.k = t.b)",
        "Lookup 0 (u): by k, a, kept in memory\n  -> Project: k, a\n    -> Scan u (file u.json, "
        "json)\n"
        "        reads: a, k\n"
        "Lookup 1 (u): by k, kept in memory\n  -> Project: k\n    -> Filter: a IS NULL\n"
        "      -> Scan u (file u.json, json)\n          reads: a, k\n"
        "Lookup 2 (u): by k, kept in memory\n  -> Project: k\n    -> Scan u (file u.json, json)\n"
        "        reads: k\n"
        "Project: a\n  -> Filter: NOT CASE WHEN (b, a) IN (lookup 0) THEN true WHEN b IN (lookup "
        "1) OR a IS NULL "
        "AND b IN (lookup 2) THEN NULL ELSE false END\n    -> Scan t (file t.csv, csv)\n        "
        "reads: a, b\n");
}

static void query_counts_rows_without_reading_columns(void **state)
{
    (void)state;
    assert_plan("", "SELECT count(*) FROM t",
                "Project: count\n  -> Aggregate: count(*)\n    -> Project: true\n      -> Scan t "
                "(file t.csv, csv)\n");
}

static void comma_list_joins_by_where(void **state)
{
    (void)state;
    assert_plan("", "SELECT t.a FROM t, u WHERE t.b = u.k AND t.e AND u.v = 'x'",
                "Lookup 0 (u): by key, kept in memory\n  -> Project: k\n    -> Filter: v = 'x'\n"
                "      -> Scan u (file u.json, json)\n          reads: k, v\n"
                "Project: a\n  -> INNER JOIN lookup 0 (u) ON (b)\n    -> Project: a, b\n      -> "
                "Filter: e\n"
                "        -> Scan t (file t.csv, csv)\n            reads: a, b, e\n");
}

/* ---- hash ---- */

static void hash_ignores_text_comments_and_credentials(void **state)
{
    (void)state;
    const char *one =
        "CREATE SERVER h FOREIGN DATA WRAPPER http; CREATE SERVER f FOREIGN DATA WRAPPER file;"
        "CREATE USER MAPPING FOR CURRENT_USER SERVER h OPTIONS (token 'a');"
        "CREATE FOREIGN TABLE i (a int) SERVER h OPTIONS (path 'i', timeout '1 s');"
        "CREATE FOREIGN TABLE j (a int) SERVER f OPTIONS (path 'j');"
        "INSERT INTO j SELECT a FROM i WHERE a > 1;";
    const char *two =
        "CREATE SERVER h FOREIGN DATA WRAPPER http; CREATE SERVER f FOREIGN DATA WRAPPER file;"
        "CREATE USER MAPPING FOR CURRENT_USER SERVER h OPTIONS (token 'b');"
        "CREATE FOREIGN TABLE i (a int) SERVER h OPTIONS (timeout '2 s', path 'i');"
        "CREATE FOREIGN TABLE j (a int) SERVER f OPTIONS (path 'j'); COMMENT ON FOREIGN TABLE j IS "
        "'x';"
        "CREATE VIEW v AS SELECT * FROM i /* all */; INSERT INTO j SELECT v.a FROM v WHERE 1 < v.a "
        "IS TRUE OR a > 1;";
    const char *three =
        "CREATE SERVER h FOREIGN DATA WRAPPER http; CREATE SERVER f FOREIGN DATA WRAPPER file;"
        "CREATE FOREIGN TABLE i (a int) SERVER h OPTIONS (path 'i');"
        "CREATE FOREIGN TABLE j (a int) SERVER f OPTIONS (path 'j');"
        "CREATE VIEW v AS SELECT * FROM i WHERE a > 1; INSERT INTO j SELECT a FROM v;";
    assert_int_equal(hash_of(one), hash_of(three));
    assert_int_not_equal(hash_of(one), hash_of(two));
}

/* The hash of a pipeline from a file over a topic into files, whose tables have these options, too. */
static uint64_t hash_with(const char *in, const char *topic, const char *out)
{
    char text[1024];
    snprintf(text, sizeof text,
             "CREATE SERVER f FOREIGN DATA WRAPPER file; CREATE SERVER b FOREIGN DATA WRAPPER log;"
             "CREATE FOREIGN TABLE i (a int) SERVER f OPTIONS (path 'i', bounded 'true'%s);"
             "CREATE FOREIGN TABLE t (a int) SERVER b OPTIONS (topic 't'%s);"
             "CREATE FOREIGN TABLE o (a int) SERVER f OPTIONS (path 'o'%s);"
             "INSERT INTO t SELECT a FROM i; INSERT INTO o SELECT a FROM t;",
             in, topic, out);
    return hash_of(text);
}

static void hash_ignores_options_that_say_how_fast_or_how_long(void **state)
{
    (void)state;
    uint64_t plain = hash_with("", "", "");
    assert_int_equal(hash_with("", ", retention_time '1 d', retention_size '1 GB'", ""), plain);
    assert_int_equal(hash_with("", ", segment_size '1 MB'", ""), plain);
    assert_int_equal(hash_with("", "", ", commit_interval '1 s', roll_size '1 MB'"), plain);
    assert_int_not_equal(hash_with(", max_record '1 MB'", "", ""), plain);
    assert_int_not_equal(hash_with("", ", key 'a'", ""), plain);
}

/* ---- explain ---- */

static void explain_json_and_dot_are_printed(void **state)
{
    (void)state;
    struct weir_testing_plan made;
    struct weir_error err;
    char text[4096];
    snprintf(text, sizeof text,
             "%sINSERT INTO o (k) SELECT u.v FROM s JOIN u USING (k) WHERE s.k = '\"';",
             weir_testing_tables);
    weir_testing_plan_make(&made, text, NULL, NULL);
    assert_non_null(made.plan);
    made.text.len = 0;
    assert_int_equal(weir_plan_explain(made.plan, WEIR_EXPLAIN_JSON, &made.text, &err), WEIR_OK);
    assert_int_equal(weir_buffer_append(&made.text, weir_slice("", 1), &err), WEIR_OK);
    assert_non_null(strstr(made.text.ptr, "\"filter\": \"k = '\\\"'\""));
    made.text.len = 0;
    assert_int_equal(weir_plan_explain(made.plan, WEIR_EXPLAIN_DOT, &made.text, &err), WEIR_OK);
    assert_int_equal(weir_buffer_append(&made.text, weir_slice("", 1), &err), WEIR_OK);
    assert_non_null(strstr(made.text.ptr, "source0 -> sink0"));
    weir_testing_plan_done(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(insert_through_views_is_one_filter_and_one_projection),
        cmocka_unit_test(exists_with_alternatives_asks_one_lookup_twice),
        cmocka_unit_test(equal_lookups_of_two_statements_are_one),
        cmocka_unit_test(join_streams_the_unbounded_side),
        cmocka_unit_test(union_all_gives_a_branch_for_each_source),
        cmocka_unit_test(grouped_insert_is_a_query_that_runs_once),
        cmocka_unit_test(defaults_fill_columns_not_given),
        cmocka_unit_test(stream_that_a_statement_writes_is_fed),
        cmocka_unit_test(query_without_from_folds),
        cmocka_unit_test(query_groups_sorts_and_limits),
        cmocka_unit_test(query_with_correlated_in_keeps_three_valued_logic),
        cmocka_unit_test(query_counts_rows_without_reading_columns),
        cmocka_unit_test(comma_list_joins_by_where),
        cmocka_unit_test(hash_ignores_text_comments_and_credentials),
        cmocka_unit_test(hash_ignores_options_that_say_how_fast_or_how_long),
        cmocka_unit_test(explain_json_and_dot_are_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
