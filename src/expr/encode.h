/* Bytes as text and back: hex, base64, escape, UTF-8. Errors are PostgreSQL's. */
#ifndef WEIR_EXPR_ENCODE_H
#define WEIR_EXPR_ENCODE_H

#include "base/error.h"
#include "base/slice.h"

struct weir_encoding {
    const char *name;
    size_t (*encode_bound)(size_t len);
    size_t (*encode)(struct weir_slice bytes, char *to); /* returns the length */
    size_t (*decode_bound)(size_t len);
    enum weir_code (*decode)(struct weir_slice text, char *to, size_t *ret_len,
                             struct weir_error *err);
};

/* By its name without regard to case; NULL: unknown. */
const struct weir_encoding *weir_encoding_find(struct weir_slice name);

size_t weir_hex_encode(struct weir_slice bytes, char *to);

/* The bytes of the valid UTF-8 character at the start; 0: it is invalid, and *ret_bad is how many
 * bytes it takes up (the longest start of a valid character, at least 1). NUL counts as invalid,
 * since text cannot hold it. */
size_t weir_utf8_character(struct weir_slice bytes, size_t *ret_bad);
/* WEIR_BAD_DATA: invalid byte sequence for encoding "UTF8": 0xff. */
enum weir_code weir_utf8_check(struct weir_slice bytes, struct weir_error *err) WEIR_MUST_CHECK;

#endif
