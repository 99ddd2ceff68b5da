/* Internal to plan/: what the explain files share. Every function appends to `to`. */
#ifndef WEIR_PLAN_EXPLAIN_H
#define WEIR_PLAN_EXPLAIN_H

#include "plan/binder.h"

struct weir_explain {
    const struct weir_plan *plan;
    struct weir_buffer *to;
    struct weir_error *err;
    struct weir_arena arena; /* for the time of one call */
};

enum weir_code weir_explain_text(struct weir_explain *explain, const char *text) WEIR_MUST_CHECK;
enum weir_code weir_explain_expr(struct weir_explain *explain, const struct weir_expr *expr,
                                 const char *const *names) WEIR_MUST_CHECK;
enum weir_code weir_explain_node(struct weir_explain *explain, const struct weir_node *node,
                                 const char *const *names) WEIR_MUST_CHECK;
/* Topic, path or table name. */
const char *weir_explain_place(const struct weir_table *table);
/* Names of a source's columns, hidden ones included; NULL: out of memory. */
const char *const *weir_explain_names(struct weir_explain *explain,
                                      const struct weir_plan_source *source);
const char *weir_explain_delivery(const struct weir_plan *plan, const struct weir_table *table);

enum weir_code weir_explain_json(struct weir_explain *explain) WEIR_MUST_CHECK;
enum weir_code weir_explain_dot(struct weir_explain *explain) WEIR_MUST_CHECK;

#endif
