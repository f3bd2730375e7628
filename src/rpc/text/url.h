/*
 * Addresses of servers and of proxies: "wss://HOST[:PORT]/PATH", "http://USER:PASSWORD@PROXY:PORT",
 * and which proxy stands before which server. Pure; results are in the arena.
 */
#ifndef RPC_TEXT_URL_H
#define RPC_TEXT_URL_H

#include "core/arena.h"
#include "core/error.h"

#include <stdint.h>

enum rpc_scheme { RPC_SCHEME_HTTP, RPC_SCHEME_HTTPS, RPC_SCHEME_WS, RPC_SCHEME_WSS };

struct rpc_url {
    enum rpc_scheme scheme;
    const char *host; /* name or address; an IPv6 address without its brackets */
    uint16_t port;
    const char *authority; /* for Host: without the scheme's own port */
    const char *target;    /* path and query; "/" when there is none */
    bool has_login;
    const char *user, *password; /* decoded; "" without */
    const char *shown; /* for people and logs: without login and query, which may hold secrets */
};

/* Takes the four schemes, and a bare HOST:PORT for `bare` http. The fragment is dropped.
 * ERROR_INVALID, whose sentence quotes no more than scheme and host. */
bool rpc_url_parse(struct arena *arena, struct slice text, bool bare, struct rpc_url *url,
                   struct error *err);

/* Whether something like an address, which may not be one, has a part that may hold a secret: a
 * user before the host, or a query (a provisioning server takes "?token=…"); `bare`: also without a
 * scheme. */
bool rpc_url_may_hold_secret(struct slice text, bool bare);

/* "%40" becomes "@"; "%00" and what is no such number stay. */
const char *rpc_url_decode(struct arena *arena, struct slice text);

/* HOST, HOST:PORT or [ADDRESS]:PORT in its parts, which are borrowed; `digits` is empty without a
 * port. False when there is no host, or that has other characters than hosts have. */
bool rpc_url_split_host(struct slice authority, struct slice *host, bool *brackets,
                        struct slice *digits);

bool rpc_url_is_tls(const struct rpc_url *url);
bool rpc_url_is_websocket(const struct rpc_url *url);

/* This machine itself: what is sent there in clear nobody else sees. */
bool rpc_url_is_loopback(const struct rpc_url *url);

/* The same server with another path; `target` begins with "/". */
void rpc_url_at(struct arena *arena, const struct rpc_url *server, const char *target,
                struct rpc_url *url);

/* The value of a variable of the environment; NULL: there is none. */
typedef const char *rpc_url_variable(void *arg, const char *name);

/* The proxy before `to`: the one given (NULL: none), else what the variables HTTP_PROXY,
 * HTTPS_PROXY (for https and wss) and NO_PROXY say, in capitals or small letters. This machine has
 * no proxy before it unless one is given. *found is false without one. ERROR_INVALID. */
bool rpc_url_proxy(struct arena *arena, const struct rpc_url *to, const char *given,
                   rpc_url_variable *variable, void *arg, bool *found, struct rpc_url *proxy,
                   struct error *err);

/* Whether NO_PROXY's list ("corp.com, .lan, 10.0.0.0/8, host:8080", "*") has the host in it. */
bool rpc_url_is_exempt(struct slice list, const struct rpc_url *to);

#endif
