/* For the tests of formats: a table from a few words, and a source that hands out bytes in pieces
 * and shows the rows that come of them as text. */
#ifndef WEIR_FORMAT_FORMAT_TESTING_H
#define WEIR_FORMAT_FORMAT_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/format.h"
#include "api/sink.h"

struct testing_table {
    struct weir_table table;
    struct weir_column columns[64];
    struct weir_option options[8];
    char names[64][32];
    bool needed[64];
    bool hidden[WEIR_HIDDEN_COUNT];
};

/* columns: "id int4, name text"; all needed, _raw too. */
void testing_table_init(struct testing_table *test, const struct weir_format *format,
                        const char *columns);
void testing_option(struct testing_table *test, const char *name, const char *text);

struct testing_feed {
    uint32_t capacity; /* rows of a batch */
    /* Of a poll; grows by as much when nothing was consumed; 0: all at once. */
    size_t piece_bytes;
    size_t record_bytes_max; /* cap of a fetch; 0: none */
    bool middle;             /* begins in the middle of a file whose beginning is `head` */
    struct weir_slice head;
};

/* Decodes a whole file. A line a row: values with | between, NULL as \N; then ` !` and the error;
 * with show_raw ` <raw>`. The result is freed by the caller. An error of decode itself ends it:
 * `ERROR: text`. */
char *testing_decode(const struct testing_table *test, struct weir_slice bytes,
                     struct testing_feed feed, bool show_raw);
/* The same for messages; a NULL in the list is a tombstone, count of them. */
char *testing_decode_messages(const struct testing_table *test, const char *const *messages,
                              uint32_t count, uint32_t capacity);

/* Decodes JSON lines as typed rows of `test` and encodes them with its own format. */
char *testing_encode(const struct testing_table *test, const char *json_lines, bool framed,
                     uint32_t *lengths);

/* `text` as a file decodes to `expected`, whatever the sizes of batches and of polls. */
void testing_decodes_to(const struct testing_table *test, struct weir_slice bytes, bool show_raw,
                        const char *expected);

#endif
