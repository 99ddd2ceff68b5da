/* Local files as a place: a file, a directory, a glob, or a directory with a commit log. */
#ifndef WEIR_CONNECTOR_FILE_LOCAL_PLACE_H
#define WEIR_CONNECTOR_FILE_LOCAL_PLACE_H

#include "connector/file/place.h"

/* The table's path with the server's root put before it when it is relative, without "file://";
 * malloc'd. */
enum weir_code weir_local_path(const struct weir_table *table, char **ret,
                               struct weir_error *err) WEIR_MUST_CHECK;

/* follow: changes are watched. */
enum weir_code weir_local_place_open(const char *path, bool follow, struct weir_place **ret,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* What a path names now; the arena of `ret` is initialised. */
enum weir_code weir_local_list(const char *path, struct weir_listing *ret,
                               struct weir_error *err) WEIR_MUST_CHECK;

#endif
