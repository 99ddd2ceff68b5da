/* A place: where the objects (files) of a file-like source lie. The seam between the one source
 * implementation (file_source.c) and local directories, HTTP servers and S3 buckets.
 *
 * A place lists its objects and reads one of them at a time. No call blocks for long: remote places
 * fetch on threads of their own, and say "not yet" meanwhile. Thread: the worker. */
#ifndef WEIR_CONNECTOR_FILE_PLACE_H
#define WEIR_CONNECTOR_FILE_PLACE_H

#include "api/table.h"

struct weir_place_object {
    const char *name;    /* identity: an absolute path or a URL */
    const char *label;   /* for people, and _source */
    int64_t size;        /* raw bytes; -1: unknown */
    int64_t modified_us; /* since 1970 UTC; INT64_MIN: unknown */
    uint64_t version;    /* changes when its content does; 0: unknown */
};

enum weir_listing_kind {
    WEIR_LISTING_SINGLE, /* one file, named by the path: may grow */
    WEIR_LISTING_NAMES,  /* a directory, glob or prefix: objects stay, new ones may come anywhere */
    WEIR_LISTING_LOG,    /* a directory with a commit log: only ever grows at its end */
};

#define WEIR_LISTING_BYTES_MAX ((size_t)512 << 20)

struct weir_listing {
    enum weir_listing_kind kind;
    struct weir_place_object *objects; /* NAMES: sorted by name; LOG: in the log's order */
    size_t count;
    struct weir_arena arena; /* owns the objects; initialised by the caller */
};

/* What is known of the open object. */
struct weir_place_info {
    int64_t size;        /* raw bytes; -1: unknown */
    int64_t modified_us; /* since 1970 UTC; INT64_MIN: unknown */
    uint64_t validator;  /* changes when the content does; 0: there is none */
};

struct weir_place {
    const struct weir_place_ops *ops;
};

struct weir_place_ops {
    bool remote; /* may fall back, and what has been read to its end is not asked for again */
    /* Fills the listing, which is empty at first. *ret_ready false: not yet, call again with the
     * same listing when wait_fd is readable. A missing file is WEIR_BAD_CONFIG; remote ones: the
     * codes of weir_http_read. */
    enum weir_code (*list)(struct weir_place *place, struct weir_listing *ret, bool *ret_ready,
                           struct weir_error *err);
    /* Opens an object of the last listing at a raw offset; closes the one before. */
    enum weir_code (*open)(struct weir_place *place, const struct weir_place_object *object,
                           int64_t offset, struct weir_error *err);
    /* 0 bytes and *ret_end false: not yet. At the end it may be called again, to see if the object
     * has grown. */
    enum weir_code (*read)(struct weir_place *place, char *to, size_t max, size_t *ret_len,
                           bool *ret_end, struct weir_error *err);
    /* False: nothing is known yet. */
    bool (*info)(struct weir_place *place, struct weir_place_info *ret);
    /* The open object at its end: WEIR_BAD_DATA when it has shrunk below `offset` or another file
     * has taken its name. NULL: cannot be. */
    enum weir_code (*verify)(struct weir_place *place, int64_t offset, struct weir_error *err);
    /* Is a process still writing to the open object, as far as is known? NULL: never. */
    bool (*busy)(struct weir_place *place);
    void (*shut)(struct weir_place *place); /* the open object; none open is fine */
    /* What to wait for after "not yet"; -1: nothing. */
    int (*wait_fd)(struct weir_place *place);
    /* Following: a descriptor that becomes readable when there may be something new (-1: none), and
     * how long to wait at most. Forgets what was reported; *ret_changed: something was. */
    int (*watch)(struct weir_place *place, bool *ret_changed, int64_t *ret_wait_ms);
    void (*close)(struct weir_place *place);
};

#endif
