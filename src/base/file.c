/* Durable files and directories: plain system calls with full error texts; every change is told to
 * the lossy file system of the tests when that is on. Partial writes are completed; EINTR is
 * retried. */
#include "base/env.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lossy.h"

enum weir_code weir_file_open(struct weir_file *file, const char *path, enum weir_file_mode mode,
                              struct weir_error *err)
{
    int flags = O_WRONLY | O_CLOEXEC;
    *file = (struct weir_file){.fd = -1};
    bool created = true;
    int fd = open(path, flags | O_CREAT | O_EXCL, 0644);
    if (fd < 0 && errno == EEXIST && mode != WEIR_FILE_CREATE_NEW) {
        created = false;
        fd = open(path, flags | (mode == WEIR_FILE_TRUNCATE ? O_TRUNC : 0));
    }
    if (fd < 0)
        return weir_fail_errno(err, WEIR_IO, "could not %s file \"%s\"",
                               mode == WEIR_FILE_APPEND ? "open" : "create", path);
    int64_t size = lseek(fd, 0, SEEK_END);
    char *copy = strdup(path);
    if (size < 0 || !copy) {
        weir_fail_errno(err, copy ? WEIR_IO : WEIR_NOMEM, "could not open file \"%s\"", path);
        free(copy);
        close(fd);
        return copy ? WEIR_IO : WEIR_NOMEM;
    }
    *file = (struct weir_file){.fd = fd, .size = size, .path = copy};
    if (weir_lossy_on())
        weir_lossy_opened(fd, path, created, size);
    return WEIR_OK;
}

enum weir_code weir_file_append(struct weir_file *file, struct weir_slice bytes,
                                struct weir_error *err)
{
    while (bytes.len) {
        ssize_t n = pwrite(file->fd, bytes.ptr, bytes.len, file->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return weir_fail_errno(err, WEIR_IO, "could not write to file \"%s\"", file->path);
        }
        file->size += n;
        bytes = weir_slice(bytes.ptr + n, bytes.len - (size_t)n);
    }
    return WEIR_OK;
}

enum weir_code weir_file_truncate(struct weir_file *file, int64_t size, struct weir_error *err)
{
    if (ftruncate(file->fd, size) != 0)
        return weir_fail_errno(err, WEIR_IO, "could not truncate file \"%s\"", file->path);
    file->size = size;
    if (weir_lossy_on())
        weir_lossy_shrunk(file->fd, size);
    return WEIR_OK;
}

enum weir_code weir_file_sync(struct weir_file *file, struct weir_error *err)
{
    if (fdatasync(file->fd) != 0)
        return weir_fail_errno(err, WEIR_IO, "could not fsync file \"%s\"", file->path);
    if (weir_lossy_on())
        weir_lossy_synced(file->fd, file->size);
    return WEIR_OK;
}

void weir_file_close(struct weir_file *file)
{
    if (file->path && file->fd >= 0)
        close(file->fd);
    free(file->path);
    *file = (struct weir_file){.fd = -1};
}

enum weir_code weir_file_read_all(const char *path, size_t bytes_max, char **ret, size_t *ret_len,
                                  struct weir_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        weir_fail_errno(err, WEIR_IO, "could not open file \"%s\" for reading", path);
        if (fd >= 0)
            close(fd);
        return WEIR_IO;
    }
    size_t size = st.st_size > 0 ? (size_t)st.st_size : 0, len = 0, capacity = size + 1;
    enum weir_code code = size > bytes_max ? WEIR_NOMEM : WEIR_OK;
    char *bytes = code == WEIR_OK ? malloc(capacity + WEIR_PAD_BYTES) : NULL;
    while (
        bytes &&
        code ==
            WEIR_OK) { /* one more read than needed: files of /proc and growing ones have no size */
        ssize_t n = read(fd, bytes + len, capacity - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            code =
                n < 0 ? weir_fail_errno(err, WEIR_IO, "could not read file \"%s\"", path) : WEIR_OK;
            break;
        }
        len += (size_t)n;
        if (len == capacity) {
            char *more = capacity * 2 > bytes_max + 1 && len > bytes_max
                             ? NULL
                             : realloc(bytes, capacity * 2 + WEIR_PAD_BYTES);
            code = more ? WEIR_OK : WEIR_NOMEM;
            bytes = more ? more : bytes;
            capacity *= 2;
        }
    }
    close(fd);
    if (!bytes || code == WEIR_NOMEM)
        code = weir_fail(err, WEIR_NOMEM, "file \"%s\" is too large to be read into memory", path);
    if (code != WEIR_OK) {
        free(bytes);
        return code;
    }
    memset(bytes + len, 0, WEIR_PAD_BYTES);
    *ret = bytes;
    *ret_len = len;
    return WEIR_OK;
}

/* The directory part of a path, into `to` of PATH_MAX bytes. */
static void parent_of(const char *path, char *to)
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    snprintf(to, PATH_MAX, "%s", dirname(copy));
}

enum weir_code weir_dir_sync(const char *path, struct weir_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) {
        weir_fail_errno(err, WEIR_IO, "could not fsync directory \"%s\"", path);
        if (fd >= 0)
            close(fd);
        return WEIR_IO;
    }
    close(fd);
    if (weir_lossy_on())
        weir_lossy_dir_synced(path);
    return WEIR_OK;
}

enum weir_code weir_dir_make(const char *path, struct weir_error *err)
{
    char parent[PATH_MAX];
    struct stat st;
    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode)
                   ? WEIR_OK
                   : weir_fail(err, WEIR_IO,
                               "could not create directory \"%s\": a file is in its place", path);
    parent_of(path, parent);
    if (strcmp(parent, path) != 0)
        WEIR_TRY(weir_dir_make(parent, err));
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return weir_fail_errno(err, WEIR_IO, "could not create directory \"%s\"", path);
    return weir_dir_sync(parent, err);
}

enum weir_code weir_dir_link(const char *from, const char *to, struct weir_error *err)
{
    if (link(from, to) != 0)
        return weir_fail_errno(err, WEIR_IO, "could not link file \"%s\" to \"%s\"", from, to);
    if (weir_lossy_on())
        weir_lossy_linked(to);
    return WEIR_OK;
}

enum weir_code weir_dir_rename(const char *from, const char *to, struct weir_error *err)
{
    if (weir_lossy_on())
        weir_lossy_before_rename(from, to);
    if (rename(from, to) != 0)
        return weir_fail_errno(err, WEIR_IO, "could not rename file \"%s\" to \"%s\"", from, to);
    return WEIR_OK;
}

enum weir_code weir_dir_unlink(const char *path, struct weir_error *err)
{
    if (weir_lossy_on())
        weir_lossy_before_unlink(path);
    if (unlink(path) != 0 && errno != ENOENT)
        return weir_fail_errno(err, WEIR_IO, "could not delete file \"%s\"", path);
    return WEIR_OK;
}

enum weir_code weir_dir_remove_tree(const char *path, struct weir_error *err)
{
    DIR *dir = opendir(path);
    enum weir_code code = WEIR_OK;
    if (!dir)
        return errno == ENOENT
                   ? WEIR_OK
                   : weir_fail_errno(err, WEIR_IO, "could not open directory \"%s\"", path);
    for (struct dirent *entry; code == WEIR_OK && (entry = readdir(dir));) {
        char child[PATH_MAX];
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (snprintf(child, sizeof child, "%s/%s", path, entry->d_name) >= (int)sizeof child)
            code = weir_fail(err, WEIR_IO, "path \"%s/%s\" is too long", path, entry->d_name);
        else if (lstat(child, &st) == 0 && S_ISDIR(st.st_mode))
            code = weir_dir_remove_tree(child, err);
        else if (unlink(child) != 0 && errno != ENOENT)
            code = weir_fail_errno(err, WEIR_IO, "could not delete file \"%s\"", child);
    }
    closedir(dir);
    if (code == WEIR_OK && rmdir(path) != 0 && errno != ENOENT)
        code = weir_fail_errno(err, WEIR_IO, "could not delete directory \"%s\"", path);
    return code;
}

enum weir_code weir_file_put_if_absent(const char *path, struct weir_slice bytes,
                                       struct weir_error *err)
{
    char parent[PATH_MAX], aside[PATH_MAX];
    struct weir_file file;
    parent_of(path, parent);
    if (snprintf(aside, sizeof aside, "%s/.%llx.tmp", parent,
                 (unsigned long long)weir_random_u64()) >= (int)sizeof aside)
        return weir_fail(err, WEIR_IO, "path \"%s\" is too long", path);
    WEIR_TRY(weir_file_open(&file, aside, WEIR_FILE_CREATE_NEW, err));
    enum weir_code code = weir_file_append(&file, bytes, err);
    if (code == WEIR_OK)
        code = weir_file_sync(&file, err);
    weir_file_close(&file);
    if (code == WEIR_OK) {
        weir_env_step("checkpoint-link");
        code = weir_dir_link(aside, path, err);
        if (code != WEIR_OK && err && err->sys_errno == EEXIST)
            code = err->code = WEIR_FENCED;
    }
    struct weir_error ignored;
    WEIR_IGNORE(weir_dir_unlink(aside, &ignored), "a left-over temporary file does no harm");
    return code == WEIR_OK ? weir_dir_sync(parent, err) : code;
}

enum weir_code weir_lock_take(const char *path, int *ret_fd, struct weir_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return weir_fail_errno(err, WEIR_IO, "could not open lock file \"%s\"", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        char owner[32] = "";
        ssize_t n = errno == EWOULDBLOCK ? pread(fd, owner, sizeof owner - 1, 0) : -1;
        if (n < 0)
            weir_fail_errno(err, WEIR_IO, "could not lock file \"%s\"", path);
        else
            weir_fail(err, WEIR_FENCED, "\"%s\" is held by another process (pid %.*s)", path,
                      (int)strcspn(owner, "\n"), n ? owner : "unknown");
        close(fd);
        return n < 0 ? WEIR_IO : WEIR_FENCED;
    }
    char pid[32];
    int len = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)len, 0) != len) {
        weir_fail_errno(err, WEIR_IO, "could not write to lock file \"%s\"", path);
        close(fd);
        return WEIR_IO;
    }
    *ret_fd = fd;
    return WEIR_OK;
}
