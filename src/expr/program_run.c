/* Running a program: for each step of a group one kernel call over the whole batch.
 *
 * What every strict function has in common happens here once: a result is valid where all arguments
 * are (64 rows a word operation), and a row in which an argument failed fails with the first such
 * argument's error. Registers and constants are allocated when the state is made; a run takes
 * memory only for new strings and for errors, from the batch's arena. */
#include "expr/program.h"

#define REGISTER_ALIGN 64

struct weir_program_state {
    const struct weir_program *program;
    struct weir_vector *vectors;       /* by node: constants and results */
    const struct weir_vector **values; /* by node: where to read it; columns lie in the batch */
    const struct weir_vector **args;   /* scratch for one step */
    uint32_t rows_max;
    weir_lookup_probe *probe;
    void *probe_context;
};

static enum weir_code constant_fill(struct weir_vector *vector, const struct weir_vector *constant,
                                    uint32_t rows, struct weir_arena *arena, struct weir_error *err)
{
    WEIR_TRY(weir_vector_init(vector, constant->type, rows, weir_valid(constant, 0), arena, err));
    size_t width = weir_type_width(constant->type);
    if (!weir_valid(constant, 0))
        return WEIR_OK;
    if (weir_type_is_slice(constant->type)) {
        /* A copy, because vector code may load past the end and a literal's bytes promise no
         * padding. */
        struct weir_slice text = weir_arena_slice(arena, constant->s[0]);
        if (!text.ptr)
            return weir_fail(err, WEIR_NOMEM, "out of memory for a constant");
        for (uint32_t row = 0; row < rows; row++)
            vector->s[row] = text;
        return WEIR_OK;
    }
    for (uint32_t row = 0; row < rows; row++)
        memcpy((char *)vector->data + row * width, constant->data, width);
    return WEIR_OK;
}

struct register_memory {
    void *data;
    uint64_t *valid;
};

static enum weir_code registers_make(const struct weir_program *program, uint32_t rows,
                                     struct weir_arena *arena, struct register_memory **ret,
                                     struct weir_error *err)
{
    uint32_t count = program->registers_count;
    struct register_memory *registers =
        WEIR_NEW_ARRAY(arena, struct register_memory, count ? count : 1);
    if (!registers)
        return weir_fail(err, WEIR_NOMEM, "out of memory for registers");
    for (uint32_t r = 0; r < count; r++) {
        size_t data_bytes = rows * program->register_widths[r];
        size_t valid_bytes = weir_valid_words(rows) * sizeof(uint64_t);
        registers[r].data = weir_arena_alloc(arena, data_bytes, REGISTER_ALIGN);
        registers[r].valid = weir_arena_alloc(arena, valid_bytes, REGISTER_ALIGN);
        if (!registers[r].data || !registers[r].valid)
            return weir_fail(err, WEIR_NOMEM, "out of memory for registers of %u rows",
                             (unsigned)rows);
        memset(registers[r].data, 0,
               data_bytes); /* kernels over all rows also compute unselected ones */
        memset(registers[r].valid, 0, valid_bytes);
    }
    *ret = registers;
    return WEIR_OK;
}

enum weir_code weir_program_state_new(const struct weir_program *program, uint32_t rows_max,
                                      weir_lookup_probe *probe, void *probe_context,
                                      struct weir_arena *arena, struct weir_program_state **ret,
                                      struct weir_error *err)
{
    uint32_t count = program->nodes_count;
    uint32_t rows = (rows_max + 63) & ~63u; /* whole words of validity */
    struct weir_program_state *state = WEIR_NEW(arena, struct weir_program_state);
    struct weir_vector *vectors = WEIR_NEW_ARRAY(arena, struct weir_vector, count ? count : 1);
    const struct weir_vector **values =
        WEIR_NEW_ARRAY(arena, const struct weir_vector *, count ? count : 1);
    const struct weir_vector **args =
        WEIR_NEW_ARRAY(arena, const struct weir_vector *, program->args_max + 1);
    if (!state || !vectors || !values || !args)
        return weir_fail(err, WEIR_NOMEM, "out of memory for the state of a program");
    struct register_memory *registers = NULL;
    WEIR_TRY(registers_make(program, rows, arena, &registers, err));
    for (uint32_t n = 0; n < count; n++) {
        const struct weir_program_node *node = &program->nodes[n];
        values[n] = &vectors[n];
        if (node->expr->kind == WEIR_EXPR_CONST)
            WEIR_TRY(constant_fill(&vectors[n], node->expr->constant, rows, arena, err));
        else if (node->reg != WEIR_REGISTER_NONE)
            vectors[n] = (struct weir_vector){
                .type = node->expr->type,
                .valid = registers[node->reg].valid,
                .data = registers[node->reg].data,
            };
    }
    *state = (struct weir_program_state){
        .program = program,
        .vectors = vectors,
        .values = values,
        .args = args,
        .rows_max = rows_max,
        .probe = probe,
        .probe_context = probe_context,
    };
    *ret = state;
    return WEIR_OK;
}

/* Rows in which an argument failed fail with the first one's error. */
static void errors_pass_on(struct weir_eval *eval, const struct weir_vector *const *args,
                           uint32_t args_count, struct weir_vector *out,
                           struct weir_selection selection)
{
    for (uint32_t i = 0; i < args_count; i++) {
        if (!args[i]->errors)
            continue;
        if (!out->errors)
            out->errors = WEIR_NEW_ARRAY(eval->arena, struct weir_slice, eval->rows);
        if (!out->errors) {
            eval->exhausted = true;
            return;
        }
        WEIR_FOR_SELECTED(row, selection)
        {
            if (args[i]->errors[row].ptr && !out->errors[row].ptr) {
                out->errors[row] = args[i]->errors[row];
                weir_set_valid(out, row, false);
            }
        }
    }
}

static void valid_from_args(const struct weir_vector *const *args, uint32_t args_count,
                            struct weir_vector *out, uint32_t rows)
{
    size_t words = weir_valid_words(rows);
    memset(out->valid, 0xff, words * sizeof(uint64_t));
    for (uint32_t i = 0; i < args_count; i++) {
        for (size_t w = 0; w < words; w++)
            out->valid[w] &= args[i]->valid[w];
    }
}

static void call_run(struct weir_eval *eval, const struct weir_program_node *node,
                     const struct weir_vector *const *args, struct weir_vector *out,
                     struct weir_selection selection)
{
    const struct weir_expr *expr = node->expr;
    eval->constants = node->constants;
    if (expr->function->not_strict) {
        expr->function->kernel(eval, args, expr->args_count, out, selection);
        errors_pass_on(eval, args, expr->args_count, out, selection);
        return;
    }
    valid_from_args(args, expr->args_count, out, eval->rows);
    errors_pass_on(eval, args, expr->args_count, out, selection);
    expr->function->kernel(eval, args, expr->args_count, out, selection);
}

static void lookup_run(struct weir_program_state *state, struct weir_eval *eval,
                       const struct weir_program_node *node, const struct weir_vector *const *args,
                       struct weir_vector *out, struct weir_selection selection)
{
    const struct weir_expr *expr = node->expr;
    memset(out->valid, 0xff, weir_valid_words(eval->rows) * sizeof(uint64_t));
    eval->constants = node->constants;
    state->probe(state->probe_context, expr->lookup, expr->test, eval, args, expr->args_count, out,
                 selection);
    errors_pass_on(eval, args, expr->args_count, out, selection);
}

static void step_run(struct weir_program_state *state, struct weir_eval *eval, uint32_t n,
                     struct weir_selection selection)
{
    const struct weir_program_node *node = &state->program->nodes[n];
    const struct weir_expr *expr = node->expr;
    struct weir_vector *out = &state->vectors[n];
    for (uint32_t i = 0; i < expr->args_count; i++)
        state->args[i] = state->values[node->args[i]];
    out->errors = NULL;
    switch (expr->kind) {
    case WEIR_EXPR_CALL:
        call_run(eval, node, state->args, out, selection);
        break;
    case WEIR_EXPR_LOOKUP:
        lookup_run(state, eval, node, state->args, out, selection);
        break;
    case WEIR_EXPR_AND:
        weir_logic_and(eval, state->args, expr->args_count, out);
        break;
    case WEIR_EXPR_OR:
        weir_logic_or(eval, state->args, expr->args_count, out);
        break;
    case WEIR_EXPR_NOT:
        weir_logic_not(eval, state->args, expr->args_count, out);
        break;
    case WEIR_EXPR_IS_NULL:
        weir_logic_is_null(eval, state->args, expr->args_count, out);
        break;
    case WEIR_EXPR_IS_TRUE:
        weir_logic_is_true(eval, state->args, expr->args_count, out);
        break;
    case WEIR_EXPR_CASE:
        weir_logic_case(eval, state->args, expr->args_count, out);
        break;
    case WEIR_EXPR_COALESCE:
        weir_logic_coalesce(eval, state->args, expr->args_count, out);
        break;
    case WEIR_EXPR_CONST:
    case WEIR_EXPR_COLUMN:
        break;
    }
}

enum weir_code weir_program_run(struct weir_program_state *state, uint32_t group,
                                const struct weir_batch *batch, struct weir_selection selection,
                                int64_t now_us, struct weir_error *err)
{
    const struct weir_program *program = state->program;
    WEIR_ASSERT(group < program->groups_count && batch->rows <= state->rows_max);
    for (uint32_t n = 0; n < program->nodes_count; n++) {
        if (program->nodes[n].expr->kind == WEIR_EXPR_COLUMN) {
            WEIR_ASSERT(program->nodes[n].expr->column < batch->columns_count);
            state->values[n] = &batch->columns[program->nodes[n].expr->column];
        }
    }
    struct weir_eval eval = {.arena = batch->arena, .rows = batch->rows, .now_us = now_us};
    const struct weir_program_group *steps = &program->groups[group];
    for (uint32_t s = 0; s < steps->steps_count; s++)
        step_run(state, &eval, steps->steps[s], selection);
    if (eval.exhausted)
        return weir_fail(err, WEIR_NOMEM,
                         "out of memory for the results of expressions over a batch of %u rows",
                         (unsigned)batch->rows);
    return WEIR_OK;
}

const struct weir_vector *weir_program_result(const struct weir_program_state *state, uint32_t root)
{
    return state->values[state->program->roots[root]];
}
