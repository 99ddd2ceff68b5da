/* Topics as a source: a split is a partition, named by its number; a position is {"offset":N}, the
 * offset of the next record.
 *
 * Waiting: each split watches the topic's directory (inotify), so that what another process appends
 * wakes it at once. What counts is the tail, see tail.c. When no writer lives, the tail may lag;
 * that is looked at now and then. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "connector/log/connector.h"
#include "connector/log/reader.h"

#define WATCHED_SPLITS_MAX 16   /* of one source: inotify instances are few (128 a user) */
#define POLL_MS            5    /* without a watch */
#define IDLE_MS            1000 /* with one: has the writer died? */

struct weir_source {
    struct weir_topic topic;
    struct weir_topic_tail tail;
    bool follow;
    bool latest;
    char **splits;
};

struct weir_split {
    struct weir_source *source;
    struct weir_log_reader reader;
    int watch;          /* inotify; -1: none */
    uint32_t consumed;  /* of reader.records */
    int64_t begin;      /* offset at which reading began, for progress */
    int64_t checked_us; /* when the tail was last looked at */
};

static void source_close(struct weir_source *source)
{
    if (!source)
        return;
    for (uint32_t i = 0; source->splits && i < source->topic.partitions; i++)
        free(source->splits[i]);
    free(source->splits);
    weir_topic_tail_done(&source->tail);
    weir_topic_done(&source->topic);
    free(source);
}

static enum weir_code open_topic(struct weir_source *source, const struct weir_table *table,
                                 struct weir_error *err)
{
    bool created;
    enum weir_code code = weir_log_table_open(table, &source->topic, err);
    if (code != WEIR_IO || err->sys_errno != ENOENT)
        return code;
    if (!source->follow) {
        weir_fail(err, WEIR_BAD_CONFIG, "topic \"%s\" does not exist", weir_log_table_topic(table));
        return weir_hint(err,
                         "topics lie in %s; one is made by the first pipeline that writes or "
                         "follows it, or by `weir topics create`",
                         weir_log_table_root(table));
    }
    /* Who follows a topic may come before who writes it. */
    WEIR_TRY(weir_log_table_create(table, true, &created, err));
    return weir_log_table_open(table, &source->topic, err);
}

static enum weir_code source_open(const struct weir_table *table,
                                  const struct weir_source_config *config, struct weir_source **ret,
                                  struct weir_error *err)
{
    struct weir_source *source = calloc(1, sizeof *source);
    if (!source)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    source->follow = config->follow;
    source->latest = strcmp(weir_options_text(&table->options, "start", "earliest"), "latest") == 0;
    enum weir_code code = open_topic(source, table, err);
    if (code == WEIR_OK)
        code = weir_topic_tail_init(&source->tail, source->topic.partitions, err);
    if (code == WEIR_OK) {
        source->splits = calloc(source->topic.partitions, sizeof *source->splits);
        for (uint32_t i = 0; source->splits && i < source->topic.partitions; i++)
            if (asprintf(&source->splits[i], "%" PRIu32, i) < 0)
                source->splits[i] = NULL;
        if (!source->splits || !source->splits[source->topic.partitions - 1])
            code = weir_fail(err, WEIR_NOMEM, "out of memory");
    }
    if (code == WEIR_OK)
        *ret = source;
    else
        source_close(source);
    return code;
}

static enum weir_code discover(struct weir_source *source, const char *const **ret_splits,
                               uint32_t *ret_count, struct weir_error *err)
{
    (void)err;
    *ret_splits = (const char *const *)source->splits;
    *ret_count = source->topic.partitions;
    return WEIR_OK;
}

static enum weir_code position_parse(const struct weir_source *source, struct weir_slice text,
                                     int64_t *ret, struct weir_error *err)
{
    static const char before[] = "{\"offset\":";
    char copy[64], *end = copy;
    if (text.len < sizeof copy && text.len > sizeof before - 1) {
        memcpy(copy, text.ptr, text.len);
        copy[text.len] = 0;
        *ret = strtoll(copy + sizeof before - 1, &end, 10);
        if (strncmp(copy, before, sizeof before - 1) == 0 && strcmp(end, "}") == 0 && *ret >= 0)
            return WEIR_OK;
    }
    return weir_fail(err, WEIR_BAD_DATA, "topic \"%s\": \"%.*s\" is not a position",
                     source->topic.name, (int)(text.len > 100 ? 100 : text.len), text.ptr);
}

/* Where reading begins: behind `from`, or where the table says. */
static enum weir_code start_offset(struct weir_source *source, uint32_t partition,
                                   struct weir_slice from, int64_t *ret, struct weir_error *err)
{
    int64_t first, end;
    WEIR_TRY(weir_topic_tail_find(&source->topic, &source->tail, err));
    WEIR_TRY(weir_topic_first_offset(&source->topic, partition, &first, err));
    end = (int64_t)source->tail.next[partition];
    if (from.len == 0) {
        *ret = source->latest ? end : first;
        return WEIR_OK;
    }
    WEIR_TRY(position_parse(source, from, ret, err));
    if (*ret < first) {
        weir_fail(err, WEIR_BAD_DATA,
                  "topic \"%s\", partition %" PRIu32 ": offset %" PRId64
                  " is gone, the first one kept is %" PRId64,
                  source->topic.name, partition, *ret, first);
        return weir_hint(err, "retention deleted the records in between; `weir reset` starts the "
                              "pipeline anew from what is there");
    }
    if (*ret > end && !weir_topic_has_writer(&source->topic)) {
        weir_fail(err, WEIR_BAD_DATA,
                  "topic \"%s\", partition %" PRIu32 ": offset %" PRId64
                  " lies behind its end %" PRId64,
                  source->topic.name, partition, *ret, end);
        return weir_hint(err, "the topic was deleted and made anew; `weir reset` starts the "
                              "pipeline anew from what is there");
    }
    return WEIR_OK;
}

static int watch_topic(const struct weir_topic *topic)
{
    int watch =
        topic->partitions <= WATCHED_SPLITS_MAX ? inotify_init1(IN_NONBLOCK | IN_CLOEXEC) : -1;
    if (watch >= 0 && inotify_add_watch(watch, topic->dir,
                                        IN_MODIFY | IN_CREATE | IN_DELETE_SELF | IN_ONLYDIR) < 0) {
        close(watch);
        watch = -1;
    }
    return watch;
}

static void split_close(struct weir_split *split)
{
    if (!split)
        return;
    weir_log_reader_done(&split->reader);
    if (split->watch >= 0)
        close(split->watch);
    free(split);
}

static enum weir_code assign(struct weir_source *source, const char *name, struct weir_slice from,
                             struct weir_split **ret, struct weir_error *err)
{
    char *end;
    unsigned long partition = strtoul(name, &end, 10);
    if (*end || partition >= source->topic.partitions)
        return weir_fail(err, WEIR_BAD_DATA, "topic \"%s\" has no partition %s", source->topic.name,
                         name);
    struct weir_split *split = calloc(1, sizeof *split);
    if (!split)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    *split = (struct weir_split){.source = source, .reader.fd = -1};
    /* Watch first, look then: nothing falls in between. */
    split->watch = source->follow ? watch_topic(&source->topic) : -1;
    enum weir_code code = start_offset(source, (uint32_t)partition, from, &split->begin, err);
    if (code == WEIR_OK)
        code = weir_log_reader_init(&split->reader, &source->topic, &source->tail,
                                    (uint32_t)partition, split->begin, err);
    if (code == WEIR_OK && !source->follow)
        split->reader.limit = (int64_t)source->tail.next[partition];
    if (code == WEIR_OK)
        *ret = split;
    else
        split_close(split);
    return code;
}

static enum weir_code end(struct weir_split *split, struct weir_buffer *ret, struct weir_error *err)
{
    struct weir_source *source = split->source;
    WEIR_TRY(weir_topic_tail_find(&source->topic, &source->tail, err));
    return weir_buffer_printf(ret, err, "{\"offset\":%" PRIu64 "}",
                              source->tail.next[split->reader.partition]);
}

static enum weir_code limit(struct weir_split *split, struct weir_slice to, struct weir_error *err)
{
    split->reader.limit = INT64_MAX;
    return to.len ? position_parse(split->source, to, &split->reader.limit, err) : WEIR_OK;
}

/* Takes what the watch has to say. */
static enum weir_code watch_read(struct weir_split *split, bool *ret_any, struct weir_error *err)
{
    union {
        struct inotify_event event;
        char bytes[4096];
    } buffer;
    *ret_any = split->watch < 0;
    for (ssize_t n; split->watch >= 0 && (n = read(split->watch, &buffer, sizeof buffer)) > 0;) {
        *ret_any = true;
        for (char *at = buffer.bytes; at < buffer.bytes + n;) {
            struct inotify_event event;
            memcpy(&event, at, sizeof event);
            if (event.mask & (IN_DELETE_SELF | IN_IGNORED))
                return weir_fail(err, WEIR_IO, "topic \"%s\" was deleted while it was read",
                                 split->source->topic.name);
            at += sizeof event + event.len;
        }
    }
    return WEIR_OK;
}

/* Moves the tail on, where there is reason to look. */
static enum weir_code look_at_tail(struct weir_split *split, struct weir_error *err)
{
    struct weir_source *source = split->source;
    bool any, moved;
    int64_t now_us = weir_clock_monotonic_us();
    WEIR_TRY(watch_read(split, &any, err));
    if (!any && split->checked_us && now_us - split->checked_us < IDLE_MS * 1000 / 2)
        return WEIR_OK;
    weir_topic_tail_read(&source->topic, &source->tail, &moved);
    if (moved)
        return WEIR_OK;
    if (now_us - split->checked_us < IDLE_MS * 1000 / 2)
        return WEIR_OK;
    split->checked_us = now_us;
    return weir_topic_has_writer(&source->topic)
               ? WEIR_OK
               : weir_topic_tail_extend(&source->topic, &source->tail, err);
}

static enum weir_code split_poll(struct weir_split *split, struct weir_fetch *ret,
                                 struct weir_error *err)
{
    struct weir_log_reader *reader = &split->reader;
    if (split->consumed >= reader->records_count) {
        split->consumed = 0;
        WEIR_TRY(weir_log_reader_next(reader, err));
        if (!reader->records_count && reader->offset < reader->limit) {
            WEIR_TRY(look_at_tail(split, err));
            WEIR_TRY(weir_log_reader_next(reader, err));
        }
    }
    *ret = (struct weir_fetch){
        .state = WEIR_FETCH_IDLE,
        .kind = WEIR_FETCH_RECORDS,
        .records = reader->records + split->consumed,
        .records_count = reader->records_count - split->consumed,
        .source = weir_slice_of(split->source->topic.name),
        .partition = (int32_t)reader->partition,
        .timestamp_us = WEIR_NO_TIMESTAMP,
        .wait_fd = split->watch,
        .wait_ms = split->watch >= 0 ? IDLE_MS : POLL_MS,
    };
    if (ret->records_count) {
        ret->state = WEIR_FETCH_DATA;
        ret->offset = ret->records[0].offset;
    } else if (reader->offset >= reader->limit) {
        ret->state = WEIR_FETCH_END;
    }
    return WEIR_OK;
}

static void consume(struct weir_split *split, size_t count, size_t lines, bool boundary)
{
    (void)lines;
    (void)boundary;
    split->consumed += (uint32_t)count;
    WEIR_ASSERT(split->consumed <= split->reader.records_count);
}

static int64_t next_offset(const struct weir_split *split)
{
    const struct weir_log_reader *reader = &split->reader;
    return split->consumed < reader->records_count ? reader->records[split->consumed].offset
                                                   : reader->offset;
}

static enum weir_code position(struct weir_split *split, struct weir_buffer *ret,
                               struct weir_error *err)
{
    return weir_buffer_printf(ret, err, "{\"offset\":%" PRId64 "}", next_offset(split));
}

static void progress(struct weir_split *split, double *ret_share, int64_t *ret_lag,
                     bool *ret_unit_bytes)
{
    struct weir_log_reader *reader = &split->reader;
    int64_t next = next_offset(split), tail = (int64_t)split->source->tail.next[reader->partition],
            ends = reader->limit < tail ? reader->limit : tail;
    *ret_share = -1;
    if (reader->limit != INT64_MAX)
        *ret_share = reader->limit > split->begin
                         ? (double)(next - split->begin) / (double)(reader->limit - split->begin)
                         : 1;
    *ret_lag = ends > next ? ends - next : 0;
    *ret_unit_bytes = false;
}

static enum weir_code version(struct weir_source *source, struct weir_buffer *ret,
                              struct weir_error *err)
{
    struct weir_topic_tail tail;
    WEIR_TRY(weir_topic_tail_init(&tail, source->topic.partitions, err));
    enum weir_code code = weir_topic_tail_find(&source->topic, &tail, err);
    if (code == WEIR_OK)
        code = weir_buffer_printf(ret, err, "%" PRIu64, tail.position);
    weir_topic_tail_done(&tail);
    return code;
}

const struct weir_source_ops weir_log_source_ops = {
    .open = source_open,
    .discover = discover,
    .assign = assign,
    .end = end,
    .limit = limit,
    .poll = split_poll,
    .consume = consume,
    .position = position,
    .progress = progress,
    .revoke = split_close,
    .version = version,
    .close = source_close,
};
