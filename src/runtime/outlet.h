/* An outlet: where one statement of one task hands its rows to a sink. The last operator of every
 * branch. */
#ifndef WEIR_RUNTIME_OUTLET_H
#define WEIR_RUNTIME_OUTLET_H

#include "api/operator.h"
#include "base/metrics.h"
#include "commit/epoch.h"
#include "plan/plan.h"

/* What a statement has done; written by the worker, read by anyone. */
struct weir_statement_tally {
    weir_counter rows_in, rows_out, rows_bad;
};

struct weir_outlet {
    struct weir_operator op; /* first: this is an operator */
    const struct weir_statement *statement;
    const char *source; /* the stream's name, for messages */
    const struct weir_sink_ops *sink_ops;
    struct weir_writer *writer;
    struct weir_statement_tally *tally;
    struct weir_epoch_chunk *chunk; /* of the epoch being filled */
    size_t *epoch_bytes;            /* all outlets' bytes in this epoch, counted here */
    struct weir_arena scratch;
};

/* Makes the writer. `sink` is borrowed and must outlive the outlet. */
enum weir_code weir_outlet_open(struct weir_outlet *outlet, const struct weir_statement *statement,
                                const char *source, const struct weir_sink_ops *sink_ops,
                                struct weir_sink *sink, struct weir_statement_tally *tally,
                                size_t *epoch_bytes, struct weir_error *err) WEIR_MUST_CHECK;
void weir_outlet_close(struct weir_outlet *outlet);

/* Deals with the rows of `selection` that have an error in `vector`: on_error 'fail' gives
 * WEIR_BAD_DATA, 'skip' counts them. */
enum weir_code weir_outlet_bad_rows(struct weir_outlet *outlet, const struct weir_vector *vector,
                                    struct weir_selection selection,
                                    struct weir_error *err) WEIR_MUST_CHECK;

#endif
