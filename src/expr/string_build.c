/* String functions that make new text: replace, pad, repeat, reverse, translate, overlay, chr,
 * to_hex. The size of a result is known before it is written, so each takes its room from the arena
 * once. Source: PostgreSQL 15, chapter 9.4. */
#include "expr/text_functions.h"

#define TOO_LARGE "requested length too large"

WEIR_KERNEL(replace)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row], from = args[1]->s[row], with = args[2]->s[row];
        size_t count = 0;
        for (size_t at = 0; from.len && (at = weir_slice_find(text, from, at)) != SIZE_MAX;
             at += from.len)
            count++;
        out->s[row] = text;
        if (count == 0)
            continue;
        char *to = weir_out_alloc(eval, out, row, text.len - count * from.len + count * with.len);
        if (!to)
            continue;
        char *end = to;
        for (size_t at = 0; at < text.len;) {
            size_t found = weir_slice_find(text, from, at);
            size_t kept = (found == SIZE_MAX ? text.len : found) - at;
            memcpy(end, text.ptr + at, kept);
            end += kept;
            at += kept;
            if (found != SIZE_MAX) {
                memcpy(end, with.ptr, with.len);
                end += with.len;
                at += from.len;
            }
        }
        out->s[row] = weir_slice(to, (size_t)(end - to));
    }
}

/* ---- lpad, rpad ---- */

/* Writes `count` characters of the endlessly repeated fill; returns the bytes. */
static size_t fill_write(struct weir_slice fill, int64_t count, char *to)
{
    size_t len = 0;
    for (size_t at = 0; count > 0; count--) {
        size_t bytes = weir_character_bytes(fill.ptr[at]);
        memcpy(to + len, fill.ptr + at, bytes);
        len += bytes;
        at = at + bytes < fill.len ? at + bytes : 0;
    }
    return len;
}

static void pad(struct weir_eval *eval, const struct weir_vector *const *args,
                struct weir_slice fill, bool left, struct weir_vector *out, uint32_t row)
{
    struct weir_slice text = args[0]->s[row];
    int64_t wanted = args[1]->i4[row] < 0 ? 0 : args[1]->i4[row];
    int64_t present = weir_characters_count(text);
    if (present >= wanted || fill.len == 0) {
        out->s[row] = weir_slice(text.ptr, weir_character_at(text, wanted));
        return;
    }
    if (wanted * 4 > WEIR_TEXT_BYTES_MAX) {
        weir_out_fail(eval, out, row, TOO_LARGE);
        return;
    }
    int64_t missing = wanted - present;
    /* The fill's bytes: whole rounds and a part of one. */
    int64_t fill_count = weir_characters_count(fill);
    size_t bytes =
        (size_t)(missing / fill_count) * fill.len + weir_character_at(fill, missing % fill_count);
    char *to = weir_out_alloc(eval, out, row, text.len + bytes);
    if (!to)
        return;
    memcpy(left ? to + bytes : to, text.ptr, text.len);
    fill_write(fill, missing, left ? to : to + text.len);
    out->s[row] = weir_slice(to, text.len + bytes);
}

WEIR_KERNEL(lpad)
{
    WEIR_FOR_VALID(row, out, selection)
    pad(eval, args, args_count == 3 ? args[2]->s[row] : WEIR_SLICE(" "), true, out, row);
}

WEIR_KERNEL(rpad)
{
    WEIR_FOR_VALID(row, out, selection)
    pad(eval, args, args_count == 3 ? args[2]->s[row] : WEIR_SLICE(" "), false, out, row);
}

WEIR_KERNEL(repeat)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row];
        int64_t count = args[1]->i4[row] < 0 ? 0 : args[1]->i4[row];
        int64_t bytes = (int64_t)text.len * count;
        if (text.len > INT32_MAX || bytes > WEIR_TEXT_BYTES_MAX) {
            weir_out_fail(eval, out, row, TOO_LARGE);
            continue;
        }
        char *to = weir_out_alloc(eval, out, row, (size_t)bytes);
        if (!to)
            continue;
        for (int64_t i = 0; i < count && text.len; i++)
            memcpy(to + (size_t)i * text.len, text.ptr, text.len);
        out->s[row] = weir_slice(to, (size_t)bytes);
    }
}

WEIR_KERNEL(reverse)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row];
        char *to = weir_out_alloc(eval, out, row, text.len);
        if (!to)
            continue;
        for (size_t at = 0; at < text.len;) {
            size_t bytes = weir_character_bytes(text.ptr[at]);
            memcpy(to + text.len - at - bytes, text.ptr + at, bytes);
            at += bytes;
        }
        out->s[row] = weir_slice(to, text.len);
    }
}

/* What translate puts in the place of the character at `at`; false: the set does not have it. */
static bool translation(struct weir_slice from, struct weir_slice to, struct weir_slice character,
                        struct weir_slice *ret)
{
    size_t index = 0;
    for (size_t at = 0; at < from.len; index++) {
        size_t bytes = weir_character_bytes(from.ptr[at]);
        if (weir_slice_equal(weir_slice(from.ptr + at, bytes), character)) {
            size_t start = weir_character_at(to, (int64_t)index);
            *ret = weir_slice(to.ptr + start,
                              start < to.len ? weir_character_bytes(to.ptr[start]) : 0);
            return true;
        }
        at += bytes;
    }
    return false;
}

WEIR_KERNEL(translate)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row];
        char *to = weir_out_alloc(eval, out, row, text.len * 4);
        if (!to)
            continue;
        size_t len = 0;
        for (size_t at = 0; at < text.len;) {
            struct weir_slice character =
                                  weir_slice(text.ptr + at, weir_character_bytes(text.ptr[at])),
                              with;
            at += character.len;
            if (!translation(args[1]->s[row], args[2]->s[row], character, &with))
                with = character;
            memcpy(to + len, with.ptr, with.len);
            len += with.len;
        }
        out->s[row] = weir_slice(to, len);
    }
}

/* overlay(text PLACING with FROM start FOR count); without count as many characters as `with`
 * has. */
WEIR_KERNEL(overlay)
{
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row], with = args[1]->s[row];
        int64_t start = args[2]->i4[row];
        int64_t count = args_count == 4 ? args[3]->i4[row] : weir_characters_count(with);
        if (start <= 0) {
            weir_out_fail(eval, out, row, "negative substring length not allowed");
            continue;
        }
        if (start + count > INT32_MAX) {
            weir_out_fail(eval, out, row, "integer out of range");
            continue;
        }
        size_t head = weir_character_at(text, start - 1);
        size_t tail = start + count <= 1 ? 0 : weir_character_at(text, start + count - 1);
        size_t len = head + with.len + text.len - tail;
        char *to = weir_out_alloc(eval, out, row, len);
        if (!to)
            continue;
        memcpy(to, text.ptr, head);
        memcpy(to + head, with.ptr, with.len);
        memcpy(to + head + with.len, text.ptr + tail, text.len - tail);
        out->s[row] = weir_slice(to, len);
    }
}

/* ---- characters by number ---- */

static size_t character_write(uint32_t c, char *to)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

WEIR_KERNEL(chr)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        int32_t c = args[0]->i4[row];
        if (c < 0)
            weir_out_fail(eval, out, row, "character number must be positive");
        else if (c == 0)
            weir_out_fail(eval, out, row, "null character not permitted");
        else if (c > 0x10ffff)
            weir_out_fail(eval, out, row, "requested character too large for encoding: %d", (int)c);
        else if (c >= 0xd800 && c < 0xe000)
            weir_out_fail(eval, out, row, "requested character not valid for encoding: %d", (int)c);
        else {
            char *to = weir_out_alloc(eval, out, row, 4);
            if (to)
                out->s[row] = weir_slice(to, character_write((uint32_t)c, to));
        }
    }
}

static void hex_write(struct weir_eval *eval, uint64_t value, struct weir_vector *out, uint32_t row)
{
    char *to = weir_out_alloc(eval, out, row, 16);
    if (!to)
        return;
    size_t digits = value ? (size_t)(67 - __builtin_clzll(value)) / 4 : 1;
    for (size_t i = digits; i-- > 0; value >>= 4)
        to[i] = "0123456789abcdef"[value & 15];
    out->s[row] = weir_slice(to, digits);
}

WEIR_KERNEL(int4_to_hex)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    hex_write(eval, (uint32_t)args[0]->i4[row], out, row);
}

WEIR_KERNEL(int8_to_hex)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    hex_write(eval, (uint64_t)args[0]->i8[row], out, row);
}

#define TEXT WEIR_TEXT
#define INT4 WEIR_INT4
#define ROW(name, types, count, kernel_name, help, example)                                        \
    {                                                                                              \
        name, WEIR_FUNCTION, TEXT, types, count, .kernel = kernel_name, "string", help, example    \
    }
#define T(...)                                                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

const struct weir_function weir_string_build_functions[] = {
    ROW("replace", T(TEXT, TEXT, TEXT), 3, replace,
        "the text with a substring replaced wherever it stands",
        "replace('abcdefabcdef', 'cd', 'XX') -> abXXefabXXef"),
    ROW("lpad", T(TEXT, INT4), 2, lpad, "the text padded at its start, or cut, to a length",
        "lpad('hi', 5) ->    hi"),
    ROW("lpad", T(TEXT, INT4, TEXT), 3, lpad, "the text padded at its start, or cut, to a length",
        "lpad('hi', 5, 'xy') -> xyxhi"),
    ROW("rpad", T(TEXT, INT4), 2, rpad, "the text padded at its end, or cut, to a length",
        "rpad('hi', 5) -> hi   "),
    ROW("rpad", T(TEXT, INT4, TEXT), 3, rpad, "the text padded at its end, or cut, to a length",
        "rpad('hi', 5, 'xy') -> hixyx"),
    ROW("repeat", T(TEXT, INT4), 2, repeat, "the text so many times",
        "repeat('Pg', 4) -> PgPgPgPg"),
    ROW("reverse", T(TEXT), 1, reverse, "the characters in reverse order",
        "reverse('abcde') -> edcba"),
    ROW("translate", T(TEXT, TEXT, TEXT), 3, translate,
        "each character of a set replaced by its partner, or removed",
        "translate('12345', '143', 'ax') -> a2x5"),
    ROW("overlay", T(TEXT, TEXT, INT4), 3, overlay, "the text with a part replaced",
        "overlay('Txxxxas' PLACING 'hom' FROM 2) -> Thomxas"),
    ROW("overlay", T(TEXT, TEXT, INT4, INT4), 4, overlay, "the text with a part replaced",
        "overlay('Txxxxas' PLACING 'hom' FROM 2 FOR 4) -> Thomas"),
    ROW("chr", T(INT4), 1, chr, "the character with this number", "chr(65) -> A"),
    ROW("to_hex", T(INT4), 1, int4_to_hex, "the number in base 16",
        "to_hex(2147483647) -> 7fffffff"),
    ROW("to_hex", T(WEIR_INT8), 1, int8_to_hex, "the number in base 16",
        "to_hex(2147483648) -> 80000000"),
    {NULL},
};
