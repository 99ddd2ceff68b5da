/* Building expressions by hand, for tests and the bench. Faults are assertions: the expressions are
 * ours. */
#ifndef WEIR_EXPR_TESTING_H
#define WEIR_EXPR_TESTING_H

#include "expr/expr.h"

static inline struct weir_expr *test_expr(struct weir_arena *arena, enum weir_expr_kind kind,
                                          enum weir_type type, const struct weir_expr *const *args,
                                          uint32_t args_count)
{
    struct weir_expr *expr = WEIR_NEW(arena, struct weir_expr);
    const struct weir_expr **copy = WEIR_NEW_ARRAY(arena, const struct weir_expr *, args_count + 1);
    WEIR_ASSERT(expr && copy);
    for (uint32_t i = 0; i < args_count; i++)
        copy[i] = args[i];
    *expr = (struct weir_expr){
        .kind = kind, .type = type, .args = copy, .args_count = args_count, .location = -1};
    return expr;
}

#define TEST_ARGS(...)                                                                             \
    (const struct weir_expr *const[]){__VA_ARGS__},                                                \
        (uint32_t)(sizeof((const struct weir_expr *const[]){__VA_ARGS__}) /                        \
                   sizeof(const struct weir_expr *))

static inline const struct weir_expr *test_column(struct weir_arena *arena, enum weir_type type,
                                                  uint32_t index)
{
    struct weir_expr *expr = test_expr(arena, WEIR_EXPR_COLUMN, type, NULL, 0);
    expr->column = index;
    return expr;
}

static inline const struct weir_expr *test_constant(struct weir_arena *arena, enum weir_type type,
                                                    bool valid, struct weir_slice text,
                                                    int32_t number)
{
    struct weir_error err;
    struct weir_vector *vector = WEIR_NEW(arena, struct weir_vector);
    WEIR_ASSERT(vector && weir_vector_init(vector, type, 1, valid, arena, &err) == WEIR_OK);
    if (weir_type_is_slice(type))
        vector->s[0] = text;
    else if (type == WEIR_BOOL)
        vector->b[0] = (uint8_t)number;
    else
        vector->i4[0] = number;
    struct weir_expr *expr = test_expr(arena, WEIR_EXPR_CONST, type, NULL, 0);
    expr->constant = vector;
    return expr;
}

static inline const struct weir_expr *test_text(struct weir_arena *arena, const char *text)
{
    return test_constant(arena, WEIR_TEXT, true, weir_arena_slice(arena, weir_slice_of(text)), 0);
}

static inline const struct weir_expr *test_int4(struct weir_arena *arena, int32_t number)
{
    return test_constant(arena, WEIR_INT4, true, WEIR_SLICE(""), number);
}

static inline const struct weir_expr *test_null(struct weir_arena *arena, enum weir_type type)
{
    return test_constant(arena, type, false, WEIR_SLICE(""), 0);
}

/* A call of the function or operator that the arguments' types resolve to; no casts are put in. */
static inline const struct weir_expr *test_call(struct weir_arena *arena,
                                                enum weir_function_kind kind, const char *name,
                                                const struct weir_expr *const *args, uint32_t count)
{
    enum weir_type types[WEIR_ARGS_MAX];
    struct weir_error err;
    for (uint32_t i = 0; i < count; i++)
        types[i] = args[i]->type;
    const struct weir_function *function = NULL;
    WEIR_ASSERT(weir_function_resolve(kind, name, types, count, &function, &err) == WEIR_OK);
    struct weir_expr *expr = test_expr(arena, WEIR_EXPR_CALL, function->result, args, count);
    expr->function = function;
    return expr;
}

#endif
