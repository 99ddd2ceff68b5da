/* Expressions as trees: equality, hash, and the value of one without columns. Printing is
 * print.c's. */
#include "expr/expr.h"

#include "base/hash.h"
#include "expr/program.h"

static bool constants_equal(const struct weir_vector *a, const struct weir_vector *b)
{
    if (a->type != b->type || weir_valid(a, 0) != weir_valid(b, 0))
        return false;
    if (!weir_valid(a, 0))
        return true;
    if (weir_type_is_slice(a->type))
        return weir_slice_equal(a->s[0], b->s[0]);
    return memcmp(a->data, b->data, weir_type_width(a->type)) == 0;
}

static uint64_t constant_hash(const struct weir_vector *constant)
{
    uint64_t type = (uint64_t)constant->type;
    if (!weir_valid(constant, 0))
        return type;
    if (weir_type_is_slice(constant->type))
        return weir_hash(constant->s[0], type);
    return weir_hash(weir_slice(constant->data, weir_type_width(constant->type)), type);
}

bool weir_expr_node_equal(const struct weir_expr *a, const struct weir_expr *b)
{
    if (a->kind != b->kind || a->type != b->type || a->args_count != b->args_count)
        return false;
    switch (a->kind) {
    case WEIR_EXPR_CONST:
        return constants_equal(a->constant, b->constant);
    case WEIR_EXPR_COLUMN:
        return a->column == b->column;
    case WEIR_EXPR_CALL:
        return a->function == b->function;
    case WEIR_EXPR_LOOKUP:
        return a->lookup == b->lookup && a->test == b->test;
    default:
        return true;
    }
}

/* By signature, never by address: the plan's hash must be the same in the next process. */
static uint64_t function_hash(const struct weir_function *function)
{
    uint64_t hash = weir_hash(weir_slice_of(function->name), (uint64_t)function->kind);
    for (uint32_t i = 0; i < function->args_count; i++)
        hash = weir_hash_mix(hash, (uint64_t)function->args[i]);
    return weir_hash_mix(hash, (uint64_t)function->result);
}

uint64_t weir_expr_node_hash(const struct weir_expr *expr)
{
    uint64_t hash =
        weir_hash_mix((uint64_t)expr->kind << 32 | (uint64_t)expr->type, expr->args_count);
    switch (expr->kind) {
    case WEIR_EXPR_CONST:
        return weir_hash_mix(hash, constant_hash(expr->constant));
    case WEIR_EXPR_COLUMN:
        return weir_hash_mix(hash, expr->column);
    case WEIR_EXPR_CALL:
        return weir_hash_mix(hash, function_hash(expr->function));
    case WEIR_EXPR_LOOKUP:
        return weir_hash_mix(hash, (uint64_t)expr->lookup << 8 | (uint64_t)expr->test);
    default:
        return hash;
    }
}

bool weir_expr_equal(const struct weir_expr *a, const struct weir_expr *b)
{
    if (a == b)
        return true;
    if (!weir_expr_node_equal(a, b))
        return false;
    for (uint32_t i = 0; i < a->args_count; i++) {
        if (!weir_expr_equal(a->args[i], b->args[i]))
            return false;
    }
    return true;
}

uint64_t weir_expr_hash(const struct weir_expr *expr)
{
    uint64_t hash = weir_expr_node_hash(expr);
    for (uint32_t i = 0; i < expr->args_count; i++)
        hash = weir_hash_mix(hash, weir_expr_hash(expr->args[i]));
    return hash;
}

bool weir_expr_is_constant(const struct weir_expr *expr)
{
    if (expr->kind == WEIR_EXPR_COLUMN || expr->kind == WEIR_EXPR_LOOKUP)
        return false;
    if (expr->kind == WEIR_EXPR_CALL && (expr->function->stable || !expr->function->kernel))
        return false;
    for (uint32_t i = 0; i < expr->args_count; i++) {
        if (!weir_expr_is_constant(expr->args[i]))
            return false;
    }
    return true;
}

enum weir_code weir_expr_constant(const struct weir_expr *expr, int64_t now_us,
                                  struct weir_arena *arena, struct weir_vector **ret,
                                  struct weir_error *err)
{
    struct weir_program_root root = {.expr = expr, .group = 0};
    struct weir_program *program;
    struct weir_program_state *state;
    WEIR_TRY(weir_program_compile(&root, 1, 1, arena, &program, err));
    WEIR_TRY(weir_program_state_new(program, 1, NULL, NULL, arena, &state, err));
    struct weir_batch batch = {.arena = arena, .rows = 1, .capacity = 1};
    struct weir_selection selection = {.rows = NULL, .count = 1};
    WEIR_TRY(weir_program_run(state, 0, &batch, selection, now_us, err));
    const struct weir_vector *result = weir_program_result(state, 0);
    if (result->errors && result->errors[0].ptr)
        return weir_fail(err, WEIR_BAD_DATA, "%.*s", WEIR_FMT(result->errors[0]));
    struct weir_vector *copy = WEIR_NEW(arena, struct weir_vector);
    if (!copy)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a constant");
    *copy = *result;
    *ret = copy;
    return WEIR_OK;
}
