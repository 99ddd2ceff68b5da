/* Gathering: rows of a column put together in another order, for joins and sorts. One loop a width,
 * slices are shared. */
#include "op/operators.h"

/* Values that are not there (WEIR_NO_ROW) become zeros, so that they are initialised. */
#define GATHER(member, type)                                                                       \
    for (uint32_t i = 0; i < count; i++)                                                           \
    to->member[i] = rows[i] == WEIR_NO_ROW ? (type){0} : from->member[rows[i]]

static const struct weir_slice empty = {"", 0};

enum weir_code weir_gather(struct weir_vector *to, const struct weir_vector *from,
                           const uint32_t *rows, uint32_t count, struct weir_arena *arena,
                           struct weir_error *err)
{
    if (!from->data) {
        *to = *from;
        return WEIR_OK;
    }
    WEIR_TRY(weir_vector_init(to, from->type, count, false, arena, err));
    switch (weir_type_width(from->type)) {
    case 1:
        GATHER(b, uint8_t);
        break;
    case 4:
        GATHER(i4, int32_t);
        break;
    case 8:
        GATHER(i8, int64_t);
        break;
    default:
        for (uint32_t i = 0; i < count; i++)
            to->s[i] = rows[i] == WEIR_NO_ROW ? empty : from->s[rows[i]];
    }
    for (uint32_t i = 0; i < count; i++)
        if (rows[i] != WEIR_NO_ROW && weir_valid(from, rows[i]))
            weir_set_valid(to, i, true);
    if (!from->errors)
        return WEIR_OK;
    for (uint32_t i = 0; i < count; i++)
        if (rows[i] != WEIR_NO_ROW && from->errors[rows[i]].ptr)
            weir_vector_fail(to, i, count, arena, "%.*s", WEIR_FMT(from->errors[rows[i]]));
    return WEIR_OK;
}
