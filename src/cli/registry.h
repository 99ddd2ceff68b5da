/* The only list of connectors and formats. */
#ifndef WEIR_CLI_REGISTRY_H
#define WEIR_CLI_REGISTRY_H
#include "api/connector.h"
#include "api/format.h"
extern const struct weir_registry weir_registry;
#endif
