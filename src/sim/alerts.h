/*
 * What the machine tells the programs on it: alerts, which the ME posts through LME (spec
 * device-protocols 1.4, 5.5). The firmware's own listener, "User Notification", is there without a
 * subscription and is the host's port 0; subscriptions to the machine itself, by http, follow it.
 * Alerts derive from what has changed in the model since the last look: AMT is set up, a user's
 * consent, a screen that somebody watches. Pure; one owner.
 *
 * What firmware sends of other events, and how it spreads alerts over connections, is not known.
 */
#ifndef SIM_ALERTS_H
#define SIM_ALERTS_H

#include "core/buffer.h"
#include "sim/device.h"

#define SIM_ALERTS_MOST    16
#define SIM_ALERTS_LIFE_MS 30000 /* what nobody takes until then is lost */

struct sim_alert {
    const char *id;
    char argument;
    uint32_t number;
    uint64_t raised_ms;
    uint64_t clock_s; /* the firmware's */
    unsigned told;    /* listeners that have it */
};

struct sim_alerts {
    const struct sim_device *device; /* borrowed */
    bool was_set_up, was_watched;
    uint8_t consent;
    uint32_t number;
    size_t count;
    struct sim_alert waiting[SIM_ALERTS_MOST]; /* oldest first */
};

/* Where one is to go. */
struct sim_alert_target {
    uint16_t port;      /* on the machine; 0: the firmware's own listener */
    struct slice path;  /* borrowed until the model changes */
    const char *filter; /* name of the indication's filter */
};

void sim_alerts_init(struct sim_alerts *alerts, const struct sim_device *device);

/* Looks what has changed. */
void sim_alerts_look(struct sim_alerts *alerts, uint64_t now_ms);

/* The oldest that waits, and whom it is for; NULL: none does. */
const struct sim_alert *sim_alerts_next(struct sim_alerts *alerts, uint64_t now_ms,
                                        struct sim_alert_target *target);

/* That listener has it. */
void sim_alerts_told(struct sim_alerts *alerts);

/* Appends the request that posts it. */
void sim_alert_put(const struct sim_alert *alert, const struct sim_alert_target *target,
                   struct buffer *out);

#endif
