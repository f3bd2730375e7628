/* Passwords from those who prove nothing (store/passwords.h). */
#include "store/password_entry.h"

static const char *const all_amt[] = {ENTRY_CURRENT, ENTRY_PENDING, ENTRY_PREVIOUS, ENTRY_UNPROVEN,
                                      ENTRY_UNPROVEN_2};

/* Whether the password is among those that are stored; *others when it is not the only one. */
static bool is_stored(const json_t *entry, const char *password, bool *others)
{
    bool found = false;
    *others = false;
    for (size_t i = 0; i < sizeof all_amt / sizeof *all_amt; i++) {
        const char *text = password_entry_text(entry, all_amt[i]);
        bool same = password_is_same(text, password);
        found |= same;
        *others |= text[0] != '\0' && !same;
    }
    return found;
}

static bool change_propose_unproven(const struct password_call *call, json_t *entry, bool *changed,
                                    bool *current, struct error *err)
{
    bool others;
    (void)current;
    if (!password_entry_propose_mebx(entry, call->mebx, changed, err))
        return false;
    if (call->amt == NULL || is_stored(entry, call->amt, &others))
        return true;
    *changed = true;
    if (!others)
        return store_secrets_set(entry, ENTRY_PENDING, call->amt, err);
    if (password_entry_has(entry, ENTRY_UNPROVEN_2) && !call->displaces)
        return error_set(err, ERROR_CONFLICT,
                         "two passwords of which nobody has proved that the device has them are "
                         "stored already: the agent must say the device's password, or have a "
                         "token");
    return password_entry_move(entry, ENTRY_UNPROVEN, ENTRY_UNPROVEN_2, err) &&
           store_secrets_set(entry, ENTRY_UNPROVEN, call->amt, err);
}

bool store_passwords_propose_unproven(struct store *store, const struct guid *guid,
                                      const char *tenant, const char *amt, const char *mebx,
                                      bool displaces, struct error *err)
{
    struct password_call call = {.guid = guid,
                                 .tenant = tenant,
                                 .change = change_propose_unproven,
                                 .displaces = displaces,
                                 .replaces = true,
                                 .amt = amt,
                                 .mebx = mebx};
    return password_fits(amt, err) && password_fits(mebx, err) &&
           password_change_call(store, &call, err);
}

static bool change_confirm_unproven(const struct password_call *call, json_t *entry, bool *changed,
                                    bool *current, struct error *err)
{
    bool others, found = is_stored(entry, call->amt, &others);
    if (!others) {
        *changed = *current = !password_entry_holds(entry, ENTRY_CURRENT, call->amt);
        return password_entry_become_only(entry, call->amt, err);
    }
    return found || error_set(err, ERROR_CONFLICT, "the password was not stored before it was set");
}

bool store_passwords_confirm_unproven(struct store *store, const struct guid *guid,
                                      const char *tenant, struct slice amt, struct error *err)
{
    return password_change_to(store, guid, tenant, amt, change_confirm_unproven, true, err);
}
