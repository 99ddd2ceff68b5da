/* VALUES: constant rows. They may call now() and probe lookups, so all of them are one program over
 * a batch of one row. */
#include "op/operators.h"

#define VALUES_BYTES_MAX ((size_t)256 << 20)

/* Rows [from, from + count) as one batch. */
static enum weir_code push_rows(const struct weir_node *node, const struct weir_op_program *program,
                                uint32_t from, uint32_t count, struct weir_arena *arena,
                                int64_t now_us, struct weir_operator *next, struct weir_error *err)
{
    struct weir_batch batch = {.arena = arena,
                               .columns_count = node->columns_count,
                               .rows = count,
                               .capacity = count,
                               .selection = {NULL, count}};
    batch.columns = WEIR_NEW_ARRAY(arena, struct weir_vector, node->columns_count + 1);
    if (!batch.columns)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t c = 0; c < node->columns_count; c++) {
        struct weir_vector *to = &batch.columns[c];
        WEIR_TRY(weir_vector_init(to, node->types[c], count, false, arena, err));
        for (uint32_t row = 0; row < count; row++) {
            const struct weir_vector *value =
                weir_program_result(program->state, (from + row) * node->columns_count + c);
            weir_vector_copy_value(to, row, count, value, 0, arena);
        }
    }
    return weir_op_push(next, &batch, now_us, err);
}

static enum weir_code push_all(const struct weir_node *node, const struct weir_op_program *program,
                               struct weir_arena *arena, int64_t now_us, struct weir_operator *next,
                               struct weir_error *err)
{
    struct weir_batch one = {.arena = arena, .rows = 1, .capacity = 1, .selection = {NULL, 1}};
    if (program->state)
        WEIR_TRY(weir_program_run(program->state, 0, &one, one.selection, now_us, err));
    uint32_t batch_rows = weir_batch_rows();
    for (uint32_t from = 0; from < node->rows_count; from += batch_rows) {
        uint32_t count =
            node->rows_count - from < batch_rows ? node->rows_count - from : batch_rows;
        WEIR_TRY(push_rows(node, program, from, count, arena, now_us, next, err));
    }
    return WEIR_OK;
}

enum weir_code weir_values_push(const struct weir_node *node, const struct weir_op_context *context,
                                int64_t now_us, struct weir_operator *next, struct weir_error *err)
{
    struct weir_op_program program;
    struct weir_arena arena;
    weir_arena_init(&arena, VALUES_BYTES_MAX);
    enum weir_code code = weir_op_program_init(
        &program, node->exprs, node->rows_count * node->columns_count, 1, context, err);
    if (code == WEIR_OK)
        code = push_all(node, &program, &arena, now_us, next, err);
    weir_op_program_done(&program);
    weir_arena_done(&arena);
    return code;
}
