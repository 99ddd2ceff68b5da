/* The epoch protocol over the real checkpoint directory and sinks in memory. A "crash" is
 * weir_epochs_close without a flush: what the sinks hold stays, everything else is gone. */
#include "commit/epoch.h"

#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/env.h"
#include "base/syncs_for_test.h"
#include "commit/directory_store.h"

#define SINKS 2

/* What outlives a crash. */
struct weir_sink {
    uint64_t number;    /* inside the sink */
    char visible[4096]; /* rows in the order in which they became visible */
    /* the process's side */
    char aside[4096];
    uint64_t prepared_number, known;
    bool coarse, refuses_commit;
    void (*at_fence)(void); /* what a process does before it is shut out */
    const char *store_dir;
    int commits_count;
    bool commit_came_before_record;
};

static char dir[64];
static struct weir_sink sinks[SINKS];
static weir_counter committed[SINKS], prepared_counter, committed_counter;

static enum weir_code fence(struct weir_sink *sink, struct weir_error *err)
{
    (void)err;
    sink->aside[0] = 0;
    if (sink->at_fence)
        sink->at_fence();
    return WEIR_OK;
}

static enum weir_code read_number(struct weir_sink *sink, uint64_t *ret, struct weir_error *err)
{
    (void)err;
    *ret = sink->known = sink->number;
    return WEIR_OK;
}

static enum weir_code prepare(struct weir_sink *sink, uint64_t number, int64_t now_us,
                              const struct weir_sink_chunk *chunks, uint32_t count,
                              struct weir_error *err)
{
    (void)err, (void)now_us;
    for (uint32_t i = 0; i < count; i++)
        strncat(sink->aside, chunks[i].bytes.ptr, chunks[i].bytes.len);
    sink->prepared_number = number;
    return WEIR_OK;
}

static enum weir_code commit(struct weir_sink *sink, uint64_t number, bool force, uint64_t *ret,
                             struct weir_error *err)
{
    char path[PATH_MAX];
    *ret = sink->number;
    if (sink->coarse && !force)
        return WEIR_OK;
    if (sink->refuses_commit)
        return weir_fail(err, WEIR_RETRY, "the server is away");
    if (sink->number != sink->known)
        return weir_fail(err, WEIR_FENCED, "the number has moved");
    snprintf(path, sizeof path, "%s/p/%020" PRIu64 ".epoch", dir, number);
    sink->commit_came_before_record |= access(path, F_OK) != 0;
    size_t at = strlen(sink->visible);
    snprintf(sink->visible + at, sizeof sink->visible - at, "%s", sink->aside);
    sink->aside[0] = 0;
    sink->number = sink->known = *ret = number;
    sink->commits_count++;
    return WEIR_OK;
}

static void abort_open(struct weir_sink *sink)
{
    sink->aside[0] = 0;
}

static const struct weir_sink_ops sink_ops = {.fence = fence,
                                              .read_number = read_number,
                                              .prepare = prepare,
                                              .commit = commit,
                                              .abort = abort_open};

/* Such a sink cannot hold its number: the store notes it. */
static const struct weir_sink_ops noted_ops = {
    .fence = fence, .prepare = prepare, .commit = commit, .abort = abort_open};

/* One process. */
struct process {
    struct weir_checkpoint *store;
    struct weir_epochs *epochs;
    struct weir_epochs_recovery recovery;
    struct weir_epochs_sink sinks[SINKS];
    struct weir_epoch_chunk chunks[SINKS];
    int wake_fd;
    struct weir_error err;
};

static const struct weir_sink_ops *first_ops;
static const char *second_name;
static bool at_least_once;

static enum weir_code start(struct process *process, uint64_t plan_hash)
{
    *process = (struct process){.wake_fd = eventfd(0, EFD_NONBLOCK)};
    assert_int_equal(weir_directory_store.open(dir, "p", &process->store, &process->err), WEIR_OK);
    for (uint32_t i = 0; i < SINKS; i++) {
        process->sinks[i] = (struct weir_epochs_sink){i ? &sink_ops : first_ops, &sinks[i],
                                                      i ? second_name : "first", &committed[i]};
        process->chunks[i] = (struct weir_epoch_chunk){.sink = i};
    }
    const struct weir_epochs_config config = {.store_ops = &weir_directory_store,
                                              .store = process->store,
                                              .sinks = process->sinks,
                                              .sinks_count = SINKS,
                                              .plan_hash = plan_hash,
                                              .exactly_once = !at_least_once,
                                              .epoch_ms = 100,
                                              .chunks = process->chunks,
                                              .chunks_count = SINKS,
                                              .chunk_bytes_max = 1 << 20,
                                              .wake_fd = process->wake_fd,
                                              .epoch_prepared = &prepared_counter,
                                              .epoch_committed = &committed_counter};
    return weir_epochs_open(&config, &process->epochs, &process->recovery, &process->err);
}

static void stop(struct process *process)
{
    weir_epochs_close(process->epochs);
    weir_directory_store.close(process->store);
    close(process->wake_fd);
}

/* One epoch that moves from..to and gives `first` and `second` (NULL: no rows) to the sinks. replay
 * 0: a new one. */
static enum weir_code epoch(struct process *process, const char *from, const char *to,
                            const char *first, const char *second, uint64_t replay)
{
    struct weir_epoch *epoch;
    struct weir_error *err = &process->err;
    const char *rows[SINKS] = {first, second};
    WEIR_TRY(weir_epochs_begin(process->epochs, &epoch, err));
    epoch->positions = WEIR_NEW(&epoch->arena, struct weir_checkpoint_position);
    epoch->positions[0] = (struct weir_checkpoint_position){
        "in", "0", weir_arena_copy(&epoch->arena, weir_slice_of(from)),
        weir_arena_copy(&epoch->arena, weir_slice_of(to))};
    epoch->positions_count = 1;
    for (uint32_t i = 0; i < SINKS; i++) {
        if (!rows[i])
            continue;
        WEIR_TRY(weir_buffer_append(&epoch->chunks[i].bytes, weir_slice_of(rows[i]), err));
        epoch->chunks[i].rows_count = 1;
    }
    epoch->replayed = replay != 0;
    epoch->number = replay;
    return weir_epochs_submit(process->epochs, epoch, err);
}

/* Crashes when `count` epochs of rows are in the first sink, and the second lacks them all. */
static void crash_with_open_epochs(int count)
{
    struct process process;
    sinks[1].coarse = true;
    assert_int_equal(start(&process, 1), WEIR_OK);
    for (int i = 0; i < count; i++)
        assert_int_equal(epoch(&process, "0", "1", "a", "A", 0), WEIR_OK);
    while (!weir_epochs_idle(process.epochs))
        usleep(1000);
    stop(&process);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/weir-epoch-test-XXXXXX");
    memset(sinks, 0, sizeof sinks);
    memset(committed, 0, sizeof committed);
    first_ops = &sink_ops;
    second_name = "second";
    at_least_once = false;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct weir_error err;
    (void)state;
    return weir_dir_remove_tree(dir, &err) == WEIR_OK ? 0 : -1;
}

static void epochs_flushed_are_visible_in_order(void **state)
{
    struct process process;
    (void)state;
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_null(process.recovery.newest);
    assert_int_equal(epoch(&process, "0", "1", "a", "A", 0), WEIR_OK);
    assert_int_equal(epoch(&process, "1", "2", "b", NULL, 0), WEIR_OK);
    assert_int_equal(epoch(&process, "2", "3", "c", "C", 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    assert_string_equal(sinks[0].visible, "abc");
    assert_string_equal(sinks[1].visible, "AC");
    assert_int_equal(sinks[0].number, 3);
    assert_int_equal(sinks[1].number, 3);
    assert_int_equal(weir_counter_get(&committed[0]), 3);
    assert_int_equal(weir_counter_get(&committed[1]), 2);
    assert_false(sinks[0].commit_came_before_record);
    stop(&process);
}

static void restart_goes_on_from_the_newest_record(void **state)
{
    struct process process;
    (void)state;
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(epoch(&process, "0", "1", "a", "A", 0), WEIR_OK);
    assert_int_equal(epoch(&process, "1", "2", "b", "B", 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    stop(&process);
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(process.recovery.replay_count, 0);
    assert_non_null(process.recovery.newest); /* all sinks hold it, and still it is there */
    assert_int_equal(process.recovery.newest->number, 2);
    assert_string_equal(process.recovery.newest->positions[0].to, "2");
    assert_int_equal(epoch(&process, "2", "3", "c", "C", 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    assert_int_equal(sinks[0].number, 3);
    stop(&process);
}

static void restart_replays_every_open_epoch_to_just_the_sinks_that_lack_it(void **state)
{
    struct process process;
    (void)state;
    sinks[1].coarse = true; /* holds its epochs back */
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(epoch(&process, "0", "1", "a", "A", 0), WEIR_OK);
    assert_int_equal(epoch(&process, "1", "2", "b", "B", 0), WEIR_OK);
    while (!weir_epochs_idle(process.epochs))
        usleep(1000);
    stop(&process); /* the crash */
    assert_string_equal(sinks[0].visible, "ab");
    assert_string_equal(sinks[1].visible, "");
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(process.recovery.replay_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct weir_checkpoint_record *record = &process.recovery.replay[i];
        assert_int_equal(epoch(&process, record->positions[0].from, record->positions[0].to,
                               i ? "b" : "a", i ? "B" : "A", record->number),
                         WEIR_OK);
    }
    assert_int_equal(epoch(&process, "2", "3", "c", "C", 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    assert_string_equal(sinks[0].visible, "abc");
    assert_string_equal(sinks[1].visible, "ABC");
    stop(&process);
}

static void replay_commits_each_epoch_before_the_next(void **state)
{
    struct process process;
    (void)state;
    sinks[1].coarse = true;
    assert_int_equal(start(&process, 1), WEIR_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(epoch(&process, "0", "1", i == 1 ? "b" : NULL, "B", 0), WEIR_OK);
    while (!weir_epochs_idle(process.epochs))
        usleep(1000);
    stop(&process);          /* the crash; the second sink lacks all three */
    sinks[1].coarse = false; /* now it commits whenever it may: nothing past the record at hand */
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(process.recovery.replay_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(
            epoch(&process, "0", "1", i == 1 ? "b" : NULL, "B", process.recovery.replay[i].number),
            WEIR_OK);
        for (int ms = 0; ms < 5000 && weir_counter_get(&committed[1]) <= i; ms++)
            usleep(1000);
        assert_int_equal(weir_counter_get(&committed[1]), i + 1);
    }
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    assert_string_equal(sinks[0].visible, "b");
    assert_string_equal(sinks[1].visible, "BBB");
    stop(&process);
}

static void epochs_without_rows_move_the_number(void **state)
{
    struct process process;
    char from[16], to[16];
    (void)state;
    assert_int_equal(start(&process, 1), WEIR_OK);
    for (int i = 0; i < 100; i++) {
        snprintf(from, sizeof from, "%d", i);
        snprintf(to, sizeof to, "%d", i + 1);
        assert_int_equal(epoch(&process, from, to, "a", NULL, 0), WEIR_OK);
    }
    while (!weir_epochs_idle(process.epochs))
        usleep(1000);
    stop(&process); /* no flush */
    assert_in_range(sinks[1].number, 64, 100);
    assert_in_range(sinks[1].commits_count, 1, 4); /* and not a commit for each */
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_in_range(process.recovery.replay_count, 0, 36);
    stop(&process);
}

static void sink_ahead_of_the_checkpoint_is_refused(void **state)
{
    struct process process;
    (void)state;
    sinks[1].number = 7;
    assert_int_equal(start(&process, 1), WEIR_BAD_CONFIG);
    assert_non_null(strstr(process.err.text, "second holds epoch 7"));
    assert_non_null(strstr(process.err.hint, "weir reset"));
    weir_directory_store.close(process.store);
    close(process.wake_fd);
}

static void new_sink_starts_behind_the_newest_record(void **state)
{
    struct process process;
    (void)state;
    assert_int_equal(start(&process, 1), WEIR_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(epoch(&process, "0", "1", "a", "A", 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    stop(&process);
    sinks[1] = (struct weir_sink){0}; /* the records that it lacks are gone */
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(process.recovery.replay_count, 0);
    assert_int_equal(epoch(&process, "1", "2", "b", "B", 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    assert_string_equal(sinks[1].visible, "B");
    stop(&process);
}

static void new_sink_after_one_epoch_does_not_lack_it(void **state)
{
    struct process process;
    (void)state;
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(epoch(&process, "0", "1", "a", "A", 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    stop(&process);
    sinks[1] = (struct weir_sink){0};
    second_name = "third";
    assert_int_equal(start(&process, 2), WEIR_OK); /* the plan has changed, and no epoch is open */
    assert_int_equal(process.recovery.replay_count, 0);
    stop(&process);
    sinks[1].coarse = true;                        /* it tells number 0 until its first commit */
    assert_int_equal(start(&process, 2), WEIR_OK); /* though it holds no number yet */
    assert_int_equal(epoch(&process, "1", "2", "b", "B", 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    assert_string_equal(sinks[1].visible, "B");
    stop(&process);
}

static void sink_that_lacks_the_first_epoch_is_not_new(void **state)
{
    struct process process;
    (void)state;
    crash_with_open_epochs(1);
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(process.recovery.replay_count, 1);
    stop(&process);
}

static void missing_record_above_the_least_number_is_refused(void **state)
{
    struct process process;
    char path[PATH_MAX];
    (void)state;
    sinks[1].coarse = true;
    assert_int_equal(start(&process, 1), WEIR_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(epoch(&process, "0", "1", "a", "A", 0), WEIR_OK);
    while (!weir_epochs_idle(process.epochs))
        usleep(1000);
    stop(&process);
    snprintf(path, sizeof path, "%s/p/%020d.epoch", dir, 2);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(start(&process, 1), WEIR_BAD_DATA);
    assert_non_null(strstr(process.err.text, "lacks epoch 2"));
    weir_directory_store.close(process.store);
    close(process.wake_fd);
}

static void changed_plan_is_refused_only_while_epochs_are_open(void **state)
{
    struct process process;
    (void)state;
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(epoch(&process, "0", "1", "a", "A", 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    stop(&process);
    sinks[1].coarse = true;
    assert_int_equal(start(&process, 2), WEIR_OK); /* none is open */
    assert_int_equal(epoch(&process, "1", "2", "b", "B", 0), WEIR_OK);
    while (!weir_epochs_idle(process.epochs))
        usleep(1000);
    stop(&process);
    assert_int_equal(start(&process, 3), WEIR_BAD_CONFIG);
    assert_non_null(strstr(process.err.text, "plan has changed"));
    weir_directory_store.close(process.store);
    close(process.wake_fd);
}

static void checkpoint_of_another_pipeline_is_refused(void **state)
{
    struct process process;
    struct weir_checkpoint *store;
    struct weir_error err;
    (void)state;
    assert_int_equal(weir_directory_store.open(dir, "p", &store, &err), WEIR_OK);
    assert_int_equal(weir_directory_store.note_put(store, "sinks", WEIR_SLICE("0 theirs\n"), &err),
                     WEIR_OK);
    weir_directory_store.close(store);
    assert_int_equal(start(&process, 1), WEIR_BAD_CONFIG);
    assert_non_null(strstr(process.err.text, "another pipeline of the same name"));
    assert_non_null(strstr(process.err.hint, "weir.name"));
    weir_directory_store.close(process.store);
    close(process.wake_fd);
}

static void failing_commit_reaches_the_worker(void **state)
{
    struct process process;
    (void)state;
    sinks[0].refuses_commit = true;
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(epoch(&process, "0", "1", "a", NULL, 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_RETRY);
    assert_string_equal(process.err.text, "first: the server is away");
    stop(&process);
}

static void lost_compare_is_fenced(void **state)
{
    struct process process;
    (void)state;
    assert_int_equal(start(&process, 1), WEIR_OK);
    sinks[0].number = 5; /* somebody else */
    assert_int_equal(epoch(&process, "0", "1", "a", NULL, 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_FENCED);
    stop(&process);
}

static void commit_the_first_epoch(void)
{
    sinks[1].number = 1;
    strcpy(sinks[1].visible, "A");
}

static void number_is_read_after_the_fence(void **state)
{
    struct process process;
    (void)state;
    crash_with_open_epochs(2);
    sinks[1].at_fence = commit_the_first_epoch; /* by the other process, just before */
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(process.recovery.replay_count, 1);
    assert_int_equal(process.recovery.replay[0].number, 2);
    stop(&process);
}

static void rename_record(bool back)
{
    char here[PATH_MAX], aside[PATH_MAX];
    snprintf(here, sizeof here, "%s/p/%020d.epoch", dir, 2);
    snprintf(aside, sizeof aside, "%s/aside", dir);
    assert_int_equal(back ? rename(aside, here) : rename(here, aside), 0);
}

static void put_the_second_record(void)
{
    rename_record(true);
}

static void store_is_read_after_the_fence(void **state)
{
    struct process process;
    (void)state;
    crash_with_open_epochs(2);
    rename_record(false);
    sinks[0].at_fence = put_the_second_record;
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(process.recovery.newest->number, 2);
    stop(&process);
}

static void coarse_sink_is_told_to_commit_before_too_many_are_open(void **state)
{
    struct process process;
    (void)state;
    sinks[1].coarse = true;
    assert_int_equal(start(&process, 1), WEIR_OK);
    for (int i = 0; i < 500; i++)
        assert_int_equal(epoch(&process, "0", "1", NULL, "A", 0), WEIR_OK);
    while (!weir_epochs_idle(process.epochs))
        usleep(1000);
    stop(&process);
    assert_in_range(sinks[1].number, 200, 500);
    assert_in_range(sinks[1].commits_count, 1, 10);
}

static void noted_number_follows_the_commit(void **state)
{
    struct process process;
    (void)state;
    first_ops = &noted_ops;
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(epoch(&process, "0", "1", "a", NULL, 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    sinks[0].refuses_commit = true;
    assert_int_equal(epoch(&process, "1", "2", "b", NULL, 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_RETRY);
    stop(&process);
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(process.recovery.replay_count, 1); /* not the first, which it has */
    sinks[0].refuses_commit = false;
    assert_int_equal(epoch(&process, "1", "2", "b", NULL, process.recovery.replay[0].number),
                     WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_OK);
    assert_string_equal(sinks[0].visible, "ab");
    stop(&process);
}

static void at_least_once_puts_no_record_before_the_rows(void **state)
{
    struct process process;
    (void)state;
    at_least_once = true;
    sinks[0].refuses_commit = true;
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_int_equal(epoch(&process, "0", "1", "a", NULL, 0), WEIR_OK);
    assert_int_equal(weir_epochs_flush(process.epochs, &process.err), WEIR_RETRY);
    stop(&process);
    assert_int_equal(start(&process, 1), WEIR_OK);
    assert_null(process.recovery.newest); /* or the row would never be sent */
    stop(&process);
}

/* ---- the store by itself ---- */

static void store_makes_every_step_durable(void **state)
{
    struct weir_checkpoint *store;
    struct weir_error err;
    struct weir_checkpoint_record record = {.number = 1};
    (void)state;
    assert_int_equal(weir_directory_store.open(dir, "p", &store, &err), WEIR_OK);
    weir_directory_store.close(store);
    test_syncs_forget();
    assert_int_equal(weir_directory_store.open(dir, "p", &store, &err), WEIR_OK);
    assert_string_equal(test_syncs, "d"); /* names that a killed process left behind */
    test_syncs_forget();
    assert_int_equal(weir_directory_store.put(store, &record, &err), WEIR_OK);
    assert_string_equal(test_syncs, "fld"); /* the content, the name, the name for good */
    test_syncs_forget();
    assert_int_equal(weir_directory_store.note_put(store, "n", WEIR_SLICE("one"), &err), WEIR_OK);
    assert_string_equal(test_syncs, "fd");
    test_syncs_forget();
    assert_int_equal(weir_directory_store.snapshot_put(store, "s", WEIR_SLICE("x"), &err), WEIR_OK);
    assert_string_equal(test_syncs, "dfld");
    weir_directory_store.close(store);
}

static void store_keeps_the_snapshots_that_records_name(void **state)
{
    struct weir_checkpoint *store;
    struct weir_error err;
    const struct weir_checkpoint_lookup lookup = {"kept", 0};
    struct weir_checkpoint_record record = {.number = 1, .lookups = &lookup, .lookups_count = 1};
    char *bytes;
    size_t len;
    (void)state;
    assert_int_equal(weir_directory_store.open(dir, "p", &store, &err), WEIR_OK);
    assert_int_equal(weir_directory_store.snapshot_put(store, "kept", WEIR_SLICE("1"), &err),
                     WEIR_OK);
    assert_int_equal(weir_directory_store.put(store, &record, &err), WEIR_OK);
    assert_int_equal(weir_directory_store.snapshot_put(store, "old", WEIR_SLICE("2"), &err),
                     WEIR_OK);
    assert_int_equal(weir_directory_store.snapshot_put(store, "new", WEIR_SLICE("3"), &err),
                     WEIR_OK);
    assert_int_equal(weir_directory_store.snapshot_read(store, "old", &bytes, &len, &err), WEIR_IO);
    assert_int_equal(weir_directory_store.snapshot_read(store, "kept", &bytes, &len, &err),
                     WEIR_OK);
    free(bytes);
    weir_directory_store.close(store);
}

static void store_put_is_once_only(void **state)
{
    struct weir_checkpoint *store, *second;
    struct weir_error err;
    const struct weir_checkpoint_position position = {"a\tb", "0", "line\nbreak", "back\\slash"};
    struct weir_checkpoint_record record = {.number = 2,
                                            .now_us = -5,
                                            .plan_hash = UINT64_MAX,
                                            .positions = &position,
                                            .positions_count = 1};
    (void)state;
    assert_int_equal(weir_directory_store.open(dir, "p", &store, &err), WEIR_OK);
    assert_int_equal(weir_directory_store.open(dir, "p", &second, &err), WEIR_FENCED);
    assert_non_null(strstr(err.text, "already running (pid"));
    assert_int_equal(weir_directory_store.put(store, &record, &err), WEIR_OK);
    assert_int_equal(weir_directory_store.put(store, &record, &err), WEIR_FENCED);
    record.number = 1; /* a hole that deletion left does not count */
    assert_int_equal(weir_directory_store.put(store, &record, &err), WEIR_FENCED);

    struct weir_arena arena;
    struct weir_checkpoint_record *records;
    size_t count;
    weir_arena_init(&arena, 1 << 20);
    assert_int_equal(weir_directory_store.read(store, &arena, &records, &count, &err), WEIR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(records[0].now_us, -5);
    assert_true(records[0].plan_hash == UINT64_MAX);
    assert_string_equal(records[0].positions[0].stream, position.stream);
    assert_string_equal(records[0].positions[0].from, position.from);
    assert_string_equal(records[0].positions[0].to, position.to);
    weir_arena_done(&arena);
    weir_directory_store.close(store);
}

/* What another process put between our look at the directory and our put. */
static void leave_record(uint64_t number)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/p/%020" PRIu64 ".epoch", dir, number);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("theirs", file);
    fclose(file);
}

static void store_put_never_replaces_what_another_put(void **state)
{
    struct weir_checkpoint *store;
    struct weir_error err;
    struct weir_checkpoint_record record = {.number = 3};
    char path[PATH_MAX], *bytes;
    size_t len;
    (void)state;
    assert_int_equal(weir_directory_store.open(dir, "p", &store, &err), WEIR_OK);
    leave_record(3);
    assert_int_equal(weir_directory_store.put(store, &record, &err), WEIR_FENCED);
    snprintf(path, sizeof path, "%s/p/%020d.epoch", dir, 3);
    assert_int_equal(weir_file_read_all(path, 100, &bytes, &len, &err), WEIR_OK);
    assert_string_equal(bytes, "theirs");
    free(bytes);
    weir_directory_store.close(store);
}

static void store_put_below_a_newer_record_starts_over(void **state)
{
    struct weir_checkpoint *store;
    struct weir_error err;
    struct weir_checkpoint_record record = {.number = 1};
    (void)state;
    assert_int_equal(weir_directory_store.open(dir, "p", &store, &err), WEIR_OK);
    leave_record(2); /* theirs; their record 1 is deleted already */
    assert_int_equal(weir_directory_store.put(store, &record, &err), WEIR_FENCED);
    weir_directory_store.close(store);
}

static void store_damaged_record_says_what_to_do(void **state)
{
    struct weir_checkpoint *store;
    struct weir_error err;
    struct weir_arena arena;
    struct weir_checkpoint_record *records, record = {.number = 1};
    size_t count;
    char path[PATH_MAX];
    (void)state;
    assert_int_equal(weir_directory_store.open(dir, "p", &store, &err), WEIR_OK);
    assert_int_equal(weir_directory_store.put(store, &record, &err), WEIR_OK);
    snprintf(path, sizeof path, "%s/p/%020d.epoch", dir, 1);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fseek(file, 24, SEEK_SET);
    fputc('9', file);
    fclose(file);
    weir_arena_init(&arena, 1 << 20);
    assert_int_equal(weir_directory_store.read(store, &arena, &records, &count, &err),
                     WEIR_BAD_DATA);
    assert_non_null(strstr(err.text, "is damaged"));
    assert_non_null(strstr(err.hint, "weir reset"));
    weir_arena_done(&arena);
    weir_directory_store.close(store);
}

static void store_notes_and_snapshots_come_back(void **state)
{
    struct weir_checkpoint *store;
    struct weir_error err;
    char *bytes;
    size_t len;
    (void)state;
    assert_int_equal(weir_directory_store.open(dir, "a/b", &store, &err), WEIR_OK);
    assert_int_equal(weir_directory_store.note_read(store, "n", &bytes, &len, &err), WEIR_OK);
    assert_null(bytes);
    assert_int_equal(weir_directory_store.note_put(store, "n", WEIR_SLICE("one"), &err), WEIR_OK);
    assert_int_equal(weir_directory_store.note_put(store, "n", WEIR_SLICE("two"), &err), WEIR_OK);
    assert_int_equal(weir_directory_store.note_read(store, "n", &bytes, &len, &err), WEIR_OK);
    assert_string_equal(bytes, "two");
    free(bytes);
    assert_int_equal(weir_directory_store.snapshot_put(store, "s", WEIR_SLICE("content"), &err),
                     WEIR_OK);
    assert_int_equal(weir_directory_store.snapshot_put(store, "s", WEIR_SLICE("content"), &err),
                     WEIR_OK);
    assert_int_equal(weir_directory_store.snapshot_read(store, "s", &bytes, &len, &err), WEIR_OK);
    assert_int_equal(len, 7);
    free(bytes);
    assert_int_equal(weir_directory_store.destroy(store, &err), WEIR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(epochs_flushed_are_visible_in_order),
        TEST(restart_goes_on_from_the_newest_record),
        TEST(restart_replays_every_open_epoch_to_just_the_sinks_that_lack_it),
        TEST(replay_commits_each_epoch_before_the_next),
        TEST(epochs_without_rows_move_the_number),
        TEST(sink_ahead_of_the_checkpoint_is_refused),
        TEST(new_sink_starts_behind_the_newest_record),
        TEST(new_sink_after_one_epoch_does_not_lack_it),
        TEST(sink_that_lacks_the_first_epoch_is_not_new),
        TEST(missing_record_above_the_least_number_is_refused),
        TEST(changed_plan_is_refused_only_while_epochs_are_open),
        TEST(checkpoint_of_another_pipeline_is_refused),
        TEST(failing_commit_reaches_the_worker),
        TEST(lost_compare_is_fenced),
        TEST(number_is_read_after_the_fence),
        TEST(store_is_read_after_the_fence),
        TEST(coarse_sink_is_told_to_commit_before_too_many_are_open),
        TEST(noted_number_follows_the_commit),
        TEST(at_least_once_puts_no_record_before_the_rows),
        TEST(store_makes_every_step_durable),
        TEST(store_keeps_the_snapshots_that_records_name),
        TEST(store_put_is_once_only),
        TEST(store_put_never_replaces_what_another_put),
        TEST(store_put_below_a_newer_record_starts_over),
        TEST(store_damaged_record_says_what_to_do),
        TEST(store_notes_and_snapshots_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
