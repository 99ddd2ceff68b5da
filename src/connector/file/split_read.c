/* Reading the open object through the window. See split.h for the stages and invariants.
 *
 * The window slides: what the decoder did not consume moves to the front when little is left, and
 * the rest is read anew. It grows only when a record does not fit, up to the option max_record;
 * past that the decoder is told (`full`) and skips the record. So a line of any length takes no
 * more memory than max_record, and in steady state nothing is allocated. */
#include "connector/file/split.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "column/text.h"

enum {
    LOW_WATER_BYTES = 64 << 10, /* with less than this in the window more is read */
    SETTLED_S = 2,              /* a file that nobody has changed for so long is complete */
};

/* ---- bytes ---- */

uint64_t weir_split_head_hash(const struct weir_split *split, int64_t offset)
{
    size_t len = offset < WEIR_HEAD_HASH_BYTES ? (size_t)offset : WEIR_HEAD_HASH_BYTES;
    if (len == 0 || len > split->head_len)
        return 0;
    uint64_t hash = weir_hash(weir_slice(split->head, len), 0);
    return hash ? hash : 1;
}

static void keep_head(struct weir_split *split, int64_t offset, const char *bytes, size_t len)
{
    size_t room = WEIR_HEAD_BYTES - split->head_len;
    if (offset != (int64_t)split->head_len || room == 0)
        return;
    len = len < room ? len : room;
    memcpy(split->head + split->head_len, bytes, len);
    split->head_len += len;
}

static enum weir_code replaced(const struct weir_split *split, struct weir_error *err)
{
    weir_fail(err, WEIR_BAD_DATA,
              "\"%s\" is not what it was: %" PRId64
              " bytes of it had been read, and it has changed since",
              split->label, split->at.offset);
    return weir_hint(err, "give new content a new name, or start over with `weir reset`");
}

/* Once a remote has answered, it is the choice, and its object must stay the same. */
static enum weir_code note_answer(struct weir_split *split, struct weir_error *err)
{
    struct weir_place_info info;
    if (!split->place->ops->remote || !split->place->ops->info(split->place, &info))
        return WEIR_OK;
    if (split->at.choice == WEIR_CHOICE_NONE)
        split->at.choice = WEIR_CHOICE_REMOTE;
    if (split->at.offset > 0 && split->at.validator && info.validator &&
        split->at.validator != info.validator)
        return replaced(split, err);
    split->at.validator = info.validator;
    return WEIR_OK;
}

static enum weir_code read_some(struct weir_split *split, char *to, size_t max, size_t *ret_len,
                                bool *ret_end, struct weir_error *err)
{
    bool growing = split->source->follow && split->listing.kind != WEIR_LISTING_LOG &&
                   !split->place->ops->remote;
    WEIR_TRY(weir_unpack_read(split->unpack, split->place, split->label, growing, to, max, ret_len,
                              ret_end, err));
    return note_answer(split, err);
}

/* Room for `size` bytes; what is in the window stays. */
static enum weir_code grow_window(struct weir_split *split, size_t size, struct weir_error *err)
{
    char *window = realloc(split->window, size + WEIR_PAD_BYTES);
    if (!window)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a record of more than %zu bytes",
                         split->window_size);
    memset(window + size, 0, WEIR_PAD_BYTES);
    split->window = window;
    split->window_size = size;
    return WEIR_OK;
}

/* Slides, grows when nothing of a full window was consumed, and reads until it is full or no more
 * comes now. */
static enum weir_code fill(struct weir_split *split, struct weir_error *err)
{
    size_t have = split->end - split->start;
    if (split->start && have)
        memmove(split->window, split->window + split->start, have);
    split->start = 0;
    split->end = have;
    if (have == split->window_size && have < split->window_max) {
        size_t size = split->window_size * 2;
        WEIR_TRY(grow_window(split, size < split->window_max ? size : split->window_max, err));
    }
    while (split->end < split->window_size && !split->eof) {
        size_t len;
        int64_t offset = split->read_offset + (int64_t)split->end;
        WEIR_TRY(read_some(split, split->window + split->end, split->window_size - split->end, &len,
                           &split->eof, err));
        if (len == 0)
            break;
        keep_head(split, offset, split->window + split->end, len);
        split->end += len;
    }
    struct weir_place_info info; /* a known size spares waiting for the end */
    if (!split->eof && !split->source->follow && weir_unpack_seekable(split->unpack) &&
        split->place->ops->info(split->place, &info) && info.size >= 0 &&
        weir_unpack_raw_at(split->unpack) == info.size)
        split->eof = true;
    return WEIR_OK;
}

/* ---- beginning in the middle ---- */

static enum weir_code too_short(const struct weir_split *split, int64_t size,
                                struct weir_error *err)
{
    weir_fail(err, WEIR_BAD_DATA,
              "\"%s\" has shrunk to %" PRId64 " bytes; %" PRId64 " had been read from it",
              split->label, size, split->at.offset);
    return weir_hint(err, "give new content a new name, or start over with `weir reset`");
}

static enum weir_code begin_reading(struct weir_split *split)
{
    split->read_offset = split->at.offset;
    split->read_lines = split->at.lines;
    split->stage = SPLIT_READ;
    return WEIR_OK;
}

static enum weir_code read_head(struct weir_split *split, bool *ret_wait, struct weir_error *err)
{
    size_t wanted =
        split->at.offset < (int64_t)WEIR_HEAD_BYTES ? (size_t)split->at.offset : WEIR_HEAD_BYTES;
    while (split->head_len < wanted) {
        size_t len;
        bool end;
        WEIR_TRY(read_some(split, split->head + split->head_len, wanted - split->head_len, &len,
                           &end, err));
        split->head_len += len;
        *ret_wait = len == 0 && !end;
        if (*ret_wait)
            return WEIR_OK;
        if (end)
            return too_short(split, (int64_t)split->head_len, err);
    }
    if (split->at.head && weir_split_head_hash(split, split->at.offset) != split->at.head)
        return replaced(split, err);
    split->read_offset = (int64_t)split->head_len;
    if (split->at.offset == split->read_offset)
        return begin_reading(split);
    split->stage = SPLIT_SKIP;
    if (!weir_unpack_seekable(split->unpack))
        return WEIR_OK;
    struct weir_place_info info;
    if (split->place->ops->info(split->place, &info) && info.size >= 0 &&
        info.size < split->at.offset)
        return too_short(split, info.size, err);
    const struct weir_place_object object = {
        .name = split->at.file, .label = split->label, .size = -1};
    WEIR_TRY(split->place->ops->open(split->place, &object, split->at.offset, err));
    weir_unpack_begin(split->unpack, split->at.offset);
    weir_unpack_limit(split->unpack, split->size_max);
    return begin_reading(split);
}

static enum weir_code skip(struct weir_split *split, bool *ret_wait, struct weir_error *err)
{
    while (split->read_offset < split->at.offset) {
        int64_t left = split->at.offset - split->read_offset;
        size_t max = left < (int64_t)split->window_size ? (size_t)left : split->window_size, len;
        bool end;
        WEIR_TRY(read_some(split, split->window, max, &len, &end, err));
        split->read_offset += (int64_t)len;
        *ret_wait = len == 0 && !end;
        if (*ret_wait)
            return WEIR_OK;
        if (end)
            return too_short(split, split->read_offset, err);
    }
    return begin_reading(split);
}

enum weir_code weir_split_resume(struct weir_split *split, bool *ret_wait, struct weir_error *err)
{
    *ret_wait = false;
    return split->stage == SPLIT_HEAD ? read_head(split, ret_wait, err)
                                      : skip(split, ret_wait, err);
}

/* ---- reading ---- */

/* Bytes from window[start] to the limit; INT64_MAX: it is not in this object. */
static int64_t limit_left(const struct weir_split *split)
{
    if (!split->limited || weir_done_set_has(&split->limit.done, weir_object_hash(split->at.file)))
        return INT64_MAX;
    if (!split->limit.file || strcmp(split->limit.file, split->at.file) != 0)
        return split->listing.kind == WEIR_LISTING_LOG && split->limit.file ? INT64_MAX : 0;
    if (split->limit.size >= 0)
        return split->eof ? (int64_t)(split->end - split->start) : INT64_MAX;
    int64_t left = split->limit.offset - split->read_offset;
    return left > 0 ? left : 0;
}

static bool is_settled(const struct weir_split *split)
{
    struct weir_place_info info;
    return split->place->ops->info(split->place, &info) && info.modified_us != INT64_MIN &&
           (int64_t)time(NULL) - info.modified_us / 1000000 >= SETTLED_S;
}

/* The object is at its present end: is this its end for good? */
static bool is_leaving(struct weir_split *split)
{
    const struct weir_place_ops *ops = split->place->ops;
    if (!split->source->follow || split->listing.kind == WEIR_LISTING_LOG || ops->remote ||
        (split->limited && weir_done_set_has(&split->limit.done, weir_object_hash(split->at.file))))
        return true;
    if (split->listing.kind == WEIR_LISTING_SINGLE || (ops->busy && ops->busy(split->place)))
        return false;
    return weir_split_has_next(split) || is_settled(split);
}

bool weir_split_is_read(const struct weir_split *split)
{
    return split->open && split->stage == SPLIT_READ && split->eof && split->last_shown &&
           split->boundary && split->start == split->end;
}

static void show(struct weir_split *split, size_t visible, bool last, bool full,
                 struct weir_fetch *ret)
{
    struct weir_place_info info = {.modified_us = INT64_MIN};
    split->place->ops->info(split->place, &info);
    *ret = (struct weir_fetch){
        .state = WEIR_FETCH_DATA,
        .kind = WEIR_FETCH_BYTES,
        .bytes = weir_slice(split->window + split->start, visible),
        .first = split->read_offset == 0,
        .head =
            split->head_pending ? weir_slice(split->head, split->head_len) : weir_slice(NULL, 0),
        .last = last,
        .full = full,
        .offset = split->read_offset,
        .timestamp_us = info.modified_us == INT64_MIN ? WEIR_NO_TIMESTAMP
                                                      : info.modified_us - WEIR_UNIX_TO_PG_US,
        .source = weir_slice_of(split->label),
        .line = split->read_lines,
        .wait_fd = -1,
        .wait_ms = -1,
    };
    split->shown = visible;
    split->last_shown = last;
    split->full_shown = full;
    split->moved = false;
}

enum weir_code weir_split_read(struct weir_split *split, struct weir_fetch *ret,
                               enum split_result *ret_result, struct weir_error *err)
{
    if (!split->eof || (split->source->follow && !split->last_shown)) {
        if (!split->moved || split->end - split->start < LOW_WATER_BYTES) {
            split->eof = false;
            WEIR_TRY(fill(split, err));
        }
    }
    size_t have = split->end - split->start;
    int64_t left = limit_left(split);
    bool limited = left <= (int64_t)have;
    size_t visible = limited ? (size_t)left : have;
    bool at_end = split->eof && visible == have, leaving = at_end && is_leaving(split);
    /* Cut at a limit, the bytes end with a whole record: the last one may lack its line end. */
    bool cut = limited && split->limit.size < 0;
    bool last =
        cut ? visible && (at_end || split->window[split->start + visible - 1] != '\n') : leaving;
    bool full = have >= split->window_max && visible == have;
    bool empty_object = last && !split->last_shown && (split->read_offset == 0 || !split->boundary);
    bool news = visible > split->shown || split->moved || (last && !split->last_shown) ||
                (full && !split->full_shown);
    if (visible ? news : empty_object && !cut) {
        show(split, visible, last, full, ret);
        *ret_result = SPLIT_DATA;
        return WEIR_OK;
    }
    if (limited) {
        *ret_result = SPLIT_LIMIT;
        return WEIR_OK;
    }
    if (leaving && visible) {
        return weir_fail(err, WEIR_BUG,
                         "\"%s\": %zu bytes at byte %" PRId64 " were left by the decoder",
                         split->label, visible, split->read_offset);
    }
    *ret_result = leaving ? SPLIT_AGAIN : SPLIT_IDLE;
    if (leaving)
        return weir_split_finish(split, err);
    return split->eof && split->place->ops->verify
               ? split->place->ops->verify(split->place, weir_unpack_raw_at(split->unpack), err)
               : WEIR_OK;
}
