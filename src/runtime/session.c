/* The worker's loop: tasks are stepped in turn; epochs are cut by time, by size, or when the inputs
 * fall idle.
 *
 * Cutting at idle happens only while the commit thread has nothing to do: under a trickle of
 * records epochs grow as long as a commit takes, instead of queueing up.
 *
 * Draining: a bounded source is read to its end; an unbounded one that no statement writes, to its
 * end as it was at start; one that statements of this plan write, to what they have committed once
 * all of their own sources have ended. */
#include "runtime/session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"
#include "column/text.h"
#include "commit/directory_store.h"

#define SESSION_BYTES_MAX    ((size_t)64 << 20)
#define EPOCH_SHARE          8  /* of the memory, for the rows of an epoch */
#define FIRST_EPOCH_SHARE    64 /* the first one is small, so that something is seen soon */
#define IDLE_WAIT_MS_MAX     1000
#define PROGRESS_INTERVAL_US 100000

struct weir_session {
    const struct weir_plan *plan;
    const struct weir_runtime_config *config;
    struct weir_tallies *tallies;
    const struct weir_checkpoint_ops *store_ops;
    struct weir_checkpoint *store;
    struct weir_lookups *lookups;
    struct weir_epochs_sink *sinks; /* by plan sink */
    struct weir_source **sources;   /* by plan source; NULL for queries */
    struct weir_task *tasks;
    uint32_t tasks_count;
    struct weir_epochs *epochs;
    struct weir_epochs_recovery recovery;
    struct weir_epoch *epoch; /* being filled */
    struct weir_task_context context;
    int64_t epoch_deadline_us; /* monotonic; of the epoch being filled */
    int64_t progress_due_us;
    bool replaying;
    const char **snapshots_put; /* by lookup: the name last given to the store */
    int wake_fd;
    struct weir_arena arena;
};

static enum weir_code no_memory(struct weir_error *err)
{
    return weir_fail(err, WEIR_NOMEM, "out of memory");
}

bool weir_table_same(const struct weir_table *a, const struct weir_table *b)
{
    static const char *const places[] = {"root", "path", "topic", "table"};
    if (a == b)
        return true;
    if (a->connector != b->connector)
        return false;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        bool own_name =
            strcmp(places[i], "root") != 0; /* an unset topic, path or table is the table's name */
        const char *x = weir_options_text(&a->options, places[i], own_name ? a->name : "");
        const char *y = weir_options_text(&b->options, places[i], own_name ? b->name : "");
        bool known =
            weir_options_find(&a->options, places[i]) || weir_options_find(&b->options, places[i]);
        if (known && strcmp(x, y) != 0)
            return false;
    }
    return weir_options_find(&a->options, "topic") || weir_options_find(&a->options, "path") ||
           weir_options_find(&a->options, "table") || strcmp(a->name, b->name) == 0;
}

/* ---- epochs ---- */

static enum weir_code start_epoch(void *context, struct weir_error *err)
{
    struct weir_session *session = context;
    bool changed;
    session->context.epoch_started = true;
    session->epoch_deadline_us =
        weir_clock_monotonic_us() + session->plan->settings.epoch_ms * 1000;
    if (session->replaying)
        return WEIR_OK; /* now() and lookups are the record's */
    session->context.now_us = weir_clock_wall_us() - WEIR_UNIX_TO_PG_US;
    return weir_lookups_refresh(session->lookups, session->context.now_us, &changed, err);
}

static enum weir_code begin_epoch(struct weir_session *session, struct weir_error *err)
{
    WEIR_TRY(weir_epochs_begin(session->epochs, &session->epoch, err));
    uint32_t chunk = 0;
    for (uint32_t t = 0; t < session->tasks_count; t++)
        for (uint32_t i = 0; i < session->tasks[t].source->branches_count; i++)
            session->tasks[t].outlets[i].chunk = &session->epoch->chunks[chunk++];
    session->context.epoch_bytes = 0;
    session->context.epoch_started = false;
    session->context.now_us = weir_clock_wall_us() - WEIR_UNIX_TO_PG_US;
    return WEIR_OK;
}

/* The lookups' present content, durable in the store before a record names it. */
static enum weir_code pin_lookups(struct weir_session *session, struct weir_error *err)
{
    struct weir_epoch *epoch = session->epoch;
    uint32_t count = session->plan->lookups_count;
    epoch->lookups = WEIR_NEW_ARRAY(&epoch->arena, struct weir_checkpoint_lookup, count + 1);
    if (!epoch->lookups)
        return no_memory(err);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = weir_lookup_snapshot_name(session->lookups, i);
        char *copy = weir_arena_copy(&epoch->arena, weir_slice_of(name));
        if (!copy)
            return no_memory(err);
        epoch->lookups[epoch->lookups_count++] = (struct weir_checkpoint_lookup){copy, i};
        if (session->snapshots_put[i] && strcmp(session->snapshots_put[i], name) == 0)
            continue;
        struct weir_buffer bytes;
        weir_buffer_init(&bytes, SIZE_MAX / 2);
        enum weir_code code = weir_lookup_snapshot(session->lookups, i, &bytes, err);
        if (code == WEIR_OK)
            code = weir_epochs_snapshot(session->epochs, name, weir_buffer_slice(&bytes), err);
        weir_buffer_done(&bytes);
        if (code != WEIR_OK)
            return code;
        if (!(session->snapshots_put[i] = weir_arena_copy(&session->arena, weir_slice_of(name))))
            return no_memory(err);
    }
    return WEIR_OK;
}

static enum weir_code note_positions(struct weir_session *session, struct weir_error *err)
{
    struct weir_epoch *epoch = session->epoch;
    epoch->positions =
        WEIR_NEW_ARRAY(&epoch->arena, struct weir_checkpoint_position, session->tasks_count + 1);
    if (!epoch->positions)
        return no_memory(err);
    for (uint32_t t = 0; t < session->tasks_count; t++) {
        struct weir_task *task = &session->tasks[t];
        struct weir_checkpoint_position *position = &epoch->positions[epoch->positions_count++];
        if (task->moved)
            WEIR_TRY(weir_task_position(task, err));
        position->stream = task->source->name;
        position->split = task->split_name;
        position->from = weir_arena_copy(&epoch->arena, weir_buffer_slice(&task->from));
        position->to = weir_arena_copy(&epoch->arena, weir_buffer_slice(&task->to));
        if (!position->from || !position->to)
            return no_memory(err);
        WEIR_TRY(weir_task_cut(task, err));
    }
    return WEIR_OK;
}

/* Ends the epoch being filled and begins the next one. */
static enum weir_code cut(struct weir_session *session, struct weir_error *err)
{
    session->epoch->now_us = session->context.now_us;
    session->epoch->seed = weir_random_u64();
    WEIR_TRY(note_positions(session, err));
    WEIR_TRY(pin_lookups(session, err));
    WEIR_TRY(weir_epochs_submit(session->epochs, session->epoch, err));
    session->context.epoch_bytes_max = session->plan->settings.memory_bytes / EPOCH_SHARE;
    return begin_epoch(session, err);
}

static bool epoch_full(const struct weir_session *session)
{
    return session->context.epoch_bytes >= session->context.epoch_bytes_max ||
           weir_clock_monotonic_us() >= session->epoch_deadline_us;
}

static enum weir_code maybe_cut(void *context, struct weir_error *err)
{
    struct weir_session *session = context;
    return session->replaying || !epoch_full(session) ? WEIR_OK : cut(session, err);
}

static bool has_moved(const struct weir_session *session)
{
    for (uint32_t t = 0; t < session->tasks_count; t++)
        if (session->tasks[t].moved)
            return true;
    return false;
}

/* ---- replay ---- */

static const struct weir_checkpoint_position *
position_of(const struct weir_checkpoint_record *record, const struct weir_task *task)
{
    for (uint32_t i = 0; record && i < record->positions_count; i++)
        if (strcmp(record->positions[i].stream, task->source->name) == 0 &&
            strcmp(record->positions[i].split, task->split_name) == 0)
            return &record->positions[i];
    return NULL;
}

static enum weir_code restore_lookups(struct weir_session *session,
                                      const struct weir_checkpoint_record *record,
                                      struct weir_error *err)
{
    for (uint32_t i = 0; i < record->lookups_count; i++) {
        const struct weir_checkpoint_lookup *lookup = &record->lookups[i];
        char *bytes;
        size_t len;
        if (lookup->lookup >= session->plan->lookups_count ||
            strcmp(lookup->name, weir_lookup_snapshot_name(session->lookups, lookup->lookup)) == 0)
            continue;
        WEIR_TRY(
            session->store_ops->snapshot_read(session->store, lookup->name, &bytes, &len, err));
        enum weir_code code = weir_lookup_restore(session->lookups, lookup->lookup,
                                                  weir_slice(bytes, len), lookup->name, err);
        free(bytes);
        if (code != WEIR_OK)
            return code;
    }
    return WEIR_OK;
}

static enum weir_code replay_record(struct weir_session *session,
                                    const struct weir_checkpoint_record *record,
                                    struct weir_error *err)
{
    WEIR_TRY(begin_epoch(session, err));
    WEIR_TRY(restore_lookups(session, record, err));
    session->context.now_us = record->now_us;
    for (uint32_t t = 0; t < session->tasks_count; t++) {
        struct weir_task *task = &session->tasks[t];
        const struct weir_checkpoint_position *position = position_of(record, task);
        enum weir_step step = WEIR_STEP_MOVED;
        if (!position || strcmp(position->from, position->to) == 0)
            continue;
        WEIR_TRY(weir_task_assign(task, position->from, err));
        WEIR_TRY(weir_task_limit(task, weir_slice_of(position->to), err));
        while (step != WEIR_STEP_ENDED) {
            WEIR_TRY(weir_task_step(task, &step, err));
            struct pollfd fd = {.fd = task->wait_fd, .events = POLLIN};
            if (step == WEIR_STEP_IDLE) /* a remote file on its way */
                poll(&fd, 1, task->wait_ms < 0 ? IDLE_WAIT_MS_MAX : (int)task->wait_ms);
            if (*session->config->stop)
                return WEIR_STOPPED;
        }
    }
    session->epoch->replayed = true;
    session->epoch->number = record->number;
    session->epoch->now_us = record->now_us;
    return weir_epochs_submit(session->epochs, session->epoch, err);
}

/* Replays what a sink lacks, then puts every task where the newest record ends. */
static enum weir_code replay(struct weir_session *session, struct weir_error *err)
{
    session->replaying = true;
    for (size_t i = 0; i < session->recovery.replay_count; i++)
        WEIR_TRY(replay_record(session, &session->recovery.replay[i], err));
    session->replaying = false;
    for (uint32_t t = 0; t < session->tasks_count; t++) {
        const struct weir_checkpoint_position *position =
            position_of(session->recovery.newest, &session->tasks[t]);
        WEIR_TRY(weir_task_assign(&session->tasks[t], position ? position->to : "", err));
    }
    return WEIR_OK;
}

/* ---- draining ---- */

/* Does a statement that reads `from` write what `to` reads? */
static bool feeds(const struct weir_plan *plan, const struct weir_plan_source *from,
                  const struct weir_plan_source *to)
{
    for (uint32_t b = 0; b < from->branches_count; b++) {
        uint32_t sink = plan->statements[from->branches[b].statement].sink;
        if (to->table && weir_table_same(plan->sinks[sink].table, to->table))
            return true;
    }
    return false;
}

static bool is_fed(const struct weir_plan *plan, const struct weir_plan_source *source)
{
    for (uint32_t i = 0; i < plan->sources_count; i++)
        if (feeds(plan, &plan->sources[i], source))
            return true;
    return false;
}

/* Is there a way from `source` back to itself? depth bounds the walk. */
static bool feeds_itself(const struct weir_plan *plan, const struct weir_plan_source *at,
                         const struct weir_plan_source *source, uint32_t depth)
{
    for (uint32_t i = 0; depth && i < plan->sources_count; i++)
        if (feeds(plan, at, &plan->sources[i]) &&
            (&plan->sources[i] == source ||
             feeds_itself(plan, &plan->sources[i], source, depth - 1)))
            return true;
    return false;
}

static bool feeders_ended(const struct weir_session *session, const struct weir_plan_source *source)
{
    for (uint32_t t = 0; t < session->tasks_count; t++)
        if (!session->tasks[t].ended && feeds(session->plan, session->tasks[t].source, source))
            return false;
    return true;
}

/* Limits the tasks that nothing in this run feeds, before it starts. */
static enum weir_code limit_unfed(struct weir_session *session, struct weir_error *err)
{
    for (uint32_t t = 0; t < session->tasks_count; t++) {
        struct weir_task *task = &session->tasks[t];
        if (feeds_itself(session->plan, task->source, task->source, session->plan->sources_count)) {
            weir_fail(err, WEIR_BAD_CONFIG, "stream %s feeds itself: --drain would never end",
                      task->source->name);
            return weir_hint(err, "run it without --drain, and stop it with Ctrl-C");
        }
        if (!task->source->bounded && !is_fed(session->plan, task->source))
            WEIR_TRY(weir_task_limit_to_end(task, err));
    }
    return WEIR_OK;
}

/* Everything that can be read has been. Limits fed tasks whose feeders have ended; *ret_more: there
 * were some. */
static enum weir_code limit_fed(struct weir_session *session, bool *ret_more,
                                struct weir_error *err)
{
    *ret_more = false;
    for (uint32_t t = 0; t < session->tasks_count; t++) {
        struct weir_task *task = &session->tasks[t];
        if (task->ended || task->limited || !is_fed(session->plan, task->source) ||
            !feeders_ended(session, task->source))
            continue;
        if (!*ret_more)
            WEIR_TRY(weir_epochs_flush(session->epochs, err));
        WEIR_TRY(weir_task_limit_to_end(task, err));
        task->limited = true;
        *ret_more = true;
    }
    return WEIR_OK;
}

/* ---- the loop ---- */

static enum weir_code wait_for_input(struct weir_session *session, struct weir_error *err)
{
    struct pollfd *fds = calloc(session->tasks_count + 2, sizeof *fds);
    int64_t wait_ms = IDLE_WAIT_MS_MAX;
    nfds_t count = 0;
    if (!fds)
        return no_memory(err);
    fds[count++] = (struct pollfd){.fd = session->wake_fd, .events = POLLIN};
    fds[count++] = (struct pollfd){.fd = session->config->stop_fd, .events = POLLIN};
    for (uint32_t t = 0; t < session->tasks_count; t++) {
        const struct weir_task *task = &session->tasks[t];
        if (task->ended)
            continue;
        fds[count++] = (struct pollfd){.fd = task->wait_fd, .events = POLLIN};
        if (task->wait_ms >= 0 && task->wait_ms < wait_ms)
            wait_ms = task->wait_ms;
    }
    if (!*session->config->stop && poll(fds, count, (int)wait_ms) > 0 && fds[0].revents) {
        uint64_t woken;
        ssize_t n = read(session->wake_fd, &woken, sizeof woken);
        (void)n; /* non-blocking: another read may have emptied it */
    }
    free(fds);
    return WEIR_OK;
}

static void note_progress(struct weir_session *session)
{
    int64_t now = weir_clock_monotonic_us();
    if (now < session->progress_due_us)
        return;
    session->progress_due_us = now + PROGRESS_INTERVAL_US;
    for (uint32_t t = 0; t < session->tasks_count; t++)
        weir_task_progress(&session->tasks[t]);
}

/* One turn over all tasks. */
static enum weir_code step_tasks(struct weir_session *session, bool *ret_moved, bool *ret_all_ended,
                                 struct weir_error *err)
{
    *ret_moved = false;
    *ret_all_ended = true;
    for (uint32_t t = 0; t < session->tasks_count; t++) {
        enum weir_step step;
        if (!session->context.epoch_started)
            session->context.now_us = weir_clock_wall_us() - WEIR_UNIX_TO_PG_US;
        WEIR_TRY(weir_task_step(&session->tasks[t], &step, err));
        *ret_moved |= step == WEIR_STEP_MOVED;
        *ret_all_ended &= step == WEIR_STEP_ENDED;
    }
    return WEIR_OK;
}

static enum weir_code loop(struct weir_session *session, struct weir_error *err)
{
    while (!*session->config->stop) {
        bool moved, all_ended, more = false;
        WEIR_TRY(step_tasks(session, &moved, &all_ended, err));
        note_progress(session);
        if (moved)
            continue;
        WEIR_TRY(weir_epochs_check(session->epochs, err));
        if (has_moved(session) && (weir_epochs_idle(session->epochs) || all_ended)) {
            WEIR_TRY(cut(session, err));
            continue;
        }
        if (all_ended)
            break;
        if (session->config->drain && !has_moved(session) && weir_epochs_idle(session->epochs))
            WEIR_TRY(limit_fed(session, &more, err));
        if (!more)
            WEIR_TRY(wait_for_input(session, err));
    }
    if (has_moved(session))
        WEIR_TRY(cut(session, err));
    return weir_epochs_flush(session->epochs, err);
}

enum weir_code weir_session_run(struct weir_session *session, struct weir_error *err)
{
    enum weir_code code = replay(session, err);
    if (code == WEIR_STOPPED)
        return WEIR_OK; /* what is open stays in the store */
    WEIR_TRY(code);
    if (session->config->drain)
        WEIR_TRY(limit_unfed(session, err));
    WEIR_TRY(begin_epoch(session, err));
    WEIR_TRY(loop(session, err));
    for (uint32_t t = 0; t < session->tasks_count; t++)
        weir_task_progress(&session->tasks[t]);
    return WEIR_OK;
}

/* ---- opening and closing ---- */

/* Notes durably that this pipeline created a sink's table: reset goes by it. */
static enum weir_code note_created(struct weir_session *session, const char *name,
                                   struct weir_error *err)
{
    char *text = NULL;
    size_t len;
    struct weir_buffer all;
    WEIR_TRY(session->store_ops->note_read(session->store, "created", &text, &len, err));
    weir_buffer_init(&all, 1 << 20);
    enum weir_code code = weir_buffer_append(&all, weir_slice(text, text ? len : 0), err);
    if (code == WEIR_OK)
        code = weir_buffer_printf(&all, err, "%s\n", name);
    if (code == WEIR_OK)
        code =
            session->store_ops->note_put(session->store, "created", weir_buffer_slice(&all), err);
    weir_buffer_done(&all);
    free(text);
    return code;
}

static enum weir_code open_sinks(struct weir_session *session, struct weir_error *err)
{
    const struct weir_plan *plan = session->plan;
    const struct weir_sink_config config = {.pipeline = plan->settings.name,
                                            .incarnation = weir_random_u64(),
                                            .memory_max = plan->settings.memory_bytes / 8,
                                            .exactly_once = plan->settings.exactly_once};
    session->sinks =
        WEIR_NEW_ARRAY(&session->arena, struct weir_epochs_sink, plan->sinks_count + 1);
    if (!session->sinks)
        return no_memory(err);
    for (uint32_t i = 0; i < plan->sinks_count; i++) {
        const struct weir_table *table = plan->sinks[i].table;
        bool created = false;
        session->sinks[i] =
            (struct weir_epochs_sink){.ops = table->connector->sink,
                                      .name = table->name,
                                      .rows_committed = &session->tallies->sinks[i]};
        enum weir_code code =
            table->connector->sink->open(table, &config, &created, &session->sinks[i].sink, err);
        if (code != WEIR_OK) {
            weir_fail_in(err, "%s", table->name);
            return code;
        }
        if (created)
            WEIR_TRY(note_created(session, table->name, err));
    }
    return WEIR_OK;
}

/* The splits of one source. */
struct splits {
    const char *const *names;
    uint32_t count;
};

static enum weir_code open_source(struct weir_session *session, uint32_t index, struct splits *ret,
                                  struct weir_error *err)
{
    static const char *const query_splits[] = {"0"};
    const struct weir_plan_source *source = &session->plan->sources[index];
    *ret = (struct splits){query_splits, 1};
    if (source->query)
        return WEIR_OK;
    const struct weir_source_config config = {.columns_needed = source->columns_needed,
                                              .follow = true};
    const struct weir_source_ops *ops = source->table->connector->source;
    enum weir_code code = ops->open(source->table, &config, &session->sources[index], err);
    if (code == WEIR_OK)
        code = ops->discover(session->sources[index], &ret->names, &ret->count, err);
    if (code != WEIR_OK)
        weir_fail_in(err, "%s", source->name);
    return code;
}

static enum weir_code open_tasks(struct weir_session *session, struct weir_error *err)
{
    const struct weir_plan *plan = session->plan;
    uint32_t count = 0;
    struct splits *splits = WEIR_NEW_ARRAY(&session->arena, struct splits, plan->sources_count + 1);
    session->sources =
        WEIR_NEW_ARRAY(&session->arena, struct weir_source *, plan->sources_count + 1);
    if (!splits || !session->sources)
        return no_memory(err);
    for (uint32_t i = 0; i < plan->sources_count; i++) {
        WEIR_TRY(open_source(session, i, &splits[i], err));
        count += splits[i].count;
    }
    session->tasks = WEIR_NEW_ARRAY(&session->arena, struct weir_task, count + 1);
    if (!session->tasks)
        return no_memory(err);
    for (uint32_t i = 0; i < plan->sources_count; i++)
        for (uint32_t k = 0; k < splits[i].count; k++)
            WEIR_TRY(weir_task_open(&session->tasks[session->tasks_count++], &plan->sources[i],
                                    session->sources[i], splits[i].names[k], session->sinks,
                                    session->tallies->statements, &session->tallies->sources[i],
                                    &session->context, err));
    return WEIR_OK;
}

static enum weir_code open_epochs(struct weir_session *session, struct weir_error *err)
{
    const struct weir_plan *plan = session->plan;
    uint32_t count = 0;
    for (uint32_t t = 0; t < session->tasks_count; t++)
        count += session->tasks[t].source->branches_count;
    struct weir_epoch_chunk *chunks =
        WEIR_NEW_ARRAY(&session->arena, struct weir_epoch_chunk, count + 1);
    if (!chunks)
        return no_memory(err);
    count = 0;
    for (uint32_t t = 0; t < session->tasks_count; t++) {
        const struct weir_task *task = &session->tasks[t];
        for (uint32_t b = 0; b < task->source->branches_count; b++)
            chunks[count++] = (struct weir_epoch_chunk){
                .sink = plan->statements[task->source->branches[b].statement].sink,
                .writer = task->outlets[b].writer};
    }
    const struct weir_epochs_config config = {.store_ops = session->store_ops,
                                              .store = session->store,
                                              .sinks = session->sinks,
                                              .sinks_count = plan->sinks_count,
                                              .plan_hash = plan->hash,
                                              .exactly_once = plan->settings.exactly_once,
                                              .epoch_ms = plan->settings.epoch_ms,
                                              .chunks = chunks,
                                              .chunks_count = count,
                                              .chunk_bytes_max = plan->settings.memory_bytes,
                                              .wake_fd = session->wake_fd,
                                              .epoch_prepared = &session->tallies->epoch_prepared,
                                              .epoch_committed =
                                                  &session->tallies->epoch_committed};
    return weir_epochs_open(&config, &session->epochs, &session->recovery, err);
}

static enum weir_code open_all(struct weir_session *session, struct weir_error *err)
{
    const struct weir_plan *plan = session->plan;
    session->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (session->wake_fd < 0)
        return weir_fail_errno(err, WEIR_IO, "could not make an eventfd");
    session->snapshots_put = WEIR_NEW_ARRAY(&session->arena, const char *, plan->lookups_count + 1);
    if (!session->snapshots_put)
        return no_memory(err);
    WEIR_TRY(session->store_ops->open(plan->settings.checkpoint, plan->settings.name,
                                      &session->store, err));
    WEIR_TRY(open_sinks(session, err));
    WEIR_TRY(weir_lookups_open(plan, weir_clock_wall_us() - WEIR_UNIX_TO_PG_US,
                               plan->settings.memory_bytes, &session->lookups, err));
    session->context = (struct weir_task_context){.plan = plan,
                                                  .lookups = session->lookups,
                                                  .epoch_bytes_max = plan->settings.memory_bytes /
                                                                     FIRST_EPOCH_SHARE,
                                                  .start_epoch = start_epoch,
                                                  .maybe_cut = maybe_cut,
                                                  .session = session};
    WEIR_TRY(open_tasks(session, err));
    return open_epochs(session, err);
}

enum weir_code weir_session_open(const struct weir_plan *plan,
                                 const struct weir_runtime_config *config,
                                 struct weir_tallies *tallies, struct weir_session **ret,
                                 struct weir_error *err)
{
    struct weir_session *session = calloc(1, sizeof *session);
    if (!session)
        return no_memory(err);
    session->plan = plan;
    session->config = config;
    session->tallies = tallies;
    session->store_ops = &weir_directory_store;
    session->wake_fd = -1;
    weir_arena_init(&session->arena, SESSION_BYTES_MAX);
    enum weir_code code = open_all(session, err);
    if (code != WEIR_OK) {
        weir_session_close(session);
        return code;
    }
    *ret = session;
    return WEIR_OK;
}

void weir_session_close(struct weir_session *session)
{
    if (!session)
        return;
    weir_epochs_close(session->epochs);
    for (uint32_t t = 0; t < session->tasks_count; t++)
        weir_task_close(&session->tasks[t]);
    for (uint32_t i = 0; session->sources && i < session->plan->sources_count; i++)
        if (session->sources[i])
            session->plan->sources[i].table->connector->source->close(session->sources[i]);
    for (uint32_t i = 0; session->sinks && i < session->plan->sinks_count; i++)
        if (session->sinks[i].sink)
            session->sinks[i].ops->close(session->sinks[i].sink);
    if (session->lookups)
        weir_lookups_close(session->lookups);
    if (session->store)
        session->store_ops->close(session->store);
    if (session->wake_fd >= 0)
        close(session->wake_fd);
    weir_arena_done(&session->arena);
    free(session);
}
