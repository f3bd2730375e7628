/*
 * The ME's client LME: one APF session (lme_device.h) whose channels lead to the machine's local
 * doors, and what it does wrong on demand. Time is an argument; what leaves goes through `send`,
 * one message of the ME each. Life cycle: init at the connect → feed, tick, settle … → fini.
 */
#ifndef SIM_MEI_LME_H
#define SIM_MEI_LME_H

#include "http/parse.h"
#include "sim/alerts.h"
#include "sim/lme_device.h"
#include "sim/mei_fault.h"
#include "sim/service.h"

struct sim_mei_lme;

struct sim_mei_lme_channel {
    struct sim_mei_lme *lme;
    struct sim_service *service; /* NULL while the channel is closed */
    bool failed;                 /* it took nothing more */
    uint64_t close_ms; /* when it is to be closed; UINT64_MAX: that is not known, or … */
    bool closes;       /* … it is, once everything is sent */
};

struct sim_mei_lme {
    struct sim_lme session;
    struct sim_service_host *host;
    struct sim_mei_faults *faults;
    void (*send)(void *owner, struct slice message);
    void *owner;
    struct sim_mei_lme_channel channels[SIM_APF_CHANNELS];
    uint64_t now_ms;  /* of the call in progress */
    uint64_t held_ms; /* forwards are held back until then; UINT64_MAX: they are not */
    bool drops;       /* the session begins anew once the call is over */
    struct sim_alerts *alerts;
    struct http_parser *alert_answer; /* NULL: no alert is on its way */
    unsigned alert_channel;
    uint64_t alert_again_ms; /* none is sent before that */
    struct buffer out;       /* half of what is sent together */
    bool out_waits;
};

/* All pointers are borrowed. `alerts` go to the host as long as the session lasts. */
void sim_mei_lme_init(struct sim_mei_lme *lme, struct sim_service_host *host,
                      struct sim_mei_faults *faults, struct sim_alerts *alerts,
                      void (*send)(void *owner, struct slice message), void *owner,
                      uint64_t now_ms);
void sim_mei_lme_fini(struct sim_mei_lme *lme);

/* Takes one message of the host. */
void sim_mei_lme_feed(struct sim_mei_lme *lme, struct slice message, uint64_t now_ms);

/* Sends what has become due. */
void sim_mei_lme_tick(struct sim_mei_lme *lme, uint64_t now_ms);

/* Milliseconds at which sim_mei_lme_tick wants to be called; UINT64_MAX: never. */
uint64_t sim_mei_lme_due(const struct sim_mei_lme *lme);

/* The machine's doors may be others. */
void sim_mei_lme_settle(struct sim_mei_lme *lme, uint64_t now_ms);

#endif
