/* The connector s3: objects of S3 and of servers that speak its protocol, read as files. */
#ifndef WEIR_CONNECTOR_S3_S3_H
#define WEIR_CONNECTOR_S3_S3_H

#include "api/connector.h"

extern const struct weir_connector weir_connector_s3;

#endif
