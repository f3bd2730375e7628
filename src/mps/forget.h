/*
 * What is left of a device that was deactivated: its row, its secrets and whatever leads to it. On
 * a fiber of any loop.
 */
#ifndef MPS_FORGET_H
#define MPS_FORGET_H

#include "mps/mps.h"
#include "store/store.h"

/* Deletes row and secrets, behind a shield, since nothing brings the device back, and ends its
 * tunnel. A busy store is tried again for seconds. No row is a success. Otherwise `err` begins by
 * saying that the device was deactivated. */
bool mps_device_forget(struct mps *mps, struct store *store, const struct guid *guid,
                       const char *tenant, struct error *err);

#endif
