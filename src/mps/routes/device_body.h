/*
 * The body of POST and PATCH /api/v1/devices, already past its rules, as a change of a device row.
 * Only what a client may write is read: presence, instance and tenant in a body are ignored.
 */
#ifndef MPS_ROUTES_DEVICE_BODY_H
#define MPS_ROUTES_DEVICE_BODY_H

#include "http/exchange.h"
#include "store/store.h"

struct device_body {
    struct store_device device;
    unsigned fields; /* of enum store_field */
    struct store_device_secrets secrets;
    bool has_secrets;
};

/* Reads the body; strings live as long as the exchange. False when it has answered 400: what the
 * rules cannot see, such as a length in bytes. */
bool device_body_read(struct http_exchange *exchange, struct device_body *body);

#endif
