/* A peer that asks for new keys (TLS 1.3) while it takes nothing: OpenSSL answers each request, and
 * somebody has to keep the answers (io/tls_stream.h). The peer is OpenSSL in memory. */
#include "world.h"

#include "io/pem.h"
#include "io/tls_stream.h"

#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REQUESTS 5000 /* of 27 bytes each, and so are their answers */
#define SENT     ((size_t)1000)

struct peer {
    struct io_stream stream; /* first */
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out; /* the peer's; its own */
    bool floods;   /* asks for new keys whenever it is read */
    bool stalled;  /* takes nothing */
    struct io_wait moves, never;
    size_t requests;
};

static void drive(struct peer *peer)
{
    if (!SSL_is_init_finished(peer->ssl))
        (void)SSL_do_handshake(peer->ssl);
    if (!peer->floods || BIO_pending(peer->out) > 0 || peer->requests == REQUESTS)
        return;
    peer->requests++;
    assert_int_equal(SSL_key_update(peer->ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    assert_int_equal(SSL_do_handshake(peer->ssl), 1);
}

static bool peer_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                      struct error *err)
{
    struct peer *peer = (struct peer *)(void *)stream;
    drive(peer);
    *got = 0;
    if (BIO_pending(peer->out) == 0)
        return io_wait_for(&peer->never, IO_FOREVER, err);
    return BIO_read_ex(peer->out, to, size, got) == 1;
}

static bool peer_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct peer *peer = (struct peer *)(void *)stream;
    while (peer->stalled)
        if (!io_wait_for(&peer->moves, IO_FOREVER, err))
            return false;
    return BIO_write(peer->in, bytes.data, (int)bytes.size) == (int)bytes.size;
}

static void peer_close(struct io_stream *stream)
{
    struct peer *peer = (struct peer *)(void *)stream;
    SSL_free(peer->ssl);
    SSL_CTX_free(peer->context);
}

static void peer_open(struct peer *peer)
{
    static const struct io_stream_methods methods = {peer_read, peer_write, peer_close};
    X509 *certificate = pem_certificate(world_leaf()->certificate_pem);
    EVP_PKEY *key = pem_key(world_leaf()->key_pem, NULL);
    *peer = (struct peer){.stream = {&methods}, .context = SSL_CTX_new(TLS_server_method())};
    assert_int_equal(SSL_CTX_use_certificate(peer->context, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(peer->context, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    peer->ssl = SSL_new(peer->context);
    peer->in = BIO_new(BIO_s_mem());
    peer->out = BIO_new(BIO_s_mem());
    SSL_set_bio(peer->ssl, peer->in, peer->out);
    SSL_set_accept_state(peer->ssl);
}

struct end {
    struct io_stream *stream;
    struct io_task reader, writer;
    bool wrote;
};

static void read_on(void *arg)
{
    struct end *end = arg;
    struct error err;
    uint8_t byte;
    size_t got;
    assert_false(io_stream_read(end->stream, &byte, 1, &got, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
}

static void write_some(void *arg)
{
    struct end *end = arg;
    struct error err;
    uint8_t bytes[SENT] = {0};
    end->wrote = io_stream_write(end->stream, slice_of(bytes, sizeof bytes), &err);
}

static void keys_without_end(void)
{
    static const struct io_tls_policy anybody = {.any = true};
    struct io_tls_client_options options = {.firmware = true, .newest = IO_TLS_1_3};
    struct error err = {0};
    struct peer peer;
    uint8_t got[2 * SENT];
    struct io_tls *tls = io_tls_client_new(io_loop_current(), &options, &err);
    assert_non_null(tls);
    peer_open(&peer);
    struct end end = {.stream = io_tls_stream_open(&peer.stream, tls, &anybody, &err)};
    assert_string_equal(err.text, "");

    peer.stalled = true;
    assert_true(io_task_start(&end.writer, write_some, &end, &err));
    assert_true(io_sleep(0, &err));
    peer.floods = true;
    assert_true(io_task_start(&end.reader, read_on, &end, &err));
    assert_true(io_sleep(0, &err));
    assert_in_range(peer.requests, 100, 1000); /* 16 KB of answers, and what had been read */
    assert_false(end.wrote);

    peer.stalled = false; /* as soon as it takes some, it is heard again */
    io_signal(&peer.moves);
    io_task_join(&end.writer);
    assert_true(end.wrote);
    while (peer.requests < REQUESTS)
        assert_true(io_sleep(0, &err));
    size_t size = 0;
    assert_int_equal(SSL_read_ex(peer.ssl, got, sizeof got, &size), 1);
    assert_int_equal(size, SENT);
    io_task_cancel(&end.reader);
    io_task_join(&end.reader);
    io_stream_close(end.stream);
    io_tls_free(tls);
}

static void a_peer_that_takes_nothing_is_not_asked_for_keys_without_end(void **state)
{
    (void)state;
    world_run(keys_without_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_that_takes_nothing_is_not_asked_for_keys_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
