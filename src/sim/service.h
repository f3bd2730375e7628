/*
 * What answers on one connection to one port of a device, whether it comes over the LAN or as a
 * channel of the tunnel: HTTP on 16992 and 623, the same inside TLS on 16993 and 664. Pure: bytes
 * in, bytes out, time as an argument. Life cycle: new → feed and tick → free.
 */
#ifndef SIM_SERVICE_H
#define SIM_SERVICE_H

#include "sim/tls_server.h"
#include "sim/web.h"

#define SIM_SERVICE_OUT_LIMIT (1024 * 1024) /* of one call's `out` */

/* What all connections to one device share. */
struct sim_service_host {
    struct sim_web_host web;
    struct sim_tls_identity tls;
};

struct sim_service {
    struct sim_service_host *host;
    struct sim_tls_link *tls; /* NULL on plain ports */
    struct sim_web web;
    bool finished; /* the connection is over once what was put out is sent */
};

/* A connection to `port`; NULL when nobody listens there. `host` is borrowed. */
struct sim_service *sim_service_new(struct sim_service_host *host, uint16_t port);
void sim_service_free(struct sim_service *service);

/* Takes bytes of the client and appends to `out` what can be answered now. */
void sim_service_feed(struct sim_service *service, struct slice bytes, uint64_t now_ms,
                      struct buffer *out);

/* Appends what has become due. */
void sim_service_tick(struct sim_service *service, uint64_t now_ms, struct buffer *out);

/* Milliseconds at which sim_service_tick wants to be called; UINT64_MAX: never. */
uint64_t sim_service_due(const struct sim_service *service);

#endif
