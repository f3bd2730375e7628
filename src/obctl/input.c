#include "obctl/input.h"

#include "core/memory.h"
#include "core/thread.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "obctl/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define PIECE  4096
#define END_MS 5000

struct obctl_input {
    struct io_message arrived; /* first */
    struct io_loop *loop;
    struct io_wait wait;
    pthread_t thread;
    sigset_t before;
    int file;
    int signals;
    int wake;            /* for the thread: taken, or leaving */
    _Atomic bool posted; /* the message is on its way */
    _Atomic bool full;   /* the piece belongs to the loop, else to the thread */
    _Atomic bool ended;
    _Atomic bool leaving;
    _Atomic int signal;
    _Atomic size_t size;
    uint8_t piece[PIECE];
};

static void arrived(struct io_message *message)
{
    struct obctl_input *input = (struct obctl_input *)(void *)message;
    atomic_store(&input->posted, false);
    io_signal(&input->wait);
}

/* ---- the thread ---- */

static void post(struct obctl_input *input)
{
    if (!atomic_exchange(&input->posted, true))
        io_post(input->loop, &input->arrived);
}

static void cut(void)
{
    obctl_terminal_restore();
    _exit(error_exit_code(ERROR_CANCELLED));
}

static void take_signal(struct obctl_input *input)
{
    struct signalfd_siginfo info;
    if (read(input->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    if (info.ssi_signo == SIGTSTP) {
        obctl_terminal_suspend();
    } else if (info.ssi_signo == SIGCONT) {
        obctl_terminal_resume();
    } else if (atomic_load(&input->signal) != 0) {
        cut();
    } else {
        atomic_store(&input->signal, (int)info.ssi_signo);
        post(input);
    }
}

static void take_input(struct obctl_input *input)
{
    ssize_t got = read(input->file, input->piece, PIECE);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got > 0) {
        atomic_store(&input->size, (size_t)got);
        atomic_store(&input->full, true);
    } else {
        atomic_store(&input->ended, true);
    }
    post(input);
}

static void *thread_main(void *arg)
{
    struct obctl_input *input = arg;
    uint64_t count;
    sigset_t stops; /* a read in the background stops us, as it would any program */
    sigemptyset(&stops);
    sigaddset(&stops, SIGTTIN);
    (void)pthread_sigmask(SIG_UNBLOCK, &stops, NULL);
    while (!atomic_load(&input->leaving)) {
        bool reads = !atomic_load(&input->full) && !atomic_load(&input->ended);
        struct pollfd files[] = {{.fd = input->wake, .events = POLLIN},
                                 {.fd = input->signals, .events = POLLIN},
                                 {.fd = reads ? input->file : -1, .events = POLLIN}};
        int ready = poll(files, 3, atomic_load(&input->signal) != 0 ? END_MS : -1);
        if (ready == 0)
            cut();
        if (ready < 0)
            continue;
        if (files[0].revents != 0)
            (void)!read(input->wake, &count, sizeof count);
        if (files[1].revents != 0)
            take_signal(input);
        if (files[2].revents != 0)
            take_input(input);
    }
    return NULL;
}

static void wake_thread(struct obctl_input *input)
{
    const uint64_t one = 1;
    (void)!write(input->wake, &one, sizeof one);
}

/* ---- the loop ---- */

static void block_signals(struct obctl_input *input)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaddset(&set, numbers[i]);
    (void)pthread_sigmask(SIG_BLOCK, &set, &input->before);
    input->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void dispose(struct obctl_input *input)
{
    if (input->signals >= 0)
        (void)close(input->signals);
    if (input->wake >= 0)
        (void)close(input->wake);
    (void)pthread_sigmask(SIG_SETMASK, &input->before, NULL);
    free(input);
}

struct obctl_input *obctl_input_open(int file, struct error *err)
{
    struct obctl_input *input = memory_new(sizeof *input);
    input->arrived.run = arrived;
    input->loop = io_loop_current();
    input->file = file;
    input->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    block_signals(input);
    if (input->wake >= 0 && input->signals >= 0 &&
        thread_start(&input->thread, "input", thread_main, input, err))
        return input;
    if (input->wake < 0 || input->signals < 0)
        error_set(err, ERROR_INTERNAL, "too many files are open");
    dispose(input);
    return NULL;
}

void obctl_input_close(struct obctl_input *input)
{
    if (input == NULL)
        return;
    atomic_store(&input->leaving, true);
    wake_thread(input);
    (void)pthread_join(input->thread, NULL);
    while (atomic_load(&input->posted))
        (void)io_sleep(1, NULL); /* the message is ours to free only when it has arrived */
    dispose(input);
}

bool obctl_input_wait(struct obctl_input *input, uint64_t timeout_ms, struct error *err)
{
    return io_wait_for(&input->wait, timeout_ms, err) ||
           (err->code == ERROR_TIMEOUT && io_deadline_left() > 0);
}

void obctl_input_wake(struct obctl_input *input)
{
    io_signal(&input->wait);
}

struct slice obctl_input_typed(const struct obctl_input *input)
{
    return atomic_load(&input->full) ? slice_of(input->piece, atomic_load(&input->size))
                                     : (struct slice){0};
}

void obctl_input_taken(struct obctl_input *input)
{
    atomic_store(&input->full, false);
    wake_thread(input);
}

bool obctl_input_ended(const struct obctl_input *input)
{
    return atomic_load(&input->ended) && !atomic_load(&input->full);
}

void obctl_input_suspend(void)
{
    (void)kill(getpid(), SIGTSTP);
}

int obctl_input_signal(const struct obctl_input *input)
{
    return atomic_load(&input->signal);
}
