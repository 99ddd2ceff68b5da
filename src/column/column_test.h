/* Inside column/: tables of cases for the tests. Expected texts are what a PostgreSQL 15 answered; "ERROR: .." where it
 * refused, "NULL" where it gave NULL. */
#ifndef WEIR_COLUMN_COLUMN_TEST_H
#define WEIR_COLUMN_COLUMN_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "column/vector.h"

struct weir_case {
    const char *a, *b, *expected;
};

/* One case: the result, whose ptr is NULL for NULL, or an error. `context` is whatever the table is about. */
typedef enum weir_code weir_case_run(const void *context, struct weir_slice a, struct weir_slice b,
                                     struct weir_arena *arena, struct weir_slice *ret,
                                     struct weir_error *err);

static inline void weir_case_check(const struct weir_case *one, weir_case_run *run,
                                   const void *context)
{
    struct weir_arena arena;
    struct weir_error err = {0};
    struct weir_slice result = {NULL, 0};
    weir_arena_init(&arena, 1 << 24);
    /* Copies of the exact size on the heap, so that a sanitizer sees what reads past an end. */
    size_t a_len = strlen(one->a), b_len = strlen(one->b);
    char *a = test_malloc(a_len + 1), *b = test_malloc(b_len + 1);
    memcpy(a, one->a, a_len + 1);
    memcpy(b, one->b, b_len + 1);
    char shown[2048];
    if (run(context, weir_slice(a, a_len), weir_slice(b, b_len), &arena, &result, &err) != WEIR_OK)
        (void)snprintf(shown, sizeof(shown), "ERROR: %s", err.text);
    else if (!result.ptr)
        (void)snprintf(shown, sizeof(shown), "NULL");
    else
        (void)snprintf(shown, sizeof(shown), "%.*s", WEIR_FMT(result));
    if (strcmp(shown, one->expected) != 0)
        fail_msg("[%s] [%s]: expected %s, got %s", one->a, one->b, one->expected, shown);
    test_free(a);
    test_free(b);
    weir_arena_done(&arena);
}

#define WEIR_CASES_CHECK(cases, run, context)                                                      \
    do {                                                                                           \
        for (size_t at = 0; at < sizeof(cases) / sizeof(*(cases)); at++)                           \
            weir_case_check(&(cases)[at], (run), (context));                                       \
    } while (0)

#endif
