/* jsonb: members, kinds, containment, and building values. Parts of a value are views of its
 * canonical text. Source: PostgreSQL 15, chapters 8.14 and 9.16. */
#include "column/json.h"

#include "column/text.h"
#include "expr/kernel.h"

/* Gives the row a part of a value, as jsonb or as text (a JSON null is NULL then). */
static void part_put(struct weir_eval *eval, struct weir_slice part, bool as_text,
                     struct weir_vector *out, uint32_t row)
{
    struct weir_error error;
    out->s[row] = part;
    if (!as_text)
        return;
    if (weir_jsonb_to_text(part, eval->arena, &out->s[row], &error) != WEIR_OK)
        weir_out_error(eval, out, row, &error);
    else if (!out->s[row].ptr)
        weir_out_null(out, row);
}

static void get_key(struct weir_eval *eval, const struct weir_vector *const *args, bool as_text,
                    struct weir_vector *out, struct weir_selection selection)
{
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice part;
        if (weir_jsonb_get_key(args[0]->s[row], args[1]->s[row], &part))
            part_put(eval, part, as_text, out, row);
        else
            weir_out_null(out, row);
    }
}

static void get_index(struct weir_eval *eval, const struct weir_vector *const *args, bool as_text,
                      struct weir_vector *out, struct weir_selection selection)
{
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice part;
        if (weir_jsonb_get_index(args[0]->s[row], args[1]->i4[row], &part))
            part_put(eval, part, as_text, out, row);
        else
            weir_out_null(out, row);
    }
}

WEIR_KERNEL(key_to_jsonb)
{
    (void)args_count;
    get_key(eval, args, false, out, selection);
}

WEIR_KERNEL(key_to_text)
{
    (void)args_count;
    get_key(eval, args, true, out, selection);
}

WEIR_KERNEL(index_to_jsonb)
{
    (void)args_count;
    get_index(eval, args, false, out, selection);
}

WEIR_KERNEL(index_to_text)
{
    (void)args_count;
    get_index(eval, args, true, out, selection);
}

/* ---- paths ---- */

/* One step of a path: a key of an object, or the text of an index of an array. */
static bool path_step(struct weir_slice value, struct weir_slice step, struct weir_slice *ret)
{
    enum weir_jsonb_kind kind = weir_jsonb_kind(value);
    if (kind == WEIR_JSONB_OBJECT)
        return weir_jsonb_get_key(value, step, ret);
    int32_t index;
    struct weir_error error;
    return kind == WEIR_JSONB_ARRAY && weir_int4_parse(step, &index, &error) == WEIR_OK &&
           weir_jsonb_get_index(value, index, ret);
}

static void extract_path(struct weir_eval *eval, const struct weir_vector *const *args,
                         uint32_t args_count, bool as_text, struct weir_vector *out,
                         struct weir_selection selection)
{
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice part = args[0]->s[row];
        uint32_t step = 1;
        while (step < args_count && path_step(part, args[step]->s[row], &part))
            step++;
        if (step == args_count)
            part_put(eval, part, as_text, out, row);
        else
            weir_out_null(out, row);
    }
}

WEIR_KERNEL(path_to_jsonb)
{
    extract_path(eval, args, args_count, false, out, selection);
}

WEIR_KERNEL(path_to_text)
{
    extract_path(eval, args, args_count, true, out, selection);
}

/* ---- questions ---- */

WEIR_KERNEL(kind_name)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        out->s[row] = weir_arena_slice(
            eval->arena, weir_slice_of(weir_jsonb_kind_name(weir_jsonb_kind(args[0]->s[row]))));
        eval->exhausted |= !out->s[row].ptr;
    }
}

WEIR_KERNEL(array_length)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_error error;
        if (weir_jsonb_array_length(args[0]->s[row], &out->i4[row], &error) != WEIR_OK)
            weir_out_error(eval, out, row, &error);
    }
}

/* Whether a JSON value is the string `text`. */
static bool is_string(struct weir_eval *eval, struct weir_slice value, struct weir_slice text)
{
    struct weir_slice plain;
    struct weir_error error;
    if (weir_jsonb_kind(value) != WEIR_JSONB_STRING)
        return false;
    if (weir_jsonb_unescape(value, eval->arena, &plain, &error) != WEIR_OK) {
        eval->exhausted = true; /* canonical text has no other fault */
        return false;
    }
    return weir_slice_equal(plain, text);
}

WEIR_KERNEL(key_exists)
{
    (void)args_count;
    WEIR_FOR_VALID(row, out, selection)
    {
        struct weir_slice value = args[0]->s[row], found;
        enum weir_jsonb_kind kind = weir_jsonb_kind(value);
        bool exists = kind == WEIR_JSONB_OBJECT ? weir_jsonb_get_key(value, args[1]->s[row], &found)
                                                : is_string(eval, value, args[1]->s[row]);
        struct weir_jsonb_walk walk = weir_jsonb_walk_begin(value);
        while (kind == WEIR_JSONB_ARRAY && !exists && weir_jsonb_walk_next(&walk))
            exists = is_string(eval, walk.value, args[1]->s[row]);
        out->b[row] = exists;
    }
}

static bool scalars_equal(struct weir_slice a, struct weir_slice b)
{
    if (weir_jsonb_kind(a) != weir_jsonb_kind(b))
        return false;
    if (weir_jsonb_kind(a) == WEIR_JSONB_NUMBER)
        return weir_numeric_compare(a, b) == 0;
    return weir_slice_equal(a, b);
}

static bool is_container(struct weir_slice value)
{
    enum weir_jsonb_kind kind = weir_jsonb_kind(value);
    return kind == WEIR_JSONB_ARRAY || kind == WEIR_JSONB_OBJECT;
}

static bool member_find(struct weir_slice object, struct weir_slice key_literal,
                        struct weir_slice *ret)
{
    struct weir_jsonb_walk walk = weir_jsonb_walk_begin(object);
    while (weir_jsonb_walk_next(&walk)) {
        if (weir_slice_equal(walk.key, key_literal)) {
            *ret = walk.value;
            return true;
        }
    }
    return false;
}

/* Recursion is as deep as the value, whose depth weir_jsonb_parse has limited. */
static bool contains(struct weir_slice a, struct weir_slice b);

static bool array_has(struct weir_slice array, struct weir_slice element)
{
    struct weir_jsonb_walk walk = weir_jsonb_walk_begin(array);
    while (weir_jsonb_walk_next(&walk)) {
        if (is_container(element) ? is_container(walk.value) && contains(walk.value, element)
                                  : scalars_equal(walk.value, element))
            return true;
    }
    return false;
}

static bool contains(struct weir_slice a, struct weir_slice b)
{
    enum weir_jsonb_kind kind = weir_jsonb_kind(b);
    if (!is_container(a) && !is_container(b))
        return scalars_equal(a, b);
    if (weir_jsonb_kind(a) != kind)
        return false;
    struct weir_jsonb_walk walk = weir_jsonb_walk_begin(b);
    while (weir_jsonb_walk_next(&walk)) {
        struct weir_slice own;
        if (kind == WEIR_JSONB_ARRAY) {
            if (!array_has(a, walk.value))
                return false;
        } else if (!member_find(a, walk.key, &own) ||
                   !(is_container(own) == is_container(walk.value) && contains(own, walk.value))) {
            return false;
        }
    }
    return true;
}

/* At the top an array also contains a bare scalar that is one of its elements. */
static bool contains_top(struct weir_slice a, struct weir_slice b)
{
    if (weir_jsonb_kind(a) == WEIR_JSONB_ARRAY && !is_container(b))
        return array_has(a, b);
    return contains(a, b);
}

WEIR_KERNEL(contains_right)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->b[row] = contains_top(args[0]->s[row], args[1]->s[row]);
}

WEIR_KERNEL(contained_in_right)
{
    WEIR_UNUSED_ARGS;
    WEIR_FOR_VALID(row, out, selection)
    out->b[row] = contains_top(args[1]->s[row], args[0]->s[row]);
}

#define JSONB WEIR_JSONB
#define TEXT  WEIR_TEXT
#define OPERATOR(name, result, second, kernel_name, help, example)                                 \
    {                                                                                              \
        name, WEIR_OPERATOR, result, {JSONB, second}, 2, .kernel = kernel_name, "json", help,      \
                                                         example                                   \
    }
#define FUNCTION(name, result, kernel_name, help, example)                                         \
    {                                                                                              \
        name, WEIR_FUNCTION, result, {JSONB}, 1, .kernel = kernel_name, "json", help, example      \
    }
#define PATH(name, result, kernel_name, help, example)                                             \
    {                                                                                              \
        name, WEIR_FUNCTION, result, {JSONB, TEXT}, 2, .variadic = true, .kernel = kernel_name,    \
                                                       "json", help, example                       \
    }

const struct weir_function weir_json_functions[] = {
    OPERATOR("->", JSONB, TEXT, key_to_jsonb, "the member with this key",
             "'{\"a\": {\"b\": 1}}'::jsonb -> 'a' -> {\"b\": 1}"),
    OPERATOR("->", JSONB, WEIR_INT4, index_to_jsonb,
             "the element with this index from 0, negative: from the end",
             "'[1, 2]'::jsonb -> 1 -> 2"),
    OPERATOR("->>", TEXT, TEXT, key_to_text, "the member with this key as text",
             "'{\"a\": \"b\"}'::jsonb ->> 'a' -> b"),
    OPERATOR("->>", TEXT, WEIR_INT4, index_to_text, "the element with this index as text",
             "'[1, 2]'::jsonb ->> 1 -> 2"),
    OPERATOR("?", WEIR_BOOL, TEXT, key_exists, "whether the text is a key or an element",
             "'{\"a\": 1}'::jsonb ? 'a' -> true"),
    OPERATOR("@>", WEIR_BOOL, JSONB, contains_right, "whether the left contains the right",
             "'[1, 2]'::jsonb @> '[2]' -> true"),
    OPERATOR("<@", WEIR_BOOL, JSONB, contained_in_right, "whether the right contains the left",
             "'[2]'::jsonb <@ '[1, 2]' -> true"),
    PATH("jsonb_extract_path", JSONB, path_to_jsonb, "the part at a path of keys and indexes",
         "jsonb_extract_path('{\"a\": [5]}', 'a', '0') -> 5"),
    PATH("jsonb_extract_path_text", TEXT, path_to_text,
         "the part at a path of keys and indexes, as text",
         "jsonb_extract_path_text('{\"a\": [\"x\"]}', 'a', '0') -> x"),
    FUNCTION("jsonb_typeof", TEXT, kind_name, "object, array, string, number, boolean or null",
             "jsonb_typeof('-123.4') -> number"),
    FUNCTION("jsonb_array_length", WEIR_INT4, array_length, "the number of elements",
             "jsonb_array_length('[1, 2]') -> 2"),
    {NULL},
};
