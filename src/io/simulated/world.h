/* The simulated world inside. Private to this folder. */
#ifndef IO_SIMULATED_WORLD_H
#define IO_SIMULATED_WORLD_H

#include "core/buffer.h"
#include "core/list.h"
#include "io/conn.h"
#include "io/scheduler.h"
#include "io/simulated.h"

struct world {
    uint64_t now;
    struct list loops;
    struct list listeners;
    struct list peers;
    struct list swallowed; /* addresses that do not answer */
    uint16_t next_port;
};

struct io_loop {
    struct scheduler scheduler; /* first: scheduler_current relies on it */
    struct list link;           /* in the world */
    struct world *world;
    struct io_message *inbox; /* oldest first */
    struct io_message **inbox_end;
    struct list conns; /* in the order they were made */
    bool stopping;
    uint8_t *scratch;
};

/* Bytes on their way from one end of a connection to the other. */
struct pipe {
    struct buffer bytes;
    size_t room;  /* most bytes that are on their way at once; the rest waits at the sender */
    size_t piece; /* most bytes that arrive at once */
    bool stalled; /* the receiver does not read */
    bool ended;   /* the sender sends no more */
    bool reset;   /* the sender broke off */
};

/* A connection between two ends, each a struct io_conn or a peer; end i receives from ways[i]. */
struct wire {
    struct pipe ways[2];
    unsigned ends; /* that still hold it */
};

struct wire *wire_new(void);
void wire_release(struct wire *wire);

/* How many of `size` bytes the pipe takes now. */
size_t pipe_room(const struct pipe *pipe, size_t size);

/* A connection of `loop` on end `end` of the wire. */
struct io_conn *sim_conn_new(struct io_loop *loop, struct wire *wire, unsigned end,
                             const struct io_address *peer, struct io_listener *listener);

/* Lets each connection of the loop do what it can. True when one did something. */
bool sim_conns_turn(struct io_loop *loop);

/* Ends every connection of the loop. */
void sim_conns_abort(struct io_loop *loop);

/* Accepts on the listeners of the loop. True when there was something to accept. */
bool sim_listeners_turn(struct io_loop *loop);

/* The end `end` of a wire calls a listener at that address. False when there is none. */
bool sim_listener_call(struct world *world, const struct io_address *address, struct wire *wire,
                       unsigned end, const struct io_address *from);

/* A connection of the listener is gone. */
void sim_listener_forget(struct io_listener *listener);

/* Connects a waiting peer to end 1 of the wire. False when none waits for that address. */
bool sim_peer_answer(struct world *world, const struct io_address *address, struct wire *wire);
bool sim_is_swallowed(struct world *world, const struct io_address *address);
void sim_peers_free(struct world *world);

/* The address of the next caller. */
struct io_address sim_next_caller(struct world *world);

bool sim_address_equal(const struct io_address *a, const struct io_address *b);

/* The world of this thread; made when there is none. */
struct world *world_current(void);

#endif
