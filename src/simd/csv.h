/* Reading and writing CSV records (RFC 4180): fields to spans, column by column, and columns of
 * ready texts to rows.
 *
 * A quote opens a quoted field only at the field's first byte; elsewhere in an unquoted field it
 * stands for itself. Records end with a newline, before which a carriage return is dropped. Readers
 * and writers belong to one thread. */
#ifndef WEIR_SIMD_CSV_H
#define WEIR_SIMD_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "simd/span.h"

#define WEIR_CSV_NOT_READ UINT32_MAX

enum weir_csv_error {
    WEIR_CSV_FINE,
    WEIR_CSV_INCOMPLETE,   /* no error: the record's end has not come yet */
    WEIR_CSV_RAGGED,       /* another number of fields: see fields_seen */
    WEIR_CSV_UNTERMINATED, /* a quoted field is open at the end of the file */
    WEIR_CSV_AFTER_QUOTE, /* something other than a delimiter behind a closing quote: at error_at */
    WEIR_CSV_BAD_BYTES,   /* not UTF-8, or NUL: the spans are there for the caller to judge */
};

struct weir_csv_reader {
    char delimiter, quote;
    uint32_t fields_count;         /* that each record must have; 1 or more */
    const uint32_t *field_columns; /* by field: index into columns, or WEIR_CSV_NOT_READ */
    /* Where spans go: set before each call. */
    struct weir_span_column *columns;
    struct weir_slice *records; /* [row]: the record without its line end; NULL: not wanted */
    /* After a bad record. */
    enum weir_csv_error error;
    const char *error_at;
    uint32_t fields_seen;
    struct weir_slice bad_record; /* without its line end */
};

struct weir_csv_lines {
    const char *at, *end; /* bytes to read, WEIR_PAD_BYTES readable behind them */
    bool last;            /* the file ends at `end` */
    uint32_t row;         /* next row to fill */
    uint32_t rows_max;    /* stop when row reaches it */
    size_t line_ends;     /* counted up: newlines passed, those in fields included */
};

struct weir_csv_write_column {
    const struct weir_slice *values; /* by row */
    const uint64_t *valid;           /* a bit a row; clear: NULL */
    bool text;                       /* may need quotes */
};

struct weir_csv_writer {
    const struct weir_csv_write_column *columns;
    uint32_t columns_count;
    char delimiter, quote;
    struct weir_slice null_text; /* stands for NULL; a text that is equal to it is quoted */
    bool framed;                 /* a newline behind each record */
};

struct weir_csv_write_rows {
    const uint32_t *rows; /* which rows; NULL: row numbers are positions */
    uint32_t at, count;   /* position of the next row (moved on), and how many there are */
    char *to;             /* moved on; WEIR_PAD_BYTES behind `end` are writable */
    char *end;
    uint32_t *lengths; /* by position: bytes written; NULL: not wanted */
};

struct weir_csv_kernels {
    /* Reads records as rows until `rows_max`, `end` or an incomplete record; blank lines are passed
     * over where a record has more than one field. False: a bad record was passed; `row` is its row
     * and was not counted. */
    bool (*read)(struct weir_csv_reader *reader, struct weir_csv_lines *lines);
    /* Writes rows as long as they fit. Returns 0 when all are written, else the bytes that the next
     * row needs at most. */
    size_t (*write)(const struct weir_csv_writer *writer, struct weir_csv_write_rows *rows);
};

extern const struct weir_csv_kernels weir_csv_portable;
extern const struct weir_csv_kernels weir_csv_avx2; /* only after weir_simd_level() allows it */
const struct weir_csv_kernels *weir_csv_kernels(void);

/* Takes the doubled quotes out of a field; `to` has room for content.len. Returns the length. */
size_t weir_csv_unescape(struct weir_slice content, char quote, char *to);

#endif
