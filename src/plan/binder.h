/* Internal to plan/: what the binding files share.
 *
 * Binding turns the AST into nodes and expressions. A function that returns NULL (or false) has
 * reported why. All memory is the pool's; an exhausted pool leaves through weir_plan_make. */
#ifndef WEIR_PLAN_BINDER_H
#define WEIR_PLAN_BINDER_H

#include "plan/plan.h"
#include "sql/parse.h"

/* ---- what the files define ---- */

enum weir_bind_state { WEIR_UNBOUND, WEIR_BINDING, WEIR_BOUND, WEIR_BROKEN };

/* Options as a statement gives them, with ${..} filled in. */
struct weir_given {
    const struct weir_sql_option *options;
    const char *const *texts; /* NULL: broken, which has been reported */
    uint32_t count;
};

struct weir_server_def {
    const char *name;
    const struct weir_sql_statement *statement;
    const struct weir_connector
        *connector; /* NULL: the wrapper is unknown, which has been reported */
    const char *comment;
    const struct weir_sql_statement *user; /* its user mapping; NULL: none */
    struct weir_given given, user_given;
};

struct weir_table_def {
    struct weir_table table;
    const struct weir_sql_statement *statement;
    struct weir_column *columns;       /* the table's, as long as it is being made */
    const struct weir_expr **defaults; /* by column; NULL: none */
    bool broken; /* something in its definition was reported: no more checks */
    bool checked_source, checked_sink;
    enum weir_on_error on_error;
    bool on_error_given;
    int64_t refresh_ms;
    const char **no_effect; /* options that are known to others of its kind only */
    uint32_t no_effect_count;
};

struct weir_view_def {
    const char *name, *comment;
    const struct weir_sql_statement *statement;
    enum weir_bind_state state;
    const struct weir_node *node; /* BOUND */
};

/* ---- scopes: what a name can mean ---- */

struct weir_range_column {
    const char *name;
    enum weir_type type;
    uint32_t column; /* of the node that the scope's expressions read */
    bool hidden;     /* not in `*` */
    bool merged;     /* joined by USING: found under its table's name only */
};

/* One relation of a FROM clause. */
struct weir_range {
    const char *name; /* alias; NULL: the columns that USING merged */
    struct weir_range_column *columns;
    uint32_t columns_count;
};

struct weir_ranges WEIR_LIST(struct weir_range);

struct weir_ctes {
    const struct weir_ctes *outer;
    const char *name;
    const struct weir_node *node; /* NULL: broken, which has been reported */
    const struct weir_sql_names *columns;
    int location;
};

struct weir_grouping;

struct weir_scope {
    const struct weir_ranges *ranges;
    const struct weir_scope *outer;   /* the query around, whose columns may be used as well */
    const struct weir_scope *blocked; /* the query around, whose columns may not be used here */
    const struct weir_ctes *ctes;
    struct weir_grouping *grouping; /* where aggregates may stand; else NULL */
    const char *clause;             /* "WHERE": for messages about aggregates */
};

/* Columns of the query around carry this bit until bind_subquery.c has dealt with them; aggregates
 * of a query being grouped that one. */
#define WEIR_OUTER_BIT     0x80000000u
#define WEIR_AGGREGATE_BIT 0x40000000u

/* A lookup that nodes and expressions name by its place in the binder's list; prune.c gives it its
 * place in the plan. */
struct weir_lookup_def {
    const char *name;
    const struct weir_node *query;
    uint32_t keys_count;
    bool has_payload;
    /* Its place in the plan; WEIR_NOT_PLANNED: not yet. Joins plan their own. */
    uint32_t planned;
};
#define WEIR_NOT_PLANNED UINT32_MAX

struct weir_source_def {
    struct weir_plan_source source;
    struct WEIR_LIST(struct weir_branch) branches;
    bool *columns_needed, *hidden_needed;
};

struct weir_binder {
    struct weir_pool *pool;
    struct weir_problems *problems;
    const struct weir_plan_input *input;
    const struct weir_source_map *map;
    int64_t now_us;
    bool all_bounded; /* weir query: streams are read to their present end */
    /* Inside what may never be evaluated (CASE, AND, OR, COALESCE): folding errors wait. */
    int conditional;
    int depth;
    struct WEIR_LIST(struct weir_server_def) servers;
    struct WEIR_LIST(struct weir_table_def *) tables;
    struct WEIR_LIST(struct weir_view_def) views;
    struct WEIR_LIST(struct weir_lookup_def) lookup_defs;
    struct WEIR_LIST(struct weir_lookup) lookups; /* the plan's */
    struct WEIR_LIST(struct weir_source_def) sources;
    struct WEIR_LIST(struct weir_plan_sink) sinks;
    struct WEIR_LIST(struct weir_statement) statements;
    uint32_t queries_count; /* query sources named so far */
    struct weir_settings settings;
};

#define WEIR_BIND_DEPTH_MAX 600

/* ---- options.c, catalog.c, settings.c ---- */

/* Fills ${..} in; NULL: reported. */
const char *weir_option_fill(struct weir_binder *binder, int location, const char *text);
/* NAME from -v, then the environment; NULL: unset. */
const char *weir_variable_find(const struct weir_binder *binder, const char *name);
/* Merges and checks the options of a table with those of its server and user; chooses connector and
 * format. */
void weir_table_options(struct weir_binder *binder, struct weir_table_def *def,
                        const struct weir_server_def *server);
/* Fills and checks a server's and its user mapping's own options. */
void weir_server_options(struct weir_binder *binder, struct weir_server_def *server);

void weir_catalog_make(struct weir_binder *binder, const struct weir_sql_statements *statements);
/* After expressions can be bound: DEFAULT clauses. */
void weir_catalog_defaults(struct weir_binder *binder);
struct weir_table_def *weir_catalog_table(const struct weir_binder *binder, const char *name);
struct weir_view_def *weir_catalog_view(const struct weir_binder *binder, const char *name);
/* The definition that a plan's table belongs to. */
const struct weir_table_def *weir_table_def_of(const struct weir_table *table);
/* A "did you mean" hint over all tables and views. */
void weir_catalog_hint(struct weir_binder *binder, const char *name);
/* Whether reading the table ends by itself. */
bool weir_table_bounded(const struct weir_binder *binder, const struct weir_table *table);
bool weir_table_check(struct weir_binder *binder, struct weir_table_def *def, bool as_sink,
                      int location);

void weir_settings_make(struct weir_binder *binder, const struct weir_sql_statements *statements);

/* ---- expr_tree.c: making and changing expressions ---- */

struct weir_expr *weir_expr_new(struct weir_binder *binder, enum weir_expr_kind kind,
                                enum weir_type type, int location);
const struct weir_expr *weir_expr_column(struct weir_binder *binder, uint32_t column,
                                         enum weir_type type, int location);
/* One value, zeroed, to be filled in; and the constant that it is. */
struct weir_vector *weir_vector_one(struct weir_binder *binder, enum weir_type type, bool valid);
const struct weir_expr *weir_expr_value(struct weir_binder *binder, const struct weir_vector *value,
                                        int location);
/* A NULL of a type. */
const struct weir_expr *weir_expr_null(struct weir_binder *binder, enum weir_type type,
                                       int location);
const struct weir_expr *weir_expr_bool(struct weir_binder *binder, bool value, int location);
/* A node over args (copied). */
const struct weir_expr *weir_expr_with(struct weir_binder *binder, enum weir_expr_kind kind,
                                       enum weir_type type, int location,
                                       const struct weir_expr *const *args, uint32_t args_count);
const struct weir_expr *weir_expr_call(struct weir_binder *binder,
                                       const struct weir_function *function, enum weir_type type,
                                       const struct weir_expr *const *args, uint32_t args_count,
                                       int location);
/* A question to a lookup. */
const struct weir_expr *weir_expr_lookup(struct weir_binder *binder, uint32_t lookup,
                                         enum weir_lookup_test test,
                                         const struct weir_expr *const *args, uint32_t args_count,
                                         int location);
const struct weir_expr *weir_expr_not(struct weir_binder *binder, const struct weir_expr *expr);
/* AND and OR flatten equal kinds; either side may be NULL. */
const struct weir_expr *weir_expr_and(struct weir_binder *binder, const struct weir_expr *a,
                                      const struct weir_expr *b);
const struct weir_expr *weir_expr_or(struct weir_binder *binder, const struct weir_expr *a,
                                     const struct weir_expr *b);
static inline bool weir_expr_is_null_const(const struct weir_expr *expr)
{
    return expr->kind == WEIR_EXPR_CONST && !weir_valid(expr->constant, 0);
}

/* What stands in the place of an expression; NULL: go on into its arguments. */
typedef const struct weir_expr *weir_expr_change(void *context, const struct weir_expr *expr);
const struct weir_expr *weir_expr_rewrite(struct weir_binder *binder, const struct weir_expr *expr,
                                          weir_expr_change *change, void *context);
/* COLUMN i becomes exprs[i]. */
const struct weir_expr *weir_expr_substitute(struct weir_binder *binder,
                                             const struct weir_expr *expr,
                                             const struct weir_expr *const *exprs);
/* COLUMN i becomes COLUMN map[i]; columns with the outer bit stay. */
const struct weir_expr *weir_expr_renumber(struct weir_binder *binder, const struct weir_expr *expr,
                                           const uint32_t *map);
/* Marks the columns that it reads. */
void weir_expr_mark(const struct weir_expr *expr, bool *columns);
/* The least and largest number of a column in it (outer bit and all); false: it reads none. */
bool weir_expr_columns(const struct weir_expr *expr, uint32_t *ret_min, uint32_t *ret_max);

struct weir_exprs WEIR_LIST(const struct weir_expr *);
/* The conjuncts of a condition. */
void weir_expr_conjuncts(struct weir_binder *binder, const struct weir_expr *expr,
                         struct weir_exprs *ret);

/* ---- bind_expr.c, bind_call.c, bind_forms.c ---- */

const struct weir_expr *weir_bind_expr(struct weir_binder *binder, const struct weir_scope *scope,
                                       const struct weir_sql_expr *sql);
/* As a condition: `argument of WHERE must be type boolean, not type text`. */
const struct weir_expr *weir_bind_condition(struct weir_binder *binder,
                                            const struct weir_scope *scope,
                                            const struct weir_sql_expr *sql, const char *what);
/* Binds an operator or function over bound arguments. */
const struct weir_expr *weir_bind_operator(struct weir_binder *binder, const char *symbol,
                                           const struct weir_expr *const *args, uint32_t args_count,
                                           int location);
const struct weir_expr *weir_bind_function(struct weir_binder *binder, const char *name,
                                           const struct weir_expr *const *args, uint32_t args_count,
                                           int location);
const struct weir_expr *weir_bind_call(struct weir_binder *binder, const struct weir_scope *scope,
                                       const struct weir_sql_expr *sql);
/* Everything that is written otherwise than it is computed: BETWEEN, IN, IS, CASE, GREATEST, .. */
const struct weir_expr *weir_bind_form(struct weir_binder *binder, const struct weir_scope *scope,
                                       const struct weir_sql_expr *sql);
/* The expression as a type; NULL without a report: there is no such cast in the context. A constant
 * that cannot be converted is reported, and *ret_failed set. */
const struct weir_expr *weir_coerce(struct weir_binder *binder, const struct weir_expr *expr,
                                    enum weir_type type, enum weir_cast_context context,
                                    bool *ret_failed);
/* The same for casts that are known to exist. */
const struct weir_expr *weir_coerce_known(struct weir_binder *binder, const struct weir_expr *expr,
                                          enum weir_type type);
/* All to their common type: `UNION types text and integer cannot be matched`. */
bool weir_coerce_common(struct weir_binder *binder, const struct weir_expr **exprs, uint32_t count,
                        const char *what, enum weir_type *ret);
/* CASE over args (when, then, .., else), which it may rearrange. */
const struct weir_expr *weir_expr_case(struct weir_binder *binder, enum weir_type type,
                                       int location, const struct weir_expr **args, uint32_t count);
/* Evaluates what is constant. NULL stays NULL. */
const struct weir_expr *weir_fold(struct weir_binder *binder, const struct weir_expr *expr);
/* By name; NULL: reported. */
bool weir_bind_type(struct weir_binder *binder, const struct weir_sql_type *type,
                    enum weir_type *ret);

/* One column of a target list. */
struct weir_target {
    const char *name;
    const struct weir_expr *expr;
    const struct weir_sql_expr *sql; /* NULL: from a star */
};
struct weir_targets WEIR_LIST(struct weir_target);

/* ---- bind_scope.c ---- */

const struct weir_expr *weir_bind_column(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_expr *sql);
/* Whether a name is a column of the scope's own relations (for GROUP BY, where such a name wins
 * over an alias). */
bool weir_scope_has(const struct weir_scope *scope, const char *name);
/* `t.a` for a column number, for messages. */
const char *weir_scope_name(struct weir_binder *binder, const struct weir_scope *scope,
                            uint32_t column);

/* ---- bind_subquery.c ---- */

const struct weir_expr *weir_bind_exists(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_select *select, int location);
const struct weir_expr *weir_bind_in_select(struct weir_binder *binder,
                                            const struct weir_scope *scope,
                                            const struct weir_sql_expr *sql);
/* ---- bind_correlated.c ---- */

/* A subquery taken apart. */
struct weir_subquery {
    const char *name;             /* of the relation it reads; NULL: none */
    const struct weir_node *node; /* its FROM, joins included */
    struct weir_exprs conjuncts; /* of its WHERE; columns of the query around carry the outer bit */
    struct weir_targets targets;
    bool correlated; /* a conjunct or target reads the query around */
    int location;
};

/* Whether it is just SELECT .. FROM .. WHERE, so that correlation can be understood. */
bool weir_subquery_is_plain(const struct weir_sql_select *select);
bool weir_subquery_bind(struct weir_binder *binder, const struct weir_scope *scope,
                        const struct weir_sql_select *select, int location,
                        struct weir_subquery *ret);
/* Whether it has a row, and with `extra` (NULL: none) one for which that is true too: an expression
 * over the outer query. */
const struct weir_expr *weir_subquery_ask(struct weir_binder *binder,
                                          const struct weir_subquery *subquery,
                                          const struct weir_expr *extra);
/* An expression of the outer query as it may stand among the subquery's conjuncts. */
const struct weir_expr *weir_expr_to_inner(struct weir_binder *binder,
                                           const struct weir_expr *expr);
/* Reports a node that does not end; false then. */
bool weir_lookup_bounded(struct weir_binder *binder, const struct weir_node *node, int location);
/* Registers a lookup or finds an equal one. name: for people; NULL: that of the table it reads. */
uint32_t weir_lookup_def_add(struct weir_binder *binder, const char *name,
                             const struct weir_node *query, uint32_t keys_count, bool has_payload);
/* a = b as a pair of one type; false: the conjunct is no equality. */
bool weir_equality(const struct weir_expr *expr, const struct weir_expr **ret_left,
                   const struct weir_expr **ret_right);
/* Casts both to one type where they differ. */
bool weir_equality_types(struct weir_binder *binder, const struct weir_expr **left,
                         const struct weir_expr **right);

/* ---- bind_from.c, bind_join.c ---- */

/* What a FROM clause gives: a node, and how its columns are named. */
struct weir_from {
    const struct weir_node *node;
    struct weir_ranges ranges;
};

/* Binds FROM and WHERE. What of WHERE has not become part of a join comes back as conjuncts over
 * ret->node; in it columns of scope->outer may stand. scope->ranges is set to the result's. */
bool weir_bind_from(struct weir_binder *binder, struct weir_scope *scope,
                    const struct weir_sql_select *select, struct weir_from *ret,
                    struct weir_exprs *ret_conjuncts);
/* Joins two inputs. The conjuncts read the left's columns, then the right's. *ret_map: what became
 * of those columns. */
bool weir_bind_join(struct weir_binder *binder, enum weir_sql_join join,
                    const struct weir_from *left, const struct weir_from *right,
                    const struct weir_exprs *conjuncts, int location, struct weir_from *ret,
                    const uint32_t **ret_map);
/* The ranges of both, the right's columns behind the left's. */
struct weir_ranges weir_ranges_concat(struct weir_binder *binder, const struct weir_from *left,
                                      const struct weir_from *right);
/* A filter, put below joins where it reads their input only. */
const struct weir_node *weir_filter_push(struct weir_binder *binder, const struct weir_node *node,
                                         const struct weir_exprs *conjuncts);

/* ---- bind_select.c ---- */

/* keep_unknown: literals without a type stay so (INSERT .. SELECT gives them the target's). The
 * scope gives outer queries and CTEs; NULL: none. */
const struct weir_node *weir_bind_select(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_select *select, bool keep_unknown);
/* Adds the CTEs of a select to those of the scope. */
bool weir_bind_ctes(struct weir_binder *binder, struct weir_scope *scope,
                    const struct weir_sql_select *select);
const struct weir_node *weir_bind_view(struct weir_binder *binder, struct weir_view_def *view);
/* ---- bind_union.c ---- */

const struct weir_node *weir_bind_values(struct weir_binder *binder, const struct weir_scope *scope,
                                         const struct weir_sql_select *select);
const struct weir_node *weir_bind_union(struct weir_binder *binder, const struct weir_scope *scope,
                                        const struct weir_sql_select *select);
/* Casts a node's columns; rewrites literals without a type in place. */
const struct weir_node *weir_node_cast(struct weir_binder *binder, const struct weir_node *node,
                                       const enum weir_type *types);
/* Columns without a type become text. */
const struct weir_node *weir_node_resolve_unknown(struct weir_binder *binder,
                                                  const struct weir_node *node);
const struct weir_node *weir_node_distinct(struct weir_binder *binder,
                                           const struct weir_node *input);

/* ---- bind_target.c, bind_group.c ---- */

bool weir_bind_targets(struct weir_binder *binder, const struct weir_scope *scope,
                       const struct weir_sql_select *select, struct weir_targets *ret);
/* A projection to the targets. */
const struct weir_node *weir_node_targets(struct weir_binder *binder, const struct weir_node *input,
                                          const struct weir_targets *targets);
/* What PostgreSQL calls a column that has no AS. */
const char *weir_target_name(const struct weir_sql_expr *expr);
/* The target that an ORDER BY or GROUP BY item names by its place or name: its index, -1: it is an
 * expression, -2: reported. */
int weir_target_find(struct weir_binder *binder, const struct weir_sql_expr *sql,
                     const struct weir_targets *targets, const char *clause);
/* LIMIT and OFFSET: -1 where there is none. */
bool weir_bind_limit(struct weir_binder *binder, const struct weir_sql_expr *sql,
                     const char *clause, int64_t none, int64_t *ret);

struct weir_grouping {
    const struct weir_scope *scope; /* what keys and arguments are bound in */
    struct weir_exprs keys;
    struct WEIR_LIST(struct weir_aggregate) aggregates;
};

/* Whether the select is grouped or has aggregates. */
bool weir_select_is_grouped(const struct weir_sql_select *select);
bool weir_sql_has_aggregate(const struct weir_sql_expr *expr);
bool weir_is_aggregate(const char *name);
/* Binds the GROUP BY clause. */
bool weir_grouping_begin(struct weir_binder *binder, struct weir_grouping *grouping,
                         const struct weir_sql_select *select);
/* Called for an aggregate function. */
const struct weir_expr *weir_bind_aggregate(struct weir_binder *binder,
                                            const struct weir_scope *scope,
                                            const struct weir_sql_expr *sql);
/* An expression over the grouped rows in the place of one over the input; NULL: reported. */
const struct weir_expr *weir_grouping_replace(struct weir_binder *binder,
                                              const struct weir_grouping *grouping,
                                              const struct weir_expr *expr);
const struct weir_node *weir_grouping_node(struct weir_binder *binder,
                                           struct weir_grouping *grouping,
                                           const struct weir_node *input, bool grouped);

/* ---- node.c ---- */

struct weir_node *weir_node_new(struct weir_binder *binder, enum weir_node_kind kind,
                                const struct weir_node *const *inputs, uint32_t inputs_count,
                                uint32_t columns_count);
const struct weir_node *weir_node_scan(struct weir_binder *binder, const struct weir_table *table);
const struct weir_node *weir_node_filter(struct weir_binder *binder, const struct weir_node *input,
                                         const struct weir_expr *condition);
const struct weir_node *weir_node_project(struct weir_binder *binder, const struct weir_node *input,
                                          const struct weir_expr *const *exprs,
                                          const char *const *names, uint32_t count);
const struct weir_node *weir_node_limit(struct weir_binder *binder, const struct weir_node *input,
                                        int64_t limit, int64_t offset);
/* The first unbounded table that rows come from; NULL: it ends by itself. */
const struct weir_table *weir_node_unbounded(const struct weir_binder *binder,
                                             const struct weir_node *node);
/* Reports that `what` needs an end, if the node has none; true: it has. */
bool weir_need_bounded(struct weir_binder *binder, const struct weir_node *node, const char *what,
                       int location);
bool weir_node_equal(const struct weir_node *a, const struct weir_node *b);
/* The table a node mostly reads, for names. */
const char *weir_node_name(const struct weir_node *node);

/* ---- prune.c ---- */

/* A copy that reads and carries only what is needed for all of its columns, with lookups numbered
 * as in the plan. */
const struct weir_node *weir_node_prune(struct weir_binder *binder, const struct weir_node *node);

/* ---- branch.c, bind_insert.c ---- */

/* Splits a pruned tree into branches of sources. */
void weir_branches_add(struct weir_binder *binder, const struct weir_node *node,
                       uint32_t statement);
void weir_bind_insert(struct weir_binder *binder, const struct weir_sql_statement *statement);
/* After all INSERTs: what concerns sources as a whole. */
void weir_sources_finish(struct weir_binder *binder);

/* ---- hash.c ---- */

uint64_t weir_plan_hash(const struct weir_plan *plan);

#endif
