/* The text form of a prepare record:
 *
 *     weir checkpoint 1
 *     epoch 12
 *     now 847012345678900
 *     seed 1234
 *     plan 9f3c51d2a7b08e44
 *     position STREAM <tab> SPLIT <tab> FROM <tab> TO
 *     lookup 0 <tab> lookup-0-5f1a..
 *     crc32c 0a1b2c3d
 *
 * Words are separated by single tabs where they can hold spaces; \\ \t \n in them are written as
 * backslash pairs. The checksum covers every byte before its line, so a torn or edited file is
 * noticed. */
#include "commit/record_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

#define HEAD "weir checkpoint 1\n"

static enum weir_code append_word(struct weir_buffer *to, const char *word, char behind,
                                  struct weir_error *err)
{
    WEIR_TRY(weir_buffer_reserve(to, strlen(word) * 2 + 1, err));
    for (; *word; word++) {
        char c = *word == '\t' ? 't' : *word == '\n' ? 'n' : *word == '\\' ? '\\' : 0;
        if (c)
            to->ptr[to->len++] = '\\';
        to->ptr[to->len++] = c ? c : *word;
    }
    to->ptr[to->len++] = behind;
    return WEIR_OK;
}

enum weir_code weir_record_format(const struct weir_checkpoint_record *record,
                                  struct weir_buffer *ret, struct weir_error *err)
{
    WEIR_TRY(weir_buffer_printf(ret, err,
                                HEAD "epoch %" PRIu64 "\nnow %" PRId64 "\nseed %" PRIu64
                                     "\nplan %016" PRIx64 "\n",
                                record->number, record->now_us, record->seed, record->plan_hash));
    for (uint32_t i = 0; i < record->positions_count; i++) {
        const struct weir_checkpoint_position *position = &record->positions[i];
        WEIR_TRY(weir_buffer_append(ret, WEIR_SLICE("position "), err));
        WEIR_TRY(append_word(ret, position->stream, '\t', err));
        WEIR_TRY(append_word(ret, position->split, '\t', err));
        WEIR_TRY(append_word(ret, position->from, '\t', err));
        WEIR_TRY(append_word(ret, position->to, '\n', err));
    }
    for (uint32_t i = 0; i < record->lookups_count; i++) {
        WEIR_TRY(weir_buffer_printf(ret, err, "lookup %" PRIu32 "\t", record->lookups[i].lookup));
        WEIR_TRY(append_word(ret, record->lookups[i].name, '\n', err));
    }
    return weir_buffer_printf(ret, err, "crc32c %08" PRIx32 "\n",
                              weir_crc32c(0, ret->ptr, ret->len));
}

/* Cuts the next word up to `until` off *rest, unescaped and NUL-terminated in the arena; NULL when
 * there is none. */
static char *take_word(struct weir_slice *rest, char until, struct weir_arena *arena)
{
    const char *end = rest->len ? memchr(rest->ptr, until, rest->len) : NULL;
    if (!end)
        return NULL;
    size_t len = (size_t)(end - rest->ptr), out = 0;
    char *word = weir_arena_alloc(arena, len + 1, 1);
    if (!word)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        char c = rest->ptr[i];
        if (c == '\\' && i + 1 < len) {
            c = rest->ptr[++i];
            c = c == 't' ? '\t' : c == 'n' ? '\n' : c;
        }
        word[out++] = c;
    }
    word[out] = 0;
    *rest = weir_slice(end + 1, rest->len - len - 1);
    return word;
}

static bool take_number(struct weir_slice *rest, const char *name, int base, char until,
                        uint64_t *ret, struct weir_arena *arena)
{
    size_t name_len = strlen(name);
    if (rest->len < name_len || memcmp(rest->ptr, name, name_len) != 0)
        return false;
    *rest = weir_slice(rest->ptr + name_len, rest->len - name_len);
    char *end, *word = take_word(rest, until, arena);
    if (!word || !*word)
        return false;
    *ret = *word == '-' ? (uint64_t)strtoll(word, &end, base) : strtoull(word, &end, base);
    return !*end;
}

static bool starts_with(struct weir_slice text, const char *word)
{
    return text.len >= strlen(word) && memcmp(text.ptr, word, strlen(word)) == 0;
}

static uint32_t count_lines(struct weir_slice text)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

/* Everything between the head and the checksum line. */
static bool parse_body(struct weir_slice rest, struct weir_arena *arena,
                       struct weir_checkpoint_record *ret)
{
    uint64_t now;
    uint32_t lines = count_lines(rest);
    struct weir_checkpoint_position *positions =
        WEIR_NEW_ARRAY(arena, struct weir_checkpoint_position, lines);
    struct weir_checkpoint_lookup *lookups =
        WEIR_NEW_ARRAY(arena, struct weir_checkpoint_lookup, lines);
    if (!positions || !lookups || !take_number(&rest, "epoch ", 10, '\n', &ret->number, arena) ||
        !take_number(&rest, "now ", 10, '\n', &now, arena) ||
        !take_number(&rest, "seed ", 10, '\n', &ret->seed, arena) ||
        !take_number(&rest, "plan ", 16, '\n', &ret->plan_hash, arena))
        return false;
    ret->now_us = (int64_t)now;
    while (starts_with(rest, "position ")) {
        struct weir_checkpoint_position *at = &positions[ret->positions_count++];
        rest = weir_slice(rest.ptr + 9, rest.len - 9);
        if (!(at->stream = take_word(&rest, '\t', arena)) ||
            !(at->split = take_word(&rest, '\t', arena)) ||
            !(at->from = take_word(&rest, '\t', arena)) ||
            !(at->to = take_word(&rest, '\n', arena)))
            return false;
    }
    while (starts_with(rest, "lookup ")) {
        uint64_t index;
        struct weir_checkpoint_lookup *at = &lookups[ret->lookups_count++];
        if (!take_number(&rest, "lookup ", 10, '\t', &index, arena) ||
            !(at->name = take_word(&rest, '\n', arena)))
            return false;
        at->lookup = (uint32_t)index;
    }
    ret->positions = positions;
    ret->lookups = lookups;
    return rest.len == 0;
}

enum weir_code weir_record_parse(struct weir_slice text, struct weir_arena *arena,
                                 struct weir_checkpoint_record *ret, struct weir_error *err)
{
    enum { CRC_LINE = sizeof "crc32c 00000000\n" - 1, HEAD_LEN = sizeof HEAD - 1 };
    struct weir_checkpoint_record record = {0};
    if (!starts_with(text, HEAD))
        return weir_fail(err, WEIR_BAD_DATA, "it does not start as a checkpoint record does");
    uint64_t crc = 0;
    struct weir_slice last =
        text.len > CRC_LINE ? weir_slice(text.ptr + text.len - CRC_LINE, CRC_LINE) : WEIR_SLICE("");
    if (!take_number(&last, "crc32c ", 16, '\n', &crc, arena) ||
        crc != weir_crc32c(0, text.ptr, text.len - CRC_LINE))
        return weir_fail(err, WEIR_BAD_DATA, "its checksum does not match its content");
    if (!parse_body(weir_slice(text.ptr + HEAD_LEN, text.len - HEAD_LEN - CRC_LINE), arena,
                    &record))
        return weir_fail(err, WEIR_BAD_DATA, "it is not written as this version of weir writes it");
    *ret = record;
    return WEIR_OK;
}
