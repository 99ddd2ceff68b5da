/* Buckets as directories, against a server that speaks just enough S3. */
#include "connector/file/table_for_test.h"
#include "connector/s3/list_page.h"
#include "connector/s3/s3.h"
#include "net/server_for_test.h"

static const struct weir_source_ops *ops;
static struct test_server server;
static struct test_table table;
static struct weir_error err;
static char text[1 << 16];
static char last_headers[8192];

/* Two pages of keys, and objects whose content is their key. */
static void serve_bucket(const struct test_request *request, struct test_response *response)
{
    static const char page_1[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<Name>bucket</Name><Prefix>in/</Prefix><KeyCount>3</KeyCount><IsTruncated>true</"
        "IsTruncated>"
        "<Contents><Key>in/</Key><Size>0</Size></Contents>"
        "<Contents><Key>in/b&amp;c.json</Key><LastModified>2026-01-02T03:04:05.000Z</"
        "LastModified><ETag>&quot;e&quot;</ETag>"
        "<Size>12</Size><Owner><ID>x</ID></Owner><StorageClass/></Contents>"
        "<Contents><Key>in/_tmp/x.json</Key><Size>3</Size></Contents>"
        "<NextContinuationToken>t+/=</NextContinuationToken></ListBucketResult>";
    static const char page_2[] =
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Size>10</Size>"
        "<Key>in/a.json</Key></Contents><Contents><Key>in/z.txt</Key></Contents></"
        "ListBucketResult>";
    static char content[5000];
    snprintf(last_headers, sizeof last_headers, "%s", request->headers);
    if (strcmp(request->target, "/bucket/?list-type=2&prefix=in%2F") == 0)
        response->body = page_1;
    else if (strcmp(request->target,
                    "/bucket/?continuation-token=t%2B%2F%3D&list-type=2&prefix=in%2F") == 0)
        response->body = page_2;
    else if (strncmp(request->target, "/bucket/in/", 11) == 0) {
        snprintf(content, sizeof content, "%s\n", request->target);
        response->body = content;
    } else {
        response->status = 404;
        response->body = "";
    }
    response->len = strlen(response->body);
}

static enum weir_code read_all(const char *path)
{
    struct weir_source *source;
    struct weir_split *split;
    struct weir_buffer buffer;
    ops = weir_connector_s3.source;
    weir_buffer_init(&buffer, sizeof text);
    test_table_init(&table, &weir_connector_s3, "endpoint", server.url, "path", path, "timeout",
                    "2 s", NULL);
    test_must(ops->open(&table.table, &(struct weir_source_config){0}, &source, &err), &err);
    test_must(ops->assign(source, "0", WEIR_SLICE(""), &split, &err), &err);
    enum weir_code code = test_read(ops, split, 5000, 0, &buffer, &err);
    snprintf(text, sizeof text, "%.*s", (int)buffer.len, buffer.len ? buffer.ptr : "");
    weir_buffer_done(&buffer);
    ops->revoke(split);
    ops->close(source);
    return code;
}

static void one_key_is_one_object(void **state)
{
    (void)state;
    assert_true(test_server_start(&server, serve_bucket));
    assert_int_equal(read_all("s3://bucket/in/x y.csv"), WEIR_OK);
    assert_string_equal(text, "/bucket/in/x%20y.csv\n");
    assert_null(strcasestr(last_headers, "authorization"));
    assert_int_equal(read_all("s3://bucket/none"), WEIR_IO);
    assert_string_equal(err.text, "s3://bucket/none refused (HTTP 404 Not Found)");
    test_server_stop(&server);
}

static void prefix_is_listed_page_by_page_and_read_by_name(void **state)
{
    (void)state;
    assert_true(test_server_start(&server, serve_bucket));
    assert_int_equal(read_all("s3://bucket/in/"), WEIR_OK);
    assert_string_equal(text, "/bucket/in/a.json\n/bucket/in/b%26c.json\n/bucket/in/z.txt\n");
    assert_int_equal(read_all("s3://bucket/in/*.json"), WEIR_OK);
    assert_string_equal(text, "/bucket/in/a.json\n/bucket/in/b%26c.json\n");
    test_server_stop(&server);
}

static void keys_sign_the_request_and_are_not_sent(void **state)
{
    (void)state;
    assert_true(test_server_start(&server, serve_bucket));
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI", 1);
    setenv("AWS_SESSION_TOKEN", "TOKEN", 1);
    assert_int_equal(read_all("s3://bucket/in/a.json"), WEIR_OK);
    assert_non_null(
        strstr(last_headers, "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    assert_non_null(strcasestr(last_headers, "/us-east-1/s3/aws4_request, SignedHeaders="));
    assert_non_null(strcasestr(last_headers, "x-amz-security-token: TOKEN"));
    assert_non_null(strcasestr(last_headers, "x-amz-content-sha256: "));
    assert_null(strstr(last_headers, "wJalrXUtnFEMI"));
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    unsetenv("AWS_SESSION_TOKEN");
    test_server_stop(&server);
}

static void path_that_is_no_bucket_is_refused(void **state)
{
    static const char *const paths[] = {"x",       "s3://",        "s3://ab",
                                        "s3:///x", "s3://UPPER/x", "http://bucket/x"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        test_table_init(&table, &weir_connector_s3, "path", paths[i], NULL);
        assert_int_equal(weir_connector_s3.check(&table.table, false, &err), WEIR_BAD_CONFIG);
    }
}

static void damaged_pages_are_refused(void **state)
{
    static const char *const pages[] = {
        "",
        "x",
        "<html></html>",
        "<ListBucketResult>",
        "<ListBucketResult><Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents>k</Contents></ListBucketResult>",
        "<ListBucketResult><Contents/></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<!DOCTYPE x><ListBucketResult></ListBucketResult>",
        "<ListBucketResult></ListBucketResult><ListBucketResult></ListBucketResult>",
        "<ListBucketResult><Contents><Key>&bad;</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>&#0;</Key></Contents></ListBucketResult>",
        "<ListBucketResult></>",
        "</>",
        "<>",
        "<ListBucketResult/></ListBucketResult>",
    };
    struct weir_arena arena;
    struct weir_s3_page page;
    (void)state;
    weir_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        assert_int_equal(weir_s3_page_parse(weir_slice_of(pages[i]), &arena, &page, &err),
                         WEIR_BAD_DATA);
    assert_int_equal(weir_s3_page_parse(WEIR_SLICE("<ListBucketResult/>"), &arena, &page, &err),
                     WEIR_OK);
    assert_int_equal(
        weir_s3_page_parse(
            WEIR_SLICE("<ListBucketResult><Contents><Key>&#x20ac;&#65;</Key></Contents>"
                       "</ListBucketResult>"),
            &arena, &page, &err),
        WEIR_OK);
    assert_string_equal(page.entries[0].key, "\xe2\x82\xac"
                                             "A");
    weir_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_key_is_one_object),
        cmocka_unit_test(prefix_is_listed_page_by_page_and_read_by_name),
        cmocka_unit_test(keys_sign_the_request_and_are_not_sent),
        cmocka_unit_test(path_that_is_no_bucket_is_refused),
        cmocka_unit_test(damaged_pages_are_refused),
    };
    return cmocka_run_group_tests_name("s3", tests, NULL, NULL);
}
