/*
 * An Enterprise Assistant, asked over HTTP(S), which has the site's CA issue certificates for AMT's
 * TLS server and for 802.1X, and gives accounts for 802.1X (spec rpc 5.6): it makes a certificate
 * request for the key that AMT has made, AMT signs it, and the assistant has the certificate
 * issued. One per command, on the run's fiber.
 */
#ifndef RPC_SETUP_ASSISTANT_H
#define RPC_SETUP_ASSISTANT_H

#include "amt/device_key.h"
#include "amt/tls_setup.h"
#include "rpc/machine/fault.h"

struct rpc_assistant_login {
    const char *url, *user;
    struct slice password;
};

struct rpc_assistant;

/* Whether an assistant can have that URL. ERROR_INVALID. */
bool rpc_assistant_check(struct arena *arena, const char *url, struct error *err);

/* Logs in, and says what is to come: a certificate (protocol 0), or an account (2). The fault is
 * `code`. The run's arena owns it, up to rpc_assistant_close. */
bool rpc_assistant_open(struct rpc *rpc, const struct rpc_assistant_login *login, unsigned protocol,
                        enum rpc_exit code, struct rpc_assistant **assistant,
                        struct rpc_fault *fault);

/* Fills in who makes request and certificate. */
void rpc_assistant_plan(struct rpc_assistant *assistant, struct amt_tls_plan *plan);

/* Who makes them for a key of 802.1X. */
struct amt_device_key_issuer rpc_assistant_issuer(struct rpc_assistant *assistant);

/* What the assistant has said so far of a login for 802.1X; empty: nothing. In the run's arena. */
struct rpc_assistant_account {
    struct slice username, password;
    struct slice root; /* DER */
};
const struct rpc_assistant_account *rpc_assistant_account(const struct rpc_assistant *assistant);

/* NULL is allowed. */
void rpc_assistant_close(struct rpc_assistant *assistant);

#endif
