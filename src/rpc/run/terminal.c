#include "rpc/run/terminal.h"

#include "io/fiber.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define POLL_MS 20
#define LINE_MS 600000

/* Shared with a handler of signals: `before` is not written while `hidden` names a terminal, and
 * that is named before it is changed. */
static struct termios before;
static _Atomic int hidden = -1;

bool rpc_terminal_hide(int file, struct error *err)
{
    char text[128];
    struct termios now;
    rpc_terminal_restore(); /* what is hidden already is not its former state */
    if (tcgetattr(file, &now) != 0)
        return error_set(err, ERROR_INTERNAL, "the terminal: %s",
                         strerror_r(errno, text, sizeof text));
    before = now;
    atomic_store(&hidden, file);
    struct termios quiet = now;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    quiet.c_lflag |= ECHONL;
    quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
    quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
    if (tcsetattr(file, TCSAFLUSH, &quiet) == 0)
        return true;
    (void)error_set(err, ERROR_INTERNAL, "the terminal: %s", strerror_r(errno, text, sizeof text));
    rpc_terminal_restore();
    return false;
}

/* Twice at once, by a handler in the middle of it, is as good as once. */
void rpc_terminal_restore(void)
{
    int file = atomic_load(&hidden);
    if (file >= 0)
        (void)tcsetattr(file, TCSANOW, &before);
    atomic_store(&hidden, -1);
}

/* Interrupted by a signal is not ready: reading would hold the loop that is to end the run. */
static bool await(int file, struct error *err)
{
    struct pollfd poll_file = {.fd = file, .events = POLLIN};
    for (;;) {
        int count = poll(&poll_file, 1, 0);
        if (count > 0)
            return true;
        if (count < 0 && errno != EINTR)
            return error_set(err, ERROR_INTERNAL, "what is typed cannot be waited for");
        if (!io_sleep(POLL_MS, err))
            return false;
    }
}

static bool read_line(int file, struct buffer *line, struct error *err)
{
    for (;;) {
        uint8_t byte;
        if (!await(file, err))
            return false;
        ssize_t count = read(file, &byte, 1);
        if (count < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (count <= 0)
            return buffer_size(line) > 0 || error_set(err, ERROR_NOT_FOUND, "nothing was given");
        if (byte == '\n')
            return true;
        buffer_put_u8(line, byte);
        if (!buffer_ok(line))
            return error_set(err, ERROR_TOO_LARGE, "what was given is too long");
    }
}

bool rpc_terminal_line(int file, struct buffer *line, struct error *err)
{
    uint64_t previous = io_deadline_within(LINE_MS);
    bool ok = read_line(file, line, err);
    io_deadline_restore(previous);
    return ok;
}

unsigned rpc_terminal_columns(int file)
{
    struct winsize size = {0};
    if (isatty(file) == 0)
        return 0;
    return ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}
