#include "rpc/terminal.h"

#include "io/fiber.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define POLL_MS 20
#define LINE_MS 600000

static struct termios before;
static int hidden = -1;

bool rpc_terminal_hide(int file, struct error *err)
{
    char text[128];
    if (tcgetattr(file, &before) != 0)
        return error_set(err, ERROR_INTERNAL, "the terminal: %s",
                         strerror_r(errno, text, sizeof text));
    struct termios quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    quiet.c_lflag |= ECHONL;
    quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
    quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
    if (tcsetattr(file, TCSAFLUSH, &quiet) != 0)
        return error_set(err, ERROR_INTERNAL, "the terminal: %s",
                         strerror_r(errno, text, sizeof text));
    hidden = file;
    return true;
}

void rpc_terminal_restore(void)
{
    if (hidden >= 0)
        (void)tcsetattr(hidden, TCSANOW, &before);
    hidden = -1;
}

static bool await(int file, struct error *err)
{
    struct pollfd poll_file = {.fd = file, .events = POLLIN};
    while (poll(&poll_file, 1, 0) == 0)
        if (!io_sleep(POLL_MS, err))
            return false;
    return true;
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
