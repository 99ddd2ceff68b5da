/* A page of ListObjectsV2: the few elements of its XML that matter. */
#ifndef WEIR_CONNECTOR_S3_LIST_PAGE_H
#define WEIR_CONNECTOR_S3_LIST_PAGE_H

#include <stdint.h>

#include "base/arena.h"

struct weir_s3_entry {
    const char *key;
    int64_t size;        /* -1: not given */
    int64_t modified_us; /* since 1970 UTC; INT64_MIN: not given */
    const char *etag;    /* "" : not given */
};

struct weir_s3_page {
    struct weir_s3_entry *entries;
    size_t count;
    const char *next_token; /* NULL: this is the last page */
};

/* Everything in `arena`. WEIR_BAD_DATA: not such a page, or cut off. */
enum weir_code weir_s3_page_parse(struct weir_slice xml, struct weir_arena *arena,
                                  struct weir_s3_page *ret, struct weir_error *err) WEIR_MUST_CHECK;

#endif
