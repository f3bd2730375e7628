/*
 * What is in a PKCS#12 file: certificates and private keys, decrypted, in the file's order. Knows
 * nothing of chains. The work that a file may ask for is bounded before it is done. Private to this
 * room; blocking, any thread.
 */
#ifndef IO_PFX_BAGS_H
#define IO_PFX_BAGS_H

#include "core/error.h"
#include "core/slice.h"

#include <openssl/types.h>

#define PFX_BAGS_CERTIFICATES 10
#define PFX_BAGS_KEYS         4

struct pfx_bags {
    X509 *certificates[PFX_BAGS_CERTIFICATES];
    size_t certificate_count;
    size_t unreadable; /* certificates that OpenSSL can make nothing of */
    EVP_PKEY *keys[PFX_BAGS_KEYS];
    size_t key_count;
    bool is_foreign; /* it could not be read, whatever its password is */
};

/* ERROR_INVALID with what is wrong; then there is nothing to free. */
bool pfx_bags_read(struct slice file, struct slice password, struct pfx_bags *bags,
                   struct error *err);

/* The same for a text of certificates and keys in PEM. */
bool pfx_bags_read_pem(struct slice text, struct slice password, struct pfx_bags *bags,
                       struct error *err);
bool pfx_bags_is_pem(struct slice file);

/* Whether it is a PKCS#12 file at all, opened or not. */
bool pfx_bags_is_pkcs12(struct slice file);

void pfx_bags_fini(struct pfx_bags *bags);

#endif
