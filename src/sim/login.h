/*
 * Who talks to a device: the administrator or an entry of its access control list, proved by a
 * digest (spec device-protocols 2.2, 4.4). Passwords that are wrong end up in the device's logs. A
 * login leaves in device->caller what it may do. Pure; one owner.
 */
#ifndef SIM_LOGIN_H
#define SIM_LOGIN_H

#include "sim/authenticator.h"
#include "sim/device.h"

/* The value of the Authorization header of an HTTP request; `local`: by the local door, which is
 * the only one for the local account (provisioning.h). It sets the machine up, and reads a part of
 * what there is from then on. */
bool sim_login_http(struct sim_authenticator *authenticator, struct sim_device *device,
                    struct slice authorization, const char *method, bool local, uint64_t now_ms);

/* The same with the parts read already. A redirection session, unlike HTTP, may have no URI. */
bool sim_login_digest(struct sim_authenticator *authenticator, struct sim_device *device,
                      const struct http_digest_parts *parts, const char *method, uint64_t now_ms);

/* A name and a password as they are, which redirection of old firmware takes. */
bool sim_login_clear(struct sim_authenticator *authenticator, struct sim_device *device,
                     struct slice user, struct slice password, uint64_t now_ms);

/* Writes to the logs that passwords were wrong so many times. */
void sim_login_failed(struct sim_device *device, unsigned times, uint64_t now_ms);

#endif
