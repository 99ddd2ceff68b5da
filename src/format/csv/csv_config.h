/* What a table's options say about its CSV. */
#ifndef WEIR_FORMAT_CSV_CONFIG_H
#define WEIR_FORMAT_CSV_CONFIG_H

#include "api/table.h"

struct weir_csv_config {
    bool header;
    char delimiter, quote;
    struct weir_slice null_text; /* unquoted, it stands for NULL */
};

extern const struct weir_option_spec weir_csv_options[];

/* WEIR_BAD_CONFIG where an option does not make sense. */
enum weir_code weir_csv_config_read(const struct weir_table *table, struct weir_csv_config *ret,
                                    struct weir_error *err);

#endif
