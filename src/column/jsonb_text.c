/* JSON text to jsonb's canonical text.
 *
 * A strict recursive descent (RFC 8259) builds a tree in the arena: scalars are already canonical there, views of the input
 * wherever nothing had to change. When an object ends its members are sorted by key (length, then bytes) and of equal keys
 * the last stays. Then the tree is printed in one run of known size. Nesting is limited, so that the stack is, too.
 * PostgreSQL says little in the message and the rest in the detail; the detail goes into the hint.
 * Source: PostgreSQL 15, jsonb_in and its JSON lexer. */
#include <stdlib.h>

#include "column/ascii.h"
#include "column/json.h"
#include "column/text.h"

#define DEPTH_MAX 1024

struct node {
    struct node *next; /* the sibling */
    struct slice_pair {
        struct weir_slice bytes,
            literal; /* of a member's key: what it stands for, and as written */
    } key;
    struct weir_slice scalar; /* canonical; ptr NULL for containers */
    struct node *first;       /* the children */
    size_t count;             /* of children */
    size_t text_bytes;        /* of this value when printed, without its key */
    uint32_t order;           /* among its siblings as written */
    bool object;
};

struct parser {
    const char *at, *end;
    uint32_t depth;
    struct weir_arena *arena;
    struct weir_error *err;
};

static enum weir_code no_memory(struct parser *parser)
{
    return weir_fail(parser->err, WEIR_NOMEM, "out of memory for a jsonb value");
}

static void spaces_skip(struct parser *parser)
{
    while (parser->at < parser->end && (*parser->at == ' ' || *parser->at == '\n' ||
                                        *parser->at == '\r' || *parser->at == '\t'))
        parser->at++;
}

/* What the lexer takes for the token at `at`, for messages. */
static struct weir_slice token_at(const struct parser *parser)
{
    const char *stop = parser->at;
    while (stop < parser->end && (weir_is_alpha(*stop) || weir_is_digit(*stop) || *stop == '_' ||
                                  *stop == '-' || *stop == '+' || *stop == '.' || *stop & 0x80))
        stop++;
    stop += stop == parser->at && stop < parser->end;
    return weir_slice(parser->at, (size_t)(stop - parser->at));
}

static enum weir_code fail_json(struct parser *parser, const char *detail)
{
    weir_fail(parser->err, WEIR_BAD_DATA, "invalid input syntax for type json");
    return weir_hint(parser->err, "%s", detail);
}

/* `expected` as in: Expected "," or "}", but found "x". */
static enum weir_code fail_expected(struct parser *parser, const char *expected)
{
    spaces_skip(parser);
    if (parser->at == parser->end)
        return fail_json(parser, "The input string ended unexpectedly.");
    struct weir_slice token = token_at(parser);
    weir_fail(parser->err, WEIR_BAD_DATA, "invalid input syntax for type json");
    return weir_hint(parser->err, "Expected %s, but found \"%.*s\".", expected, WEIR_FMT(token));
}

static enum weir_code fail_token(struct parser *parser, struct weir_slice token)
{
    weir_fail(parser->err, WEIR_BAD_DATA, "invalid input syntax for type json");
    return weir_hint(parser->err, "Token \"%.*s\" is invalid.", WEIR_FMT(token));
}

/* --- strings ----------------------------------------------------------------------------------------------------- */

static bool hex4_take(const char **at, const char *end, uint32_t *ret)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++, ++*at) {
        if (*at == end)
            return false;
        char c = **at;
        if (weir_is_digit(c))
            value = value << 4 | (uint32_t)(c - '0');
        else if ((unsigned char)((c | 0x20) - 'a') < 6)
            value = value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return false;
    }
    *ret = value;
    return true;
}

static char *utf8_put(uint32_t c, char *out)
{
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *out++ = (char)(0xe0 | c >> 12);
        } else {
            *out++ = (char)(0xf0 | c >> 18);
            *out++ = (char)(0x80 | (c >> 12 & 63));
        }
        *out++ = (char)(0x80 | (c >> 6 & 63));
    }
    *out++ = (char)(0x80 | (c & 63));
    return out;
}

/* Takes what follows "\u"; a surrogate pair takes two. */
static enum weir_code unicode_escape_take(struct parser *parser, char **out)
{
    static const char no_digits[] = "\"\\u\" must be followed by four hexadecimal digits.";
    static const char high_twice[] = "Unicode high surrogate must not follow a high surrogate.";
    static const char lone_low[] = "Unicode low surrogate must follow a high surrogate.";
    uint32_t c, low;
    if (!hex4_take(&parser->at, parser->end, &c))
        return fail_json(parser, no_digits);
    if (c == 0) {
        weir_fail(parser->err, WEIR_BAD_DATA, "unsupported Unicode escape sequence");
        return weir_hint(parser->err, "\\u0000 cannot be converted to text.");
    }
    if (c >= 0xdc00 && c <= 0xdfff)
        return fail_json(parser, lone_low);
    if (c >= 0xd800 && c <= 0xdbff) {
        if (parser->end - parser->at < 2 || parser->at[0] != '\\' || parser->at[1] != 'u')
            return fail_json(parser, lone_low);
        parser->at += 2;
        if (!hex4_take(&parser->at, parser->end, &low))
            return fail_json(parser, no_digits);
        if (low >= 0xd800 && low <= 0xdbff)
            return fail_json(parser, high_twice);
        if (low < 0xdc00 || low > 0xdfff)
            return fail_json(parser, lone_low);
        c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
    }
    *out = utf8_put(c, *out);
    return WEIR_OK;
}

/* Unescapes the rest of a string behind its first `clean` bytes into `out`; ends behind the closing quote. */
static enum weir_code string_unescape(struct parser *parser, char **out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    for (;;) {
        if (parser->at == parser->end)
            return fail_token(parser, weir_slice(parser->at, 0));
        unsigned char c = (unsigned char)*parser->at++;
        if (c == '"')
            return WEIR_OK;
        if (c < ' ') {
            weir_fail(parser->err, WEIR_BAD_DATA, "invalid input syntax for type json");
            return weir_hint(parser->err, "Character with value 0x%02x must be escaped.", c);
        }
        if (c != '\\') {
            *(*out)++ = (char)c;
            continue;
        }
        if (parser->at == parser->end)
            return fail_token(parser, weir_slice(parser->at - 1, 1));
        char escape = *parser->at++;
        const char *found = escape ? strchr(from, escape) : NULL;
        if (found) {
            *(*out)++ = to[found - from];
        } else if (escape == 'u') {
            WEIR_TRY(unicode_escape_take(parser, out));
        } else {
            weir_fail(parser->err, WEIR_BAD_DATA, "invalid input syntax for type json");
            return weir_hint(parser->err, "Escape sequence \"\\%c\" is invalid.", escape);
        }
    }
}

/* At an opening quote: the bytes that the string stands for, and its canonical literal. */
static enum weir_code string_take(struct parser *parser, struct slice_pair *ret)
{
    const char *start = parser->at++;
    const char *at = parser->at;
    while (at < parser->end && *at != '"' && *at != '\\' && (unsigned char)*at >= ' ')
        at++;
    if (at < parser->end && *at == '"') { /* nothing to change */
        ret->bytes = weir_slice(parser->at, (size_t)(at - parser->at));
        ret->literal = weir_slice(start, ret->bytes.len + 2);
        parser->at = at + 1;
        return WEIR_OK;
    }
    const char *stop =
        at; /* an upper bound of the rest: up to the first quote without a backslash before it */
    while (stop < parser->end && *stop != '"')
        stop += *stop == '\\' && parser->end - stop >= 2 ? 2 : 1;
    char *to = weir_arena_alloc(parser->arena, (size_t)(stop - start) + 1, 1);
    if (!to)
        return no_memory(parser);
    size_t clean = (size_t)(at - parser->at);
    memcpy(to, parser->at, clean);
    char *out = to + clean;
    parser->at = at;
    WEIR_TRY(string_unescape(parser, &out));
    ret->bytes = weir_slice(to, (size_t)(out - to));
    char *literal = weir_arena_alloc(parser->arena, weir_json_escape_bound(ret->bytes.len), 1);
    if (!literal)
        return no_memory(parser);
    ret->literal = weir_slice(literal, weir_json_escape_to(ret->bytes, literal));
    return WEIR_OK;
}

/* --- values ------------------------------------------------------------------------------------------------------ */

/* Strict JSON: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
static bool number_valid(struct weir_slice token)
{
    const char *at = token.ptr, *end = token.ptr + token.len;
    at += at < end && *at == '-';
    if (at == end || !weir_is_digit(*at))
        return false;
    if (*at == '0')
        at++;
    else
        while (at < end && weir_is_digit(*at))
            at++;
    if (at < end && *at == '.') {
        const char *digits = ++at;
        while (at < end && weir_is_digit(*at))
            at++;
        if (at == digits)
            return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        const char *digits = at;
        while (at < end && weir_is_digit(*at))
            at++;
        if (at == digits)
            return false;
    }
    return at == end;
}

static enum weir_code scalar_take(struct parser *parser, const char *expected,
                                  struct weir_slice *ret)
{
    struct weir_slice token = token_at(parser);
    char c = *token.ptr;
    if (c == '-' || weir_is_digit(c)) {
        if (!number_valid(token))
            return fail_token(parser, token);
        WEIR_TRY(weir_numeric_parse(token, parser->arena, ret, parser->err));
    } else if (weir_slice_is(token, "true") || weir_slice_is(token, "false") ||
               weir_slice_is(token, "null")) {
        *ret = token;
    } else if (strchr("{}[],:\"", c)) {
        return fail_expected(parser, expected);
    } else {
        return fail_token(parser, token);
    }
    parser->at += token.len;
    return WEIR_OK;
}

static int key_compare(struct weir_slice a, struct weir_slice b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len ? memcmp(a.ptr, b.ptr, a.len) : 0;
}

static int member_compare(const void *a, const void *b)
{
    const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;
    int order = key_compare(x->key.bytes, y->key.bytes);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* Sorts an object's members and drops all but the last of equal keys. */
static enum weir_code members_sort(struct parser *parser, struct node *object)
{
    bool sorted = true;
    for (struct node *node = object->first; node && node->next && sorted; node = node->next)
        sorted = key_compare(node->key.bytes, node->next->key.bytes) < 0;
    if (sorted)
        return WEIR_OK;
    struct node **nodes = weir_arena_calloc(parser->arena, object->count, sizeof(nodes[0]));
    if (!nodes)
        return no_memory(parser);
    size_t count = 0;
    for (struct node *node = object->first; node; node = node->next)
        nodes[count++] = node;
    qsort(nodes, count, sizeof(*nodes), member_compare);
    struct node **link = &object->first;
    object->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && key_compare(nodes[i]->key.bytes, nodes[i + 1]->key.bytes) == 0)
            continue;
        *link = nodes[i];
        link = &nodes[i]->next;
        object->count++;
    }
    *link = NULL;
    return WEIR_OK;
}

static enum weir_code value_take(struct parser *parser, const char *expected, struct node *node);

static enum weir_code key_take(struct parser *parser, struct node *child, bool first)
{
    spaces_skip(parser);
    if (parser->at == parser->end || *parser->at != '"')
        return fail_expected(parser, first ? "string or \"}\"" : "string");
    WEIR_TRY(string_take(parser, &child->key));
    spaces_skip(parser);
    if (parser->at == parser->end || *parser->at != ':')
        return fail_expected(parser, "\":\"");
    parser->at++;
    return WEIR_OK;
}

/* Behind an opening bracket. */
static enum weir_code children_take(struct parser *parser, struct node *node, char close)
{
    struct node **link = &node->first;
    spaces_skip(parser);
    if (parser->at < parser->end && *parser->at == close) {
        parser->at++;
        return WEIR_OK;
    }
    for (;;) {
        struct node *child = WEIR_NEW(parser->arena, struct node);
        if (!child)
            return no_memory(parser);
        bool first = node->count == 0;
        if (node->object)
            WEIR_TRY(key_take(parser, child, first));
        WEIR_TRY(value_take(
            parser, first && !node->object ? "array element or \"]\"" : "JSON value", child));
        child->order = (uint32_t)node->count++;
        *link = child;
        link = &child->next;
        spaces_skip(parser);
        if (parser->at == parser->end || (*parser->at != ',' && *parser->at != close))
            return fail_expected(parser, node->object ? "\",\" or \"}\"" : "\",\" or \"]\"");
        if (*parser->at++ == close)
            return WEIR_OK;
    }
}

static enum weir_code container_take(struct parser *parser, struct node *node)
{
    if (++parser->depth > DEPTH_MAX) {
        weir_fail(parser->err, WEIR_BAD_DATA, "stack depth limit exceeded");
        return weir_hint(parser->err, "JSON may be nested %d levels deep.", DEPTH_MAX);
    }
    node->object = *parser->at++ == '{';
    WEIR_TRY(children_take(parser, node, node->object ? '}' : ']'));
    if (node->object)
        WEIR_TRY(members_sort(parser, node));
    node->text_bytes = 2 + (node->count > 1 ? 2 * (node->count - 1) : 0);
    for (struct node *child = node->first; child; child = child->next)
        node->text_bytes += child->text_bytes + (node->object ? child->key.literal.len + 2 : 0);
    parser->depth--;
    return WEIR_OK;
}

static enum weir_code value_take(struct parser *parser, const char *expected, struct node *node)
{
    spaces_skip(parser);
    if (parser->at == parser->end)
        return fail_expected(parser, expected);
    if (*parser->at == '{' || *parser->at == '[')
        return container_take(parser, node);
    if (*parser->at == '"') {
        struct slice_pair string = {0};
        WEIR_TRY(string_take(parser, &string));
        node->scalar = string.literal;
    } else {
        WEIR_TRY(scalar_take(parser, expected, &node->scalar));
    }
    node->text_bytes = node->scalar.len;
    return WEIR_OK;
}

/* --- printing ---------------------------------------------------------------------------------------------------- */

static char *put(char *to, struct weir_slice bytes)
{
    memcpy(to, bytes.ptr, bytes.len);
    return to + bytes.len;
}

static char *node_print(const struct node *node, char *to)
{
    if (node->scalar.ptr)
        return put(to, node->scalar);
    *to++ = node->object ? '{' : '[';
    for (const struct node *child = node->first; child; child = child->next) {
        if (node->object)
            to = put(put(to, child->key.literal), WEIR_SLICE(": "));
        to = node_print(child, to);
        if (child->next)
            to = put(to, WEIR_SLICE(", "));
    }
    *to++ = node->object ? '}' : ']';
    return to;
}

enum weir_code weir_jsonb_parse(struct weir_slice text, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err)
{
    struct parser parser = {.at = text.ptr, .end = text.ptr + text.len, .arena = arena, .err = err};
    struct node root = {0};
    WEIR_TRY(value_take(&parser, "JSON value", &root));
    spaces_skip(&parser);
    if (parser.at < parser.end)
        return fail_expected(&parser, "end of input");
    if (root.scalar.ptr) {
        *ret = root.scalar;
        return WEIR_OK;
    }
    char *to = weir_arena_alloc(arena, root.text_bytes, 1);
    if (!to)
        return no_memory(&parser);
    node_print(&root, to);
    *ret = weir_slice(to, root.text_bytes);
    return WEIR_OK;
}
