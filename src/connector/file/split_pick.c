/* Which object is read next. See split.h for the stages and invariants.
 *
 * Without a limit: the one that the position is in; then a single file has no other, a commit log
 * goes on in its order, and a directory, glob or prefix gives, by name, what is not in the done
 * set. With a limit (replay of an epoch, or --drain): the same files in the same order as the run
 * that made the limit. */
#include "connector/file/split.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/env.h"
#include "base/log.h"

enum { VANISHED_MAX = 10000 }; /* done objects remembered though they are gone */

bool weir_split_has_done_set(const struct weir_split *split)
{
    return split->listing.kind == WEIR_LISTING_NAMES || (split->place && split->place->ops->remote);
}

static bool is_done(const struct weir_split *split, size_t index)
{
    return weir_done_set_has(&split->at.done, weir_object_hash(split->listing.objects[index].name));
}

/* The index in the listing; count: not there. */
static size_t find_name(const struct weir_split *split, const char *name)
{
    size_t i = 0;
    while (i < split->listing.count && strcmp(split->listing.objects[i].name, name) != 0)
        i++;
    return i;
}

static size_t find_hash(const struct weir_split *split, uint64_t hash)
{
    size_t i = 0;
    while (i < split->listing.count && weir_object_hash(split->listing.objects[i].name) != hash)
        i++;
    return i;
}

/* ---- listing ---- */

/* Of done objects that are gone, the latest VANISHED_MAX are remembered: a directory that is not
 * mounted for a moment does not make everything new. */
static enum weir_code forget_vanished(struct weir_split *split, struct weir_error *err)
{
    struct weir_done_set *done = &split->at.done, present = {0};
    if (done->count <= VANISHED_MAX || split->limited)
        return WEIR_OK;
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; code == WEIR_OK && i < split->listing.count; i++)
        code = weir_done_set_add(&present, weir_object_hash(split->listing.objects[i].name), err);
    bool *keep = code == WEIR_OK ? malloc(done->count) : NULL;
    size_t vanished = 0;
    for (size_t i = done->count; keep && i-- > 0;) {
        bool here = weir_done_set_has(&present, done->items[i]);
        vanished += !here;
        keep[i] = here || vanished <= VANISHED_MAX;
    }
    if (keep && vanished > VANISHED_MAX)
        code = weir_done_set_filter(done, keep, err);
    free(keep);
    weir_done_set_done(&present);
    return code;
}

/* The position's file, against what is there. */
static enum weir_code reconcile(struct weir_split *split, struct weir_error *err)
{
    if (!split->at.file || split->open || find_name(split, split->at.file) < split->listing.count)
        return WEIR_OK;
    if (split->listing.kind == WEIR_LISTING_LOG) {
        weir_fail(err, WEIR_BAD_DATA,
                  "the commit log of \"%s\" no longer names \"%s\", where reading had stopped",
                  split->source->path, split->at.file);
        return weir_hint(err, "start over with `weir reset`");
    }
    if (split->listing.kind == WEIR_LISTING_NAMES && split->at.offset > 0 && !split->finished)
        weir_log(WEIR_LOG_WARNING, "%s: file \"%s\" is gone; %" PRId64 " bytes of it had been read",
                 split->source->table->name, split->at.file, split->at.offset);
    WEIR_TRY(weir_done_set_add(&split->at.done, weir_object_hash(split->at.file), err));
    return weir_position_set_file(&split->at, NULL, err);
}

static void sum_sizes(struct weir_split *split)
{
    bool reached = split->listing.kind != WEIR_LISTING_LOG || !split->at.file;
    split->bytes_total = split->bytes_done = 0;
    for (size_t i = split->listing.count; i-- > 0;) {
        int64_t size = split->listing.objects[i].size > 0 ? split->listing.objects[i].size : 0;
        bool current =
            split->at.file && strcmp(split->at.file, split->listing.objects[i].name) == 0;
        split->bytes_total += size;
        if (split->listing.kind == WEIR_LISTING_LOG ? !current && reached && split->at.file
                                                    : is_done(split, i))
            split->bytes_done += size;
        reached |= current;
    }
}

enum weir_code weir_split_list(struct weir_split *split, bool *ret_wait, struct weir_error *err)
{
    bool ready = false, changed;
    int64_t wait_ms;
    if (split->source->follow && !split->listed)
        split->place->ops->watch(split->place, &changed,
                                 &wait_ms); /* from now on nothing is missed */
    if (!split->listing_now) {
        weir_arena_reset(&split->listing.arena);
        split->listing.count = 0;
        split->listing.objects = NULL;
    }
    split->began = split->listing_now = true;
    WEIR_TRY(split->place->ops->list(split->place, &split->listing, &ready, err));
    split->listing_now = !ready;
    *ret_wait = !ready;
    if (!ready)
        return WEIR_OK;
    if (!split->listed && split->listing.kind == WEIR_LISTING_NAMES && split->listing.count == 0 &&
        !split->source->follow && split->at.done.count == 0 &&
        strpbrk(split->source->path, "*?[")) {
        weir_fail(err, WEIR_BAD_CONFIG, "no file matches \"%s\"", split->source->path);
        return weir_hint(err, "check the options path and root");
    }
    WEIR_TRY(reconcile(split, err));
    WEIR_TRY(forget_vanished(split, err));
    sum_sizes(split);
    split->listed = true;
    split->listed_us = weir_clock_monotonic_us();
    split->next = split->limit_next = 0;
    split->stage = split->open ? SPLIT_READ : SPLIT_PICK;
    return WEIR_OK;
}

/* ---- picking ---- */

/* Index of the next object without a limit; count: none. */
static size_t next_free(const struct weir_split *split)
{
    size_t current = split->at.file ? find_name(split, split->at.file) : split->listing.count;
    bool has_current = current < split->listing.count;
    if (has_current && !split->finished && !split->open)
        return current;
    if (split->listing.kind == WEIR_LISTING_LOG)
        return has_current ? current + 1 : 0;
    size_t i = split->next;
    while (i < split->listing.count && (is_done(split, i) || (has_current && i == current)))
        i++;
    return i;
}

bool weir_split_has_next(const struct weir_split *split)
{
    return next_free(split) < split->listing.count;
}

static enum weir_code limit_lost(const struct weir_split *split, const char *name,
                                 struct weir_error *err)
{
    weir_fail(err, WEIR_BAD_DATA, "%s: a file that an unfinished epoch was read from is gone%s%s",
              split->source->table->name, name ? ": " : "", name ? name : "");
    return weir_hint(
        err, "put it back, so that the epoch can be read again, or start over with `weir reset`");
}

/* The same under the limit. *ret_end: the limit is reached. */
static enum weir_code next_limited(struct weir_split *split, size_t *ret, bool *ret_end,
                                   struct weir_error *err)
{
    const struct weir_position *limit = &split->limit;
    size_t count = split->listing.count;
    *ret_end = false;
    *ret = count;
    if (split->at.file && split->finished && limit->file &&
        strcmp(limit->file, split->at.file) == 0) {
        *ret_end = true;
        return WEIR_OK;
    }
    if (split->at.file && !split->finished) {
        *ret = find_name(split, split->at.file);
        bool within = (limit->file && strcmp(limit->file, split->at.file) == 0) ||
                      split->listing.kind == WEIR_LISTING_LOG ||
                      weir_done_set_has(&limit->done, weir_object_hash(split->at.file));
        *ret_end = !within;
        return *ret < count || *ret_end ? WEIR_OK : limit_lost(split, split->at.file, err);
    }
    if (split->listing.kind == WEIR_LISTING_LOG) {
        *ret = next_free(split);
        *ret_end = !limit->file || *ret == count;
        return WEIR_OK;
    }
    while (split->limit_next < limit->done.count &&
           weir_done_set_has(&split->at.done, limit->done.items[split->limit_next]))
        split->limit_next++;
    if (split->limit_next < limit->done.count) {
        *ret = find_hash(split, limit->done.items[split->limit_next]);
        return *ret < count ? WEIR_OK : limit_lost(split, NULL, err);
    }
    bool has_file =
        limit->file && !weir_done_set_has(&split->at.done, weir_object_hash(limit->file));
    *ret_end = !has_file;
    *ret = has_file ? find_name(split, limit->file) : count;
    return *ret < count || *ret_end ? WEIR_OK : limit_lost(split, limit->file, err);
}

static enum weir_code open_object(struct weir_split *split, const struct weir_place_object *object,
                                  struct weir_error *err)
{
    bool resumed = split->at.file && strcmp(split->at.file, object->name) == 0;
    if (!resumed)
        WEIR_TRY(weir_position_set_file(&split->at, object->name, err));
    char *label = strdup(object->label);
    if (!label)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    free(split->label);
    split->label = label;
    WEIR_TRY(split->place->ops->open(split->place, object, 0, err));
    weir_unpack_begin(split->unpack, 0);
    bool cut = split->limited && split->limit.size >= 0 && split->limit.file &&
               strcmp(split->limit.file, object->name) == 0;
    split->size_max = split->listing.kind == WEIR_LISTING_LOG ? object->size : INT64_MAX;
    split->size_max =
        cut && split->limit.size < split->size_max ? split->limit.size : split->size_max;
    weir_unpack_limit(split->unpack, split->size_max);
    split->open = true;
    split->finished = split->eof = split->moved = split->last_shown = split->full_shown = false;
    split->boundary = true;
    split->start = split->end = split->shown = split->head_len = 0;
    split->read_offset = split->read_lines = 0;
    split->head_pending = split->at.offset > 0;
    split->stage = split->at.offset > 0 ? SPLIT_HEAD : SPLIT_READ;
    return WEIR_OK;
}

enum weir_code weir_split_pick(struct weir_split *split, bool *ret_limited, struct weir_error *err)
{
    size_t index;
    *ret_limited = false;
    if (split->limited)
        WEIR_TRY(next_limited(split, &index, ret_limited, err));
    else
        index = next_free(split);
    if (*ret_limited)
        return WEIR_OK;
    if (index < split->listing.count) {
        split->next = split->limited || split->at.file ? split->next : index + 1;
        return open_object(split, &split->listing.objects[index], err);
    }
    split->stage = split->source->follow ? SPLIT_WAIT : SPLIT_END;
    return WEIR_OK;
}

enum weir_code weir_split_finish(struct weir_split *split, struct weir_error *err)
{
    split->bytes_done += weir_unpack_raw_at(split->unpack);
    split->at.head = weir_split_head_hash(split, split->at.offset);
    split->place->ops->shut(split->place);
    split->open = false;
    split->stage = SPLIT_PICK;
    split->finished = true;
    if (!weir_split_has_done_set(split))
        return WEIR_OK;
    WEIR_TRY(weir_done_set_add(&split->at.done, weir_object_hash(split->at.file), err));
    split->finished = false;
    return weir_position_set_file(&split->at, NULL, err);
}
