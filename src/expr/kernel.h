/* What kernels share: the loop over rows that have a value, new strings, and errors of single
 * rows. */
#ifndef WEIR_EXPR_KERNEL_H
#define WEIR_EXPR_KERNEL_H

#include "expr/catalogue.h"

/* The signature of every kernel, so that a definition fits on a line. */
#define WEIR_KERNEL(name)                                                                          \
    static void name(struct weir_eval *eval, const struct weir_vector *const *args,                \
                     uint32_t args_count, struct weir_vector *out,                                 \
                     struct weir_selection selection)

/* For kernels that have no use for them. */
#define WEIR_UNUSED_ARGS (void)eval, (void)args_count

/* The selected rows whose result is not known to be NULL. */
#define WEIR_FOR_VALID(row, out, selection)                                                        \
    WEIR_FOR_SELECTED(row, selection) if (weir_valid((out), row))

static inline void weir_out_null(struct weir_vector *out, uint32_t row)
{
    weir_set_valid(out, row, false);
}

/* The row fails with the text of a filled error; exhausted memory ends the run instead. */
void weir_out_error(struct weir_eval *eval, struct weir_vector *out, uint32_t row,
                    const struct weir_error *error);
/* The row fails with this text. */
void weir_out_fail(struct weir_eval *eval, struct weir_vector *out, uint32_t row,
                   const char *format, ...) WEIR_PRINTF(4, 5);
/* Room for a new string of the row; NULL when the arena is exhausted (the row is NULL then and the
 * run ends). */
char *weir_out_alloc(struct weir_eval *eval, struct weir_vector *out, uint32_t row, size_t bytes);

/* Makes a non-strict kernel's result valid in all rows. */
static inline void weir_out_all_valid(struct weir_eval *eval, struct weir_vector *out)
{
    memset(out->valid, 0xff, weir_valid_words(eval->rows) * sizeof(uint64_t));
}

#endif
