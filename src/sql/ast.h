/* What a SQL file says, as trees of our own: the parser's trees stay behind parse.c.
 *
 * Everything lies in the arena of the pool that weir_sql_parse was given. Locations are those of
 * the source map. Only what weir can carry out has a form here; the rest has become a problem with
 * its place. Names are folded by the parser. */
#ifndef WEIR_SQL_AST_H
#define WEIR_SQL_AST_H

#include <stdbool.h>
#include <stdint.h>

struct weir_sql_select;

struct weir_sql_name {
    const char *text;
    int location;
};

struct weir_sql_names {
    const struct weir_sql_name *items;
    uint32_t count;
};

struct weir_sql_type {
    const char *name;     /* "int4", "timestamptz", "varchar" */
    int32_t modifiers[2]; /* numeric(10, 2) */
    uint32_t modifiers_count;
    int location;
};

/* ---- expressions ---- */

enum weir_sql_expr_kind {
    WEIR_SQL_NULL,
    WEIR_SQL_BOOL,     /* text "true" or "false" */
    WEIR_SQL_INTEGER,  /* text; may be larger than bigint */
    WEIR_SQL_DECIMAL,  /* text */
    WEIR_SQL_STRING,   /* text; its type is open */
    WEIR_SQL_COLUMN,   /* [qualifier.]text */
    WEIR_SQL_STAR,     /* [qualifier.]* */
    WEIR_SQL_OPERATOR, /* text = symbol; one or two args */
    WEIR_SQL_FUNCTION, /* text(args); star, distinct, filter */
    WEIR_SQL_CAST,     /* args[0]::type */
    WEIR_SQL_AND,      /* args */
    WEIR_SQL_OR,
    WEIR_SQL_NOT,
    WEIR_SQL_CASE, /* args: operand or NULL, when, then, .., else or NULL */
    WEIR_SQL_COALESCE,
    WEIR_SQL_GREATEST,
    WEIR_SQL_LEAST,
    WEIR_SQL_NULLIF,
    WEIR_SQL_IS,          /* args[0] IS [NOT] test */
    WEIR_SQL_IS_DISTINCT, /* args[0] IS [NOT] DISTINCT FROM args[1] */
    WEIR_SQL_BETWEEN,     /* args[0] [NOT] BETWEEN [SYMMETRIC] args[1] AND args[2] */
    WEIR_SQL_IN,          /* args[0] [NOT] IN (args[1], ..) */
    WEIR_SQL_IN_SELECT,   /* args[0] IN (select); NOT stands around it */
    WEIR_SQL_EXISTS,      /* EXISTS (select) */
    WEIR_SQL_SUBSELECT,   /* (select) as a value */
    WEIR_SQL_ROW,         /* (args) */
    WEIR_SQL_CURRENT_TIMESTAMP,
    WEIR_SQL_CURRENT_DATE,
    WEIR_SQL_DEFAULT, /* in INSERT .. VALUES */
};

enum weir_sql_test { WEIR_SQL_IS_NULL, WEIR_SQL_IS_TRUE, WEIR_SQL_IS_FALSE, WEIR_SQL_IS_UNKNOWN };

struct weir_sql_expr {
    enum weir_sql_expr_kind kind;
    int location;
    const char *text;
    const char *qualifier;
    const struct weir_sql_expr *const *args;
    uint32_t args_count;
    bool negated;                         /* IS, IS_DISTINCT, BETWEEN, IN */
    bool symmetric;                       /* BETWEEN */
    bool star, distinct;                  /* FUNCTION */
    enum weir_sql_test test;              /* IS */
    const struct weir_sql_expr *filter;   /* FUNCTION */
    const struct weir_sql_type *type;     /* CAST */
    const struct weir_sql_select *select; /* IN_SELECT, EXISTS, SUBSELECT */
};

/* ---- SELECT ---- */

struct weir_sql_target {
    const struct weir_sql_expr *expr;
    const char *alias; /* NULL: none given */
};

enum weir_sql_from_kind { WEIR_SQL_FROM_TABLE, WEIR_SQL_FROM_SELECT, WEIR_SQL_FROM_JOIN };
enum weir_sql_join { WEIR_SQL_JOIN_INNER, WEIR_SQL_JOIN_LEFT, WEIR_SQL_JOIN_RIGHT };

struct weir_sql_from {
    enum weir_sql_from_kind kind;
    int location;
    const char *name;                     /* TABLE */
    const struct weir_sql_select *select; /* SELECT */
    const char *alias;                    /* NULL: none */
    struct weir_sql_names columns;        /* alias(columns) */
    /* JOIN; CROSS JOIN is INNER without a condition */
    enum weir_sql_join join;
    const struct weir_sql_from *left, *right;
    const struct weir_sql_expr *condition;
    struct weir_sql_names using_columns;
};

struct weir_sql_sort {
    const struct weir_sql_expr *expr;
    bool descending, nulls_first; /* PostgreSQL's default for the direction filled in */
};

struct weir_sql_cte {
    const char *name;
    struct weir_sql_names columns;
    const struct weir_sql_select *select;
    int location;
};

enum weir_sql_select_kind { WEIR_SQL_SELECT, WEIR_SQL_VALUES, WEIR_SQL_UNION };

struct weir_sql_select {
    enum weir_sql_select_kind kind;
    int location;
    const struct weir_sql_cte *ctes;
    uint32_t ctes_count;
    /* SELECT */
    bool distinct;
    const struct weir_sql_target *targets;
    uint32_t targets_count;
    const struct weir_sql_from *const *from; /* a list means CROSS JOIN */
    uint32_t from_count;
    const struct weir_sql_expr *where, *having;
    const struct weir_sql_expr *const *group_by;
    uint32_t group_by_count;
    /* VALUES: rows are WEIR_SQL_ROW */
    const struct weir_sql_expr *const *rows;
    uint32_t rows_count;
    /* UNION */
    bool all;
    const struct weir_sql_select *left, *right;
    /* any of them */
    const struct weir_sql_sort *order_by;
    uint32_t order_by_count;
    const struct weir_sql_expr *limit, *offset;
};

/* ---- statements ---- */

enum weir_sql_statement_kind {
    WEIR_SQL_CREATE_SERVER,
    WEIR_SQL_CREATE_USER_MAPPING,
    WEIR_SQL_CREATE_TABLE, /* foreign */
    WEIR_SQL_CREATE_VIEW,
    WEIR_SQL_INSERT,
    WEIR_SQL_SET,
    WEIR_SQL_COMMENT,
    WEIR_SQL_QUERY,
};

struct weir_sql_option {
    const char *name, *value;
    int location;
};

struct weir_sql_column {
    const char *name;
    const struct weir_sql_type *type;
    bool not_null;
    const struct weir_sql_expr *default_expr; /* NULL: none */
    int location;
};

enum weir_sql_comment_on {
    WEIR_SQL_ON_TABLE,
    WEIR_SQL_ON_VIEW,
    WEIR_SQL_ON_SERVER,
    WEIR_SQL_ON_COLUMN
};

struct weir_sql_statement {
    enum weir_sql_statement_kind kind;
    bool broken;               /* a part of it was reported: only its kind and names are good */
    int location;              /* of its first word */
    struct weir_sql_name name; /* server, table, view, INSERT's target, setting, commented thing */
    struct weir_sql_name server; /* TABLE, USER MAPPING: its server; SERVER: its wrapper */
    const struct weir_sql_option *options;
    uint32_t options_count;
    const struct weir_sql_column *columns; /* TABLE */
    uint32_t columns_count;
    struct weir_sql_names names;          /* VIEW: column names; INSERT: target columns */
    const struct weir_sql_select *select; /* VIEW, INSERT, QUERY */
    /* INSERT .. ON CONFLICT (conflict) DO UPDATE SET every other column = excluded's */
    bool has_conflict;
    int conflict_location;
    struct weir_sql_names conflict, updates;
    const char *value; /* SET; COMMENT (NULL: takes it away) */
    int value_location;
    enum weir_sql_comment_on on;
    const char *column; /* COMMENT ON COLUMN name.column */
};

#endif
