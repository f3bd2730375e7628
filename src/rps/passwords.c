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
#define TAKE_BACK_MS   15000
#define LOGINS_MOST    6 /* refused in a row: the password is not set, and more would lock */

static const char admin_user[] = "admin";

/* ---- logging in ---- */

void rps_log_in(struct rps_provisioning *p, struct slice password)
{
    p->device.password = password;
    rps_session_log_in_as(p->session, slice_of_string(admin_user), password);
}

bool rps_read_state(struct rps_provisioning *p, struct error *err)
{
    if (!amt_setup_read(p->amt, p->arena, &p->device.state, err))
        return false;
    if (p->device.state.has_guid && !guid_equal(&p->device.state.guid, &p->given->request->guid)) {
        char own[GUID_TEXT_SIZE];
        return error_set(err, ERROR_FORBIDDEN,
                         "the agent speaks for %s, but the device behind it is %s", p->given->guid,
                         guid_format(&p->device.state.guid, own));
    }
    return true;
}

bool rps_await_ready(struct rps_provisioning *p, struct error *err)
{
    uint64_t wait = FIRST_WAIT_MS;
    uint64_t most = (uint64_t)READY_ATTEMPTS * p->given->options->attempt_ms;
    most = most < READY_LEAST_MS ? READY_LEAST_MS : most;
    uint64_t whole = io_deadline_within(most);
    unsigned refused = 0;
    bool ready = false;
    /* Each try has more time than the one before: rpc-go 3 waits 2 s for silence after each record
     * of TLS, so that a login alone takes it 10 s. */
    for (unsigned tries = 1;; tries++) {
        uint64_t one = io_deadline_within(most / READY_PARTS * tries);
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
        rps_session_log_in_as(p->session, slice_of_string(admin_user), p->device.password);
        wait = wait * 2 < MOST_WAIT_MS ? wait * 2 : MOST_WAIT_MS;
    }
    io_deadline_restore(whole);
    return ready || error_wrap(err, "the device does not answer under its new password");
}

struct logins {
    struct slice list[STORE_PASSWORDS_MOST + 1];
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

/* Those of the stored ones that are proven, or not: the current one first, then the newest. */
static void add_stored(struct logins *logins, const struct rps_provisioning *p, bool proven)
{
    const struct store_password_list *list = &p->device.stored.lists[STORE_PASSWORD_AMT];
    bool all = rps_is_proven(p);
    if (proven && !all) /* of a device that is known: no digest under those */
        return;
    bool made = p->given->profile.random_password;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < list->count; i++) {
            const struct store_password *item = &list->items[i];
            if (item->proven == proven && item->current == (pass == 0) &&
                (all || (made && item->origin == STORE_ORIGIN_MADE)))
                add_login(logins, item->text);
        }
}

/* Which passwords may be tried: all that are stored for a proven agent, else what was made up here
 * when the profile says so. An agent's word comes first, but last where a token speaks for it. */
static void list_logins(const struct rps_provisioning *p, struct logins *logins)
{
    bool first = rps_says_proven(p) || !rps_is_proven(p);
    *logins = (struct logins){.count = 0};
    if (first)
        add_login(logins, p->given->request->password);
    add_stored(logins, p, true);
    add_stored(logins, p, false);
    add_login(logins, p->given->request->password);
}

bool rps_find_login(struct rps_provisioning *p, struct error *err)
{
    struct logins logins;
    list_logins(p, &logins);
    for (size_t i = 0; i < logins.count; i++) {
        rps_log_in(p, logins.list[i]);
        if (rps_read_state(p, err))
            return true;
        if (err->code != ERROR_LOGIN)
            return false;
    }
    return error_set(err, ERROR_LOGIN, "Unable to authenticate with AMT");
}

/* ---- passwords ---- */

static const struct store_password *find_stored(const struct rps_run_device *device,
                                                struct slice password)
{
    return store_passwords_find(&device->stored, STORE_PASSWORD_AMT, password);
}

/* As of the MPS passwords (rps/configuration.c). */
static struct slice make_mebx(const struct rps_provisioning *p, bool keep)
{
    const struct store_password *stored =
        store_passwords_current(&p->device.stored, STORE_PASSWORD_MEBX);
    return keep && stored != NULL && stored->proven && rps_says_proven(p)
               ? stored->text
               : amt_password_generate(p->arena);
}

bool rps_choose_passwords(struct rps_provisioning *p, bool keep, struct slice *password,
                          struct error *err)
{
    struct slice amt, mebx;
    if (!store_profile_passwords(p->store, p->arena, p->given->tenant, p->given->profile.name, &amt,
                                 &mebx, err))
        return error_wrap(err, "the passwords of the profile %s cannot be read",
                          p->given->profile.name);
    if (p->given->profile.random_password)
        amt = keep ? p->device.password : amt_password_generate(p->arena);
    if (amt.size == 0)
        return error_set(err, ERROR_STORE, "the profile %s has no AMT password stored",
                         p->given->profile.name);
    *password = amt;
    p->device.mebx = (struct slice){0};
    if (p->given->admin)
        p->device.mebx = p->given->profile.random_mebx_password ? make_mebx(p, keep) : mebx;
    return true;
}

enum store_password_origin rps_profile_origin(const struct rps_run_given *given)
{
    return given->profile.random_password ? STORE_ORIGIN_MADE : STORE_ORIGIN_PROFILE;
}

static bool step(struct rps_provisioning *p, enum store_password_kind kind,
                 enum store_password_event event, struct slice text, struct error *err)
{
    const struct store_password_step one = {.kind = kind,
                                            .event = event,
                                            .text = text,
                                            .origin = rps_profile_origin(p->given),
                                            .proven = rps_is_proven(p)};
    return store_passwords_step(p->store, &p->given->request->guid, p->given->tenant, &one, err);
}

bool rps_propose_password(struct rps_provisioning *p, struct slice password,
                          enum store_password_origin origin, struct error *err)
{
    const struct store_password_step one = {.kind = STORE_PASSWORD_AMT,
                                            .event = STORE_PASSWORD_PROPOSED,
                                            .text = password,
                                            .origin = origin,
                                            .proven = rps_is_proven(p)};
    bool ok =
        rps_newcomer_admit(p, err) &&
        (store_passwords_step(p->store, &p->given->request->guid, p->given->tenant, &one, err) ||
         error_wrap(err, "Failed to save device information to Secret Provider"));
    rps_session_set_password(p->session, ok);
    return ok;
}

bool rps_prove_password(struct rps_provisioning *p, struct error *err)
{
    const struct slice texts[STORE_PASSWORD_KINDS] = {
        [STORE_PASSWORD_AMT] = p->device.password,
        [STORE_PASSWORD_MEBX] = p->device.mebx,
        [STORE_PASSWORD_MPS] =
            slice_of_string(p->device.mps_password == NULL ? "" : p->device.mps_password),
    };
    bool anew = store_passwords_have_proven(&p->device.stored, STORE_PASSWORD_AMT);
    if (rps_is_proven(p))
        return true;
    p->done.ended_well = store_passwords_believe(p->store, &p->given->request->guid,
                                                 p->given->tenant, texts, anew, err);
    return p->done.ended_well ||
           error_wrap(err, "Failed to save device information to Secret Provider");
}

bool rps_was_told(const struct rps_provisioning *p, struct slice password)
{
    const struct store_password *stored = find_stored(&p->device, password);
    return stored != NULL && stored->told;
}

bool rps_note_told(struct rps_provisioning *p, struct slice password, bool told, struct error *err)
{
    return !p->given->options->handover->tells_passwords || password.size == 0 ||
           step(p, STORE_PASSWORD_AMT, told ? STORE_PASSWORD_TOLD : STORE_PASSWORD_UNTOLD, password,
                err);
}

bool rps_confirm_password(struct rps_provisioning *p, struct error *err)
{
    bool ok = step(p, STORE_PASSWORD_AMT, STORE_PASSWORD_TAKEN, p->device.password, err);
    rps_session_set_password(p->session, false);
    return ok || error_wrap(err, "the device has its password, which is stored as a proposal, but "
                                 "the secret store fails");
}

bool rps_settle_password(struct rps_provisioning *p, struct error *err)
{
    const struct store_password *stored = find_stored(&p->device, p->device.password);
    if (stored != NULL && stored->proven && stored->current && stored->seen)
        return true;
    return (stored != NULL ||
            rps_propose_password(p, p->device.password, STORE_ORIGIN_AGENT, err)) &&
           rps_confirm_password(p, err);
}

void rps_take_back_password(struct rps_provisioning *p, struct slice password)
{
    struct error err;
    struct io_shield shield = io_shield_begin(TAKE_BACK_MS);
    if (find_stored(&p->device, password) == NULL &&
        !step(p, STORE_PASSWORD_AMT, STORE_PASSWORD_REFUSED, password, &err))
        log_line(LOG_WARN, "a password that the device has not got stays stored", "guid",
                 p->given->guid, "error", err.text, NULL);
    io_shield_end(shield);
    rps_session_set_password(p->session, false);
}

bool rps_change_password(struct rps_provisioning *p, struct slice password,
                         enum store_password_origin origin, struct error *err)
{
    struct slice old = p->device.password;
    if (slice_equal_secret(password, old))
        return true; /* rps_settle_password has seen to it */
    if (!rps_propose_password(p, password, origin, err))
        return false;
    bool sent =
        amt_account_set_admin_password(p->amt, p->arena, p->device.state.realm, password, err);
    if (!sent && err->code == ERROR_DEVICE) {
        rps_take_back_password(p, password);
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
    return rps_choose_passwords(p, true, &password, err) &&
           rps_change_password(p, password, rps_profile_origin(p->given), err);
}

/* One that the device has refused, it hasn't got; what was stored before this run an earlier one
 * may have set. */
static void take_back_mebx(struct rps_provisioning *p)
{
    struct error err;
    if (store_passwords_find(&p->device.stored, STORE_PASSWORD_MEBX, p->device.mebx) == NULL &&
        !step(p, STORE_PASSWORD_MEBX, STORE_PASSWORD_REFUSED, p->device.mebx, &err))
        log_line(LOG_WARN, "a MEBx password that a device refused stays stored", "guid",
                 p->given->guid, "error", err.text, NULL);
}

static bool set_mebx(struct rps_provisioning *p, struct error *err)
{
    if (!step(p, STORE_PASSWORD_MEBX, STORE_PASSWORD_PROPOSED, p->device.mebx, err))
        return false;
    if (amt_setup_mebx_password(p->amt, p->arena, p->device.mebx, err))
        return step(p, STORE_PASSWORD_MEBX, STORE_PASSWORD_TAKEN, p->device.mebx, err);
    if (err->code == ERROR_DEVICE)
        take_back_mebx(p);
    return false;
}

void rps_set_mebx_password(struct rps_provisioning *p)
{
    struct error err;
    if (p->device.mebx.size > 0 && !set_mebx(p, &err))
        p->done.mebx_fault = arena_string(p->arena, slice_of_string(err.text));
}
