/* Parsing option values, looking them up, and guessing what a wrong name meant. */
#include "base/options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit durations[] = {
    {"ms", 1},         {"s", 1000},       {"sec", 1000},      {"second", 1000},
    {"seconds", 1000}, {"min", 60000},    {"minute", 60000},  {"minutes", 60000},
    {"m", 60000},      {"h", 3600000},    {"hour", 3600000},  {"hours", 3600000},
    {"d", 86400000},   {"day", 86400000}, {"days", 86400000}, {NULL, 0}};
static const struct unit sizes[] = {{"B", 1},
                                    {"kB", 1024},
                                    {"KB", 1024},
                                    {"MB", INT64_C(1024) * 1024},
                                    {"GB", INT64_C(1024) * 1024 * 1024},
                                    {"TB", INT64_C(1024) * 1024 * 1024 * 1024},
                                    {NULL, 0}};

/* A non-negative number with an optional unit; false when it is not one. A bare number counts in
 * the first unit. */
static bool parse_with_unit(const char *text, const struct unit *units, int64_t *ret)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || errno || !(value >= 0) || isalpha((unsigned char)text[0]))
        return false;
    while (isspace((unsigned char)*end))
        end++;
    int64_t factor = *end ? 0 : 1;
    for (const struct unit *unit = units; unit->name && !factor; unit++)
        if (strcmp(end, unit->name) == 0)
            factor = unit->factor;
    if (!factor || value * (double)factor > 9e18)
        return false;
    *ret = (int64_t)(value * (double)factor + 0.5);
    return true;
}

static bool parse_bool(const char *text, int64_t *ret)
{
    static const char *const yes[] = {"true", "on", "yes", "1", "t", "y"}, *const no[] = {
                                                                               "false", "off", "no",
                                                                               "0",     "f",   "n"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *ret = strcasecmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool is_choice(const char *choices, const char *text)
{
    size_t len = strlen(text);
    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, len) == 0 && (at[len] == '|' || at[len] == 0))
            return true;
    }
    return false;
}

static enum weir_code check_range(const struct weir_option_spec *spec, const char *text,
                                  int64_t number, struct weir_error *err)
{
    bool ranged = spec->min || spec->max;
    if (ranged ? number < spec->min || number > spec->max
               : number < 0 && spec->kind == WEIR_OPTION_INT)
        return ranged ? weir_fail(err, WEIR_BAD_CONFIG,
                                  "option \"%s\": %s is out of range (%" PRId64 " .. %" PRId64 ")",
                                  spec->name, text, spec->min, spec->max)
                      : weir_fail(err, WEIR_BAD_CONFIG, "option \"%s\": %s must not be negative",
                                  spec->name, text);
    return WEIR_OK;
}

enum weir_code weir_option_parse(const struct weir_option_spec *spec, const char *text,
                                 struct weir_option *ret, struct weir_error *err)
{
    int64_t number = 0;
    const char *expected = NULL;
    char *end;
    switch (spec->kind) {
    case WEIR_OPTION_BOOL:
        expected = parse_bool(text, &number) ? NULL : "true or false";
        break;
    case WEIR_OPTION_INT:
        errno = 0;
        number = strtoll(text, &end, 10);
        expected = *text && !*end && !errno ? NULL : "a whole number";
        break;
    case WEIR_OPTION_DURATION:
        expected = parse_with_unit(text, durations, &number)
                       ? NULL
                       : "a duration such as '100 ms', '30 s', '5 min' or '1 h'";
        break;
    case WEIR_OPTION_SIZE:
        expected = parse_with_unit(text, sizes, &number)
                       ? NULL
                       : "a size such as '64 kB', '128 MB' or '1 GB'";
        break;
    case WEIR_OPTION_ENUM:
        if (!is_choice(spec->choices, text))
            return weir_fail(err, WEIR_BAD_CONFIG, "option \"%s\": \"%s\" is not one of %s",
                             spec->name, text, spec->choices);
        break;
    case WEIR_OPTION_TEXT:
    case WEIR_OPTION_SECRET:
        break;
    }
    if (expected)
        return weir_fail(err, WEIR_BAD_CONFIG, "option \"%s\": expected %s, got \"%s\"", spec->name,
                         expected, text);
    if (spec->kind == WEIR_OPTION_INT || spec->kind == WEIR_OPTION_DURATION ||
        spec->kind == WEIR_OPTION_SIZE)
        WEIR_TRY(check_range(spec, text, number, err));
    *ret = (struct weir_option){
        .name = spec->name, .text = text, .number = number, .spec = spec, .location = -1};
    return WEIR_OK;
}

const struct weir_option *weir_options_find(const struct weir_options *options, const char *name)
{
    for (size_t i = 0; i < options->count; i++)
        if (strcmp(options->items[i].name, name) == 0)
            return &options->items[i];
    return NULL;
}

const char *weir_options_text(const struct weir_options *options, const char *name,
                              const char *fallback)
{
    const struct weir_option *option = weir_options_find(options, name);
    return option ? option->text : fallback;
}

int64_t weir_options_number(const struct weir_options *options, const char *name, int64_t fallback)
{
    const struct weir_option *option = weir_options_find(options, name);
    return option ? option->number : fallback;
}

bool weir_options_bool(const struct weir_options *options, const char *name, bool fallback)
{
    return weir_options_number(options, name, fallback) != 0;
}

bool weir_options_given(const struct weir_options *options, const char *name)
{
    const struct weir_option *option = weir_options_find(options, name);
    return option && option->location >= 0;
}

#define NAME_LEN_MAX 64

/* Levenshtein distance with swaps of neighbours counted as one; without regard to case. */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][NAME_LEN_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            size_t best = above[j - 1] + (x != y);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                tolower((unsigned char)a[i - 2]) == y && above2[j - 2] + 1 < best)
                best = above2[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[a_len % 3][b_len];
}

const char *weir_did_you_mean(const char *name, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t len = strlen(name), least = len <= 3 ? 2 : len / 3 + 1; /* accept less than this */
    if (!len || len > NAME_LEN_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(names[i]);
        if (!other || other > NAME_LEN_MAX)
            continue;
        size_t distance = edit_distance(name, len, names[i], other);
        if (distance < least) {
            least = distance;
            best = names[i];
        }
    }
    return best;
}
