#include "io/ready.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop_uv.h"

#include <stdlib.h>

struct io_ready {
    uv_poll_t poll;
    struct io_wait waits[2]; /* by enum io_readiness */
    bool wanted[2];          /* somebody waits */
};

static void watch(struct io_ready *ready);

/* One look at a descriptor wakes whoever waits; it is watched again when they wait again. An error
 * of the descriptor is everybody's. */
static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct io_ready *ready = poll->data;
    static const int bits[2] = {UV_READABLE | UV_DISCONNECT, UV_WRITABLE | UV_DISCONNECT};
    for (int what = IO_READABLE; what <= IO_WRITABLE; what++) {
        if (!ready->wanted[what] || (status == 0 && (events & bits[what]) == 0))
            continue;
        ready->wanted[what] = false;
        io_signal(&ready->waits[what]);
    }
    watch(ready);
}

static void watch(struct io_ready *ready)
{
    int events = (ready->wanted[IO_READABLE] ? UV_READABLE | UV_DISCONNECT : 0) |
                 (ready->wanted[IO_WRITABLE] ? UV_WRITABLE | UV_DISCONNECT : 0);
    if (events == 0)
        (void)uv_poll_stop(&ready->poll);
    else
        (void)uv_poll_start(&ready->poll, events, on_poll);
}

struct io_ready *io_ready_new(int fd, struct error *err)
{
    struct io_ready *ready = memory_new(sizeof *ready);
    struct io_loop *loop = (struct io_loop *)(void *)scheduler_current();
    int status = uv_poll_init(&loop->uv, &ready->poll, fd);
    if (status != 0) {
        free(ready);
        (void)error_set(err, ERROR_INTERNAL, "descriptor %d cannot be watched: %s", fd,
                        uv_strerror(status));
        return NULL;
    }
    ready->poll.data = ready;
    return ready;
}

bool io_ready_wait(struct io_ready *ready, enum io_readiness what, uint64_t timeout_ms,
                   struct error *err)
{
    ready->waits[what].signalled = false;
    ready->wanted[what] = true;
    watch(ready);
    bool became = io_wait_for(&ready->waits[what], timeout_ms, err);
    if (!became) {
        ready->wanted[what] = false;
        watch(ready);
    }
    return became;
}

static void on_close(uv_handle_t *handle)
{
    free(handle->data);
}

void io_ready_free(struct io_ready *ready)
{
    if (ready != NULL)
        uv_close((uv_handle_t *)&ready->poll, on_close);
}
