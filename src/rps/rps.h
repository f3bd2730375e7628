/*
 * The provisioning server: agents call in by WebSocket, one session per machine (rps/session.h),
 * and a flow (rps/flow.h) makes their device a managed one. One struct rps for the process; a
 * session lives and dies on the loop that accepted it. The table of running sessions, one per GUID,
 * is the only thing that loops share.
 */
#ifndef RPS_RPS_H
#define RPS_RPS_H

#include "core/arena.h"
#include "core/error.h"
#include "core/guid.h"
#include "store/newcomers.h"

struct access;
struct events;
struct io_loop;
struct io_pool;
struct mps;
struct rps;
struct rps_handover;
struct store;

struct rps_options {
    struct store *store;
    struct access *access;
    struct events *events;
    struct rps_handover *handover; /* where provisioned devices go (rps/handover.h) */
    bool prevent_orphans;          /* a known device does not begin anew (spec rps 6) */
    uint32_t
        resume_ms; /* from its activation on a first run may be gone on with by whoever comes */
    const char *detection_domain; /* where devices do not call home; NULL: each gets one that exists
                                     nowhere, so that it always does */
    struct io_pool *work;         /* for what blocks: keys and certificates */
    const char *version;          /* of the program: appVersion of what agents are told */
    struct slice ca_pem;          /* the server's own CA, that devices trust which call in here */
    struct slice devices_pem; /* the CA of devices' certificates (rps/tls_certificate.h); its key is
                                 read when it is needed */
    struct slice cira_pem;    /* what devices are shown that call in here; empty: none do */
    struct slice on_die_pem;  /* roots beside Intel's that AMT 19 and later may lead to */
    bool agent_token;         /* agents need a token (--agent-auth token) */
    uint32_t sessions_limit;  /* running ones per loop; default 1,000 */
    uint32_t source_limit;    /* … per loop and source address; default 256 */
    size_t memory_limit;      /* bytes per loop that those who have proved nothing may hold;
                                 default 256 MB */
    uint32_t first_message_ms; /* default 30,000 */
    uint32_t attempt_ms;       /* one attempt at an AMT exchange; default 12,000 (spec rps 2.9) */
    uint32_t session_ms;       /* a whole session; default 900,000 */
    bool assistant_token;      /* the Enterprise Assistant needs a token (--ea-auth token) */
    uint32_t assistant_ms;     /* for its answer; default 12,000 */
    struct store_newcomer_limits newcomers; /* default 20,000, 10,000 and 1,000 */
};

/* Copies the options; the texts and objects in them outlive it. */
struct rps *rps_new(const struct rps_options *options, unsigned shard_count, struct error *err);

/* After all loops have stopped. */
void rps_free(struct rps *rps);

/* Its options, with the defaults in place. */
const struct rps_options *rps_options_of(const struct rps *rps);

/* Gives shard `index` its loop. Before the loop runs; makes the TLS settings for devices. */
bool rps_shard_attach(struct rps *rps, unsigned index, struct io_loop *loop, struct error *err);

/* Takes no more sessions and ends those that run on the loop: their flows are cancelled, take back
 * what they can and tell the agent. Waits for them within the caller's deadline. On a fiber of the
 * loop. */
void rps_shard_stop(struct rps *rps, unsigned index);

#endif
