/* A thread takes snapshots of the runtime's figures and shows them.
 *
 * On a terminal the lines are drawn anew five times a second; a log line clears them first (hooks
 * of base/log.h), so that nothing is torn. Elsewhere one line a statement is logged every ten
 * seconds. There is one display in a process, as there is one terminal: its state is static.
 * Invariant: `drawn` lines lie above the cursor, which is in the first column. */
#include "cli/progress.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"

#define DRAW_MS        200
#define FIRST_DRAW_MS  300 /* what is over by then shows nothing */
#define PLAIN_MS       10000
#define STATUS_BYTES   ((size_t)1 << 20)
#define STATEMENTS_MAX 512

static struct {
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    bool started, ending, terminal;
    struct weir_runtime *runtime;
    const struct weir_cli_stop *stop;
    char text[16384];                /* the lines last drawn */
    int lines;                       /* in text */
    int drawn;                       /* on the screen now */
    uint64_t before[STATEMENTS_MAX]; /* rows_in at the last look */
    double rates[STATEMENTS_MAX];    /* smoothed rows a second */
    int64_t before_us;
} show = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* 1234567 as "1,234,567". */
static const char *grouped(uint64_t number, char *to)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, number), at = 0;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            to[at++] = ',';
        to[at++] = digits[i];
    }
    to[at] = 0;
    return to;
}

static void describe_rest(const struct weir_statement_status *statement, char *to, size_t size)
{
    char number[48];
    size_t len = 0;
    to[0] = 0;
    if (statement->share_done >= 0)
        len += (size_t)snprintf(to, size, "  %3.0f %%", statement->share_done * 100);
    if (statement->lag >= 0 && statement->lag_bytes)
        len += (size_t)snprintf(to + len, size - len, "  %s behind",
                                weir_cli_bytes(statement->lag, number));
    else if (statement->lag >= 0)
        len += (size_t)snprintf(to + len, size - len, "  %s behind",
                                grouped((uint64_t)statement->lag, number));
    if (statement->rows_bad)
        snprintf(to + len, size - len, "  %s bad", grouped(statement->rows_bad, number));
}

/* Rows a second, smoothed over some looks. */
static double rate_of(uint32_t index, uint64_t rows, double seconds)
{
    if (index >= STATEMENTS_MAX || seconds <= 0)
        return 0;
    double now = (double)(rows - show.before[index]) / seconds;
    show.rates[index] =
        show.before_us && show.rates[index] > 0 ? 0.6 * show.rates[index] + 0.4 * now : now;
    show.before[index] = rows;
    return show.rates[index];
}

static void line_of(const struct weir_status *status, uint32_t index, int label_width,
                    double seconds, char *to, size_t size)
{
    const struct weir_statement_status *statement = &status->statements[index];
    char rows[48], rate[48], rest[160];
    describe_rest(statement, rest, sizeof rest);
    snprintf(to, size, "%-*s  %14s rows  %12s rows/s%s", label_width, statement->label,
             grouped(statement->rows_in, rows),
             grouped((uint64_t)(rate_of(index, statement->rows_in, seconds) + 0.5), rate), rest);
}

/* ---- the screen; all with the lock held ---- */

static void write_screen(const char *text, size_t len)
{
    ssize_t written = write(STDERR_FILENO, text, len);
    (void)written; /* a display that cannot be drawn is no reason to stop */
}

static void screen_clear(void)
{
    char move[32];
    if (!show.drawn)
        return;
    int len = snprintf(move, sizeof move, "\033[%dA\033[J", show.drawn);
    write_screen(move, (size_t)len);
    show.drawn = 0;
}

/* In one write, line over line, so that nothing flickers. */
static void screen_draw(void)
{
    char screen[sizeof show.text + 64], up[32] = "";
    if (show.drawn)
        snprintf(up, sizeof up, "\033[%dA", show.drawn);
    int len = snprintf(screen, sizeof screen, "%s%s\033[J", up, show.text);
    write_screen(screen, (size_t)len);
    show.drawn = show.lines;
}

static void hook_before(void)
{
    pthread_mutex_lock(&show.lock);
    screen_clear();
}

static void hook_after(void)
{
    if (show.lines && !show.ending)
        screen_draw();
    pthread_mutex_unlock(&show.lock);
}

static void look_terminal(const struct weir_status *status, int label_width, double seconds)
{
    struct winsize size = {.ws_col = 80, .ws_row = 24};
    char line[512];
    size_t len = 0;
    ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
    int width = size.ws_col ? size.ws_col : 80, rows = size.ws_row > 2 ? size.ws_row - 1 : 23;
    show.lines = 0;
    for (uint32_t i = 0; i < status->statements_count && show.lines < rows; i++) {
        line_of(status, i, label_width, seconds, line, sizeof line);
        if (len + sizeof line + 8 > sizeof show.text)
            break;
        len += (size_t)snprintf(show.text + len, sizeof show.text - len, "%.*s\033[K\n", width - 1,
                                line);
        show.lines++;
    }
    screen_draw();
}

/* ---- the thread ---- */

/* Takes a snapshot and shows it. Called without the lock. */
static void look(void)
{
    struct weir_arena arena;
    struct weir_status status;
    struct weir_error err;
    int label_width = 0;
    weir_arena_init(&arena, STATUS_BYTES);
    if (weir_runtime_status(show.runtime, &arena, &status, &err) == WEIR_OK) {
        double seconds = (double)(status.elapsed_us - show.before_us) / 1e6;
        for (uint32_t i = 0; i < status.statements_count; i++) {
            int width = (int)strlen(status.statements[i].label);
            label_width = width > label_width ? width : label_width;
        }
        if (show.terminal) {
            pthread_mutex_lock(&show.lock);
            if (!show.ending)
                look_terminal(&status, label_width, seconds);
            pthread_mutex_unlock(&show.lock);
        } else {
            for (uint32_t i = 0; i < status.statements_count; i++) {
                char line[512];
                line_of(&status, i, label_width, seconds, line, sizeof line);
                weir_log(WEIR_LOG_INFO, "%s", line);
            }
        }
        show.before_us = status.elapsed_us;
    }
    weir_arena_done(&arena);
}

/* Sleeps; false: the display ends. */
static bool sleep_ms(int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&show.lock);
    int code = 0;
    while (!show.ending && code == 0)
        code = pthread_cond_timedwait(&show.wake, &show.lock, &until);
    bool ending = show.ending;
    pthread_mutex_unlock(&show.lock);
    return !ending;
}

static bool is_stopping(void)
{
    struct pollfd fd = {.fd = show.stop->fd, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

static void *show_thread(void *context)
{
    bool told = false;
    (void)context;
    int64_t due_ms = show.terminal ? FIRST_DRAW_MS : PLAIN_MS, slept_ms = 0;
    while (sleep_ms(DRAW_MS)) {
        slept_ms += DRAW_MS;
        if (!told && is_stopping()) {
            weir_log(WEIR_LOG_INFO,
                     "stopping: the epoch is being finished; a second signal stops at once");
            told = true;
        }
        if (slept_ms < due_ms)
            continue;
        look();
        slept_ms = 0;
        due_ms = show.terminal ? DRAW_MS : PLAIN_MS;
    }
    return NULL;
}

void weir_progress_start(struct weir_runtime *runtime, const struct weir_cli_stop *stop)
{
    const char *term = getenv("TERM");
    show.runtime = runtime;
    show.stop = stop;
    show.terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
    if (pthread_create(&show.thread, NULL, show_thread, NULL) != 0)
        return; /* it runs as well without a display */
    show.started = true;
    if (show.terminal)
        weir_log_set_hooks(hook_before, hook_after);
}

void weir_progress_end(void)
{
    if (!show.started)
        return;
    pthread_mutex_lock(&show.lock);
    show.ending = true;
    screen_clear();
    pthread_cond_signal(&show.wake);
    pthread_mutex_unlock(&show.lock);
    pthread_join(show.thread, NULL);
    show.started = false; /* the hooks stay: another thread may stand between the two */
}
