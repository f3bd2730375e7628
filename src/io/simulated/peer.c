#include "core/memory.h"
#include "io/simulated/world.h"

#include <stdlib.h>

/* What a peer holds at most; a test that passes it is wrong. */
#define PIPE_LIMIT ((size_t)256 * 1024 * 1024)

struct io_simulated_peer {
    struct list link;          /* in the world */
    struct io_address address; /* that it answers; used while `wire` is NULL */
    struct wire *wire;
    unsigned end;
    size_t piece; /* for the pipe, once there is one */
    bool stalled;
};

struct swallowed {
    struct list link;
    struct io_address address;
};

struct wire *wire_new(void)
{
    struct wire *wire = memory_new(sizeof *wire);
    for (size_t i = 0; i < 2; i++) {
        buffer_init(&wire->ways[i].bytes, PIPE_LIMIT);
        wire->ways[i].room = PIPE_LIMIT;
    }
    wire->ends = 2;
    return wire;
}

void wire_release(struct wire *wire)
{
    if (--wire->ends > 0)
        return;
    buffer_fini(&wire->ways[0].bytes);
    buffer_fini(&wire->ways[1].bytes);
    free(wire);
}

size_t pipe_room(const struct pipe *pipe, size_t size)
{
    size_t used = buffer_size(&pipe->bytes);
    size_t room = pipe->stalled || used >= pipe->room ? 0 : pipe->room - used;
    return size < room ? size : room;
}

static struct io_simulated_peer *new_peer(struct world *world)
{
    struct io_simulated_peer *peer = memory_new(sizeof *peer);
    list_append(&world->peers, &peer->link);
    return peer;
}

static struct pipe *to_us(const struct io_simulated_peer *peer)
{
    return &peer->wire->ways[1 - peer->end];
}

static struct pipe *to_peer(const struct io_simulated_peer *peer)
{
    return &peer->wire->ways[peer->end];
}

static void attach(struct io_simulated_peer *peer, struct wire *wire, unsigned end)
{
    peer->wire = wire;
    peer->end = end;
    to_us(peer)->piece = peer->piece;
    to_peer(peer)->stalled = peer->stalled;
}

struct io_simulated_peer *io_simulated_dial(const struct io_address *address)
{
    struct world *world = world_current();
    struct wire *wire = wire_new();
    struct io_address from = sim_next_caller(world);
    if (!sim_listener_call(world, address, wire, 0, &from)) {
        wire->ends = 1;
        wire_release(wire);
        return NULL;
    }
    struct io_simulated_peer *peer = new_peer(world);
    attach(peer, wire, 1);
    return peer;
}

struct io_simulated_peer *io_simulated_answer(const struct io_address *address)
{
    struct io_simulated_peer *peer = new_peer(world_current());
    peer->address = *address;
    return peer;
}

bool sim_peer_answer(struct world *world, const struct io_address *address, struct wire *wire)
{
    for (struct list *at = world->peers.next; at != &world->peers; at = at->next) {
        struct io_simulated_peer *peer = LIST_ENTRY(at, struct io_simulated_peer, link);
        if (peer->wire == NULL && sim_address_equal(&peer->address, address)) {
            attach(peer, wire, 1);
            return true;
        }
    }
    return false;
}

bool io_simulated_is_connected(const struct io_simulated_peer *peer)
{
    return peer->wire != NULL;
}

void io_simulated_swallow(const struct io_address *address)
{
    struct swallowed *swallowed = memory_new(sizeof *swallowed);
    swallowed->address = *address;
    list_append(&world_current()->swallowed, &swallowed->link);
}

bool sim_is_swallowed(struct world *world, const struct io_address *address)
{
    for (struct list *at = world->swallowed.next; at != &world->swallowed; at = at->next) {
        if (sim_address_equal(&LIST_ENTRY(at, struct swallowed, link)->address, address))
            return true;
    }
    return false;
}

void sim_peers_free(struct world *world)
{
    while (!list_is_empty(&world->peers)) {
        struct io_simulated_peer *peer =
            LIST_ENTRY(world->peers.next, struct io_simulated_peer, link);
        list_remove(&peer->link);
        if (peer->wire != NULL)
            wire_release(peer->wire);
        free(peer);
    }
    while (!list_is_empty(&world->swallowed)) {
        struct swallowed *swallowed = LIST_ENTRY(world->swallowed.next, struct swallowed, link);
        list_remove(&swallowed->link);
        free(swallowed);
    }
}

static void need_wire(const struct io_simulated_peer *peer)
{
    if (peer->wire == NULL)
        scheduler_misuse("a simulated peer acts before anybody has connected to it");
}

void io_simulated_send(struct io_simulated_peer *peer, struct slice bytes)
{
    need_wire(peer);
    buffer_put(&to_us(peer)->bytes, bytes);
}

void io_simulated_split(struct io_simulated_peer *peer, size_t size)
{
    peer->piece = size;
    if (peer->wire != NULL)
        to_us(peer)->piece = size;
}

struct slice io_simulated_received(const struct io_simulated_peer *peer)
{
    return peer->wire == NULL ? slice_of(NULL, 0) : buffer_slice(&to_peer(peer)->bytes);
}

void io_simulated_take(struct io_simulated_peer *peer, size_t size)
{
    need_wire(peer);
    buffer_consume(&to_peer(peer)->bytes, size);
}

void io_simulated_stall(struct io_simulated_peer *peer, bool stalled)
{
    peer->stalled = stalled;
    if (peer->wire != NULL)
        to_peer(peer)->stalled = stalled;
}

void io_simulated_close(struct io_simulated_peer *peer)
{
    need_wire(peer);
    to_us(peer)->ended = true;
}

void io_simulated_reset(struct io_simulated_peer *peer)
{
    need_wire(peer);
    to_us(peer)->reset = true;
}

enum io_simulated_end io_simulated_end(const struct io_simulated_peer *peer)
{
    need_wire(peer);
    if (to_peer(peer)->reset)
        return IO_SIMULATED_RESET;
    return to_peer(peer)->ended ? IO_SIMULATED_CLOSED : IO_SIMULATED_OPEN;
}
