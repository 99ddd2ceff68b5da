/* Names of the parts that weir writes, and of marks: they carry the epochs, so that the commit log
 * itself tells which a sink holds.
 *
 *   part-PIPELINE-SINK-FIRST-LAST-ROWS-INCARNATION.json
 *
 * PIPELINE and SINK are escaped, so that they hold no '-'. A mark has the same form without an
 * extension; it stands in the commit log as an entry of a directory, which readers of the log leave
 * out, and says that the sink is at LAST though no part says so: epochs without rows. LAST 0
 * forgets (reset). */
#ifndef WEIR_CONNECTOR_FILE_PART_NAME_H
#define WEIR_CONNECTOR_FILE_PART_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

#define WEIR_PART_PREFIX_BYTES 200
#define WEIR_PART_NAME_BYTES   320

struct weir_part {
    struct weir_slice prefix; /* "part-PIPELINE-SINK-", in the name */
    uint64_t first, last, rows, incarnation;
};

/* "part-PIPELINE-SINK-" into `to` of WEIR_PART_PREFIX_BYTES. */
void weir_part_prefix(const char *pipeline, const char *sink, char *to);
/* Into `to` of WEIR_PART_NAME_BYTES. */
void weir_part_name(const char *prefix, const struct weir_part *part, const char *extension,
                    char *to);
/* False: not a name of this form. */
bool weir_part_parse(struct weir_slice name, struct weir_part *ret);

#endif
