/* A device row as JSON, with the keys in the toolkit's order (spec mps 1.8). No state. */
#ifndef MPS_ROUTES_DEVICE_JSON_H
#define MPS_ROUTES_DEVICE_JSON_H

#include "core/json_writer.h"
#include "store/store.h"

/* Writes the device as the next value. `with_times`: the three timestamps too, which the rows of a
 * list do not have. `with_inventory`: all that was learned about it, too. */
void device_json_put(struct json_writer *json, const struct store_device *device, bool with_times,
                     bool with_inventory);

#endif
