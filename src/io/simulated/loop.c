#include "io/loop.h"

#include "core/memory.h"
#include "io/simulated/world.h"

#include <stdlib.h>

static _Thread_local struct world *world;

struct world *world_current(void)
{
    if (world == NULL) {
        world = memory_new(sizeof *world);
        world->now = IO_SIMULATED_EPOCH;
        list_init(&world->loops);
        list_init(&world->listeners);
        list_init(&world->peers);
        list_init(&world->swallowed);
    }
    return world;
}

uint64_t io_now(void)
{
    return world_current()->now;
}

struct io_loop *io_loop_new(struct error *err)
{
    (void)err;
    struct io_loop *loop = memory_new(sizeof *loop);
    loop->world = world_current();
    scheduler_init(&loop->scheduler);
    list_init(&loop->conns);
    loop->inbox_end = &loop->inbox;
    loop->scratch = memory_new((size_t)64 * 1024);
    list_append(&loop->world->loops, &loop->link);
    return loop;
}

void io_post(struct io_loop *loop, struct io_message *message)
{
    message->next = NULL;
    *loop->inbox_end = message;
    loop->inbox_end = &message->next;
}

void io_loop_stop(struct io_loop *loop)
{
    loop->stopping = true;
}

static bool run_inbox(struct io_loop *loop)
{
    struct io_message *message = loop->inbox;
    bool any = message != NULL;
    loop->inbox = NULL;
    loop->inbox_end = &loop->inbox;
    while (message != NULL) {
        struct io_message *next = message->next;
        message->run(message);
        message = next;
    }
    return any;
}

/* One turn. True when something happened. */
static bool turn(struct io_loop *loop)
{
    struct io_loop *previous = scheduler_enter(loop);
    bool busy = run_inbox(loop);
    busy = scheduler_next(&loop->scheduler) <= loop->world->now || busy;
    scheduler_fire(&loop->scheduler);
    busy = sim_listeners_turn(loop) || busy;
    busy = sim_conns_turn(loop) || busy;
    busy = scheduler_is_ready(&loop->scheduler) || busy;
    scheduler_resume(&loop->scheduler);
    (void)scheduler_enter(previous);
    return busy;
}

static bool turn_all(struct world *all)
{
    bool busy = false;
    for (struct list *at = all->loops.next; at != &all->loops; at = at->next)
        busy = turn(LIST_ENTRY(at, struct io_loop, link)) || busy;
    return busy;
}

static uint64_t next_timer(const struct world *all)
{
    uint64_t next = IO_FOREVER;
    for (struct list *at = all->loops.next; at != &all->loops; at = at->next) {
        uint64_t due = scheduler_next(&LIST_ENTRY(at, struct io_loop, link)->scheduler);
        next = due < next ? due : next;
    }
    return next;
}

void io_simulated_run(void)
{
    while (turn_all(world_current()))
        ;
}

void io_simulated_advance(uint64_t ms)
{
    struct world *all = world_current();
    uint64_t end = all->now + ms;
    io_simulated_run();
    while (next_timer(all) <= end) {
        all->now = next_timer(all);
        io_simulated_run();
    }
    all->now = end;
}

void io_loop_run(struct io_loop *loop)
{
    struct world *all = loop->world;
    while (!loop->stopping) {
        if (turn_all(all))
            continue;
        uint64_t next = next_timer(all);
        if (next == IO_FOREVER)
            scheduler_misuse("a simulated loop waits for something that never happens");
        all->now = next;
    }
    loop->stopping = false;
}

void io_loop_free(struct io_loop *loop)
{
    if (loop == NULL)
        return;
    struct io_loop *previous = scheduler_enter(loop);
    do
        sim_conns_abort(loop);
    while (turn_all(loop->world));
    (void)scheduler_enter(previous == loop ? NULL : previous);
    list_remove(&loop->link);
    scheduler_fini(&loop->scheduler);
    free(loop->scratch);
    free(loop);
    if (list_is_empty(&world->loops)) {
        sim_peers_free(world);
        free(world);
        world = NULL;
    }
}

struct io_loop *io_simulated_start(void)
{
    struct io_loop *loop = io_loop_new(NULL);
    (void)scheduler_enter(loop);
    return loop;
}

void io_simulated_stop(void)
{
    io_loop_free(io_loop_current());
}
