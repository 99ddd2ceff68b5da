/* Unicode's property Alphabetic for combining marks. */
#ifndef WEIR_EXPR_ALPHABETIC_H
#define WEIR_EXPR_ALPHABETIC_H

#include <stdbool.h>
#include <stdint.h>

bool weir_is_alphabetic_mark(int32_t c);

#endif
