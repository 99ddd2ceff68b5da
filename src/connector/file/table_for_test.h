/* For tests of file-like connectors: a table from option texts, lines read through the source seam,
 * and scratch directories. */
#ifndef WEIR_CONNECTOR_FILE_TABLE_FOR_TEST_H
#define WEIR_CONNECTOR_FILE_TABLE_FOR_TEST_H

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/connector.h"
#include "base/env.h"
#include "connector/file/file.h"

#define TEST_OPTIONS_MAX 64

struct test_table {
    struct weir_table table;
    struct weir_option items[TEST_OPTIONS_MAX];
};

/* NAME, VALUE, .., NULL; then the defaults. */
static inline void test_table_init(struct test_table *test, const struct weir_connector *connector,
                                   ...)
{
    struct weir_error err = {0};
    size_t count = 0;
    va_list args;
    va_start(args, connector);
    for (const char *name; (name = va_arg(args, const char *));) {
        const char *value = va_arg(args, const char *);
        const struct weir_option_spec *spec = connector->options;
        while (spec->name && strcmp(spec->name, name) != 0)
            spec++;
        assert_non_null(spec->name);
        assert_int_equal(weir_option_parse(spec, value, &test->items[count++], &err), WEIR_OK);
    }
    va_end(args);
    for (const struct weir_option_spec *spec = connector->options; spec->name; spec++)
        if (spec->default_text)
            assert_int_equal(
                weir_option_parse(spec, spec->default_text, &test->items[count++], &err), WEIR_OK);
    test->table = (struct weir_table){
        .name = "t", .server = "s", .connector = connector, .options = {test->items, count}};
}

static inline void test_must(enum weir_code code, const struct weir_error *err)
{
    if (code != WEIR_OK)
        fail_msg("%s", err->text);
}

/* Reads until END, or until nothing comes for `idle_ms`; lines are appended to `to`, with their
 * line ends; a last line without one gets "~". `bytes_max`: stop after so many consumed bytes (at a
 * line's end); 0: no such stop. */
static inline enum weir_code test_read(const struct weir_source_ops *ops, struct weir_split *split,
                                       int idle_ms, size_t bytes_max, struct weir_buffer *to,
                                       struct weir_error *err)
{
    for (size_t taken = 0; !bytes_max || taken < bytes_max;) {
        struct weir_fetch fetch;
        WEIR_TRY(ops->poll(split, &fetch, err));
        if (fetch.state == WEIR_FETCH_END)
            return WEIR_OK;
        if (fetch.state == WEIR_FETCH_IDLE) {
            struct pollfd wait = {.fd = fetch.wait_fd, .events = POLLIN};
            int ms = fetch.wait_ms >= 0 && fetch.wait_ms < idle_ms ? (int)fetch.wait_ms : idle_ms;
            if (poll(&wait, fetch.wait_fd >= 0, ms) == 0 && (idle_ms -= ms) <= 0)
                return WEIR_OK;
            continue;
        }
        size_t len = fetch.bytes.len;
        if (bytes_max && taken + len > bytes_max)
            len = bytes_max - taken;
        const char *newline = len ? memrchr(fetch.bytes.ptr, '\n', len) : NULL;
        size_t whole = newline ? (size_t)(newline + 1 - fetch.bytes.ptr) : 0, lines = 0;
        bool cut = fetch.last && len == fetch.bytes.len && whole < len;
        whole = cut ? len : whole;
        for (size_t i = 0; i < whole; i++)
            lines += fetch.bytes.ptr[i] == '\n';
        WEIR_TRY(weir_buffer_append(to, weir_slice(fetch.bytes.ptr, whole), err));
        if (cut)
            WEIR_TRY(weir_buffer_append(to, WEIR_SLICE("~"), err));
        if (fetch.full && whole == 0) { /* as a decoder skips an oversized record */
            ops->consume(split, len, 0, false);
            WEIR_TRY(weir_buffer_append(to, WEIR_SLICE("*"), err));
        } else {
            ops->consume(split, whole, lines, true);
        }
        taken += whole;
        if (bytes_max && whole == 0 && len < fetch.bytes.len)
            return WEIR_OK;
    }
    return WEIR_OK;
}

static inline char *test_directory(void)
{
    char *dir = strdup("/tmp/weir-file-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    return dir;
}

static inline void test_remove(char *dir)
{
    struct weir_error err;
    test_must(weir_dir_remove_tree(dir, &err), &err);
    free(dir);
}

static inline const char *test_path(const char *dir, const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

/* mode: "w" or "a". */
static inline void test_write(const char *dir, const char *name, const char *mode,
                              const void *bytes, size_t len)
{
    FILE *file = fopen(test_path(dir, name), mode);
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

#define TEST_WRITE(dir, name, mode, text) test_write(dir, name, mode, text, strlen(text))

#endif
