/* Comparison operators for every type. Types that differ meet by implicit casts (integer = bigint
 * compares bigints).
 *
 * Text compares by bytes (C.UTF-8); NaN equals NaN and is above every number, in double precision
 * as in numeric; jsonb has PostgreSQL's btree order. Source: PostgreSQL 15, chapter 9.2. */
#include "column/datetime.h"
#include "column/text.h"
#include "expr/kernel.h"

/* NaN last, and equal to itself. */
static inline bool float_less(double a, double b)
{
    return a < b || (b != b && a == a);
}

static inline bool float_equal(double a, double b)
{
    return a == b || (a != a && b != b);
}

/* All rows are computed where all are selected: values under a clear valid bit are initialised, and
 * without a branch the loop is vector code. */
#define FIXED_KERNEL(name, expression)                                                             \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        WEIR_UNUSED_ARGS;                                                                          \
        if (!selection.rows) {                                                                     \
            for (uint32_t row = 0; row < selection.count; row++)                                   \
                out->b[row] = (expression);                                                        \
            return;                                                                                \
        }                                                                                          \
        WEIR_FOR_SELECTED(row, selection)                                                          \
        out->b[row] = (expression);                                                                \
    }

#define SLICE_KERNEL(name, expression)                                                             \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        WEIR_UNUSED_ARGS;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        out->b[row] = (expression);                                                                \
    }

#define A(field) args[0]->field[row]
#define B(field) args[1]->field[row]

#define NUMBER_KERNELS(prefix, field)                                                              \
    FIXED_KERNEL(prefix##_eq, A(field) == B(field))                                                \
    FIXED_KERNEL(prefix##_ne, A(field) != B(field))                                                \
    FIXED_KERNEL(prefix##_lt, A(field) < B(field))                                                 \
    FIXED_KERNEL(prefix##_le, A(field) <= B(field))                                                \
    FIXED_KERNEL(prefix##_gt, A(field) > B(field))                                                 \
    FIXED_KERNEL(prefix##_ge, A(field) >= B(field))

#define ORDER_KERNELS(prefix, order)                                                               \
    SLICE_KERNEL(prefix##_lt, order < 0)                                                           \
    SLICE_KERNEL(prefix##_le, order <= 0)                                                          \
    SLICE_KERNEL(prefix##_gt, order > 0)                                                           \
    SLICE_KERNEL(prefix##_ge, order >= 0)

NUMBER_KERNELS(bool, b)
NUMBER_KERNELS(int4, i4)
NUMBER_KERNELS(int8, i8)

FIXED_KERNEL(float8_eq, float_equal(A(f8), B(f8)))
FIXED_KERNEL(float8_ne, !float_equal(A(f8), B(f8)))
FIXED_KERNEL(float8_lt, float_less(A(f8), B(f8)))
FIXED_KERNEL(float8_le, !float_less(B(f8), A(f8)))
FIXED_KERNEL(float8_gt, float_less(B(f8), A(f8)))
FIXED_KERNEL(float8_ge, !float_less(A(f8), B(f8)))

SLICE_KERNEL(bytes_eq, weir_slice_equal(A(s), B(s)))
SLICE_KERNEL(bytes_ne, !weir_slice_equal(A(s), B(s)))
ORDER_KERNELS(bytes, weir_slice_compare(A(s), B(s)))

SLICE_KERNEL(numeric_eq, weir_numeric_compare(A(s), B(s)) == 0)
SLICE_KERNEL(numeric_ne, weir_numeric_compare(A(s), B(s)) != 0)
ORDER_KERNELS(numeric, weir_numeric_compare(A(s), B(s)))

/* A jsonb's text is canonical but for the scale of its numbers (1.0 equals 1.00). */
SLICE_KERNEL(jsonb_eq, weir_value_compare(args[0], row, args[1], row) == 0)
SLICE_KERNEL(jsonb_ne, weir_value_compare(args[0], row, args[1], row) != 0)
ORDER_KERNELS(jsonb, weir_value_compare(args[0], row, args[1], row))

/* A date against a time: as its midnight, but a date too far away for a time is beyond all times
 * instead of an error. */
static int date_order(int32_t date, int64_t time)
{
    int64_t midnight;
    struct weir_error error;
    if (weir_date_to_timestamptz(date, &midnight, &error) != WEIR_OK)
        return time == WEIR_TIMESTAMP_INFINITY ? -1 : 1;
    return (midnight > time) - (midnight < time);
}

SLICE_KERNEL(date_time_eq, date_order(A(i4), B(i8)) == 0)
SLICE_KERNEL(date_time_ne, date_order(A(i4), B(i8)) != 0)
ORDER_KERNELS(date_time, date_order(A(i4), B(i8)))
SLICE_KERNEL(time_date_eq, date_order(B(i4), A(i8)) == 0)
SLICE_KERNEL(time_date_ne, date_order(B(i4), A(i8)) != 0)
ORDER_KERNELS(time_date, -date_order(B(i4), A(i8)))

#define ROW(symbol, type, kernel_name, help, example)                                              \
    {                                                                                              \
        symbol, WEIR_OPERATOR, WEIR_BOOL, {type, type}, 2, .kernel = kernel_name, "comparison",    \
                                                           help, example                           \
    }

#define ROWS(symbol, suffix, help, example)                                                        \
    ROW(symbol, WEIR_BOOL, bool_##suffix, help, example),                                          \
        ROW(symbol, WEIR_INT4, int4_##suffix, help, example),                                      \
        ROW(symbol, WEIR_INT8, int8_##suffix, help, example),                                      \
        ROW(symbol, WEIR_FLOAT8, float8_##suffix, help, example),                                  \
        ROW(symbol, WEIR_NUMERIC, numeric_##suffix, help, example),                                \
        ROW(symbol, WEIR_TEXT, bytes_##suffix, help, example),                                     \
        ROW(symbol, WEIR_BYTEA, bytes_##suffix, help, example),                                    \
        ROW(symbol, WEIR_DATE, int4_##suffix, help, example),                                      \
        ROW(symbol, WEIR_TIMESTAMPTZ, int8_##suffix, help, example),                               \
        ROW(symbol, WEIR_JSONB, jsonb_##suffix, help, example),                                    \
        {symbol,                                                                                   \
         WEIR_OPERATOR,                                                                            \
         WEIR_BOOL,                                                                                \
         {WEIR_DATE, WEIR_TIMESTAMPTZ},                                                            \
         2,                                                                                        \
         .kernel = date_time_##suffix,                                                             \
         "comparison",                                                                             \
         help,                                                                                     \
         example},                                                                                 \
    {                                                                                              \
        symbol, WEIR_OPERATOR, WEIR_BOOL, {WEIR_TIMESTAMPTZ, WEIR_DATE}, 2,                        \
            .kernel = time_date_##suffix, "comparison", help, example                              \
    }

const struct weir_function weir_compare_functions[] = {
    ROWS("=", eq, "equal", "2 = 2.0 -> true"),
    ROWS("<>", ne, "not equal", "'a' <> 'A' -> true"),
    ROWS("<", lt, "less than", "1 < 2 -> true"),
    ROWS("<=", le, "less than or equal", "2 <= 2 -> true"),
    ROWS(">", gt, "greater than", "'b' > 'a' -> true"),
    ROWS(">=", ge, "greater than or equal", "1 >= 2 -> false"),
    {NULL},
};
