/* Positions: text form, and the set of what is done.
 *
 * Why hashes of names and not names: a followed directory may hold many thousands of files, new
 * ones may sort anywhere between the old, and a position is written with every epoch. 64 bits make
 * a new file pass for an old one with a chance of n / 2^64. Why in order: an epoch is replayed as
 * "what `to` has done and `from` has not", in the order of then. */
#include "connector/file/position.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "connector/file/flat_json.h"
#include "net/uri.h"

uint64_t weir_object_hash(const char *name)
{
    uint64_t hash = weir_hash(weir_slice_of(name), 0);
    return hash ? hash : 1;
}

/* ---- the set ---- */

void weir_done_set_done(struct weir_done_set *set)
{
    free(set->items);
    free(set->table);
    *set = (struct weir_done_set){0};
}

/* The slot of the item, or the free slot where it would go. */
static size_t slot_of(const struct weir_done_set *set, uint64_t item)
{
    size_t slot = (size_t)(item * 0x9e3779b97f4a7c15u >> 20) & (set->table_size - 1);
    while (set->table[slot] && set->table[slot] != item)
        slot = (slot + 1) & (set->table_size - 1);
    return slot;
}

bool weir_done_set_has(const struct weir_done_set *set, uint64_t item)
{
    return set->count && set->table[slot_of(set, item)] == item;
}

static enum weir_code rebuild(struct weir_done_set *set, size_t table_size, struct weir_error *err)
{
    uint64_t *table = calloc(table_size, sizeof *table);
    if (!table)
        return weir_fail(err, WEIR_NOMEM, "out of memory for the list of files read");
    free(set->table);
    set->table = table;
    set->table_size = table_size;
    for (size_t i = 0; i < set->count; i++)
        table[slot_of(set, set->items[i])] = set->items[i];
    return WEIR_OK;
}

enum weir_code weir_done_set_add(struct weir_done_set *set, uint64_t item, struct weir_error *err)
{
    if (weir_done_set_has(set, item))
        return WEIR_OK;
    if (set->count == set->items_max) {
        size_t max = set->items_max ? set->items_max * 2 : 16;
        uint64_t *items = reallocarray(set->items, max, sizeof *items);
        if (!items)
            return weir_fail(err, WEIR_NOMEM, "out of memory for the list of files read");
        set->items = items;
        set->items_max = max;
        WEIR_TRY(rebuild(set, max * 2, err)); /* at most half full */
    }
    set->items[set->count++] = item;
    set->table[slot_of(set, item)] = item;
    return WEIR_OK;
}

enum weir_code weir_done_set_filter(struct weir_done_set *set, const bool *keep,
                                    struct weir_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        if (keep[i])
            set->items[count++] = set->items[i];
    set->count = count;
    return set->table_size ? rebuild(set, set->table_size, err) : WEIR_OK;
}

/* ---- base64 (RFC 4648, section 5, without padding) over the items' bytes, most significant first
 * ---- */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static enum weir_code format_done(const struct weir_done_set *set, struct weir_buffer *to,
                                  struct weir_error *err)
{
    uint32_t bits = 0, bits_count = 0;
    WEIR_TRY(weir_buffer_reserve(to, set->count * 8 / 3 * 4 + 8, err));
    for (size_t i = 0; i < set->count * 8; i++) {
        bits = bits << 8 | (uint32_t)(set->items[i / 8] >> (56 - i % 8 * 8) & 255);
        for (bits_count += 8; bits_count >= 6; bits_count -= 6)
            to->ptr[to->len++] = base64_digits[bits >> (bits_count - 6) & 63];
    }
    if (bits_count)
        to->ptr[to->len++] = base64_digits[bits << (6 - bits_count) & 63];
    return WEIR_OK;
}

static enum weir_code parse_done(struct weir_slice text, struct weir_done_set *ret,
                                 struct weir_error *err)
{
    uint64_t item = 0;
    uint32_t bits = 0, bits_count = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = text.ptr[i] ? strchr(base64_digits, text.ptr[i]) : NULL;
        if (!digit)
            return weir_fail(err, WEIR_BAD_DATA, "invalid base64 in a file position");
        bits = bits << 6 | (uint32_t)(digit - base64_digits);
        bits_count += 6;
        if (bits_count < 8)
            continue;
        bits_count -= 8;
        item = item << 8 | (bits >> bits_count & 255);
        if (++bytes % 8 == 0)
            WEIR_TRY(weir_done_set_add(ret, item, err));
    }
    return bytes % 8 ? weir_fail(err, WEIR_BAD_DATA, "a file position is cut short") : WEIR_OK;
}

/* ---- the text ---- */

enum weir_code weir_position_set_file(struct weir_position *position, const char *name,
                                      struct weir_error *err)
{
    char *copy = name ? strdup(name) : NULL;
    if (name && !copy)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    free(position->file);
    position->file = copy;
    position->offset = position->lines = 0;
    position->size = -1;
    position->head = position->validator = 0;
    return WEIR_OK;
}

void weir_position_done(struct weir_position *position)
{
    free(position->file);
    weir_done_set_done(&position->done);
    *position = (struct weir_position){.size = -1};
}

static enum weir_code parse_file(struct weir_slice text, struct weir_position *ret,
                                 struct weir_error *err)
{
    struct weir_buffer name;
    weir_buffer_init(&name, 1 << 20);
    enum weir_code code = weir_uri_decode(&name, text, err);
    if (code == WEIR_OK)
        code = weir_buffer_append(&name, weir_slice("", 1), err);
    if (code != WEIR_OK) {
        weir_buffer_done(&name);
        return code;
    }
    free(ret->file);
    ret->file = name.ptr;
    return WEIR_OK;
}

static enum weir_code parse_field(const struct weir_flat_field *field, struct weir_position *ret,
                                  struct weir_error *err)
{
    char hex[20] = "";
    if (field->kind == WEIR_FLAT_TEXT && field->text.len < sizeof hex)
        memcpy(hex, field->text.ptr, field->text.len);
    if (weir_slice_is(field->name, "file") && field->kind == WEIR_FLAT_TEXT)
        return parse_file(field->text, ret, err);
    if (weir_slice_is(field->name, "done") && field->kind == WEIR_FLAT_TEXT)
        return parse_done(field->text, &ret->done, err);
    if (weir_slice_is(field->name, "from"))
        ret->choice =
            weir_slice_is(field->text, "fallback") ? WEIR_CHOICE_FALLBACK : WEIR_CHOICE_REMOTE;
    else if (weir_slice_is(field->name, "path"))
        ret->path = strtoull(hex, NULL, 16);
    else if (weir_slice_is(field->name, "head"))
        ret->head = strtoull(hex, NULL, 16);
    else if (weir_slice_is(field->name, "etag"))
        ret->validator = strtoull(hex, NULL, 16);
    else if (weir_slice_is(field->name, "offset"))
        ret->offset = field->number;
    else if (weir_slice_is(field->name, "line"))
        ret->lines = field->number;
    else if (weir_slice_is(field->name, "size"))
        ret->size = field->number;
    else
        return weir_fail(err, WEIR_BAD_DATA, "unknown field \"%.*s\"", WEIR_FMT(field->name));
    return WEIR_OK;
}

enum weir_code weir_position_parse(struct weir_slice text, struct weir_position *ret,
                                   struct weir_error *err)
{
    struct weir_flat flat = weir_flat_begin(text);
    struct weir_flat_field field;
    bool end = text.len == 0;
    enum weir_code code = WEIR_OK;
    *ret = (struct weir_position){.size = -1};
    while (code == WEIR_OK && !end) {
        code = weir_flat_next(&flat, &field, &end, err);
        if (code == WEIR_OK && !end)
            code = parse_field(&field, ret, err);
    }
    if (code == WEIR_OK && (ret->offset < 0 || ret->lines < 0 || (ret->offset > 0 && !ret->file)))
        code = weir_fail(err, WEIR_BAD_DATA, "it is not a position of a file");
    if (code != WEIR_OK) {
        weir_position_done(ret);
        weir_fail_in(err, "could not read the position \"%.*s\"",
                     (int)(text.len < 200 ? text.len : 200), text.ptr);
        return weir_hint(
            err,
            "the table's connector or the checkpoint has changed; start over with `weir reset`");
    }
    return WEIR_OK;
}

enum weir_code weir_position_format(const struct weir_position *position, struct weir_buffer *to,
                                    struct weir_error *err)
{
    WEIR_TRY(weir_buffer_printf(to, err, "{\"path\":\"%" PRIx64 "\"", position->path));
    if (position->choice != WEIR_CHOICE_NONE)
        WEIR_TRY(
            weir_buffer_printf(to, err, ",\"from\":\"%s\"",
                               position->choice == WEIR_CHOICE_FALLBACK ? "fallback" : "remote"));
    if (position->file) {
        WEIR_TRY(weir_buffer_append(to, WEIR_SLICE(",\"file\":\""), err));
        WEIR_TRY(weir_uri_encode(to, weir_slice_of(position->file), "/:", err));
        WEIR_TRY(weir_buffer_append(to, WEIR_SLICE("\""), err));
        if (position->size >= 0)
            WEIR_TRY(weir_buffer_printf(to, err, ",\"size\":%" PRId64, position->size));
        else
            WEIR_TRY(weir_buffer_printf(to, err, ",\"offset\":%" PRId64 ",\"line\":%" PRId64,
                                        position->offset, position->lines));
        if (position->head)
            WEIR_TRY(weir_buffer_printf(to, err, ",\"head\":\"%" PRIx64 "\"", position->head));
        if (position->validator)
            WEIR_TRY(weir_buffer_printf(to, err, ",\"etag\":\"%" PRIx64 "\"", position->validator));
    }
    if (position->done.count) {
        WEIR_TRY(weir_buffer_append(to, WEIR_SLICE(",\"done\":\""), err));
        WEIR_TRY(format_done(&position->done, to, err));
        WEIR_TRY(weir_buffer_append(to, WEIR_SLICE("\""), err));
    }
    return weir_buffer_append(to, WEIR_SLICE("}"), err);
}
