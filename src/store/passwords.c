#include "store/passwords.h"

#include "core/memory.h"
#include "store/call.h"
#include "store/logins.h"
#include "store/versions.h"

#include <stdio.h>
#include <string.h>

#define CURRENT       "AMT_PASSWORD"
#define PENDING       "AMT_PASSWORD_PENDING"
#define PREVIOUS      "AMT_PASSWORD_PREVIOUS"
#define MEBX          "MEBX_PASSWORD"
#define MEBX_PENDING  "MEBX_PASSWORD_PENDING"
#define MEBX_PREVIOUS "MEBX_PASSWORD_PREVIOUS"
#define UNPROVEN      "AMT_PASSWORD_UNPROVEN"
#define UNPROVEN_2    "AMT_PASSWORD_UNPROVEN_2"
#define MADE          "AMT_PASSWORD_MADE"
#define MPS           "MPS_PASSWORD"
#define MPS_PREVIOUS  "MPS_PASSWORD_PREVIOUS"
#define CERTIFICATE   "TLS_ISSUED_CERTIFICATE"

#define CERTIFICATE_LIMIT ((size_t)64 * 1024)

/* What is to be done with a device's entry. */
struct password_call {
    struct store_call call;
    const struct guid *guid;
    const char *tenant;
    /* Changes the entry; *changed when it has to be written, *current when the current password has
     * become another one. */
    bool (*change)(const struct password_call *call, json_t *entry, bool *changed, bool *current,
                   struct error *err);
    bool displaces; /* an unproven one may push out another */
    bool replaces;  /* an entry of nobody's device may be another tenant's: it is dropped */
    const char *amt;
    const char *mebx;
    const char *mps;
    const char *certificate;
    struct arena *arena; /* of a read */
    struct store_passwords *passwords;
};

static bool is_owner(const json_t *entry, const char *tenant)
{
    return tenant == NULL || json_object_size(entry) == 0 ||
           strcmp(store_secrets_tenant(entry), tenant) == 0;
}

static bool not_yours(struct error *err)
{
    return error_set(err, ERROR_FORBIDDEN, "the stored passwords of this device are not yours");
}

/* The text of an entry that holds what it should; "" is none. */
static const char *text_of(const json_t *entry, const char *name)
{
    const char *text = store_secrets_text(entry, name, NULL);
    return text == NULL ? "" : text;
}

/* Nothing is done with an entry that holds something else than texts: it could lose a password. */
static bool is_sound(const json_t *entry, struct error *err)
{
    static const char *const names[] = {CURRENT,    PENDING,      PREVIOUS,     UNPROVEN,
                                        UNPROVEN_2, MEBX,         MEBX_PENDING, MEBX_PREVIOUS,
                                        MPS,        MPS_PREVIOUS, CERTIFICATE,  MADE};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (store_secrets_text(entry, names[i], err) == NULL)
            return false;
    return true;
}

static bool is_same(const char *a, const char *b)
{
    return slice_equal_secret(slice_of_string(a), slice_of_string(b));
}

/* `from` becomes `to`; `from` is gone. */
static bool move(json_t *entry, const char *from, const char *to, struct error *err)
{
    return store_secrets_set(entry, to, text_of(entry, from), err) &&
           store_secrets_set(entry, from, "", err);
}

/* ---- reading ---- */

static struct slice copy(struct arena *arena, const json_t *entry, const char *name)
{
    return arena_copy(arena, slice_of_string(text_of(entry, name)));
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
    else if (!is_owner(entry, call->tenant))
        (void)not_yours(&base->err);
    else
        base->ok = is_sound(entry, &base->err);
    if (base->ok)
        *call->passwords = (struct store_passwords){
            .current = copy(call->arena, entry, CURRENT),
            .pending = copy(call->arena, entry, PENDING),
            .previous = copy(call->arena, entry, PREVIOUS),
            .unproven = {copy(call->arena, entry, UNPROVEN), copy(call->arena, entry, UNPROVEN_2)},
            .mebx = copy(call->arena, entry, MEBX),
            .mebx_pending = copy(call->arena, entry, MEBX_PENDING),
            .mebx_previous = copy(call->arena, entry, MEBX_PREVIOUS),
            .made = copy(call->arena, entry, MADE),
            .mps = copy(call->arena, entry, MPS),
            .mps_previous = copy(call->arena, entry, MPS_PREVIOUS),
            .tls_certificate = copy(call->arena, entry, CERTIFICATE),
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

/* ---- changing: one read, one write ---- */

/* Whether the device has a row, and whose it is when it has. */
static bool find_owner(struct store *store, struct arena *arena, const struct guid *guid,
                       const char **owner, struct error *err)
{
    struct store_device device;
    struct error why;
    *owner = NULL;
    if (store->database->methods->device_get(store->database, arena, guid, NULL, &device, &why)) {
        *owner = device.tenant_id;
        return true;
    }
    if (why.code != ERROR_NOT_FOUND)
        *err = why;
    return why.code == ERROR_NOT_FOUND;
}

/* Whose the device is decides; where it is nobody's, whose the entry is. An entry that was left
 * behind by another tenant's device is dropped by whoever begins anew. */
static bool may_change(const struct password_call *call, json_t *entry, struct error *err)
{
    struct arena arena;
    const char *owner;
    if (call->tenant == NULL)
        return true;
    arena_init(&arena);
    bool ok = find_owner(call->call.store, &arena, call->guid, &owner, err);
    if (ok && owner != NULL && strcmp(owner, call->tenant) != 0)
        ok = not_yours(err);
    if (ok && !is_owner(entry, call->tenant)) {
        bool doubtful = json_object_get(entry, PENDING) != NULL ||
                        json_object_get(entry, UNPROVEN) != NULL; /* a set-up is under way */
        if (owner == NULL && call->replaces && !doubtful)
            (void)json_object_clear(entry);
        else
            ok = not_yours(err);
    }
    arena_fini(&arena);
    return ok;
}

static bool write_entry(const struct password_call *call, const char *path, json_t *entry,
                        struct error *err)
{
    struct store_secrets *secrets = call->call.store->secrets;
    if (json_object_size(entry) == 0)
        return secrets->methods->remove(secrets, path, err);
    return (call->tenant == NULL || store_secrets_set_tenant(entry, call->tenant, err)) &&
           store_secrets_write(secrets, path, entry, err);
}

static bool change_entry(const struct password_call *call, const char *path, json_t *entry,
                         struct error *err)
{
    struct store *store = call->call.store;
    bool changed = false, current = false;
    if (!may_change(call, entry, err) || !is_sound(entry, err) ||
        !call->change(call, entry, &changed, &current, err))
        return false;
    if (!changed)
        return true;
    if (!current) {
        bool written = write_entry(call, path, entry, err);
        logins_forget(store->logins, call->guid);
        return written;
    }
    versions_begin(store->versions, call->guid);
    bool ok = write_entry(call, path, entry, err);
    logins_forget(store->logins, call->guid);
    versions_end(store->versions, call->guid);
    return ok;
}

static void run_change(struct store_call *base)
{
    struct password_call *call = (struct password_call *)base;
    char path[STORE_SECRETS_DEVICE_PATH_SIZE];
    json_t *entry = store_secrets_read(base->store->secrets,
                                       store_secrets_device_path(call->guid, path), &base->err);
    if (entry == NULL)
        return;
    base->ok = change_entry(call, path, entry, &base->err);
    store_secrets_release(entry);
}

static bool fits(const char *password, struct error *err)
{
    size_t length = password == NULL ? 1 : strlen(password);
    return (length > 0 && length <= STORE_PASSWORD_LIMIT) ||
           error_set(err, ERROR_INVALID, "a device's password has 1 to %d characters",
                     STORE_PASSWORD_LIMIT);
}

/* A new pending one. `bounded`: two that nobody knows of are the most. */
static bool propose(json_t *entry, const char *const names[3], const char *password, bool bounded,
                    bool *changed, struct error *err)
{
    const char *pending = names[1], *previous = names[2];
    bool has_pending = text_of(entry, pending)[0] != '\0';
    bool has_previous = text_of(entry, previous)[0] != '\0';
    if (password == NULL || is_same(password, text_of(entry, names[0])) ||
        is_same(password, text_of(entry, pending)))
        return true;
    *changed = true;
    if (has_previous && is_same(password, text_of(entry, previous))) {
        /* the order of the two changes */
        if (!has_pending)
            return move(entry, previous, pending, err);
        return store_secrets_set(entry, previous, text_of(entry, pending), err) &&
               store_secrets_set(entry, pending, password, err);
    }
    if (has_pending && has_previous && bounded)
        return error_set(err, ERROR_CONFLICT,
                         "two passwords that may be set on the device are stored already: find out "
                         "first which one opens it");
    return (!has_pending || store_secrets_set(entry, previous, text_of(entry, pending), err)) &&
           store_secrets_set(entry, pending, password, err);
}

static bool change_propose(const struct password_call *call, json_t *entry, bool *changed,
                           bool *current, struct error *err)
{
    static const char *const amt[] = {CURRENT, PENDING, PREVIOUS};
    static const char *const mebx[] = {MEBX, MEBX_PENDING, MEBX_PREVIOUS};
    (void)current;
    return propose(entry, amt, call->amt, true, changed, err) &&
           propose(entry, mebx, call->mebx, false, changed, err);
}

bool store_passwords_propose(struct store *store, const struct guid *guid, const char *tenant,
                             const char *amt, const char *mebx, struct error *err)
{
    struct password_call call = {.call.run = run_change,
                                 .guid = guid,
                                 .tenant = tenant,
                                 .change = change_propose,
                                 .replaces = true,
                                 .amt = amt,
                                 .mebx = mebx};
    return fits(amt, err) && fits(mebx, err) && store_call_write(store, &call.call, err);
}

/* The password is the current one, and there is no other. */
static bool become_only(json_t *entry, const char *password, struct error *err)
{
    return store_secrets_set(entry, CURRENT, password, err) &&
           store_secrets_set(entry, PENDING, "", err) &&
           store_secrets_set(entry, PREVIOUS, "", err) &&
           store_secrets_set(entry, UNPROVEN, "", err) &&
           store_secrets_set(entry, UNPROVEN_2, "", err);
}

static bool change_confirm(const struct password_call *call, json_t *entry, bool *changed,
                           bool *current, struct error *err)
{
    *current = !is_same(call->amt, text_of(entry, CURRENT));
    *changed = *current || json_object_get(entry, PENDING) != NULL ||
               json_object_get(entry, PREVIOUS) != NULL || json_object_get(entry, UNPROVEN) != NULL;
    return become_only(entry, call->amt, err);
}

/* Runs a change with the password as a text. */
static bool change_to(struct store *store, const struct guid *guid, const char *tenant,
                      struct slice password,
                      bool (*change)(const struct password_call *call, json_t *entry, bool *changed,
                                     bool *current, struct error *err),
                      bool replaces, struct error *err)
{
    char text[STORE_PASSWORD_LIMIT + 1] = "";
    struct password_call call = {.call.run = run_change,
                                 .guid = guid,
                                 .tenant = tenant,
                                 .change = change,
                                 .replaces = replaces,
                                 .amt = text};
    if (password.size > STORE_PASSWORD_LIMIT ||
        (password.size > 0 && memchr(password.data, '\0', password.size) != NULL))
        return fits("", err);
    if (password.size > 0)
        memcpy(text, password.data, password.size);
    bool ok = fits(text, err) && store_call_write(store, &call.call, err);
    memory_wipe(text, sizeof text);
    return ok;
}

bool store_passwords_confirm(struct store *store, const struct guid *guid, const char *tenant,
                             struct slice amt, struct error *err)
{
    return change_to(store, guid, tenant, amt, change_confirm, true, err);
}

/* ---- from those who prove nothing ---- */

static const char *const all_amt[] = {CURRENT, PENDING, PREVIOUS, UNPROVEN, UNPROVEN_2};

/* Whether the password is among those that are stored; *others when it is not the only one. */
static bool is_stored(const json_t *entry, const char *password, bool *others)
{
    bool found = false;
    *others = false;
    for (size_t i = 0; i < sizeof all_amt / sizeof *all_amt; i++) {
        const char *text = text_of(entry, all_amt[i]);
        bool same = is_same(text, password);
        found |= same;
        *others |= text[0] != '\0' && !same;
    }
    return found;
}

static bool change_propose_unproven(const struct password_call *call, json_t *entry, bool *changed,
                                    bool *current, struct error *err)
{
    static const char *const mebx[] = {MEBX, MEBX_PENDING, MEBX_PREVIOUS};
    bool others;
    (void)current;
    if (!propose(entry, mebx, call->mebx, false, changed, err))
        return false;
    if (call->amt == NULL || is_stored(entry, call->amt, &others))
        return true;
    *changed = true;
    if (!others)
        return store_secrets_set(entry, PENDING, call->amt, err);
    if (text_of(entry, UNPROVEN_2)[0] != '\0' && !call->displaces)
        return error_set(err, ERROR_CONFLICT,
                         "two passwords of which nobody has proved that the device has them are "
                         "stored already: the agent must say the device's password, or have a "
                         "token");
    return move(entry, UNPROVEN, UNPROVEN_2, err) &&
           store_secrets_set(entry, UNPROVEN, call->amt, err);
}

bool store_passwords_propose_unproven(struct store *store, const struct guid *guid,
                                      const char *tenant, const char *amt, const char *mebx,
                                      bool displaces, struct error *err)
{
    struct password_call call = {.call.run = run_change,
                                 .guid = guid,
                                 .tenant = tenant,
                                 .change = change_propose_unproven,
                                 .displaces = displaces,
                                 .replaces = true,
                                 .amt = amt,
                                 .mebx = mebx};
    return fits(amt, err) && fits(mebx, err) && store_call_write(store, &call.call, err);
}

static bool change_confirm_unproven(const struct password_call *call, json_t *entry, bool *changed,
                                    bool *current, struct error *err)
{
    bool others, found = is_stored(entry, call->amt, &others);
    if (!others) {
        *changed = *current = !is_same(call->amt, text_of(entry, CURRENT));
        return become_only(entry, call->amt, err);
    }
    return found || error_set(err, ERROR_CONFLICT, "the password was not stored before it was set");
}

bool store_passwords_confirm_unproven(struct store *store, const struct guid *guid,
                                      const char *tenant, struct slice amt, struct error *err)
{
    return change_to(store, guid, tenant, amt, change_confirm_unproven, true, err);
}

static bool take_back_unproven(json_t *entry, const char *password, bool *changed,
                               struct error *err)
{
    if (is_same(password, text_of(entry, UNPROVEN))) {
        *changed = true;
        return move(entry, UNPROVEN_2, UNPROVEN, err);
    }
    if (!is_same(password, text_of(entry, UNPROVEN_2)))
        return true;
    *changed = true;
    return store_secrets_set(entry, UNPROVEN_2, "", err);
}

static bool change_take_back(const struct password_call *call, json_t *entry, bool *changed,
                             bool *current, struct error *err)
{
    if (is_same(call->amt, text_of(entry, PENDING))) {
        *changed = true;
        if (!move(entry, PREVIOUS, PENDING, err))
            return false;
    } else if (is_same(call->amt, text_of(entry, PREVIOUS))) {
        *changed = true;
        if (!store_secrets_set(entry, PREVIOUS, "", err))
            return false;
    }
    if (!take_back_unproven(entry, call->amt, changed, err))
        return false;
    if (!is_same(call->amt, text_of(entry, CURRENT)))
        return true;
    *changed = *current = true;
    return move(entry, text_of(entry, PREVIOUS)[0] != '\0' ? PREVIOUS : PENDING, CURRENT, err);
}

bool store_passwords_take_back(struct store *store, const struct guid *guid, const char *tenant,
                               struct slice amt, struct error *err)
{
    return change_to(store, guid, tenant, amt, change_take_back, false, err);
}

static bool is_unproven(const json_t *entry, const char *password)
{
    return is_same(password, text_of(entry, UNPROVEN)) ||
           is_same(password, text_of(entry, UNPROVEN_2));
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
    if (is_same(call->amt, text_of(entry, CURRENT))) {
        /* Without a pending one, "previous" is what somebody who was not sure has left. */
        *changed = text_of(entry, PENDING)[0] == '\0' && text_of(entry, PREVIOUS)[0] != '\0';
        return !*changed || store_secrets_set(entry, PREVIOUS, "", err);
    }
    if (is_same(call->amt, text_of(entry, PENDING))) {
        if (!store_secrets_set(entry, PENDING, "", err))
            return false;
    } else if (is_unproven(entry, call->amt)) {
        *changed = *current = true;
        return become_only(entry, call->amt, err);
    } else if (!is_same(call->amt, text_of(entry, PREVIOUS))) {
        return not_stored_any_more(err);
    }
    *changed = *current = true;
    return store_secrets_set(entry, PREVIOUS, "", err) &&
           store_secrets_set(entry, CURRENT, call->amt, err);
}

bool store_passwords_found(struct store *store, const struct guid *guid, const char *tenant,
                           struct slice amt, struct error *err)
{
    return change_to(store, guid, tenant, amt, change_found, false, err);
}

static bool change_seen(const struct password_call *call, json_t *entry, bool *changed,
                        bool *current, struct error *err)
{
    if (is_same(call->amt, text_of(entry, CURRENT)))
        return true;
    const char *place = is_same(call->amt, text_of(entry, PENDING))    ? PENDING
                        : is_same(call->amt, text_of(entry, PREVIOUS)) ? PREVIOUS
                                                                       : NULL;
    if (place == NULL && is_unproven(entry, call->amt))
        return error_set(err, ERROR_FORBIDDEN, "nobody has proved that the device has it");
    if (place == NULL)
        return not_stored_any_more(err);
    *changed = *current = true;
    return move(entry, CURRENT, place, err) && store_secrets_set(entry, CURRENT, call->amt, err);
}

bool store_passwords_seen(struct store *store, const struct guid *guid, const char *tenant,
                          struct slice amt, struct error *err)
{
    return change_to(store, guid, tenant, amt, change_seen, false, err);
}

/* Runs a change without a password. */
static bool change_entry_of(struct store *store, const struct guid *guid, const char *tenant,
                            bool (*change)(const struct password_call *call, json_t *entry,
                                           bool *changed, bool *current, struct error *err),
                            struct error *err)
{
    struct password_call call = {
        .call.run = run_change, .guid = guid, .tenant = tenant, .change = change};
    return store_call_write(store, &call.call, err);
}

static bool change_confirm_mebx(const struct password_call *call, json_t *entry, bool *changed,
                                bool *current, struct error *err)
{
    (void)call;
    (void)current;
    if (text_of(entry, MEBX_PENDING)[0] == '\0')
        return true;
    *changed = true;
    return move(entry, MEBX_PENDING, MEBX, err) && store_secrets_set(entry, MEBX_PREVIOUS, "", err);
}

bool store_passwords_confirm_mebx(struct store *store, const struct guid *guid, const char *tenant,
                                  struct error *err)
{
    return change_entry_of(store, guid, tenant, change_confirm_mebx, err);
}

static bool withdraw(json_t *entry, const char *pending, const char *previous, bool *changed,
                     struct error *err)
{
    if (text_of(entry, pending)[0] == '\0')
        return true;
    *changed = true;
    return move(entry, previous, pending, err);
}

static bool change_withdraw(const struct password_call *call, json_t *entry, bool *changed,
                            bool *current, struct error *err)
{
    (void)call;
    (void)current;
    return withdraw(entry, PENDING, PREVIOUS, changed, err);
}

bool store_passwords_withdraw(struct store *store, const struct guid *guid, const char *tenant,
                              struct error *err)
{
    return change_entry_of(store, guid, tenant, change_withdraw, err);
}

static bool change_withdraw_mebx(const struct password_call *call, json_t *entry, bool *changed,
                                 bool *current, struct error *err)
{
    (void)call;
    (void)current;
    return withdraw(entry, MEBX_PENDING, MEBX_PREVIOUS, changed, err);
}

bool store_passwords_withdraw_mebx(struct store *store, const struct guid *guid, const char *tenant,
                                   struct error *err)
{
    return change_entry_of(store, guid, tenant, change_withdraw_mebx, err);
}

/* ---- what else is in the entry ---- */

/* Until the device calls in with the new one it may have the old one. Of two that it has never
 * called in with the younger one stays. */
static bool set_mps(json_t *entry, const char *password, struct error *err)
{
    const char *old = text_of(entry, MPS), *previous = text_of(entry, MPS_PREVIOUS);
    if (is_same(password, old))
        return true;
    return (old[0] == '\0' || (previous[0] != '\0' && !is_same(password, previous)) ||
            store_secrets_set(entry, MPS_PREVIOUS, old, err)) &&
           store_secrets_set(entry, MPS, password, err);
}

static bool change_called_in(const struct password_call *call, json_t *entry, bool *changed,
                             bool *current, struct error *err)
{
    (void)current;
    *changed = text_of(entry, MPS_PREVIOUS)[0] != '\0' && is_same(call->amt, text_of(entry, MPS));
    return !*changed || store_secrets_set(entry, MPS_PREVIOUS, "", err);
}

bool store_passwords_called_in(struct store *store, const struct guid *guid, const char *tenant,
                               struct slice mps, struct error *err)
{
    return change_to(store, guid, tenant, mps, change_called_in, false, err);
}

static bool change_made(const struct password_call *call, json_t *entry, bool *changed,
                        bool *current, struct error *err)
{
    *current = false;
    *changed = !is_same(call->amt, text_of(entry, MADE));
    return store_secrets_set(entry, MADE, call->amt, err);
}

bool store_passwords_made(struct store *store, const struct guid *guid, const char *tenant,
                          struct slice amt, struct error *err)
{
    return change_to(store, guid, tenant, amt, change_made, false, err);
}

static bool change_put(const struct password_call *call, json_t *entry, bool *changed,
                       bool *current, struct error *err)
{
    *changed = call->mps != NULL || call->certificate != NULL;
    *current = call->mps != NULL && !is_same(call->mps, text_of(entry, MPS));
    return (call->mps == NULL || set_mps(entry, call->mps, err)) &&
           (call->certificate == NULL ||
            store_secrets_set(entry, CERTIFICATE, call->certificate, err));
}

bool store_passwords_put(struct store *store, const struct guid *guid, const char *tenant,
                         const char *mps, const char *tls_certificate, struct error *err)
{
    struct password_call call = {.call.run = run_change,
                                 .guid = guid,
                                 .tenant = tenant,
                                 .change = change_put,
                                 .replaces = true,
                                 .mps = mps,
                                 .certificate = tls_certificate};
    if (tls_certificate != NULL && strlen(tls_certificate) > CERTIFICATE_LIMIT)
        return error_set(err, ERROR_INVALID, "a device's certificate has at most %zu bytes",
                         CERTIFICATE_LIMIT);
    return fits(mps, err) && store_call_write(store, &call.call, err);
}

static bool change_remove(const struct password_call *call, json_t *entry, bool *changed,
                          bool *current, struct error *err)
{
    (void)call;
    (void)err;
    *current = *changed = json_object_size(entry) > 0;
    (void)json_object_clear(entry);
    return true;
}

bool store_passwords_remove(struct store *store, const struct guid *guid, const char *tenant,
                            struct error *err)
{
    return change_entry_of(store, guid, tenant, change_remove, err);
}
