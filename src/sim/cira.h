/*
 * Whom the machine calls, read from its model: the server and policies that were configured, and
 * whether environment detection says that the machine is outside (spec device-protocols 7.8). Pure.
 */
#ifndef SIM_CIRA_H
#define SIM_CIRA_H

#include "core/buffer.h"
#include "sim/device.h"

/* Slices are the model's, borrowed until its next change. */
struct sim_cira_plan {
    struct slice host; /* address or name */
    uint16_t port;
    struct slice name; /* that the server's certificate must have */
    struct slice user, password;
    uint32_t interval_s; /* of the periodic policy */
    uint32_t life_s;     /* of a tunnel; 0: as long as it holds */
};

/* True when the machine wants a tunnel now: it is set up, outside, and has a periodic policy, or
 * one for its user who asks for a call, with a server that it logs in to by password, which a
 * recorded configuration lacks. Policies for alerts wait for one. */
bool sim_cira_plan(const struct sim_device *device, struct sim_cira_plan *plan);

/* True when none of the home domains is the machine's; without home domains it is at home. */
bool sim_cira_is_outside(const struct sim_device *device);

/* Appends the trusted roots of the certificate store as PEM; returns how many there are. */
size_t sim_cira_put_roots(const struct sim_device *device, struct buffer *pem);

#endif
