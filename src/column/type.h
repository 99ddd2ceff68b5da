/* The SQL types and how each is kept in a vector. Source: PostgreSQL 15, chapter 8. */
#ifndef WEIR_COLUMN_TYPE_H
#define WEIR_COLUMN_TYPE_H

#include <stdbool.h>
#include <stddef.h>

enum weir_type {
    WEIR_UNKNOWN, /* an untyped literal or NULL before it is resolved; kept as text */
    WEIR_BOOL,    /* uint8_t 0 or 1 */
    WEIR_INT4,    /* int32_t */
    WEIR_INT8,    /* int64_t */
    WEIR_FLOAT8,  /* double */
    WEIR_NUMERIC, /* slice: canonical decimal text as PostgreSQL prints it ("12.340", "-0.5", "NaN",
                     "Infinity") */
    WEIR_TEXT,    /* slice: valid UTF-8 without NUL */
    WEIR_BYTEA,   /* slice: any bytes (not hex) */
    WEIR_DATE, /* int32_t: days since 2000-01-01; INT32_MIN / INT32_MAX are -infinity / infinity */
    WEIR_TIMESTAMPTZ, /* int64_t: microseconds since 2000-01-01 00:00 UTC; INT64_MIN / INT64_MAX are
                         the infinities */
    WEIR_JSONB, /* slice: text as PostgreSQL prints a jsonb ({"a": 1, "bb": [1, 2]}: keys by length,
                   then bytes) */
    WEIR_TYPE_COUNT
};

const char *weir_type_name(
    enum weir_type type); /* PostgreSQL's: "timestamp with time zone", "double precision" .. */
/* By any of PostgreSQL's names and aliases in lower case ("int", "int4", "varchar", "timestamptz");
 * false: unknown. */
bool weir_type_by_name(const char *name, enum weir_type *ret);
/* Bytes of one value in a vector: 1, 4, 8 or sizeof(struct weir_slice). */
size_t weir_type_width(enum weir_type type);

static inline bool weir_type_is_slice(enum weir_type type)
{
    return type == WEIR_TEXT || type == WEIR_BYTEA || type == WEIR_NUMERIC || type == WEIR_JSONB ||
           type == WEIR_UNKNOWN;
}

#endif
