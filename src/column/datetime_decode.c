/* Free-form dates and times: PostgreSQL's rules for reading what people write.
 *
 * Two steps, as there. fields_split cuts the text into fields by their shape alone: a number, a time (with ':'), a date
 * (with '-', '/' or '.'), a zone (with a sign), a word. moment_read then gives each field a meaning, by what it looks like
 * and what is still missing; `have` holds the parts that are known, and a part that comes twice is an error. DateStyle is
 * ISO, MDY: 1/2/2026 is the second of January. The common ISO form never comes here (datetime_text.c).
 * Not here: zone names that need the time zone database (America/New_York), and intervals.
 * Source: PostgreSQL 15, appendix B.1 "Date/Time Input Interpretation" and datetime.c. */
#include "column/datetime_decode.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "column/ascii.h"
#include "column/datetime_word.h"
#include "column/text.h"

#define FIELDS_MAX     25
#define WORK_BYTES_MAX 160

enum outcome {
    FINE,
    BAD_FORMAT,
    OUT_OF_RANGE,
    OUT_OF_RANGE_STYLE,
    ZONE_OUT_OF_RANGE,
    ZONE_UNKNOWN
};

#define TRY_FIELD(call)                                                                            \
    do {                                                                                           \
        enum outcome try_outcome = (call);                                                         \
        if (try_outcome != FINE)                                                                   \
            return try_outcome;                                                                    \
    } while (0)

enum part {
    HAVE_YEAR = 1 << 0,
    HAVE_MONTH = 1 << 1,
    HAVE_DAY = 1 << 2,
    HAVE_HOUR = 1 << 3,
    HAVE_MINUTE = 1 << 4,
    HAVE_SECOND = 1 << 5,
    HAVE_ZONE = 1 << 6,
    HAVE_DST = 1 << 7,
    HAVE_DAY_OF_YEAR = 1 << 8,
    HAVE_HALF_DAY = 1 << 9,
    HAVE_ERA = 1 << 10,
    HAVE_WEEKDAY = 1 << 11,
    HAVE_SPECIAL = 1 << 12,
    HAVE_DATE = HAVE_YEAR | HAVE_MONTH | HAVE_DAY,
    HAVE_TIME = HAVE_HOUR | HAVE_MINUTE | HAVE_SECOND,
};

enum shape { SHAPE_NUMBER, SHAPE_TIME, SHAPE_DATE, SHAPE_ZONE, SHAPE_WORD };

struct field {
    enum shape shape;
    char *text; /* lower case, NUL-terminated, in the work buffer */
};

struct reader {
    struct field fields[FIELDS_MAX];
    size_t count;
    char work[WORK_BYTES_MAX];
    char *out, *out_end;  /* of work */
    const char *at, *end; /* of the input */
    int64_t now_us;
    struct weir_moment *to;
    unsigned have;
    int32_t day_of_year;
    int half_day; /* HALF_* */
    int label;    /* LABEL_*: what the last word says about the next field */
    bool month_is_word, year_is_short, julian, before_christ;
    const char *unknown_zone; /* for ZONE_UNKNOWN */
};

/* --- shapes ------------------------------------------------------------------------------------------------------ */

static char peek(const struct reader *reader)
{
    if (reader->at == reader->end)
        return '\0';
    return *reader->at;
}

static bool is_alnum(char c)
{
    return weir_is_digit(c) || weir_is_alpha(c);
}

/* Moves one byte into the field; false: the work buffer is full. */
static bool keep(struct reader *reader)
{
    if (reader->out + 1 >= reader->out_end)
        return false;
    *reader->out++ = weir_to_lower(*reader->at++);
    return true;
}

static bool keep_while(struct reader *reader, bool digits, bool letters, const char *others)
{
    for (;;) {
        char c = peek(reader);
        bool more = (digits && weir_is_digit(c)) || (letters && weir_is_alpha(c)) ||
                    (c && strchr(others, c));
        if (!more)
            return true;
        if (!keep(reader))
            return false;
    }
}

static bool split_digits(struct reader *reader, struct field *field)
{
    if (!keep_while(reader, true, false, ""))
        return false;
    char delimiter = peek(reader);
    char same[2] = {delimiter, '\0'};
    field->shape = SHAPE_NUMBER;
    if (delimiter == ':') {
        field->shape = SHAPE_TIME;
        return keep_while(reader, true, false, ":.");
    }
    if (delimiter != '-' && delimiter != '/' && delimiter != '.')
        return true;
    if (!keep(reader))
        return false;
    if (!weir_is_digit(peek(reader))) { /* a month in letters */
        field->shape = SHAPE_DATE;
        return keep_while(reader, true, true, same);
    }
    field->shape = delimiter == '.' ? SHAPE_NUMBER : SHAPE_DATE;
    if (!keep_while(reader, true, false, ""))
        return false;
    if (peek(reader) != delimiter)
        return true;
    field->shape = SHAPE_DATE;
    return keep_while(reader, true, false, same);
}

static bool split_letters(struct reader *reader, struct field *field)
{
    field->shape = SHAPE_WORD;
    if (!keep_while(reader, false, true, ""))
        return false;
    char c = peek(reader);
    bool date = c == '-' || c == '/' || c == '.';
    if (c == '+' || weir_is_digit(c)) { /* jan2026, or a zone as utc+3 */
        const struct weir_date_word *word =
            weir_date_word_find(weir_slice(field->text, (size_t)(reader->out - field->text)));
        date = !word || word->kind == WORD_ZONE || word->kind == WORD_DST_ZONE;
    }
    if (!date)
        return true;
    field->shape = SHAPE_DATE;
    return keep_while(reader, true, true, "+-/_.:");
}

static bool split_signed(struct reader *reader, struct field *field)
{
    if (!keep(reader))
        return false;
    while (weir_is_space(peek(reader)))
        reader->at++;
    if (weir_is_digit(peek(reader))) {
        field->shape = SHAPE_ZONE;
        return keep_while(reader, true, false, ":.-");
    }
    field->shape = SHAPE_WORD;
    return weir_is_alpha(peek(reader)) && keep_while(reader, false, true, "");
}

static enum outcome fields_split(struct reader *reader)
{
    while (reader->at < reader->end) {
        char c = *reader->at;
        bool punctuation = c > ' ' && c < 0x7f && !is_alnum(c);
        if (weir_is_space(c) || (punctuation && c != '.' && c != '+' && c != '-')) {
            reader->at++;
            if (!weir_is_space(c) && reader->count >= FIELDS_MAX)
                return BAD_FORMAT;
            continue;
        }
        if (reader->count >= FIELDS_MAX || reader->out >= reader->out_end)
            return BAD_FORMAT;
        struct field *field = &reader->fields[reader->count++];
        field->text = reader->out;
        bool fits;
        if (weir_is_digit(c)) {
            fits = split_digits(reader, field);
        } else if (c == '.') {
            field->shape = SHAPE_NUMBER;
            fits = keep(reader) && keep_while(reader, true, false, "");
        } else if (weir_is_alpha(c)) {
            fits = split_letters(reader, field);
        } else if (c == '+' || c == '-') {
            fits = split_signed(reader, field);
        } else {
            return BAD_FORMAT;
        }
        if (!fits)
            return BAD_FORMAT;
        *reader->out++ = '\0';
    }
    return FINE;
}

/* --- numbers ----------------------------------------------------------------------------------------------------- */

/* strtol into 32 bits; false: out of range. */
static bool int_take(const char *text, char **stop, int32_t *ret)
{
    errno = 0;
    long value = strtol(text, stop, 10);
    *ret = (int32_t)value;
    return errno == 0 && value == *ret;
}

static int32_t digits_value(const char *text, size_t len)
{
    int64_t value = 0;
    for (size_t i = 0; i < len && value < INT32_MAX; i++)
        value = value * 10 + (text[i] - '0');
    return value < INT32_MAX ? (int32_t)value : INT32_MAX;
}

/* `text` is at the point. */
static enum outcome fraction_take(struct reader *reader, const char *text)
{
    double fraction = 0;
    if (text[1] && weir_float8_parse(weir_slice_of(text), &fraction, NULL) != WEIR_OK)
        return BAD_FORMAT;
    reader->to->civil.microsecond = (int32_t)rint(fraction * 1000000);
    return FINE;
}

/* Digits run together: yyyymmdd, yymmdd, hhmmss, hhmm, the last two perhaps with a fraction. */
static enum outcome run_take(struct reader *reader, char *text, unsigned have, unsigned *ret_new)
{
    struct weir_civil *civil = &reader->to->civil;
    size_t len = strlen(text);
    char *point = strchr(text, '.');
    if (point) {
        TRY_FIELD(fraction_take(reader, point));
        len = (size_t)(point - text);
    } else if ((have & HAVE_DATE) != HAVE_DATE && len >= 6) {
        *ret_new = HAVE_DATE;
        civil->day = digits_value(text + len - 2, 2);
        civil->month = digits_value(text + len - 4, 2);
        civil->year = digits_value(text, len - 4);
        reader->year_is_short |= len == 6;
        return FINE;
    }
    if ((have & HAVE_TIME) == HAVE_TIME || (len != 6 && len != 4))
        return BAD_FORMAT;
    *ret_new = HAVE_TIME;
    civil->hour = digits_value(text, 2);
    civil->minute = digits_value(text + 2, 2);
    civil->second = len == 6 ? digits_value(text + 4, 2) : 0;
    return FINE;
}

/* One number of a date. Which part it is follows from the parts that are known already. */
static enum outcome number_take(struct reader *reader, char *text, bool month_is_word,
                                unsigned have, unsigned *ret_new)
{
    struct weir_civil *civil = &reader->to->civil;
    size_t len = strlen(text);
    char *stop;
    int32_t value;
    if (!int_take(text, &stop, &value))
        return OUT_OF_RANGE;
    if (stop == text)
        return BAD_FORMAT;
    if (*stop == '.') {
        if (stop - text > 2)
            return run_take(reader, text, have | HAVE_DATE, ret_new);
        TRY_FIELD(fraction_take(reader, stop));
    } else if (*stop) {
        return BAD_FORMAT;
    }
    unsigned known = have & HAVE_DATE;
    if (len == 3 && known == HAVE_YEAR && value >= 1 && value <= 366) {
        *ret_new = HAVE_DAY_OF_YEAR | HAVE_MONTH | HAVE_DAY;
        reader->day_of_year = value;
        return FINE;
    }
    unsigned part;
    switch (known) {
    case 0:
        part = len >= 3 ? HAVE_YEAR : HAVE_MONTH;
        break;
    case HAVE_YEAR:
    case HAVE_DAY:
        part = HAVE_MONTH;
        break;
    case HAVE_MONTH:
        part = month_is_word && len >= 3 ? HAVE_YEAR : HAVE_DAY;
        break;
    case HAVE_YEAR | HAVE_MONTH:
        part = HAVE_DAY;
        if (month_is_word && len >= 3 && reader->year_is_short) { /* 02-jan-2026: 02 was the day */
            civil->day = civil->year;
            civil->year = value;
            reader->year_is_short = false;
            *ret_new = HAVE_DAY;
            return FINE;
        }
        break;
    case HAVE_MONTH | HAVE_DAY:
        part = HAVE_YEAR;
        break;
    case HAVE_DATE:
        return run_take(reader, text, have, ret_new);
    default:
        return BAD_FORMAT;
    }
    *(part == HAVE_YEAR ? &civil->year : part == HAVE_MONTH ? &civil->month : &civil->day) = value;
    if (part == HAVE_YEAR)
        reader->year_is_short = len <= 2;
    *ret_new = part;
    return FINE;
}

/* --- fields ------------------------------------------------------------------------------------------------------ */

/* A date with delimiters: a month in letters first, since it is certain, then the numbers in order. */
static enum outcome date_take(struct reader *reader, char *text, unsigned *ret_new)
{
    char *parts[FIELDS_MAX];
    size_t count = 0;
    while (*text && count < FIELDS_MAX) {
        while (*text && !is_alnum(*text))
            text++;
        if (!*text)
            return BAD_FORMAT;
        parts[count++] = text;
        bool digits = weir_is_digit(*text);
        while (digits ? weir_is_digit(*text) : weir_is_alpha(*text))
            text++;
        if (*text)
            *text++ = '\0';
    }
    unsigned have = reader->have, more;
    bool month_is_word = false;
    *ret_new = 0;
    for (size_t i = 0; i < count; i++) {
        if (!weir_is_alpha(*parts[i]))
            continue;
        const struct weir_date_word *word = weir_date_word_find(weir_slice_of(parts[i]));
        if (word && word->kind == WORD_IGNORED)
            continue;
        if (!word || word->kind != WORD_MONTH || have & HAVE_MONTH)
            return BAD_FORMAT;
        reader->to->civil.month = word->value;
        month_is_word = true;
        have |= HAVE_MONTH;
        *ret_new |= HAVE_MONTH;
        parts[i] = NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (!parts[i])
            continue;
        TRY_FIELD(number_take(reader, parts[i], month_is_word, have, &more));
        if (have & more)
            return BAD_FORMAT;
        have |= more;
        *ret_new |= more;
    }
    return (have & ~(unsigned)(HAVE_DAY_OF_YEAR | HAVE_ZONE)) == HAVE_DATE ? FINE : BAD_FORMAT;
}

/* hh:mm, hh:mm:ss, hh:mm:ss.fraction; mm:ss.fraction too. */
static enum outcome time_take(struct reader *reader, const char *text)
{
    struct weir_civil *civil = &reader->to->civil;
    char *stop;
    if (!int_take(text, &stop, &civil->hour))
        return OUT_OF_RANGE;
    if (*stop != ':')
        return BAD_FORMAT;
    if (!int_take(stop + 1, &stop, &civil->minute))
        return OUT_OF_RANGE;
    civil->second = civil->microsecond = 0;
    if (*stop == '.') {
        TRY_FIELD(fraction_take(reader, stop));
        civil->second = civil->minute;
        civil->minute = civil->hour;
        civil->hour = 0;
    } else if (*stop == ':') {
        if (!int_take(stop + 1, &stop, &civil->second))
            return OUT_OF_RANGE;
        if (*stop == '.')
            TRY_FIELD(fraction_take(reader, stop));
        else if (*stop)
            return BAD_FORMAT;
    } else if (*stop) {
        return BAD_FORMAT;
    }
    if (civil->hour < 0 || civil->minute < 0 || civil->minute > 59 || civil->second < 0 ||
        civil->second > 60)
        return OUT_OF_RANGE;
    int64_t seconds = ((int64_t)civil->hour * 60 + civil->minute) * 60 + civil->second;
    return seconds * 1000000 + civil->microsecond > WEIR_DAY_US ? OUT_OF_RANGE : FINE;
}

/* +hh, +hhmm, +hh:mm, +hh:mm:ss. */
static enum outcome zone_take(struct reader *reader, const char *text)
{
    char *stop;
    int32_t hours, minutes = 0, seconds = 0;
    if (*text != '+' && *text != '-')
        return BAD_FORMAT;
    if (!int_take(text + 1, &stop, &hours))
        return ZONE_OUT_OF_RANGE;
    if (*stop == ':') {
        if (!int_take(stop + 1, &stop, &minutes))
            return ZONE_OUT_OF_RANGE;
        if (*stop == ':' && !int_take(stop + 1, &stop, &seconds))
            return ZONE_OUT_OF_RANGE;
    } else if (!*stop && strlen(text) > 3) {
        minutes = hours % 100;
        hours /= 100;
    }
    if (hours < 0 || hours > 15 || minutes < 0 || minutes >= 60 || seconds < 0 || seconds >= 60)
        return ZONE_OUT_OF_RANGE;
    int32_t zone = (hours * 60 + minutes) * 60 + seconds;
    reader->to->zone = *text == '-' ? -zone : zone;
    return *stop ? BAD_FORMAT : FINE;
}

/* A zone by its full name: the other names of UTC, and POSIX's form (xyz+3), in which + means west. Zones that change
 * over time would need the time zone database. */
static enum outcome zone_name_take(struct reader *reader, const char *text)
{
    static const char *const names[] = {"utc",     "gmt",       "etc/utc",       "etc/gmt",
                                        "etc/uct", "etc/zulu",  "etc/universal", "etc/greenwich",
                                        "zulu",    "universal", "greenwich"};
    reader->to->zone = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(text, names[i]) == 0)
            return FINE;
    }
    static const int32_t units[] = {3600, 60, 1};
    const char *at = text;
    while (weir_is_alpha(*at))
        at++;
    bool east = *at == '-';
    bool valid = at > text && (east || *at == '+' || weir_is_digit(*at));
    at += *at == '-' || *at == '+';
    int32_t seconds = 0;
    for (int i = 0; valid && i < 3; i++) {
        const char *digits = at;
        while (weir_is_digit(*at) && at - digits < 4)
            at++;
        int32_t value = digits_value(digits, (size_t)(at - digits));
        valid = at > digits && value < (i == 0 ? 168 : 60);
        seconds += value * units[i];
        if (*at != ':')
            break;
        at++;
    }
    if (valid && !*at) {
        reader->to->zone = east ? seconds : -seconds;
        return FINE;
    }
    reader->unknown_zone = text;
    return ZONE_UNKNOWN;
}

static enum outcome julian_take(struct reader *reader, const char *text, char **ret_stop)
{
    int32_t day;
    if (!int_take(text, ret_stop, &day) || day < 0)
        return OUT_OF_RANGE;
    struct weir_civil date;
    int64_t days = (int64_t)day + WEIR_DATE_MIN;
    weir_date_to_civil((int32_t)days, &date);
    reader->to->civil.year = date.year;
    reader->to->civil.month = date.month;
    reader->to->civil.day = date.day;
    reader->julian = true;
    return FINE;
}

static enum outcome date_field_take(struct reader *reader, char *text, unsigned *ret_new)
{
    bool has_day = (reader->have & (HAVE_MONTH | HAVE_DAY)) == (HAVE_MONTH | HAVE_DAY);
    if (reader->label == LABEL_JULIAN) { /* j2451187-08 */
        char *stop;
        TRY_FIELD(julian_take(reader, text, &stop));
        TRY_FIELD(zone_take(reader, stop));
        reader->label = LABEL_NONE;
        *ret_new = HAVE_DATE | HAVE_TIME | HAVE_ZONE;
        return FINE;
    }
    if (reader->label == LABEL_NONE && !has_day)
        return date_take(reader, text, ret_new);
    if (reader->label == LABEL_NONE && !weir_is_digit(*text)) {
        *ret_new = HAVE_ZONE;
        return zone_name_take(reader, text);
    }
    /* The date is known: a time that is run together with its zone, 030405-08. */
    if (reader->label != LABEL_NONE && reader->label != LABEL_TIME)
        return BAD_FORMAT;
    reader->label = LABEL_NONE;
    char *minus = strchr(text, '-');
    if ((reader->have & HAVE_TIME) == HAVE_TIME || !minus)
        return BAD_FORMAT;
    TRY_FIELD(zone_take(reader, minus));
    *minus = '\0';
    TRY_FIELD(run_take(reader, text, reader->have, ret_new));
    *ret_new |= HAVE_ZONE;
    return FINE;
}

/* A number behind a label: y2026 m01 d02, j2451187, t030405. */
static enum outcome labeled_take(struct reader *reader, char *text, unsigned *ret_new)
{
    struct weir_civil *civil = &reader->to->civil;
    int label = reader->label;
    char *stop;
    int32_t value;
    reader->label = LABEL_NONE;
    if (!int_take(text, &stop, &value))
        return OUT_OF_RANGE;
    if (*stop && *stop != '.')
        return BAD_FORMAT;
    if (label == LABEL_MONTH && (reader->have & HAVE_MONTH) && (reader->have & HAVE_HOUR))
        label = LABEL_MINUTE;
    switch (label) {
    case LABEL_YEAR:
        civil->year = value;
        *ret_new = HAVE_YEAR;
        return FINE;
    case LABEL_MONTH:
        civil->month = value;
        *ret_new = HAVE_MONTH;
        return FINE;
    case LABEL_DAY:
        civil->day = value;
        *ret_new = HAVE_DAY;
        return FINE;
    case LABEL_HOUR:
        civil->hour = value;
        *ret_new = HAVE_HOUR;
        return FINE;
    case LABEL_MINUTE:
        civil->minute = value;
        *ret_new = HAVE_MINUTE;
        return FINE;
    case LABEL_SECOND:
        civil->second = value;
        *ret_new = HAVE_SECOND;
        return *stop == '.' ? fraction_take(reader, stop) : FINE;
    case LABEL_JULIAN: {
        TRY_FIELD(julian_take(reader, text, &stop));
        *ret_new = HAVE_DATE;
        double part;
        if (*stop == '.' && stop[1]) { /* a part of a day */
            if (weir_float8_parse(weir_slice_of(stop), &part, NULL) != WEIR_OK)
                return BAD_FORMAT;
            int64_t us = (int64_t)rint(part * (double)WEIR_DAY_US);
            civil->hour = (int32_t)(us / 3600000000);
            civil->minute = (int32_t)(us / 60000000 % 60);
            civil->second = (int32_t)(us / 1000000 % 60);
            civil->microsecond = (int32_t)(us % 1000000);
            *ret_new |= HAVE_TIME;
        }
        return FINE;
    }
    case LABEL_TIME:
        TRY_FIELD(run_take(reader, text, reader->have | HAVE_DATE, ret_new));
        return *ret_new == HAVE_TIME ? FINE : BAD_FORMAT;
    default:
        return BAD_FORMAT;
    }
}

static enum outcome number_field_take(struct reader *reader, char *text, unsigned *ret_new)
{
    if (reader->label != LABEL_NONE)
        return labeled_take(reader, text, ret_new);
    size_t len = strlen(text);
    char *point = strchr(text, '.');
    bool any_date = reader->have & HAVE_DATE, any_time = reader->have & HAVE_TIME;
    if (point && !any_date)
        return date_take(reader, text, ret_new);
    if (point && point - text > 2)
        return run_take(reader, text, reader->have, ret_new);
    if (!point && len >= 6 && (!any_date || !any_time))
        return run_take(reader, text, reader->have, ret_new);
    return number_take(reader, text, reader->month_is_word, reader->have, ret_new);
}

static void today_take(struct reader *reader, int32_t shift_days)
{
    struct weir_civil date;
    weir_date_to_civil(weir_timestamptz_to_date(reader->now_us) + shift_days, &date);
    reader->to->civil.year = date.year;
    reader->to->civil.month = date.month;
    reader->to->civil.day = date.day;
}

static void special_take(struct reader *reader, int32_t special, unsigned *ret_new)
{
    *ret_new = HAVE_SPECIAL;
    switch (special) {
    case SPECIAL_NOW:
        *ret_new = HAVE_DATE | HAVE_TIME | HAVE_ZONE;
        weir_timestamptz_to_civil(reader->now_us, &reader->to->civil);
        reader->to->zone = 0;
        break;
    case SPECIAL_TODAY:
    case SPECIAL_YESTERDAY:
    case SPECIAL_TOMORROW:
        *ret_new = HAVE_DATE;
        today_take(reader, special == SPECIAL_TODAY ? 0 : special == SPECIAL_TOMORROW ? 1 : -1);
        break;
    case SPECIAL_ZERO_HOUR:
        *ret_new = HAVE_TIME | HAVE_ZONE;
        reader->to->civil.hour = reader->to->civil.minute = reader->to->civil.second = 0;
        reader->to->zone = 0;
        break;
    case SPECIAL_EPOCH:
        reader->to->kind = MOMENT_EPOCH;
        break;
    default:
        reader->to->kind = special == SPECIAL_INFINITY ? MOMENT_INFINITY : MOMENT_NOINFINITY;
    }
}

static enum outcome word_take(struct reader *reader, size_t index, unsigned *ret_new)
{
    struct weir_civil *civil = &reader->to->civil;
    const char *text = reader->fields[index].text;
    const struct weir_date_word *word = weir_date_word_find(weir_slice_of(text));
    if (!word) {
        *ret_new = HAVE_ZONE;
        return zone_name_take(reader, text) == FINE ? FINE : BAD_FORMAT;
    }
    *ret_new = 0;
    switch (word->kind) {
    case WORD_MONTH:
        *ret_new = HAVE_MONTH;
        /* A number that was taken for the month was the day: 2 jan 2026. */
        if ((reader->have & (HAVE_MONTH | HAVE_DAY)) == HAVE_MONTH && !reader->month_is_word &&
            civil->month >= 1 && civil->month <= 31) {
            civil->day = civil->month;
            *ret_new = HAVE_DAY;
        }
        reader->month_is_word = true;
        civil->month = word->value;
        return FINE;
    case WORD_WEEKDAY:
        *ret_new = HAVE_WEEKDAY;
        return FINE;
    case WORD_SPECIAL:
        special_take(reader, word->value, ret_new);
        return FINE;
    case WORD_ERA:
        *ret_new = HAVE_ERA;
        reader->before_christ = word->value;
        return FINE;
    case WORD_HALF_DAY:
        *ret_new = HAVE_HALF_DAY;
        reader->half_day = word->value;
        return FINE;
    case WORD_ZONE:
    case WORD_DST_ZONE:
        *ret_new = HAVE_ZONE | (word->kind == WORD_DST_ZONE ? HAVE_DST : 0);
        reader->to->zone = word->value;
        return FINE;
    case WORD_DST:
        *ret_new = HAVE_DST;
        reader->to->zone += word->value;
        return FINE;
    case WORD_ISO_TIME: {
        if ((reader->have & HAVE_DATE) != HAVE_DATE || index + 1 >= reader->count)
            return BAD_FORMAT;
        enum shape next = reader->fields[index + 1].shape;
        reader->label = LABEL_TIME;
        return next == SHAPE_NUMBER || next == SHAPE_TIME || next == SHAPE_DATE ? FINE : BAD_FORMAT;
    }
    case WORD_LABEL:
        reader->label = word->value;
        return FINE;
    default:
        return FINE;
    }
}

static enum outcome field_take(struct reader *reader, size_t index, unsigned *ret_new)
{
    char *text = reader->fields[index].text;
    switch (reader->fields[index].shape) {
    case SHAPE_DATE:
        return date_field_take(reader, text, ret_new);
    case SHAPE_TIME:
        if (reader->label != LABEL_NONE && reader->label != LABEL_TIME)
            return BAD_FORMAT;
        reader->label = LABEL_NONE;
        *ret_new = HAVE_TIME;
        return time_take(reader, text);
    case SHAPE_ZONE:
        *ret_new = HAVE_ZONE;
        return zone_take(reader, text);
    case SHAPE_NUMBER:
        return number_field_take(reader, text, ret_new);
    default:
        return word_take(reader, index, ret_new);
    }
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

static enum outcome year_settle(struct reader *reader)
{
    int32_t *year = &reader->to->civil.year;
    if (!(reader->have & HAVE_YEAR) || reader->julian)
        return FINE;
    if (reader->before_christ) {
        if (*year <= 0)
            return OUT_OF_RANGE;
        *year = -(*year - 1);
    } else if (reader->year_is_short) {
        if (*year < 0)
            return OUT_OF_RANGE;
        *year += *year < 70 ? 2000 : *year < 100 ? 1900 : 0;
    } else if (*year <= 0) {
        return OUT_OF_RANGE;
    }
    return FINE;
}

static enum outcome moment_settle(struct reader *reader)
{
    struct weir_civil *civil = &reader->to->civil;
    TRY_FIELD(year_settle(reader));
    if (reader->have & HAVE_DAY_OF_YEAR) {
        struct weir_civil date;
        int64_t day = weir_date_from_civil(civil->year, 1, 1) + reader->day_of_year - 1;
        if (day < WEIR_DATE_END) /* a later one is found out of range by the caller */
            weir_date_to_civil((int32_t)day, &date);
        else
            date = (struct weir_civil){.year = civil->year, .month = 12, .day = 31};
        civil->year = date.year;
        civil->month = date.month;
        civil->day = date.day;
    }
    if (reader->have & HAVE_MONTH && (civil->month < 1 || civil->month > 12))
        return OUT_OF_RANGE_STYLE;
    if (reader->have & HAVE_DAY && (civil->day < 1 || civil->day > 31))
        return OUT_OF_RANGE_STYLE;
    bool has_date = (reader->have & HAVE_DATE) == HAVE_DATE;
    if (has_date && civil->day > weir_days_in_month(civil->year, civil->month))
        return OUT_OF_RANGE;
    if (reader->half_day != HALF_NONE && civil->hour > 12)
        return OUT_OF_RANGE;
    if (reader->half_day == HALF_AM && civil->hour == 12)
        civil->hour = 0;
    else if (reader->half_day == HALF_PM && civil->hour != 12)
        civil->hour += 12;
    return has_date ? FINE : BAD_FORMAT;
}

static enum outcome moment_read(struct reader *reader)
{
    TRY_FIELD(fields_split(reader));
    for (size_t i = 0; i < reader->count; i++) {
        unsigned more = 0;
        TRY_FIELD(field_take(reader, i, &more));
        if (reader->have & more)
            return BAD_FORMAT;
        reader->have |= more;
    }
    return reader->to->kind == MOMENT_CIVIL ? moment_settle(reader) : FINE;
}

enum weir_code weir_moment_decode(struct weir_slice text, int64_t now_us, const char *type,
                                  size_t bytes_max, struct weir_moment *ret, struct weir_error *err)
{
    *ret = (struct weir_moment){0};
    struct reader reader = {
        .at = text.ptr, .end = text.ptr + text.len, .now_us = now_us, .to = ret};
    reader.out = reader.work;
    reader.out_end = reader.work + bytes_max;
    switch (moment_read(&reader)) {
    case FINE:
        return WEIR_OK;
    case OUT_OF_RANGE:
        return weir_fail(err, WEIR_BAD_DATA, "date/time field value out of range: \"%.*s\"",
                         WEIR_FMT(text));
    case OUT_OF_RANGE_STYLE:
        weir_fail(err, WEIR_BAD_DATA, "date/time field value out of range: \"%.*s\"",
                  WEIR_FMT(text));
        return weir_hint(err, "Write dates as year-month-day, or as month/day/year.");
    case ZONE_OUT_OF_RANGE:
        return weir_fail(err, WEIR_BAD_DATA, "time zone displacement out of range: \"%.*s\"",
                         WEIR_FMT(text));
    case ZONE_UNKNOWN:
        return weir_fail(err, WEIR_BAD_DATA, "time zone \"%s\" not recognized",
                         reader.unknown_zone);
    default:
        return weir_fail(err, WEIR_BAD_DATA, "invalid input syntax for type %s: \"%.*s\"", type,
                         WEIR_FMT(text));
    }
}
