/* Errors and strings of single rows: the slow side of every kernel, kept out of line. */
#include "expr/kernel.h"

#include <stdio.h>

void weir_out_error(struct weir_eval *eval, struct weir_vector *out, uint32_t row,
                    const struct weir_error *error)
{
    if (error->code == WEIR_NOMEM) {
        eval->exhausted = true;
        weir_set_valid(out, row, false);
        return;
    }
    weir_vector_fail(out, row, eval->rows, eval->arena, "%s", error->text);
    eval->exhausted |= !out->errors;
}

void weir_out_fail(struct weir_eval *eval, struct weir_vector *out, uint32_t row,
                   const char *format, ...)
{
    char text[sizeof(((struct weir_error *)0)->text)];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    weir_vector_fail(out, row, eval->rows, eval->arena, "%s", text);
    eval->exhausted |= !out->errors;
}

char *weir_out_alloc(struct weir_eval *eval, struct weir_vector *out, uint32_t row, size_t bytes)
{
    char *to = weir_arena_alloc(eval->arena, bytes ? bytes : 1, 1);
    if (!to) {
        eval->exhausted = true;
        weir_set_valid(out, row, false);
    }
    return to;
}
