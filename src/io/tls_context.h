/* What is inside TLS settings. Private to this room's libuv half. */
#ifndef IO_TLS_CONTEXT_H
#define IO_TLS_CONTEXT_H

#include "io/tls.h"

#include <openssl/ssl.h>

struct io_tls {
    SSL_CTX *context;
    bool server;
    bool insecure; /* a client that accepts any certificate */
};

/* What an OpenSSL error code means, "unknown reason" for 0. Borrowed, static. */
const char *tls_reason(unsigned long code);

/* True when an SSL call failed because the stream ended without TLS's goodbye. `problem` is
 * SSL_get_error's, `code` and `reason` are errno and the head of the error queue after the call. */
bool tls_was_cut(int problem, int code, unsigned long reason);

#endif
