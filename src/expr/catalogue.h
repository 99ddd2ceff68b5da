/* The tables that make up the catalogue, one a category; nobody outside this directory includes it.
 * Each ends with an entry without a name. */
#ifndef WEIR_EXPR_CATALOGUE_H
#define WEIR_EXPR_CATALOGUE_H

#include "expr/function.h"

extern const struct weir_function weir_aggregate_functions[];
extern const struct weir_function weir_binary_functions[];
extern const struct weir_function weir_cast_functions[];
extern const struct weir_function weir_compare_functions[];
extern const struct weir_function weir_concat_functions[];
extern const struct weir_function weir_conditional_functions[];
extern const struct weir_function weir_datetime_functions[];
extern const struct weir_function weir_integer_functions[];
extern const struct weir_function weir_float_functions[];
extern const struct weir_function weir_numeric_functions[];
extern const struct weir_function weir_json_functions[];
extern const struct weir_function weir_json_build_functions[];
extern const struct weir_function weir_like_functions[];
extern const struct weir_function weir_case_functions[];
extern const struct weir_function weir_trim_functions[];
extern const struct weir_function weir_string_functions[];
extern const struct weir_function weir_string_build_functions[];

#endif
