/* Running a query for a person or a script: lookups, the node tree, and a writer at its end. */
#include "query/query.h"

#include "base/env.h"
#include "column/text.h"
#include "op/op.h"
#include "query/print.h"

#include <errno.h>

#define LINE_BYTES_MAX ((size_t)2 << 30)

enum weir_code weir_printer_flush(struct weir_printer *printer, struct weir_error *err)
{
    struct weir_buffer *line = &printer->line;
    if (line->len && fwrite(line->ptr, 1, line->len, printer->to) != line->len)
        return weir_fail_errno(err, WEIR_IO, "could not write the result");
    line->len = 0;
    return WEIR_OK;
}

static enum weir_code run(const struct weir_plan *plan, struct weir_printer *printer,
                          struct weir_error *err)
{
    int64_t now_us = weir_clock_wall_us() - WEIR_UNIX_TO_PG_US;
    struct weir_lookups *lookups;
    WEIR_TRY(weir_lookups_open(plan, now_us, plan->settings.memory_bytes, &lookups, err));
    enum weir_code code = weir_node_run(plan->query, lookups, now_us, &printer->base, err);
    weir_lookups_close(lookups);
    WEIR_TRY(code);
    if (fflush(printer->to) != 0)
        return weir_fail_errno(err, WEIR_IO, "could not write the result");
    return WEIR_OK;
}

enum weir_code weir_query_run(const struct weir_plan *plan, enum weir_query_format format,
                              bool tuples_only, FILE *to, uint64_t *ret_rows,
                              struct weir_error *err)
{
    struct weir_printer *printer, settings = {.to = to,
                                              .names = plan->query->names,
                                              .types = plan->query->types,
                                              .columns_count = plan->query->columns_count,
                                              .tuples_only = tuples_only};
    weir_buffer_init(&settings.line, LINE_BYTES_MAX);
    switch (format) {
    case WEIR_QUERY_CSV:
        WEIR_TRY(weir_print_csv_new(&settings, &printer, err));
        break;
    case WEIR_QUERY_JSON:
        WEIR_TRY(weir_print_json_new(&settings, &printer, err));
        break;
    default:
        WEIR_TRY(weir_print_table_new(&settings, &printer, err));
    }
    enum weir_code code = run(plan, printer, err);
    *ret_rows = printer->rows;
    printer->base.ops->close(&printer->base);
    return code;
}
