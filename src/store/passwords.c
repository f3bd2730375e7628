#include "store/passwords.h"

#include "store/password_entry.h"

/* ---- reading ---- */

static struct slice copy(struct arena *arena, const json_t *entry, const char *name)
{
    return arena_copy(arena, slice_of_string(password_entry_text(entry, name)));
}

static void run_get(struct store_call *base)
{
    struct password_call *call = (struct password_call *)base;
    char path[STORE_SECRETS_DEVICE_PATH_SIZE];
    store_secrets_device_path(call->guid, path);
    json_t *entry = store_secrets_read(base->store->secrets, path, &base->err);
    if (entry == NULL)
        return;
    if (json_object_size(entry) == 0)
        (void)error_set(&base->err, ERROR_NOT_FOUND, "no password is stored for this device");
    else if (!password_entry_is_owner(entry, call->tenant))
        (void)password_entry_not_yours(&base->err);
    else
        base->ok = password_entry_is_sound(entry, &base->err);
    if (base->ok)
        *call->passwords = (struct store_passwords){
            .current = copy(call->arena, entry, ENTRY_CURRENT),
            .pending = copy(call->arena, entry, ENTRY_PENDING),
            .previous = copy(call->arena, entry, ENTRY_PREVIOUS),
            .unproven = {copy(call->arena, entry, ENTRY_UNPROVEN),
                         copy(call->arena, entry, ENTRY_UNPROVEN_2)},
            .mebx = copy(call->arena, entry, ENTRY_MEBX),
            .mebx_pending = copy(call->arena, entry, ENTRY_MEBX_PENDING),
            .mebx_previous = copy(call->arena, entry, ENTRY_MEBX_PREVIOUS),
            .made = copy(call->arena, entry, ENTRY_MADE),
            .mps = copy(call->arena, entry, ENTRY_MPS),
            .mps_previous = copy(call->arena, entry, ENTRY_MPS_PREVIOUS),
            .tls_certificate = copy(call->arena, entry, ENTRY_CERTIFICATE),
        };
    store_secrets_release(entry);
}

bool store_passwords_get(struct store *store, struct arena *arena, const struct guid *guid,
                         const char *tenant, struct store_passwords *passwords, struct error *err)
{
    struct password_call call = {.call.run = run_get,
                                 .guid = guid,
                                 .tenant = tenant,
                                 .arena = arena,
                                 .passwords = passwords};
    return store_call_lookup(store, &call.call, err);
}

/* ---- changing ---- */

static bool change_propose(const struct password_call *call, json_t *entry, bool *changed,
                           bool *current, struct error *err)
{
    (void)current;
    return password_entry_propose_amt(entry, call->amt, changed, err) &&
           password_entry_propose_mebx(entry, call->mebx, changed, err);
}

bool store_passwords_propose(struct store *store, const struct guid *guid, const char *tenant,
                             const char *amt, const char *mebx, struct error *err)
{
    struct password_call call = {.guid = guid,
                                 .tenant = tenant,
                                 .change = change_propose,
                                 .replaces = true,
                                 .amt = amt,
                                 .mebx = mebx};
    return password_fits(amt, err) && password_fits(mebx, err) &&
           password_change_call(store, &call, err);
}

static bool change_confirm(const struct password_call *call, json_t *entry, bool *changed,
                           bool *current, struct error *err)
{
    *current = !password_entry_holds(entry, ENTRY_CURRENT, call->amt);
    *changed = *current || json_object_get(entry, ENTRY_PENDING) != NULL ||
               json_object_get(entry, ENTRY_PREVIOUS) != NULL ||
               json_object_get(entry, ENTRY_UNPROVEN) != NULL;
    return password_entry_become_only(entry, call->amt, err);
}

bool store_passwords_confirm(struct store *store, const struct guid *guid, const char *tenant,
                             struct slice amt, struct error *err)
{
    return password_change_to(store, guid, tenant, amt, change_confirm, true, err);
}

static bool take_back_unproven(json_t *entry, const char *password, bool *changed,
                               struct error *err)
{
    if (password_entry_holds(entry, ENTRY_UNPROVEN, password)) {
        *changed = true;
        return password_entry_move(entry, ENTRY_UNPROVEN_2, ENTRY_UNPROVEN, err);
    }
    if (!password_entry_holds(entry, ENTRY_UNPROVEN_2, password))
        return true;
    *changed = true;
    return store_secrets_set(entry, ENTRY_UNPROVEN_2, "", err);
}

static bool change_take_back(const struct password_call *call, json_t *entry, bool *changed,
                             bool *current, struct error *err)
{
    if (password_entry_holds(entry, ENTRY_PENDING, call->amt)) {
        *changed = true;
        if (!password_entry_move(entry, ENTRY_PREVIOUS, ENTRY_PENDING, err))
            return false;
    } else if (password_entry_holds(entry, ENTRY_PREVIOUS, call->amt)) {
        *changed = true;
        if (!store_secrets_set(entry, ENTRY_PREVIOUS, "", err))
            return false;
    }
    if (!take_back_unproven(entry, call->amt, changed, err))
        return false;
    if (!password_entry_holds(entry, ENTRY_CURRENT, call->amt))
        return true;
    *changed = *current = true;
    return password_entry_move(
        entry, password_entry_has(entry, ENTRY_PREVIOUS) ? ENTRY_PREVIOUS : ENTRY_PENDING,
        ENTRY_CURRENT, err);
}

bool store_passwords_take_back(struct store *store, const struct guid *guid, const char *tenant,
                               struct slice amt, struct error *err)
{
    return password_change_to(store, guid, tenant, amt, change_take_back, false, err);
}

static bool is_unproven(const json_t *entry, const char *password)
{
    return password_entry_holds(entry, ENTRY_UNPROVEN, password) ||
           password_entry_holds(entry, ENTRY_UNPROVEN_2, password);
}

static bool not_stored_any_more(struct error *err)
{
    return error_set(err, ERROR_CONFLICT,
                     "the password that opens the device is not stored any more");
}

/* A younger one may be on its way to the device; an older one is not on it any more. */
static bool change_found(const struct password_call *call, json_t *entry, bool *changed,
                         bool *current, struct error *err)
{
    if (password_entry_holds(entry, ENTRY_CURRENT, call->amt)) {
        /* Without a pending one, "previous" is what somebody who was not sure has left. */
        *changed =
            !password_entry_has(entry, ENTRY_PENDING) && password_entry_has(entry, ENTRY_PREVIOUS);
        return !*changed || store_secrets_set(entry, ENTRY_PREVIOUS, "", err);
    }
    if (password_entry_holds(entry, ENTRY_PENDING, call->amt)) {
        if (!store_secrets_set(entry, ENTRY_PENDING, "", err))
            return false;
    } else if (is_unproven(entry, call->amt)) {
        *changed = *current = true;
        return password_entry_become_only(entry, call->amt, err);
    } else if (!password_entry_holds(entry, ENTRY_PREVIOUS, call->amt)) {
        return not_stored_any_more(err);
    }
    *changed = *current = true;
    return store_secrets_set(entry, ENTRY_PREVIOUS, "", err) &&
           store_secrets_set(entry, ENTRY_CURRENT, call->amt, err);
}

bool store_passwords_found(struct store *store, const struct guid *guid, const char *tenant,
                           struct slice amt, struct error *err)
{
    return password_change_to(store, guid, tenant, amt, change_found, false, err);
}

static bool change_seen(const struct password_call *call, json_t *entry, bool *changed,
                        bool *current, struct error *err)
{
    if (password_entry_holds(entry, ENTRY_CURRENT, call->amt))
        return true;
    const char *place = password_entry_holds(entry, ENTRY_PENDING, call->amt)    ? ENTRY_PENDING
                        : password_entry_holds(entry, ENTRY_PREVIOUS, call->amt) ? ENTRY_PREVIOUS
                                                                                 : NULL;
    if (place == NULL && is_unproven(entry, call->amt))
        return error_set(err, ERROR_FORBIDDEN, "nobody has proved that the device has it");
    if (place == NULL)
        return not_stored_any_more(err);
    *changed = *current = true;
    return password_entry_move(entry, ENTRY_CURRENT, place, err) &&
           store_secrets_set(entry, ENTRY_CURRENT, call->amt, err);
}

bool store_passwords_seen(struct store *store, const struct guid *guid, const char *tenant,
                          struct slice amt, struct error *err)
{
    return password_change_to(store, guid, tenant, amt, change_seen, false, err);
}

static bool change_confirm_mebx(const struct password_call *call, json_t *entry, bool *changed,
                                bool *current, struct error *err)
{
    (void)call;
    (void)current;
    if (!password_entry_has(entry, ENTRY_MEBX_PENDING))
        return true;
    *changed = true;
    return password_entry_move(entry, ENTRY_MEBX_PENDING, ENTRY_MEBX, err) &&
           store_secrets_set(entry, ENTRY_MEBX_PREVIOUS, "", err);
}

bool store_passwords_confirm_mebx(struct store *store, const struct guid *guid, const char *tenant,
                                  struct error *err)
{
    return password_change_without(store, guid, tenant, change_confirm_mebx, err);
}

static bool withdraw(json_t *entry, const char *pending, const char *previous, bool *changed,
                     struct error *err)
{
    if (!password_entry_has(entry, pending))
        return true;
    *changed = true;
    return password_entry_move(entry, previous, pending, err);
}

static bool change_withdraw(const struct password_call *call, json_t *entry, bool *changed,
                            bool *current, struct error *err)
{
    (void)call;
    (void)current;
    return withdraw(entry, ENTRY_PENDING, ENTRY_PREVIOUS, changed, err);
}

bool store_passwords_withdraw(struct store *store, const struct guid *guid, const char *tenant,
                              struct error *err)
{
    return password_change_without(store, guid, tenant, change_withdraw, err);
}

static bool change_withdraw_mebx(const struct password_call *call, json_t *entry, bool *changed,
                                 bool *current, struct error *err)
{
    (void)call;
    (void)current;
    return withdraw(entry, ENTRY_MEBX_PENDING, ENTRY_MEBX_PREVIOUS, changed, err);
}

bool store_passwords_withdraw_mebx(struct store *store, const struct guid *guid, const char *tenant,
                                   struct error *err)
{
    return password_change_without(store, guid, tenant, change_withdraw_mebx, err);
}
