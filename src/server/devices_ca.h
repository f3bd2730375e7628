/*
 * The CA that signs the certificates of devices (rps/tls_certificate.h), apart from the server's
 * own: whoever says to be a device gets one, so nothing that trusts this server may trust what it
 * signs. Kept in the sealed store beside that one, so every process on a store has the same, and
 * made when the store says that there is none.
 */
#ifndef SERVER_DEVICES_CA_H
#define SERVER_DEVICES_CA_H

#include "core/arena.h"
#include "core/error.h"
#include "server/settings.h"

struct store;

/* *pem is its certificate, in the arena; its key stays in the store. On a fiber; keys are made on a
 * worker. */
bool devices_ca_load(struct store *store, struct arena *arena,
                     const struct settings_values *settings, struct slice *pem, struct error *err);

#endif
