/* Functions of bytea: lengths, text forms, conversion to and from text, MD5.
 *
 * weir_text is our own: it turns any bytes into text, for records that may be damaged (each invalid
 * sequence becomes U+FFFD), where convert_from would fail the row. Source: PostgreSQL 15, chapter
 * 9.5. */
#include "expr/encode.h"
#include "expr/md5.h"
#include "expr/text_functions.h"
#include "simd/utf8.h"

WEIR_KERNEL(length_bytes)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->i4[row] = (int32_t)args[0]->s[row].len;
}

WEIR_KERNEL(length_bits)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->i4[row] = (int32_t)(args[0]->s[row].len * 8);
}

WEIR_KERNEL(position)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    {
        size_t found = weir_slice_find(args[0]->s[row], args[1]->s[row], 0);
        out->i4[row] = found == SIZE_MAX ? 0 : (int32_t)found + 1;
    }
}

/* Bytes start .. end - 1 from 1; what lies outside is cut off. */
static struct weir_slice bytes_between(struct weir_slice bytes, int64_t start, int64_t end)
{
    int64_t len = (int64_t)bytes.len;
    start = start < 1 ? 1 : start > len + 1 ? len + 1 : start;
    end = end > len + 1 ? len + 1 : end;
    return weir_slice(bytes.ptr + start - 1, end > start ? (size_t)(end - start) : 0);
}

WEIR_KERNEL(substring_from)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->s[row] = bytes_between(args[0]->s[row], args[1]->i4[row], INT64_MAX);
}

WEIR_KERNEL(substring_from_for)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        int64_t start = args[1]->i4[row], length = args[2]->i4[row];
        if (length < 0)
            weir_out_fail(eval, out, row, "negative substring length not allowed");
        else
            out->s[row] = bytes_between(args[0]->s[row], start, start + length);
    }
}

WEIR_KERNEL(get_byte)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice bytes = args[0]->s[row];
        int32_t index = args[1]->i4[row];
        if (index < 0 || (size_t)index >= bytes.len)
            weir_out_fail(eval, out, row, "index %d out of valid range, 0..%d", (int)index,
                          (int)bytes.len - 1);
        else
            out->i4[row] = (unsigned char)bytes.ptr[index];
    }
}

/* ---- text forms ---- */

static const struct weir_encoding *encoding_of(struct weir_eval *eval, struct weir_slice name,
                                               struct weir_vector *out, uint32_t row)
{
    const struct weir_encoding *encoding = weir_encoding_find(name);
    if (!encoding)
        weir_out_fail(eval, out, row, "unrecognized encoding: \"%.*s\"", WEIR_FMT(name));
    return encoding;
}

WEIR_KERNEL(encode)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice bytes = args[0]->s[row];
        const struct weir_encoding *encoding = encoding_of(eval, args[1]->s[row], out, row);
        char *to =
            encoding ? weir_out_alloc(eval, out, row, encoding->encode_bound(bytes.len)) : NULL;
        if (to)
            out->s[row] = weir_slice(to, encoding->encode(bytes, to));
    }
}

WEIR_KERNEL(decode)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row];
        const struct weir_encoding *encoding = encoding_of(eval, args[1]->s[row], out, row);
        char *to =
            encoding ? weir_out_alloc(eval, out, row, encoding->decode_bound(text.len)) : NULL;
        if (!to)
            continue;
        size_t len = 0;
        struct weir_error error;
        if (encoding->decode(text, to, &len, &error) != WEIR_OK)
            weir_out_error(eval, out, row, &error);
        else
            out->s[row] = weir_slice(to, len);
    }
}

/* ---- text from bytes and back ---- */

static bool is_utf8_name(struct weir_slice name)
{
    char plain[8];
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        if (c == '-' || c == '_' || c == ' ')
            continue;
        if (len == sizeof(plain))
            return false;
        plain[len++] = c;
    }
    return weir_slice_is(weir_slice(plain, len), "utf8") ||
           weir_slice_is(weir_slice(plain, len), "unicode");
}

/* Text is UTF-8 without NUL. */
static bool is_text(struct weir_slice bytes)
{
    return bytes.len == 0 ||
           (weir_utf8_valid(bytes.ptr, bytes.len) && !memchr(bytes.ptr, 0, bytes.len));
}

WEIR_KERNEL(convert_from)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_error error;
        if (!is_utf8_name(args[1]->s[row]))
            weir_out_fail(eval, out, row, "invalid source encoding name \"%.*s\"",
                          WEIR_FMT(args[1]->s[row]));
        else if (!is_text(args[0]->s[row]) && weir_utf8_check(args[0]->s[row], &error) != WEIR_OK)
            weir_out_error(eval, out, row, &error);
        else
            out->s[row] = args[0]->s[row];
    }
}

WEIR_KERNEL(convert_to)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        if (!is_utf8_name(args[1]->s[row]))
            weir_out_fail(eval, out, row, "invalid destination encoding name \"%.*s\"",
                          WEIR_FMT(args[1]->s[row]));
        else
            out->s[row] = args[0]->s[row];
    }
}

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

WEIR_KERNEL(any_bytes_to_text)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice bytes = args[0]->s[row];
        out->s[row] = bytes;
        if (is_text(bytes))
            continue;
        char *to = weir_out_alloc(eval, out, row, bytes.len * 3);
        if (!to)
            continue;
        size_t len = 0;
        for (size_t at = 0; at < bytes.len;) {
            size_t bad,
                good = weir_utf8_character(weir_slice(bytes.ptr + at, bytes.len - at), &bad);
            memcpy(to + len, good ? bytes.ptr + at : REPLACEMENT, good ? good : 3);
            len += good ? good : 3;
            at += good ? good : bad;
        }
        out->s[row] = weir_slice(to, len);
    }
}

WEIR_KERNEL(md5)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        uint8_t digest[16];
        char *to = weir_out_alloc(eval, out, row, 32);
        if (!to)
            continue;
        weir_md5(args[0]->s[row], digest);
        out->s[row] = weir_slice(to, weir_hex_encode(weir_slice((const char *)digest, 16), to));
    }
}

#define BYTEA WEIR_BYTEA
#define TEXT  WEIR_TEXT
#define INT4  WEIR_INT4
#define ROW(name, result, types, count, kernel_name, help, example)                                \
    {                                                                                              \
        name, WEIR_FUNCTION, result, types, count, .kernel = kernel_name, "binary string", help,   \
                                                   example                                         \
    }
#define T(...)                                                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

const struct weir_function weir_binary_functions[] = {
    ROW("length", INT4, T(BYTEA), 1, length_bytes, "the number of bytes",
        "length('\\x1234'::bytea) -> 2"),
    ROW("octet_length", INT4, T(BYTEA), 1, length_bytes, "the number of bytes",
        "octet_length('\\x1234'::bytea) -> 2"),
    ROW("bit_length", INT4, T(BYTEA), 1, length_bits, "the number of bits",
        "bit_length('\\x1234'::bytea) -> 16"),
    ROW("position", INT4, T(BYTEA, BYTEA), 2, position,
        "where the substring starts, from 1; 0: nowhere",
        "position('\\x34'::bytea IN '\\x1234') -> 2"),
    ROW("substring", BYTEA, T(BYTEA, INT4), 2, substring_from, "the bytes from a position on",
        "substring('\\x1234'::bytea, 2) -> \\x34"),
    ROW("substring", BYTEA, T(BYTEA, INT4, INT4), 3, substring_from_for,
        "so many bytes from a position on", "substring('\\x123456'::bytea, 2, 1) -> \\x34"),
    ROW("substr", BYTEA, T(BYTEA, INT4), 2, substring_from, "the bytes from a position on",
        "substr('\\x1234'::bytea, 2) -> \\x34"),
    ROW("substr", BYTEA, T(BYTEA, INT4, INT4), 3, substring_from_for,
        "so many bytes from a position on", "substr('\\x123456'::bytea, 2, 1) -> \\x34"),
    ROW("get_byte", INT4, T(BYTEA, INT4), 2, get_byte, "the byte with this index, from 0",
        "get_byte('\\x1234'::bytea, 1) -> 52"),
    ROW("encode", TEXT, T(BYTEA, TEXT), 2, encode, "bytes as text: 'hex', 'base64' or 'escape'",
        "encode('\\x1234', 'base64') -> EjQ="),
    ROW("decode", BYTEA, T(TEXT, TEXT), 2, decode, "bytes from their text form",
        "decode('EjQ=', 'base64') -> \\x1234"),
    ROW("convert_from", TEXT, T(BYTEA, TEXT), 2, convert_from,
        "text from bytes in an encoding ('UTF8')", "convert_from('\\x6869', 'UTF8') -> hi"),
    ROW("convert_to", BYTEA, T(TEXT, TEXT), 2, convert_to,
        "the text's bytes in an encoding ('UTF8')", "convert_to('hi', 'UTF8') -> \\x6869"),
    ROW("weir_text", TEXT, T(BYTEA), 1, any_bytes_to_text,
        "text from any bytes; what is not UTF-8 becomes U+FFFD",
        "weir_text('\\x6869ff') -> hi\xef\xbf\xbd"),
    ROW("md5", TEXT, T(TEXT), 1, md5, "the MD5 hash in hex",
        "md5('abc') -> 900150983cd24fb0d6963f7d28e17f72"),
    ROW("md5", TEXT, T(BYTEA), 1, md5, "the MD5 hash in hex",
        "md5('\\x00'::bytea) -> 93b885adfe0da089cdf634904fd59f71"),
    {NULL},
};
