/* The log of the process: lines on stderr, as text or as JSON objects. Any thread. Never called
 * with secrets. */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H

#include "base/error.h"

enum weir_log_level { WEIR_LOG_DEBUG, WEIR_LOG_INFO, WEIR_LOG_WARNING, WEIR_LOG_ERROR };
enum weir_log_format { WEIR_LOG_TEXT, WEIR_LOG_JSON };

void weir_log_configure(enum weir_log_level least, enum weir_log_format format);
/* Text form: "weir: warning: MESSAGE"; info has no level word. JSON form:
 * {"time","level","message"}. */
void weir_log(enum weir_log_level level, const char *format, ...) WEIR_PRINTF(2, 3);
/* Logs a filled error with its hint on a line of its own ("HINT:  .."). */
void weir_log_error(const struct weir_error *err);
/* Called before and after each line, so that a live progress display can clear and redraw itself.
 * NULL: none. */
void weir_log_set_hooks(void (*before)(void), void (*after)(void));

#endif
