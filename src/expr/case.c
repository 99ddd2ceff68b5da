/* upper, lower, initcap.
 *
 * ASCII goes through the byte kernels, a column at a time; rows with other characters follow one by one with Unicode's
 * simple case mappings (one character to one), as PostgreSQL gets them from the C library in C.UTF-8. A mapping may change
 * a character's length in bytes, by one byte at most in three.
 * Sources: PostgreSQL 15, chapter 9.4; Unicode simple case mapping, by utf8proc. */
#include <utf8proc.h>

#include "expr/alphabetic.h"
#include "expr/text_functions.h"

/* Room for any text of `len` bytes with its case changed: two bytes can become three. */
static size_t case_bytes_max(size_t len)
{
    return len + len / 2 + 4;
}

static int32_t character_upper(int32_t c)
{
    /* utf8proc maps sharp s to its capital; C libraries, which follow UnicodeData.txt, leave it. */
    return c == 0xdf ? c : utf8proc_toupper(c);
}

static int32_t character_lower(int32_t c)
{
    return utf8proc_tolower(c);
}

static size_t text_map(struct weir_slice from, int32_t (*map)(int32_t), char *to)
{
    size_t at = 0, len = 0;
    while (at < from.len) {
        int32_t c;
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)from.ptr + at, (utf8proc_ssize_t)(from.len - at), &c);
        if (bytes <= 0) { /* not UTF-8: pass the byte on */
            to[len++] = from.ptr[at++];
            continue;
        }
        at += (size_t)bytes;
        len += (size_t)utf8proc_encode_char(map(c), (utf8proc_uint8_t *)to + len);
    }
    return len;
}

static void rows_map(struct weir_eval *eval, const struct weir_vector *from, int32_t (*map)(int32_t),
                     struct weir_vector *out, struct weir_selection selection)
{
    WEIR_FOR_VALID(row, out, selection)
    {
        if (out->s[row].ptr)
            continue;
        char *to = weir_out_alloc(eval, out, row, case_bytes_max(from->s[row].len));
        if (to)
            out->s[row] = weir_slice(to, text_map(from->s[row], map, to));
    }
}

static void column_map(struct weir_eval *eval, const struct weir_vector *from, bool upper, struct weir_vector *out,
                       struct weir_selection selection)
{
    size_t bytes = WEIR_PAD_BYTES;
    WEIR_FOR_VALID(row, out, selection)
    bytes += from->s[row].len;
    char *to = weir_arena_alloc(eval->arena, bytes, 1);
    if (!to) {
        eval->exhausted = true;
        memset(out->valid, 0, weir_valid_words(eval->rows) * sizeof(uint64_t));
        return;
    }
    const struct weir_text_kernels *kernels = weir_text_kernels();
    struct weir_text_rows in = weir_text_rows(from, out, selection);
    uint32_t others = upper ? kernels->upper(in, to, out->s) : kernels->lower(in, to, out->s);
    if (others)
        rows_map(eval, from, upper ? character_upper : character_lower, out, selection);
}

void weir_text_lower_column(struct weir_eval *eval, const struct weir_vector *from, struct weir_vector *out,
                            struct weir_selection selection)
{
    column_map(eval, from, false, out, selection);
}

WEIR_KERNEL(upper)
{
    (void)args_count;
    column_map(eval, args[0], true, out, selection);
}

WEIR_KERNEL(lower)
{
    (void)args_count;
    column_map(eval, args[0], false, out, selection);
}

static bool is_alphanumeric(int32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
        return true;
    default:
        return weir_is_alphabetic_mark(c);
    }
}

static size_t text_initcap(struct weir_slice from, char *to)
{
    size_t at = 0, len = 0;
    bool inside = false; /* of a word */
    while (at < from.len) {
        int32_t c;
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)from.ptr + at, (utf8proc_ssize_t)(from.len - at), &c);
        if (bytes <= 0) {
            to[len++] = from.ptr[at++];
            continue;
        }
        at += (size_t)bytes;
        c = inside ? character_lower(c) : character_upper(c);
        inside = is_alphanumeric(c);
        len += (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)to + len);
    }
    return len;
}

WEIR_KERNEL(initcap)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        char *to = weir_out_alloc(eval, out, row, case_bytes_max(args[0]->s[row].len));
        if (to)
            out->s[row] = weir_slice(to, text_initcap(args[0]->s[row], to));
    }
}

#define ROW(name, kernel_name, help, example)                                                                          \
    {name, WEIR_FUNCTION, WEIR_TEXT, {WEIR_TEXT}, 1, .kernel = kernel_name, "string", help, example}

const struct weir_function weir_case_functions[] = {
    ROW("upper", upper, "the text in upper case", "upper('tom') -> TOM"),
    ROW("lower", lower, "the text in lower case", "lower('TOM') -> tom"),
    ROW("initcap", initcap, "the first letter of each word in upper case, the rest in lower case",
        "initcap('hi THOMAS') -> Hi Thomas"),
    {NULL},
};
