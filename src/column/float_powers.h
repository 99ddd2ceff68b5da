/* See float_powers.c. */
#ifndef WEIR_COLUMN_FLOAT_POWERS_H
#define WEIR_COLUMN_FLOAT_POWERS_H

#include <stdint.h>

#define WEIR_POW10_MIN (-342)
#define WEIR_POW10_MAX 324

extern const uint64_t weir_pow10[WEIR_POW10_MAX - WEIR_POW10_MIN + 1][2];

#endif
