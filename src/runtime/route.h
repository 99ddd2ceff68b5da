/* A route: everything that a plan's statements do with the rows of one source, as one task sees it.
 *
 * All branches of the source share one program: what two of them compute alike is computed once.
 * Filters run over the whole batch, then each branch's projection over the rows that its filter let
 * through. */
#ifndef WEIR_RUNTIME_ROUTE_H
#define WEIR_RUNTIME_ROUTE_H

#include "op/op.h"
#include "runtime/outlet.h"

struct weir_route;

/* outlets: one a branch, in order; borrowed. Lives in `arena`, besides the operator chains, which
 * weir_route_close ends. */
enum weir_code weir_route_open(const struct weir_plan_source *source, struct weir_lookups *lookups,
                               struct weir_outlet *outlets, struct weir_arena *arena,
                               struct weir_route **ret, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_route_batch(struct weir_route *route, const struct weir_batch *batch,
                                int64_t now_us, struct weir_error *err) WEIR_MUST_CHECK;
void weir_route_close(struct weir_route *route);

#endif
