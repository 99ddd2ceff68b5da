/* Options: one table of descriptions makes parsing, validation, help and the manual.
 *
 * Connectors and formats describe what they know as arrays of weir_option_spec, ended by a NULL
 * name. The plan checks the values that a user gave against them (unknown names, "did you mean",
 * ranges), so that getters here cannot fail. */
#ifndef WEIR_BASE_OPTIONS_H
#define WEIR_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

enum weir_option_kind {
    WEIR_OPTION_TEXT,
    WEIR_OPTION_SECRET,   /* text that is never printed */
    WEIR_OPTION_BOOL,     /* true false on off yes no 1 0 */
    WEIR_OPTION_INT,      /* bounded by min, max */
    WEIR_OPTION_DURATION, /* '100 ms', '30 s', '5 min', '1 h', '2 d', '0'; kept in milliseconds */
    WEIR_OPTION_SIZE,     /* '64 kB', '128 MB', '1 GB' (1024 each, as PostgreSQL); kept in bytes */
    WEIR_OPTION_ENUM,     /* one of `choices`, separated by | */
};

enum weir_option_scope { WEIR_ON_SERVER = 1, WEIR_ON_TABLE = 2, WEIR_ON_USER = 4 };

struct weir_option_spec {
    const char *name;
    enum weir_option_kind kind;
    unsigned scopes;          /* WEIR_ON_* */
    const char *default_text; /* NULL: unset */
    int64_t min, max;         /* INT, DURATION, SIZE; both 0: any value >= 0 */
    const char *choices;      /* ENUM: "null|fail|skip" */
    const char *help;         /* one line for the manual */
};

struct weir_option {
    const char *name;
    const char *text; /* after ${} substitution, NUL-terminated */
    int64_t number;   /* the parsed value of BOOL (0, 1), INT, DURATION (ms), SIZE (bytes) */
    const struct weir_option_spec *spec;
    int location; /* where the value stands: an index the sql layer understands; -1: a default */
};

/* Read-only; the array lives in the plan's arena. */
struct weir_options {
    const struct weir_option *items; /* given ones first, then defaults */
    size_t count;
};

/* Parses and checks one value against its spec; the error text names the option. */
enum weir_code weir_option_parse(const struct weir_option_spec *spec, const char *text,
                                 struct weir_option *ret, struct weir_error *err) WEIR_MUST_CHECK;

const struct weir_option *weir_options_find(const struct weir_options *options,
                                            const char *name); /* NULL: unset */
/* The text, or `fallback` where it is unset and has no default. */
const char *weir_options_text(const struct weir_options *options, const char *name,
                              const char *fallback);
int64_t weir_options_number(const struct weir_options *options, const char *name, int64_t fallback);
bool weir_options_bool(const struct weir_options *options, const char *name, bool fallback);
bool weir_options_given(const struct weir_options *options,
                        const char *name); /* set by the user, not by default */

/* The nearest of `names` (count of them) to `name` by edit distance, when near enough to be meant;
 * else NULL. */
const char *weir_did_you_mean(const char *name, const char *const *names, size_t count);

#endif
