/*
 * The REST interface of the presence server: the handlers of api/openapi.yaml that are in this room
 * (x-room: mps), one file per group. They run on fibers of any loop. The server (server/routes) has
 * the table that leads to them; what they work on hangs at exchange->context.
 */
#ifndef MPS_ROUTES_ROUTES_H
#define MPS_ROUTES_ROUTES_H

#include "core/guid.h"
#include "http/exchange.h"

struct events;
struct mps;
struct store;

/* Made by the server before its listeners start; outlives them. */
struct mps_application {
    struct mps *mps;
    struct store *store;
    struct events *events;
    struct slice ca_pem; /* root of the CIRA listener's certificate */
};

/* ---- the handlers ---- */

void routes_certificate_get(struct http_exchange *exchange);

void routes_devices_list(struct http_exchange *exchange);
void routes_devices_stats(struct http_exchange *exchange);
void routes_devices_tags(struct http_exchange *exchange);
void routes_devices_get(struct http_exchange *exchange);
void routes_devices_post(struct http_exchange *exchange);
void routes_devices_patch(struct http_exchange *exchange);
void routes_devices_delete(struct http_exchange *exchange);
void routes_devices_redirectstatus(struct http_exchange *exchange);
void routes_devices_refresh(struct http_exchange *exchange);
void routes_devices_disconnect(struct http_exchange *exchange);

void routes_amt_identity_version(struct http_exchange *exchange);
void routes_amt_identity_general_settings(struct http_exchange *exchange);
void routes_amt_power_state(struct http_exchange *exchange);
void routes_amt_power_capabilities(struct http_exchange *exchange);
void routes_amt_power_action(struct http_exchange *exchange);

/* ---- for the handlers ---- */

/* The application behind an exchange. */
struct mps_application *routes_application(const struct http_exchange *exchange);

/* The tenant of whoever asks; "" by default. */
const char *routes_tenant(const struct http_exchange *exchange);

/* The path parameter guid. False when it is no GUID. */
bool routes_guid(const struct http_exchange *exchange, struct guid *guid);

#endif
