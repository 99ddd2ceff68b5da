/* See token.h. Source: PostgreSQL 15, section 4.1. */
#include "sql/token.h"

#include <ctype.h>

/* Block comments nest. */
static size_t block_comment(struct weir_slice text)
{
    size_t at = 2;
    int depth = 1;
    while (at < text.len && depth) {
        bool two = at + 1 < text.len;
        if (two && text.ptr[at] == '*' && text.ptr[at + 1] == '/') {
            depth--;
            at += 2;
        } else if (two && text.ptr[at] == '/' && text.ptr[at + 1] == '*') {
            depth++;
            at += 2;
        } else {
            at++;
        }
    }
    return at;
}

size_t weir_sql_blank(struct weir_slice text)
{
    size_t at = 0;
    for (;;) {
        while (at < text.len && isspace((unsigned char)text.ptr[at]))
            at++;
        if (at + 1 < text.len && text.ptr[at] == '-' && text.ptr[at + 1] == '-') {
            const char *end = memchr(text.ptr + at, '\n', text.len - at);
            at = end ? (size_t)(end - text.ptr) : text.len;
        } else if (at + 1 < text.len && text.ptr[at] == '/' && text.ptr[at + 1] == '*') {
            at += block_comment(weir_slice(text.ptr + at, text.len - at));
        } else {
            return at;
        }
    }
}

static bool is_word(unsigned char c)
{
    return isalnum(c) || c == '_' || c == '$' || c >= 0x80;
}

size_t weir_sql_token(struct weir_slice text)
{
    if (text.len == 0)
        return 0;
    char first = text.ptr[0];
    size_t at = 1;
    if (first == '\'' || first == '"') {
        for (; at < text.len; at++)
            if (text.ptr[at] == first) {
                if (at + 1 < text.len && text.ptr[at + 1] == first)
                    at++;
                else
                    return at + 1;
            }
        return text.len;
    }
    if (!is_word((unsigned char)first))
        return 1;
    bool number = isdigit((unsigned char)first);
    while (at < text.len &&
           (is_word((unsigned char)text.ptr[at]) || (number && text.ptr[at] == '.')))
        at++;
    return at;
}

/* Source: RFC 3629. */
size_t weir_sql_character(struct weir_slice text)
{
    const unsigned char *at = (const unsigned char *)text.ptr;
    if (text.len == 0)
        return 0;
    size_t need = at[0] < 0x80                    ? 1
                  : at[0] >= 0xc2 && at[0] < 0xe0 ? 2
                  : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                  : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                  : 0;
    if (need > text.len)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool bad = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0) ||
               (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] >= 0x90);
    return bad ? 0 : need;
}
