/* Which control mode and which passwords AMT gets by a profile; some are made here. */
#include "amt/general.h"
#include "amt/password.h"
#include "rpc/machine/machine.h"
#include "rpc/made/made.h"
#include "rpc/setup/activation.h"
#include "rpc/setup/profile_parts.h"
#include "rpc/setup/profile_text.h"
#include "rpc/setup/steps.h"

#include <strings.h>

static bool hold_mebx(struct rpc_profile_work *work, struct rpc_fault *fault)
{
    return !work->outcome->made_mebx ||
           rpc_made_hold(work->rpc, RPC_MADE_MEBX, work->outcome->mebx_password, fault);
}

static bool hold_both(struct rpc_profile_work *work, struct rpc_fault *fault)
{
    return (!work->outcome->made_password ||
            rpc_made_hold(work->rpc, RPC_MADE_AMT, work->outcome->password, fault)) &&
           hold_mebx(work, fault);
}

/* What AMT has not got is nobody's concern. The MEBx password stands in its file while AMT has it
 * or may have it, and one that AMT has refused stays there; it may be AMT's own, which the MEBx is
 * given where it wants one and the profile has none. */
static void hold_what_amt_has(struct rpc_profile_work *work)
{
    const struct rpc_profile_outcome *outcome = work->outcome;
    const struct rpc_activation_given *given = &work->given;
    struct slice mebx = given->mebx.data != NULL ? given->mebx : given->mebx_refused;
    bool own = outcome->made_password && slice_equal_secret(mebx, outcome->password) &&
               (given->mebx.data != NULL || given->password != RPC_HAS);
    bool made = own || (outcome->made_mebx && slice_equal_secret(mebx, outcome->mebx_password));
    struct rpc_fault ignored;
    bool held = !made || rpc_made_hold(work->rpc, RPC_MADE_MEBX, mebx, &ignored);
    if (!made)
        rpc_made_drop(work->rpc, RPC_MADE_MEBX);
    else if (given->mebx.data == NULL)
        rpc_made_leave(work->rpc, RPC_MADE_MEBX);
    if (held && given->password == RPC_HAS_NOT)
        rpc_made_drop(work->rpc, RPC_MADE_AMT);
}

bool rpc_profile_activate(struct rpc_profile_work *work, const void *what, struct rpc_fault *fault)
{
    const json_t *specific = rpc_profile_part(work, "amtSpecific", NULL);
    (void)what;
    /* AMT with TLS only may not be activated without one; else it is a step of its own. */
    bool sets_mebx = rpc_watchdog(work->rpc)->tls_enforced && !work->was_active;
    const struct rpc_activation wanted = {
        .admin = work->outcome->admin,
        .password = work->outcome->password,
        .mebx = sets_mebx ? work->outcome->mebx_password : (struct slice){NULL, 0},
        .certificate = rpc_member_slice(specific, "provisioningCert"),
        .certificate_password = rpc_member_slice(specific, "provisioningCertPwd"),
        .given = &work->given,
    };
    if (wanted.admin && wanted.certificate.size == 0)
        return rpc_fault_set(fault, RPC_WRONG_CONFIGURATION,
                             "the profile has no provisioning certificate (provisioningCert)");
    bool ok = hold_both(work, fault) && rpc_activate_here(work->rpc, &wanted, fault);
    hold_what_amt_has(work);
    return ok;
}

static bool logs_in(struct rpc_profile_work *work, struct rpc_fault *fault)
{
    struct amt_general general;
    struct amt *amt;
    return rpc_step_amt(work->rpc, &amt, fault) &&
           (amt_general_get(amt, rpc_arena(work->rpc), &general, &fault->err) ||
            rpc_fault_take(fault, RPC_AMT_CONNECTION_FAILED, &fault->err));
}

static bool align_password(struct rpc_profile_work *work, struct rpc_fault *fault)
{
    struct rpc *rpc = work->rpc;
    struct slice given;
    if (work->outcome->made_password) { /* the one that it has is as good */
        work->outcome->made_password = false;
        return (rpc_password(rpc, &work->outcome->password) ||
                rpc_fault_set(fault, RPC_WRONG_PASSWORD, "AMT's password is missing")) &&
               logs_in(work, fault);
    }
    if (!rpc_given(rpc, "password")) {
        rpc_secret_know(rpc, "password", work->outcome->password);
        return logs_in(work, fault);
    }
    if (!rpc_password(rpc, &given))
        return rpc_fault_set(fault, RPC_WRONG_PASSWORD, "AMT's password cannot be read");
    if (slice_equal_secret(given, work->outcome->password))
        return logs_in(work, fault);
    if (logs_in(work, fault))
        return rpc_step_amt_password(rpc, work->outcome->password, fault);
    if (fault->err.code != ERROR_LOGIN)
        return false;
    rpc_secret_know(rpc, "password", work->outcome->password);
    return logs_in(work, fault);
}

bool rpc_profile_align_password(struct rpc_profile_work *work, const void *what,
                                struct rpc_fault *fault)
{
    (void)what;
    bool ok = align_password(work, fault);
    work->given.password = ok ? RPC_HAS : RPC_HAS_NOT;
    return ok;
}

bool rpc_profile_set_mebx(struct rpc_profile_work *work, const void *what, struct rpc_fault *fault)
{
    (void)what;
    if (!hold_mebx(work, fault))
        return false;
    bool ok = rpc_step_mebx(work->rpc, work->outcome->mebx_password, fault);
    if (ok || fault->err.code != ERROR_INVALID)
        rpc_activation_hear_mebx(&work->given, work->outcome->mebx_password, ok, &fault->err);
    hold_what_amt_has(work);
    return ok;
}

static bool read_passwords(struct rpc_profile_work *work, struct rpc_fault *fault)
{
    const json_t *specific = rpc_profile_part(work, "amtSpecific", NULL);
    struct rpc_profile_outcome *outcome = work->outcome;
    const char *mode = rpc_member_text(specific, "controlMode");
    outcome->admin = mode != NULL && strcasecmp(mode, "acmactivate") == 0;
    if (mode == NULL || (!outcome->admin && strcasecmp(mode, "ccmactivate") != 0))
        return rpc_fault_set(fault, RPC_WRONG_CONFIGURATION,
                             "the profile's controlMode is acmactivate or ccmactivate");
    outcome->password = rpc_member_slice(specific, "adminPassword");
    if (rpc_member_flag(specific, "generateRandomPassword")) {
        outcome->password = amt_password_generate(rpc_arena(work->rpc));
        outcome->made_password = true;
    }
    if (outcome->password.size == 0 && rpc_given(work->rpc, "password") &&
        !rpc_password(work->rpc, &outcome->password))
        return rpc_fault_set(fault, RPC_WRONG_PASSWORD, "AMT's password cannot be read");
    if (outcome->password.size == 0)
        return rpc_fault_set(fault, RPC_WRONG_CONFIGURATION,
                             "the profile has no password (adminPassword)");
    if (!outcome->admin)
        return true;
    outcome->made_mebx = rpc_member_flag(specific, "generateRandomMEBXPassword");
    outcome->mebx_password = outcome->made_mebx ? amt_password_generate(rpc_arena(work->rpc))
                                                : rpc_member_slice(specific, "mebxPassword");
    const char *text =
        outcome->mebx_password.size > 0 ? amt_password_fault(outcome->mebx_password) : NULL;
    return text == NULL || rpc_fault_set(fault, RPC_WRONG_PASSWORD, "the MEBx password: %s", text);
}

static bool makes_some(const struct rpc_profile_work *work)
{
    const struct rpc_profile_outcome *outcome = work->outcome;
    const json_t *cira = rpc_profile_part(work, "amtSpecific", "cira");
    bool mps = outcome->cira && rpc_member_slice(cira, "mpsPassword").size == 0;
    return mps || outcome->made_mebx || (outcome->made_password && !work->was_active);
}

bool rpc_profile_prepare(struct rpc_profile_work *work, const struct rpc_profile_keeper *keeper,
                         unsigned *mode)
{
    struct rpc *rpc = work->rpc;
    struct rpc_profile_outcome *outcome = work->outcome;
    struct rpc_fault fault;
    if (!rpc_control_mode(rpc, mode))
        return false;
    work->was_active = *mode != MEI_CONTROL_NONE;
    outcome->cira =
        rpc_member_text(rpc_profile_part(work, "amtSpecific", "cira"), "mpsAddress") != NULL;
    if (!read_passwords(work, &fault))
        return rpc_fail_fault(rpc, &fault);
    outcome->password = arena_copy(rpc_arena(rpc), outcome->password);
    if (outcome->mebx_password.size > 0)
        outcome->mebx_password = arena_copy(rpc_arena(rpc), outcome->mebx_password);
    return !makes_some(work) || rpc_made_prepare(rpc, keeper == NULL);
}
