/*
 * The firmware's clock (device-classes AMT_TimeSynchronizationService): what records are stamped
 * with, alarms are kept by and certificates are checked against. Seconds since 1970-01-01 UTC. Over
 * struct amt, on a fiber.
 */
#ifndef AMT_CLOCK_H
#define AMT_CLOCK_H

#include "amt/amt.h"

struct amt_clock_reading {
    int64_t device; /* what the device said */
    int64_t server; /* our own time when it said it */
};

/* Reads the clock. */
bool amt_clock_get(struct amt *amt, struct arena *arena, struct amt_clock_reading *reading,
                   struct error *err);

/* Sets it to the server's time; *before is what it was. A refusal is ERROR_DEVICE. */
bool amt_clock_set(struct amt *amt, struct arena *arena, struct amt_clock_reading *before,
                   struct error *err);

#endif
