#include "mps/candidates.h"

#include "core/log.h"
#include "store/passwords.h"

bool mps_candidates_read(struct store *store, struct arena *arena, const struct guid *guid,
                         const char *tenant, struct slice passwords[AMT_CANDIDATES], size_t *count,
                         struct error *err)
{
    struct store_passwords stored;
    struct error why = {ERROR_NONE, ""};
    *count = 0;
    if (!store_passwords_get(store, arena, guid, tenant, &stored, &why)) {
        if (why.code == ERROR_NOT_FOUND || why.code == ERROR_FORBIDDEN)
            return true;
        if (err != NULL)
            *err = why;
        return false;
    }
    if (stored.pending.size > 0)
        passwords[(*count)++] = stored.pending;
    if (stored.previous.size > 0)
        passwords[(*count)++] = stored.previous;
    for (size_t i = 0; i < STORE_UNPROVEN_MOST; i++)
        if (stored.unproven[i].size > 0)
            passwords[(*count)++] = stored.unproven[i];
    return true;
}

bool mps_candidates_found(struct store *store, const struct guid *guid, const char *tenant,
                          struct slice password, bool sure)
{
    char text[GUID_TEXT_SIZE];
    struct error err;
    bool ok = sure ? store_passwords_found(store, guid, tenant, password, &err)
                   : store_passwords_seen(store, guid, tenant, password, &err);
    guid_format(guid, text);
    if (ok)
        log_line(LOG_INFO, "the device takes another of its stored passwords", "guid", text, NULL);
    else
        log_line(LOG_WARN, "the password that opens the device is not its current one yet", "guid",
                 text, "error", err.text, NULL);
    return ok;
}
