/* Making jsonb: from SQL values, by joining, by leaving parts out.
 *
 * Elements and members are canonical already, so arrays and merged objects are written from them as
 * they are; only jsonb_build_object, whose keys come in any order, goes through the parser to be
 * sorted. Source: PostgreSQL 15, chapter 9.16. */
#include "column/json.h"
#include "column/text.h"
#include "expr/cast_text.h"
#include "expr/kernel.h"

/* A value being written; `to` has room for all of it. */
struct writer {
    char *to;
    size_t len;
    bool first; /* no member or element yet */
};

static void put(struct writer *writer, struct weir_slice bytes)
{
    memcpy(writer->to + writer->len, bytes.ptr, bytes.len);
    writer->len += bytes.len;
}

static void open_with(struct writer *writer, const char *bracket)
{
    put(writer, weir_slice_of(bracket));
    writer->first = true;
}

/* One more element, or member where key (a literal with quotes) is not empty. */
static void add(struct writer *writer, struct weir_slice key, struct weir_slice value)
{
    if (!writer->first)
        put(writer, WEIR_SLICE(", "));
    writer->first = false;
    if (key.len) {
        put(writer, key);
        put(writer, WEIR_SLICE(": "));
    }
    put(writer, value);
}

/* ---- SQL values as JSON ---- */

static struct weir_slice string_literal(struct weir_slice text, struct weir_arena *arena)
{
    char *to = weir_arena_alloc(arena, weir_json_escape_bound(text.len), 1);
    return to ? weir_slice(to, weir_json_escape_to(text, to)) : weir_slice(NULL, 0);
}

/* 2026-01-02 03:04:05+00 to "2026-01-02T03:04:05+00:00", as XML Schema writes it. */
static struct weir_slice time_literal(struct weir_slice text, struct weir_arena *arena)
{
    char *to = weir_arena_alloc(arena, text.len + 8, 1);
    if (!to)
        return weir_slice(NULL, 0);
    size_t len = 0;
    to[len++] = '"';
    bool day = true;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        to[len++] = c == ' ' && day ? 'T' : c;
        day &= c != ' ';
        if (c == '+') {
            static const char utc[5] = {'0', '0', ':', '0', '0'};
            memcpy(to + len, utc, sizeof(utc));
            len += sizeof(utc);
            i += 2;
        }
    }
    to[len++] = '"';
    return weir_slice(to, len);
}

static bool is_number_text(struct weir_slice text)
{
    return text.len && (*text.ptr == '-' ? text.len > 1 && text.ptr[1] != 'I'
                                         : *text.ptr != 'N' && *text.ptr != 'I');
}

/* A not-NULL value as canonical jsonb; ptr NULL when the arena is exhausted. */
static struct weir_slice value_json(const struct weir_vector *from, uint32_t row,
                                    struct weir_arena *arena)
{
    struct weir_slice text = weir_cast_text(from, row, arena), ret = {NULL, 0};
    struct weir_error error;
    if (!text.ptr)
        return text;
    switch (from->type) {
    case WEIR_BOOL:
    case WEIR_INT4:
    case WEIR_INT8:
    case WEIR_JSONB:
        return text;
    case WEIR_NUMERIC:
        return is_number_text(text) ? text : string_literal(text, arena);
    case WEIR_FLOAT8:
        if (!is_number_text(text))
            return string_literal(text, arena);
        return weir_jsonb_parse(text, arena, &ret, &error) == WEIR_OK ? ret : weir_slice(NULL, 0);
    case WEIR_TIMESTAMPTZ:
        return time_literal(text, arena);
    default:
        return string_literal(text, arena);
    }
}

static struct weir_slice argument_json(const struct weir_vector *from, uint32_t row,
                                       struct weir_arena *arena)
{
    return weir_valid(from, row) ? value_json(from, row, arena)
                                 : weir_arena_slice(arena, WEIR_SLICE("null"));
}

WEIR_KERNEL(to_jsonb)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        out->s[row] = value_json(args[0], row, eval->arena);
        eval->exhausted |= !out->s[row].ptr;
    }
}

/* The arguments as JSON into `ret`; returns the sum of their lengths, or SIZE_MAX when the arena is
 * exhausted. */
static size_t arguments_json(struct weir_eval *eval, const struct weir_vector *const *args,
                             uint32_t args_count, uint32_t row, struct weir_slice *ret)
{
    size_t len = 0;
    for (uint32_t i = 0; i < args_count; i++) {
        ret[i] = argument_json(args[i], row, eval->arena);
        if (!ret[i].ptr) {
            eval->exhausted = true;
            return SIZE_MAX;
        }
        len += ret[i].len;
    }
    return len;
}

WEIR_KERNEL(build_array)
{
    weir_out_all_valid(eval, out);
    struct weir_slice *values = WEIR_NEW_ARRAY(eval->arena, struct weir_slice, args_count + 1);
    eval->exhausted |= !values;
    if (!values)
        return;
    WEIR_FOR_SELECTED(row, selection)
    {
        size_t len = arguments_json(eval, args, args_count, row, values);
        struct writer writer = {0};
        writer.to = len == SIZE_MAX
                        ? NULL
                        : weir_out_alloc(eval, out, row, len + 2 * (size_t)args_count + 2);
        if (!writer.to)
            continue;
        open_with(&writer, "[");
        for (uint32_t i = 0; i < args_count; i++)
            add(&writer, WEIR_SLICE(""), values[i]);
        put(&writer, WEIR_SLICE("]"));
        out->s[row] = weir_slice(writer.to, writer.len);
    }
}

/* Turns the keys among the arguments into string literals; false: the row has failed. */
static bool keys_to_literals(struct weir_eval *eval, const struct weir_vector *const *args,
                             uint32_t args_count, struct weir_vector *out, uint32_t row,
                             struct weir_slice *values)
{
    for (uint32_t i = 0; i < args_count; i += 2) {
        if (!weir_valid(args[i], row)) {
            weir_out_fail(eval, out, row, "argument %u: key must not be null", (unsigned)i + 1);
            return false;
        }
        if (args[i]->type == WEIR_JSONB) {
            weir_out_fail(eval, out, row,
                          "key value must be scalar, not array, composite, or json");
            return false;
        }
        if (*values[i].ptr != '"')
            values[i] = string_literal(weir_cast_text(args[i], row, eval->arena), eval->arena);
        eval->exhausted |= !values[i].ptr;
        if (!values[i].ptr)
            return false;
    }
    return true;
}

WEIR_KERNEL(build_object)
{
    weir_out_all_valid(eval, out);
    struct weir_slice *values = WEIR_NEW_ARRAY(eval->arena, struct weir_slice, args_count + 1);
    eval->exhausted |= !values;
    if (!values)
        return;
    WEIR_FOR_SELECTED(row, selection)
    {
        if (args_count % 2) {
            weir_out_fail(eval, out, row, "argument list must have even number of elements");
            continue;
        }
        if (arguments_json(eval, args, args_count, row, values) == SIZE_MAX ||
            !keys_to_literals(eval, args, args_count, out, row, values))
            continue;
        size_t len = 2;
        for (uint32_t i = 0; i < args_count; i++)
            len += values[i].len + 2;
        struct writer writer = {.to = weir_out_alloc(eval, out, row, len)};
        if (!writer.to)
            continue;
        open_with(&writer, "{");
        for (uint32_t i = 0; i < args_count; i += 2)
            add(&writer, values[i], values[i + 1]);
        put(&writer, WEIR_SLICE("}"));
        struct weir_error error;
        if (weir_jsonb_parse(weir_slice(writer.to, writer.len), eval->arena, &out->s[row],
                             &error) != WEIR_OK)
            weir_out_error(eval, out, row, &error);
    }
}

/* ---- joining ---- */

/* The order of an object's keys: by the plain texts' lengths, then bytes. */
static int key_order(struct weir_eval *eval, struct weir_slice a, struct weir_slice b)
{
    struct weir_error error;
    if ((memchr(a.ptr, '\\', a.len) || memchr(b.ptr, '\\', b.len)) &&
        (weir_jsonb_unescape(a, eval->arena, &a, &error) != WEIR_OK ||
         weir_jsonb_unescape(b, eval->arena, &b, &error) != WEIR_OK)) {
        eval->exhausted = true;
        return 0;
    }
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return weir_slice_compare(a, b);
}

static void objects_merge(struct weir_eval *eval, struct writer *writer, struct weir_slice a,
                          struct weir_slice b)
{
    struct weir_jsonb_walk left = weir_jsonb_walk_begin(a), right = weir_jsonb_walk_begin(b);
    bool more_left = weir_jsonb_walk_next(&left), more_right = weir_jsonb_walk_next(&right);
    open_with(writer, "{");
    while (more_left || more_right) {
        int order = !more_left ? 1 : !more_right ? -1 : key_order(eval, left.key, right.key);
        if (order < 0)
            add(writer, left.key, left.value);
        else
            add(writer, right.key, right.value); /* of equal keys the right one wins */
        if (order <= 0)
            more_left = weir_jsonb_walk_next(&left);
        if (order >= 0)
            more_right = weir_jsonb_walk_next(&right);
    }
    put(writer, WEIR_SLICE("}"));
}

static void elements_add(struct writer *writer, struct weir_slice value)
{
    if (weir_jsonb_kind(value) != WEIR_JSONB_ARRAY) {
        add(writer, WEIR_SLICE(""), value);
        return;
    }
    struct weir_jsonb_walk walk = weir_jsonb_walk_begin(value);
    while (weir_jsonb_walk_next(&walk))
        add(writer, WEIR_SLICE(""), walk.value);
}

WEIR_KERNEL(join)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice a = args[0]->s[row], b = args[1]->s[row];
        struct writer writer = {.to = weir_out_alloc(eval, out, row, a.len + b.len + 4)};
        if (!writer.to)
            continue;
        if (weir_jsonb_kind(a) == WEIR_JSONB_OBJECT && weir_jsonb_kind(b) == WEIR_JSONB_OBJECT) {
            objects_merge(eval, &writer, a, b);
        } else {
            open_with(&writer, "[");
            elements_add(&writer, a);
            elements_add(&writer, b);
            put(&writer, WEIR_SLICE("]"));
        }
        out->s[row] = weir_slice(writer.to, writer.len);
    }
}

/* ---- leaving out ---- */

WEIR_KERNEL(without_key)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice value = args[0]->s[row];
        enum weir_jsonb_kind kind = weir_jsonb_kind(value);
        if (kind != WEIR_JSONB_ARRAY && kind != WEIR_JSONB_OBJECT) {
            weir_out_fail(eval, out, row, "cannot delete from scalar");
            continue;
        }
        struct weir_slice literal = string_literal(args[1]->s[row], eval->arena);
        struct writer writer = {.to = weir_out_alloc(eval, out, row, value.len)};
        eval->exhausted |= !literal.ptr;
        if (!literal.ptr || !writer.to)
            continue;
        open_with(&writer, kind == WEIR_JSONB_OBJECT ? "{" : "[");
        struct weir_jsonb_walk walk = weir_jsonb_walk_begin(value);
        while (weir_jsonb_walk_next(&walk)) {
            /* Both literals are in canonical form. */
            if (!weir_slice_equal(kind == WEIR_JSONB_OBJECT ? walk.key : walk.value, literal))
                add(&writer, walk.key, walk.value);
        }
        put(&writer, kind == WEIR_JSONB_OBJECT ? WEIR_SLICE("}") : WEIR_SLICE("]"));
        out->s[row] = weir_slice(writer.to, writer.len);
    }
}

WEIR_KERNEL(without_index)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice value = args[0]->s[row];
        int32_t index = args[1]->i4[row], count = 0;
        struct weir_error error;
        enum weir_jsonb_kind kind = weir_jsonb_kind(value);
        if (kind == WEIR_JSONB_OBJECT) {
            weir_out_fail(eval, out, row, "cannot delete from object using integer index");
            continue;
        }
        if (kind != WEIR_JSONB_ARRAY || weir_jsonb_array_length(value, &count, &error) != WEIR_OK) {
            weir_out_fail(eval, out, row, "cannot delete from scalar");
            continue;
        }
        struct writer writer = {.to = weir_out_alloc(eval, out, row, value.len)};
        if (!writer.to)
            continue;
        int64_t left_out = index < 0 ? (int64_t)count + index : index;
        open_with(&writer, "[");
        struct weir_jsonb_walk walk = weir_jsonb_walk_begin(value);
        for (int64_t i = 0; weir_jsonb_walk_next(&walk); i++) {
            if (i != left_out)
                add(&writer, WEIR_SLICE(""), walk.value);
        }
        put(&writer, WEIR_SLICE("]"));
        out->s[row] = weir_slice(writer.to, writer.len);
    }
}

#define JSONB WEIR_JSONB
#define OPERATOR(name, second, kernel_name, help, example)                                         \
    {                                                                                              \
        name, WEIR_OPERATOR, JSONB, {JSONB, second}, 2, .kernel = kernel_name, "json", help,       \
                                                        example                                    \
    }
#define BUILD(name, count, repeats, kernel_name, help, example)                                    \
    {                                                                                              \
        name, WEIR_FUNCTION, JSONB, {WEIR_UNKNOWN}, count,                                         \
            .variadic = repeats, .not_strict = true, .kernel = kernel_name, .category = "json",    \
            help, example                                                                          \
    }

const struct weir_function weir_json_build_functions[] = {
    OPERATOR("||", JSONB, join, "two objects merged, or arrays joined",
             "'{\"a\": 1}'::jsonb || '{\"b\": 2}' -> {\"a\": 1, \"b\": 2}"),
    OPERATOR("-", WEIR_TEXT, without_key, "without a key, or without equal strings",
             "'{\"a\": 1, \"b\": 2}'::jsonb - 'a' -> {\"b\": 2}"),
    OPERATOR("-", WEIR_INT4, without_index, "without the element with this index",
             "'[1, 2]'::jsonb - 0 -> [2]"),
    {"to_jsonb",
     WEIR_FUNCTION,
     JSONB,
     {WEIR_UNKNOWN},
     1,
     .kernel = to_jsonb,
     "json",
     "a value as jsonb",
     "to_jsonb('a \"b\"'::text) -> \"a \\\"b\\\"\""},
    BUILD("jsonb_build_array", 0, false, build_array, "an empty array",
          "jsonb_build_array() -> []"),
    BUILD("jsonb_build_array", 1, true, build_array, "an array of the arguments",
          "jsonb_build_array(1, 'two', NULL) -> [1, \"two\", null]"),
    BUILD("jsonb_build_object", 0, false, build_object, "an empty object",
          "jsonb_build_object() -> {}"),
    BUILD("jsonb_build_object", 1, true, build_object,
          "an object of the arguments, by turns keys and values",
          "jsonb_build_object('a', 1, 'b', 'x') -> {\"a\": 1, \"b\": \"x\"}"),
    {NULL},
};
