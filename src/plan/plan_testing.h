/* For tests of plan/: a registry of connectors and formats that do nothing. */
#ifndef WEIR_PLAN_PLAN_TESTING_H
#define WEIR_PLAN_PLAN_TESTING_H

#include "plan/plan.h"

extern const struct weir_registry weir_testing_registry;

#endif
