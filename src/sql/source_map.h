/* Where a place in the SQL is: every byte of every file has one number, a location, that finds its
 * way back. */
#ifndef WEIR_SQL_SOURCE_MAP_H
#define WEIR_SQL_SOURCE_MAP_H

#include "sql/pool.h"

#define WEIR_SQL_BYTES_MAX (32 << 20) /* of all files together */

struct weir_sql_file {
    const char *name;       /* as the user gave it */
    struct weir_slice text; /* NUL-terminated behind its length, holds no NUL */
    const char *shown;      /* the same length, credentials blotted out: what messages quote */
    int base;               /* location of its first byte; base + text.len is its end */
};

struct weir_source_map {
    struct WEIR_LIST(struct weir_sql_file) files;
};

struct weir_sql_place {
    const char *file;
    int line, column;       /* from 1; columns count characters */
    struct weir_slice text; /* the line as it may be shown, without its end */
    uint32_t at;            /* byte of the place in it */
    bool blotted;           /* a credential begins here */
};

/* Adds a file; the text is borrowed and must outlive the map. NULL when all files together are too
 * large. */
const struct weir_sql_file *weir_source_map_add(struct weir_source_map *map, struct weir_pool *pool,
                                                const char *name, struct weir_slice text);
/* False for a location that no file has (-1: none). */
bool weir_source_map_find(const struct weir_source_map *map, int location,
                          struct weir_sql_place *ret);
/* The location of the first letter of a name (folded as the parser folds it, or quoted) behind the
 * keyword that stands at or after `location`, in the same statement; `location` itself where there
 * is none. For names whose place the parser does not tell. */
int weir_source_map_name(const struct weir_source_map *map, int location, const char *keyword);

#endif
