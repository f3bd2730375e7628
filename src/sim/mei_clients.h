/*
 * The ME's small clients: the watchdog, which says whether AMT may be and is switched on; UPID, the
 * platform's identity; HOTHAM, the log in the flash (spec rpc 2.7 to 2.9). Pure: a message in, at
 * most one message out.
 */
#ifndef SIM_MEI_CLIENTS_H
#define SIM_MEI_CLIENTS_H

#include "core/buffer.h"
#include "sim/device.h"
#include "sim/tls_server.h"

void sim_watchdog_answer(struct sim_device *device, struct slice request, struct buffer *reply);
/* The identity begins with the hash of the ROM's certificate where `keys` (NULL allowed) have a
 * chain that such a one is in. */
void sim_upid_answer(struct sim_device *device, const struct sim_tls_keys *keys,
                     struct slice request, struct buffer *reply);
void sim_flash_log_answer(const struct sim_device *device, struct slice request,
                          struct buffer *reply);

/* True when this firmware has the client UPID. */
bool sim_upid_exists(const struct sim_device *device);

/* The watchdog's flags. */
enum sim_watchdog_flag {
    SIM_WATCHDOG_ALLOWED = 0x01, /* AMT may be switched on and off now */
    SIM_WATCHDOG_ENABLED = 0x02,
    SIM_WATCHDOG_RESTRICTED = 0x20,
    SIM_WATCHDOG_TLS = 0x40, /* no local port without TLS */
    SIM_WATCHDOG_NEW = 0x80, /* from 16.1 on */
};

#endif
