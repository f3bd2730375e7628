/* Reading PEM texts. Never asks a terminal for a passphrase: an encrypted key is unreadable. What
 * goes wrong is in OpenSSL's error queue. Private to this room; any thread. */
#ifndef IO_PEM_H
#define IO_PEM_H

#include "core/slice.h"

#include <openssl/types.h>

/* Reads from `pem`, which it borrows until BIO_free. NULL when there is no memory. */
BIO *pem_open(struct slice pem);

/* The next certificate, owned; NULL when none is left or it is unreadable, and when `bio` is. */
X509 *pem_next_certificate(BIO *bio);

/* The first certificate or private key of a text, owned; NULL when it is unreadable. `library` may
 * be NULL. */
X509 *pem_certificate(struct slice pem);
EVP_PKEY *pem_key(struct slice pem, OSSL_LIB_CTX *library);

#endif
