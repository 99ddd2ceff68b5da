/* Clock, random numbers, and the named steps at which tests end the process. */
#include "base/env.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/lossy.h"

const char *const weir_env_steps[] = {
    "process",             /* the first rows of an epoch have been written */
    "cut",                 /* the epoch is cut, its buffers go to the commit thread */
    "prepare",             /* every sink has prepared it, no record yet */
    "checkpoint-link",     /* the record is written aside, not yet in place */
    "prepared",            /* the record is durable */
    "commit-log-append",   /* a block is appended, not synced */
    "commit-log-sync",     /* it is synced */
    "commit-log-done",     /* the log sink holds the number */
    "commit-sqlite-begin", /* the transaction is open */
    "commit-sqlite-rows",  /* rows are in, the number is not */
    "commit-sqlite-done",  /* committed */
    "commit-file-part",    /* the part is in place, not in the commit log */
    "commit-file-log",     /* the commit log's entry is put */
    "commit-file-done",    /* orphans are gone too */
    "commit-stdout",       /* rows are written to stdout, its number is not noted */
    "committed",           /* all sinks that wanted to have committed */
    "done",                /* old records are deleted */
    NULL,
};

/* The parsed WEIR_TEST_CRASH; name NULL: unset. */
static struct {
    const char *name;
    atomic_long left;
} crash;

static pthread_once_t crash_once = PTHREAD_ONCE_INIT;

static void crash_parse(void)
{
    static char name[64];
    const char *text = getenv("WEIR_TEST_CRASH");
    if (!text)
        return;
    size_t len = strcspn(text, ":");
    if (len >= sizeof name)
        return;
    memcpy(name, text, len);
    atomic_store(&crash.left, text[len] ? strtol(text + len + 1, NULL, 10) : 1);
    for (const char *const *step = weir_env_steps; *step; step++)
        if (strcmp(*step, name) == 0)
            crash.name = name;
    if (!crash.name)
        fprintf(stderr, "weir: warning: WEIR_TEST_CRASH: there is no step \"%s\"\n", name);
}

void weir_env_step(const char *name)
{
    pthread_once(&crash_once, crash_parse);
    if (!crash.name || strcmp(name, crash.name) != 0 || atomic_fetch_sub(&crash.left, 1) != 1)
        return;
    weir_lossy_crash();
    _exit(137);
}

static pthread_once_t wall_once = PTHREAD_ONCE_INIT;
static int64_t wall_fixed_us = INT64_MIN;

static void wall_parse(void)
{
    const char *text = getenv("WEIR_TEST_NOW");
    struct tm tm = {0};
    if (!text)
        return;
    const char *rest = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);
    if (!rest) {
        fprintf(stderr, "weir: warning: WEIR_TEST_NOW: expected 'YYYY-MM-DD HH:MM:SS', UTC\n");
        return;
    }
    wall_fixed_us = (int64_t)timegm(&tm) * 1000000;
}

static int64_t clock_us(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t weir_clock_wall_us(void)
{
    pthread_once(&wall_once, wall_parse);
    return wall_fixed_us != INT64_MIN ? wall_fixed_us : clock_us(CLOCK_REALTIME);
}

int64_t weir_clock_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

uint64_t weir_random_u64(void)
{
    static _Atomic uint64_t counter;
    const char *seed = getenv("WEIR_TEST_SEED");
    uint64_t value;
    if (seed)
        return (strtoull(seed, NULL, 10) + atomic_fetch_add(&counter, 1)) * 0x9e3779b97f4a7c15u;
    if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value)
        value = (uint64_t)clock_us(CLOCK_REALTIME) * 0x9e3779b97f4a7c15u ^ (uint64_t)getpid();
    return value;
}
