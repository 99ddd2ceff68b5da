/* date and timestamptz as text.
 *
 * The ISO form (2026-01-02, 2026-01-02 03:04:05.678+00, also with T and Z), which is nearly all input, is read here in one
 * pass; whatever differs from it in any way goes to datetime_decode.c, which knows everything that PostgreSQL accepts and
 * which error it gives. Output is PostgreSQL's ISO style in UTC. */
#include "column/ascii.h"
#include "column/datetime_decode.h"
#include "column/text.h"

/* PostgreSQL's work buffers: longer input is refused. */
#define DATE_BYTES_MAX      129
#define TIMESTAMP_BYTES_MAX 153

static bool two_digits(const char *at, int32_t max, int32_t *ret)
{
    if (!weir_is_digit(at[0]) || !weir_is_digit(at[1]))
        return false;
    *ret = (at[0] - '0') * 10 + (at[1] - '0');
    return *ret <= max;
}

/* Exactly yyyy-mm-dd of a valid day at `at`, of which 10 bytes can be read. */
static bool iso_date_take(const char *at, int32_t *ret)
{
    int32_t century, year, month, day;
    if (!two_digits(at, 99, &century) || !two_digits(at + 2, 99, &year) || at[4] != '-' ||
        !two_digits(at + 5, 12, &month) || at[7] != '-' || !two_digits(at + 8, 31, &day))
        return false;
    year += century * 100;
    if (year == 0 || month == 0 || day == 0 || day > weir_days_in_month(year, month))
        return false;
    *ret = (int32_t)weir_date_from_civil(year, month, day);
    return true;
}

/* hh:mm[:ss[.f..]] of up to six digits; moves *at behind it. */
static bool iso_time_take(const char **at, const char *end, int64_t *ret_us)
{
    static const int32_t units[7] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int32_t hour, minute, second = 0;
    const char *p = *at;
    if (end - p < 5 || !two_digits(p, 23, &hour) || p[2] != ':' || !two_digits(p + 3, 59, &minute))
        return false;
    p += 5;
    int64_t fraction = 0;
    if (end - p >= 3 && *p == ':') {
        if (!two_digits(p + 1, 59, &second))
            return false;
        p += 3;
        if (p < end && *p == '.') {
            const char *digits = ++p;
            while (p < end && weir_is_digit(*p) && p - digits < 7)
                fraction = fraction * 10 + (*p++ - '0');
            if (p == digits || p - digits > 6)
                return false;
            fraction *= units[p - digits];
        }
    }
    *ret_us = (((int64_t)hour * 60 + minute) * 60 + second) * 1000000 + fraction;
    *at = p;
    return true;
}

/* Nothing, Z, or a sign with hh, hhmm or hh:mm, up to the end. */
static bool iso_zone_take(const char *at, const char *end, int64_t *ret_us)
{
    int32_t hour, minute = 0;
    *ret_us = 0;
    if (at == end || (end - at == 1 && (*at | 0x20) == 'z'))
        return true;
    if ((*at != '+' && *at != '-') || end - at < 3 || !two_digits(at + 1, 15, &hour))
        return false;
    const char *minutes = at + 3;
    if (minutes < end && *minutes == ':')
        minutes++;
    if (minutes != end && (end - minutes != 2 || !two_digits(minutes, 59, &minute)))
        return false;
    int64_t us = ((int64_t)hour * 60 + minute) * 60000000;
    *ret_us = *at == '-' ? -us : us;
    return true;
}

enum weir_code weir_date_parse(struct weir_slice text, int64_t now_us, int32_t *ret,
                               struct weir_error *err)
{
    if (text.len == 10 && iso_date_take(text.ptr, ret))
        return WEIR_OK;
    struct weir_moment moment;
    WEIR_TRY(weir_moment_decode(text, now_us, "date", DATE_BYTES_MAX, &moment, err));
    switch (moment.kind) {
    case MOMENT_INFINITY:
        *ret = WEIR_DATE_INFINITY;
        return WEIR_OK;
    case MOMENT_NOINFINITY:
        *ret = WEIR_DATE_NOINFINITY;
        return WEIR_OK;
    case MOMENT_EPOCH:
        *ret = (int32_t)(-WEIR_UNIX_TO_PG_US / WEIR_DAY_US);
        return WEIR_OK;
    default:
        break;
    }
    int64_t date = weir_date_from_civil(moment.civil.year, moment.civil.month, moment.civil.day);
    if (date < WEIR_DATE_MIN || date >= WEIR_DATE_END)
        return weir_fail(err, WEIR_BAD_DATA, "date out of range: \"%.*s\"", WEIR_FMT(text));
    *ret = (int32_t)date;
    return WEIR_OK;
}

static enum weir_code moment_to_timestamp(const struct weir_moment *moment, struct weir_slice text,
                                          int64_t *ret, struct weir_error *err)
{
    const struct weir_civil *civil = &moment->civil;
    int64_t days = weir_date_from_civil(civil->year, civil->month, civil->day);
    int64_t seconds =
        ((int64_t)civil->hour * 60 + civil->minute) * 60 + civil->second - moment->zone;
    __int128 us = (__int128)days * WEIR_DAY_US + (__int128)seconds * 1000000 + civil->microsecond;
    if (us < WEIR_TIMESTAMP_MIN || us >= WEIR_TIMESTAMP_END)
        return weir_fail(err, WEIR_BAD_DATA, "timestamp out of range: \"%.*s\"", WEIR_FMT(text));
    *ret = (int64_t)us;
    return WEIR_OK;
}

enum weir_code weir_timestamptz_parse(struct weir_slice text, int64_t now_us, int64_t *ret,
                                      struct weir_error *err)
{
    int32_t date;
    int64_t time = 0, zone = 0;
    if (text.len >= 10 && iso_date_take(text.ptr, &date)) {
        const char *at = text.ptr + 10, *end = text.ptr + text.len;
        bool iso = at == end;
        if (end - at > 1 && (*at == ' ' || (*at | 0x20) == 't')) {
            at++;
            iso = iso_time_take(&at, end, &time) && iso_zone_take(at, end, &zone);
        }
        if (iso) {
            *ret = date * WEIR_DAY_US + time - zone;
            return WEIR_OK;
        }
    }
    struct weir_moment moment;
    WEIR_TRY(weir_moment_decode(text, now_us, "timestamp with time zone", TIMESTAMP_BYTES_MAX,
                                &moment, err));
    switch (moment.kind) {
    case MOMENT_INFINITY:
        *ret = WEIR_TIMESTAMP_INFINITY;
        return WEIR_OK;
    case MOMENT_NOINFINITY:
        *ret = WEIR_TIMESTAMP_NOINFINITY;
        return WEIR_OK;
    case MOMENT_EPOCH:
        *ret = -WEIR_UNIX_TO_PG_US;
        return WEIR_OK;
    default:
        return moment_to_timestamp(&moment, text, ret, err);
    }
}

/* --- output ------------------------------------------------------------------------------------------------------ */

static char *two_write(int32_t value, char *to)
{
    weir_pair_write((uint32_t)value, to);
    return to + 2;
}

/* yyyy-mm-dd; years have at least four digits, and before the year 1 are counted backwards from 1 BC. */
static char *civil_date_write(const struct weir_civil *civil, char *to)
{
    uint64_t year = (uint64_t)(civil->year > 0 ? civil->year : 1 - (int64_t)civil->year);
    size_t count = weir_digits_count(year);
    count = count < 4 ? 4 : count;
    weir_digits_write(year, to, count);
    to += count;
    *to++ = '-';
    to = two_write(civil->month, to);
    *to++ = '-';
    return two_write(civil->day, to);
}

static size_t word_write(struct weir_slice word, char *to)
{
    memcpy(to, word.ptr, word.len);
    return word.len;
}

static size_t infinity_write(bool positive, char *to)
{
    return word_write(positive ? WEIR_SLICE("infinity") : WEIR_SLICE("-infinity"), to);
}

size_t weir_date_format(int32_t value, char *to)
{
    if (value == WEIR_DATE_NOINFINITY || value == WEIR_DATE_INFINITY)
        return infinity_write(value == WEIR_DATE_INFINITY, to);
    struct weir_civil civil;
    weir_date_to_civil(value, &civil);
    char *out = civil_date_write(&civil, to);
    if (civil.year <= 0)
        out += word_write(WEIR_SLICE(" BC"), out);
    return (size_t)(out - to);
}

size_t weir_timestamptz_format(int64_t value, char *to)
{
    if (value == WEIR_TIMESTAMP_NOINFINITY || value == WEIR_TIMESTAMP_INFINITY)
        return infinity_write(value == WEIR_TIMESTAMP_INFINITY, to);
    struct weir_civil civil;
    weir_timestamptz_to_civil(value, &civil);
    char *out = civil_date_write(&civil, to);
    *out++ = ' ';
    out = two_write(civil.hour, out);
    *out++ = ':';
    out = two_write(civil.minute, out);
    *out++ = ':';
    out = two_write(civil.second, out);
    if (civil.microsecond) {
        *out++ = '.';
        weir_digits_write((uint64_t)civil.microsecond, out, 6);
        out += 6;
        while (out[-1] == '0')
            out--;
    }
    out += word_write(WEIR_SLICE("+00"), out);
    if (civil.year <= 0)
        out += word_write(WEIR_SLICE(" BC"), out);
    return (size_t)(out - to);
}
