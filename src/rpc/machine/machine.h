/*
 * The AMT firmware of the machine that a run is on: opened when it is first asked for, shared by
 * all of the run, closed at its end. What fails ends the run (rpc_fail); the functions with `err`
 * leave that to the caller. On the run's fiber.
 */
#ifndef RPC_MACHINE_MACHINE_H
#define RPC_MACHINE_MACHINE_H

#include "mei/pthi.h"
#include "mei/watchdog.h"
#include "rpc/run/run.h"

struct amt;
struct rpc_access;
struct rpc_access_options;
struct rpc_trust_options;

/* Whether the ME's device may be used: as root, or by the rights of the device. */
bool rpc_may_use_me(void);

/* NULL: the run has failed. */
struct mei_pthi *rpc_pthi(struct rpc *rpc);
struct mei_pthi *rpc_pthi_or(struct rpc *rpc, struct error *err);

/* How long AMT may take to be ready (--amt-wait), in milliseconds; `otherwise` when that isn't
 * said.
 */
uint64_t rpc_amt_wait(const struct rpc *rpc, uint64_t otherwise);

/* enum mei_control_mode, asked for once; while the ME is silent or being reset up to four times
 * within 30 s, or as often as --amt-wait allows. rpc_control_mode_changed: the next one asks again.
 */
bool rpc_control_mode(struct rpc *rpc, unsigned *mode);
bool rpc_control_mode_or(struct rpc *rpc, unsigned *mode, struct error *err);
void rpc_control_mode_changed(struct rpc *rpc);

/* The same without asking; false: nobody has asked yet. */
bool rpc_control_mode_known(const struct rpc *rpc, unsigned *mode);

/* AMT's password (--password): "AMT Password: ", confirmed while AMT isn't activated. False: the
 * run has failed. */
bool rpc_password(struct rpc *rpc, struct slice *password);

/* The watchdog's flags, asked for once; when there is no such client or it doesn't answer, as
 * before ME 11, all are false but tls_enforced, which AMT's version says then. */
const struct mei_watchdog_flags *rpc_watchdog(struct rpc *rpc);

/* The code for what the ME's interface said: no rights 1, no driver 2, no AMT 3, busy, silent or
 * reset 4, else `otherwise`; but for answers that are broken or say no, of which
 * RPC_GENERIC_FAILURE would tell nothing, 4. */
enum rpc_exit rpc_exit_of_me(const struct error *err, enum rpc_exit otherwise);

/* Fails with that code. Always false. */
bool rpc_fail_me(struct rpc *rpc, enum rpc_exit code, const struct error *err);

/* The way to AMT's own ports, through LME or LMS (rpc/machine/access.h), with TLS only where AMT
 * has nothing else or --amt-ca is given. NULL: the run has failed. */
struct rpc_access *rpc_access(struct rpc *rpc);
struct rpc_access *rpc_access_or(struct rpc *rpc, struct error *err);

/* What flags and engine say of that way. */
struct rpc_access_options rpc_way_options(struct rpc *rpc);

/* Of that which rpc_access_or has failed with. */
enum rpc_exit rpc_exit_of_no_way(const struct error *err);

/* `code`, which is of the step that met `err`, but RPC_AMT_CONNECTION_FAILED when AMT's ports
 * cannot be reached, or AMT's certificate is refused, whichever step finds that. */
enum rpc_exit rpc_exit_of_step(const struct rpc *rpc, enum rpc_exit code, const struct error *err);

/* Whether AMT's ports were tried in this run's way, and none was reached. */
bool rpc_ports_are_unreachable(const struct rpc *rpc);

enum rpc_login {
    RPC_AS_ADMIN,  /* "admin" and rpc_password */
    RPC_AS_HOST,   /* the host's own account, which may read most and set up a new machine */
    RPC_AS_EITHER, /* as admin when a password is given and AMT is set up, else as the host */
};

/* AMT itself, logged in; TLS where it is enforced. The run owns it. */
bool rpc_amt(struct rpc *rpc, enum rpc_login login, struct amt **amt);
bool rpc_amt_or(struct rpc *rpc, enum rpc_login login, struct amt **amt, struct error *err);

/* The content of the file that --amt-ca names; empty without. */
bool rpc_amt_ca(struct rpc *rpc, struct slice *pem, struct error *err);

/* AMT over TLS under another trust than the control mode's, which is in force from then on: while
 * it is set up, and when this run has made the certificate that it shows. */
bool rpc_amt_under(struct rpc *rpc, const struct rpc_trust_options *trusted, struct slice user,
                   struct slice password, struct amt **amt, struct error *err);

/* Closes the conversation and drops its trust; the next one is begun anew. On the run's fiber. */
void rpc_amt_forget(struct rpc *rpc);

/* This run has set AMT up: until TLS is configured it shows what CSME has made. */
void rpc_amt_is_new(struct rpc *rpc);

/* … whose TLS is spoken: its certificate may change from one connection to the next. */
bool rpc_amt_sees_new(const struct rpc *rpc);

/* This run has given AMT a certificate of the CA in `pem`, which is copied; nothing else is taken
 * from then on. */
void rpc_amt_made_root(struct rpc *rpc, struct slice pem);

/* True when AMT has shown a single certificate of its own instead of CSME's chain because it has
 * been set up meanwhile (spec rpc 3.5): that one is taken from now on, and what has failed may be
 * tried again. */
bool rpc_amt_has_moved_on(struct rpc *rpc);

/* Closes what is open. Of the frame. */
void rpc_machine_free(struct rpc *rpc);

#endif
