/* The reader's errors as texts. PostgreSQL says what is wrong with JSON in two parts, message and
 * detail; a row has room for one line, so they are put together, with the place in the record. */
#include "format/json/json_error.h"

#include <ctype.h>
#include <stdio.h>

#include "format/decoder.h"
#include "simd/utf8.h"

enum { TOKEN_BYTES_MAX = 40 };

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || strchr("+-._$", c) || (unsigned char)c >= 0x80;
}

/* The word, or else the character, at `at`. */
static struct weir_slice token_at(const char *at, const char *end)
{
    const char *stop = at;
    while (stop < end && *stop && is_word(*stop) && stop - at < TOKEN_BYTES_MAX)
        stop++;
    size_t len = weir_utf8_valid_prefix(at, stop > at ? (size_t)(stop - at) : 1);
    return weir_slice(at, len);
}

static const char *expectation(enum weir_json_error error)
{
    switch (error) {
    case WEIR_JSON_NO_KEY:
        return "expected string";
    case WEIR_JSON_NO_KEY_OR_END:
        return "expected string or \"}\"";
    case WEIR_JSON_NO_COLON:
        return "expected \":\"";
    case WEIR_JSON_NO_VALUE:
        return "expected JSON value";
    case WEIR_JSON_NO_VALUE_OR_END:
        return "expected array element or \"]\"";
    case WEIR_JSON_NO_COMMA_OBJECT:
        return "expected \",\" or \"}\"";
    case WEIR_JSON_NO_COMMA_ARRAY:
        return "expected \",\" or \"]\"";
    case WEIR_JSON_NO_END:
        return "expected end of input";
    default:
        return NULL;
    }
}

static const char *string_complaint(enum weir_json_error error)
{
    switch (error) {
    case WEIR_JSON_BAD_UNICODE_ESCAPE:
        return "\"\\u\" must be followed by four hexadecimal digits";
    case WEIR_JSON_HIGH_SURROGATE:
        return "a Unicode high surrogate must be followed by a low one";
    case WEIR_JSON_LOW_SURROGATE:
        return "Unicode low surrogate must follow a high surrogate";
    default:
        return "it is not well formed";
    }
}

void weir_json_error_text(const struct weir_json_reader *reader, struct weir_slice record,
                          char *text, size_t text_size)
{
    const char *end = record.ptr + record.len, *at = reader->error_at;
    long byte = at - record.ptr + 1;
    if (reader->error == WEIR_JSON_BAD_UTF8 &&
        weir_decode_encoding_error(weir_slice(at, (size_t)(end - at)), text, text_size))
        return;
    if (at >= end || (reader->error == WEIR_JSON_BAD_ESCAPE && end - at < 2)) {
        snprintf(text, text_size,
                 "invalid input syntax for type json: the input string ended unexpectedly");
        return;
    }
    struct weir_slice token = token_at(at, end);
    const char *expected = expectation(reader->error);
    if (reader->error == WEIR_JSON_NOT_OBJECT)
        snprintf(text, text_size, "record is a JSON %s, where an object was expected",
                 *at == '[' ? "array" : "scalar");
    else if (reader->error == WEIR_JSON_TOO_DEEP)
        snprintf(text, text_size, "JSON is nested deeper than %u (option max_depth) at byte %ld",
                 reader->depth_max, byte);
    else if (reader->error == WEIR_JSON_CONTROL)
        snprintf(text, text_size,
                 "invalid input syntax for type json: character with value 0x%02x must be escaped "
                 "(byte %ld)",
                 (unsigned char)*at, byte);
    else if (reader->error == WEIR_JSON_BAD_ESCAPE)
        snprintf(
            text, text_size,
            "invalid input syntax for type json: escape sequence \"\\%.*s\" is invalid (byte %ld)",
            (int)weir_utf8_valid_prefix(at + 1, 1), at + 1, byte);
    else if (reader->error == WEIR_JSON_BAD_TOKEN)
        snprintf(text, text_size,
                 "invalid input syntax for type json: token \"%.*s\" is invalid (byte %ld)",
                 WEIR_FMT(token), byte);
    else if (expected)
        snprintf(text, text_size,
                 "invalid input syntax for type json: %s, but found \"%.*s\" (byte %ld)", expected,
                 WEIR_FMT(token), byte);
    else
        snprintf(text, text_size, "invalid input syntax for type json: %s (byte %ld)",
                 string_complaint(reader->error), byte);
}
