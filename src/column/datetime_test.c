/* Fields, truncation and arithmetic of dates and timestamps against PostgreSQL's answers. */
#include <stdio.h>

#include "column/column_test.h"
#include "column/datetime.h"
#include "column/text.h"

static enum weir_code run_extract(const void *context, struct weir_slice a, struct weir_slice b,
                                  struct weir_arena *arena, struct weir_slice *ret,
                                  struct weir_error *err)
{
    (void)context;
    int64_t timestamp;
    WEIR_TRY(weir_timestamptz_parse(a, 0, &timestamp, err));
    return weir_timestamptz_extract(b, timestamp, arena, ret, err);
}

static enum weir_code run_extract_date(const void *context, struct weir_slice a,
                                       struct weir_slice b, struct weir_arena *arena,
                                       struct weir_slice *ret, struct weir_error *err)
{
    (void)context;
    int32_t date;
    WEIR_TRY(weir_date_parse(a, 0, &date, err));
    return weir_date_extract(b, date, arena, ret, err);
}

static enum weir_code run_part(const void *context, struct weir_slice a, struct weir_slice b,
                               struct weir_arena *arena, struct weir_slice *ret,
                               struct weir_error *err)
{
    (void)context;
    int64_t timestamp;
    double value;
    bool null;
    char text[32];
    WEIR_TRY(weir_timestamptz_parse(a, 0, &timestamp, err));
    WEIR_TRY(weir_timestamptz_part(b, timestamp, &value, &null, err));
    *ret = null ? weir_slice(NULL, 0)
                : weir_arena_slice(arena, weir_slice(text, weir_float8_format(value, text)));
    return WEIR_OK;
}

static enum weir_code run_trunc(const void *context, struct weir_slice a, struct weir_slice b,
                                struct weir_arena *arena, struct weir_slice *ret,
                                struct weir_error *err)
{
    (void)context;
    int64_t timestamp;
    char text[48];
    WEIR_TRY(weir_timestamptz_parse(a, 0, &timestamp, err));
    WEIR_TRY(weir_timestamptz_trunc(b, timestamp, &timestamp, err));
    *ret = weir_arena_slice(arena, weir_slice(text, weir_timestamptz_format(timestamp, text)));
    return WEIR_OK;
}

static enum weir_code run_add(const void *context, struct weir_slice a, struct weir_slice b,
                              struct weir_arena *arena, struct weir_slice *ret,
                              struct weir_error *err)
{
    (void)context;
    int32_t date, days;
    char text[48];
    WEIR_TRY(weir_date_parse(a, 0, &date, err));
    WEIR_TRY(weir_int4_parse(b, &days, err));
    WEIR_TRY(weir_date_add(date, days, &date, err));
    *ret = weir_arena_slice(arena, weir_slice(text, weir_date_format(date, text)));
    return WEIR_OK;
}

static enum weir_code run_sub(const void *context, struct weir_slice a, struct weir_slice b,
                              struct weir_arena *arena, struct weir_slice *ret,
                              struct weir_error *err)
{
    (void)context;
    int32_t x, y;
    char text[48];
    WEIR_TRY(weir_date_parse(a, 0, &x, err));
    WEIR_TRY(weir_date_parse(b, 0, &y, err));
    WEIR_TRY(weir_date_sub(x, y, &x, err));
    *ret = weir_arena_slice(arena, weir_slice(text, weir_int4_format(x, text)));
    return WEIR_OK;
}

static enum weir_code run_to_timestamp(const void *context, struct weir_slice a,
                                       struct weir_slice b, struct weir_arena *arena,
                                       struct weir_slice *ret, struct weir_error *err)
{
    (void)context;
    (void)b;
    double seconds;
    int64_t timestamp;
    char text[48];
    WEIR_TRY(weir_float8_parse(a, &seconds, err));
    WEIR_TRY(weir_timestamptz_from_unix(seconds, &timestamp, err));
    *ret = weir_arena_slice(arena, weir_slice(text, weir_timestamptz_format(timestamp, text)));
    return WEIR_OK;
}

static const struct weir_case extract_cases[] = {
    {"2026-12-28 03:04:05.678", "microseconds", "5678000"},
    {"2026-12-28 03:04:05.678", "milliseconds", "5678.000"},
    {"2026-12-28 03:04:05.678", "second", "5.678000"},
    {"2026-12-28 03:04:05.678", "minute", "4"},
    {"2026-12-28 03:04:05.678", "hour", "3"},
    {"2026-12-28 03:04:05.678", "day", "28"},
    {"2026-12-28 03:04:05.678", "week", "53"},
    {"2026-12-28 03:04:05.678", "month", "12"},
    {"2026-12-28 03:04:05.678", "quarter", "4"},
    {"2026-12-28 03:04:05.678", "year", "2026"},
    {"2026-12-28 03:04:05.678", "decade", "202"},
    {"2026-12-28 03:04:05.678", "century", "21"},
    {"2026-12-28 03:04:05.678", "millennium", "3"},
    {"2026-12-28 03:04:05.678", "timezone", "0"},
    {"2026-12-28 03:04:05.678", "dow", "1"},
    {"2026-12-28 03:04:05.678", "doy", "362"},
    {"2026-12-28 03:04:05.678", "isodow", "1"},
    {"2026-12-28 03:04:05.678", "isoyear", "2026"},
    {"2026-12-28 03:04:05.678", "julian", "2461403.12784349537037037037"},
    {"2026-12-28 03:04:05.678", "epoch", "1798427045.678000"},
    {"2026-12-28 03:04:05.678", "HOUR", "3"},
    {"2026-12-28 03:04:05.678", "ms", "5678.000"},
    {"2026-12-28 03:04:05.678", "foo",
     "ERROR: unit \"foo\" not recognized for type timestamp with time zone"},
    {"2026-12-28 03:04:05.678", "jan",
     "ERROR: unit \"jan\" not recognized for type timestamp with time zone"},
    {"0044-03-15 12:00 BC", "year", "-44"},
    {"0044-03-15 12:00 BC", "decade", "-5"},
    {"0044-03-15 12:00 BC", "century", "-1"},
    {"0044-03-15 12:00 BC", "millennium", "-1"},
    {"0044-03-15 12:00 BC", "week", "11"},
    {"0044-03-15 12:00 BC", "isoyear", "-44"},
    {"0044-03-15 12:00 BC", "dow", "5"},
    {"0044-03-15 12:00 BC", "julian", "1705428.50000000000000000000"},
    {"0044-03-15 12:00 BC", "epoch", "-63517780800.000000"},
    {"infinity", "hour", "NULL"},
    {"infinity", "year", "Infinity"},
    {"infinity", "epoch", "Infinity"},
    {"infinity", "julian", "Infinity"},
    {"-infinity", "century", "-Infinity"},
    {"2021-01-03", "week", "53"},
    {"2021-01-03", "isoyear", "2020"},
};

static const struct weir_case extract_date_cases[] = {
    {"2026-12-28", "day", "28"},
    {"2026-12-28", "week", "53"},
    {"2026-12-28", "year", "2026"},
    {"2026-12-28", "epoch", "1798416000"},
    {"2026-12-28", "julian", "2461403"},
    {"2026-12-28", "hour", "ERROR: unit \"hour\" not supported for type date"},
    {"2026-12-28", "timezone", "ERROR: unit \"timezone\" not supported for type date"},
    {"2026-12-28", "foo", "ERROR: unit \"foo\" not recognized for type date"},
    {"2026-12-28", "quarter", "4"},
    {"infinity", "year", "Infinity"},
    {"infinity", "day", "NULL"},
    {"-infinity", "hour", "ERROR: unit \"hour\" not supported for type date"},
};

static const struct weir_case part_cases[] = {
    {"2026-12-28 03:04:05.678", "second", "5.678"},
    {"2026-12-28 03:04:05.678", "ms", "5678"},
    {"2026-12-28 03:04:05.678", "us", "5678000"},
    {"2026-12-28 03:04:05.678", "julian", "2461403.1278434955"},
    {"2026-12-28 03:04:05.678", "epoch", "1798427045.678"},
    {"2026-12-28 03:04:05.678", "dow", "1"},
    {"infinity", "hour", "NULL"},
    {"infinity", "epoch", "Infinity"},
};

static const struct weir_case trunc_cases[] = {
    {"2026-12-28 03:04:05.678", "us", "2026-12-28 03:04:05.678+00"},
    {"2026-12-28 03:04:05.678", "ms", "2026-12-28 03:04:05.678+00"},
    {"2026-12-28 03:04:05.678", "second", "2026-12-28 03:04:05+00"},
    {"2026-12-28 03:04:05.678", "minute", "2026-12-28 03:04:00+00"},
    {"2026-12-28 03:04:05.678", "hour", "2026-12-28 03:00:00+00"},
    {"2026-12-28 03:04:05.678", "day", "2026-12-28 00:00:00+00"},
    {"2026-12-28 03:04:05.678", "week", "2026-12-28 00:00:00+00"},
    {"2026-12-28 03:04:05.678", "month", "2026-12-01 00:00:00+00"},
    {"2026-12-28 03:04:05.678", "quarter", "2026-10-01 00:00:00+00"},
    {"2026-12-28 03:04:05.678", "year", "2026-01-01 00:00:00+00"},
    {"2026-12-28 03:04:05.678", "decade", "2020-01-01 00:00:00+00"},
    {"2026-12-28 03:04:05.678", "century", "2001-01-01 00:00:00+00"},
    {"2026-12-28 03:04:05.678", "millennium", "2001-01-01 00:00:00+00"},
    {"2026-12-28 03:04:05.678", "foo",
     "ERROR: unit \"foo\" not recognized for type timestamp with time zone"},
    {"2026-12-28 03:04:05.678", "dow",
     "ERROR: unit \"dow\" not recognized for type timestamp with time zone"},
    {"2026-12-28 03:04:05.678", "timezone",
     "ERROR: unit \"timezone\" not supported for type timestamp with time zone"},
    {"2026-12-28 03:04:05.678", "mm",
     "ERROR: unit \"mm\" not recognized for type timestamp with time zone"},
    {"0044-03-15 12:00 BC", "week", "0044-03-11 00:00:00+00 BC"},
    {"0044-03-15 12:00 BC", "quarter", "0044-01-01 00:00:00+00 BC"},
    {"0044-03-15 12:00 BC", "decade", "0051-01-01 00:00:00+00 BC"},
    {"0044-03-15 12:00 BC", "century", "0100-01-01 00:00:00+00 BC"},
    {"0044-03-15 12:00 BC", "millennium", "1000-01-01 00:00:00+00 BC"},
    {"infinity", "foo", "infinity"},
    {"1999-12-31 23:59", "century", "1901-01-01 00:00:00+00"},
    {"2001-01-01", "millennium", "2001-01-01 00:00:00+00"},
    {"2021-01-03 12:00", "week", "2020-12-28 00:00:00+00"},
    {"4714-11-24 BC", "century", "ERROR: timestamp out of range"},
};

static const struct weir_case add_cases[] = {
    {"2026-01-31", "1", "2026-02-01"},
    {"2026-01-01", "-1", "2025-12-31"},
    {"2024-02-28", "1", "2024-02-29"},
    {"infinity", "5", "infinity"},
    {"5874897-12-31", "1", "ERROR: date out of range"},
    {"4714-11-24 BC", "-1", "ERROR: date out of range"},
    {"2000-01-01", "2147483647", "ERROR: date out of range"},
    {"2000-01-01", "-2147483648", "ERROR: date out of range"},
};

static const struct weir_case sub_cases[] = {
    {"2026-01-31", "2025-01-31", "365"},
    {"2000-01-01", "2026-01-01", "-9497"},
    {"infinity", "2000-01-01", "ERROR: cannot subtract infinite dates"},
    {"0001-01-01", "0001-12-31 BC", "1"},
};

static const struct weir_case to_timestamp_cases[] = {
    {"0", "", "1970-01-01 00:00:00+00"},
    {"1.5", "", "1970-01-01 00:00:01.5+00"},
    {"-1", "", "1969-12-31 23:59:59+00"},
    {"1767323045.123456", "", "2026-01-02 03:04:05.123456+00"},
    {"nan", "", "ERROR: timestamp cannot be NaN"},
    {"inf", "", "infinity"},
    {"-inf", "", "-infinity"},
    {"1e300", "", "ERROR: timestamp out of range: \"1e+300\""},
    {"9224318016000", "", "ERROR: timestamp out of range: \"9.22432e+12\""},
    {"-210866803200", "", "4714-11-24 00:00:00+00 BC"},
    {"-210866803201", "", "ERROR: timestamp out of range: \"-2.10867e+11\""},
};

static void extract_is_as_postgresql(void **state)
{
    (void)state;
    WEIR_CASES_CHECK(extract_cases, run_extract, NULL);
}

static void extract_date_is_as_postgresql(void **state)
{
    (void)state;
    WEIR_CASES_CHECK(extract_date_cases, run_extract_date, NULL);
}

static void part_is_as_postgresql(void **state)
{
    (void)state;
    WEIR_CASES_CHECK(part_cases, run_part, NULL);
}

static void trunc_is_as_postgresql(void **state)
{
    (void)state;
    WEIR_CASES_CHECK(trunc_cases, run_trunc, NULL);
}

static void add_is_as_postgresql(void **state)
{
    (void)state;
    WEIR_CASES_CHECK(add_cases, run_add, NULL);
}

static void sub_is_as_postgresql(void **state)
{
    (void)state;
    WEIR_CASES_CHECK(sub_cases, run_sub, NULL);
}

static void to_timestamp_is_as_postgresql(void **state)
{
    (void)state;
    WEIR_CASES_CHECK(to_timestamp_cases, run_to_timestamp, NULL);
}

static void civil_dates_round_trip_over_the_whole_range(void **state)
{
    (void)state;
    int64_t step = 100003;
    for (int64_t date = WEIR_DATE_MIN; date < WEIR_DATE_END; date += step) {
        struct weir_civil civil;
        weir_date_to_civil((int32_t)date, &civil);
        assert_true(civil.month >= 1 && civil.month <= 12 && civil.day >= 1);
        assert_true(civil.day <= weir_days_in_month(civil.year, civil.month));
        assert_true(weir_date_from_civil(civil.year, civil.month, civil.day) == date);
    }
    assert_int_equal(weir_date_from_civil(2000, 1, 1), 0);
    assert_int_equal(weir_date_from_civil(1970, 1, 1), -10957);
}

static void date_make_refuses_what_is_no_date(void **state)
{
    (void)state;
    int32_t date;
    struct weir_error err;
    assert_int_equal(weir_date_make(2024, 2, 29, &date, &err), WEIR_OK);
    assert_int_equal(weir_date_make(2026, 2, 29, &date, &err), WEIR_BAD_DATA);
    assert_string_equal(err.text, "date field value out of range: 2026-02-29");
    assert_int_equal(weir_date_make(0, 1, 1, &date, &err), WEIR_BAD_DATA);
    assert_string_equal(err.text, "date field value out of range: 0-01-01");
    assert_int_equal(weir_date_make(-44, 3, 15, &date, &err), WEIR_OK);
    assert_int_equal(date, weir_date_from_civil(-43, 3, 15));
}

static void casts_keep_infinities(void **state)
{
    (void)state;
    int64_t timestamp;
    struct weir_error err;
    assert_int_equal(weir_date_to_timestamptz(WEIR_DATE_INFINITY, &timestamp, &err), WEIR_OK);
    assert_true(timestamp == WEIR_TIMESTAMP_INFINITY);
    assert_int_equal(weir_timestamptz_to_date(WEIR_TIMESTAMP_NOINFINITY), WEIR_DATE_NOINFINITY);
    assert_int_equal(weir_timestamptz_to_date(-1), -1);
    assert_int_equal(weir_date_to_timestamptz(WEIR_DATE_END - 1, &timestamp, &err), WEIR_BAD_DATA);
    assert_string_equal(err.text, "date out of range for timestamp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extract_is_as_postgresql),
        cmocka_unit_test(extract_date_is_as_postgresql),
        cmocka_unit_test(part_is_as_postgresql),
        cmocka_unit_test(trunc_is_as_postgresql),
        cmocka_unit_test(add_is_as_postgresql),
        cmocka_unit_test(sub_is_as_postgresql),
        cmocka_unit_test(to_timestamp_is_as_postgresql),
        cmocka_unit_test(civil_dates_round_trip_over_the_whole_range),
        cmocka_unit_test(date_make_refuses_what_is_no_date),
        cmocka_unit_test(casts_keep_infinities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
