/* Internal to sql/: from the parser's protobuf trees to the AST. Each function has reported what it
 * returns NULL (or false) for. */
#ifndef WEIR_SQL_CONVERT_H
#define WEIR_SQL_CONVERT_H

#include <pg_query/pg_query.pb-c.h>

#include "sql/ast.h"
#include "sql/problems.h"

#define WEIR_SQL_DEPTH_MAX 500 /* of nested expressions and queries */

struct weir_convert {
    struct weir_pool *pool;
    struct weir_problems *problems;
    const struct weir_source_map *map;
    int base;     /* location of the statement's text */
    int location; /* of the statement's first word: stands in where the parser tells no place */
    int depth;
    bool too_deep; /* reported */
};

/* A place in the statement's text; negative ones become the statement's own. */
int weir_convert_location(const struct weir_convert *convert, int32_t location);
const char *weir_convert_text(struct weir_convert *convert, const char *text);
/* `WHAT is not supported`, with a hint unless it is NULL; returns NULL. */
void *weir_convert_unsupported(struct weir_convert *convert, int location, const char *what,
                               const char *hint);
/* Counts one level in; false when that is one too many, which is reported once. Every true needs a
 * weir_convert_leave. */
bool weir_convert_enter(struct weir_convert *convert);
void weir_convert_leave(struct weir_convert *convert);
/* Names of a list of String nodes, all at one location. */
struct weir_sql_names weir_convert_names(struct weir_convert *convert, PgQuery__Node **nodes,
                                         size_t count, int location);

const struct weir_sql_expr *weir_convert_expr(struct weir_convert *convert,
                                              const PgQuery__Node *node);
const struct weir_sql_type *weir_convert_type(struct weir_convert *convert,
                                              const PgQuery__TypeName *type);
const struct weir_sql_select *weir_convert_select(struct weir_convert *convert,
                                                  const PgQuery__SelectStmt *select);
bool weir_convert_sort(struct weir_convert *convert, PgQuery__Node **nodes, size_t count,
                       const struct weir_sql_sort **ret, uint32_t *ret_count);
bool weir_convert_statement(struct weir_convert *convert, const PgQuery__Node *node,
                            struct weir_sql_statement *ret);

#endif
