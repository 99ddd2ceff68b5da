/* Fields of dates and timestamps (extract, date_part) and date_trunc.
 *
 * extract gives a numeric, whose scale shows the unit's precision; date_part gives a double by formulas of its own, so that the
 * last bit is PostgreSQL's too. Infinite values have no hour, but their year is infinite. Weeks are ISO 8601's.
 * Source: PostgreSQL 15, section 9.9 and timestamp.c. */
#include <math.h>

#include "column/ascii.h"
#include "column/datetime.h"
#include "column/numeric.h"
#include "column/text.h"

enum unit {
    UNIT_UNKNOWN,
    UNIT_MICROSECOND,
    UNIT_MILLISECOND,
    UNIT_SECOND,
    UNIT_MINUTE,
    UNIT_HOUR,
    UNIT_DAY,
    UNIT_WEEK,
    UNIT_MONTH,
    UNIT_QUARTER,
    UNIT_YEAR,
    UNIT_DECADE,
    UNIT_CENTURY,
    UNIT_MILLENNIUM,
    UNIT_ZONE,
    UNIT_ZONE_HOUR,
    UNIT_ZONE_MINUTE,
    UNIT_FIELDS_ONLY, /* from here on: not for date_trunc */
    UNIT_DOW = UNIT_FIELDS_ONLY,
    UNIT_MINUTE_FIELD, /* "mm", a word that date_trunc does not know */
    UNIT_DOY,
    UNIT_ISODOW,
    UNIT_ISOYEAR,
    UNIT_JULIAN,
    UNIT_EPOCH,
};

/* Names longer than ten bytes are compared by their first ten, as there. */
#define UNIT_NAME_BYTES 10

static enum unit unit_find(struct weir_slice name)
{
    static const struct {
        const char *names; /* separated by spaces */
        enum unit unit;
    } units[] = {
        {"microsecon us usec useconds usecs", UNIT_MICROSECOND},
        {"millisecon ms msec mseconds msecs", UNIT_MILLISECOND},
        {"second s sec seconds secs", UNIT_SECOND},
        {"minute m min mins minutes", UNIT_MINUTE},
        {"hour h hours hr hrs", UNIT_HOUR},
        {"day d days", UNIT_DAY},
        {"week w weeks", UNIT_WEEK},
        {"month mon mons months", UNIT_MONTH},
        {"quarter qtr", UNIT_QUARTER},
        {"year y years yr yrs", UNIT_YEAR},
        {"decade dec decades decs", UNIT_DECADE},
        {"century c cent centuries", UNIT_CENTURY},
        {"millennium mil millennia mils", UNIT_MILLENNIUM},
        {"timezone", UNIT_ZONE},
        {"timezone_h", UNIT_ZONE_HOUR},
        {"timezone_m", UNIT_ZONE_MINUTE},
        {"mm", UNIT_MINUTE_FIELD},
        {"dow", UNIT_DOW},
        {"doy", UNIT_DOY},
        {"isodow", UNIT_ISODOW},
        {"isoyear", UNIT_ISOYEAR},
        {"julian j jd", UNIT_JULIAN},
        {"epoch", UNIT_EPOCH},
    };
    size_t len = name.len < UNIT_NAME_BYTES ? name.len : UNIT_NAME_BYTES;
    for (size_t i = 0; len > 0 && i < sizeof(units) / sizeof(*units); i++) {
        for (const char *at = units[i].names; *at;) {
            size_t word = strcspn(at, " ");
            if (word == len && strncmp(at, name.ptr, len) == 0)
                return units[i].unit;
            at += word + (at[word] == ' ');
        }
    }
    return UNIT_UNKNOWN;
}

/* A unit's name in lower case: *ret lies in `to`. Names that are too long are not known. */
static struct weir_slice unit_name(struct weir_slice name, char to[64])
{
    size_t len = name.len < 63 ? name.len : 63;
    for (size_t i = 0; i < len; i++)
        to[i] = weir_to_lower(name.ptr[i]);
    return weir_slice(to, len);
}

static enum weir_code fail_unit(enum unit unit, struct weir_slice name, const char *type,
                                struct weir_error *err)
{
    return weir_fail(err, WEIR_BAD_DATA, "unit \"%.*s\" not %s for type %s", WEIR_FMT(name),
                     unit == UNIT_UNKNOWN ? "recognized" : "supported", type);
}

/* --- calendar fields --------------------------------------------------------------------------------------------- */

static int32_t weekday(int64_t date) /* 0 is Sunday */
{
    return (int32_t)(((date + 6) % 7 + 7) % 7); /* 2000-01-01 was a Saturday */
}

/* The Monday of ISO week 1, which has January 4 in it. */
static int64_t iso_year_start(int32_t year)
{
    int64_t fourth = weir_date_from_civil(year, 1, 4);
    return fourth - (weekday(fourth) + 6) % 7;
}

static int32_t iso_year(int64_t date, int32_t year)
{
    return date < iso_year_start(year)        ? year - 1
           : date >= iso_year_start(year + 1) ? year + 1
                                              : year;
}

/* Groups of years count from 1 AD and backwards from 1 BC. */
static int32_t year_group(int32_t year, int32_t size)
{
    return year > 0 ? (year + size - 1) / size : -((size - 1 - (year - 1)) / size);
}

static int32_t year_shown(int32_t year)
{
    return year > 0 ? year : year - 1;
}

static int32_t decade(int32_t year)
{
    return year >= 0 ? year / 10 : -((8 - (year - 1)) / 10);
}

/* The fields that a date has too, as integers; false: another unit. */
static bool date_field(enum unit unit, int32_t date, const struct weir_civil *civil, int64_t *ret)
{
    switch (unit) {
    case UNIT_DAY:
        *ret = civil->day;
        return true;
    case UNIT_WEEK:
        *ret = (date - iso_year_start(iso_year(date, civil->year))) / 7 + 1;
        return true;
    case UNIT_MONTH:
        *ret = civil->month;
        return true;
    case UNIT_QUARTER:
        *ret = (civil->month - 1) / 3 + 1;
        return true;
    case UNIT_YEAR:
        *ret = year_shown(civil->year);
        return true;
    case UNIT_DECADE:
        *ret = decade(civil->year);
        return true;
    case UNIT_CENTURY:
        *ret = year_group(civil->year, 100);
        return true;
    case UNIT_MILLENNIUM:
        *ret = year_group(civil->year, 1000);
        return true;
    case UNIT_DOW:
        *ret = weekday(date);
        return true;
    case UNIT_ISODOW:
        *ret = weekday(date) ? weekday(date) : 7;
        return true;
    case UNIT_DOY:
        *ret = date - weir_date_from_civil(civil->year, 1, 1) + 1;
        return true;
    case UNIT_ISOYEAR:
        *ret = year_shown(iso_year(date, civil->year));
        return true;
    default:
        return false;
    }
}

/* What an infinite value has: fields that only grow are infinite too, the others are NULL. */
enum endless { ENDLESS_NULL, ENDLESS_INFINITE, ENDLESS_UNSUPPORTED };

static enum endless endless_field(enum unit unit)
{
    switch (unit) {
    case UNIT_YEAR:
    case UNIT_DECADE:
    case UNIT_CENTURY:
    case UNIT_MILLENNIUM:
    case UNIT_JULIAN:
    case UNIT_ISOYEAR:
    case UNIT_EPOCH:
        return ENDLESS_INFINITE;
    case UNIT_UNKNOWN:
        return ENDLESS_UNSUPPORTED;
    default:
        return ENDLESS_NULL;
    }
}

/* --- extract ----------------------------------------------------------------------------------------------------- */

/* value / 10^scale as numeric. */
static enum weir_code give_scaled(int64_t value, int32_t scale, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err)
{
    char text[32];
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t count = weir_digits_count(magnitude), least = (size_t)scale + 1;
    count = count < least ? least : count;
    char *out = text;
    if (value < 0)
        *out++ = '-';
    weir_digits_write(magnitude, out, count);
    out += count;
    if (scale > 0) {
        memmove(out - scale + 1, out - scale, (size_t)scale);
        out[-scale] = '.';
        out++;
    }
    *ret = weir_arena_slice(arena, weir_slice(text, (size_t)(out - text)));
    return ret->ptr ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory for a numeric");
}

static enum weir_code give_endless(enum unit unit, bool positive, struct weir_slice *ret)
{
    *ret = endless_field(unit) == ENDLESS_NULL ? weir_slice(NULL, 0)
           : positive                          ? WEIR_SLICE("Infinity")
                                               : WEIR_SLICE("-Infinity");
    return WEIR_OK;
}

/* The Julian day with the part of the day that has passed. */
static enum weir_code give_julian(int32_t date, int64_t day_us, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err)
{
    struct weir_slice day, us, part;
    WEIR_TRY(weir_numeric_from_int8((int64_t)date - WEIR_DATE_MIN, arena, &day, err));
    WEIR_TRY(weir_numeric_from_int8(day_us, arena, &us, err));
    WEIR_TRY(weir_numeric_div(us, WEIR_SLICE("86400000000"), arena, &part, err));
    return weir_numeric_add(day, part, arena, ret, err);
}

static enum weir_code give_epoch(int64_t timestamp, struct weir_arena *arena,
                                 struct weir_slice *ret, struct weir_error *err)
{
    int64_t since;
    if (!__builtin_add_overflow(timestamp, WEIR_UNIX_TO_PG_US, &since))
        return give_scaled(since, 6, arena, ret, err);
    struct weir_slice us;
    WEIR_TRY(weir_numeric_from_int128((__int128)timestamp + WEIR_UNIX_TO_PG_US, arena, &us, err));
    return weir_numeric_mul(us, WEIR_SLICE("0.000001"), arena, ret, err);
}

enum weir_code weir_timestamptz_extract(struct weir_slice field, int64_t timestamp,
                                        struct weir_arena *arena, struct weir_slice *ret,
                                        struct weir_error *err)
{
    static const char type[] = "timestamp with time zone";
    char lower[64];
    struct weir_slice name = unit_name(field, lower);
    enum unit unit = unit_find(name);
    if (unit == UNIT_UNKNOWN)
        return fail_unit(unit, name, type, err);
    if (timestamp == WEIR_TIMESTAMP_INFINITY || timestamp == WEIR_TIMESTAMP_NOINFINITY)
        return give_endless(unit, timestamp == WEIR_TIMESTAMP_INFINITY, ret);
    struct weir_civil civil;
    weir_timestamptz_to_civil(timestamp, &civil);
    int32_t date = weir_timestamptz_to_date(timestamp);
    int64_t value, second_us = (int64_t)civil.second * 1000000 + civil.microsecond;
    if (date_field(unit, date, &civil, &value))
        return give_scaled(value, 0, arena, ret, err);
    switch (unit) {
    case UNIT_MICROSECOND:
        return give_scaled(second_us, 0, arena, ret, err);
    case UNIT_MILLISECOND:
        return give_scaled(second_us, 3, arena, ret, err);
    case UNIT_SECOND:
        return give_scaled(second_us, 6, arena, ret, err);
    case UNIT_MINUTE:
    case UNIT_MINUTE_FIELD:
        return give_scaled(civil.minute, 0, arena, ret, err);
    case UNIT_HOUR:
        return give_scaled(civil.hour, 0, arena, ret, err);
    case UNIT_JULIAN:
        return give_julian(date, timestamp - date * WEIR_DAY_US, arena, ret, err);
    case UNIT_EPOCH:
        return give_epoch(timestamp, arena, ret, err);
    default: /* the zone is UTC */
        return give_scaled(0, 0, arena, ret, err);
    }
}

enum weir_code weir_date_extract(struct weir_slice field, int32_t date, struct weir_arena *arena,
                                 struct weir_slice *ret, struct weir_error *err)
{
    char lower[64];
    struct weir_slice name = unit_name(field, lower);
    enum unit unit = unit_find(name);
    struct weir_civil civil;
    int64_t value;
    bool endless = date == WEIR_DATE_INFINITY || date == WEIR_DATE_NOINFINITY;
    weir_date_to_civil(endless ? 0 : date, &civil);
    bool known = date_field(unit, endless ? 0 : date, &civil, &value);
    if (!known && unit != UNIT_JULIAN && unit != UNIT_EPOCH)
        return fail_unit(unit, name, "date", err);
    if (endless)
        return give_endless(unit, date == WEIR_DATE_INFINITY, ret);
    if (unit == UNIT_JULIAN)
        value = (int64_t)date - WEIR_DATE_MIN;
    else if (unit == UNIT_EPOCH)
        value = ((int64_t)date + WEIR_UNIX_TO_PG_US / WEIR_DAY_US) * 86400;
    return give_scaled(value, 0, arena, ret, err);
}

/* --- date_part --------------------------------------------------------------------------------------------------- */

static enum weir_code timestamp_part(struct weir_slice field, int64_t timestamp, const char *type,
                                     bool has_zone, double *ret, bool *ret_null,
                                     struct weir_error *err)
{
    char lower[64];
    struct weir_slice name = unit_name(field, lower);
    enum unit unit = unit_find(name);
    if (unit == UNIT_UNKNOWN)
        return fail_unit(unit, name, type, err);
    *ret_null = false;
    if (timestamp == WEIR_TIMESTAMP_INFINITY || timestamp == WEIR_TIMESTAMP_NOINFINITY) {
        *ret_null = endless_field(unit) == ENDLESS_NULL;
        *ret = timestamp == WEIR_TIMESTAMP_INFINITY ? (double)INFINITY : (double)-INFINITY;
        return WEIR_OK;
    }
    if (!has_zone && (unit == UNIT_ZONE || unit == UNIT_ZONE_HOUR || unit == UNIT_ZONE_MINUTE))
        return fail_unit(unit, name, type, err);
    struct weir_civil civil;
    weir_timestamptz_to_civil(timestamp, &civil);
    int32_t date = weir_timestamptz_to_date(timestamp);
    double seconds = (civil.hour * 60 + civil.minute) * 60 + civil.second;
    int64_t value;
    if (date_field(unit, date, &civil, &value)) {
        *ret = (double)value;
        return WEIR_OK;
    }
    switch (unit) {
    case UNIT_MICROSECOND:
        *ret = civil.second * 1000000.0 + civil.microsecond;
        break;
    case UNIT_MILLISECOND:
        *ret = civil.second * 1000.0 + civil.microsecond / 1000.0;
        break;
    case UNIT_SECOND:
        *ret = civil.second + civil.microsecond / 1000000.0;
        break;
    case UNIT_MINUTE:
    case UNIT_MINUTE_FIELD:
        *ret = civil.minute;
        break;
    case UNIT_HOUR:
        *ret = civil.hour;
        break;
    case UNIT_JULIAN:
        *ret = (double)((int64_t)date - WEIR_DATE_MIN) +
               (seconds + civil.microsecond / 1000000.0) / 86400.0;
        break;
    case UNIT_EPOCH:
        *ret = timestamp < INT64_MAX - WEIR_UNIX_TO_PG_US
                   ? (double)(timestamp + WEIR_UNIX_TO_PG_US) / 1000000.0
                   : ((double)timestamp + (double)WEIR_UNIX_TO_PG_US) / 1000000.0;
        break;
    default: /* the zone is UTC */
        *ret = 0;
    }
    return WEIR_OK;
}

enum weir_code weir_timestamptz_part(struct weir_slice field, int64_t timestamp, double *ret,
                                     bool *ret_null, struct weir_error *err)
{
    return timestamp_part(field, timestamp, "timestamp with time zone", true, ret, ret_null, err);
}

enum weir_code weir_date_part(struct weir_slice field, int32_t date, double *ret, bool *ret_null,
                              struct weir_error *err)
{
    int64_t timestamp;
    WEIR_TRY(weir_date_to_timestamptz(date, &timestamp, err));
    return timestamp_part(field, timestamp, "timestamp without time zone", false, ret, ret_null,
                          err);
}

/* --- date_trunc -------------------------------------------------------------------------------------------------- */

/* The first year of the group of `size` years that the year is in. */
static int32_t group_start(int32_t year, int32_t size)
{
    if (size == 10)
        return decade(year) * 10;
    return year > 0 ? year_group(year, size) * size - size + 1 : year_group(year, size) * size + 1;
}

enum weir_code weir_timestamptz_trunc(struct weir_slice unit_text, int64_t timestamp, int64_t *ret,
                                      struct weir_error *err)
{
    static const char type[] = "timestamp with time zone";
    if (timestamp == WEIR_TIMESTAMP_INFINITY || timestamp == WEIR_TIMESTAMP_NOINFINITY) {
        *ret = timestamp;
        return WEIR_OK;
    }
    char lower[64];
    struct weir_slice name = unit_name(unit_text, lower);
    enum unit unit = unit_find(name);
    if (unit >= UNIT_FIELDS_ONLY)
        unit = UNIT_UNKNOWN;
    if (unit == UNIT_UNKNOWN || unit >= UNIT_ZONE)
        return fail_unit(unit, name, type, err);
    static const int64_t fixed_us[] = {
        [UNIT_MICROSECOND] = 1,   [UNIT_MILLISECOND] = 1000, [UNIT_SECOND] = 1000000,
        [UNIT_MINUTE] = 60000000, [UNIT_HOUR] = 3600000000,  [UNIT_DAY] = WEIR_DAY_US};
    if (unit <= UNIT_DAY) {
        int64_t rest = timestamp % fixed_us[unit];
        *ret = timestamp - rest - (rest < 0 ? fixed_us[unit] : 0);
    } else {
        struct weir_civil civil;
        int64_t date = weir_timestamptz_to_date(timestamp);
        weir_date_to_civil((int32_t)date, &civil);
        int32_t year = civil.year, month = 1;
        if (unit == UNIT_MONTH)
            month = civil.month;
        else if (unit == UNIT_QUARTER)
            month = (civil.month - 1) / 3 * 3 + 1;
        else if (unit != UNIT_YEAR)
            year = group_start(year, unit == UNIT_DECADE ? 10 : unit == UNIT_CENTURY ? 100 : 1000);
        date = unit == UNIT_WEEK ? date - (weekday(date) + 6) % 7
                                 : weir_date_from_civil(year, month, 1);
        *ret = date * WEIR_DAY_US;
    }
    if (*ret < WEIR_TIMESTAMP_MIN)
        return weir_fail(err, WEIR_BAD_DATA, "timestamp out of range");
    return WEIR_OK;
}
