/* The physical plan: read-only, made from SQL files by weir_plan_make, carried out by op/ and
 * runtime/.
 *
 * Ownership: everything lies in the plan's arena and lives until weir_plan_free. Any thread may
 * read it. */
#ifndef WEIR_PLAN_PLAN_H
#define WEIR_PLAN_PLAN_H

#include "api/connector.h"
#include "api/format.h"
#include "expr/expr.h"

/* ---- relational nodes: rows flow from inputs[] to the root ---- */

enum weir_node_kind {
    WEIR_NODE_SCAN,   /* a table: its declared columns, then the hidden ones (those needed) */
    WEIR_NODE_VALUES, /* constant rows */
    WEIR_NODE_FILTER,
    WEIR_NODE_PROJECT,
    WEIR_NODE_JOIN,      /* with a lookup: input's columns, then the lookup's columns */
    WEIR_NODE_UNION_ALL, /* inputs one after the other */
    WEIR_NODE_AGGREGATE, /* group keys, then aggregates */
    WEIR_NODE_SORT,
    WEIR_NODE_LIMIT,
};

struct weir_aggregate {
    /* count sum min max avg bool_and bool_or string_agg ..: see op/op_aggregate.c */
    const char *function;
    bool star; /* count(*) */
    bool distinct;
    const struct weir_expr *args[2]; /* over the input; NULL: none */
    const struct weir_expr *filter;  /* FILTER (WHERE ..); NULL: none */
    enum weir_type type;
};

struct weir_sort_key {
    uint32_t column; /* of the input */
    bool descending, nulls_first;
};

struct weir_node {
    enum weir_node_kind kind;
    const struct weir_node *const *inputs;
    uint32_t inputs_count;
    /* What comes out. */
    const char *const *names;
    const enum weir_type *types;
    uint32_t columns_count;

    /* SCAN */
    const struct weir_table *table;
    const bool *columns_needed; /* by declared column */
    const bool *hidden_needed;  /* by enum weir_hidden */
    /* VALUES: rows_count x columns_count constant expressions, row by row */
    /* PROJECT: columns_count expressions; AGGREGATE: exprs[0..keys_count) are the group keys; JOIN:
     * probe keys */
    const struct weir_expr *const *exprs;
    uint32_t exprs_count;
    uint32_t rows_count;
    const struct weir_expr *condition; /* FILTER; JOIN: residual over the joined columns, or NULL */
    /* JOIN */
    uint32_t lookup;
    bool left; /* LEFT JOIN, else INNER */
    /* AGGREGATE */
    uint32_t keys_count;
    bool grouped; /* false and no keys: one row always (no GROUP BY clause) */
    const struct weir_aggregate *aggregates;
    uint32_t aggregates_count;
    /* SORT */
    const struct weir_sort_key *sort_keys;
    uint32_t sort_keys_count;
    /* LIMIT; -1: no limit */
    int64_t limit, offset;
};

/* A bounded query kept in memory as a hash table: its first keys_count columns are the key, the
 * rest payload for joins. */
struct weir_lookup {
    const char *name; /* for explain, "us_cities" */
    const struct weir_node *query;
    uint32_t keys_count;
    bool has_payload; /* a join reads columns: duplicates of a key are kept, else dropped */
    /* Of the tables in it, the least `refresh`; 0: only when a source's version changes. */
    int64_t refresh_ms;
    const struct weir_table *const *tables; /* scanned by it, for change detection */
    uint32_t tables_count;
};

/* ---- streaming statements ---- */

struct weir_plan_sink {
    const struct weir_table *table;
    const struct weir_table *dead_letter; /* not used yet: NULL */
};

enum weir_on_error { WEIR_ON_ERROR_FAIL, WEIR_ON_ERROR_NULL, WEIR_ON_ERROR_SKIP };

/* One way from a source to a sink. An INSERT whose SELECT is a UNION ALL of streams has several
 * branches. */
struct weir_branch {
    uint32_t statement;             /* index into statements */
    const struct weir_expr *filter; /* over the source's batch; NULL: all rows */
    /* Over the source's batch: input columns of `rest`, or of the sink. */
    const struct weir_expr *const *exprs;
    uint32_t exprs_count;
    /* What follows (joins with lookups, later filters and projects), from the source side up; empty
     * in the common case. The first node's input columns are `exprs`; inputs[] of these nodes are
     * not followed; the last one gives the sink's columns. */
    const struct weir_node *const *rest;
    uint32_t rest_count;
};

/* A stream that statements read: read and decoded once for all of them. */
struct weir_plan_source {
    const struct weir_table *table; /* NULL: `query` is the source */
    /* A bounded query run once, rows numbered (INSERT .. SELECT with GROUP BY, VALUES, ..). */
    const struct weir_node *query;
    const char *name;           /* the table's name, or "query 1" */
    const bool *columns_needed; /* by declared column */
    const bool *hidden_needed;  /* by enum weir_hidden */
    enum weir_on_error on_error;
    bool bounded; /* ends by itself */
    bool fed;     /* a statement of this plan writes it */
    const struct weir_branch *branches;
    uint32_t branches_count;
};

struct weir_statement {
    const char *label;           /* "INSERT INTO customers_usa" */
    uint32_t sink;               /* index into sinks */
    const bool *given;           /* by declared column of the sink's table */
    enum weir_on_error on_error; /* FAIL or SKIP: rows with an error */
    int location;
};

struct weir_settings {
    const char *name;    /* weir.name */
    int64_t epoch_ms;    /* weir.epoch */
    size_t memory_bytes; /* weir.memory */
    bool exactly_once;   /* weir.delivery = 'exactly-once' | 'at-least-once' */
    const char
        *checkpoint; /* weir.checkpoint: directory; default ${WEIR_DATA:-weir-data}/checkpoints */
};

/* What COMMENT ON says of things that are not in the plan themselves: views (inlined), servers. */
struct weir_plan_comment {
    const char *kind; /* "view", "server" */
    const char *name, *text;
};

struct weir_plan {
    struct weir_settings settings;
    const struct weir_table *const *tables; /* all foreign tables, in order */
    uint32_t tables_count;
    const struct weir_plan_source *sources;
    uint32_t sources_count;
    const struct weir_plan_sink *sinks;
    uint32_t sinks_count;
    const struct weir_statement *statements;
    uint32_t statements_count;
    const struct weir_lookup *lookups;
    uint32_t lookups_count;
    const struct weir_node *query; /* of weir_plan_make_query, else NULL */
    uint64_t hash; /* of the plan (not of the text): what decides whether open epochs fit */
    const struct weir_plan_comment *comments;
    uint32_t comments_count;
    struct weir_arena *arena;
};

/* ---- making it ---- */

/* Options that every table has, whatever its connector; the settings of SET. For help; ended by a
 * NULL name. */
extern const struct weir_option_spec weir_common_options[];
extern const struct weir_option_spec weir_setting_options[];

struct weir_plan_input {
    const char *const *files; /* paths; "-" is stdin */
    uint32_t files_count;
    const char *const *variables; /* "NAME=value" from -v, later ones win */
    uint32_t variables_count;
    const char *query;     /* a bounded SELECT (weir query -c); NULL: none */
    const char *share_dir; /* ${WEIR_SHARE} */
    const struct weir_registry *registry;
    /* Only definitions matter (consume, topics, ..): INSERTs are not bound. */
    bool statements_ignored;
};

/* All problems of all files, as GNU-style text with line, caret and hint, in order:
 *   customers.sql:12:34: error: column "locaton" does not exist
 *      12 | INSERT INTO usa SELECT locaton FROM raw;
 *         |                        ^~~~~~~
 *   hint: did you mean "location"?
 */
struct weir_diagnostics {
    struct weir_buffer text;
    uint32_t errors_count, warnings_count;
};

void weir_diagnostics_init(struct weir_diagnostics *diagnostics);
void weir_diagnostics_done(struct weir_diagnostics *diagnostics);

/* Reads, parses, binds. WEIR_BAD_CONFIG: see diagnostics (which may hold warnings after success as
 * well). */
enum weir_code weir_plan_make(const struct weir_plan_input *input, struct weir_plan **ret,
                              struct weir_diagnostics *diagnostics,
                              struct weir_error *err) WEIR_MUST_CHECK;
void weir_plan_free(struct weir_plan *plan);

/* A table by its SQL name; err with a "did you mean" hint. */
enum weir_code weir_plan_table(const struct weir_plan *plan, const char *name,
                               const struct weir_table **ret,
                               struct weir_error *err) WEIR_MUST_CHECK;

enum weir_explain_format { WEIR_EXPLAIN_TREE, WEIR_EXPLAIN_JSON, WEIR_EXPLAIN_DOT };
enum weir_code weir_plan_explain(const struct weir_plan *plan, enum weir_explain_format format,
                                 struct weir_buffer *ret, struct weir_error *err) WEIR_MUST_CHECK;

#endif
