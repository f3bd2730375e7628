/*
 * Which of a device's ports answer, and what its TLS shows there (spec device-protocols 7.7). A
 * machine has two sides: the network, by LAN and tunnel, and the local door that programs on the
 * host use; each follows its own instance of AMT_TLSSettingData from CommitChanges on. A machine
 * that was set up before the simulation began and whose settings nobody has committed since answers
 * on every port of its personality. Pure.
 */
#ifndef SIM_DOOR_H
#define SIM_DOOR_H

#include "core/arena.h"
#include "sim/device.h"
#include "sim/tls_server.h"

/* AMT_TLSSettingData comes into force, and the doors follow it from now on. */
void sim_door_commit(struct sim_device *device);

/* Takes the common names that clients may have out of the settings: part of committing, and of
 * waking up with settings that were committed before. */
void sim_door_take_names(struct sim_device *device);

/* Nothing is committed: plain doors only, but where firmware has none of these. */
void sim_door_reset(struct sim_device *device);

bool sim_door_is_open(const struct sim_device *device, uint16_t port, bool local);

/* What a TLS door shows in the place of the device's own certificate, and whom it lets in; empty
 * where it shows its own. Slices are the arena's. */
struct sim_tls_dress sim_door_dress(const struct sim_device *device, bool local,
                                    struct arena *arena);

#endif
