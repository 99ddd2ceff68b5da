/* Casts between all types: the numbers' conversions by their rules, everything to and from text by
 * the types' text forms.
 *
 * Contexts are PostgreSQL's (\dC): implicit where nothing can be lost, assignment where an INSERT
 * may convert, the rest explicit. From jsonb only scalars of the right kind convert. Sources:
 * PostgreSQL 15, pg_cast and chapter 8. */
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

#define CAST_HELP_IMPLICIT   "wherever the other type is wanted"
#define CAST_HELP_ASSIGNMENT "written as value::type, or by INSERT"
#define CAST_HELP_EXPLICIT   "written as value::type"

#define CAST(from, to, how, depends_on_now, kernel_name, shown)                                    \
    {                                                                                              \
        "cast", WEIR_CAST, WEIR_##to, {WEIR_##from}, 1,                                            \
            .stable = depends_on_now, .cast_context = WEIR_CAST_##how, .kernel = kernel_name,      \
            "type conversion", CAST_HELP_##how, shown                                              \
    }
#define TEXT_CASTS(type, depends_on_now, to_text, from_text)                                       \
    CAST(type, TEXT, ASSIGNMENT, false, any_to_text, to_text),                                     \
        CAST(TEXT, type, EXPLICIT, depends_on_now, text_to_any, from_text)

const struct weir_function weir_cast_functions[] = {
    CAST(INT4, INT8, IMPLICIT, false, int4_to_int8, "4::bigint -> 4"),
    CAST(INT4, FLOAT8, IMPLICIT, false, int4_to_float8, "4::double precision -> 4"),
    CAST(INT4, NUMERIC, IMPLICIT, false, int4_to_numeric, "4::numeric -> 4"),
    CAST(INT8, FLOAT8, IMPLICIT, false, int8_to_float8,
         "5000000000::double precision -> 5000000000"),
    CAST(INT8, NUMERIC, IMPLICIT, false, int8_to_numeric, "5000000000::numeric -> 5000000000"),
    CAST(NUMERIC, FLOAT8, IMPLICIT, false, numeric_to_float8, "1.50::double precision -> 1.5"),
    CAST(DATE, TIMESTAMPTZ, IMPLICIT, false, date_to_timestamptz,
         "date '2001-09-28'::timestamptz -> 2001-09-28 00:00:00+00"),
    CAST(INT8, INT4, ASSIGNMENT, false, int8_to_int4, "4::bigint::integer -> 4"),
    CAST(FLOAT8, INT4, ASSIGNMENT, false, float8_to_int4, "float8 '2.5'::integer -> 2"),
    CAST(FLOAT8, INT8, ASSIGNMENT, false, float8_to_int8, "float8 '2.5'::bigint -> 2"),
    CAST(FLOAT8, NUMERIC, ASSIGNMENT, false, float8_to_numeric, "float8 '2.5'::numeric -> 2.5"),
    CAST(NUMERIC, INT4, ASSIGNMENT, false, numeric_to_int4, "2.5::integer -> 3"),
    CAST(NUMERIC, INT8, ASSIGNMENT, false, numeric_to_int8, "2.5::bigint -> 3"),
    CAST(TIMESTAMPTZ, DATE, ASSIGNMENT, false, timestamptz_to_date,
         "timestamptz '2001-09-28 23:00+00'::date -> 2001-09-28"),
    CAST(BOOL, INT4, EXPLICIT, false, bool_to_int4, "true::integer -> 1"),
    CAST(INT4, BOOL, EXPLICIT, false, int4_to_bool, "1::boolean -> true"),
    CAST(JSONB, BOOL, EXPLICIT, false, jsonb_to_bool, "'true'::jsonb::boolean -> true"),
    CAST(JSONB, INT4, EXPLICIT, false, jsonb_to_int4, "'4.5'::jsonb::integer -> 5"),
    CAST(JSONB, INT8, EXPLICIT, false, jsonb_to_int8, "'4'::jsonb::bigint -> 4"),
    CAST(JSONB, FLOAT8, EXPLICIT, false, jsonb_to_float8, "'4.5'::jsonb::double precision -> 4.5"),
    CAST(JSONB, NUMERIC, EXPLICIT, false, jsonb_to_numeric, "'4.50'::jsonb::numeric -> 4.50"),
    TEXT_CASTS(BOOL, false, "true::text -> true", "'yes'::text::boolean -> true"),
    TEXT_CASTS(INT4, false, "42::text -> 42", "'42'::text::integer -> 42"),
    TEXT_CASTS(INT8, false, "5000000000::text -> 5000000000", "'42'::text::bigint -> 42"),
    TEXT_CASTS(FLOAT8, false, "float8 '2.5'::text -> 2.5", "'1e3'::text::double precision -> 1000"),
    TEXT_CASTS(NUMERIC, false, "2.50::text -> 2.50", "'2.50'::text::numeric -> 2.50"),
    TEXT_CASTS(BYTEA, false, "'\\x12'::bytea::text -> \\x12", "'\\x12'::text::bytea -> \\x12"),
    TEXT_CASTS(DATE, true, "date '2001-09-28'::text -> 2001-09-28",
               "'2001-09-28'::text::date -> 2001-09-28"),
    TEXT_CASTS(TIMESTAMPTZ, true, "timestamptz '2001-09-28'::text -> 2001-09-28 00:00:00+00",
               "'2001-09-28'::text::timestamptz -> 2001-09-28 00:00:00+00"),
    TEXT_CASTS(JSONB, false, "'[1,2]'::jsonb::text -> [1, 2]", "'[1,2]'::text::jsonb -> [1, 2]"),
    {NULL},
};
