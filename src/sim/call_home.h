/*
 * A machine that calls the server which it was configured with, for as long as its model wants that
 * (cira.h): it trusts the roots that were installed, logs in as it was told, and dials again at its
 * policy's interval. On the thread of its loop.
 *
 *   AT HOME --the model wants a tunnel--> dials … is connected --the connection is lost--> waits
 *   --the interval--> dials;  any --the model wants none--> hangs up, AT HOME
 */
#ifndef SIM_CALL_HOME_H
#define SIM_CALL_HOME_H

#include "io/resolve.h"
#include "sim/tunnel.h"

struct sim_call_home;

struct sim_call_home_events {
    /* The model may have changed, or time has passed for it; NULL allowed. */
    void (*settled)(struct sim_call_home *home);
    /* The tunnel is up, or is not any more; NULL allowed. */
    void (*connected)(struct sim_call_home *home, bool up);
    /* A call did not get through, for another reason than the last time; NULL allowed. */
    void (*failed)(struct sim_call_home *home, const struct error *why);
};

struct sim_call_home {
    struct sim_tunnel tunnel; /* with the machine */
    struct sim_tunnel_line line;
    struct io_resolver *resolver; /* borrowed */
    const struct sim_call_home_events *events;
    void *owner;
    char name[256];
    struct io_timer redial, life;
    uint32_t failures; /* in a row */
    char why[256];     /* of the last one */
    bool wants;        /* as the model said last */
    bool stopped;
    bool checking;
};

/* All pointers are borrowed; on the loop. */
void sim_call_home_init(struct sim_call_home *home, const struct sim_options *options,
                        const struct sim_identity *identity, uint32_t number,
                        struct sim_tls_keys *keys, struct io_resolver *resolver,
                        const struct sim_call_home_events *events, void *owner);

/* Looks at the model again and does what it wants. Call after every request. */
void sim_call_home_check(struct sim_call_home *home);

/* Hangs up and dials no more. */
void sim_call_home_stop(struct sim_call_home *home, bool cut);

/* True when nothing of it is on the loop any more. */
bool sim_call_home_is_over(const struct sim_call_home *home);

/* After it is over. */
void sim_call_home_fini(struct sim_call_home *home);

#endif
