/*
 * The unique platform ID (spec rpc 2.8): two ids, one of the manufacturer's and one of the CSME's,
 * which also binds the certificate of AMT's TLS to this machine. Each question is a connection of
 * its own. On a fiber.
 */
#ifndef MEI_UPID_H
#define MEI_UPID_H

#include "core/error.h"
#include "core/slice.h"
#include "mei/mei.h"

#include <stdint.h>

#define MEI_UPID_SIZE 32

enum mei_upid_oem { MEI_UPID_OEM_NONE, MEI_UPID_OEM_BINARY, MEI_UPID_OEM_TEXT };

struct mei_upid {
    uint32_t oem_type; /* enum mei_upid_oem, or what the ME says */
    uint8_t oem_id[MEI_UPID_SIZE];
    uint8_t csme_id[MEI_UPID_SIZE]; /* first 20: SHA-256 of the ROM's ODCA certificate */
};

/* Command numbers of the client. */
enum mei_upid_command {
    MEI_UPID_SUPPORT_GET,
    MEI_UPID_STATE_GET,
    MEI_UPID_STATE_SET,
    MEI_UPID_OS_CONTROL_GET,
    MEI_UPID_OS_CONTROL_SET,
    MEI_UPID_PLATFORM_ID_GET,
};

/* Errors of mei_open (ERROR_UNSUPPORTED before ME 16) and of the exchange; ERROR_DEVICE with the
 * status' name when the ME refuses, ERROR_PROTOCOL for a reply of another form. */
bool mei_upid_get(struct mei_upid *upid, struct error *err);

/* Bit 0: the platform id; bit 1: its attestation. */
bool mei_upid_support(uint8_t *bits, struct error *err);

/* Whether the feature is on, and whether the operating system may switch it. */
bool mei_upid_state(bool *on, struct error *err);
bool mei_upid_os_control(bool *on, struct error *err);

/* One question over a client that is open; `body` (borrowed from `reply`) is what follows the
 * status. `value` is the one byte of the two …_SET commands. */
bool mei_upid_ask(struct mei *mei, enum mei_upid_command command, uint8_t value,
                  struct buffer *reply, struct slice *body, struct error *err);

/* The replies; pure. False with ERROR_PROTOCOL or ERROR_DEVICE. */
bool mei_upid_take_reply(struct slice message, enum mei_upid_command command, struct slice *body,
                         struct error *err);
bool mei_upid_decode(struct slice body, struct mei_upid *upid);

#endif
