/* Joining values: ||, concat, concat_ws, quoting.
 *
 * concat and concat_ws take values of any type by their output functions and pass NULLs over; ||
 * with a value that is no text takes it by its cast to text. Source: PostgreSQL 15, chapter 9.4. */
#include "column/text.h"
#include "expr/cast_text.h"
#include "expr/text_functions.h"

static void join(struct weir_eval *eval, struct weir_slice a, struct weir_slice b,
                 struct weir_vector *out, uint32_t row)
{
    if (!a.ptr || !b.ptr) {
        eval->exhausted = true;
        weir_out_null(out, row);
        return;
    }
    char *to = weir_out_alloc(eval, out, row, a.len + b.len);
    if (!to)
        return;
    memcpy(to, a.ptr, a.len);
    memcpy(to + a.len, b.ptr, b.len);
    out->s[row] = weir_slice(to, a.len + b.len);
}

WEIR_KERNEL(bytes_join)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    join(eval, args[0]->s[row], args[1]->s[row], out, row);
}

WEIR_KERNEL(any_join)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    join(eval, weir_cast_text(args[0], row, eval->arena), weir_cast_text(args[1], row, eval->arena),
         out, row);
}

/* Appends the values of args[first..] that are not NULL, with the delimiter between them. `pieces`
 * has room for all of them. */
static void concat_row(struct weir_eval *eval, const struct weir_vector *const *args,
                       uint32_t args_count, uint32_t first, struct weir_slice delimiter,
                       struct weir_slice *pieces, struct weir_vector *out, uint32_t row)
{
    size_t len = 0;
    uint32_t count = 0;
    for (uint32_t i = first; i < args_count; i++) {
        if (!weir_valid(args[i], row))
            continue;
        pieces[count] = weir_value_text(args[i], row, eval->arena);
        if (!pieces[count].ptr) {
            eval->exhausted = true;
            weir_out_null(out, row);
            return;
        }
        len += pieces[count].len + (count ? delimiter.len : 0);
        count++;
    }
    char *to = weir_out_alloc(eval, out, row, len);
    if (!to)
        return;
    out->s[row] = weir_slice(to, len);
    for (uint32_t i = 0; i < count; i++) {
        if (i) {
            memcpy(to, delimiter.ptr, delimiter.len);
            to += delimiter.len;
        }
        memcpy(to, pieces[i].ptr, pieces[i].len);
        to += pieces[i].len;
    }
}

WEIR_KERNEL(concat)
{
    weir_out_all_valid(eval, out);
    struct weir_slice *pieces = WEIR_NEW_ARRAY(eval->arena, struct weir_slice, args_count);
    eval->exhausted |= !pieces;
    if (!pieces)
        return;
    WEIR_FOR_SELECTED(row, selection)
    concat_row(eval, args, args_count, 0, WEIR_SLICE(""), pieces, out, row);
}

WEIR_KERNEL(concat_ws)
{
    memcpy(out->valid, args[0]->valid,
           weir_valid_words(eval->rows) * sizeof(uint64_t)); /* no delimiter, no result */
    struct weir_slice *pieces = WEIR_NEW_ARRAY(eval->arena, struct weir_slice, args_count);
    eval->exhausted |= !pieces;
    if (!pieces)
        return;
    WEIR_FOR_VALID(row, out, selection)
    concat_row(eval, args, args_count, 1, args[0]->s[row], pieces, out, row);
}

/* ---- quoting ---- */

static size_t quote_write(struct weir_slice text, char quote, bool double_backslash, char *to)
{
    size_t len = 0;
    to[len++] = quote;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == quote || (double_backslash && text.ptr[i] == '\\'))
            to[len++] = text.ptr[i];
        to[len++] = text.ptr[i];
    }
    to[len++] = quote;
    return len;
}

static void quote_literal_row(struct weir_eval *eval, struct weir_slice text,
                              struct weir_vector *out, uint32_t row)
{
    eval->exhausted |= !text.ptr;
    char *to = text.ptr ? weir_out_alloc(eval, out, row, text.len * 2 + 4) : NULL;
    if (!to)
        return;
    size_t len = 0;
    bool backslash = text.len && memchr(text.ptr, '\\', text.len);
    if (backslash)
        to[len++] = 'E';
    len += quote_write(text, '\'', true, to + len);
    out->s[row] = weir_slice(to, len);
}

WEIR_KERNEL(quote_literal)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    quote_literal_row(eval, weir_cast_text(args[0], row, eval->arena), out, row);
}

WEIR_KERNEL(quote_nullable)
{
    (void)args_count;
    weir_out_all_valid(eval, out);
    WEIR_FOR_SELECTED(row, selection)
    {
        if (weir_valid(args[0], row))
            quote_literal_row(eval, weir_cast_text(args[0], row, eval->arena), out, row);
        else
            out->s[row] = weir_arena_slice(eval->arena, WEIR_SLICE("NULL"));
    }
}

/* PostgreSQL 15's keywords that are not "unreserved" (pg_get_keywords), which quote_ident quotes;
 * in order. */
static const char *const keywords[] = {
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
};

static bool is_keyword(struct weir_slice text)
{
    size_t low = 0, high = sizeof(keywords) / sizeof(*keywords);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = weir_slice_compare(text, weir_slice_of(keywords[middle]));
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static bool is_plain_identifier(struct weir_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || c == '_', digit = c >= '0' && c <= '9';
        if (!letter && (!digit || i == 0))
            return false;
    }
    return text.len && !is_keyword(text);
}

WEIR_KERNEL(quote_ident)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice text = args[0]->s[row];
        out->s[row] = text;
        if (is_plain_identifier(text))
            continue;
        char *to = weir_out_alloc(eval, out, row, text.len * 2 + 2);
        if (to)
            out->s[row] = weir_slice(to, quote_write(text, '"', false, to));
    }
}

#define TEXT WEIR_TEXT
#define ANY  WEIR_UNKNOWN
#define JOIN(type, a, b, kernel_name, help, example)                                               \
    {                                                                                              \
        "||", WEIR_OPERATOR, type, {a, b}, 2, .kernel = kernel_name, "string", help, example       \
    }

#define QUOTE(name, type, sees_null, kernel_name, help, example)                                   \
    {                                                                                              \
        name, WEIR_FUNCTION, TEXT, {type}, 1, .not_strict = sees_null, .kernel = kernel_name,      \
                                              .category = "string", help, example                  \
    }

const struct weir_function weir_concat_functions[] = {
    JOIN(TEXT, TEXT, TEXT, bytes_join, "the two texts joined", "'Post' || 'greSQL' -> PostgreSQL"),
    JOIN(WEIR_BYTEA, WEIR_BYTEA, WEIR_BYTEA, bytes_join, "the two byte strings joined",
         "'\\x12'::bytea || '\\x34' -> \\x1234"),
    JOIN(TEXT, TEXT, ANY, any_join, "the text and the value's text joined",
         "'Value: ' || 42 -> Value: 42"),
    JOIN(TEXT, ANY, TEXT, any_join, "the value's text and the text joined",
         "42 || ' items' -> 42 items"),
    {"concat",
     WEIR_FUNCTION,
     TEXT,
     {ANY},
     1,
     .variadic = true,
     .not_strict = true,
     .kernel = concat,
     "string",
     "the texts of all arguments joined; NULLs are passed over",
     "concat('abcde', 2, NULL, 22) -> abcde222"},
    {"concat_ws",
     WEIR_FUNCTION,
     TEXT,
     {TEXT, ANY},
     2,
     .variadic = true,
     .not_strict = true,
     .kernel = concat_ws,
     "string",
     "all arguments but the first joined, with the first between them; NULLs are passed over",
     "concat_ws(',', 'abcde', 2, NULL, 22) -> abcde,2,22"},
    QUOTE("quote_literal", TEXT, false, quote_literal, "the text as an SQL string literal",
          "quote_literal('O''Reilly') -> 'O''Reilly'"),
    QUOTE("quote_literal", ANY, false, quote_literal, "the value as an SQL string literal",
          "quote_literal(42.5) -> '42.5'"),
    QUOTE("quote_nullable", TEXT, true, quote_nullable,
          "the text as an SQL string literal, or NULL", "quote_nullable(NULL) -> NULL"),
    QUOTE("quote_nullable", ANY, true, quote_nullable,
          "the value as an SQL string literal, or NULL", "quote_nullable(42.5) -> '42.5'"),
    {"quote_ident",
     WEIR_FUNCTION,
     TEXT,
     {TEXT},
     1,
     .kernel = quote_ident,
     "string",
     "the text as an SQL identifier",
     "quote_ident('Foo bar') -> \"Foo bar\""},
    {NULL},
};
