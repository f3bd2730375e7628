/* Client and admin control mode over the doors that AMT has until version 18, and client mode over
 * the TLS door of later ones. */
#include "rpc/setup/activation_parts.h"

#include "amt/general.h"
#include "amt/host_setup.h"
#include "amt/password.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "rpc/machine/amt_state.h"
#include "rpc/machine/machine.h"
#include "rpc/setup/certificate.h"
#include "rpc/text/words.h"

#include <inttypes.h>

#define READY_MS 120000 /* until an AMT that was switched on answers */
#define AGAIN_MS 1000

/* ---- getting there ---- */

/* Until the host may have its account. */
static bool await_amt(struct rpc *rpc, uint64_t ms, struct rpc_fault *fault)
{
    uint64_t until = io_now() + ms;
    struct mei_account account;
    struct error pause;
    for (;;) {
        struct mei_pthi *pthi = rpc_pthi_or(rpc, &fault->err);
        bool ready = pthi != NULL && mei_pthi_local_account(pthi, &account, &fault->err);
        memory_wipe(&account, sizeof account);
        if (ready)
            return true;
        if (io_now() >= until)
            break;
        if (!io_sleep(AGAIN_MS, &pause)) {
            (void)error_wrap(&pause, "waiting for AMT, which was switched on");
            return rpc_fault_take(fault, RPC_AMT_NOT_READY, &pause);
        }
    }
    (void)error_wrap(&fault->err, "AMT was switched on and has not come up in %" PRIu64 " s",
                     ms / 1000);
    return rpc_fault_take(fault, RPC_AMT_NOT_READY, &fault->err);
}

/* From ME 16.1 on AMT can be switched off as a whole, and nobody sets up what is off. */
static bool switch_on(struct rpc *rpc, struct rpc_fault *fault)
{
    const struct mei_watchdog_flags *flags = rpc_watchdog(rpc);
    if (!flags->new_interface || flags->enabled)
        return true;
    rpc_log(rpc, LOG_INFO, "AMT is switched off; switching it on");
    rpc_amt_state_touch(rpc);
    if (!mei_watchdog_set_operational(true, &fault->err)) {
        (void)error_wrap(&fault->err, "AMT is switched off and cannot be switched on");
        return rpc_fault_take_me(fault, RPC_AMT_NOT_READY, &fault->err);
    }
    return await_amt(rpc, rpc_amt_wait(rpc, READY_MS), fault);
}

static bool check_password(struct slice password, struct rpc_fault *fault)
{
    const char *text = amt_password_fault(password);
    return text == NULL || rpc_fault_set(fault, RPC_WRONG_PASSWORD, "%s", text);
}

/* Where an earlier try of this run may have done it, that is to be found out: *there. */
static bool check_mode(struct rpc *rpc, const struct rpc_activation *wanted, unsigned *mode,
                       bool *there, struct rpc_fault *fault)
{
    rpc_control_mode_changed(rpc);
    if (!rpc_control_mode_or(rpc, mode, &fault->err))
        return rpc_fault_take_me(fault, RPC_ACTIVATION_GET_MODE, &fault->err);
    *there = wanted->given->password != RPC_HAS_NOT && *mode == rpc_activation_target(wanted);
    if (*there || *mode == MEI_CONTROL_NONE || (*mode == MEI_CONTROL_CLIENT && wanted->admin))
        return true;
    return rpc_fault_set(
        fault, RPC_UNABLE_TO_ACTIVATE, "AMT is in %s already%s",
        rpc_words_control_mode(*mode, false),
        *mode == MEI_CONTROL_ADMIN && !wanted->admin ? "; \"rpc deactivate\" comes first" : "");
}

/* ---- client control mode ---- */

static bool set_up_client(struct rpc *rpc, const struct rpc_activation *wanted, struct amt *amt,
                          struct slice realm, struct rpc_fault *fault)
{
    struct error why;
    error_clear(&why);
    bool done = amt_setup_client(amt, rpc_arena(rpc), realm, wanted->password, &why);
    return rpc_activation_confirm(rpc, wanted, RPC_ACTIVATION_MODE,
                                  rpc_activation_hear(wanted, done, &why), fault);
}

static bool become_client(struct rpc *rpc, const struct rpc_activation *wanted,
                          struct rpc_fault *fault)
{
    struct amt_general general;
    struct amt *amt;
    if (!rpc_activation_log_in(rpc, RPC_AS_HOST, &amt, fault))
        return false;
    if (!amt_general_get(amt, rpc_arena(rpc), &general, &fault->err))
        return rpc_fault_take(fault, RPC_ACTIVATION_GENERAL_SETTINGS, &fault->err);
    struct io_shield shield = io_shield_begin_for_answer(RPC_SET_UP_MS);
    rpc_amt_state_touch(rpc);
    bool ok = set_up_client(rpc, wanted, amt, general.realm, fault);
    io_shield_end(shield);
    return ok;
}

/* ---- admin control mode ---- */

static bool read_state(struct rpc *rpc, struct amt *amt, struct amt_setup_state *state,
                       struct rpc_fault *fault)
{
    struct amt_general general;
    if (!amt_general_get(amt, rpc_arena(rpc), &general, &fault->err))
        return rpc_fault_take(fault, RPC_ACTIVATION_GENERAL_SETTINGS, &fault->err);
    if (!amt_setup_read(amt, rpc_arena(rpc), state, &fault->err))
        return rpc_fault_take(fault, RPC_ACTIVATION_HOST_SETUP, &fault->err);
    return state->admin_allowed ||
           rpc_fault_set(fault, RPC_ACTIVATION_HOST_SETUP,
                         "the firmware of this machine has no admin control mode from its host");
}

static void set_mebx(struct rpc *rpc, const struct rpc_activation *wanted)
{
    struct rpc_fault fault;
    struct amt *amt;
    if (wanted->mebx.data == NULL)
        return;
    if (rpc_activation_log_in(rpc, RPC_AS_ADMIN, &amt, &fault) &&
        rpc_activation_set_mebx(rpc, wanted, amt, wanted->mebx, &fault.err))
        return;
    rpc_log(rpc, LOG_WARN, "AMT is activated, but %s: %s",
            wanted->given->mebx.data != NULL ? "whether it has the MEBx password is not known"
                                             : "the MEBx password was not set",
            fault.err.text);
    rpc_set_exit(rpc, RPC_MEBX_PASSWORD_FAILED);
}

/* With the answer of AMT, which tells more than that it failed: 131 a certificate, 133 our own
 * signature. */
static bool send(struct rpc *rpc, struct amt *amt, const struct amt_setup_state *state,
                 const struct rpc_activation *wanted, struct rpc_setup_certificate *certificate,
                 struct rpc_fault *fault)
{
    bool upgrade = state->control_mode == AMT_SETUP_CLIENT;
    bool taken = false;
    struct error why;
    struct amt_setup_signer signer = rpc_setup_certificate_signer(certificate, &taken);
    error_clear(&why);
    bool done = upgrade ? amt_setup_upgrade(amt, rpc_arena(rpc), &signer, &why)
                        : amt_setup_admin(amt, rpc_arena(rpc), state->realm, wanted->password,
                                          &signer, &why);
    enum rpc_exit code = certificate->signing_failed ? RPC_ACTIVATION_SIGNING
                         : taken                     ? RPC_ACTIVATION_MODE
                                                     : RPC_ACTIVATION_ADD_CERTIFICATE;
    struct rpc_activation_answer answer = {.says = RPC_AMT_NOT_ASKED, .why = why};
    if (done || (taken && !certificate->signing_failed))
        answer = rpc_activation_hear(wanted, done, &why);
    if (!rpc_activation_confirm(rpc, wanted, code, answer, fault))
        return false;
    set_mebx(rpc, wanted);
    return true;
}

static bool become_admin(struct rpc *rpc, const struct rpc_activation *wanted, bool upgrade,
                         struct rpc_setup_certificate *certificate, struct rpc_fault *fault)
{
    struct amt_setup_state state = {.control_mode = 0};
    struct amt *amt;
    if (!rpc_setup_certificate_fit(rpc, certificate, fault) ||
        !rpc_activation_log_in(rpc, upgrade ? RPC_AS_ADMIN : RPC_AS_HOST, &amt, fault) ||
        !read_state(rpc, amt, &state, fault))
        return false;
    struct io_shield shield = io_shield_begin_for_answer(RPC_SET_UP_MS);
    rpc_amt_state_touch(rpc);
    bool ok = send(rpc, amt, &state, wanted, certificate, fault);
    io_shield_end(shield);
    return ok;
}

static bool set_up_admin(struct rpc *rpc, const struct rpc_activation *wanted, bool upgrade,
                         struct rpc_fault *fault)
{
    struct rpc_setup_certificate certificate;
    if (rpc_watchdog(rpc)->tls_enforced && !upgrade)
        return rpc_activate_over_tls(rpc, wanted, fault);
    bool ok = rpc_setup_certificate_open(rpc, wanted->certificate, wanted->certificate_password,
                                         &certificate, fault) &&
              become_admin(rpc, wanted, upgrade, &certificate, fault);
    rpc_setup_certificate_close(&certificate);
    return ok;
}

/* An earlier try of this run, which got no answer, may have done it meanwhile. */
static bool find_it_done(struct rpc *rpc, const struct rpc_activation *wanted,
                         struct rpc_fault *fault)
{
    struct rpc_activation_answer answer = {.says = RPC_AMT_SAYS_NOTHING};
    struct io_shield shield = io_shield_begin_for_answer(RPC_SET_UP_MS);
    bool ok = rpc_activation_took(rpc, wanted, rpc_activation_target(wanted), RPC_ACTIVATION_MODE,
                                  &answer, fault);
    if (ok && wanted->admin && wanted->given->mebx.data == NULL)
        set_mebx(rpc, wanted);
    io_shield_end(shield);
    return ok;
}

static bool activate(struct rpc *rpc, const struct rpc_activation *wanted, struct rpc_fault *fault)
{
    unsigned mode;
    bool there = false;
    if (!check_mode(rpc, wanted, &mode, &there, fault) ||
        !check_password(wanted->password, fault) ||
        (wanted->mebx.data != NULL && !check_password(wanted->mebx, fault)) ||
        !switch_on(rpc, fault))
        return false;
    rpc_secret_know(rpc, "password", wanted->password);
    if (there)
        return find_it_done(rpc, wanted, fault);
    return wanted->admin ? set_up_admin(rpc, wanted, mode == MEI_CONTROL_CLIENT, fault)
                         : become_client(rpc, wanted, fault);
}

bool rpc_activate_here(struct rpc *rpc, const struct rpc_activation *wanted,
                       struct rpc_fault *fault)
{
    struct rpc_activation_given given = {.password = RPC_HAS_NOT};
    struct rpc_activation asked = *wanted;
    if (asked.given == NULL)
        asked.given = &given;
    bool ok = activate(rpc, &asked, fault);
    rpc_control_mode_changed(rpc);
    if (ok)
        rpc_amt_is_new(rpc);
    if (rpc_is_interrupted() && ok)
        rpc_log(rpc, LOG_WARN, "the activation was finished before ending");
    else if (rpc_is_interrupted())
        rpc_amt_state_tell_end(rpc);
    return ok;
}
