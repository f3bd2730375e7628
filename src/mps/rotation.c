#include "mps/rotation.h"

#include "amt/account.h"
#include "amt/password.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "store/holds.h"
#include "store/passwords.h"
#include "store/provisionings.h"
#include "wsman/catalogue.h"

#include <string.h>

#define AFTERWARDS_MS 10000 /* for what is written although the job was cancelled */

struct rotation {
    struct store *store;
    const struct guid *guid;
    const char *tenant;
    struct amt *amt;
    struct arena *arena;
    struct slice password; /* the new one */
    bool made;             /* … which is made up here */
    struct slice realm;
    struct store_provisioning session;
};

static bool step(struct rotation *rotation, const char *label, struct error *err)
{
    rotation->session.step = label;
    return store_provisioning_step(rotation->store, &rotation->session, label, err);
}

/* Reads the device's digest realm, which shows that a stored password opens it. */
static bool read_realm(struct rotation *rotation, struct error *err)
{
    static const struct wsman_target settings = {.class = &wsman_AMT_GeneralSettings};
    struct wsman_reply reply;
    if (!amt_get(rotation->amt, rotation->arena, &settings, &reply, err))
        return false;
    rotation->realm = wsman_xml_child_text(amt_instance(&reply, settings.class), "DigestRealm");
    return rotation->realm.size > 0 ||
           error_set(err, ERROR_PROTOCOL, "the device does not tell its digest realm");
}

/* SetAdminAclEntryEx is for one account. */
static bool check_account(const struct rotation *rotation, struct error *err)
{
    struct store_device device;
    if (!store_device_get(rotation->store, rotation->arena, rotation->guid, rotation->tenant,
                          &device, err))
        return false;
    return device.username == NULL || device.username[0] == '\0' ||
           strcmp(device.username, STORE_USERNAME_DEFAULT) == 0 ||
           error_set(err, ERROR_UNSUPPORTED,
                     "the device is used with another account than \"%s\", whose password this "
                     "would change",
                     STORE_USERNAME_DEFAULT);
}

static bool take(const struct rotation *rotation, enum store_password_event event,
                 struct slice password, struct error *err)
{
    const struct store_password_step step = {.kind = STORE_PASSWORD_AMT,
                                             .event = event,
                                             .text = password,
                                             .origin = rotation->made ? STORE_ORIGIN_MADE
                                                                      : STORE_ORIGIN_ROTATION,
                                             .proven = true};
    return store_passwords_step(rotation->store, rotation->guid, rotation->tenant, &step, err);
}

/* The one of those that are stored that the device has just answered under; NULL: none. */
static const struct store_password *find_open(const struct rotation *rotation,
                                              const struct store_passwords *stored)
{
    const struct store_password_list *list = &stored->lists[STORE_PASSWORD_AMT];
    for (size_t i = 0; i < list->count; i++)
        if (amt_logged_in_with(rotation->amt, list->items[i].text))
            return &list->items[i];
    return NULL;
}

/* The device has just answered: the password it answered under is the current one. What earlier
 * changes have left beside it stays: a request whose answer was lost may still be on its way. */
static bool settle(struct rotation *rotation, bool *is_done, struct error *err)
{
    struct store_passwords stored;
    if (!store_passwords_get(rotation->store, rotation->arena, rotation->guid, rotation->tenant,
                             &stored, err))
        return false;
    const struct store_password *opens = find_open(rotation, &stored);
    bool ok = false;
    if (opens == NULL)
        (void)error_set(err, ERROR_BUSY, "the device's password has just been changed; try again");
    else if (!opens->proven)
        (void)error_set(err, ERROR_FORBIDDEN,
                        "the password that opens the device came from a run that did not end "
                        "well: run its agent again, or store the password");
    else
        ok = opens->current || take(rotation, STORE_PASSWORD_TAKEN, opens->text, err);
    *is_done = ok && slice_equal_secret(opens->text, rotation->password);
    store_passwords_wipe(&stored);
    return ok;
}

/* The device said no: it does not have the new one. */
static bool give_up(const struct rotation *rotation, struct error *err)
{
    struct error why;
    struct io_shield shield = io_shield_begin(AFTERWARDS_MS);
    if (!take(rotation, STORE_PASSWORD_REFUSED, rotation->password, &why))
        log_line(LOG_WARN, "a refused password is still stored as proposed", "error", why.text,
                 NULL);
    io_shield_end(shield);
    return error_wrap(err, "the password was not changed");
}

/* The device has answered under the new one. Where that is sure, nothing else opens it. */
static bool confirm(const struct rotation *rotation, struct error *err)
{
    return take(rotation,
                amt_peer(rotation->amt) == AMT_PEER_PROVEN ? STORE_PASSWORD_SETTLED
                                                           : STORE_PASSWORD_TAKEN,
                rotation->password, err);
}

/* One attempt; the device is asked under the new password whatever became of the answer. */
static bool change(struct rotation *rotation, struct error *err)
{
    struct error lost = {ERROR_NONE, ""};
    bool ok = amt_account_set_admin_password(rotation->amt, rotation->arena, rotation->realm,
                                             rotation->password, &lost);
    if (!ok && (lost.code == ERROR_DEVICE || lost.code == ERROR_LOGIN ||
                lost.code == ERROR_UNSUPPORTED || lost.code == ERROR_INVALID)) {
        *err = lost;
        return give_up(rotation, err);
    }
    amt_log_in_with(rotation->amt, rotation->password);
    if (!step(rotation, "Trying the new password", err) || !read_realm(rotation, err))
        return error_wrap(err, "nobody knows whether the password was changed, so both are stored");
    if (amt_logged_in_with(rotation->amt, rotation->password))
        return confirm(rotation, err);
    if (ok) /* it said that it took it */
        (void)error_set(err, ERROR_BUSY,
                        "the device took the new password, but another one opens it now");
    else /* which may still arrive: the new one stays stored */
        *err = lost;
    return false;
}

/* Whoever was given a password by a run that did not end well may not be the device. */
static bool check_peer(const struct rotation *rotation, struct error *err)
{
    return amt_peer(rotation->amt) != AMT_PEER_UNPROVEN ||
           error_set(err, ERROR_FORBIDDEN,
                     "the device calls in with a password of a run that did not end well: run its "
                     "agent again");
}

static bool run_steps(struct rotation *rotation, struct error *err)
{
    bool is_done = false;
    if (!check_account(rotation, err) || !step(rotation, "Reading the device", err) ||
        !read_realm(rotation, err) || !check_peer(rotation, err) ||
        !settle(rotation, &is_done, err))
        return false;
    if (is_done)
        return true;
    return step(rotation, "Storing the new password", err) &&
           take(rotation, STORE_PASSWORD_PROPOSED, rotation->password, err) &&
           step(rotation, "Setting the new password", err) && change(rotation, err);
}

static void tell_end(struct rotation *rotation, bool ok, const struct error *err)
{
    struct error why;
    struct io_shield shield = io_shield_begin(AFTERWARDS_MS);
    rotation->session.outcome = ok ? STORE_OUTCOME_SUCCESS : STORE_OUTCOME_FAILURE;
    rotation->session.finished = clock_wall_ms();
    rotation->session.message = ok ? "the password was changed" : err->text;
    if (!store_provisioning_finish(rotation->store, &rotation->session, &why))
        log_line(LOG_WARN, "the end of a change of password cannot be written down", "error",
                 why.text, NULL);
    io_shield_end(shield);
}

bool mps_rotation_run(struct store *store, const struct guid *guid, const char *tenant,
                      struct amt *amt, struct arena *arena, struct slice password,
                      struct error *err)
{
    struct error why = {ERROR_NONE, ""};
    struct store_provisioning interrupted;
    struct rotation rotation = {
        .store = store,
        .guid = guid,
        .tenant = tenant,
        .amt = amt,
        .arena = arena,
        .password = password.size > 0 ? password : amt_password_generate(arena),
        .made = password.size == 0,
        .session = {.guid = *guid,
                    .tenant_id = tenant,
                    .command = "rotate-password",
                    .proven = true,
                    .started = clock_wall_ms()},
    };
    struct store_hold hold = {.entry.guid = *guid, .proven = true};
    if (!store_hold_take(store, &hold, err))
        return false;
    bool ok = store_provisioning_begin(store, arena, &rotation.session, &interrupted, &why);
    if (ok) {
        ok = run_steps(&rotation, &why);
        tell_end(&rotation, ok, &why);
    }
    store_hold_give(store, &hold);
    if (password.size == 0)
        memory_wipe((uint8_t *)(uintptr_t)rotation.password.data, rotation.password.size);
    if (!ok && err != NULL)
        *err = why;
    return ok;
}
