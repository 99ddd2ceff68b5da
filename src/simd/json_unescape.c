/* Decoding of JSON string escapes (RFC 8259, section 7). Only for content that a reader has
 * checked: digits are digits, and surrogates come in pairs. */
#include "simd/json_read.h"

static char *utf8_put(char *to, uint32_t point)
{
    if (point < 0x80) {
        *to++ = (char)point;
    } else if (point < 0x800) {
        *to++ = (char)(0xc0 | point >> 6);
        *to++ = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        *to++ = (char)(0xe0 | point >> 12);
        *to++ = (char)(0x80 | (point >> 6 & 0x3f));
        *to++ = (char)(0x80 | (point & 0x3f));
    } else {
        *to++ = (char)(0xf0 | point >> 18);
        *to++ = (char)(0x80 | (point >> 12 & 0x3f));
        *to++ = (char)(0x80 | (point >> 6 & 0x3f));
        *to++ = (char)(0x80 | (point & 0x3f));
    }
    return to;
}

static uint32_t hex4(const char *digits)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t digit = (unsigned char)digits[i];
        value = value << 4 | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return value;
}

static char simple_escape(char letter)
{
    switch (letter) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return letter; /* " \ / stand for themselves */
    }
}

size_t weir_json_unescape(struct weir_slice content, char *to, bool *ret_has_nul)
{
    const char *at = content.ptr, *end = at + content.len;
    char *start = to;
    *ret_has_nul = false;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((escape ? escape : end) - at);
        memcpy(to, at, plain);
        to += plain;
        if (!escape)
            break;
        at = escape + 2;
        if (escape[1] != 'u') {
            *to++ = simple_escape(escape[1]);
            continue;
        }
        uint32_t point = hex4(at);
        at += 4;
        if ((point & 0xfc00) == 0xd800) {
            point = 0x10000 + ((point & 0x3ff) << 10) + (hex4(at + 2) & 0x3ff);
            at += 6;
        }
        *ret_has_nul |= point == 0;
        to = utf8_put(to, point);
    }
    return (size_t)(to - start);
}
