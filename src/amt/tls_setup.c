#include "amt/tls_setup.h"

bool amt_tls_set_up(struct amt *amt, struct arena *arena, const struct amt_tls_plan *plan,
                    struct error *err)
{
    (void)amt;
    (void)arena;
    (void)plan;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_tls_current(struct amt *amt, struct arena *arena, bool *enabled, struct slice *leaf_der,
                     struct error *err)
{
    (void)amt;
    (void)arena;
    (void)enabled;
    (void)leaf_der;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}

bool amt_tls_switch_off(struct amt *amt, struct arena *arena, struct error *err)
{
    (void)amt;
    (void)arena;
    return error_set(err, ERROR_UNSUPPORTED, "this part of provisioning is not there yet");
}
