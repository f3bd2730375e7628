/*
 * The device's side of an APF session over the ME's interface: LME (spec rpc 3, device-protocols
 * 1.4). One MEI message is one APF message; nobody logs in. Written apart from mei/ and
 * apf/session.c on purpose, as their judge. Pure: messages in, messages out.
 *
 *   IDLE --PROTOCOLVERSION of the host--> (AUTH --SERVICE_ACCEPT--> LOGIN --52--> on older
 * firmware)
 *   --> SERVICE --SERVICE_ACCEPT pfwd--> READY
 *   any --DISCONNECT, violation--> IDLE
 *
 * In READY the forwards follow what is open: 16992 and 623, 16993 and 664, asked for one after the
 * other and taken back when a door closes; channels to what is not forwarded are refused.
 * sim_lme_restart begins anew by itself, as firmware does.
 */
#ifndef SIM_LME_DEVICE_H
#define SIM_LME_DEVICE_H

#include "sim/apf_pool.h"

#define SIM_LME_PORTS 4

enum sim_lme_state { SIM_LME_IDLE, SIM_LME_AUTH, SIM_LME_LOGIN, SIM_LME_SERVICE, SIM_LME_READY };

struct sim_lme_options {
    const char *host_name; /* borrowed: where the forwards are for */
    bool logs_in;          /* asks for the service auth first */
    uint32_t window;       /* of a channel */
};

struct sim_lme_events {
    struct sim_apf_pool_events pool;
    /* True when the machine answers on this port now. */
    bool (*listens)(void *owner, uint16_t port);
};

enum sim_lme_forward { SIM_LME_ABSENT, SIM_LME_ASKED, SIM_LME_FORWARDED, SIM_LME_WITHDRAWN };

struct sim_lme {
    struct sim_lme_options options;
    const struct sim_lme_events *events;
    void *owner;
    enum sim_lme_state state;
    uint8_t forwards[SIM_LME_PORTS]; /* enum sim_lme_forward */
    bool held;                       /* no forward is asked for, and those there are taken back */
    uint32_t oddities;
    struct sim_apf_pool pool;
};

/* `options` is copied; its pointers, `events` and `owner` are borrowed. */
void sim_lme_init(struct sim_lme *lme, const struct sim_lme_options *options,
                  const struct sim_lme_events *events, void *owner);
void sim_lme_fini(struct sim_lme *lme);

/* Takes one message of the host, which may hold several of APF. False when it broke the protocol:
 * the session is over then, and the next PROTOCOLVERSION begins another. */
bool sim_lme_feed(struct sim_lme *lme, struct slice message);

/* Doors may have opened or closed: brings the forwards up to date, one step per answer. */
void sim_lme_settle(struct sim_lme *lme);

/* True when all forwards are as the doors are. */
bool sim_lme_is_settled(const struct sim_lme *lme);

/* Ends all channels and begins with PROTOCOLVERSION again. */
void sim_lme_restart(struct sim_lme *lme);

#endif
