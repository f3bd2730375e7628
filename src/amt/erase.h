/*
 * Remote platform erase: disks, TPM, BIOS settings and the management engine's own configuration
 * (spec console 1.6; device-protocols 6.4). Nothing of it can be taken back. Over struct amt, on a
 * fiber.
 */
#ifndef AMT_ERASE_H
#define AMT_ERASE_H

#include "amt/amt.h"

/* What can be erased, or is to be. */
struct amt_erase_targets {
    bool disks;    /* secure erase of all SSDs */
    bool tpm;      /* clear it */
    bool bios;     /* restore its settings to those of the end of manufacturing */
    bool firmware; /* unconfigure the management engine */
};

#define AMT_ERASE_PASSWORD_LIMIT 32 /* bytes (ATA) */

/* AMT_BootCapabilities.PlatformErase: a mask of what can be erased, 0 for no platform erase.
 * Firmware of its first days says "true", which names nothing that can be erased: 1. NULL gives 0.
 */
uint32_t amt_erase_mask(const struct wsman_xml *capabilities);

/* What the device offers. All false when it has no platform erase. */
bool amt_erase_offers(struct amt *amt, struct arena *arena, struct amt_erase_targets *targets,
                      struct error *err);

/*
 * Erases: writes the boot settings, then powers on or cycles the machine, whose BIOS does the work.
 * `password` is that of the disks, empty for none. ERROR_UNSUPPORTED when the device cannot or its
 * BIOS does not allow it, ERROR_INVALID when it offers less than was asked for or nothing was asked
 * for: both before anything is changed. ERROR_DEVICE names a step that the device refused; what was
 * prepared is taken back then. An erase that was prepared earlier is taken back first, and a device
 * that keeps it is not started.
 */
bool amt_erase_start(struct amt *amt, struct arena *arena, const struct amt_erase_targets *targets,
                     struct slice password, struct error *err);

#endif
