#include "mps/candidates.h"

#include "core/log.h"
#include "store/passwords.h"

static void add(const struct store_password_list *list, bool proven,
                struct slice passwords[AMT_CANDIDATES], size_t *count)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].proven == proven && !list->items[i].current && *count < AMT_CANDIDATES)
            passwords[(*count)++] = list->items[i].text;
}

bool mps_candidates_read(struct store *store, struct arena *arena, const struct guid *guid,
                         const char *tenant, struct slice passwords[AMT_CANDIDATES], size_t *count,
                         struct error *err)
{
    struct store_passwords stored;
    struct error why = {ERROR_NONE, ""};
    *count = 0;
    if (!store_passwords_get(store, arena, guid, tenant, &stored, &why)) {
        if (why.code == ERROR_NOT_FOUND)
            return true;
        if (err != NULL)
            *err = why;
        return false;
    }
    add(&stored.lists[STORE_PASSWORD_AMT], true, passwords, count);
    add(&stored.lists[STORE_PASSWORD_AMT], false, passwords, count);
    return true;
}

bool mps_candidates_found(struct store *store, const struct guid *guid, const char *tenant,
                          struct slice password, bool sure)
{
    char text[GUID_TEXT_SIZE];
    struct error err;
    const struct store_password_step found = {.kind = STORE_PASSWORD_AMT,
                                              .event = STORE_PASSWORD_FOUND,
                                              .text = password,
                                              .proven = sure};
    bool ok = store_passwords_step(store, guid, tenant, &found, &err);
    guid_format(guid, text);
    if (ok)
        log_line(LOG_INFO, "the device takes another of its stored passwords", "guid", text, NULL);
    else
        log_line(LOG_WARN, "the password that opens the device is not its current one yet", "guid",
                 text, "error", err.text, NULL);
    return ok;
}
