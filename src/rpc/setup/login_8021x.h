/*
 * A login of 802.1X as AMT takes it: of what the command line or a profile says, or of an
 * Enterprise Assistant (rpc/setup/assistant.h), which gives an account, or a certificate for a key
 * that AMT makes. On the run's fiber; texts and bytes live in the run's arena.
 */
#ifndef RPC_SETUP_LOGIN_8021X_H
#define RPC_SETUP_LOGIN_8021X_H

#include "amt/credential.h"
#include "amt/device_key.h"
#include "rpc/setup/steps.h"

#define RPC_EAP_TLS       0U
#define RPC_PEAP_MSCHAPV2 2U

struct rpc_8021x_login {
    struct slice username;
    struct slice password;                  /* .data NULL: by certificate */
    struct amt_credential credential;       /* what has to be on the device */
    struct amt_device_certificate enrolled; /* made there for it; to be taken back when unused */
};

/* Whether any network could take it: the protocol (117), the PXE timeout (35), and that nothing is
 * missing (117) that no assistant gives. What certificates and keys hold is not looked at. Pure. */
bool rpc_8021x_check(const struct rpc_8021x *wanted, struct rpc_fault *fault);

/* The same without what is secret, before anybody is asked for that. */
bool rpc_8021x_check_openly(const struct rpc_8021x *wanted, struct rpc_fault *fault);

/* The same faults, 28 for what can't be read, 108 for what the assistant or AMT says. */
bool rpc_8021x_get(struct rpc *rpc, const struct rpc_8021x *wanted, struct rpc_8021x_login *login,
                   struct rpc_fault *fault);

/* Takes from AMT what was made for a login that is not used after all. */
void rpc_8021x_take_back(struct rpc *rpc, const struct rpc_8021x_login *login);

#endif
