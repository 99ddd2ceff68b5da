#include "op/lookup_table.h"
#include "op/operators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#define BYTES_MAX ((size_t)64 << 20)
#define NONE      NULL

static struct weir_error err;

/* A text vector of up to 64 rows; NULL is NULL. */
struct texts {
    struct weir_vector vector;
    struct weir_slice slices[64];
    uint64_t valid[1];
};

static const struct weir_vector *texts_of(struct texts *to, const char *const *values,
                                          uint32_t count)
{
    to->vector = (struct weir_vector){.type = WEIR_TEXT, .valid = to->valid, .s = to->slices};
    to->valid[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        to->slices[i] = weir_slice_of(values[i]);
        weir_set_valid(&to->vector, i, values[i] != NULL);
    }
    return &to->vector;
}

static void add(struct weir_lookup_table *table, const char *const *a, const char *const *b,
                uint32_t count)
{
    struct texts first, second;
    const struct weir_vector *columns[2] = {texts_of(&first, a, count),
                                            texts_of(&second, b ? b : a, count)};
    assert_int_equal(
        weir_lookup_table_add(table, columns, (struct weir_selection){NULL, count}, &err), WEIR_OK);
}

static void table_init(struct weir_lookup_table *table, uint32_t columns_count, uint32_t keys_count,
                       bool duplicates)
{
    static const enum weir_type types[2] = {WEIR_TEXT, WEIR_TEXT};
    assert_int_equal(weir_lookup_table_init(table, types, columns_count, keys_count, duplicates,
                                            BYTES_MAX, &err),
                     WEIR_OK);
}

static uint32_t probe(const struct weir_lookup_table *table, const char *a, const char *b)
{
    struct texts first, second;
    const struct weir_vector *keys[2] = {texts_of(&first, &a, 1), texts_of(&second, &b, 1)};
    uint32_t match;
    weir_lookup_table_probe(table, keys, (struct weir_selection){NULL, 1}, &match);
    return match;
}

static bool unknown(const struct weir_lookup_table *table, const char *a, const char *b)
{
    struct texts first, second;
    const struct weir_vector *keys[2] = {texts_of(&first, &a, 1), texts_of(&second, &b, 1)};
    return weir_lookup_table_unknown(table, keys, 0);
}

static void table_equal_keys_are_kept_once(void **state)
{
    struct weir_lookup_table table;
    (void)state;
    table_init(&table, 1, 1, false);
    add(&table, (const char *const[]){"a", "b", "a", "", "b"}, NULL, 5);
    assert_int_equal(weir_lookup_table_finish(&table, &err), WEIR_OK);
    assert_int_equal(table.store.rows, 3);
    assert_int_not_equal(probe(&table, "a", NONE), WEIR_NO_ROW);
    assert_int_not_equal(probe(&table, "", NONE), WEIR_NO_ROW);
    assert_int_equal(probe(&table, "c", NONE), WEIR_NO_ROW);
    assert_int_equal(probe(&table, NULL, NONE), WEIR_NO_ROW);
    weir_lookup_table_done(&table);
}

static void table_many_keys_all_are_found(void **state)
{
    struct weir_lookup_table table;
    char text[32], more[80];
    (void)state;
    table_init(&table, 1, 1, false);
    for (int i = 0; i < 20000; i++) {
        snprintf(text, sizeof(text), "key %d", i);
        snprintf(more, sizeof(more), "a key that is longer than the others by far %d", i);
        add(&table, (const char *const[]){text, more}, NULL, 2);
    }
    assert_int_equal(weir_lookup_table_finish(&table, &err), WEIR_OK);
    assert_int_equal(table.store.rows, 40000);
    for (int i = 0; i < 20000; i++) {
        snprintf(text, sizeof(text), "key %d", i);
        assert_int_equal(probe(&table, text, NONE), 2 * i);
        snprintf(text, sizeof(text), "kex %d", i);
        assert_int_equal(probe(&table, text, NONE), WEIR_NO_ROW);
    }
    weir_lookup_table_done(&table);
}

static void table_with_payload_chains_rows_in_order(void **state)
{
    struct weir_lookup_table table;
    (void)state;
    table_init(&table, 2, 1, true);
    add(&table, (const char *const[]){"a", "b", "a", NULL, "a"},
        (const char *const[]){"1", "2", "3", "4", "5"}, 5);
    assert_int_equal(weir_lookup_table_finish(&table, &err), WEIR_OK);
    uint32_t row = probe(&table, "a", NONE);
    assert_int_equal(row, 0);
    assert_int_equal(row = table.next[row], 2);
    assert_int_equal(row = table.next[row], 4);
    assert_int_equal(table.next[row], WEIR_NO_ROW);
    assert_int_equal(table.next[probe(&table, "b", NONE)], WEIR_NO_ROW);
    weir_lookup_table_done(&table);
}

/* x IN (set): PostgreSQL answers NULL where a NULL might have been equal. */
static void in_single_column_with_null_is_unknown(void **state)
{
    struct weir_lookup_table table;
    (void)state;
    table_init(&table, 1, 1, false);
    assert_false(unknown(&table, "a", NONE));
    assert_false(unknown(&table, NULL, NONE)); /* NULL IN (no rows) is false */
    add(&table, (const char *const[]){"a"}, NULL, 1);
    assert_false(unknown(&table, "b", NONE));
    assert_true(unknown(&table, NULL, NONE));
    add(&table, (const char *const[]){NULL, NULL}, NULL, 2);
    assert_true(unknown(&table, "b", NONE));
    weir_lookup_table_done(&table);
}

/* (x, y) IN (set): only rows whose known columns are equal count. */
static void in_two_columns_with_null_compares_the_others(void **state)
{
    struct weir_lookup_table table;
    (void)state;
    table_init(&table, 2, 2, false);
    add(&table, (const char *const[]){"a", "b"}, (const char *const[]){NULL, "2"}, 2);
    assert_true(unknown(&table, "a", "1"));
    assert_false(unknown(&table, "c", "1"));
    assert_true(unknown(&table, NULL, "2"));
    assert_true(unknown(&table, NULL, "3")); /* ('a', NULL) */
    assert_false(unknown(&table, "c", NULL));
    weir_lookup_table_done(&table);
}

static void snapshot_read_back_finds_the_same(void **state)
{
    struct weir_lookup_table table, copy;
    struct weir_buffer bytes;
    (void)state;
    weir_buffer_init(&bytes, BYTES_MAX);
    table_init(&table, 2, 1, true);
    add(&table, (const char *const[]){"a", NULL, "a", ""},
        (const char *const[]){"1", "2", NULL, "4"}, 4);
    assert_int_equal(weir_lookup_table_finish(&table, &err), WEIR_OK);
    assert_int_equal(weir_lookup_table_write(&table, &bytes, &err), WEIR_OK);
    table_init(&copy, 2, 1, true);
    assert_int_equal(weir_lookup_table_read(&copy, weir_buffer_slice(&bytes), &err), WEIR_OK);
    assert_int_equal(copy.content_hash, table.content_hash);
    assert_int_equal(copy.store.rows, 4);
    assert_int_equal(copy.next[probe(&copy, "a", NONE)], 2);
    assert_false(weir_valid(&copy.store.columns[1], 2));
    weir_lookup_table_done(&copy);
    weir_lookup_table_done(&table);
    weir_buffer_done(&bytes);
}

static void snapshot_damaged_is_refused(void **state)
{
    struct weir_lookup_table table, copy;
    struct weir_buffer bytes;
    (void)state;
    weir_buffer_init(&bytes, BYTES_MAX);
    table_init(&table, 1, 1, false);
    add(&table, (const char *const[]){"a", "b"}, NULL, 2);
    assert_int_equal(weir_lookup_table_finish(&table, &err), WEIR_OK);
    assert_int_equal(weir_lookup_table_write(&table, &bytes, &err), WEIR_OK);
    for (size_t at = 0; at < bytes.len; at++) {
        bytes.ptr[at] ^= 1;
        table_init(&copy, 1, 1, false);
        assert_int_equal(weir_lookup_table_read(&copy, weir_buffer_slice(&bytes), &err),
                         WEIR_BAD_DATA);
        weir_lookup_table_done(&copy);
        table_init(&copy, 1, 1, false);
        assert_int_equal(weir_lookup_table_read(&copy, weir_slice(bytes.ptr, at), &err),
                         WEIR_BAD_DATA);
        weir_lookup_table_done(&copy);
        bytes.ptr[at] ^= 1;
    }
    weir_lookup_table_done(&table);
    weir_buffer_done(&bytes);
}

static void table_past_its_memory_is_refused(void **state)
{
    static const enum weir_type types[1] = {WEIR_TEXT};
    struct weir_lookup_table table;
    char text[32];
    (void)state;
    assert_int_equal(weir_lookup_table_init(&table, types, 1, 1, false, 100000, &err), WEIR_OK);
    enum weir_code code = WEIR_OK;
    for (int i = 0; i < 100000 && code == WEIR_OK; i++) {
        const char *value = text;
        struct texts texts;
        snprintf(text, sizeof(text), "key %d", i);
        const struct weir_vector *column = texts_of(&texts, &value, 1);
        code = weir_lookup_table_add(&table, &column, (struct weir_selection){NULL, 1}, &err);
    }
    assert_int_equal(code, WEIR_NOMEM);
    assert_true(weir_lookup_table_bytes(&table) < 400000);
    weir_lookup_table_done(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_equal_keys_are_kept_once),
        cmocka_unit_test(table_many_keys_all_are_found),
        cmocka_unit_test(table_with_payload_chains_rows_in_order),
        cmocka_unit_test(in_single_column_with_null_is_unknown),
        cmocka_unit_test(in_two_columns_with_null_compares_the_others),
        cmocka_unit_test(snapshot_read_back_finds_the_same),
        cmocka_unit_test(snapshot_damaged_is_refused),
        cmocka_unit_test(table_past_its_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
