/* Inside op/: what the operator files share. Nothing here is for other directories; op.h is their
 * door. */
#ifndef WEIR_OP_OPERATORS_H
#define WEIR_OP_OPERATORS_H

#include "op/op.h"

/* What operators of one chain have in common. */
struct weir_op_context {
    struct weir_lookups *lookups; /* NULL: the chain has none */
    bool
        strict; /* a row error ends the query (bounded queries); else it travels as error vectors */
};

/* A compiled program with its state; owns the arena that both lie in. */
struct weir_op_program {
    struct weir_arena arena;
    struct weir_program_state *state; /* NULL: no expressions */
};

/* Compiles `exprs` (all in group 0) over batches of up to rows_max rows. */
enum weir_code weir_op_program_init(struct weir_op_program *program,
                                    const struct weir_expr *const *exprs, uint32_t exprs_count,
                                    uint32_t rows_max, const struct weir_op_context *context,
                                    struct weir_error *err) WEIR_MUST_CHECK;
void weir_op_program_done(struct weir_op_program *program);

/* ---- lookups, for joins ---- */

struct weir_lookup_table;
/* The current content; may be another one after a refresh. */
const struct weir_lookup_table *weir_lookups_table(const struct weir_lookups *lookups,
                                                   uint32_t lookup);
/* How many columns it has: those that a join adds. */
uint32_t weir_lookups_columns(const struct weir_lookups *lookups, uint32_t lookup);

/* ---- row errors (row_error.c) ---- */

/* WEIR_BAD_DATA with the text of the first selected row of the vector that carries an error. */
enum weir_code weir_row_error_check(const struct weir_vector *vector,
                                    struct weir_selection selection,
                                    struct weir_error *err) WEIR_MUST_CHECK;
/* Makes every column of the batch fail in those selected rows in which `cause` failed, so that
 * whatever is read of them later finds the error. `columns` gets columns_count vectors that share
 * the batch's data; they lie in its arena. */
enum weir_code weir_row_error_spread(const struct weir_batch *batch,
                                     const struct weir_vector *cause, struct weir_vector *columns,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* ---- gathering rows (gather.c) ---- */

#define WEIR_NO_ROW UINT32_MAX

/* to = from[rows[0..count)], WEIR_NO_ROW gives NULL; data and errors are made in the arena, slices
 * are shared. A column that is not kept (data == NULL) stays so. */
enum weir_code weir_gather(struct weir_vector *to, const struct weir_vector *from,
                           const uint32_t *rows, uint32_t count, struct weir_arena *arena,
                           struct weir_error *err) WEIR_MUST_CHECK;

/* ---- the operators: each in op_NAME.c; `columns_count` is that of the input ---- */

typedef enum weir_code weir_op_new_function(const struct weir_node *node, uint32_t columns_count,
                                            const struct weir_op_context *context,
                                            struct weir_operator *next, struct weir_operator **ret,
                                            struct weir_error *err);

weir_op_new_function weir_op_filter_new;
weir_op_new_function weir_op_project_new;
weir_op_new_function weir_op_join_new;
weir_op_new_function weir_op_aggregate_new;
weir_op_new_function weir_op_sort_new;
weir_op_new_function weir_op_limit_new;
/* The operator for a node with one input; NULL for SCAN, VALUES and UNION ALL, which begin or join
 * chains. */
weir_op_new_function *weir_op_maker(enum weir_node_kind kind);
/* Columns that come out of a node when `input_columns` go in. */
uint32_t weir_op_columns(const struct weir_node *node, uint32_t input_columns,
                         const struct weir_op_context *context);

/* Pushes the rows of a VALUES node (op_values.c). */
enum weir_code weir_values_push(const struct weir_node *node, const struct weir_op_context *context,
                                int64_t now_us, struct weir_operator *next,
                                struct weir_error *err) WEIR_MUST_CHECK;

/* Bytes that one sort or aggregation of a bounded query may hold. */
#define WEIR_OP_STATE_BYTES_MAX ((size_t)1 << 30)

static inline enum weir_code weir_op_push(struct weir_operator *to, const struct weir_batch *batch,
                                          int64_t now_us, struct weir_error *err)
{
    return to->ops->batch(to, batch, now_us, err);
}

static inline enum weir_code weir_op_finish(struct weir_operator *to, int64_t now_us,
                                            struct weir_error *err)
{
    return to->ops->finish(to, now_us, err);
}

/* The finish slot of operators that hold nothing back. */
enum weir_code weir_op_finish_next(struct weir_operator *op, int64_t now_us,
                                   struct weir_error *err);

#endif
