#include "connector/sqlite/connector.h"

#include "base/syncs_for_test.h"
#include "column/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROWS_MAX 8

/* A table people (id text, name text, age integer, created_at timestamptz) of a database in a fresh
 * directory. */
struct fixture {
    char directory[64], path[96];
    struct weir_column columns[4];
    uint32_t key[1];
    struct weir_option options[2];
    struct weir_table table;
    struct weir_arena arena;
    struct weir_error err;
    struct weir_sink *sink;
    struct weir_buffer bytes;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    strcpy(f->directory, "/tmp/weir-sqlite-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    snprintf(f->path, sizeof(f->path), "%s/sub/people.db", f->directory);
    f->columns[0] = (struct weir_column){.name = "id", .type = WEIR_TEXT};
    f->columns[1] = (struct weir_column){.name = "name", .type = WEIR_TEXT};
    f->columns[2] = (struct weir_column){.name = "age", .type = WEIR_INT4};
    f->columns[3] =
        (struct weir_column){.name = "created_at", .type = WEIR_TIMESTAMPTZ, .has_default = true};
    f->options[0] = (struct weir_option){.name = "path", .text = f->path};
    f->options[1] = (struct weir_option){.name = "table", .text = "the people"};
    f->table = (struct weir_table){.name = "people",
                                   .connector = &weir_sqlite_connector,
                                   .columns = f->columns,
                                   .columns_count = 4,
                                   .key = f->key,
                                   .key_count = 1,
                                   .options = {f->options, 2}};
    weir_arena_init(&f->arena, 1 << 20);
    weir_buffer_init(&f->bytes, 1 << 20);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[128];
    if (f->sink)
        weir_sqlite_sink_ops.close(f->sink);
    weir_arena_done(&f->arena);
    weir_buffer_done(&f->bytes);
    snprintf(command, sizeof(command), "rm -rf %s", f->directory);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static bool sink_open(struct fixture *f)
{
    const struct weir_sink_config config = {.pipeline = "p", .exactly_once = true};
    bool created = false;
    uint64_t number;
    assert_int_equal(weir_sqlite_sink_ops.open(&f->table, &config, &created, &f->sink, &f->err),
                     WEIR_OK);
    assert_int_equal(weir_sqlite_sink_ops.read_number(f->sink, &number, &f->err), WEIR_OK);
    return created;
}

static uint64_t sink_number(struct fixture *f)
{
    uint64_t number;
    assert_int_equal(weir_sqlite_sink_ops.read_number(f->sink, &number, &f->err), WEIR_OK);
    return number;
}

/* Writes rows of id, name, age (-1: NULL) and a fixed time, prepares them as epoch `number`.
 * Returns how many were taken. */
static uint32_t prepare(struct fixture *f, uint64_t number, const char *const (*rows)[2],
                        const int32_t *ages, uint32_t count)
{
    static const bool given[4] = {true, true, true, false};
    struct weir_vector columns[4];
    const struct weir_vector *views[4];
    struct weir_slice errors[ROWS_MAX] = {{0}};
    for (uint32_t c = 0; c < 4; c++) {
        assert_int_equal(
            weir_vector_init(&columns[c], f->columns[c].type, ROWS_MAX, true, &f->arena, &f->err),
            WEIR_OK);
        views[c] = &columns[c];
    }
    for (uint32_t row = 0; row < count; row++) {
        columns[0].s[row] = weir_slice_of(rows[row][0]);
        columns[1].s[row] = weir_slice_of(rows[row][1]);
        columns[2].i4[row] = ages[row];
        columns[3].i8[row] = INT64_C(820638245000000) + (int64_t)number * 1000000;
        weir_set_valid(&columns[0], row, rows[row][0] != NULL);
        weir_set_valid(&columns[1], row, rows[row][1] != NULL);
        weir_set_valid(&columns[2], row, ages[row] >= 0);
    }
    struct weir_writer *writer;
    uint32_t written = 0;
    assert_int_equal(weir_sqlite_sink_ops.writer_new(f->sink, given, &writer, &f->err), WEIR_OK);
    const struct weir_rows batch = {views, 4, ROWS_MAX, {NULL, count}};
    f->bytes.len = 0;
    assert_int_equal(
        weir_sqlite_sink_ops.write(writer, &batch, &f->arena, errors, &f->bytes, &written, &f->err),
        WEIR_OK);
    const struct weir_sink_chunk chunk = {weir_buffer_slice(&f->bytes), written, writer};
    assert_int_equal(weir_sqlite_sink_ops.prepare(f->sink, number, 0, &chunk, 1, &f->err), WEIR_OK);
    weir_sqlite_sink_ops.writer_free(writer);
    return written;
}

static enum weir_code commit(struct fixture *f, uint64_t number)
{
    uint64_t now = 0;
    enum weir_code code = weir_sqlite_sink_ops.commit(f->sink, number, false, &now, &f->err);
    if (code == WEIR_OK)
        assert_int_equal(now, number);
    return code;
}

/* Runs SQL beside the sink; the rows come back as "a|b;c|d;". */
static const char *sql(struct fixture *f, const char *statement)
{
    sqlite3 *db;
    sqlite3_stmt *prepared;
    struct weir_buffer out;
    weir_buffer_init(&out, 1 << 16);
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, statement, -1, &prepared, NULL), SQLITE_OK);
    while (sqlite3_step(prepared) == SQLITE_ROW) {
        for (int c = 0; c < sqlite3_column_count(prepared); c++) {
            const char *text = (const char *)sqlite3_column_text(prepared, c);
            assert_int_equal(
                weir_buffer_printf(&out, &f->err, c ? "|%s" : "%s", text ? text : "NULL"), WEIR_OK);
        }
        assert_int_equal(weir_buffer_printf(&out, &f->err, ";"), WEIR_OK);
    }
    sqlite3_finalize(prepared);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    const char *text = weir_arena_copy(&f->arena, weir_buffer_slice(&out));
    weir_buffer_done(&out);
    return text;
}

#define ROWS(...)                                                                                  \
    (const char *const[][2])                                                                       \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define AGES(...)                                                                                  \
    (const int32_t[])                                                                              \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static void sink_commit_makes_rows_and_number_visible(void **state)
{
    struct fixture *f = *state;
    assert_true(sink_open(f));
    assert_int_equal(prepare(f, 1, ROWS({"1", "Zoë"}, {"2", NULL}), AGES(30, -1), 2), 2);
    assert_string_equal(sql(f, "SELECT count(*) FROM \"the people\""), "0;");
    assert_int_equal(commit(f, 1), WEIR_OK);
    assert_string_equal(sql(f, "SELECT * FROM \"the people\""),
                        "1|Zoë|30|2026-01-02 03:04:06+00;2|NULL|NULL|2026-01-02 "
                        "03:04:06+00;");
    assert_string_equal(sql(f, "SELECT pipeline, sink, epoch FROM weir_epochs"), "p|people|1;");
    assert_int_equal(sink_number(f), 1);
}

static void sink_upsert_keeps_what_is_not_given(void **state)
{
    struct fixture *f = *state;
    sink_open(f);
    prepare(f, 1, ROWS({"1", "Ada"}, {"2", "Bob"}, {"1", "Eve"}), AGES(1, 2, 3), 3);
    assert_int_equal(commit(f, 1), WEIR_OK);
    prepare(f, 2, ROWS({"2", "Bea"}), AGES(4), 1);
    assert_int_equal(commit(f, 2), WEIR_OK);
    assert_string_equal(sql(f, "SELECT id, name, age, created_at FROM \"the people\" ORDER BY id"),
                        "1|Eve|3|2026-01-02 03:04:06+00;2|Bea|4|2026-01-02 03:04:06+00;");
}

static void sink_several_epochs_commit_together_in_order(void **state)
{
    struct fixture *f = *state;
    sink_open(f);
    prepare(f, 1, ROWS({"1", "first"}), AGES(1), 1);
    prepare(f, 2, ROWS({"1", "second"}), AGES(2), 1);
    prepare(f, 3, ROWS({"1", "third"}), AGES(3), 1);
    assert_int_equal(commit(f, 2), WEIR_OK);
    assert_string_equal(sql(f, "SELECT name FROM \"the people\""), "second;");
    assert_int_equal(commit(f, 3), WEIR_OK);
    assert_string_equal(sql(f, "SELECT name FROM \"the people\""), "third;");
    prepare(f, 4, ROWS({"1", "fourth"}), AGES(4), 1);
    prepare(f, 5, ROWS({"1", "fifth"}), AGES(5), 1);
    assert_int_equal(commit(f, 5), WEIR_OK);
    assert_string_equal(sql(f, "SELECT name FROM \"the people\""), "fifth;");
    assert_int_equal(sink_number(f), 5);
}

static void sink_null_key_is_a_row_error(void **state)
{
    struct fixture *f = *state;
    sink_open(f);
    assert_int_equal(prepare(f, 1, ROWS({NULL, "nobody"}, {"1", "Ada"}), AGES(1, 2), 2), 1);
    assert_int_equal(commit(f, 1), WEIR_OK);
    assert_string_equal(sql(f, "SELECT id FROM \"the people\""), "1;");
}

static void sink_overtaken_is_fenced_and_writes_nothing(void **state)
{
    struct fixture *f = *state;
    sink_open(f);
    prepare(f, 1, ROWS({"1", "Ada"}), AGES(1), 1);
    assert_int_equal(commit(f, 1), WEIR_OK);
    sql(f, "UPDATE weir_epochs SET epoch = 2"); /* another process went on */
    prepare(f, 2, ROWS({"2", "Bob"}), AGES(2), 1);
    assert_int_equal(commit(f, 2), WEIR_FENCED);
    assert_string_equal(sql(f, "SELECT id FROM \"the people\""), "1;");
    weir_sqlite_sink_ops.abort(f->sink);
    assert_int_equal(sink_number(f), 2);
    prepare(f, 3, ROWS({"3", "Cyd"}), AGES(3), 1);
    assert_int_equal(commit(f, 3), WEIR_OK);
}

static void sink_two_first_commits_only_one_wins(void **state)
{
    struct fixture *f = *state;
    sink_open(f);
    sql(f, "INSERT INTO weir_epochs VALUES ('p', 'people', 1, 'x')");
    prepare(f, 1, ROWS({"1", "Ada"}), AGES(1), 1);
    assert_int_equal(commit(f, 1), WEIR_FENCED);
}

static void sink_commit_is_durable(void **state)
{
    struct fixture *f = *state;
    sink_open(f);
    for (uint64_t i = 1; i <= 3; i++) {
        prepare(f, i, ROWS({"1", "Ada"}), AGES(1), 1);
        test_syncs_forget();
        assert_int_equal(commit(f, i), WEIR_OK);
        assert_non_null(strchr(test_syncs, 'f'));
    }
    test_syncs_forget();
    assert_int_equal(weir_sqlite_sink_ops.fence(f->sink, &f->err), WEIR_OK);
    assert_non_null(strchr(test_syncs, 'f')); /* what a killed process may not have come to */
}

static void sink_empty_epoch_moves_the_number(void **state)
{
    struct fixture *f = *state;
    sink_open(f);
    assert_int_equal(weir_sqlite_sink_ops.prepare(f->sink, 1, 0, NULL, 0, &f->err), WEIR_OK);
    assert_int_equal(commit(f, 1), WEIR_OK);
    assert_int_equal(sink_number(f), 1);
}

static void sink_two_of_one_file_do_not_wait(void **state)
{
    struct fixture *f = *state, other = *f;
    sink_open(f);
    other.table.name = "others";
    other.options[1].text = "others";
    other.table.options.items = other.options;
    weir_buffer_init(&other.bytes, 1 << 20);
    weir_arena_init(&other.arena, 1 << 20);
    sink_open(&other);
    prepare(f, 1, ROWS({"1", "Ada"}), AGES(1), 1);
    prepare(&other, 1, ROWS({"1", "Bob"}), AGES(1), 1);
    assert_int_equal(commit(f, 1), WEIR_OK);
    assert_int_equal(commit(&other, 1), WEIR_OK);
    assert_string_equal(sql(f, "SELECT name FROM others"), "Bob;");
    weir_sqlite_sink_ops.close(other.sink);
    weir_buffer_done(&other.bytes);
    weir_arena_done(&other.arena);
}

static void open_refuses(struct fixture *f, const char *create, const char *text)
{
    const struct weir_sink_config config = {.pipeline = "p", .exactly_once = true};
    bool created;
    struct weir_sink *sink;
    sql(f, "DROP TABLE \"the people\"");
    sql(f, create);
    assert_int_equal(weir_sqlite_sink_ops.open(&f->table, &config, &created, &sink, &f->err),
                     WEIR_BAD_CONFIG);
    if (!strstr(f->err.text, text))
        fail_msg("%s", f->err.text);
}

static void sink_existing_table_is_checked_by_column(void **state)
{
    struct fixture *f = *state;
    sink_open(f);
    open_refuses(f, "CREATE TABLE \"the people\" (id TEXT PRIMARY KEY, name TEXT, age INTEGER)",
                 "column \"created_at\" of table \"the people\" does not exist");
    open_refuses(
        f,
        "CREATE TABLE \"the people\" (id INTEGER PRIMARY KEY, name TEXT, age INTEGER, created_at "
        "TEXT)",
        "column \"id\" of table \"the people\" is INTEGER, but foreign table \"people\" says text");
    open_refuses(f,
                 "CREATE TABLE \"the people\" (id TEXT, name TEXT, age INTEGER, created_at TEXT)",
                 "has no unique index on its key (\"id\")");
    open_refuses(f,
                 "CREATE TABLE \"the people\" (id TEXT PRIMARY KEY, name TEXT, age INTEGER, "
                 "created_at TEXT, extra "
                 "TEXT NOT NULL)",
                 "column \"extra\" of table \"the people\" is NOT NULL");
    sql(f, "DROP TABLE \"the people\"");
    sql(f, "CREATE TABLE \"the people\" (created_at DATETIME, Age INT, NAME varchar(9), id TEXT "
           "UNIQUE, x)");
    struct weir_sink *first = f->sink;
    assert_false(sink_open(f));
    weir_sqlite_sink_ops.close(first);
}

static void sink_not_a_database_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct weir_sink_config config = {.pipeline = "p"};
    bool created;
    snprintf(f->path, sizeof(f->path), "%s/text.db", f->directory);
    FILE *file = fopen(f->path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", file);
    fclose(file);
    assert_int_equal(weir_sqlite_sink_ops.open(&f->table, &config, &created, &f->sink, &f->err),
                     WEIR_BAD_CONFIG);
    f->sink = NULL;
    assert_non_null(strstr(f->err.text, "file is not a database"));
}

/* ---- source ---- */

/* All rows of the table as text, read in batches of two from a position; the last position comes
 * back in `position`. */
static const char *read_all(struct fixture *f, const char *from, struct weir_buffer *position)
{
    const struct weir_source_ops *ops = &weir_sqlite_source_ops;
    const struct weir_source_config config = {.columns_needed = NULL};
    struct weir_source *source;
    struct weir_split *split;
    struct weir_fetch fetch;
    struct weir_buffer out;
    weir_buffer_init(&out, 1 << 16);
    assert_int_equal(ops->open(&f->table, &config, &source, &f->err), WEIR_OK);
    assert_int_equal(ops->assign(source, "table", weir_slice_of(from), &split, &f->err), WEIR_OK);
    while (ops->poll(split, &fetch, &f->err) == WEIR_OK && fetch.state == WEIR_FETCH_DATA) {
        struct weir_vector columns[4 + WEIR_HIDDEN_COUNT] = {{0}};
        struct weir_batch batch = {.arena = &f->arena,
                                   .columns = columns,
                                   .columns_count = 4 + WEIR_HIDDEN_COUNT,
                                   .capacity = 2};
        assert_int_equal(ops->read_rows(split, &batch, &f->err), WEIR_OK);
        for (uint32_t row = 0; row < batch.rows; row++) {
            for (uint32_t c = 0; c < 4 + WEIR_HIDDEN_COUNT; c++) {
                if (!columns[c].data || (c > 4 && !weir_valid(&columns[c], row)))
                    continue;
                struct weir_slice text = weir_valid(&columns[c], row)
                                             ? weir_value_text(&columns[c], row, &f->arena)
                                             : WEIR_SLICE("NULL");
                assert_int_equal(
                    weir_buffer_printf(&out, &f->err, c ? "|%.*s" : "%.*s", WEIR_FMT(text)),
                    WEIR_OK);
            }
            assert_int_equal(weir_buffer_printf(&out, &f->err, ";"), WEIR_OK);
        }
    }
    assert_int_equal(fetch.state, WEIR_FETCH_END);
    if (position)
        assert_int_equal(ops->position(split, position, &f->err), WEIR_OK);
    ops->revoke(split);
    ops->close(source);
    const char *text = weir_arena_copy(&f->arena, weir_buffer_slice(&out));
    weir_buffer_done(&out);
    return text;
}

static void source_reads_behind_its_position(void **state)
{
    struct fixture *f = *state;
    struct weir_buffer position;
    weir_buffer_init(&position, 1000);
    sink_open(f);
    prepare(f, 1, ROWS({"1", "Ada"}, {"2", NULL}, {"3", "Cyd"}), AGES(1, -1, 3), 3);
    assert_int_equal(commit(f, 1), WEIR_OK);
    assert_string_equal(read_all(f, "", &position),
                        "1|Ada|1|2026-01-02 03:04:06+00;2|NULL|NULL|2026-01-02 03:04:06+00;3|"
                        "Cyd|3|2026-01-02 03:04:06+00;");
    assert_string_equal(weir_arena_copy(&f->arena, weir_buffer_slice(&position)), "{\"rowid\":3}");
    assert_string_equal(read_all(f, "{\"rowid\":2}", NULL), "3|Cyd|3|2026-01-02 03:04:06+00;");
    weir_buffer_done(&position);
}

static void source_value_that_does_not_fit_sets_error(void **state)
{
    struct fixture *f = *state;
    sink_open(f);
    sql(f, "INSERT INTO \"the people\" VALUES (7, x'ff', 'old', '2026-02-30')");
    assert_string_equal(
        read_all(f, "", NULL),
        "7|NULL|NULL|NULL|column \"name\": invalid byte sequence for encoding \"UTF8\";");
}

static void source_reads_views_and_tables_without_rowid(void **state)
{
    struct fixture *f = *state;
    sink_open(f);
    sql(f, "CREATE TABLE w (id TEXT PRIMARY KEY, name TEXT, age INTEGER, created_at TEXT) WITHOUT "
           "ROWID");
    sql(f,
        "INSERT INTO w VALUES ('b', 'Bob', 2, NULL), ('a', 'Ada', 1, NULL), ('c', 'Cyd', 3, NULL)");
    sql(f, "CREATE VIEW v AS SELECT * FROM w WHERE id <> 'b'");
    f->options[1].text = "w";
    assert_string_equal(read_all(f, "", NULL), "a|Ada|1|NULL;b|Bob|2|NULL;c|Cyd|3|NULL;");
    assert_string_equal(read_all(f, "{\"rowid\":1}", NULL), "b|Bob|2|NULL;c|Cyd|3|NULL;");
    f->options[1].text = "v";
    assert_string_equal(read_all(f, "", NULL), "a|Ada|1|NULL;c|Cyd|3|NULL;");
}

static void source_missing_table_is_named(void **state)
{
    struct fixture *f = *state;
    const struct weir_source_config config = {.columns_needed = NULL};
    struct weir_source *source;
    assert_int_equal(weir_sqlite_source_ops.open(&f->table, &config, &source, &f->err),
                     WEIR_BAD_CONFIG);
    assert_non_null(strstr(f->err.text, "No such file or directory"));
    sink_open(f);
    f->options[1].text = "nothing";
    assert_int_equal(weir_sqlite_source_ops.open(&f->table, &config, &source, &f->err),
                     WEIR_BAD_CONFIG);
    assert_non_null(strstr(f->err.text, "table \"nothing\" does not exist"));
}

/* ---- catalog ---- */

static void catalog_drop_takes_the_last_table_and_the_file(void **state)
{
    struct fixture *f = *state;
    struct weir_catalog_info info;
    const struct weir_catalog_ops *catalog = &weir_sqlite_catalog_ops;
    assert_int_equal(catalog->describe(&f->table, "p", &f->arena, &info, &f->err), WEIR_OK);
    assert_false(info.exists);
    sink_open(f);
    prepare(f, 1, ROWS({"1", "Ada"}), AGES(1), 1);
    assert_int_equal(commit(f, 1), WEIR_OK);
    weir_sqlite_sink_ops.close(f->sink);
    f->sink = NULL;
    assert_int_equal(catalog->describe(&f->table, "p", &f->arena, &info, &f->err), WEIR_OK);
    assert_true(info.exists);
    assert_int_equal(info.rows, 1);
    assert_int_equal(info.number, 1);
    assert_int_equal(catalog->drop(&f->table, &f->err), WEIR_OK);
    assert_int_not_equal(access(f->path, F_OK), 0);
    assert_int_equal(catalog->drop(&f->table, &f->err), WEIR_OK);
}

static void catalog_forget_leaves_the_rows(void **state)
{
    struct fixture *f = *state;
    struct weir_catalog_info info;
    sink_open(f);
    prepare(f, 1, ROWS({"1", "Ada"}), AGES(1), 1);
    assert_int_equal(commit(f, 1), WEIR_OK);
    assert_int_equal(weir_sqlite_catalog_ops.forget(&f->table, "p", &f->err), WEIR_OK);
    assert_int_equal(weir_sqlite_catalog_ops.describe(&f->table, "p", &f->arena, &info, &f->err),
                     WEIR_OK);
    assert_int_equal(info.number, 0);
    assert_int_equal(info.rows, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sink_commit_makes_rows_and_number_visible),
        TEST(sink_upsert_keeps_what_is_not_given),
        TEST(sink_several_epochs_commit_together_in_order),
        TEST(sink_null_key_is_a_row_error),
        TEST(sink_overtaken_is_fenced_and_writes_nothing),
        TEST(sink_two_first_commits_only_one_wins),
        TEST(sink_commit_is_durable),
        TEST(sink_empty_epoch_moves_the_number),
        TEST(sink_two_of_one_file_do_not_wait),
        TEST(sink_existing_table_is_checked_by_column),
        TEST(sink_not_a_database_is_refused),
        TEST(source_reads_behind_its_position),
        TEST(source_value_that_does_not_fit_sets_error),
        TEST(source_reads_views_and_tables_without_rowid),
        TEST(source_missing_table_is_named),
        TEST(catalog_drop_takes_the_last_table_and_the_file),
        TEST(catalog_forget_leaves_the_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
