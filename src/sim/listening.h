/*
 * The TCP ports of one machine, on its network or, as LMS has them, on the machine itself, and the
 * connections that come there. A machine serves a few HTTP connections at once, as firmware does;
 * later ones are accepted and wait. On the thread of its loop.
 *
 * Life cycle: init → open and close ports … → stop → over.
 */
#ifndef SIM_LISTENING_H
#define SIM_LISTENING_H

#include "core/list.h"
#include "io/conn.h"
#include "sim/options.h"
#include "sim/service.h"

#define SIM_LISTENING_PORTS 4 /* 16992 to 16995 */

/* The side of the machine that connections come from. */
enum sim_listening_side {
    SIM_LISTENING_NETWORK,
    SIM_LISTENING_LOCAL,
    SIM_LISTENING_EITHER, /* local until the machine is set up */
};

/* What becomes of a connection. */
enum sim_listening_manner {
    SIM_LISTENING_SERVES,
    SIM_LISTENING_MUTE,     /* it is accepted, and nothing is ever said */
    SIM_LISTENING_HANGS_UP, /* it is cut at once */
    SIM_LISTENING_TALKS,    /* it hears plain HTTP, whatever it is */
};

struct sim_listening;

struct sim_listening_port {
    struct sim_listening *listening;
    struct io_listener *listener; /* NULL: closed */
    uint16_t number;              /* of the firmware, whatever the real one is */
};

struct sim_listening {
    const struct sim_options *options;
    struct sim_service_host *host;
    enum sim_listening_side side;
    /* A connection has changed the model, or may have. */
    void (*settled)(void *owner);
    /* NULL: all are served. */
    enum sim_listening_manner (*manner)(void *owner, uint16_t port);
    void *owner;
    struct sim_listening_port ports[SIM_LISTENING_PORTS];
    struct list waiting; /* connections without a service yet */
    struct list serving;
    uint32_t sessions; /* HTTP connections being served */
    bool stopping;
};

/* All pointers are borrowed. */
void sim_listening_init(struct sim_listening *listening, const struct sim_options *options,
                        struct sim_service_host *host, enum sim_listening_side side,
                        void (*settled)(void *owner), void *owner);

/* The port 16992 + index, which listens at this address. False with `err`. */
bool sim_listening_open(struct sim_listening *listening, unsigned index,
                        const struct io_address *address, struct error *err);

/* Takes no more connections there. */
void sim_listening_close(struct sim_listening *listening, unsigned index);

/* Something may have begun, or another connection's session may have ended: sets alarms anew. */
void sim_listening_schedule(struct sim_listening *listening);

/* Closes all ports and cuts all connections. */
void sim_listening_stop(struct sim_listening *listening);

/* True when nothing of it is on the loop any more, after the stop. */
bool sim_listening_is_over(const struct sim_listening *listening);

#endif
