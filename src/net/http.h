/* An HTTP reader: GETs one object after the other on a thread of its own, so that its user never
 * blocks.
 *
 * One reader has one connection pool, one thread and one bounded ring of bytes between that thread
 * and the user. When the ring is full the transfer pauses, so a slow user slows the server. Faults
 * (connection lost, 408, 429, 5xx) are retried with growing, jittered pauses (Retry-After is
 * honoured), and a retry goes on at the byte where the last attempt ended, after checking that the
 * object is still the same (ETag, else Last-Modified). */
#ifndef WEIR_NET_HTTP_H
#define WEIR_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct weir_http;

/* AWS Signature Version 4. */
struct weir_http_signing {
    const char *region;
    const char *access_key, *secret_key;
    const char *session_token; /* NULL: none */
};

struct weir_http_request {
    const char *url;
    const char *label;     /* what errors call it: printable, without secrets */
    int64_t offset;        /* the first byte wanted */
    int64_t timeout_ms;    /* silence for so long is a fault */
    int64_t answer_ms_max; /* the first answer must have come by then; 0: no such limit */
    unsigned attempts_max; /* without progress; then the fault is the result */
    const struct weir_http_signing *signing; /* copied; NULL: anonymous */
};

/* What is known of the object once it has answered. */
struct weir_http_info {
    int64_t size;        /* of the whole object; -1: unknown */
    int64_t modified_us; /* since 1970 UTC; INT64_MIN: unknown */
    char validator[256]; /* ETag, else Last-Modified, else "" */
};

/* Starts the thread. */
enum weir_code weir_http_open(struct weir_http **ret, struct weir_error *err) WEIR_MUST_CHECK;
/* Ends what is being fetched and begins with `request` (copied). */
enum weir_code weir_http_get(struct weir_http *http, const struct weir_http_request *request,
                             struct weir_error *err) WEIR_MUST_CHECK;
/* Takes up to `max` bytes that have arrived. 0 bytes and *ret_end false: nothing yet, wait for the
 * descriptor. Errors, once the bytes before them are taken: WEIR_RETRY "URL did not answer within 5
 * s (..)", "URL could not be reached (..)"; WEIR_IO "URL refused (HTTP 403 ..)", sys_errno ENOENT
 * for 404 and 410; WEIR_BAD_DATA: it changed between two attempts. */
enum weir_code weir_http_read(struct weir_http *http, char *to, size_t max, size_t *ret_len,
                              bool *ret_end, struct weir_error *err) WEIR_MUST_CHECK;
/* Has the object answered (with success)? Fills *ret then. */
bool weir_http_answered(struct weir_http *http, struct weir_http_info *ret);
/* Where the bucket is, when a refused S3 request was told so (x-amz-bucket-region); "" else. Valid
 * until the next get. */
const char *weir_http_region(struct weir_http *http);
/* An eventfd that is readable while there may be something to read. */
int weir_http_fd(const struct weir_http *http);
/* Stops fetching; what has arrived is thrown away. */
void weir_http_stop(struct weir_http *http);
void weir_http_close(struct weir_http *http);

#endif
