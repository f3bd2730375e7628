#include "obctl/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Of the one terminal: its former state, and then its file, by which others know that it is there.
 */
static struct termios before;
static _Atomic int terminal = -1;

void obctl_terminal_restore(void)
{
    int number = errno;
    int file = atomic_load(&terminal);
    if (file >= 0)
        (void)tcsetattr(file, TCSANOW, &before);
    errno = number;
}

/* A fault of ours: a shell in raw mode would make it worse. */
static void on_fault(int number)
{
    obctl_terminal_restore();
    (void)raise(number); /* by now as it would be without us */
}

static bool make_raw(int file)
{
    struct termios raw = before;
    cfmakeraw(&raw);
    return tcsetattr(file, TCSANOW, &raw) == 0;
}

bool obctl_terminal_take(int file, struct error *err)
{
    static const int faults[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
    char text[128];
    if (tcgetattr(file, &before) != 0)
        return error_set(err, ERROR_INTERNAL, "the terminal: %s",
                         strerror_r(errno, text, sizeof text));
    atomic_store(&terminal, file);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct sigaction action = {.sa_handler = on_fault, .sa_flags = (int)SA_RESETHAND};
        (void)sigaction(faults[i], &action, NULL);
    }
    return make_raw(file) ||
           error_set(err, ERROR_INTERNAL, "the terminal: %s", strerror_r(errno, text, sizeof text));
}

void obctl_terminal_resume(void)
{
    int file = atomic_load(&terminal);
    if (file >= 0 && tcgetpgrp(file) == getpgrp())
        (void)make_raw(file);
}

void obctl_terminal_suspend(void)
{
    obctl_terminal_restore();
    /* To this thread: one sent to the process stops another first, and this one would go on. */
    (void)raise(SIGSTOP);
    obctl_terminal_resume();
}
