/* What the files of this room share: the server, its shards, sessions from the inside. Private to
 * src/rps. A session belongs to its shard's loop, a shard to its loop's thread. */
#ifndef RPS_RPS_PARTS_H
#define RPS_RPS_PARTS_H

#include "access/access.h"
#include "amt/on_die_root.h"
#include "core/list.h"
#include "http/websocket.h"
#include "rps/agent_stream.h"
#include "rps/handover.h"
#include "rps/live.h"
#include "rps/outcome.h"
#include "rps/rps.h"
#include "rps/session.h"
#include "rps/tls_given.h"
#include "store/holds.h"
#include "store/provisionings.h"

struct io_tls;

#define RPS_STEPS_KEPT 64                  /* of a session, for its history */
#define RPS_EXPECTED   (RPS_TLS_GIVEN + 1) /* certificates: those that are stored, a new one */

struct rps_shard {
    struct rps *rps;
    struct io_loop *loop;
    struct io_tls *tls; /* for connections to AMT through agents */
    struct list sessions;
    struct list assistants; /* connections of Enterprise Assistants */
    uint32_t session_count; /* those whose connection is on its way, too */
    size_t held;            /* bytes, by sessions that have proved nothing (rps/budget.h) */
    bool stopping;
    struct io_wait emptied;
};

struct rps_assistants;
struct rps_brake;

struct rps {
    struct rps_options options;
    struct arena arena;
    struct amt_roots on_die;
    struct rps_live live;
    struct rps_assistants *assistants;
    struct rps_brake *brake; /* of passwords that agents say */
    unsigned shard_count;
    struct rps_shard shards[];
};

/* A step as the history has it. */
struct rps_step {
    int64_t at_ms;
    const char *label; /* in the session's arena */
};

struct rps_session {
    struct list link; /* in the shard's */
    struct rps_shard *shard;
    struct arena arena;
    char id[GUID_TEXT_SIZE];           /* clientId */
    char source[IO_ADDRESS_TEXT_SIZE]; /* the agent's address, without its port */
    char *token_tenant;                /* of the token; NULL: none was given */
    char *token_device; /* a GUID or ACCESS_ALL_DEVICES, for which it speaks; NULL: for none */

    struct io_conn *conn; /* until it is attached */
    uint8_t *ahead;
    size_t ahead_size;
    struct io_stream *socket;
    struct rps_agent agent;

    struct rps_request request;
    bool described; /* the request is complete */
    bool looked_up; /* … */
    bool is_known;  /* `known` is of the device; else `unknown` is why not */
    struct rps_known known;
    struct error unknown;
    bool says_proven;    /* … and in it is a password of the device that is proven */
    bool proven_there;   /* … by the word of a presence server elsewhere */
    bool is_known_there; /* a presence server elsewhere has a proven password of it */
    struct io_task flow;
    struct io_task reader;
    struct buffer first; /* the first message */
    bool heard;          /* it has come */
    bool reader_over;
    struct io_wait news; /* the first message, the reader's end, or the server stops */
    uint16_t close_code; /* for a peer that breaks rules; 0: it hasn't */
    bool refused;        /* the agent said something impossible; `refusal` is what it is told */
    struct error refusal;
    struct rps_outcome outcome;

    char host[GUID_TEXT_SIZE + 8];
    struct amt *amt;
    char *user; /* heap */
    char *password;
    bool tls;
    bool warned;
    enum rps_verify verify;
    struct slice expected[RPS_EXPECTED]; /* certificates of the device, DER; .size 0: none */

    size_t weight;          /* of it in the shard's `held` */
    bool overweight;        /* it goes to make room, at once */
    struct store_hold hold; /* of the device */
    struct rps_running running;
    struct rps_step steps[RPS_STEPS_KEPT];
    size_t step_count;
    struct store_provisioning history;
    bool kept;     /* the store knows of it … */
    bool unkept;   /* … or cannot, which was logged */
    bool answered; /* by AMT, under a login; a session that ends before leaves no history */
};

/* The shard of the current loop. */
struct rps_shard *rps_shard_of(struct rps *rps);

/* A place for the agent at `peer`, whose handshake is about to be answered; the bearer is that of
 * its token, and has no tenant without one. NULL with ERROR_BUSY or ERROR_THROTTLED when there are
 * too many. Ends in rps_session_taken, which runs it. */
struct rps_session *rps_session_new(struct rps *rps, const struct io_address *peer,
                                    const struct access_bearer *bearer, struct error *err);
http_websocket_taken rps_session_taken;

/* The conversation with the device, made from the request. */
void rps_session_open(struct rps_session *session);

/* The agent is told why, and its flow ends; what that takes back still reaches the device. */
void rps_session_refuse(struct rps_session *session, const struct error *why);

/* Wipes and frees everything. Nothing of it may be running. */
void rps_session_free(struct rps_session *session);

/* A place in the shard is free again. */
void rps_shard_left(struct rps_shard *shard);

#endif
