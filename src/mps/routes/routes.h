/*
 * The REST interface of the presence server: the handlers of api/ that are in this room (x-room:
 * mps; declared in the generated handlers.h), one file per group. They run on fibers of any loop.
 * The server (server/routes) has the table that leads to them; what they work on hangs at
 * exchange->context.
 */
#ifndef MPS_ROUTES_ROUTES_H
#define MPS_ROUTES_ROUTES_H

#include "core/guid.h"
#include "http/exchange.h"

struct events;
struct mps;
struct mps_drives;
struct mps_images;
struct mps_jobs;
struct mps_recordings;
struct mps_screens;
struct store;

/* Made by the server before its listeners start; outlives them. */
struct mps_application {
    struct mps *mps;
    struct mps_drives *drives;
    struct mps_images *images;
    struct mps_jobs *jobs;
    struct mps_recordings *recordings;
    struct mps_screens *screens;
    struct store *store;
    struct events *events;
    struct slice ca_pem; /* root of the CIRA listener's certificate */
    uint32_t device_ms;  /* that one request may talk to its device; 0: 60,000 */
};

/* The application behind an exchange. */
struct mps_application *routes_application(const struct http_exchange *exchange);

/* The tenant of whoever asks; "" by default. */
const char *routes_tenant(const struct http_exchange *exchange);

/* The name of who logged in; NULL when the token doesn't say. */
const char *routes_user(const struct http_exchange *exchange);

/* The path parameter guid. False when it is no GUID. */
bool routes_guid(const struct http_exchange *exchange, struct guid *guid);

#endif
