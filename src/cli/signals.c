/* SIGINT and SIGTERM: the first one asks, the second one ends. The flag is the main thread's alone;
 * other threads watch the pipe. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "cli/cli.h"

static volatile sig_atomic_t stopping;
static int pipe_fds[2] = {-1, -1};
static pthread_t main_thread;

static void on_signal(int number)
{
    int saved = errno;
    if (!pthread_equal(pthread_self(), main_thread)) {
        pthread_kill(main_thread, number);
        return;
    }
    if (stopping)
        _exit(128 + number);
    stopping = 1;
    ssize_t written = write(pipe_fds[1], "x", 1);
    (void)written; /* a full pipe wakes as well */
    errno = saved;
}

struct weir_cli_stop weir_cli_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    if (pipe_fds[0] < 0 && pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) != 0)
        pipe_fds[0] = pipe_fds[1] = -1;
    main_thread = pthread_self();
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return (struct weir_cli_stop){&stopping, pipe_fds[0]};
}
