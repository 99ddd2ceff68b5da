/* The function catalogue: one table from which binder, kernels, help and docs come.
 *
 * Functions, operators and casts are all entries (`struct weir_function`). An entry names its SQL
 * signature and its kernel. Operators are entries named by the operator ("+", "||", "~~"), casts
 * are entries named "cast" with a cast context. */
#ifndef WEIR_EXPR_FUNCTION_H
#define WEIR_EXPR_FUNCTION_H

#include "column/vector.h"

#define WEIR_ARGS_MAX 8

/* What kernels need besides their arguments. */
struct weir_eval {
    struct weir_arena *arena; /* of the batch: results live here */
    uint32_t rows;            /* vector length (capacity for errors) */
    int64_t now_us;           /* the epoch's now(), microseconds since 2000-01-01 UTC */
    uint32_t constants;       /* bit i: args[i] holds one value in all rows: prepare it once */
    bool exhausted; /* set by a kernel when the arena is full: the run ends with WEIR_NOMEM */
};

/* Computes out for the selected rows. For a strict function `out->valid` has been set by the caller
 * to the AND of the arguments' validity, and errors have been passed on; the kernel clears bits for
 * NULL results and calls weir_vector_fail for errors. It must skip rows whose valid bit is clear
 * wherever computing them could fail or read a slice. out->data is allocated. A non-strict kernel
 * sets every selected valid bit itself; arguments' errors are passed on after it. */
typedef void weir_kernel(struct weir_eval *eval, const struct weir_vector *const *args,
                         uint32_t args_count, struct weir_vector *out,
                         struct weir_selection selection);

enum weir_function_kind { WEIR_FUNCTION, WEIR_OPERATOR, WEIR_CAST, WEIR_AGGREGATE };
enum weir_cast_context {
    WEIR_CAST_EXPLICIT,
    WEIR_CAST_ASSIGNMENT,
    WEIR_CAST_IMPLICIT
}; /* each includes those before */

struct weir_function {
    const char *name; /* lower case; an operator's symbol; "cast" */
    enum weir_function_kind kind;
    enum weir_type result;
    enum weir_type args[WEIR_ARGS_MAX]; /* WEIR_UNKNOWN as an argument type: any ("anyelement") */
    uint8_t args_count;
    bool variadic;   /* the last argument repeats, 1..n times ("concat") */
    bool not_strict; /* sees NULLs; default: NULL in, NULL out */
    bool stable;     /* depends on now(): not folded at plan time */
    enum weir_cast_context cast_context;
    weir_kernel *kernel; /* aggregates: NULL, see op/ */
    const char
        *category; /* "string", "math", "date/time", "json", "comparison", "type conversion" .. */
    const char *help;    /* one line: what it gives */
    const char *example; /* "upper('tom') -> TOM" */
};

/* One table a category, each ended by an entry without a name; the list of tables is ended by
 * NULL. */
extern const struct weir_function *const weir_functions[];
#define WEIR_FOR_FUNCTIONS(entry)                                                                  \
    for (const struct weir_function *const *weir_table = weir_functions; *weir_table;              \
         weir_table++)                                                                             \
        for (const struct weir_function *entry = *weir_table; entry->name; entry++)

/* PostgreSQL's resolution (chapter 10): exact match, then implicit casts, unknown literals prefer
 * text / the preferred type. On success writes the entry; args that need a cast are those whose
 * type differs from ret's args. WEIR_BAD_CONFIG with PostgreSQL's text ("function lower(integer)
 * does not exist", "operator does not exist: text + integer") and a hint (nearest name; "No
 * function matches the given name and argument types. You might need to add explicit type
 * casts."). */
enum weir_code weir_function_resolve(enum weir_function_kind kind, const char *name,
                                     const enum weir_type *types, uint32_t types_count,
                                     const struct weir_function **ret,
                                     struct weir_error *err) WEIR_MUST_CHECK;
/* The cast from one type to another in a context; NULL: there is none. from == to gives NULL too
 * (nothing to do): callers check that first. */
const struct weir_function *weir_cast_find(enum weir_type from, enum weir_type to,
                                           enum weir_cast_context context);
/* The common type of CASE, COALESCE, UNION, VALUES, IN branches (chapter 10.5); false: they cannot
 * be matched. */
bool weir_type_common(const enum weir_type *types, uint32_t count, enum weir_type *ret);

#endif
