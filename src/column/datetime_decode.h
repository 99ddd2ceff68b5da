/* Inside column/: free-form date and time input, taken apart. */
#ifndef WEIR_COLUMN_DATETIME_DECODE_H
#define WEIR_COLUMN_DATETIME_DECODE_H

#include "column/datetime.h"

enum weir_moment_kind { MOMENT_CIVIL, MOMENT_EPOCH, MOMENT_INFINITY, MOMENT_NOINFINITY };

struct weir_moment {
    enum weir_moment_kind kind;
    struct weir_civil
        civil;    /* checked; second may be 60, microsecond 1000000, hour 24: they carry */
    int32_t zone; /* seconds east of Greenwich */
};

/* `type` is for messages: "date" or "timestamp with time zone"; bytes_max is the room of PostgreSQL's work buffer. */
enum weir_code weir_moment_decode(struct weir_slice text, int64_t now_us, const char *type,
                                  size_t bytes_max, struct weir_moment *ret,
                                  struct weir_error *err) WEIR_MUST_CHECK;

#endif
