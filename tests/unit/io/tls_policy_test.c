/* What a policy of a TLS stream may ask for beside a trusted chain: to look at what the peer shows,
 * and to show something itself. The peer is a listener that notes what it is shown. */
#include "world.h"

#include "core/arena.h"
#include "core/encoding.h"
#include "io/pfx.h"
#include "io/tls_context.h"
#include "io/tls_stream.h"

#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct server {
    struct io_tls *tls;
    struct io_listener *listener;
    int shown;      /* certificates, by the last client that showed some */
    char name[100]; /* of the first of them */
};

static int note_shown(X509_STORE_CTX *context, void *arg)
{
    struct server *server = arg;
    const STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(context);
    server->shown = sk_X509_num(chain);
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(sk_X509_value(chain, 0)), NID_commonName,
                                    server->name, sizeof server->name);
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

static void greet(void *arg)
{
    struct io_stream *stream = arg;
    struct error err;
    char byte;
    size_t got;
    (void)io_stream_write(stream, SLICE_LITERAL("hi"), &err);
    while (io_stream_read(stream, &byte, 1, &got, &err) && got > 0)
        ;
    io_stream_close(stream);
}

static void accept_client(void *owner, struct io_conn *conn)
{
    struct error err;
    (void)owner;
    assert_true(io_fiber_start(greet, io_conn_stream(conn), &err));
}

/* Shows the leaf and its CA; `asks`: and wants to see a certificate. */
static void open_server(struct server *server, enum io_tls_version newest, bool asks)
{
    struct error err = {0};
    struct arena arena;
    arena_init(&arena);
    const char *chain = arena_printf(&arena, "%.*s%.*s", SLICE_ARG(world_leaf()->certificate_pem),
                                     SLICE_ARG(world_ca()->certificate_pem));
    const struct io_tls_server_options options = {.certificate_pem = slice_of_string(chain),
                                                  .key_pem = world_leaf()->key_pem,
                                                  .oldest = IO_TLS_1_0,
                                                  .newest = newest};
    *server = (struct server){.tls = io_tls_server_new(io_loop_current(), &options, &err)};
    arena_fini(&arena);
    assert_string_equal(err.text, "");
    if (asks) {
        SSL_CTX_set_verify(server->tls->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           NULL);
        SSL_CTX_set_cert_verify_callback(server->tls->context, note_shown, server);
    }
    const struct io_address any = world_address(0);
    const struct io_listen_options how = {.tls = server->tls};
    server->listener = io_listen(io_loop_current(), &any, &how, accept_client, server, &err);
    assert_string_equal(err.text, "");
}

static void close_server(struct server *server)
{
    io_listener_close(server->listener);
    io_tls_free(server->tls);
}

/* Opens, reads the greeting, closes. False with the error of whichever failed. */
static bool visit(const struct server *server, struct io_tls *tls,
                  const struct io_tls_policy *policy, struct error *err)
{
    const struct io_address at = io_listener_address(server->listener);
    char greeting[2];
    size_t got;
    error_clear(err);
    struct io_conn *conn = io_connect(&at, NULL, NULL, err);
    assert_non_null(conn);
    struct io_stream *stream = io_tls_stream_open(io_conn_stream(conn), tls, policy, err);
    if (stream == NULL)
        return false;
    bool ok = io_stream_read(stream, greeting, sizeof greeting, &got, err) && got > 0;
    io_stream_close(stream);
    return ok;
}

static struct io_tls *client(void)
{
    struct error err = {0};
    const struct io_tls_client_options options = {
        .ca_pem = world_ca()->certificate_pem, .firmware = true, .newest = IO_TLS_1_3};
    struct io_tls *tls = io_tls_client_new(io_loop_current(), &options, &err);
    assert_string_equal(err.text, "");
    return tls;
}

/* ---- looking ---- */

struct looker {
    size_t seen;
    char leaf[65];
    bool refuses;
};

static bool look(void *context, const struct slice *chain, size_t count, struct error *err)
{
    struct looker *looker = context;
    X509 *leaf = NULL;
    const unsigned char *der = chain[0].data;
    uint8_t hash[32];
    unsigned size = 0;
    leaf = d2i_X509(NULL, &der, (long)chain[0].size);
    assert_true(X509_digest(leaf, EVP_sha256(), hash, &size) == 1 && size == sizeof hash);
    encoding_hex(slice_of(hash, size), looker->leaf);
    X509_free(leaf);
    looker->seen = count;
    return !looker->refuses || error_set(err, ERROR_CONNECTION, "it has a look we do not like");
}

static void looks(void)
{
    struct server server;
    struct error err;
    char leaf[65];
    struct looker looker = {0};
    struct io_tls *tls = client();
    assert_true(io_certificate_fingerprint(world_leaf()->certificate_pem, leaf, &err));
    open_server(&server, IO_TLS_1_3, false);
    struct io_tls_policy policy = {.any = true, .check = look, .context = &looker};
    assert_true(visit(&server, tls, &policy, &err));
    assert_int_equal(looker.seen, 2);
    assert_string_equal(looker.leaf, leaf);
    looker.refuses = true;
    assert_false(visit(&server, tls, &policy, &err));
    assert_string_equal(err.text, "it has a look we do not like");
    /* It comes beside the chain, and not in its place. */
    looker.refuses = false;
    policy.any = false;
    policy.server_name = "example.org";
    assert_false(visit(&server, tls, &policy, &err));
    assert_non_null(strstr(err.text, "the peer's certificate is refused"));
    policy.server_name = "localhost";
    assert_true(visit(&server, tls, &policy, &err));
    looker.refuses = true;
    assert_false(visit(&server, tls, &policy, &err));
    close_server(&server);
    io_tls_free(tls);
}

static void a_policy_looks_at_the_chain(void **state)
{
    (void)state;
    world_run(looks);
}

/* ---- showing ---- */

static void shows(void)
{
    struct error err = {0};
    struct arena arena;
    struct slice file;
    char root[65];
    enum io_pfx_problem problem;
    arena_init(&arena);
    assert_true(io_pfx_make_sample(&arena, "amt.example.org", "pfx", &file, root, &err));
    struct io_pfx *pfx = io_pfx_open(file, SLICE_LITERAL("pfx"), &problem, &err);
    assert_string_equal(err.text, "");
    struct io_tls *tls = client();
    const struct io_tls_policy policy = {.any = true, .identity = pfx};
    const struct io_tls_policy bare = {.any = true};
    for (int version = IO_TLS_1_2; version <= IO_TLS_1_3; version++) {
        struct server server;
        open_server(&server, (enum io_tls_version)version, true);
        assert_false(visit(&server, tls, &bare, &err));
        assert_int_equal(server.shown, 0);
        assert_true(visit(&server, tls, &policy, &err));
        /* The root as well: firmware knows its hash only. */
        assert_int_equal(server.shown, io_pfx_state(pfx)->chain_count);
        assert_int_equal(server.shown, 2);
        assert_string_equal(server.name, "amt.example.org");
        close_server(&server);
        open_server(&server, (enum io_tls_version)version, false); /* and to nobody unasked */
        assert_true(visit(&server, tls, &policy, &err));
        assert_int_equal(server.shown, 0);
        close_server(&server);
    }
    io_tls_free(tls);
    io_pfx_free(pfx);
    arena_fini(&arena);
}

static void a_policy_shows_a_provisioning_certificate(void **state)
{
    (void)state;
    world_run(shows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_looks_at_the_chain),
        cmocka_unit_test(a_policy_shows_a_provisioning_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
