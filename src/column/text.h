/* The text form of every type: input as PostgreSQL's type input functions, output as its output
 * functions, byte for byte, under C.UTF-8, UTC, DateStyle ISO MDY, extra_float_digits 1,
 * bytea_output hex. Errors have PostgreSQL's message texts
 * ("invalid input syntax for type integer: \"x\"", "value \"99999999999\" is out of range for type
 * integer").
 *
 * Parsers take bytes that need not be valid UTF-8; slices that they return lie in the input or in
 * the arena. `err` may be filled without an arena allocation. Any thread. */
#ifndef WEIR_COLUMN_TEXT_H
#define WEIR_COLUMN_TEXT_H

#include "base/buffer.h"
#include "column/vector.h"

enum weir_code weir_bool_parse(struct weir_slice text, bool *ret,
                               struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_int4_parse(struct weir_slice text, int32_t *ret,
                               struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_int8_parse(struct weir_slice text, int64_t *ret,
                               struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_float8_parse(struct weir_slice text, double *ret,
                                 struct weir_error *err) WEIR_MUST_CHECK;
/* To canonical decimal text; a view of the input where that is canonical already. */
enum weir_code weir_numeric_parse(struct weir_slice text, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
/* '\x..' hex or the escape form, to bytes. */
enum weir_code weir_bytea_parse(struct weir_slice text, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_date_parse(struct weir_slice text, int64_t now_us, int32_t *ret,
                               struct weir_error *err) WEIR_MUST_CHECK;
/* now_us (since 2000-01-01 UTC) serves 'now', 'today', .. */
enum weir_code weir_timestamptz_parse(struct weir_slice text, int64_t now_us, int64_t *ret,
                                      struct weir_error *err) WEIR_MUST_CHECK;
/* JSON text to jsonb's canonical text. */
enum weir_code weir_jsonb_parse(struct weir_slice text, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;

/* Into at least 32 bytes; return the length written. */
size_t weir_int4_format(int32_t value, char *to);
size_t weir_int8_format(int64_t value, char *to);
size_t weir_float8_format(double value, char *to); /* shortest that reads back, as PostgreSQL 12+ */
size_t weir_date_format(int32_t value, char *to);
size_t weir_timestamptz_format(int64_t value,
                               char *to); /* 2026-01-02 03:04:05.6+00; at most 40 bytes */

/* One value by type: text -> the row of the vector (valid bit set) ; `text` may be kept as a view
 * by slice types. */
enum weir_code weir_value_parse(enum weir_type type, struct weir_slice text, int64_t now_us,
                                struct weir_arena *arena, struct weir_vector *to, uint32_t row,
                                struct weir_error *err) WEIR_MUST_CHECK;
/* The text form of a not-NULL value appended to the buffer. */
enum weir_code weir_value_format(const struct weir_vector *from, uint32_t row,
                                 struct weir_buffer *to, struct weir_error *err) WEIR_MUST_CHECK;
/* As a slice: a view for TEXT, NUMERIC, JSONB; else written into the arena. ptr NULL when
 * exhausted. */
struct weir_slice weir_value_text(const struct weir_vector *from, uint32_t row,
                                  struct weir_arena *arena);

/* Order of two not-NULL values of one type as PostgreSQL's btree operators (numeric by value, NaN
 * highest; jsonb by PostgreSQL's jsonb order): <0, 0, >0. */
int weir_value_compare(const struct weir_vector *a, uint32_t a_row, const struct weir_vector *b,
                       uint32_t b_row);
/* Equal values hash alike (numeric 1.0 and 1.00, -0.0 and 0.0). Not-NULL. */
uint64_t weir_value_hash(const struct weir_vector *vector, uint32_t row);
int weir_numeric_compare(struct weir_slice a, struct weir_slice b);

/* The epoch difference: 2000-01-01 minus 1970-01-01. */
#define WEIR_UNIX_TO_PG_US INT64_C(946684800000000)

#endif
