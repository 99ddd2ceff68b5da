/* The formats of this directory, for the registry. */
#ifndef WEIR_FORMAT_FORMATS_H
#define WEIR_FORMAT_FORMATS_H

#include "api/format.h"

extern const struct weir_format weir_format_json;
extern const struct weir_format weir_format_csv;
extern const struct weir_format weir_format_raw;

#endif
