/* For tests: an HTTP server in a thread, which serves what a handler says and can misbehave. */
#ifndef WEIR_NET_SERVER_FOR_TEST_H
#define WEIR_NET_SERVER_FOR_TEST_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct test_request {
    char target[4096]; /* "/path?query" */
    char headers[8192];
    int64_t range;   /* first byte asked for; -1: none */
    unsigned number; /* of this server, from 1 */
};

struct test_response {
    int status;          /* 0: close without an answer; -1: never answer */
    const char *headers; /* more lines, each with \r\n; NULL: none */
    const char *body;
    size_t len;
    size_t cut; /* close after so many bytes of the body; SIZE_MAX: send all */
    bool ignore_range;
    const char *etag; /* NULL: "\"v1\"" */
};

typedef void (*test_handler)(const struct test_request *request, struct test_response *response);

struct test_server {
    pthread_t thread;
    int listener, quit[2];
    unsigned requests;
    _Atomic(test_handler) handler; /* a test may change it */
    char url[64];
};

static inline void test_send(int fd, const void *bytes, size_t len)
{
    for (const char *at = bytes; len;) {
        ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        at += sent;
        len -= (size_t)sent;
    }
}

static inline void test_answer(struct test_server *server, int fd,
                               const struct test_request *request)
{
    struct test_response response = {.status = 200, .cut = SIZE_MAX};
    char head[1024];
    server->handler(request, &response);
    if (response.status <= 0) {
        struct pollfd wait[] = {{server->quit[0], POLLIN, 0}, {fd, POLLRDHUP, 0}};
        if (response.status < 0)
            poll(wait, 2, 20000);
        return;
    }
    size_t from = 0;
    bool partial = response.status == 200 && request->range >= 0 && !response.ignore_range;
    if (partial && (size_t)request->range >= response.len) {
        snprintf(head, sizeof head,
                 "HTTP/1.1 416 Range\r\nContent-Range: bytes */%zu\r\nContent-Length: "
                 "0\r\nConnection: close\r\n\r\n",
                 response.len);
        test_send(fd, head, strlen(head));
        return;
    }
    char range[96] = "";
    if (partial) {
        from = (size_t)request->range;
        snprintf(range, sizeof range, "Content-Range: bytes %zu-%zu/%zu\r\n", from,
                 response.len - 1, response.len);
    }
    snprintf(head, sizeof head,
             "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nETag: %s\r\nConnection: close\r\n%s%s\r\n",
             partial ? 206 : response.status, response.len - from,
             response.etag ? response.etag : "\"v1\"", range,
             response.headers ? response.headers : "");
    test_send(fd, head, strlen(head));
    size_t len = response.len - from;
    if (len)
        test_send(fd, response.body + from, len < response.cut ? len : response.cut);
}

static inline void test_serve_one(struct test_server *server, int fd)
{
    static char text[16384];
    struct test_request request = {.range = -1, .number = ++server->requests};
    size_t len = 0;
    while (len < sizeof text - 1) {
        ssize_t got = recv(fd, text + len, sizeof text - 1 - len, 0);
        if (got <= 0)
            return;
        len += (size_t)got;
        text[len] = 0;
        if (strstr(text, "\r\n\r\n"))
            break;
    }
    char *line_end = strstr(text, "\r\n");
    char *range = strcasestr(text, "\r\nrange: bytes=");
    if (!line_end || strncmp(text, "GET ", 4) != 0)
        return;
    if (range)
        request.range = atoll(range + strlen("\r\nrange: bytes="));
    snprintf(request.headers, sizeof request.headers, "%s", line_end);
    *strchr(text + 4, ' ') = 0;
    snprintf(request.target, sizeof request.target, "%.4000s", text + 4);
    test_answer(server, fd, &request);
}

static inline void *test_serve(void *arg)
{
    struct test_server *server = arg;
    for (;;) {
        struct pollfd wait[] = {{server->quit[0], POLLIN, 0}, {server->listener, POLLIN, 0}};
        poll(wait, 2, -1);
        if (wait[0].revents)
            return NULL;
        int fd = accept(server->listener, NULL, NULL);
        if (fd < 0)
            continue;
        test_serve_one(server, fd);
        shutdown(fd, SHUT_RDWR);
        close(fd);
    }
}

static inline bool test_server_start(struct test_server *server, test_handler handler)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    memset(server, 0, sizeof *server);
    server->handler = handler;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listener, 16) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) != 0 ||
        pipe(server->quit) != 0)
        return false;
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    return pthread_create(&server->thread, NULL, test_serve, server) == 0;
}

static inline void test_server_stop(struct test_server *server)
{
    test_send(server->quit[1], "", 0);
    if (write(server->quit[1], "x", 1) != 1)
        abort();
    pthread_join(server->thread, NULL);
    close(server->listener);
    close(server->quit[0]);
    close(server->quit[1]);
}

#endif
