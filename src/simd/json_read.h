/* Reading JSON records: one pass over the bytes that checks all of RFC 8259 and leaves the values
 * of the wanted keys as spans, column by column.
 *
 * Records of one stream look alike, so the reader predicts: for each key it remembers the bytes
 * that stood between its value and the next value the last time (`,"first_name":`, a "gap"). Where
 * the same bytes stand there again, one compare has checked the comma, the next key, the colon and
 * any spaces. Only what does not match is taken apart, and then remembered.
 *
 * A reader belongs to one thread and reads lines or single records, not both. WEIR_PAD_BYTES behind
 * the bytes are readable. */
#ifndef WEIR_SIMD_JSON_READ_H
#define WEIR_SIMD_JSON_READ_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "simd/span.h"

enum {
    WEIR_JSON_LOOK_BYTES = 4096, /* that are looked at ahead; a multiple of 64 */
    WEIR_JSON_GAP_BYTES = 64,    /* longer gaps are not predicted */
    WEIR_JSON_KEY_BYTES = 1024,  /* a wanted key has at most so many */
    WEIR_JSON_DEPTH_MAX = 1024,  /* objects and arrays in each other, with the record itself */
    WEIR_JSON_LEARNED_MAX = 1024 /* keys that are remembered though no column wants them */
};

enum weir_json_error {
    WEIR_JSON_FINE,
    WEIR_JSON_ENDS,          /* the record ends too early */
    WEIR_JSON_BAD_TOKEN,     /* not a JSON value */
    WEIR_JSON_NOT_OBJECT,    /* valid so far, but the record is an array or a scalar */
    WEIR_JSON_NO_KEY,        /* a string was expected */
    WEIR_JSON_NO_KEY_OR_END, /* a string or "}" */
    WEIR_JSON_NO_COLON,
    WEIR_JSON_NO_VALUE,
    WEIR_JSON_NO_VALUE_OR_END, /* a value or "]" */
    WEIR_JSON_NO_COMMA_OBJECT, /* "," or "}" */
    WEIR_JSON_NO_COMMA_ARRAY,  /* "," or "]" */
    WEIR_JSON_NO_END,          /* something behind the record */
    WEIR_JSON_CONTROL,         /* a control character in a string */
    WEIR_JSON_BAD_ESCAPE,
    WEIR_JSON_BAD_UNICODE_ESCAPE,
    WEIR_JSON_HIGH_SURROGATE, /* a high surrogate not followed by a low one */
    WEIR_JSON_LOW_SURROGATE,  /* a low surrogate not preceded by a high one */
    WEIR_JSON_BAD_UTF8,       /* error_at: the start of the string's content */
    WEIR_JSON_TOO_DEEP,
};

/* A place between two values, named by the key before it: WEIR_JSON_AT_START, or a key's number. */
struct weir_json_gap {
    alignas(32) char bytes[WEIR_JSON_GAP_BYTES];
    uint32_t len;  /* 0: nothing known yet */
    uint32_t mask; /* len low bits, as far as there are 32 */
    uint32_t next; /* number of the key that it ends with, or AT_END: it ends the record */
};
enum { WEIR_JSON_AT_START, WEIR_JSON_AT_END, WEIR_JSON_OTHER_KEY, WEIR_JSON_FIRST_KEY };

struct weir_json_reader {
    struct weir_json_gap *gaps; /* by number: those above, the columns' keys, learned ones */
    struct weir_slice *keys;    /* by number */
    char *learned_bytes;        /* WEIR_JSON_GAP_BYTES for each learned key */
    uint16_t *slots;            /* open hash table of numbers; 0: free */
    uint32_t slots_mask;
    uint32_t keys_count, keys_max; /* numbers in use, and room for so many */
    uint32_t columns_count;
    uint32_t depth_max;
    uint64_t specials[WEIR_JSON_LOOK_BYTES / 64 + 1]; /* see json_read_body.h */
    /* Where spans go: set before each call. */
    struct weir_span_column *columns;
    struct weir_slice *records; /* [row]: the record without its line end; NULL: not wanted */
    /* The last error, and the byte at which it was noticed. */
    enum weir_json_error error;
    const char *error_at;
};

/* keys: the wanted ones, borrowed, none longer than WEIR_JSON_KEY_BYTES. False: no memory. */
bool weir_json_reader_init(struct weir_json_reader *reader, const struct weir_slice *keys,
                           uint32_t keys_count, uint32_t depth_max);
void weir_json_reader_done(struct weir_json_reader *reader);

struct weir_json_lines {
    const char *at, *end; /* bytes to read: whole lines (the last one may lack its line end) */
    uint32_t row;         /* next row to fill */
    uint32_t rows_max;    /* stop when row reaches it */
    size_t line_ends;     /* counted up */
};

struct weir_json_read_kernels {
    /* Reads lines as rows until `rows_max` or `end`; blank lines are passed over. False: the record
     * at `at` is bad (see reader->error; it did not count, its row may be half filled). */
    bool (*lines)(struct weir_json_reader *reader, struct weir_json_lines *lines);
    /* Reads one record, which fills [at, end) but for white space, into a row. */
    bool (*record)(struct weir_json_reader *reader, const char *at, const char *end, uint32_t row);
};

extern const struct weir_json_read_kernels weir_json_read_portable;
extern const struct weir_json_read_kernels weir_json_read_avx2; /* where the machine has it */
const struct weir_json_read_kernels *weir_json_read_kernels(void);

/* Decodes the escapes of a string's content that has been checked; never longer than it was.
 * Returns the length. */
size_t weir_json_unescape(struct weir_slice content, char *to, bool *ret_has_nul);

/* For the kernels: the number of a key (learning it, where there is room), and what was seen
 * between two values. */
uint32_t weir_json_key_number(struct weir_json_reader *reader, struct weir_slice key);
void weir_json_learn_gap(struct weir_json_reader *reader, uint32_t before, struct weir_slice bytes,
                         uint32_t next);

#endif
