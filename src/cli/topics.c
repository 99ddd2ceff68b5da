/* topics: list, create, describe, delete; and ls, the files behind a stream. Both ask the
 * connectors' catalogs. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "cli/cli.h"

#define CATALOG_BYTES ((size_t)256 << 20)

struct topics {
    const struct weir_cli *cli;
    const struct weir_plan *plan;
    const char *name; /* a stream's or a topic's; NULL: all */
    struct weir_arena arena;
    uint32_t found;
};

static const char *topic_of(const struct weir_table *table)
{
    return weir_options_text(&table->options, "topic", table->name);
}

static const char *root_of(const struct weir_table *table)
{
    return weir_options_text(&table->options, "root", "");
}

static bool is_wanted(const struct topics *topics, const struct weir_table *table)
{
    return table->connector->kind == WEIR_KIND_TOPIC && table->connector->catalog &&
           (!topics->name || strcmp(topics->name, table->name) == 0 ||
            strcmp(topics->name, topic_of(table)) == 0);
}

/* Whether an earlier table stands for the same thing (the topic; with `server`: the server). */
static bool is_repeated(const struct topics *topics, uint32_t index, bool server)
{
    const struct weir_table *table = topics->plan->tables[index];
    for (uint32_t i = 0; i < index; i++) {
        const struct weir_table *other = topics->plan->tables[i];
        if (is_wanted(topics, other) && other->connector == table->connector &&
            strcmp(other->server, table->server) == 0 &&
            strcmp(root_of(other), root_of(table)) == 0 &&
            (server || strcmp(topic_of(other), topic_of(table)) == 0))
            return true;
    }
    return false;
}

typedef enum weir_code topics_action(struct topics *topics, const struct weir_table *table,
                                     struct weir_error *err);

static enum weir_code list_server(struct topics *topics, const struct weir_table *table,
                                  struct weir_error *err)
{
    const char *const *names;
    size_t count;
    if (!table->connector->catalog->list)
        return WEIR_OK;
    WEIR_TRY(table->connector->catalog->list(table, &topics->arena, &names, &count, err));
    for (size_t i = 0; i < count; i++)
        printf("%s\n", names[i]);
    return WEIR_OK;
}

static enum weir_code create_topic(struct topics *topics, const struct weir_table *table,
                                   struct weir_error *err)
{
    bool created;
    WEIR_TRY(table->connector->catalog->create(table, &created, err));
    if (created)
        printf("Created topic \"%s\".\n", topic_of(table));
    else if (topics->name)
        return weir_fail(err, WEIR_BAD_CONFIG, "topic \"%s\" already exists", topic_of(table));
    return WEIR_OK;
}

static enum weir_code describe_topic(struct topics *topics, const struct weir_table *table,
                                     struct weir_error *err)
{
    static const struct weir_grid_column columns[] = {
        {"partition", true}, {"first offset", true}, {"end offset", true}, {"bytes", true}};
    struct weir_catalog_info info;
    WEIR_TRY(table->connector->catalog->describe(table, NULL, &topics->arena, &info, err));
    if (!info.exists)
        return weir_fail(err, WEIR_BAD_CONFIG, "topic \"%s\" does not exist", topic_of(table));
    printf("Topic: %s  Partitions: %" PRIu32 "  Messages: %" PRId64 "  Bytes: %" PRId64
           "  Location: %s\n",
           topic_of(table), info.partitions_count, info.rows, info.bytes, info.location);
    struct weir_grid *grid = weir_grid_new(columns, 4);
    for (uint32_t i = 0; i < info.partitions_count; i++) {
        const struct weir_catalog_partition *partition = &info.partitions[i];
        weir_grid_add(grid, "%" PRId32, partition->partition);
        weir_grid_add(grid, "%" PRId64, partition->first_offset);
        weir_grid_add(grid, "%" PRId64, partition->end_offset);
        weir_grid_add(grid, "%" PRId64, partition->bytes);
    }
    weir_grid_print_and_free(grid, true, stdout);
    return WEIR_OK;
}

static enum weir_code delete_topic(struct topics *topics, const struct weir_table *table,
                                   struct weir_error *err)
{
    struct weir_catalog_info info;
    char question[512];
    WEIR_TRY(table->connector->catalog->describe(table, NULL, &topics->arena, &info, err));
    if (!info.exists)
        return weir_fail(err, WEIR_BAD_CONFIG, "topic \"%s\" does not exist", topic_of(table));
    snprintf(question, sizeof question, "Delete topic \"%s\" with its %" PRId64 " messages?",
             topic_of(table), info.rows);
    if (!topics->cli->flags[WEIR_CLI_YES] && !weir_cli_confirm(question))
        return weir_fail(err, WEIR_STOPPED, "topic \"%s\" was not deleted", topic_of(table));
    WEIR_TRY(table->connector->catalog->drop(table, err));
    printf("Deleted topic \"%s\".\n", topic_of(table));
    return WEIR_OK;
}

/* A topic that no stream of the files names, as the topic of a copy of some table on the same
 * server. */
static int act_on_other_topic(struct topics *topics, topics_action *action, struct weir_error *err)
{
    for (uint32_t i = 0; i < topics->plan->tables_count; i++) {
        const struct weir_table *near = topics->plan->tables[i];
        const struct weir_catalog_ops *catalog = near->connector->catalog;
        const char *const *names;
        size_t count;
        if (near->connector->kind != WEIR_KIND_TOPIC || !catalog || !catalog->list)
            continue;
        if (catalog->list(near, &topics->arena, &names, &count, err) != WEIR_OK)
            return weir_cli_failed(err);
        for (size_t k = 0; k < count; k++) {
            if (strcmp(names[k], topics->name) != 0)
                continue;
            struct weir_table table = *near;
            struct weir_option items[2];
            uint32_t items_count = 0;
            const struct weir_option *root = weir_options_find(&near->options, "root");
            if (root)
                items[items_count++] = *root;
            items[items_count++] =
                (struct weir_option){.name = "topic", .text = names[k], .location = -1};
            table.name = names[k];
            table.options = (struct weir_options){items, items_count};
            return action(topics, &table, err) == WEIR_OK ? WEIR_EXIT_OK : weir_cli_failed(err);
        }
    }
    weir_fail(err, WEIR_BAD_CONFIG, "there is no stream or topic \"%s\"", topics->name);
    weir_log_error(err);
    return WEIR_EXIT_USAGE;
}

static int act(struct topics *topics, topics_action *action)
{
    struct weir_error err;
    int status = WEIR_EXIT_OK;
    for (uint32_t i = 0; i < topics->plan->tables_count; i++) {
        const struct weir_table *table = topics->plan->tables[i];
        if (!is_wanted(topics, table) || is_repeated(topics, i, action == list_server))
            continue;
        topics->found++;
        if (action(topics, table, &err) != WEIR_OK)
            status = weir_cli_failed(&err);
    }
    if (topics->name && !topics->found)
        return act_on_other_topic(topics, action, &err);
    if (!topics->found)
        weir_log(WEIR_LOG_WARNING, "the files have no stream that is a topic");
    return status;
}

int weir_verb_topics(const struct weir_cli *cli)
{
    static const struct {
        const char *word;
        topics_action *action;
    } actions[] = {{"list", list_server},
                   {"create", create_topic},
                   {"describe", describe_topic},
                   {"delete", delete_topic}};
    topics_action *action = NULL;
    int status;
    if (cli->args_count == 0)
        return weir_usage_error(cli->verb, "what about topics? list, create, describe or delete");
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(cli->args[0], actions[i].word) == 0)
            action = actions[i].action;
    if (!action)
        return weir_usage_error(
            cli->verb, "topics: \"%s\" is not one of list, create, describe, delete", cli->args[0]);
    struct weir_cli files = *cli;
    uint32_t files_count = weir_cli_files_count(cli, 1);
    files.args = cli->args + 1;
    files.args_count = cli->args_count - 1;
    if (files_count == 0)
        return weir_usage_error(cli->verb, "topics %s needs SQL files", cli->args[0]);
    struct topics topics = {.cli = cli};
    if (files_count < files.args_count)
        topics.name = files.args[files.args_count - 1];
    if (action == list_server && topics.name)
        return weir_usage_error(cli->verb, "topics list takes only SQL files, not \"%s\"",
                                topics.name);
    if (action == delete_topic && !topics.name)
        return weir_usage_error(cli->verb, "topics delete needs the name of a stream or topic");
    struct weir_plan *plan =
        weir_cli_plan_make(&files, files_count, NULL, WEIR_CLI_PLAN_DEFINITIONS, &status);
    if (!plan)
        return status;
    topics.plan = plan;
    weir_arena_init(&topics.arena, CATALOG_BYTES);
    status = act(&topics, action);
    weir_arena_done(&topics.arena);
    weir_plan_free(plan);
    return status;
}

/* ---- ls ---- */

static enum weir_code list_files(const struct weir_table *table, struct weir_arena *arena,
                                 struct weir_error *err)
{
    static const struct weir_grid_column columns[] = {{"", false}, {"", false}, {"", false},
                                                      {"", true},  {"", false}, {"", false}};
    const struct weir_catalog_file *files;
    size_t count;
    if (!table->connector->catalog || !table->connector->catalog->files)
        return weir_fail(err, WEIR_BAD_CONFIG, "stream \"%s\" has no files: it is of %s",
                         table->name, table->connector->name);
    WEIR_TRY(table->connector->catalog->files(table, arena, &files, &count, err));
    struct weir_grid *grid = weir_grid_new(columns, 6);
    for (size_t i = 0; i < count; i++) {
        char when[32] = "-";
        time_t seconds = (time_t)(files[i].modified_us / 1000000);
        struct tm tm;
        if (gmtime_r(&seconds, &tm))
            strftime(when, sizeof when, "%Y-%m-%d %H:%M", &tm);
        weir_grid_add(grid, "%s", files[i].permissions);
        weir_grid_add(grid, "%s", files[i].owner);
        weir_grid_add(grid, "%s", files[i].group);
        weir_grid_add(grid, "%" PRId64, files[i].size_bytes);
        weir_grid_add(grid, "%s", when);
        weir_grid_add(grid, "%s", files[i].name);
    }
    weir_grid_print_and_free(grid, false, stdout);
    return WEIR_OK;
}

int weir_verb_ls(const struct weir_cli *cli)
{
    int status;
    const struct weir_table *table;
    struct weir_arena arena;
    struct weir_error err;
    struct weir_plan *plan = weir_cli_plan_for_stream(cli, &table, &status);
    if (!plan)
        return status;
    weir_arena_init(&arena, CATALOG_BYTES);
    if (list_files(table, &arena, &err) != WEIR_OK)
        status = weir_cli_failed(&err);
    weir_arena_done(&arena);
    weir_plan_free(plan);
    return status;
}
