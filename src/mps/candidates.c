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
    return true;
}

bool mps_candidates_found(struct store *store, const struct guid *guid, const char *tenant,
                          struct slice password)
{
    char text[GUID_TEXT_SIZE];
    struct error err;
    bool ok = store_passwords_found(store, guid, tenant, password, &err);
    guid_format(guid, text);
    if (ok)
        log_line(LOG_INFO, "the device takes the password that was pending", "guid", text, NULL);
    else
        log_line(LOG_WARN, "the password that opens the device is still marked as pending", "guid",
                 text, "error", err.text, NULL);
    return ok;
}
