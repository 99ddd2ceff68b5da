/* The connector http: one URL as a file. */
#ifndef WEIR_CONNECTOR_HTTP_HTTP_H
#define WEIR_CONNECTOR_HTTP_HTTP_H

#include "api/connector.h"

extern const struct weir_connector weir_connector_http;

#endif
