/*
 * TLS settings of one loop: an SSL_CTX in the loop's own OSSL_LIB_CTX (OpenSSL 3.0's default
 * context costs 13–43 % of the handshakes to lock contention). Made on the loop's thread or before
 * the loop runs, used on that loop only, and outlives its connections.
 */
#ifndef IO_TLS_H
#define IO_TLS_H

#include "core/error.h"
#include "core/slice.h"

struct io_loop;
struct io_tls;

enum io_tls_version { IO_TLS_1_0, IO_TLS_1_1, IO_TLS_1_2, IO_TLS_1_3 };

/* "1.0" … "1.3", also the toolkit's "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3". */
bool io_tls_version_of(struct slice name, enum io_tls_version *version);

struct io_tls_server_options {
    struct slice certificate_pem; /* leaf first, then intermediates */
    struct slice key_pem;
    enum io_tls_version oldest; /* below 1.2 also lowers OpenSSL's security level to 0, since old
                                   firmware signs with SHA-1 */
    enum io_tls_version newest;
    bool strong_only;        /* only ECDHE with AES-GCM or ChaCha20-Poly1305, for web listeners;
                                `oldest` is then at least 1.2, since older versions have none */
    struct slice ticket_key; /* 80 bytes shared by all loops, so that any of them resumes a
                                session; empty turns tickets off */
};

struct io_tls_client_options {
    struct slice ca_pem;        /* trusted roots, or the server's own certificate; empty: the
                                   system's */
    bool insecure;              /* accept any certificate: the simulator, and `obctl --insecure` */
    bool firmware;              /* for streams to AMT (io/tls_stream.h), which say themselves what
                                   they accept: TLS from 1.0 on at OpenSSL's security level 0 and
                                   without secure renegotiation, since AMT 11 and 12 have no more.
                                   The system's roots are read at once, not when they are needed */
    bool per_stream;            /* for streams (io/tls_stream.h) to servers behind proxies, which
                                   say themselves whom they accept; otherwise as any client */
    enum io_tls_version newest; /* what the simulated firmware speaks at most */
};

/* Both borrow their options only during the call. NULL with `err` on failure (unreadable PEM, key
 * that does not belong to the certificate). Groups are X25519, P-256; the server prefers its
 * order; no renegotiation, no compression, buffers released while idle. */
struct io_tls *io_tls_server_new(struct io_loop *loop, const struct io_tls_server_options *options,
                                 struct error *err);
struct io_tls *io_tls_client_new(struct io_loop *loop, const struct io_tls_client_options *options,
                                 struct error *err);
void io_tls_free(struct io_tls *tls);

/*
 * Both change the settings of a server while it serves, on its loop's thread: the next handshake
 * uses what is new, open connections stay as they are. False leaves everything as it was.
 *
 * A new ticket key (80 bytes, the same on all loops) makes the tickets from now on. The key before
 * it is still accepted, so that sessions survive one change; two changes forget it. The same key
 * again changes nothing. Turns tickets on where they were off.
 */
bool io_tls_set_ticket_key(struct io_tls *tls, struct slice key, struct error *err);

/* A new certificate, chain and key, as in io_tls_server_options. Sessions resume across it. */
bool io_tls_set_certificate(struct io_tls *tls, struct slice certificate_pem, struct slice key_pem,
                            struct error *err);

#endif
