/* The format seam: bytes to columns and back. */
#ifndef WEIR_API_FORMAT_H
#define WEIR_API_FORMAT_H

#include "api/source.h"
#include "base/buffer.h"

struct weir_rows; /* api/sink.h */
struct weir_decoder;
struct weir_encoder;

struct weir_decoded {
    size_t consumed; /* bytes (or records) of the fetch that are done with */
    size_t lines;    /* line ends in them */
    bool boundary; /* false: the consumed bytes end inside an oversized record that is being skipped
                    */
    uint32_t bad_count; /* rows with _error set */
};

struct weir_format {
    const char *name;
    const char *summary;
    const struct weir_option_spec *options;
    /* Checks the table's columns and options against what the format can do (raw: one column ..).
     * May be NULL. */
    enum weir_code (*check)(const struct weir_table *table, bool as_sink, struct weir_error *err);

    /* A decoder for one split. columns_needed: by declared column; hidden_needed: by enum
     * weir_hidden (_raw and _error are the decoder's; _error is always filled). Columns that are
     * not needed keep data == NULL. Values keep their meaning: what is skipped is still checked for
     * syntax. */
    enum weir_code (*decoder_new)(const struct weir_table *table, const bool *columns_needed,
                                  const bool *hidden_needed, struct weir_decoder **ret,
                                  struct weir_error *err);
    /* Fills the batch (rows, needed columns, _raw, _error; the caller has reset the arena and set
     * capacity) from a fetch of kind BYTES or RECORDS: as many rows as fit. rows == 0 and consumed
     * == 0: more bytes are needed. A record that does not decode is a row with _error set: what
     * could be decoded stays, the rest is NULL. Slices may point into the fetch. now_us: for 'now'
     * in dates. A wrong CSV header is WEIR_BAD_CONFIG. With `full` and no record end in sight, the
     * oversized record becomes one bad row whose bytes are then skipped. */
    enum weir_code (*decode)(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                             int64_t now_us, struct weir_batch *batch, struct weir_decoded *ret,
                             struct weir_error *err);
    /* The split was assigned anew (another position): forget partial records and the
     * header (which comes again with fetch->first or fetch->head). */
    void (*decoder_reset)(struct weir_decoder *decoder);
    void (*decoder_free)(struct weir_decoder *decoder);

    /* An encoder for rows of these columns. framed: records get the format's line end (files,
     * stdout); else bare values (messages). */
    enum weir_code (*encoder_new)(const struct weir_table *table, bool framed,
                                  struct weir_encoder **ret, struct weir_error *err);
    /* Appends the selected rows. lengths: NULL, or selection.count entries that get the bytes of
     * each row (UINT32_MAX: left out, see row_errors as in weir_sink_ops.write; row_errors may be
     * indexed by row). */
    enum weir_code (*encode)(struct weir_encoder *encoder, const struct weir_rows *rows,
                             struct weir_arena *arena, struct weir_slice *row_errors,
                             uint32_t *lengths, struct weir_buffer *out, uint32_t *ret_written,
                             struct weir_error *err);
    /* What a file begins with (CSV header); may be NULL. */
    enum weir_code (*file_start)(struct weir_encoder *encoder, struct weir_buffer *out,
                                 struct weir_error *err);
    void (*encoder_free)(struct weir_encoder *encoder);
    const char *file_extension; /* ".json" */
};

#endif
