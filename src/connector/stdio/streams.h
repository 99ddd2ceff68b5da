/* The connectors `stdin` and `stdout`: the streams that the process was started with. */
#ifndef WEIR_CONNECTOR_STDIO_STREAMS_H
#define WEIR_CONNECTOR_STDIO_STREAMS_H

#include "api/connector.h"

extern const struct weir_connector weir_stdin_connector;
extern const struct weir_connector weir_stdout_connector;

extern const struct weir_source_ops weir_stdin_source_ops;
extern const struct weir_sink_ops weir_stdout_sink_ops;

#endif
