/*
 * Certificates and private keys that somebody gives us for a device: DER or PEM, read with OpenSSL
 * and handed on in the one form that firmware takes. No state; any thread. What is returned lives
 * in the arena; an arena that a key went through is to be wiped.
 */
#ifndef IO_CREDENTIAL_H
#define IO_CREDENTIAL_H

#include "core/arena.h"
#include "core/error.h"

#include <stdint.h>

#define IO_CREDENTIAL_LIMIT ((size_t)64 * 1024) /* bytes of a certificate or key */

struct io_credential_certificate {
    struct slice der;
    int64_t expires_ms; /* since 1970 */
};

/* Exactly one certificate in DER, or the first one of a PEM text. ERROR_INVALID otherwise. */
bool io_credential_certificate(struct arena *arena, struct slice bytes,
                               struct io_credential_certificate *certificate, struct error *err);

struct io_credential_key {
    struct slice private_der; /* PKCS#1, as AddKey takes it (spec device-classes 3) */
    struct slice public_der;  /* PKCS#1, as firmware shows it in DERKey */
};

/* An RSA key in PKCS#1 or PKCS#8, DER or PEM, not encrypted. ERROR_INVALID otherwise. */
bool io_credential_key(struct arena *arena, struct slice bytes, struct io_credential_key *key,
                       struct error *err);

/* Whether the key belongs to the certificate. */
bool io_credential_match(const struct io_credential_certificate *certificate,
                         const struct io_credential_key *key);

#endif
