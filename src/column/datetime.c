/* The calendar: civil dates to numbers and back, and arithmetic on dates and timestamps.
 *
 * Days are counted in 400-year eras whose years begin in March, so that the leap day comes last and month lengths are a
 * linear formula. Numbers are checked against PostgreSQL's range wherever arithmetic can leave it.
 * Sources: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"; PostgreSQL's date.c and timestamp.c. */
#include "column/datetime.h"

#include <math.h>

#define ERA_DAYS        146097 /* of 400 years */
#define EPOCH_ERA_DAYS  730425 /* 0000-03-01 to 2000-01-01 */
#define UNIX_EPOCH_DAYS 10957  /* 1970-01-01 to 2000-01-01 */

int64_t weir_date_from_civil(int32_t year, int32_t month, int32_t day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year =
        (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1; /* from March 1 */
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_ERA_DAYS;
}

void weir_date_to_civil(int32_t date, struct weir_civil *ret)
{
    int64_t z = (int64_t)date + EPOCH_ERA_DAYS;
    int32_t era = (int32_t)((z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS);
    uint32_t day_of_era = (uint32_t)(z - (int64_t)era * ERA_DAYS);
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t march_month = (5 * day_of_year + 2) / 153;
    int32_t month = (int32_t)(march_month < 10 ? march_month + 3 : march_month - 9);
    *ret = (struct weir_civil){
        .year = (int32_t)year_of_era + era * 400 + (month <= 2),
        .month = month,
        .day = (int32_t)(day_of_year - (153 * march_month + 2) / 5 + 1),
    };
}

void weir_timestamptz_to_civil(int64_t timestamp, struct weir_civil *ret)
{
    int64_t us = timestamp % WEIR_DAY_US;
    us += us < 0 ? WEIR_DAY_US : 0;
    weir_date_to_civil((int32_t)((timestamp - us) / WEIR_DAY_US), ret);
    uint32_t seconds = (uint32_t)((uint64_t)us / 1000000);
    ret->microsecond = (int32_t)(us - (int64_t)seconds * 1000000);
    ret->second = (int32_t)(seconds % 60);
    ret->minute = (int32_t)(seconds / 60 % 60);
    ret->hour = (int32_t)(seconds / 3600);
}

int32_t weir_days_in_month(int32_t year, int32_t month)
{
    static const int8_t days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month] + (leap && month == 2);
}

enum weir_code weir_date_to_timestamptz(int32_t date, int64_t *ret, struct weir_error *err)
{
    if (date == WEIR_DATE_NOINFINITY)
        *ret = WEIR_TIMESTAMP_NOINFINITY;
    else if (date == WEIR_DATE_INFINITY)
        *ret = WEIR_TIMESTAMP_INFINITY;
    else if (date >= WEIR_TIMESTAMP_END / WEIR_DAY_US)
        return weir_fail(err, WEIR_BAD_DATA, "date out of range for timestamp");
    else
        *ret = date * WEIR_DAY_US;
    return WEIR_OK;
}

int32_t weir_timestamptz_to_date(int64_t timestamp)
{
    if (timestamp == WEIR_TIMESTAMP_NOINFINITY)
        return WEIR_DATE_NOINFINITY;
    if (timestamp == WEIR_TIMESTAMP_INFINITY)
        return WEIR_DATE_INFINITY;
    return (int32_t)(timestamp / WEIR_DAY_US - (timestamp % WEIR_DAY_US < 0));
}

static bool date_is_infinite(int32_t date)
{
    return date == WEIR_DATE_NOINFINITY || date == WEIR_DATE_INFINITY;
}

enum weir_code weir_date_add(int32_t date, int64_t days, int32_t *ret, struct weir_error *err)
{
    if (date_is_infinite(date)) {
        *ret = date;
        return WEIR_OK;
    }
    int64_t sum;
    if (__builtin_add_overflow((int64_t)date, days, &sum) || sum < WEIR_DATE_MIN ||
        sum >= WEIR_DATE_END)
        return weir_fail(err, WEIR_BAD_DATA, "date out of range");
    *ret = (int32_t)sum;
    return WEIR_OK;
}

enum weir_code weir_date_sub(int32_t a, int32_t b, int32_t *ret, struct weir_error *err)
{
    if (date_is_infinite(a) || date_is_infinite(b))
        return weir_fail(err, WEIR_BAD_DATA, "cannot subtract infinite dates");
    *ret = (int32_t)((uint32_t)a - (uint32_t)b); /* wraps, as there */
    return WEIR_OK;
}

enum weir_code weir_date_make(int32_t year, int32_t month, int32_t day, int32_t *ret,
                              struct weir_error *err)
{
    bool valid = year != 0 && year != INT32_MIN && month >= 1 && month <= 12 && day >= 1;
    int32_t astronomical = year < 0 ? year + 1 : year; /* there is no year 0: -1 is 1 BC */
    if (!valid || day > weir_days_in_month(astronomical, month))
        return weir_fail(err, WEIR_BAD_DATA, "date field value out of range: %d-%02d-%02d",
                         (int)astronomical, (int)month, (int)day);
    int64_t date = weir_date_from_civil(astronomical, month, day);
    if (date < WEIR_DATE_MIN || date >= WEIR_DATE_END)
        return weir_fail(err, WEIR_BAD_DATA, "date out of range: %d-%02d-%02d", (int)astronomical,
                         (int)month, (int)day);
    *ret = (int32_t)date;
    return WEIR_OK;
}

enum weir_code weir_timestamptz_from_unix(double seconds, int64_t *ret, struct weir_error *err)
{
    if (isnan(seconds))
        return weir_fail(err, WEIR_BAD_DATA, "timestamp cannot be NaN");
    if (isinf(seconds)) {
        *ret = seconds < 0 ? WEIR_TIMESTAMP_NOINFINITY : WEIR_TIMESTAMP_INFINITY;
        return WEIR_OK;
    }
    const double day = 86400.0;
    double least = day * (WEIR_DATE_MIN + UNIX_EPOCH_DAYS);
    double end = day * (double)(WEIR_TIMESTAMP_END / WEIR_DAY_US + UNIX_EPOCH_DAYS);
    if (seconds >= least && seconds < end) {
        double us = rint((seconds - day * UNIX_EPOCH_DAYS) * 1e6);
        if (us >= (double)WEIR_TIMESTAMP_MIN && us < (double)WEIR_TIMESTAMP_END) {
            *ret = (int64_t)us;
            return WEIR_OK;
        }
    }
    return weir_fail(err, WEIR_BAD_DATA, "timestamp out of range: \"%g\"", seconds);
}
