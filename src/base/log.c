/* Lines on stderr, one write(2) each, so that lines of several threads do not mix. */
#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static enum weir_log_level least = WEIR_LOG_INFO;
static enum weir_log_format form = WEIR_LOG_TEXT;
static void (*hook_before)(void), (*hook_after)(void);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void weir_log_configure(enum weir_log_level level, enum weir_log_format format)
{
    least = level;
    form = format;
}

void weir_log_set_hooks(void (*before)(void), void (*after)(void))
{
    hook_before = before;
    hook_after = after;
}

/* Appends text as the inside of a JSON string; returns the new length. */
static size_t json_escape(char *to, size_t len, size_t size, const char *text)
{
    for (; *text && len + 8 < size; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            to[len++] = '\\';
            to[len++] = (char)c;
        } else if (c < 0x20) {
            len += (size_t)snprintf(to + len, size - len, "\\u%04x", c);
        } else {
            to[len++] = (char)c;
        }
    }
    return len;
}

static void emit(enum weir_log_level level, const char *message, const char *hint)
{
    static const char *const words[] = {"debug", "info", "warning", "error"};
    char line[4096];
    size_t len;
    if (form == WEIR_LOG_JSON) {
        struct timespec now;
        struct tm tm;
        clock_gettime(CLOCK_REALTIME, &now);
        gmtime_r(&now.tv_sec, &tm);
        len = strftime(line, sizeof line, "{\"time\":\"%Y-%m-%dT%H:%M:%S", &tm);
        len += (size_t)snprintf(line + len, sizeof line - len,
                                ".%03ldZ\",\"level\":\"%s\",\"message\":\"", now.tv_nsec / 1000000,
                                words[level]);
        len = json_escape(line, len, sizeof line - 32, message);
        if (hint && *hint) {
            len += (size_t)snprintf(line + len, sizeof line - len, "\",\"hint\":\"");
            len = json_escape(line, len, sizeof line - 16, hint);
        }
        len += (size_t)snprintf(line + len, sizeof line - len, "\"}\n");
    } else {
        int n = snprintf(line, sizeof line, "weir: %s%s%s\n",
                         level == WEIR_LOG_INFO ? "" : words[level],
                         level == WEIR_LOG_INFO ? "" : ": ", message);
        len = n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
        if (hint && *hint && len < sizeof line) {
            n = snprintf(line + len, sizeof line - len, "hint: %s\n", hint);
            len += n < 0 ? 0 : (size_t)n < sizeof line - len ? (size_t)n : sizeof line - len - 1;
        }
    }
    pthread_mutex_lock(&lock);
    if (hook_before)
        hook_before();
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* there is nowhere to report it */
    if (hook_after)
        hook_after();
    pthread_mutex_unlock(&lock);
}

void weir_log(enum weir_log_level level, const char *format, ...)
{
    if (level < least)
        return;
    char message[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    emit(level, message, NULL);
}

void weir_log_error(const struct weir_error *err)
{
    emit(WEIR_LOG_ERROR, err->text, err->hint);
}
