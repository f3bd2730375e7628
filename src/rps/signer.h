/*
 * Signing with the certificate of a domain, for admin control mode (spec rps 3.2, 4.1 to 4.3). On a
 * fiber.
 */
#ifndef RPS_SIGNER_H
#define RPS_SIGNER_H

#include "amt/host_setup.h"

struct io_pool;
struct store;

/* A domain's certificate, opened. Of one session. */
struct rps_signer;

/* Reads the domain's certificate from the store and opens it on a worker (`pool`; NULL: here and
 * now, for tests). ERROR_STORE: it cannot be read from the store. ERROR_INVALID: it cannot be used.
 * ERROR_CONFLICT: its root is not among `hashes`, those that the device trusts, hexadecimal, told
 * apart by their length. The text starts with the toolkit's phrase for each. */
bool rps_signer_open(struct io_pool *pool, struct store *store, struct arena *arena,
                     const char *tenant, const char *domain, const struct slice *hashes,
                     size_t hash_count, struct rps_signer **signer, struct error *err);

/* The same with a file that is at hand. */
bool rps_signer_open_file(struct io_pool *pool, struct slice pfx_base64, struct slice password,
                          const struct slice *hashes, size_t hash_count, struct rps_signer **signer,
                          struct error *err);

/* Borrowed until rps_signer_close. Signs what amt_provisioning_hash says; `release` as the agent
 * says it. `chain_taken` as amt_setup_signer has it. */
const struct amt_setup_signer *rps_signer_of(struct rps_signer *signer, double release,
                                             bool *chain_taken);

/* Forgets the key. NULL is allowed. */
void rps_signer_close(struct rps_signer *signer);

#endif
