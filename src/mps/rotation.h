/*
 * Changing the AMT password of a device that is managed: an operation of jobs
 * (mps/jobs_operation.h). The new password is stored before it is set and confirmed once the device
 * has answered under it, so that one of those that are stored opens the device, whatever is cut off
 * when:
 *
 *   read (finds out which password opens the device) -- propose -- SetAdminAclEntryEx -- read under
 *   the new one -- confirm
 *
 * Cut off anywhere, it is begun again from the first step. The device is held meanwhile
 * (store_provisioning_begin), which also leaves a line in its history. On a fiber.
 */
#ifndef MPS_ROTATION_H
#define MPS_ROTATION_H

#include "amt/amt.h"
#include "core/guid.h"

struct store;

/* `password` empty: one is made for this device. ERROR_BUSY while it is being provisioned;
 * ERROR_UNSUPPORTED when it is used with another account than "admin"; ERROR_DEVICE when it refuses
 * the new password, and the old one goes on; any other error leaves both stored. */
bool mps_rotation_run(struct store *store, const struct guid *guid, const char *tenant,
                      struct amt *amt, struct arena *arena, struct slice password,
                      struct error *err);

#endif
