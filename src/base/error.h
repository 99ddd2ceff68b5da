/* Errors: a code that says what the caller may do, and a text for the person who reads it.
 *
 * Every function that can fail returns `enum weir_code` and takes a caller-owned `struct weir_error
 * *` as its last parameter, filled when the code is not WEIR_OK. Library code does not log errors:
 * it returns them, and the one who handles an error logs it once. */
#ifndef WEIR_BASE_ERROR_H
#define WEIR_BASE_ERROR_H

#include <stdarg.h>

enum weir_code {
    WEIR_OK = 0,
    WEIR_RETRY,      /* a temporary fault: the same call may succeed later */
    WEIR_BAD_DATA,   /* the input is wrong: a record, a file's content */
    WEIR_BAD_CONFIG, /* the SQL, an option or the surroundings are wrong: a person must act */
    WEIR_FENCED,     /* another process owns this now: start over or stop */
    WEIR_NOMEM,      /* memory or a cap is exhausted */
    WEIR_IO,         /* the operating system or a server refused; sys_errno may say why */
    WEIR_STOPPED,    /* the user asked to stop */
    WEIR_BUG,        /* an invariant is broken */
};

struct weir_error {
    enum weir_code code;
    int sys_errno;   /* 0 where no system call failed */
    char text[1024]; /* one line, no final newline, first letter lower case as PostgreSQL's primary
                        messages */
    char hint[512];  /* what to do; "" where there is nothing to say */
};

#define WEIR_MUST_CHECK                    __attribute__((warn_unused_result))
#define WEIR_PRINTF(fmt_index, args_index) __attribute__((format(printf, fmt_index, args_index)))

/* Fills *err (NULL is allowed) and returns code, so that `return weir_fail(..)` is the idiom.
 * Clears the hint. */
enum weir_code weir_fail(struct weir_error *err, enum weir_code code, const char *format, ...)
    WEIR_PRINTF(3, 4);

/* The same with errno's text appended (": No such file or directory") and kept in sys_errno. */
enum weir_code weir_fail_errno(struct weir_error *err, enum weir_code code, const char *format, ...)
    WEIR_PRINTF(3, 4);

/* Adds a hint to an error that has been filled; returns its code. */
enum weir_code weir_hint(struct weir_error *err, const char *format, ...) WEIR_PRINTF(2, 3);

/* Puts "PREFIX: " before the text of a filled error; returns its code. */
enum weir_code weir_fail_in(struct weir_error *err, const char *format, ...) WEIR_PRINTF(2, 3);

/* Returns from the calling function with the code of `call` unless it is WEIR_OK. */
#define WEIR_TRY(call)                                                                             \
    do {                                                                                           \
        enum weir_code weir_try_code = (call);                                                     \
        if (weir_try_code != WEIR_OK)                                                              \
            return weir_try_code;                                                                  \
    } while (0)

/* For the rare result that may be ignored; the reason stands beside it. */
#define WEIR_IGNORE(call, why)                                                                     \
    do {                                                                                           \
        if (call) { /* why */                                                                      \
        }                                                                                          \
    } while (0)

/* Assertions that stay on in release builds: prints the place and aborts. */
_Noreturn void weir_bug(const char *file, int line, const char *condition);
#define WEIR_ASSERT(condition) ((condition) ? (void)0 : weir_bug(__FILE__, __LINE__, #condition))

#endif
