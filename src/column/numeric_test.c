/* Arithmetic on numeric against PostgreSQL's answers, and rounding at both sizes of operands. */
#include <stdio.h>

#include "column/column_test.h"
#include "column/numeric.h"
#include "column/text.h"

typedef enum weir_code binary(struct weir_slice a, struct weir_slice b, struct weir_arena *arena,
                              struct weir_slice *ret, struct weir_error *err);
typedef enum weir_code unary(struct weir_slice a, struct weir_arena *arena, struct weir_slice *ret,
                             struct weir_error *err);

struct operation {
    binary *two;
    unary *one;
};

static enum weir_code run_operation(const void *context, struct weir_slice a, struct weir_slice b,
                                    struct weir_arena *arena, struct weir_slice *ret,
                                    struct weir_error *err)
{
    const struct operation *operation = context;
    struct weir_slice x, y;
    WEIR_TRY(weir_numeric_parse(a, arena, &x, err));
    if (operation->one)
        return operation->one(x, arena, ret, err);
    WEIR_TRY(weir_numeric_parse(b, arena, &y, err));
    return operation->two(x, y, arena, ret, err);
}

static enum weir_code run_round(const void *context, struct weir_slice a, struct weir_slice b,
                                struct weir_arena *arena, struct weir_slice *ret,
                                struct weir_error *err)
{
    struct weir_slice x;
    int32_t scale;
    WEIR_TRY(weir_numeric_parse(a, arena, &x, err));
    WEIR_TRY(weir_int4_parse(b, &scale, err));
    return context ? weir_numeric_trunc(x, scale, arena, ret, err)
                   : weir_numeric_round(x, scale, arena, ret, err);
}

/* numeric(5, 2) */
static enum weir_code run_fit(const void *context, struct weir_slice a, struct weir_slice b,
                              struct weir_arena *arena, struct weir_slice *ret,
                              struct weir_error *err)
{
    (void)context;
    (void)b;
    struct weir_slice x;
    WEIR_TRY(weir_numeric_parse(a, arena, &x, err));
    return weir_numeric_fit(x, 5, 2, arena, ret, err);
}

static enum weir_code run_to_int4(const void *context, struct weir_slice a, struct weir_slice b,
                                  struct weir_arena *arena, struct weir_slice *ret,
                                  struct weir_error *err)
{
    (void)context;
    (void)b;
    int32_t value;
    WEIR_TRY(weir_numeric_to_int4(a, &value, err));
    return weir_numeric_from_int8(value, arena, ret, err);
}

static enum weir_code run_from_float8(const void *context, struct weir_slice a, struct weir_slice b,
                                      struct weir_arena *arena, struct weir_slice *ret,
                                      struct weir_error *err)
{
    (void)context;
    (void)b;
    double value;
    WEIR_TRY(weir_float8_parse(a, &value, err));
    return weir_numeric_from_float8(value, arena, ret, err);
}

static const struct weir_case add_cases[] = {
    {"1", "2", "3"},
    {"1.5", "2.25", "3.75"},
    {"-0.5", "0.50", "0.00"},
    {"0.1", "0.2", "0.3"},
    {"99999999999999999999", "1", "100000000000000000000"},
    {"123456789012345678", "0.000000000000000001", "123456789012345678.000000000000000001"},
    {"NaN", "1", "NaN"},
    {"Infinity", "1", "Infinity"},
    {"Infinity", "-Infinity", "NaN"},
    {"-Infinity", "-Infinity", "-Infinity"},
    {"0", "0", "0"},
    {"0.00", "-1.000", "-1.000"},
    {"999999999999999999", "999999999999999999", "1999999999999999998"},
    {"-12345678901234567890.5", "0.25", "-12345678901234567890.25"},
};

static const struct weir_case sub_cases[] = {
    {"1", "2", "-1"},
    {"1.5", "2.25", "-0.75"},
    {"-0.5", "0.50", "-1.00"},
    {"0.1", "0.2", "-0.1"},
    {"99999999999999999999", "1", "99999999999999999998"},
    {"123456789012345678", "0.000000000000000001", "123456789012345677.999999999999999999"},
    {"NaN", "1", "NaN"},
    {"Infinity", "1", "Infinity"},
    {"Infinity", "-Infinity", "Infinity"},
    {"-Infinity", "-Infinity", "NaN"},
    {"0", "0", "0"},
    {"0.00", "-1.000", "1.000"},
    {"999999999999999999", "999999999999999999", "0"},
    {"-12345678901234567890.5", "0.25", "-12345678901234567890.75"},
};

static const struct weir_case mul_cases[] = {
    {"1", "2", "2"},
    {"1.5", "2.25", "3.375"},
    {"-0.5", "0.50", "-0.250"},
    {"0.1", "0.2", "0.02"},
    {"99999999999999999999", "1", "99999999999999999999"},
    {"123456789012345678", "0.000000000000000001", "0.123456789012345678"},
    {"NaN", "1", "NaN"},
    {"Infinity", "1", "Infinity"},
    {"Infinity", "-Infinity", "-Infinity"},
    {"-Infinity", "-Infinity", "Infinity"},
    {"0", "0", "0"},
    {"0.00", "-1.000", "0.00000"},
    {"999999999999999999", "999999999999999999", "999999999999999998000000000000000001"},
    {"-12345678901234567890.5", "0.25", "-3086419725308641972.625"},
    {"Infinity", "0", "NaN"},
    {"-Infinity", "2", "-Infinity"},
};

static const struct weir_case div_cases[] = {
    {"1", "3", "0.33333333333333333333"},
    {"2", "3", "0.66666666666666666667"},
    {"-2", "3", "-0.66666666666666666667"},
    {"10", "4", "2.5000000000000000"},
    {"1", "0", "ERROR: division by zero"},
    {"0", "5", "0.00000000000000000000"},
    {"1", "0.0001", "10000.0000000000000000"},
    {"0.0001", "7", "0.000014285714285714285714"},
    {"12345678901234567890", "7", "1763668414462081127"},
    {"1", "99999999999999999999", "0.000000000000000000010000000000000000"},
    {"Infinity", "2", "Infinity"},
    {"Infinity", "-2", "-Infinity"},
    {"Infinity", "0", "ERROR: division by zero"},
    {"Infinity", "Infinity", "NaN"},
    {"5", "Infinity", "0"},
    {"NaN", "0", "NaN"},
    {"1.000", "3", "0.33333333333333333333"},
    {"9999", "10000", "0.99990000000000000000"},
    {"100", "0.3", "333.3333333333333333"},
    {"7", "1e-20", "700000000000000000000.00000000000000000000"},
};

static const struct weir_case mod_cases[] = {
    {"7", "3", "1"},
    {"-7", "3", "-1"},
    {"7", "-3", "1"},
    {"7.5", "2", "1.5"},
    {"1", "0.3", "0.1"},
    {"1", "0", "ERROR: division by zero"},
    {"Infinity", "3", "NaN"},
    {"3", "Infinity", "3"},
    {"123456789012345678901234567890", "97", "52"},
    {"0.0", "5", "0.0"},
};

static const struct weir_case div_trunc_cases[] = {
    {"7", "2", "3"},
    {"-7", "2", "-3"},
    {"7.9", "0.5", "15"},
    {"1", "0", "ERROR: division by zero"},
    {"Infinity", "2", "Infinity"},
    {"1e30", "7", "142857142857142857142857142857"},
};

static const struct weir_case power_cases[] = {
    {"2", "10", "1024.0000000000000000"},
    {"2", "-2", "0.2500000000000000"},
    {"2", "0.5", "1.4142135623730950"},
    {"0", "0", "1.0000000000000000"},
    {"0", "-1", "ERROR: zero raised to a negative power is undefined"},
    {"0", "1.5", "0.0000000000000000"},
    {"-8", "3", "-512.0000000000000000"},
    {"-8", "0.5", "ERROR: a negative number raised to a non-integer power yields a complex result"},
    {"1.0001", "100000", "22015.4560485521986457"},
    {"10", "-30", "0.0000000000000000"},
    {"NaN", "0", "1"},
    {"1", "NaN", "1"},
    {"Infinity", "-1", "0"},
    {"-Infinity", "3", "-Infinity"},
    {"2", "Infinity", "Infinity"},
    {"0.5", "Infinity", "0"},
    {"10", "200000", "ERROR: value overflows numeric format"},
    {"1.5", "2.5", "2.7556759606310754"},
    {"9.99", "-3.3", "0.0005028447137137051"},
};

static const struct weir_case log_cases[] = {
    {"10", "1000", "3.0000000000000000"},
    {"2", "10", "3.3219280948873623"},
    {"2", "0", "ERROR: cannot take logarithm of zero"},
    {"-1", "2", "ERROR: cannot take logarithm of a negative number"},
    {"1", "2", "ERROR: division by zero"},
    {"10", "Infinity", "Infinity"},
    {"2", "0.001", "-9.9657842846620870"},
    {"1.5", "123456789", "45.950690684826547"},
};

static const struct weir_case negate_cases[] = {
    {"0", "", "0"},
    {"0.00", "", "0.00"},
    {"1", "", "-1"},
    {"-1.50", "", "1.50"},
    {"NaN", "", "NaN"},
    {"Infinity", "", "-Infinity"},
    {"-Infinity", "", "Infinity"},
};

static const struct weir_case abs_cases[] = {
    {"-1.50", "", "1.50"},
    {"0", "", "0"},
    {"-Infinity", "", "Infinity"},
    {"NaN", "", "NaN"},
};

static const struct weir_case sign_cases[] = {
    {"-0.001", "", "-1"}, {"0.000", "", "0"},      {"12", "", "1"},
    {"NaN", "", "NaN"},   {"-Infinity", "", "-1"},
};

static const struct weir_case ceil_cases[] = {
    {"1.1", "", "2"},
    {"-1.1", "", "-1"},
    {"2", "", "2"},
    {"0.0001", "", "1"},
    {"-0.5", "", "0"},
    {"99999999999999999999.5", "", "100000000000000000000"},
    {"Infinity", "", "Infinity"},
};

static const struct weir_case floor_cases[] = {
    {"1.1", "", "1"},
    {"-1.1", "", "-2"},
    {"2", "", "2"},
    {"-0.0001", "", "-1"},
    {"-99999999999999999999.5", "", "-100000000000000000000"},
};

static const struct weir_case sqrt_cases[] = {
    {"2", "", "1.414213562373095"},
    {"0", "", "0.000000000000000"},
    {"0.0", "", "0.000000000000000"},
    {"144", "", "12.000000000000000"},
    {"-1", "", "ERROR: cannot take square root of a negative number"},
    {"1e-20", "", "0.0000000001000000000000000"},
    {"12345678901234567890", "", "3513641828.8201443"},
    {"Infinity", "", "Infinity"},
    {"NaN", "", "NaN"},
    {"-Infinity", "", "ERROR: cannot take square root of a negative number"},
    {"3.000000000000000000000000", "", "1.732050807568877293527446"},
};

static const struct weir_case exp_cases[] = {
    {"0", "", "1.0000000000000000"},
    {"1", "", "2.7182818284590452"},
    {"-1", "", "0.3678794411714423"},
    {"10", "", "22026.465794806717"},
    {"100.5", "", "44319559098458954160107061979564816895899481.9"},
    {"-50", "", "0.0000000000000000000001928749847963918"},
    {"6000", "", "ERROR: value overflows numeric format"},
    {"-Infinity", "", "0"},
    {"NaN", "", "NaN"},
    {"0.0000000001", "", "1.0000000001000000"},
};

static const struct weir_case ln_cases[] = {
    {"1", "", "0.0000000000000000"},
    {"2", "", "0.6931471805599453"},
    {"10", "", "2.3025850929940457"},
    {"0.5", "", "-0.6931471805599453"},
    {"0", "", "ERROR: cannot take logarithm of zero"},
    {"-1", "", "ERROR: cannot take logarithm of a negative number"},
    {"1.0000001", "", "0.00000009999999500000033"},
    {"1e30", "", "69.077552789821371"},
    {"1e-30", "", "-69.077552789821370520539743640531"},
    {"Infinity", "", "Infinity"},
};

static const struct weir_case trim_scale_cases[] = {
    {"1.500", "", "1.5"}, {"1.000", "", "1"}, {"0.00", "", "0"},
    {"100", "", "100"},   {"NaN", "", "NaN"},
};

static const struct weir_case round_cases[] = {
    {"1.5", "0", "2"},
    {"2.5", "0", "3"},
    {"-2.5", "0", "-3"},
    {"0.05", "1", "0.1"},
    {"1234.567", "-2", "1200"},
    {"1250", "-2", "1300"},
    {"49", "-2", "0"},
    {"1.234", "5", "1.23400"},
    {"99999999999999999999.999", "2", "100000000000000000000.00"},
    {"0.999", "2", "1.00"},
    {"NaN", "2", "NaN"},
    {"5", "-30", "0"},
};

static const struct weir_case trunc_cases[] = {
    {"1.5", "0", "1"},
    {"2.5", "0", "2"},
    {"-2.5", "0", "-2"},
    {"0.05", "1", "0.0"},
    {"1234.567", "-2", "1200"},
    {"1250", "-2", "1200"},
    {"49", "-2", "0"},
    {"1.234", "5", "1.23400"},
    {"99999999999999999999.999", "2", "99999999999999999999.99"},
    {"0.999", "2", "0.99"},
    {"NaN", "2", "NaN"},
    {"5", "-30", "0"},
};

static const struct weir_case fit_cases[] = {
    {"1", "", "1.00"},
    {"999.994", "", "999.99"},
    {"999.995", "", "ERROR: numeric field overflow"},
    {"-1000", "", "ERROR: numeric field overflow"},
    {"0.005", "", "0.01"},
    {"NaN", "", "NaN"},
    {"Infinity", "", "ERROR: numeric field overflow"},
};

static const struct weir_case to_int4_cases[] = {
    {"1.5", "", "2"},
    {"-1.5", "", "-2"},
    {"2147483647.4", "", "2147483647"},
    {"2147483647.5", "", "ERROR: integer out of range"},
    {"-2147483648.4", "", "-2147483648"},
    {"NaN", "", "ERROR: cannot convert NaN to integer"},
    {"Infinity", "", "ERROR: cannot convert infinity to integer"},
    {"0.4999", "", "0"},
};

static const struct weir_case from_float8_cases[] = {
    {"0.1", "", "0.1"},
    {"1e20", "", "100000000000000000000"},
    {"-0", "", "0"},
    {"1.23456789012345678", "", "1.23456789012346"},
    {"1e-10", "", "0.0000000001"},
    {"NaN", "", "NaN"},
    {"-Infinity", "", "-Infinity"},
    {"123456789.123456789", "", "123456789.123457"},
};

static void operations_are_as_postgresql(void **state)
{
    (void)state;
    static const struct {
        struct operation operation;
        const struct weir_case *cases;
        size_t count;
    } tables[] = {
#define TABLE(cases) cases, sizeof(cases) / sizeof(*(cases))
        {{.two = weir_numeric_add}, TABLE(add_cases)},
        {{.two = weir_numeric_sub}, TABLE(sub_cases)},
        {{.two = weir_numeric_mul}, TABLE(mul_cases)},
        {{.two = weir_numeric_div}, TABLE(div_cases)},
        {{.two = weir_numeric_mod}, TABLE(mod_cases)},
        {{.two = weir_numeric_div_trunc}, TABLE(div_trunc_cases)},
        {{.two = weir_numeric_power}, TABLE(power_cases)},
        {{.two = weir_numeric_log}, TABLE(log_cases)},
        {{.one = weir_numeric_negate}, TABLE(negate_cases)},
        {{.one = weir_numeric_abs}, TABLE(abs_cases)},
        {{.one = weir_numeric_sign}, TABLE(sign_cases)},
        {{.one = weir_numeric_ceil}, TABLE(ceil_cases)},
        {{.one = weir_numeric_floor}, TABLE(floor_cases)},
        {{.one = weir_numeric_sqrt}, TABLE(sqrt_cases)},
        {{.one = weir_numeric_exp}, TABLE(exp_cases)},
        {{.one = weir_numeric_ln}, TABLE(ln_cases)},
        {{.one = weir_numeric_trim_scale}, TABLE(trim_scale_cases)},
    };
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        for (size_t k = 0; k < tables[i].count; k++)
            weir_case_check(&tables[i].cases[k], run_operation, &tables[i].operation);
    }
}

static void rounding_is_as_postgresql(void **state)
{
    (void)state;
    WEIR_CASES_CHECK(round_cases, run_round, NULL);
    WEIR_CASES_CHECK(trunc_cases, run_round, "trunc");
    WEIR_CASES_CHECK(fit_cases, run_fit, NULL);
}

static void casts_are_as_postgresql(void **state)
{
    (void)state;
    WEIR_CASES_CHECK(to_int4_cases, run_to_int4, NULL);
    WEIR_CASES_CHECK(from_float8_cases, run_from_float8, NULL);
}

static void int128_extremes_are_written_in_full(void **state)
{
    (void)state;
    struct weir_arena arena;
    struct weir_error err;
    struct weir_slice text;
    weir_arena_init(&arena, 1 << 16);
    __int128 least = -(((__int128)1 << 126) - 1) * 2 - 2;
    assert_int_equal(weir_numeric_from_int128(least, &arena, &text, &err), WEIR_OK);
    assert_true(weir_slice_is(text, "-170141183460469231731687303715884105728"));
    weir_arena_done(&arena);
}

/* Machine integers and GMP must agree: a sum or product is computed once with short operands, and once with operands that
 * have been made long by zeros that do not change the value. */
static void paths_of_both_sizes_agree(void **state)
{
    (void)state;
    static const char *const numbers[] = {"0",        "1",           "-1",        "0.5",
                                          "-123.456", "99999.99999", "1000000000"};
    static binary *const operations[] = {weir_numeric_add, weir_numeric_sub, weir_numeric_mul,
                                         weir_numeric_div, weir_numeric_mod};
    struct weir_arena arena;
    struct weir_error err;
    weir_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < sizeof(operations) / sizeof(*operations) * 49; i++) {
        struct weir_slice a = weir_slice_of(numbers[i % 7]), b = weir_slice_of(numbers[i / 7 % 7]);
        struct weir_slice small, large;
        char long_a[64];
        (void)snprintf(long_a, sizeof(long_a), "%s%s000000000000000000000000000000", a.ptr,
                       strchr(a.ptr, '.') ? "" : ".");
        enum weir_code code = operations[i / 49](a, b, &arena, &small, &err);
        assert_int_equal(operations[i / 49](weir_slice_of(long_a), b, &arena, &large, &err), code);
        if (code != WEIR_OK)
            continue;
        struct weir_slice cut;
        int32_t scale = weir_numeric_scale(small);
        assert_int_equal(weir_numeric_round(large, scale, &arena, &cut, &err), WEIR_OK);
        assert_int_equal(weir_numeric_compare(small, cut), 0);
        assert_true(weir_numeric_hash(small) == weir_numeric_hash(cut));
    }
    weir_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_are_as_postgresql),
        cmocka_unit_test(rounding_is_as_postgresql),
        cmocka_unit_test(casts_are_as_postgresql),
        cmocka_unit_test(int128_extremes_are_written_in_full),
        cmocka_unit_test(paths_of_both_sizes_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
