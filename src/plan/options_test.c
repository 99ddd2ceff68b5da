/* Options: where values come from, which are known, what they become. */
#include "plan/plan_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVERS                                                                                    \
    "CREATE SERVER f FOREIGN DATA WRAPPER file OPTIONS (root 'r');"                                \
    "CREATE SERVER h FOREIGN DATA WRAPPER http;"                                                   \
    "CREATE SERVER l FOREIGN DATA WRAPPER log;"                                                    \
    "CREATE SERVER q FOREIGN DATA WRAPPER sqlite OPTIONS (path 'x.db');"

/* The value of an option of table x, made of `definition`. */
static void assert_option(const char *definition, const char *variable, const char *name,
                          const char *expected)
{
    struct weir_testing_plan made;
    char text[4096];
    snprintf(text, sizeof text, "%s%s", SERVERS, definition);
    weir_testing_plan_make(&made, text, NULL, variable);
    if (!made.plan)
        fail_msg("%s", made.text.ptr);
    assert_string_equal(weir_options_text(&made.plan->tables[0]->options, name, "(unset)"),
                        expected);
    weir_testing_plan_done(&made);
}

static void assert_problem(const char *definition, const char *variable, const char *expected)
{
    struct weir_testing_plan made;
    char text[4096];
    snprintf(text, sizeof text, "%s%s", SERVERS, definition);
    weir_testing_plan_make(&made, text, NULL, variable);
    assert_null(made.plan);
    if (!strstr(made.text.ptr, expected))
        fail_msg("\"%s\" is not in:\n%s", expected, made.text.ptr);
    weir_testing_plan_done(&made);
}

static void variable_comes_from_the_command_line_first(void **state)
{
    (void)state;
    setenv("WEIR_TEST_NAME", "env", 1);
    const char *sql =
        "CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path 'a/${WEIR_TEST_NAME}/b');";
    assert_option(sql, NULL, "path", "a/env/b");
    assert_option(sql, "WEIR_TEST_NAME=given", "path", "a/given/b");
    assert_option(sql, "WEIR_TEST_NAME=${WEIR_TEST_NAME}", "path", "a/${WEIR_TEST_NAME}/b");
    unsetenv("WEIR_TEST_NAME");
    assert_problem(sql, NULL, "variable \"WEIR_TEST_NAME\" is not set");
}

static void default_may_hold_variables(void **state)
{
    (void)state;
    assert_option("CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path '${NO1:-x/${NO2:-y}/z}');",
                  NULL, "path", "x/y/z");
    assert_option(
        "CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path '${NO1:-${WEIR_SHARE}/c}');", NULL,
        "path", "/share/c");
    assert_option("CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path '${NO1:-}$x}');", NULL,
                  "path", "$x}");
}

static void malformed_variable_is_an_error(void **state)
{
    (void)state;
    assert_problem("CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path 'a${B');", NULL,
                   "\"${\" without \"}\"");
    assert_problem("CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path 'a${}');", NULL,
                   "\"${}\" is no variable");
    assert_problem("CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path '${A-b}');", NULL,
                   "is no variable");
    assert_problem("CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path '${file:/no/such}');",
                   NULL, "/no/such");
}

static void file_reference_reads_the_file_without_its_line_end(void **state)
{
    (void)state;
    FILE *file = fopen("options_test.secret", "w");
    assert_non_null(file);
    fputs("hush\n", file);
    fclose(file);
    assert_option(
        "CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path '${file:options_test.secret}!');",
        NULL, "path", "hush!");
    unlink("options_test.secret");
}

static void unknown_option_is_guessed(void **state)
{
    (void)state;
    assert_problem("CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (pth 'a');", NULL,
                   "unknown option \"pth\"; did you mean \"path\"?");
    assert_problem(
        "CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path 'a', format 'csv', delimter ';');",
        NULL, "unknown option \"delimter\"; did you mean \"delimiter\"?");
    assert_problem("CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (root 'a');", NULL,
                   "option \"root\" is not one of a table");
    assert_problem("CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path 'a', format 'jsn');",
                   NULL, "unknown format \"jsn\"; did you mean \"json\"?");
}

static void option_of_the_same_kind_has_no_effect(void **state)
{
    (void)state;
    struct weir_testing_plan made;
    weir_testing_plan_make(
        &made,
        SERVERS
        "CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path 'a', timeout '5 s', fallback 'b');"
        "CREATE FOREIGN TABLE y (a int) SERVER l; INSERT INTO y SELECT a FROM x;",
        NULL, NULL);
    assert_non_null(made.plan);
    assert_non_null(strstr(made.text.ptr, "no effect here: timeout"));
    weir_testing_plan_done(&made);
    assert_problem("CREATE FOREIGN TABLE x (a int) SERVER l OPTIONS (timeout '5 s');", NULL,
                   "unknown option \"timeout\"");
}

static void url_chooses_its_connector(void **state)
{
    (void)state;
    struct weir_testing_plan made;
    weir_testing_plan_make(
        &made,
        SERVERS "CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path 'https://e.org/a.csv.gz');",
        NULL, NULL);
    assert_non_null(made.plan);
    assert_string_equal(made.plan->tables[0]->connector->name, "http");
    assert_string_equal(made.plan->tables[0]->format->name, "csv");
    assert_string_equal(weir_options_text(&made.plan->tables[0]->options, "timeout", ""), "30 s");
    weir_testing_plan_done(&made);
    assert_problem("CREATE FOREIGN TABLE x (a int) SERVER f OPTIONS (path 'gopher://a');", NULL,
                   "no connector reads \"gopher://\"");
}

static void key_names_columns(void **state)
{
    (void)state;
    struct weir_testing_plan made;
    weir_testing_plan_make(
        &made, SERVERS "CREATE FOREIGN TABLE x (a int, b text) SERVER q OPTIONS (key 'b , a');",
        NULL, NULL);
    assert_non_null(made.plan);
    assert_int_equal(made.plan->tables[0]->key_count, 2);
    assert_int_equal(made.plan->tables[0]->key[0], 1);
    weir_testing_plan_done(&made);
    assert_problem("CREATE FOREIGN TABLE x (aa int, b text) SERVER q OPTIONS (key 'aaa');", NULL,
                   "column \"aaa\" named in key does not exist; did you mean \"aa\"?");
}

static void settings_have_defaults_and_bounds(void **state)
{
    (void)state;
    struct weir_testing_plan made;
    weir_testing_plan_make(&made, "SET weir.epoch = '2 s'; SET weir.delivery = 'at-least-once';",
                           NULL, "WEIR_DATA=d");
    assert_non_null(made.plan);
    assert_string_equal(made.plan->settings.name, "100"); /* the file's name */
    assert_int_equal(made.plan->settings.epoch_ms, 2000);
    assert_int_equal(made.plan->settings.memory_bytes, 32 << 20);
    assert_false(made.plan->settings.exactly_once);
    assert_string_equal(made.plan->settings.checkpoint, "d/checkpoints");
    weir_testing_plan_done(&made);
    assert_problem("SET weir.epocs = '1 s';", NULL, "did you mean \"weir.epoch\"?");
    assert_problem("SET weir.name = 'a/b';", NULL, "\"a/b\" is no name for a pipeline");
}

static void secrets_are_never_printed(void **state)
{
    (void)state;
    struct weir_testing_plan made;
    weir_testing_plan_make(
        &made,
        SERVERS "CREATE USER MAPPING FOR CURRENT_USER SERVER h OPTIONS (token 'hunter2');"
                "CREATE FOREIGN TABLE x (a int) SERVER h OPTIONS (path 'http://a');"
                "CREATE FOREIGN TABLE y (a int) SERVER l; INSERT INTO y SELECT a FROM x;",
        NULL, NULL);
    assert_non_null(made.plan);
    assert_null(strstr(made.text.ptr, "hunter2"));
    assert_string_equal(weir_options_text(&made.plan->tables[0]->options, "token", ""), "hunter2");
    weir_testing_plan_done(&made);
}

static void weaker_delivery_is_a_warning(void **state)
{
    (void)state;
    struct weir_testing_plan made;
    weir_testing_plan_make(
        &made,
        "CREATE SERVER i FOREIGN DATA WRAPPER stdin; CREATE SERVER o FOREIGN DATA WRAPPER stdout;"
        "CREATE FOREIGN TABLE x (a int) SERVER i; CREATE FOREIGN TABLE y (a int) SERVER o;"
        "INSERT INTO y SELECT a FROM x;",
        NULL, NULL);
    assert_non_null(made.plan);
    assert_int_equal(made.diagnostics.warnings_count, 2);
    weir_testing_plan_done(&made);
    assert_problem(
        "CREATE SERVER o FOREIGN DATA WRAPPER stdout; CREATE FOREIGN TABLE y (a int) SERVER o;"
        "CREATE FOREIGN TABLE x (a int) SERVER h OPTIONS (path 'http://a'); INSERT INTO x SELECT a "
        "FROM y;",
        NULL, "\"y\" cannot be read: connector stdout can only be written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variable_comes_from_the_command_line_first),
        cmocka_unit_test(default_may_hold_variables),
        cmocka_unit_test(malformed_variable_is_an_error),
        cmocka_unit_test(file_reference_reads_the_file_without_its_line_end),
        cmocka_unit_test(unknown_option_is_guessed),
        cmocka_unit_test(option_of_the_same_kind_has_no_effect),
        cmocka_unit_test(url_chooses_its_connector),
        cmocka_unit_test(key_names_columns),
        cmocka_unit_test(settings_have_defaults_and_bounds),
        cmocka_unit_test(secrets_are_never_printed),
        cmocka_unit_test(weaker_delivery_is_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
