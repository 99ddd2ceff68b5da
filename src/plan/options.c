/* The options of a table: its own, its user mapping's and its server's, checked against what
 * connector and format know.
 *
 * The nearest wins: table before user before server. Connectors of one kind share their options, so
 * that a table moves between systems by its server alone: what this connector does not know but
 * another of its kind does is accepted and noted ("no effect"). Anything else is an error. No value
 * is ever printed here: it may be a secret. */
#include "plan/binder.h"

/* What the plan itself understands, whatever the connector. */
const struct weir_option_spec weir_common_options[] = {
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
    lists[count++] = weir_common_options;
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

/* A format that knows the option; NULL: none does. */
static const struct weir_format *format_of_option(const struct weir_binder *binder,
                                                  const char *name)
{
    for (const struct weir_format *const *at = binder->input->registry->formats; *at; at++)
        if (spec_find((*at)->options, name, 0))
            return *at;
    return NULL;
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
    const struct weir_format *of = format ? format_of_option(binder, option->name) : NULL;
    if (of) {
        weir_problem(binder->problems, option->location,
                     "option \"%s\" is one of format %s, not of %s", option->name, of->name,
                     format->name);
        return;
    }
    weir_problem(binder->problems, option->location, "unknown option \"%s\"", option->name);
    const char *meant = weir_did_you_mean(option->name, names.items, names.count);
    if (meant)
        weir_problem_hint(binder->problems, "did you mean \"%s\"?", meant);
    else
        weir_problem_hint(binder->problems, "`weir help %s` lists the options", connector->name);
}

/* Fills ${..} in all values, once; those that cannot be filled are reported and stay NULL. */
static struct weir_given given_fill(struct weir_binder *binder,
                                    const struct weir_sql_statement *statement)
{
    struct weir_given given = {0};
    if (!statement)
        return given;
    const char **texts = WEIR_POOL_ARRAY(binder->pool, const char *, statement->options_count);
    for (uint32_t i = 0; i < statement->options_count; i++)
        texts[i] =
            weir_option_fill(binder, statement->options[i].location, statement->options[i].value);
    given.options = statement->options;
    given.texts = texts;
    given.count = statement->options_count;
    return given;
}

static void given_check(struct weir_binder *binder, const struct weir_connector *connector,
                        const struct weir_given *given, unsigned scope)
{
    for (uint32_t i = 0; i < given->count; i++) {
        const struct weir_sql_option *option = &given->options[i];
        const struct weir_option_spec *spec = spec_find(connector->options, option->name, scope);
        struct weir_option parsed;
        struct weir_error err;
        if (!spec && !known_to_kind(binder, connector, option->name, scope))
            report_unknown(binder, option, connector, NULL, scope);
        else if (spec && given->texts[i] &&
                 weir_option_parse(spec, given->texts[i], &parsed, &err) != WEIR_OK)
            weir_problem_error(binder->problems, option->location, &err);
    }
}

void weir_server_options(struct weir_binder *binder, struct weir_server_def *server)
{
    server->given = given_fill(binder, server->statement);
    server->user_given = given_fill(binder, server->user);
    if (!server->connector)
        return;
    given_check(binder, server->connector, &server->given, WEIR_ON_SERVER);
    given_check(binder, server->connector, &server->user_given, WEIR_ON_USER);
}

/* The value of an option; NULL: not given, or broken, which has been reported. */
static const char *given_text(const struct weir_given *given, const char *name, int *ret_location)
{
    for (uint32_t i = 0; i < given->count; i++)
        if (strcmp(given->options[i].name, name) == 0) {
            *ret_location = given->options[i].location;
            return given->texts[i];
        }
    return NULL;
}

/* A path (or a server's root) that is a URL is read by the connector of its scheme. */
static const struct weir_connector *connector_choose(struct weir_binder *binder,
                                                     struct weir_table_def *def,
                                                     const struct weir_given *given,
                                                     const struct weir_server_def *server)
{
    const struct weir_connector *connector = server->connector;
    int location = def->statement->name.location;
    if (connector->kind != WEIR_KIND_FILE)
        return connector;
    const char *path = given_text(given, "path", &location), *url = path;
    if (!path || !strstr(path, "://"))
        url = given_text(&server->given, "root", &location);
    if (!url || !strstr(url, "://") || (path && *path == '/'))
        return connector;
    const struct weir_connector *by_scheme = weir_registry_scheme(binder->input->registry, url);
    if (by_scheme)
        return by_scheme;
    weir_problem(binder->problems, location, "no connector reads \"%.*s://\"",
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
                                               const struct weir_given *given,
                                               const struct weir_connector *connector)
{
    int location = def->statement->name.location;
    if (connector->typed_rows)
        return NULL;
    const char *path = given_text(given, "path", &location);
    const char *name = given_text(given, "format", &location);
    if (!name)
        name = format_of_path(binder, path ? path : "");
    const struct weir_format *format = weir_registry_format(binder->input->registry, name);
    if (format)
        return format;
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

static void no_effect_add(struct weir_binder *binder, struct weir_table_def *def, const char *name)
{
    const char **names = WEIR_POOL_ARRAY(binder->pool, const char *, def->no_effect_count + 1u);
    if (def->no_effect_count)
        memcpy(names, def->no_effect, def->no_effect_count * sizeof *names);
    names[def->no_effect_count++] = name;
    def->no_effect = names;
}

/* Adds the options that no nearer place gave. Only the table's own are reported: the others' were
 * already. */
static void options_add(struct weir_binder *binder, struct weir_table_def *def,
                        const struct weir_given *given, unsigned scope, struct option_list *list)
{
    const struct weir_connector *connector = def->table.connector;
    bool report = scope == WEIR_ON_TABLE;
    for (uint32_t i = 0; i < given->count; i++) {
        const struct weir_sql_option *option = &given->options[i];
        const struct weir_option_spec *spec =
            spec_known(connector, def->table.format, option->name, scope);
        struct weir_option parsed;
        struct weir_error err;
        if (!spec && known_to_kind(binder, connector, option->name, scope)) {
            no_effect_add(binder, def, option->name);
        } else if (!spec && report) {
            report_unknown(binder, option, connector, def->table.format, scope);
            def->broken = true;
        }
        if (!spec || list_has(list, option->name))
            continue;
        if (!given->texts[i]) {
            def->broken = true;
        } else if (weir_option_parse(spec, given->texts[i], &parsed, &err) == WEIR_OK) {
            parsed.location = option->location;
            *WEIR_PUSH(binder->pool, *list) = parsed;
        } else {
            def->broken = true;
            if (report)
                weir_problem_error(binder->problems, option->location, &err);
        }
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
    const struct weir_given given = given_fill(binder, def->statement);
    def->table.connector = connector_choose(binder, def, &given, server);
    def->table.format = format_choose(binder, def, &given, def->table.connector);
    options_add(binder, def, &given, WEIR_ON_TABLE, &list);
    options_add(binder, def, &server->user_given, WEIR_ON_USER, &list);
    options_add(binder, def, &server->given, WEIR_ON_SERVER, &list);
    defaults_add(binder, def->table.connector->options, &list);
    if (def->table.format)
        defaults_add(binder, def->table.format->options, &list);
    def->table.options = (struct weir_options){list.items, list.count};
    if (def->table.connector->typed_rows && list_has(&list, "format"))
        no_effect_add(binder, def, "format");
}
