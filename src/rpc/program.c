/* The program's way in: the process's arguments, descriptors and signals. */
#include "core/file.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/ready.h"
#include "rpc/elevate.h"
#include "rpc/run.h"
#include "rpc/terminal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct program {
    struct rpc rpc;
    struct io_task command;
    struct io_task watch;
    sigset_t signals; /* that end the program */
    int signal_file;  /* signalfd of them */
    int ended_by;     /* the first that came; 0: none */
};

static bool write_output(void *arg, struct slice text)
{
    (void)arg;
    return file_write_all(STDOUT_FILENO, text);
}

static bool write_log(void *arg, struct slice text)
{
    (void)arg;
    return file_write_all(STDERR_FILENO, text);
}

/* ---- signals: read from a descriptor, so that they arrive between two steps of a fiber ---- */

static void catch_signals(struct program *program)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&program->signals);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action;
        /* nohup, and shells that start jobs in the background, have them ignored. */
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            (void)sigaddset(&program->signals, numbers[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &program->signals, NULL);
    program->signal_file = signalfd(-1, &program->signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* As if nobody had caught it: shells and service managers see by which signal a program ended. */
static void end_by_signal(struct program *program)
{
    rpc_terminal_restore();
    (void)signal(program->ended_by, SIG_DFL);
    (void)sigprocmask(SIG_UNBLOCK, &program->signals, NULL);
    (void)raise(program->ended_by);
}

static void on_signal(struct program *program, int number)
{
    if (program->ended_by != 0) {
        end_by_signal(program);
        return;
    }
    program->ended_by = number;
    rpc_terminal_restore();
    rpc_log(&program->rpc, LOG_WARN, "%s: ending; once more ends at once",
            number == SIGINT    ? "interrupted"
            : number == SIGTERM ? "terminated"
                                : "hung up");
    io_task_cancel(&program->command);
}

static void watch(void *arg)
{
    struct program *program = arg;
    struct error err;
    struct io_ready *ready = io_ready_new(program->signal_file, &err);
    while (ready != NULL && io_ready_wait(ready, IO_READABLE, IO_FOREVER, &err)) {
        struct signalfd_siginfo info;
        if (read(program->signal_file, &info, sizeof info) == (ssize_t)sizeof info)
            on_signal(program, (int)info.ssi_signo);
    }
    io_ready_free(ready);
}

/* ---- the run ---- */

static void run_command(void *arg)
{
    rpc_run_main(arg);
}

static void run_main(void *arg)
{
    struct program *program = arg;
    struct error err;
    if (program->signal_file >= 0 && !io_task_start(&program->watch, watch, program, &err))
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

/* What `ps` shows of the values of secrets from now on. Where the line wasn't understood, nobody
 * knows which they are. */
static void wipe_arguments(const struct rpc *rpc, bool understood, int argc, char **argv)
{
    for (const struct rpc_given *at = rpc->line.first; at != NULL; at = at->next) {
        int index = (int)at->argument + 1 + (at->is_next ? 1 : 0);
        if (rpc_line_is_shown(at) && index < argc)
            memset(argv[index] + at->offset, '*', strlen(argv[index] + at->offset));
    }
    for (int i = 1; i < argc && !understood; i++)
        memset(argv[i], '*', strlen(argv[i]));
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
    if (!file_fill_standard())
        return RPC_GENERIC_FAILURE;
    struct program *program = memory_new(sizeof *program);
    struct rpc *rpc = &program->rpc;
    catch_signals(program);
    rpc_run_init(rpc, (struct rpc_door){write_output, NULL}, (struct rpc_door){write_log, NULL});
    rpc->config_path = "config.yaml";
    rpc->may_ask = true;
    rpc->listed = true;
    rpc->columns = rpc_terminal_columns(STDOUT_FILENO);
    bool ok =
        rpc_run_prepare(rpc, (const char *const *)argv + 1, (size_t)(argc > 0 ? argc - 1 : 0));
    wipe_arguments(rpc, ok, argc, argv);
    if (ok)
        run(program);
    int code = rpc->elevate ? rpc_elevate(rpc, argc, argv) : (int)rpc->code;
    int ended_by = program->ended_by;
    rpc_run_fini(rpc);
    if (ended_by != 0)
        end_by_signal(program);
    if (program->signal_file >= 0)
        (void)close(program->signal_file);
    free(program);
    return code;
}
