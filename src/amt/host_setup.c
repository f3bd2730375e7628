#include "amt/host_setup.h"

bool amt_setup_read(struct amt *amt, struct arena *arena, struct amt_setup_state *state,
                    struct error *err)
{
    (void)amt;
    (void)arena;
    (void)state;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_setup_read_mode(struct amt *amt, struct arena *arena, unsigned *mode, struct error *err)
{
    (void)amt;
    (void)arena;
    (void)mode;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_setup_client(struct amt *amt, struct arena *arena, struct slice realm,
                      struct slice password, struct error *err)
{
    (void)amt;
    (void)arena;
    (void)realm;
    (void)password;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_setup_admin(struct amt *amt, struct arena *arena, struct slice realm,
                     struct slice password, const struct amt_setup_signer *signer,
                     struct error *err)
{
    (void)amt;
    (void)arena;
    (void)realm;
    (void)password;
    (void)signer;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_setup_upgrade(struct amt *amt, struct arena *arena, const struct amt_setup_signer *signer,
                       struct error *err)
{
    (void)amt;
    (void)arena;
    (void)signer;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_setup_commit(struct amt *amt, struct arena *arena, struct error *err)
{
    (void)amt;
    (void)arena;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_setup_mebx_password(struct amt *amt, struct arena *arena, struct slice password,
                             struct error *err)
{
    (void)amt;
    (void)arena;
    (void)password;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}
