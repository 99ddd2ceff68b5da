/* Columns as texts by row, which is all that the writing kernels know. */
#ifndef WEIR_FORMAT_RENDER_H
#define WEIR_FORMAT_RENDER_H

#include "column/vector.h"

struct weir_rendered {
    const struct weir_slice *values; /* by row; arbitrary where NULL or not selected */
    bool text; /* free text, to be quoted or escaped by need; else ready to stand in the record */
};

/* The values as PostgreSQL's output functions write them. */
enum weir_code weir_render_plain(const struct weir_vector *from, struct weir_selection selection,
                                 uint32_t rows_max, struct weir_arena *arena,
                                 struct weir_rendered *ret, struct weir_error *err);
/* The values as PostgreSQL's to_json writes them, jsonb without spaces. */
enum weir_code weir_render_json(const struct weir_vector *from, struct weir_selection selection,
                                uint32_t rows_max, struct weir_arena *arena,
                                struct weir_rendered *ret, struct weir_error *err);

#endif
