/* The PEM files that the command line names. Blocking; before the devices start. */
#ifndef SIM_CREDENTIALS_H
#define SIM_CREDENTIALS_H

#include "core/arena.h"
#include "sim/options.h"
#include "sim/tls_server.h"

/* A whole PEM file, in the arena. False with ERROR_INVALID. */
bool sim_credentials_read(struct arena *arena, const char *path, struct slice *pem,
                          struct error *err);

/* What the devices of one thread show on their TLS ports: --certificate and --key, or certificates
 * of their own. NULL with `err`. */
struct sim_tls_keys *sim_credentials_keys(const struct sim_options *options, struct error *err);

#endif
