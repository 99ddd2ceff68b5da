/* Problems found in SQL files: collected wherever they are found, printed together in the order of
 * their places.
 *
 *   customers.sql:12:20: error: column "locaton" does not exist; did you mean "location"?
 *      12 | INSERT INTO usa SELECT locaton FROM raw;
 *         |                        ^~~~~~~
 *   hint: what to do */
#ifndef WEIR_SQL_PROBLEMS_H
#define WEIR_SQL_PROBLEMS_H

#include "base/buffer.h"
#include "sql/source_map.h"

struct weir_sql_problem {
    bool warning;
    int location;     /* -1: none */
    const char *text; /* one line */
    const char *hint; /* NULL: none */
};

struct weir_problems {
    struct weir_pool *pool;
    struct WEIR_LIST(struct weir_sql_problem) list;
    uint32_t errors_count, warnings_count;
    bool dropped; /* the last one, as there are too many */
};

/* Each adds one problem. A hint "did you mean .." becomes part of the message. */
void weir_problem(struct weir_problems *problems, int location, const char *format, ...)
    WEIR_PRINTF(3, 4);
void weir_problem_warn(struct weir_problems *problems, int location, const char *format, ...)
    WEIR_PRINTF(3, 4);
/* Adds a hint to the last one. */
void weir_problem_hint(struct weir_problems *problems, const char *format, ...) WEIR_PRINTF(2, 3);
/* A filled error, with its hint. */
void weir_problem_error(struct weir_problems *problems, int location, const struct weir_error *err);

/* Sorts them by place and appends them to the buffer. */
enum weir_code weir_problems_print(struct weir_problems *problems,
                                   const struct weir_source_map *map, struct weir_buffer *to,
                                   struct weir_error *err) WEIR_MUST_CHECK;

#endif
