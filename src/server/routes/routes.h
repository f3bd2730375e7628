/*
 * The REST interface as a whole: the table of routes, generated from api/, and what all of them
 * share: the token, the prefixes. Here are the handlers of the server itself (x-room: server;
 * declared in the generated handlers.h), whichever roles it has; the others are in their rooms,
 * each with its own context.
 */
#ifndef SERVER_ROUTES_ROUTES_H
#define SERVER_ROUTES_ROUTES_H

#include "http/router.h"
#include "server/routes/routes_generated.h"

#include <stdatomic.h>

struct access;
struct mps_application;
struct rps_application;
struct store;

/* Made before the listeners start; outlives them. */
struct server_application {
    struct store *store;
    struct access *access;
    const char *version;           /* of the program */
    bool metrics_open;             /* /metrics needs no token */
    atomic_bool ready;             /* all listeners are up, and the server isn't shutting down */
    void *contexts[ROUTES_GROUPS]; /* set by server_router_init */
};

/* The router for the HTTP listeners of all loops: table, prefixes, token check. All
 * applications must outlive it. */
void server_router_init(struct http_router *router, struct server_application *application,
                        struct mps_application *mps, struct rps_application *rps);

/* Leaves the router the routes of these roles and those of the server itself, in the arena. */
void server_router_restrict(struct http_router *router, struct arena *arena, bool mps, bool rps);

/* The router for the listener of provisioning alone, made of the other: it has no routes but those
 * under /api/v1/admin, in the arena. `open` asks for no token, and whoever asks is of the default
 * tenant. */
void server_router_init_rps(struct http_router *router, const struct http_router *whole,
                            struct arena *arena, bool open);

/* Checks the bearer token. Sets exchange->identity, or answers 401 and returns false. `context` is
 * the application. */
bool server_authorize(struct http_exchange *exchange, void *context);

/* The request's bearer token; empty when it has none. */
struct slice server_token(const struct http_exchange *exchange);

#endif
