/* Expressions as SQL text, for explain and for messages. Operators are printed infix, with
 * parentheses only around operands that bind less tightly; what has no SQL form of its own (a
 * lookup) is printed in words. */
#include "base/buffer.h"
#include "column/text.h"
#include "expr/expr.h"

/* How tightly an expression binds, as in PostgreSQL's grammar (chapter 4.1.6). */
enum binding {
    BINDS_OR,
    BINDS_AND,
    BINDS_NOT,
    BINDS_IS,
    BINDS_COMPARE,
    BINDS_LIKE,
    BINDS_OTHER,
    BINDS_SUM,
    BINDS_PRODUCT,
    BINDS_POWER,
    BINDS_UNARY,
    BINDS_ALL
};

struct printer {
    const char *const *names;
    struct weir_buffer *to;
    struct weir_error *err;
};

static const struct {
    const char *symbol, *printed;
    enum binding binding;
} operators[] = {
    {"=", "=", BINDS_COMPARE},    {"<>", "<>", BINDS_COMPARE},
    {"<", "<", BINDS_COMPARE},    {"<=", "<=", BINDS_COMPARE},
    {">", ">", BINDS_COMPARE},    {">=", ">=", BINDS_COMPARE},
    {"~~", "LIKE", BINDS_LIKE},   {"!~~", "NOT LIKE", BINDS_LIKE},
    {"~~*", "ILIKE", BINDS_LIKE}, {"!~~*", "NOT ILIKE", BINDS_LIKE},
    {"+", "+", BINDS_SUM},        {"-", "-", BINDS_SUM},
    {"*", "*", BINDS_PRODUCT},    {"/", "/", BINDS_PRODUCT},
    {"%", "%", BINDS_PRODUCT},    {"^", "^", BINDS_POWER},
};

static const char *operator_find(const struct weir_expr *expr, enum binding *ret)
{
    const char *name = expr->function->name;
    *ret = expr->args_count == 1 ? BINDS_UNARY : BINDS_OTHER;
    for (size_t i = 0; i < sizeof(operators) / sizeof(*operators) && expr->args_count == 2; i++) {
        if (strcmp(operators[i].symbol, name) == 0) {
            *ret = operators[i].binding;
            return operators[i].printed;
        }
    }
    return name;
}

static enum binding expr_binding(const struct weir_expr *expr)
{
    enum binding binding;
    switch (expr->kind) {
    case WEIR_EXPR_AND:
        return BINDS_AND;
    case WEIR_EXPR_OR:
        return BINDS_OR;
    case WEIR_EXPR_NOT:
        return expr->args[0]->kind == WEIR_EXPR_IS_NULL ? BINDS_IS : BINDS_NOT;
    case WEIR_EXPR_IS_NULL:
    case WEIR_EXPR_IS_TRUE:
        return BINDS_IS;
    case WEIR_EXPR_LOOKUP:
        return BINDS_LIKE;
    case WEIR_EXPR_CALL:
        if (expr->function->kind != WEIR_OPERATOR)
            return BINDS_ALL;
        WEIR_IGNORE(operator_find(expr, &binding) == NULL, "the name is printed elsewhere");
        return binding;
    default:
        return BINDS_ALL;
    }
}

static enum weir_code put(struct printer *printer, const char *text)
{
    return weir_buffer_append(printer->to, weir_slice_of(text), printer->err);
}

static enum weir_code print(struct printer *printer, const struct weir_expr *expr,
                            enum binding least);

static enum weir_code print_list(struct printer *printer, const struct weir_expr *expr,
                                 const char *between, enum binding least)
{
    for (uint32_t i = 0; i < expr->args_count; i++) {
        if (i)
            WEIR_TRY(put(printer, between));
        WEIR_TRY(print(printer, expr->args[i], least));
    }
    return WEIR_OK;
}

static enum weir_code print_quoted(struct printer *printer, struct weir_slice text)
{
    WEIR_TRY(put(printer, "'"));
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'')
            WEIR_TRY(put(printer, "'"));
        WEIR_TRY(weir_buffer_append(printer->to, weir_slice(text.ptr + i, 1), printer->err));
    }
    return put(printer, "'");
}

static enum weir_code print_constant(struct printer *printer, const struct weir_vector *constant)
{
    enum weir_type type = constant->type;
    if (!weir_valid(constant, 0))
        return put(printer, "NULL");
    if (type == WEIR_BOOL)
        return put(printer, constant->b[0] ? "true" : "false");
    if (type == WEIR_INT4 || type == WEIR_INT8 || type == WEIR_NUMERIC)
        return weir_value_format(constant, 0, printer->to, printer->err);
    if (type == WEIR_TEXT || type == WEIR_UNKNOWN)
        return print_quoted(printer, constant->s[0]);
    struct weir_buffer text;
    weir_buffer_init(&text, printer->to->bytes_max);
    enum weir_code code = weir_value_format(constant, 0, &text, printer->err);
    if (code == WEIR_OK)
        code = print_quoted(printer, weir_buffer_slice(&text));
    weir_buffer_done(&text);
    WEIR_TRY(code);
    return weir_buffer_printf(printer->to, printer->err, "::%s", weir_type_name(type));
}

static enum weir_code print_call(struct printer *printer, const struct weir_expr *expr)
{
    const struct weir_function *function = expr->function;
    if (function->kind == WEIR_CAST) {
        WEIR_TRY(print(printer, expr->args[0], BINDS_ALL));
        return weir_buffer_printf(printer->to, printer->err, "::%s", weir_type_name(expr->type));
    }
    if (function->kind == WEIR_OPERATOR) {
        enum binding binding;
        const char *printed = operator_find(expr, &binding);
        if (expr->args_count == 1) {
            WEIR_TRY(put(printer, printed));
            return print(printer, expr->args[0], BINDS_UNARY + 1);
        }
        WEIR_TRY(print(printer, expr->args[0], binding == BINDS_COMPARE ? binding + 1 : binding));
        WEIR_TRY(weir_buffer_printf(printer->to, printer->err, " %s ", printed));
        return print(printer, expr->args[1], binding + 1);
    }
    WEIR_TRY(weir_buffer_printf(printer->to, printer->err, "%s(", function->name));
    WEIR_TRY(print_list(printer, expr, ", ", BINDS_OR));
    return put(printer, ")");
}

static enum weir_code print_case(struct printer *printer, const struct weir_expr *expr)
{
    WEIR_TRY(put(printer, "CASE"));
    for (uint32_t i = 0; i + 1 < expr->args_count; i += 2) {
        WEIR_TRY(put(printer, " WHEN "));
        WEIR_TRY(print(printer, expr->args[i], BINDS_OR));
        WEIR_TRY(put(printer, " THEN "));
        WEIR_TRY(print(printer, expr->args[i + 1], BINDS_OR));
    }
    WEIR_TRY(put(printer, " ELSE "));
    WEIR_TRY(print(printer, expr->args[expr->args_count - 1], BINDS_OR));
    return put(printer, " END");
}

static enum weir_code print_lookup(struct printer *printer, const struct weir_expr *expr)
{
    if (expr->args_count == 0)
        return weir_buffer_printf(printer->to, printer->err, "EXISTS (lookup %u)", expr->lookup);
    WEIR_TRY(put(printer, expr->args_count > 1 ? "(" : ""));
    WEIR_TRY(print_list(printer, expr, ", ", expr->args_count > 1 ? BINDS_OR : BINDS_LIKE + 1));
    WEIR_TRY(put(printer, expr->args_count > 1 ? ")" : ""));
    return weir_buffer_printf(printer->to, printer->err, " IN (lookup %u)", expr->lookup);
}

static enum weir_code print_is_null(struct printer *printer, const struct weir_expr *expr,
                                    const char *test)
{
    WEIR_TRY(print(printer, expr->args[0], BINDS_IS + 1));
    return put(printer, test);
}

static enum weir_code print_kind(struct printer *printer, const struct weir_expr *expr)
{
    switch (expr->kind) {
    case WEIR_EXPR_CONST:
        return print_constant(printer, expr->constant);
    case WEIR_EXPR_COLUMN:
        if (printer->names && printer->names[expr->column])
            return put(printer, printer->names[expr->column]);
        return weir_buffer_printf(printer->to, printer->err, "$%u", expr->column + 1);
    case WEIR_EXPR_CALL:
        return print_call(printer, expr);
    case WEIR_EXPR_AND:
        return print_list(printer, expr, " AND ", BINDS_AND + 1);
    case WEIR_EXPR_OR:
        return print_list(printer, expr, " OR ", BINDS_OR + 1);
    case WEIR_EXPR_NOT:
        if (expr->args[0]->kind == WEIR_EXPR_IS_NULL)
            return print_is_null(printer, expr->args[0], " IS NOT NULL");
        WEIR_TRY(put(printer, "NOT "));
        return print(printer, expr->args[0], BINDS_NOT);
    case WEIR_EXPR_IS_NULL:
        return print_is_null(printer, expr, " IS NULL");
    case WEIR_EXPR_IS_TRUE:
        return print_is_null(printer, expr, " IS TRUE");
    case WEIR_EXPR_CASE:
        return print_case(printer, expr);
    case WEIR_EXPR_COALESCE:
        WEIR_TRY(put(printer, "COALESCE("));
        WEIR_TRY(print_list(printer, expr, ", ", BINDS_OR));
        return put(printer, ")");
    case WEIR_EXPR_LOOKUP:
        return print_lookup(printer, expr);
    }
    return WEIR_OK;
}

/* Prints expr where its surroundings need it to bind at least as tightly as `least`. */
static enum weir_code print(struct printer *printer, const struct weir_expr *expr,
                            enum binding least)
{
    bool parentheses = expr_binding(expr) < least;
    if (parentheses)
        WEIR_TRY(put(printer, "("));
    WEIR_TRY(print_kind(printer, expr));
    return parentheses ? put(printer, ")") : WEIR_OK;
}

enum weir_code weir_expr_print(const struct weir_expr *expr, const char *const *names,
                               struct weir_buffer *to, struct weir_error *err)
{
    struct printer printer = {.names = names, .to = to, .err = err};
    return print(&printer, expr, BINDS_OR);
}
