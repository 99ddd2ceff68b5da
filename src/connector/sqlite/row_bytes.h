/* Rows between the task's thread and the commit thread: compact bytes, bound to a statement without a copy. */
#ifndef WEIR_CONNECTOR_SQLITE_ROW_BYTES_H
#define WEIR_CONNECTOR_SQLITE_ROW_BYTES_H

#include <sqlite3.h>

#include "api/sink.h"

/* Appends row `row`: its values in column order, each a tag and its bytes. */
enum weir_code weir_row_bytes_put(struct weir_buffer *to, const struct weir_rows *rows,
                                  uint32_t row, struct weir_error *err) WEIR_MUST_CHECK;
/* Binds the first row of *bytes to parameters 1.. and takes it off. The bytes must outlive the step. false: damaged. */
bool weir_row_bytes_bind(struct weir_slice *bytes, uint32_t columns_count, sqlite3_stmt *statement);

#endif
