/*
 * A simulated machine on the network: dials the server, completes TLS, feeds the machine, and
 * loses the connection again. Everything happens on one loop; only dialling takes a fiber, an
 * established tunnel costs its record and its TLS state.
 *
 *   IDLE --sim_tunnel_dial--> DIALLING --TLS is up--> LOGIN --ready--> UP
 *   LOGIN, UP --sim_tunnel_hang_up, session over--> CLOSING
 *   DIALLING, LOGIN, UP, CLOSING --connection over--> IDLE, with the event `down`
 *
 * One APF message is one TLS record (spec device-protocols 1.2) unless a fault switch says
 * otherwise: messages that cannot be sent at once wait here, not in the connection's queue.
 */
#ifndef SIM_TUNNEL_H
#define SIM_TUNNEL_H

#include "core/list.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/timer.h"
#include "sim/enroll.h"
#include "sim/machine.h"

enum sim_tunnel_state {
    SIM_TUNNEL_IDLE,
    SIM_TUNNEL_DIALLING,
    SIM_TUNNEL_LOGIN,
    SIM_TUNNEL_UP,
    SIM_TUNNEL_CLOSING
};

struct sim_tunnel;

/* What all tunnels of one loop share; borrowed. */
struct sim_tunnel_line {
    const struct sim_options *options;
    struct io_address server;
    const char *server_name; /* NULL: the certificate is not checked */
    struct io_tls *tls;
    struct sim_tls_keys *keys; /* of the devices' own TLS, inside the tunnel */
    void (*up)(struct sim_tunnel *tunnel);
    /* `was_up`: the login had been complete; `end`: how the session ended, if by APF. */
    void (*down)(struct sim_tunnel *tunnel, bool was_up, enum sim_apf_end end);
    void (*round_trip)(struct sim_tunnel *tunnel, uint64_t us);
    /* The machine has done something, or time has passed for it; NULL allowed. */
    void (*settled)(struct sim_tunnel *tunnel);
    /* Nobody could be reached, or not as the one that was called; NULL allowed. `down` follows. */
    void (*failed)(struct sim_tunnel *tunnel, const struct error *why);
    /* On the fiber that dials, before it connects: says where to, and as whom. NULL: that is known.
     */
    bool (*prepare)(struct sim_tunnel *tunnel, struct error *err);
};

struct sim_tunnel {
    struct sim_machine machine;
    const struct sim_tunnel_line *line;
    void *owner; /* of the line's events */
    enum sim_tunnel_state state;
    uint32_t number;
    struct io_conn *conn;
    struct io_task dial;
    struct io_timer timer;      /* the machine's; or the login's time limit */
    struct io_timer held_timer; /* sends what a fault switch holds back */
    struct buffer backlog;      /* messages, each after its length, that the socket did not take */
    struct buffer held;
    enum sim_apf_end end;
    bool closing; /* end the connection once the call in progress is over */
    bool cut;     /* … without a goodbye */
    bool link_was_reset;
    bool dead;   /* the connection takes nothing any more */
    bool was_up; /* the login of this connection has been complete */
    uint64_t dialled_us;
    uint64_t login_until_ms;
    char user[SIM_USER_SIZE];
    char password[SIM_PASSWORD_SIZE];
    char host_name[48];

    /* The owner's: */
    struct list link;
    struct io_timer redial;
    uint32_t failures; /* in a row */
    bool seen_up;
};

void sim_tunnel_init(struct sim_tunnel *tunnel, const struct sim_tunnel_line *line,
                     const struct sim_identity *identity, uint32_t number, void *owner);

/* Must be IDLE, and its loop must run: the machine's timer may be set, connected or not. */
void sim_tunnel_fini(struct sim_tunnel *tunnel);

/* Dials. Must be IDLE. False when no fiber can be had. */
bool sim_tunnel_dial(struct sim_tunnel *tunnel, struct error *err);

/* Ends the connection, with TLS's goodbye unless `cut`; `down` follows. No effect when IDLE. */
void sim_tunnel_hang_up(struct sim_tunnel *tunnel, bool cut);

/* Something else was done to the machine: its next alarm may be another. */
void sim_tunnel_wake(struct sim_tunnel *tunnel);

/* True when nothing of it is left on the loop: it can be dialled or freed. */
bool sim_tunnel_is_idle(const struct sim_tunnel *tunnel);

/* Sends a keep-alive now, unless one is under way. */
void sim_tunnel_ping(struct sim_tunnel *tunnel);

#endif
