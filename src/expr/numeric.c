/* Arithmetic and functions of numeric: each a loop around column/numeric.h, which has the rules. */
#include "column/numeric.h"

#include "column/text.h"
#include "expr/kernel.h"

#define KERNEL(name, call)                                                                         \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            struct weir_error error;                                                               \
            if ((call) != WEIR_OK)                                                                 \
                weir_out_error(eval, out, row, &error);                                            \
        }                                                                                          \
    }

#define KERNEL1(name, function)                                                                    \
    KERNEL(name, function(args[0]->s[row], eval->arena, &out->s[row], &error))
#define KERNEL2(name, function)                                                                    \
    KERNEL(name, function(args[0]->s[row], args[1]->s[row], eval->arena, &out->s[row], &error))

KERNEL2(add, weir_numeric_add)
KERNEL2(sub, weir_numeric_sub)
KERNEL2(mul, weir_numeric_mul)
KERNEL2(divide, weir_numeric_div)
KERNEL2(divide_truncated, weir_numeric_div_trunc)
KERNEL2(modulo, weir_numeric_mod)
KERNEL2(power, weir_numeric_power)
KERNEL2(logarithm, weir_numeric_log)
KERNEL1(negate, weir_numeric_negate)
KERNEL1(absolute, weir_numeric_abs)
KERNEL1(sign, weir_numeric_sign)
KERNEL1(ceiling, weir_numeric_ceil)
KERNEL1(floor_of, weir_numeric_floor)
KERNEL1(square_root, weir_numeric_sqrt)
KERNEL1(exponential, weir_numeric_exp)
KERNEL1(natural_logarithm, weir_numeric_ln)
KERNEL1(without_trailing_zeros, weir_numeric_trim_scale)
KERNEL(decimal_logarithm,
       weir_numeric_log(WEIR_SLICE("10"), args[0]->s[row], eval->arena, &out->s[row], &error))
KERNEL(plus, (out->s[row] = args[0]->s[row], WEIR_OK))
KERNEL(round_integer, weir_numeric_round(args[0]->s[row], 0, eval->arena, &out->s[row], &error))
KERNEL(round_scale,
       weir_numeric_round(args[0]->s[row], args[1]->i4[row], eval->arena, &out->s[row], &error))
KERNEL(truncate_integer, weir_numeric_trunc(args[0]->s[row], 0, eval->arena, &out->s[row], &error))
KERNEL(truncate_scale,
       weir_numeric_trunc(args[0]->s[row], args[1]->i4[row], eval->arena, &out->s[row], &error))

WEIR_KERNEL(scale)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    {
        out->i4[row] = weir_numeric_scale(args[0]->s[row]);
        if (out->i4[row] < 0)
            weir_out_null(out, row);
    }
}

static bool is_zero(struct weir_slice a)
{
    return weir_numeric_compare(a, WEIR_SLICE("0")) == 0;
}

/* Euclid's algorithm; the result has the larger scale of the two. NaN and the infinities have no
 * divisor: NaN. */
static enum weir_code common_divisor(struct weir_slice a, struct weir_slice b,
                                     struct weir_arena *arena, struct weir_slice *ret,
                                     struct weir_error *err)
{
    int32_t a_scale = weir_numeric_scale(a), b_scale = weir_numeric_scale(b);
    static const char nan[4 + WEIR_PAD_BYTES] = "NaN"; /* record data can be read past its end */
    if (a_scale < 0 || b_scale < 0) {
        *ret = weir_slice(nan, 3);
        return WEIR_OK;
    }
    while (!is_zero(b)) {
        struct weir_slice rest;
        WEIR_TRY(weir_numeric_mod(a, b, arena, &rest, err));
        a = b;
        b = rest;
    }
    WEIR_TRY(weir_numeric_abs(a, arena, &a, err));
    return weir_numeric_round(a, a_scale > b_scale ? a_scale : b_scale, arena, ret, err);
}

static enum weir_code common_multiple(struct weir_slice a, struct weir_slice b,
                                      struct weir_arena *arena, struct weir_slice *ret,
                                      struct weir_error *err)
{
    int32_t a_scale = weir_numeric_scale(a), b_scale = weir_numeric_scale(b);
    struct weir_slice divisor, times, multiple = is_zero(a) ? a : b;
    WEIR_TRY(common_divisor(a, b, arena, &divisor, err));
    *ret = divisor;
    if (a_scale < 0 || b_scale < 0)
        return WEIR_OK;
    if (!is_zero(a) && !is_zero(b)) {
        WEIR_TRY(weir_numeric_div_trunc(a, divisor, arena, &times, err));
        WEIR_TRY(weir_numeric_mul(times, b, arena, &multiple, err));
        WEIR_TRY(weir_numeric_abs(multiple, arena, &multiple, err));
    }
    return weir_numeric_round(multiple, a_scale > b_scale ? a_scale : b_scale, arena, ret, err);
}

KERNEL2(divisor, common_divisor)
KERNEL2(multiple, common_multiple)

#define NUMERIC WEIR_NUMERIC
#define OPERATOR2(name, kernel_name, help, example)                                                \
    {                                                                                              \
        name, WEIR_OPERATOR, NUMERIC, {NUMERIC, NUMERIC}, 2, .kernel = kernel_name, "math", help,  \
                                                             example                               \
    }
#define OPERATOR1(name, kernel_name, help, example)                                                \
    {                                                                                              \
        name, WEIR_OPERATOR, NUMERIC, {NUMERIC}, 1, .kernel = kernel_name, "math", help, example   \
    }
#define FUNCTION2(name, second, kernel_name, help, example)                                        \
    {                                                                                              \
        name, WEIR_FUNCTION, NUMERIC, {NUMERIC, second}, 2, .kernel = kernel_name, "math", help,   \
                                                            example                                \
    }
#define FUNCTION1(name, kernel_name, help, example)                                                \
    {                                                                                              \
        name, WEIR_FUNCTION, NUMERIC, {NUMERIC}, 1, .kernel = kernel_name, "math", help, example   \
    }

const struct weir_function weir_numeric_functions[] = {
    OPERATOR2("+", add, "sum", "2.50 + 1 -> 3.50"),
    OPERATOR2("-", sub, "difference", "2.5 - 1 -> 1.5"),
    OPERATOR2("*", mul, "product", "2.5 * 1.5 -> 3.75"),
    OPERATOR2("/", divide, "quotient, of at least 16 significant digits",
              "1.0 / 4 -> 0.25000000000000000000"),
    OPERATOR2("%", modulo, "remainder, with the sign of the first", "7.5 % 2 -> 1.5"),
    OPERATOR2("^", power, "power", "2.0 ^ 3 -> 8.0000000000000000"),
    OPERATOR1("-", negate, "the opposite number", "- 4.0 -> -4.0"),
    OPERATOR1("+", plus, "the number itself", "+ 4.0 -> 4.0"),
    OPERATOR1("@", absolute, "absolute value", "@ -5.0 -> 5.0"),
    FUNCTION1("abs", absolute, "absolute value", "abs(-17.4) -> 17.4"),
    FUNCTION1("sign", sign, "-1, 0 or 1", "sign(-8.4) -> -1"),
    FUNCTION1("round", round_integer, "the nearest integer, halves away from zero",
              "round(42.5) -> 43"),
    FUNCTION2("round", WEIR_INT4, round_scale, "rounded to so many places behind the point",
              "round(42.4382, 2) -> 42.44"),
    FUNCTION1("trunc", truncate_integer, "towards zero", "trunc(42.8) -> 42"),
    FUNCTION2("trunc", WEIR_INT4, truncate_scale, "cut to so many places behind the point",
              "trunc(42.4382, 2) -> 42.43"),
    FUNCTION1("ceil", ceiling, "the nearest integer not below", "ceil(42.2) -> 43"),
    FUNCTION1("ceiling", ceiling, "the nearest integer not below", "ceiling(95.3) -> 96"),
    FUNCTION1("floor", floor_of, "the nearest integer not above", "floor(-42.8) -> -43"),
    FUNCTION2("div", NUMERIC, divide_truncated, "quotient as an integer, towards zero",
              "div(9, 4) -> 2"),
    FUNCTION2("mod", NUMERIC, modulo, "remainder, with the sign of the first",
              "mod(9.5, 4) -> 1.5"),
    FUNCTION2("gcd", NUMERIC, divisor, "greatest common divisor", "gcd(1.5, 1) -> 0.5"),
    FUNCTION2("lcm", NUMERIC, multiple, "least common multiple", "lcm(1.5, 1) -> 3.0"),
    FUNCTION1("sqrt", square_root, "square root", "sqrt(2.0) -> 1.414213562373095"),
    FUNCTION1("exp", exponential, "e to the power of the argument",
              "exp(1.0) -> 2.7182818284590452"),
    FUNCTION1("ln", natural_logarithm, "natural logarithm", "ln(2.0) -> 0.6931471805599453"),
    FUNCTION1("log", decimal_logarithm, "logarithm to base 10", "log(100.0) -> 2.0000000000000000"),
    FUNCTION1("log10", decimal_logarithm, "logarithm to base 10",
              "log10(1000.0) -> 3.0000000000000000"),
    FUNCTION2("log", NUMERIC, logarithm, "logarithm of the second to the base of the first",
              "log(2.0, 64.0) -> 6.0000000000000000"),
    FUNCTION2("power", NUMERIC, power, "power", "power(9.0, 3) -> 729.0000000000000000"),
    FUNCTION2("pow", NUMERIC, power, "power", "pow(9.0, 3) -> 729.0000000000000000"),
    FUNCTION1("trim_scale", without_trailing_zeros, "without trailing zeros behind the point",
              "trim_scale(8.4100) -> 8.41"),
    {"scale",
     WEIR_FUNCTION,
     WEIR_INT4,
     {NUMERIC},
     1,
     .kernel = scale,
     "math",
     "the number of digits behind the point",
     "scale(8.4100) -> 4"},
    {NULL},
};
