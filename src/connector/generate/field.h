/* Fields: what makes the values of each column. A value depends on the seed, its column and its row number alone, so reading may
 * begin anywhere. */
#ifndef WEIR_CONNECTOR_GENERATE_FIELD_H
#define WEIR_CONNECTOR_GENERATE_FIELD_H

#include "api/table.h"
#include "connector/generate/words.h"

#define WEIR_FIELDS_BYTES_MAX ((size_t)256 << 20) /* with the lines of files */

enum weir_field_kind {
    WEIR_FIELD_SEQUENCE, /* low + row * step */
    WEIR_FIELD_INTEGER,  /* low..high */
    WEIR_FIELD_REAL,     /* real_low..real_high, two digits behind the point */
    WEIR_FIELD_BOOL,     /* true for `low` percent */
    WEIR_FIELD_TIME,     /* microseconds: low + row * step */
    WEIR_FIELD_WORDS,    /* one of `words` */
    WEIR_FIELD_HEX,      /* `low` digits */
    WEIR_FIELD_UUID,
    WEIR_FIELD_EMAIL,    /* of the names in fields refs[0], refs[1] */
    WEIR_FIELD_TEMPLATE, /* parts */
    WEIR_FIELD_NULL,
};

struct weir_field_part {
    struct weir_slice literal; /* in front of the reference */
    int32_t column;            /* -1: none */
};

struct weir_field {
    enum weir_field_kind kind;
    uint64_t seed;
    int64_t low, high, step;
    double real_low, real_high;
    uint32_t null_percent;
    struct weir_words words;
    const struct weir_field_part *parts;
    uint32_t parts_count;
    int32_t refs[2]; /* EMAIL: columns of first and last name; -1: names of its own */
    size_t text_max; /* bytes of the longest text */
};

/* The fields of all columns, from the options seed and fields and from names and types. WEIR_BAD_CONFIG: a pattern is wrong. */
enum weir_code weir_fields_parse(const struct weir_table *table, struct weir_arena *arena,
                                 struct weir_field **ret, struct weir_error *err) WEIR_MUST_CHECK;

/* The random number behind a value. */
static inline uint64_t weir_field_random(const struct weir_field *field, uint64_t row)
{
    uint64_t x =
        field->seed + row * UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 (Steele, Lea, Flood) */
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Below `bound`, from all bits of a random number. */
static inline uint64_t weir_field_below(uint64_t random, uint64_t bound)
{
    return (uint64_t)(((unsigned __int128)random * bound) >> 64);
}

/* Writes the text of a value into text_max bytes; returns its length. */
size_t weir_field_text(const struct weir_field *fields, uint32_t column, uint64_t row, char *to);
/* Fills count rows of a vector, from row number `first`. */
enum weir_code weir_field_fill(const struct weir_field *fields, uint32_t column, uint64_t first,
                               uint32_t count, struct weir_vector *to, struct weir_arena *arena,
                               struct weir_error *err) WEIR_MUST_CHECK;

#endif
