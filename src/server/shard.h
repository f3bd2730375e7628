/*
 * What one loop of the server carries: its TLS settings, its CIRA listener and its HTTP listeners.
 * Everything here happens on the loop's thread.
 */
#ifndef SERVER_SHARD_H
#define SERVER_SHARD_H

#include "http/server.h"
#include "io/tls.h"
#include "mps/mps.h"
#include "server/agents.h"
#include "server/certificate.h"
#include "server/settings.h"

#define SERVER_TICKET_KEY_SIZE 80

struct shard_secrets {
    const struct certificates *certificates; /* NULL: as before */
    uint8_t cira_ticket_key[SERVER_TICKET_KEY_SIZE];
    uint8_t web_ticket_key[SERVER_TICKET_KEY_SIZE];
};

/* Shared by all shards, read-only while they run. */
struct shard_plan {
    const struct settings_values *settings;
    struct shard_secrets secrets; /* to begin with */
    const struct http_router *router;
    const struct http_router *rps_router; /* of rps_http */
    struct mps *mps;
    struct agents *agents;      /* NULL: none are let in (tests that only prepare) */
    struct slice device_ca_pem; /* empty: the system's roots */
    struct io_pool *files;      /* reads and writes the files of requests */
    /* Where to listen: as set, then as the first shard got it when port 0 was asked for. */
    struct io_address cira, https, mps_http, rps_http;
};

struct shard {
    struct shard_plan *plan;
    struct io_loop *loop;
    struct io_tls *cira_tls;
    struct io_tls *web_tls;
    struct io_tls *device_tls; /* for connections to AMT */
    struct http_server *https;
    struct http_server *mps_http;
    struct http_server *rps_http;
    struct agents_doors agents;
    bool carries_mps;
    bool ok;
    struct error err;
};

/* Before the loop runs. */
bool shard_prepare(struct shard *shard, unsigned index, struct shard_plan *plan,
                   struct io_loop *loop, struct error *err);

/* Starts the listeners; leaves the outcome in ok and err. On a fiber. */
void shard_start(struct shard *shard, unsigned index);

/* The next handshakes use these; connections that are up stay as they are. False leaves a listener
 * as it was. */
bool shard_renew(struct shard *shard, const struct shard_secrets *secrets, struct error *err);

/* Stops accepting requests and waits until those in work are answered, at most half the time that
 * a shutdown may take. On a fiber. */
void shard_drain(struct shard *shard, unsigned index);

/* Says goodbye to the devices and cuts those that do not hang up in the other half of the time.
 * Waits, on a fiber; after every shard has drained, since requests of one shard may be about
 * devices of another. */
void shard_hang_up(struct shard *shard, unsigned index);

/* Cuts what is left. On a fiber; waits. */
void shard_close(struct shard *shard, unsigned index);

/* After the loop. */
void shard_fini(struct shard *shard);

#endif
