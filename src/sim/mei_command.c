/* The process of `amtsim mei`: the command, its signals and its end. */
#include "sim/mei.h"
#include "sim/mei_child.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void *serve(void *arg)
{
    sim_mei_run(arg);
    return NULL;
}

static int status_of(int how)
{
    return WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
}

/* Takes what has ended: the command, and orphans of it. */
static bool reap(pid_t command, int *status)
{
    bool ended = false;
    int how;
    for (;;) {
        pid_t pid = waitpid(-1, &how, WNOHANG);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid <= 0)
            return ended;
        if (pid == command) {
            *status = status_of(how);
            ended = true;
        }
    }
}

/* Passes signals on until the command has ended; with `stay` waits for one more. What the terminal
 * sends goes to the command by itself, since it is in the same group of processes. */
static void watch(const struct sim_mei_child *child, const sigset_t *signals, bool stay,
                  int *status)
{
    bool ended = false;
    for (;;) {
        siginfo_t info;
        if (sigwaitinfo(signals, &info) < 0)
            continue;
        if (info.si_signo == SIGCHLD) {
            ended |= reap(child->pid, status);
            if (ended && !stay)
                return;
        } else if (ended) {
            return;
        } else if (info.si_code <= 0) { /* of a process, not of the terminal */
            (void)kill(child->pid, info.si_signo);
        }
    }
}

static void choose_signals(sigset_t *signals)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD};
    sigemptyset(signals);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaddset(signals, numbers[i]);
}

static bool release(struct sim_mei *mei, struct sim_mei_child *child, struct error *err)
{
    if (!sim_mei_wait(mei, err))
        return false;
    int listener = sim_mei_child_release(child, err);
    return listener >= 0 && sim_mei_watch(mei, listener, err);
}

bool sim_mei_command(const struct sim_options *options, int *status, struct error *err)
{
    struct sim_mei_child child;
    sigset_t signals, before;
    pthread_t thread;
    choose_signals(&signals);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* one may look into one's descendants only */
    if (!sim_mei_child_fork(&child, options->command, &before, err))
        return false;
    signal(SIGPIPE, SIG_IGN);
    struct sim_mei *mei = sim_mei_new(options, err);
    bool done = mei != NULL;
    if (done && pthread_create(&thread, NULL, serve, mei) != 0) {
        done = error_set(err, ERROR_INTERNAL, "no thread can be started");
    } else if (done) {
        done = release(mei, &child, err);
        if (done)
            watch(&child, &signals, options->stay, status);
        sim_mei_stop(mei);
        pthread_join(thread, NULL);
    }
    sim_mei_child_drop(&child);
    sim_mei_free(mei);
    return done;
}
