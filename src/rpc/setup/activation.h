/*
 * Setting AMT up from the machine it is in (spec rpc 5.1 to 5.3), and what is needed around that.
 * Once the first call that changes AMT is out, everything is finished or taken back whatever
 * happens to the run: a signal, a terminal that closes. What came of it is said. The command has
 * its turn (machine/turn.h). On the run's fiber.
 */
#ifndef RPC_SETUP_ACTIVATION_H
#define RPC_SETUP_ACTIVATION_H

#include "rpc/machine/fault.h"
#include "rpc/setup/verdict.h"

struct amt;

/* What AMT has of one run, carried from try to try. */
struct rpc_activation_given {
    enum rpc_has password;
    struct slice mebx;         /* that it has, or may have; .data NULL: none of this run */
    struct slice mebx_refused; /* what AMT has said no to, and may have all the same */
};

/* Borrowed during the call. */
struct rpc_activation {
    bool admin;
    struct slice password;             /* of "admin" from then on; that of now for an upgrade */
    struct slice mebx;                 /* of the MEBx screen, in admin mode; .data NULL: stays */
    struct slice certificate;          /* as rpc_setup_certificate_open takes it; admin mode only */
    struct slice certificate_password; /* empty: none, or to be asked for */
    struct rpc_activation_given *given; /* NULL: nobody asks, and there is one try */
};

/* Into client or admin control mode, or from one to the other. Faults: 111 when AMT is there or
 * beyond by another's doing, 121 to 138, 102; 71 and 100 when no login tells whether it is by this
 * run's. */
bool rpc_activate_here(struct rpc *rpc, const struct rpc_activation *wanted,
                       struct rpc_fault *fault);

/* Back to where it came from: PTHI in client mode, as "admin" in admin mode. True when AMT says
 * that it is there, whatever it has answered. `partial` keeps the network and the certificates, in
 * admin mode only. Faults: 109, 110, 100. */
bool rpc_deactivate_here(struct rpc *rpc, bool partial, struct rpc_fault *fault);

/* Ends a set-up that hangs halfway. */
bool rpc_stop_configuration(struct rpc *rpc, struct rpc_fault *fault);

/* The run holds on until the answer to its question is known: io_shield_begin_for_answer. */
#define RPC_SET_UP_MS 180000

/* What came of a SetMEBxPassword, noted in `given`. The password outlives a set-up that is taken
 * back; a call that was not answered may have set it, and no login tells whether one that was
 * refused has not. */
void rpc_activation_hear_mebx(struct rpc_activation_given *given, struct slice password, bool done,
                              const struct error *why);

#endif
