/* A TLS client between memory BIOs, for tests of what a simulated device serves. */
#ifndef TESTS_UNIT_SIM_TLS_CLIENT_H
#define TESTS_UNIT_SIM_TLS_CLIENT_H

#include "core/buffer.h"

#include <openssl/ssl.h>

struct tls_client {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out;
    bool failed, over; /* broken; the server said goodbye */
};

static inline void tls_client_init(struct tls_client *client, int oldest, int newest)
{
    *client = (struct tls_client){.context = SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_cipher_list(client->context, "DEFAULT:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(client->context, oldest);
    SSL_CTX_set_max_proto_version(client->context, newest);
    client->in = BIO_new(BIO_s_mem());
    client->out = BIO_new(BIO_s_mem());
    client->ssl = SSL_new(client->context);
    SSL_set_bio(client->ssl, client->in, client->out);
    SSL_set_connect_state(client->ssl);
}

static inline void tls_client_fini(struct tls_client *client)
{
    SSL_free(client->ssl);
    SSL_CTX_free(client->context);
}

/* Takes what the server sent, appends what was inside to `plain`, and goes on with the handshake.
 */
static inline void tls_client_feed(struct tls_client *client, struct slice bytes,
                                   struct buffer *plain)
{
    uint8_t piece[4096];
    size_t got;
    int done;
    if (bytes.size > 0)
        BIO_write(client->in, bytes.data, (int)bytes.size);
    while ((done = SSL_read_ex(client->ssl, piece, sizeof(piece), &got)) == 1)
        buffer_put(plain, slice_of(piece, got));
    int why = SSL_get_error(client->ssl, done);
    client->over = why == SSL_ERROR_ZERO_RETURN;
    client->failed = !client->over && why != SSL_ERROR_WANT_READ;
}

static inline void tls_client_write(struct tls_client *client, struct slice text)
{
    size_t written;
    if (SSL_write_ex(client->ssl, text.data, text.size, &written) != 1)
        client->failed = true;
}

/* Moves what the client wants to send into `wire`. */
static inline void tls_client_take(struct tls_client *client, struct buffer *wire)
{
    char *bytes = NULL;
    long size = BIO_get_mem_data(client->out, &bytes);
    if (size > 0)
        buffer_put(wire, slice_of(bytes, (size_t)size));
    (void)BIO_reset(client->out);
}

#endif
