/* What verbs share: making a plan of the files given, asking, telling. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/registry.h"

int weir_cli_failed(const struct weir_error *err)
{
    weir_log_error(err);
    return WEIR_EXIT_FAILED;
}

/* ${WEIR_SHARE}: from the environment, beside the installed binary, or where it was built. */
static const char *share_dir(void)
{
    static char path[PATH_MAX];
    struct stat st;
    const char *given = getenv("WEIR_SHARE");
    if (given && *given)
        return given;
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 32);
    while (len > 0 && path[len - 1] != '/')
        len--;
    if (len > 0) {
        snprintf(path + len, sizeof path - (size_t)len, "../share/weir");
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            return path;
    }
    return WEIR_SOURCE_SHARE;
}

/* Diagnostics as they are, or a log line for each problem. */
static void print_diagnostics(const struct weir_cli *cli, const struct weir_diagnostics *problems)
{
    if (!problems->text.len)
        return;
    const char *at = problems->text.ptr, *end = at + problems->text.len;
    if (!cli->log_json) {
        fwrite(at, 1, problems->text.len, stderr);
        return;
    }
    while (at < end) { /* a problem ends in front of the next line that is not a part of it */
        const char *stop = at;
        do {
            const char *line = memchr(stop, '\n', (size_t)(end - stop));
            stop = line ? line + 1 : end;
        } while (stop < end && (*stop == ' ' || strncmp(stop, "hint:", 5) == 0));
        size_t len = (size_t)(stop - at);
        bool warning = memmem(at, len, ": warning: ", 11) != NULL;
        while (len && at[len - 1] == '\n')
            len--;
        weir_log(warning ? WEIR_LOG_WARNING : WEIR_LOG_ERROR, "%.*s", (int)len, at);
        at = stop;
    }
}

struct weir_plan *weir_cli_plan_make(const struct weir_cli *cli, uint32_t files_count,
                                     const char *query, enum weir_cli_plan what, int *ret_status)
{
    struct weir_diagnostics problems;
    struct weir_error err = {0};
    struct weir_plan *plan = NULL;
    const struct weir_plan_input input = {
        .files = cli->args,
        .files_count = files_count,
        .variables = cli->variables,
        .variables_count = cli->variables_count,
        .query = query,
        .share_dir = share_dir(),
        .registry = &weir_registry,
        .statements_ignored = what == WEIR_CLI_PLAN_DEFINITIONS,
    };
    weir_diagnostics_init(&problems);
    enum weir_code code = weir_plan_make(&input, &plan, &problems, &err);
    print_diagnostics(cli, &problems);
    *ret_status = WEIR_EXIT_OK;
    if (code != WEIR_OK) {
        if (!problems.errors_count)
            weir_log_error(&err);
        *ret_status = code == WEIR_NOMEM || code == WEIR_BUG ? WEIR_EXIT_FAILED : WEIR_EXIT_USAGE;
        plan = NULL;
    }
    weir_diagnostics_done(&problems);
    return plan;
}

struct weir_plan *weir_cli_plan_for_stream(const struct weir_cli *cli,
                                           const struct weir_table **ret, int *ret_status)
{
    struct weir_error err;
    if (cli->args_count < 2) {
        *ret_status = weir_usage_error(cli->verb, "%s needs SQL files and the name of a stream",
                                       cli->verb->name);
        return NULL;
    }
    const char *name = cli->args[cli->args_count - 1];
    struct weir_plan *plan =
        weir_cli_plan_make(cli, cli->args_count - 1, NULL, WEIR_CLI_PLAN_DEFINITIONS, ret_status);
    if (plan && weir_plan_table(plan, name, ret, &err) != WEIR_OK) {
        weir_log_error(&err);
        *ret_status = WEIR_EXIT_USAGE;
        weir_plan_free(plan);
        plan = NULL;
    }
    return plan;
}

uint32_t weir_cli_files_count(const struct weir_cli *cli, uint32_t first)
{
    if (cli->args_count <= first)
        return 0;
    const char *last = cli->args[cli->args_count - 1];
    size_t len = strlen(last);
    bool is_file = strcmp(last, "-") == 0 || access(last, F_OK) == 0 ||
                   (len > 4 && strcasecmp(last + len - 4, ".sql") == 0);
    return cli->args_count - first - (is_file ? 0 : 1);
}

bool weir_cli_confirm(const char *question)
{
    char line[64];
    fflush(stdout);
    fprintf(stderr, "%s [y/N] ", question);
    if (!fgets(line, sizeof line, stdin)) {
        fputc('\n', stderr);
        return false;
    }
    line[strcspn(line, "\r\n")] = 0;
    return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

int weir_cli_flush(int status)
{
    struct weir_error err;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    weir_fail_errno(&err, WEIR_IO, "could not write to standard output");
    return weir_cli_failed(&err);
}

const char *weir_cli_bytes(int64_t bytes, char *to)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 10240 && unit + 1 < sizeof units / sizeof *units; unit++)
        value /= 1024;
    snprintf(to, 32, "%.0f %s", value, units[unit]);
    return to;
}

bool weir_cli_color(FILE *to)
{
    const char *off = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(off && *off) && isatty(fileno(to)) && term && strcmp(term, "dumb") != 0;
}

/* ---- grids ---- */

struct weir_grid {
    const struct weir_grid_column *columns;
    uint32_t columns_count;
    char **cells;
    size_t cells_count, cells_capacity;
};

struct weir_grid *weir_grid_new(const struct weir_grid_column *columns, uint32_t columns_count)
{
    struct weir_grid *grid = calloc(1, sizeof *grid);
    if (grid)
        *grid = (struct weir_grid){.columns = columns, .columns_count = columns_count};
    return grid;
}

void weir_grid_add(struct weir_grid *grid, const char *format, ...)
{
    char *text;
    va_list args;
    if (!grid)
        return;
    if (grid->cells_count == grid->cells_capacity) {
        size_t capacity = grid->cells_capacity ? grid->cells_capacity * 2 : 64;
        char **more = realloc(grid->cells, capacity * sizeof *more);
        if (!more)
            return;
        grid->cells = more;
        grid->cells_capacity = capacity;
    }
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    grid->cells[grid->cells_count++] = len < 0 ? NULL : text;
}

/* Characters, not bytes: those that do not continue a UTF-8 sequence. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += (*text & 0xc0) != 0x80;
    return width;
}

/* `owed` blanks are printed once a text follows: no line ends in blanks. */
static void print_cell(const struct weir_grid *grid, uint32_t column, const char *text, int width,
                       int *owed, FILE *to)
{
    int blanks = width - width_of(text);
    bool right = grid->columns[column].right;
    if (right)
        *owed += blanks;
    if (*text) {
        fprintf(to, "%*s%s", *owed, "", text);
        *owed = 0;
    }
    *owed += right ? 2 : blanks + 2;
    if (column + 1 == grid->columns_count) {
        fputc('\n', to);
        *owed = 0;
    }
}

void weir_grid_print_and_free(struct weir_grid *grid, bool titles, FILE *to)
{
    if (!grid)
        return;
    bool bold = titles && weir_cli_color(to);
    int owed = 0;
    int *widths = calloc(grid->columns_count, sizeof *widths);
    for (uint32_t c = 0; widths && c < grid->columns_count; c++) {
        widths[c] = titles ? width_of(grid->columns[c].title) : 0;
        for (size_t i = c; i < grid->cells_count; i += grid->columns_count) {
            int width = grid->cells[i] ? width_of(grid->cells[i]) : 0;
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    if (bold)
        fputs("\033[1m", to);
    for (uint32_t c = 0; widths && titles && c < grid->columns_count; c++)
        print_cell(grid, c, grid->columns[c].title, widths[c], &owed, to);
    if (bold)
        fputs("\033[0m", to);
    for (size_t i = 0; i < grid->cells_count; i++) {
        uint32_t column = (uint32_t)(i % grid->columns_count);
        if (widths)
            print_cell(grid, column, grid->cells[i] ? grid->cells[i] : "", widths[column], &owed,
                       to);
        free(grid->cells[i]);
    }
    free(widths);
    free(grid->cells);
    free(grid);
}
