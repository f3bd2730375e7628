#include "io/call.h"

#include "io/fiber.h"
#include "io/loop.h"
#include "io/scheduler.h"

/* Most calls that run on one loop for others at a time. */
#define CALLS_LIMIT 10000

/*
 * One call. It lives on the caller's stack and is passed between the two loops by messages, so
 * only one of them touches a field at a time:
 *
 *   caller --message--> target: fn runs on a fiber --message--> caller
 *   caller --cancel---> target: that fiber is cancelled --cancel--> caller
 *
 * The caller returns only when everything that it sent has come back.
 */
struct call {
    struct io_message message; /* there and back; first field */
    struct io_message cancel;
    struct io_loop *caller;
    struct io_loop *target;
    void (*fn)(void *arg);
    void *arg;
    uint64_t left_ms;     /* of the caller's deadline */
    struct fiber *fiber;  /* target's */
    struct error refused; /* target's: why fn did not run */
    bool over;            /* caller's */
    bool cancelling;      /* caller's: `cancel` is on its way */
    struct io_wait news;  /* caller's */
};

static void call_returned(struct io_message *message)
{
    struct call *call = LIST_ENTRY(message, struct call, message);
    call->over = true;
    io_signal(&call->news);
}

static void cancel_returned(struct io_message *message)
{
    struct call *call = LIST_ENTRY(message, struct call, cancel);
    call->cancelling = false;
    io_signal(&call->news);
}

static void send_back(struct call *call)
{
    call->message.run = call_returned;
    io_post(call->caller, &call->message);
}

static void call_main(void *arg)
{
    struct call *call = arg;
    if (call->left_ms != IO_FOREVER)
        (void)io_deadline_within(call->left_ms);
    call->fn(call->arg);
    call->fiber = NULL;
    scheduler_current()->calls--;
    send_back(call);
}

static void call_arrived(struct io_message *message)
{
    struct call *call = LIST_ENTRY(message, struct call, message);
    struct scheduler *scheduler = scheduler_current();
    if (scheduler->calls >= CALLS_LIMIT)
        (void)error_set(&call->refused, ERROR_BUSY, "%u calls are in progress, the limit",
                        scheduler->calls);
    else if (fiber_start(call_main, call, NULL, &call->fiber, &call->refused))
        scheduler->calls++;
    if (call->refused.code != ERROR_NONE)
        send_back(call);
}

static void cancel_arrived(struct io_message *message)
{
    struct call *call = LIST_ENTRY(message, struct call, cancel);
    if (call->fiber != NULL)
        fiber_cancel(call->fiber);
    call->cancel.run = cancel_returned;
    io_post(call->caller, &call->cancel);
}

bool io_call(struct io_loop *target, void (*fn)(void *arg), void *arg, struct error *err)
{
    if (fiber_cancelled())
        return error_set(err, ERROR_CANCELLED, "cancelled");
    if (io_deadline_left() == 0)
        return error_set(err, ERROR_TIMEOUT, "the time limit passed");
    if (target == io_loop_current()) {
        fn(arg);
        return true;
    }
    struct call call = {.message = {.run = call_arrived},
                        .cancel = {.run = cancel_arrived},
                        .caller = io_loop_current(),
                        .target = target,
                        .fn = fn,
                        .arg = arg,
                        .left_ms = io_deadline_left()};
    io_post(target, &call.message);
    enum wait_kind kind = WAIT_CANCELLABLE;
    while (!call.over || call.cancelling) {
        if (fiber_wait(&call.news, kind, IO_FOREVER) == WAIT_CANCELLED) {
            kind = WAIT_CERTAIN;
            call.cancelling = true;
            io_post(target, &call.cancel);
        }
    }
    if (call.refused.code == ERROR_NONE)
        return true;
    if (err != NULL)
        *err = call.refused;
    return false;
}
