/* Arithmetic on numeric, the exact decimal type, with PostgreSQL 15's results: value, display scale
 * and error texts.
 *
 * Operands are canonical text as vectors keep it (see type.h); results are canonical text in the
 * arena or a view of an operand. Values of up to 18 digits take a path of machine integers without
 * any malloc; larger ones go through GMP. Codes: WEIR_BAD_DATA with PostgreSQL's message,
 * WEIR_NOMEM; *ret is untouched then. Any thread. */
#ifndef WEIR_COLUMN_NUMERIC_H
#define WEIR_COLUMN_NUMERIC_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

enum weir_code weir_numeric_add(struct weir_slice a, struct weir_slice b, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_sub(struct weir_slice a, struct weir_slice b, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_mul(struct weir_slice a, struct weir_slice b, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
/* The `/` operator: at least 16 significant digits. */
enum weir_code weir_numeric_div(struct weir_slice a, struct weir_slice b, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
/* div(a, b): the quotient as an integer, towards zero. */
enum weir_code weir_numeric_div_trunc(struct weir_slice a, struct weir_slice b,
                                      struct weir_arena *arena, struct weir_slice *ret,
                                      struct weir_error *err) WEIR_MUST_CHECK;
/* The `%` operator: the remainder has the sign of a. */
enum weir_code weir_numeric_mod(struct weir_slice a, struct weir_slice b, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_power(struct weir_slice a, struct weir_slice b,
                                  struct weir_arena *arena, struct weir_slice *ret,
                                  struct weir_error *err) WEIR_MUST_CHECK;
/* log(base, a). */
enum weir_code weir_numeric_log(struct weir_slice base, struct weir_slice a,
                                struct weir_arena *arena, struct weir_slice *ret,
                                struct weir_error *err) WEIR_MUST_CHECK;

enum weir_code weir_numeric_negate(struct weir_slice a, struct weir_arena *arena,
                                   struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_abs(struct weir_slice a, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_sign(struct weir_slice a, struct weir_arena *arena,
                                 struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_ceil(struct weir_slice a, struct weir_arena *arena,
                                 struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_floor(struct weir_slice a, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_sqrt(struct weir_slice a, struct weir_arena *arena,
                                 struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_exp(struct weir_slice a, struct weir_arena *arena,
                                struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_ln(struct weir_slice a, struct weir_arena *arena,
                               struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
/* trim_scale(a): without trailing zeros behind the point. */
enum weir_code weir_numeric_trim_scale(struct weir_slice a, struct weir_arena *arena,
                                       struct weir_slice *ret,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* round(a, scale), trunc(a, scale): a negative scale rounds before the point. Halves go away from
 * zero. */
enum weir_code weir_numeric_round(struct weir_slice a, int32_t scale, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_trunc(struct weir_slice a, int32_t scale, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
/* A value put into numeric(precision, scale): rounded, or "numeric field overflow". */
enum weir_code weir_numeric_fit(struct weir_slice a, int32_t precision, int32_t scale,
                                struct weir_arena *arena, struct weir_slice *ret,
                                struct weir_error *err) WEIR_MUST_CHECK;

/* Casts. To an integer rounds halves away from zero; NaN, infinities and overflow are errors. */
enum weir_code weir_numeric_to_int4(struct weir_slice a, int32_t *ret,
                                    struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_to_int8(struct weir_slice a, int64_t *ret,
                                    struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_to_float8(struct weir_slice a, double *ret,
                                      struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_numeric_from_int8(int64_t value, struct weir_arena *arena,
                                      struct weir_slice *ret,
                                      struct weir_error *err) WEIR_MUST_CHECK;
/* For sums of bigint, which may leave its range. */
enum weir_code weir_numeric_from_int128(__int128 value, struct weir_arena *arena,
                                        struct weir_slice *ret,
                                        struct weir_error *err) WEIR_MUST_CHECK;
/* With 15 significant digits, as PostgreSQL's cast. */
enum weir_code weir_numeric_from_float8(double value, struct weir_arena *arena,
                                        struct weir_slice *ret,
                                        struct weir_error *err) WEIR_MUST_CHECK;

/* Digits behind the point as printed; -1 for NaN and the infinities (scale() is NULL there). */
int32_t weir_numeric_scale(struct weir_slice a);

/* Alike for values that are equal (1.0 and 1.00). The order is in text.h. */
uint64_t weir_numeric_hash(struct weir_slice a);

#endif
