/* Exact sums of numerics, for sum() and avg(). Inside op/ only. */
#ifndef WEIR_OP_DECIMAL_SUM_H
#define WEIR_OP_DECIMAL_SUM_H

#include <gmp.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct weir_decimal_sum {
    mpz_t units;    /* the sum times 10^scale */
    uint32_t scale; /* the largest of what was added */
    uint64_t nan_count, plus_infinity_count, minus_infinity_count;
};

void weir_decimal_sum_init(struct weir_decimal_sum *sum);
void weir_decimal_sum_done(struct weir_decimal_sum *sum);
/* Adds a numeric in its text form ("-12.50", "NaN", "Infinity"). */
enum weir_code weir_decimal_sum_add(struct weir_decimal_sum *sum, struct weir_slice numeric,
                                    struct weir_error *err) WEIR_MUST_CHECK;
void weir_decimal_sum_add_integer(struct weir_decimal_sum *sum, __int128 value);
/* The sum as a numeric's text in the arena; ptr NULL when that is exhausted. */
struct weir_slice weir_decimal_sum_text(const struct weir_decimal_sum *sum,
                                        struct weir_arena *arena);
/* The sum divided by count > 0, with as many digits as PostgreSQL's numeric division gives. */
struct weir_slice weir_decimal_sum_average(const struct weir_decimal_sum *sum, uint64_t count,
                                           struct weir_arena *arena);

#endif
