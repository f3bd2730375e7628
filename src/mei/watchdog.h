/*
 * The ME's watchdog client, as far as AMT is switched on and off through it ("state independence",
 * spec rpc 2.7). Each question is a connection of its own, because the kernel's watchdog driver may
 * want the client too. On a fiber.
 */
#ifndef MEI_WATCHDOG_H
#define MEI_WATCHDOG_H

#include "core/error.h"
#include "core/slice.h"
#include "mei/mei.h"

#include <stdint.h>

struct mei_watchdog_flags {
    bool allowed;       /* bit 0: AMT may be switched on and off by the host */
    bool enabled;       /* bit 1: AMT is on. Means something only with new_interface */
    bool restricted;    /* bit 5: by the manufacturer's policy. LMS reads a CIRA timer fix in it */
    bool tls_enforced;  /* bit 6: TLS on local ports only (AMT 19 and later) */
    bool new_interface; /* bit 7: ME 16.1 and later */
    uint8_t raw;
};

/* Errors of mei_open, mei_send and mei_receive; ERROR_PROTOCOL for a reply of another form. */
bool mei_watchdog_flags(struct mei_watchdog_flags *flags, struct error *err);

/* Switches AMT on or off. ERROR_DEVICE with the status when the ME refuses. */
bool mei_watchdog_set_operational(bool on, struct error *err);

/* The same over a client that is open. */
bool mei_watchdog_ask_flags(struct mei *mei, struct mei_watchdog_flags *flags, struct error *err);
bool mei_watchdog_ask_operational(struct mei *mei, bool on, struct error *err);

/* The replies; pure. False when they have another form. */
bool mei_watchdog_decode_flags(struct slice message, struct mei_watchdog_flags *flags);
bool mei_watchdog_decode_operational(struct slice message, uint32_t *status);

#endif
