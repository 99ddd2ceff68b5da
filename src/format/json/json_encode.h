/* Columns to JSON records. */
#ifndef WEIR_FORMAT_JSON_ENCODE_H
#define WEIR_FORMAT_JSON_ENCODE_H

#include "api/format.h"

enum weir_code weir_json_encoder_new(const struct weir_table *table, bool framed,
                                     struct weir_encoder **ret, struct weir_error *err);
enum weir_code weir_json_encode(struct weir_encoder *encoder, const struct weir_rows *rows,
                                struct weir_arena *arena, struct weir_slice *row_errors,
                                uint32_t *lengths, struct weir_buffer *out, uint32_t *ret_written,
                                struct weir_error *err);
void weir_json_encoder_free(struct weir_encoder *encoder);

#endif
