/* A small strict scanner for ListObjectsV2 answers: elements, text and character references;
 * attributes, comments and processing instructions are passed over, a document type is refused.
 * Nesting is checked; depth and size are bounded.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html; XML 1.0, sections
 * 2.4, 4.1, 4.6. */
#include "connector/s3/list_page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { DEPTH_MAX = 16 };

struct scan {
    const char *at, *end;
    struct weir_arena *arena;
    struct weir_slice open[DEPTH_MAX];
    unsigned depth;
    size_t capacity;
    bool truncated;
};

static enum weir_code bad(struct weir_error *err, const char *what)
{
    return weir_fail(err, WEIR_BAD_DATA, "the answer of the S3 server is no list of objects: %s",
                     what);
}

/* ---- text ---- */

static size_t put_utf8(unsigned long code, char *to)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len; i-- > 1; code >>= 6)
        to[i] = (char)(0x80 | (code & 63));
    to[0] = (char)(lead[len] | code);
    return len;
}

/* A reference without its & and ; ; 0: unknown. `to` has room for 4 bytes. */
static size_t put_reference(struct weir_slice name, char *to)
{
    static const struct {
        const char *name;
        char value;
    } names[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (weir_slice_is(name, names[i].name))
            return *to = names[i].value, 1;
    if (name.len < 2 || name.len > 9 || name.ptr[0] != '#')
        return 0;
    char digits[10] = "", *end;
    bool hex = name.ptr[1] == 'x';
    memcpy(digits, name.ptr + 1 + hex, name.len - 1 - hex);
    unsigned long code = strtoul(digits, &end, hex ? 16 : 10);
    return *end || end == digits || code == 0 || code > 0x10ffff ? 0 : put_utf8(code, to);
}

/* The text with its references resolved, NUL-terminated. */
static enum weir_code decode_text(struct weir_slice text, struct weir_arena *arena,
                                  const char **ret, struct weir_error *err)
{
    char *to = weir_arena_alloc(arena, text.len + 1, 1);
    size_t len = 0;
    if (!to)
        return weir_fail(err, WEIR_NOMEM, "the list of objects is too large");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '&') {
            to[len++] = text.ptr[i];
            continue;
        }
        const char *semicolon = memchr(text.ptr + i, ';', text.len - i);
        size_t name_len = semicolon ? (size_t)(semicolon - text.ptr) - i - 1 : 0;
        size_t more =
            name_len ? put_reference(weir_slice(text.ptr + i + 1, name_len), to + len) : 0;
        if (!more)
            return bad(err, "unknown character reference");
        len += more;
        i += name_len + 1;
    }
    to[len] = 0;
    *ret = to;
    return WEIR_OK;
}

static int64_t parse_time(const char *text)
{
    struct tm tm = {0};
    return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? (int64_t)timegm(&tm) * 1000000 : INT64_MIN;
}

/* ---- elements ---- */

static enum weir_code add_entry(struct scan *scan, struct weir_s3_page *page,
                                struct weir_error *err)
{
    if (page->count == scan->capacity) {
        size_t more = scan->capacity ? scan->capacity * 2 : 256;
        struct weir_s3_entry *entries = WEIR_NEW_ARRAY(scan->arena, struct weir_s3_entry, more);
        if (!entries)
            return weir_fail(err, WEIR_NOMEM, "the list of objects is too large");
        if (page->count)
            memcpy(entries, page->entries, page->count * sizeof *entries);
        page->entries = entries;
        scan->capacity = more;
    }
    page->entries[page->count++] =
        (struct weir_s3_entry){.size = -1, .modified_us = INT64_MIN, .etag = ""};
    return WEIR_OK;
}

/* An element without children ends. */
static enum weir_code take_leaf(struct scan *scan, struct weir_slice name, struct weir_slice text,
                                struct weir_s3_page *page, struct weir_error *err)
{
    const char *value = "";
    bool in_contents = scan->depth == 2 && weir_slice_is(scan->open[1], "Contents");
    WEIR_TRY(decode_text(text, scan->arena, &value, err));
    struct weir_s3_entry *entry = in_contents ? &page->entries[page->count - 1] : NULL;
    if (entry && weir_slice_is(name, "Key"))
        entry->key = value;
    else if (entry && weir_slice_is(name, "Size"))
        entry->size = strtoll(value, NULL, 10);
    else if (entry && weir_slice_is(name, "LastModified"))
        entry->modified_us = parse_time(value);
    else if (entry && weir_slice_is(name, "ETag"))
        entry->etag = value;
    else if (scan->depth == 1 && weir_slice_is(name, "IsTruncated"))
        scan->truncated = strcmp(value, "true") == 0;
    else if (scan->depth == 1 && weir_slice_is(name, "NextContinuationToken"))
        page->next_token = value;
    return WEIR_OK;
}

static enum weir_code open_element(struct scan *scan, struct weir_slice name,
                                   struct weir_s3_page *page, struct weir_error *err)
{
    if (scan->depth == 0 && !weir_slice_is(name, "ListBucketResult"))
        return bad(err, "it begins with another element");
    if (scan->depth == DEPTH_MAX)
        return bad(err, "it is nested too deep");
    scan->open[scan->depth++] = name;
    return scan->depth == 2 && weir_slice_is(name, "Contents") ? add_entry(scan, page, err)
                                                               : WEIR_OK;
}

static enum weir_code close_element(struct scan *scan, struct weir_slice name,
                                    struct weir_slice text, bool is_leaf, struct weir_s3_page *page,
                                    struct weir_error *err)
{
    if (scan->depth == 0 || !weir_slice_equal(scan->open[scan->depth - 1], name))
        return bad(err, "its elements are not nested");
    scan->depth--;
    bool entry = scan->depth == 1 && weir_slice_is(name, "Contents");
    if (entry && !page->entries[page->count - 1].key)
        return bad(err, "an object has no key");
    return is_leaf ? take_leaf(scan, name, text, page, err) : WEIR_OK;
}

/* The next tag, from '<' to '>'; *ret_text: what stands before it. */
static bool next_tag(struct scan *scan, struct weir_slice *ret_text, struct weir_slice *ret_tag)
{
    const char *open = memchr(scan->at, '<', (size_t)(scan->end - scan->at));
    const char *close = open ? memchr(open, '>', (size_t)(scan->end - open)) : NULL;
    if (!close)
        return false;
    *ret_text = weir_slice(scan->at, (size_t)(open - scan->at));
    *ret_tag = weir_slice(open + 1, (size_t)(close - open - 1));
    scan->at = close + 1;
    return true;
}

/* The length of the name with which an opening tag begins. */
static size_t name_length(struct weir_slice tag)
{
    size_t len = 0;
    while (len < tag.len && !strchr(" \t\r\n/", tag.ptr[len])) /* NUL ends a name, too */
        len++;
    return len;
}

enum weir_code weir_s3_page_parse(struct weir_slice xml, struct weir_arena *arena,
                                  struct weir_s3_page *ret, struct weir_error *err)
{
    struct scan scan = {.at = xml.ptr, .end = xml.ptr + xml.len, .arena = arena};
    struct weir_slice text, tag;
    bool leaf = false, rooted = false;
    *ret = (struct weir_s3_page){0};
    while (next_tag(&scan, &text, &tag)) {
        if (tag.len == 0 || tag.ptr[0] == '!')
            return bad(err, "unexpected markup");
        if (tag.ptr[0] == '?')
            continue;
        bool closing = tag.ptr[0] == '/', empty = tag.ptr[tag.len - 1] == '/';
        struct weir_slice name =
            weir_slice(tag.ptr + closing, closing ? tag.len - 1 : name_length(tag));
        if (rooted && scan.depth == 0)
            return bad(err, "something follows its end");
        if (!closing)
            WEIR_TRY(open_element(&scan, name, ret, err));
        rooted = true;
        if (closing || empty)
            WEIR_TRY(close_element(&scan, name, closing ? text : WEIR_SLICE(""), leaf || empty, ret,
                                   err));
        leaf = !closing && !empty;
    }
    if (!rooted || scan.depth)
        return bad(err, "it is cut off");
    if (scan.truncated && !ret->next_token)
        return bad(err, "it is truncated, but does not say where to go on");
    if (!scan.truncated)
        ret->next_token = NULL;
    return WEIR_OK;
}
