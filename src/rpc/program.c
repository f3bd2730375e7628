/* The program's way in: the process's arguments, descriptors and signals. */
#include "core/file.h"
#include "core/memory.h"
#include "io/child.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/ready.h"
#include "rpc/elevate.h"
#include "rpc/made/made.h"
#include "rpc/rpc.h"
#include "rpc/run/terminal.h"
#include "rpc/start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define POLL_MS 200  /* between two looks for a signal */
#define LAST_MS 1000 /* for somebody to take what is said after a signal */

#define MEMORY_DEVICES 1 /* the major number of /dev/null and its like */

struct program {
    struct rpc rpc;
    struct io_task command;
    struct io_task watch;
};

/* What the handler of signals knows. */
static volatile sig_atomic_t ended_by; /* the first signal that came; 0: none */
static int wake_file = -1;             /* an eventfd: wakes the loop at a signal */

/* ---- writing: somebody who reads no more does not hold a program that is to end ---- */

/* Whether the descriptor takes some bytes now. */
static bool await_room(int file)
{
    struct pollfd poll_file = {.fd = file, .events = POLLOUT};
    int waited = 0;
    while (waited < LAST_MS) {
        int count = poll(&poll_file, 1, POLL_MS);
        if (count > 0 || (count < 0 && errno != EINTR))
            return true;
        waited += ended_by != 0 ? POLL_MS : 0;
    }
    return false;
}

/* In pieces that a pipe takes whole, so that none of them waits. */
static bool write_out(int file, struct slice text)
{
    while (text.size > 0) {
        if (!await_room(file))
            return false;
        ssize_t count = write(file, text.data, text.size < PIPE_BUF ? text.size : PIPE_BUF);
        if (count < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (count > 0)
            text = slice_from(text, (size_t)count);
    }
    return true;
}

/* Standard output that was closed: /dev/null has its number, and nobody what was printed. */
static bool output_was_closed;

static bool write_output(void *arg, struct slice text)
{
    (void)arg;
    return !output_was_closed && write_out(STDOUT_FILENO, text);
}

static bool write_log(void *arg, struct slice text)
{
    (void)arg;
    return write_out(STDERR_FILENO, text);
}

/* A terminal, a file or a pipe shows, or keeps, what is written. Standard output that was closed is
 * /dev/null by now. */
static bool is_lost(int file)
{
    struct stat status;
    struct pollfd poll_file = {.fd = file, .events = POLLOUT};
    int flags = fcntl(file, F_GETFL);
    if (fstat(file, &status) != 0 || flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
        return true;
    if (S_ISCHR(status.st_mode) && major(status.st_rdev) == MEMORY_DEVICES)
        return true; /* null, zero, full */
    return poll(&poll_file, 1, 0) > 0 && (poll_file.revents & (POLLERR | POLLNVAL)) != 0;
}

static bool output_is_lost(void)
{
    return is_lost(STDOUT_FILENO);
}

/* ---- signals: the first has the loop cancel the command, the second ends the program, wherever it
 * is ---- */

/* As if nobody had caught it: shells and service managers see by which signal a program ended. */
static void end_by_signal(int number)
{
    sigset_t one;
    io_child_kill_all();
    rpc_terminal_restore();
    (void)signal(number, SIG_DFL);
    (void)sigemptyset(&one);
    (void)sigaddset(&one, number);
    (void)raise(number);
    (void)pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

static void on_signal(int number)
{
    static const uint64_t one = 1;
    int code = errno;
    bool first = ended_by == 0;
    if (first)
        ended_by = number;
    if (!first || (wake_file >= 0 && write(wake_file, &one, sizeof one) < 0))
        end_by_signal(number);
    errno = code;
}

/* Calls are interrupted: one that waits for the engine, or for a reader, is looked at again. */
static void catch_signal(int number, void (*handler)(int number))
{
    struct sigaction action = {.sa_handler = handler};
    struct sigaction former;
    (void)sigfillset(&action.sa_mask);
    /* nohup, and shells that start jobs in the background, have them ignored. */
    if (sigaction(number, NULL, &former) == 0 && former.sa_handler != SIG_IGN)
        (void)sigaction(number, &action, NULL);
}

static void catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, nobody learns how smbclient and sudo ended */
    (void)signal(SIGXFSZ, SIG_IGN); /* writing past the bound of files is EFBIG then */
    wake_file = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        catch_signal(numbers[i], on_signal);
    catch_signal(SIGQUIT, end_by_signal); /* nobody is waited for */
}

static void watch(void *arg)
{
    struct program *program = arg;
    struct error err;
    struct io_ready *ready = io_ready_new(wake_file, &err);
    if (ready != NULL && io_ready_wait(ready, IO_READABLE, IO_FOREVER, &err)) {
        rpc_terminal_restore();
        rpc_log(&program->rpc, LOG_WARN, "%s: ending; once more ends at once",
                ended_by == SIGINT    ? "interrupted"
                : ended_by == SIGTERM ? "terminated"
                                      : "hung up");
        rpc_made_tell(&program->rpc);
        io_task_cancel(&program->command);
    }
    io_ready_free(ready);
}

/* ---- the run ---- */

static void run_command(void *arg)
{
    rpc_start_main(arg);
}

static void run_main(void *arg)
{
    struct program *program = arg;
    struct error err;
    if (wake_file >= 0 && !io_task_start(&program->watch, watch, program, &err))
        (void)rpc_fail_error(&program->rpc, RPC_GENERIC_FAILURE, &err);
    if (!io_task_start(&program->command, run_command, &program->rpc, &err)) {
        (void)rpc_fail_error(&program->rpc, RPC_GENERIC_FAILURE, &err);
    } else {
        io_task_join(&program->command);
    }
    if (io_task_running(&program->watch)) {
        io_task_cancel(&program->watch);
        io_task_join(&program->watch);
    }
}

static void run(struct program *program)
{
    struct error err;
    struct io_loop *loop = io_loop_new(&err);
    if (loop == NULL || !io_loop_main(loop, run_main, program, &err))
        (void)rpc_fail_error(&program->rpc, RPC_GENERIC_FAILURE, &err);
    if (loop != NULL)
        io_loop_free(loop);
}

/* A core dump would keep AMT's passwords. PR_SET_DUMPABLE would also close /proc, and with it the
 * agent's memory, to the simulator that answers its system calls. */
static void forbid_core_dumps(void)
{
    static const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
}

int rpc_main(int argc, char **argv)
{
    forbid_core_dumps();
    output_was_closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
    if (!file_fill_standard())
        return RPC_GENERIC_FAILURE;
    struct program *program = memory_new(sizeof *program);
    struct rpc *rpc = &program->rpc;
    catch_signals();
    rpc_run_init(rpc, (struct rpc_door){write_output, NULL}, (struct rpc_door){write_log, NULL});
    rpc->config_path = "config.yaml";
    rpc->may_ask = true;
    rpc->has_signals = true;
    rpc->listed = true;
    rpc->columns = rpc_terminal_columns(STDOUT_FILENO);
    rpc->output_is_lost = output_is_lost;
    size_t count = argc > 0 ? (size_t)argc - 1 : 0;
    bool ok = rpc_start_prepare(rpc, (const char *const *)argv + 1, count);
    rpc_line_wipe(&rpc->line, ok, argv + 1, count);
    if (ok)
        run(program);
    int code = rpc->elevate && ended_by == 0 ? rpc_elevate(rpc, argc, argv) : (int)rpc->code;
    rpc_run_fini(rpc);
    if (ended_by != 0)
        end_by_signal(ended_by);
    free(program);
    return code;
}
