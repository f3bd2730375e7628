#include "store/password_entry.h"

#include "core/memory.h"
#include "store/logins.h"
#include "store/versions.h"

#include <string.h>

bool password_entry_is_owner(const json_t *entry, const char *tenant)
{
    return tenant == NULL || json_object_size(entry) == 0 ||
           strcmp(store_secrets_tenant(entry), tenant) == 0;
}

bool password_entry_not_yours(struct error *err)
{
    return error_set(err, ERROR_FORBIDDEN, "the stored passwords of this device are not yours");
}

const char *password_entry_text(const json_t *entry, const char *name)
{
    const char *text = store_secrets_text(entry, name, NULL);
    return text == NULL ? "" : text;
}

bool password_entry_is_sound(const json_t *entry, struct error *err)
{
    static const char *const names[] = {ENTRY_CURRENT,      ENTRY_PENDING,       ENTRY_PREVIOUS,
                                        ENTRY_UNPROVEN,     ENTRY_UNPROVEN_2,    ENTRY_MEBX,
                                        ENTRY_MEBX_PENDING, ENTRY_MEBX_PREVIOUS, ENTRY_MPS,
                                        ENTRY_MPS_PREVIOUS, ENTRY_CERTIFICATE,   ENTRY_MADE};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (store_secrets_text(entry, names[i], err) == NULL)
            return false;
    return true;
}

bool password_is_same(const char *a, const char *b)
{
    return slice_equal_secret(slice_of_string(a), slice_of_string(b));
}

bool password_entry_has(const json_t *entry, const char *name)
{
    return password_entry_text(entry, name)[0] != '\0';
}

bool password_entry_holds(const json_t *entry, const char *name, const char *text)
{
    return password_is_same(text, password_entry_text(entry, name));
}

bool password_entry_move(json_t *entry, const char *from, const char *to, struct error *err)
{
    return store_secrets_set(entry, to, password_entry_text(entry, from), err) &&
           store_secrets_set(entry, from, "", err);
}

/* A new pending one. `bounded`: two that nobody knows of are the most. */
static bool propose(json_t *entry, const char *const names[3], const char *password, bool bounded,
                    bool *changed, struct error *err)
{
    const char *pending = names[1], *previous = names[2];
    bool has_pending = password_entry_has(entry, pending);
    bool has_previous = password_entry_has(entry, previous);
    if (password == NULL || password_entry_holds(entry, names[0], password) ||
        password_entry_holds(entry, pending, password))
        return true;
    *changed = true;
    if (has_previous && password_entry_holds(entry, previous, password)) {
        /* the order of the two changes */
        if (!has_pending)
            return password_entry_move(entry, previous, pending, err);
        return store_secrets_set(entry, previous, password_entry_text(entry, pending), err) &&
               store_secrets_set(entry, pending, password, err);
    }
    if (has_pending && has_previous && bounded)
        return error_set(err, ERROR_CONFLICT,
                         "two passwords that may be set on the device are stored already: find out "
                         "first which one opens it");
    return (!has_pending ||
            store_secrets_set(entry, previous, password_entry_text(entry, pending), err)) &&
           store_secrets_set(entry, pending, password, err);
}

bool password_entry_propose_amt(json_t *entry, const char *password, bool *changed,
                                struct error *err)
{
    static const char *const names[] = {ENTRY_CURRENT, ENTRY_PENDING, ENTRY_PREVIOUS};
    return propose(entry, names, password, true, changed, err);
}

bool password_entry_propose_mebx(json_t *entry, const char *password, bool *changed,
                                 struct error *err)
{
    static const char *const names[] = {ENTRY_MEBX, ENTRY_MEBX_PENDING, ENTRY_MEBX_PREVIOUS};
    return propose(entry, names, password, false, changed, err);
}

bool password_entry_become_only(json_t *entry, const char *password, struct error *err)
{
    return store_secrets_set(entry, ENTRY_CURRENT, password, err) &&
           store_secrets_set(entry, ENTRY_PENDING, "", err) &&
           store_secrets_set(entry, ENTRY_PREVIOUS, "", err) &&
           store_secrets_set(entry, ENTRY_UNPROVEN, "", err) &&
           store_secrets_set(entry, ENTRY_UNPROVEN_2, "", err);
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
        ok = password_entry_not_yours(err);
    if (ok && !password_entry_is_owner(entry, call->tenant)) {
        bool doubtful = json_object_get(entry, ENTRY_PENDING) != NULL ||
                        json_object_get(entry, ENTRY_UNPROVEN) != NULL; /* a set-up is under way */
        if (owner == NULL && call->replaces && !doubtful)
            (void)json_object_clear(entry);
        else
            ok = password_entry_not_yours(err);
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
    if (!may_change(call, entry, err) || !password_entry_is_sound(entry, err) ||
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

bool password_change_call(struct store *store, struct password_call *call, struct error *err)
{
    call->call.run = run_change;
    return store_call_write(store, &call->call, err);
}

bool password_fits(const char *password, struct error *err)
{
    size_t length = password == NULL ? 1 : strlen(password);
    return (length > 0 && length <= STORE_PASSWORD_LIMIT) ||
           error_set(err, ERROR_INVALID, "a device's password has 1 to %d characters",
                     STORE_PASSWORD_LIMIT);
}

bool password_change_to(struct store *store, const struct guid *guid, const char *tenant,
                        struct slice password, password_change *change, bool replaces,
                        struct error *err)
{
    char text[STORE_PASSWORD_LIMIT + 1] = "";
    struct password_call call = {
        .guid = guid, .tenant = tenant, .change = change, .replaces = replaces, .amt = text};
    if (password.size > STORE_PASSWORD_LIMIT ||
        (password.size > 0 && memchr(password.data, '\0', password.size) != NULL))
        return password_fits("", err);
    if (password.size > 0)
        memcpy(text, password.data, password.size);
    bool ok = password_fits(text, err) && password_change_call(store, &call, err);
    memory_wipe(text, sizeof text);
    return ok;
}

bool password_change_without(struct store *store, const struct guid *guid, const char *tenant,
                             password_change *change, struct error *err)
{
    struct password_call call = {.guid = guid, .tenant = tenant, .change = change};
    return password_change_call(store, &call, err);
}
