/* The one BIO of a loop, shared by all its TLS connections: OpenSSL would otherwise keep one of its
 * own for each, 140 bytes that say little more than the descriptor. Private to this room's libuv
 * half; loop thread only. */
#ifndef IO_TLS_BIO_H
#define IO_TLS_BIO_H

#include <openssl/bio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_bio {
    BIO_METHOD *method;
    BIO *bio;
    int fd;         /* of the connection whose turn it is */
    bool eof;       /* its peer sends no more */
    bool ahead;     /* reading takes all there is with one system call */
    bool fetched;   /* and has done so this turn */
    size_t most;    /* bytes of that call */
    uint8_t *bytes; /* what it brought */
    size_t start, end;
};

/* The most that one turn takes from a connection, encrypted. */
#define TLS_BIO_AHEAD ((size_t)48 * 1024)

/* False when OpenSSL has no memory. */
bool tls_bio_init(struct tls_bio *shared);
void tls_bio_fini(struct tls_bio *shared);

/* Makes `ssl` read and write through it. */
void tls_bio_join(struct tls_bio *shared, SSL *ssl);

/* Before each call into OpenSSL that may read or write: lets it do so on `fd`, and clears errno and
 * OpenSSL's error queue, so that what is there afterwards belongs to that call. */
void tls_bio_use(struct tls_bio *shared, int fd);

/* The same for reading an open connection until OpenSSL wants more: it asks for a record in two
 * small reads, which are served from one system call. What was fetched must be read to its end
 * before anybody else's turn: at most `most` or TLS_BIO_AHEAD bytes, and one record that was begun
 * earlier. */
void tls_bio_read_ahead(struct tls_bio *shared, int fd, size_t most);

#endif
