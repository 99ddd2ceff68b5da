/* String functions that look or cut: lengths, positions, parts. Parts are views of their input,
 * nothing is copied.
 *
 * Positions and lengths are in characters, from 1. Where all of a text is ASCII a character is a
 * byte; the loops over characters here cost little because they stop at the position asked for.
 * Source: PostgreSQL 15, chapter 9.4. */
#include "expr/text_functions.h"

size_t weir_slice_find(struct weir_slice haystack, struct weir_slice needle, size_t from)
{
    if (needle.len == 0)
        return from;
    while (from + needle.len <= haystack.len) {
        const char *first =
            memchr(haystack.ptr + from, *needle.ptr, haystack.len - needle.len - from + 1);
        if (!first)
            break;
        from = (size_t)(first - haystack.ptr);
        if (memcmp(first, needle.ptr, needle.len) == 0)
            return from;
        from++;
    }
    return SIZE_MAX;
}

WEIR_KERNEL(length_characters)
{
    WEIR_UNUSED_ARGS;
    weir_text_kernels()->characters(weir_text_rows(args[0], out, selection), out->i4);
}

WEIR_KERNEL(length_bytes)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->i4[row] = (int32_t)args[0]->s[row].len;
}

WEIR_KERNEL(length_bits)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->i4[row] = (int32_t)(args[0]->s[row].len * 8);
}

/* ---- split_part ---- */

static struct weir_slice part_from_start(struct weir_slice text, struct weir_slice delimiter,
                                         int32_t field)
{
    size_t start = 0;
    for (;;) {
        size_t end = weir_slice_find(text, delimiter, start);
        if (--field == 0)
            return weir_slice(text.ptr + start, (end == SIZE_MAX ? text.len : end) - start);
        if (end == SIZE_MAX)
            return weir_slice(text.ptr, 0);
        start = end + delimiter.len;
    }
}

static struct weir_slice part_from_end(struct weir_slice text, struct weir_slice delimiter,
                                       int32_t field)
{
    /* Delimiters are found from the left, as when counting from the start: 'aaa' by 'aa' has parts
     * '' and 'a'. */
    int64_t parts = 1;
    for (size_t at = 0; (at = weir_slice_find(text, delimiter, at)) != SIZE_MAX;
         at += delimiter.len)
        parts++;
    parts += field + (int64_t)1;
    return parts < 1 ? weir_slice(text.ptr, 0) : part_from_start(text, delimiter, (int32_t)parts);
}

static struct weir_slice part(struct weir_slice text, struct weir_slice delimiter, int32_t field)
{
    if (text.len == 0)
        return text;
    if (delimiter.len == 0)
        return field == 1 || field == -1 ? text : weir_slice(text.ptr, 0);
    return field > 0 ? part_from_start(text, delimiter, field)
                     : part_from_end(text, delimiter, field);
}

WEIR_KERNEL(split_part)
{
    (void)args_count;
    bool constant = (eval->constants & 6) == 6 && selection.count && weir_valid(args[1], 0) &&
                    weir_valid(args[2], 0);
    if (constant && args[1]->s[0].len == 1 && args[2]->i4[0] == 1) {
        weir_text_kernels()->before_byte(weir_text_rows(args[0], out, selection),
                                         *args[1]->s[0].ptr, out->s);
        return;
    }
    WEIR_FOR_VALID(row, out, selection)
    {
        if (args[2]->i4[row] == 0)
            weir_out_fail(eval, out, row, "field position must not be zero");
        else
            out->s[row] = part(args[0]->s[row], args[1]->s[row], args[2]->i4[row]);
    }
}

/* ---- substring, left, right ---- */

/* Characters start .. end - 1, counted from 1; positions outside the text are cut off. */
static struct weir_slice characters_between(struct weir_slice text, int64_t start, int64_t end)
{
    if (start < 1)
        start = 1;
    if (end <= start)
        return weir_slice(text.ptr, 0);
    size_t from = weir_character_at(text, start - 1);
    struct weir_slice rest = weir_slice(text.ptr + from, text.len - from);
    return weir_slice(rest.ptr, weir_character_at(rest, end - start));
}

WEIR_KERNEL(substring_from)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->s[row] = characters_between(args[0]->s[row], args[1]->i4[row], INT64_MAX);
}

WEIR_KERNEL(substring_from_for)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        int64_t start = args[1]->i4[row], length = args[2]->i4[row];
        if (length < 0)
            weir_out_fail(eval, out, row, "negative substring length not allowed");
        else
            out->s[row] = characters_between(args[0]->s[row], start, start + length);
    }
}

WEIR_KERNEL(left)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row];
        int64_t count = args[1]->i4[row];
        if (count < 0)
            count += weir_characters_count(text);
        out->s[row] = characters_between(text, 1, count + 1);
    }
}

WEIR_KERNEL(right)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row];
        int64_t count = args[1]->i4[row];
        int64_t skipped = count < 0 ? -count : weir_characters_count(text) - count;
        out->s[row] = characters_between(text, skipped + 1, INT64_MAX);
    }
}

/* ---- positions ---- */

WEIR_KERNEL(position)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row];
        size_t found = weir_slice_find(text, args[1]->s[row], 0);
        out->i4[row] =
            found == SIZE_MAX ? 0 : weir_characters_count(weir_slice(text.ptr, found)) + 1;
    }
}

WEIR_KERNEL(starts_with)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row], start = args[1]->s[row];
        out->b[row] =
            start.len <= text.len && weir_slice_equal(weir_slice(text.ptr, start.len), start);
    }
}

WEIR_KERNEL(ascii)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row];
        const unsigned char *c = (const unsigned char *)text.ptr;
        if (text.len == 0)
            out->i4[row] = 0;
        else if (*c < 0x80)
            out->i4[row] = *c;
        else if (*c < 0xe0)
            out->i4[row] = (*c & 0x1f) << 6 | (c[1] & 0x3f);
        else if (*c < 0xf0)
            out->i4[row] = (*c & 0x0f) << 12 | (c[1] & 0x3f) << 6 | (c[2] & 0x3f);
        else
            out->i4[row] =
                (*c & 0x07) << 18 | (c[1] & 0x3f) << 12 | (c[2] & 0x3f) << 6 | (c[3] & 0x3f);
    }
}

#define TEXT WEIR_TEXT
#define INT4 WEIR_INT4
#define ROW(name, result, types, count, kernel_name, help, example)                                \
    {                                                                                              \
        name, WEIR_FUNCTION, result, types, count, .kernel = kernel_name, "string", help, example  \
    }
#define T(...)                                                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

const struct weir_function weir_string_functions[] = {
    ROW("length", INT4, T(TEXT), 1, length_characters, "the number of characters",
        "length('jose') -> 4"),
    ROW("char_length", INT4, T(TEXT), 1, length_characters, "the number of characters",
        "char_length('jose') -> 4"),
    ROW("character_length", INT4, T(TEXT), 1, length_characters, "the number of characters",
        "character_length('jose') -> 4"),
    ROW("octet_length", INT4, T(TEXT), 1, length_bytes, "the number of bytes",
        "octet_length('jose') -> 4"),
    ROW("bit_length", INT4, T(TEXT), 1, length_bits, "the number of bits",
        "bit_length('jose') -> 32"),
    ROW("split_part", TEXT, T(TEXT, TEXT, INT4), 3, split_part,
        "the n-th part of the text at a delimiter; a negative n counts from the end",
        "split_part('a,b,c', ',', 2) -> b"),
    ROW("substring", TEXT, T(TEXT, INT4), 2, substring_from, "the text from a position on",
        "substring('Thomas', 3) -> omas"),
    ROW("substring", TEXT, T(TEXT, INT4, INT4), 3, substring_from_for,
        "so many characters from a position on", "substring('Thomas', 2, 3) -> hom"),
    ROW("substr", TEXT, T(TEXT, INT4), 2, substring_from, "the text from a position on",
        "substr('alphabet', 3) -> phabet"),
    ROW("substr", TEXT, T(TEXT, INT4, INT4), 3, substring_from_for,
        "so many characters from a position on", "substr('alphabet', 3, 2) -> ph"),
    ROW("left", TEXT, T(TEXT, INT4), 2, left, "the first n characters, or all but the last -n",
        "left('abcde', 2) -> ab"),
    ROW("right", TEXT, T(TEXT, INT4), 2, right, "the last n characters, or all but the first -n",
        "right('abcde', 2) -> de"),
    ROW("position", INT4, T(TEXT, TEXT), 2, position,
        "where the substring starts, from 1; 0: nowhere", "position('om' IN 'Thomas') -> 3"),
    ROW("strpos", INT4, T(TEXT, TEXT), 2, position,
        "where the substring starts, from 1; 0: nowhere", "strpos('high', 'ig') -> 2"),
    ROW("starts_with", WEIR_BOOL, T(TEXT, TEXT), 2, starts_with,
        "whether the text starts with a prefix", "starts_with('alphabet', 'alph') -> true"),
    {"^@",
     WEIR_OPERATOR,
     WEIR_BOOL,
     {TEXT, TEXT},
     2,
     .kernel = starts_with,
     "string",
     "whether the text starts with a prefix",
     "'alphabet' ^@ 'alph' -> true"},
    ROW("ascii", INT4, T(TEXT), 1, ascii, "the number of the first character", "ascii('x') -> 120"),
    {NULL},
};
