/* The HTTP reader: a thread that drives one libcurl transfer at a time into a ring.
 *
 * libcurl's multi interface serves one easy handle here, because it can be woken
 * (curl_multi_wakeup) when the user stops the fetch or has made room in the ring, and because the
 * connection pool lives as long as the multi handle.
 *
 * Invariants:
 *  1. Fields below "shared" are read and written with the lock held; those below "thread" belong to
 *     the fetching thread while `active`, and to the user's thread otherwise.
 *  2. Bytes enter the ring in order and once: `at` is the offset of the next byte to enter, and
 *     every attempt begins there.
 *  3. The descriptor is readable whenever the ring holds bytes or the fetch has ended.
 *  4. A paused transfer is not timed: the silence is ours.
 *
 * Not here: what to do when the remote cannot be read (the source's business), writing, cookies,
 * caches. Source: RFC 9110 (ranges, preconditions, Retry-After),
 * https://curl.se/libcurl/c/libcurl-multi.html */
#include "net/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/env.h"

enum {
    RING_BYTES = 1 << 20,
    RESUME_ROOM_BYTES = RING_BYTES / 2, /* a paused transfer goes on when so much is free */
    BODY_BYTES = 512,                   /* kept of an error's body */
    PAUSE_FIRST_MS = 100,
    PAUSE_MAX_MS = 10000,
    RETRY_AFTER_MAX_MS = 60000,
    REDIRECTS_MAX = 5,
};

/* Of no bytes: the body of a GET. */
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

enum outcome {
    OUTCOME_DONE,
    OUTCOME_FAULT,
    OUTCOME_SLOW,
    OUTCOME_BUSY,
    OUTCOME_REFUSED,
    OUTCOME_CHANGED
};

struct weir_http {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    CURLM *multi;
    CURL *easy;
    int event_fd;

    /* shared */
    bool quit, active, abandoned;
    bool paused, ended, answered;
    char *ring;
    size_t ring_start, ring_len;
    struct weir_error failure; /* code WEIR_OK: none */
    struct weir_http_info info;

    /* thread: the request */
    char *url, *label;
    char *region, *keys, *token_header; /* signing; NULL: anonymous */
    int64_t timeout_ms, answer_by_us;
    int64_t answer_ms_max;
    unsigned attempts_max;
    int64_t at;
    char bucket_region[64];

    /* thread: the attempt */
    int status;
    int64_t heard_us;
    int64_t skip; /* bytes of the body before `at` */
    int64_t length, range_start, range_size;
    int64_t retry_after_ms;
    char etag[256], modified[256];
    char body[BODY_BYTES];
    size_t body_len;
    char reason[CURL_ERROR_SIZE];
    bool changed_object;
};

/* ---- the ring ---- */

static void event_raise(struct weir_http *http)
{
    uint64_t one = 1;
    WEIR_IGNORE(write(http->event_fd, &one, sizeof one) < 0, "a full counter is readable as well");
}

static void event_clear(struct weir_http *http)
{
    uint64_t count;
    WEIR_IGNORE(read(http->event_fd, &count, sizeof count) < 0, "not raised is fine");
}

/* False when there is no room for all of them. */
static bool ring_push(struct weir_http *http, const char *bytes, size_t len)
{
    pthread_mutex_lock(&http->lock);
    bool fits = RING_BYTES - http->ring_len >= len;
    http->paused = !fits;
    if (fits && len) {
        size_t to = (http->ring_start + http->ring_len) % RING_BYTES;
        size_t first = RING_BYTES - to < len ? RING_BYTES - to : len;
        memcpy(http->ring + to, bytes, first);
        memcpy(http->ring, bytes + first, len - first);
        if (http->ring_len == 0)
            event_raise(http);
        http->ring_len += len;
    }
    pthread_mutex_unlock(&http->lock);
    return fits;
}

static bool is_abandoned(struct weir_http *http)
{
    pthread_mutex_lock(&http->lock);
    bool abandoned = http->abandoned;
    pthread_mutex_unlock(&http->lock);
    return abandoned;
}

/* ---- one response ---- */

static void response_reset(struct weir_http *http, const char *status_line)
{
    const char *space = strchr(status_line, ' ');
    http->status = space ? (int)strtol(space + 1, NULL, 10) : 0;
    http->length = http->range_start = http->range_size = -1;
    http->retry_after_ms = -1;
    http->etag[0] = http->modified[0] = 0;
    http->body_len = 0;
}

static bool header_is(const char *line, const char *name, const char **ret_value)
{
    size_t len = strlen(name);
    if (strncasecmp(line, name, len) != 0 || line[len] != ':')
        return false;
    *ret_value = line + len + 1 + strspn(line + len + 1, " \t");
    return true;
}

static void parse_content_range(struct weir_http *http, const char *value)
{
    if (strncasecmp(value, "bytes ", 6) != 0)
        return;
    value += 6 + strspn(value + 6, " ");
    if (*value != '*')
        http->range_start = strtoll(value, NULL, 10);
    const char *slash = strchr(value, '/');
    if (slash && slash[1] != '*')
        http->range_size = strtoll(slash + 1, NULL, 10);
}

static void parse_header(struct weir_http *http, const char *line)
{
    const char *value;
    if (header_is(line, "content-length", &value))
        http->length = strtoll(value, NULL, 10);
    else if (header_is(line, "content-range", &value))
        parse_content_range(http, value);
    else if (header_is(line, "etag", &value))
        (void)snprintf(http->etag, sizeof http->etag, "%s", value);
    else if (header_is(line, "last-modified", &value))
        (void)snprintf(http->modified, sizeof http->modified, "%s", value);
    else if (header_is(line, "retry-after", &value) && *value >= '0' && *value <= '9')
        http->retry_after_ms = strtoll(value, NULL, 10) * 1000;
    else if (header_is(line, "x-amz-bucket-region", &value))
        (void)snprintf(http->bucket_region, sizeof http->bucket_region, "%s", value);
}

/* The headers of a success are complete: is it still the same object, and at which byte does the
 * body begin? */
static bool response_accept(struct weir_http *http)
{
    struct weir_http_info info = {.size = http->range_size, .modified_us = INT64_MIN};
    if (http->status == 206 && http->range_start != http->at) {
        (void)snprintf(http->reason, sizeof http->reason,
                       "the server sent another range than the one asked for");
        return false;
    }
    if (http->status == 200)
        info.size = http->length;
    http->skip = http->status == 200 ? http->at : 0;
    (void)snprintf(info.validator, sizeof info.validator, "%s",
                   http->etag[0] ? http->etag : http->modified);
    if (http->modified[0]) {
        time_t seconds = curl_getdate(http->modified, NULL);
        info.modified_us = seconds == (time_t)-1 ? INT64_MIN : (int64_t)seconds * 1000000;
    }
    pthread_mutex_lock(&http->lock);
    const struct weir_http_info *old = &http->info;
    http->changed_object =
        http->answered && (strcmp(old->validator, info.validator) != 0 ||
                           (old->size >= 0 && info.size >= 0 && old->size != info.size));
    if (!http->answered) {
        http->info = info;
        http->answered = true;
        event_raise(http);
    }
    pthread_mutex_unlock(&http->lock);
    return !http->changed_object;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
    struct weir_http *http = user;
    size_t len = size * count;
    char line[512];
    size_t keep = len < sizeof line - 1 ? len : sizeof line - 1;
    memcpy(line, bytes, keep);
    line[keep] = 0;
    line[strcspn(line, "\r\n")] = 0;
    http->heard_us = weir_clock_monotonic_us();
    if (strncmp(line, "HTTP/", 5) == 0)
        response_reset(http, line);
    else if (line[0])
        parse_header(http, line);
    else if ((http->status == 200 || http->status == 206) && !response_accept(http))
        return 0;
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct weir_http *http = user;
    size_t len = size * count;
    http->heard_us = weir_clock_monotonic_us();
    if (http->status != 200 && http->status != 206) {
        size_t room = sizeof http->body - 1 - http->body_len, take = len < room ? len : room;
        memcpy(http->body + http->body_len, bytes, take);
        http->body_len += take;
        return len;
    }
    size_t skip = http->skip < (int64_t)len ? (size_t)http->skip : len;
    if (!ring_push(http, bytes + skip, len - skip))
        return CURL_WRITEFUNC_PAUSE; /* the same bytes come again, with the same skip */
    http->skip -= (int64_t)skip;
    http->at += (int64_t)(len - skip);
    return len;
}

/* ---- one attempt ---- */

static struct curl_slist *attempt_headers(struct weir_http *http)
{
    char text[300];
    struct curl_slist *headers = NULL;
    if (http->region) /* S3 wants it; libcurl signs with its value */
        headers = curl_slist_append(headers, "x-amz-content-sha256: " EMPTY_SHA256);
    if (http->token_header)
        headers = curl_slist_append(headers, http->token_header);
    if (http->answered && http->at > 0 && http->info.validator[0] == '"') {
        (void)snprintf(text, sizeof text, "If-Match: %s", http->info.validator);
        headers = curl_slist_append(headers, text);
    }
    return headers;
}

static void attempt_prepare(struct weir_http *http, struct curl_slist *headers)
{
    CURL *easy = http->easy;
    char text[128];
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, http->url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* never wait for a name server when we leave */
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "weir/" WEIR_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->reason);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
    if (http->at > 0) {
        (void)snprintf(text, sizeof text, "%" PRId64 "-", http->at);
        curl_easy_setopt(easy, CURLOPT_RANGE, text);
    }
    if (http->region) {
        (void)snprintf(text, sizeof text, "aws:amz:%s:s3", http->region);
        curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, text);
        curl_easy_setopt(easy, CURLOPT_USERPWD, http->keys);
    }
    http->reason[0] = http->body[0] = 0;
    http->changed_object = false;
    response_reset(http, "");
    http->heard_us = weir_clock_monotonic_us();
}

static void resume_if_room(struct weir_http *http)
{
    pthread_mutex_lock(&http->lock);
    bool resume = http->paused && RING_BYTES - http->ring_len >= RESUME_ROOM_BYTES;
    http->paused = http->paused && !resume;
    pthread_mutex_unlock(&http->lock);
    if (resume) {
        http->heard_us = weir_clock_monotonic_us();
        curl_easy_pause(http->easy, CURLPAUSE_CONT);
    }
}

/* Milliseconds until the attempt has taken too long. */
static int64_t time_left_ms(struct weir_http *http)
{
    int64_t now = weir_clock_monotonic_us();
    pthread_mutex_lock(&http->lock);
    bool paused = http->paused, answered = http->answered;
    pthread_mutex_unlock(&http->lock);
    int64_t left = paused ? INT64_C(3600000) : http->timeout_ms - (now - http->heard_us) / 1000;
    if (!answered && http->answer_by_us && (http->answer_by_us - now) / 1000 < left)
        left = (http->answer_by_us - now) / 1000;
    return left;
}

/* Runs the transfer to its end, to a time-out (*ret_slow), or until abandoned. */
static CURLcode attempt_drive(struct weir_http *http, bool *ret_slow)
{
    CURLcode result = CURLE_ABORTED_BY_CALLBACK;
    curl_multi_add_handle(http->multi, http->easy);
    while (!is_abandoned(http)) {
        int running = 0, left = 0;
        resume_if_room(http);
        curl_multi_perform(http->multi, &running);
        CURLMsg *message = curl_multi_info_read(http->multi, &left);
        if (message && message->msg == CURLMSG_DONE) {
            result = message->data.result;
            break;
        }
        int64_t left_ms = time_left_ms(http);
        if (left_ms <= 0) {
            *ret_slow = true;
            result = CURLE_OPERATION_TIMEDOUT;
            break;
        }
        curl_multi_poll(http->multi, NULL, 0, (int)(left_ms < 1000 ? left_ms : 1000), NULL);
    }
    curl_multi_remove_handle(http->multi, http->easy);
    return result;
}

/* The text between <Code> and </Code> of an S3 error, else the standard's name of the status. */
static void refusal_reason(struct weir_http *http)
{
    static const struct {
        int status;
        const char *text;
    } names[] = {{400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {408, "Request Timeout"},
                 {410, "Gone"},
                 {412, "Precondition Failed"},
                 {429, "Too Many Requests"},
                 {500, "Internal Server Error"},
                 {502, "Bad Gateway"},
                 {503, "Service Unavailable"},
                 {504, "Gateway Timeout"}};
    http->body[http->body_len] = 0;
    const char *code = strstr(http->body, "<Code>"), *name = "";
    size_t code_len =
        code ? strspn(code + 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") : 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        name = names[i].status == http->status ? names[i].text : name;
    if (code_len && code_len < 64)
        (void)snprintf(http->reason, sizeof http->reason, "HTTP %d %.*s", http->status,
                       (int)code_len, code + 6);
    else
        (void)snprintf(http->reason, sizeof http->reason, "HTTP %d%s%s", http->status,
                       *name ? " " : "", name);
}

static enum outcome attempt_judge(struct weir_http *http, CURLcode result, bool slow)
{
    if (http->changed_object || (http->status == 412 && http->at > 0))
        return OUTCOME_CHANGED;
    if (result == CURLE_OK && (http->status == 200 || http->status == 206))
        return OUTCOME_DONE;
    if (result == CURLE_OK && http->status == 416 &&
        http->at > 0) { /* there is nothing behind `at` */
        pthread_mutex_lock(&http->lock);
        if (!http->answered)
            http->info =
                (struct weir_http_info){.size = http->range_size, .modified_us = INT64_MIN};
        http->answered = true;
        pthread_mutex_unlock(&http->lock);
        return OUTCOME_DONE;
    }
    if (result == CURLE_OK) {
        int status = http->status;
        refusal_reason(http);
        return status == 408 || status == 429 || status >= 500 ? OUTCOME_BUSY : OUTCOME_REFUSED;
    }
    if (!http->reason[0])
        (void)snprintf(http->reason, sizeof http->reason, "%s",
                       slow ? "no answer" : curl_easy_strerror(result));
    if (slow)
        return OUTCOME_SLOW;
    return result == CURLE_UNSUPPORTED_PROTOCOL || result == CURLE_URL_MALFORMAT ||
                   result == CURLE_TOO_MANY_REDIRECTS || result == CURLE_PEER_FAILED_VERIFICATION
               ? OUTCOME_REFUSED
               : OUTCOME_FAULT;
}

/* ---- a fetch: attempts and pauses ---- */

static void fetch_fail(struct weir_http *http, enum outcome outcome)
{
    struct weir_error err = {0};
    bool late = http->answer_by_us && weir_clock_monotonic_us() >= http->answer_by_us;
    int64_t ms = http->answer_by_us && (late || http->answer_ms_max < http->timeout_ms)
                     ? http->answer_ms_max
                     : http->timeout_ms;
    if (outcome == OUTCOME_CHANGED)
        weir_fail(&err, WEIR_BAD_DATA, "\"%s\" changed while it was read (at byte %" PRId64 ")",
                  http->label, http->at);
    else if (http->answered)
        weir_fail(&err, WEIR_RETRY, "%s was cut off at byte %" PRId64 " (%s)", http->label,
                  http->at, http->reason);
    else if (outcome == OUTCOME_SLOW || (late && outcome == OUTCOME_FAULT))
        weir_fail(&err, WEIR_RETRY,
                  ms % 1000 ? "%s did not answer within %" PRId64 " ms (%s)"
                            : "%s did not answer within %" PRId64 " s (%s)",
                  http->label, ms % 1000 ? ms : ms / 1000, http->reason);
    else if (outcome == OUTCOME_FAULT)
        weir_fail(&err, WEIR_RETRY, "%s could not be reached (%s)", http->label, http->reason);
    else
        weir_fail(&err, outcome == OUTCOME_BUSY ? WEIR_RETRY : WEIR_IO, "%s refused (%s)",
                  http->label, http->reason);
    if (http->status == 404 || http->status == 410)
        err.sys_errno = ENOENT;
    pthread_mutex_lock(&http->lock);
    http->failure = err;
    pthread_mutex_unlock(&http->lock);
}

/* Waits so long, or until abandoned. */
static void fetch_pause(struct weir_http *http, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&http->lock);
    int rc = 0;
    while (!http->abandoned && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&http->changed, &http->lock, &until);
    pthread_mutex_unlock(&http->lock);
}

/* The pause before attempt number `attempt` (from 1): doubles, with the upper half left to
 * chance. */
static int64_t pause_ms(struct weir_http *http, unsigned attempt)
{
    int64_t ms = attempt > 7 ? PAUSE_MAX_MS : (int64_t)PAUSE_FIRST_MS << (attempt - 1);
    ms = ms > PAUSE_MAX_MS ? PAUSE_MAX_MS : ms;
    ms = ms / 2 + (int64_t)(weir_random_u64() % (uint64_t)(ms / 2 + 1));
    if (http->retry_after_ms > ms)
        ms = http->retry_after_ms < RETRY_AFTER_MAX_MS ? http->retry_after_ms : RETRY_AFTER_MAX_MS;
    return ms;
}

static void fetch(struct weir_http *http)
{
    for (unsigned attempts = 0; !is_abandoned(http);) {
        int64_t begin = http->at;
        bool slow = false;
        struct curl_slist *headers = attempt_headers(http);
        attempt_prepare(http, headers);
        CURLcode result = attempt_drive(http, &slow);
        curl_slist_free_all(headers);
        if (is_abandoned(http))
            return;
        enum outcome outcome = attempt_judge(http, result, slow);
        if (outcome == OUTCOME_DONE)
            return;
        attempts = http->at > begin ? 1 : attempts + 1;
        int64_t pause = pause_ms(http, attempts);
        bool in_time = http->answered || !http->answer_by_us ||
                       weir_clock_monotonic_us() + pause * 1000 < http->answer_by_us;
        bool again = outcome == OUTCOME_FAULT || outcome == OUTCOME_SLOW || outcome == OUTCOME_BUSY;
        if (!again || attempts >= http->attempts_max || !in_time) {
            fetch_fail(http, outcome);
            return;
        }
        fetch_pause(http, pause);
    }
}

static void *thread_main(void *arg)
{
    struct weir_http *http = arg;
    pthread_mutex_lock(&http->lock);
    while (!http->quit) {
        if (!http->active) {
            pthread_cond_wait(&http->changed, &http->lock);
            continue;
        }
        pthread_mutex_unlock(&http->lock);
        fetch(http);
        pthread_mutex_lock(&http->lock);
        http->active = false;
        http->ended = true;
        event_raise(http);
        pthread_cond_broadcast(&http->changed);
    }
    pthread_mutex_unlock(&http->lock);
    return NULL;
}

/* ---- the user's side ---- */

static void curl_init(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum weir_code weir_http_open(struct weir_http **ret, struct weir_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, curl_init);
    struct weir_http *http = calloc(1, sizeof *http);
    if (!http)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    http->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    http->ring = malloc(RING_BYTES);
    http->multi = curl_multi_init();
    http->easy = curl_easy_init();
    pthread_mutex_init(&http->lock, NULL);
    pthread_cond_init(&http->changed, NULL);
    bool ready = http->event_fd >= 0 && http->ring && http->multi && http->easy;
    if (ready && pthread_create(&http->thread, NULL, thread_main, http) == 0) {
        *ret = http;
        return WEIR_OK;
    }
    curl_easy_cleanup(http->easy);
    curl_multi_cleanup(http->multi);
    if (http->event_fd >= 0)
        close(http->event_fd);
    free(http->ring);
    free(http);
    return weir_fail(err, WEIR_NOMEM, "could not start a thread for HTTP");
}

static void request_free(struct weir_http *http)
{
    free(http->url);
    free(http->label);
    free(http->region);
    free(http->token_header);
    if (http->keys)
        explicit_bzero(http->keys, strlen(http->keys));
    free(http->keys);
    http->url = http->label = http->region = http->token_header = http->keys = NULL;
}

void weir_http_stop(struct weir_http *http)
{
    pthread_mutex_lock(&http->lock);
    if (http->active) {
        http->abandoned = true;
        pthread_cond_broadcast(&http->changed);
        curl_multi_wakeup(http->multi);
        while (http->active)
            pthread_cond_wait(&http->changed, &http->lock);
    }
    http->abandoned = http->paused = http->ended = http->answered = false;
    http->ring_start = http->ring_len = 0;
    http->failure = (struct weir_error){0};
    event_clear(http);
    pthread_mutex_unlock(&http->lock);
}

/* malloc'd; NULL: out of memory. */
static char *joined(const char *first, const char *between, const char *second)
{
    char *text;
    return asprintf(&text, "%s%s%s", first, between, second) < 0 ? NULL : text;
}

enum weir_code weir_http_get(struct weir_http *http, const struct weir_http_request *request,
                             struct weir_error *err)
{
    const struct weir_http_signing *signing = request->signing;
    weir_http_stop(http);
    request_free(http);
    http->url = strdup(request->url);
    http->label = strdup(request->label);
    bool copied = http->url && http->label;
    if (signing) {
        http->region = strdup(signing->region);
        http->keys = joined(signing->access_key, ":", signing->secret_key);
        if (signing->session_token)
            http->token_header = joined("x-amz-security-token", ": ", signing->session_token);
        copied =
            copied && http->region && http->keys && (!signing->session_token || http->token_header);
    }
    if (!copied)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    http->timeout_ms = request->timeout_ms;
    http->answer_ms_max = request->answer_ms_max;
    http->answer_by_us =
        request->answer_ms_max ? weir_clock_monotonic_us() + request->answer_ms_max * 1000 : 0;
    http->attempts_max = request->attempts_max;
    http->at = request->offset;
    http->bucket_region[0] = 0;
    pthread_mutex_lock(&http->lock);
    http->active = true;
    pthread_cond_broadcast(&http->changed);
    pthread_mutex_unlock(&http->lock);
    return WEIR_OK;
}

enum weir_code weir_http_read(struct weir_http *http, char *to, size_t max, size_t *ret_len,
                              bool *ret_end, struct weir_error *err)
{
    pthread_mutex_lock(&http->lock);
    size_t len = http->ring_len < max ? http->ring_len : max;
    size_t first = RING_BYTES - http->ring_start < len ? RING_BYTES - http->ring_start : len;
    memcpy(to, http->ring + http->ring_start, first);
    memcpy(to + first, http->ring, len - first);
    http->ring_start = (http->ring_start + len) % RING_BYTES;
    http->ring_len -= len;
    bool drained = http->ring_len == 0, ended = http->ended;
    bool wake = http->paused && RING_BYTES - http->ring_len >= RESUME_ROOM_BYTES;
    if (drained && !ended)
        event_clear(http);
    struct weir_error failure = http->failure;
    pthread_mutex_unlock(&http->lock);
    if (wake)
        curl_multi_wakeup(http->multi);
    *ret_len = len;
    *ret_end = drained && ended;
    if (len == 0 && *ret_end && failure.code != WEIR_OK) {
        *err = failure;
        return failure.code;
    }
    *ret_end = *ret_end && failure.code == WEIR_OK;
    return WEIR_OK;
}

bool weir_http_answered(struct weir_http *http, struct weir_http_info *ret)
{
    pthread_mutex_lock(&http->lock);
    bool answered = http->answered;
    if (answered)
        *ret = http->info;
    pthread_mutex_unlock(&http->lock);
    return answered;
}

const char *weir_http_region(struct weir_http *http)
{
    return http->bucket_region;
}

int weir_http_fd(const struct weir_http *http)
{
    return http->event_fd;
}

void weir_http_close(struct weir_http *http)
{
    if (!http)
        return;
    weir_http_stop(http);
    pthread_mutex_lock(&http->lock);
    http->quit = true;
    pthread_cond_broadcast(&http->changed);
    pthread_mutex_unlock(&http->lock);
    pthread_join(http->thread, NULL);
    curl_multi_cleanup(http->multi);
    curl_easy_cleanup(http->easy);
    close(http->event_fd);
    pthread_mutex_destroy(&http->lock);
    pthread_cond_destroy(&http->changed);
    request_free(http);
    free(http->ring);
    free(http);
}
