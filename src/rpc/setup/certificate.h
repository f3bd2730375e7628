/*
 * The certificate with which a run enters admin control mode (spec rpc 5.2, 5.3): from an option or
 * a file, checked with the exit codes of each fault, and signing. On a fiber; opening and signing
 * block, as the run has nothing else to do.
 */
#ifndef RPC_SETUP_CERTIFICATE_H
#define RPC_SETUP_CERTIFICATE_H

#include "amt/host_setup.h"
#include "io/pfx.h"
#include "rpc/machine/fault.h"

struct rpc_setup_certificate {
    struct io_pfx *pfx;
    struct slice chain[IO_PFX_CHAIN_LIMIT];
    enum io_pfx_hash hash;
    bool signing_failed; /* a signature was asked for and could not be made */
};

/* `text`: base64 of a PKCS#12 file, or the path of one, or PEM, or the path of that; a path may be
 * on an SMB share. `password` may be empty: it is asked for when the file has one. Faults are 121
 * to 126. */
bool rpc_setup_certificate_open(struct rpc *rpc, struct slice text, struct slice password,
                                struct rpc_setup_certificate *certificate, struct rpc_fault *fault);

/* Base64 of what a person's `text` holds or names, also where rpc_forbids_files; in the run's
 * arena. Fault 121. */
bool rpc_setup_certificate_inline(struct rpc *rpc, struct slice text, struct slice *content,
                                  struct rpc_fault *fault);

/* Whether AMT trusts its root, and what AMT wants nonces signed with: 127 and 128. Warns when the
 * DNS suffix that AMT knows is another than the certificate's. */
bool rpc_setup_certificate_fit(struct rpc *rpc, struct rpc_setup_certificate *certificate,
                               struct rpc_fault *fault);

/* For amt_setup_admin and amt_setup_upgrade; borrows both. */
struct amt_setup_signer rpc_setup_certificate_signer(struct rpc_setup_certificate *certificate,
                                                     bool *chain_taken);

/* Hash of the leaf with the algorithm that it is signed with, numbered as PTHI does: 2 SHA-256, 3
 * SHA-384. Fault 138 for a longer one. */
bool rpc_setup_certificate_leaf_hash(struct rpc *rpc,
                                     const struct rpc_setup_certificate *certificate,
                                     uint8_t *algorithm, struct slice *hash,
                                     struct rpc_fault *fault);

/* Forgets the key. One that was never opened is allowed. */
void rpc_setup_certificate_close(struct rpc_setup_certificate *certificate);

#endif
