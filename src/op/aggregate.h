/* Aggregate functions: the states of one aggregate for all groups. Inside op/ only. */
#ifndef WEIR_OP_AGGREGATE_H
#define WEIR_OP_AGGREGATE_H

#include "plan/plan.h"

struct weir_aggregate_states;

/* `arg_types`: of its arguments. WEIR_BAD_CONFIG: there is no such aggregate. */
enum weir_code weir_aggregate_new(const struct weir_aggregate *aggregate,
                                  const enum weir_type *arg_types,
                                  struct weir_aggregate_states **ret,
                                  struct weir_error *err) WEIR_MUST_CHECK;
void weir_aggregate_free(struct weir_aggregate_states *states);
/* Makes states for groups [0, groups_count). */
enum weir_code weir_aggregate_grow(struct weir_aggregate_states *states, uint32_t groups_count,
                                   struct weir_error *err) WEIR_MUST_CHECK;
/* Adds row `row` of the arguments to a group. */
enum weir_code weir_aggregate_add(struct weir_aggregate_states *states, uint32_t group,
                                  const struct weir_vector *const *args, uint32_t row,
                                  struct weir_error *err) WEIR_MUST_CHECK;
/* Writes the result of a group to to[to_row]; slices lie in the arena. */
enum weir_code weir_aggregate_result(const struct weir_aggregate_states *states, uint32_t group,
                                     struct weir_vector *to, uint32_t to_row,
                                     struct weir_arena *arena,
                                     struct weir_error *err) WEIR_MUST_CHECK;
/* Memory taken, nearly. */
size_t weir_aggregate_bytes(const struct weir_aggregate_states *states);

#endif
