#include "mps/forget.h"

#include "io/fiber.h"
#include "store/passwords.h"

#define FORGET_MS 15000
#define AGAIN_MS  250

/* What was given by a run that did not end well stays: it may be another machine's that said to be
 * this one. */
static bool delete_all(struct store *store, const struct guid *guid, const char *tenant,
                       struct error *err)
{
    return (store_device_delete(store, guid, tenant, false, err) || err->code == ERROR_NOT_FOUND) &&
           store_passwords_remove(store, guid, tenant, false, NULL, err);
}

static bool delete_row(struct store *store, const struct guid *guid, const char *tenant,
                       struct error *err)
{
    for (;;) {
        error_clear(err);
        if (delete_all(store, guid, tenant, err))
            return true;
        if (err->code != ERROR_BUSY || !io_sleep(AGAIN_MS, NULL))
            return false;
    }
}

bool mps_device_forget(struct mps *mps, struct store *store, const struct guid *guid,
                       const char *tenant, struct error *err)
{
    struct error why;
    struct io_shield shield = io_shield_begin(FORGET_MS);
    bool ok = delete_row(store, guid, tenant, &why);
    /* the next conversation would notice by itself */
    (void)mps_device_disconnect(mps, guid, tenant, NULL);
    io_shield_end(shield);
    if (ok)
        return true;
    return error_set(err, why.code,
                     "the device was deactivated, but its row and secrets could not be deleted: %s",
                     why.text);
}
