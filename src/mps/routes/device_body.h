/*
 * The body of POST and PATCH /api/v1/devices, already past its rules, as a change of a device row.
 * Only what a client may write is read: presence, instance and tenant in a body are ignored.
 */
#ifndef MPS_ROUTES_DEVICE_BODY_H
#define MPS_ROUTES_DEVICE_BODY_H

#include "core/arena.h"
#include "http/exchange.h"
#include "store/store.h"

struct device_body {
    struct store_device device;
    unsigned fields; /* of enum store_field */
    struct store_device_secrets secrets;
    bool has_secrets;
};

/* Gives the body of a new device on the LAN (a hostname, no mpsusername; spec console 1.5) a GUID
 * when it has none. Before the rules are checked. */
void device_body_complete(struct http_exchange *exchange);

/* A fingerprint that has passed its rule, as the store keeps it: lower case, without colons. */
const char *device_body_cert_hash(struct arena *arena, const char *text);

/* Reads the body; strings live as long as the exchange. False when it has answered 400: what the
 * rules cannot see, such as a length in bytes. */
bool device_body_read(struct http_exchange *exchange, struct device_body *body);

#endif
