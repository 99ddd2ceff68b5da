/* The file sink: a directory of parts with a commit log. */
#ifndef WEIR_CONNECTOR_FILE_PARTS_SINK_H
#define WEIR_CONNECTOR_FILE_PARTS_SINK_H

#include "api/catalog.h"
#include "api/sink.h"

extern const struct weir_sink_ops weir_parts_sink_ops;
extern const struct weir_catalog_ops weir_file_catalog_ops;

#endif
