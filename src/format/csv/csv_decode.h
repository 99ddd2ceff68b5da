/* CSV records to columns. */
#ifndef WEIR_FORMAT_CSV_DECODE_H
#define WEIR_FORMAT_CSV_DECODE_H

#include "api/format.h"

enum weir_code weir_csv_decoder_new(const struct weir_table *table, const bool *columns_needed,
                                    const bool *hidden_needed, struct weir_decoder **ret,
                                    struct weir_error *err);
enum weir_code weir_csv_decode(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                               int64_t now_us, struct weir_batch *batch, struct weir_decoded *ret,
                               struct weir_error *err);
void weir_csv_decoder_reset(struct weir_decoder *decoder);
void weir_csv_decoder_free(struct weir_decoder *decoder);

#endif
