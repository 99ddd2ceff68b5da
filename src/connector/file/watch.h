/* Watching a directory (inotify): something changed; which files are being written right now. */
#ifndef WEIR_CONNECTOR_FILE_WATCH_H
#define WEIR_CONNECTOR_FILE_WATCH_H

#include <stdbool.h>

struct weir_watch;

/* NULL where the system does not let us (no inotify, too many watches): then its user looks again
 * from time to time. */
struct weir_watch *weir_watch_open(const char *dir);
/* Readable when something has changed. */
int weir_watch_fd(const struct weir_watch *watch);
/* Takes what was reported; true: something was. */
bool weir_watch_take(struct weir_watch *watch);
/* Was the file (its name in the directory) written to, and not closed since? */
bool weir_watch_busy(struct weir_watch *watch, const char *name);
void weir_watch_close(struct weir_watch *watch);

#endif
