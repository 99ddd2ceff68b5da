/* Why a record is not JSON, in words. */
#ifndef WEIR_FORMAT_JSON_ERROR_H
#define WEIR_FORMAT_JSON_ERROR_H

#include "simd/json_read.h"

/* PostgreSQL's wording, and where in the record. */
void weir_json_error_text(const struct weir_json_reader *reader, struct weir_slice record,
                          char *text, size_t text_size);

#endif
