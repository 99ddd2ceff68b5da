/* The sink of parts: what is visible after which step, and who is fenced. */
#include "connector/file/table_for_test.h"

#include <dirent.h>
#include <sys/stat.h>

#include "api/format.h"
#include "base/syncs_for_test.h"
#include "connector/file/commit_log.h"
#include "connector/file/parts_sink.h"

/* A format whose files begin with a line; encoding itself is not needed here. */
static enum weir_code fake_encoder_new(const struct weir_table *table, bool framed,
                                       struct weir_encoder **ret, struct weir_error *err)
{
    (void)table, (void)framed, (void)err;
    *ret = NULL;
    return WEIR_OK;
}

static enum weir_code fake_file_start(struct weir_encoder *encoder, struct weir_buffer *out,
                                      struct weir_error *err)
{
    (void)encoder;
    return weir_buffer_append(out, WEIR_SLICE("header\n"), err);
}

static void fake_encoder_free(struct weir_encoder *encoder)
{
    (void)encoder;
}

static const struct weir_format fake_format = {.name = "fake",
                                               .encoder_new = fake_encoder_new,
                                               .file_start = fake_file_start,
                                               .encoder_free = fake_encoder_free,
                                               .file_extension = ".txt"};

static const struct weir_sink_ops *const ops = &weir_parts_sink_ops;
static struct test_table table;
static char *dir;
static struct weir_error err;

static int setup(void **state)
{
    (void)state;
    dir = test_directory();
    test_table_init(&table, &weir_connector_file, "root", dir, "path", "out", NULL);
    table.table.format = &fake_format;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_remove(dir);
    return 0;
}

static struct weir_sink *open_sink(const char *pipeline, uint64_t incarnation, uint64_t *ret_number)
{
    const struct weir_sink_config config = {.pipeline = pipeline,
                                            .incarnation = incarnation,
                                            .memory_max = 1 << 20,
                                            .exactly_once = true};
    struct weir_sink *sink;
    bool created;
    test_must(ops->open(&table.table, &config, &created, &sink, &err), &err);
    test_must(ops->fence(sink, &err), &err);
    test_must(ops->read_number(sink, ret_number, &err), &err);
    return sink;
}

static void prepare(struct weir_sink *sink, uint64_t number, const char *text)
{
    const struct weir_sink_chunk chunk = {weir_slice_of(text), 1, NULL};
    test_must(ops->prepare(sink, number, 0, &chunk, 1, &err), &err);
}

static uint64_t commit(struct weir_sink *sink, uint64_t number, bool force)
{
    uint64_t visible = 0;
    test_must(ops->commit(sink, number, force, &visible, &err), &err);
    return visible;
}

/* What a reader of the commit log sees. */
static const char *visible_text(void)
{
    static char text[1 << 16];
    struct test_table out;
    struct weir_source *source;
    struct weir_split *split;
    struct weir_buffer buffer;
    const struct weir_source_ops *source_ops = weir_connector_file.source;
    weir_buffer_init(&buffer, sizeof text);
    test_table_init(&out, &weir_connector_file, "root", dir, "path", "out", NULL);
    test_must(source_ops->open(&out.table, &(struct weir_source_config){0}, &source, &err), &err);
    test_must(source_ops->assign(source, "0", WEIR_SLICE(""), &split, &err), &err);
    test_must(test_read(source_ops, split, 50, 0, &buffer, &err), &err);
    snprintf(text, sizeof text, "%.*s", (int)buffer.len, buffer.len ? buffer.ptr : "");
    source_ops->revoke(split);
    source_ops->close(source);
    weir_buffer_done(&buffer);
    return text;
}

/* Names in the directory, parts and asides. */
static unsigned count_files(void)
{
    unsigned count = 0;
    DIR *stream = opendir(test_path(dir, "out"));
    for (struct dirent *entry; (entry = readdir(stream));)
        count += strstr(entry->d_name, "part-") != NULL;
    closedir(stream);
    return count;
}

static void nothing_is_visible_before_the_commit(void **state)
{
    uint64_t number;
    (void)state;
    struct weir_sink *sink = open_sink("p", 1, &number);
    assert_int_equal(number, 0);
    prepare(sink, 1, "one\n");
    assert_string_equal(visible_text(), "");
    assert_int_equal(commit(sink, 1, false), 0); /* coarse */
    assert_in_range(ops->commit_due_ms(sink), 1, 10000);
    prepare(sink, 2, "two\n");
    assert_int_equal(commit(sink, 2, true), 2);
    assert_string_equal(visible_text(), "header\none\ntwo\n");
    assert_int_equal(ops->commit_due_ms(sink), -1);
    ops->close(sink);
    sink = open_sink("p", 2, &number);
    assert_int_equal(number, 2);
    ops->close(sink);
    assert_int_equal(count_files(), 1);
}

static void closing_throws_away_what_is_not_committed(void **state)
{
    uint64_t number;
    (void)state;
    struct weir_sink *sink = open_sink("p", 1, &number);
    prepare(sink, 1, "one\n");
    ops->close(sink);
    assert_int_equal(count_files(), 0);
}

static void epochs_without_rows_move_the_number_and_leave_no_files(void **state)
{
    uint64_t number;
    (void)state;
    struct weir_sink *sink = open_sink("p", 1, &number);
    for (uint64_t i = 1; i <= 25; i++)
        assert_int_equal(commit(sink, i, true), i);
    prepare(sink, 26, "x\n");
    assert_int_equal(commit(sink, 26, true), 26);
    for (uint64_t i = 27; i <= 48; i++)
        assert_int_equal(commit(sink, i, true), i);
    ops->close(sink);
    sink = open_sink("p", 2, &number);
    assert_int_equal(number, 48);
    ops->close(sink);
    assert_int_equal(count_files(), 1);
    assert_string_equal(visible_text(), "header\nx\n");
}

static void tenth_entries_are_compact_and_hold_all_lines(void **state)
{
    char text[32], expected[4096] = "", *bytes;
    size_t len, lines = 0;
    uint64_t number;
    (void)state;
    struct weir_sink *sink = open_sink("p", 1, &number);
    for (uint64_t i = 1; i <= 23; i++) {
        sprintf(text, "%d\n", (int)i);
        prepare(sink, i, text);
        commit(sink, i, true);
        sprintf(expected + strlen(expected), "header\n%s", text);
    }
    ops->close(sink);
    assert_string_equal(visible_text(), expected);
    test_must(weir_file_read_all(test_path(dir, "out/_spark_metadata/19.compact"), 1 << 20, &bytes,
                                 &len, &err),
              &err);
    for (size_t i = 0; i < len; i++)
        lines += bytes[i] == '\n';
    assert_int_equal(lines, 20);
    assert_memory_equal(bytes, "v1\n{\"path\":\"file:///", 20);
    assert_non_null(strstr(bytes, "\",\"size\":9,\"isDir\":false,\"modificationTime\":"));
    assert_non_null(
        strstr(bytes, ",\"blockReplication\":1,\"blockSize\":134217728,\"action\":\"add\"}"));
    assert_int_not_equal(bytes[len - 1], '\n');
    free(bytes);
    assert_int_not_equal(access(test_path(dir, "out/_spark_metadata/19"), F_OK), 0);
}

static void two_pipelines_share_a_directory(void **state)
{
    uint64_t number;
    (void)state;
    struct weir_sink *a = open_sink("a-b", 1, &number), *b = open_sink("a", 2, &number);
    for (uint64_t i = 1; i <= 12; i++) {
        prepare(a, i, "a\n");
        prepare(b, i, "b\n");
        commit(b, i, true);
        commit(a, i, true); /* its id was taken by b */
    }
    ops->close(a);
    ops->close(b);
    a = open_sink("a-b", 3, &number);
    assert_int_equal(number, 12);
    ops->close(a);
    a = open_sink("a", 3, &number);
    assert_int_equal(number, 12);
    ops->close(a);
    unsigned count = 0;
    for (const char *at = visible_text(); (at = strstr(at, "header\n")); at++)
        count++;
    assert_int_equal(count, 24);
}

static void zombie_with_epochs_that_the_log_holds_drops_them(void **state)
{
    uint64_t number;
    (void)state;
    struct weir_sink *sink = open_sink("p", 2, &number);
    prepare(sink, 1, "one\n");
    commit(sink, 1, true); /* sweeps; later it does not */
    struct weir_sink *zombie = open_sink("p", 1, &number);
    prepare(zombie, 2, "two\n");
    prepare(zombie, 3, "three\n");
    prepare(sink, 2, "two\n");
    commit(sink, 2, true);
    prepare(sink, 3, "three\n");
    commit(sink, 3, true);
    assert_int_equal(commit(zombie, 3, true), 3);
    assert_string_equal(visible_text(), "header\none\nheader\ntwo\nheader\nthree\n");
    ops->close(zombie);
    ops->close(sink);
    assert_int_equal(count_files(), 3);
}

static void zombie_whose_aside_file_was_swept_is_fenced(void **state)
{
    uint64_t number;
    (void)state;
    struct weir_sink *zombie = open_sink("p", 1, &number);
    prepare(zombie, 1, "one\n");
    struct weir_sink *sink = open_sink("p", 2, &number);
    prepare(sink, 1, "one\n");
    commit(sink, 1, true);
    assert_int_equal(ops->commit(zombie, 1, true, &number, &err), WEIR_FENCED);
    ops->close(zombie);
    ops->close(sink);
    assert_string_equal(visible_text(), "header\none\n");
}

static void zombie_with_epochs_on_both_sides_of_the_number_is_fenced(void **state)
{
    uint64_t number;
    (void)state;
    struct weir_sink *sink = open_sink("p", 2, &number);
    prepare(sink, 1, "one\n");
    commit(sink, 1, true); /* sweeps; later it does not */
    struct weir_sink *zombie = open_sink("p", 1, &number);
    prepare(zombie, 2, "two\n");
    prepare(sink, 2, "two\n");
    commit(sink, 2, true);
    prepare(zombie, 3, "three\n");
    assert_int_equal(ops->commit(zombie, 3, true, &number, &err), WEIR_FENCED);
    ops->close(zombie);
    ops->close(sink);
    assert_string_equal(visible_text(), "header\none\nheader\ntwo\n");
}

static void zombie_behind_a_later_process_is_fenced(void **state)
{
    uint64_t number;
    (void)state;
    struct weir_sink *sink = open_sink("p", 2, &number), *zombie = NULL;
    for (uint64_t i = 1; i <= 4; i++) {
        prepare(sink, i, "x\n");
        commit(sink, i, true);
        if (i == 1) {
            zombie = open_sink("p", 1, &number);
            prepare(zombie, 2, "one\n");
        }
    }
    assert_int_equal(ops->commit(zombie, 2, true, &number, &err), WEIR_FENCED);
    ops->close(zombie);
    ops->close(sink);
}

static void processes_of_the_same_epochs_replace_nothing(void **state)
{
    uint64_t number;
    (void)state;
    struct weir_sink *sink = open_sink("p", 2, &number);
    prepare(sink, 1, "one\n");
    commit(sink, 1, true); /* sweeps; later it does not */
    struct weir_sink *zombie = open_sink("p", 1, &number);
    prepare(zombie, 2, "cut otherwise\n");
    prepare(sink, 2, "two\n");
    commit(sink, 2, true);
    assert_int_equal(commit(zombie, 2, true), 2); /* the log holds it: ours is dropped */
    ops->close(zombie);
    ops->close(sink);
    assert_string_equal(visible_text(), "header\none\nheader\ntwo\n");
    assert_int_equal(count_files(), 2);
}

static void entry_below_a_compact_one_is_not_taken_for_seen(void **state)
{
    uint64_t number;
    char path[PATH_MAX];
    (void)state;
    struct weir_sink *slow = open_sink("slow", 1, &number), *other = open_sink("other", 2, &number);
    for (uint64_t i = 1; i <= 12; i++)
        commit(other, i, true);
    for (int id = 0; id < 9; id++) { /* old entries expire: the ids are free again */
        snprintf(path, sizeof path, "%s/out/_spark_metadata/%d", dir, id);
        assert_int_equal(unlink(path), 0);
    }
    prepare(slow, 1, "one\n");
    assert_int_equal(ops->commit(slow, 1, true, &number, &err), WEIR_FENCED);
    ops->close(slow);
    ops->close(other);
}

static void part_and_entry_are_durable_in_this_order(void **state)
{
    uint64_t number;
    (void)state;
    struct weir_sink *sink = open_sink("p", 1, &number);
    prepare(sink, 1, "one\n");
    test_syncs_forget();
    commit(sink, 1, true);
    assert_string_equal(test_syncs, "fld" /* the part */ "fld" /* the entry */);
    ops->close(sink);
    test_syncs_forget();
    sink = open_sink("p", 2, &number);
    assert_string_equal(test_syncs, "dd"); /* parts and entries that a killed process left */
    ops->close(sink);
}

static void orphans_are_swept_only_when_an_own_entry_has_passed_them(void **state)
{
    uint64_t number;
    (void)state;
    struct weir_sink *sink = open_sink("p", 1, &number);
    prepare(sink, 1, "one\n");
    commit(sink, 1, true);
    ops->close(sink);
    /* Left behind by processes that died: before their entry, with later epochs, of another
     * pipeline. */
    TEST_WRITE(dir, "out/part-p-t-2-2-1-0000000000000007.txt", "w", "x");
    TEST_WRITE(dir, "out/part-p-t-2-9-1-0000000000000007.txt", "w", "x");
    TEST_WRITE(dir, "out/part-q-t-1-1-1-0000000000000007.txt", "w", "x");
    TEST_WRITE(dir, "out/.part-p-t-2-0-0-0000000000000008.tmp", "w", "x");
    assert_int_equal(count_files(), 5);
    sink = open_sink("p", 2, &number);
    assert_int_equal(count_files(), 5);
    prepare(sink, 2, "two\n");
    commit(sink, 2, true);
    ops->close(sink);
    assert_int_equal(access(test_path(dir, "out/part-p-t-2-9-1-0000000000000007.txt"), F_OK), 0);
    assert_int_equal(access(test_path(dir, "out/part-q-t-1-1-1-0000000000000007.txt"), F_OK), 0);
    assert_int_equal(count_files(), 4);
    assert_string_equal(visible_text(), "header\none\nheader\ntwo\n");
}

static void sink_path_that_is_a_file_or_holds_foreign_files_is_refused(void **state)
{
    const struct weir_sink_config config = {.pipeline = "p"};
    struct weir_sink *sink;
    bool created;
    (void)state;
    TEST_WRITE(dir, "out", "w", "x");
    assert_int_equal(ops->open(&table.table, &config, &created, &sink, &err), WEIR_BAD_CONFIG);
    assert_non_null(strstr(err.text, "is a file"));
    assert_int_equal(unlink(test_path(dir, "out")), 0);
    assert_int_equal(mkdir(test_path(dir, "out"), 0755), 0);
    TEST_WRITE(dir, "out/notes.txt", "w", "x");
    assert_int_equal(ops->open(&table.table, &config, &created, &sink, &err), WEIR_BAD_CONFIG);
    assert_non_null(strstr(err.text, "has no commit log"));
}

static void reset_forgets_the_number_or_drops_what_weir_made(void **state)
{
    const struct weir_catalog_ops *catalog = &weir_file_catalog_ops;
    struct weir_catalog_info info;
    struct weir_arena arena;
    uint64_t number;
    (void)state;
    weir_arena_init(&arena, 1 << 20);
    struct weir_sink *sink = open_sink("p", 1, &number);
    for (uint64_t i = 1; i <= 9; i++) {
        prepare(sink, i, "x\n");
        commit(sink, i, true);
    }
    ops->close(sink);
    test_must(catalog->describe(&table.table, "p", &arena, &info, &err), &err);
    assert_true(info.exists);
    assert_int_equal(info.rows, 9);
    assert_int_equal(info.number, 9);
    const struct weir_catalog_file *files;
    size_t count;
    test_must(catalog->files(&table.table, &arena, &files, &count, &err), &err);
    assert_int_equal(count, 9);
    assert_string_equal(files[0].permissions, "-rw-r--r--");
    test_must(catalog->forget(&table.table, "p", &err), &err); /* becomes 9.compact */
    test_must(catalog->describe(&table.table, "p", &arena, &info, &err), &err);
    assert_int_equal(info.number, 0);
    assert_int_equal(info.rows, 9);
    sink = open_sink("p", 2, &number);
    assert_int_equal(number, 0);
    prepare(sink, 1, "y\n");
    assert_int_equal(commit(sink, 1, true), 1);
    ops->close(sink);
    TEST_WRITE(dir, "out/notes.txt", "w", "mine");
    test_must(catalog->drop(&table.table, &err), &err);
    assert_int_equal(access(test_path(dir, "out/notes.txt"), F_OK), 0);
    assert_int_equal(count_files(), 0);
    assert_int_not_equal(access(test_path(dir, "out/_spark_metadata"), F_OK), 0);
    assert_int_equal(unlink(test_path(dir, "out/notes.txt")), 0);
    sink = open_sink("p", 3, &number);
    ops->close(sink);
    test_must(catalog->drop(&table.table, &err), &err);
    assert_int_not_equal(access(test_path(dir, "out"), F_OK), 0);
    test_must(catalog->drop(&table.table, &err), &err);
    weir_arena_done(&arena);
}

static void part_names_of_odd_pipelines_are_told_apart(void **state)
{
    static const char *const names[] = {"a", "a-b", "", "a/b", "\xc3\xa4", "..", "~61", "A"};
    struct weir_part part = {.first = 1, .last = 20, .rows = 300, .incarnation = UINT64_MAX}, back;
    char prefixes[sizeof names / sizeof *names][WEIR_PART_PREFIX_BYTES], name[WEIR_PART_NAME_BYTES],
        big[300];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        weir_part_prefix(names[i], "sink-x", prefixes[i]);
        weir_part_name(prefixes[i], &part, ".json.gz", name);
        assert_null(strchr(name, '/'));
        assert_true(weir_part_parse(weir_slice_of(name), &back));
        assert_true(weir_slice_is(back.prefix, prefixes[i]));
        assert_true(back.first == 1 && back.last == 20 && back.rows == 300 &&
                    back.incarnation == UINT64_MAX);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(prefixes[i], prefixes[k]);
    }
    memset(big, '/', sizeof big);
    big[sizeof big - 1] = 0;
    weir_part_prefix(big, big, prefixes[0]);
    big[200] = 'x';
    weir_part_prefix(big, big, prefixes[1]);
    assert_string_not_equal(prefixes[0], prefixes[1]);
    weir_part_name(prefixes[0], &part, ".json", name);
    assert_in_range(strlen(name), 100, 250);
    assert_true(weir_part_parse(weir_slice_of(name), &back));
    assert_false(weir_part_parse(WEIR_SLICE("part-00000-0b2c-c000.json"), &back));
    assert_false(weir_part_parse(WEIR_SLICE("part-1-2-3-4"), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_visible_before_the_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(closing_throws_away_what_is_not_committed, setup, teardown),
        cmocka_unit_test_setup_teardown(epochs_without_rows_move_the_number_and_leave_no_files,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(tenth_entries_are_compact_and_hold_all_lines, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(two_pipelines_share_a_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(zombie_with_epochs_that_the_log_holds_drops_them, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(zombie_whose_aside_file_was_swept_is_fenced, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(zombie_with_epochs_on_both_sides_of_the_number_is_fenced,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(zombie_behind_a_later_process_is_fenced, setup, teardown),
        cmocka_unit_test_setup_teardown(processes_of_the_same_epochs_replace_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(entry_below_a_compact_one_is_not_taken_for_seen, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(part_and_entry_are_durable_in_this_order, setup, teardown),
        cmocka_unit_test_setup_teardown(orphans_are_swept_only_when_an_own_entry_has_passed_them,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(sink_path_that_is_a_file_or_holds_foreign_files_is_refused,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(reset_forgets_the_number_or_drops_what_weir_made, setup,
                                        teardown),
        cmocka_unit_test(part_names_of_odd_pipelines_are_told_apart),
    };
    return cmocka_run_group_tests_name("parts_sink", tests, NULL, NULL);
}
