/*
 * Setting AMT up from the machine it is in (spec rpc 5.1 to 5.3), and what is needed around that.
 * Once the first call that changes AMT is out, everything is finished or taken back whatever
 * happens to the run: a signal, a terminal that closes. What came of it is said. On the run's
 * fiber.
 */
#ifndef RPC_ACTIVATION_H
#define RPC_ACTIVATION_H

#include "rpc/fault.h"

struct amt;
struct mei_pthi;

/* Borrowed during the call. */
struct rpc_activation {
    bool admin;
    struct slice password;             /* of "admin" from then on; that of now for an upgrade */
    struct slice mebx;                 /* of the MEBx screen, in admin mode; .data NULL: stays */
    struct slice certificate;          /* as rpc_setup_certificate_open takes it; admin mode only */
    struct slice certificate_password; /* empty: none, or to be asked for */
};

/* Into client or admin control mode, or from one to the other. Faults: 111 when AMT is there or
 * beyond, 121 to 138, 102, 100. */
bool rpc_activate_here(struct rpc *rpc, const struct rpc_activation *wanted,
                       struct rpc_fault *fault);

/* Back to where it came from: PTHI in client mode, as "admin" in admin mode. `partial` keeps the
 * network and the certificates, in admin mode only. Faults: 109, 110, 100. */
bool rpc_deactivate_here(struct rpc *rpc, bool partial, struct rpc_fault *fault);

/* Ends a set-up that hangs halfway. */
bool rpc_stop_configuration(struct rpc *rpc, struct rpc_fault *fault);

/* Somebody wants the run to end. */
bool rpc_is_interrupted(void);

/* ---- parts, for activation*.c ---- */

/* The run holds on until the answer to its question is known: io_shield_begin_for_answer. */
#define RPC_SET_UP_MS 180000

/* Whether PTHI says that AMT is in that mode. `why` is what failed before; fault 134 or `code`. */
bool rpc_activation_took(struct rpc *rpc, unsigned mode, enum rpc_exit code,
                         const struct error *why, struct rpc_fault *fault);

/* After a set-up that failed in the middle: says that it was taken back, or `otherwise`. */
typedef bool rpc_activation_undo(struct mei_pthi *pthi, struct error *err);
void rpc_activation_take_back(struct rpc *rpc, rpc_activation_undo *undo, const char *otherwise);

/* CommitChanges as "admin", which sets in force what was set up over TLS. An answer that is lost is
 * settled by what PTHI says. */
bool rpc_activation_commit(struct rpc *rpc, struct amt *amt, struct error *err);

/* AMT 19 and later, from the beginning into admin mode. */
bool rpc_activate_over_tls(struct rpc *rpc, const struct rpc_activation *wanted,
                           struct rpc_fault *fault);

#endif
