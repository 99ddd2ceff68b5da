/* LIKE, ILIKE and their negations: the operators ~~ !~~ ~~* !~~*, and like_escape, into which
 * ESCAPE is translated.
 *
 * The matcher walks text and pattern once and, on a mismatch, returns to the last % with one more
 * character taken by it; that is enough, since an earlier % never needs to take more once the part
 * behind it has matched. A constant pattern without _ and \ is one of four plain searches. ILIKE
 * compares lower-cased text with a lower-cased pattern. Source: PostgreSQL 15, chapter 9.7.1. */
#include "expr/text_functions.h"

static const char ends_with_escape[] = "LIKE pattern must not end with escape character";

/* Whether text matches; *ret_fault is set when the pattern is found to be wrong. */
static bool matches(struct weir_slice text, struct weir_slice pattern, const char **ret_fault)
{
    size_t t = 0, p = 0, star_t = 0, star_p = SIZE_MAX;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '%') {
            for (; p < pattern.len && (pattern.ptr[p] == '%' || pattern.ptr[p] == '_'); p++) {
                if (pattern.ptr[p] == '%')
                    continue;
                if (t == text.len)
                    return false;
                t += weir_character_bytes(text.ptr[t]);
            }
            if (p == pattern.len)
                return true;
            if (pattern.ptr[p] == '\\' && p + 1 == pattern.len) {
                *ret_fault = ends_with_escape;
                return false;
            }
            star_t = t;
            star_p = p;
            continue;
        }
        if (p < pattern.len && pattern.ptr[p] == '_') {
            t += weir_character_bytes(text.ptr[t]);
            p++;
            continue;
        }
        size_t literal = p;
        if (p < pattern.len && pattern.ptr[p] == '\\' && ++literal == pattern.len) {
            *ret_fault = ends_with_escape;
            return false;
        }
        if (literal < pattern.len && pattern.ptr[literal] == text.ptr[t]) {
            p = literal + 1;
            t++;
            continue;
        }
        if (star_p == SIZE_MAX)
            return false;
        star_t += weir_character_bytes(text.ptr[star_t]);
        t = star_t;
        p = star_p;
    }
    while (p < pattern.len && pattern.ptr[p] == '%')
        p++;
    return p == pattern.len;
}

enum pattern_shape { SHAPE_OTHER, SHAPE_EXACT, SHAPE_PREFIX, SHAPE_SUFFIX, SHAPE_WITHIN };

/* Recognises abc, abc%, %abc and %abc%; *ret is the abc. */
static enum pattern_shape pattern_shape(struct weir_slice pattern, struct weir_slice *ret)
{
    bool before = pattern.len && pattern.ptr[0] == '%';
    bool behind = pattern.len > 1 && pattern.ptr[pattern.len - 1] == '%';
    *ret = weir_slice(pattern.ptr + before, pattern.len - before - behind);
    for (size_t i = 0; i < ret->len; i++) {
        if (ret->ptr[i] == '%' || ret->ptr[i] == '_' || ret->ptr[i] == '\\')
            return SHAPE_OTHER;
    }
    return before ? behind ? SHAPE_WITHIN : SHAPE_SUFFIX : behind ? SHAPE_PREFIX : SHAPE_EXACT;
}

static bool shape_matches(struct weir_slice text, enum pattern_shape shape, struct weir_slice part)
{
    if (text.len < part.len)
        return false;
    switch (shape) {
    case SHAPE_PREFIX:
        return weir_slice_equal(weir_slice(text.ptr, part.len), part);
    case SHAPE_SUFFIX:
        return weir_slice_equal(weir_slice(text.ptr + text.len - part.len, part.len), part);
    case SHAPE_WITHIN:
        return weir_slice_find(text, part, 0) != SIZE_MAX;
    default:
        return weir_slice_equal(text, part);
    }
}

static void like_rows(struct weir_eval *eval, const struct weir_slice *texts,
                      const struct weir_slice *patterns, bool constant, bool wanted,
                      struct weir_vector *out, struct weir_selection selection)
{
    struct weir_slice part = {"", 0};
    enum pattern_shape shape = SHAPE_OTHER;
    bool first = true;
    WEIR_FOR_VALID(row, out, selection)
    {
        if (first && constant)
            shape = pattern_shape(patterns[row], &part);
        first = false;
        const char *fault = NULL;
        bool match = shape == SHAPE_OTHER ? matches(texts[row], patterns[row], &fault)
                                          : shape_matches(texts[row], shape, part);
        out->b[row] = match == wanted;
        if (fault)
            weir_out_fail(eval, out, row, "%s", fault);
    }
}

static void like(struct weir_eval *eval, const struct weir_vector *const *args, bool wanted,
                 struct weir_vector *out, struct weir_selection selection)
{
    like_rows(eval, args[0]->s, args[1]->s, eval->constants >> 1 & 1, wanted, out, selection);
}

static void ilike(struct weir_eval *eval, const struct weir_vector *const *args, bool wanted,
                  struct weir_vector *out, struct weir_selection selection)
{
    struct weir_vector lowered[2];
    for (int i = 0; i < 2; i++) {
        lowered[i] = (struct weir_vector){.type = WEIR_TEXT, .valid = out->valid};
        lowered[i].s = WEIR_NEW_ARRAY(eval->arena, struct weir_slice, eval->rows);
        eval->exhausted |= !lowered[i].s;
        if (eval->exhausted)
            return;
        weir_text_lower_column(eval, args[i], &lowered[i], selection);
    }
    like_rows(eval, lowered[0].s, lowered[1].s, eval->constants >> 1 & 1, wanted, out, selection);
}

WEIR_KERNEL(like_true)
{
    (void)args_count;
    like(eval, args, true, out, selection);
}

WEIR_KERNEL(like_false)
{
    (void)args_count;
    like(eval, args, false, out, selection);
}

WEIR_KERNEL(ilike_true)
{
    (void)args_count;
    ilike(eval, args, true, out, selection);
}

WEIR_KERNEL(ilike_false)
{
    (void)args_count;
    ilike(eval, args, false, out, selection);
}

/* The pattern with its own escape character turned into a backslash. */
static size_t escape_translate(struct weir_slice pattern, struct weir_slice escape, char *to)
{
    size_t len = 0;
    bool after_escape = false;
    for (size_t at = 0; at < pattern.len;) {
        struct weir_slice character =
            weir_slice(pattern.ptr + at, weir_character_bytes(pattern.ptr[at]));
        at += character.len;
        if (escape.len && !after_escape && weir_slice_equal(character, escape)) {
            to[len++] = '\\';
            after_escape = true;
            continue;
        }
        if (*character.ptr == '\\' && !after_escape)
            to[len++] = '\\';
        memcpy(to + len, character.ptr, character.len);
        len += character.len;
        after_escape = false;
    }
    return len;
}

WEIR_KERNEL(like_escape)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice pattern = args[0]->s[row], escape = args[1]->s[row];
        out->s[row] = pattern;
        if (weir_slice_is(escape, "\\"))
            continue;
        if (escape.len && weir_character_bytes(*escape.ptr) != escape.len) {
            weir_out_fail(eval, out, row, "invalid escape string");
            continue;
        }
        char *to = weir_out_alloc(eval, out, row, pattern.len * 2);
        if (to)
            out->s[row] = weir_slice(to, escape_translate(pattern, escape, to));
    }
}

#define ROW(name, kind, result, kernel_name, help, example)                                        \
    {                                                                                              \
        name, kind, result, {WEIR_TEXT, WEIR_TEXT}, 2, .kernel = kernel_name, "string", help,      \
                                                       example                                     \
    }

const struct weir_function weir_like_functions[] = {
    ROW("~~", WEIR_OPERATOR, WEIR_BOOL, like_true,
        "LIKE: % stands for any text, _ for any character", "'abc' LIKE 'a%' -> true"),
    ROW("!~~", WEIR_OPERATOR, WEIR_BOOL, like_false, "NOT LIKE", "'abc' NOT LIKE 'a%' -> false"),
    ROW("~~*", WEIR_OPERATOR, WEIR_BOOL, ilike_true, "ILIKE: LIKE without regard to case",
        "'abc' ILIKE 'A%' -> true"),
    ROW("!~~*", WEIR_OPERATOR, WEIR_BOOL, ilike_false, "NOT ILIKE",
        "'abc' NOT ILIKE 'A%' -> false"),
    ROW("like_escape", WEIR_FUNCTION, WEIR_TEXT, like_escape,
        "a LIKE pattern with another escape character", "'10%' LIKE '10#%' ESCAPE '#' -> true"),
    {NULL},
};
