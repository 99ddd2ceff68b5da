/* SET weir.x = '..': the settings of a pipeline, with their defaults. */
#include "plan/binder.h"

#include "base/env.h"

const struct weir_option_spec weir_setting_options[] = {
    {.name = "weir.name", .kind = WEIR_OPTION_TEXT, .help = "the pipeline's name"},
    {.name = "weir.epoch",
     .kind = WEIR_OPTION_DURATION,
     .default_text = "100 ms",
     .min = 1,
     .max = 3600000,
     .help = "the longest time that an epoch takes"},
    {.name = "weir.memory",
     .kind = WEIR_OPTION_SIZE,
     .default_text = "32 MB",
     .min = 4 << 20,
     .max = INT64_C(1) << 40,
     .help = "the memory that buffers and lookups may take"},
    {.name = "weir.delivery",
     .kind = WEIR_OPTION_ENUM,
     .default_text = "exactly-once",
     .choices = "exactly-once|at-least-once",
     .help = "whether a row may be written twice"},
    {.name = "weir.checkpoint",
     .kind = WEIR_OPTION_TEXT,
     .help = "the directory of the checkpoints"},
    {0}};

/* The last file's base name without .sql. */
static const char *default_name(struct weir_binder *binder)
{
    const struct weir_plan_input *input = binder->input;
    const char *path = input->files_count ? input->files[input->files_count - 1] : "weir";
    const char *slash = strrchr(path, '/');
    struct weir_slice name = weir_slice_of(slash ? slash + 1 : path);
    if (name.len > 4 && memcmp(name.ptr + name.len - 4, ".sql", 4) == 0)
        name.len -= 4;
    if (name.len == 0 || weir_slice_is(name, "-"))
        return "weir";
    return weir_pool_copy(binder->pool, name);
}

/* The name becomes part of file and topic names. */
static bool name_is_good(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return *name && *name != '.' && strlen(name) <= 100 && name[strspn(name, letters)] == 0;
}

static void report_unknown(struct weir_binder *binder, const struct weir_sql_statement *statement)
{
    const char *names[sizeof weir_setting_options / sizeof *weir_setting_options];
    uint32_t count = 0;
    for (; weir_setting_options[count].name; count++)
        names[count] = weir_setting_options[count].name;
    weir_problem(binder->problems, statement->name.location,
                 "unrecognized configuration parameter \"%s\"", statement->name.text);
    const char *meant = weir_did_you_mean(statement->name.text, names, count);
    if (meant)
        weir_problem_hint(binder->problems, "did you mean \"%s\"?", meant);
    else
        weir_problem_hint(
            binder->problems,
            "there are weir.name, weir.epoch, weir.memory, weir.delivery and weir.checkpoint");
}

static void setting_apply(struct weir_binder *binder, const struct weir_option_spec *spec,
                          const char *text, int location)
{
    struct weir_settings *settings = &binder->settings;
    struct weir_option option;
    struct weir_error err;
    if (weir_option_parse(spec, text, &option, &err) != WEIR_OK) {
        weir_problem_error(binder->problems, location, &err);
        return;
    }
    if (strcmp(spec->name, "weir.name") == 0) {
        settings->name = text;
        if (!name_is_good(text)) {
            weir_problem(binder->problems, location, "\"%s\" is no name for a pipeline", text);
            weir_problem_hint(binder->problems, "use letters, digits, _ - and . (at most 100)");
        }
    } else if (strcmp(spec->name, "weir.epoch") == 0) {
        settings->epoch_ms = option.number;
    } else if (strcmp(spec->name, "weir.memory") == 0) {
        settings->memory_bytes = (size_t)option.number;
    } else if (strcmp(spec->name, "weir.delivery") == 0) {
        settings->exactly_once = strcmp(text, "exactly-once") == 0;
    } else {
        settings->checkpoint = text;
    }
}

/* A default name may come from any file name: what does not fit becomes '_'. */
static const char *name_repair(struct weir_binder *binder, const char *name)
{
    char *copy = weir_pool_copy(binder->pool, weir_slice_of(name));
    if (strlen(copy) > 100)
        copy[100] = 0;
    for (char *at = copy; *at; at++) {
        char one[2] = {*at, 0};
        if (!name_is_good(one) && (*at != '.' || at == copy))
            *at = '_';
    }
    return copy;
}

void weir_settings_make(struct weir_binder *binder, const struct weir_sql_statements *statements)
{
    const char *data = weir_variable_find(binder, "WEIR_DATA");
    binder->settings.name = name_repair(binder, default_name(binder));
    binder->settings.checkpoint =
        weir_pool_printf(binder->pool, "%s/checkpoints", data && *data ? data : "weir-data");
    for (const struct weir_option_spec *spec = weir_setting_options; spec->name; spec++)
        if (spec->default_text)
            setting_apply(binder, spec, spec->default_text, -1);
    for (uint32_t i = 0; i < statements->count; i++) {
        const struct weir_sql_statement *statement = &statements->items[i];
        const struct weir_option_spec *spec = weir_setting_options;
        if (statement->kind != WEIR_SQL_SET)
            continue;
        while (spec->name && strcmp(spec->name, statement->name.text) != 0)
            spec++;
        if (spec->name)
            setting_apply(binder, spec, statement->value, statement->value_location);
        else
            report_unknown(binder, statement);
    }
}
