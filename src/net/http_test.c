/* The HTTP reader against a server that misbehaves. */
#include "net/http.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/env.h"
#include "net/server_for_test.h"
#include "net/uri.h"

#define BODY_BYTES ((size_t)3 << 20) /* more than the ring holds */

static char body[BODY_BYTES];
static struct test_server server;
static struct weir_http *http;
static struct weir_error err;
static char got[BODY_BYTES + 1];
static size_t got_len;

static void start(test_handler handler)
{
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)('a' + i * 7 % 23);
    assert_true(test_server_start(&server, handler));
    assert_int_equal(weir_http_open(&http, &err), WEIR_OK);
}

static void stop(void)
{
    weir_http_close(http);
    test_server_stop(&server);
}

static enum weir_code get(const char *path, int64_t offset, int64_t timeout_ms, unsigned attempts)
{
    char url[256];
    snprintf(url, sizeof url, "%s%s", server.url, path);
    const struct weir_http_request request = {.url = url,
                                              .label = "LABEL",
                                              .offset = offset,
                                              .timeout_ms = timeout_ms,
                                              .attempts_max = attempts};
    assert_int_equal(weir_http_get(http, &request, &err), WEIR_OK);
    got_len = 0;
    for (bool end = false; !end;) {
        size_t len;
        WEIR_TRY(weir_http_read(http, got + got_len, sizeof got - got_len, &len, &end, &err));
        got_len += len;
        struct pollfd wait = {weir_http_fd(http), POLLIN, 0};
        if (len == 0 && !end)
            assert_int_equal(poll(&wait, 1, 10000), 1);
    }
    return WEIR_OK;
}

static void serve_all(const struct test_request *request, struct test_response *response)
{
    (void)request;
    response->body = body;
    response->len = sizeof body;
}

static void body_larger_than_the_ring_comes_whole(void **state)
{
    struct weir_http_info info;
    (void)state;
    start(serve_all);
    assert_int_equal(get("/", 0, 5000, 1), WEIR_OK);
    assert_int_equal(got_len, sizeof body);
    assert_memory_equal(got, body, sizeof body);
    assert_true(weir_http_answered(http, &info));
    assert_int_equal(info.size, sizeof body);
    assert_string_equal(info.validator, "\"v1\"");
    assert_int_equal(get("/", 1000000, 5000, 1), WEIR_OK);
    assert_int_equal(got_len, sizeof body - 1000000);
    assert_memory_equal(got, body + 1000000, got_len);
    assert_int_equal(get("/", (int64_t)sizeof body, 5000, 1), WEIR_OK);
    assert_int_equal(got_len, 0);
    stop();
}

static void serve_cut(const struct test_request *request, struct test_response *response)
{
    serve_all(request, response);
    response->cut = 700000;
}

static void connection_lost_again_and_again_is_resumed(void **state)
{
    (void)state;
    start(serve_cut);
    assert_int_equal(get("/", 0, 5000, 3), WEIR_OK);
    assert_int_equal(got_len, sizeof body);
    assert_memory_equal(got, body, sizeof body);
    assert_int_equal(server.requests, 5);
    stop();
}

static void serve_cut_without_ranges(const struct test_request *request,
                                     struct test_response *response)
{
    serve_all(request, response);
    response->ignore_range = true;
    response->cut = request->number == 1 ? 700000 : SIZE_MAX;
}

static void server_without_ranges_is_read_again_and_skipped(void **state)
{
    (void)state;
    start(serve_cut_without_ranges);
    assert_int_equal(get("/", 0, 5000, 3), WEIR_OK);
    assert_int_equal(got_len, sizeof body);
    assert_memory_equal(got, body, sizeof body);
    stop();
}

static void serve_changed(const struct test_request *request, struct test_response *response)
{
    serve_cut(request, response);
    response->etag = request->number == 1 ? "\"v1\"" : "\"v2\"";
}

static void object_that_changes_between_attempts_is_an_error(void **state)
{
    (void)state;
    start(serve_changed);
    assert_int_equal(get("/", 0, 5000, 3), WEIR_BAD_DATA);
    assert_non_null(strstr(err.text, "changed while it was read"));
    stop();
}

static void serve_busy(const struct test_request *request, struct test_response *response)
{
    response->status = request->number == 1 ? 503 : request->number == 2 ? 429 : 200;
    response->headers = "Retry-After: 0\r\n";
    response->body = "fine";
    response->len = 4;
}

static void busy_server_is_asked_again(void **state)
{
    (void)state;
    start(serve_busy);
    assert_int_equal(get("/", 0, 5000, 3), WEIR_OK);
    assert_int_equal(got_len, 4);
    assert_int_equal(server.requests, 3);
    stop();
}

static void serve_refusal(const struct test_request *request, struct test_response *response)
{
    static const char xml[] =
        "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Key>secret</Key></Error>";
    (void)request;
    response->status = strcmp(request->target, "/missing") == 0 ? 404 : 403;
    response->body = xml;
    response->len = response->status == 403 ? sizeof xml - 1 : 0;
}

static void refusal_is_final_and_says_why(void **state)
{
    (void)state;
    start(serve_refusal);
    assert_int_equal(get("/", 0, 5000, 3), WEIR_IO);
    assert_string_equal(err.text, "LABEL refused (HTTP 403 AccessDenied)");
    assert_int_equal(get("/missing", 0, 5000, 3), WEIR_IO);
    assert_string_equal(err.text, "LABEL refused (HTTP 404 Not Found)");
    assert_int_equal(server.requests, 2);
    stop();
}

static void serve_never(const struct test_request *request, struct test_response *response)
{
    (void)request;
    response->status = -1;
}

static void silent_server_times_out(void **state)
{
    (void)state;
    start(serve_never);
    int64_t before = weir_clock_monotonic_us();
    assert_int_equal(get("/", 0, 300, 1), WEIR_RETRY);
    assert_non_null(strstr(err.text, "LABEL did not answer within 300 ms"));
    assert_in_range(weir_clock_monotonic_us() - before, 290000, 2000000);
    stop();
}

static void fetch_that_is_stopped_ends_at_once(void **state)
{
    char url[256];
    (void)state;
    start(serve_never);
    snprintf(url, sizeof url, "%s/", server.url);
    const struct weir_http_request request = {
        .url = url, .label = "x", .timeout_ms = 60000, .attempts_max = 1};
    assert_int_equal(weir_http_get(http, &request, &err), WEIR_OK);
    usleep(50000);
    int64_t before = weir_clock_monotonic_us();
    weir_http_stop(http);
    assert_true(weir_clock_monotonic_us() - before < 500000);
    stop();
}

static void nobody_listening_is_unreachable(void **state)
{
    (void)state;
    start(serve_all);
    snprintf(server.url, sizeof server.url, "http://127.0.0.1:9");
    assert_int_equal(get("/", 0, 5000, 2), WEIR_RETRY);
    assert_non_null(strstr(err.text, "LABEL could not be reached ("));
    stop();
}

static void urls_are_printed_without_secrets(void **state)
{
    static const char *const urls[][2] = {
        {"https://user:pw@host:81/a/b?X-Amz-Signature=1#x", "https://host:81/a/b"},
        {"https://host/a@b", "https://host/a@b"},
        {"s3://bucket/key", "s3://bucket/key"},
        {"http://host?token=1", "http://host"},
        {"relative/p", "relative/p"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct weir_buffer text;
        weir_buffer_init(&text, 1 << 16);
        assert_int_equal(weir_url_printable(&text, weir_slice_of(urls[i][0]), &err), WEIR_OK);
        assert_true(weir_slice_is(weir_buffer_slice(&text), urls[i][1]));
        weir_buffer_done(&text);
    }
}

static void uri_encoding_round_trip_keeps_all_bytes(void **state)
{
    char bytes[256];
    struct weir_buffer text, back;
    (void)state;
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    weir_buffer_init(&text, 1 << 16);
    weir_buffer_init(&back, 1 << 16);
    assert_int_equal(weir_uri_encode(&text, weir_slice(bytes, 256), "/", &err), WEIR_OK);
    assert_int_equal(weir_uri_decode(&back, weir_buffer_slice(&text), &err), WEIR_OK);
    assert_int_equal(back.len, 256);
    assert_memory_equal(back.ptr, bytes, 256);
    assert_int_equal(weir_uri_decode(&back, WEIR_SLICE("%4"), &err), WEIR_BAD_DATA);
    weir_buffer_done(&text);
    weir_buffer_done(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body_larger_than_the_ring_comes_whole),
        cmocka_unit_test(connection_lost_again_and_again_is_resumed),
        cmocka_unit_test(server_without_ranges_is_read_again_and_skipped),
        cmocka_unit_test(object_that_changes_between_attempts_is_an_error),
        cmocka_unit_test(busy_server_is_asked_again),
        cmocka_unit_test(refusal_is_final_and_says_why),
        cmocka_unit_test(silent_server_times_out),
        cmocka_unit_test(fetch_that_is_stopped_ends_at_once),
        cmocka_unit_test(nobody_listening_is_unreachable),
        cmocka_unit_test(urls_are_printed_without_secrets),
        cmocka_unit_test(uri_encoding_round_trip_keeps_all_bytes),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
