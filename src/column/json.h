/* JSON: escaping text for output, and moving about in jsonb values.
 *
 * A jsonb is kept as its canonical text (type.h): strict JSON, one space behind ':' and ',', keys
 * of an object unique and sorted by length and then bytes, numbers as numeric prints them.
 * Functions here rely on that form and do not check it again; weir_jsonb_parse (text.h) is the only
 * way into it. Parts of a value are views of it, and are canonical again. Any thread. */
#ifndef WEIR_COLUMN_JSON_H
#define WEIR_COLUMN_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"

/* Writes text as a JSON string literal with its quotes; returns the bytes written. Escaped are only
 * '"', '\\' and control characters (\b \f \n \r \t, else \u00xx), as PostgreSQL's to_json does too.
 * `to` has room for weir_json_escape_bound. */
size_t weir_json_escape_to(struct weir_slice text, char *to);
static inline size_t weir_json_escape_bound(size_t len)
{
    return 6 * len + 2 + 16; /* whole vectors are stored past the end */
}
/* The same, appended to a buffer. */
enum weir_code weir_json_escape(struct weir_slice text, struct weir_buffer *to,
                                struct weir_error *err) WEIR_MUST_CHECK;

enum weir_jsonb_kind {
    WEIR_JSONB_NULL,
    WEIR_JSONB_STRING,
    WEIR_JSONB_NUMBER,
    WEIR_JSONB_BOOLEAN,
    WEIR_JSONB_ARRAY,
    WEIR_JSONB_OBJECT
};

enum weir_jsonb_kind weir_jsonb_kind(struct weir_slice value);
const char *
weir_jsonb_kind_name(enum weir_jsonb_kind kind); /* as jsonb_typeof: "object", "number" .. */

/* The `->` operators; false: absent, or not an object / array. A negative index counts from the
 * end. `key` is plain text. */
bool weir_jsonb_get_key(struct weir_slice value, struct weir_slice key, struct weir_slice *ret);
bool weir_jsonb_get_index(struct weir_slice value, int32_t index, struct weir_slice *ret);
/* A value as text, the last step of `->>`: a string unescaped (a view where it has no escapes),
 * everything else as it is; ret->ptr is NULL for a JSON null. */
enum weir_code weir_jsonb_to_text(struct weir_slice value, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
/* The text of a string literal, given with its quotes. */
enum weir_code weir_jsonb_unescape(struct weir_slice literal, struct weir_arena *arena,
                                   struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
/* jsonb_array_length; WEIR_BAD_DATA for what is no array. */
enum weir_code weir_jsonb_array_length(struct weir_slice value, int32_t *ret,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Walks the members of an object or the elements of an array in order:
 *     struct weir_jsonb_walk walk = weir_jsonb_walk_begin(value);
 *     while (weir_jsonb_walk_next(&walk)) use(walk.key, walk.value); */
struct weir_jsonb_walk {
    const char *at, *end; /* what has not been walked yet; private */
    bool object;
    struct weir_slice key; /* the string literal of a member's key, with quotes; empty in arrays */
    struct weir_slice value;
};
struct weir_jsonb_walk weir_jsonb_walk_begin(struct weir_slice value); /* a scalar has no members */
bool weir_jsonb_walk_next(struct weir_jsonb_walk *walk);

/* Members or elements of a container; 0 for a scalar. */
int32_t weir_jsonb_count(struct weir_slice value);

/* PostgreSQL's order of jsonb values: <0, 0, >0; and a hash that is alike for equal ones. */
int weir_jsonb_compare(struct weir_slice a, struct weir_slice b);
uint64_t weir_jsonb_hash(struct weir_slice value);

/* Steps over the next byte that a canonical string literal stands for, escapes taken; *at is inside of the quotes. */
unsigned char weir_jsonb_string_byte(const char **at);

#endif
