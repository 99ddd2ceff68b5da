/* Inside column/: the words of date input. */
#ifndef WEIR_COLUMN_DATETIME_WORD_H
#define WEIR_COLUMN_DATETIME_WORD_H

#include <stdint.h>

#include "base/slice.h"

enum weir_date_word_kind {
    WORD_MONTH,    /* 1..12 */
    WORD_WEEKDAY,  /* 0..6 from Sunday; taken, and not compared with the date */
    WORD_SPECIAL,  /* SPECIAL_* */
    WORD_ERA,      /* 1: BC */
    WORD_HALF_DAY, /* HALF_* */
    WORD_ZONE,     /* seconds east of Greenwich */
    WORD_DST_ZONE, /* the same, of a summer time */
    WORD_DST,      /* seconds to add to the zone */
    WORD_ISO_TIME, /* the T before a time */
    WORD_LABEL,    /* LABEL_*: says what the next number is */
    WORD_IGNORED,
};

enum {
    SPECIAL_NOW,
    SPECIAL_TODAY,
    SPECIAL_YESTERDAY,
    SPECIAL_TOMORROW,
    SPECIAL_EPOCH,
    SPECIAL_INFINITY,
    SPECIAL_NOINFINITY,
    SPECIAL_ZERO_HOUR
};
enum { HALF_NONE, HALF_AM, HALF_PM };
enum {
    LABEL_NONE,
    LABEL_YEAR,
    LABEL_MONTH,
    LABEL_DAY,
    LABEL_HOUR,
    LABEL_MINUTE,
    LABEL_SECOND,
    LABEL_JULIAN,
    LABEL_TIME,
    LABEL_OTHER
};

struct weir_date_word {
    const char *text;
    enum weir_date_word_kind kind;
    int32_t value;
};

/* NULL: no such word. `text` is in lower case. */
const struct weir_date_word *weir_date_word_find(struct weir_slice text);

#endif
