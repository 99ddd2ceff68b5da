/* JSON records to columns. */
#ifndef WEIR_FORMAT_JSON_DECODE_H
#define WEIR_FORMAT_JSON_DECODE_H

#include "api/format.h"

enum weir_code weir_json_decoder_new(const struct weir_table *table, const bool *columns_needed,
                                     const bool *hidden_needed, struct weir_decoder **ret,
                                     struct weir_error *err);
enum weir_code weir_json_decode(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                                int64_t now_us, struct weir_batch *batch, struct weir_decoded *ret,
                                struct weir_error *err);
void weir_json_decoder_reset(struct weir_decoder *decoder);
void weir_json_decoder_free(struct weir_decoder *decoder);

#endif
