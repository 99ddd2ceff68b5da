/* Casts between all types: the numbers' conversions by their rules, everything to and from text by the types' text forms.
 *
 * Contexts are PostgreSQL's (\dC): implicit where nothing can be lost, assignment where an INSERT may convert, the rest
 * explicit. From jsonb only scalars of the right kind convert. Sources: PostgreSQL 15, pg_cast and chapter 8. */
#include "column/datetime.h"
#include "column/json.h"
#include "column/numeric.h"
#include "column/text.h"
#include "expr/cast_text.h"
#include "expr/kernel.h"

#include <math.h>

struct weir_slice weir_cast_text(const struct weir_vector *from, uint32_t row,
                                 struct weir_arena *arena)
{
    /* With room behind, as all record data has it. */
    static const char words[2][8 + WEIR_PAD_BYTES] = {"false", "true"};
    if (from->type == WEIR_BOOL)
        return weir_slice(words[from->b[row]], from->b[row] ? 4 : 5);
    return weir_value_text(from, row, arena);
}

WEIR_KERNEL(any_to_text)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        out->s[row] = weir_cast_text(args[0], row, eval->arena);
        if (!out->s[row].ptr) {
            eval->exhausted = true;
            weir_out_null(out, row);
        }
    }
}

WEIR_KERNEL(text_to_any)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_error error;
        if (weir_value_parse(out->type, args[0]->s[row], eval->now_us, eval->arena, out, row,
                             &error) != WEIR_OK)
            weir_out_error(eval, out, row, &error);
    }
}

/* ---- integers and floats ---- */

WEIR_KERNEL(int4_to_int8)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_SELECTED(row, selection)
    out->i8[row] = args[0]->i4[row];
}

WEIR_KERNEL(int4_to_float8)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_SELECTED(row, selection)
    out->f8[row] = args[0]->i4[row];
}

WEIR_KERNEL(int8_to_float8)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_SELECTED(row, selection)
    out->f8[row] = (double)args[0]->i8[row];
}

WEIR_KERNEL(int8_to_int4)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        int64_t value = args[0]->i8[row];
        if (value < INT32_MIN || value > INT32_MAX)
            weir_out_fail(eval, out, row, "integer out of range");
        else
            out->i4[row] = (int32_t)value;
    }
}

WEIR_KERNEL(float8_to_int4)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        double value = rint(args[0]->f8[row]);
        if (value >= -2147483648.0 && value < 2147483648.0)
            out->i4[row] = (int32_t)value;
        else
            weir_out_fail(eval, out, row, "integer out of range");
    }
}

WEIR_KERNEL(float8_to_int8)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        double value = rint(args[0]->f8[row]);
        if (value >= -9223372036854775808.0 && value < 9223372036854775808.0)
            out->i8[row] = (int64_t)value;
        else
            weir_out_fail(eval, out, row, "bigint out of range");
    }
}

WEIR_KERNEL(bool_to_int4)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_SELECTED(row, selection)
    out->i4[row] = args[0]->b[row];
}

WEIR_KERNEL(int4_to_bool)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_SELECTED(row, selection)
    out->b[row] = args[0]->i4[row] != 0;
}

/* ---- numeric, dates: conversions of column/, a value at a time ---- */

#define CHECKED_KERNEL(name, call)                                                                 \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            struct weir_error error, *err = &error;                                                \
            if ((call) != WEIR_OK)                                                                 \
                weir_out_error(eval, out, row, err);                                               \
        }                                                                                          \
    }

CHECKED_KERNEL(int4_to_numeric,
               weir_numeric_from_int8(args[0]->i4[row], eval->arena, &out->s[row], err))
CHECKED_KERNEL(int8_to_numeric,
               weir_numeric_from_int8(args[0]->i8[row], eval->arena, &out->s[row], err))
CHECKED_KERNEL(float8_to_numeric,
               weir_numeric_from_float8(args[0]->f8[row], eval->arena, &out->s[row], err))
CHECKED_KERNEL(numeric_to_int4, weir_numeric_to_int4(args[0]->s[row], &out->i4[row], err))
CHECKED_KERNEL(numeric_to_int8, weir_numeric_to_int8(args[0]->s[row], &out->i8[row], err))
CHECKED_KERNEL(numeric_to_float8, weir_numeric_to_float8(args[0]->s[row], &out->f8[row], err))
CHECKED_KERNEL(date_to_timestamptz, weir_date_to_timestamptz(args[0]->i4[row], &out->i8[row], err))

WEIR_KERNEL(timestamptz_to_date)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->i4[row] = weir_timestamptz_to_date(args[0]->i8[row]);
}

/* ---- jsonb scalars ---- */

/* Whether the value is of the kind wanted; else the row fails. */
static bool jsonb_is(struct weir_eval *eval, struct weir_slice value, enum weir_jsonb_kind wanted,
                     struct weir_vector *out, uint32_t row)
{
    enum weir_jsonb_kind kind = weir_jsonb_kind(value);
    if (kind == wanted)
        return true;
    const char *name = kind == WEIR_JSONB_NUMBER ? "numeric" : weir_jsonb_kind_name(kind);
    weir_out_fail(eval, out, row, "cannot cast jsonb %s to type %s", name,
                  weir_type_name(out->type));
    return false;
}

WEIR_KERNEL(jsonb_to_bool)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        if (jsonb_is(eval, args[0]->s[row], WEIR_JSONB_BOOLEAN, out, row))
            out->b[row] = *args[0]->s[row].ptr == 't';
    }
}

#define JSONB_NUMBER_KERNEL(name, call)                                                            \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            struct weir_error error, *err = &error;                                                \
            if (jsonb_is(eval, args[0]->s[row], WEIR_JSONB_NUMBER, out, row) && (call) != WEIR_OK) \
                weir_out_error(eval, out, row, err);                                               \
        }                                                                                          \
    }

JSONB_NUMBER_KERNEL(jsonb_to_int4, weir_numeric_to_int4(args[0]->s[row], &out->i4[row], err))
JSONB_NUMBER_KERNEL(jsonb_to_int8, weir_numeric_to_int8(args[0]->s[row], &out->i8[row], err))
JSONB_NUMBER_KERNEL(jsonb_to_float8, weir_numeric_to_float8(args[0]->s[row], &out->f8[row], err))
JSONB_NUMBER_KERNEL(jsonb_to_numeric, (out->s[row] = args[0]->s[row], WEIR_OK))

#define CAST(from, to, how, kernel_name)                                                           \
    {                                                                                              \
        "cast", WEIR_CAST, WEIR_##to, {WEIR_##from}, 1, .cast_context = WEIR_CAST_##how,           \
                                                        .kernel = kernel_name, "type conversion"   \
    }
#define TEXT_CASTS(type)                                                                           \
    CAST(type, TEXT, ASSIGNMENT, any_to_text),                                                     \
    {                                                                                              \
        "cast", WEIR_CAST, WEIR_##type, {WEIR_TEXT}, 1,                                            \
            .cast_context = WEIR_CAST_EXPLICIT, .kernel = text_to_any,                             \
            .stable = WEIR_##type == WEIR_DATE || WEIR_##type == WEIR_TIMESTAMPTZ,                 \
            .category = "type conversion"                                                          \
    }

const struct weir_function weir_cast_functions[] = {
    CAST(INT4, INT8, IMPLICIT, int4_to_int8),
    CAST(INT4, FLOAT8, IMPLICIT, int4_to_float8),
    CAST(INT4, NUMERIC, IMPLICIT, int4_to_numeric),
    CAST(INT8, FLOAT8, IMPLICIT, int8_to_float8),
    CAST(INT8, NUMERIC, IMPLICIT, int8_to_numeric),
    CAST(NUMERIC, FLOAT8, IMPLICIT, numeric_to_float8),
    CAST(DATE, TIMESTAMPTZ, IMPLICIT, date_to_timestamptz),
    CAST(INT8, INT4, ASSIGNMENT, int8_to_int4),
    CAST(FLOAT8, INT4, ASSIGNMENT, float8_to_int4),
    CAST(FLOAT8, INT8, ASSIGNMENT, float8_to_int8),
    CAST(FLOAT8, NUMERIC, ASSIGNMENT, float8_to_numeric),
    CAST(NUMERIC, INT4, ASSIGNMENT, numeric_to_int4),
    CAST(NUMERIC, INT8, ASSIGNMENT, numeric_to_int8),
    CAST(TIMESTAMPTZ, DATE, ASSIGNMENT, timestamptz_to_date),
    CAST(BOOL, INT4, EXPLICIT, bool_to_int4),
    CAST(INT4, BOOL, EXPLICIT, int4_to_bool),
    CAST(JSONB, BOOL, EXPLICIT, jsonb_to_bool),
    CAST(JSONB, INT4, EXPLICIT, jsonb_to_int4),
    CAST(JSONB, INT8, EXPLICIT, jsonb_to_int8),
    CAST(JSONB, FLOAT8, EXPLICIT, jsonb_to_float8),
    CAST(JSONB, NUMERIC, EXPLICIT, jsonb_to_numeric),
    TEXT_CASTS(BOOL),
    TEXT_CASTS(INT4),
    TEXT_CASTS(INT8),
    TEXT_CASTS(FLOAT8),
    TEXT_CASTS(NUMERIC),
    TEXT_CASTS(BYTEA),
    TEXT_CASTS(DATE),
    TEXT_CASTS(TIMESTAMPTZ),
    TEXT_CASTS(JSONB),
    {NULL},
};
