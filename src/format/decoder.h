/* What every decoder does the same way: it sets up a batch, turns the spans that a kernel found
 * into vectors, notes what is wrong with a row, and passes over records that are longer than a
 * fetch can be.
 *
 * A call of `decode` goes
 *     weir_decode_skip, where `skipping`, else
 *     weir_decode_begin -> a kernel fills columns[] and records[] -> weir_decode_finish
 * and weir_decode_fail may come at any time between begin and finish. */
#ifndef WEIR_FORMAT_DECODER_H
#define WEIR_FORMAT_DECODER_H

#include "api/format.h"
#include "simd/span.h"

struct weir_decoder {
    const struct weir_table *table;
    uint32_t *wanted; /* declared index of each column that is read, ascending */
    uint32_t wanted_count;
    bool hidden_needed[WEIR_HIDDEN_COUNT];
    /* Decodes a span of kind ESCAPED into the arena; NULL where the format has no such spans.
     * WEIR_BAD_DATA: the text cannot be a value of type text. */
    enum weir_code (*unescape)(const struct weir_decoder *decoder, struct weir_slice from,
                               struct weir_arena *arena, struct weir_slice *ret,
                               struct weir_error *err);
    bool bytea_is_bytes;   /* spans of bytea columns are the bytes, not their text form */
    bool strings_are_json; /* texts have their JSON quotes around them, which jsonb wants */

    /* The batch at hand, between begin and finish. */
    struct weir_batch *batch;
    struct weir_span_column *columns; /* by position in `wanted` */
    struct weir_slice *records;       /* by row: its bytes; NULL: not wanted */
    struct weir_vector *errors;       /* _error */
    uint32_t rows_max;                /* rows that there is room for */
    uint32_t bad_count;

    /* A record longer than a fetch, which is being passed over. */
    bool skipping;
    int64_t skipped_offset;           /* of its first byte */
    size_t skipped_bytes;             /* so far */
    size_t skipped_bytes_max;         /* how many a record may have */
    struct weir_buffer skipped_start; /* its first bytes, for _raw */
};

/* Fills a zeroed decoder; done frees what it holds. */
enum weir_code weir_decoder_init(struct weir_decoder *decoder, const struct weir_table *table,
                                 const bool *columns_needed, const bool *hidden_needed,
                                 struct weir_error *err);
void weir_decoder_done(struct weir_decoder *decoder);

/* Makes the vectors of the batch, with room for as many rows as the fetch can hold. */
enum weir_code weir_decode_begin(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                                 struct weir_batch *batch, struct weir_error *err);
/* The row's record is bad; the first reason counts. Texts that are not UTF-8 may come in. */
void weir_decode_fail(struct weir_decoder *decoder, uint32_t row, const char *format, ...)
    WEIR_PRINTF(3, 4);
/* Takes back what a kernel found for a row. */
void weir_decode_clear(struct weir_decoder *decoder, uint32_t row);
/* The row is a message without a value: every column is NULL, _raw too. */
void weir_decode_tombstone(struct weir_decoder *decoder, uint32_t row);
/* Spans to values; ends the batch at `rows`. */
enum weir_code weir_decode_finish(struct weir_decoder *decoder, uint32_t rows, int64_t now_us,
                                  struct weir_decoded *ret, struct weir_error *err);

/* The fetch is full and holds no record end: begins to pass over the record. It becomes a row only
 * when its end is found, so that the position moves past it in the same step. */
void weir_decode_skip_start(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                            struct weir_decoded *ret);
/* Goes on with it: up to the next newline or the end of the file. */
enum weir_code weir_decode_skip(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                                struct weir_batch *batch, int64_t now_us, struct weir_decoded *ret,
                                struct weir_error *err);

/* PostgreSQL's message for the first bytes in `text` that are not UTF-8 (or are NUL); false: all is
 * well. */
bool weir_decode_encoding_error(struct weir_slice text, char *message, size_t message_size);

#endif
