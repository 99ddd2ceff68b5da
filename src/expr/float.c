/* Arithmetic and functions of double precision.
 *
 * Infinity out of finite operands is an overflow, zero out of others an underflow, and both fail
 * the row, as in PostgreSQL. Source: PostgreSQL 15, chapter 9.3 and float.c's checks. */
#include <errno.h>
#include <math.h>

#include "expr/kernel.h"

static const char overflow[] = "value out of range: overflow";
static const char underflow[] = "value out of range: underflow";

#define IS_ZERO(x) ((x) == 0.0)

#define BINARY_KERNEL(name, ...)                                                                   \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            double a = args[0]->f8[row], b = args[1]->f8[row], result = 0;                         \
            const char *fault = NULL;                                                              \
            __VA_ARGS__                                                                            \
            out->f8[row] = result;                                                                 \
            if (fault)                                                                             \
                weir_out_fail(eval, out, row, "%s", fault);                                        \
        }                                                                                          \
    }

#define UNARY_KERNEL(name, ...)                                                                    \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            double a = args[0]->f8[row], result = 0;                                               \
            const char *fault = NULL;                                                              \
            __VA_ARGS__                                                                            \
            out->f8[row] = result;                                                                 \
            if (fault)                                                                             \
                weir_out_fail(eval, out, row, "%s", fault);                                        \
        }                                                                                          \
    }

BINARY_KERNEL(add, {
    result = a + b;
    if (isinf(result) && !isinf(a) && !isinf(b))
        fault = overflow;
})

BINARY_KERNEL(sub, {
    result = a - b;
    if (isinf(result) && !isinf(a) && !isinf(b))
        fault = overflow;
})

BINARY_KERNEL(mul, {
    result = a * b;
    if (isinf(result) && !isinf(a) && !isinf(b))
        fault = overflow;
    else if (IS_ZERO(result) && !IS_ZERO(a) && !IS_ZERO(b))
        fault = underflow;
})

BINARY_KERNEL(divide, {
    if (IS_ZERO(b) && !isnan(a)) {
        fault = "division by zero";
    } else {
        result = a / b;
        if (isinf(result) && !isinf(a))
            fault = overflow;
        else if (IS_ZERO(result) && !IS_ZERO(a) && !isinf(b))
            fault = underflow;
    }
})

static double power_finite(double a, double b, const char **fault)
{
    errno = 0;
    double result = pow(a, b);
    if (errno == EDOM || isnan(result))
        *fault = "a negative number raised to a non-integer power yields a complex result";
    else if (errno == ERANGE)
        *fault = IS_ZERO(result) ? underflow : overflow;
    else if (isinf(result))
        *fault = overflow;
    else if (IS_ZERO(result) && !IS_ZERO(a))
        *fault = underflow;
    return result;
}

BINARY_KERNEL(power, {
    if (isnan(a))
        result = IS_ZERO(b) ? 1.0 : a;
    else if (isnan(b))
        result = a == 1.0 ? 1.0 : b;
    else if (IS_ZERO(a) && b < 0)
        fault = "zero raised to a negative power is undefined";
    else if (a < 0 && floor(b) != b)
        fault = "a negative number raised to a non-integer power yields a complex result";
    else if (isinf(a) || isinf(b))
        result = pow(a, b);
    else
        result = power_finite(a, b, &fault);
})

BINARY_KERNEL(arctangent2, { result = atan2(a, b); })

UNARY_KERNEL(negate, { result = -a; })
UNARY_KERNEL(plus, { result = a; })
UNARY_KERNEL(absolute, { result = fabs(a); })
UNARY_KERNEL(sign, { result = a > 0 ? 1.0 : a < 0 ? -1.0 : 0.0; })
UNARY_KERNEL(round_half_even, { result = rint(a); })
UNARY_KERNEL(truncate_fraction, { result = a >= 0 ? floor(a) : -floor(-a); })
UNARY_KERNEL(ceiling, { result = ceil(a); })
UNARY_KERNEL(floor_of, { result = floor(a); })

UNARY_KERNEL(square_root, {
    if (a < 0)
        fault = "cannot take square root of a negative number";
    else
        result = sqrt(a);
})

UNARY_KERNEL(cube_root, { result = cbrt(a); })

UNARY_KERNEL(exponential, {
    result = exp(a);
    if (isinf(result) && !isinf(a))
        fault = overflow;
    else if (IS_ZERO(result) && !isinf(a))
        fault = underflow;
})

static double logarithm(double a, double (*function)(double), const char **fault)
{
    if (IS_ZERO(a))
        *fault = "cannot take logarithm of zero";
    else if (a < 0)
        *fault = "cannot take logarithm of a negative number";
    else
        return function(a);
    return 0;
}

UNARY_KERNEL(natural_logarithm, { result = logarithm(a, log, &fault); })
UNARY_KERNEL(decimal_logarithm, { result = logarithm(a, log10, &fault); })

static double trigonometric(double a, double (*function)(double), const char **fault)
{
    if (isnan(a))
        return a;
    if (isinf(a))
        *fault = "input is out of range";
    return function(a);
}

static double inverse_trigonometric(double a, double (*function)(double), const char **fault)
{
    if (isnan(a))
        return a;
    if (a < -1 || a > 1)
        *fault = "input is out of range";
    return function(a);
}

UNARY_KERNEL(sine, { result = trigonometric(a, sin, &fault); })
UNARY_KERNEL(cosine, { result = trigonometric(a, cos, &fault); })
UNARY_KERNEL(tangent, { result = trigonometric(a, tan, &fault); })
UNARY_KERNEL(arcsine, { result = inverse_trigonometric(a, asin, &fault); })
UNARY_KERNEL(arccosine, { result = inverse_trigonometric(a, acos, &fault); })
UNARY_KERNEL(arctangent, { result = atan(a); })

#define RADIANS_PER_DEGREE 0.0174532925199432957692

UNARY_KERNEL(degrees, {
    result = a / RADIANS_PER_DEGREE;
    if (isinf(result) && !isinf(a))
        fault = overflow;
})

UNARY_KERNEL(radians, { result = a * RADIANS_PER_DEGREE; })

WEIR_KERNEL(pi)
{
    WEIR_UNUSED_ARGS;
    (void)args;
    WEIR_FOR_SELECTED(row, selection)
    out->f8[row] = M_PI;
}

#define FLOAT8 WEIR_FLOAT8
#define OPERATOR2(name, kernel_name, help, example)                                                \
    {                                                                                              \
        name, WEIR_OPERATOR, FLOAT8, {FLOAT8, FLOAT8}, 2, .kernel = kernel_name, "math", help,     \
                                                          example                                  \
    }
#define OPERATOR1(name, kernel_name, help, example)                                                \
    {                                                                                              \
        name, WEIR_OPERATOR, FLOAT8, {FLOAT8}, 1, .kernel = kernel_name, "math", help, example     \
    }
#define FUNCTION2(name, kernel_name, help, example)                                                \
    {                                                                                              \
        name, WEIR_FUNCTION, FLOAT8, {FLOAT8, FLOAT8}, 2, .kernel = kernel_name, "math", help,     \
                                                          example                                  \
    }
#define FUNCTION1(name, kernel_name, help, example)                                                \
    {                                                                                              \
        name, WEIR_FUNCTION, FLOAT8, {FLOAT8}, 1, .kernel = kernel_name, "math", help, example     \
    }

const struct weir_function weir_float_functions[] = {
    OPERATOR2("+", add, "sum", "float8 '2.5' + 1 -> 3.5"),
    OPERATOR2("-", sub, "difference", "float8 '2.5' - 1 -> 1.5"),
    OPERATOR2("*", mul, "product", "float8 '2.5' * 2 -> 5"),
    OPERATOR2("/", divide, "quotient", "float8 '5' / 2 -> 2.5"),
    OPERATOR2("^", power, "power", "2 ^ 3 -> 8"),
    OPERATOR1("-", negate, "the opposite number", "- float8 '4' -> -4"),
    OPERATOR1("+", plus, "the number itself", "+ float8 '4' -> 4"),
    OPERATOR1("@", absolute, "absolute value", "@ float8 '-5' -> 5"),
    OPERATOR1("|/", square_root, "square root", "|/ float8 '25' -> 5"),
    OPERATOR1("||/", cube_root, "cube root", "||/ float8 '64' -> 4"),
    FUNCTION1("abs", absolute, "absolute value", "abs(float8 '-17.5') -> 17.5"),
    FUNCTION1("sign", sign, "-1, 0 or 1", "sign(float8 '-8.4') -> -1"),
    FUNCTION1("round", round_half_even, "the nearest integer, halves to even",
              "round(float8 '2.5') -> 2"),
    FUNCTION1("trunc", truncate_fraction, "towards zero", "trunc(float8 '-2.5') -> -2"),
    FUNCTION1("ceil", ceiling, "the nearest integer not below", "ceil(float8 '42.2') -> 43"),
    FUNCTION1("ceiling", ceiling, "the nearest integer not below", "ceiling(float8 '95.3') -> 96"),
    FUNCTION1("floor", floor_of, "the nearest integer not above", "floor(float8 '-42.8') -> -43"),
    FUNCTION1("sqrt", square_root, "square root", "sqrt(float8 '2') -> 1.4142135623730951"),
    FUNCTION1("cbrt", cube_root, "cube root", "cbrt(float8 '64') -> 4"),
    FUNCTION1("exp", exponential, "e to the power of the argument",
              "exp(float8 '1') -> 2.718281828459045"),
    FUNCTION1("ln", natural_logarithm, "natural logarithm", "ln(float8 '2') -> 0.6931471805599453"),
    FUNCTION1("log", decimal_logarithm, "logarithm to base 10", "log(float8 '100') -> 2"),
    FUNCTION1("log10", decimal_logarithm, "logarithm to base 10", "log10(float8 '1000') -> 3"),
    FUNCTION2("power", power, "power", "power(float8 '9', 3) -> 729"),
    FUNCTION2("pow", power, "power", "pow(float8 '9', 3) -> 729"),
    FUNCTION1("degrees", degrees, "radians to degrees",
              "degrees(float8 '0.5') -> 28.64788975654116"),
    FUNCTION1("radians", radians, "degrees to radians",
              "radians(float8 '45') -> 0.7853981633974483"),
    FUNCTION1("sin", sine, "sine of an angle in radians", "sin(float8 '1') -> 0.8414709848078965"),
    FUNCTION1("cos", cosine, "cosine of an angle in radians", "cos(float8 '0') -> 1"),
    FUNCTION1("tan", tangent, "tangent of an angle in radians",
              "tan(float8 '1') -> 1.5574077246549023"),
    FUNCTION1("asin", arcsine, "inverse sine in radians", "asin(float8 '1') -> 1.5707963267948966"),
    FUNCTION1("acos", arccosine, "inverse cosine in radians", "acos(float8 '1') -> 0"),
    FUNCTION1("atan", arctangent, "inverse tangent in radians",
              "atan(float8 '1') -> 0.7853981633974483"),
    FUNCTION2("atan2", arctangent2, "inverse tangent of y / x in radians",
              "atan2(float8 '1', 0) -> 1.5707963267948966"),
    {"pi",
     WEIR_FUNCTION,
     FLOAT8,
     {0},
     0,
     .kernel = pi,
     "math",
     "the number pi",
     "pi() -> 3.141592653589793"},
    {NULL},
};
