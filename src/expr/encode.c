/* encode() and decode()'s forms of bytes, and UTF-8 from bytes.
 * Sources: PostgreSQL 15, chapter 9.5 and encode.c's messages; RFC 4648; Unicode, table 3-7. */
#include "expr/encode.h"

#include <stdint.h>
#include <stdio.h>
#include <strings.h>

/* The character at `at`, for a message. */
static int symbol_bytes(struct weir_slice text, size_t at)
{
    size_t bad;
    size_t bytes = weir_utf8_character(weir_slice(text.ptr + at, text.len - at), &bad);
    return (int)(bytes ? bytes : bad);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* ---- hex ---- */

static size_t hex_encode_bound(size_t len)
{
    return len * 2;
}

size_t weir_hex_encode(struct weir_slice bytes, char *to)
{
    for (size_t i = 0; i < bytes.len; i++) {
        to[2 * i] = "0123456789abcdef"[(unsigned char)bytes.ptr[i] >> 4];
        to[2 * i + 1] = "0123456789abcdef"[(unsigned char)bytes.ptr[i] & 15];
    }
    return bytes.len * 2;
}

static size_t hex_decode_bound(size_t len)
{
    return len / 2;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum weir_code hex_decode(struct weir_slice text, char *to, size_t *ret_len,
                                 struct weir_error *err)
{
    size_t len = 0;
    int high = -1;
    for (size_t at = 0; at < text.len; at++) {
        if (high < 0 && is_space(text.ptr[at]))
            continue;
        int digit = hex_digit(text.ptr[at]);
        if (digit < 0)
            return weir_fail(err, WEIR_BAD_DATA, "invalid hexadecimal digit: \"%.*s\"",
                             symbol_bytes(text, at), text.ptr + at);
        if (high < 0) {
            high = digit;
            continue;
        }
        to[len++] = (char)(high << 4 | digit);
        high = -1;
    }
    if (high >= 0)
        return weir_fail(err, WEIR_BAD_DATA, "invalid hexadecimal data: odd number of digits");
    *ret_len = len;
    return WEIR_OK;
}

/* ---- base64, with a line end every 76 characters ---- */

#define LINE_CHARACTERS 76

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t base64_encode_bound(size_t len)
{
    size_t characters = (len + 2) / 3 * 4;
    return characters + characters / LINE_CHARACTERS;
}

static size_t base64_encode(struct weir_slice bytes, char *to)
{
    size_t len = 0, line = 0;
    for (size_t at = 0; at < bytes.len; at += 3) {
        size_t left = bytes.len - at;
        uint32_t group = (uint32_t)(unsigned char)bytes.ptr[at] << 16;
        if (left > 1)
            group |= (uint32_t)(unsigned char)bytes.ptr[at + 1] << 8;
        if (left > 2)
            group |= (unsigned char)bytes.ptr[at + 2];
        if (line == LINE_CHARACTERS) {
            to[len++] = '\n';
            line = 0;
        }
        to[len++] = base64_digits[group >> 18];
        to[len++] = base64_digits[group >> 12 & 63];
        to[len++] = left > 1 ? base64_digits[group >> 6 & 63] : '=';
        to[len++] = left > 2 ? base64_digits[group & 63] : '=';
        line += 4;
    }
    /* PostgreSQL ends a line as soon as 76 characters are full of whole groups, also when nothing
     * follows. */
    if (line == LINE_CHARACTERS && bytes.len % 3 == 0)
        to[len++] = '\n';
    return len;
}

static size_t base64_decode_bound(size_t len)
{
    return len / 4 * 3 + 3;
}

static int base64_value(char c)
{
    const char *found = c ? strchr(base64_digits, c) : NULL;
    return found ? (int)(found - base64_digits) : -1;
}

static enum weir_code base64_decode(struct weir_slice text, char *to, size_t *ret_len,
                                    struct weir_error *err)
{
    uint32_t group = 0;
    unsigned place = 0, end = 0; /* end: bytes of the last group, when = has been met */
    size_t len = 0;
    for (size_t at = 0; at < text.len; at++) {
        char c = text.ptr[at];
        if (is_space(c))
            continue;
        int value = base64_value(c);
        if (c == '=') {
            if (!end && place != 2 && place != 3)
                return weir_fail(err, WEIR_BAD_DATA,
                                 "unexpected \"=\" while decoding base64 sequence");
            end = end ? end : place - 1;
            value = 0;
        }
        if (value < 0)
            return weir_fail(err, WEIR_BAD_DATA,
                             "invalid symbol \"%.*s\" found while decoding base64 sequence",
                             symbol_bytes(text, at), text.ptr + at);
        group = group << 6 | (uint32_t)value;
        if (++place < 4)
            continue;
        to[len++] = (char)(group >> 16);
        if (end == 0 || end > 1)
            to[len++] = (char)(group >> 8);
        if (end == 0 || end > 2)
            to[len++] = (char)group;
        group = 0;
        place = 0;
    }
    if (place != 0)
        return weir_fail(err, WEIR_BAD_DATA, "invalid base64 end sequence");
    *ret_len = len;
    return WEIR_OK;
}

/* ---- escape ---- */

static size_t escape_encode_bound(size_t len)
{
    return len * 4;
}

static size_t escape_encode(struct weir_slice bytes, char *to)
{
    size_t len = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];
        if (c == 0 || c >= 0x80) {
            to[len++] = '\\';
            to[len++] = (char)('0' + (c >> 6));
            to[len++] = (char)('0' + (c >> 3 & 7));
            to[len++] = (char)('0' + (c & 7));
        } else {
            if (c == '\\')
                to[len++] = '\\';
            to[len++] = (char)c;
        }
    }
    return len;
}

static size_t escape_decode_bound(size_t len)
{
    return len;
}

static bool is_octal(char c, char most)
{
    return c >= '0' && c <= most;
}

static enum weir_code escape_decode(struct weir_slice text, char *to, size_t *ret_len,
                                    struct weir_error *err)
{
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        const char *from = text.ptr + at;
        size_t left = text.len - at;
        if (*from != '\\') {
            to[len++] = *from;
            at++;
        } else if (left > 3 && is_octal(from[1], '3') && is_octal(from[2], '7') &&
                   is_octal(from[3], '7')) {
            to[len++] = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            at += 4;
        } else if (left > 1 && from[1] == '\\') {
            to[len++] = '\\';
            at += 2;
        } else {
            return weir_fail(err, WEIR_BAD_DATA, "invalid input syntax for type bytea");
        }
    }
    *ret_len = len;
    return WEIR_OK;
}

static const struct weir_encoding encodings[] = {
    {"hex", hex_encode_bound, weir_hex_encode, hex_decode_bound, hex_decode},
    {"base64", base64_encode_bound, base64_encode, base64_decode_bound, base64_decode},
    {"escape", escape_encode_bound, escape_encode, escape_decode_bound, escape_decode},
};

const struct weir_encoding *weir_encoding_find(struct weir_slice name)
{
    for (size_t i = 0; i < sizeof(encodings) / sizeof(*encodings); i++) {
        if (strlen(encodings[i].name) == name.len &&
            strncasecmp(encodings[i].name, name.ptr, name.len) == 0)
            return &encodings[i];
    }
    return NULL;
}

/* ---- UTF-8 ---- */

size_t weir_utf8_character(struct weir_slice bytes, size_t *ret_bad)
{
    const unsigned char *c = (const unsigned char *)bytes.ptr;
    *ret_bad = 1;
    if (bytes.len == 0 || c[0] == 0)
        return 0;
    if (c[0] < 0x80)
        return 1;
    if (c[0] < 0xc2 || c[0] > 0xf4)
        return 0;
    size_t len = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    /* The second byte's range excludes overlong forms, surrogates, and what lies above U+10FFFF. */
    unsigned char least = c[0] == 0xe0 ? 0xa0 : c[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char most = c[0] == 0xed ? 0x9f : c[0] == 0xf4 ? 0x8f : 0xbf;
    for (size_t i = 1; i < len; i++) {
        if (i >= bytes.len || c[i] < least || c[i] > most)
            return 0;
        *ret_bad = i + 1;
        least = 0x80;
        most = 0xbf;
    }
    return len;
}

static enum weir_code fail_sequence(struct weir_slice bytes, size_t at, struct weir_error *err)
{
    unsigned char first = (unsigned char)bytes.ptr[at];
    size_t len = first < 0x80             ? 1
                 : (first & 0xe0) == 0xc0 ? 2
                 : (first & 0xf0) == 0xe0 ? 3
                 : (first & 0xf8) == 0xf0 ? 4
                                          : 1;
    char text[4 * 5 + 1] = "";
    for (size_t i = 0; i < len && at + i < bytes.len; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s0x%02x", i ? " " : "",
                 (unsigned)(unsigned char)bytes.ptr[at + i]);
    return weir_fail(err, WEIR_BAD_DATA, "invalid byte sequence for encoding \"UTF8\": %s", text);
}

enum weir_code weir_utf8_check(struct weir_slice bytes, struct weir_error *err)
{
    for (size_t at = 0; at < bytes.len;) {
        size_t bad, len = weir_utf8_character(weir_slice(bytes.ptr + at, bytes.len - at), &bad);
        if (len == 0)
            return fail_sequence(bytes, at, err);
        at += len;
    }
    return WEIR_OK;
}
