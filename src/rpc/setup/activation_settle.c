/* What came of the calls that set AMT up: by their answers, by what the engine says then, and by
 * logins. */
#include "amt/host_setup.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "rpc/machine/amt_state.h"
#include "rpc/machine/machine.h"
#include "rpc/setup/activation_parts.h"
#include "rpc/text/words.h"

#define COMMIT_TRIES 5
#define AGAIN_MS     1000
#define LOGIN_MS     20000 /* until an AMT that was just set up lets "admin" in */
#define LOGIN_GAP_MS 8000  /* at most, between two tries: a refused one counts for AMT */

unsigned rpc_activation_target(const struct rpc_activation *wanted)
{
    return wanted->admin ? MEI_CONTROL_ADMIN : MEI_CONTROL_CLIENT;
}

bool rpc_activation_log_in(struct rpc *rpc, enum rpc_login login, struct amt **amt,
                           struct rpc_fault *fault)
{
    return rpc_amt_or(rpc, login, amt, &fault->err) ||
           rpc_fault_take(fault, RPC_AMT_CONNECTION_FAILED, &fault->err);
}

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
            rpc_words_control_mode(mode, false), why->text);
    case RPC_VERDICT_UNDECIDED:
        return rpc_fault_set(fault, RPC_UNABLE_TO_ACTIVATE,
                             "AMT is in %s, by another program or by this run, whose call was not "
                             "answered: %s",
                             rpc_words_control_mode(mode, false), why->text);
    case RPC_VERDICT_ANOTHER_S:
        return rpc_fault_set(fault, RPC_UNABLE_TO_ACTIVATE,
                             "another program has activated it: AMT is in %s%s, but %s",
                             rpc_words_control_mode(mode, false),
                             seen->login == RPC_LOGIN_REFUSED ? " and refuses this password" : "",
                             why->text);
    case RPC_VERDICT_STAYS:
        return rpc_fault_set(fault, RPC_ACTIVATION_MODE, "AMT says yes, and stays %s%s",
                             mode == MEI_CONTROL_NONE ? "" : "in ",
                             rpc_words_control_mode(mode, false));
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

/* ---- over TLS ---- */

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
        if (rpc_activation_log_in(rpc, RPC_AS_ADMIN, &amt, fault) &&
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

bool rpc_activation_confirm(struct rpc *rpc, const struct rpc_activation *wanted,
                            enum rpc_exit code, struct rpc_activation_answer answer,
                            struct rpc_fault *fault)
{
    unsigned mode = rpc_activation_target(wanted);
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

/* ---- the MEBx password ---- */

void rpc_activation_hear_mebx(struct rpc_activation_given *given, struct slice password, bool done,
                              const struct error *why)
{
    if (done || (why->code != ERROR_DEVICE && why->code != ERROR_LOGIN))
        given->mebx = password;
    else if (why->code == ERROR_DEVICE)
        given->mebx_refused = password;
}

bool rpc_activation_set_mebx(struct rpc *rpc, const struct rpc_activation *wanted, struct amt *amt,
                             struct slice password, struct error *err)
{
    bool done = amt_setup_mebx_password(amt, rpc_arena(rpc), password, err);
    rpc_activation_hear_mebx(wanted->given, password, done, err);
    return done;
}
