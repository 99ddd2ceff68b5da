/* greatest, least, and counting NULLs: functions that see NULLs and pass them over. (COALESCE,
 * NULLIF and CASE are no functions: see expr.h.) Source: PostgreSQL 15, chapter 9.18 and 9.2. */
#include "column/text.h"
#include "expr/kernel.h"

static void extreme(struct weir_eval *eval, const struct weir_vector *const *args,
                    uint32_t args_count, struct weir_vector *out, struct weir_selection selection,
                    int sign)
{
    WEIR_FOR_SELECTED(row, selection)
    {
        const struct weir_vector *best = NULL;
        for (uint32_t i = 0; i < args_count; i++) {
            if (weir_valid(args[i], row) &&
                (!best || sign * weir_value_compare(args[i], row, best, row) > 0))
                best = args[i];
        }
        if (best)
            weir_vector_copy_value(out, row, eval->rows, best, row, eval->arena);
        else
            weir_out_null(out, row);
    }
}

WEIR_KERNEL(greatest)
{
    extreme(eval, args, args_count, out, selection, 1);
}

WEIR_KERNEL(least)
{
    extreme(eval, args, args_count, out, selection, -1);
}

static int32_t nulls_count(const struct weir_vector *const *args, uint32_t args_count, uint32_t row)
{
    int32_t count = 0;
    for (uint32_t i = 0; i < args_count; i++)
        count += !weir_valid(args[i], row);
    return count;
}

WEIR_KERNEL(num_nulls)
{
    weir_out_all_valid(eval, out);
    WEIR_FOR_SELECTED(row, selection)
    out->i4[row] = nulls_count(args, args_count, row);
}

WEIR_KERNEL(num_nonnulls)
{
    weir_out_all_valid(eval, out);
    WEIR_FOR_SELECTED(row, selection)
    out->i4[row] = (int32_t)args_count - nulls_count(args, args_count, row);
}

#define ROW(name, result, type, kernel_name, help, example)                                        \
    {                                                                                              \
        name, WEIR_FUNCTION, result, {type}, 1, .variadic = true, .not_strict = true,              \
                                                .kernel = kernel_name, "conditional", help,        \
                                                example                                            \
    }
#define EXTREMES(type)                                                                             \
    ROW("greatest", type, type, greatest, "the greatest argument that is not NULL",                \
        "greatest(1, 3, NULL, 2) -> 3"),                                                           \
        ROW("least", type, type, least, "the least argument that is not NULL",                     \
            "least(1, 3, NULL, 2) -> 1")

const struct weir_function weir_conditional_functions[] = {
    EXTREMES(WEIR_BOOL),
    EXTREMES(WEIR_INT4),
    EXTREMES(WEIR_INT8),
    EXTREMES(WEIR_FLOAT8),
    EXTREMES(WEIR_NUMERIC),
    EXTREMES(WEIR_TEXT),
    EXTREMES(WEIR_BYTEA),
    EXTREMES(WEIR_DATE),
    EXTREMES(WEIR_TIMESTAMPTZ),
    EXTREMES(WEIR_JSONB),
    ROW("num_nulls", WEIR_INT4, WEIR_UNKNOWN, num_nulls, "how many arguments are NULL",
        "num_nulls(1, NULL, 2) -> 1"),
    ROW("num_nonnulls", WEIR_INT4, WEIR_UNKNOWN, num_nonnulls, "how many arguments are not NULL",
        "num_nonnulls(1, NULL, 2) -> 2"),
    {NULL},
};
