/* boolean and bytea as text. Sources: PostgreSQL's boolin (a prefix of a word that is unique is enough) and byteain (hex,
 * or the old escape form). */
#include "column/text.h"

#include "column/ascii.h"

enum weir_code weir_bool_parse(struct weir_slice text, bool *ret, struct weir_error *err)
{
    static const struct {
        const char *word;
        uint8_t least; /* letters that are enough */
        bool value;
    } words[] = {{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false},
                 {"on", 2, true},   {"off", 2, false},   {"1", 1, true},   {"0", 1, false}};
    struct weir_slice word = weir_trim_spaces(text);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        size_t len = strlen(words[i].word);
        if (word.len < words[i].least || word.len > len)
            continue;
        size_t same = 0;
        while (same < word.len && weir_to_lower(word.ptr[same]) == words[i].word[same])
            same++;
        if (same == word.len) {
            *ret = words[i].value;
            return WEIR_OK;
        }
    }
    return weir_fail(err, WEIR_BAD_DATA, "invalid input syntax for type boolean: \"%.*s\"",
                     WEIR_FMT(text));
}

static int hex_digit(char c)
{
    return weir_is_digit(c)                        ? c - '0'
           : (unsigned char)((c | 0x20) - 'a') < 6 ? (c | 0x20) - 'a' + 10
                                                   : -1;
}

/* The bytes of the UTF-8 character at the front, for messages. */
static int char_bytes(const char *at, const char *end)
{
    int bytes = 1;
    while (bytes < 4 && at + bytes < end && ((unsigned char)at[bytes] & 0xc0) == 0x80)
        bytes++;
    return bytes;
}

static enum weir_code bytea_parse_hex(struct weir_slice hex, char *to, size_t *ret_len,
                                      struct weir_error *err)
{
    const char *at = hex.ptr, *end = hex.ptr + hex.len;
    char *start = to;
    while (at < end) {
        if (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') {
            at++;
            continue;
        }
        int value = 0;
        for (int i = 0; i < 2; i++, at++) {
            if (at == end)
                return weir_fail(err, WEIR_BAD_DATA,
                                 "invalid hexadecimal data: odd number of digits");
            int digit = hex_digit(*at);
            if (digit < 0)
                return weir_fail(err, WEIR_BAD_DATA, "invalid hexadecimal digit: \"%.*s\"",
                                 char_bytes(at, end), at);
            value = value << 4 | digit;
        }
        *to++ = (char)value;
    }
    *ret_len = (size_t)(to - start);
    return WEIR_OK;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

static enum weir_code bytea_parse_escape(struct weir_slice text, char *to, size_t *ret_len,
                                         struct weir_error *err)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    char *start = to;
    while (at < end) {
        if (*at != '\\') {
            *to++ = *at++;
        } else if (end - at >= 4 && at[1] >= '0' && at[1] <= '3' && is_octal(at[2]) &&
                   is_octal(at[3])) {
            *to++ = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
            at += 4;
        } else if (end - at >= 2 && at[1] == '\\') {
            *to++ = '\\';
            at += 2;
        } else {
            return weir_fail(err, WEIR_BAD_DATA, "invalid input syntax for type bytea");
        }
    }
    *ret_len = (size_t)(to - start);
    return WEIR_OK;
}

enum weir_code weir_bytea_parse(struct weir_slice text, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err)
{
    bool hex = text.len >= 2 && text.ptr[0] == '\\' && text.ptr[1] == 'x';
    if (!hex && (text.len == 0 || !memchr(text.ptr, '\\', text.len))) {
        *ret = text;
        return WEIR_OK;
    }
    char *to = weir_arena_alloc(arena, text.len, 1);
    if (!to)
        return weir_fail(err, WEIR_NOMEM, "out of memory for %zu bytes", text.len);
    size_t len = 0;
    if (hex)
        WEIR_TRY(bytea_parse_hex(weir_slice(text.ptr + 2, text.len - 2), to, &len, err));
    else
        WEIR_TRY(bytea_parse_escape(text, to, &len, err));
    *ret = weir_slice(to, len);
    return WEIR_OK;
}
