/*
 * The server's own certificates: a CA, the leaf that devices see and the leaf that browsers see.
 * They are kept in the sealed store under MPSCerts, laid out as the toolkit keeps them (spec mps
 * 6.3), and made only when the store says that there are none: whatever else goes wrong while
 * reading them ends the start, since a new CA would lock out every device that trusts the old one.
 */
#ifndef SERVER_CERTIFICATE_H
#define SERVER_CERTIFICATE_H

#include "core/arena.h"
#include "core/error.h"
#include "io/certificate.h"
#include "server/settings.h"

struct store;

struct certificates {
    struct slice ca_pem;
    struct io_certificate cira;
    struct io_certificate web;
};

/* Reads or makes them; makes new leaves from the same CA when the settings' common name has changed
 * or one ends within 30 days. *made tells whether anything was made. Everything is in `arena`; call
 * certificates_wipe before it ends. On a fiber; keys are made on a worker. */
bool certificates_load(struct store *store, struct arena *arena,
                       const struct settings_values *settings, struct certificates *certificates,
                       bool *made, struct error *err);

/* Overwrites the private keys. */
void certificates_wipe(struct certificates *certificates);

#endif
