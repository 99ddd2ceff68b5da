/* Values to texts, a column at a time: text columns are handed on as they are, the others get one
 * run of arena memory for the whole column.
 *
 * Source: PostgreSQL 15, datum_to_json and JsonEncodeDateTime (utils/adt/json.c). */
#include "format/render.h"

#include <math.h>
#include <stdalign.h>

#include "column/text.h"

/* A value's text and what JSON puts around it fit in this: a timestamp has up to 40 bytes. */
enum { FIXED_TEXT_BYTES_MAX = 48 };

static struct weir_slice *slices_new(const struct weir_vector *from, uint32_t rows_max,
                                     struct weir_arena *arena)
{
    struct weir_slice *slices =
        weir_arena_alloc(arena, (size_t)rows_max * sizeof(*slices), alignof(struct weir_slice));
    if (slices && weir_type_is_slice(from->type))
        memcpy(slices, from->s, (size_t)rows_max * sizeof(*slices));
    return slices;
}

static enum weir_code no_memory(struct weir_error *err)
{
    return weir_fail(err, WEIR_NOMEM, "out of memory for the text of a column");
}

static char *quote(char *to, const char *text, size_t len)
{
    *to++ = '"';
    memcpy(to, text, len);
    to[len] = '"';
    return to + len + 1;
}

/* "2026-01-02 03:04:05+00" as ISO 8601 wants it: T between, minutes in the zone. `text` has room
 * for 3 bytes more. */
static size_t iso_timestamp(char *text, size_t len)
{
    char *space = memchr(text, ' ', len), *zone;
    if (!space)
        return len; /* an infinity */
    *space = 'T';
    zone = memchr(space, '+', len - (size_t)(space - text));
    if (!zone)
        return len;
    memmove(zone + 6, zone + 3, len - (size_t)(zone + 3 - text)); /* " BC", if anything */
    memcpy(zone + 3, ":00", 3);
    return len + 3;
}

static size_t format_fixed(const struct weir_vector *from, uint32_t row, bool json, char *to)
{
    char text[FIXED_TEXT_BYTES_MAX];
    size_t len;
    switch (from->type) {
    case WEIR_INT4:
        return weir_int4_format(from->i4[row], to);
    case WEIR_INT8:
        return weir_int8_format(from->i8[row], to);
    case WEIR_FLOAT8:
        if (!json || isfinite(from->f8[row]))
            return weir_float8_format(from->f8[row], to);
        len = weir_float8_format(from->f8[row], text);
        break;
    case WEIR_DATE:
        if (!json)
            return weir_date_format(from->i4[row], to);
        len = weir_date_format(from->i4[row], text);
        break;
    default:
        if (!json)
            return weir_timestamptz_format(from->i8[row], to);
        len = iso_timestamp(text, weir_timestamptz_format(from->i8[row], text));
    }
    return (size_t)(quote(to, text, len) - to);
}

static enum weir_code render_fixed(const struct weir_vector *from, struct weir_selection selection,
                                   uint32_t rows_max, bool json, struct weir_arena *arena,
                                   struct weir_rendered *ret, struct weir_error *err)
{
    struct weir_slice *values = slices_new(from, rows_max, arena);
    char *to = weir_arena_alloc(arena, (size_t)selection.count * FIXED_TEXT_BYTES_MAX + 1, 1);
    if (!values || !to)
        return no_memory(err);
    WEIR_FOR_SELECTED(row, selection)
    {
        if (!weir_valid(from, row))
            continue;
        values[row] = weir_slice(to, format_fixed(from, row, json, to));
        to += values[row].len;
    }
    *ret = (struct weir_rendered){.values = values};
    return WEIR_OK;
}

static enum weir_code render_bool(const struct weir_vector *from, struct weir_selection selection,
                                  uint32_t rows_max, bool json, struct weir_arena *arena,
                                  struct weir_rendered *ret, struct weir_error *err)
{
    const struct weir_slice no = json ? WEIR_SLICE("false") : WEIR_SLICE("f");
    const struct weir_slice yes = json ? WEIR_SLICE("true") : WEIR_SLICE("t");
    struct weir_slice *values = slices_new(from, rows_max, arena);
    if (!values)
        return no_memory(err);
    WEIR_FOR_SELECTED(row, selection)
    values[row] = from->b[row] ? yes : no;
    *ret = (struct weir_rendered){.values = values};
    return WEIR_OK;
}

/* Bytes of the selected values together. */
static size_t bytes_count(const struct weir_vector *from, struct weir_selection selection)
{
    size_t bytes = 0;
    WEIR_FOR_SELECTED(row, selection)
    bytes += weir_valid(from, row) ? from->s[row].len : 0;
    return bytes;
}

/* \x and two digits a byte; in JSON a string with the backslash escaped. */
static enum weir_code render_bytea(const struct weir_vector *from, struct weir_selection selection,
                                   uint32_t rows_max, bool json, struct weir_arena *arena,
                                   struct weir_rendered *ret, struct weir_error *err)
{
    static const char digits[] = "0123456789abcdef";
    struct weir_slice *values = slices_new(from, rows_max, arena);
    char *to = weir_arena_alloc(
        arena, 2 * bytes_count(from, selection) + 5 * (size_t)selection.count + 1, 1);
    if (!values || !to)
        return no_memory(err);
    WEIR_FOR_SELECTED(row, selection)
    {
        if (!weir_valid(from, row))
            continue;
        struct weir_slice bytes = from->s[row];
        char *start = to;
        if (json)
            to = stpcpy(to, "\"\\");
        to = stpcpy(to, "\\x");
        for (size_t i = 0; i < bytes.len; i++) {
            *to++ = digits[(unsigned char)bytes.ptr[i] >> 4];
            *to++ = digits[bytes.ptr[i] & 15];
        }
        if (json)
            *to++ = '"';
        values[row] = weir_slice(start, (size_t)(to - start));
    }
    *ret = (struct weir_rendered){.values = values};
    return WEIR_OK;
}

/* Only the infinities and NaN are no JSON numbers. */
static enum weir_code render_numeric_json(const struct weir_vector *from,
                                          struct weir_selection selection, uint32_t rows_max,
                                          struct weir_arena *arena, struct weir_rendered *ret,
                                          struct weir_error *err)
{
    struct weir_slice *values = NULL;
    *ret = (struct weir_rendered){.values = from->s};
    WEIR_FOR_SELECTED(row, selection)
    {
        if (!weir_valid(from, row))
            continue;
        struct weir_slice text = from->s[row];
        char last = text.len ? text.ptr[text.len - 1] : 0;
        if (last >= '0' && last <= '9')
            continue;
        if (!values && !(values = slices_new(from, rows_max, arena)))
            return no_memory(err);
        char *to = weir_arena_alloc(arena, text.len + 2, 1);
        if (!to)
            return no_memory(err);
        quote(to, text.ptr, text.len);
        values[row] = weir_slice(to, text.len + 2);
        ret->values = values;
    }
    return WEIR_OK;
}

/* jsonb's text has a space behind each colon and comma; JSON records have none. */
static char *compact(struct weir_slice json, char *to)
{
    bool in_string = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];
        if (c == ' ' && !in_string)
            continue;
        *to++ = c;
        if (c == '\\')
            *to++ = json.ptr[++i]; /* backslashes stand in strings only, and never last */
        else if (c == '"')
            in_string = !in_string;
    }
    return to;
}

static enum weir_code render_jsonb(const struct weir_vector *from, struct weir_selection selection,
                                   uint32_t rows_max, struct weir_arena *arena,
                                   struct weir_rendered *ret, struct weir_error *err)
{
    struct weir_slice *values = slices_new(from, rows_max, arena);
    char *to = weir_arena_alloc(arena, bytes_count(from, selection) + 1, 1);
    if (!values || !to)
        return no_memory(err);
    WEIR_FOR_SELECTED(row, selection)
    {
        if (!weir_valid(from, row))
            continue;
        char *end = compact(from->s[row], to);
        values[row] = weir_slice(to, (size_t)(end - to));
        to = end;
    }
    *ret = (struct weir_rendered){.values = values};
    return WEIR_OK;
}

static enum weir_code render(const struct weir_vector *from, struct weir_selection selection,
                             uint32_t rows_max, bool json, struct weir_arena *arena,
                             struct weir_rendered *ret, struct weir_error *err)
{
    switch (from->type) {
    case WEIR_BOOL:
        return render_bool(from, selection, rows_max, json, arena, ret, err);
    case WEIR_INT4:
    case WEIR_INT8:
    case WEIR_FLOAT8:
    case WEIR_DATE:
    case WEIR_TIMESTAMPTZ:
        return render_fixed(from, selection, rows_max, json, arena, ret, err);
    case WEIR_BYTEA:
        return render_bytea(from, selection, rows_max, json, arena, ret, err);
    case WEIR_NUMERIC:
        if (json)
            return render_numeric_json(from, selection, rows_max, arena, ret, err);
        *ret = (struct weir_rendered){.values = from->s};
        return WEIR_OK;
    case WEIR_JSONB:
        if (json)
            return render_jsonb(from, selection, rows_max, arena, ret, err);
        break;
    default:
        break;
    }
    *ret = (struct weir_rendered){.values = from->s, .text = true};
    return WEIR_OK;
}

enum weir_code weir_render_plain(const struct weir_vector *from, struct weir_selection selection,
                                 uint32_t rows_max, struct weir_arena *arena,
                                 struct weir_rendered *ret, struct weir_error *err)
{
    return render(from, selection, rows_max, false, arena, ret, err);
}

enum weir_code weir_render_json(const struct weir_vector *from, struct weir_selection selection,
                                uint32_t rows_max, struct weir_arena *arena,
                                struct weir_rendered *ret, struct weir_error *err)
{
    return render(from, selection, rows_max, true, arena, ret, err);
}
