/* Vectors: allocation, row errors and the copy of one value. Everything lies in the arena that the
 * caller passes, so nothing here is ever freed on its own. Loops over columns are the business of
 * the kernels in expr/. */
#include "column/vector.h"

#include <stdarg.h>
#include <stdio.h>

#include "column/batch.h"

/* Data starts on a cache line, so that vector loads never straddle two. */
#define VECTOR_ALIGN 64

enum weir_code weir_vector_init(struct weir_vector *vector, enum weir_type type, uint32_t rows,
                                bool valid, struct weir_arena *arena, struct weir_error *err)
{
    size_t data_bytes = (size_t)rows * weir_type_width(type);
    size_t valid_bytes = weir_valid_words(rows) * sizeof(uint64_t);
    void *data = weir_arena_alloc(arena, data_bytes, VECTOR_ALIGN);
    uint64_t *bits = weir_arena_alloc(arena, valid_bytes, VECTOR_ALIGN);
    if (!data || !bits)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a column of %u rows", (unsigned)rows);
    memset(data, 0, data_bytes); /* NULL rows must be initialised, see invariant 2 */
    memset(bits, valid ? 0xff : 0, valid_bytes);
    *vector = (struct weir_vector){.type = type, .valid = bits, .data = data};
    return WEIR_OK;
}

#define NO_MEMORY_TEXT "out of memory for an error message"

/* Stands in for the errors of a vector when not even their array can be had: then every row of the
 * vector fails. */
static const struct weir_slice no_memory_errors[WEIR_BATCH_ROWS_MAX] = {
    [0 ... WEIR_BATCH_ROWS_MAX - 1] = {NO_MEMORY_TEXT, sizeof(NO_MEMORY_TEXT) - 1},
};

static void vector_fail_all(struct weir_vector *vector, uint32_t rows)
{
    WEIR_ASSERT(rows <= WEIR_BATCH_ROWS_MAX);
    vector->errors = (struct weir_slice *)no_memory_errors; /* never written: see the callers */
    memset(vector->valid, 0, weir_valid_words(rows) * sizeof(uint64_t));
}

void weir_vector_fail(struct weir_vector *vector, uint32_t row, uint32_t rows,
                      struct weir_arena *arena, const char *format, ...)
{
    weir_set_valid(vector, row, false);
    if (!vector->errors)
        vector->errors = WEIR_NEW_ARRAY(arena, struct weir_slice, rows);
    if (!vector->errors)
        vector_fail_all(vector, rows);
    if (vector->errors == no_memory_errors)
        return;
    char text[sizeof(((struct weir_error *)0)->text)];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    size_t bytes = len < 0 ? 0 : (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
    struct weir_slice copy = weir_arena_slice(arena, weir_slice(text, bytes));
    vector->errors[row] = copy.ptr ? copy : WEIR_SLICE(NO_MEMORY_TEXT);
}

void weir_vector_copy_value(struct weir_vector *to, uint32_t to_row, uint32_t to_rows,
                            const struct weir_vector *from, uint32_t from_row,
                            struct weir_arena *arena)
{
    if (from->errors && from->errors[from_row].ptr) {
        weir_vector_fail(to, to_row, to_rows, arena, "%.*s", WEIR_FMT(from->errors[from_row]));
        return;
    }
    if (to->errors == no_memory_errors)
        return;
    if (to->errors)
        to->errors[to_row] = (struct weir_slice){NULL, 0};
    weir_set_valid(to, to_row, weir_valid(from, from_row));
    switch (weir_type_width(to->type)) {
    case sizeof(uint8_t):
        to->b[to_row] = from->b[from_row];
        break;
    case sizeof(int32_t):
        to->i4[to_row] = from->i4[from_row];
        break;
    case sizeof(int64_t):
        to->i8[to_row] = from->i8[from_row];
        break;
    default:
        to->s[to_row] = from->s[from_row];
    }
}
