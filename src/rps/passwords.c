#include "rps/passwords.h"

#include "amt/account.h"
#include "amt/password.h"
#include "core/log.h"
#include "io/fiber.h"
#include "rps/newcomer.h"

#define READY_ATTEMPTS 5 /* firmware is back within 5 to 20 s (spec device-protocols 7.5) */
#define READY_LEAST_MS 20000
#define READY_PARTS    6
#define FIRST_WAIT_MS  200
#define MOST_WAIT_MS   2000
#define LOGINS_MOST    6 /* refused in a row: the password is not set, and more would lock */

static const char admin_user[] = "admin";

/* ---- logging in ---- */

void rps_log_in(struct rps_provisioning *p, struct slice password)
{
    p->password = password;
    rps_session_log_in_as(p->session, slice_of_string(admin_user), password);
}

bool rps_read_state(struct rps_provisioning *p, struct error *err)
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

bool rps_await_ready(struct rps_provisioning *p, struct error *err)
{
    uint64_t wait = FIRST_WAIT_MS;
    uint64_t most = (uint64_t)READY_ATTEMPTS * p->options->attempt_ms;
    most = most < READY_LEAST_MS ? READY_LEAST_MS : most;
    uint64_t whole = io_deadline_within(most);
    unsigned refused = 0;
    bool ready = false;
    for (;;) {
        uint64_t one = io_deadline_within(most / READY_PARTS);
        ready = rps_read_state(p, err);
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
        rps_log_in(p, logins.list[i]);
        bool ok = rps_read_state(p, err);
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

bool rps_choose_passwords(struct rps_provisioning *p, bool keep, struct slice *password,
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

void rps_withdraw_refused(struct rps_provisioning *p, struct slice password,
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
        rps_withdraw_refused(p, password, err);
        return error_wrap(err, "the AMT password was not changed");
    }
    /* Also when the answer was lost: whether the new one works is what counts. */
    struct error lost = *err;
    rps_log_in(p, password);
    if (rps_await_ready(p, err))
        return rps_confirm_password(p, err);
    rps_log_in(p, old);
    return sent ? false : error_set(err, lost.code, "%s", lost.text);
}

bool rps_change_to_profile(struct rps_provisioning *p, struct error *err)
{
    struct slice password;
    return rps_choose_passwords(p, true, &password, err) && rps_change_password(p, password, err);
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

void rps_set_mebx_password(struct rps_provisioning *p)
{
    struct error err;
    if (p->mebx.size == 0)
        return;
    bool is_set = amt_setup_mebx_password(p->amt, p->arena, p->mebx, &err);
    if (!settle_mebx(p, is_set, &err))
        p->mebx_fault = arena_string(p->arena, slice_of_string(err.text));
}
