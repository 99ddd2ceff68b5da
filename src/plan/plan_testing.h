/* For tests of plan/: a registry of connectors and formats that do nothing, and a plan made from a
 * text. */
#ifndef WEIR_PLAN_PLAN_TESTING_H
#define WEIR_PLAN_PLAN_TESTING_H

#include "plan/plan.h"

extern const struct weir_registry weir_testing_registry;

/* Servers here (file) and bus (log); bounded tables t and u, streams s and o. */
extern const char weir_testing_tables[];

struct weir_testing_plan {
    struct weir_plan *plan; /* NULL: there were errors */
    struct weir_diagnostics diagnostics;
    struct weir_buffer text; /* explain, or the diagnostics */
};

/* Plans the statements (a file "test.sql", in memory) and the query (NULL: none), and explains the
 * plan. `variable`: "NAME=value" or NULL. */
void weir_testing_plan_make(struct weir_testing_plan *made, const char *statements,
                            const char *query, const char *variable);
void weir_testing_plan_done(struct weir_testing_plan *made);

#endif
