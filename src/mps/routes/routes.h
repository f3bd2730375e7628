/*
 * The REST interface of the presence server: /api/v1 and the operators' paths beside it. The table
 * of routes is generated from api/openapi.yaml; the handlers are in this folder, one file per
 * group. They run on fibers of any loop. What they work on hangs at exchange->context.
 */
#ifndef MPS_ROUTES_ROUTES_H
#define MPS_ROUTES_ROUTES_H

#include "core/guid.h"
#include "http/router.h"

#include <stdatomic.h>

struct access;
struct events;
struct mps;
struct store;

/* Made by the server before its listeners start; outlives them. */
struct mps_application {
    struct mps *mps;
    struct store *store;
    struct access *access;
    struct events *events;
    const char *version; /* of the program */
    struct slice ca_pem; /* root of the CIRA listener's certificate */
    bool metrics_open;   /* /metrics needs no token */
    atomic_bool ready;   /* all listeners are up, and the server isn't shutting down */
};

/* The router for the HTTP listeners of all loops: table, prefixes, token check. `application` must
 * outlive it. */
void mps_routes_router(struct http_router *router, struct mps_application *application);

/* The application behind an exchange. */
struct mps_application *routes_application(const struct http_exchange *exchange);

/* The tenant of whoever asks; "" by default. */
const char *routes_tenant(const struct http_exchange *exchange);

/* The path parameter guid. False when it is no GUID. */
bool routes_guid(const struct http_exchange *exchange, struct guid *guid);

/* Checks the bearer token. Sets exchange->identity, or answers 401 and returns false. */
bool routes_authorize(struct http_exchange *exchange);

#endif
