/*
 * One whole simulated machine without its network: the model, what answers on its ports, and its
 * CIRA session. The model outlives connections; the session does not. Pure: bytes in, whole
 * messages out, time as an argument (microseconds of a steady clock), so that scenario tests,
 * fuzzers and the fleet drive the same code.
 *
 * Life cycle: init → (connect → feed and tick … → disconnect) any number of times → fini.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include "sim/apf_device.h"
#include "sim/options.h"
#include "sim/service.h"

struct sim_machine_events {
    /* One whole APF message for the server. */
    void (*send)(void *owner, struct slice message);
    /* The login is complete. */
    void (*ready)(void *owner);
    /* A keep-alive was answered; NULL allowed. */
    void (*round_trip)(void *owner, uint64_t us);
    /* The power changed in a way that resets the network link; NULL allowed. */
    void (*link_reset)(void *owner);
    /* The session is over: close the connection, then call sim_machine_disconnect. Called from
     * inside feed or tick, so do that afterwards. */
    void (*over)(void *owner, enum sim_apf_end end, uint32_t reason);
};

struct sim_machine_channel {
    struct sim_machine *machine;
    struct sim_service *service; /* NULL while the channel is closed */
    bool failed;                 /* it took nothing more */
};

struct sim_machine {
    struct sim_device device;
    struct sim_authenticator authenticator;
    struct sim_service_host host; /* of the services, in the tunnel and on the LAN */
    struct sim_apf_options options;
    struct sim_apf apf;
    struct sim_machine_channel channels[SIM_APF_CHANNELS];
    const struct sim_machine_events *events;
    void *owner;
    bool connected;
    uint64_t now_us; /* of the call in progress */
};

/* `options` is copied; its pointers, `events` and `owner` are borrowed for the machine's life. The
 * password of AMT's user "admin" is kept as a hash. A machine that never connects has no use for
 * `events`. */
void sim_machine_init(struct sim_machine *machine, const struct sim_personality *personality,
                      const struct sim_apf_options *options, uint32_t number,
                      struct slice amt_password, const struct sim_machine_events *events,
                      void *owner);

/* What the command line says of the machine's habits, and what it shows on its TLS ports, which
 * refuse without; `keys` are borrowed. */
void sim_machine_configure(struct sim_machine *machine, const struct sim_options *options,
                           struct sim_tls_keys *keys);

/* Of the local account (provisioning.h). */
void sim_machine_set_local_password(struct sim_machine *machine, const char *password);

void sim_machine_fini(struct sim_machine *machine);

/* The connection to the server is there: starts the login. */
void sim_machine_connect(struct sim_machine *machine, uint64_t now_us);

/* The connection is gone: forgets the session, keeps the model. */
void sim_machine_disconnect(struct sim_machine *machine);

void sim_machine_feed(struct sim_machine *machine, struct slice bytes, uint64_t now_us);
void sim_machine_tick(struct sim_machine *machine, uint64_t now_us);

/* Milliseconds at which sim_machine_tick wants to be called; UINT64_MAX: never. */
uint64_t sim_machine_due(const struct sim_machine *machine);

#endif
