/* From text to statements. */
#ifndef WEIR_SQL_PARSE_H
#define WEIR_SQL_PARSE_H

#include "sql/ast.h"
#include "sql/problems.h"

struct weir_sql_statements WEIR_LIST(struct weir_sql_statement);

/* Appends the statements of one file that has been added to the source map. A statement that is
 * wrong becomes a problem, and the next one is read all the same. Only faults of the surroundings
 * (memory, threads) come back as errors. */
enum weir_code weir_sql_parse(const struct weir_sql_file *file, const struct weir_source_map *map,
                              struct weir_problems *problems, struct weir_sql_statements *ret,
                              struct weir_error *err) WEIR_MUST_CHECK;

#endif
