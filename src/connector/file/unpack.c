/* gzip and zstd streams. Concatenated members (frames) are one content, as gzip and zstd themselves
 * see them; zero bytes behind the last gzip member are padding, other bytes are an error. Decoders
 * are made once and used for every object.
 *
 * Sources: RFC 1952 (gzip), RFC 8878 (zstd; magic numbers of frames and skippable frames). */
#include "connector/file/unpack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum { RAW_BYTES = 64 << 10, MAGIC_BYTES = 4, GZIP_WINDOW_BITS = 15 + 16 };

struct weir_unpack {
    enum weir_packing wanted, packing; /* packing AUTO: not known yet */
    char *raw; /* compressed bytes that wait; plain ones only while the magic number is awaited */
    size_t raw_start, raw_len;
    bool raw_end;
    int64_t raw_at, raw_size_max; /* bytes taken from the place */
    bool inside;                  /* in the middle of a member or frame */
    bool padding;                 /* behind the last gzip member */
    z_stream z;
    bool z_ready;
    ZSTD_DStream *zstd;
};

enum weir_code weir_unpack_new(enum weir_packing packing, struct weir_unpack **ret,
                               struct weir_error *err)
{
    struct weir_unpack *unpack = calloc(1, sizeof *unpack);
    char *raw = malloc(RAW_BYTES);
    if (!unpack || !raw) {
        free(unpack);
        free(raw);
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    }
    unpack->wanted = packing;
    unpack->raw = raw;
    *ret = unpack;
    return WEIR_OK;
}

void weir_unpack_free(struct weir_unpack *unpack)
{
    if (!unpack)
        return;
    if (unpack->z_ready)
        inflateEnd(&unpack->z);
    ZSTD_freeDStream(unpack->zstd);
    free(unpack->raw);
    free(unpack);
}

void weir_unpack_begin(struct weir_unpack *unpack, int64_t offset)
{
    unpack->packing = offset ? WEIR_PACKING_NONE : unpack->wanted;
    unpack->raw_start = unpack->raw_len = 0;
    unpack->raw_end = unpack->inside = unpack->padding = false;
    unpack->raw_at = offset;
    unpack->raw_size_max = INT64_MAX;
    if (unpack->z_ready)
        inflateReset(&unpack->z);
    if (unpack->zstd)
        ZSTD_DCtx_reset(unpack->zstd, ZSTD_reset_session_only);
}

void weir_unpack_limit(struct weir_unpack *unpack, int64_t raw_size_max)
{
    unpack->raw_size_max = raw_size_max;
    unpack->raw_end = false;
}

bool weir_unpack_seekable(const struct weir_unpack *unpack)
{
    return unpack->packing == WEIR_PACKING_NONE;
}

int64_t weir_unpack_raw_at(const struct weir_unpack *unpack)
{
    return unpack->raw_at - (int64_t)unpack->raw_len;
}

/* Reads raw bytes straight to where they are wanted. */
static enum weir_code read_raw(struct weir_unpack *unpack, struct weir_place *place, char *to,
                               size_t max, size_t *ret_len, struct weir_error *err)
{
    int64_t left = unpack->raw_size_max - unpack->raw_at;
    *ret_len = 0;
    if (left <= 0) {
        unpack->raw_end = true;
        return WEIR_OK;
    }
    max = (int64_t)max > left ? (size_t)left : max;
    WEIR_TRY(place->ops->read(place, to, max, ret_len, &unpack->raw_end, err));
    unpack->raw_at += (int64_t)*ret_len;
    return WEIR_OK;
}

static enum weir_code fill_raw(struct weir_unpack *unpack, struct weir_place *place,
                               struct weir_error *err)
{
    size_t len;
    if (unpack->raw_len)
        memmove(unpack->raw, unpack->raw + unpack->raw_start, unpack->raw_len);
    unpack->raw_start = 0;
    WEIR_TRY(read_raw(unpack, place, unpack->raw + unpack->raw_len, RAW_BYTES - unpack->raw_len,
                      &len, err));
    unpack->raw_len += len;
    return WEIR_OK;
}

static enum weir_packing packing_of(const char *raw, size_t len)
{
    const unsigned char *magic = (const unsigned char *)raw;
    if (len >= 2 && magic[0] == 0x1f && magic[1] == 0x8b)
        return WEIR_PACKING_GZIP;
    if (len >= 4 && magic[1] == 0xb5 && magic[0] == 0x28 && magic[2] == 0x2f && magic[3] == 0xfd)
        return WEIR_PACKING_ZSTD;
    if (len >= 4 && magic[0] >> 4 == 5 && magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18)
        return WEIR_PACKING_ZSTD; /* a skippable frame comes first */
    return WEIR_PACKING_NONE;
}

static enum weir_code damaged(const struct weir_unpack *unpack, const char *label, const char *what,
                              struct weir_error *err)
{
    return weir_fail(err, WEIR_BAD_DATA, "could not decompress \"%s\" at byte %" PRId64 ": %s",
                     label, weir_unpack_raw_at(unpack), what);
}

static enum weir_code make_decoder(struct weir_unpack *unpack, struct weir_error *err)
{
    if (unpack->packing == WEIR_PACKING_GZIP && !unpack->z_ready) {
        if (inflateInit2(&unpack->z, GZIP_WINDOW_BITS) != Z_OK)
            return weir_fail(err, WEIR_NOMEM, "out of memory for gzip");
        unpack->z_ready = true;
    }
    if (unpack->packing == WEIR_PACKING_ZSTD && !unpack->zstd &&
        !(unpack->zstd = ZSTD_createDStream()))
        return weir_fail(err, WEIR_NOMEM, "out of memory for zstd");
    return WEIR_OK;
}

static enum weir_code inflate_some(struct weir_unpack *unpack, const char *label, char *to,
                                   size_t max, size_t *ret_len, struct weir_error *err)
{
    const char *from = unpack->raw + unpack->raw_start;
    *ret_len = 0;
    if (!unpack->inside && unpack->padding) {
        if (*from != 0 && *from != 0x1f)
            return damaged(unpack, label, "bytes that are not gzip follow the compressed data",
                           err);
        if (*from == 0) {
            unpack->raw_start++;
            unpack->raw_len--;
            return WEIR_OK;
        }
        inflateReset(&unpack->z);
    }
    unpack->inside = true;
    unpack->z.next_in = (Bytef *)(uintptr_t)from;
    unpack->z.avail_in = (uInt)unpack->raw_len;
    unpack->z.next_out = (Bytef *)to;
    unpack->z.avail_out = (uInt)(max < UINT32_MAX ? max : UINT32_MAX);
    uInt out_before = unpack->z.avail_out;
    int rc = inflate(&unpack->z, Z_NO_FLUSH);
    unpack->raw_start += unpack->raw_len - unpack->z.avail_in;
    unpack->raw_len = unpack->z.avail_in;
    *ret_len = out_before - unpack->z.avail_out;
    if (rc == Z_STREAM_END) {
        unpack->inside = false;
        unpack->padding = true;
    } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
        return damaged(unpack, label, unpack->z.msg ? unpack->z.msg : "invalid gzip data", err);
    }
    return WEIR_OK;
}

static enum weir_code unzstd_some(struct weir_unpack *unpack, const char *label, char *to,
                                  size_t max, size_t *ret_len, struct weir_error *err)
{
    ZSTD_inBuffer in = {unpack->raw + unpack->raw_start, unpack->raw_len, 0};
    ZSTD_outBuffer out = {to, max, 0};
    size_t rc = ZSTD_decompressStream(unpack->zstd, &out, &in);
    if (ZSTD_isError(rc))
        return damaged(unpack, label, ZSTD_getErrorName(rc), err);
    unpack->raw_start += in.pos;
    unpack->raw_len -= in.pos;
    unpack->inside = rc != 0;
    *ret_len = out.pos;
    return WEIR_OK;
}

/* Waits for the magic number. *ret_known false: not yet. */
static enum weir_code detect(struct weir_unpack *unpack, struct weir_place *place, bool *ret_known,
                             struct weir_error *err)
{
    while (unpack->packing == WEIR_PACKING_AUTO) {
        size_t before = unpack->raw_len;
        if (unpack->raw_len >= MAGIC_BYTES || unpack->raw_end) {
            unpack->packing = packing_of(unpack->raw + unpack->raw_start, unpack->raw_len);
            break;
        }
        WEIR_TRY(fill_raw(unpack, place, err));
        if (unpack->raw_len == before && !unpack->raw_end)
            break;
    }
    *ret_known = unpack->packing != WEIR_PACKING_AUTO;
    return *ret_known ? make_decoder(unpack, err) : WEIR_OK;
}

static enum weir_code read_plain(struct weir_unpack *unpack, struct weir_place *place, char *to,
                                 size_t max, size_t *ret_len, bool *ret_end, struct weir_error *err)
{
    if (unpack->raw_len) { /* what was read for the magic number */
        size_t len = unpack->raw_len < max ? unpack->raw_len : max;
        memcpy(to, unpack->raw + unpack->raw_start, len);
        unpack->raw_start += len;
        unpack->raw_len -= len;
        *ret_len = len;
        *ret_end = false;
        return WEIR_OK;
    }
    WEIR_TRY(read_raw(unpack, place, to, max, ret_len, err));
    *ret_end = unpack->raw_end && *ret_len == 0;
    return WEIR_OK;
}

enum weir_code weir_unpack_read(struct weir_unpack *unpack, struct weir_place *place,
                                const char *label, bool growing, char *to, size_t max,
                                size_t *ret_len, bool *ret_end, struct weir_error *err)
{
    bool known;
    *ret_len = 0;
    *ret_end = false;
    WEIR_TRY(detect(unpack, place, &known, err));
    if (!known)
        return WEIR_OK;
    if (growing && unpack->raw_end && weir_unpack_raw_at(unpack) == 0 && unpack->raw_len == 0) {
        weir_unpack_begin(unpack, 0); /* an empty file: what it becomes is open */
        *ret_end = true;
        return WEIR_OK;
    }
    if (unpack->packing == WEIR_PACKING_NONE)
        return read_plain(unpack, place, to, max, ret_len, ret_end, err);
    for (bool flushed = false; *ret_len == 0;) {
        size_t raw_before = unpack->raw_len;
        if (unpack->raw_len || (unpack->inside && flushed)) {
            WEIR_TRY(unpack->packing == WEIR_PACKING_GZIP
                         ? inflate_some(unpack, label, to, max, ret_len, err)
                         : unzstd_some(unpack, label, to, max, ret_len, err));
            if (*ret_len || unpack->raw_len != raw_before)
                continue;
        }
        WEIR_TRY(fill_raw(unpack, place, err));
        if (unpack->raw_len > raw_before)
            continue;
        if (!unpack->raw_end)
            return WEIR_OK;
        if (unpack->inside && !flushed) { /* the decoder may still hold output */
            flushed = true;
            continue;
        }
        if (unpack->inside && !growing)
            return damaged(unpack, label, "the compressed data is cut off", err);
        *ret_end = true;
        return WEIR_OK;
    }
    return WEIR_OK;
}
