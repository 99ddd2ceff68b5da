/* Columns to CSV records. */
#ifndef WEIR_FORMAT_CSV_ENCODE_H
#define WEIR_FORMAT_CSV_ENCODE_H

#include "api/format.h"

enum weir_code weir_csv_encoder_new(const struct weir_table *table, bool framed,
                                    struct weir_encoder **ret, struct weir_error *err);
enum weir_code weir_csv_encode(struct weir_encoder *encoder, const struct weir_rows *rows,
                               struct weir_arena *arena, struct weir_slice *row_errors,
                               uint32_t *lengths, struct weir_buffer *out, uint32_t *ret_written,
                               struct weir_error *err);
/* The header, where the table's files have one. */
enum weir_code weir_csv_file_start(struct weir_encoder *encoder, struct weir_buffer *out,
                                   struct weir_error *err);
void weir_csv_encoder_free(struct weir_encoder *encoder);

#endif
