/* Headers are read once a file, field by field. Names are compared without the spaces around them,
 * and without regard to case (of ASCII letters) unless the very name is there. */
#include "format/csv/csv_header.h"

#include <stdio.h>
#include <strings.h>

#include "simd/csv.h"
#include "simd/utf8.h"

size_t weir_csv_mark_bytes(struct weir_slice bytes)
{
    return bytes.len >= 3 && memcmp(bytes.ptr, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

struct header {
    struct weir_slice *names;
    uint32_t count;
};

static struct weir_slice trim(struct weir_slice name)
{
    while (name.len && (name.ptr[0] == ' ' || name.ptr[0] == '\t'))
        name = weir_slice(name.ptr + 1, name.len - 1);
    while (name.len && strchr(" \t\r", name.ptr[name.len - 1]))
        name.len--;
    return name;
}

/* The end of the field at `at`, and its text. NULL: not within the bytes. */
static const char *field_read(const struct weir_csv_config *config, const char *at, const char *end,
                              bool last, struct weir_arena *arena, struct weir_slice *ret)
{
    if (at < end && *at == config->quote) {
        const char *content = ++at;
        while (at < end && (*at != config->quote || (at + 1 < end && at[1] == config->quote)))
            at += *at == config->quote ? 2 : 1;
        if (at >= end)
            return NULL;
        char *name = weir_arena_copy(arena, weir_slice(content, (size_t)(at - content)));
        if (!name)
            return NULL;
        size_t len =
            weir_csv_unescape(weir_slice(content, (size_t)(at - content)), config->quote, name);
        *ret = trim(weir_slice(name, len));
        at += at + 1 < end && at[1] == '\r' ? 2 : 1;
    } else {
        const char *start = at;
        while (at < end && *at != config->delimiter && *at != '\n')
            at++;
        *ret = trim(weir_slice(start, (size_t)(at - start)));
    }
    return at < end || last ? at : NULL;
}

/* All fields up to the line's end. NULL: not complete. */
static const char *fields_read(const struct weir_csv_config *config, const char *at,
                               const char *end, bool last, struct weir_arena *arena,
                               struct header *ret)
{
    uint32_t room = 0;
    for (;;) {
        if (ret->count == room) {
            struct weir_slice *more =
                WEIR_NEW_ARRAY(arena, struct weir_slice, room ? room * 2 : 64);
            if (!more)
                return NULL;
            if (room)
                memcpy(more, ret->names, room * sizeof(*more));
            ret->names = more;
            room = room ? room * 2 : 64;
        }
        at = field_read(config, at, end, last, arena, &ret->names[ret->count]);
        if (!at)
            return NULL;
        ret->count++;
        if (at >= end || *at == '\n')
            return at;
        if (*at != config->delimiter)
            return NULL;
        at++;
    }
}

static bool equal_but_case(struct weir_slice a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.ptr, b, a.len) == 0;
}

/* The names as a list, for hints; what does not fit is left out. */
static void list_names(const struct header *header, char *to, size_t size)
{
    size_t len = 0;
    to[0] = 0;
    for (uint32_t i = 0; i < header->count; i++) {
        size_t fine = weir_utf8_valid_prefix(header->names[i].ptr, header->names[i].len);
        if (len + fine + 8 >= size) {
            snprintf(to + len, size - len, ", ..");
            return;
        }
        len += (size_t)snprintf(to + len, size - len, "%s%.*s", i ? ", " : "", (int)fine,
                                header->names[i].ptr);
    }
}

static enum weir_code match(const struct weir_table *table, const struct header *header,
                            struct weir_slice source, uint32_t *columns, struct weir_error *err)
{
    for (uint32_t i = 0; i < header->count; i++)
        columns[i] = WEIR_CSV_NOT_READ;
    for (uint32_t c = 0; c < table->columns_count; c++) {
        const char *name = table->columns[c].name;
        uint32_t exact = UINT32_MAX, like = UINT32_MAX, likes = 0;
        for (uint32_t i = 0; i < header->count; i++) {
            if (!equal_but_case(header->names[i], name))
                continue;
            exact = exact == UINT32_MAX && weir_slice_is(header->names[i], name) ? i : exact;
            like = likes++ ? like : i;
        }
        if (exact == UINT32_MAX && likes > 1)
            return weir_fail(err, WEIR_BAD_CONFIG,
                             "column \"%s\" is %u times in the CSV header of %.*s", name, likes,
                             WEIR_FMT(source));
        if (likes == 0) {
            char names[400];
            list_names(header, names, sizeof(names));
            weir_fail(err, WEIR_BAD_CONFIG,
                      "column \"%s\" of foreign table \"%s\" is not in the CSV header of %.*s",
                      name, table->name, WEIR_FMT(source));
            return weir_hint(
                err, "The header has: %s. Option header 'false' takes fields by place.", names);
        }
        columns[exact != UINT32_MAX ? exact : like] = c;
    }
    return WEIR_OK;
}

enum weir_code weir_csv_header_read(const struct weir_table *table,
                                    const struct weir_csv_config *config, struct weir_slice source,
                                    struct weir_slice bytes, bool last, struct weir_arena *arena,
                                    uint32_t **ret_columns, uint32_t *ret_count, size_t *ret_bytes,
                                    struct weir_error *err)
{
    struct header header = {0};
    const char *end = bytes.ptr + bytes.len;
    const char *stop =
        fields_read(config, bytes.ptr + weir_csv_mark_bytes(bytes), end, last, arena, &header);
    if (!stop && last)
        return weir_fail(err, WEIR_BAD_CONFIG, "the CSV header of %.*s is not well formed",
                         WEIR_FMT(source));
    *ret_bytes = 0;
    if (!stop)
        return WEIR_OK;
    *ret_columns = WEIR_NEW_ARRAY(arena, uint32_t, header.count);
    if (!*ret_columns)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a CSV header of %u fields",
                         header.count);
    *ret_count = header.count;
    *ret_bytes = (size_t)(stop - bytes.ptr) + (stop < end);
    return match(table, &header, source, *ret_columns, err);
}
