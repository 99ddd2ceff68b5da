/* Programs: logic with NULLs and errors, shared subexpressions, groups, selections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "expr/program.h"
#include "expr/testing.h"

#define ROWS_MAX 128

struct fixture {
    struct weir_arena arena;
    struct weir_error err;
    struct weir_vector columns[3];
    struct weir_batch batch;
    uint32_t probes; /* calls of the lookup probe */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    weir_arena_init(&f->arena, (size_t)8 << 20);
    f->batch = (struct weir_batch){
        .arena = &f->arena, .columns = f->columns, .columns_count = 3, .capacity = ROWS_MAX};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    weir_arena_done(&f->arena);
    free(f);
    return 0;
}

/* Column c of `rows` integers from a text: digits are values, '-' is NULL, '!' fails. */
static void ints(struct fixture *f, uint32_t c, const char *text)
{
    uint32_t rows = (uint32_t)strlen(text);
    assert_int_equal(weir_vector_init(&f->columns[c], WEIR_INT4, rows, true, &f->arena, &f->err),
                     WEIR_OK);
    f->batch.rows = rows;
    for (uint32_t row = 0; row < rows; row++) {
        f->columns[c].i4[row] = text[row] - '0';
        if (text[row] == '-')
            weir_set_valid(&f->columns[c], row, false);
        if (text[row] == '!')
            weir_vector_fail(&f->columns[c], row, rows, &f->arena, "broken");
    }
}

/* The same of booleans: t, f, '-' NULL, '!' fails. */
static void bools(struct fixture *f, uint32_t c, const char *text)
{
    uint32_t rows = (uint32_t)strlen(text);
    assert_int_equal(weir_vector_init(&f->columns[c], WEIR_BOOL, rows, true, &f->arena, &f->err),
                     WEIR_OK);
    f->batch.rows = rows;
    for (uint32_t row = 0; row < rows; row++) {
        f->columns[c].b[row] = text[row] == 't';
        if (text[row] == '-')
            weir_set_valid(&f->columns[c], row, false);
        if (text[row] == '!')
            weir_vector_fail(&f->columns[c], row, rows, &f->arena, "broken");
    }
}

static void probe(void *context, uint32_t lookup, enum weir_lookup_test test,
                  struct weir_eval *eval, const struct weir_vector *const *args,
                  uint32_t args_count, struct weir_vector *out, struct weir_selection selection)
{
    (void)lookup, (void)test, (void)eval, (void)args_count;
    ((struct fixture *)context)->probes++;
    WEIR_FOR_SELECTED(row, selection)
    out->b[row] = weir_valid(args[0], row) && args[0]->i4[row] == 7;
}

static const struct weir_vector *run(struct fixture *f, const struct weir_expr *expr)
{
    struct weir_program_root root = {expr, 0};
    struct weir_program *program = NULL;
    struct weir_program_state *state = NULL;
    assert_int_equal(weir_program_compile(&root, 1, 1, &f->arena, &program, &f->err), WEIR_OK);
    assert_int_equal(
        weir_program_state_new(program, ROWS_MAX, probe, f, &f->arena, &state, &f->err), WEIR_OK);
    struct weir_selection all = {NULL, f->batch.rows};
    assert_int_equal(weir_program_run(state, 0, &f->batch, all, 0, &f->err), WEIR_OK);
    return weir_program_result(state, 0);
}

/* The result in the notation of ints() and bools(). */
static void assert_result(struct fixture *f, const struct weir_expr *expr, const char *expected)
{
    const struct weir_vector *result = run(f, expr);
    char text[ROWS_MAX + 1] = "";
    for (uint32_t row = 0; row < f->batch.rows; row++) {
        if (result->errors && result->errors[row].ptr)
            text[row] = '!';
        else if (!weir_valid(result, row))
            text[row] = '-';
        else
            text[row] = result->type == WEIR_BOOL ? (result->b[row] ? 't' : 'f')
                                                  : (char)('0' + result->i4[row]);
    }
    assert_string_equal(text, expected);
}

#define BOOL(c) test_column(&f->arena, WEIR_BOOL, c)
#define INT(c)  test_column(&f->arena, WEIR_INT4, c)

static void and_three_values_and_errors_decides_left_to_right(void **state)
{
    struct fixture *f = *state;
    bools(f, 0,
          "tttt"
          "ffff"
          "----"
          "!!!!");
    bools(f, 1, "tf-!tf-!tf-!tf-!");
    assert_result(f, test_expr(&f->arena, WEIR_EXPR_AND, WEIR_BOOL, TEST_ARGS(BOOL(0), BOOL(1))),
                  "tf-!ffff-f-!!!!!");
}

static void or_three_values_and_errors_decides_left_to_right(void **state)
{
    struct fixture *f = *state;
    bools(f, 0,
          "tttt"
          "ffff"
          "----"
          "!!!!");
    bools(f, 1, "tf-!tf-!tf-!tf-!");
    assert_result(f, test_expr(&f->arena, WEIR_EXPR_OR, WEIR_BOOL, TEST_ARGS(BOOL(0), BOOL(1))),
                  "tttttf-!t--!!!!!");
}

static void not_and_tests_null_and_errors_pass(void **state)
{
    struct fixture *f = *state;
    bools(f, 0, "tf-!");
    assert_result(f, test_expr(&f->arena, WEIR_EXPR_NOT, WEIR_BOOL, TEST_ARGS(BOOL(0))), "ft-!");
    assert_result(f, test_expr(&f->arena, WEIR_EXPR_IS_NULL, WEIR_BOOL, TEST_ARGS(BOOL(0))),
                  "fft!");
    assert_result(f, test_expr(&f->arena, WEIR_EXPR_IS_TRUE, WEIR_BOOL, TEST_ARGS(BOOL(0))),
                  "tff!");
}

static void case_errors_behind_a_taken_branch_are_dropped(void **state)
{
    struct fixture *f = *state;
    bools(f, 0, "tttfff---!");
    ints(f, 1, "1-!1-!1-!1");
    ints(f, 2, "222-!22!-2");
    assert_result(
        f, test_expr(&f->arena, WEIR_EXPR_CASE, WEIR_INT4, TEST_ARGS(BOOL(0), INT(1), INT(2))),
        "1-!-!22!-!");
}

static void coalesce_stops_at_the_first_value(void **state)
{
    struct fixture *f = *state;
    ints(f, 0, "11--!-");
    ints(f, 1, "2!2!2-");
    assert_result(f, test_expr(&f->arena, WEIR_EXPR_COALESCE, WEIR_INT4, TEST_ARGS(INT(0), INT(1))),
                  "112!!-");
}

static void coalesce_over_word_boundary_takes_every_row(void **state)
{
    struct fixture *f = *state;
    char left[101], right[101], expected[101];
    for (int i = 0; i < 100; i++) {
        left[i] = i % 3 == 0 ? '-' : '1';
        right[i] = '2';
        expected[i] = i % 3 == 0 ? '2' : '1';
    }
    left[100] = right[100] = expected[100] = 0;
    ints(f, 0, left);
    ints(f, 1, right);
    assert_result(f, test_expr(&f->arena, WEIR_EXPR_COALESCE, WEIR_INT4, TEST_ARGS(INT(0), INT(1))),
                  expected);
}

static void strict_call_null_and_errors_pass_on(void **state)
{
    struct fixture *f = *state;
    ints(f, 0, "6-!6-64");
    ints(f, 1, "222!!02");
    assert_result(f, test_call(&f->arena, WEIR_OPERATOR, "/", TEST_ARGS(INT(0), INT(1))),
                  "3-!!!!2");
}

static void not_strict_call_errors_pass_on(void **state)
{
    struct fixture *f = *state;
    ints(f, 0, "6-!");
    ints(f, 1, "2-2");
    assert_result(f, test_call(&f->arena, WEIR_FUNCTION, "num_nulls", TEST_ARGS(INT(0), INT(1))),
                  "02!");
    assert_result(f, test_call(&f->arena, WEIR_FUNCTION, "greatest", TEST_ARGS(INT(0), INT(1))),
                  "6-!");
}

static void lookup_errors_of_keys_are_the_rows_errors(void **state)
{
    struct fixture *f = *state;
    ints(f, 0, "7-!1");
    assert_result(f, test_expr(&f->arena, WEIR_EXPR_LOOKUP, WEIR_BOOL, TEST_ARGS(INT(0))), "tf!f");
}

static void equal_subexpressions_are_computed_once(void **state)
{
    struct fixture *f = *state;
    ints(f, 0, "1782");
    const struct weir_expr *first =
        test_expr(&f->arena, WEIR_EXPR_LOOKUP, WEIR_BOOL, TEST_ARGS(INT(0)));
    const struct weir_expr *second =
        test_expr(&f->arena, WEIR_EXPR_LOOKUP, WEIR_BOOL, TEST_ARGS(INT(0)));
    const struct weir_expr *other =
        test_expr(&f->arena, WEIR_EXPR_NOT, WEIR_BOOL, TEST_ARGS(second));
    assert_true(weir_expr_equal(first, second));
    assert_int_equal(weir_expr_hash(first), weir_expr_hash(second));
    assert_false(weir_expr_equal(first, other));
    assert_result(f, test_expr(&f->arena, WEIR_EXPR_AND, WEIR_BOOL, TEST_ARGS(first, other)),
                  "ffff");
    assert_int_equal(f->probes, 1);
}

static void groups_share_what_group_0_computed(void **state)
{
    struct fixture *f = *state;
    ints(f, 0, "1775");
    ints(f, 1, "1234");
    const struct weir_expr *known =
        test_expr(&f->arena, WEIR_EXPR_LOOKUP, WEIR_BOOL, TEST_ARGS(INT(0)));
    const struct weir_expr *unknown =
        test_expr(&f->arena, WEIR_EXPR_NOT, WEIR_BOOL, TEST_ARGS(known));
    const struct weir_expr *sum =
        test_call(&f->arena, WEIR_OPERATOR, "+", TEST_ARGS(INT(0), INT(1)));
    struct weir_program_root roots[] = {{sum, 1}, {known, 0}, {unknown, 1}, {sum, 2}};
    struct weir_program *program = NULL;
    struct weir_program_state *run_state = NULL;
    assert_int_equal(weir_program_compile(roots, 4, 3, &f->arena, &program, &f->err), WEIR_OK);
    assert_int_equal(
        weir_program_state_new(program, ROWS_MAX, probe, f, &f->arena, &run_state, &f->err),
        WEIR_OK);
    struct weir_selection all = {NULL, 4}, some = {(const uint32_t[]){1, 2}, 2},
                          last = {(const uint32_t[]){3}, 1};
    assert_int_equal(weir_program_run(run_state, 0, &f->batch, all, 0, &f->err), WEIR_OK);
    assert_int_equal(weir_program_run(run_state, 1, &f->batch, some, 0, &f->err), WEIR_OK);
    assert_int_equal(weir_program_run(run_state, 2, &f->batch, last, 0, &f->err), WEIR_OK);
    assert_int_equal(f->probes, 1);
    assert_int_equal(weir_program_result(run_state, 0)->i4[1], 9);
    assert_int_equal(weir_program_result(run_state, 0)->i4[2], 10);
    assert_true(weir_program_result(run_state, 1)->b[1]);
    assert_false(weir_program_result(run_state, 2)->b[1]);
    assert_int_equal(weir_program_result(run_state, 3)->i4[3], 9);
    assert_ptr_not_equal(weir_program_result(run_state, 0), weir_program_result(run_state, 3));
}

static void registers_of_a_long_chain_are_reused(void **state)
{
    struct fixture *f = *state;
    ints(f, 0, "1");
    const struct weir_expr *sum = INT(0);
    for (int i = 0; i < 40; i++)
        sum = test_call(&f->arena, WEIR_OPERATOR, "+", TEST_ARGS(sum, test_int4(&f->arena, i)));
    struct weir_program_root root = {sum, 0};
    struct weir_program *program = NULL;
    assert_int_equal(weir_program_compile(&root, 1, 1, &f->arena, &program, &f->err), WEIR_OK);
    assert_int_equal(program->registers_count, 2);
    assert_int_equal(run(f, sum)->i4[0], 1 + 39 * 40 / 2);
}

static void filter_keeps_true_rows_and_counts_errors(void **state)
{
    struct fixture *f = *state;
    bools(f, 0, "tf-!tt!f");
    uint32_t rows[8], errors = 0;
    struct weir_selection all = {NULL, 8}, some = {(const uint32_t[]){1, 3, 5}, 3};
    assert_int_equal(weir_selection_filter(&f->columns[0], all, rows, &errors), 3);
    assert_int_equal(rows[0], 0);
    assert_int_equal(rows[1], 4);
    assert_int_equal(rows[2], 5);
    assert_int_equal(errors, 2);
    assert_int_equal(weir_selection_filter(&f->columns[0], some, rows, &errors), 1);
    assert_int_equal(rows[0], 5);
    assert_int_equal(errors, 1);
}

static void constant_row_error_is_bad_data(void **state)
{
    struct fixture *f = *state;
    struct weir_vector *result = NULL;
    const struct weir_expr *half = test_call(
        &f->arena, WEIR_OPERATOR, "/", TEST_ARGS(test_int4(&f->arena, 1), test_int4(&f->arena, 0)));
    assert_int_equal(weir_expr_constant(half, 0, &f->arena, &result, &f->err), WEIR_BAD_DATA);
    assert_string_equal(f->err.text, "division by zero");
    const struct weir_expr *upper =
        test_call(&f->arena, WEIR_FUNCTION, "upper", TEST_ARGS(test_text(&f->arena, "tom")));
    assert_true(weir_expr_is_constant(upper));
    assert_int_equal(weir_expr_constant(upper, 0, &f->arena, &result, &f->err), WEIR_OK);
    assert_true(weir_slice_is(result->s[0], "TOM"));
    assert_false(weir_expr_is_constant(test_call(&f->arena, WEIR_FUNCTION, "now", NULL, 0)));
}

static void exhausted_arena_ends_the_run(void **state)
{
    struct fixture *f = *state;
    const struct weir_expr *large =
        test_call(&f->arena, WEIR_FUNCTION, "repeat",
                  TEST_ARGS(test_text(&f->arena, "x"), test_int4(&f->arena, 100000000)));
    struct weir_vector *result = NULL;
    assert_int_equal(weir_expr_constant(large, 0, &f->arena, &result, &f->err), WEIR_NOMEM);
}

static void assert_printed(struct fixture *f, const struct weir_expr *expr, const char *expected)
{
    static const char *const names[] = {"id", "place", "age"};
    struct weir_buffer text;
    weir_buffer_init(&text, 4096);
    assert_int_equal(weir_expr_print(expr, names, &text, &f->err), WEIR_OK);
    struct weir_slice printed = weir_buffer_slice(&text);
    if (!weir_slice_is(printed, expected))
        fail_msg("printed %.*s instead of %s", WEIR_FMT(printed), expected);
    weir_buffer_done(&text);
}

static void print_puts_parentheses_where_needed(void **state)
{
    struct fixture *f = *state;
    struct weir_arena *a = &f->arena;
    const struct weir_expr *place = test_column(a, WEIR_TEXT, 1),
                           *age = test_column(a, WEIR_INT4, 2);
    const struct weir_expr *upper = test_call(a, WEIR_FUNCTION, "upper", TEST_ARGS(place));
    const struct weir_expr *is_null = test_expr(a, WEIR_EXPR_IS_NULL, WEIR_BOOL, TEST_ARGS(place));
    const struct weir_expr *known = test_expr(a, WEIR_EXPR_LOOKUP, WEIR_BOOL, TEST_ARGS(upper));
    const struct weir_expr *sum = test_call(a, WEIR_OPERATOR, "+", TEST_ARGS(age, test_int4(a, 1)));
    const struct weir_expr *twice =
        test_call(a, WEIR_OPERATOR, "*", TEST_ARGS(sum, test_int4(a, 2)));
    const struct weir_expr *like =
        test_call(a, WEIR_OPERATOR, "~~", TEST_ARGS(place, test_text(a, "O'%")));
    const struct weir_expr *either = test_expr(a, WEIR_EXPR_OR, WEIR_BOOL, TEST_ARGS(known, like));
    const struct weir_expr *given = test_expr(a, WEIR_EXPR_NOT, WEIR_BOOL, TEST_ARGS(is_null));
    assert_printed(f, twice, "(age + 1) * 2");
    assert_printed(f, test_expr(a, WEIR_EXPR_AND, WEIR_BOOL, TEST_ARGS(given, either)),
                   "place IS NOT NULL AND (upper(place) IN (lookup 0) OR place LIKE 'O''%')");
    assert_printed(
        f, test_expr(a, WEIR_EXPR_COALESCE, WEIR_TEXT, TEST_ARGS(place, test_null(a, WEIR_TEXT))),
        "COALESCE(place, NULL)");
    assert_printed(f, test_expr(a, WEIR_EXPR_CASE, WEIR_INT4, TEST_ARGS(like, age, twice)),
                   "CASE WHEN place LIKE 'O''%' THEN age ELSE (age + 1) * 2 END");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(and_three_values_and_errors_decides_left_to_right, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(or_three_values_and_errors_decides_left_to_right, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(not_and_tests_null_and_errors_pass, setup, teardown),
        cmocka_unit_test_setup_teardown(case_errors_behind_a_taken_branch_are_dropped, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(coalesce_stops_at_the_first_value, setup, teardown),
        cmocka_unit_test_setup_teardown(coalesce_over_word_boundary_takes_every_row, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(strict_call_null_and_errors_pass_on, setup, teardown),
        cmocka_unit_test_setup_teardown(not_strict_call_errors_pass_on, setup, teardown),
        cmocka_unit_test_setup_teardown(lookup_errors_of_keys_are_the_rows_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(equal_subexpressions_are_computed_once, setup, teardown),
        cmocka_unit_test_setup_teardown(groups_share_what_group_0_computed, setup, teardown),
        cmocka_unit_test_setup_teardown(registers_of_a_long_chain_are_reused, setup, teardown),
        cmocka_unit_test_setup_teardown(filter_keeps_true_rows_and_counts_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(constant_row_error_is_bad_data, setup, teardown),
        cmocka_unit_test_setup_teardown(exhausted_arena_ends_the_run, setup, teardown),
        cmocka_unit_test_setup_teardown(print_puts_parentheses_where_needed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
