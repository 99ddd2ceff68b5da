/* Bytes as the text parsers see them: C-locale classes without a table or a locale, and decimal digits. */
#ifndef WEIR_COLUMN_ASCII_H
#define WEIR_COLUMN_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

static inline bool weir_is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static inline bool weir_is_space(char c) /* isspace in the C locale */
{
    return c == ' ' || (unsigned char)(c - '\t') < 5;
}

static inline bool weir_is_alpha(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static inline char weir_to_lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c | 0x20);
    return c;
}

static inline struct weir_slice weir_trim_spaces(struct weir_slice text)
{
    while (text.len > 0 && weir_is_space(text.ptr[0]))
        text = weir_slice(text.ptr + 1, text.len - 1);
    while (text.len > 0 && weir_is_space(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* Whether text begins with the (lower case) word, whatever the case of its ASCII letters. */
static inline bool weir_starts_with_word(struct weir_slice text, const char *word)
{
    size_t i = 0;
    while (word[i] && i < text.len && weir_to_lower(text.ptr[i]) == word[i])
        i++;
    return word[i] == '\0';
}

static inline bool weir_is_word(struct weir_slice text, const char *word)
{
    return text.len == strlen(word) && weir_starts_with_word(text, word);
}

extern const char weir_digit_pairs[200];                     /* "00" .. "99" */
static inline void weir_pair_write(uint32_t value, char *to) /* two digits */
{
    memcpy(to, &weir_digit_pairs[(size_t)value * 2], 2);
}

size_t weir_digits_count(uint64_t value); /* decimal digits; 1 for 0 */
/* Writes a value of at most `count` digits, with leading zeros. */
void weir_digits_write(uint64_t value, char *to, size_t count);

#endif
