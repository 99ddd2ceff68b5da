/* For tests of durability: what the program does to the disk, in its order, as letters. 'f' a file
 * is synced, 'd' a directory is synced, 'l' a name is linked. The test's own program defines these
 * system calls, so that they are noted also when a shared library makes them. */
#ifndef WEIR_BASE_SYNCS_FOR_TEST_H
#define WEIR_BASE_SYNCS_FOR_TEST_H

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char test_syncs[1024];
static pthread_mutex_t test_syncs_lock = PTHREAD_MUTEX_INITIALIZER;

static inline void test_syncs_note(char letter)
{
    pthread_mutex_lock(&test_syncs_lock);
    size_t len = strlen(test_syncs);
    if (len + 1 < sizeof test_syncs)
        test_syncs[len] = letter;
    pthread_mutex_unlock(&test_syncs_lock);
}

static inline void test_syncs_forget(void)
{
    pthread_mutex_lock(&test_syncs_lock);
    memset(test_syncs, 0, sizeof test_syncs);
    pthread_mutex_unlock(&test_syncs_lock);
}

#pragma GCC visibility push(default) /* shared libraries find them too */

int fdatasync(int fd)
{
    test_syncs_note('f');
    return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    struct stat st;
    test_syncs_note(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'd' : 'f');
    return (int)syscall(SYS_fsync, fd);
}

int link(const char *from, const char *to)
{
    test_syncs_note('l');
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

#pragma GCC visibility pop

#endif
