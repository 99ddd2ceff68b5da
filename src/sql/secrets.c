/* See secrets.h. Works on tokens, not on the parse tree: what cannot be parsed is just what messages show. */
#include "sql/secrets.h"

#include <stdbool.h>
#include <strings.h>

#include "sql/token.h"

static bool is_word(struct weir_slice token, const char *word)
{
    return token.len == strlen(word) && strncasecmp(token.ptr, word, token.len) == 0;
}

/* Names that options of credentials have in any of the systems. */
static bool names_secret(struct weir_slice token)
{
    static const char *const parts[] = {"password",   "passwd",  "secret", "token",
                                        "credential", "api_key", "apikey"};
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
        for (size_t at = 0; at + strlen(parts[p]) <= token.len; at++)
            if (strncasecmp(token.ptr + at, parts[p], strlen(parts[p])) == 0)
                return true;
    return false;
}

void weir_sql_blot_secrets(char *text, size_t len)
{
    struct weir_slice words[3] = {{"", 0}, {"", 0}, {"", 0}}; /* the first ones of the statement */
    struct weir_slice last = WEIR_SLICE("");
    size_t words_count = 0;
    for (size_t at = 0; at < len;) {
        at += weir_sql_blank(weir_slice(text + at, len - at));
        struct weir_slice token =
            weir_slice(text + at, weir_sql_token(weir_slice(text + at, len - at)));
        if (!token.len)
            return;
        at += token.len;
        if (*token.ptr == ';') {
            words_count = 0;
            continue;
        }
        if (words_count < 3)
            words[words_count++] = token;
        bool mapping =
            words_count == 3 && is_word(words[1], "user") && is_word(words[2], "mapping");
        if (*token.ptr != '\'') {
            last = token;
            continue;
        }
        for (size_t i = 1; (mapping || names_secret(last)) && i < token.len; i++)
            if (token.ptr[i] != '\'' && token.ptr[i] != '\n')
                text[at - token.len + i] = '*';
    }
}
