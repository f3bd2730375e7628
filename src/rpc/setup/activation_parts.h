/*
 * What activation.c, activation_tls.c and activation_settle.c share. On the run's fiber.
 */
#ifndef RPC_SETUP_ACTIVATION_PARTS_H
#define RPC_SETUP_ACTIVATION_PARTS_H

#include "rpc/machine/machine.h"
#include "rpc/setup/activation.h"

/* enum mei_control_mode. */
unsigned rpc_activation_target(const struct rpc_activation *wanted);

bool rpc_activation_log_in(struct rpc *rpc, enum rpc_login login, struct amt **amt,
                           struct rpc_fault *fault);

/* What came of the call that sets AMT up: its own answer, or none. */
struct rpc_activation_answer {
    enum rpc_amt_says says;
    bool as_admin;    /* it was given to "admin", who logged in with the new password */
    struct error why; /* but for yes */
};

/* Of a call to amt/host_setup.h: whether it was done, and its error, which a yes leaves cleared. */
struct rpc_activation_answer rpc_activation_answer(bool done, const struct error *why);

/* The same, noted in `wanted`. */
struct rpc_activation_answer rpc_activation_hear(const struct rpc_activation *wanted, bool done,
                                                 const struct error *why);

/* Whether AMT is in that mode, and by this run's doing (verdict.h). Faults: 111 when another
 * program has activated it or may have; 134, 135, 71, 100, or `code` for what AMT said. */
bool rpc_activation_took(struct rpc *rpc, const struct rpc_activation *wanted, unsigned mode,
                         enum rpc_exit code, const struct rpc_activation_answer *answer,
                         struct rpc_fault *fault);

/* The same once what was set counts: where AMT takes TLS only, and shows it in the mode, from a
 * commit on. What fails before that is taken back, unless it may be another's. */
bool rpc_activation_confirm(struct rpc *rpc, const struct rpc_activation *wanted,
                            enum rpc_exit code, struct rpc_activation_answer answer,
                            struct rpc_fault *fault);

/* SetMEBxPassword, noted in `wanted`. */
bool rpc_activation_set_mebx(struct rpc *rpc, const struct rpc_activation *wanted, struct amt *amt,
                             struct slice password, struct error *err);

/* After a set-up that failed in the middle: takes it back, and says what AMT is then. Noted in
 * `wanted`. */
void rpc_activation_take_back(struct rpc *rpc, const struct rpc_activation *wanted);

/* CommitChanges as "admin", which sets in force what was set up over TLS. An answer that is lost is
 * settled by what PTHI says, and leaves *answered false: nobody has logged in, for all that is
 * known. A login that is refused is a refusal. *wants_mebx: AMT wants a MEBx password first; NULL:
 * nobody asks. */
bool rpc_activation_commit(struct rpc *rpc, struct amt *amt, bool *answered, bool *wants_mebx,
                           struct error *err);

/* AMT 19 and later, from the beginning into admin mode. */
bool rpc_activate_over_tls(struct rpc *rpc, const struct rpc_activation *wanted,
                           struct rpc_fault *fault);

#endif
