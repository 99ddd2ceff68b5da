/* Every function of the catalogue gives a row the same, whatever surrounds it: in a full batch,
 * under a selection, alone, and with constants in the place of columns. Values and errors alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "column/text.h"
#include "expr/testing.h"

#define ROWS   130 /* three words of validity, the last one partial */
#define ALONE  8   /* rows that are also computed alone */
#define ROUNDS 3

static const char *const samples[WEIR_TYPE_COUNT][8] = {
    [WEIR_UNKNOWN] = {"x", "", "hello", "9", "a,b", "\xc3\xa9t\xc3\xa9", "Z", "--"},
    [WEIR_BOOL] = {"t", "f", "t", "f", "t", "f", "t", "f"},
    [WEIR_INT4] = {"-7", "-1", "0", "1", "2", "3", "12", "40"},
    [WEIR_INT8] = {"-7", "-1", "0", "1", "9223372036854775807", "3", "12", "-9223372036854775808"},
    [WEIR_FLOAT8] = {"-7.5", "-1", "0", "1", "0.5", "NaN", "Infinity", "1e300"},
    [WEIR_NUMERIC] = {"-7.50", "-1", "0", "1.0", "2.5", "NaN", "1e-5", "12345678901234567890.5"},
    [WEIR_TEXT] = {"", "hex", " Ab,c ", "a,b,c",
                   "Stra\xc3\x9f"
                   "e",
                   "%b_", "year", "\xe6\x97\xa5\xe6\x9c\xac"},
    [WEIR_BYTEA] = {"", "\\x00", "\\xff", "\\x616263", "\\xe697a5", "\\x5c", "\\x31", "\\x0102"},
    [WEIR_DATE] = {"2020-02-29", "infinity", "0044-03-15 BC", "2000-01-01", "1999-12-31",
                   "-infinity", "2020-02-29", "5874897-12-31"},
    [WEIR_TIMESTAMPTZ] = {"2020-02-29 12:34:56.789+00", "infinity", "0044-03-15 BC", "2000-01-01",
                          "1999-12-31", "-infinity", "1970-01-01", "2020-02-29"},
    [WEIR_JSONB] = {"1", "\"a\"", "null", "[1, \"a\", [2]]", "{\"a\": 1, \"b\": [1]}", "{}", "[]",
                    "true"},
};

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void column_fill(struct weir_vector *column, enum weir_type type, struct weir_arena *arena,
                        uint32_t *seed)
{
    struct weir_error err;
    assert_int_equal(weir_vector_init(column, type, ROWS, false, arena, &err), WEIR_OK);
    for (uint32_t row = 0; row < ROWS; row++) {
        uint32_t chosen = next_random(seed) % 9;
        if (chosen == 8) { /* NULL, with a value that must not be read */
            if (weir_type_is_slice(type))
                column->s[row] = weir_slice((const char *)8, 1000);
            continue;
        }
        struct weir_slice text = weir_arena_slice(arena, weir_slice_of(samples[type][chosen]));
        assert_int_equal(weir_value_parse(type, text, 0, arena, column, row, &err), WEIR_OK);
        weir_set_valid(column, row, true);
    }
}

struct trial {
    struct weir_arena arena;
    const struct weir_function *function;
    uint32_t args_count;
    struct weir_vector columns[WEIR_ARGS_MAX];
    struct weir_error err;
};

static const struct weir_expr *trial_call(struct trial *trial, int64_t constant_row)
{
    const struct weir_expr *args[WEIR_ARGS_MAX];
    for (uint32_t i = 0; i < trial->args_count; i++) {
        enum weir_type type = trial->columns[i].type;
        args[i] = test_column(&trial->arena, type, i);
        if (constant_row < 0)
            continue;
        struct weir_vector *value = WEIR_NEW(&trial->arena, struct weir_vector);
        assert_non_null(value);
        assert_int_equal(weir_vector_init(value, type, 1, true, &trial->arena, &trial->err),
                         WEIR_OK);
        weir_vector_copy_value(value, 0, 1, &trial->columns[i], (uint32_t)constant_row,
                               &trial->arena);
        struct weir_expr *constant = test_expr(&trial->arena, WEIR_EXPR_CONST, type, NULL, 0);
        constant->constant = value;
        args[i] = constant;
    }
    struct weir_expr *call =
        test_expr(&trial->arena, WEIR_EXPR_CALL, trial->function->result, args, trial->args_count);
    call->function = trial->function;
    return call;
}

static const struct weir_vector *trial_run(struct trial *trial, const struct weir_expr *call,
                                           struct weir_selection selection)
{
    struct weir_program_root root = {call, 0};
    struct weir_program *program = NULL;
    struct weir_program_state *state = NULL;
    struct weir_batch batch = {.arena = &trial->arena,
                               .columns = trial->columns,
                               .columns_count = trial->args_count,
                               .rows = ROWS,
                               .capacity = ROWS};
    assert_int_equal(weir_program_compile(&root, 1, 1, &trial->arena, &program, &trial->err),
                     WEIR_OK);
    assert_int_equal(
        weir_program_state_new(program, ROWS, NULL, NULL, &trial->arena, &state, &trial->err),
        WEIR_OK);
    if (weir_program_run(state, 0, &batch, selection, 0, &trial->err) != WEIR_OK)
        fail_msg("%s: %s", trial->function->name, trial->err.text);
    return weir_program_result(state, 0);
}

static void assert_same_row(struct trial *trial, const struct weir_vector *a,
                            const struct weir_vector *b, uint32_t row, const char *how)
{
    struct weir_slice none = {NULL, 0};
    struct weir_slice a_error = a->errors ? a->errors[row] : none,
                      b_error = b->errors ? b->errors[row] : none;
    bool same = weir_slice_equal(a_error, b_error) && weir_valid(a, row) == weir_valid(b, row) &&
                !(a_error.ptr && weir_valid(a, row));
    if (same && weir_valid(a, row))
        same = weir_slice_equal(weir_value_text(a, row, &trial->arena),
                                weir_value_text(b, row, &trial->arena));
    if (!same)
        fail_msg("%s, row %u: %s differs from the whole batch", trial->function->name,
                 (unsigned)row, how);
}

static void trial_check(struct trial *trial)
{
    static uint32_t some[ROWS];
    uint32_t some_count = 0;
    for (uint32_t row = 0; row < ROWS; row += 1 + row % 3)
        some[some_count++] = row;
    struct weir_selection all = {NULL, ROWS}, selected = {some, some_count};
    const struct weir_expr *call = trial_call(trial, -1);
    const struct weir_vector *whole = trial_run(trial, call, all);
    const struct weir_vector *part = trial_run(trial, call, selected);
    for (uint32_t i = 0; i < some_count; i++)
        assert_same_row(trial, whole, part, some[i], "under a selection");
    for (uint32_t row = 0; row < ALONE; row++) {
        struct weir_selection one = {&row, 1};
        assert_same_row(trial, whole, trial_run(trial, call, one), row, "alone");
        assert_same_row(trial, whole, trial_run(trial, trial_call(trial, row), all), row,
                        "of constants");
    }
}

static void function_check(const struct weir_function *function, uint32_t seed)
{
    struct trial *trial = test_calloc(1, sizeof(*trial));
    weir_arena_init(&trial->arena, (size_t)256 << 20);
    trial->function = function;
    trial->args_count = function->args_count + (function->variadic ? 1 : 0);
    static const enum weir_type any[] = {WEIR_TEXT, WEIR_INT4, WEIR_BOOL, WEIR_JSONB};
    for (uint32_t i = 0; i < trial->args_count; i++) {
        enum weir_type type =
            function->args[i < function->args_count ? i : function->args_count - 1u];
        if (type == WEIR_UNKNOWN)
            type = any[(seed + i) % 4];
        column_fill(&trial->columns[i], type, &trial->arena, &seed);
    }
    trial_check(trial);
    weir_arena_done(&trial->arena);
    test_free(trial);
}

static void every_function_a_row_does_not_depend_on_its_batch(void **state)
{
    (void)state;
    uint32_t seed = 1;
    WEIR_FOR_FUNCTIONS(entry)
    {
        for (int round = 0; round < ROUNDS && entry->kernel; round++)
            function_check(entry, seed++);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_a_row_does_not_depend_on_its_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
