/* Dates and times: now, fields, truncation, days. UTC throughout; there is no interval type, so
 * that differences are in days and only of dates. Source: PostgreSQL 15, chapter 9.9. */
#include "column/datetime.h"

#include "expr/kernel.h"

WEIR_KERNEL(now)
{
    (void)args_count;
    (void)args;
    WEIR_FOR_SELECTED(row, selection)
    out->i8[row] = eval->now_us;
}

WEIR_KERNEL(current_date)
{
    (void)args_count;
    (void)args;
    int32_t today = weir_timestamptz_to_date(eval->now_us);
    WEIR_FOR_SELECTED(row, selection)
    out->i4[row] = today;
}

#define CHECKED_KERNEL(name, call)                                                                 \
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

CHECKED_KERNEL(date_add, weir_date_add(args[0]->i4[row], args[1]->i4[row], &out->i4[row], &error))
CHECKED_KERNEL(days_add, weir_date_add(args[1]->i4[row], args[0]->i4[row], &out->i4[row], &error))
CHECKED_KERNEL(date_subtract,
               weir_date_add(args[0]->i4[row], -(int64_t)args[1]->i4[row], &out->i4[row], &error))
CHECKED_KERNEL(date_difference,
               weir_date_sub(args[0]->i4[row], args[1]->i4[row], &out->i4[row], &error))
CHECKED_KERNEL(timestamptz_truncate,
               weir_timestamptz_trunc(args[0]->s[row], args[1]->i8[row], &out->i8[row], &error))
CHECKED_KERNEL(to_timestamp, weir_timestamptz_from_unix(args[0]->f8[row], &out->i8[row], &error))
CHECKED_KERNEL(make_date, weir_date_make(args[0]->i4[row], args[1]->i4[row], args[2]->i4[row],
                                         &out->i4[row], &error))

#define EXTRACT_KERNEL(name, function, field)                                                      \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            struct weir_error error;                                                               \
            if (function(args[0]->s[row], args[1]->field[row], eval->arena, &out->s[row],          \
                         &error) != WEIR_OK)                                                       \
                weir_out_error(eval, out, row, &error);                                            \
            else if (!out->s[row].ptr)                                                             \
                weir_out_null(out, row);                                                           \
        }                                                                                          \
    }

#define PART_KERNEL(name, function, field)                                                         \
    WEIR_KERNEL(name)                                                                              \
    {                                                                                              \
        (void)args_count;                                                                          \
        WEIR_FOR_VALID(row, out, selection)                                                        \
        {                                                                                          \
            struct weir_error error;                                                               \
            bool null = false;                                                                     \
            if (function(args[0]->s[row], args[1]->field[row], &out->f8[row], &null, &error) !=    \
                WEIR_OK)                                                                           \
                weir_out_error(eval, out, row, &error);                                            \
            else if (null)                                                                         \
                weir_out_null(out, row);                                                           \
        }                                                                                          \
    }

EXTRACT_KERNEL(timestamptz_extract, weir_timestamptz_extract, i8)
EXTRACT_KERNEL(date_extract, weir_date_extract, i4)
PART_KERNEL(timestamptz_part, weir_timestamptz_part, i8)
PART_KERNEL(date_part, weir_date_part, i4)

WEIR_KERNEL(date_is_finite)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_SELECTED(row, selection)
    out->b[row] =
        args[0]->i4[row] != WEIR_DATE_NOINFINITY && args[0]->i4[row] != WEIR_DATE_INFINITY;
}

WEIR_KERNEL(timestamptz_is_finite)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_SELECTED(row, selection)
    out->b[row] = args[0]->i8[row] != WEIR_TIMESTAMP_NOINFINITY &&
                  args[0]->i8[row] != WEIR_TIMESTAMP_INFINITY;
}

#define DATE WEIR_DATE
#define TIME WEIR_TIMESTAMPTZ
#define OPERATOR(name, result, a, b, kernel_name, help, example)                                   \
    {                                                                                              \
        name, WEIR_OPERATOR, result, {a, b}, 2, .kernel = kernel_name, "date/time", help, example  \
    }
#define FUNCTION(name, result, types, count, kernel_name, help, example)                           \
    {                                                                                              \
        name, WEIR_FUNCTION, result, types, count, .kernel = kernel_name, "date/time", help,       \
                                                   example                                         \
    }
#define STABLE(name, result, kernel_name, help, example)                                           \
    {                                                                                              \
        name, WEIR_FUNCTION, result, {0}, 0, .stable = true, .kernel = kernel_name, "date/time",   \
                                             help, example                                         \
    }
#define T(...)                                                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

const struct weir_function weir_datetime_functions[] = {
    STABLE("now", TIME, now, "the time of the epoch in which the row is processed",
           "now() -> 2026-01-02 03:04:05+00"),
    STABLE("transaction_timestamp", TIME, now, "the same as now()",
           "transaction_timestamp() -> 2026-01-02 03:04:05+00"),
    STABLE("statement_timestamp", TIME, now, "the same as now()",
           "statement_timestamp() -> 2026-01-02 03:04:05+00"),
    STABLE("current_date", DATE, current_date, "the day of now()", "current_date -> 2026-01-02"),
    OPERATOR("+", DATE, DATE, WEIR_INT4, date_add, "the date so many days later",
             "date '2001-09-28' + 7 -> 2001-10-05"),
    OPERATOR("+", DATE, WEIR_INT4, DATE, days_add, "the date so many days later",
             "7 + date '2001-09-28' -> 2001-10-05"),
    OPERATOR("-", DATE, DATE, WEIR_INT4, date_subtract, "the date so many days earlier",
             "date '2001-10-01' - 7 -> 2001-09-24"),
    OPERATOR("-", WEIR_INT4, DATE, DATE, date_difference, "the days between two dates",
             "date '2001-10-01' - date '2001-09-28' -> 3"),
    FUNCTION("extract", WEIR_NUMERIC, T(WEIR_TEXT, TIME), 2, timestamptz_extract,
             "a field of a time", "extract(hour FROM timestamptz '2001-02-16 20:38:40+00') -> 20"),
    FUNCTION("extract", WEIR_NUMERIC, T(WEIR_TEXT, DATE), 2, date_extract, "a field of a date",
             "extract(year FROM date '2001-02-16') -> 2001"),
    FUNCTION("date_part", WEIR_FLOAT8, T(WEIR_TEXT, TIME), 2, timestamptz_part, "a field of a time",
             "date_part('hour', timestamptz '2001-02-16 20:38:40+00') -> 20"),
    FUNCTION("date_part", WEIR_FLOAT8, T(WEIR_TEXT, DATE), 2, date_part, "a field of a date",
             "date_part('year', date '2001-02-16') -> 2001"),
    FUNCTION("date_trunc", TIME, T(WEIR_TEXT, TIME), 2, timestamptz_truncate,
             "the time cut to a unit",
             "date_trunc('hour', timestamptz '2001-02-16 20:38:40+00') -> 2001-02-16 20:00:00+00"),
    FUNCTION("make_date", DATE, T(WEIR_INT4, WEIR_INT4, WEIR_INT4), 3, make_date,
             "the date of year, month and day", "make_date(2013, 7, 15) -> 2013-07-15"),
    FUNCTION("to_timestamp", TIME, T(WEIR_FLOAT8), 1, to_timestamp,
             "the time so many seconds after 1970",
             "to_timestamp(1284352323) -> 2010-09-13 04:32:03+00"),
    FUNCTION("isfinite", WEIR_BOOL, T(DATE), 1, date_is_finite, "whether the date is not infinite",
             "isfinite(date '2001-02-16') -> true"),
    FUNCTION("isfinite", WEIR_BOOL, T(TIME), 1, timestamptz_is_finite,
             "whether the time is not infinite", "isfinite(now()) -> true"),
    {NULL},
};
