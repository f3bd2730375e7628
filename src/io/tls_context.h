/* What is inside TLS settings. Private to this room's libuv half. */
#ifndef IO_TLS_CONTEXT_H
#define IO_TLS_CONTEXT_H

#include "io/tls.h"

#include <openssl/ssl.h>

#define TLS_TICKET_KEY_SIZE 80 /* name 16, HMAC 32, AES 32 */

struct io_pfx;

struct io_tls {
    SSL_CTX *context; /* of the next connection; those that are open keep the one they began with */
    OSSL_LIB_CTX *library;
    enum io_tls_version oldest;
    enum io_tls_version newest;
    bool server;
    bool insecure;    /* a client that accepts any certificate */
    bool firmware;    /* a client that takes what old firmware has to offer */
    bool strong_only; /* a server without old ciphers */

    /* Session tickets, in tls_ticket.c: the key in use, then the one before. */
    uint8_t ticket_keys[2][TLS_TICKET_KEY_SIZE];
    unsigned ticket_key_count; /* 0: no tickets */
    EVP_CIPHER *ticket_cipher;
};

/* Sets `context` up to make and accept tickets with the keys of `tls`, or none. */
bool tls_use_tickets(struct io_tls *tls, SSL_CTX *context, struct error *err);

/* Wipes the keys. */
void tls_forget_tickets(struct io_tls *tls);

/* Has the handshake check that the certificate is for `name`, and sends it unless it is an address.
 * False for what is neither. */
bool tls_expect_name(SSL *ssl, const char *name);

/* Decides for a stream of tls_stream.c; as SSL_CTX_set_cert_verify_callback wants it. */
int tls_stream_check(X509_STORE_CTX *context, void *arg);

/* Trusts the system's roots, as SSL_CTX_set_default_verify_paths does (files, folders and variables
 * are OpenSSL's), but reads all of them now, so that no handshake looks into a folder. What cannot
 * be read is not trusted. In tls_roots.c. */
void tls_trust_system(SSL_CTX *context);

/* Has the handshake show the file's certificates and sign with its key. False when it has no key
 * that fits. In pfx.c. */
bool tls_show_pfx(SSL *ssl, const struct io_pfx *pfx);

/* What an OpenSSL error code means, "unknown reason" for 0. Borrowed, static. */
const char *tls_reason(unsigned long code);

/* True when an SSL call failed because the stream ended without TLS's goodbye. `problem` is
 * SSL_get_error's, `code` and `reason` are errno and the head of the error queue after the call. */
bool tls_was_cut(int problem, int code, unsigned long reason);

#endif
