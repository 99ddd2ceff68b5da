/* double precision: the table of powers against GMP, and random values there and back. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <gmp.h>

#include "column/column_test.h"
#include "column/float_powers.h"
#include "column/text.h"

#define ROUNDS 200000

static uint64_t seed = 42;

static uint64_t random_bits(void) /* xorshift64* */
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * UINT64_C(2685821657736338717);
}

static void powers_table_is_what_gmp_computes(void **state)
{
    (void)state;
    mpz_t power, high;
    mpz_init(power);
    mpz_init(high);
    for (int k = WEIR_POW10_MIN; k <= WEIR_POW10_MAX; k++) {
        mpz_ui_pow_ui(power, 10, (unsigned long)abs(k));
        if (k < 0) { /* the leading bits of 1 / 10^-k */
            mpz_t one;
            mpz_init_set_ui(one, 1);
            mpz_mul_2exp(one, one, 2400);
            mpz_tdiv_q(power, one, power);
            mpz_clear(one);
        }
        size_t bits = mpz_sizeinbase(power, 2);
        if (bits > 128)
            mpz_tdiv_q_2exp(power, power, bits - 128);
        else
            mpz_mul_2exp(power, power, 128 - bits);
        mpz_tdiv_q_2exp(high, power, 64);
        mpz_tdiv_r_2exp(power, power, 64);
        assert_true(mpz_get_ui(high) == weir_pow10[k - WEIR_POW10_MIN][0]);
        assert_true(mpz_get_ui(power) == weir_pow10[k - WEIR_POW10_MIN][1]);
    }
    mpz_clear(power);
    mpz_clear(high);
}

static bool same_bits(double a, double b)
{
    uint64_t x, y;
    memcpy(&x, &a, sizeof(x));
    memcpy(&y, &b, sizeof(y));
    return x == y;
}

static void check_round_trip(double value)
{
    char text[40], digits[40];
    size_t len = weir_float8_format(value, text);
    assert_true(len <= 32);
    text[len] = '\0';
    double back = strtod(text, NULL), parsed;
    assert_int_equal(weir_float8_parse(weir_slice(text, len), &parsed, NULL), WEIR_OK);
    if (!same_bits(back, value) || !same_bits(parsed, value))
        fail_msg("%.17g prints as %s", value, text);
    /* No shorter text reads back. */
    size_t significant = 0;
    for (const char *at = text; *at && *at != 'e'; at++)
        significant += (*at >= '1' && *at <= '9') || (*at == '0' && significant > 0);
    for (size_t less = 1; less < significant && less < 16 && !strchr(text, 'e'); less++) {
        (void)snprintf(digits, sizeof(digits), "%.*e", (int)less - 1, value);
        if (strtod(digits, NULL) == value && strchr(text, '.'))
            fail_msg("%s prints as %s", digits, text);
    }
}

static void format_of_random_values_is_short_and_reads_back(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t bits = random_bits();
        double value;
        memcpy(&value, &bits, sizeof(value));
        if (isfinite(value))
            check_round_trip(value);
        check_round_trip((double)(random_bits() % 100000000) / 100);
        check_round_trip((double)(int64_t)random_bits() / (double)(1 + random_bits() % 1000));
    }
    check_round_trip(DBL_MAX);
    check_round_trip(DBL_MIN);
    check_round_trip(DBL_TRUE_MIN);
}

static void parse_of_random_decimals_is_the_nearest_double(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        char text[64];
        uint64_t digits = random_bits() >> (random_bits() % 64);
        int exponent = (int)(random_bits() % 640) - 320;
        switch (i % 3) {
        case 0:
            (void)snprintf(text, sizeof(text), "%llue%d", (unsigned long long)digits, exponent);
            break;
        case 1: /* halfway between two doubles, or nearly */
            (void)snprintf(text, sizeof(text), "%llu.%d",
                           (unsigned long long)(digits >> 10 | UINT64_C(1) << 53) * 2 + 1, i % 2);
            break;
        default:
            (void)snprintf(text, sizeof(text), "-%llu.%06llu", (unsigned long long)(digits >> 32),
                           (unsigned long long)(digits % 1000000));
        }
        double expected = strtod(text, NULL), value;
        enum weir_code code = weir_float8_parse(weir_slice_of(text), &value, NULL);
        bool in_range = isfinite(expected) && (expected != 0 || digits == 0);
        assert_int_equal(code, in_range ? WEIR_OK : WEIR_BAD_DATA);
        if (in_range && !same_bits(expected, value))
            fail_msg("%s is %.17g, not %.17g", text, expected, value);
    }
}

static void parse_of_very_long_text_is_the_nearest_double(void **state)
{
    (void)state;
    char text[3000];
    memset(text, '3', sizeof(text));
    text[1] = '.';
    double value;
    assert_int_equal(weir_float8_parse(weir_slice(text, sizeof(text)), &value, NULL), WEIR_OK);
    assert_true(value == 3.3333333333333335);
    text[2000] = 'x';
    assert_int_equal(weir_float8_parse(weir_slice(text, sizeof(text)), &value, NULL),
                     WEIR_BAD_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_table_is_what_gmp_computes),
        cmocka_unit_test(format_of_random_values_is_short_and_reads_back),
        cmocka_unit_test(parse_of_random_decimals_is_the_nearest_double),
        cmocka_unit_test(parse_of_very_long_text_is_the_nearest_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
