/* Percent-encoding and printable URLs. Source: RFC 3986, sections 2.1 to 2.3 and 3. */
#include "net/uri.h"

#include <ctype.h>

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

enum weir_code weir_uri_encode(struct weir_buffer *to, struct weir_slice bytes, const char *keep,
                               struct weir_error *err)
{
    static const char hex[] = "0123456789ABCDEF";
    WEIR_TRY(weir_buffer_reserve(to, bytes.len * 3, err));
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];
        if (is_unreserved(c) || (c && strchr(keep, c))) {
            to->ptr[to->len++] = (char)c;
        } else {
            to->ptr[to->len++] = '%';
            to->ptr[to->len++] = hex[c >> 4];
            to->ptr[to->len++] = hex[c & 15];
        }
    }
    return WEIR_OK;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

enum weir_code weir_uri_decode(struct weir_buffer *to, struct weir_slice text,
                               struct weir_error *err)
{
    WEIR_TRY(weir_buffer_reserve(to, text.len, err));
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%') {
            to->ptr[to->len++] = text.ptr[i];
            continue;
        }
        int high = text.len - i > 2 ? hex_value(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text.ptr[i + 2]) : -1;
        if (low < 0)
            return weir_fail(err, WEIR_BAD_DATA, "invalid percent-encoding in \"%.*s\"",
                             WEIR_FMT(text));
        to->ptr[to->len++] = (char)(high * 16 + low);
        i += 2;
    }
    return WEIR_OK;
}

bool weir_url_is(const char *text)
{
    const char *at = text;
    if (!isalpha((unsigned char)*at))
        return false;
    while (isalnum((unsigned char)*at) || *at == '+' || *at == '-' || *at == '.')
        at++;
    return strncmp(at, "://", 3) == 0;
}

enum weir_code weir_url_printable(struct weir_buffer *to, struct weir_slice url,
                                  struct weir_error *err)
{
    const char *end = url.ptr + url.len;
    const char *colon = memmem(url.ptr, url.len, "://", 3);
    const char *host = colon ? colon + 3 : url.ptr;
    const char *path = host;
    while (path < end && *path != '/' && *path != '?' && *path != '#')
        path++;
    const char *query = path;
    while (query < end && *query != '?' && *query != '#')
        query++;
    const char *at = colon ? memrchr(host, '@', (size_t)(path - host)) : NULL;
    WEIR_TRY(weir_buffer_append(to, weir_slice(url.ptr, (size_t)(host - url.ptr)), err));
    host = at ? at + 1 : host;
    return weir_buffer_append(to, weir_slice(host, (size_t)(query - host)), err);
}
