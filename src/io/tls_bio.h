/* The one BIO of a loop, shared by all its TLS connections: OpenSSL would otherwise keep one of its
 * own for each, 140 bytes that say little more than the descriptor. Private to this room's libuv
 * half; loop thread only. */
#ifndef IO_TLS_BIO_H
#define IO_TLS_BIO_H

#include <openssl/bio.h>
#include <stdbool.h>

struct tls_bio {
    BIO_METHOD *method;
    BIO *bio;
    int fd;   /* of the connection whose turn it is */
    bool eof; /* its peer sends no more */
};

/* False when OpenSSL has no memory. */
bool tls_bio_init(struct tls_bio *shared);
void tls_bio_fini(struct tls_bio *shared);

/* Makes `ssl` read and write through it. */
void tls_bio_join(struct tls_bio *shared, SSL *ssl);

/* Before each call into OpenSSL that may read or write: lets it do so on `fd`, and clears errno and
 * OpenSSL's error queue, so that what is there afterwards belongs to that call. */
void tls_bio_use(struct tls_bio *shared, int fd);

#endif
