#include "amt/account.h"

bool amt_account_set_admin_password(struct amt *amt, struct arena *arena, struct slice realm,
                                    struct slice password, struct error *err)
{
    (void)amt;
    (void)arena;
    (void)realm;
    (void)password;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

const char *amt_account_realm_name(unsigned realm)
{
    (void)realm;
    return NULL;
}

bool amt_account_list(struct amt *amt, struct arena *arena, struct amt_account **accounts,
                      size_t *count, struct error *err)
{
    (void)amt;
    (void)arena;
    (void)accounts;
    (void)count;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_account_add(struct amt *amt, struct arena *arena, struct slice realm,
                     const struct amt_account_change *change, uint32_t *handle, struct error *err)
{
    (void)amt;
    (void)arena;
    (void)realm;
    (void)change;
    (void)handle;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_account_update(struct amt *amt, struct arena *arena, struct slice realm, uint32_t handle,
                        const struct amt_account_change *change, struct error *err)
{
    (void)amt;
    (void)arena;
    (void)realm;
    (void)handle;
    (void)change;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_account_remove(struct amt *amt, struct arena *arena, uint32_t handle, struct error *err)
{
    (void)amt;
    (void)arena;
    (void)handle;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_account_enable(struct amt *amt, struct arena *arena, uint32_t handle, bool enabled,
                        struct error *err)
{
    (void)amt;
    (void)arena;
    (void)handle;
    (void)enabled;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}
