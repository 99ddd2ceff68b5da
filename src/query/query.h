/* Bounded SELECT for the command line and the dashboard: run, format, print. */
#ifndef WEIR_QUERY_QUERY_H
#define WEIR_QUERY_QUERY_H

#include <stdio.h>

#include "plan/plan.h"

enum weir_query_format {
    WEIR_QUERY_TABLE, /* aligned as psql prints it, with "(N rows)" */
    WEIR_QUERY_CSV,   /* values as `psql --csv` prints them, with a header line */
    WEIR_QUERY_JSON,  /* one JSON object a line */
};

/* Runs plan->query and writes the result. An evaluation error is WEIR_BAD_DATA with PostgreSQL's text. */
enum weir_code weir_query_run(const struct weir_plan *plan, enum weir_query_format format,
                              bool tuples_only, FILE *to, uint64_t *ret_rows,
                              struct weir_error *err) WEIR_MUST_CHECK;

#endif
