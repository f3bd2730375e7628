/*
 * What a machine is told to do at its next boot, whoever told it, and taking that back (spec
 * device-protocols 6.3, 6.4). Over struct amt, on a fiber.
 */
#ifndef AMT_BOOT_ARMED_H
#define AMT_BOOT_ARMED_H

#include "amt/boot_order.h"

#define AMT_BOOT_ARMED_SETTINGS 24

struct amt_boot_armed {
    bool armed; /* the role is set, or a setting is not that of a plain boot */
    enum amt_boot_role role;
    const char *source; /* as amt_boot_order_source; NULL without a role */
    const char *settings[AMT_BOOT_ARMED_SETTINGS]; /* names of those that are not plain */
    size_t setting_count;
};

bool amt_boot_armed_get(struct amt *amt, struct arena *arena, struct amt_boot_armed *armed,
                        struct error *err);

/* Makes the next boot a plain one. ERROR_DEVICE when the device does not allow it. */
bool amt_boot_armed_clear(struct amt *amt, struct arena *arena, struct error *err);

#endif
