/* What the files of text functions share: columns for the byte kernels, characters, and
 * single-value helpers. */
#ifndef WEIR_EXPR_TEXT_FUNCTIONS_H
#define WEIR_EXPR_TEXT_FUNCTIONS_H

#include "expr/kernel.h"
#include "simd/text.h"

/* PostgreSQL's limit of one value: 1 GB less one byte. */
#define WEIR_TEXT_BYTES_MAX INT64_C(0x3fffffff)

static inline struct weir_text_rows weir_text_rows(const struct weir_vector *from,
                                                   const struct weir_vector *out,
                                                   struct weir_selection selection)
{
    return (struct weir_text_rows){from->s, out->valid, selection.rows, selection.count};
}

/* Bytes of the character that starts with this byte of valid UTF-8. */
static inline size_t weir_character_bytes(char first)
{
    unsigned char c = (unsigned char)first;
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* The byte position of character `index` from 0, or the length where there are fewer. */
static inline size_t weir_character_at(struct weir_slice text, int64_t index)
{
    size_t at = 0;
    while (index > 0 && at < text.len) {
        at += weir_character_bytes(text.ptr[at]);
        index--;
    }
    return at < text.len ? at : text.len;
}

static inline int32_t weir_characters_count(struct weir_slice text)
{
    int32_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return count;
}

/* The first place of needle at or after `from`, or SIZE_MAX. An empty needle is found at once. */
size_t weir_slice_find(struct weir_slice haystack, struct weir_slice needle, size_t from);
/* The selected rows that are valid in `out`, in lower case, into out->s. */
void weir_text_lower_column(struct weir_eval *eval, const struct weir_vector *from,
                            struct weir_vector *out, struct weir_selection selection);

#endif
