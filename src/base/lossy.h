/* The lossy file system of the tests (WEIR_TEST_LOSSY=1): remembers what has not been fsynced, and
 * drops it at a crash.
 *
 * A power failure keeps, at worst, exactly what was fsynced. SIGKILL does not show that, since the
 * page cache outlives the process. So base/file.c tells this file about every write, sync, and
 * change to a directory; weir_lossy_crash undoes all that no sync has made durable: files shrink to
 * their synced length, new names go, old names come back. Any thread. */
#ifndef WEIR_BASE_LOSSY_H
#define WEIR_BASE_LOSSY_H

#include <stdbool.h>
#include <stdint.h>

bool weir_lossy_on(void);
void weir_lossy_opened(int fd, const char *path, bool created, int64_t size);
void weir_lossy_synced(int fd, int64_t size);
void weir_lossy_shrunk(int fd, int64_t size);
void weir_lossy_linked(const char *to);
/* Before a rename or an unlink: keeps what the name stood for, so that it can come back. */
void weir_lossy_before_rename(const char *from, const char *to);
void weir_lossy_before_unlink(const char *path);
void weir_lossy_dir_synced(const char *dir);
void weir_lossy_crash(void);

#endif
