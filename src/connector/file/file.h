/* The connector file: local files as sources, directories of parts as sinks. */
#ifndef WEIR_CONNECTOR_FILE_FILE_H
#define WEIR_CONNECTOR_FILE_FILE_H

#include "api/connector.h"

extern const struct weir_connector weir_connector_file;

/* Shared by all file-like connectors, so that one logic runs on each. */
extern const struct weir_option_spec weir_file_options[];
bool weir_file_bounded(const struct weir_table *table);

#endif
