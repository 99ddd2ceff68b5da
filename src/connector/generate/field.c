/* Reading the option `fields`, and choosing for columns that it does not name.
 *
 *   fields 'id=sequence; first_name=oneof(Ann,Bob,Zoé); age=int(18,95) ?5%; email={first_name}.{id}@example.com'
 *
 * Blanks around names, patterns and arguments do not count; a backslash takes the next character as it is. What is no known
 * word or call is a template. Templates may name any other column, but not in a circle. */
#include "connector/generate/field.h"

#include "base/env.h"
#include "base/hash.h"
#include "column/text.h"

#include <stdio.h>
#include <stdlib.h>

#define ARGS_MAX          1000
#define FILE_BYTES_MAX    ((size_t)64 << 20)
#define NUMBER_TEXT_MAX   48
#define TEMPLATE_TEXT_MAX ((size_t)1 << 20)

struct parser {
    const struct weir_table *table;
    struct weir_arena *arena;
    struct weir_field *fields;
    struct weir_error *err;
    const char *column; /* whose pattern is read, for messages */
};

struct call { /* word(args..), or a word alone */
    struct weir_slice word;
    struct weir_slice args[ARGS_MAX];
    uint32_t args_count;
};

static enum weir_code bad(const struct parser *parser, const char *why)
{
    weir_fail(parser->err, WEIR_BAD_CONFIG, "option \"fields\": column \"%s\": %s", parser->column,
              why);
    return weir_hint(
        parser->err,
        "Patterns: sequence(1,1), int(0,99), float(0,1), bool(50), oneof(a,b), file(PATH), "
        "time(2026-01-01,1), hex(8), uuid, first_name, last_name, email, city, country, word, "
        "null, or a text with {COLUMN}.");
}

static enum weir_code no_memory(const struct parser *parser)
{
    return weir_fail(parser->err, WEIR_NOMEM,
                     "option \"fields\" of table \"%s\" needs more than %zu MB",
                     parser->table->name, WEIR_FIELDS_BYTES_MAX >> 20);
}

static struct weir_slice trim(struct weir_slice text)
{
    while (text.len && (*text.ptr == ' ' || *text.ptr == '\n' || *text.ptr == '\t'))
        text = weir_slice(text.ptr + 1, text.len - 1);
    while (text.len && strchr(" \n\t", text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* Up to an unescaped `end` outside of parentheses (those count unless `end` is ',' or ')'); takes it off *text. */
static struct weir_slice take_until(struct weir_slice *text, char end)
{
    size_t at = 0;
    while (at < text->len && text->ptr[at] != end)
        at += text->ptr[at] == '\\' && at + 1 < text->len ? 2 : 1;
    if (at > text->len)
        at = text->len;
    struct weir_slice found = weir_slice(text->ptr, at);
    size_t gone = at < text->len ? at + 1 : at;
    *text = weir_slice(text->ptr + gone, text->len - gone);
    return found;
}

/* Without the backslashes. */
static bool unescape(struct weir_arena *arena, struct weir_slice text, struct weir_slice *ret)
{
    char *to = weir_arena_alloc(arena, text.len + 1, 1);
    if (!to)
        return false;
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\' && i + 1 < text.len)
            i++;
        to[len++] = text.ptr[i];
    }
    *ret = weir_slice(to, len);
    return true;
}

static int32_t column_find(const struct weir_table *table, struct weir_slice name)
{
    for (uint32_t c = 0; c < table->columns_count; c++)
        if (weir_slice_is(name, table->columns[c].name))
            return (int32_t)c;
    return -1;
}

/* ---- patterns ---- */

static bool argument_integer(const struct call *call, uint32_t at, int64_t otherwise, int64_t *ret)
{
    *ret = otherwise;
    return at >= call->args_count || weir_int8_parse(call->args[at], ret, NULL) == WEIR_OK;
}

static enum weir_code read_sequence(const struct parser *parser, const struct call *call,
                                    struct weir_field *field)
{
    field->kind = WEIR_FIELD_SEQUENCE;
    field->text_max = NUMBER_TEXT_MAX;
    if (call->args_count > 2 || !argument_integer(call, 0, 1, &field->low) ||
        !argument_integer(call, 1, 1, &field->step))
        return bad(parser, "sequence takes a first number and a step");
    return WEIR_OK;
}

static enum weir_code read_int(const struct parser *parser, const struct call *call,
                               struct weir_field *field)
{
    field->kind = WEIR_FIELD_INTEGER;
    field->text_max = NUMBER_TEXT_MAX;
    if (call->args_count > 2 || !argument_integer(call, 0, 0, &field->low) ||
        !argument_integer(call, 1, field->low + 999, &field->high) || field->low > field->high)
        return bad(parser, "int takes a least and a largest number");
    return WEIR_OK;
}

static enum weir_code read_float(const struct parser *parser, const struct call *call,
                                 struct weir_field *field)
{
    field->kind = WEIR_FIELD_REAL;
    field->text_max = NUMBER_TEXT_MAX;
    field->real_high = 1;
    if (call->args_count != 0 && call->args_count != 2)
        return bad(parser, "float takes a least and a largest number");
    if (call->args_count == 2 &&
        (weir_float8_parse(call->args[0], &field->real_low, NULL) != WEIR_OK ||
         weir_float8_parse(call->args[1], &field->real_high, NULL) != WEIR_OK))
        return bad(parser, "float takes a least and a largest number");
    return WEIR_OK;
}

static enum weir_code read_bool(const struct parser *parser, const struct call *call,
                                struct weir_field *field)
{
    field->kind = WEIR_FIELD_BOOL;
    field->text_max = 1;
    if (call->args_count > 1 || !argument_integer(call, 0, 50, &field->low) || field->low < 0 ||
        field->low > 100)
        return bad(parser, "bool takes the percentage of true");
    return WEIR_OK;
}

static enum weir_code read_time(const struct parser *parser, const struct call *call,
                                struct weir_field *field)
{
    int64_t seconds;
    field->kind = WEIR_FIELD_TIME;
    field->text_max = NUMBER_TEXT_MAX;
    struct weir_slice start = call->args_count ? call->args[0] : WEIR_SLICE("2026-01-01");
    if (call->args_count > 2 || weir_timestamptz_parse(start, 0, &field->low, NULL) != WEIR_OK ||
        !argument_integer(call, 1, 1, &seconds) || seconds < -1000000000 || seconds > 1000000000)
        return bad(parser, "time takes a first time and the seconds from row to row");
    field->step = seconds * 1000000;
    return WEIR_OK;
}

static enum weir_code read_hex(const struct parser *parser, const struct call *call,
                               struct weir_field *field)
{
    field->kind = WEIR_FIELD_HEX;
    if (call->args_count > 1 || !argument_integer(call, 0, 8, &field->low) || field->low < 1 ||
        field->low > 1000000)
        return bad(parser, "hex takes the number of digits");
    field->text_max = (size_t)field->low;
    return WEIR_OK;
}

static void set_words(struct weir_field *field, struct weir_words words)
{
    field->kind = WEIR_FIELD_WORDS;
    field->words = words;
    field->text_max = 0;
    for (uint32_t i = 0; i < words.count; i++)
        if (words.items[i].len > field->text_max)
            field->text_max = words.items[i].len;
}

static enum weir_code read_oneof(const struct parser *parser, const struct call *call,
                                 struct weir_field *field)
{
    struct weir_slice *items =
        WEIR_NEW_ARRAY(parser->arena, struct weir_slice, call->args_count + 1);
    if (!items)
        return no_memory(parser);
    if (!call->args_count)
        return bad(parser, "oneof takes at least one value");
    for (uint32_t i = 0; i < call->args_count; i++)
        if (!unescape(parser->arena, call->args[i], &items[i]))
            return no_memory(parser);
    set_words(field, (struct weir_words){items, call->args_count});
    return WEIR_OK;
}

/* Lines that are not empty. */
static enum weir_code split_lines(const struct parser *parser, struct weir_slice text,
                                  struct weir_field *field)
{
    size_t lines_max = 1;
    for (size_t i = 0; i < text.len; i++)
        lines_max += text.ptr[i] == '\n';
    struct weir_slice *items = WEIR_NEW_ARRAY(parser->arena, struct weir_slice, lines_max);
    struct weir_slice kept = weir_arena_slice(parser->arena, text);
    if (!items || !kept.ptr)
        return no_memory(parser);
    uint32_t count = 0;
    while (kept.len) {
        const char *end = memchr(kept.ptr, '\n', kept.len);
        size_t len = end ? (size_t)(end - kept.ptr) : kept.len, gone = end ? len + 1 : len;
        if (len && kept.ptr[len - 1] == '\r')
            len--;
        if (len)
            items[count++] = weir_slice(kept.ptr, len);
        kept = weir_slice(kept.ptr + gone, kept.len - gone);
    }
    if (!count)
        return bad(parser, "the file has no lines");
    set_words(field, (struct weir_words){items, count});
    return WEIR_OK;
}

static enum weir_code read_file(const struct parser *parser, const struct call *call,
                                struct weir_field *field)
{
    struct weir_slice path;
    char *text;
    size_t len;
    if (call->args_count != 1)
        return bad(parser, "file takes the path of a file, one value a line");
    if (!unescape(parser->arena, call->args[0], &path))
        return no_memory(parser);
    char *name = weir_arena_copy(parser->arena, path);
    if (!name)
        return no_memory(parser);
    enum weir_code code = weir_file_read_all(name, FILE_BYTES_MAX, &text, &len, parser->err);
    if (code != WEIR_OK) {
        weir_fail_in(parser->err, "option \"fields\": column \"%s\"", parser->column);
        parser->err->code = WEIR_BAD_CONFIG;
        return WEIR_BAD_CONFIG;
    }
    code = split_lines(parser, weir_slice(text, len), field);
    free(text);
    return code;
}

/* The first and last name that an email is made of: the columns that hold such words. */
static void set_email(const struct parser *parser, struct weir_field *field)
{
    field->kind = WEIR_FIELD_EMAIL;
    field->text_max = 96;
    field->refs[0] = column_find(parser->table, WEIR_SLICE("first_name"));
    field->refs[1] = column_find(parser->table, WEIR_SLICE("last_name"));
}

static enum weir_code read_email(const struct parser *parser, const struct call *call,
                                 struct weir_field *field)
{
    (void)call;
    set_email(parser, field);
    return WEIR_OK;
}

static enum weir_code read_uuid(const struct parser *parser, const struct call *call,
                                struct weir_field *field)
{
    (void)parser;
    (void)call;
    field->kind = WEIR_FIELD_UUID;
    field->text_max = 36;
    return WEIR_OK;
}

static enum weir_code read_null(const struct parser *parser, const struct call *call,
                                struct weir_field *field)
{
    (void)parser;
    (void)call;
    field->kind = WEIR_FIELD_NULL;
    return WEIR_OK;
}

static const struct {
    const char *word;
    enum weir_code (*read)(const struct parser *parser, const struct call *call,
                           struct weir_field *field);
    const struct weir_words *words; /* where it is a list */
} patterns[] = {
    {"sequence", read_sequence, NULL},
    {"int", read_int, NULL},
    {"float", read_float, NULL},
    {"bool", read_bool, NULL},
    {"time", read_time, NULL},
    {"hex", read_hex, NULL},
    {"oneof", read_oneof, NULL},
    {"file", read_file, NULL},
    {"email", read_email, NULL},
    {"uuid", read_uuid, NULL},
    {"null", read_null, NULL},
    {"first_name", NULL, &weir_words_first_names},
    {"last_name", NULL, &weir_words_last_names},
    {"city", NULL, &weir_words_cities},
    {"country", NULL, &weir_words_countries},
    {"word", NULL, &weir_words_plain},
};

/* Literals and {column} in turn. */
static enum weir_code read_template(const struct parser *parser, struct weir_slice text,
                                    struct weir_field *field)
{
    uint32_t parts_max = 1;
    for (size_t i = 0; i < text.len; i++)
        parts_max += text.ptr[i] == '{';
    struct weir_field_part *parts =
        WEIR_NEW_ARRAY(parser->arena, struct weir_field_part, parts_max);
    if (!parts)
        return no_memory(parser);
    while (text.len) {
        struct weir_field_part *part = &parts[field->parts_count++];
        struct weir_slice literal = take_until(&text, '{');
        bool reference = literal.ptr + literal.len < text.ptr;
        part->column = -1;
        if (!unescape(parser->arena, literal, &part->literal))
            return no_memory(parser);
        if (!reference)
            break;
        struct weir_slice name = trim(take_until(&text, '}'));
        part->column = column_find(parser->table, name);
        if (part->column < 0) {
            weir_fail(
                parser->err, WEIR_BAD_CONFIG,
                "option \"fields\": column \"%s\" names column \"%.*s\", which does not exist",
                parser->column, WEIR_FMT(name));
            return WEIR_BAD_CONFIG;
        }
    }
    field->kind = WEIR_FIELD_TEMPLATE;
    field->parts = parts;
    return WEIR_OK;
}

/* word or word(a, b): false where the text is neither. */
static bool read_call(struct weir_slice text, struct call *call)
{
    size_t len = 0;
    while (len < text.len &&
           ((text.ptr[len] >= 'a' && text.ptr[len] <= 'z') || text.ptr[len] == '_'))
        len++;
    call->word = weir_slice(text.ptr, len);
    call->args_count = 0;
    struct weir_slice rest = weir_slice(text.ptr + len, text.len - len);
    if (rest.len == 0)
        return len > 0;
    if (rest.len < 2 || rest.ptr[0] != '(' || rest.ptr[rest.len - 1] != ')')
        return false;
    rest = weir_slice(rest.ptr + 1, rest.len - 2);
    while (rest.len && call->args_count < ARGS_MAX)
        call->args[call->args_count++] = trim(take_until(&rest, ','));
    return rest.len == 0;
}

static enum weir_code read_pattern(const struct parser *parser, struct weir_slice text,
                                   struct weir_field *field)
{
    struct call *call = weir_arena_alloc(parser->arena, sizeof(*call), 16);
    if (!call)
        return no_memory(parser);
    if (read_call(text, call)) {
        for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
            if (!weir_slice_is(call->word, patterns[p].word))
                continue;
            if (patterns[p].read)
                return patterns[p].read(parser, call, field);
            set_words(field, *patterns[p].words);
            return WEIR_OK;
        }
        if (call->args_count)
            return bad(parser, "there is no such pattern");
    }
    return read_template(parser, text, field);
}

/* Takes " ?5%" off the end. */
static enum weir_code read_null_share(const struct parser *parser, struct weir_slice *text,
                                      struct weir_field *field)
{
    const char *mark = memrchr(text->ptr, '?', text->len);
    int64_t percent;
    if (text->len == 0 || text->ptr[text->len - 1] != '%' || !mark || mark == text->ptr ||
        mark[-1] != ' ')
        return WEIR_OK;
    struct weir_slice number = weir_slice(mark + 1, (size_t)(text->ptr + text->len - mark) - 2);
    if (weir_int8_parse(trim(number), &percent, NULL) != WEIR_OK || percent < 0 || percent > 100)
        return bad(parser, "?N% takes a percentage of NULLs");
    field->null_percent = (uint32_t)percent;
    *text = trim(weir_slice(text->ptr, (size_t)(mark - text->ptr)));
    return WEIR_OK;
}

/* ---- columns that are not named ---- */

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);
    return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

/* By name, for texts. */
static bool choose_by_name(const struct parser *parser, const char *name, struct weir_field *field)
{
    static const struct {
        const char *name;
        const struct weir_words *words;
    } lists[] = {{"first_name", &weir_words_first_names}, {"last_name", &weir_words_last_names},
                 {"name", &weir_words_first_names},       {"city", &weir_words_cities},
                 {"location", &weir_words_cities},        {"place", &weir_words_cities},
                 {"country", &weir_words_countries}};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (strcmp(name, lists[i].name) == 0) {
            set_words(field, *lists[i].words);
            return true;
        }
    }
    if (strcmp(name, "email") == 0) {
        set_email(parser, field);
        return true;
    }
    return false;
}

static void choose(const struct parser *parser, const struct weir_column *column,
                   struct weir_field *field)
{
    const struct call plain = {.args_count = 0};
    bool text = column->type == WEIR_TEXT;
    field->text_max = NUMBER_TEXT_MAX;
    if (column->type == WEIR_BOOL) {
        WEIR_IGNORE(read_bool(parser, &plain, field), "no arguments, no mistake");
    } else if (column->type == WEIR_TIMESTAMPTZ || column->type == WEIR_DATE) {
        WEIR_IGNORE(read_time(parser, &plain, field), "no arguments, no mistake");
    } else if (column->type == WEIR_FLOAT8 || column->type == WEIR_NUMERIC) {
        *field = (struct weir_field){
            .kind = WEIR_FIELD_REAL, .real_high = 1000, .text_max = NUMBER_TEXT_MAX};
    } else if (strcmp(column->name, "id") == 0 && column->type != WEIR_BYTEA) {
        WEIR_IGNORE(read_sequence(parser, &plain, field), "no arguments, no mistake");
    } else if (strcmp(column->name, "age") == 0 && column->type != WEIR_BYTEA) {
        *field = (struct weir_field){
            .kind = WEIR_FIELD_INTEGER, .low = 18, .high = 95, .text_max = NUMBER_TEXT_MAX};
    } else if (column->type == WEIR_INT4 || column->type == WEIR_INT8 ||
               column->type == WEIR_JSONB) {
        *field = (struct weir_field){
            .kind = WEIR_FIELD_INTEGER, .high = 999999, .text_max = NUMBER_TEXT_MAX};
    } else if (text && ends_with(column->name, "uuid")) {
        WEIR_IGNORE(read_uuid(parser, &plain, field), "no arguments, no mistake");
    } else if (!text || !choose_by_name(parser, column->name, field)) {
        set_words(field, weir_words_plain);
    }
}

/* ---- all of them ---- */

/* How long a template's text can get; WEIR_BAD_CONFIG for a circle. `depth`: references followed so far. */
static enum weir_code measure(const struct parser *parser, uint32_t column, uint32_t depth,
                              size_t *ret)
{
    struct weir_field *field = &parser->fields[column];
    if (field->kind == WEIR_FIELD_TEMPLATE) {
        if (depth > parser->table->columns_count)
            return bad(parser, "templates name each other in a circle");
        field->text_max = 0;
        for (uint32_t p = 0; p < field->parts_count; p++) {
            size_t more = 0;
            if (field->parts[p].column >= 0)
                WEIR_TRY(measure(parser, (uint32_t)field->parts[p].column, depth + 1, &more));
            field->text_max += field->parts[p].literal.len + more;
        }
        if (field->text_max > TEMPLATE_TEXT_MAX)
            return bad(parser, "its text can get longer than 1 MB");
    }
    *ret = field->text_max;
    return WEIR_OK;
}

static enum weir_code read_fields(struct parser *parser, struct weir_slice text, bool *named)
{
    while (trim(text).len) {
        struct weir_slice entry = trim(take_until(&text, ';'));
        if (!entry.len)
            continue;
        struct weir_slice pattern = entry, name = trim(take_until(&pattern, '='));
        int32_t column = column_find(parser->table, name);
        if (name.ptr + name.len == entry.ptr + entry.len)
            return weir_fail(parser->err, WEIR_BAD_CONFIG,
                             "option \"fields\": \"%.*s\" is not COLUMN=PATTERN", WEIR_FMT(entry));
        if (column < 0)
            return weir_fail(parser->err, WEIR_BAD_CONFIG,
                             "option \"fields\": column \"%.*s\" does not exist", WEIR_FMT(name));
        if (named[column])
            return weir_fail(parser->err, WEIR_BAD_CONFIG,
                             "option \"fields\": column \"%.*s\" is named twice", WEIR_FMT(name));
        named[column] = true;
        parser->column = parser->table->columns[column].name;
        pattern = trim(pattern);
        WEIR_TRY(read_null_share(parser, &pattern, &parser->fields[column]));
        WEIR_TRY(read_pattern(parser, pattern, &parser->fields[column]));
    }
    return WEIR_OK;
}

enum weir_code weir_fields_parse(const struct weir_table *table, struct weir_arena *arena,
                                 struct weir_field **ret, struct weir_error *err)
{
    struct parser parser = {.table = table, .arena = arena, .err = err};
    bool *named = WEIR_NEW_ARRAY(arena, bool, table->columns_count + 1);
    parser.fields = WEIR_NEW_ARRAY(arena, struct weir_field, table->columns_count + 1);
    if (!named || !parser.fields)
        return no_memory(&parser);
    WEIR_TRY(read_fields(&parser, weir_slice_of(weir_options_text(&table->options, "fields", "")),
                         named));
    uint64_t seed = (uint64_t)weir_options_number(&table->options, "seed", 0);
    for (uint32_t c = 0; c < table->columns_count; c++) {
        struct weir_field *field = &parser.fields[c];
        if (!named[c])
            choose(&parser, &table->columns[c], field);
        field->seed = weir_hash(weir_slice_of(table->columns[c].name), seed);
    }
    for (uint32_t c = 0; c < table->columns_count; c++) {
        size_t ignored;
        struct weir_field *field = &parser.fields[c];
        parser.column = table->columns[c].name;
        WEIR_TRY(measure(&parser, c, 0, &ignored));
        for (int r = 0; field->kind == WEIR_FIELD_EMAIL && r < 2; r++)
            if (field->refs[r] >= 0 && parser.fields[field->refs[r]].kind != WEIR_FIELD_WORDS)
                field->refs[r] = -1;
    }
    *ret = parser.fields;
    return WEIR_OK;
}
