/* Inside query/: the writers, last operators of a query that print what reaches them. */
#ifndef WEIR_QUERY_PRINT_H
#define WEIR_QUERY_PRINT_H

#include "api/operator.h"
#include "query/query.h"

/* What all writers begin with. */
struct weir_printer {
    struct weir_operator base;
    FILE *to;
    const char *const *names;
    const enum weir_type *types;
    uint32_t columns_count;
    bool tuples_only;
    uint64_t rows;
    struct weir_buffer line; /* bytes that are not written yet */
};

enum weir_code weir_print_table_new(const struct weir_printer *settings, struct weir_printer **ret,
                                    struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_print_csv_new(const struct weir_printer *settings, struct weir_printer **ret,
                                  struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_print_json_new(const struct weir_printer *settings, struct weir_printer **ret,
                                   struct weir_error *err) WEIR_MUST_CHECK;

/* Writes printer->line out and empties it. */
enum weir_code weir_printer_flush(struct weir_printer *printer,
                                  struct weir_error *err) WEIR_MUST_CHECK;

#endif
