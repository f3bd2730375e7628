#include "obctl/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE                                                                           \
    256 /* where only poll tells: a pipe has room for that much then, a terminal mostly \
         */

/* A description of our own, for O_NONBLOCK on the one that was given would be everybody's. None of
 * a file on a disk, whose position it would not share, nor of a socket, which has none to open. */
void obctl_output_open(struct obctl_output *output, int file)
{
    struct stat status;
    char path[32];
    *output = (struct obctl_output){.file = -1, .borrowed = file};
    if (fstat(file, &status) != 0 || !(S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)))
        return;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    output->file = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void obctl_output_close(struct obctl_output *output)
{
    if (output->file >= 0)
        (void)close(output->file);
    output->file = -1;
}

static ssize_t put_if_ready(int file, struct slice bytes)
{
    struct pollfd ready = {.fd = file, .events = POLLOUT};
    int count = poll(&ready, 1, 0);
    if (count > 0)
        return write(file, bytes.data, bytes.size < PIECE ? bytes.size : PIECE);
    if (count == 0)
        errno = EAGAIN;
    return -1;
}

bool obctl_output_put(struct obctl_output *output, struct slice bytes, size_t *put,
                      struct error *err)
{
    char text[128];
    ssize_t done = output->file >= 0 ? write(output->file, bytes.data, bytes.size)
                                     : put_if_ready(output->borrowed, bytes);
    *put = done > 0 ? (size_t)done : 0;
    return done >= 0 || errno == EAGAIN || errno == EINTR ||
           error_set(err, ERROR_INTERNAL, "standard output: %s",
                     strerror_r(errno, text, sizeof text));
}
