/*
 * The certificates of domains, with which admin control mode is entered: what is checked when one
 * is uploaded (spec rps 1.3, with its messages in its order), and signing with one (3.2, 4.1
 * to 4.3).
 */
#ifndef RPS_PROVISIONING_CERTIFICATE_H
#define RPS_PROVISIONING_CERTIFICATE_H

#include "amt/host_setup.h"
#include "io/pfx.h"

struct io_pool;
struct store;

/* ---- uploading; blocking, any thread ---- */

/* NULL: it is good, else the first message of spec rps 1.3 that applies, constant or in the arena.
 * *expires_ms is the end of the certificate in the file that ends first, when NULL is returned. */
const char *rps_provisioning_certificate_check(struct arena *arena, struct slice pfx_base64,
                                               struct slice password, struct slice domain_suffix,
                                               int64_t *expires_ms);

/* Only opens the file. ERROR_INVALID when it cannot. Blanks and line breaks in the base64 are
 * nobody's mistake. */
struct io_pfx *rps_provisioning_certificate_open(struct slice pfx_base64, struct slice password,
                                                 enum io_pfx_problem *problem, struct error *err);

/* … and looks at the kind of its key: ERROR_UNSUPPORTED when firmware takes none such. */
bool rps_provisioning_certificate_expiry(struct slice pfx_base64, struct slice password,
                                         int64_t *expires_ms, struct error *err);

/* Whether firmware takes a certificate with that common name for devices in domains below the
 * suffix: without case, the same last two labels; three where the second-last is a country's
 * "co", "com" …; "*" stands for any label. */
bool rps_provisioning_suffix_fits(struct slice common_name, struct slice suffix);

/* Why firmware takes no signature of the leaf's key, whatever its version; NULL: it does. In the
 * arena. */
const char *rps_provisioning_key_fault(struct arena *arena, const struct io_pfx *pfx);

/* ---- signing; on a fiber ---- */

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

/* Borrowed until rps_signer_close. Signs RSA with SHA-256, whatever the certificates are signed
 * with (spec rps 4.3), and for AMT 22 and later with SHA-384, since it takes nothing less (decision
 * of the toolkit of 2026-10-12 for that firmware; machines with 21.0.6 and 22.0.0 took it, one with
 * 20.0.5 refused it). `release` as the agent says it. */
const struct amt_setup_signer *rps_signer_of(struct rps_signer *signer, double release);

/* Forgets the key. NULL is allowed. */
void rps_signer_close(struct rps_signer *signer);

#endif
