/* The catalogue's invariants, and PostgreSQL's resolution rules on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "expr/function.h"

static void catalogue_every_entry_is_complete(void **state)
{
    (void)state;
    uint32_t count = 0;
    WEIR_FOR_FUNCTIONS(entry)
    {
        count++;
        assert_true(entry->args_count <= WEIR_ARGS_MAX);
        assert_true(!entry->variadic || entry->args_count > 0);
        assert_non_null(entry->category);
        assert_int_equal(entry->kind == WEIR_AGGREGATE, entry->kernel == NULL);
        if (!entry->help || !entry->example)
            fail_msg("%s has no help or no example", entry->name);
    }
    assert_true(count > 300);
}

static void catalogue_no_signature_stands_twice(void **state)
{
    (void)state;
    WEIR_FOR_FUNCTIONS(entry)
    {
        uint32_t same = 0;
        for (const struct weir_function *const *table = weir_functions; *table; table++) {
            for (const struct weir_function *other = *table; other->name; other++) {
                same += strcmp(entry->name, other->name) == 0 &&
                        entry->args_count == other->args_count &&
                        memcmp(entry->args, other->args,
                               sizeof(*entry->args) * entry->args_count) == 0 &&
                        (entry->kind != WEIR_CAST || entry->result == other->result);
            }
        }
        if (same != 1)
            fail_msg("%s stands %u times with the same arguments", entry->name, (unsigned)same);
    }
}

/* Resolves and compares the parameters' types. */
#define assert_resolves(kind, name, given, expected)                                               \
    do {                                                                                           \
        const enum weir_type from[] = {GIVEN given}, to[] = {GIVEN expected};                      \
        const struct weir_function *found = NULL;                                                  \
        struct weir_error err = {0};                                                               \
        if (weir_function_resolve(kind, name, from, sizeof(from) / sizeof(*from), &found, &err) != \
            WEIR_OK)                                                                               \
            fail_msg("%s", err.text);                                                              \
        for (size_t i = 0; i < sizeof(to) / sizeof(*to); i++)                                      \
            assert_int_equal(found->args[i], to[i]);                                               \
    } while (0)
#define GIVEN(...) __VA_ARGS__

#define assert_refused(kind, name, given, message, advice)                                         \
    do {                                                                                           \
        const enum weir_type from[] = {GIVEN given};                                               \
        const struct weir_function *found = NULL;                                                  \
        struct weir_error err = {0};                                                               \
        assert_int_equal(                                                                          \
            weir_function_resolve(kind, name, from, sizeof(from) / sizeof(*from), &found, &err),   \
            WEIR_BAD_CONFIG);                                                                      \
        assert_string_equal(err.text, message);                                                    \
        assert_string_equal(err.hint, advice);                                                     \
    } while (0)

static void resolve_exact_match_wins(void **state)
{
    (void)state;
    assert_resolves(WEIR_OPERATOR, "+", (WEIR_INT4, WEIR_INT4), (WEIR_INT4, WEIR_INT4));
    assert_resolves(WEIR_FUNCTION, "length", (WEIR_BYTEA), (WEIR_BYTEA));
}

static void resolve_mixed_numbers_meet_by_implicit_casts(void **state)
{
    (void)state;
    assert_resolves(WEIR_OPERATOR, "+", (WEIR_INT4, WEIR_INT8), (WEIR_INT8, WEIR_INT8));
    assert_resolves(WEIR_OPERATOR, "*", (WEIR_NUMERIC, WEIR_INT4), (WEIR_NUMERIC, WEIR_NUMERIC));
    assert_resolves(WEIR_OPERATOR, "=", (WEIR_NUMERIC, WEIR_FLOAT8), (WEIR_FLOAT8, WEIR_FLOAT8));
    assert_resolves(WEIR_FUNCTION, "sqrt", (WEIR_INT4), (WEIR_FLOAT8));
    assert_resolves(WEIR_FUNCTION, "round", (WEIR_INT4, WEIR_INT4), (WEIR_NUMERIC, WEIR_INT4));
}

static void resolve_unknown_literals_follow_the_known_or_are_text(void **state)
{
    (void)state;
    assert_resolves(WEIR_OPERATOR, "+", (WEIR_INT4, WEIR_UNKNOWN), (WEIR_INT4, WEIR_INT4));
    assert_resolves(WEIR_OPERATOR, "<", (WEIR_UNKNOWN, WEIR_DATE), (WEIR_DATE, WEIR_DATE));
    assert_resolves(WEIR_OPERATOR, "||", (WEIR_UNKNOWN, WEIR_UNKNOWN), (WEIR_TEXT, WEIR_TEXT));
    assert_resolves(WEIR_OPERATOR, "||", (WEIR_TEXT, WEIR_INT4), (WEIR_TEXT, WEIR_UNKNOWN));
    assert_resolves(WEIR_OPERATOR, "->", (WEIR_JSONB, WEIR_UNKNOWN), (WEIR_JSONB, WEIR_TEXT));
    assert_resolves(WEIR_FUNCTION, "upper", (WEIR_UNKNOWN), (WEIR_TEXT));
    assert_resolves(WEIR_FUNCTION, "md5", (WEIR_UNKNOWN), (WEIR_TEXT));
}

static void resolve_greatest_takes_the_common_type(void **state)
{
    (void)state;
    assert_resolves(WEIR_FUNCTION, "greatest", (WEIR_INT4, WEIR_NUMERIC, WEIR_INT8),
                    (WEIR_NUMERIC));
    assert_resolves(WEIR_FUNCTION, "least", (WEIR_DATE, WEIR_TIMESTAMPTZ), (WEIR_TIMESTAMPTZ));
    assert_refused(WEIR_FUNCTION, "greatest", (WEIR_INT4, WEIR_TEXT),
                   "GREATEST types integer and text cannot be matched", "");
}

static void resolve_type_name_is_a_cast(void **state)
{
    (void)state;
    assert_resolves(WEIR_FUNCTION, "date", (WEIR_TIMESTAMPTZ), (WEIR_TIMESTAMPTZ));
    assert_resolves(WEIR_FUNCTION, "text", (WEIR_INT4), (WEIR_INT4));
}

static void resolve_refusals_have_postgresql_texts(void **state)
{
    (void)state;
    const char *function_hint =
        "No function matches the given name and argument types. You might need to add explicit "
        "type casts.";
    assert_refused(WEIR_FUNCTION, "lower", (WEIR_INT4), "function lower(integer) does not exist",
                   function_hint);
    assert_refused(WEIR_FUNCTION, "uper", (WEIR_TEXT), "function uper(text) does not exist",
                   "did you mean \"upper\"?");
    assert_refused(WEIR_OPERATOR, "+", (WEIR_TEXT, WEIR_INT4),
                   "operator does not exist: text + integer",
                   "No operator matches the given name and argument types. You might need to add "
                   "explicit type casts.");
    assert_refused(WEIR_OPERATOR, "-", (WEIR_TEXT), "operator does not exist: - text",
                   "No operator matches the given name and argument type. You might need to add an "
                   "explicit type cast.");
    assert_refused(
        WEIR_OPERATOR, "+", (WEIR_UNKNOWN, WEIR_UNKNOWN),
        "operator is not unique: unknown + unknown",
        "Could not choose a best candidate operator. You might need to add explicit type casts.");
}

static void common_type_follows_implicit_casts(void **state)
{
    (void)state;
    enum weir_type common = WEIR_UNKNOWN;
    assert_true(weir_type_common((const enum weir_type[]){WEIR_UNKNOWN, WEIR_UNKNOWN}, 2, &common));
    assert_int_equal(common, WEIR_TEXT);
    assert_true(weir_type_common((const enum weir_type[]){WEIR_INT4, WEIR_UNKNOWN, WEIR_NUMERIC}, 3,
                                 &common));
    assert_int_equal(common, WEIR_NUMERIC);
    assert_true(weir_type_common((const enum weir_type[]){WEIR_FLOAT8, WEIR_INT8}, 2, &common));
    assert_int_equal(common, WEIR_FLOAT8);
    assert_false(weir_type_common((const enum weir_type[]){WEIR_INT4, WEIR_TEXT}, 2, &common));
}

static void casts_are_found_in_their_contexts_only(void **state)
{
    (void)state;
    assert_non_null(weir_cast_find(WEIR_INT4, WEIR_INT8, WEIR_CAST_IMPLICIT));
    assert_null(weir_cast_find(WEIR_INT8, WEIR_INT4, WEIR_CAST_IMPLICIT));
    assert_non_null(weir_cast_find(WEIR_INT8, WEIR_INT4, WEIR_CAST_ASSIGNMENT));
    assert_null(weir_cast_find(WEIR_TEXT, WEIR_INT4, WEIR_CAST_ASSIGNMENT));
    assert_non_null(weir_cast_find(WEIR_TEXT, WEIR_INT4, WEIR_CAST_EXPLICIT));
    assert_non_null(weir_cast_find(WEIR_INT4, WEIR_TEXT, WEIR_CAST_ASSIGNMENT));
    assert_null(weir_cast_find(WEIR_BOOL, WEIR_DATE, WEIR_CAST_EXPLICIT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catalogue_every_entry_is_complete),
        cmocka_unit_test(catalogue_no_signature_stands_twice),
        cmocka_unit_test(resolve_exact_match_wins),
        cmocka_unit_test(resolve_mixed_numbers_meet_by_implicit_casts),
        cmocka_unit_test(resolve_unknown_literals_follow_the_known_or_are_text),
        cmocka_unit_test(resolve_greatest_takes_the_common_type),
        cmocka_unit_test(resolve_type_name_is_a_cast),
        cmocka_unit_test(resolve_refusals_have_postgresql_texts),
        cmocka_unit_test(common_type_follows_implicit_casts),
        cmocka_unit_test(casts_are_found_in_their_contexts_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
