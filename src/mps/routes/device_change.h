/*
 * A device's row was changed or deleted: what is known of the device on its shard is brought in
 * line at once. It would be at the next conversation in any case, by the version of the row
 * (store_device_version). Failures are logged.
 */
#ifndef MPS_ROUTES_DEVICE_CHANGE_H
#define MPS_ROUTES_DEVICE_CHANGE_H

#include "mps/routes/routes.h"

/* Whoever speaks to the device goes on with its new password, address and pin. */
void routes_device_changed(struct http_exchange *exchange, const struct guid *guid);

/* Nobody reaches it any more. */
void routes_device_deleted(struct http_exchange *exchange, const struct guid *guid);

#endif
