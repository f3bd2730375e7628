/* What jobs and provisioning ask of the store, which no test of routes needs. */
#include "store/holds.h"
#include "store/provisionings.h"
#include "store/store.h"

static bool refuse(struct error *err)
{
    return error_set(err, ERROR_BUSY, "not in this test");
}

bool store_provisioning_begin(struct store *store, struct arena *in,
                              struct store_provisioning *provisioning,
                              struct store_provisioning *interrupted, struct error *err)
{
    (void)store;
    (void)in;
    (void)provisioning;
    (void)interrupted;
    return refuse(err);
}

bool store_provisioning_step(struct store *store, const struct store_provisioning *provisioning,
                             const char *step, struct error *err)
{
    (void)store;
    (void)provisioning;
    (void)step;
    return refuse(err);
}

bool store_provisioning_finish(struct store *store, const struct store_provisioning *provisioning,
                               struct error *err)
{
    (void)store;
    (void)provisioning;
    return refuse(err);
}

bool store_secret_get(struct store *store, struct arena *in, const char *path, struct slice *value,
                      struct error *err)
{
    (void)store;
    (void)in;
    (void)path;
    (void)value;
    return refuse(err);
}

bool store_secret_put(struct store *store, const char *path, struct slice value, struct error *err)
{
    (void)store;
    (void)path;
    (void)value;
    return refuse(err);
}

bool store_secret_remove(struct store *store, const char *path, struct error *err)
{
    (void)store;
    (void)path;
    return refuse(err);
}

/* Nobody else works on a device here. */
bool store_hold_take(struct store *store, struct store_hold *hold, struct error *err)
{
    (void)store;
    (void)hold;
    (void)err;
    return true;
}

void store_hold_give(struct store *store, struct store_hold *hold)
{
    (void)store;
    (void)hold;
}
