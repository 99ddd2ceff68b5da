/* See problems.h. */
#include "sql/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "sql/token.h"

#define PROBLEMS_MAX   200 /* more than anybody reads; the rest is counted */
#define LINE_BYTES_MAX 200 /* of a source line shown */

static void problem_add(struct weir_problems *problems, bool warning, int location,
                        const char *format, va_list args)
{
    uint32_t *count = warning ? &problems->warnings_count : &problems->errors_count;
    char text[1200];
    (*count)++;
    problems->dropped = problems->list.count >= PROBLEMS_MAX;
    if (problems->dropped || vsnprintf(text, sizeof text - 4, format, args) < 0)
        return;
    /* The parser quotes the text near an error, with its line ends. */
    char *end = strchr(text, '\n');
    if (end)
        memcpy(end, "..\"", 4);
    struct weir_sql_problem *problem = WEIR_PUSH(problems->pool, problems->list);
    *problem =
        (struct weir_sql_problem){.warning = warning,
                                  .location = location,
                                  .text = weir_pool_copy(problems->pool, weir_slice_of(text))};
}

void weir_problem(struct weir_problems *problems, int location, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    problem_add(problems, false, location, format, args);
    va_end(args);
}

void weir_problem_warn(struct weir_problems *problems, int location, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    problem_add(problems, true, location, format, args);
    va_end(args);
}

void weir_problem_hint(struct weir_problems *problems, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len <= 0 || !problems->list.count || problems->dropped)
        return;
    struct weir_sql_problem *problem = &problems->list.items[problems->list.count - 1];
    if (strncasecmp(text, "did you mean", 12) == 0)
        problem->text = weir_pool_printf(problems->pool, "%s; d%s", problem->text, text + 1);
    else
        problem->hint = weir_pool_copy(problems->pool, weir_slice_of(text));
}

void weir_problem_error(struct weir_problems *problems, int location, const struct weir_error *err)
{
    weir_problem(problems, location, "%s", err->text);
    weir_problem_hint(problems, "%s", err->hint);
}

/* Stable: problems of one place stay in the order they were found in. The list is short. */
static void problems_sort(struct weir_problems *problems)
{
    struct weir_sql_problem *items = problems->list.items;
    for (uint32_t i = 1; i < problems->list.count; i++) {
        struct weir_sql_problem problem = items[i];
        uint32_t at = i;
        for (; at > 0 && items[at - 1].location > problem.location; at--)
            items[at] = items[at - 1];
        items[at] = problem;
    }
}

/* Bytes of the character at the beginning of a line; what a terminal could take amiss comes out as a
 * question mark. */
static size_t character_print(struct weir_slice text, struct weir_slice *ret_shown)
{
    size_t len = weir_sql_character(text);
    bool plain =
        len > 1 || (len == 1 && (*text.ptr == '\t' || (*text.ptr >= ' ' && *text.ptr < 0x7f)));
    *ret_shown = plain ? weir_slice(text.ptr, len) : WEIR_SLICE("?");
    return len ? len : 1;
}

/* The characters of a line up to byte `end`; `blank`: spaces in their place, tabs kept. */
static enum weir_code characters_print(struct weir_slice line, size_t end, bool blank,
                                       struct weir_buffer *to, struct weir_error *err)
{
    for (size_t at = 0; at < end;) {
        struct weir_slice shown;
        at += character_print(weir_slice(line.ptr + at, line.len - at), &shown);
        if (blank && *shown.ptr != '\t')
            shown = WEIR_SLICE(" ");
        WEIR_TRY(weir_buffer_append(to, shown, err));
    }
    return WEIR_OK;
}

static bool within_character(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The line, and under it a caret at the place and waves under the rest of its token. Of a long line, the
 * part around the place. */
static enum weir_code line_print(const struct weir_sql_place *place, struct weir_buffer *to,
                                 struct weir_error *err)
{
    struct weir_slice line = place->text;
    size_t at = place->at;
    const char *dots = "";
    if (at > LINE_BYTES_MAX - 40) {
        size_t cut = at - (LINE_BYTES_MAX - 80);
        while (cut < at && within_character(line.ptr[cut]))
            cut++;
        line = weir_slice(line.ptr + cut, line.len - cut);
        at -= cut;
        dots = "..";
    }
    if (line.len > LINE_BYTES_MAX) {
        line.len = LINE_BYTES_MAX;
        while (line.len > at && within_character(line.ptr[line.len]))
            line.len--;
    }
    WEIR_TRY(weir_buffer_printf(to, err, "%5d | %s", place->line, dots));
    WEIR_TRY(characters_print(line, line.len, false, to, err));
    WEIR_TRY(weir_buffer_printf(to, err, "\n      | %*s", (int)strlen(dots), ""));
    WEIR_TRY(characters_print(line, at, true, to, err));
    size_t token = at < line.len ? weir_sql_token(weir_slice(line.ptr + at, line.len - at)) : 1;
    WEIR_TRY(weir_buffer_append(to, WEIR_SLICE("^"), err));
    for (size_t i = 1; i < token; i++)
        if (!within_character(line.ptr[at + i]))
            WEIR_TRY(weir_buffer_append(to, WEIR_SLICE("~"), err));
    return weir_buffer_append(to, WEIR_SLICE("\n"), err);
}

static enum weir_code problem_print(const struct weir_sql_problem *problem,
                                    const struct weir_source_map *map, struct weir_buffer *to,
                                    struct weir_error *err)
{
    struct weir_sql_place place;
    const char *level = problem->warning ? "warning" : "error";
    if (weir_source_map_find(map, problem->location, &place)) {
        /* The parser quotes the token at which it stopped. */
        const char *quoted = place.blotted ? strstr(problem->text, " at or near ") : NULL;
        int len = (int)(quoted ? (size_t)(quoted - problem->text) : strlen(problem->text));
        WEIR_TRY(weir_buffer_printf(to, err, "%s:%d:%d: %s: %.*s\n", place.file, place.line,
                                    place.column, level, len, problem->text));
        WEIR_TRY(line_print(&place, to, err));
    } else {
        WEIR_TRY(weir_buffer_printf(to, err, "%s: %s\n", level, problem->text));
    }
    if (problem->hint)
        WEIR_TRY(weir_buffer_printf(to, err, "hint: %s\n", problem->hint));
    return WEIR_OK;
}

enum weir_code weir_problems_print(struct weir_problems *problems,
                                   const struct weir_source_map *map, struct weir_buffer *to,
                                   struct weir_error *err)
{
    problems_sort(problems);
    for (uint32_t i = 0; i < problems->list.count; i++)
        WEIR_TRY(problem_print(&problems->list.items[i], map, to, err));
    uint32_t all = problems->errors_count + problems->warnings_count;
    if (all > problems->list.count)
        WEIR_TRY(
            weir_buffer_printf(to, err, "and %u more\n", (unsigned)(all - problems->list.count)));
    return WEIR_OK;
}
