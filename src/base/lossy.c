/* See lossy.h. Two lists: files by inode with their synced length, and undo records of directory
 * changes in order. A name that goes away is first linked to a hidden one beside it (".lossy-N"),
 * which a directory sync deletes. */
#include "base/lossy.h"

#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct lossy_file {
    struct lossy_file *next;
    dev_t dev;
    ino_t ino;
    int fd; /* our own */
    int64_t synced;
};

struct lossy_change { /* newest first */
    struct lossy_change *next;
    char *created; /* a name to remove, or NULL */
    char *kept;    /* a hidden name to put back .. */
    char *lost;    /* .. here; or NULL */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lossy_file *files;
static struct lossy_change *changes;
static unsigned kept_count;

bool weir_lossy_on(void)
{
    static int on = -1;
    if (on < 0) {
        const char *text = getenv("WEIR_TEST_LOSSY");
        on = text && strcmp(text, "1") == 0;
    }
    return on > 0;
}

static struct lossy_file *find(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return NULL;
    for (struct lossy_file *file = files; file; file = file->next)
        if (file->dev == st.st_dev && file->ino == st.st_ino)
            return file;
    struct lossy_file *file = calloc(1, sizeof *file);
    if (file)
        *file = (struct lossy_file){files, st.st_dev, st.st_ino, fcntl(fd, F_DUPFD_CLOEXEC, 0), 0};
    return files = file ? file : files;
}

static void push(char *created, char *kept, char *lost)
{
    struct lossy_change *change = malloc(sizeof *change);
    if (!change)
        abort(); /* tests only: a forgotten change would hide a bug */
    *change = (struct lossy_change){changes, created, kept, lost};
    changes = change;
}

void weir_lossy_opened(int fd, const char *path, bool created, int64_t size)
{
    pthread_mutex_lock(&lock);
    struct lossy_file *file = find(fd);
    if (file && created)
        push(strdup(path), NULL, NULL);
    else if (file && file->synced == 0)
        file->synced = size; /* what was there before this process counts as durable */
    pthread_mutex_unlock(&lock);
}

void weir_lossy_synced(int fd, int64_t size)
{
    pthread_mutex_lock(&lock);
    struct lossy_file *file = find(fd);
    if (file)
        file->synced = size;
    pthread_mutex_unlock(&lock);
}

void weir_lossy_shrunk(int fd, int64_t size)
{
    pthread_mutex_lock(&lock);
    struct lossy_file *file = find(fd);
    if (file && file->synced > size)
        file->synced = size; /* a lost truncation cannot be played back here: taken as durable */
    pthread_mutex_unlock(&lock);
}

void weir_lossy_linked(const char *to)
{
    pthread_mutex_lock(&lock);
    push(strdup(to), NULL, NULL);
    pthread_mutex_unlock(&lock);
}

/* Links path to a hidden name in its directory; NULL when path is not there. */
static char *keep(const char *path)
{
    char *copy = strdup(path), *name = NULL;
    if (!copy || asprintf(&name, "%s/.lossy-%d-%u", dirname(copy), (int)getpid(), ++kept_count) < 0)
        abort();
    free(copy);
    if (link(path, name) == 0)
        return name;
    free(name);
    return NULL;
}

void weir_lossy_before_rename(const char *from, const char *to)
{
    pthread_mutex_lock(&lock);
    char *old = keep(to), *source = keep(from);
    if (source)
        push(NULL, source, strdup(from));
    push(strdup(to), old, old ? strdup(to) : NULL);
    pthread_mutex_unlock(&lock);
}

void weir_lossy_before_unlink(const char *path)
{
    pthread_mutex_lock(&lock);
    char *old = keep(path);
    if (old)
        push(NULL, old, strdup(path));
    pthread_mutex_unlock(&lock);
}

static bool lies_in(const char *path, const char *dir)
{
    if (!path)
        return false;
    char *copy = strdup(path);
    bool same = copy && strcmp(dirname(copy), dir) == 0;
    free(copy);
    return same;
}

static void change_free(struct lossy_change *change)
{
    free(change->created);
    free(change->kept);
    free(change->lost);
    free(change);
}

void weir_lossy_dir_synced(const char *dir)
{
    pthread_mutex_lock(&lock);
    for (struct lossy_change **at = &changes; *at;) {
        struct lossy_change *change = *at;
        if (!lies_in(change->created, dir) && !lies_in(change->lost, dir)) {
            at = &change->next;
            continue;
        }
        if (change->kept)
            unlink(change->kept);
        *at = change->next;
        change_free(change);
    }
    pthread_mutex_unlock(&lock);
}

void weir_lossy_crash(void)
{
    if (!weir_lossy_on())
        return;
    pthread_mutex_lock(&lock); /* never unlocked: other threads must not write any more */
    for (struct lossy_file *file = files; file; file = file->next)
        if (ftruncate(file->fd, file->synced) != 0)
            perror("weir: lossy file system");
    for (struct lossy_change *change = changes; change; change = change->next) {
        if (change->created)
            unlink(change->created);
        if (change->kept && rename(change->kept, change->lost) != 0)
            perror("weir: lossy file system");
    }
}
