/* A strict reader of flat JSON objects, {"a":"text","b":12,"c":true}: what positions and commit log
 * entries are made of. */
#ifndef WEIR_CONNECTOR_FILE_FLAT_JSON_H
#define WEIR_CONNECTOR_FILE_FLAT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

enum weir_flat_kind { WEIR_FLAT_TEXT, WEIR_FLAT_NUMBER, WEIR_FLAT_BOOL, WEIR_FLAT_NULL };

struct weir_flat_field {
    struct weir_slice name;
    enum weir_flat_kind kind;
    struct weir_slice
        text;       /* TEXT: between the quotes, escapes left as they are; others: as written */
    int64_t number; /* NUMBER: a whole one; BOOL: 0 or 1 */
};

struct weir_flat {
    struct weir_slice rest;
    bool begun;
};

static inline struct weir_flat weir_flat_begin(struct weir_slice text)
{
    return (struct weir_flat){text, false};
}

/* The next field, or *ret_end behind the last one (then nothing but spaces follows). WEIR_BAD_DATA:
 * not a flat object of texts, whole numbers, booleans and nulls. */
enum weir_code weir_flat_next(struct weir_flat *flat, struct weir_flat_field *ret, bool *ret_end,
                              struct weir_error *err) WEIR_MUST_CHECK;

#endif
