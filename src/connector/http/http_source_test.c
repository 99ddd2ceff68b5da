/* URLs as files: reading on from a position, and the choice between a remote and its fallback. */
#include "connector/file/table_for_test.h"
#include "connector/http/http.h"
#include "net/server_for_test.h"

static const struct weir_source_ops *ops;
static struct test_server server;
static struct test_table table;
static struct weir_error err;
static char *dir;
static char position[1 << 14], text[1 << 20];

static char body[1 << 19];

static void serve_body(const struct test_request *request, struct test_response *response)
{
    (void)request;
    response->body = body;
    response->len = strlen(body);
}

static void serve_other_body(const struct test_request *request, struct test_response *response)
{
    static char other[sizeof body];
    memcpy(other, body, sizeof other);
    other[10] = 'X';
    (void)request;
    response->body = other;
    response->len = strlen(other);
}

static void serve_short(const struct test_request *request, struct test_response *response)
{
    (void)request;
    response->body = "one\ntwo\n";
    response->len = 8;
}

static void serve_forbidden(const struct test_request *request, struct test_response *response)
{
    (void)request;
    response->status = 403;
}

static void serve_busy(const struct test_request *request, struct test_response *response)
{
    (void)request;
    response->status = 503;
}

static void serve_never(const struct test_request *request, struct test_response *response)
{
    (void)request;
    response->status = -1;
}

static void start(test_handler handler, const char *path)
{
    assert_true(test_server_start(&server, handler));
    dir = test_directory();
    TEST_WRITE(dir, "fallback", "w", "local\n");
    *position = 0;
    ops = weir_connector_http.source;
    test_table_init(&table, &weir_connector_http, "root", server.url, "path", path, "timeout",
                    "400 ms", "fallback", test_path(dir, "fallback"), NULL);
}

static void stop(void)
{
    test_server_stop(&server);
    test_remove(dir);
}

/* Reads from `position` on, `bytes_max` or all, and moves it. */
static enum weir_code read_on(size_t bytes_max)
{
    struct weir_source *source;
    struct weir_split *split;
    struct weir_buffer buffer, at;
    weir_buffer_init(&buffer, sizeof text);
    weir_buffer_init(&at, sizeof position);
    test_must(ops->open(&table.table, &(struct weir_source_config){.follow = true}, &source, &err),
              &err);
    test_must(ops->assign(source, "0", weir_slice_of(position), &split, &err), &err);
    enum weir_code code = test_read(ops, split, 5000, bytes_max, &buffer, &err);
    if (code == WEIR_OK)
        test_must(ops->position(split, &at, &err), &err);
    snprintf(text, sizeof text, "%.*s", (int)buffer.len, buffer.len ? buffer.ptr : "");
    if (code == WEIR_OK)
        snprintf(position, sizeof position, "%.*s", (int)at.len, at.ptr);
    weir_buffer_done(&buffer);
    weir_buffer_done(&at);
    ops->revoke(split);
    ops->close(source);
    return code;
}

static void url_read_to_its_end_is_not_asked_again(void **state)
{
    (void)state;
    start(serve_short, "x.csv");
    assert_int_equal(read_on(0), WEIR_OK);
    assert_string_equal(text, "one\ntwo\n");
    assert_non_null(strstr(position, "\"from\":\"remote\""));
    assert_int_equal(server.requests, 1);
    assert_int_equal(read_on(0), WEIR_OK);
    assert_string_equal(text, "");
    assert_int_equal(server.requests, 1);
    stop();
}

static void url_is_read_on_from_the_middle(void **state)
{
    size_t len = 0;
    (void)state;
    for (unsigned i = 0; len < sizeof body - 32; i++)
        len += (size_t)sprintf(body + len, "line %u\n", i);
    start(serve_body, "x.csv");
    assert_int_equal(read_on(300000), WEIR_OK);
    size_t first = strlen(text);
    assert_memory_equal(text, body, first);
    assert_int_equal(read_on(0), WEIR_OK);
    assert_string_equal(text, body + first);
    assert_int_equal(server.requests, 3); /* all, the head, the rest */
    stop();
}

static void url_with_other_content_in_the_middle_is_an_error(void **state)
{
    size_t len = 0;
    (void)state;
    for (unsigned i = 0; len < sizeof body - 32; i++)
        len += (size_t)sprintf(body + len, "line %u\n", i);
    start(serve_body, "x.csv");
    assert_int_equal(read_on(300000), WEIR_OK);
    server.handler = serve_other_body;
    assert_int_equal(read_on(0), WEIR_BAD_DATA);
    assert_non_null(strstr(err.text, "is not what it was"));
    stop();
}

static void fallback_is_read_when_the_remote_fails(void **state)
{
    static const test_handler handlers[] = {serve_forbidden, serve_never, serve_busy};
    (void)state;
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        start(handlers[i], "x.csv");
        int64_t before = weir_clock_monotonic_us();
        assert_int_equal(read_on(0), WEIR_OK);
        assert_true(weir_clock_monotonic_us() - before < 2000000);
        assert_string_equal(text, "local\n");
        assert_non_null(strstr(position, "\"from\":\"fallback\""));
        stop();
    }
}

static void choice_of_the_fallback_stays_when_the_remote_is_back(void **state)
{
    (void)state;
    start(serve_forbidden, "x.csv");
    assert_int_equal(read_on(0), WEIR_OK);
    assert_string_equal(text, "local\n");
    server.handler = serve_short;
    assert_int_equal(read_on(0), WEIR_OK);
    assert_string_equal(text, "");
    TEST_WRITE(dir, "fallback", "a", "more\n");
    assert_int_equal(read_on(0), WEIR_OK);
    assert_string_equal(text, "more\n");
    stop();
}

static void choice_of_the_fallback_rests_while_another_path_is_read(void **state)
{
    (void)state;
    start(serve_forbidden, "x.csv");
    assert_int_equal(read_on(0), WEIR_OK);
    assert_string_equal(text, "local\n");
    server.handler = serve_short;
    test_table_init(&table, &weir_connector_http, "root", server.url, "path", "y.csv", "timeout",
                    "400 ms", "fallback", test_path(dir, "fallback"), NULL);
    assert_int_equal(read_on(0), WEIR_OK);
    assert_string_equal(text, "one\ntwo\n");
    test_table_init(&table, &weir_connector_http, "root", server.url, "path", "x.csv", "timeout",
                    "400 ms", "fallback", test_path(dir, "fallback"), NULL);
    assert_int_equal(read_on(0), WEIR_OK);
    assert_string_equal(text, "");
    stop();
}

static void choice_of_the_remote_stays_when_it_is_gone(void **state)
{
    (void)state;
    start(serve_short, "x.csv");
    assert_int_equal(read_on(4), WEIR_OK);
    assert_string_equal(text, "one\n");
    server.handler = serve_forbidden;
    assert_int_equal(read_on(0), WEIR_IO);
    assert_non_null(strstr(err.text, "refused (HTTP 403 Forbidden)"));
    assert_non_null(strstr(err.hint, "the fallback is not taken"));
    server.handler = serve_short;
    assert_int_equal(read_on(0), WEIR_OK);
    assert_string_equal(text, "two\n");
    stop();
}

static void replay_of_a_first_epoch_takes_the_recorded_choice(void **state)
{
    struct weir_source *source;
    struct weir_split *split;
    struct weir_buffer buffer;
    (void)state;
    start(serve_forbidden, "x.csv");
    assert_int_equal(read_on(0), WEIR_OK);
    server.handler = serve_short;
    weir_buffer_init(&buffer, 4096);
    test_must(ops->open(&table.table, &(struct weir_source_config){.follow = true}, &source, &err),
              &err);
    test_must(ops->assign(source, "0", WEIR_SLICE(""), &split, &err), &err);
    test_must(ops->limit(split, weir_slice_of(position), &err), &err);
    test_must(test_read(ops, split, 500, 0, &buffer, &err), &err);
    assert_true(weir_slice_is(weir_buffer_slice(&buffer), "local\n"));
    weir_buffer_done(&buffer);
    ops->revoke(split);
    ops->close(source);
    stop();
}

static void missing_fallback_is_an_error_at_the_start(void **state)
{
    struct weir_source *source;
    (void)state;
    start(serve_short, "x.csv");
    assert_int_equal(unlink(test_path(dir, "fallback")), 0);
    assert_int_equal(ops->open(&table.table, &(struct weir_source_config){0}, &source, &err),
                     WEIR_BAD_CONFIG);
    assert_non_null(strstr(err.text, "option \"fallback\": could not open file"));
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url_read_to_its_end_is_not_asked_again),
        cmocka_unit_test(url_is_read_on_from_the_middle),
        cmocka_unit_test(url_with_other_content_in_the_middle_is_an_error),
        cmocka_unit_test(fallback_is_read_when_the_remote_fails),
        cmocka_unit_test(choice_of_the_fallback_stays_when_the_remote_is_back),
        cmocka_unit_test(choice_of_the_fallback_rests_while_another_path_is_read),
        cmocka_unit_test(choice_of_the_remote_stays_when_it_is_gone),
        cmocka_unit_test(replay_of_a_first_epoch_takes_the_recorded_choice),
        cmocka_unit_test(missing_fallback_is_an_error_at_the_start),
    };
    return cmocka_run_group_tests_name("http_source", tests, NULL, NULL);
}
