/* JSON strings out, and steps through jsonb's canonical text.
 *
 * Escaping is on the way of every record that leaves as JSON: sixteen bytes a step are stored before it is known whether
 * any of them needs an escape, since nearly always none does. Stepping through a jsonb needs no tokenizer: the canonical
 * form is known to be well formed, so it is enough to skip strings and count brackets. */
#include "column/json.h"

#include "column/text.h"

/* --- escaping ---------------------------------------------------------------------------------------------------- */

typedef unsigned char bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

/* What stands behind the backslash; 0: no escape, 'u': the \u00xx form. */
static const char escapes[256] = {
    [0] = 'u',  [1] = 'u',    [2] = 'u',    [3] = 'u',    [4] = 'u',   [5] = 'u',    [6] = 'u',
    [7] = 'u',  ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [11] = 'u',  ['\f'] = 'f', ['\r'] = 'r',
    [14] = 'u', [15] = 'u',   [16] = 'u',   [17] = 'u',   [18] = 'u',  [19] = 'u',   [20] = 'u',
    [21] = 'u', [22] = 'u',   [23] = 'u',   [24] = 'u',   [25] = 'u',  [26] = 'u',   [27] = 'u',
    [28] = 'u', [29] = 'u',   [30] = 'u',   [31] = 'u',   ['"'] = '"', ['\\'] = '\\'};

static inline char *escape_byte(unsigned char c, char *out)
{
    static const char hex[] = "0123456789abcdef";
    char escape = escapes[c];
    if (!escape) {
        *out++ = (char)c;
        return out;
    }
    *out++ = '\\';
    *out++ = escape;
    if (escape == 'u') {
        out[0] = out[1] = '0';
        out[2] = hex[c >> 4];
        out[3] = hex[c & 15];
        out += 4;
    }
    return out;
}

/* Whether any byte of a word is a quote, a backslash or below space. A borrow can only come from a byte that is one. */
static inline bool word_needs_escape(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    return (((word - ones * ' ') & ~word) | ((quote - ones) & ~quote) |
            ((backslash - ones) & ~backslash)) &
           tops;
}

size_t weir_json_escape_to(struct weir_slice text, char *to)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    char *out = to;
    *out++ = '"';
    while (end - at >= 16) {
        bytes16 block;
        memcpy(&block, at, sizeof(block));
        memcpy(out, &block, sizeof(block));
        words2 found = (words2)((block == '"') | (block == '\\') | (block < ' '));
        if ((found[0] | found[1]) == 0) {
            at += 16;
            out += 16;
            continue;
        }
        int clean = found[0] ? __builtin_ctzll(found[0]) / 8 : 8 + __builtin_ctzll(found[1]) / 8;
        at += clean;
        out = escape_byte((unsigned char)*at++, out + clean);
    }
    uint64_t word;
    if (end - at >= 8 && (memcpy(&word, at, sizeof(word)), !word_needs_escape(word))) {
        memcpy(out, &word, sizeof(word));
        at += 8;
        out += 8;
    }
    while (at < end)
        out = escape_byte((unsigned char)*at++, out);
    *out++ = '"';
    return (size_t)(out - to);
}

/* Longer texts are counted first, so as not to ask for six times their size. */
#define ESCAPE_UNCOUNTED_BYTES 4096

enum weir_code weir_json_escape(struct weir_slice text, struct weir_buffer *to,
                                struct weir_error *err)
{
    size_t bound = weir_json_escape_bound(text.len);
    if (text.len > ESCAPE_UNCOUNTED_BYTES) {
        bound = text.len + weir_json_escape_bound(0);
        for (size_t i = 0; i < text.len; i++) {
            char escape = escapes[(unsigned char)text.ptr[i]];
            bound += !escape ? 0 : escape == 'u' ? 5 : 1;
        }
    }
    WEIR_TRY(weir_buffer_reserve(to, bound, err));
    to->len += weir_json_escape_to(text, to->ptr + to->len);
    return WEIR_OK;
}

/* --- kinds and steps --------------------------------------------------------------------------------------------- */

enum weir_jsonb_kind weir_jsonb_kind(struct weir_slice value)
{
    switch (value.ptr[0]) {
    case '{':
        return WEIR_JSONB_OBJECT;
    case '[':
        return WEIR_JSONB_ARRAY;
    case '"':
        return WEIR_JSONB_STRING;
    case 't':
    case 'f':
        return WEIR_JSONB_BOOLEAN;
    case 'n':
        return WEIR_JSONB_NULL;
    default:
        return WEIR_JSONB_NUMBER;
    }
}

const char *weir_jsonb_kind_name(enum weir_jsonb_kind kind)
{
    static const char *const names[] = {
        [WEIR_JSONB_NULL] = "null",     [WEIR_JSONB_STRING] = "string",
        [WEIR_JSONB_NUMBER] = "number", [WEIR_JSONB_BOOLEAN] = "boolean",
        [WEIR_JSONB_ARRAY] = "array",   [WEIR_JSONB_OBJECT] = "object"};
    return names[kind];
}

/* Behind the closing quote of the string whose opening quote is at `at`. */
static const char *string_skip(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at < end ? at + 1 : end;
}

/* Behind the value that begins at `at`. */
static const char *value_skip(const char *at, const char *end)
{
    if (*at == '"')
        return string_skip(at, end);
    if (*at != '{' && *at != '[') {
        while (at < end && *at != ',' && *at != '}' && *at != ']')
            at++;
        return at;
    }
    uint32_t depth = 0;
    do {
        char c = *at;
        at = c == '"' ? string_skip(at, end) : at + 1;
        depth += (c == '{' || c == '[');
        depth -= (c == '}' || c == ']');
    } while (depth > 0 && at < end);
    return at;
}

struct weir_jsonb_walk weir_jsonb_walk_begin(struct weir_slice value)
{
    bool object = value.ptr[0] == '{';
    if (!object && value.ptr[0] != '[')
        return (struct weir_jsonb_walk){.at = value.ptr, .end = value.ptr};
    return (struct weir_jsonb_walk){
        .at = value.ptr + 1, .end = value.ptr + value.len - 1, .object = object};
}

bool weir_jsonb_walk_next(struct weir_jsonb_walk *walk)
{
    if (walk->at >= walk->end)
        return false;
    const char *at = walk->at;
    if (*at == ',')
        at += 2;
    walk->key = weir_slice(at, 0);
    if (walk->object) {
        const char *behind = string_skip(at, walk->end);
        walk->key = weir_slice(at, (size_t)(behind - at));
        at = behind + 2;
    }
    const char *behind = value_skip(at, walk->end);
    walk->value = weir_slice(at, (size_t)(behind - at));
    walk->at = behind;
    return true;
}

/* --- strings ----------------------------------------------------------------------------------------------------- */

unsigned char weir_jsonb_string_byte(const char **at)
{
    unsigned char c = (unsigned char)*(*at)++;
    if (c != '\\')
        return c;
    c = (unsigned char)*(*at)++;
    switch (c) {
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
    case 'u': {
        /* Canonical text has this form only for control characters: 00, one of 0 and 1, one hex digit. */
        const char *digits = *at + 2;
        *at += 4;
        int low = digits[1] <= '9' ? digits[1] - '0' : digits[1] - 'a' + 10;
        return (unsigned char)((digits[0] - '0') << 4 | low);
    }
    default:
        return c;
    }
}

enum weir_code weir_jsonb_unescape(struct weir_slice literal, struct weir_arena *arena,
                                   struct weir_slice *ret, struct weir_error *err)
{
    struct weir_slice inner = weir_slice(literal.ptr + 1, literal.len - 2);
    if (inner.len == 0 || !memchr(inner.ptr, '\\', inner.len)) {
        *ret = inner;
        return WEIR_OK;
    }
    char *to = weir_arena_alloc(arena, inner.len, 1);
    if (!to)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a string of %zu bytes", inner.len);
    char *out = to;
    for (const char *at = inner.ptr; at < inner.ptr + inner.len;)
        *out++ = (char)weir_jsonb_string_byte(&at);
    *ret = weir_slice(to, (size_t)(out - to));
    return WEIR_OK;
}

enum weir_code weir_jsonb_to_text(struct weir_slice value, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err)
{
    switch (weir_jsonb_kind(value)) {
    case WEIR_JSONB_NULL:
        *ret = weir_slice(NULL, 0);
        return WEIR_OK;
    case WEIR_JSONB_STRING:
        return weir_jsonb_unescape(value, arena, ret, err);
    default:
        *ret = value;
        return WEIR_OK;
    }
}

/* Whether the literal (with quotes) stands for the text. */
static bool literal_is(struct weir_slice literal, struct weir_slice text)
{
    struct weir_slice inner = weir_slice(literal.ptr + 1, literal.len - 2);
    if (inner.len == text.len)
        return text.len == 0 ||
               (memcmp(inner.ptr, text.ptr, text.len) == 0 && !memchr(text.ptr, '\\', text.len));
    if (inner.len < text.len)
        return false;
    const char *at = inner.ptr, *end = inner.ptr + inner.len;
    for (size_t i = 0; i < text.len; i++) {
        if (at >= end || weir_jsonb_string_byte(&at) != (unsigned char)text.ptr[i])
            return false;
    }
    return at == end;
}

/* --- lookups ----------------------------------------------------------------------------------------------------- */

bool weir_jsonb_get_key(struct weir_slice value, struct weir_slice key, struct weir_slice *ret)
{
    if (value.ptr[0] != '{')
        return false;
    struct weir_jsonb_walk walk = weir_jsonb_walk_begin(value);
    while (weir_jsonb_walk_next(&walk)) {
        if (literal_is(walk.key, key)) {
            *ret = walk.value;
            return true;
        }
    }
    return false;
}

int32_t weir_jsonb_count(struct weir_slice value)
{
    int32_t count = 0;
    struct weir_jsonb_walk walk = weir_jsonb_walk_begin(value);
    while (weir_jsonb_walk_next(&walk))
        count++;
    return count;
}

bool weir_jsonb_get_index(struct weir_slice value, int32_t index, struct weir_slice *ret)
{
    if (value.ptr[0] == '{')
        return false;
    if (value.ptr[0] != '[') { /* a scalar is stored as an array of itself */
        *ret = value;
        return index == 0 || index == -1;
    }
    int64_t left = index < 0 ? (int64_t)index + weir_jsonb_count(value) : index;
    if (left < 0)
        return false;
    struct weir_jsonb_walk walk = weir_jsonb_walk_begin(value);
    while (weir_jsonb_walk_next(&walk)) {
        if (left-- == 0) {
            *ret = walk.value;
            return true;
        }
    }
    return false;
}

enum weir_code weir_jsonb_array_length(struct weir_slice value, int32_t *ret,
                                       struct weir_error *err)
{
    switch (weir_jsonb_kind(value)) {
    case WEIR_JSONB_ARRAY:
        *ret = weir_jsonb_count(value);
        return WEIR_OK;
    case WEIR_JSONB_OBJECT:
        return weir_fail(err, WEIR_BAD_DATA, "cannot get array length of a non-array");
    default:
        return weir_fail(err, WEIR_BAD_DATA, "cannot get array length of a scalar");
    }
}
