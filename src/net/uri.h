/* URI text: percent-encoding (RFC 3986) and a form of URLs that may be printed. */
#ifndef WEIR_NET_URI_H
#define WEIR_NET_URI_H

#include "base/buffer.h"

/* Appends `bytes`; all but unreserved characters and those in `keep` become %XX. */
enum weir_code weir_uri_encode(struct weir_buffer *to, struct weir_slice bytes, const char *keep,
                               struct weir_error *err) WEIR_MUST_CHECK;

/* Appends the bytes that `text` stands for. WEIR_BAD_DATA: a % without two hexadecimal digits. */
enum weir_code weir_uri_decode(struct weir_buffer *to, struct weir_slice text,
                               struct weir_error *err) WEIR_MUST_CHECK;

/* Appends the URL as it may be shown and logged: without user, password and query (where signatures
 * of presigned URLs lie). */
enum weir_code weir_url_printable(struct weir_buffer *to, struct weir_slice url,
                                  struct weir_error *err) WEIR_MUST_CHECK;

/* Does the text begin with "SCHEME://"? */
bool weir_url_is(const char *text);

#endif
