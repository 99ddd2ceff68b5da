/* One value of any type: text in and out, order and hash. Here are the switches over the types; the record path has loops
 * of its own for each type and comes here only where the type is not known until a row is at hand.
 *
 * Order and hash agree: values that compare equal hash alike, within one type. */
#include <math.h>
#include <stdio.h>

#include "base/hash.h"
#include "column/json.h"
#include "column/numeric.h"
#include "column/text.h"
#include "simd/utf8.h"

/* Longest text of a fixed-width value. */
#define FIXED_TEXT_BYTES 48

/* A text has neither bad UTF-8 nor a NUL. */
static enum weir_code text_check(struct weir_slice text, struct weir_error *err)
{
    if (weir_utf8_valid(text.ptr, text.len) && !memchr(text.ptr, '\0', text.len))
        return WEIR_OK;
    size_t bad = weir_utf8_valid_prefix(text.ptr, text.len);
    const char *nul = memchr(text.ptr, '\0', bad);
    if (nul)
        return weir_fail(err, WEIR_BAD_DATA, "invalid byte sequence for encoding \"UTF8\": 0x00");
    unsigned char lead = (unsigned char)text.ptr[bad];
    size_t bytes = lead >= 0xf0 && lead < 0xf8   ? 4
                   : lead >= 0xe0 && lead < 0xf0 ? 3
                   : lead >= 0xc0 && lead < 0xe0 ? 2
                                                 : 1;
    char hex[4 * 5 + 1] = "";
    for (size_t i = 0; i < bytes && bad + i < text.len; i++)
        (void)snprintf(hex + 5 * i, 6, " 0x%02x", (unsigned)(unsigned char)text.ptr[bad + i]);
    return weir_fail(err, WEIR_BAD_DATA, "invalid byte sequence for encoding \"UTF8\":%s", hex);
}

enum weir_code weir_value_parse(enum weir_type type, struct weir_slice text, int64_t now_us,
                                struct weir_arena *arena, struct weir_vector *to, uint32_t row,
                                struct weir_error *err)
{
    bool boolean;
    switch (type) {
    case WEIR_BOOL:
        WEIR_TRY(weir_bool_parse(text, &boolean, err));
        to->b[row] = boolean;
        break;
    case WEIR_INT4:
        WEIR_TRY(weir_int4_parse(text, &to->i4[row], err));
        break;
    case WEIR_INT8:
        WEIR_TRY(weir_int8_parse(text, &to->i8[row], err));
        break;
    case WEIR_FLOAT8:
        WEIR_TRY(weir_float8_parse(text, &to->f8[row], err));
        break;
    case WEIR_NUMERIC:
        WEIR_TRY(weir_numeric_parse(text, arena, &to->s[row], err));
        break;
    case WEIR_TEXT:
    case WEIR_UNKNOWN:
        WEIR_TRY(text_check(text, err));
        to->s[row] = text;
        break;
    case WEIR_BYTEA:
        WEIR_TRY(weir_bytea_parse(text, arena, &to->s[row], err));
        break;
    case WEIR_DATE:
        WEIR_TRY(weir_date_parse(text, now_us, &to->i4[row], err));
        break;
    case WEIR_TIMESTAMPTZ:
        WEIR_TRY(weir_timestamptz_parse(text, now_us, &to->i8[row], err));
        break;
    case WEIR_JSONB:
        WEIR_TRY(text_check(text, err));
        WEIR_TRY(weir_jsonb_parse(text, arena, &to->s[row], err));
        break;
    case WEIR_TYPE_COUNT:
        return weir_fail(err, WEIR_BUG, "no such type: %d", (int)type);
    }
    weir_set_valid(to, row, true);
    return WEIR_OK;
}

static size_t fixed_format(const struct weir_vector *from, uint32_t row, char *to)
{
    switch (from->type) {
    case WEIR_BOOL:
        *to = from->b[row] ? 't' : 'f';
        return 1;
    case WEIR_INT4:
        return weir_int4_format(from->i4[row], to);
    case WEIR_INT8:
        return weir_int8_format(from->i8[row], to);
    case WEIR_FLOAT8:
        return weir_float8_format(from->f8[row], to);
    case WEIR_DATE:
        return weir_date_format(from->i4[row], to);
    default:
        return weir_timestamptz_format(from->i8[row], to);
    }
}

static size_t bytea_format(struct weir_slice bytes, char *to)
{
    static const char hex[] = "0123456789abcdef";
    to[0] = '\\';
    to[1] = 'x';
    for (size_t i = 0; i < bytes.len; i++) {
        to[2 + 2 * i] = hex[(unsigned char)bytes.ptr[i] >> 4];
        to[3 + 2 * i] = hex[bytes.ptr[i] & 15];
    }
    return 2 + 2 * bytes.len;
}

enum weir_code weir_value_format(const struct weir_vector *from, uint32_t row,
                                 struct weir_buffer *to, struct weir_error *err)
{
    if (from->type == WEIR_BYTEA) {
        WEIR_TRY(weir_buffer_reserve(to, 2 + 2 * from->s[row].len, err));
        to->len += bytea_format(from->s[row], to->ptr + to->len);
    } else if (weir_type_is_slice(from->type)) {
        return weir_buffer_append(to, from->s[row], err);
    } else {
        WEIR_TRY(weir_buffer_reserve(to, FIXED_TEXT_BYTES, err));
        to->len += fixed_format(from, row, to->ptr + to->len);
    }
    return WEIR_OK;
}

struct weir_slice weir_value_text(const struct weir_vector *from, uint32_t row,
                                  struct weir_arena *arena)
{
    if (weir_type_is_slice(from->type) && from->type != WEIR_BYTEA)
        return from->s[row];
    if (from->type == WEIR_BYTEA) {
        char *to = weir_arena_alloc(arena, 2 + 2 * from->s[row].len, 1);
        return to ? weir_slice(to, bytea_format(from->s[row], to)) : weir_slice(NULL, 0);
    }
    char text[FIXED_TEXT_BYTES];
    return weir_arena_slice(arena, weir_slice(text, fixed_format(from, row, text)));
}

/* NaN equals itself and is above all else. */
static int float8_compare(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

int weir_value_compare(const struct weir_vector *a, uint32_t a_row, const struct weir_vector *b,
                       uint32_t b_row)
{
    switch (a->type) {
    case WEIR_BOOL:
        return a->b[a_row] - b->b[b_row];
    case WEIR_INT4:
    case WEIR_DATE:
        return (a->i4[a_row] > b->i4[b_row]) - (a->i4[a_row] < b->i4[b_row]);
    case WEIR_INT8:
    case WEIR_TIMESTAMPTZ:
        return (a->i8[a_row] > b->i8[b_row]) - (a->i8[a_row] < b->i8[b_row]);
    case WEIR_FLOAT8:
        return float8_compare(a->f8[a_row], b->f8[b_row]);
    case WEIR_NUMERIC:
        return weir_numeric_compare(a->s[a_row], b->s[b_row]);
    case WEIR_JSONB:
        return weir_jsonb_compare(a->s[a_row], b->s[b_row]);
    default:
        return weir_slice_compare(a->s[a_row], b->s[b_row]);
    }
}

static uint64_t integer_hash(uint64_t value)
{
    return weir_hash_mix(UINT64_C(0x8ebc6af09c88c6e3), value * UINT64_C(0x9e3779b97f4a7c15));
}

uint64_t weir_value_hash(const struct weir_vector *vector, uint32_t row)
{
    double number;
    uint64_t bits;
    switch (vector->type) {
    case WEIR_BOOL:
        return integer_hash(vector->b[row]);
    case WEIR_INT4:
    case WEIR_DATE:
        return integer_hash((uint64_t)vector->i4[row]);
    case WEIR_INT8:
    case WEIR_TIMESTAMPTZ:
        return integer_hash((uint64_t)vector->i8[row]);
    case WEIR_FLOAT8:
        number =
            isnan(vector->f8[row]) ? (double)NAN : vector->f8[row] + 0.0; /* -0.0 + 0.0 is 0.0 */
        memcpy(&bits, &number, sizeof(bits));
        return integer_hash(bits);
    case WEIR_NUMERIC:
        return weir_numeric_hash(vector->s[row]);
    case WEIR_JSONB:
        return weir_jsonb_hash(vector->s[row]);
    default:
        return weir_hash(vector->s[row], 0);
    }
}
