/* Prepare records as text files that a person can read, closed by a checksum. */
#ifndef WEIR_COMMIT_RECORD_TEXT_H
#define WEIR_COMMIT_RECORD_TEXT_H

#include "api/checkpoint.h"
#include "base/buffer.h"

enum weir_code weir_record_format(const struct weir_checkpoint_record *record,
                                  struct weir_buffer *ret, struct weir_error *err) WEIR_MUST_CHECK;
/* Texts of the record lie in `arena`. WEIR_BAD_DATA when anything is not as weir_record_format
 * wrote it. */
enum weir_code weir_record_parse(struct weir_slice text, struct weir_arena *arena,
                                 struct weir_checkpoint_record *ret,
                                 struct weir_error *err) WEIR_MUST_CHECK;

#endif
