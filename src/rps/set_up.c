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
#include "amt/account.h"
#include "amt/password.h"
#include "amt/setup.h"
#include "core/log.h"
#include "io/fiber.h"
#include "rps/newcomer.h"
#include "rps/provisioning.h"
#include "rps/provisioning_certificate.h"

#define READY_ATTEMPTS 5 /* firmware is back within 5 to 20 s (spec device-protocols 7.5) */
#define READY_LEAST_MS 20000
#define READY_PARTS    6
#define FIRST_WAIT_MS  200
#define MOST_WAIT_MS   2000
#define LOGINS_MOST                                                              \
    6 /* that are refused in a row: the password is not set, and more would lock \
       */
#define ROLL_BACK_MS 30000

static const char admin_user[] = "admin";

/* ---- logging in ---- */

static void log_in(struct rps_provisioning *p, struct slice password)
{
    p->password = password;
    rps_session_log_in_as(p->session, slice_of_string(admin_user), password);
}

/* Reads what the device says of itself. What the agent said of it must agree. */
static bool read_state(struct rps_provisioning *p, struct error *err)
{
    if (!amt_setup_read(p->amt, p->arena, &p->state, err))
        return false;
    if (p->state.has_guid && !guid_equal(&p->state.guid, &p->request->guid)) {
        char own[GUID_TEXT_SIZE];
        return error_set(err, ERROR_FORBIDDEN,
                         "the agent speaks for %s, but the device behind it is %s", p->guid,
                         guid_format(&p->state.guid, own));
    }
    return true;
}

/* After a change of control mode, password or certificate firmware restarts its services. Asks
 * until it answers under the login in force; how long that takes is the device's own. */
static bool await_ready(struct rps_provisioning *p, struct error *err)
{
    uint64_t wait = FIRST_WAIT_MS;
    uint64_t most = (uint64_t)READY_ATTEMPTS * p->options->attempt_ms;
    most = most < READY_LEAST_MS ? READY_LEAST_MS : most;
    uint64_t whole = io_deadline_within(most);
    unsigned refused = 0;
    bool ready = false;
    for (;;) {
        uint64_t one = io_deadline_within(most / READY_PARTS);
        ready = read_state(p, err);
        io_deadline_restore(one);
        refused += !ready && err->code == ERROR_LOGIN;
        if (ready || err->code == ERROR_CANCELLED || err->code == ERROR_FORBIDDEN ||
            refused == LOGINS_MOST || io_deadline_left() <= wait)
            break;
        struct error over;
        if (!rps_session_pause(p->session, (uint32_t)wait, "the device restarts its services",
                               &over)) {
            *err = over;
            break;
        }
        rps_session_log_in_as(p->session, slice_of_string(admin_user), p->password);
        wait = wait * 2 < MOST_WAIT_MS ? wait * 2 : MOST_WAIT_MS;
    }
    io_deadline_restore(whole);
    return ready || error_wrap(err, "the device does not answer under its new password");
}

struct logins {
    struct slice list[5 + STORE_UNPROVEN_MOST];
    size_t count;
};

static void add_login(struct logins *logins, struct slice password)
{
    if (password.size == 0)
        return;
    for (size_t i = 0; i < logins->count; i++)
        if (slice_equal_secret(logins->list[i], password))
            return;
    logins->list[logins->count++] = password;
}

/* Which passwords may be tried. An agent's word comes first where it is one that is stored, or
 * nothing is, or it forces its way; after all others for an agent with a token. Without any of
 * these only those are tried that may have been made here and that nobody else can know. */
static void list_logins(const struct rps_provisioning *p, struct logins *logins)
{
    const struct store_passwords *stored = &p->stored;
    bool says = rps_says_stored(p), token = rps_session_is_authenticated(p->session);
    bool known = stored->current.size + stored->pending.size + stored->previous.size > 0;
    *logins = (struct logins){.count = 0};
    if (says ||
        (!token && (!known || p->request->force || rps_is_known_password(p, p->request->password))))
        add_login(logins, p->request->password);
    if (rps_may_use_stored(p)) {
        if (says || token)
            add_login(logins, stored->current);
        if (rps_is_known_password(p, stored->made))
            add_login(logins, stored->made);
        add_login(logins, stored->pending);
        if (says || token)
            add_login(logins, stored->previous);
        for (size_t i = 0; i < STORE_UNPROVEN_MOST; i++)
            add_login(logins, stored->unproven[i]);
    }
    if (token)
        add_login(logins, p->request->password);
}

bool rps_find_login(struct rps_provisioning *p, struct error *err)
{
    struct logins logins;
    list_logins(p, &logins);
    for (size_t i = 0; i < logins.count; i++) {
        log_in(p, logins.list[i]);
        bool ok = read_state(p, err);
        p->opened =
            (ok || err->code == ERROR_UNSUPPORTED) && rps_is_stored_password(p, logins.list[i]);
        if (ok)
            return true;
        if (err->code != ERROR_LOGIN)
            return false;
    }
    return error_set(err, ERROR_LOGIN, "Unable to authenticate with AMT");
}

/* ---- passwords ---- */

/* The profile's own, or a new one. A device whose generated password is known keeps it: every run
 * that changes a password is a run that can be cut off. */
static bool choose_passwords(struct rps_provisioning *p, bool keep, struct slice *password,
                             struct error *err)
{
    struct slice amt, mebx;
    if (!store_profile_passwords(p->store, p->arena, p->tenant, p->profile.name, &amt, &mebx, err))
        return error_wrap(err, "the passwords of the profile %s cannot be read", p->profile.name);
    p->made = p->profile.random_password && !keep;
    if (p->profile.random_password)
        amt = keep ? p->password : amt_password_generate(p->arena);
    if (amt.size == 0)
        return error_set(err, ERROR_STORE, "the profile %s has no AMT password stored",
                         p->profile.name);
    *password = amt;
    p->mebx = (struct slice){0};
    if (!p->admin)
        return true;
    if (p->profile.random_mebx_password)
        mebx = p->stored.mebx.size > 0 && keep && rps_is_proven(p)
                   ? p->stored.mebx
                   : amt_password_generate(p->arena);
    p->mebx = mebx;
    return true;
}

bool rps_propose_password(struct rps_provisioning *p, struct slice password, struct slice mebx,
                          struct error *err)
{
    const char *amt = arena_string(p->arena, password);
    const char *other = mebx.size > 0 ? arena_string(p->arena, mebx) : NULL;
    const struct guid *guid = &p->request->guid;
    if (!rps_newcomer_admit(p, err))
        return false;
    bool ok = rps_is_proven(p)
                  ? store_passwords_propose(p->store, guid, p->tenant, amt, other, err)
                  : store_passwords_propose_unproven(p->store, guid, p->tenant, amt, other,
                                                     rps_session_is_authenticated(p->session), err);
    if (ok && p->made)
        ok = store_passwords_made(p->store, guid, p->tenant, password, err);
    return ok || error_wrap(err, "Failed to save device information to Secret Provider");
}

bool rps_confirm_password(struct rps_provisioning *p, struct error *err)
{
    bool (*confirm)(struct store *, const struct guid *, const char *, struct slice,
                    struct error *) =
        rps_is_proven(p) ? store_passwords_confirm : store_passwords_confirm_unproven;
    if (confirm(p->store, &p->request->guid, p->tenant, p->password, err))
        return true;
    return error_wrap(err, "the device has its password, which is stored as a proposal, but the "
                           "secret store fails");
}

bool rps_settle_password(struct rps_provisioning *p, struct error *err)
{
    const struct store_passwords *stored = &p->stored;
    bool is_current = stored->current.size > 0 && slice_equal_secret(stored->current, p->password);
    bool is_full = (stored->pending.size > 0 && stored->previous.size > 0) ||
                   stored->unproven[STORE_UNPROVEN_MOST - 1].size > 0;
    if (is_current && !(is_full && rps_is_proven(p)))
        return true;
    return (rps_is_known_password(p, p->password) ||
            rps_propose_password(p, p->password, (struct slice){0}, err)) &&
           rps_confirm_password(p, err);
}

/* What the device has refused, it hasn't got. Anything else leaves that open, and so does a
 * password that was stored before this run, which an earlier one may have set. */
static void withdraw_if_refused(struct rps_provisioning *p, struct slice password,
                                const struct error *why)
{
    struct error err;
    if (why->code != ERROR_DEVICE || rps_is_known_password(p, password))
        return;
    if (!store_passwords_take_back(p->store, &p->request->guid, p->tenant, password, &err))
        log_line(LOG_WARN, "a password that a device refused stays stored", "guid", p->guid,
                 "error", err.text, NULL);
}

bool rps_change_password(struct rps_provisioning *p, struct slice password, struct error *err)
{
    struct slice old = p->password;
    if (!rps_propose_password(p, password, p->mebx, err))
        return false;
    if (slice_equal_secret(password, old))
        return true; /* rps_settle_password has seen to it */
    bool sent = amt_account_set_admin_password(p->amt, p->arena, p->state.realm, password, err);
    if (!sent && err->code == ERROR_DEVICE) {
        withdraw_if_refused(p, password, err);
        return error_wrap(err, "the AMT password was not changed");
    }
    /* Also when the answer was lost: whether the new one works is what counts. */
    struct error lost = *err;
    log_in(p, password);
    if (await_ready(p, err))
        return rps_confirm_password(p, err);
    log_in(p, old);
    return sent ? false : error_set(err, lost.code, "%s", lost.text);
}

/* The password that the profile says, on a device that is set up. */
static bool change_to_profile(struct rps_provisioning *p, struct error *err)
{
    struct slice password;
    return choose_passwords(p, true, &password, err) && rps_change_password(p, password, err);
}

static bool is_stored_mebx(const struct rps_provisioning *p)
{
    const struct store_passwords *stored = &p->stored;
    return slice_equal_secret(stored->mebx, p->mebx) ||
           slice_equal_secret(stored->mebx_pending, p->mebx) ||
           slice_equal_secret(stored->mebx_previous, p->mebx);
}

/* Replaces one that is stored only where the agent has proved itself; otherwise it stays pending,
 * beside that one. One that the device has refused, it hasn't got. */
static bool settle_mebx(struct rps_provisioning *p, bool is_set, struct error *err)
{
    struct error why;
    const struct guid *guid = &p->request->guid;
    if (is_set)
        return (p->stored.mebx.size > 0 && !rps_is_proven(p)) ||
               store_passwords_confirm_mebx(p->store, guid, p->tenant, err);
    if (err->code == ERROR_DEVICE && !is_stored_mebx(p) &&
        !store_passwords_withdraw_mebx(p->store, guid, p->tenant, &why))
        log_line(LOG_WARN, "a MEBx password that a device refused stays stored", "guid", p->guid,
                 "error", why.text, NULL);
    return false;
}

/* The MEBx password belongs to the screen at the machine. That it could not be set is told, and is
 * no reason to give the device up. */
static void set_mebx_password(struct rps_provisioning *p)
{
    struct error err;
    if (p->mebx.size == 0)
        return;
    bool is_set = amt_setup_mebx_password(p->amt, p->arena, p->mebx, &err);
    if (!settle_mebx(p, is_set, &err))
        p->mebx_fault = arena_string(p->arena, slice_of_string(err.text));
}

/* ---- the ways into a control mode ---- */

static bool open_certificate(struct rps_provisioning *p, struct rps_signer **signer,
                             struct error *err)
{
    struct store_domain domain;
    if (!store_domain_match(p->store, p->arena, p->tenant, p->request->fqdn, &domain, err)) {
        if (err->code != ERROR_NOT_FOUND)
            return error_wrap(err, "Failed to get amt domain certificate from database");
        return error_set(err, ERROR_NOT_FOUND,
                         "Device %s activation failed. Specified AMT domain suffix: %.*s does not "
                         "match list of available AMT domain suffixes",
                         p->guid, SLICE_ARG(slice_first(p->request->fqdn, 100)));
    }
    return rps_signer_open(p->options->work, p->store, p->arena, p->tenant, domain.name,
                           p->request->hashes, p->request->hash_count, signer, err);
}

/* The device answers under its new password, in the mode that was asked for. After a set-up call
 * whose answer was lost (`why`) that decides what it did. */
static bool took(struct rps_provisioning *p, unsigned mode, const struct error *why,
                 struct error *err)
{
    struct error lost = *why;
    if (await_ready(p, err) && p->state.control_mode == mode)
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
    if (!choose_passwords(p, false, &password, err) ||
        !rps_propose_password(p, password, p->mebx, err))
        return false;
    if (!amt_setup_client(p->amt, p->arena, p->state.realm, password, &why) &&
        why.code == ERROR_DEVICE) {
        withdraw_if_refused(p, password, &why);
        return error_set(err, why.code, "Failed to activate in client control mode. %s", why.text);
    }
    log_in(p, password);
    if (p->request->tls_enforced && !amt_setup_commit(p->amt, p->arena, err))
        return error_wrap(err, "Failed to activate in client control mode.");
    if (!took(p, AMT_SETUP_CLIENT, &why, err))
        return error_wrap(err, "Failed to activate in client control mode.");
    p->activated = true;
    p->outcome->status = "Client control mode.";
    return true;
}

static bool become_admin(struct rps_provisioning *p, struct error *err)
{
    struct rps_signer *signer;
    struct slice password;
    struct error why;
    error_clear(&why);
    if (!open_certificate(p, &signer, err))
        return false;
    bool ok = choose_passwords(p, false, &password, err) &&
              rps_propose_password(p, password, p->mebx, err);
    if (ok &&
        !amt_setup_admin(p->amt, p->arena, p->state.realm, password,
                         rps_signer_of(signer, p->request->release), &why) &&
        why.code == ERROR_DEVICE) {
        withdraw_if_refused(p, password, &why);
        ok = error_set(err, why.code, "Failed to activate in admin control mode. %s", why.text);
    }
    rps_signer_close(signer);
    if (!ok)
        return false;
    log_in(p, password);
    if (!took(p, AMT_SETUP_ADMIN, &why, err))
        return error_wrap(err, "Failed to activate in admin control mode.");
    p->activated = true;
    p->outcome->status = "Activated to admin control mode.";
    set_mebx_password(p);
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
    bool ok = amt_setup_upgrade(p->amt, p->arena, rps_signer_of(signer, p->request->release), &why);
    rps_signer_close(signer);
    if (!ok && why.code == ERROR_DEVICE)
        return error_set(err, why.code, "Failed to upgrade to admin control mode. %s", why.text);
    if (p->request->tls_enforced && !amt_setup_commit(p->amt, p->arena, err))
        return error_wrap(err, "Failed to upgrade to admin control mode.");
    if (!took(p, AMT_SETUP_ADMIN, &why, err))
        return error_wrap(err, "Failed to upgrade to admin control mode.");
    p->activated = true;
    p->outcome->status = p->request->control_mode == 1 ? "Upgraded to admin control mode."
                                                       : "Activated to admin control mode.";
    return true;
}

/* Gives the device a certificate of ours, and speaks TLS that leads to our root from then on. */
static bool move_to_tls(struct rps_provisioning *p, struct error *err)
{
    rps_session_step(p->session, "Configuring TLS");
    if (!rps_tls_provide(p, err))
        return error_wrap(err, "TLS provisioning failed");
    p->tls_given = true;
    if (!p->request->tls_enforced && !rps_session_switch_port(p->session, 16993, 0, err))
        return error_wrap(err, "Failed to complete port switch to TLS");
    if (!rps_tls_trust_own(p, err))
        return false;
    if (!await_ready(p, err))
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
    (void)rps_tls_trust_either(p, &why);
    p->over_own_tls = false;
    bool ok = amt_setup_unprovision(p->amt, p->arena, &reply, &value, &why);
    if (ok && value != 0)
        ok = error_set(&why, ERROR_DEVICE, "Unprovision was refused: %s", amt_status_name(value));
    if (ok && !rps_is_known_password(p, p->password))
        ok = store_passwords_take_back(p->store, &p->request->guid, p->tenant, p->password, &why);
    io_shield_end(shield);
    p->activated = false;
    p->outcome->status = NULL;
    if (ok)
        return error_set(err, err->code, "%s.ACM activation failed.",
                         arena_string(p->arena, slice_of_string(err->text)));
    log_line(LOG_WARN, "a device stays in client control mode", "guid", p->guid, "error", why.text,
             NULL);
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
        set_mebx_password(p);
        return true;
    }
    return roll_back(p, err);
}

/* With a tunnel that the agent asks for, on a device whose plain door is open. */
static bool set_up_in_tunnel(struct rps_provisioning *p, struct error *err)
{
    if (!become_client(p, err) || !move_to_tls(p, err))
        return false;
    if (!p->admin)
        return true;
    if (!upgrade(p, err))
        return false;
    set_mebx_password(p);
    return true;
}

static bool set_up_new(struct rps_provisioning *p, struct error *err)
{
    rps_session_log_in_as(p->session, p->request->username, p->request->password);
    p->over_on_die = p->request->tls_enforced;
    if (p->over_on_die)
        rps_session_use_tls(p->session, RPS_VERIFY_ON_DIE, (struct slice){0});
    if (!read_state(p, err))
        return false;
    if (p->state.control_mode != 0)
        return error_set(err, ERROR_CONFLICT,
                         "the agent says that the device is in pre-provisioning mode, but the "
                         "device is set up already");
    if (p->request->tls_enforced && p->admin)
        return become_admin_over_tls(p, err);
    if (p->request->tls_tunnel && !p->request->tls_enforced)
        return set_up_in_tunnel(p, err);
    if (p->admin)
        return become_admin(p, err);
    return become_client(p, err);
}

/* A device that is set up: another run of its profile, or of another one. */
static bool set_up_again(struct rps_provisioning *p, struct error *err)
{
    if (p->request->tls_enforced) {
        if (!rps_tls_trust_stored(p))
            rps_session_use_tls(p->session, RPS_VERIFY_NOTHING, (struct slice){0});
    }
    rps_session_step(p->session, "Device already activated");
    if (!rps_find_login(p, err) || !rps_settle_password(p, err))
        return false;
    if (p->state.control_mode == 2 && !p->admin)
        return error_set(err, ERROR_CONFLICT, "Device %s already enabled in admin control mode.",
                         p->guid);
    p->outcome->status =
        p->admin ? "already enabled in admin mode." : "already enabled in client mode.";
    if (p->admin && p->state.control_mode == 1 && !upgrade(p, err))
        return false;
    if (!change_to_profile(p, err))
        return false;
    if (p->admin)
        set_mebx_password(p);
    return true;
}

bool rps_set_up(struct rps_provisioning *p, struct error *err)
{
    if (p->request->control_mode != 0)
        return set_up_again(p, err);
    if (!set_up_new(p, err))
        return false;
    rps_session_step(p->session, "Activation completed");
    return true;
}
