/* The checkpoint store as a directory: LOCATION/PIPELINE/. See directory_store.c. */
#ifndef WEIR_COMMIT_DIRECTORY_STORE_H
#define WEIR_COMMIT_DIRECTORY_STORE_H

#include "api/checkpoint.h"

extern const struct weir_checkpoint_ops weir_directory_store;

#endif
