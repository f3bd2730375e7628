/* What a device is: software versions, set-up state, general settings. Over struct amt, on a
 * fiber. An answer of another class than the one asked for is ERROR_PROTOCOL. */
#ifndef AMT_IDENTITY_H
#define AMT_IDENTITY_H

#include "amt/amt.h"

struct amt_version {
    struct amt_items software; /* CIM_SoftwareIdentity */
    struct wsman_reply setup;  /* AMT_SetupAndConfigurationService */
};

/* Both requests run side by side. */
bool amt_identity_get_version(struct amt *amt, struct arena *arena, struct amt_version *version,
                              struct error *err);

/* Major number of the AMT firmware out of CIM_SoftwareIdentity "AMT"; 0 when absent. */
int amt_identity_major(const struct amt_items *software);

bool amt_identity_get_general_settings(struct amt *amt, struct arena *arena,
                                       struct wsman_reply *settings, struct error *err);

#endif
