#include "amt/tls.h"

bool amt_tls_get_settings(struct amt *amt, struct arena *arena, struct amt_items *settings,
                          struct error *err)
{
    const struct wsman_target target = {.class = &wsman_AMT_TLSSettingData};
    return amt_enumerate(amt, arena, &target, settings, err);
}
