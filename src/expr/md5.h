/* MD5, for SQL's md5(): not for anything that must be safe. */
#ifndef WEIR_EXPR_MD5_H
#define WEIR_EXPR_MD5_H

#include <stdint.h>

#include "base/slice.h"

void weir_md5(struct weir_slice bytes, uint8_t ret[16]);

#endif
