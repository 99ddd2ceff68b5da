/* The options of a table: its own, its user mapping's and its server's, checked against what connector and format know.
 *
 * The nearest wins: table before user before server. Connectors of one kind share their options, so that a table moves
 * between systems by its server alone: what this connector does not know but another of its kind does is accepted and noted
 * ("no effect"). Anything else is an error. No value is ever printed here: it may be a secret. */
#include "plan/binder.h"

/* What the plan itself understands, whatever the connector. */
static const struct weir_option_spec common_specs[] = {
    {.name = "format",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .help = "json, csv or raw"},
    {.name = "on_error",
     .kind = WEIR_OPTION_ENUM,
     .scopes = WEIR_ON_TABLE,
     .choices = "fail|null|skip",
     .help =
         "what a record that cannot be decoded does: stop, give NULLs, or be left out and counted"},
    {.name = "key",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .help = "the columns of the key, 'a, b'"},
    {.name = "refresh",
     .kind = WEIR_OPTION_DURATION,
     .scopes = WEIR_ON_TABLE,
     .help = "how often a lookup reads the table anew"},
    {.name = "dead_letter",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .help = "the stream that rows with an error go to"},
    {0}};
static const struct weir_option_spec file_specs[] = {
    {.name = "fallback",
     .kind = WEIR_OPTION_TEXT,
     .scopes = WEIR_ON_TABLE,
     .help = "the file to read when the remote does not answer"},
    {0}};

static const struct weir_option_spec *spec_find(const struct weir_option_spec *specs,
                                                const char *name, unsigned scope)
{
    for (; specs && specs->name; specs++)
        if (strcmp(specs->name, name) == 0 && (!scope || specs->scopes & scope))
            return specs;
    return NULL;
}

/* The spec lists that count for a table, nearest first; at most four. */
static int spec_lists(const struct weir_connector *connector, const struct weir_format *format,
                      const struct weir_option_spec *lists[4])
{
    int count = 0;
    lists[count++] = connector->options;
    if (format)
        lists[count++] = format->options;
    lists[count++] = common_specs;
    if (connector->kind == WEIR_KIND_FILE)
        lists[count++] = file_specs;
    return count;
}

static const struct weir_option_spec *spec_known(const struct weir_connector *connector,
                                                 const struct weir_format *format, const char *name,
                                                 unsigned scope)
{
    const struct weir_option_spec *lists[4], *found = NULL;
    int count = spec_lists(connector, format, lists);
    for (int i = 0; i < count && !found; i++)
        found = spec_find(lists[i], name, scope);
    return found;
}

/* Whether another connector of the same kind knows the option. */
static bool known_to_kind(const struct weir_binder *binder, const struct weir_connector *connector,
                          const char *name, unsigned scope)
{
    if (connector->kind == WEIR_KIND_OTHER)
        return false;
    for (const struct weir_connector *const *at = binder->input->registry->connectors; *at; at++)
        if ((*at)->kind == connector->kind && spec_find((*at)->options, name, scope))
            return true;
    return false;
}

static void report_unknown(struct weir_binder *binder, const struct weir_sql_option *option,
                           const struct weir_connector *connector, const struct weir_format *format,
                           unsigned scope)
{
    const struct weir_option_spec *lists[4];
    int count = spec_lists(connector, format, lists);
    struct WEIR_LIST(const char *) names = {0};
    for (int i = 0; i < count; i++)
        for (const struct weir_option_spec *spec = lists[i]; spec && spec->name; spec++)
            if (spec->scopes & scope)
                *WEIR_PUSH(binder->pool, names) = spec->name;
    const struct weir_option_spec *elsewhere = spec_known(connector, format, option->name, 0);
    if (elsewhere) {
        weir_problem(binder->problems, option->location, "option \"%s\" is not one of a %s",
                     option->name,
                     scope == WEIR_ON_TABLE    ? "table"
                     : scope == WEIR_ON_SERVER ? "server"
                                               : "user mapping");
        weir_problem_hint(binder->problems, "it belongs to the %s",
                          elsewhere->scopes & WEIR_ON_SERVER  ? "server"
                          : elsewhere->scopes & WEIR_ON_TABLE ? "table"
                                                              : "user mapping");
        return;
    }
    weir_problem(binder->problems, option->location, "unknown option \"%s\"", option->name);
    const char *meant = weir_did_you_mean(option->name, names.items, names.count);
    if (meant)
        weir_problem_hint(binder->problems, "did you mean \"%s\"?", meant);
    else
        weir_problem_hint(binder->problems, "`weir help %s` lists the options", connector->name);
}

void weir_server_options(struct weir_binder *binder, const struct weir_server_def *server)
{
    const struct weir_sql_statement *statements[] = {server->statement, server->user};
    unsigned scopes[] = {WEIR_ON_SERVER, WEIR_ON_USER};
    for (int s = 0; s < 2; s++)
        for (uint32_t i = 0; server->connector && statements[s] && i < statements[s]->options_count;
             i++) {
            const struct weir_sql_option *option = &statements[s]->options[i];
            const struct weir_option_spec *spec =
                spec_find(server->connector->options, option->name, scopes[s]);
            const char *text = weir_option_fill(binder, option->location, option->value);
            struct weir_option parsed;
            struct weir_error err;
            if (!spec && !known_to_kind(binder, server->connector, option->name, scopes[s]))
                report_unknown(binder, option, server->connector, NULL, scopes[s]);
            else if (spec && text && weir_option_parse(spec, text, &parsed, &err) != WEIR_OK)
                weir_problem_error(binder->problems, option->location, &err);
        }
}

/* A value of one of the table's options, filled; NULL: not given or broken (which is reported when all are parsed). */
static const char *given_text(struct weir_binder *binder,
                              const struct weir_sql_statement *statement, const char *name)
{
    for (uint32_t i = 0; i < statement->options_count; i++)
        if (strcmp(statement->options[i].name, name) == 0) {
            uint32_t errors = binder->problems->errors_count, listed = binder->problems->list.count;
            const char *text = weir_option_fill(binder, statement->options[i].location,
                                                statement->options[i].value);
            binder->problems->errors_count = errors;
            binder->problems->list.count = listed;
            return text;
        }
    return NULL;
}

/* A path (or a server's root) that is a URL is read by the connector of its scheme. */
static const struct weir_connector *connector_choose(struct weir_binder *binder,
                                                     struct weir_table_def *def,
                                                     const struct weir_server_def *server)
{
    const struct weir_connector *connector = server->connector;
    if (connector->kind != WEIR_KIND_FILE)
        return connector;
    const char *path = given_text(binder, def->statement, "path"), *url = path;
    if (!path || !strstr(path, "://"))
        url = given_text(binder, server->statement, "root");
    if (!url || !strstr(url, "://") || (path && *path == '/'))
        return connector;
    const struct weir_connector *by_scheme = weir_registry_scheme(binder->input->registry, url);
    if (by_scheme)
        return by_scheme;
    weir_problem(binder->problems, def->statement->name.location, "no connector reads \"%.*s://\"",
                 (int)(strstr(url, "://") - url), url);
    def->broken = true;
    return connector;
}

/* The format's name by a path's extension, that of a compressed file left out. */
static const char *format_of_path(struct weir_binder *binder, const char *path)
{
    struct weir_slice text = weir_slice_of(path);
    static const char *const compressed[] = {".gz", ".zst"};
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(compressed[i]);
        if (text.len > len && memcmp(text.ptr + text.len - len, compressed[i], len) == 0)
            text.len -= len;
    }
    for (const struct weir_format *const *at = binder->input->registry->formats; *at; at++) {
        size_t len = (*at)->file_extension ? strlen((*at)->file_extension) : 0;
        if (len && text.len > len &&
            memcmp(text.ptr + text.len - len, (*at)->file_extension, len) == 0)
            return (*at)->name;
    }
    return "json"; /* .ndjson, .jsonl, topics, directories */
}

static const struct weir_format *format_choose(struct weir_binder *binder,
                                               struct weir_table_def *def,
                                               const struct weir_connector *connector)
{
    if (connector->typed_rows)
        return NULL;
    const char *name = given_text(binder, def->statement, "format");
    const char *path = given_text(binder, def->statement, "path");
    bool given = name != NULL;
    if (!given)
        name = format_of_path(binder, path ? path : "");
    const struct weir_format *format = weir_registry_format(binder->input->registry, name);
    if (format)
        return format;
    int location = def->statement->name.location;
    for (uint32_t i = 0; i < def->statement->options_count; i++)
        if (strcmp(def->statement->options[i].name, "format") == 0)
            location = def->statement->options[i].location;
    struct WEIR_LIST(const char *) names = {0};
    for (const struct weir_format *const *at = binder->input->registry->formats; *at; at++)
        *WEIR_PUSH(binder->pool, names) = (*at)->name;
    weir_problem(binder->problems, location, "unknown format \"%s\"", name);
    const char *meant = weir_did_you_mean(name, names.items, names.count);
    if (meant)
        weir_problem_hint(binder->problems, "did you mean \"%s\"?", meant);
    def->broken = true;
    return NULL;
}

struct option_list WEIR_LIST(struct weir_option);

static bool list_has(const struct option_list *list, const char *name)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    return false;
}

/* Adds a statement's options that no nearer one gave. Only the table's own are reported: the others' were already. */
static void options_add(struct weir_binder *binder, struct weir_table_def *def,
                        const struct weir_sql_statement *statement, unsigned scope,
                        struct option_list *list)
{
    const struct weir_connector *connector = def->table.connector;
    bool report = scope == WEIR_ON_TABLE;
    for (uint32_t i = 0; statement && i < statement->options_count; i++) {
        const struct weir_sql_option *given = &statement->options[i];
        const struct weir_option_spec *spec =
            spec_known(connector, def->table.format, given->name, scope);
        if (!spec && known_to_kind(binder, connector, given->name, scope)) {
            const char **names =
                WEIR_POOL_ARRAY(binder->pool, const char *, def->no_effect_count + 1u);
            if (def->no_effect_count)
                memcpy(names, def->no_effect, def->no_effect_count * sizeof *names);
            names[def->no_effect_count++] = given->name;
            def->no_effect = names;
        } else if (!spec && report) {
            report_unknown(binder, given, connector, def->table.format, scope);
            def->broken = true;
        }
        if (!spec || list_has(list, given->name))
            continue;
        uint32_t errors = binder->problems->errors_count, listed = binder->problems->list.count;
        const char *text = weir_option_fill(binder, given->location, given->value);
        struct weir_option parsed;
        struct weir_error err;
        if (text && weir_option_parse(spec, text, &parsed, &err) != WEIR_OK) {
            weir_problem_error(binder->problems, given->location, &err);
            text = NULL;
        }
        if (!text) {
            def->broken = true;
            if (!report) {
                binder->problems->errors_count = errors;
                binder->problems->list.count = listed;
            }
            continue;
        }
        parsed.location = given->location;
        *WEIR_PUSH(binder->pool, *list) = parsed;
    }
}

static void defaults_add(struct weir_binder *binder, const struct weir_option_spec *specs,
                         struct option_list *list)
{
    for (; specs && specs->name; specs++) {
        struct weir_option parsed;
        struct weir_error err;
        if (!specs->default_text || list_has(list, specs->name))
            continue;
        if (weir_option_parse(specs, specs->default_text, &parsed, &err) != WEIR_OK)
            weir_bug(__FILE__, __LINE__, err.text);
        *WEIR_PUSH(binder->pool, *list) = parsed;
    }
}

void weir_table_options(struct weir_binder *binder, struct weir_table_def *def,
                        const struct weir_server_def *server)
{
    struct option_list list = {0};
    def->table.connector = connector_choose(binder, def, server);
    def->table.format = format_choose(binder, def, def->table.connector);
    options_add(binder, def, def->statement, WEIR_ON_TABLE, &list);
    options_add(binder, def, server->user, WEIR_ON_USER, &list);
    options_add(binder, def, server->statement, WEIR_ON_SERVER, &list);
    defaults_add(binder, def->table.connector->options, &list);
    if (def->table.format)
        defaults_add(binder, def->table.format->options, &list);
    def->table.options = (struct weir_options){list.items, list.count};
}
