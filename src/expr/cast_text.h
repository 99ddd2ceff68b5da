/* A value as a cast to text gives it. */
#ifndef WEIR_EXPR_CAST_TEXT_H
#define WEIR_EXPR_CAST_TEXT_H

#include "column/vector.h"

/* As weir_value_text, but a boolean is 'true' or 'false' (its output function says 't' or 'f'). ptr
 * NULL when exhausted. */
struct weir_slice weir_cast_text(const struct weir_vector *from, uint32_t row,
                                 struct weir_arena *arena);

#endif
