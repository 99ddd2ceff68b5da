/* The connector `generate`: rows made up by rules, the same ones for the same seed. */
#ifndef WEIR_CONNECTOR_GENERATE_CONNECTOR_H
#define WEIR_CONNECTOR_GENERATE_CONNECTOR_H

#include "api/connector.h"

extern const struct weir_connector weir_generate_connector;
extern const struct weir_source_ops weir_generate_source_ops;

#endif
