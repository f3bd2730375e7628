/*
 * Admin control mode of AMT 19 and later, whose doors take TLS only (spec rpc 5.3): PTHI opens the
 * door for the provisioning certificate, AMT shows one that was announced over PTHI, and what is
 * set inside counts from the commit on. Until then StopConfiguration undoes it.
 */
#include "amt/account.h"
#include "amt/general.h"
#include "amt/host_setup.h"
#include "io/fiber.h"
#include "mei/upid.h"
#include "rpc/machine/amt_state.h"
#include "rpc/machine/machine.h"
#include "rpc/machine/trust.h"
#include "rpc/setup/activation_parts.h"
#include "rpc/setup/certificate.h"

#define START_TRIES 3
#define START_MS    2000

static bool start(struct rpc *rpc, const struct rpc_setup_certificate *certificate,
                  struct mei_host_based *announced, struct rpc_fault *fault)
{
    struct slice hash;
    uint8_t algorithm;
    if (!rpc_setup_certificate_leaf_hash(rpc, certificate, &algorithm, &hash, fault))
        return false;
    for (unsigned tries = 1;; tries++) {
        struct mei_pthi *pthi = rpc_pthi_or(rpc, &fault->err);
        if (pthi != NULL &&
            mei_pthi_start_host_based(pthi, algorithm, hash, NULL, 0, announced, &fault->err))
            return true;
        if (tries == START_TRIES || !io_sleep(START_MS, NULL))
            return rpc_fault_take_me(fault, RPC_ACTIVATION_FAILED, &fault->err);
    }
}

/* Where there is a platform id, it names the ROM's certificate. */
static struct slice read_csme_id(struct rpc *rpc)
{
    struct mei_upid upid;
    struct error err;
    if (!mei_upid_get(&upid, &err)) {
        rpc_log(rpc, LOG_DEBUG, "no platform id to compare AMT's certificate with: %s", err.text);
        return (struct slice){NULL, 0};
    }
    return arena_copy(rpc_arena(rpc), slice_of(upid.csme_id, sizeof upid.csme_id));
}

static bool open_door(struct rpc *rpc, const struct rpc_activation *wanted,
                      const struct rpc_setup_certificate *certificate,
                      const struct mei_host_based *announced, struct amt **amt,
                      struct rpc_fault *fault)
{
    struct rpc_trust_options trusted = {.kind = RPC_TRUST_ANY, .identity = certificate->pfx};
    if (!rpc_flag(rpc, "skip-amt-cert-check")) {
        trusted.kind = RPC_TRUST_ON_DIE;
        trusted.leaf_hash = slice_of(announced->hash, announced->size);
        trusted.csme_id = read_csme_id(rpc);
        if (!rpc_amt_ca(rpc, &trusted.roots_pem, &fault->err))
            return rpc_fault_take(fault, RPC_WRONG_PARAMETERS, &fault->err);
    }
    return rpc_amt_under(rpc, &trusted, SLICE_LITERAL("admin"), wanted->password, amt,
                         &fault->err) ||
           rpc_fault_take(fault, RPC_AMT_CONNECTION_FAILED, &fault->err);
}

static bool set_mebx(struct rpc *rpc, const struct rpc_activation *wanted, struct amt *amt,
                     struct slice password, struct rpc_fault *fault)
{
    return rpc_activation_set_mebx(rpc, wanted, amt, password, &fault->err) ||
           rpc_fault_take(fault, RPC_MEBX_PASSWORD_FAILED, &fault->err);
}

/* AMT that has never had a MEBx password wants one: AMT's own, else the person knows. A commit
 * whose answer was lost without effect is sent once more. */
static bool commit(struct rpc *rpc, struct amt *amt, const struct rpc_activation *wanted,
                   bool *answered, struct rpc_fault *fault)
{
    struct slice password = wanted->password;
    bool again = true, wants_mebx;
    for (unsigned given = 0;
         !rpc_activation_commit(rpc, amt, answered, &wants_mebx, &fault->err);) {
        if (fault->err.code != ERROR_DEVICE && again) {
            again = false;
            continue;
        }
        if (!wants_mebx || given == 2)
            return rpc_fault_take(fault, RPC_ACTIVATION_FAILED, &fault->err);
        if (given == 1 && !rpc_secret(rpc, "mebxpassword", "MEBx Password", true, &password))
            return rpc_fault_set(fault, RPC_MEBX_PASSWORD_FAILED, "AMT wants a MEBx password");
        if (!set_mebx(rpc, wanted, amt, password, fault) && given == 1)
            return false;
        given++;
    }
    return true;
}

static bool set_up(struct rpc *rpc, struct amt *amt, const struct rpc_activation *wanted,
                   bool *answered, struct rpc_fault *fault)
{
    struct amt_general general;
    if (!amt_general_get(amt, rpc_arena(rpc), &general, &fault->err))
        return rpc_fault_take(
            fault, rpc_exit_of_step(rpc, RPC_ACTIVATION_GENERAL_SETTINGS, &fault->err),
            &fault->err); /* now: the way is forgotten when the set-up is taken back */
    error_clear(&fault->err);
    bool done = amt_account_set_admin_password(amt, rpc_arena(rpc), general.realm, wanted->password,
                                               &fault->err);
    (void)rpc_activation_hear(wanted, done, &fault->err);
    if (!done)
        return rpc_fault_take(fault, RPC_ACTIVATION_FAILED, &fault->err);
    if (wanted->mebx.data != NULL && !set_mebx(rpc, wanted, amt, wanted->mebx, fault))
        return false;
    return commit(rpc, amt, wanted, answered, fault);
}

static bool take_steps(struct rpc *rpc, const struct rpc_activation *wanted,
                       const struct rpc_setup_certificate *certificate, struct rpc_fault *fault)
{
    struct rpc_activation_answer yes = {.says = RPC_AMT_SAYS_YES};
    struct mei_host_based announced;
    struct amt *amt;
    if (!start(rpc, certificate, &announced, fault))
        return false;
    if (open_door(rpc, wanted, certificate, &announced, &amt, fault) &&
        set_up(rpc, amt, wanted, &yes.as_admin, fault))
        return rpc_activation_took(rpc, wanted, MEI_CONTROL_ADMIN, RPC_ACTIVATION_MODE, &yes,
                                   fault);
    rpc_activation_take_back(rpc, wanted);
    return false;
}

bool rpc_activate_over_tls(struct rpc *rpc, const struct rpc_activation *wanted,
                           struct rpc_fault *fault)
{
    struct rpc_setup_certificate certificate;
    bool ok = rpc_setup_certificate_open(rpc, wanted->certificate, wanted->certificate_password,
                                         &certificate, fault) &&
              rpc_setup_certificate_fit(rpc, &certificate, fault);
    if (ok && !rpc_is_interrupted()) {
        struct io_shield shield = io_shield_begin_for_answer(RPC_SET_UP_MS);
        rpc_amt_state_touch(rpc);
        ok = take_steps(rpc, wanted, &certificate, fault);
        io_shield_end(shield);
    } else if (ok) {
        ok = rpc_fault_set(fault, RPC_ACTIVATION_FAILED, "interrupted");
    }
    rpc_amt_forget(rpc); /* it shows the certificate */
    rpc_setup_certificate_close(&certificate);
    return ok;
}
