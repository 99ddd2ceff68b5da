/* consume: the values of a stream on standard output, one a line.
 *
 * Topics give their messages, files their lines, both unchanged; rows of tables are printed as JSON
 * by a query. Bounded streams have no "new" messages to wait for: they are read from their
 * beginning in any case. */
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"
#include "query/query.h"

#define WAIT_MS_MAX       1000
#define POSITION_BYTES    ((size_t)1 << 16)
#define WAITED_SPLITS_MAX 256

struct consumer {
    const struct weir_cli *cli;
    const struct weir_table *table;
    const struct weir_source_ops *ops;
    struct weir_source *source;
    struct weir_split **splits;
    bool *ended;
    uint32_t splits_count;
    uint64_t messages, messages_max;
    struct weir_cli_stop stop;
};

/* One split, from the beginning or from the present end; with --drain up to the present end. */
static enum weir_code open_split(struct consumer *consumer, const char *name, bool from_beginning,
                                 struct weir_split **ret, struct weir_error *err)
{
    const struct weir_source_ops *ops = consumer->ops;
    struct weir_buffer end;
    weir_buffer_init(&end, POSITION_BYTES);
    enum weir_code code = ops->assign(consumer->source, name, WEIR_SLICE(""), ret, err);
    if (code == WEIR_OK && ops->end)
        code = ops->end(*ret, &end, err);
    if (code == WEIR_OK && ops->end && !from_beginning) {
        ops->revoke(*ret);
        *ret = NULL;
        code = ops->assign(consumer->source, name, weir_buffer_slice(&end), ret, err);
    }
    if (code == WEIR_OK && ops->end && consumer->cli->flags[WEIR_CLI_DRAIN])
        code = ops->limit(*ret, weir_buffer_slice(&end), err);
    weir_buffer_done(&end);
    return code;
}

static enum weir_code open_splits(struct consumer *consumer, struct weir_error *err)
{
    const struct weir_table *table = consumer->table;
    bool *needed = calloc(table->columns_count + 1, sizeof *needed);
    bool bounded = !consumer->ops->end || table->connector->bounded(table),
         from_beginning = bounded || consumer->cli->flags[WEIR_CLI_FROM_BEGINNING];
    const struct weir_source_config config = {.columns_needed = needed,
                                              .follow = !consumer->cli->flags[WEIR_CLI_DRAIN]};
    const char *const *names;
    if (!needed)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    enum weir_code code = consumer->ops->open(table, &config, &consumer->source, err);
    free(needed);
    WEIR_TRY(code);
    WEIR_TRY(consumer->ops->discover(consumer->source, &names, &consumer->splits_count, err));
    consumer->splits = calloc(consumer->splits_count, sizeof(struct weir_split *));
    consumer->ended = calloc(consumer->splits_count, sizeof *consumer->ended);
    if (!consumer->splits || !consumer->ended)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t i = 0; i < consumer->splits_count; i++)
        WEIR_TRY(open_split(consumer, names[i], from_beginning, &consumer->splits[i], err));
    return WEIR_OK;
}

static void print_records(struct consumer *consumer, struct weir_split *split,
                          const struct weir_fetch *fetch)
{
    uint32_t count = 0;
    for (; count < fetch->records_count && consumer->messages < consumer->messages_max; count++) {
        struct weir_slice value = fetch->records[count].value;
        if (value.ptr)
            fwrite(value.ptr, 1, value.len, stdout);
        else
            fputs("null", stdout); /* as Kafka's consumer prints a tombstone */
        fputc('\n', stdout);
        consumer->messages++;
    }
    consumer->ops->consume(split, count, 0, true);
}

/* Whole lines, and at the end of a file also what has no line end. */
static void print_lines(struct consumer *consumer, struct weir_split *split,
                        const struct weir_fetch *fetch)
{
    const char *at = fetch->bytes.ptr, *end = at + fetch->bytes.len;
    size_t lines = 0;
    bool whole = true;
    while (at < end && consumer->messages < consumer->messages_max) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        if (!line && !fetch->last && !fetch->full)
            break;
        fwrite(at, 1, (size_t)((line ? line : end) - at), stdout);
        at = line ? line + 1 : end;
        whole = line || fetch->last;
        if (!whole)
            continue; /* a part of a longer line */
        fputc('\n', stdout);
        lines += line != NULL;
        consumer->messages++;
    }
    consumer->ops->consume(split, (size_t)(at - fetch->bytes.ptr), lines, whole);
}

/* Waits until a split that was idle has something, or a signal came. */
static void wait_for_more(const struct consumer *consumer, const struct pollfd *idle,
                          uint32_t idle_count, int64_t wait_ms)
{
    struct pollfd fds[WAITED_SPLITS_MAX + 1];
    nfds_t count = 0;
    fds[count++] = (struct pollfd){.fd = consumer->stop.fd, .events = POLLIN};
    for (uint32_t i = 0; i < idle_count; i++)
        fds[count++] = idle[i];
    fflush(stdout);
    poll(fds, count, wait_ms < 0 || wait_ms > WAIT_MS_MAX ? WAIT_MS_MAX : (int)wait_ms);
}

static enum weir_code consume_splits(struct consumer *consumer, struct weir_error *err)
{
    while (!*consumer->stop.flag && consumer->messages < consumer->messages_max) {
        struct pollfd idle[WAITED_SPLITS_MAX];
        uint32_t idle_count = 0, open = 0, moved = 0;
        int64_t wait_ms = -1;
        for (uint32_t i = 0; i < consumer->splits_count; i++) {
            struct weir_fetch fetch;
            if (consumer->ended[i] || consumer->messages >= consumer->messages_max)
                continue;
            WEIR_TRY(consumer->ops->poll(consumer->splits[i], &fetch, err));
            consumer->ended[i] = fetch.state == WEIR_FETCH_END;
            open += !consumer->ended[i];
            if (fetch.state == WEIR_FETCH_DATA) {
                moved++;
                if (fetch.kind == WEIR_FETCH_RECORDS)
                    print_records(consumer, consumer->splits[i], &fetch);
                else
                    print_lines(consumer, consumer->splits[i], &fetch);
            } else if (fetch.state == WEIR_FETCH_IDLE) {
                if (fetch.wait_ms >= 0 && (wait_ms < 0 || fetch.wait_ms < wait_ms))
                    wait_ms = fetch.wait_ms;
                if (fetch.wait_fd >= 0 && idle_count < WAITED_SPLITS_MAX)
                    idle[idle_count++] = (struct pollfd){.fd = fetch.wait_fd, .events = POLLIN};
            }
        }
        if (!open)
            break;
        if (!moved)
            wait_for_more(consumer, idle, idle_count, wait_ms);
    }
    return WEIR_OK;
}

static enum weir_code consume_stream(struct consumer *consumer, struct weir_error *err)
{
    enum weir_code code = open_splits(consumer, err);
    if (code == WEIR_OK)
        code = consume_splits(consumer, err);
    for (uint32_t i = 0; consumer->splits && i < consumer->splits_count; i++)
        if (consumer->splits[i])
            consumer->ops->revoke(consumer->splits[i]);
    if (consumer->source)
        consumer->ops->close(consumer->source);
    free(consumer->splits);
    free(consumer->ended);
    return code;
}

/* Rows of a table: SELECT * as JSON lines. */
static int consume_rows(const struct weir_cli *cli, const struct weir_table *table,
                        uint64_t *ret_messages)
{
    char query[512], limit[48] = "";
    int status;
    struct weir_error err;
    if (cli->messages_max >= 0)
        snprintf(limit, sizeof limit, " LIMIT %" PRId64, cli->messages_max);
    size_t len = (size_t)snprintf(query, sizeof query, "SELECT * FROM \"");
    for (const char *at = table->name; *at && len + 64 < sizeof query; at++) {
        if (*at == '"')
            query[len++] = '"';
        query[len++] = *at;
    }
    snprintf(query + len, sizeof query - len, "\"%s", limit);
    struct weir_plan *plan =
        weir_cli_plan_make(cli, cli->args_count - 1, query, WEIR_CLI_PLAN_DEFINITIONS, &status);
    if (!plan)
        return status;
    if (weir_query_run(plan, WEIR_QUERY_JSON, true, stdout, ret_messages, &err) != WEIR_OK)
        status = weir_cli_failed(&err);
    weir_plan_free(plan);
    return status;
}

static void print_total(const struct weir_cli *cli, uint64_t messages)
{
    fflush(stdout);
    if (cli->log_json)
        weir_log(WEIR_LOG_INFO, "Processed a total of %" PRIu64 " messages", messages);
    else if (!cli->flags[WEIR_CLI_QUIET])
        fprintf(stderr, "Processed a total of %" PRIu64 " messages\n", messages);
}

int weir_verb_consume(const struct weir_cli *cli)
{
    int status;
    uint64_t messages = 0;
    const struct weir_table *table;
    struct weir_error err;
    struct weir_plan *plan = weir_cli_plan_for_stream(cli, &table, &status);
    if (!plan)
        return status;
    if (!table->connector->source) {
        weir_fail(&err, WEIR_BAD_CONFIG, "stream \"%s\" cannot be read: %s is only written to",
                  table->name, table->connector->name);
        status = weir_cli_failed(&err);
    } else if (table->connector->typed_rows) {
        status = consume_rows(cli, table, &messages);
        if (status == WEIR_EXIT_OK)
            print_total(cli, messages);
    } else {
        struct consumer consumer = {
            .cli = cli,
            .table = table,
            .ops = table->connector->source,
            .messages_max = cli->messages_max < 0 ? UINT64_MAX : (uint64_t)cli->messages_max,
            .stop = weir_cli_catch_signals()};
        if (consume_stream(&consumer, &err) == WEIR_OK)
            print_total(cli, consumer.messages);
        else
            status = weir_cli_failed(&err);
    }
    weir_plan_free(plan);
    return status;
}
