/* upper, lower, initcap.
 *
 * ASCII goes through the byte kernels, a column at a time; rows with other characters follow one by
 * one with Unicode's simple case mappings (one character to one), as PostgreSQL gets them from the
 * C library in C.UTF-8. A mapping may change a character's length in bytes, by one byte at most in
 * three. Sources: PostgreSQL 15, chapter 9.4; Unicode simple case mapping, by utf8proc. */
#include <utf8proc.h>

#include "expr/alphabetic.h"
#include "expr/text_functions.h"

/* Room for any text of `len` bytes with its case changed: two bytes can become three. */
static size_t case_bytes_max(size_t len)
{
    return len + len / 2 + 4;
}

static int32_t character_map(int32_t c, bool upper)
{
    /* utf8proc maps sharp s to its capital; C libraries, which follow UnicodeData.txt, leave it. */
    return upper ? (c == 0xdf ? c : utf8proc_toupper(c)) : utf8proc_tolower(c);
}

static inline char ascii_map(char c, bool upper)
{
    return (char)(c ^ ((unsigned char)(c - (upper ? 'a' : 'A')) < 26 ? 0x20 : 0));
}

/* Maps the character at from.ptr[*at], advances *at, and returns the end of what it wrote. */
static char *character_put(struct weir_slice from, size_t *at, bool upper, int32_t *ret, char *to)
{
    int32_t c;
    utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)from.ptr + *at,
                                              (utf8proc_ssize_t)(from.len - *at), &c);
    if (bytes <= 0) { /* not UTF-8: pass the byte on */
        *ret = -1;
        *to = from.ptr[(*at)++];
        return to + 1;
    }
    *at += (size_t)bytes;
    *ret = character_map(c, upper);
    return to + utf8proc_encode_char(*ret, (utf8proc_uint8_t *)to);
}

static size_t text_map(struct weir_slice from, bool upper, char *to)
{
    char *end = to;
    for (size_t at = 0; at < from.len;) {
        int32_t c;
        if ((unsigned char)from.ptr[at] < 0x80)
            *end++ = ascii_map(from.ptr[at++], upper);
        else
            end = character_put(from, &at, upper, &c, end);
    }
    return (size_t)(end - to);
}

static void rows_map(struct weir_eval *eval, const struct weir_vector *from, bool upper,
                     struct weir_vector *out, struct weir_selection selection)
{
    WEIR_FOR_VALID(row, out, selection)
    {
        if (out->s[row].ptr)
            continue;
        char *to = weir_out_alloc(eval, out, row, case_bytes_max(from->s[row].len));
        if (to)
            out->s[row] = weir_slice(to, text_map(from->s[row], upper, to));
    }
}

static void column_map(struct weir_eval *eval, const struct weir_vector *from, bool upper,
                       struct weir_vector *out, struct weir_selection selection)
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
        rows_map(eval, from, upper, out, selection);
}

void weir_text_lower_column(struct weir_eval *eval, const struct weir_vector *from,
                            struct weir_vector *out, struct weir_selection selection)
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
    if (c < 0)
        return false;
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
    char *end = to;
    bool inside = false; /* of a word */
    for (size_t at = 0; at < from.len;) {
        int32_t c;
        end = character_put(from, &at, !inside, &c, end);
        inside = is_alphanumeric(c);
    }
    return (size_t)(end - to);
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

#define ROW(name, kernel_name, help, example)                                                      \
    {                                                                                              \
        name, WEIR_FUNCTION, WEIR_TEXT, {WEIR_TEXT}, 1, .kernel = kernel_name, "string", help,     \
                                                        example                                    \
    }

const struct weir_function weir_case_functions[] = {
    ROW("upper", upper, "the text in upper case", "upper('tom') -> TOM"),
    ROW("lower", lower, "the text in lower case", "lower('TOM') -> tom"),
    ROW("initcap", initcap, "the first letter of each word in upper case, the rest in lower case",
        "initcap('hi THOMAS') -> Hi Thomas"),
    {NULL},
};
