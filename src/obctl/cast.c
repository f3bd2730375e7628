#include "obctl/cast.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_LIMIT (256U << 10) /* of one piece, each byte of it six of JSON */

struct obctl_cast {
    char *path;
    int file;
    int failure; /* errno of the first that failed */
    uint64_t began_ns;
    struct buffer line;
};

static void flush(struct obctl_cast *cast)
{
    if (cast->failure == 0 && !buffer_ok(&cast->line))
        cast->failure = EOVERFLOW;
    if (cast->failure == 0 && !file_write_all(cast->file, buffer_slice(&cast->line)))
        cast->failure = errno;
    buffer_clear(&cast->line);
}

struct obctl_cast *obctl_cast_create(const char *path, bool force,
                                     const struct redir_asciicast_head *head, struct error *err)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL);
    int file = open(path, flags, 0600);
    if (file < 0) {
        file_error(err, errno == EEXIST ? ERROR_CONFLICT : ERROR_INVALID, path);
        return NULL;
    }
    struct obctl_cast *cast = memory_new(sizeof *cast);
    cast->path = memory_string(slice_of_string(path));
    cast->file = file;
    cast->began_ns = clock_monotonic_ns();
    buffer_init(&cast->line, LINE_LIMIT);
    redir_asciicast_put_head(&cast->line, head);
    flush(cast);
    return cast;
}

void obctl_cast_put(struct obctl_cast *cast, enum redir_asciicast_kind kind, struct slice text)
{
    struct redir_asciicast_event event = {
        .at_us = (clock_monotonic_ns() - cast->began_ns) / 1000, .kind = (char)kind, .text = text};
    redir_asciicast_put_event(&cast->line, &event);
    flush(cast);
}

bool obctl_cast_close(struct obctl_cast *cast, struct error *err)
{
    bool ok = true;
    if (cast == NULL)
        return true;
    if (close(cast->file) != 0 && cast->failure == 0)
        cast->failure = errno;
    if (cast->failure != 0) {
        errno = cast->failure;
        (void)file_error(err, ERROR_INTERNAL, cast->path);
        ok = error_wrap(err, "the recording is not complete");
    }
    buffer_fini(&cast->line);
    free(cast->path);
    free(cast);
    return ok;
}
