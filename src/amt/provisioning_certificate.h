/*
 * The certificates with which admin control mode is entered: opening one, what is checked when it
 * is uploaded (spec rps 1.3, with its messages in its order) and before it is used (3.2, 4.1 to
 * 4.3). No state; blocking; any thread.
 */
#ifndef AMT_PROVISIONING_CERTIFICATE_H
#define AMT_PROVISIONING_CERTIFICATE_H

#include "io/pfx.h"

/* NULL: it is good, else the first message of spec rps 1.3 that applies, constant or in the arena.
 * *expires_ms is the end of the certificate in the file that ends first, when NULL is returned. */
const char *amt_provisioning_certificate_check(struct arena *arena, struct slice pfx_base64,
                                               struct slice password, struct slice domain_suffix,
                                               int64_t *expires_ms);

/* Only opens the file. ERROR_INVALID when it cannot. Blanks and line breaks in the base64 are
 * nobody's mistake. */
struct io_pfx *amt_provisioning_certificate_open(struct slice pfx_base64, struct slice password,
                                                 enum io_pfx_problem *problem, struct error *err);

/* … and looks at the kind of its key: ERROR_UNSUPPORTED when firmware takes none such. */
bool amt_provisioning_certificate_expiry(struct slice pfx_base64, struct slice password,
                                         int64_t *expires_ms, struct error *err);

/* Whether firmware takes a certificate with that common name for devices in domains below the
 * suffix: without case, the same last two labels; three where the second-last is a country's
 * "co", "com" …; "*" stands for any label. */
bool amt_provisioning_suffix_fits(struct slice common_name, struct slice suffix);

/* Why firmware takes no signature of the leaf's key, whatever its version; NULL: it does. In the
 * arena. */
const char *amt_provisioning_key_fault(struct arena *arena, const struct io_pfx *pfx);

/* Why it is of no use today, whatever a device trusts: its times and its purpose. Constant; NULL:
 * it is. */
const char *amt_provisioning_use_fault(const struct io_pfx *pfx);

/* Whether one of the hashes, hexadecimal, told apart by their length, is that of the end of the
 * chain. */
bool amt_provisioning_is_trusted(const struct io_pfx *pfx, const struct slice *hashes,
                                 size_t hash_count);

/* What AMT of that version (19, 22.1) wants nonces signed with: SHA-256, whatever the certificates
 * are signed with (spec rps 4.3), and for AMT 22 and later SHA-384, since it takes nothing less
 * (decision of the toolkit of 2026-10-12 for that firmware; machines with 21.0.6 and 22.0.0 took
 * it, one with 20.0.5 refused it). */
enum io_pfx_hash amt_provisioning_hash(double release);

#endif
