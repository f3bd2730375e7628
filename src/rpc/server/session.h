/*
 * One exchange with a provisioning server over its WebSocket (rpc.md 4): says the first message,
 * carries between server and AMT, and ends with what the server says at last, or with an error. On
 * the run's fiber; a fiber of its own listens to the server, so that its pings are answered while
 * AMT thinks.
 *
 *     connect ── first message ── [wsman, tls_data, port_switch, heartbeat, progress]* ── success
 *                                                                                       └ error
 *
 * Every wait has a bound: 30 s for a connection, --server-wait for each message of the server, half
 * an hour for all of it. A connection that is lost before the server has said anything is made
 * again, three times in all; later the server could not tell where it was.
 */
#ifndef RPC_SERVER_SESSION_H
#define RPC_SERVER_SESSION_H

#include "rpc/machine/access.h"
#include "rpc/run/run.h"
#include "rpc/server/message.h"
#include "rpc/text/url.h"

struct rpc_session_options {
    const struct rpc_url *url;
    const char *proxy;  /* of --proxy; NULL: none was given */
    const char *bearer; /* NULL: none */
    const char *method; /* the first message's */
    struct slice payload;
    /* A port_switch is waited with as long as the server says, but at most … and so long besides.
     */
    uint64_t switch_most_ms, switch_extra_ms;
    struct rpc_access *access;
};

struct rpc_session_end {
    bool success;      /* the server says so */
    bool told;         /* the first message has left: the server may have begun */
    struct slice text; /* what it said last, in the run's arena */
};

/* False: the run has failed, and that was said. Otherwise the server has said its last word. */
bool rpc_session_run(struct rpc *rpc, const struct rpc_session_options *options,
                     struct rpc_session_end *end);

#endif
