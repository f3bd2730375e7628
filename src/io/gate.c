#include "io/fiber.h"
#include "io/scheduler.h"

/* One fiber in the queue; lives on its stack. */
struct gate_waiter {
    struct list link;
    struct io_wait admitted;
};

void io_gate_init(struct io_gate *gate, uint32_t places, uint32_t queue_limit)
{
    *gate = (struct io_gate){.free = places, .queue_limit = queue_limit};
    list_init(&gate->waiters);
}

bool io_gate_enter(struct io_gate *gate, struct error *err)
{
    if (gate->free > 0) {
        gate->free--;
        return true;
    }
    if (gate->queued >= gate->queue_limit)
        return error_set(err, ERROR_BUSY, "%u requests wait already, the limit", gate->queued);
    struct gate_waiter waiter = {{NULL, NULL}, {NULL, false}};
    list_append(&gate->waiters, &waiter.link);
    gate->queued++;
    /* The place is handed over with the signal, so a signal that raced with the time limit or the
     * cancellation must win over them; io_wait_for sees to that. */
    if (io_wait_for(&waiter.admitted, IO_FOREVER, err))
        return true;
    list_remove(&waiter.link);
    gate->queued--;
    return false;
}

void io_gate_leave(struct io_gate *gate)
{
    if (list_is_empty(&gate->waiters)) {
        gate->free++;
        return;
    }
    struct gate_waiter *first = LIST_ENTRY(gate->waiters.next, struct gate_waiter, link);
    list_remove(&first->link);
    gate->queued--;
    io_signal(&first->admitted);
}
