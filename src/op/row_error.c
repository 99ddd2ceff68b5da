/* Row errors between operators: errors are values (see column/vector.h), so an operator that
 * decides about whole rows (a filter, a join) must not let them get lost. A bounded query stops at
 * the first one, as PostgreSQL does; in a stream the row goes on with all of its columns failed,
 * and the statement's on_error decides at the sink.
 *
 * Not here: how errors pass through expressions (expr/). */
#include "op/operators.h"

#include <string.h>

enum weir_code weir_row_error_check(const struct weir_vector *vector,
                                    struct weir_selection selection, struct weir_error *err)
{
    if (!vector->errors)
        return WEIR_OK;
    WEIR_FOR_SELECTED(row, selection)
    {
        if (vector->errors[row].ptr)
            return weir_fail(err, WEIR_BAD_DATA, "%.*s", WEIR_FMT(vector->errors[row]));
    }
    return WEIR_OK;
}

enum weir_code weir_row_error_spread(const struct weir_batch *batch,
                                     const struct weir_vector *cause, struct weir_vector *columns,
                                     struct weir_error *err)
{
    WEIR_ASSERT(cause->errors);
    for (uint32_t c = 0; c < batch->columns_count; c++) {
        struct weir_vector *to = &columns[c];
        *to = batch->columns[c];
        if (!to->data)
            continue;
        size_t words =
            weir_valid_words(batch->capacity > batch->rows ? batch->capacity : batch->rows);
        uint64_t *valid = weir_arena_alloc(batch->arena, words * sizeof(*valid), 64);
        struct weir_slice *errors = WEIR_NEW_ARRAY(batch->arena, struct weir_slice, words * 64);
        if (!valid || !errors)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        memcpy(valid, to->valid, words * sizeof(*valid));
        WEIR_FOR_SELECTED(row, batch->selection)
        {
            if (to->errors)
                errors[row] = to->errors[row];
            if (!cause->errors[row].ptr)
                continue;
            errors[row] = cause->errors[row];
            valid[row >> 6] &= ~((uint64_t)1 << (row & 63));
        }
        to->valid = valid;
        to->errors = errors;
    }
    return WEIR_OK;
}
