/*
 * What answers on one connection to one port of a device, whether it comes over the LAN or as a
 * channel of the tunnel: HTTP on 16992 and 623, redirection on 16994, and the same inside TLS on
 * 16993, 664 and 16995. Pure: bytes in, bytes out, time as an argument. Life cycle: new → feed and
 * tick → free.
 */
#ifndef SIM_SERVICE_H
#define SIM_SERVICE_H

#include "sim/redirection_server.h"
#include "sim/tls_server.h"
#include "sim/web.h"

/* What all connections to one device share. */
struct sim_service_host {
    struct sim_web_host web;
    struct sim_redirection_host redirection;
    struct sim_tls_identity tls;
};

struct sim_service_events {
    /* Bytes for the client: one write each, since some clients lose what follows a message. */
    void (*send)(void *owner, struct slice bytes);
    /* Bytes sent and still on their way; NULL: nobody counts them. Call tick when they get fewer.
     */
    size_t (*queued)(void *owner);
};

struct sim_service {
    struct sim_service_host *host;
    const struct sim_service_events *events;
    void *owner;
    struct sim_tls_link *tls; /* NULL on plain ports */
    bool redirects;           /* it is `redirection`, not `web` */
    struct sim_web web;
    struct sim_redirection redirection;
    bool finished; /* the connection is over once what was sent has gone */
};

/* Takes the device and its passwords, which are borrowed; `web` and `tls` are set up further by the
 * owner. */
void sim_service_host_init(struct sim_service_host *host, struct sim_device *device,
                           struct sim_authenticator *authenticator);

/* A connection to `port`; NULL when nobody listens there. The pointers are borrowed. */
struct sim_service *sim_service_new(struct sim_service_host *host, uint16_t port,
                                    const struct sim_service_events *events, void *owner,
                                    uint64_t now_ms);

/* The same for a program on the machine itself, by the local door. */
struct sim_service *sim_service_new_local(struct sim_service_host *host, uint16_t port,
                                          const struct sim_service_events *events, void *owner,
                                          uint64_t now_ms);

/* NULL is allowed. */
void sim_service_free(struct sim_service *service, uint64_t now_ms);

/* Takes bytes of the client and sends what can be answered now. */
void sim_service_feed(struct sim_service *service, struct slice bytes, uint64_t now_ms);

/* Sends what has become due. */
void sim_service_tick(struct sim_service *service, uint64_t now_ms);

/* Milliseconds at which sim_service_tick wants to be called; UINT64_MAX: never. Another connection
 * to the device can bring it forward. */
uint64_t sim_service_due(const struct sim_service *service);

#endif
