/* Inside column/: a numeric taken apart, the form in which arithmetic works.
 *
 * The value is coefficient / 10^scale, negative or not. `scale` is PostgreSQL's display scale: how many digits are printed
 * behind the point; a numeric never has digits that are not printed. Two forms, one for each speed: struct weir_decimal
 * holds coefficients of up to 38 digits in a machine integer, struct weir_big any in a GMP integer. */
#ifndef WEIR_COLUMN_DECIMAL_H
#define WEIR_COLUMN_DECIMAL_H

#include <gmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/* PostgreSQL's limits. */
#define WEIR_NUMERIC_DIGITS_MAX       131072 /* before the point */
#define WEIR_NUMERIC_SCALE_MAX        16383  /* behind it, of any value */
#define WEIR_NUMERIC_RESULT_SCALE_MAX 2000   /* of round() and transcendental functions */
#define WEIR_NUMERIC_DISPLAY_MAX      1000   /* of division and numeric(p, s) */
#define WEIR_NUMERIC_SIG_DIGITS_MIN   16     /* of division and transcendental functions */

typedef unsigned __int128 weir_uint128;

enum weir_numeric_kind { WEIR_FINITE, WEIR_NAN, WEIR_PLUS_INFINITY, WEIR_MINUS_INFINITY };

static inline enum weir_numeric_kind weir_numeric_kind(struct weir_slice text)
{
    char last =
        text.ptr[text.len - 1]; /* 'N' of NaN, 'y' of Infinity; canonical text is never empty */
    return last == 'N'          ? WEIR_NAN
           : last != 'y'        ? WEIR_FINITE
           : text.ptr[0] == '-' ? WEIR_MINUS_INFINITY
                                : WEIR_PLUS_INFINITY;
}

struct weir_decimal {
    weir_uint128 coefficient;
    int32_t scale;
    bool negative; /* false for 0 */
};

/* From canonical finite text of at most 18 digits; false: it is longer. */
bool weir_decimal_read(struct weir_slice text, struct weir_decimal *ret);
/* To canonical text. Scale up to 38. */
enum weir_code weir_decimal_write(struct weir_decimal value, struct weir_arena *arena,
                                  struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
weir_uint128 weir_decimal_power(int exponent); /* 10^exponent, 0..38 */

struct weir_big {
    mpz_t coefficient; /* signed */
    int32_t scale;
};

void weir_big_init(struct weir_big *big); /* 0 */
void weir_big_done(struct weir_big *big);
#define WEIR_BIG __attribute__((cleanup(weir_big_done))) struct weir_big

/* From canonical finite text. Needs scratch of the arena for long ones. */
enum weir_code weir_big_read(struct weir_slice text, struct weir_big *to, struct weir_arena *arena,
                             struct weir_error *err) WEIR_MUST_CHECK;
/* To canonical text; "value overflows numeric format" past PostgreSQL's limits. */
enum weir_code weir_big_write(const struct weir_big *from, struct weir_arena *arena,
                              struct weir_slice *ret, struct weir_error *err) WEIR_MUST_CHECK;
void weir_big_power(mpz_t to, uint32_t exponent); /* 10^exponent */
/* Multiplies up or rounds (halves away from zero) or cuts to the scale, which may be negative. */
void weir_big_rescale(struct weir_big *big, int32_t scale, bool round);
/* Decimal digits of |coefficient|; 0 for 0. */
size_t weir_big_digits(const mpz_t coefficient);
/* a / b, b not 0, rounded (halves away from zero) or cut at the scale, into a. */
void weir_big_divide(struct weir_big *a, const struct weir_big *b, int32_t scale, bool round);

int weir_numeric_sign_of(struct weir_slice text); /* -1, 0, 1; NaN: 1 */
/* PostgreSQL's select_div_scale: the scale of a / b. */
int32_t weir_numeric_div_scale(struct weir_slice a, struct weir_slice b);

#endif
