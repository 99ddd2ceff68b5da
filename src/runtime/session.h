/* A session: everything that is open while a pipeline runs, from one restart to the next ("start
 * over" in the epoch protocol is: close the session, open another). */
#ifndef WEIR_RUNTIME_SESSION_H
#define WEIR_RUNTIME_SESSION_H

#include "runtime/runtime.h"
#include "runtime/task.h"

/* Outlives sessions: what the whole run counts. */
struct weir_tallies {
    struct weir_statement_tally *statements; /* by plan statement */
    struct weir_source_tally *sources;       /* by plan source */
    weir_counter *sinks;                     /* rows committed, by plan sink */
    weir_counter epoch_prepared, epoch_committed;
};

struct weir_session;

/* Opens the checkpoint, sinks, lookups, sources; fences; recovers. */
enum weir_code weir_session_open(const struct weir_plan *plan,
                                 const struct weir_runtime_config *config,
                                 struct weir_tallies *tallies, struct weir_session **ret,
                                 struct weir_error *err) WEIR_MUST_CHECK;
/* Replays open epochs, then runs until the end or a stop; everything is committed when it returns
 * WEIR_OK. */
enum weir_code weir_session_run(struct weir_session *session,
                                struct weir_error *err) WEIR_MUST_CHECK;
void weir_session_close(struct weir_session *session);

/* Do two tables stand for the same thing (same connector, server location and topic, path or
 * table)? */
bool weir_table_same(const struct weir_table *a, const struct weir_table *b);

#endif
