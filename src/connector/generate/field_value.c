/* Values of fields. Words are slices of their list, numbers go straight into number columns, what has to be put together is
 * written into the batch's arena; only the rare pairs (a date from a word list ..) go through the type's text input. */
#include "connector/generate/field.h"

#include "column/text.h"

#include <math.h>

static inline bool is_null(const struct weir_field *field, uint64_t random)
{
    /* Other bits than those that choose the value. */
    return field->null_percent &&
           (random * UINT64_C(0xd6e8feb86659fd93) >> 32) % 100 < field->null_percent;
}

static inline int64_t integer_of(const struct weir_field *field, uint64_t row, uint64_t random)
{
    switch (field->kind) {
    case WEIR_FIELD_SEQUENCE:
    case WEIR_FIELD_TIME:
        return (int64_t)((uint64_t)field->low + row * (uint64_t)field->step);
    case WEIR_FIELD_BOOL:
        return (int64_t)weir_field_below(random, 100) < field->low;
    default:
        return (
            int64_t)((uint64_t)field->low +
                     weir_field_below(random, (uint64_t)field->high - (uint64_t)field->low + 1));
    }
}

static inline struct weir_slice word_of(const struct weir_field *field, uint64_t random)
{
    return field->words.items[weir_field_below(random, field->words.count)];
}

/* Two digits behind the point: decimal columns take it, too. */
static double real_of(const struct weir_field *field, uint64_t random)
{
    double share = (double)(random >> 11) * 0x1p-53;
    return round((field->real_low + share * (field->real_high - field->real_low)) * 100) / 100;
}

static size_t put_hex(uint64_t seed, size_t digits_count, char *to)
{
    static const char digits[] = "0123456789abcdef";
    struct weir_field more = {.seed = seed};
    for (size_t i = 0; i < digits_count; i++)
        to[i] = digits[weir_field_random(&more, i / 16) >> (i % 16 * 4) & 15];
    return digits_count;
}

/* A version 4 UUID (RFC 9562). */
static size_t put_uuid(uint64_t random, char *to)
{
    char hex[32];
    put_hex(random, 32, hex);
    hex[12] = '4';
    hex[16] = "89ab"[random & 3];
    size_t len = 0;
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            to[len++] = '-';
        to[len++] = hex[i];
    }
    return len;
}

/* ASCII letters of a name in lower case; others are left out. */
static size_t put_letters(struct weir_slice name, size_t max, char *to)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < max; i++) {
        char c = (char)(name.ptr[i] | 0x20);
        if (c >= 'a' && c <= 'z' && name.ptr[i] > 0)
            to[len++] = c;
    }
    return len;
}

static struct weir_slice name_of(const struct weir_field *fields, int32_t column,
                                 const struct weir_words *own, uint64_t row, uint64_t random)
{
    if (column >= 0)
        return word_of(&fields[column], weir_field_random(&fields[column], row));
    return own->items[weir_field_below(random, own->count)];
}

/* "wfoord1a@example.com": initial, last name, the row number in base 36. */
static size_t put_email(const struct weir_field *fields, const struct weir_field *field,
                        uint64_t row, char *to)
{
    uint64_t random = weir_field_random(field, row);
    struct weir_slice first = name_of(fields, field->refs[0], &weir_words_first_names, row, random);
    struct weir_slice last =
        name_of(fields, field->refs[1], &weir_words_last_names, row, random << 20);
    size_t len = put_letters(first, 1, to);
    len += put_letters(last, 24, to + len);
    char digits[16];
    size_t count = 0;
    do
        digits[count++] = "0123456789abcdefghijklmnopqrstuvwxyz"[row % 36];
    while ((row /= 36) != 0);
    while (count)
        to[len++] = digits[--count];
    to[len++] = '@';
    struct weir_slice domain =
        weir_words_domains.items[weir_field_below(random << 40, weir_words_domains.count)];
    memcpy(to + len, domain.ptr, domain.len);
    return len + domain.len;
}

static size_t put_template(const struct weir_field *fields, const struct weir_field *field,
                           uint64_t row, char *to)
{
    size_t len = 0;
    for (uint32_t p = 0; p < field->parts_count; p++) {
        const struct weir_field_part *part = &field->parts[p];
        memcpy(to + len, part->literal.ptr, part->literal.len);
        len += part->literal.len;
        if (part->column >= 0 &&
            !is_null(&fields[part->column], weir_field_random(&fields[part->column], row)))
            len += weir_field_text(fields, (uint32_t)part->column, row, to + len);
    }
    return len;
}

size_t weir_field_text(const struct weir_field *fields, uint32_t column, uint64_t row, char *to)
{
    const struct weir_field *field = &fields[column];
    uint64_t random = weir_field_random(field, row);
    struct weir_slice word;
    switch (field->kind) {
    case WEIR_FIELD_SEQUENCE:
    case WEIR_FIELD_INTEGER:
        return weir_int8_format(integer_of(field, row, random), to);
    case WEIR_FIELD_REAL:
        return weir_float8_format(real_of(field, random), to);
    case WEIR_FIELD_BOOL:
        *to = integer_of(field, row, random) ? 't' : 'f';
        return 1;
    case WEIR_FIELD_TIME:
        return weir_timestamptz_format(integer_of(field, row, random), to);
    case WEIR_FIELD_WORDS:
        word = word_of(field, random);
        memcpy(to, word.ptr, word.len);
        return word.len;
    case WEIR_FIELD_HEX:
        return put_hex(random, (size_t)field->low, to);
    case WEIR_FIELD_UUID:
        return put_uuid(random, to);
    case WEIR_FIELD_EMAIL:
        return put_email(fields, field, row, to);
    case WEIR_FIELD_TEMPLATE:
        return put_template(fields, field, row, to);
    case WEIR_FIELD_NULL:
        break;
    }
    return 0;
}

/* ---- whole columns ---- */

/* The value's text at the arena's end: as much as it may take is asked for, the rest is given back. */
static enum weir_code text_in_arena(const struct weir_field *fields, uint32_t column, uint64_t row,
                                    struct weir_arena *arena, struct weir_slice *ret,
                                    struct weir_error *err)
{
    char *text = weir_arena_alloc(arena, fields[column].text_max + 1, 1);
    if (!text)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    size_t len = weir_field_text(fields, column, row, text);
    arena->next = text + len;
    *ret = weir_slice(text, len);
    return WEIR_OK;
}

static bool is_integer(enum weir_field_kind kind)
{
    return kind == WEIR_FIELD_SEQUENCE || kind == WEIR_FIELD_INTEGER;
}

/* Whether no value of these rows leaves integer's range; else the type's input tells. */
static bool fits_int4(const struct weir_field *field, uint64_t first, uint32_t count)
{
    if (field->kind == WEIR_FIELD_INTEGER)
        return field->low >= INT32_MIN && field->high <= INT32_MAX;
    int64_t last, step;
    return !__builtin_mul_overflow((int64_t)(first + count), field->step, &step) &&
           !__builtin_add_overflow(field->low, step, &last) && field->low >= INT32_MIN &&
           field->low <= INT32_MAX && last >= INT32_MIN && last <= INT32_MAX;
}

/* Numbers into number columns. false: not such a pair. */
static bool fill_numbers(const struct weir_field *field, uint64_t first, uint32_t count,
                         struct weir_vector *to)
{
    bool integer = is_integer(field->kind);
    if (to->type == WEIR_INT8 && integer) {
        for (uint32_t i = 0; i < count; i++)
            to->i8[i] = integer_of(field, first + i, weir_field_random(field, first + i));
    } else if (to->type == WEIR_INT4 && integer && fits_int4(field, first, count)) {
        for (uint32_t i = 0; i < count; i++)
            to->i4[i] = (int32_t)integer_of(field, first + i, weir_field_random(field, first + i));
    } else if (to->type == WEIR_FLOAT8 && (integer || field->kind == WEIR_FIELD_REAL)) {
        for (uint32_t i = 0; i < count; i++) {
            uint64_t random = weir_field_random(field, first + i);
            to->f8[i] =
                integer ? (double)integer_of(field, first + i, random) : real_of(field, random);
        }
    } else if (to->type == WEIR_BOOL && field->kind == WEIR_FIELD_BOOL) {
        for (uint32_t i = 0; i < count; i++)
            to->b[i] = (uint8_t)integer_of(field, first + i, weir_field_random(field, first + i));
    } else if (to->type == WEIR_TIMESTAMPTZ && field->kind == WEIR_FIELD_TIME) {
        for (uint32_t i = 0; i < count; i++)
            to->i8[i] = integer_of(field, first + i, 0);
    } else {
        return false;
    }
    return true;
}

static enum weir_code fill_text(const struct weir_field *fields, uint32_t column, uint64_t first,
                                uint32_t count, struct weir_vector *to, struct weir_arena *arena,
                                struct weir_error *err)
{
    const struct weir_field *field = &fields[column];
    if (field->kind == WEIR_FIELD_WORDS) {
        for (uint32_t i = 0; i < count; i++)
            to->s[i] = word_of(field, weir_field_random(field, first + i));
        return WEIR_OK;
    }
    for (uint32_t i = 0; i < count; i++)
        WEIR_TRY(text_in_arena(fields, column, first + i, arena, &to->s[i], err));
    return WEIR_OK;
}

static enum weir_code fill_parsed(const struct weir_field *fields, uint32_t column, uint64_t first,
                                  uint32_t count, struct weir_vector *to, struct weir_arena *arena,
                                  struct weir_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        struct weir_slice text = WEIR_SLICE("");
        WEIR_TRY(text_in_arena(fields, column, first + i, arena, &text, err));
        WEIR_TRY(weir_value_parse(to->type, text, 0, arena, to, i, err));
    }
    return WEIR_OK;
}

enum weir_code weir_field_fill(const struct weir_field *fields, uint32_t column, uint64_t first,
                               uint32_t count, struct weir_vector *to, struct weir_arena *arena,
                               struct weir_error *err)
{
    const struct weir_field *field = &fields[column];
    if (field->kind == WEIR_FIELD_NULL) {
        memset(to->data, 0, count * weir_type_width(to->type));
        for (uint32_t i = 0; i < count; i++) {
            if (weir_type_is_slice(to->type))
                to->s[i] = WEIR_SLICE("");
            weir_set_valid(to, i, false);
        }
        return WEIR_OK;
    }
    if (to->type == WEIR_TEXT || to->type == WEIR_BYTEA)
        WEIR_TRY(fill_text(fields, column, first, count, to, arena, err));
    else if (!fill_numbers(field, first, count, to))
        WEIR_TRY(fill_parsed(fields, column, first, count, to, arena, err));
    for (uint32_t i = 0; field->null_percent && i < count; i++)
        if (is_null(field, weir_field_random(field, first + i)))
            weir_set_valid(to, i, false);
    return WEIR_OK;
}
