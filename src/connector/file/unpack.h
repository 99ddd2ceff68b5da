/* Decompression of the open object: gzip and zstd by their first bytes, anything else as it is. */
#ifndef WEIR_CONNECTOR_FILE_UNPACK_H
#define WEIR_CONNECTOR_FILE_UNPACK_H

#include "connector/file/place.h"

struct weir_unpack;

enum weir_packing { WEIR_PACKING_AUTO, WEIR_PACKING_NONE, WEIR_PACKING_GZIP, WEIR_PACKING_ZSTD };

enum weir_code weir_unpack_new(enum weir_packing packing, struct weir_unpack **ret,
                               struct weir_error *err) WEIR_MUST_CHECK;
/* An object begins: bytes are read from `place`, whose object was opened at `offset` (0 but for
 * plain ones). */
void weir_unpack_begin(struct weir_unpack *unpack, int64_t offset);
/* Raw bytes beyond this offset are not there; INT64_MAX: no limit. */
void weir_unpack_limit(struct weir_unpack *unpack, int64_t raw_size_max);
/* Up to `max` decompressed bytes. 0 bytes and *ret_end false: not yet. `growing`: the object may
 * still grow, so that an end in the middle of compressed data is no error. WEIR_BAD_DATA: damaged
 * or cut off, with its name and the offset. */
enum weir_code weir_unpack_read(struct weir_unpack *unpack, struct weir_place *place,
                                const char *label, bool growing, char *to, size_t max,
                                size_t *ret_len, bool *ret_end,
                                struct weir_error *err) WEIR_MUST_CHECK;
/* After the first bytes came: can reading begin at any offset? */
bool weir_unpack_seekable(const struct weir_unpack *unpack);
int64_t weir_unpack_raw_at(const struct weir_unpack *unpack);
void weir_unpack_free(struct weir_unpack *unpack);

#endif
