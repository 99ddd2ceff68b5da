/* The calendar: dates and timestamps as numbers, their fields, and arithmetic, in the proleptic
 * Gregorian calendar and UTC, with PostgreSQL 15's results and error texts. Text input and output
 * are in text.h. Source: PostgreSQL 15, section 9.9.
 *
 * A date is days since 2000-01-01, a timestamp microseconds since 2000-01-01 00:00 UTC; both have
 * infinities (type.h). There is no interval type: what needs one (timestamp differences, age) is
 * not here. Any thread. */
#ifndef WEIR_COLUMN_DATETIME_H
#define WEIR_COLUMN_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

#define WEIR_DATE_NOINFINITY      INT32_MIN /* -infinity */
#define WEIR_DATE_INFINITY        INT32_MAX
#define WEIR_TIMESTAMP_NOINFINITY INT64_MIN
#define WEIR_TIMESTAMP_INFINITY   INT64_MAX
#define WEIR_DAY_US               INT64_C(86400000000)

/* The finite range: 4713-01-01 BC (really 4714-11-24 BC) up to, not including, 5874898-01-01 and
 * 294277-01-01. */
#define WEIR_DATE_MIN      (-2451545)
#define WEIR_DATE_END      2145031949
#define WEIR_TIMESTAMP_MIN INT64_C(-211813488000000000)
#define WEIR_TIMESTAMP_END INT64_C(9223371331200000000)

/* A moment taken apart. Years are astronomical: 0 is 1 BC. */
struct weir_civil {
    int32_t year, month, day; /* month and day from 1 */
    int32_t hour, minute, second, microsecond;
};

/* Days since 2000-01-01 of a valid civil date, and back. Not for the infinities. */
int64_t weir_date_from_civil(int32_t year, int32_t month, int32_t day);
void weir_date_to_civil(int32_t date, struct weir_civil *ret);
void weir_timestamptz_to_civil(int64_t timestamp, struct weir_civil *ret);

int32_t weir_days_in_month(int32_t year, int32_t month);

/* EXTRACT(field FROM ..): a numeric; ret->ptr is NULL where SQL gives NULL (hour of infinity).
 * WEIR_BAD_DATA: the unit is not known (`unit "x" not recognized for type date`) or not supported.
 */
enum weir_code weir_timestamptz_extract(struct weir_slice field, int64_t timestamp,
                                        struct weir_arena *arena, struct weir_slice *ret,
                                        struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_date_extract(struct weir_slice field, int32_t date, struct weir_arena *arena,
                                 struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
/* date_part(field, ..): a double; *ret_null where SQL gives NULL. A date is taken as its midnight.
 */
enum weir_code weir_timestamptz_part(struct weir_slice field, int64_t timestamp, double *ret,
                                     bool *ret_null, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_date_part(struct weir_slice field, int32_t date, double *ret, bool *ret_null,
                              struct weir_error *err) WEIR_MUST_CHECK;

/* date_trunc(unit, timestamptz). */
enum weir_code weir_timestamptz_trunc(struct weir_slice unit, int64_t timestamp, int64_t *ret,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Casts: midnight of a date; the day of a timestamp. Infinities stay infinite. */
enum weir_code weir_date_to_timestamptz(int32_t date, int64_t *ret,
                                        struct weir_error *err) WEIR_MUST_CHECK;
int32_t weir_timestamptz_to_date(int64_t timestamp);

/* date + days (a negative number subtracts; INT32_MIN is fine). */
enum weir_code weir_date_add(int32_t date, int64_t days, int32_t *ret,
                             struct weir_error *err) WEIR_MUST_CHECK;
/* date - date in days. */
enum weir_code weir_date_sub(int32_t a, int32_t b, int32_t *ret,
                             struct weir_error *err) WEIR_MUST_CHECK;
/* make_date(year, month, day): a negative year is BC. */
enum weir_code weir_date_make(int32_t year, int32_t month, int32_t day, int32_t *ret,
                              struct weir_error *err) WEIR_MUST_CHECK;
/* to_timestamp(seconds since 1970). */
enum weir_code weir_timestamptz_from_unix(double seconds, int64_t *ret,
                                          struct weir_error *err) WEIR_MUST_CHECK;

#endif
