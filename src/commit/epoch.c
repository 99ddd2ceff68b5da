/* The epoch protocol: how every record reaches every sink exactly once.
 *
 * The worker fills epoch N+1 while the commit thread takes N through
 *
 *     filling -> queued -> prepare (each sink) -> record put -> commit (each sink) -> old records
 * removed worker | commit thread                      ^ the epoch's buffers are free from here on
 *
 * Terms. A sink's *known* number is the last one that this process has seen visible in it. An epoch
 * is *open* while some sink's known number is below it.
 *
 * Invariants (each is a rule of the protocol's model; breaking one loses or doubles records):
 *  1. Nothing becomes visible in any sink before the epoch's record is durable: N has one content,
 * whoever replays it.
 *  2. Numbers are given without a gap: next = newest record + 1.
 *  3. Restart reads in this order: store fenced (opened), each sink fenced, then its number, then
 * the store (F19, F24).
 *  4. Every record above the least number is replayed, in order, to just the sinks that lack it
 * (F2).
 *  5. An epoch without rows for a sink moves its number as well: with its next commit, or when
 * LAG_EPOCHS_MAX have gathered (F5).
 *  6. Records are removed up to the least known number, never the newest (F3; the store keeps the
 * newest).
 *  7. A sink ahead of the store, or a record missing above the least number, stops the start:
 * nothing is guessed.
 *  8. A sink is told to commit only up to what it has been given in this process: while records
 *     are replayed that is the record at hand, not the newest one.
 *  9. At most epochs_open_max epochs are open: then coarse sinks are told to commit now.
 * 10. A sink that is new to the pipeline begins behind the newest record; the note "sinks" says which
 *     that was. */
#include "commit/epoch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"

#define LAG_EPOCHS_MAX        32
#define EPOCH_ARENA_BYTES_MAX ((size_t)64 << 20)
#define RECOVERY_BYTES_MAX    ((size_t)256 << 20)
#define COARSE_INTERVAL_MS    10000 /* the longest usual commit interval, for the bound of rule 8 */

enum epoch_state { EPOCH_FREE, EPOCH_FILLING, EPOCH_QUEUED, EPOCH_PREPARING };

struct slot {
    struct weir_epoch epoch;
    enum epoch_state state;
};

/* Rows of one open epoch, until they become visible. */
struct open_rows {
    uint64_t number, rows_count;
};

struct sink_state {
    uint64_t known;
    uint64_t start;         /* the newest record when it came to this pipeline */
    bool is_noted;          /* .. as the note "sinks" says */
    bool has_open_rows;     /* prepared rows that are not visible yet */
    struct open_rows *open; /* ring of epochs_open_max + 2 */
    uint32_t open_first, open_count;
};

struct weir_epochs {
    struct weir_epochs_config config;
    struct slot slots[2];
    struct sink_state *sinks;
    struct weir_arena arena; /* recovery records */
    uint32_t epochs_open_max;
    uint64_t next;     /* number of the next epoch; worker */
    uint64_t prepared; /* sinks have been given every epoch up to here, and it is durable */
    uint64_t removed;  /* records up to here are gone */
    struct weir_sink_chunk *gathered; /* chunks of one sink; commit thread */

    pthread_t thread;
    bool thread_started;
    pthread_mutex_t lock;       /* slots' states, flags below, failure */
    pthread_mutex_t store_lock; /* the store: snapshots come from the worker */
    pthread_cond_t work, done;  /* for the commit thread; for the worker */
    bool stopping, flush_wanted;
    bool failed;
    struct weir_error failure;
};

static void wake_worker(struct weir_epochs *epochs)
{
    uint64_t one = 1;
    ssize_t written = write(epochs->config.wake_fd, &one, sizeof one);
    (void)written; /* the counter is full: it is readable already */
}

/* ---- numbers ---- */

static uint64_t least_known(const struct weir_epochs *epochs)
{
    uint64_t least = epochs->prepared;
    for (uint32_t i = 0; i < epochs->config.sinks_count; i++)
        if (epochs->sinks[i].known < least)
            least = epochs->sinks[i].known;
    return least;
}

static bool number_in_sink(const struct weir_epochs_sink *sink)
{
    return sink->ops->read_number != NULL;
}

/* The note "numbers": a line "NUMBER SINK" for each sink that cannot hold its number itself. */
static enum weir_code write_numbers(struct weir_epochs *epochs, struct weir_error *err)
{
    struct weir_buffer text;
    weir_buffer_init(&text, 1 << 20);
    enum weir_code code = WEIR_OK;
    for (uint32_t i = 0; code == WEIR_OK && i < epochs->config.sinks_count; i++)
        if (!number_in_sink(&epochs->config.sinks[i]))
            code = weir_buffer_printf(&text, err, "%" PRIu64 " %s\n", epochs->sinks[i].known,
                                      epochs->config.sinks[i].name);
    pthread_mutex_lock(&epochs->store_lock);
    if (code == WEIR_OK)
        code = epochs->config.store_ops->note_put(epochs->config.store, "numbers",
                                                  weir_buffer_slice(&text), err);
    pthread_mutex_unlock(&epochs->store_lock);
    weir_buffer_done(&text);
    return code;
}

static enum weir_code read_numbers(struct weir_epochs *epochs, struct weir_error *err)
{
    char *text = NULL;
    size_t len;
    WEIR_TRY(
        epochs->config.store_ops->note_read(epochs->config.store, "numbers", &text, &len, err));
    char *rest = text;
    for (char *line; text && (line = strsep(&rest, "\n"));) {
        char *name;
        uint64_t number = strtoull(line, &name, 10);
        for (uint32_t i = 0; *name && i < epochs->config.sinks_count; i++)
            if (!number_in_sink(&epochs->config.sinks[i]) &&
                strcmp(epochs->config.sinks[i].name, name + 1) == 0)
                epochs->sinks[i].known = number;
    }
    free(text);
    return WEIR_OK;
}

/* The note "sinks": a line "NUMBER SINK" for each sink, with the newest record when the pipeline got
 * it. It tells a sink that is new from one that lacks the records that are there. */
static enum weir_code write_starts(struct weir_epochs *epochs, struct weir_error *err)
{
    struct weir_buffer text;
    weir_buffer_init(&text, 1 << 20);
    enum weir_code code = WEIR_OK;
    for (uint32_t i = 0; code == WEIR_OK && i < epochs->config.sinks_count; i++)
        code = weir_buffer_printf(&text, err, "%" PRIu64 " %s\n", epochs->sinks[i].start,
                                  epochs->config.sinks[i].name);
    if (code == WEIR_OK)
        code = epochs->config.store_ops->note_put(epochs->config.store, "sinks",
                                                  weir_buffer_slice(&text), err);
    weir_buffer_done(&text);
    return code;
}

static enum weir_code read_starts(struct weir_epochs *epochs, bool *ret_exists,
                                  struct weir_error *err)
{
    char *text = NULL;
    size_t len;
    uint32_t lines_count = 0, ours_count = 0;
    WEIR_TRY(epochs->config.store_ops->note_read(epochs->config.store, "sinks", &text, &len, err));
    *ret_exists = text != NULL;
    char *rest = text;
    for (char *line; text && (line = strsep(&rest, "\n"));) {
        char *name;
        uint64_t number = strtoull(line, &name, 10);
        lines_count += *name != 0;
        for (uint32_t i = 0; *name && i < epochs->config.sinks_count; i++)
            if (strcmp(epochs->config.sinks[i].name, name + 1) == 0) {
                epochs->sinks[i].start = number;
                epochs->sinks[i].is_noted = true;
                ours_count++;
            }
    }
    free(text);
    if (!lines_count || ours_count || !epochs->config.sinks_count)
        return WEIR_OK;
    weir_fail(err, WEIR_BAD_CONFIG,
              "the checkpoint belongs to another pipeline of the same name: none of its tables is "
              "written by these files");
    return weir_hint(err, "give one of the two a name of its own: SET weir.name = '..'");
}

/* ---- prepare ---- */

static enum weir_code prepare_sinks(struct weir_epochs *epochs, struct weir_epoch *epoch,
                                    struct weir_error *err)
{
    for (uint32_t i = 0; i < epochs->config.sinks_count; i++) {
        const struct weir_epochs_sink *sink = &epochs->config.sinks[i];
        struct sink_state *state = &epochs->sinks[i];
        uint32_t count = 0;
        uint64_t rows = 0;
        if (epoch->number <= state->known)
            continue; /* a replay of what this sink holds */
        for (uint32_t k = 0; k < epoch->chunks_count; k++) {
            const struct weir_epoch_chunk *chunk = &epoch->chunks[k];
            if (chunk->sink != i || chunk->rows_count == 0)
                continue;
            epochs->gathered[count++] = (struct weir_sink_chunk){weir_buffer_slice(&chunk->bytes),
                                                                 chunk->rows_count, chunk->writer};
            rows += chunk->rows_count;
        }
        if (!count)
            continue;
        enum weir_code code = sink->ops->prepare(sink->sink, epoch->number, epoch->now_us,
                                                 epochs->gathered, count, err);
        if (code != WEIR_OK) {
            weir_fail_in(err, "%s", sink->name);
            return code;
        }
        state->has_open_rows = true;
        uint32_t ring = epochs->epochs_open_max + 2;
        WEIR_ASSERT(state->open_count < ring);
        state->open[(state->open_first + state->open_count++) % ring] =
            (struct open_rows){epoch->number, rows};
    }
    return WEIR_OK;
}

static enum weir_code put_record(struct weir_epochs *epochs, const struct weir_epoch *epoch,
                                 struct weir_error *err)
{
    const struct weir_checkpoint_record record = {
        .number = epoch->number,
        .now_us = epoch->now_us,
        .seed = epoch->seed,
        .plan_hash = epochs->config.plan_hash,
        .positions = epoch->positions,
        .positions_count = epoch->positions_count,
        .lookups = epoch->lookups,
        .lookups_count = epoch->lookups_count,
    };
    pthread_mutex_lock(&epochs->store_lock);
    enum weir_code code = epochs->config.store_ops->put(epochs->config.store, &record, err);
    pthread_mutex_unlock(&epochs->store_lock);
    return code;
}

/* ---- commit ---- */

static void count_visible(struct weir_epochs *epochs, uint32_t index)
{
    struct sink_state *state = &epochs->sinks[index];
    uint32_t ring = epochs->epochs_open_max + 2;
    while (state->open_count && state->open[state->open_first].number <= state->known) {
        weir_counter_add(epochs->config.sinks[index].rows_committed,
                         state->open[state->open_first].rows_count);
        state->open_first = (state->open_first + 1) % ring;
        state->open_count--;
    }
    state->has_open_rows = state->open_count > 0;
}

static enum weir_code commit_sink(struct weir_epochs *epochs, uint32_t index, bool force,
                                  struct weir_error *err)
{
    const struct weir_epochs_sink *sink = &epochs->config.sinks[index];
    struct sink_state *state = &epochs->sinks[index];
    uint64_t number = state->known;
    enum weir_code code = sink->ops->commit(sink->sink, epochs->prepared, force, &number, err);
    if (code != WEIR_OK) {
        weir_fail_in(err, "%s", sink->name);
        return code;
    }
    WEIR_ASSERT(number <= epochs->prepared);
    if (number < state->start)
        number = state->start; /* a new sink that has not committed yet */
    WEIR_ASSERT(number >= state->known);
    state->known = number;
    count_visible(epochs, index);
    return number_in_sink(sink) ? WEIR_OK : write_numbers(epochs, err);
}

/* Commits what wants it. `force`: everything, to the newest record. */
static enum weir_code commit_sinks(struct weir_epochs *epochs, bool force, struct weir_error *err)
{
    for (uint32_t i = 0; i < epochs->config.sinks_count; i++) {
        struct sink_state *state = &epochs->sinks[i];
        uint64_t lag = epochs->prepared > state->known ? epochs->prepared - state->known : 0;
        bool late =
            lag >= epochs->epochs_open_max || (!state->has_open_rows && lag >= LAG_EPOCHS_MAX);
        if (lag && (force || late || state->has_open_rows))
            WEIR_TRY(commit_sink(epochs, i, force || late, err));
    }
    weir_env_step("committed");
    uint64_t least = least_known(epochs);
    atomic_store_explicit(epochs->config.epoch_committed, least, memory_order_relaxed);
    if (least <= epochs->removed)
        return WEIR_OK;
    epochs->removed = least;
    pthread_mutex_lock(&epochs->store_lock);
    enum weir_code code = epochs->config.store_ops->remove(epochs->config.store, least, err);
    pthread_mutex_unlock(&epochs->store_lock);
    weir_env_step("done");
    return code;
}

/* ---- the commit thread ---- */

static void free_slot(struct weir_epochs *epochs, struct slot *slot)
{
    pthread_mutex_lock(&epochs->lock);
    slot->state = EPOCH_FREE;
    pthread_cond_broadcast(&epochs->done);
    pthread_mutex_unlock(&epochs->lock);
    wake_worker(epochs);
}

static enum weir_code process(struct weir_epochs *epochs, struct slot *slot, struct weir_error *err)
{
    struct weir_epoch *epoch = &slot->epoch;
    WEIR_TRY(prepare_sinks(epochs, epoch, err));
    weir_env_step("prepare");
    bool loose = !epochs->config.exactly_once;
    if (!epoch->replayed && !loose)
        WEIR_TRY(put_record(epochs, epoch, err));
    WEIR_ASSERT(epoch->number == epochs->prepared + 1);
    epochs->prepared = epoch->number;
    atomic_store_explicit(epochs->config.epoch_prepared, epochs->prepared, memory_order_relaxed);
    weir_env_step("prepared");
    if (!loose) {
        free_slot(epochs, slot);
        return commit_sinks(epochs, false, err);
    }
    /* At-least-once: rows first, then the positions behind them. */
    WEIR_TRY(commit_sinks(epochs, true, err));
    if (!epoch->replayed)
        WEIR_TRY(put_record(epochs, epoch, err));
    free_slot(epochs, slot);
    return WEIR_OK;
}

/* Milliseconds until a coarse sink wants to commit; -1: none. */
static int64_t due_ms(struct weir_epochs *epochs)
{
    int64_t least = -1;
    for (uint32_t i = 0; i < epochs->config.sinks_count; i++) {
        const struct weir_epochs_sink *sink = &epochs->config.sinks[i];
        int64_t due = sink->ops->commit_due_ms && epochs->sinks[i].has_open_rows
                          ? sink->ops->commit_due_ms(sink->sink)
                          : -1;
        if (due >= 0 && (least < 0 || due < least))
            least = due;
    }
    return least;
}

/* Commits the coarse sinks whose interval is over. */
static enum weir_code commit_due(struct weir_epochs *epochs, struct weir_error *err)
{
    for (uint32_t i = 0; i < epochs->config.sinks_count; i++) {
        const struct weir_epochs_sink *sink = &epochs->config.sinks[i];
        if (sink->ops->commit_due_ms && epochs->sinks[i].has_open_rows &&
            sink->ops->commit_due_ms(sink->sink) == 0)
            WEIR_TRY(commit_sink(epochs, i, true, err));
    }
    return commit_sinks(epochs, false, err);
}

static struct slot *queued_slot(struct weir_epochs *epochs)
{
    struct slot *found = NULL;
    for (int i = 0; i < 2; i++)
        if (epochs->slots[i].state == EPOCH_QUEUED &&
            (!found || epochs->slots[i].epoch.number < found->epoch.number))
            found = &epochs->slots[i];
    return found;
}

/* Under the lock: waits for work or until a coarse sink is due. Returns the epoch to process, if
 * any. */
static struct slot *wait_for_work(struct weir_epochs *epochs, bool *ret_due)
{
    int64_t wait_ms = due_ms(epochs);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    if (wait_ms > 0) {
        until.tv_sec += wait_ms / 1000;
        until.tv_nsec += wait_ms % 1000 * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
    }
    int timed_out = 0;
    struct slot *slot;
    while (!(slot = queued_slot(epochs)) && !epochs->flush_wanted && !epochs->stopping &&
           !timed_out)
        timed_out = wait_ms < 0    ? pthread_cond_wait(&epochs->work, &epochs->lock)
                    : wait_ms == 0 ? 1
                                   : pthread_cond_timedwait(&epochs->work, &epochs->lock, &until);
    *ret_due = timed_out != 0;
    return epochs->stopping ? NULL : slot;
}

static void *commit_thread(void *context)
{
    struct weir_epochs *epochs = context;
    struct weir_error err = {0};
    pthread_mutex_lock(&epochs->lock);
    while (!epochs->stopping && !epochs->failed) {
        bool due, flush;
        struct slot *slot = wait_for_work(epochs, &due);
        if (epochs->stopping)
            break;
        if (slot)
            slot->state = EPOCH_PREPARING;
        flush = !slot && epochs->flush_wanted;
        pthread_mutex_unlock(&epochs->lock);
        enum weir_code code = slot    ? process(epochs, slot, &err)
                              : flush ? commit_sinks(epochs, true, &err)
                              : due   ? commit_due(epochs, &err)
                                      : WEIR_OK;
        pthread_mutex_lock(&epochs->lock);
        if (flush && code == WEIR_OK)
            epochs->flush_wanted = false;
        if (code != WEIR_OK) {
            epochs->failed = true;
            epochs->failure = err;
        }
        pthread_cond_broadcast(&epochs->done);
        wake_worker(epochs);
    }
    pthread_mutex_unlock(&epochs->lock);
    return NULL;
}

/* ---- the worker's side ---- */

static enum weir_code failure(struct weir_epochs *epochs, struct weir_error *err)
{
    if (!epochs->failed)
        return WEIR_OK;
    *err = epochs->failure;
    return err->code;
}

enum weir_code weir_epochs_check(struct weir_epochs *epochs, struct weir_error *err)
{
    pthread_mutex_lock(&epochs->lock);
    enum weir_code code = failure(epochs, err);
    pthread_mutex_unlock(&epochs->lock);
    return code;
}

static struct slot *free_slot_of(struct weir_epochs *epochs)
{
    for (int i = 0; i < 2; i++)
        if (epochs->slots[i].state == EPOCH_FREE)
            return &epochs->slots[i];
    return NULL;
}

bool weir_epochs_ready(struct weir_epochs *epochs)
{
    pthread_mutex_lock(&epochs->lock);
    bool ready = free_slot_of(epochs) != NULL;
    pthread_mutex_unlock(&epochs->lock);
    return ready;
}

bool weir_epochs_idle(struct weir_epochs *epochs)
{
    pthread_mutex_lock(&epochs->lock);
    bool busy = false;
    for (int i = 0; i < 2; i++)
        busy |= epochs->slots[i].state == EPOCH_QUEUED || epochs->slots[i].state == EPOCH_PREPARING;
    pthread_mutex_unlock(&epochs->lock);
    return !busy;
}

enum weir_code weir_epochs_begin(struct weir_epochs *epochs, struct weir_epoch **ret,
                                 struct weir_error *err)
{
    struct slot *slot = NULL;
    pthread_mutex_lock(&epochs->lock);
    while (!epochs->failed && !(slot = free_slot_of(epochs)))
        pthread_cond_wait(&epochs->done, &epochs->lock);
    enum weir_code code = failure(epochs, err);
    if (code == WEIR_OK)
        slot->state = EPOCH_FILLING;
    pthread_mutex_unlock(&epochs->lock);
    if (code != WEIR_OK)
        return code;
    struct weir_epoch *epoch = &slot->epoch;
    weir_arena_reset(&epoch->arena);
    epoch->number = 0;
    epoch->replayed = false;
    epoch->positions = NULL;
    epoch->positions_count = 0;
    epoch->lookups = NULL;
    epoch->lookups_count = 0;
    for (uint32_t i = 0; i < epoch->chunks_count; i++) {
        epoch->chunks[i].bytes.len = 0;
        epoch->chunks[i].rows_count = 0;
    }
    *ret = epoch;
    return WEIR_OK;
}

enum weir_code weir_epochs_submit(struct weir_epochs *epochs, struct weir_epoch *epoch,
                                  struct weir_error *err)
{
    struct slot *slot = epoch == &epochs->slots[0].epoch ? &epochs->slots[0] : &epochs->slots[1];
    weir_env_step("cut");
    pthread_mutex_lock(&epochs->lock);
    enum weir_code code = failure(epochs, err);
    if (code == WEIR_OK) {
        if (!epoch->replayed)
            epoch->number = epochs->next++;
        slot->state = EPOCH_QUEUED;
        pthread_cond_signal(&epochs->work);
    }
    pthread_mutex_unlock(&epochs->lock);
    return code;
}

enum weir_code weir_epochs_flush(struct weir_epochs *epochs, struct weir_error *err)
{
    pthread_mutex_lock(&epochs->lock);
    epochs->flush_wanted = true;
    pthread_cond_signal(&epochs->work);
    while (!epochs->failed && epochs->flush_wanted)
        pthread_cond_wait(&epochs->done, &epochs->lock);
    enum weir_code code = failure(epochs, err);
    pthread_mutex_unlock(&epochs->lock);
    return code;
}

enum weir_code weir_epochs_snapshot(struct weir_epochs *epochs, const char *name,
                                    struct weir_slice bytes, struct weir_error *err)
{
    pthread_mutex_lock(&epochs->store_lock);
    enum weir_code code =
        epochs->config.store_ops->snapshot_put(epochs->config.store, name, bytes, err);
    pthread_mutex_unlock(&epochs->store_lock);
    return code;
}

/* ---- opening: recovery ---- */

static enum weir_code fence_and_read_numbers(struct weir_epochs *epochs, struct weir_error *err)
{
    for (uint32_t i = 0; i < epochs->config.sinks_count; i++) {
        const struct weir_epochs_sink *sink = &epochs->config.sinks[i];
        enum weir_code code = sink->ops->fence ? sink->ops->fence(sink->sink, err) : WEIR_OK;
        if (code == WEIR_OK && number_in_sink(sink))
            code = sink->ops->read_number(sink->sink, &epochs->sinks[i].known, err);
        if (code != WEIR_OK) {
            weir_fail_in(err, "%s", sink->name);
            return code;
        }
    }
    return read_numbers(epochs, err);
}

/* A sink that is new to the pipeline begins behind the newest record: its elders may be gone.
 * records: ascending. */
static enum weir_code settle_starts(struct weir_epochs *epochs,
                                    const struct weir_checkpoint_record *records, size_t count,
                                    struct weir_error *err)
{
    uint64_t newest = count ? records[count - 1].number : 0;
    bool exists, changed = false;
    WEIR_TRY(read_starts(epochs, &exists, err));
    for (uint32_t i = 0; i < epochs->config.sinks_count; i++) {
        struct sink_state *state = &epochs->sinks[i];
        bool is_new = state->known == 0 && count &&
                      ((exists && !state->is_noted) || state->start + 1 < records[0].number);
        changed |= is_new || !state->is_noted;
        if (is_new) {
            weir_log(WEIR_LOG_INFO,
                     "%s is new to this pipeline: it starts with epoch %" PRIu64
                     "; earlier rows are not sent to it",
                     epochs->config.sinks[i].name, newest + 1);
            state->start = newest;
        }
        if (state->known < state->start)
            state->known = state->start;
    }
    return changed ? write_starts(epochs, err) : WEIR_OK;
}

/* Rules 2 and 7 for one start. records: ascending. */
static enum weir_code check_numbers(struct weir_epochs *epochs,
                                    const struct weir_checkpoint_record *records, size_t count,
                                    struct weir_error *err)
{
    uint64_t newest = count ? records[count - 1].number : 0;
    for (uint32_t i = 0; i < epochs->config.sinks_count; i++) {
        struct sink_state *state = &epochs->sinks[i];
        const char *name = epochs->config.sinks[i].name;
        if (state->known > newest && epochs->config.exactly_once) {
            weir_fail(err, WEIR_BAD_CONFIG,
                      "%s holds epoch %" PRIu64 ", but the checkpoint knows only %" PRIu64
                      ": it is not the checkpoint that wrote to it",
                      name, state->known, newest);
            return weir_hint(err, "run where the checkpoint lies, restore it, or start from the "
                                  "beginning with `weir reset`");
        }
        if (state->known > newest)
            newest = state->known; /* at-least-once: positions may lag behind */
    }
    epochs->next = newest + 1;
    epochs->prepared = newest;
    for (size_t i = 1; i < count && epochs->config.exactly_once; i++)
        if (records[i].number != records[i - 1].number + 1)
            return weir_fail(err, WEIR_BAD_DATA,
                             "the checkpoint lacks epoch %" PRIu64 ": it holds %" PRIu64
                             " and %" PRIu64,
                             records[i - 1].number + 1, records[i - 1].number, records[i].number);
    uint64_t least = least_known(epochs);
    if (count && least + 1 < records[0].number && epochs->config.exactly_once)
        return weir_fail(err, WEIR_BAD_DATA,
                         "the checkpoint lacks epoch %" PRIu64 ", which a sink still needs",
                         least + 1);
    epochs->removed = count ? records[0].number - 1 : least;
    /* At-least-once, a record means that every sink has it: nothing is replayed. */
    if (epochs->config.exactly_once)
        epochs->prepared = least;
    return WEIR_OK;
}

static enum weir_code recover(struct weir_epochs *epochs, struct weir_epochs_recovery *ret,
                              struct weir_error *err)
{
    struct weir_checkpoint_record *records = NULL;
    size_t count = 0, first = 0;
    WEIR_TRY(fence_and_read_numbers(epochs, err));
    WEIR_TRY(epochs->config.store_ops->read(epochs->config.store, &epochs->arena, &records, &count,
                                            err));
    WEIR_TRY(settle_starts(epochs, records, count, err));
    WEIR_TRY(check_numbers(epochs, records, count, err));
    uint64_t least = epochs->prepared;
    while (first < count && records[first].number <= least)
        first++;
    for (size_t i = first; i < count; i++) {
        if (records[i].plan_hash == epochs->config.plan_hash)
            continue;
        weir_fail(err, WEIR_BAD_CONFIG,
                  "the pipeline's plan has changed while epoch %" PRIu64 " is not in all sinks yet",
                  records[i].number);
        return weir_hint(err, "run the old files once more to finish it (`weir run --drain`), or "
                              "start over with `weir reset`");
    }
    *ret = (struct weir_epochs_recovery){
        .replay = records + first,
        .replay_count = count - first,
        .newest = count ? &records[count - 1] : NULL,
    };
    atomic_store_explicit(epochs->config.epoch_prepared, epochs->prepared, memory_order_relaxed);
    atomic_store_explicit(epochs->config.epoch_committed, least, memory_order_relaxed);
    return WEIR_OK;
}

static enum weir_code allocate(struct weir_epochs *epochs, struct weir_error *err)
{
    const struct weir_epochs_config *config = &epochs->config;
    int64_t bound = INT64_C(2) * COARSE_INTERVAL_MS / (config->epoch_ms > 0 ? config->epoch_ms : 1);
    epochs->epochs_open_max = (uint32_t)(bound < 64 ? 64 : bound > 1024 ? 1024 : bound);
    epochs->sinks = calloc(config->sinks_count + 1, sizeof *epochs->sinks);
    epochs->gathered = calloc(config->chunks_count + 1, sizeof *epochs->gathered);
    bool complete = epochs->sinks && epochs->gathered;
    for (uint32_t i = 0; complete && i < config->sinks_count; i++) {
        epochs->sinks[i].open = calloc(epochs->epochs_open_max + 2, sizeof(struct open_rows));
        complete = epochs->sinks[i].open != NULL;
    }
    for (int i = 0; complete && i < 2; i++) {
        struct weir_epoch *epoch = &epochs->slots[i].epoch;
        weir_arena_init(&epoch->arena, EPOCH_ARENA_BYTES_MAX);
        epoch->chunks = calloc(config->chunks_count + 1, sizeof *epoch->chunks);
        epoch->chunks_count = epoch->chunks ? config->chunks_count : 0;
        complete = epoch->chunks != NULL;
        for (uint32_t k = 0; k < epoch->chunks_count; k++) {
            epoch->chunks[k] = config->chunks[k];
            weir_buffer_init(&epoch->chunks[k].bytes, config->chunk_bytes_max);
        }
    }
    return complete ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory");
}

enum weir_code weir_epochs_open(const struct weir_epochs_config *config, struct weir_epochs **ret,
                                struct weir_epochs_recovery *ret_recovery, struct weir_error *err)
{
    struct weir_epochs *epochs = calloc(1, sizeof *epochs);
    if (!epochs)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    epochs->config = *config;
    weir_arena_init(&epochs->arena, RECOVERY_BYTES_MAX);
    pthread_mutex_init(&epochs->lock, NULL);
    pthread_mutex_init(&epochs->store_lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&epochs->work, &monotonic);
    pthread_cond_init(&epochs->done, NULL);
    pthread_condattr_destroy(&monotonic);
    enum weir_code code = allocate(epochs, err);
    if (code == WEIR_OK)
        code = recover(epochs, ret_recovery, err);
    if (code == WEIR_OK && pthread_create(&epochs->thread, NULL, commit_thread, epochs) != 0)
        code = weir_fail(err, WEIR_NOMEM, "could not start the commit thread");
    if (code != WEIR_OK) {
        weir_epochs_close(epochs);
        return code;
    }
    epochs->thread_started = true;
    *ret = epochs;
    return WEIR_OK;
}

void weir_epochs_close(struct weir_epochs *epochs)
{
    if (!epochs)
        return;
    if (epochs->thread_started) {
        pthread_mutex_lock(&epochs->lock);
        epochs->stopping = true;
        pthread_cond_signal(&epochs->work);
        pthread_mutex_unlock(&epochs->lock);
        pthread_join(epochs->thread, NULL);
    }
    for (uint32_t i = 0; epochs->sinks && i < epochs->config.sinks_count; i++) {
        if (epochs->config.sinks[i].ops->abort)
            epochs->config.sinks[i].ops->abort(epochs->config.sinks[i].sink);
        free(epochs->sinks[i].open);
    }
    for (int i = 0; i < 2; i++) {
        struct weir_epoch *epoch = &epochs->slots[i].epoch;
        for (uint32_t k = 0; k < epoch->chunks_count; k++)
            weir_buffer_done(&epoch->chunks[k].bytes);
        free(epoch->chunks);
        weir_arena_done(&epoch->arena);
    }
    free(epochs->sinks);
    free(epochs->gathered);
    weir_arena_done(&epochs->arena);
    pthread_cond_destroy(&epochs->work);
    pthread_cond_destroy(&epochs->done);
    pthread_mutex_destroy(&epochs->lock);
    pthread_mutex_destroy(&epochs->store_lock);
    free(epochs);
}
