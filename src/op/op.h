/* Operators made from plan nodes, lookups, and the runner of bounded queries. */
#ifndef WEIR_OP_OP_H
#define WEIR_OP_OP_H

#include "api/operator.h"
#include "plan/plan.h"

/* ---- lookups (lookup.c): bounded queries as hash tables, shared by all tasks of a process ---- */

struct weir_lookups; /* the current tables of all of a plan's lookups */

/* Builds every lookup by running its query. bytes_max: memory for all of them ("lookup .. does not fit" beyond). */
enum weir_code weir_lookups_open(const struct weir_plan *plan, int64_t now_us, size_t bytes_max,
                                 struct weir_lookups **ret, struct weir_error *err) WEIR_MUST_CHECK;
/* Between two epochs: rereads those whose tables changed or whose refresh is due; *ret_changed when any content differs. A reread that fails
 * keeps the old content and logs a warning. Cheap when nothing is due (one stat a file at most every 100 ms). */
enum weir_code weir_lookups_refresh(struct weir_lookups *lookups, int64_t now_us, bool *ret_changed,
                                    struct weir_error *err) WEIR_MUST_CHECK;
/* Content of one lookup as bytes, and back: what prepare records pin (F8). `name`: "lookup-INDEX-HASH", stable for equal content. */
enum weir_code weir_lookup_snapshot(const struct weir_lookups *lookups, uint32_t lookup,
                                    struct weir_buffer *ret,
                                    struct weir_error *err) WEIR_MUST_CHECK;
const char *weir_lookup_snapshot_name(const struct weir_lookups *lookups, uint32_t lookup);
/* Puts snapshot content in the place of a lookup's table, for a replay. A later refresh brings the present content back: it is due at once. */
enum weir_code weir_lookup_restore(struct weir_lookups *lookups, uint32_t lookup,
                                   struct weir_slice bytes, const char *name,
                                   struct weir_error *err) WEIR_MUST_CHECK;
void weir_lookups_close(struct weir_lookups *lookups);

/* The probe for weir_program_state_new; context is the weir_lookups. */
weir_lookup_probe weir_lookups_probe;

/* ---- chains ---- */

/* Operators for branch->rest, in front of `last` (borrowed, closed by its owner). *ret is where to push. Closing it closes the chain up to `last`. */
enum weir_code weir_op_chain(const struct weir_node *const *nodes, uint32_t nodes_count,
                             uint32_t input_columns, struct weir_lookups *lookups,
                             struct weir_operator *last, struct weir_operator **ret,
                             struct weir_error *err) WEIR_MUST_CHECK;
void weir_op_chain_close(struct weir_operator *first, struct weir_operator *last);

/* ---- scan (scan.c): one split of a table as batches; used by runtime tasks and by bounded queries ---- */

struct weir_scan;

struct weir_scan_result {
    enum weir_fetch_state state; /* IDLE: see fetch for what to wait for */
    struct weir_batch *batch;    /* DATA: declared and hidden columns; rows may be 0 */
    uint32_t bad_count;          /* records that did not decode */
    uint32_t skipped_count;      /* of them left out (on_error 'skip') */
    int wait_fd;
    int64_t wait_ms;
};

/* The scan polls the split, decodes, fills the hidden columns, and applies on_error: FAIL gives WEIR_BAD_DATA with "SOURCE:LINE: why". The batch is valid until the
 * next call; weir_scan_done must be called when it has been dealt with: only then is it consumed in the split. */
enum weir_code weir_scan_open(const struct weir_table *table, const bool *columns_needed,
                              const bool *hidden_needed, enum weir_on_error on_error,
                              struct weir_split *split, struct weir_scan **ret,
                              struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_scan_next(struct weir_scan *scan, int64_t now_us, struct weir_scan_result *ret,
                              struct weir_error *err) WEIR_MUST_CHECK;
void weir_scan_done(struct weir_scan *scan);
void weir_scan_close(struct weir_scan *scan); /* does not revoke the split */

/* ---- bounded queries (run.c) ---- */

/* Runs a bounded node tree to its end, pushing result batches to `last` (then finish). Reads unbounded tables to their present end. */
enum weir_code weir_node_run(const struct weir_node *node, struct weir_lookups *lookups,
                             int64_t now_us, struct weir_operator *last,
                             struct weir_error *err) WEIR_MUST_CHECK;

#endif
