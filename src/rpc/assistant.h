/*
 * An Enterprise Assistant, asked over HTTP(S), which has the site's CA issue the certificate of
 * AMT's TLS server (spec rpc 5.6): it makes a certificate request for the key that AMT has made,
 * AMT signs it, and the assistant has the certificate issued. One per command, on the run's fiber.
 */
#ifndef RPC_ASSISTANT_H
#define RPC_ASSISTANT_H

#include "amt/tls_setup.h"
#include "rpc/fault.h"

struct rpc_assistant_login {
    const char *url, *user;
    struct slice password;
};

struct rpc_assistant;

/* Logs in, and says what is to come. Fault 105. The run's arena owns it, up to rpc_assistant_close.
 */
bool rpc_assistant_open(struct rpc *rpc, const struct rpc_assistant_login *login,
                        struct rpc_assistant **assistant, struct rpc_fault *fault);

/* Fills in who makes request and certificate. */
void rpc_assistant_plan(struct rpc_assistant *assistant, struct amt_tls_plan *plan);

/* NULL is allowed. */
void rpc_assistant_close(struct rpc_assistant *assistant);

#endif
