/* inotify on one directory.
 *
 * A file counts as busy from the first write that we see until it is closed after writing; so a
 * followed directory does not go past a file that someone is still writing. What is moved or linked
 * into the directory is complete. */
#include "connector/file/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { BUSY_MAX = 1024, EVENTS_BYTES = 16 << 10 };

struct weir_watch {
    int fd;
    char *busy[BUSY_MAX]; /* names; owned */
    size_t busy_count;
    bool changed; /* something was reported and not taken yet */
};

struct weir_watch *weir_watch_open(const char *dir)
{
    struct weir_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->fd < 0 ||
        inotify_add_watch(watch->fd, dir,
                          IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE) < 0) {
        weir_watch_close(watch);
        return NULL;
    }
    return watch;
}

int weir_watch_fd(const struct weir_watch *watch)
{
    return watch->fd;
}

static size_t busy_index(const struct weir_watch *watch, const char *name)
{
    size_t i = 0;
    while (i < watch->busy_count && strcmp(watch->busy[i], name) != 0)
        i++;
    return i;
}

static void take_event(struct weir_watch *watch, const struct inotify_event *event)
{
    size_t at = event->len ? busy_index(watch, event->name) : watch->busy_count;
    if (event->mask & IN_MODIFY) {
        char *copy =
            event->len && at == watch->busy_count && at < BUSY_MAX ? strdup(event->name) : NULL;
        if (copy)
            watch->busy[watch->busy_count++] = copy;
    } else if (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE) && at < watch->busy_count) {
        free(watch->busy[at]);
        watch->busy[at] = watch->busy[--watch->busy_count];
    }
}

static void read_events(struct weir_watch *watch)
{
    char events[EVENTS_BYTES] __attribute__((aligned(__alignof__(struct inotify_event))));
    for (;;) {
        ssize_t len = read(watch->fd, events, sizeof events);
        if (len < 0 && errno == EINTR)
            continue;
        if (len <= 0)
            return;
        watch->changed = true;
        for (char *at = events; at < events + len;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;
            take_event(watch, event);
            at += sizeof *event + event->len;
        }
    }
}

bool weir_watch_take(struct weir_watch *watch)
{
    read_events(watch);
    bool changed = watch->changed;
    watch->changed = false;
    return changed;
}

bool weir_watch_busy(struct weir_watch *watch, const char *name)
{
    read_events(watch);
    return busy_index(watch, name) < watch->busy_count;
}

void weir_watch_close(struct weir_watch *watch)
{
    if (!watch)
        return;
    if (watch->fd >= 0)
        close(watch->fd);
    for (size_t i = 0; i < watch->busy_count; i++)
        free(watch->busy[i]);
    free(watch);
}
