#include "op/decimal_sum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Sum and average of numerics, against what PostgreSQL 15 answers. */
static void check(const char *const *values, const char *sum_text, const char *average_text)
{
    struct weir_decimal_sum sum;
    struct weir_arena arena;
    struct weir_error err;
    uint64_t count = 0;
    weir_arena_init(&arena, 1 << 20);
    weir_decimal_sum_init(&sum);
    for (; values[count]; count++)
        assert_int_equal(weir_decimal_sum_add(&sum, weir_slice_of(values[count]), &err), WEIR_OK);
    struct weir_slice text = weir_decimal_sum_text(&sum, &arena);
    assert_int_equal(text.len, strlen(sum_text));
    assert_memory_equal(text.ptr, sum_text, text.len);
    text = weir_decimal_sum_average(&sum, count, &arena);
    assert_string_equal(weir_arena_copy(&arena, text), average_text);
    weir_decimal_sum_done(&sum);
    weir_arena_done(&arena);
}

#define CHECK(sum, average, ...) check((const char *const[]){__VA_ARGS__, NULL}, sum, average)

static void average_scale_is_postgres(void **state)
{
    (void)state;
    CHECK("3.5", "1.7500000000000000", "1.5", "2");
    CHECK("3", "1.5000000000000000", "1", "2");
    CHECK("0", "0.00000000000000000000", "0", "0");
    CHECK("1", "0.33333333333333333333", "1", "0", "0");
    CHECK("2", "0.66666666666666666667", "1", "1", "0");
    CHECK("-2", "-0.66666666666666666667", "-1", "-1", "0");
    CHECK("100000", "33333.333333333333", "100000", "0", "0");
    CHECK("0.0000001", "0.000000050000000000000000", "0.0000001", "0");
    CHECK("12345678901234567890.12", "6172839450617283945.06", "12345678901234567890.12", "0");
}

static void sum_keeps_the_largest_scale(void **state)
{
    (void)state;
    CHECK("0.00", "0.00000000000000000000", "1.25", "-1.25");
    CHECK("1.0005", "0.50025000000000000000", "1", "0.0005");
    CHECK("-0.5", "-0.50000000000000000000", "-0.5");
}

static void sum_of_specials_is_postgres(void **state)
{
    (void)state;
    CHECK("NaN", "NaN", "1", "NaN");
    CHECK("Infinity", "Infinity", "1", "Infinity");
    CHECK("-Infinity", "-Infinity", "1", "-Infinity");
    CHECK("NaN", "NaN", "Infinity", "-Infinity");
}

static void sum_of_integers_beyond_64_bits(void **state)
{
    struct weir_decimal_sum sum;
    struct weir_arena arena;
    (void)state;
    weir_arena_init(&arena, 1 << 20);
    weir_decimal_sum_init(&sum);
    weir_decimal_sum_add_integer(&sum, (__int128)INT64_MIN * 2);
    assert_string_equal(weir_arena_copy(&arena, weir_decimal_sum_text(&sum, &arena)),
                        "-18446744073709551616");
    weir_decimal_sum_done(&sum);
    weir_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(average_scale_is_postgres),
        cmocka_unit_test(sum_keeps_the_largest_scale),
        cmocka_unit_test(sum_of_specials_is_postgres),
        cmocka_unit_test(sum_of_integers_beyond_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
