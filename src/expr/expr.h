/* Bound expressions, and programs: flat lists of kernel calls that compute many expressions over a
 * batch at once.
 *
 * The plan builds expressions (immutable, in the plan's arena). weir_program_compile turns a set of
 * roots into one program in which equal subexpressions are computed once, whichever root they stand
 * in. Programs are read-only and may be shared; what changes lives in weir_program_state, one a
 * task. */
#ifndef WEIR_EXPR_EXPR_H
#define WEIR_EXPR_EXPR_H

#include "base/buffer.h"
#include "column/batch.h"
#include "expr/function.h"

enum weir_expr_kind {
    WEIR_EXPR_CONST,  /* value: row 0 of `constant` (valid bit clear: NULL) */
    WEIR_EXPR_COLUMN, /* column `column` of the input batch */
    WEIR_EXPR_CALL,   /* function(args): functions, operators, casts */
    WEIR_EXPR_AND,    /* n-ary, Kleene logic; an error behind a false operand is dropped */
    WEIR_EXPR_OR,     /* likewise behind a true one */
    WEIR_EXPR_NOT,
    WEIR_EXPR_IS_NULL,  /* args[0] IS NULL (IS NOT NULL is NOT of it) */
    WEIR_EXPR_IS_TRUE,  /* args[0] IS TRUE: never NULL; the other IS are built from it */
    WEIR_EXPR_CASE,     /* args: when1, then1, when2, then2, .., else (always there) */
    WEIR_EXPR_COALESCE, /* first not-NULL of args, all of one type */
    WEIR_EXPR_LOOKUP,   /* is the tuple `args` among the lookup's keys? See enum weir_lookup_test */
};

enum weir_lookup_test {
    WEIR_LOOKUP_EXISTS, /* never NULL; a NULL matches nothing. No args: has it any row? */
    WEIR_LOOKUP_IN,     /* three-valued, as `x IN (subquery)` */
};

struct weir_expr {
    enum weir_expr_kind kind;
    enum weir_type type;
    const struct weir_function *function; /* CALL */
    const struct weir_expr *const *args;
    uint32_t args_count;
    uint32_t column;                    /* COLUMN */
    uint32_t lookup;                    /* LOOKUP: index into the plan's lookups */
    enum weir_lookup_test test;         /* LOOKUP */
    const struct weir_vector *constant; /* CONST: a vector of one row */
    int location;                       /* in the SQL, for messages; -1: none */
};

/* Structural equality (locations do not matter). */
bool weir_expr_equal(const struct weir_expr *a, const struct weir_expr *b);
uint64_t weir_expr_hash(const struct weir_expr *expr);
/* SQL-like text for explain and messages: `upper(btrim(location))`. `names`: column names by index;
 * may be NULL. */
enum weir_code weir_expr_print(const struct weir_expr *expr, const char *const *names,
                               struct weir_buffer *to, struct weir_error *err) WEIR_MUST_CHECK;
/* Evaluates an expression without columns and lookups (constant folding, option values): ret has
 * one row in `arena`. A row error comes back as WEIR_BAD_DATA. */
enum weir_code weir_expr_constant(const struct weir_expr *expr, int64_t now_us,
                                  struct weir_arena *arena, struct weir_vector **ret,
                                  struct weir_error *err) WEIR_MUST_CHECK;
/* Whether the expression reads a column or lookup, or now(). */
bool weir_expr_is_constant(const struct weir_expr *expr);

/* How a LOOKUP expression reaches the lookup's hash table (op/lookup.c). args are the key vectors.
 * out: BOOL, all valid on entry. A row in which an argument failed fails with that argument's
 * error, whatever the probe says of it. */
typedef void weir_lookup_probe(void *context, uint32_t lookup, enum weir_lookup_test test,
                               struct weir_eval *eval, const struct weir_vector *const *args,
                               uint32_t args_count, struct weir_vector *out,
                               struct weir_selection selection);

struct weir_program;
struct weir_program_state;

/* A root belongs to group g. Group 0 is evaluated over the batch's whole selection; each other
 * group is evaluated over a selection of its own, narrower than the batch's, and may reuse what
 * group 0 computed (never what another group did). So for a stream read by several statements: all
 * filters are group 0, each statement's projection is a group. */
struct weir_program_root {
    const struct weir_expr *expr;
    uint32_t group;
};

/* Compiles into `arena`. `columns` is the number of columns of input batches. */
enum weir_code weir_program_compile(const struct weir_program_root *roots, uint32_t roots_count,
                                    uint32_t groups_count, struct weir_arena *arena,
                                    struct weir_program **ret,
                                    struct weir_error *err) WEIR_MUST_CHECK;
/* Registers and constants for batches of up to `rows_max` rows; lives as long as `arena`. Result
 * vectors of a run live in the state's fixed registers or the batch's arena: valid until the next
 * run of the same group on this state. */
enum weir_code weir_program_state_new(const struct weir_program *program, uint32_t rows_max,
                                      weir_lookup_probe *probe, void *probe_context,
                                      struct weir_arena *arena, struct weir_program_state **ret,
                                      struct weir_error *err) WEIR_MUST_CHECK;
/* Runs one group. Group 0 must be run first for a batch. Only hard faults (memory) come back as
 * errors; row errors are in the result vectors. */
enum weir_code weir_program_run(struct weir_program_state *state, uint32_t group,
                                const struct weir_batch *batch, struct weir_selection selection,
                                int64_t now_us, struct weir_error *err) WEIR_MUST_CHECK;
/* The result of roots[index]. May be a column of the batch itself. */
const struct weir_vector *weir_program_result(const struct weir_program_state *state,
                                              uint32_t root);

/* Splits a selection by a boolean vector: rows that are true into `ret_rows` (room for
 * selection.count), with the count returned. Rows with an error are not in it: *ret_errors_count
 * says how many there are. */
uint32_t weir_selection_filter(const struct weir_vector *condition, struct weir_selection selection,
                               uint32_t *ret_rows, uint32_t *ret_errors_count);

#endif
