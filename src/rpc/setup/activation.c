/* Client and admin control mode over the doors that AMT has until version 18, and client mode over
 * the TLS door of later ones. */
#include "rpc/setup/activation.h"

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

#define READY_MS     120000 /* until an AMT that was switched on answers */
#define COMMIT_TRIES 5
#define AGAIN_MS     1000
#define LOGIN_MS     20000 /* until an AMT that was just set up lets "admin" in */
#define LOGIN_GAP_MS 8000  /* at most, between two tries: a refused one counts for AMT */

bool rpc_is_interrupted(void)
{
    struct error err;
    return !io_sleep(0, &err) && err.code == ERROR_CANCELLED;
}

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

static unsigned target_of(const struct rpc_activation *wanted)
{
    return wanted->admin ? MEI_CONTROL_ADMIN : MEI_CONTROL_CLIENT;
}

static const char *name_of(unsigned mode)
{
    return rpc_words_control_mode(mode, false);
}

/* Where an earlier try of this run may have done it, that is to be found out: *there. */
static bool check_mode(struct rpc *rpc, const struct rpc_activation *wanted, unsigned *mode,
                       bool *there, struct rpc_fault *fault)
{
    rpc_control_mode_changed(rpc);
    if (!rpc_control_mode_or(rpc, mode, &fault->err))
        return rpc_fault_take_me(fault, RPC_ACTIVATION_GET_MODE, &fault->err);
    *there = wanted->given->password != RPC_HAS_NOT && *mode == target_of(wanted);
    if (*there || *mode == MEI_CONTROL_NONE || (*mode == MEI_CONTROL_CLIENT && wanted->admin))
        return true;
    return rpc_fault_set(
        fault, RPC_UNABLE_TO_ACTIVATE, "AMT is in %s already%s", name_of(*mode),
        *mode == MEI_CONTROL_ADMIN && !wanted->admin ? "; \"rpc deactivate\" comes first" : "");
}

static bool log_in(struct rpc *rpc, enum rpc_login login, struct amt **amt, struct rpc_fault *fault)
{
    return rpc_amt_or(rpc, login, amt, &fault->err) ||
           rpc_fault_take(fault, RPC_AMT_CONNECTION_FAILED, &fault->err);
}

/* ---- what came of it ---- */

struct rpc_activation_answer rpc_activation_answer(bool done, const struct error *why)
{
    struct rpc_activation_answer answer = {.says = RPC_AMT_SAYS_NOTHING, .why = *why};
    if (done && why->code == ERROR_NONE)
        answer.says = RPC_AMT_SAYS_YES;
    else if (why->code == ERROR_DEVICE || why->code == ERROR_CONFLICT)
        answer.says = RPC_AMT_SAYS_NO;
    return answer;
}

struct rpc_activation_answer rpc_activation_hear(const struct rpc_activation *wanted, bool done,
                                                 const struct error *why)
{
    struct rpc_activation_answer answer = rpc_activation_answer(done, why);
    wanted->given->password = rpc_has_after(wanted->given->password, answer.says);
    return answer;
}

/* Tries at growing distance, within LOGIN_MS of the first. */
struct patience {
    uint64_t until, gap_ms;
};

static struct patience patience_begin(void)
{
    return (struct patience){.until = io_now() + LOGIN_MS, .gap_ms = AGAIN_MS};
}

static bool patience_wait(struct rpc *rpc, struct patience *patience, const struct error *why)
{
    uint64_t gap = patience->gap_ms;
    if (io_now() + gap > patience->until)
        return false;
    if (gap == AGAIN_MS)
        rpc_log(rpc, LOG_INFO, "AMT is not ready for a login (%s); trying again for %d s",
                why->text, LOGIN_MS / 1000);
    patience->gap_ms = gap * 2 < LOGIN_GAP_MS ? gap * 2 : LOGIN_GAP_MS;
    return io_sleep(gap, NULL);
}

/* The mode alone may be another's doing; who has set AMT up can log in. AMT may be busy with itself
 * just then, also with its passwords, and may have changed the certificate of its TLS. `once`: what
 * it refuses is not tried again. */
static bool can_log_in(struct rpc *rpc, bool once, struct error *why)
{
    struct patience patience = patience_begin();
    struct amt *amt;
    unsigned said;
    for (;;) {
        uint64_t outer = io_deadline_within(LOGIN_MS);
        bool ok = rpc_amt_or(rpc, RPC_AS_ADMIN, &amt, why) &&
                  amt_setup_read_mode(amt, rpc_arena(rpc), &said, why);
        io_deadline_restore(outer);
        if (ok)
            return true;
        if (once && why->code == ERROR_LOGIN)
            return false;
        if (!(io_now() < patience.until && rpc_amt_has_moved_on(rpc)) &&
            !patience_wait(rpc, &patience, why))
            return false;
    }
}

static bool tell_verdict(enum rpc_verdict verdict, const struct rpc_activation_seen *seen,
                         unsigned mode, enum rpc_exit code, const struct error *why,
                         struct rpc_fault *fault)
{
    switch (verdict) {
    case RPC_VERDICT_TOOK:
        return true;
    case RPC_VERDICT_UNCONFIRMED:
        return rpc_fault_set(
            fault,
            seen->login == RPC_LOGIN_REFUSED ? RPC_AMT_AUTHENTICATION_FAILED
                                             : RPC_AMT_CONNECTION_FAILED,
            seen->has == RPC_HAS
                ? "AMT is in %s by this run, but the password could not be confirmed: %s"
                : "AMT is in %s, but whether with this password is not known: %s",
            name_of(mode), why->text);
    case RPC_VERDICT_UNDECIDED:
        return rpc_fault_set(fault, RPC_UNABLE_TO_ACTIVATE,
                             "AMT is in %s, by another program or by this run, whose call was not "
                             "answered: %s",
                             name_of(mode), why->text);
    case RPC_VERDICT_ANOTHER_S:
        return rpc_fault_set(
            fault, RPC_UNABLE_TO_ACTIVATE,
            "another program has activated it: AMT is in %s%s, but %s", name_of(mode),
            seen->login == RPC_LOGIN_REFUSED ? " and refuses this password" : "", why->text);
    case RPC_VERDICT_STAYS:
        return rpc_fault_set(fault, RPC_ACTIVATION_MODE, "AMT says yes, and stays %s%s",
                             mode == MEI_CONTROL_NONE ? "" : "in ", name_of(mode));
    case RPC_VERDICT_UNKNOWN:
        *fault = (struct rpc_fault){.err = *why};
        (void)error_wrap(&fault->err, "whether AMT is activated is not known");
        return rpc_fault_take(fault, RPC_ACTIVATION_GET_MODE, &fault->err);
    default:
        return rpc_fault_take(fault, code, why);
    }
}

bool rpc_activation_took(struct rpc *rpc, const struct rpc_activation *wanted, unsigned mode,
                         enum rpc_exit code, const struct rpc_activation_answer *answer,
                         struct rpc_fault *fault)
{
    struct rpc_activation_seen seen = {.has = wanted->given->password,
                                       .says = answer->says,
                                       .login =
                                           answer->as_admin ? RPC_LOGIN_TAKEN : RPC_LOGIN_UNTRIED};
    unsigned now = MEI_CONTROL_NONE;
    struct error why;
    rpc_control_mode_changed(rpc);
    if (rpc_control_mode_or(rpc, &now, &why))
        seen.mode = now == mode ? RPC_MODE_WANTED : RPC_MODE_ANOTHER;
    enum rpc_verdict verdict = rpc_verdict_of(&seen);
    if (verdict == RPC_VERDICT_LOG_IN) {
        seen.login = can_log_in(rpc, seen.says == RPC_AMT_SAYS_NO, &why) ? RPC_LOGIN_TAKEN
                     : why.code == ERROR_LOGIN                           ? RPC_LOGIN_REFUSED
                                                                         : RPC_LOGIN_FAILED;
        verdict = rpc_verdict_of(&seen);
        if (verdict == RPC_VERDICT_ANOTHER_S)
            why = answer->why;
    } else if (verdict != RPC_VERDICT_UNKNOWN) {
        why = answer->why;
    }
    wanted->given->password = rpc_has_at_last(&seen);
    return tell_verdict(verdict, &seen, now, code, &why, fault);
}

bool rpc_activation_commit(struct rpc *rpc, struct amt *amt, bool *answered, bool *wants_mebx,
                           struct error *err)
{
    unsigned mode = MEI_CONTROL_NONE, state = MEI_PROVISIONING_PRE;
    struct error ignored;
    *answered = amt_setup_commit(amt, rpc_arena(rpc), wants_mebx, err);
    if (*answered)
        return true;
    if (err->code == ERROR_DEVICE || err->code == ERROR_LOGIN)
        return false;
    for (unsigned tries = 0; tries < COMMIT_TRIES; tries++) {
        struct mei_pthi *pthi = rpc_pthi_or(rpc, &ignored);
        rpc_control_mode_changed(rpc);
        if (pthi != NULL && rpc_control_mode_or(rpc, &mode, &ignored) && mode != MEI_CONTROL_NONE &&
            mei_pthi_provisioning_state(pthi, &state, &ignored) && state == MEI_PROVISIONING_POST)
            return true;
        rpc_log(rpc, LOG_DEBUG, "%s; control mode %u, provisioning state %u", err->text, mode,
                state);
        if (!io_sleep(AGAIN_MS, NULL))
            break;
    }
    return false;
}

/* ---- client control mode ---- */

void rpc_activation_take_back(struct rpc *rpc, const struct rpc_activation *wanted)
{
    struct rpc_amt_state state;
    struct error err;
    if (rpc_amt_state_undo(rpc, &state, &err)) {
        wanted->given->password = RPC_HAS_NOT;
        rpc_amt_state_tell(rpc, LOG_WARN, "the set-up was taken back", &state);
        return;
    }
    (void)error_wrap(&err, "the set-up could not be taken back");
    rpc_amt_state_tell(rpc, LOG_WARN, err.text, &state);
}

/* As "admin"; AMT may have changed the certificate of its TLS meanwhile, or not be ready for the
 * login. `once`: what it refuses is not tried again. */
static bool commit(struct rpc *rpc, bool once, bool *answered, struct rpc_fault *fault)
{
    struct patience patience = patience_begin();
    struct amt *amt;
    for (;;) {
        if (log_in(rpc, RPC_AS_ADMIN, &amt, fault) &&
            (rpc_activation_commit(rpc, amt, answered, NULL, &fault->err) ||
             (rpc_amt_has_moved_on(rpc) &&
              rpc_activation_commit(rpc, amt, answered, NULL, &fault->err))))
            return true;
        if (fault->err.code != ERROR_LOGIN || once || !patience_wait(rpc, &patience, &fault->err))
            return rpc_fault_take(fault, RPC_ACTIVATION_FAILED, &fault->err);
    }
}

/* It may be another program's, and is left to whom it belongs. */
static void tell_halfway(struct rpc *rpc)
{
    struct rpc_amt_state state;
    rpc_amt_state_ask(rpc, &state);
    if (rpc_amt_state_is_halfway(&state))
        rpc_amt_state_tell(rpc, LOG_WARN, NULL, &state);
}

/* Whether there is something to be committed: AMT may have begun a set-up that it has said no to,
 * with the password of this run. */
static bool is_begun(struct rpc *rpc, const struct rpc_activation *wanted, enum rpc_amt_says says)
{
    struct rpc_amt_state state;
    if (says == RPC_AMT_SAYS_NO) {
        rpc_amt_state_ask(rpc, &state);
        if (!rpc_amt_state_is_halfway(&state))
            return false;
        wanted->given->password = rpc_has_after(wanted->given->password, RPC_AMT_SAYS_NOTHING);
    }
    return says != RPC_AMT_NOT_ASKED;
}

/* Where AMT takes TLS only, what was set counts, and shows in the mode, from the commit on. What
 * fails before that is taken back, unless it may be another's. */
static bool confirm(struct rpc *rpc, const struct rpc_activation *wanted, enum rpc_exit code,
                    struct rpc_activation_answer answer, struct rpc_fault *fault)
{
    unsigned mode = target_of(wanted);
    bool answered = false;
    if (!rpc_watchdog(rpc)->tls_enforced || !is_begun(rpc, wanted, answer.says))
        return rpc_activation_took(rpc, wanted, mode, code, &answer, fault);
    bool committed = commit(rpc, answer.says == RPC_AMT_SAYS_NO, &answered, fault);
    if (answered) {
        error_clear(&answer.why);
        answer = rpc_activation_hear(wanted, true, &answer.why);
        answer.as_admin = true;
        if (rpc_activation_took(rpc, wanted, mode, code, &answer, fault))
            return true;
    } else if (committed) {
        return rpc_activation_took(rpc, wanted, mode, code, &answer, fault);
    } else if (answer.says != RPC_AMT_SAYS_YES && fault->err.code != ERROR_DEVICE) {
        if (answer.says == RPC_AMT_SAYS_NOTHING)
            answer.why = fault->err;
        bool ok = rpc_activation_took(rpc, wanted, mode, code, &answer, fault);
        if (!ok)
            tell_halfway(rpc);
        return ok;
    }
    if (mode == MEI_CONTROL_CLIENT) {
        rpc_activation_take_back(rpc, wanted);
        fault->code = RPC_ACTIVATION_FAILED;
    }
    return false;
}

static bool set_up_client(struct rpc *rpc, const struct rpc_activation *wanted, struct amt *amt,
                          struct slice realm, struct rpc_fault *fault)
{
    struct error why;
    error_clear(&why);
    bool done = amt_setup_client(amt, rpc_arena(rpc), realm, wanted->password, &why);
    return confirm(rpc, wanted, RPC_ACTIVATION_MODE, rpc_activation_hear(wanted, done, &why),
                   fault);
}

static bool become_client(struct rpc *rpc, const struct rpc_activation *wanted,
                          struct rpc_fault *fault)
{
    struct amt_general general;
    struct amt *amt;
    if (!log_in(rpc, RPC_AS_HOST, &amt, fault))
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

void rpc_activation_hear_mebx(struct rpc_activation_given *given, struct slice password, bool done,
                              const struct error *why)
{
    if (done || (why->code != ERROR_DEVICE && why->code != ERROR_LOGIN))
        given->mebx = password;
    else if (why->code == ERROR_DEVICE)
        given->mebx_refused = true;
}

bool rpc_activation_set_mebx(struct rpc *rpc, const struct rpc_activation *wanted, struct amt *amt,
                             struct slice password, struct error *err)
{
    bool done = amt_setup_mebx_password(amt, rpc_arena(rpc), password, err);
    rpc_activation_hear_mebx(wanted->given, password, done, err);
    return done;
}

static void set_mebx(struct rpc *rpc, const struct rpc_activation *wanted)
{
    struct rpc_fault fault;
    struct amt *amt;
    if (wanted->mebx.data == NULL)
        return;
    if (log_in(rpc, RPC_AS_ADMIN, &amt, &fault) &&
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
    if (!confirm(rpc, wanted, code, answer, fault))
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
        !log_in(rpc, upgrade ? RPC_AS_ADMIN : RPC_AS_HOST, &amt, fault) ||
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
    bool ok =
        rpc_activation_took(rpc, wanted, target_of(wanted), RPC_ACTIVATION_MODE, &answer, fault);
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
