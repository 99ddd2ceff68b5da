/* The source seam of all file-like connectors: one split, "0", that reads object after object. See
 * split.h.
 *
 * A remote may have a fallback, a local path: when the remote gives no first answer in time, or
 * refuses, one line says so and the split reads the fallback instead. The choice is part of the
 * position, so that a later run does not send the rows again from the other place. */
#include "connector/file/file_source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "base/hash.h"
#include "base/log.h"
#include "connector/file/local_place.h"
#include "connector/file/split.h"

#define WINDOW_BYTES_FIRST ((size_t)256 << 10)

/* ---- the source ---- */

static enum weir_packing packing_of(const struct weir_table *table)
{
    const char *text = weir_options_text(&table->options, "compression", "auto");
    return strcmp(text, "gzip") == 0   ? WEIR_PACKING_GZIP
           : strcmp(text, "zstd") == 0 ? WEIR_PACKING_ZSTD
           : strcmp(text, "none") == 0 ? WEIR_PACKING_NONE
                                       : WEIR_PACKING_AUTO;
}

/* Is there something to read at a local path? */
static enum weir_code check_local(const char *path, struct weir_error *err)
{
    struct weir_listing listing;
    weir_arena_init(&listing.arena, WEIR_LISTING_BYTES_MAX);
    enum weir_code code = weir_local_list(path, &listing, err);
    weir_arena_done(&listing.arena);
    return code;
}

static enum weir_code make_place(const struct weir_source *source, enum weir_choice choice,
                                 struct weir_place **ret, struct weir_error *err)
{
    const struct weir_place_config config = {source->follow,
                                             source->fallback && choice == WEIR_CHOICE_NONE};
    if (choice == WEIR_CHOICE_FALLBACK && source->fallback)
        return weir_local_place_open(source->fallback, source->follow, ret, err);
    return source->make(source->table, &config, ret, err);
}

/* A local path must be there at the start; a remote one is asked when it is read. */
static enum weir_code check_source(const struct weir_source *source, struct weir_error *err)
{
    struct weir_place *place;
    WEIR_TRY(source->make(source->table, &(struct weir_place_config){0}, &place, err));
    bool remote = place->ops->remote;
    place->ops->close(place);
    if (!remote) {
        char *path;
        WEIR_TRY(weir_local_path(source->table, &path, err));
        enum weir_code code = check_local(path, err);
        free(path);
        return code;
    }
    if (source->fallback && check_local(source->fallback, err) != WEIR_OK)
        return weir_fail_in(err, "option \"fallback\"");
    return WEIR_OK;
}

enum weir_code weir_file_source_open(const struct weir_table *table,
                                     const struct weir_source_config *config, weir_place_make make,
                                     struct weir_source **ret, struct weir_error *err)
{
    struct weir_source *source = calloc(1, sizeof *source);
    const char *fallback = weir_options_text(&table->options, "fallback", NULL);
    if (!source)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    source->table = table;
    source->make = make;
    source->follow = config->follow && !weir_options_bool(&table->options, "bounded", true);
    source->packing = packing_of(table);
    source->record_max = (size_t)weir_options_number(&table->options, "max_record", 16 << 20);
    source->fallback = fallback && *fallback ? strdup(fallback) : NULL;
    enum weir_code code = weir_local_path(table, &source->path, err);
    if (code == WEIR_OK)
        code = check_source(source, err);
    if (code != WEIR_OK) {
        weir_file_source_close(source);
        return code;
    }
    *ret = source;
    return WEIR_OK;
}

enum weir_code weir_file_source_discover(struct weir_source *source, const char *const **ret_splits,
                                         uint32_t *ret_count, struct weir_error *err)
{
    static const char *const splits[] = {"0"};
    (void)source, (void)err;
    *ret_splits = splits;
    *ret_count = 1;
    return WEIR_OK;
}

enum weir_code weir_file_source_version(struct weir_source *source, struct weir_buffer *ret,
                                        struct weir_error *err)
{
    struct weir_place *place;
    struct weir_listing listing = {0};
    uint64_t hash = 0;
    bool ready = false;
    WEIR_TRY(source->make(source->table, &(struct weir_place_config){0}, &place, err));
    weir_arena_init(&listing.arena, WEIR_LISTING_BYTES_MAX);
    enum weir_code code =
        place->ops->remote ? WEIR_OK : place->ops->list(place, &listing, &ready, err);
    for (size_t i = 0; code == WEIR_OK && i < listing.count; i++)
        hash = weir_hash_mix(weir_object_hash(listing.objects[i].name) ^ listing.objects[i].version,
                             hash);
    place->ops->close(place);
    weir_arena_done(&listing.arena);
    return code == WEIR_OK ? weir_buffer_printf(ret, err, "%016" PRIx64, hash) : code;
}

void weir_file_source_close(struct weir_source *source)
{
    if (!source)
        return;
    free(source->fallback);
    free(source->path);
    free(source);
}

/* ---- assign and limit ---- */

static uint64_t path_hash(const struct weir_source *source)
{
    return weir_object_hash(source->path);
}

/* How a choice made for a path is remembered among the things that are done with, while another path is read. */
static uint64_t choice_mark(uint64_t path, enum weir_choice choice)
{
    return weir_hash_mix(path, (uint64_t)choice);
}

/* A position made for another path: its file is done with, and its choice between remote and fallback rests until the
 * path comes back. */
static enum weir_code adopt_position(struct weir_split *split, struct weir_error *err)
{
    struct weir_position *at = &split->at;
    uint64_t path = path_hash(split->source);
    if (at->path && at->path != path) {
        if (at->choice != WEIR_CHOICE_NONE)
            WEIR_TRY(weir_done_set_add(&at->done, choice_mark(at->path, at->choice), err));
        if (at->file && at->offset > 0)
            WEIR_TRY(weir_done_set_add(&at->done, weir_object_hash(at->file), err));
        WEIR_TRY(weir_position_set_file(at, NULL, err));
        at->choice = weir_done_set_has(&at->done, choice_mark(path, WEIR_CHOICE_FALLBACK))
                         ? WEIR_CHOICE_FALLBACK
                     : weir_done_set_has(&at->done, choice_mark(path, WEIR_CHOICE_REMOTE))
                         ? WEIR_CHOICE_REMOTE
                         : WEIR_CHOICE_NONE;
    }
    at->path = path;
    return WEIR_OK;
}

enum weir_code weir_file_source_assign(struct weir_source *source, const char *name,
                                       struct weir_slice from, struct weir_split **ret,
                                       struct weir_error *err)
{
    struct weir_split *split = calloc(1, sizeof *split);
    (void)name;
    if (!split)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    split->source = source;
    split->limit.size = -1;
    weir_arena_init(&split->listing.arena, WEIR_LISTING_BYTES_MAX);
    split->window_max = source->record_max;
    split->window_size =
        WINDOW_BYTES_FIRST < source->record_max ? WINDOW_BYTES_FIRST : source->record_max;
    split->window = calloc(1, split->window_size + WEIR_PAD_BYTES);
    split->head = calloc(1, WEIR_HEAD_BYTES + WEIR_PAD_BYTES);
    enum weir_code code =
        split->window && split->head ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory");
    if (code == WEIR_OK)
        code = weir_position_parse(from, &split->at, err);
    if (code == WEIR_OK)
        code = adopt_position(split, err);
    if (code == WEIR_OK)
        code = weir_unpack_new(source->packing, &split->unpack, err);
    if (code != WEIR_OK) {
        weir_file_source_revoke(split);
        return code;
    }
    *ret = split;
    return WEIR_OK;
}

void weir_file_source_revoke(struct weir_split *split)
{
    if (!split)
        return;
    if (split->place)
        split->place->ops->close(split->place);
    weir_position_done(&split->at);
    weir_position_done(&split->limit);
    weir_arena_done(&split->listing.arena);
    weir_unpack_free(split->unpack);
    free(split->window);
    free(split->head);
    free(split->label);
    free(split);
}

enum weir_code weir_file_source_limit(struct weir_split *split, struct weir_slice to,
                                      struct weir_error *err)
{
    weir_position_done(&split->limit);
    split->limited = to.len > 0;
    split->limit_next = 0;
    if (split->last_shown && split->open) { /* the decoder took a limit for the object's end */
        split->last_shown = false;
        split->head_pending = split->read_offset > 0;
    }
    if (split->stage == SPLIT_END)
        split->stage = SPLIT_PICK;
    if (!split->limited)
        return WEIR_OK;
    WEIR_TRY(weir_position_parse(to, &split->limit, err));
    if (!split->began && split->at.choice == WEIR_CHOICE_NONE)
        split->at.choice = split->limit.choice;
    return WEIR_OK;
}

/* ---- the present end ---- */

/* Everything listed is done; of a file that may grow, what is there now. */
static enum weir_code end_position(const struct weir_split *split,
                                   const struct weir_listing *listing, struct weir_position *ret,
                                   struct weir_error *err)
{
    *ret = (struct weir_position){.path = split->at.path, .choice = split->at.choice, .size = -1};
    for (size_t i = 0; i < split->at.done.count; i++)
        WEIR_TRY(weir_done_set_add(&ret->done, split->at.done.items[i], err));
    if (split->at.file && listing->kind == WEIR_LISTING_NAMES)
        WEIR_TRY(weir_done_set_add(&ret->done, weir_object_hash(split->at.file), err));
    for (size_t i = 0; i < listing->count && listing->kind == WEIR_LISTING_NAMES; i++)
        WEIR_TRY(weir_done_set_add(&ret->done, weir_object_hash(listing->objects[i].name), err));
    if (listing->kind == WEIR_LISTING_NAMES || listing->count == 0)
        return WEIR_OK;
    const struct weir_place_object *last = &listing->objects[listing->count - 1];
    WEIR_TRY(weir_position_set_file(ret, last->name, err));
    ret->size = last->size;
    return WEIR_OK;
}

/* Remote objects do not grow: an unbounded remote table ends, for now, where reading ends. */
enum weir_code weir_file_source_end(struct weir_split *split, struct weir_buffer *ret,
                                    struct weir_error *err)
{
    struct weir_place *place = NULL;
    struct weir_listing listing = {0};
    struct weir_position end = {.size = -1};
    bool ready = true;
    WEIR_TRY(make_place(split->source, split->at.choice, &place, err));
    weir_arena_init(&listing.arena, WEIR_LISTING_BYTES_MAX);
    enum weir_code code =
        place->ops->remote ? WEIR_OK : place->ops->list(place, &listing, &ready, err);
    if (code == WEIR_OK && place->ops->remote)
        code = weir_fail(err, WEIR_BAD_CONFIG,
                         "%s: the end of an unbounded remote table is not known in advance",
                         split->source->table->name);
    if (code == WEIR_OK)
        code = end_position(split, &listing, &end, err);
    if (code == WEIR_OK)
        code = weir_position_format(&end, ret, err);
    weir_position_done(&end);
    place->ops->close(place);
    weir_arena_done(&listing.arena);
    return code;
}

/* ---- poll ---- */

/* Goes over to the fallback where that is allowed; else the error stays. */
static enum weir_code fall_back(struct weir_split *split, struct weir_error *err)
{
    const struct weir_source *source = split->source;
    bool remote = split->place && split->place->ops->remote;
    if (!remote || (err->code != WEIR_RETRY && err->code != WEIR_IO))
        return err->code;
    if (split->at.choice == WEIR_CHOICE_REMOTE && source->fallback)
        return weir_hint(
            err,
            "rows were read from there before, so the fallback is not taken; run again when it "
            "answers, or start over with `weir reset`");
    if (!source->fallback)
        return weir_hint(err, "try again later, or name a local file in the option fallback");
    weir_log(WEIR_LOG_WARNING, "%s: %s; reading %s instead", source->table->name, err->text,
             source->fallback);
    split->place->ops->close(split->place);
    split->place = NULL;
    split->at.choice = WEIR_CHOICE_FALLBACK;
    split->open = split->listed = split->listing_now = false;
    split->stage = SPLIT_LIST;
    WEIR_TRY(weir_position_set_file(&split->at, NULL, err));
    return make_place(source, split->at.choice, &split->place, err);
}

static void idle(struct weir_fetch *ret, int wait_fd, int64_t wait_ms)
{
    *ret = (struct weir_fetch){
        .state = WEIR_FETCH_IDLE, .kind = WEIR_FETCH_BYTES, .wait_fd = wait_fd, .wait_ms = wait_ms};
}

/* Nothing new for a follower. True: it went back to listing, go on. */
static bool look_again(struct weir_split *split, struct weir_fetch *ret)
{
    bool changed;
    int64_t wait_ms, since_ms = (weir_clock_monotonic_us() - split->listed_us) / 1000;
    int fd = split->place->ops->watch(split->place, &changed, &wait_ms);
    if (changed || since_ms >= wait_ms) {
        split->stage = SPLIT_LIST;
        return true;
    }
    idle(ret, fd, wait_ms - since_ms);
    return false;
}

/* One stage. *ret_done: `ret` is filled. */
static enum weir_code step(struct weir_split *split, struct weir_fetch *ret, bool *ret_done,
                           struct weir_error *err)
{
    bool wait = false, limited = false;
    enum split_result result = SPLIT_AGAIN;
    *ret = (struct weir_fetch){
        .state = WEIR_FETCH_END, .kind = WEIR_FETCH_BYTES, .wait_fd = -1, .wait_ms = -1};
    switch (split->stage) {
    case SPLIT_LIST:
        WEIR_TRY(weir_split_list(split, &wait, err));
        break;
    case SPLIT_PICK:
        WEIR_TRY(weir_split_pick(split, &limited, err));
        break;
    case SPLIT_HEAD:
    case SPLIT_SKIP:
        WEIR_TRY(weir_split_resume(split, &wait, err));
        break;
    case SPLIT_READ:
        WEIR_TRY(weir_split_read(split, ret, &result, err));
        limited = result == SPLIT_LIMIT;
        wait = result == SPLIT_IDLE && !split->eof;
        break;
    case SPLIT_WAIT:
    case SPLIT_END:
        break;
    }
    *ret_done = result == SPLIT_DATA || limited || split->stage == SPLIT_END;
    if (wait) {
        idle(ret, split->place->ops->wait_fd(split->place), 1000);
        *ret_done = true;
    } else if (split->stage == SPLIT_WAIT || (result == SPLIT_IDLE && split->eof)) {
        *ret_done = !look_again(split, ret);
    }
    return WEIR_OK;
}

enum weir_code weir_file_source_poll(struct weir_split *split, struct weir_fetch *ret,
                                     struct weir_error *err)
{
    bool done = false;
    if (!split->place)
        WEIR_TRY(make_place(split->source, split->at.choice, &split->place, err));
    while (!done)
        if (step(split, ret, &done, err) != WEIR_OK)
            WEIR_TRY(fall_back(split, err));
    return WEIR_OK;
}

void weir_file_source_consume(struct weir_split *split, size_t count, size_t lines, bool boundary)
{
    split->start += count;
    split->shown -= count;
    split->read_offset += (int64_t)count;
    split->read_lines += (int64_t)lines;
    split->moved |= count > 0;
    split->boundary = boundary;
    if (count)
        split->head_pending = false;
    if (boundary) {
        split->at.offset = split->read_offset;
        split->at.lines = split->read_lines;
    }
}

enum weir_code weir_file_source_position(struct weir_split *split, struct weir_buffer *ret,
                                         struct weir_error *err)
{
    if (split->open && split->at.offset > 0 && split->stage == SPLIT_READ)
        split->at.head = weir_split_head_hash(split, split->at.offset);
    if (weir_split_is_read(split))
        WEIR_TRY(weir_split_finish(split, err));
    return weir_position_format(&split->at, ret, err);
}

void weir_file_source_progress(struct weir_split *split, double *ret_share, int64_t *ret_lag,
                               bool *ret_unit_bytes)
{
    int64_t done = split->bytes_done + (split->open ? weir_unpack_raw_at(split->unpack) : 0);
    int64_t total = split->bytes_total;
    struct weir_place_info info;
    if (split->open && split->listing.kind == WEIR_LISTING_SINGLE &&
        split->place->ops->info(split->place, &info) && info.size > total)
        total = info.size;
    *ret_unit_bytes = true;
    *ret_share = split->source->follow || total <= 0 ? -1
                 : done >= total                     ? 1
                                                     : (double)done / (double)total;
    *ret_lag = total <= 0 ? -1 : done >= total ? 0 : total - done;
}
