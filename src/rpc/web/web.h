/*
 * The agent's connections to servers: through a proxy where one stands before them, with TLS that
 * is checked against the system's roots (those of SSL_CERT_FILE), those of --ca, or not at all
 * (--skip-cert-check). One per command; its streams are closed before it. On the run's fiber.
 */
#ifndef RPC_WEB_WEB_H
#define RPC_WEB_WEB_H

#include "http/client.h"
#include "rpc/run/run.h"
#include "rpc/text/url.h"

struct rpc_web;

/* `proxy`: the value of --proxy; NULL: what the environment says. */
struct rpc_web *rpc_web_open(struct rpc *rpc, const char *proxy);

/* NULL is allowed. */
void rpc_web_close(struct rpc_web *web);

/* Warns where what is sent to the server could be read on the way: neither TLS nor this machine
 * itself. `what`: "AMT's password". */
void rpc_web_warn_of_clear(struct rpc *rpc, const struct rpc_url *url, const char *what);

/* Whether there is no proxy before the server, or one with an address that it can have. `proxy` as
 * for rpc_web_open. ERROR_INVALID. */
bool rpc_web_check_proxy(struct rpc *rpc, const struct rpc_url *url, const char *proxy,
                         struct error *err);

/* Why a connection came to nothing, for exit codes. */
enum rpc_web_fault {
    RPC_WEB_UNREACHABLE, /* refused, silent, unknown, cut: it may work a moment later */
    RPC_WEB_CERTIFICATE, /* the server's is refused */
    RPC_WEB_REFUSED      /* the proxy or the settings say no */
};

/* A stream to the server, with TLS where the URL says so; NULL with `err` and *fault. Within 30 s
 * and the fiber's deadline. */
struct io_stream *rpc_web_connect(struct rpc_web *web, const struct rpc_url *url,
                                  enum rpc_web_fault *fault, struct error *err);

struct rpc_web_request {
    const char *method;
    struct rpc_url url;
    const char *bearer; /* NULL: none */
    const char *accept; /* NULL: JSON */
    struct slice body;  /* JSON; empty: none */
    size_t limit;       /* bytes of the answer's body */
    uint32_t ms;        /* for all of it */
};

/* One request on a connection of its own. Whatever the answer's status is, that is success; its
 * parts are in `arena`. */
bool rpc_web_ask(struct rpc_web *web, const struct rpc_web_request *request, struct arena *arena,
                 struct http_response *response, enum rpc_web_fault *fault, struct error *err);

#endif
