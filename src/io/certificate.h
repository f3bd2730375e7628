/* X.509 for our own listeners: keys, a CA, leaves. Blocking and slow (an RSA-2048 key costs 0.2 s):
 * run on a worker. Everything is PEM in the caller's arena. */
#ifndef IO_CERTIFICATE_H
#define IO_CERTIFICATE_H

#include "core/arena.h"
#include "core/error.h"

#include <stdint.h>

struct io_certificate {
    struct slice certificate_pem;
    struct slice key_pem; /* PKCS#8, not encrypted: goes into the sealed store only */
};

/* A self-signed CA (RSA, `bits` 2048 or 3072, SHA-256, 30 years, basicConstraints CA, keyUsage
 * keyCertSign+cRLSign, subject key id, nsCertType sslCA for AMT 12). Subject CN `<prefix>-` and the
 * first six hexadecimal digits of the key's SHA-1. */
bool io_certificate_new_ca(struct arena *arena, const char *prefix, int bits,
                           struct io_certificate *ca, struct error *err);

/* A server leaf signed by `ca`: RSA, subject CN `common_name`, SAN with common_name and each of
 * `names` as DNS name or IP address, serverAuth, nsCertType server. `days` of validity. */
bool io_certificate_new_leaf(struct arena *arena, const struct io_certificate *ca, int bits,
                             const char *common_name, const char *const *names, size_t name_count,
                             int days, struct io_certificate *leaf, struct error *err);

/* A server leaf for a key that somebody else has, signed by `ca` and valid almost as long as it, so
 * that a device whose clock is wrong takes it: RSA of 2048 bits at least, in DER (PKCS#1 or
 * SubjectPublicKeyInfo); subject CN `common_name`, SAN with `name` as DNS name or IP address (NULL:
 * none), serverAuth, nsCertType server. ERROR_INVALID: no such key. DER in the arena. */
bool io_certificate_issue(struct arena *arena, const struct io_certificate *ca,
                          struct slice public_key_der, const char *common_name, const char *name,
                          struct slice *leaf_der, struct error *err);

/* End of validity of the first certificate of a PEM text, ms since 1970. */
bool io_certificate_expires(struct slice certificate_pem, int64_t *ms, struct error *err);

/* Lower-case hexadecimal SHA-256 of the DER of the first certificate: 64 digits and a NUL. */
bool io_certificate_fingerprint(struct slice certificate_pem, char text[65], struct error *err);

#endif
