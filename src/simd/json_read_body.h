/* The JSON reader's one pass, compiled once for each instruction set by json_portable.c and
 * json_avx2.c, which define first
 *
 *   void find_specials(const char *at, size_t blocks, uint64_t *to)
 *       of each 64 bytes a word with a bit for each quote, backslash, control character and byte
 *       outside ASCII
 *   const char *plain_end(const char *at, const char *end, uint32_t *high)
 *       the first byte that is a quote, a backslash or a control character, or any place >= end
 *       where there is none before `end`; *high becomes not 0 where a byte before it is not ASCII
 *   bool gap_fits(const struct weir_json_gap *gap, const char *at)
 *   const char *digits_end(const char *at, const char *end)
 *   bool utf8_valid(const char *bytes, size_t len)
 *
 * Where a string ends must be known before the next one can be looked at, and a chain of loads and
 * compares from string to string would take longer than all the checks. So the special bytes are
 * found for some thousand bytes ahead, without waiting for anything, and the chain is one of bits.
 *
 * `lines`, a constant where these functions are inlined, says that a newline ends the record: it is
 * no white space then.
 *
 * Invariant: a position is compared with `end` before a byte decides anything, but for gaps: a gap
 * may fit bytes that begin before `end` and go on behind it (they are readable, see
 * WEIR_PAD_BYTES), which the next comparison notices.
 *
 * Source: RFC 8259. */

/* A position where something is wrong is returned as NULL, with the error kept in the reader. */
static const char *fail(struct weir_json_reader *reader, enum weir_json_error error, const char *at)
{
    reader->error = error;
    reader->error_at = at;
    return NULL;
}

static inline const char *spaces_end(const char *at, const char *end, bool lines)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || (!lines && *at == '\n')))
        at++;
    return at;
}

static inline bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Which surrogate four hexadecimal digits are: 'h', 'l', or 0. */
static char surrogate(const char *digits)
{
    if ((digits[0] | 0x20) != 'd')
        return 0;
    char second = (char)(digits[1] | 0x20);
    return second == '8' || second == '9' || second == 'a' || second == 'b' ? 'h'
           : second >= 'c' && second <= 'f'                                 ? 'l'
                                                                            : 0;
}

static bool hex4_at(const char *at, const char *end)
{
    return end - at >= 4 && is_hex(at[0]) && is_hex(at[1]) && is_hex(at[2]) && is_hex(at[3]);
}

static const char *escape_end(struct weir_json_reader *reader, const char *at, const char *end)
{
    if (end - at < 2)
        return fail(reader, WEIR_JSON_ENDS, at);
    if (at[1] != 'u')
        return memchr("\"\\/bfnrt", at[1], 8) ? at + 2 : fail(reader, WEIR_JSON_BAD_ESCAPE, at);
    if (!hex4_at(at + 2, end))
        return fail(reader, WEIR_JSON_BAD_UNICODE_ESCAPE, at);
    char half = surrogate(at + 2);
    if (half == 0)
        return at + 6;
    if (half == 'l')
        return fail(reader, WEIR_JSON_LOW_SURROGATE, at);
    if (end - at < 12 || at[6] != '\\' || at[7] != 'u' || !hex4_at(at + 8, end) ||
        surrogate(at + 8) != 'l')
        return fail(reader, WEIR_JSON_HIGH_SURROGATE, at);
    return at + 12;
}

/* The rest of a string from where it stopped being plain, and the check of its bytes. Returns the
 * closing quote. */
static const char *string_rest(struct weir_json_reader *reader, const char *content, const char *at,
                               const char *end, uint32_t high, bool *ret_escaped)
{
    for (;;) {
        if (at >= end)
            return fail(reader, WEIR_JSON_ENDS, end);
        if (*at == '"')
            break;
        if (*at != '\\')
            return fail(reader, WEIR_JSON_CONTROL, at);
        *ret_escaped = true;
        at = escape_end(reader, at, end);
        if (!at)
            return NULL;
        at = plain_end(at, end, &high);
    }
    if (high && !utf8_valid(content, (size_t)(at - content)))
        return fail(reader, WEIR_JSON_BAD_UTF8, content);
    return at;
}

/* `at`: behind the opening quote. Returns the closing quote. */
static inline const char *string_end(struct weir_json_reader *reader, const char *at,
                                     const char *end, bool *ret_escaped)
{
    uint32_t high = 0;
    const char *stop = plain_end(at, end, &high);
    if (__builtin_expect(stop < end && *stop == '"' && !high, 1))
        return stop;
    return string_rest(reader, at, stop, end, high, ret_escaped);
}

static inline const char *number_end(struct weir_json_reader *reader, const char *at,
                                     const char *end)
{
    const char *start = at;
    at += *at == '-';
    const char *digits = at;
    at = digits_end(at, end);
    if (at == digits || (*digits == '0' && at - digits > 1))
        return fail(reader, WEIR_JSON_BAD_TOKEN, start);
    if (at < end && *at == '.') {
        const char *fraction = at + 1;
        at = digits_end(fraction, end);
        if (at == fraction)
            return fail(reader, WEIR_JSON_BAD_TOKEN, start);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        const char *exponent = at;
        at = digits_end(exponent, end);
        if (at == exponent)
            return fail(reader, WEIR_JSON_BAD_TOKEN, start);
    }
    return at;
}

static inline const char *literal_end(struct weir_json_reader *reader, const char *at,
                                      const char *end)
{
    const char *word = *at == 't' ? "true" : *at == 'f' ? "false" : *at == 'n' ? "null" : NULL;
    if (!word)
        return fail(reader, strchr("}],:", *at) && *at ? WEIR_JSON_NO_VALUE : WEIR_JSON_BAD_TOKEN,
                    at);
    size_t len = *at == 'f' ? 5 : 4;
    if ((size_t)(end - at) < len || memcmp(at, word, len) != 0)
        return fail(reader, WEIR_JSON_BAD_TOKEN, at);
    return at + len;
}

static inline bool is_number_start(char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

/* `"key" :` and spaces after it. Returns where the value begins; the key's content is in
 * *ret_key. */
static inline const char *key_end(struct weir_json_reader *reader, const char *at, const char *end,
                                  bool lines, struct weir_slice *ret_key, bool *ret_escaped)
{
    const char *quote = string_end(reader, at + 1, end, ret_escaped);
    if (!quote)
        return NULL;
    *ret_key = weir_slice(at + 1, (size_t)(quote - at - 1));
    at = spaces_end(quote + 1, end, lines);
    if (at >= end || *at != ':')
        return fail(reader, WEIR_JSON_NO_COLON, at);
    return spaces_end(at + 1, end, lines);
}

/* What stands between the values of an object or array: `at` is behind a value, or behind the
 * opening bracket (`first`). Returns the next value, or with *ret_closed the place behind the
 * closing bracket. */
static inline const char *next_value(struct weir_json_reader *reader, const char *at,
                                     const char *end, bool lines, bool object, bool first,
                                     struct weir_slice *ret_key, bool *ret_escaped,
                                     bool *ret_closed)
{
    at = spaces_end(at, end, lines);
    if (at < end && *at == (object ? '}' : ']')) {
        *ret_closed = true;
        return at + 1;
    }
    if (!first) {
        if (at >= end || *at != ',')
            return fail(reader, object ? WEIR_JSON_NO_COMMA_OBJECT : WEIR_JSON_NO_COMMA_ARRAY, at);
        at = spaces_end(at + 1, end, lines);
    }
    if (!object) {
        if (first && at < end && (*at == ',' || *at == '}'))
            return fail(reader, WEIR_JSON_NO_VALUE_OR_END, at);
        return at;
    }
    if (at >= end || *at != '"')
        return fail(reader, first ? WEIR_JSON_NO_KEY_OR_END : WEIR_JSON_NO_KEY, at);
    return key_end(reader, at, end, lines, ret_key, ret_escaped);
}

/* `at`: an opening bracket inside of a record. Iterative: a bit for each open bracket says whether
 * it is an object's. Returns the place behind the closing one. */
static const char *container_end(struct weir_json_reader *reader, const char *at, const char *end,
                                 bool lines)
{
    uint64_t objects[WEIR_JSON_DEPTH_MAX / 64];
    uint32_t depth = 1; /* the record's own braces */
    struct weir_slice key;
    bool ignored, first;
    do {
        if (at < end && (*at == '{' || *at == '[')) {
            if (depth == reader->depth_max)
                return fail(reader, WEIR_JSON_TOO_DEEP, at);
            uint64_t bit = (uint64_t)1 << (depth & 63), *word = &objects[depth >> 6];
            *word = *at == '{' ? *word | bit : *word & ~bit;
            depth++;
            at++;
            first = true;
        } else {
            if (at >= end)
                return fail(reader, WEIR_JSON_ENDS, at);
            if (*at == '"') {
                at = string_end(reader, at + 1, end, &ignored);
                if (at)
                    at++;
            } else {
                at = is_number_start(*at) ? number_end(reader, at, end)
                                          : literal_end(reader, at, end);
            }
            if (!at)
                return NULL;
            first = false;
        }
        bool closed;
        do {
            closed = false;
            bool object = objects[(depth - 1) >> 6] >> ((depth - 1) & 63) & 1;
            at = next_value(reader, at, end, lines, object, first, &key, &ignored, &closed);
            if (!at)
                return NULL;
            depth -= closed;
            first = false;
        } while (closed && depth > 1);
    } while (depth > 1);
    return at;
}

/* Checks a value that is not a string. Returns the place behind it. */
static inline const char *bare_end(struct weir_json_reader *reader, const char *at, const char *end,
                                   bool lines)
{
    if (at >= end)
        return fail(reader, WEIR_JSON_ENDS, at);
    if (is_number_start(*at))
        return number_end(reader, at, end);
    if (*at == '{' || *at == '[')
        return container_end(reader, at, end, lines);
    return literal_end(reader, at, end);
}

/* The number of the key just read; escapes in it are decoded first. */
static uint32_t key_number(struct weir_json_reader *reader, struct weir_slice key, bool escaped)
{
    char decoded[WEIR_JSON_KEY_BYTES * 6]; /* every character of a wanted key may be spelt \uXXXX */
    if (escaped) {
        if (key.len > sizeof(decoded))
            return WEIR_JSON_OTHER_KEY;
        bool has_nul;
        key = weir_slice(decoded, weir_json_unescape(key, decoded, &has_nul));
    }
    return weir_json_key_number(reader, key);
}

/* The way for bytes that were not foreseen: from behind a value (or the record's start) to the next
 * value. */
static const char *gap_end(struct weir_json_reader *reader, const char *at, const char *end,
                           bool lines, uint32_t *number)
{
    const char *start = at;
    if (*number == WEIR_JSON_AT_START) {
        at = spaces_end(at, end, lines);
        if (at >= end)
            return fail(reader, WEIR_JSON_ENDS, at);
        if (*at != '{') {
            bool value = *at == '"' || *at == '[' || bare_end(reader, at, end, lines);
            return value ? fail(reader, WEIR_JSON_NOT_OBJECT, at) : NULL;
        }
        at++;
    }
    struct weir_slice key = {0};
    bool escaped = false, closed = false;
    at = next_value(reader, at, end, lines, true, *number == WEIR_JSON_AT_START, &key, &escaped,
                    &closed);
    if (!at)
        return NULL;
    uint32_t next = closed ? WEIR_JSON_AT_END : key_number(reader, key, escaped);
    weir_json_learn_gap(reader, *number, weir_slice(start, (size_t)(at - start)), next);
    *number = next;
    return at;
}

/* The bytes ahead whose special ones are known: reader->specials has a bit for each from base
 * on. */
struct look {
    const char *base, *limit;
};

static struct look look_ahead(struct weir_json_reader *reader, const char *at, const char *end)
{
    size_t bytes = (size_t)(end - at);
    bytes = bytes < WEIR_JSON_LOOK_BYTES ? bytes : WEIR_JSON_LOOK_BYTES;
    find_specials(at, (bytes + 63) / 64, reader->specials);
    return (struct look){at, at + bytes};
}

/* The closing quote of the string at `at`, within look, if it is short and has no other special
 * bytes; else NULL, which says nothing. */
static inline const char *short_string_end(const struct weir_json_reader *reader,
                                           const struct look *look, const char *at)
{
    size_t first = (size_t)(at + 1 - look->base), shift = first & 63;
    const uint64_t *words = reader->specials + first / 64;
    uint64_t specials = words[0] >> shift | words[1] << 1 << (63 - shift);
    if (specials == 0)
        return NULL;
    const char *stop = at + 1 + __builtin_ctzll(specials);
    return stop < look->limit && *stop == '"' ? stop : NULL;
}

static inline void put_value(struct weir_json_reader *reader, uint32_t number, uint32_t row,
                             const char *start, const char *stop, uint8_t kind)
{
    uint32_t column = number - WEIR_JSON_FIRST_KEY;
    if (column >= reader->columns_count)
        return;
    reader->columns[column].spans[row] = weir_slice(start, (size_t)(stop - start));
    reader->columns[column].kinds[row] = kind;
}

/* From a record's first byte to the place behind its last brace. The loop's top is reached with at
 * <= end. */
__attribute__((always_inline)) static inline const char *object_end(struct weir_json_reader *reader,
                                                                    struct look *look,
                                                                    const char *at, const char *end,
                                                                    uint32_t row, bool lines)
{
    uint32_t number = WEIR_JSON_AT_START;
    for (;;) {
        const struct weir_json_gap *gap = &reader->gaps[number];
        if (__builtin_expect(gap_fits(gap, at), 1)) {
            at += gap->len;
            number = gap->next;
        } else {
            at = gap_end(reader, at, end, lines, &number);
            if (!at)
                return NULL;
        }
        if (number == WEIR_JSON_AT_END)
            return at <= end ? at : fail(reader, WEIR_JSON_ENDS, end);
        if (__builtin_expect(at >= look->limit, 0)) {
            if (at >= end)
                return fail(reader, WEIR_JSON_ENDS, end);
            *look = look_ahead(reader, at, end);
        }
        const char *start = at, *stop;
        if (*at != '"') {
            stop = bare_end(reader, at, end, lines);
            if (!stop)
                return NULL;
            put_value(reader, number, row, start, stop,
                      *start == 'n' ? WEIR_SPAN_NULL : WEIR_SPAN_BARE);
            at = stop;
            continue;
        }
        stop = short_string_end(reader, look, at);
        bool escaped = false;
        if (__builtin_expect(!stop, 0)) {
            stop = string_end(reader, at + 1, end, &escaped);
            if (!stop)
                return NULL;
        }
        put_value(reader, number, row, start + 1, stop,
                  escaped ? WEIR_SPAN_ESCAPED : WEIR_SPAN_TEXT);
        at = stop + 1;
    }
}

/* Where the line that holds `at` ends: its newline, or the end of all. `at` is behind a record. */
static inline const char *line_rest_end(struct weir_json_reader *reader, const char *at,
                                        const char *end)
{
    at = spaces_end(at, end, true);
    return at >= end || *at == '\n' ? at : fail(reader, WEIR_JSON_NO_END, at);
}

static bool read_lines(struct weir_json_reader *reader, struct weir_json_lines *lines)
{
    const char *line = lines->at, *end = lines->end;
    uint32_t row = lines->row;
    size_t line_ends = 0;
    bool fine = true;
    struct look look = {line, line};
    while (row < lines->rows_max && line < end) {
        const char *at = *line == '{' ? line : spaces_end(line, end, true);
        bool blank = at >= end || *at == '\n';
        if (!blank)
            at = object_end(reader, &look, line, end, row, true);
        if (at && (at >= end || *at != '\n'))
            at = line_rest_end(reader, at, end);
        if (!at) {
            fine = false;
            break;
        }
        if (!blank) {
            if (reader->records) {
                size_t len = (size_t)(at - line);
                reader->records[row] = weir_slice(line, len - (line[len - 1] == '\r'));
            }
            row++;
        }
        line_ends += at < end;
        line = at < end ? at + 1 : end;
    }
    lines->at = line;
    lines->row = row;
    lines->line_ends += line_ends;
    return fine;
}

static bool read_record(struct weir_json_reader *reader, const char *at, const char *end,
                        uint32_t row)
{
    if (reader->records)
        reader->records[row] = weir_slice(at, (size_t)(end - at));
    struct look look = {at, at};
    at = object_end(reader, &look, at, end, row, false);
    if (!at)
        return false;
    at = spaces_end(at, end, false);
    return at == end || fail(reader, WEIR_JSON_NO_END, at);
}
