/*
 * The REST interface of provisioning: the handlers of api/ that are in this room (x-room: rps;
 * declared in the generated handlers.h), one file per group. They run on fibers of any loop. The
 * server (server/routes) has the table that leads to them; what they work on hangs at
 * exchange->context.
 */
#ifndef RPS_ROUTES_ROUTES_H
#define RPS_ROUTES_ROUTES_H

#include "http/exchange.h"

struct access;
struct events;
struct http_route;
struct io_pool;
struct rps;
struct store;

/* Made by the server before its listeners start; outlives them. */
struct rps_application {
    struct rps *rps;
    struct access *access;
    struct store *store;
    struct events *events;
    struct io_pool *workers; /* for keys and certificates */
    const char *version;     /* of the program */
    struct slice ca_pem;     /* the server's own CA … */
    struct slice cira_pem;   /* … and what devices see that call in here; empty: none do */
    /* The table of all routes, whose rules an import goes by. */
    const struct http_route *routes;
    size_t route_count;
};

/* The application behind an exchange. */
struct rps_application *rps_application_of(const struct http_exchange *exchange);

/* The tenant of whoever asks; "" by default. */
const char *rps_tenant(const struct http_exchange *exchange);

#endif
