/*
 * Which certificates AMT may show to the agent on 16993 (spec rpc 3.5), and the one that the agent
 * shows AMT when it sets AMT 19 and later up. Used on one loop.
 */
#ifndef RPC_MACHINE_TRUST_H
#define RPC_MACHINE_TRUST_H

#include "core/error.h"
#include "core/slice.h"
#include "io/pfx.h"
#include "io/tls_stream.h"

enum rpc_trust_kind {
    RPC_TRUST_ANY,    /* --skip-amt-cert-check */
    RPC_TRUST_ON_DIE, /* control mode 0: what CSME makes for itself, up to an On-Die root */
    RPC_TRUST_ROOTS   /* modes 1 and 2: what leads to the system's roots, or to those given */
};

/* Borrowed during rpc_trust_new unless it says otherwise. */
struct rpc_trust_options {
    enum rpc_trust_kind kind;
    struct slice roots_pem; /* ON_DIE: further roots. ROOTS: --amt-ca, instead of the system's, and
                               then for whatever name, since firmware's own carry none that is known
                               here; empty: the system's */
    struct slice leaf_hash; /* ON_DIE: SHA-256 or SHA-384 of the leaf, as StartConfigurationHBased
                               has told; empty: any leaf */
    struct slice csme_id;   /* ON_DIE: the first 20 bytes of the id of UPID, which the fourth
                               certificate's SHA-256 must begin with; empty: not checked */
    const struct io_pfx *identity; /* shown to AMT when it asks (the provisioning
                                               certificate); borrowed for the trust's life. NULL:
                                               none */
};

struct rpc_trust;

/* ERROR_INVALID when a certificate cannot be read. */
bool rpc_trust_new(const struct rpc_trust_options *options, struct rpc_trust **trust,
                   struct error *err);

/* Not while a stream that was opened under it lives. NULL is allowed. */
void rpc_trust_free(struct rpc_trust *trust);

/* For io_tls_stream_open; borrowed from the trust, which hears of the chain. `address` is what is
 * connected to, as text. */
struct io_tls_policy rpc_trust_policy(struct rpc_trust *trust, const char *address);

/* ROOTS without roots of its own: the system's are to be read. */
bool rpc_trust_wants_system(const struct rpc_trust *trust);

/* ON_DIE: AMT has shown one certificate only, and so was refused. A machine that has been activated
 * meanwhile does so: whoever reads so (the control mode is 1 or 2 by now) lets it pass. */
bool rpc_trust_saw_single(const struct rpc_trust *trust);
void rpc_trust_accept_single(struct rpc_trust *trust);

/* What a chain must be in mode 0, beside leading to an On-Die root: four or six certificates, of
 * these names (spec rpc 3.5). Leaf first, DER. ERROR_CONNECTION says what is wrong. */
bool rpc_trust_check_on_die(const struct rpc_trust *trust, const struct slice *chain, size_t count,
                            struct error *err);

#endif
