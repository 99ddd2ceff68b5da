/* Shows how a run gets on: redrawn lines on a terminal, a plain line now and then elsewhere. On a
 * thread of its own. */
#ifndef WEIR_CLI_PROGRESS_H
#define WEIR_CLI_PROGRESS_H

#include "cli/cli.h"
#include "runtime/runtime.h"

/* `runtime` must outlive the progress. */
void weir_progress_start(struct weir_runtime *runtime, const struct weir_cli_stop *stop);
/* Clears the display; nothing is drawn after it. */
void weir_progress_end(void);

#endif
