/* The first line of a CSV file: which field is which column. */
#ifndef WEIR_FORMAT_CSV_HEADER_H
#define WEIR_FORMAT_CSV_HEADER_H

#include "format/csv/csv_config.h"

/* Reads the header at the front of `bytes` (behind a byte order mark, if any). *ret_bytes: its
 * length with line end and mark; 0: it is not complete, and the file does not end here (`last`).
 * *ret_columns gets for each field the declared column that it belongs to or UINT32_MAX, in the
 * arena. WEIR_BAD_CONFIG: a declared column is not there. */
enum weir_code weir_csv_header_read(const struct weir_table *table,
                                    const struct weir_csv_config *config, struct weir_slice source,
                                    struct weir_slice bytes, bool last, struct weir_arena *arena,
                                    uint32_t **ret_columns, uint32_t *ret_count, size_t *ret_bytes,
                                    struct weir_error *err);

size_t weir_csv_mark_bytes(struct weir_slice bytes); /* of a byte order mark at the front: 3 or 0 */

#endif
