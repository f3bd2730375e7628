#include "io/loop.h"

#include "core/memory.h"
#include "io/loop_uv.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define DESCRIPTORS \
    6 /* a loop's own: two of the signals, the poll's, one to wake it, and two to spare */
#define LAST_TURNS 8 /* for fibers that hear of the end to return */

static void run_inbox(uv_async_t *async)
{
    struct io_loop *loop = async->data;
    struct io_message *newest = atomic_exchange_explicit(&loop->inbox, NULL, memory_order_acquire);
    struct io_message *oldest = NULL;
    while (newest != NULL) {
        struct io_message *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest != NULL) {
        struct io_message *next = oldest->next;
        oldest->run(oldest);
        oldest = next;
    }
}

void io_post(struct io_loop *loop, struct io_message *message)
{
    struct io_message *newest = atomic_load_explicit(&loop->inbox, memory_order_relaxed);
    do
        message->next = newest;
    while (!atomic_compare_exchange_weak_explicit(&loop->inbox, &newest, message,
                                                  memory_order_release, memory_order_relaxed));
    if (newest == NULL)
        (void)uv_async_send(&loop->async);
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* its being active is all that counts */
}

static void on_timer(uv_timer_t *timer)
{
    struct io_loop *loop = timer->data;
    loop->timer_due = IO_FOREVER;
    scheduler_fire(&loop->scheduler);
}

static void arm_timer(struct io_loop *loop)
{
    uint64_t due = scheduler_next(&loop->scheduler);
    if (due == loop->timer_due)
        return;
    loop->timer_due = due;
    if (due == IO_FOREVER) {
        (void)uv_timer_stop(&loop->timer);
        return;
    }
    uint64_t now = uv_now(&loop->uv);
    (void)uv_timer_start(&loop->timer, on_timer, due > now ? due - now : 0, 0);
}

/* Before waiting for I/O: what the timers woke, and how long the wait may be. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct io_loop *loop = prepare->data;
    scheduler_resume(&loop->scheduler);
    arm_timer(loop);
    bool more = scheduler_is_ready(&loop->scheduler) || handshake_waits(loop);
    if (more)
        (void)uv_idle_start(&loop->idle, on_idle);
    else
        (void)uv_idle_stop(&loop->idle);
    if (atomic_load(&loop->stopping))
        uv_stop(&loop->uv);
}

/* After the I/O of established connections: the fibers it woke, then one heavy step. */
static void on_check(uv_check_t *check)
{
    struct io_loop *loop = check->data;
    scheduler_resume(&loop->scheduler);
    handshake_step(loop);
}

static bool open_library(struct io_loop *loop, struct error *err)
{
    loop->library = tls_library_new();
    if (loop->library == NULL || !tls_bio_init(&loop->tls_bio))
        return error_set(err, ERROR_INTERNAL, "OpenSSL's default provider cannot be loaded");
    return true;
}

static void close_library(struct io_loop *loop)
{
    tls_bio_fini(&loop->tls_bio);
    tls_library_release(loop->library);
}

/* libuv aborts where it cannot have the pipe of its signals, so that there must be room before. */
static int check_descriptors(void)
{
    int files[DESCRIPTORS];
    size_t count = 0;
    int status = 0;
    while (count < DESCRIPTORS && status == 0) {
        files[count] = eventfd(0, EFD_CLOEXEC);
        if (files[count] < 0)
            status = uv_translate_sys_error(errno);
        else
            count++;
    }
    while (count > 0)
        (void)close(files[--count]);
    return status;
}

static bool open_handles(struct io_loop *loop, struct error *err)
{
    int status = check_descriptors();
    if (status == 0)
        status = uv_loop_init(&loop->uv);
    if (status != 0)
        return error_set(err, ERROR_INTERNAL, "an event loop cannot be made: %s",
                         uv_strerror(status));
    status = uv_async_init(&loop->uv, &loop->async, run_inbox);
    if (status != 0) {
        (void)uv_loop_close(&loop->uv);
        return error_set(err, ERROR_INTERNAL, "an event loop cannot be made: %s",
                         uv_strerror(status));
    }
    (void)uv_prepare_init(&loop->uv, &loop->prepare);
    (void)uv_check_init(&loop->uv, &loop->check);
    (void)uv_idle_init(&loop->uv, &loop->idle);
    (void)uv_timer_init(&loop->uv, &loop->timer);
    loop->async.data = loop;
    loop->prepare.data = loop;
    loop->check.data = loop;
    loop->timer.data = loop;
    (void)uv_prepare_start(&loop->prepare, on_prepare);
    (void)uv_check_start(&loop->check, on_check);
    return true;
}

struct io_loop *io_loop_new(struct error *err)
{
    (void)signal(SIGPIPE,
                 SIG_IGN); /* a closed peer is an error of that write, not of the process */
    struct io_loop *loop = memory_new(sizeof *loop);
    if (!open_library(loop, err) || !open_handles(loop, err)) {
        close_library(loop);
        free(loop);
        return NULL;
    }
    scheduler_init(&loop->scheduler);
    list_init(&loop->heavy);
    list_init(&loop->turns);
    loop->timer_due = IO_FOREVER;
    loop->scratch = memory_new(READ_BUDGET);
    return loop;
}

void io_loop_free(struct io_loop *loop)
{
    if (loop == NULL)
        return;
    struct io_loop *previous = scheduler_enter(loop);
    for (int turn = 0; turn < LAST_TURNS; turn++) {
        conn_abort_all(loop);
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    }
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    uv_close((uv_handle_t *)&loop->check, NULL);
    uv_close((uv_handle_t *)&loop->idle, NULL);
    uv_close((uv_handle_t *)&loop->timer, NULL);
    uv_close((uv_handle_t *)&loop->async, NULL);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    if (uv_loop_close(&loop->uv) != 0)
        scheduler_misuse("a loop is freed while something is registered with it");
    scheduler_fini(&loop->scheduler);
    close_library(loop);
    free(loop->scratch);
    free(loop);
    (void)scheduler_enter(previous == loop ? NULL : previous);
}

void io_loop_run(struct io_loop *loop)
{
    struct io_loop *previous = scheduler_enter(loop);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    atomic_store(&loop->stopping, false);
    (void)scheduler_enter(previous);
}

void io_loop_stop(struct io_loop *loop)
{
    atomic_store(&loop->stopping, true);
    (void)uv_async_send(&loop->async);
}

uint64_t io_now(void)
{
    return uv_now(&((struct io_loop *)(void *)scheduler_current())->uv);
}
