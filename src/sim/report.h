/*
 * What amtsim tells while it runs, a line each on standard error: for people, and for tests that
 * wait for it. Any thread.
 */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "sim/device.h"

/* "booted guid=… to=…"; for sim_device.booted. */
void sim_report_boot(const struct sim_device *device);

/* "consent code shown guid=… code=012345"; for sim_device.shown. */
void sim_report_code(const struct sim_device *device);

/* "ider boot guid=… drive=cd done" or "… failed: No bootable medium"; for sim_device.loaded. */
void sim_report_loaded(const struct sim_device *device, bool cd, const char *why);

/* "ider read guid=… bytes=… ms=… sha256=…"; for sim_device.verified. */
void sim_report_verified(const struct sim_device *device, uint64_t bytes, uint64_t ms,
                         const char *sha256);

#endif
