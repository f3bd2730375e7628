/* What else is in a device's entry (store/passwords.h): the password of its tunnel, its
 * certificate, and which password was made up here. */
#include "store/password_entry.h"

#include <string.h>

#define CERTIFICATE_LIMIT ((size_t)64 * 1024)

/* Until the device calls in with the new one it may have the old one. Of two that it has never
 * called in with the younger one stays. */
static bool set_mps(json_t *entry, const char *password, struct error *err)
{
    const char *old = password_entry_text(entry, ENTRY_MPS);
    const char *previous = password_entry_text(entry, ENTRY_MPS_PREVIOUS);
    if (password_is_same(password, old))
        return true;
    return (old[0] == '\0' || (previous[0] != '\0' && !password_is_same(password, previous)) ||
            store_secrets_set(entry, ENTRY_MPS_PREVIOUS, old, err)) &&
           store_secrets_set(entry, ENTRY_MPS, password, err);
}

static bool change_called_in(const struct password_call *call, json_t *entry, bool *changed,
                             bool *current, struct error *err)
{
    (void)current;
    *changed = password_entry_has(entry, ENTRY_MPS_PREVIOUS) &&
               password_entry_holds(entry, ENTRY_MPS, call->amt);
    return !*changed || store_secrets_set(entry, ENTRY_MPS_PREVIOUS, "", err);
}

bool store_passwords_called_in(struct store *store, const struct guid *guid, const char *tenant,
                               struct slice mps, struct error *err)
{
    return password_change_to(store, guid, tenant, mps, change_called_in, false, err);
}

static bool change_made(const struct password_call *call, json_t *entry, bool *changed,
                        bool *current, struct error *err)
{
    *current = false;
    *changed = !password_entry_holds(entry, ENTRY_MADE, call->amt);
    return store_secrets_set(entry, ENTRY_MADE, call->amt, err);
}

bool store_passwords_made(struct store *store, const struct guid *guid, const char *tenant,
                          struct slice amt, struct error *err)
{
    return password_change_to(store, guid, tenant, amt, change_made, false, err);
}

static bool change_put(const struct password_call *call, json_t *entry, bool *changed,
                       bool *current, struct error *err)
{
    *changed = call->mps != NULL || call->certificate != NULL;
    *current = call->mps != NULL && !password_entry_holds(entry, ENTRY_MPS, call->mps);
    return (call->mps == NULL || set_mps(entry, call->mps, err)) &&
           (call->certificate == NULL ||
            store_secrets_set(entry, ENTRY_CERTIFICATE, call->certificate, err));
}

bool store_passwords_put(struct store *store, const struct guid *guid, const char *tenant,
                         const char *mps, const char *tls_certificate, struct error *err)
{
    struct password_call call = {.guid = guid,
                                 .tenant = tenant,
                                 .change = change_put,
                                 .replaces = true,
                                 .mps = mps,
                                 .certificate = tls_certificate};
    if (tls_certificate != NULL && strlen(tls_certificate) > CERTIFICATE_LIMIT)
        return error_set(err, ERROR_INVALID, "a device's certificate has at most %zu bytes",
                         CERTIFICATE_LIMIT);
    return password_fits(mps, err) && password_change_call(store, &call, err);
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
    return password_change_without(store, guid, tenant, change_remove, err);
}
