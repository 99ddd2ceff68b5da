/* Types, vectors and single values: errors, copies, order and hash. */
#include <math.h>
#include <stdio.h>

#include "column/batch.h"
#include "column/column_test.h"
#include "column/text.h"

static struct weir_arena arena;
static struct weir_error err;

static int arena_begin(void **state)
{
    (void)state;
    weir_arena_init(&arena, 1 << 20);
    return 0;
}

static int arena_end(void **state)
{
    (void)state;
    weir_arena_done(&arena);
    return 0;
}

static void type_names_are_found_again(void **state)
{
    (void)state;
    for (int type = 0; type < WEIR_TYPE_COUNT; type++) {
        enum weir_type found = WEIR_TYPE_COUNT;
        assert_true(weir_type_by_name(weir_type_name((enum weir_type)type), &found));
        assert_int_equal(found, type);
    }
    enum weir_type found;
    assert_true(weir_type_by_name("varchar", &found));
    assert_int_equal(found, WEIR_TEXT);
    assert_false(weir_type_by_name("money", &found));
}

static void vector_starts_valid_or_null_as_asked(void **state)
{
    (void)state;
    struct weir_vector vector;
    assert_int_equal(weir_vector_init(&vector, WEIR_INT8, 130, true, &arena, &err), WEIR_OK);
    assert_true(weir_valid(&vector, 0) && weir_valid(&vector, 129));
    assert_int_equal(weir_vector_init(&vector, WEIR_TEXT, 130, false, &arena, &err), WEIR_OK);
    assert_false(weir_valid(&vector, 0) || weir_valid(&vector, 129));
    assert_null(vector.errors);
}

static void vector_fail_marks_only_its_row(void **state)
{
    (void)state;
    struct weir_vector from, to;
    assert_int_equal(weir_vector_init(&from, WEIR_INT4, 3, true, &arena, &err), WEIR_OK);
    assert_int_equal(weir_vector_init(&to, WEIR_INT4, 3, true, &arena, &err), WEIR_OK);
    from.i4[1] = 7;
    weir_vector_fail(&from, 2, 3, &arena, "bad %s", "row");
    assert_false(weir_valid(&from, 2));
    assert_true(weir_valid(&from, 1) && !from.errors[1].ptr);
    weir_vector_copy_value(&to, 0, 3, &from, 2, &arena);
    assert_true(weir_slice_is(to.errors[0], "bad row"));
    weir_vector_copy_value(&to, 0, 3, &from, 1, &arena);
    assert_true(weir_valid(&to, 0) && to.i4[0] == 7 && !to.errors[0].ptr);
}

static void vector_fail_without_memory_fails_every_row(void **state)
{
    (void)state;
    struct weir_arena none;
    struct weir_vector vector;
    weir_arena_init(&none, 0);
    assert_int_equal(weir_vector_init(&vector, WEIR_INT4, 3, true, &arena, &err), WEIR_OK);
    weir_vector_fail(&vector, 1, 3, &none, "never shown");
    for (uint32_t row = 0; row < 3; row++)
        assert_true(!weir_valid(&vector, row) && vector.errors[row].ptr);
    weir_vector_fail(&vector, 2, 3, &arena, "not written over the constant");
    weir_arena_done(&none);
}

/* Parses two values of a type and compares them; equal ones must hash alike. */
static int order_of(enum weir_type type, const char *a, const char *b)
{
    struct weir_vector vector;
    assert_int_equal(weir_vector_init(&vector, type, 2, false, &arena, &err), WEIR_OK);
    assert_int_equal(weir_value_parse(type, weir_slice_of(a), 0, &arena, &vector, 0, &err),
                     WEIR_OK);
    assert_int_equal(weir_value_parse(type, weir_slice_of(b), 0, &arena, &vector, 1, &err),
                     WEIR_OK);
    int order = weir_value_compare(&vector, 0, &vector, 1);
    int reverse = weir_value_compare(&vector, 1, &vector, 0);
    assert_true((order > 0) == (reverse < 0) && (order == 0) == (reverse == 0));
    if (order == 0)
        assert_true(weir_value_hash(&vector, 0) == weir_value_hash(&vector, 1));
    return (order > 0) - (order < 0);
}

static void order_of_values_is_as_postgresql(void **state)
{
    (void)state;
    assert_int_equal(order_of(WEIR_BOOL, "f", "t"), -1);
    assert_int_equal(order_of(WEIR_INT4, "-2147483648", "2147483647"), -1);
    assert_int_equal(order_of(WEIR_INT8, "9223372036854775807", "-9223372036854775808"), 1);
    assert_int_equal(order_of(WEIR_FLOAT8, "-0", "0"), 0);
    assert_int_equal(order_of(WEIR_FLOAT8, "NaN", "NaN"), 0);
    assert_int_equal(order_of(WEIR_FLOAT8, "NaN", "Infinity"), 1);
    assert_int_equal(order_of(WEIR_FLOAT8, "-Infinity", "-1e308"), -1);
    assert_int_equal(order_of(WEIR_NUMERIC, "1.0", "1.00"), 0);
    assert_int_equal(order_of(WEIR_NUMERIC, "0", "0.000"), 0);
    assert_int_equal(order_of(WEIR_NUMERIC, "-2", "-10"), 1);
    assert_int_equal(order_of(WEIR_NUMERIC, "9.99", "10"), -1);
    assert_int_equal(order_of(WEIR_NUMERIC, "NaN", "Infinity"), 1);
    assert_int_equal(order_of(WEIR_NUMERIC, "-Infinity", "-1e1000"), -1);
    assert_int_equal(order_of(WEIR_TEXT, "abc", "abcd"), -1);
    assert_int_equal(order_of(WEIR_TEXT, "Z", "a"), -1);
    assert_int_equal(order_of(WEIR_TEXT, "z", "\303\251"), -1);
    assert_int_equal(order_of(WEIR_BYTEA, "\\x00", "\\x"), 1);
    assert_int_equal(order_of(WEIR_DATE, "-infinity", "0001-01-01"), -1);
    assert_int_equal(order_of(WEIR_TIMESTAMPTZ, "2026-01-02 03:04+01", "2026-01-02 02:04Z"), 0);
    assert_int_equal(order_of(WEIR_JSONB, "{\"a\": 1.0}", "{\"a\": 1.00}"), 0);
    assert_int_equal(order_of(WEIR_JSONB, "[]", "null"), -1);
}

static void hash_of_nan_is_one_value(void **state)
{
    (void)state;
    struct weir_vector vector;
    assert_int_equal(weir_vector_init(&vector, WEIR_FLOAT8, 2, true, &arena, &err), WEIR_OK);
    vector.f8[0] = nan("1");
    vector.f8[1] = -nan("2");
    assert_int_equal(weir_value_compare(&vector, 0, &vector, 1), 0);
    assert_true(weir_value_hash(&vector, 0) == weir_value_hash(&vector, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(type_names_are_found_again),
        cmocka_unit_test(vector_starts_valid_or_null_as_asked),
        cmocka_unit_test(vector_fail_marks_only_its_row),
        cmocka_unit_test(vector_fail_without_memory_fails_every_row),
        cmocka_unit_test(order_of_values_is_as_postgresql),
        cmocka_unit_test(hash_of_nan_is_one_value),
    };
    return cmocka_run_group_tests(tests, arena_begin, arena_end);
}
