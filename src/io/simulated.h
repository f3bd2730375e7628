/*
 * The second implementation of this room, for scenario tests: the same loops, timers, fibers,
 * connections, calls and work, but the clock moves only when the test says so and the peers are
 * scripted. Everything happens on the test's thread in a fixed order, so a scenario runs the same
 * way each time. There is no TLS: settings are accepted and ignored.
 *
 * A test starts the world, opens what it tests, then takes turns: it lets peers do something
 * (which by itself runs nothing), runs the world until nothing is left to do, and looks at what
 * the peers received.
 *
 *     struct io_loop *loop = io_simulated_start();
 *     …io_listen(loop, …)…
 *     struct io_simulated_peer *device = io_simulated_dial(&address);
 *     io_simulated_send(device, SLICE_LITERAL("…"));
 *     io_simulated_run();
 *     …io_simulated_received(device)…
 *     io_simulated_advance(30000);
 *     …
 *     io_simulated_stop();
 *
 * Link io_simulated_dep before the rooms under test; it takes the place of io_dep.
 */
#ifndef IO_SIMULATED_H
#define IO_SIMULATED_H

#include "core/slice.h"
#include "io/conn.h"
#include "io/loop.h"

/* io_now when the world starts. */
#define IO_SIMULATED_EPOCH 1000000

/* Starts the world of this thread with one loop, which is current until io_simulated_stop, so the
 * test itself may use whatever needs a loop but does not wait. More loops come from io_loop_new;
 * they take turns with the first. */
struct io_loop *io_simulated_start(void);

/* Cuts the connections that are left, lets their owners hear of it, and frees the loop and the
 * peers. Listeners must be closed and fibers be able to finish. */
void io_simulated_stop(void);

/* Lets everything happen that can happen without the clock moving. */
void io_simulated_run(void);

/* Moves the clock by `ms`, from one timer to the next, letting everything happen in between. */
void io_simulated_advance(uint64_t ms);

/* --- peers ------------------------------------------------------------------------------------ */

/* The far end of one connection. Lives until io_simulated_stop. */
struct io_simulated_peer;

/* Calls a listener. NULL when nobody listens there. Peers call from 192.0.2.1, each from a port of
 * its own. */
struct io_simulated_peer *io_simulated_dial(const struct io_address *address);

/* Makes a peer that will answer the next io_connect to `address`. Without one, and without a
 * listener, io_connect is refused. */
struct io_simulated_peer *io_simulated_answer(const struct io_address *address);

/* Whether that has happened. */
bool io_simulated_is_connected(const struct io_simulated_peer *peer);

/* From now on io_connect to `address` hears nothing, as behind a firewall. */
void io_simulated_swallow(const struct io_address *address);

/* The peer sends; delivered when the world runs. Several sends without a run between them arrive
 * as one, as on a network, up to 64 KB at a time. */
void io_simulated_send(struct io_simulated_peer *peer, struct slice bytes);

/* From now on what the peer sends arrives in pieces of at most `size` bytes. */
void io_simulated_split(struct io_simulated_peer *peer, size_t size);

/* All that the peer has received and io_simulated_take has not removed. Borrowed until the world
 * runs. */
struct slice io_simulated_received(const struct io_simulated_peer *peer);
void io_simulated_take(struct io_simulated_peer *peer, size_t size);

/* The peer stops reading, so that what is sent to it stays in the connection's queue; or reads
 * on. */
void io_simulated_stall(struct io_simulated_peer *peer, bool stalled);

/* The peer sends no more (it still receives), or breaks the connection off. */
void io_simulated_close(struct io_simulated_peer *peer);
void io_simulated_reset(struct io_simulated_peer *peer);

/* What the peer sees of our end. */
enum io_simulated_end { IO_SIMULATED_OPEN, IO_SIMULATED_CLOSED, IO_SIMULATED_RESET };
enum io_simulated_end io_simulated_end(const struct io_simulated_peer *peer);

#endif
