/* What compiling and running a program share; nobody outside this directory includes it. */
#ifndef WEIR_EXPR_PROGRAM_H
#define WEIR_EXPR_PROGRAM_H

#include "expr/expr.h"

#define WEIR_REGISTER_NONE UINT32_MAX

/* One distinct subexpression. Arguments always come before the nodes that read them. */
struct weir_program_node {
    const struct weir_expr *expr; /* the first one met; its own args are not looked at any more */
    const uint32_t *args;         /* nodes, expr->args_count of them */
    uint32_t group;               /* where it is computed; columns and constants are nobody's: 0 */
    uint32_t constants;           /* bit i: args[i] is a constant */
    uint32_t reg;                 /* WEIR_REGISTER_NONE for columns and constants */
    uint64_t hash;
};

struct weir_program_group {
    const uint32_t *steps; /* nodes to compute, in order */
    uint32_t steps_count;
};

struct weir_program {
    const struct weir_program_node *nodes;
    uint32_t nodes_count;
    const uint32_t *roots; /* nodes */
    uint32_t roots_count;
    const struct weir_program_group *groups;
    uint32_t groups_count;
    const size_t *register_widths; /* bytes of a value */
    uint32_t registers_count;
    uint32_t args_max;
};

/* Equality and hash of an expression without its arguments. */
bool weir_expr_node_equal(const struct weir_expr *a, const struct weir_expr *b);
uint64_t weir_expr_node_hash(const struct weir_expr *expr);

/* ---- logic.c: the steps that are not functions. They work on all rows, 64 at a time; what they
 * leave in rows outside the selection is arbitrary. out->valid and out->data are allocated,
 * out->errors is NULL. ---- */
typedef void weir_logic_kernel(struct weir_eval *eval, const struct weir_vector *const *args,
                               uint32_t args_count, struct weir_vector *out);
weir_logic_kernel weir_logic_and, weir_logic_or, weir_logic_not, weir_logic_is_null,
    weir_logic_is_true, weir_logic_case, weir_logic_coalesce;

/* The rows 64 * word .. of a BOOL vector's data as bits; `rows` is the vector's length. */
uint64_t weir_bool_word(const struct weir_vector *vector, uint32_t word, uint32_t rows);
/* The bits of word `word` that belong to rows below `rows`. */
uint64_t weir_rows_word(uint32_t word, uint32_t rows);

#endif
