/* The surroundings: clock, random numbers, durable files, and the named steps at which tests crash
 * the process.
 *
 * All durable writes of weir's own (checkpoints, log segments, part files, commit logs) go through
 * weir_file_* and weir_dir_* here, so that tests can put a lossy file system under them: with
 * WEIR_TEST_LOSSY=1 a crash at a named step first drops every write, and every directory entry
 * (create, link, rename, unlink), that was not fsynced. */
#ifndef WEIR_BASE_ENV_H
#define WEIR_BASE_ENV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/slice.h"

int64_t weir_clock_wall_us(void); /* microseconds since 1970-01-01 UTC; WEIR_TEST_NOW fixes it */
int64_t weir_clock_monotonic_us(void); /* for intervals; never fixed */
uint64_t weir_random_u64(void);        /* from the kernel; WEIR_TEST_SEED fixes it */

/* A named place in the epoch protocol (the list: weir_env_steps). WEIR_TEST_CRASH=NAME:K ends the
 * process with status 137, without any cleanup, the K-th time NAME is passed. Costs one load where
 * the variable is unset. */
void weir_env_step(const char *name);
extern const char *const weir_env_steps[]; /* NULL-terminated */

struct weir_file {
    int fd;       /* -1: not open */
    int64_t size; /* bytes written so far (append position) */
    char *path;   /* owned */
};

enum weir_file_mode {
    WEIR_FILE_CREATE_NEW, /* fails with WEIR_IO, EEXIST when it is there */
    WEIR_FILE_TRUNCATE,   /* empty, created when missing */
    WEIR_FILE_APPEND,     /* at its present end, created when missing */
};

enum weir_code weir_file_open(struct weir_file *file, const char *path, enum weir_file_mode mode,
                              struct weir_error *err) WEIR_MUST_CHECK;
/* Appends all bytes or fails (then how many are there is unknown: truncate or throw the file away).
 */
enum weir_code weir_file_append(struct weir_file *file, struct weir_slice bytes,
                                struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_file_truncate(struct weir_file *file, int64_t size,
                                  struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_file_sync(struct weir_file *file,
                              struct weir_error *err) WEIR_MUST_CHECK; /* fdatasync */
void weir_file_close(struct weir_file *file); /* without sync; idempotent */

/* The whole file as a fresh malloc'd run (NUL behind it); WEIR_IO with ENOENT when missing,
 * WEIR_NOMEM past bytes_max. */
enum weir_code weir_file_read_all(const char *path, size_t bytes_max, char **ret, size_t *ret_len,
                                  struct weir_error *err) WEIR_MUST_CHECK;

enum weir_code weir_dir_make(const char *path,
                             struct weir_error *err) WEIR_MUST_CHECK; /* with parents, synced */
enum weir_code weir_dir_sync(const char *path, struct weir_error *err) WEIR_MUST_CHECK;
/* link(2): from -> to, never replaces: WEIR_IO with sys_errno EEXIST. Not durable before
 * weir_dir_sync. */
enum weir_code weir_dir_link(const char *from, const char *to,
                             struct weir_error *err) WEIR_MUST_CHECK;
enum weir_code weir_dir_rename(const char *from, const char *to,
                               struct weir_error *err) WEIR_MUST_CHECK; /* replaces */
enum weir_code weir_dir_unlink(const char *path,
                               struct weir_error *err) WEIR_MUST_CHECK; /* missing is no error */
/* Deletes a directory with all it holds; missing is no error. */
enum weir_code weir_dir_remove_tree(const char *path, struct weir_error *err) WEIR_MUST_CHECK;

/* Puts `bytes` at `path` durably and only if nothing is there: temporary name, fsync, link, fsync
 * of the directory. WEIR_FENCED when the name is taken. */
enum weir_code weir_file_put_if_absent(const char *path, struct weir_slice bytes,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* An exclusive flock on `path` (created when missing) for as long as *ret_fd is open; WEIR_FENCED
 * when another process holds it. */
enum weir_code weir_lock_take(const char *path, int *ret_fd,
                              struct weir_error *err) WEIR_MUST_CHECK;

#endif
