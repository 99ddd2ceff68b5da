/* The operator seam: batches are pushed from the source towards the sink.
 *
 * An operator is a struct whose first member is struct weir_operator. It gets a batch with the
 * columns of its input, and pushes zero or more batches to `next`. A pushed batch is borrowed for
 * the call. One thread. */
#ifndef WEIR_API_OPERATOR_H
#define WEIR_API_OPERATOR_H

#include "column/batch.h"

struct weir_operator;

struct weir_operator_ops {
    const char *name;
    /* May push to op->next. WEIR_STOPPED: no more rows are wanted (LIMIT reached). Row errors go on
     * as error vectors. */
    enum weir_code (*batch)(struct weir_operator *op, const struct weir_batch *batch,
                            int64_t now_us, struct weir_error *err);
    /* The input is at its end: push what is held back (aggregates, sort), then finish next. */
    enum weir_code (*finish)(struct weir_operator *op, int64_t now_us, struct weir_error *err);
    void (*close)(struct weir_operator *op);
};

struct weir_operator {
    const struct weir_operator_ops *ops;
    struct weir_operator *next; /* NULL only behind the last one */
};

#endif
