/*
 * Everything that an inventory wants to know of a device in one reading: firmware, set-up,
 * hardware, ports, power and switches. All classes are asked side by side, within the device's cap;
 * those that a device lacks are left out. What they say reaches whoever listens to the carrier
 * (amt_carrier.learned). Over struct amt, on a fiber.
 */
#ifndef AMT_SURVEY_H
#define AMT_SURVEY_H

#include "amt/amt.h"

/* *read is how many classes the device answered for. Fails with the first one's error when that is
 * none, and at once when the device cannot be reached. */
bool amt_survey(struct amt *amt, struct arena *arena, size_t *read, struct error *err);

#endif
