/* Encoding around rows whose values are errors: they are left out, and their reason is handed
 * back. */
#ifndef WEIR_FORMAT_ROW_ERRORS_H
#define WEIR_FORMAT_ROW_ERRORS_H

#include "api/format.h"
#include "api/sink.h"

/* Appends the rows at positions [from, to) of rows->selection; lengths by position. */
typedef enum weir_code (*weir_encode_run)(void *context, const struct weir_rows *rows,
                                          uint32_t from, uint32_t to, uint32_t *lengths,
                                          struct weir_buffer *out, struct weir_error *err);

/* Calls `run` for all stretches of rows without errors; the rest as weir_format.encode says. */
enum weir_code weir_encode_runs(const struct weir_rows *rows, weir_encode_run run, void *context,
                                struct weir_slice *row_errors, uint32_t *lengths,
                                struct weir_buffer *out, uint32_t *ret_written,
                                struct weir_error *err);

#endif
