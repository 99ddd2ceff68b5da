/* Making and changing expressions. They are immutable: a change copies the way from the root to
 * what changed and shares the rest, so that a tree may be a DAG.
 *
 * A view used by a view used by a view can make an expression whose written-out size is exponential
 * in the text. Each expression therefore carries its size (in a header that only this file sees),
 * and the pool counts as exhausted when one gets out of hand. */
#include "plan/binder.h"

#define EXPR_SIZE_MAX 200000

struct sized_expr {
    uint32_t size; /* of the tree, written out */
    struct weir_expr expr;
};

static uint32_t size_of(const struct weir_expr *expr)
{
    const char *at = (const char *)expr - offsetof(struct sized_expr, expr);
    return ((const struct sized_expr *)(const void *)at)->size;
}

struct weir_expr *weir_expr_new(struct weir_binder *binder, enum weir_expr_kind kind,
                                enum weir_type type, int location)
{
    struct sized_expr *sized = WEIR_POOL_NEW(binder->pool, struct sized_expr);
    sized->size = 1;
    sized->expr.kind = kind;
    sized->expr.type = type;
    sized->expr.location = location;
    return &sized->expr;
}

/* Sets the arguments (not copied) and with them the size. */
static struct weir_expr *expr_take(struct weir_binder *binder, struct weir_expr *expr,
                                   const struct weir_expr *const *args, uint32_t args_count)
{
    char *at = (char *)expr - offsetof(struct sized_expr, expr);
    struct sized_expr *sized = (struct sized_expr *)(void *)at;
    expr->args = args;
    expr->args_count = args_count;
    for (uint32_t i = 0; i < args_count; i++)
        sized->size += size_of(args[i]);
    if (sized->size > EXPR_SIZE_MAX) {
        weir_problem(binder->problems, expr->location, "the expression is too complex");
        longjmp(binder->pool->exhausted, 2);
    }
    return expr;
}

static const struct weir_expr **args_copy(struct weir_binder *binder,
                                          const struct weir_expr *const *args, uint32_t args_count)
{
    const struct weir_expr **copy =
        WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, args_count);
    if (args_count)
        memcpy(copy, args, args_count * sizeof *args);
    return copy;
}

const struct weir_expr *weir_expr_with(struct weir_binder *binder, enum weir_expr_kind kind,
                                       enum weir_type type, int location,
                                       const struct weir_expr *const *args, uint32_t args_count)
{
    return expr_take(binder, weir_expr_new(binder, kind, type, location),
                     args_copy(binder, args, args_count), args_count);
}

const struct weir_expr *weir_expr_column(struct weir_binder *binder, uint32_t column,
                                         enum weir_type type, int location)
{
    struct weir_expr *expr = weir_expr_new(binder, WEIR_EXPR_COLUMN, type, location);
    expr->column = column;
    return expr;
}

struct weir_vector *weir_vector_one(struct weir_binder *binder, enum weir_type type, bool valid)
{
    struct weir_vector *vector = WEIR_POOL_NEW(binder->pool, struct weir_vector);
    struct weir_error err;
    if (weir_vector_init(vector, type, 1, valid, binder->pool->arena, &err) != WEIR_OK)
        longjmp(binder->pool->exhausted, 1);
    memset(vector->data, 0, weir_type_width(type));
    return vector;
}

const struct weir_expr *weir_expr_value(struct weir_binder *binder, const struct weir_vector *value,
                                        int location)
{
    struct weir_expr *expr = weir_expr_new(binder, WEIR_EXPR_CONST, value->type, location);
    expr->constant = value;
    return expr;
}

const struct weir_expr *weir_expr_null(struct weir_binder *binder, enum weir_type type,
                                       int location)
{
    return weir_expr_value(binder, weir_vector_one(binder, type, false), location);
}

const struct weir_expr *weir_expr_bool(struct weir_binder *binder, bool value, int location)
{
    struct weir_vector *vector = weir_vector_one(binder, WEIR_BOOL, true);
    vector->b[0] = value;
    return weir_expr_value(binder, vector, location);
}

const struct weir_expr *weir_expr_call(struct weir_binder *binder,
                                       const struct weir_function *function, enum weir_type type,
                                       const struct weir_expr *const *args, uint32_t args_count,
                                       int location)
{
    struct weir_expr *expr = weir_expr_new(binder, WEIR_EXPR_CALL, type, location);
    expr->function = function;
    return expr_take(binder, expr, args_copy(binder, args, args_count), args_count);
}

const struct weir_expr *weir_expr_lookup(struct weir_binder *binder, uint32_t lookup,
                                         enum weir_lookup_test test,
                                         const struct weir_expr *const *args, uint32_t args_count,
                                         int location)
{
    struct weir_expr *expr = weir_expr_new(binder, WEIR_EXPR_LOOKUP, WEIR_BOOL, location);
    expr->lookup = lookup;
    expr->test = test;
    return expr_take(binder, expr, args_copy(binder, args, args_count), args_count);
}

const struct weir_expr *weir_expr_not(struct weir_binder *binder, const struct weir_expr *expr)
{
    return weir_fold(binder,
                     weir_expr_with(binder, WEIR_EXPR_NOT, WEIR_BOOL, expr->location, &expr, 1));
}

/* true in an AND, false in an OR. */
static bool is_neutral(enum weir_expr_kind kind, const struct weir_expr *expr)
{
    return expr->kind == WEIR_EXPR_CONST && weir_valid(expr->constant, 0) &&
           expr->constant->b[0] == (kind == WEIR_EXPR_AND);
}

static const struct weir_expr *expr_combine(struct weir_binder *binder, enum weir_expr_kind kind,
                                            const struct weir_expr *a, const struct weir_expr *b)
{
    if (!a || !b)
        return a ? a : b;
    if (is_neutral(kind, a) || is_neutral(kind, b))
        return is_neutral(kind, a) ? b : a;
    uint32_t count = (a->kind == kind ? a->args_count : 1) + (b->kind == kind ? b->args_count : 1),
             at = 0;
    const struct weir_expr **args = WEIR_POOL_ARRAY(binder->pool, const struct weir_expr *, count);
    const struct weir_expr *sides[] = {a, b};
    for (int side = 0; side < 2; side++) {
        if (sides[side]->kind != kind)
            args[at++] = sides[side];
        for (uint32_t i = 0; sides[side]->kind == kind && i < sides[side]->args_count; i++)
            args[at++] = sides[side]->args[i];
    }
    return expr_take(binder, weir_expr_new(binder, kind, WEIR_BOOL, a->location), args, count);
}

const struct weir_expr *weir_expr_and(struct weir_binder *binder, const struct weir_expr *a,
                                      const struct weir_expr *b)
{
    return expr_combine(binder, WEIR_EXPR_AND, a, b);
}

const struct weir_expr *weir_expr_or(struct weir_binder *binder, const struct weir_expr *a,
                                     const struct weir_expr *b)
{
    return expr_combine(binder, WEIR_EXPR_OR, a, b);
}

/* A call whose arguments have become constants. An error in it is left for the row in which it is
 * evaluated. */
static const struct weir_expr *refold(struct weir_binder *binder, const struct weir_expr *expr)
{
    bool constant = expr->kind == WEIR_EXPR_CALL && !expr->function->stable;
    for (uint32_t i = 0; constant && i < expr->args_count; i++)
        constant = expr->args[i]->kind == WEIR_EXPR_CONST;
    if (!constant)
        return expr;
    binder->conditional++;
    expr = weir_fold(binder, expr);
    binder->conditional--;
    return expr;
}

const struct weir_expr *weir_expr_rewrite(struct weir_binder *binder, const struct weir_expr *expr,
                                          weir_expr_change *change, void *context)
{
    const struct weir_expr *other = change(context, expr);
    const struct weir_expr **args = NULL;
    if (other)
        return other;
    for (uint32_t i = 0; i < expr->args_count; i++) {
        const struct weir_expr *arg = weir_expr_rewrite(binder, expr->args[i], change, context);
        if (arg != expr->args[i] && !args) {
            args = args_copy(binder, expr->args, expr->args_count);
        }
        if (args)
            args[i] = arg;
    }
    if (!args)
        return expr;
    struct weir_expr *copy = weir_expr_new(binder, expr->kind, expr->type, expr->location);
    *copy = *expr;
    expr_take(binder, copy, args, expr->args_count);
    return refold(binder, copy);
}

static const struct weir_expr *change_substitute(void *context, const struct weir_expr *expr)
{
    const struct weir_expr *const *exprs = context;
    return expr->kind == WEIR_EXPR_COLUMN ? exprs[expr->column] : NULL;
}

const struct weir_expr *weir_expr_substitute(struct weir_binder *binder,
                                             const struct weir_expr *expr,
                                             const struct weir_expr *const *exprs)
{
    return weir_expr_rewrite(binder, expr, change_substitute, (void *)exprs);
}

struct renumber {
    struct weir_binder *binder;
    const uint32_t *map;
};

static const struct weir_expr *change_renumber(void *context, const struct weir_expr *expr)
{
    const struct renumber *renumber = context;
    if (expr->kind != WEIR_EXPR_COLUMN)
        return NULL;
    if (expr->column & WEIR_OUTER_BIT || renumber->map[expr->column] == expr->column)
        return expr;
    return weir_expr_column(renumber->binder, renumber->map[expr->column], expr->type,
                            expr->location);
}

const struct weir_expr *weir_expr_renumber(struct weir_binder *binder, const struct weir_expr *expr,
                                           const uint32_t *map)
{
    struct renumber renumber = {binder, map};
    return weir_expr_rewrite(binder, expr, change_renumber, &renumber);
}

void weir_expr_mark(const struct weir_expr *expr, bool *columns)
{
    if (expr->kind == WEIR_EXPR_COLUMN)
        columns[expr->column] = true;
    for (uint32_t i = 0; i < expr->args_count; i++)
        weir_expr_mark(expr->args[i], columns);
}

static void columns_range(const struct weir_expr *expr, uint32_t *min, uint32_t *max, bool *any)
{
    if (expr->kind == WEIR_EXPR_COLUMN) {
        *min = !*any || expr->column < *min ? expr->column : *min;
        *max = !*any || expr->column > *max ? expr->column : *max;
        *any = true;
    }
    for (uint32_t i = 0; i < expr->args_count; i++)
        columns_range(expr->args[i], min, max, any);
}

bool weir_expr_columns(const struct weir_expr *expr, uint32_t *ret_min, uint32_t *ret_max)
{
    bool any = false;
    columns_range(expr, ret_min, ret_max, &any);
    return any;
}

void weir_expr_conjuncts(struct weir_binder *binder, const struct weir_expr *expr,
                         struct weir_exprs *ret)
{
    if (expr->kind != WEIR_EXPR_AND) {
        *WEIR_PUSH(binder->pool, *ret) = expr;
        return;
    }
    for (uint32_t i = 0; i < expr->args_count; i++)
        weir_expr_conjuncts(binder, expr->args[i], ret);
}
