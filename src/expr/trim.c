/* btrim, ltrim, rtrim: views of their input, nothing is copied. TRIM(BOTH x FROM y) is btrim(y, x).
 * Source: PostgreSQL 15, chapter 9.4. */
#include "expr/text_functions.h"

static inline struct weir_slice trim_left(struct weir_slice text)
{
    while (text.len && *text.ptr == ' ') {
        text.ptr++;
        text.len--;
    }
    return text;
}

static inline struct weir_slice trim_right(struct weir_slice text)
{
    while (text.len && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

WEIR_KERNEL(btrim_spaces)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->s[row] = trim_right(trim_left(args[0]->s[row]));
}

WEIR_KERNEL(ltrim_spaces)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->s[row] = trim_left(args[0]->s[row]);
}

WEIR_KERNEL(rtrim_spaces)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->s[row] = trim_right(args[0]->s[row]);
}

/* Whether the character of `bytes` bytes at `at` is one of the set's. */
static bool set_has(struct weir_slice set, const char *at, size_t bytes)
{
    for (size_t i = 0; i < set.len; i += weir_character_bytes(set.ptr[i])) {
        if (set.len - i >= bytes && memcmp(set.ptr + i, at, bytes) == 0)
            return true;
    }
    return false;
}

static struct weir_slice trim_set_left(struct weir_slice text, struct weir_slice set)
{
    while (text.len) {
        size_t bytes = weir_character_bytes(*text.ptr);
        if (!set_has(set, text.ptr, bytes))
            break;
        text = weir_slice(text.ptr + bytes, text.len - bytes);
    }
    return text;
}

static struct weir_slice trim_set_right(struct weir_slice text, struct weir_slice set)
{
    while (text.len) {
        size_t start = text.len - 1;
        while (start && ((unsigned char)text.ptr[start] & 0xc0) == 0x80)
            start--;
        if (!set_has(set, text.ptr + start, text.len - start))
            break;
        text.len = start;
    }
    return text;
}

WEIR_KERNEL(btrim_set)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->s[row] = trim_set_right(trim_set_left(args[0]->s[row], args[1]->s[row]), args[1]->s[row]);
}

WEIR_KERNEL(ltrim_set)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->s[row] = trim_set_left(args[0]->s[row], args[1]->s[row]);
}

WEIR_KERNEL(rtrim_set)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->s[row] = trim_set_right(args[0]->s[row], args[1]->s[row]);
}

#define ROW(name, count, kernel_name, help, example)                                               \
    {                                                                                              \
        name, WEIR_FUNCTION, WEIR_TEXT, {WEIR_TEXT, WEIR_TEXT}, count, .kernel = kernel_name,      \
                                                                       "string", help, example     \
    }

const struct weir_function weir_trim_functions[] = {
    ROW("btrim", 1, btrim_spaces, "the text without spaces at both ends", "btrim('  a b ') -> a b"),
    ROW("btrim", 2, btrim_set, "the text without the set's characters at both ends",
        "btrim('xyxtrimyyx', 'xyz') -> trim"),
    ROW("ltrim", 1, ltrim_spaces, "the text without spaces at its start", "ltrim('  a') -> a"),
    ROW("ltrim", 2, ltrim_set, "the text without the set's characters at its start",
        "ltrim('zzzytest', 'xyz') -> test"),
    ROW("rtrim", 1, rtrim_spaces, "the text without spaces at its end", "rtrim('a  ') -> a"),
    ROW("rtrim", 2, rtrim_set, "the text without the set's characters at its end",
        "rtrim('testxxzx', 'xyz') -> test"),
    {NULL},
};
