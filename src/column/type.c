/* The types' names and widths.
 *
 * One table of aliases serves both directions: the parser hands us whatever name the user wrote, in
 * lower case, and PostgreSQL's own long name is the one that messages and `explain` print. Type
 * modifiers (varchar(20), numeric(10,2)) are the binder's business. Source: PostgreSQL 15,
 * table 8.1. */
#include "column/type.h"

#include <stdint.h>
#include <string.h>

#include "base/slice.h"

static const struct {
    const char *name;
    size_t width;
} types[WEIR_TYPE_COUNT] = {
    [WEIR_UNKNOWN] = {"unknown", sizeof(struct weir_slice)},
    [WEIR_BOOL] = {"boolean", sizeof(uint8_t)},
    [WEIR_INT4] = {"integer", sizeof(int32_t)},
    [WEIR_INT8] = {"bigint", sizeof(int64_t)},
    [WEIR_FLOAT8] = {"double precision", sizeof(double)},
    [WEIR_NUMERIC] = {"numeric", sizeof(struct weir_slice)},
    [WEIR_TEXT] = {"text", sizeof(struct weir_slice)},
    [WEIR_BYTEA] = {"bytea", sizeof(struct weir_slice)},
    [WEIR_DATE] = {"date", sizeof(int32_t)},
    [WEIR_TIMESTAMPTZ] = {"timestamp with time zone", sizeof(int64_t)},
    [WEIR_JSONB] = {"jsonb", sizeof(struct weir_slice)},
};

/* smallint, real, char, json and timestamp are not here: they differ in range, padding, duplicate
 * keys or time zone, and taking the nearest type for them would give other results than
 * PostgreSQL's. */
static const struct {
    const char *name;
    enum weir_type type;
} aliases[] = {
    {"bool", WEIR_BOOL},
    {"boolean", WEIR_BOOL},
    {"int", WEIR_INT4},
    {"int4", WEIR_INT4},
    {"integer", WEIR_INT4},
    {"int8", WEIR_INT8},
    {"bigint", WEIR_INT8},
    {"float", WEIR_FLOAT8},
    {"float8", WEIR_FLOAT8},
    {"double precision", WEIR_FLOAT8},
    {"numeric", WEIR_NUMERIC},
    {"decimal", WEIR_NUMERIC},
    {"text", WEIR_TEXT},
    {"varchar", WEIR_TEXT},
    {"character varying", WEIR_TEXT},
    {"bytea", WEIR_BYTEA},
    {"date", WEIR_DATE},
    {"timestamptz", WEIR_TIMESTAMPTZ},
    {"timestamp with time zone", WEIR_TIMESTAMPTZ},
    {"jsonb", WEIR_JSONB},
    {"unknown", WEIR_UNKNOWN},
};

const char *weir_type_name(enum weir_type type)
{
    return types[type].name;
}

bool weir_type_by_name(const char *name, enum weir_type *ret)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++) {
        if (strcmp(name, aliases[i].name) == 0) {
            *ret = aliases[i].type;
            return true;
        }
    }
    return false;
}

size_t weir_type_width(enum weir_type type)
{
    return types[type].width;
}
