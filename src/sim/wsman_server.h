/*
 * WSMAN as the device serves it: one request envelope in, one answer envelope out, over the model
 * of device.h (spec device-protocols 5). Pure.
 */
#ifndef SIM_WSMAN_SERVER_H
#define SIM_WSMAN_SERVER_H

#include "core/buffer.h"
#include "sim/device.h"

/* Appends the answer to `out` and returns the HTTP status: 200, or 400 or 500 with a fault. 400
 * with nothing appended when the request is no SOAP envelope at all. */
int sim_wsman_answer(struct sim_device *device, struct slice request, uint64_t now_ms,
                     struct buffer *out);

#endif
