/*
 * The provisioning server as this program runs it: made of the settings, and the ports of its own
 * that agents and the Enterprise Assistant may call (the toolkit's 8080 and 8082, any path, no
 * TLS). On the HTTPS port they have paths (api/paths/provisioning.yaml). Made before the loops,
 * freed after them; what is for a loop happens on its thread.
 */
#ifndef SERVER_AGENTS_H
#define SERVER_AGENTS_H

#include "http/router.h"
#include "http/server.h"
#include "rps/handover.h"
#include "rps/rps.h"
#include "server/settings.h"

enum agents_port { AGENTS_SOCKET, AGENTS_ASSISTANT, AGENTS_PORTS };

struct agents {
    const struct settings_values *settings;
    struct rps *rps;
    struct rps_handover *handover; /* owned */
    struct io_pool *work;          /* owned */
    struct http_route routes[AGENTS_PORTS];
    struct http_router routers[AGENTS_PORTS];
    struct io_address addresses[AGENTS_PORTS]; /* as set, then as the first loop got them */
};

/* Reads the files of the settings into the arena and makes the struct rps of settings and
 * `options`, of which the settings' part is filled in here, and what devices are handed over to:
 * --mps-server, or the store of the options and `mps`. Says once when agents are let in without a
 * token. */
bool agents_make(struct agents *agents, struct arena *arena, const struct settings_values *settings,
                 const struct rps_options *options, struct mps *mps, unsigned loop_count,
                 struct error *err);

/* Gives loop `index` its part of it. Before the loop runs. */
bool agents_attach(struct agents *agents, unsigned index, struct io_loop *loop, struct error *err);

/* The routers of the ports, from that of the whole interface. */
void agents_route(struct agents *agents, const struct http_router *whole);
void agents_free(struct agents *agents);

bool agents_is_on(const struct agents *agents, enum agents_port port);

/* What one loop has of it. */
struct agents_doors {
    struct http_server *servers[AGENTS_PORTS];
};

/* Listens on the ports that are set. On a fiber of the loop. */
bool agents_doors_open(struct agents *agents, unsigned index, struct io_loop *loop,
                       struct agents_doors *doors, struct error *err);

/* Stops accepting; requests that are in work. */
void agents_doors_drain(struct agents_doors *doors);
size_t agents_doors_busy(const struct agents_doors *doors);

/* Cuts what is left; waits. */
void agents_doors_close(struct agents_doors *doors);

#endif
