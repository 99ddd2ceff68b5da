/* Flat JSON objects: no nesting, whole numbers, texts without interpretation of escapes (what is
 * read here is percent-encoded or plain). Strict: anything else is an error, never skipped. Source:
 * RFC 8259. */
#include "connector/file/flat_json.h"

#include <errno.h>
#include <stdlib.h>

static void skip_spaces(struct weir_slice *rest)
{
    while (rest->len &&
           (*rest->ptr == ' ' || *rest->ptr == '\t' || *rest->ptr == '\n' || *rest->ptr == '\r'))
        *rest = weir_slice(rest->ptr + 1, rest->len - 1);
}

static bool take(struct weir_slice *rest, char wanted)
{
    skip_spaces(rest);
    if (!rest->len || *rest->ptr != wanted)
        return false;
    *rest = weir_slice(rest->ptr + 1, rest->len - 1);
    return true;
}

static bool take_text(struct weir_slice *rest, struct weir_slice *ret)
{
    if (!take(rest, '"'))
        return false;
    for (size_t i = 0; i < rest->len; i++) {
        unsigned char c = (unsigned char)rest->ptr[i];
        if (c < 0x20)
            return false;
        if (c == '"') {
            *ret = weir_slice(rest->ptr, i);
            *rest = weir_slice(rest->ptr + i + 1, rest->len - i - 1);
            return true;
        }
        i += c == '\\';
    }
    return false;
}

static bool take_word(struct weir_slice *rest, const char *word)
{
    size_t len = strlen(word);
    if (rest->len < len || memcmp(rest->ptr, word, len) != 0)
        return false;
    *rest = weir_slice(rest->ptr + len, rest->len - len);
    return true;
}

static bool take_number(struct weir_slice *rest, struct weir_flat_field *ret)
{
    char digits[24];
    size_t len = 0;
    while (len < rest->len && len < sizeof digits - 1 &&
           ((rest->ptr[len] >= '0' && rest->ptr[len] <= '9') || (len == 0 && rest->ptr[0] == '-')))
        len++;
    if (len == 0 || (len == 1 && rest->ptr[0] == '-'))
        return false;
    memcpy(digits, rest->ptr, len);
    digits[len] = 0;
    errno = 0;
    ret->number = strtoll(digits, NULL, 10);
    ret->text = weir_slice(rest->ptr, len);
    *rest = weir_slice(rest->ptr + len, rest->len - len);
    return errno == 0;
}

static bool take_value(struct weir_slice *rest, struct weir_flat_field *ret)
{
    skip_spaces(rest);
    ret->text = WEIR_SLICE("");
    ret->number = 0;
    if (rest->len && *rest->ptr == '"') {
        ret->kind = WEIR_FLAT_TEXT;
        return take_text(rest, &ret->text);
    }
    if (take_word(rest, "true") || take_word(rest, "false")) {
        ret->kind = WEIR_FLAT_BOOL;
        ret->number = rest->ptr[-2] == 'u'; /* tr-u-e */
        return true;
    }
    if (take_word(rest, "null")) {
        ret->kind = WEIR_FLAT_NULL;
        return true;
    }
    ret->kind = WEIR_FLAT_NUMBER;
    return take_number(rest, ret);
}

enum weir_code weir_flat_next(struct weir_flat *flat, struct weir_flat_field *ret, bool *ret_end,
                              struct weir_error *err)
{
    *ret_end = false;
    bool opened = flat->begun || take(&flat->rest, '{');
    if (opened && take(&flat->rest, '}')) {
        skip_spaces(&flat->rest);
        *ret_end = true;
        return flat->rest.len
                   ? weir_fail(err, WEIR_BAD_DATA, "unexpected text behind a JSON object")
                   : WEIR_OK;
    }
    bool good = opened && (!flat->begun || take(&flat->rest, ','));
    flat->begun = true;
    good = good && take_text(&flat->rest, &ret->name) && take(&flat->rest, ':') &&
           take_value(&flat->rest, ret);
    return good ? WEIR_OK
                : weir_fail(err, WEIR_BAD_DATA, "expected a flat JSON object, found \"%.*s\"",
                            (int)(flat->rest.len < 40 ? flat->rest.len : 40), flat->rest.ptr);
}
