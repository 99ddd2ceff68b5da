/* Arithmetic on integer and bigint. Overflow is checked and fails the row. Source: PostgreSQL 15,
 * chapter 9.3. */
#include "expr/kernel.h"

#define DIVISION_BY_ZERO "division by zero"

/* The checked builtins compute what fits and tell of what does not; rows with NULLs may hold
 * anything and are skipped. */
#define CHECKED_KERNEL(name, field, type_name, builtin)                                            \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            if (builtin(args[0]->field[row], args[1]->field[row], &out->field[row]))               \
                weir_out_fail(eval, out, row, type_name " out of range");                          \
        }                                                                                          \
    }

#define DIVIDE_KERNEL(name, field, type_name, least)                                               \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            if (args[1]->field[row] == 0)                                                          \
                weir_out_fail(eval, out, row, DIVISION_BY_ZERO);                                   \
            else if (args[1]->field[row] == -1 && args[0]->field[row] == least)                    \
                weir_out_fail(eval, out, row, type_name " out of range");                          \
            else                                                                                   \
                out->field[row] = args[0]->field[row] / args[1]->field[row];                       \
        }                                                                                          \
    }

#define MODULO_KERNEL(name, field)                                                                 \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            if (args[1]->field[row] == 0)                                                          \
                weir_out_fail(eval, out, row, DIVISION_BY_ZERO);                                   \
            else if (args[1]->field[row] == -1) /* the least integer % -1 would trap */            \
                out->field[row] = 0;                                                               \
            else                                                                                   \
                out->field[row] = args[0]->field[row] % args[1]->field[row];                       \
        }                                                                                          \
    }

#define NEGATE_KERNEL(name, field, type_name, least, condition)                                    \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            if (args[0]->field[row] == least)                                                      \
                weir_out_fail(eval, out, row, type_name " out of range");                          \
            else                                                                                   \
                out->field[row] = (condition) ? -args[0]->field[row] : args[0]->field[row];        \
        }                                                                                          \
    }

#define PLAIN_KERNEL(name, field, expression)                                                      \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        WEIR_UNUSED_ARGS;                                                                          \
        WEIR_FOR_SELECTED(row, selection)                                                          \
        out->field[row] = (expression);                                                            \
    }

#define KERNELS(prefix, field, type_name, least)                                                   \
    CHECKED_KERNEL(prefix##_add, field, type_name, __builtin_add_overflow)                         \
    CHECKED_KERNEL(prefix##_sub, field, type_name, __builtin_sub_overflow)                         \
    CHECKED_KERNEL(prefix##_mul, field, type_name, __builtin_mul_overflow)                         \
    DIVIDE_KERNEL(prefix##_div, field, type_name, least)                                           \
    MODULO_KERNEL(prefix##_mod, field)                                                             \
    NEGATE_KERNEL(prefix##_negate, field, type_name, least, true)                                  \
    NEGATE_KERNEL(prefix##_abs, field, type_name, least, args[0]->field[row] < 0)                  \
    PLAIN_KERNEL(prefix##_plus, field, args[0]->field[row])                                        \
    PLAIN_KERNEL(prefix##_and, field, args[0]->field[row] & args[1]->field[row])                   \
    PLAIN_KERNEL(prefix##_or, field, args[0]->field[row] | args[1]->field[row])                    \
    PLAIN_KERNEL(prefix##_xor, field, args[0]->field[row] ^ args[1]->field[row])                   \
    PLAIN_KERNEL(prefix##_complement, field, ~args[0]->field[row])

KERNELS(int4, i4, "integer", INT32_MIN)
KERNELS(int8, i8, "bigint", INT64_MIN)

/* Shifts take the distance modulo the width, as the processor does under PostgreSQL. */
PLAIN_KERNEL(int4_shift_left, i4, (int32_t)((uint32_t)args[0]->i4[row] << (args[1]->i4[row] & 31)))
PLAIN_KERNEL(int4_shift_right, i4, args[0]->i4[row] >> (args[1]->i4[row] & 31))
PLAIN_KERNEL(int8_shift_left, i8, (int64_t)((uint64_t)args[0]->i8[row] << (args[1]->i4[row] & 63)))
PLAIN_KERNEL(int8_shift_right, i8, args[0]->i8[row] >> (args[1]->i4[row] & 63))

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static uint64_t common_divisor(int64_t a, int64_t b)
{
    uint64_t x = magnitude(a), y = magnitude(b);
    while (y) {
        uint64_t rest = x % y;
        x = y;
        y = rest;
    }
    return x;
}

/* The least common multiple; false when it is larger than max. */
static bool common_multiple(int64_t a, int64_t b, uint64_t max, uint64_t *ret)
{
    uint64_t divisor = common_divisor(a, b);
    *ret = 0;
    if (a == 0 || b == 0)
        return true;
    return !__builtin_mul_overflow(magnitude(a) / divisor, magnitude(b), ret) && *ret <= max;
}

#define DIVISOR_KERNELS(prefix, field, type, type_name, max)                                       \
    WEIR_KERNEL(prefix##_gcd)                                                                      \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            uint64_t divisor = common_divisor(args[0]->field[row], args[1]->field[row]);           \
            if (divisor > max)                                                                     \
                weir_out_fail(eval, out, row, type_name " out of range");                          \
            else                                                                                   \
                out->field[row] = (type)divisor;                                                   \
        }                                                                                          \
    }                                                                                              \
    WEIR_KERNEL(prefix##_lcm)                                                                      \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            uint64_t multiple;                                                                     \
            if (!common_multiple(args[0]->field[row], args[1]->field[row], max, &multiple))        \
                weir_out_fail(eval, out, row, type_name " out of range");                          \
            else                                                                                   \
                out->field[row] = (type)multiple;                                                  \
        }                                                                                          \
    }

DIVISOR_KERNELS(int4, i4, int32_t, "integer", INT32_MAX)
DIVISOR_KERNELS(int8, i8, int64_t, "bigint", INT64_MAX)

#define BINARY(kind, name, type, kernel_name, help, example)                                       \
    {                                                                                              \
        name, kind, type, {type, type}, 2, .kernel = kernel_name, "math", help, example            \
    }
#define UNARY(kind, name, type, kernel_name, help, example)                                        \
    {                                                                                              \
        name, kind, type, {type}, 1, .kernel = kernel_name, "math", help, example                  \
    }
#define SHIFT(name, type, kernel_name, help, example)                                              \
    {                                                                                              \
        name, WEIR_OPERATOR, type, {type, WEIR_INT4}, 2, .kernel = kernel_name, "math", help,      \
                                                         example                                   \
    }

#define ROWS(type, prefix)                                                                         \
    BINARY(WEIR_OPERATOR, "+", type, prefix##_add, "sum", "2 + 3 -> 5"),                           \
        BINARY(WEIR_OPERATOR, "-", type, prefix##_sub, "difference", "2 - 3 -> -1"),               \
        BINARY(WEIR_OPERATOR, "*", type, prefix##_mul, "product", "2 * 3 -> 6"),                   \
        BINARY(WEIR_OPERATOR, "/", type, prefix##_div, "quotient, towards zero", "7 / 2 -> 3"),    \
        BINARY(WEIR_OPERATOR, "%", type, prefix##_mod, "remainder, with the sign of the first",    \
               "-7 % 2 -> -1"),                                                                    \
        UNARY(WEIR_OPERATOR, "-", type, prefix##_negate, "the opposite number", "- 4 -> -4"),      \
        UNARY(WEIR_OPERATOR, "+", type, prefix##_plus, "the number itself", "+ 4 -> 4"),           \
        UNARY(WEIR_OPERATOR, "@", type, prefix##_abs, "absolute value", "@ -5 -> 5"),              \
        BINARY(WEIR_OPERATOR, "&", type, prefix##_and, "bits set in both", "91 & 15 -> 11"),       \
        BINARY(WEIR_OPERATOR, "|", type, prefix##_or, "bits set in either", "32 | 3 -> 35"),       \
        BINARY(WEIR_OPERATOR, "#", type, prefix##_xor, "bits set in one of them", "17 # 5 -> 20"), \
        UNARY(WEIR_OPERATOR, "~", type, prefix##_complement, "bits inverted", "~1 -> -2"),         \
        SHIFT("<<", type, prefix##_shift_left, "bits shifted left", "1 << 4 -> 16"),               \
        SHIFT(">>", type, prefix##_shift_right, "bits shifted right", "8 >> 2 -> 2"),              \
        UNARY(WEIR_FUNCTION, "abs", type, prefix##_abs, "absolute value", "abs(-17) -> 17"),       \
        BINARY(WEIR_FUNCTION, "mod", type, prefix##_mod, "remainder, with the sign of the first",  \
               "mod(9, 4) -> 1"),                                                                  \
        BINARY(WEIR_FUNCTION, "gcd", type, prefix##_gcd, "greatest common divisor",                \
               "gcd(1071, 462) -> 21"),                                                            \
        BINARY(WEIR_FUNCTION, "lcm", type, prefix##_lcm, "least common multiple",                  \
               "lcm(1071, 462) -> 23562")

const struct weir_function weir_integer_functions[] = {
    ROWS(WEIR_INT4, int4),
    ROWS(WEIR_INT8, int8),
    {NULL},
};
