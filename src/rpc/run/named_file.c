#include "rpc/run/named_file.h"

#include "core/file.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/ready.h"
#include "rpc/run/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_S 60

struct rpc_read_pipe {
    struct rpc_read_pipe *next;
    const char *path;
    struct slice content; /* in the run's arena, which is wiped */
};

struct bytes {
    uint8_t *data; /* room for one more than `limit` */
    size_t size, limit;
};

/* Waits before it reads: a pipe that nobody has opened for writing yet looks like one at its end.
 */
static bool read_ready(int fd, struct io_ready *ready, const char *path, struct bytes *bytes,
                       struct error *err)
{
    while (bytes->size <= bytes->limit) {
        if (!io_ready_wait(ready, IO_READABLE, IO_FOREVER, err))
            return false;
        ssize_t count = read(fd, bytes->data + bytes->size, bytes->limit + 1 - bytes->size);
        if (count == 0)
            return true;
        if (count > 0)
            bytes->size += (size_t)count;
        else if (errno != EAGAIN && errno != EINTR)
            return file_error(err, ERROR_INVALID, path);
    }
    errno = EFBIG;
    return file_error(err, ERROR_INVALID, path);
}

static bool read_pipe(struct rpc *rpc, int fd, const char *path, size_t limit,
                      struct slice *content, struct error *err)
{
    struct bytes bytes = {arena_alloc(&rpc->arena, limit + 1), 0, limit};
    struct io_ready *ready = io_ready_new(fd, err);
    if (ready == NULL)
        return false;
    struct error why;
    uint64_t outer = io_deadline_within((uint64_t)WAIT_S * 1000);
    bool ok = read_ready(fd, ready, path, &bytes, &why);
    io_deadline_restore(outer);
    io_ready_free(ready);
    *content = slice_of(bytes.data, bytes.size);
    if (ok)
        return true;
    if (why.code == ERROR_TIMEOUT)
        return error_set(err, ERROR_TIMEOUT, "%.120s: whoever writes to it has not ended in %d s",
                         path, WAIT_S);
    if (why.code == ERROR_CANCELLED)
        return error_set(err, ERROR_CANCELLED, "%.120s: it was not waited for any longer", path);
    return error_set(err, why.code, "%s", why.text);
}

static struct rpc_read_pipe *find_read(const struct rpc *rpc, const char *path)
{
    struct rpc_read_pipe *pipe = rpc->pipes;
    while (pipe != NULL && strcmp(pipe->path, path) != 0)
        pipe = pipe->next;
    return pipe;
}

static void remember(struct rpc *rpc, const char *path, struct slice content)
{
    struct rpc_read_pipe *pipe = arena_alloc(&rpc->arena, sizeof *pipe);
    *pipe = (struct rpc_read_pipe){rpc->pipes, arena_string(&rpc->arena, slice_of_string(path)),
                                   content};
    rpc->pipes = pipe;
}

bool rpc_named_file_load(struct rpc *rpc, const char *path, size_t limit, struct slice *content,
                         struct error *err)
{
    struct stat status;
    const struct rpc_read_pipe *before = find_read(rpc, path);
    if (before != NULL && before->content.size <= limit) {
        *content = before->content;
        return true;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return file_error(err, ERROR_INVALID, path);
    bool ok;
    if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode)) {
        ok = read_pipe(rpc, fd, path, limit, content, err);
        if (ok)
            remember(rpc, path, *content);
    } else {
        ok = file_read(&rpc->arena, fd, limit, content) || file_error(err, ERROR_INVALID, path);
    }
    (void)close(fd);
    return ok;
}
