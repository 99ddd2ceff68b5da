/* The signatures of the aggregates, for the binder and the manual. Their kernels are operators'
 * business (op/), since they keep state between batches. Source: PostgreSQL 15, chapter 9.21. */
#include "expr/catalogue.h"

#define ROW(name, result, types, count, help, example)                                             \
    {                                                                                              \
        name, WEIR_AGGREGATE, result, types, count, .not_strict = true, .kernel = NULL,            \
                                                    "aggregate", help, example                     \
    }
#define T(...)                                                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

#define MIN_MAX(type)                                                                              \
    ROW("min", type, T(type), 1, "the least value", "min(price)"),                                 \
        ROW("max", type, T(type), 1, "the greatest value", "max(price)")

const struct weir_function weir_aggregate_functions[] = {
    ROW("count", WEIR_INT8, T(0), 0, "the number of rows", "count(*)"),
    ROW("count", WEIR_INT8, T(WEIR_UNKNOWN), 1, "the number of values that are not NULL",
        "count(email)"),
    ROW("sum", WEIR_INT8, T(WEIR_INT4), 1, "the sum", "sum(amount)"),
    ROW("sum", WEIR_NUMERIC, T(WEIR_INT8), 1, "the sum", "sum(amount)"),
    ROW("sum", WEIR_NUMERIC, T(WEIR_NUMERIC), 1, "the sum", "sum(amount)"),
    ROW("sum", WEIR_FLOAT8, T(WEIR_FLOAT8), 1, "the sum", "sum(amount)"),
    ROW("avg", WEIR_NUMERIC, T(WEIR_INT4), 1, "the mean", "avg(age)"),
    ROW("avg", WEIR_NUMERIC, T(WEIR_INT8), 1, "the mean", "avg(age)"),
    ROW("avg", WEIR_NUMERIC, T(WEIR_NUMERIC), 1, "the mean", "avg(age)"),
    ROW("avg", WEIR_FLOAT8, T(WEIR_FLOAT8), 1, "the mean", "avg(age)"),
    MIN_MAX(WEIR_INT4),
    MIN_MAX(WEIR_INT8),
    MIN_MAX(WEIR_FLOAT8),
    MIN_MAX(WEIR_NUMERIC),
    MIN_MAX(WEIR_TEXT),
    MIN_MAX(WEIR_DATE),
    MIN_MAX(WEIR_TIMESTAMPTZ),
    ROW("bool_and", WEIR_BOOL, T(WEIR_BOOL), 1, "whether all are true", "bool_and(paid)"),
    ROW("every", WEIR_BOOL, T(WEIR_BOOL), 1, "whether all are true", "every(paid)"),
    ROW("bool_or", WEIR_BOOL, T(WEIR_BOOL), 1, "whether one is true", "bool_or(paid)"),
    ROW("string_agg", WEIR_TEXT, T(WEIR_TEXT, WEIR_TEXT), 2, "the values joined by a delimiter",
        "string_agg(name, ', ' ORDER BY name)"),
    {NULL},
};
