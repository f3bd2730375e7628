#include "mps/forget.h"

#include "io/fiber.h"

#define FORGET_MS 15000
#define AGAIN_MS  250

static bool delete_row(struct store *store, const struct guid *guid, const char *tenant,
                       struct error *err)
{
    for (;;) {
        error_clear(err);
        if (store_device_delete(store, guid, tenant, true, err) || err->code == ERROR_NOT_FOUND)
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
