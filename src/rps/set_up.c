/*
 * Bringing a device into its control mode (spec rps 3.1 to 3.4). Whatever is cut off when, one of
 * the stored passwords opens the device: each is stored before it is sent and confirmed once the
 * device was seen to take it.
 *
 *     pre-provisioned ── Setup ──────────────> client ─┐
 *            │                                    │     ├── UpgradeClientToAdmin ──> admin
 *            └── AddNextCertInChain, AdminSetup ──┼─────┘                             │
 *                                                 └── already: another password ──────┘
 *
 * Where the local door is TLS only (AMT 19), or the agent asks for a tunnel, client mode comes
 * first, then the device's own certificate, then the upgrade over TLS.
 */
#include "amt/setup.h"
#include "core/log.h"
#include "io/fiber.h"
#include "rps/passwords.h"
#include "rps/signer.h"
#include "rps/tls.h"

#define ROLL_BACK_MS 30000

static bool open_certificate(struct rps_provisioning *p, struct rps_signer **signer,
                             struct error *err)
{
    struct store_domain domain;
    if (!store_domain_match(p->store, p->arena, p->given->tenant, p->given->request->fqdn, &domain,
                            err)) {
        if (err->code != ERROR_NOT_FOUND)
            return error_wrap(err, "Failed to get amt domain certificate from database");
        return error_set(err, ERROR_NOT_FOUND,
                         "Device %s activation failed. Specified AMT domain suffix: %.*s does not "
                         "match list of available AMT domain suffixes",
                         p->given->guid, SLICE_ARG(slice_first(p->given->request->fqdn, 100)));
    }
    return rps_signer_open(p->given->options->work, p->store, p->arena, p->given->tenant,
                           domain.name, p->given->request->hashes, p->given->request->hash_count,
                           signer, err);
}

/* The device answers under its new password, in the mode that was asked for. After a set-up call
 * whose answer was lost (`why`) that decides what it did. */
static bool took(struct rps_provisioning *p, unsigned mode, const struct error *why,
                 struct error *err)
{
    struct error lost = *why;
    if (rps_await_ready(p, err) && p->device.state.control_mode == mode)
        return rps_confirm_password(p, err);
    if (lost.code != ERROR_NONE)
        *err = lost;
    else if (err->code == ERROR_NONE)
        error_set(err, ERROR_PROTOCOL, "the device is still in another control mode");
    return false;
}

static bool become_client(struct rps_provisioning *p, struct error *err)
{
    struct error why;
    struct slice password;
    error_clear(&why);
    if (!rps_choose_passwords(p, false, &password, err) ||
        !rps_propose_password(p, password, rps_profile_origin(p->given), err))
        return false;
    if (!amt_setup_client(p->amt, p->arena, p->device.state.realm, password, &why) &&
        why.code == ERROR_DEVICE) {
        rps_take_back_password(p, password);
        return error_set(err, why.code, "Failed to activate in client control mode. %s", why.text);
    }
    rps_log_in(p, password);
    if (p->given->request->tls_enforced && !amt_setup_commit(p->amt, p->arena, NULL, err))
        return error_wrap(err, "Failed to activate in client control mode.");
    if (!took(p, AMT_SETUP_CLIENT, &why, err))
        return error_wrap(err, "Failed to activate in client control mode.");
    p->done.activated = true;
    p->outcome->status = "Client control mode.";
    return true;
}

static bool become_admin(struct rps_provisioning *p, struct error *err)
{
    struct rps_signer *signer;
    struct slice password;
    struct error why;
    bool sent = false;
    error_clear(&why);
    if (!open_certificate(p, &signer, err))
        return false;
    bool ok = rps_choose_passwords(p, false, &password, err) &&
              rps_propose_password(p, password, rps_profile_origin(p->given), err);
    if (ok &&
        !amt_setup_admin(p->amt, p->arena, p->device.state.realm, password,
                         rps_signer_of(signer, p->given->request->release, &sent), &why) &&
        (why.code == ERROR_DEVICE || !sent)) {
        rps_take_back_password(p, password);
        ok = error_set(err, why.code, "Failed to activate in admin control mode. %s", why.text);
    }
    rps_signer_close(signer);
    if (!ok)
        return false;
    rps_log_in(p, password);
    if (!took(p, AMT_SETUP_ADMIN, &why, err))
        return error_wrap(err, "Failed to activate in admin control mode.");
    p->done.activated = true;
    p->outcome->status = "Activated to admin control mode.";
    rps_set_mebx_password(p);
    return true;
}

/* From client to admin control mode; the password stays. */
static bool upgrade(struct rps_provisioning *p, struct error *err)
{
    struct rps_signer *signer;
    if (!open_certificate(p, &signer, err))
        return false;
    struct error why;
    error_clear(&why);
    bool ok = amt_setup_upgrade(p->amt, p->arena,
                                rps_signer_of(signer, p->given->request->release, NULL), &why);
    rps_signer_close(signer);
    if (!ok && why.code == ERROR_DEVICE)
        return error_set(err, why.code, "Failed to upgrade to admin control mode. %s", why.text);
    if (p->given->request->tls_enforced && !amt_setup_commit(p->amt, p->arena, NULL, err))
        return error_wrap(err, "Failed to upgrade to admin control mode.");
    if (!took(p, AMT_SETUP_ADMIN, &why, err))
        return error_wrap(err, "Failed to upgrade to admin control mode.");
    p->done.activated = true;
    p->outcome->status = p->given->request->control_mode == 1 ? "Upgraded to admin control mode."
                                                              : "Activated to admin control mode.";
    return true;
}

/* Gives the device a certificate of ours, and speaks TLS with that one from then on. */
static bool move_to_tls(struct rps_provisioning *p, struct error *err)
{
    rps_session_step(p->session, "Configuring TLS");
    if (!rps_tls_provide(p, err))
        return error_wrap(err, "TLS provisioning failed");
    p->done.tls_given = true;
    if (!p->given->request->tls_enforced && !rps_session_switch_port(p->session, 16993, 0, err))
        return error_wrap(err, "Failed to complete port switch to TLS");
    rps_tls_trust_given(p);
    if (!rps_await_ready(p, err))
        return error_wrap(err, "Failed to establish TLS tunnel connection");
    return true;
}

/* The device goes back to where it was found, so that another try can begin. */
static bool roll_back(struct rps_provisioning *p, struct error *err)
{
    struct wsman_reply reply;
    struct error why;
    int64_t value = 0;
    struct io_shield shield = io_shield_begin(ROLL_BACK_MS);
    rps_session_use_tls(p->session, RPS_VERIFY_ON_DIE);
    p->done.over_own_tls = false;
    bool ok = amt_setup_unprovision(p->amt, p->arena, &reply, &value, &why);
    if (ok && value != 0)
        ok = error_set(&why, ERROR_DEVICE, "Unprovision was refused: %s", amt_status_name(value));
    if (ok)
        rps_take_back_password(p, p->device.password);
    io_shield_end(shield);
    p->done.activated = false;
    p->outcome->status = NULL;
    if (ok)
        return error_set(err, err->code, "%s.ACM activation failed.",
                         arena_string(p->arena, slice_of_string(err->text)));
    log_line(LOG_WARN, "a device stays in client control mode", "guid", p->given->guid, "error",
             why.text, NULL);
    return error_set(err, err->code, "Failed to deactivate device after ACM failure: %s",
                     arena_string(p->arena, slice_of_string(err->text)));
}

/* AMT 19 and later: client mode behind the certificate that the chip was made with, our own
 * certificate, then the upgrade. */
static bool become_admin_over_tls(struct rps_provisioning *p, struct error *err)
{
    if (!become_client(p, err))
        return false;
    if (move_to_tls(p, err) && upgrade(p, err)) {
        rps_set_mebx_password(p);
        return true;
    }
    return roll_back(p, err);
}

/* With a tunnel that the agent asks for, on a device whose plain door is open. */
static bool set_up_in_tunnel(struct rps_provisioning *p, struct error *err)
{
    if (!become_client(p, err) || !move_to_tls(p, err))
        return false;
    if (!p->given->admin)
        return true;
    if (!upgrade(p, err))
        return false;
    rps_set_mebx_password(p);
    return true;
}

static bool set_up_new(struct rps_provisioning *p, struct error *err)
{
    rps_session_log_in_as(p->session, p->given->request->username, p->given->request->password);
    if (p->given->request->tls_enforced)
        rps_session_use_tls(p->session, RPS_VERIFY_ON_DIE);
    if (!rps_read_state(p, err))
        return false;
    if (p->device.state.control_mode != 0)
        return error_set(err, ERROR_CONFLICT,
                         "the agent says that the device is in pre-provisioning mode, but the "
                         "device is set up already");
    if (p->given->request->tls_enforced && p->given->admin)
        return become_admin_over_tls(p, err);
    if (p->given->request->tls_tunnel && !p->given->request->tls_enforced)
        return set_up_in_tunnel(p, err);
    if (p->given->admin)
        return become_admin(p, err);
    return become_client(p, err);
}

/* A device that is set up: another run of its profile, or of another one. */
static bool set_up_again(struct rps_provisioning *p, struct error *err)
{
    if (p->given->request->tls_enforced)
        p->done.over_own_tls = rps_tls_trust_stored(p);
    rps_session_step(p->session, "Device already activated");
    if (!rps_find_login(p, err) || !rps_settle_password(p, err))
        return false;
    if (p->device.state.control_mode == 2 && !p->given->admin)
        return error_set(err, ERROR_CONFLICT, "Device %s already enabled in admin control mode.",
                         p->given->guid);
    p->outcome->status =
        p->given->admin ? "already enabled in admin mode." : "already enabled in client mode.";
    if (p->given->admin && p->device.state.control_mode == 1 && !upgrade(p, err))
        return false;
    if (!rps_change_to_profile(p, err))
        return false;
    if (p->given->admin)
        rps_set_mebx_password(p);
    return true;
}

bool rps_set_up(struct rps_provisioning *p, struct error *err)
{
    if (p->given->request->control_mode != 0)
        return set_up_again(p, err);
    if (!set_up_new(p, err))
        return false;
    rps_session_step(p->session, "Activation completed");
    return true;
}
