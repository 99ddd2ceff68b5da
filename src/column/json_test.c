/* Escaping against a reference, and steps through and order of jsonb against PostgreSQL's answers. */
#include <stdio.h>

#include "column/column_test.h"
#include "column/json.h"
#include "column/text.h"

enum step { STEP_KEY, STEP_INDEX, STEP_KEY_TEXT, STEP_LENGTH, STEP_ORDER };

static enum weir_code give_number(int32_t number, struct weir_arena *arena, struct weir_slice *ret)
{
    char text[32];
    *ret = weir_arena_slice(arena, weir_slice(text, weir_int4_format(number, text)));
    return WEIR_OK;
}

static enum weir_code run_step(const void *context, struct weir_slice a, struct weir_slice b,
                               struct weir_arena *arena, struct weir_slice *ret,
                               struct weir_error *err)
{
    struct weir_slice value, other;
    int32_t number;
    WEIR_TRY(weir_jsonb_parse(a, arena, &value, err));
    *ret = weir_slice(NULL, 0);
    switch (*(const enum step *)context) {
    case STEP_KEY:
        if (weir_jsonb_get_key(value, b, &other))
            *ret = other;
        return WEIR_OK;
    case STEP_INDEX:
        WEIR_TRY(weir_int4_parse(b, &number, err));
        if (weir_jsonb_get_index(value, number, &other))
            *ret = other;
        return WEIR_OK;
    case STEP_KEY_TEXT:
        return weir_jsonb_get_key(value, b, &other) ? weir_jsonb_to_text(other, arena, ret, err)
                                                    : WEIR_OK;
    case STEP_LENGTH:
        WEIR_TRY(weir_jsonb_array_length(value, &number, err));
        return give_number(number, arena, ret);
    default:
        WEIR_TRY(weir_jsonb_parse(b, arena, &other, err));
        number = weir_jsonb_compare(value, other);
        assert_true(number != 0 || weir_jsonb_hash(value) == weir_jsonb_hash(other));
        return give_number((number > 0) - (number < 0), arena, ret);
    }
}

static const struct weir_case key_cases[] = {
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "a", "1"},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "b", "{\"c\": [1, \"x,]}\", null]}"},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "", "true"},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "n\n", "\"q\\\"\\u0001\\t\""},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "\303\251", "\"\303\251\""},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "z", "null"},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "missing", "NULL"},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "n\\n", "NULL"},
    {"[1]", "a", "NULL"},
    {"\"a\"", "a", "NULL"},
};

static const struct weir_case key_text_cases[] = {
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "a", "1"},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "b", "{\"c\": [1, \"x,]}\", null]}"},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "", "true"},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "n\n", "q\"\001\t"},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "\303\251", "\303\251"},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "z", "NULL"},
    {"{\"a\": 1, \"b\": {\"c\": [1, \"x,]}\", null]}, \"\": true, \"n\\n\": \"q\\\"\\u0001\\t\", "
     "\"\303\251\": \"\\u00e9\", \"z\": null}",
     "missing", "NULL"},
};

static const struct weir_case index_cases[] = {
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "-6", "NULL"},
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "-5", "10"},
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "-4", "\"a,b\""},
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "-3", "[1, [2]]"},
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "-2", "{\"k\": \"]\"}"},
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "-1", "null"},
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "0", "10"},
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "1", "\"a,b\""},
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "2", "[1, [2]]"},
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "3", "{\"k\": \"]\"}"},
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "4", "null"},
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "5", "NULL"},
    {"{\"a\":1}", "0", "NULL"},
    {"5", "0", "5"},
    {"5", "-1", "5"},
    {"5", "1", "NULL"},
    {"[]", "0", "NULL"},
};

static const struct weir_case length_cases[] = {
    {"[10, \"a,b\", [1, [2]], {\"k\": \"]\"}, null]", "", "5"},
    {"[]", "", "0"},
    {"{}", "", "ERROR: cannot get array length of a non-array"},
    {"1", "", "ERROR: cannot get array length of a scalar"},
    {"\"a\"", "", "ERROR: cannot get array length of a scalar"},
};

static const struct weir_case order_cases[] = {
    {"null", "null", "0"},
    {"null", "\"a\"", "-1"},
    {"null", "\"b\"", "-1"},
    {"null", "\"\"", "-1"},
    {"null", "\"\\u0001\"", "-1"},
    {"null", "1", "-1"},
    {"null", "1.0", "-1"},
    {"null", "1.00", "-1"},
    {"null", "-1", "-1"},
    {"null", "true", "-1"},
    {"null", "false", "-1"},
    {"null", "[]", "1"},
    {"null", "[1]", "-1"},
    {"null", "[2]", "-1"},
    {"null", "[1,2]", "-1"},
    {"null", "{}", "-1"},
    {"null", "{\"a\":1}", "-1"},
    {"null", "{\"a\":2}", "-1"},
    {"null", "{\"b\":1}", "-1"},
    {"null", "{\"aa\":1}", "-1"},
    {"null", "{\"a\":1,\"b\":2}", "-1"},
    {"null", "[[]]", "-1"},
    {"null", "[null]", "-1"},
    {"null", "[{}]", "-1"},
    {"\"a\"", "\"a\"", "0"},
    {"\"a\"", "\"b\"", "-1"},
    {"\"a\"", "\"\"", "1"},
    {"\"a\"", "\"\\u0001\"", "1"},
    {"\"a\"", "1", "-1"},
    {"\"a\"", "1.0", "-1"},
    {"\"a\"", "1.00", "-1"},
    {"\"a\"", "-1", "-1"},
    {"\"a\"", "true", "-1"},
    {"\"a\"", "false", "-1"},
    {"\"a\"", "[]", "1"},
    {"\"a\"", "[1]", "-1"},
    {"\"a\"", "[2]", "-1"},
    {"\"a\"", "[1,2]", "-1"},
    {"\"a\"", "{}", "-1"},
    {"\"a\"", "{\"a\":1}", "-1"},
    {"\"a\"", "{\"a\":2}", "-1"},
    {"\"a\"", "{\"b\":1}", "-1"},
    {"\"a\"", "{\"aa\":1}", "-1"},
    {"\"a\"", "{\"a\":1,\"b\":2}", "-1"},
    {"\"a\"", "[[]]", "-1"},
    {"\"a\"", "[null]", "-1"},
    {"\"a\"", "[{}]", "-1"},
    {"\"b\"", "\"b\"", "0"},
    {"\"b\"", "\"\"", "1"},
    {"\"b\"", "\"\\u0001\"", "1"},
    {"\"b\"", "1", "-1"},
    {"\"b\"", "1.0", "-1"},
    {"\"b\"", "1.00", "-1"},
    {"\"b\"", "-1", "-1"},
    {"\"b\"", "true", "-1"},
    {"\"b\"", "false", "-1"},
    {"\"b\"", "[]", "1"},
    {"\"b\"", "[1]", "-1"},
    {"\"b\"", "[2]", "-1"},
    {"\"b\"", "[1,2]", "-1"},
    {"\"b\"", "{}", "-1"},
    {"\"b\"", "{\"a\":1}", "-1"},
    {"\"b\"", "{\"a\":2}", "-1"},
    {"\"b\"", "{\"b\":1}", "-1"},
    {"\"b\"", "{\"aa\":1}", "-1"},
    {"\"b\"", "{\"a\":1,\"b\":2}", "-1"},
    {"\"b\"", "[[]]", "-1"},
    {"\"b\"", "[null]", "-1"},
    {"\"b\"", "[{}]", "-1"},
    {"\"\"", "\"\"", "0"},
    {"\"\"", "\"\\u0001\"", "-1"},
    {"\"\"", "1", "-1"},
    {"\"\"", "1.0", "-1"},
    {"\"\"", "1.00", "-1"},
    {"\"\"", "-1", "-1"},
    {"\"\"", "true", "-1"},
    {"\"\"", "false", "-1"},
    {"\"\"", "[]", "1"},
    {"\"\"", "[1]", "-1"},
    {"\"\"", "[2]", "-1"},
    {"\"\"", "[1,2]", "-1"},
    {"\"\"", "{}", "-1"},
    {"\"\"", "{\"a\":1}", "-1"},
    {"\"\"", "{\"a\":2}", "-1"},
    {"\"\"", "{\"b\":1}", "-1"},
    {"\"\"", "{\"aa\":1}", "-1"},
    {"\"\"", "{\"a\":1,\"b\":2}", "-1"},
    {"\"\"", "[[]]", "-1"},
    {"\"\"", "[null]", "-1"},
    {"\"\"", "[{}]", "-1"},
    {"\"\\u0001\"", "\"\\u0001\"", "0"},
    {"\"\\u0001\"", "1", "-1"},
    {"\"\\u0001\"", "1.0", "-1"},
    {"\"\\u0001\"", "1.00", "-1"},
    {"\"\\u0001\"", "-1", "-1"},
    {"\"\\u0001\"", "true", "-1"},
    {"\"\\u0001\"", "false", "-1"},
    {"\"\\u0001\"", "[]", "1"},
    {"\"\\u0001\"", "[1]", "-1"},
    {"\"\\u0001\"", "[2]", "-1"},
    {"\"\\u0001\"", "[1,2]", "-1"},
    {"\"\\u0001\"", "{}", "-1"},
    {"\"\\u0001\"", "{\"a\":1}", "-1"},
    {"\"\\u0001\"", "{\"a\":2}", "-1"},
    {"\"\\u0001\"", "{\"b\":1}", "-1"},
    {"\"\\u0001\"", "{\"aa\":1}", "-1"},
    {"\"\\u0001\"", "{\"a\":1,\"b\":2}", "-1"},
    {"\"\\u0001\"", "[[]]", "-1"},
    {"\"\\u0001\"", "[null]", "-1"},
    {"\"\\u0001\"", "[{}]", "-1"},
    {"1", "1", "0"},
    {"1", "1.0", "0"},
    {"1", "1.00", "0"},
    {"1", "-1", "1"},
    {"1", "true", "-1"},
    {"1", "false", "-1"},
    {"1", "[]", "1"},
    {"1", "[1]", "-1"},
    {"1", "[2]", "-1"},
    {"1", "[1,2]", "-1"},
    {"1", "{}", "-1"},
    {"1", "{\"a\":1}", "-1"},
    {"1", "{\"a\":2}", "-1"},
    {"1", "{\"b\":1}", "-1"},
    {"1", "{\"aa\":1}", "-1"},
    {"1", "{\"a\":1,\"b\":2}", "-1"},
    {"1", "[[]]", "-1"},
    {"1", "[null]", "-1"},
    {"1", "[{}]", "-1"},
    {"1.0", "1.0", "0"},
    {"1.0", "1.00", "0"},
    {"1.0", "-1", "1"},
    {"1.0", "true", "-1"},
    {"1.0", "false", "-1"},
    {"1.0", "[]", "1"},
    {"1.0", "[1]", "-1"},
    {"1.0", "[2]", "-1"},
    {"1.0", "[1,2]", "-1"},
    {"1.0", "{}", "-1"},
    {"1.0", "{\"a\":1}", "-1"},
    {"1.0", "{\"a\":2}", "-1"},
    {"1.0", "{\"b\":1}", "-1"},
    {"1.0", "{\"aa\":1}", "-1"},
    {"1.0", "{\"a\":1,\"b\":2}", "-1"},
    {"1.0", "[[]]", "-1"},
    {"1.0", "[null]", "-1"},
    {"1.0", "[{}]", "-1"},
    {"1.00", "1.00", "0"},
    {"1.00", "-1", "1"},
    {"1.00", "true", "-1"},
    {"1.00", "false", "-1"},
    {"1.00", "[]", "1"},
    {"1.00", "[1]", "-1"},
    {"1.00", "[2]", "-1"},
    {"1.00", "[1,2]", "-1"},
    {"1.00", "{}", "-1"},
    {"1.00", "{\"a\":1}", "-1"},
    {"1.00", "{\"a\":2}", "-1"},
    {"1.00", "{\"b\":1}", "-1"},
    {"1.00", "{\"aa\":1}", "-1"},
    {"1.00", "{\"a\":1,\"b\":2}", "-1"},
    {"1.00", "[[]]", "-1"},
    {"1.00", "[null]", "-1"},
    {"1.00", "[{}]", "-1"},
    {"-1", "-1", "0"},
    {"-1", "true", "-1"},
    {"-1", "false", "-1"},
    {"-1", "[]", "1"},
    {"-1", "[1]", "-1"},
    {"-1", "[2]", "-1"},
    {"-1", "[1,2]", "-1"},
    {"-1", "{}", "-1"},
    {"-1", "{\"a\":1}", "-1"},
    {"-1", "{\"a\":2}", "-1"},
    {"-1", "{\"b\":1}", "-1"},
    {"-1", "{\"aa\":1}", "-1"},
    {"-1", "{\"a\":1,\"b\":2}", "-1"},
    {"-1", "[[]]", "-1"},
    {"-1", "[null]", "-1"},
    {"-1", "[{}]", "-1"},
    {"true", "true", "0"},
    {"true", "false", "1"},
    {"true", "[]", "1"},
    {"true", "[1]", "-1"},
    {"true", "[2]", "-1"},
    {"true", "[1,2]", "-1"},
    {"true", "{}", "-1"},
    {"true", "{\"a\":1}", "-1"},
    {"true", "{\"a\":2}", "-1"},
    {"true", "{\"b\":1}", "-1"},
    {"true", "{\"aa\":1}", "-1"},
    {"true", "{\"a\":1,\"b\":2}", "-1"},
    {"true", "[[]]", "-1"},
    {"true", "[null]", "-1"},
    {"true", "[{}]", "-1"},
    {"false", "false", "0"},
    {"false", "[]", "1"},
    {"false", "[1]", "-1"},
    {"false", "[2]", "-1"},
    {"false", "[1,2]", "-1"},
    {"false", "{}", "-1"},
    {"false", "{\"a\":1}", "-1"},
    {"false", "{\"a\":2}", "-1"},
    {"false", "{\"b\":1}", "-1"},
    {"false", "{\"aa\":1}", "-1"},
    {"false", "{\"a\":1,\"b\":2}", "-1"},
    {"false", "[[]]", "-1"},
    {"false", "[null]", "-1"},
    {"false", "[{}]", "-1"},
    {"[]", "[]", "0"},
    {"[]", "[1]", "-1"},
    {"[]", "[2]", "-1"},
    {"[]", "[1,2]", "-1"},
    {"[]", "{}", "-1"},
    {"[]", "{\"a\":1}", "-1"},
    {"[]", "{\"a\":2}", "-1"},
    {"[]", "{\"b\":1}", "-1"},
    {"[]", "{\"aa\":1}", "-1"},
    {"[]", "{\"a\":1,\"b\":2}", "-1"},
    {"[]", "[[]]", "-1"},
    {"[]", "[null]", "-1"},
    {"[]", "[{}]", "-1"},
    {"[1]", "[1]", "0"},
    {"[1]", "[2]", "-1"},
    {"[1]", "[1,2]", "-1"},
    {"[1]", "{}", "-1"},
    {"[1]", "{\"a\":1}", "-1"},
    {"[1]", "{\"a\":2}", "-1"},
    {"[1]", "{\"b\":1}", "-1"},
    {"[1]", "{\"aa\":1}", "-1"},
    {"[1]", "{\"a\":1,\"b\":2}", "-1"},
    {"[1]", "[[]]", "-1"},
    {"[1]", "[null]", "1"},
    {"[1]", "[{}]", "-1"},
    {"[2]", "[2]", "0"},
    {"[2]", "[1,2]", "-1"},
    {"[2]", "{}", "-1"},
    {"[2]", "{\"a\":1}", "-1"},
    {"[2]", "{\"a\":2}", "-1"},
    {"[2]", "{\"b\":1}", "-1"},
    {"[2]", "{\"aa\":1}", "-1"},
    {"[2]", "{\"a\":1,\"b\":2}", "-1"},
    {"[2]", "[[]]", "-1"},
    {"[2]", "[null]", "1"},
    {"[2]", "[{}]", "-1"},
    {"[1,2]", "[1,2]", "0"},
    {"[1,2]", "{}", "-1"},
    {"[1,2]", "{\"a\":1}", "-1"},
    {"[1,2]", "{\"a\":2}", "-1"},
    {"[1,2]", "{\"b\":1}", "-1"},
    {"[1,2]", "{\"aa\":1}", "-1"},
    {"[1,2]", "{\"a\":1,\"b\":2}", "-1"},
    {"[1,2]", "[[]]", "1"},
    {"[1,2]", "[null]", "1"},
    {"[1,2]", "[{}]", "1"},
    {"{}", "{}", "0"},
    {"{}", "{\"a\":1}", "-1"},
    {"{}", "{\"a\":2}", "-1"},
    {"{}", "{\"b\":1}", "-1"},
    {"{}", "{\"aa\":1}", "-1"},
    {"{}", "{\"a\":1,\"b\":2}", "-1"},
    {"{}", "[[]]", "1"},
    {"{}", "[null]", "1"},
    {"{}", "[{}]", "1"},
    {"{\"a\":1}", "{\"a\":1}", "0"},
    {"{\"a\":1}", "{\"a\":2}", "-1"},
    {"{\"a\":1}", "{\"b\":1}", "-1"},
    {"{\"a\":1}", "{\"aa\":1}", "-1"},
    {"{\"a\":1}", "{\"a\":1,\"b\":2}", "-1"},
    {"{\"a\":1}", "[[]]", "1"},
    {"{\"a\":1}", "[null]", "1"},
    {"{\"a\":1}", "[{}]", "1"},
    {"{\"a\":2}", "{\"a\":2}", "0"},
    {"{\"a\":2}", "{\"b\":1}", "-1"},
    {"{\"a\":2}", "{\"aa\":1}", "-1"},
    {"{\"a\":2}", "{\"a\":1,\"b\":2}", "-1"},
    {"{\"a\":2}", "[[]]", "1"},
    {"{\"a\":2}", "[null]", "1"},
    {"{\"a\":2}", "[{}]", "1"},
    {"{\"b\":1}", "{\"b\":1}", "0"},
    {"{\"b\":1}", "{\"aa\":1}", "1"},
    {"{\"b\":1}", "{\"a\":1,\"b\":2}", "-1"},
    {"{\"b\":1}", "[[]]", "1"},
    {"{\"b\":1}", "[null]", "1"},
    {"{\"b\":1}", "[{}]", "1"},
    {"{\"aa\":1}", "{\"aa\":1}", "0"},
    {"{\"aa\":1}", "{\"a\":1,\"b\":2}", "-1"},
    {"{\"aa\":1}", "[[]]", "1"},
    {"{\"aa\":1}", "[null]", "1"},
    {"{\"aa\":1}", "[{}]", "1"},
    {"{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2}", "0"},
    {"{\"a\":1,\"b\":2}", "[[]]", "1"},
    {"{\"a\":1,\"b\":2}", "[null]", "1"},
    {"{\"a\":1,\"b\":2}", "[{}]", "1"},
    {"[[]]", "[[]]", "0"},
    {"[[]]", "[null]", "1"},
    {"[[]]", "[{}]", "-1"},
    {"[null]", "[null]", "0"},
    {"[null]", "[{}]", "-1"},
    {"[{}]", "[{}]", "0"},
};

#define STEP_TEST(name, wanted, cases)                                                             \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        const enum step step = (wanted);                                                           \
        WEIR_CASES_CHECK(cases, run_step, &step);                                                  \
    }

STEP_TEST(key_lookup_is_as_postgresql, STEP_KEY, key_cases)
STEP_TEST(key_lookup_as_text_is_as_postgresql, STEP_KEY_TEXT, key_text_cases)
STEP_TEST(index_lookup_is_as_postgresql, STEP_INDEX, index_cases)
STEP_TEST(array_length_is_as_postgresql, STEP_LENGTH, length_cases)
STEP_TEST(order_is_as_postgresql, STEP_ORDER, order_cases)

static void walk_gives_members_in_order(void **state)
{
    (void)state;
    struct weir_slice object = WEIR_SLICE("{\"a\": 1, \"b\": [1, 2], \"c\": \"x, y\"}");
    static const char *const keys[] = {"\"a\"", "\"b\"", "\"c\""};
    static const char *const values[] = {"1", "[1, 2]", "\"x, y\""};
    struct weir_jsonb_walk walk = weir_jsonb_walk_begin(object);
    for (int i = 0; i < 3; i++) {
        assert_true(weir_jsonb_walk_next(&walk));
        assert_true(weir_slice_is(walk.key, keys[i]));
        assert_true(weir_slice_is(walk.value, values[i]));
    }
    assert_false(weir_jsonb_walk_next(&walk));
    walk = weir_jsonb_walk_begin(WEIR_SLICE("{}"));
    assert_false(weir_jsonb_walk_next(&walk));
    walk = weir_jsonb_walk_begin(WEIR_SLICE("12"));
    assert_false(weir_jsonb_walk_next(&walk));
}

/* Plainly, byte by byte. */
static size_t reference_escape(const unsigned char *text, size_t len, char *to)
{
    static const char shorts[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char *out = to;
    *out++ = '"';
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            out += sprintf(out, "\\%c", text[i]);
        else if (text[i] < 32 && shorts[text[i]])
            out += sprintf(out, "\\%c", shorts[text[i]]);
        else if (text[i] < 32)
            out += sprintf(out, "\\u%04x", text[i]);
        else
            *out++ = (char)text[i];
    }
    *out++ = '"';
    return (size_t)(out - to);
}

static void escape_at_every_place_and_length_is_as_the_reference(void **state)
{
    (void)state;
    static const unsigned char special[] = {0,   1,   '\b', '\n', 31,   ' ', '"',
                                            '#', '/', '\\', 0x7f, 0x80, 0xff};
    unsigned char text[80];
    char expected[512];
    struct weir_buffer buffer;
    weir_buffer_init(&buffer, 1 << 16);
    for (size_t len = 0; len <= 40; len++) {
        for (size_t at = 0; at <= len; at++) {
            for (size_t k = 0; k < sizeof(special); k++) {
                for (size_t i = 0; i < len; i++)
                    text[i] = (unsigned char)('a' + i % 26);
                if (at < len)
                    text[at] = special[k];
                size_t expected_len = reference_escape(text, len, expected);
                char *exact = test_malloc(len); /* a sanitizer sees what reads past the end */
                memcpy(exact, text, len);
                buffer.len = 0;
                assert_int_equal(weir_json_escape(weir_slice(exact, len), &buffer, NULL), WEIR_OK);
                assert_true(weir_slice_equal(weir_buffer_slice(&buffer),
                                             weir_slice(expected, expected_len)));
                test_free(exact);
            }
        }
    }
    weir_buffer_done(&buffer);
}

static void escape_of_long_text_reserves_what_it_needs(void **state)
{
    (void)state;
    size_t len = 100000;
    char *text = test_malloc(len);
    memset(text, 'x', len);
    text[70000] = '\n';
    struct weir_buffer buffer;
    weir_buffer_init(&buffer, 101000); /* six times as much would not fit */
    assert_int_equal(weir_json_escape(weir_slice(text, len), &buffer, NULL), WEIR_OK);
    assert_int_equal(buffer.len, len + 3);
    weir_buffer_done(&buffer);
    test_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_lookup_is_as_postgresql),
        cmocka_unit_test(key_lookup_as_text_is_as_postgresql),
        cmocka_unit_test(index_lookup_is_as_postgresql),
        cmocka_unit_test(array_length_is_as_postgresql),
        cmocka_unit_test(order_is_as_postgresql),
        cmocka_unit_test(walk_gives_members_in_order),
        cmocka_unit_test(escape_at_every_place_and_length_is_as_the_reference),
        cmocka_unit_test(escape_of_long_text_reserves_what_it_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
