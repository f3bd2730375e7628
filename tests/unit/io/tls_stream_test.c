/* TLS as a client over any stream (io/tls_stream.h). The peer is a listener of ours; between the
 * two is a stream that cuts what passes into odd pieces, or off. */
#include "world.h"

#include "core/encoding.h"
#include "io/credential.h"
#include "io/loop_uv.h"
#include "io/pem.h"
#include "io/tls_stream.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a server that gives back what it gets, until it gets "bye" ---- */

struct server {
    struct io_listener *listener;
    struct io_tls *tls;
    bool silent;        /* takes connections and says nothing */
    bool ended_orderly; /* the last connection, by the client */
    bool over;          /* the last connection */
};

struct visitor {
    struct server *server;
    struct io_stream *stream;
};

static void serve(void *arg)
{
    struct visitor visitor = *(struct visitor *)arg;
    uint8_t *bytes = malloc(10000);
    size_t got = 0;
    struct error err;
    free(arg);
    bool ok;
    while ((ok = io_stream_read(visitor.stream, bytes, 10000, &got, &err)) && got > 0) {
        if (visitor.server->silent)
            continue;
        if (slice_equal_string(slice_of(bytes, got), "bye") ||
            !io_stream_write(visitor.stream, slice_of(bytes, got), &err))
            break;
    }
    visitor.server->ended_orderly = ok && got == 0;
    visitor.server->over = true;
    free(bytes);
    io_stream_close(visitor.stream);
}

static void accept_visitor(void *owner, struct io_conn *conn)
{
    struct error err;
    struct visitor *visitor = malloc(sizeof *visitor);
    *visitor = (struct visitor){owner, io_conn_stream(conn)};
    visitor->server->over = false;
    assert_true(io_fiber_start(serve, visitor, &err));
}

static void open_server(struct server *server, struct io_tls *tls)
{
    struct error err = {0};
    struct io_listen_options options = {.tls = tls};
    struct io_address any = world_address(0);
    *server = (struct server){.tls = tls};
    server->listener = io_listen(io_loop_current(), &any, &options, accept_visitor, server, &err);
    assert_string_equal(err.text, "");
}

static void close_server(struct server *server)
{
    io_listener_close(server->listener);
    io_tls_free(server->tls);
}

static struct io_tls *server_tls(struct slice certificate, struct slice key,
                                 enum io_tls_version newest)
{
    struct error err = {0};
    struct io_tls_server_options options = {
        .certificate_pem = certificate, .key_pem = key, .oldest = IO_TLS_1_0, .newest = newest};
    struct io_tls *tls = io_tls_server_new(io_loop_current(), &options, &err);
    assert_string_equal(err.text, "");
    return tls;
}

/* The leaf, with the CA behind it. */
static struct io_tls *chain_tls(enum io_tls_version newest)
{
    struct arena arena;
    arena_init(&arena);
    struct slice chain =
        slice_of_string(arena_printf(&arena, "%.*s%.*s", SLICE_ARG(world_leaf()->certificate_pem),
                                     SLICE_ARG(world_ca()->certificate_pem)));
    struct io_tls *tls = server_tls(chain, world_leaf()->key_pem, newest);
    arena_fini(&arena);
    return tls;
}

/* ---- a stream that cuts ---- */

struct cutter {
    struct io_stream stream; /* first */
    struct io_stream *inner;
    size_t piece;  /* most bytes of a read; changes with each */
    size_t left;   /* bytes that may still be read before the end */
    size_t *total; /* bytes read; NULL */
};

static bool cutter_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct cutter *cutter = (struct cutter *)(void *)stream;
    if (cutter->piece > 0) {
        cutter->piece = cutter->piece * 5 % 7; /* 1 5 4 6 2 3 1 … */
        size = size < cutter->piece ? size : cutter->piece;
    }
    size = size < cutter->left ? size : cutter->left;
    *got = 0;
    if (size > 0 && !io_stream_read(cutter->inner, to, size, got, err))
        return false;
    cutter->left -= *got;
    if (cutter->total != NULL)
        *cutter->total += *got;
    return true;
}

static bool cutter_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct cutter *cutter = (struct cutter *)(void *)stream;
    for (size_t at = 0; at < bytes.size; at += 7)
        if (!io_stream_write(cutter->inner, slice_first(slice_from(bytes, at), 7), err))
            return false;
    return true;
}

static void cutter_close(struct io_stream *stream)
{
    io_stream_close(((struct cutter *)(void *)stream)->inner);
    free(stream);
}

static struct io_stream *cut(struct io_stream *inner, size_t piece, size_t left, size_t *total)
{
    static const struct io_stream_methods methods = {cutter_read, cutter_write, cutter_close};
    struct cutter *cutter = malloc(sizeof *cutter);
    *cutter = (struct cutter){{&methods}, inner, piece, left, total};
    return &cutter->stream;
}

/* ---- the client ---- */

static struct io_stream *dial(struct server *server)
{
    struct error err = {0};
    struct io_address at = io_listener_address(server->listener);
    struct io_conn *conn = io_connect(&at, NULL, NULL, &err);
    assert_string_equal(err.text, "");
    return io_conn_stream(conn);
}

static struct io_tls *firmware_tls(bool with_ca)
{
    struct error err = {0};
    struct io_tls_client_options options = {.ca_pem = with_ca ? world_ca()->certificate_pem
                                                              : slice_of(NULL, 0),
                                            .firmware = true,
                                            .newest = IO_TLS_1_3};
    struct io_tls *tls = io_tls_client_new(io_loop_current(), &options, &err);
    assert_string_equal(err.text, "");
    return tls;
}

static const struct io_tls_policy anybody = {.any = true};

static void echo_once(struct io_stream *stream, size_t size)
{
    struct error err = {0};
    uint8_t *sent = malloc(size);
    uint8_t *came = malloc(size);
    for (size_t i = 0; i < size; i++)
        sent[i] = (uint8_t)(i * 31 + (i >> 8));
    assert_true(io_stream_write(stream, slice_of(sent, size), &err));
    for (size_t at = 0; at < size;) {
        size_t got = 0;
        assert_true(io_stream_read(stream, came + at, size - at, &got, &err));
        assert_true(got > 0);
        at += got;
    }
    assert_memory_equal(sent, came, size);
    free(sent);
    free(came);
}

/* Opens with a policy; the stream, or NULL with `err`. */
static struct io_stream *open_with(struct server *server, struct io_tls *tls,
                                   const struct io_tls_policy *policy, struct error *err)
{
    *err = (struct error){0};
    return io_tls_stream_open(dial(server), tls, policy, err);
}

static void accepts(struct server *server, struct io_tls *tls, const struct io_tls_policy *policy)
{
    struct error err;
    struct io_stream *stream = open_with(server, tls, policy, &err);
    assert_string_equal(err.text, "");
    assert_non_null(stream);
    echo_once(stream, 100);
    io_stream_close(stream);
}

static void refuses(struct server *server, struct io_tls *tls, const struct io_tls_policy *policy,
                    const char *why)
{
    struct error err;
    assert_null(open_with(server, tls, policy, &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    if (strstr(err.text, why) == NULL)
        fail_msg("\"%s\" instead of \"%s\"", err.text, why);
}

/* ---- bytes ---- */

static void every_version(void)
{
    struct io_tls *tls = firmware_tls(false);
    for (int version = IO_TLS_1_0; version <= IO_TLS_1_3; version++) {
        struct server server;
        open_server(&server, chain_tls((enum io_tls_version)version));
        accepts(&server, tls, &anybody);
        close_server(&server);
    }
    io_tls_free(tls);
}

static void it_speaks_what_firmware_speaks_from_1_0_to_1_3(void **state)
{
    (void)state;
    world_run(every_version);
}

static void odd_pieces(void)
{
    struct error err = {0};
    struct server server;
    struct io_tls *tls = firmware_tls(false);
    for (int version = IO_TLS_1_2; version <= IO_TLS_1_3; version++) {
        open_server(&server, chain_tls((enum io_tls_version)version));
        struct io_stream *stream =
            io_tls_stream_open(cut(dial(&server), 1, SIZE_MAX, NULL), tls, &anybody, &err);
        assert_string_equal(err.text, "");
        echo_once(stream, 1);
        echo_once(stream, 50000);
        io_stream_close(stream);
        close_server(&server);
    }
    io_tls_free(tls);
}

static void bytes_may_come_in_any_pieces(void **state)
{
    (void)state;
    world_run(odd_pieces);
}

/* How many bytes the server sends until the handshake is over for us. */
static size_t handshake_size(struct server *server, struct io_tls *tls)
{
    struct error err = {0};
    size_t total = 0;
    struct io_stream *stream =
        io_tls_stream_open(cut(dial(server), 0, SIZE_MAX, &total), tls, &anybody, &err);
    assert_non_null(stream);
    io_stream_close(stream);
    return total;
}

static void cut_handshakes(void)
{
    struct server server;
    struct io_tls *tls = firmware_tls(false);
    open_server(&server, chain_tls(IO_TLS_1_2));
    size_t all = handshake_size(&server, tls);
    for (size_t left = 0; left < all; left += 1 + all / 40) {
        struct error err = {0};
        assert_null(io_tls_stream_open(cut(dial(&server), 0, left, NULL), tls, &anybody, &err));
        assert_int_equal(err.code, ERROR_CONNECTION);
        assert_non_null(strstr(err.text, "cut without TLS's goodbye"));
    }
    close_server(&server);
    io_tls_free(tls);
}

static void a_handshake_that_is_cut_fails_wherever_that_is(void **state)
{
    (void)state;
    world_run(cut_handshakes);
}

static void cut_data(void)
{
    struct error err = {0};
    struct server server;
    uint8_t bytes[100];
    size_t got = 1;
    struct io_tls *tls = firmware_tls(false);
    open_server(&server, chain_tls(IO_TLS_1_2));
    size_t all = handshake_size(&server, tls);
    struct io_stream *stream =
        io_tls_stream_open(cut(dial(&server), 0, all + 20, NULL), tls, &anybody, &err);
    assert_non_null(stream);
    assert_true(io_stream_write(stream, SLICE_LITERAL("a hundred bytes at most"), &err));
    assert_false(io_stream_read(stream, bytes, sizeof bytes, &got, &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    assert_int_equal(got, 0);
    assert_false(io_stream_read(stream, bytes, sizeof bytes, &got, &err)); /* and stays so */
    assert_false(io_stream_write(stream, SLICE_LITERAL("more"), &err));
    io_stream_close(stream);
    close_server(&server);
    io_tls_free(tls);
}

static void a_stream_that_is_cut_does_not_pass_for_one_that_ended(void **state)
{
    (void)state;
    world_run(cut_data);
}

static void goodbyes(void)
{
    struct error err = {0};
    struct server server;
    uint8_t byte;
    size_t got = 1;
    struct io_tls *tls = firmware_tls(false);
    open_server(&server, chain_tls(IO_TLS_1_3));
    struct io_stream *stream = open_with(&server, tls, &anybody, &err);
    assert_true(io_stream_write(stream, SLICE_LITERAL("bye"), &err));
    assert_true(io_stream_read(stream, &byte, 1, &got, &err));
    assert_int_equal(got, 0);
    assert_true(io_stream_read(stream, &byte, 1, &got, &err)); /* and again */
    assert_int_equal(got, 0);
    assert_false(io_stream_write(stream, SLICE_LITERAL("more"), &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    io_stream_close(stream);
    assert_true(world_await(&server.over, 5000));
    assert_false(server.ended_orderly);

    stream = open_with(&server, tls, &anybody, &err);
    echo_once(stream, 3);
    io_stream_close(stream);
    assert_true(world_await(&server.over, 5000));
    assert_true(server.ended_orderly);
    close_server(&server);
    io_tls_free(tls);
}

static void both_sides_say_goodbye(void **state)
{
    (void)state;
    world_run(goodbyes);
}

static void no_tls_there(void)
{
    struct server server;
    struct io_tls *tls = firmware_tls(false);
    open_server(&server, NULL); /* echoes our ClientHello */
    refuses(&server, tls, &anybody, "the TLS handshake failed: ");
    close_server(&server);
    io_tls_free(tls);
}

static void what_is_no_tls_fails(void **state)
{
    (void)state;
    world_run(no_tls_there);
}

/* ---- how strong a chain has to be ---- */

/* A certificate for "localhost" of the CA, for a key of that size, signed with that digest. */
static struct io_tls *weak_tls(unsigned bits, const EVP_MD *digest)
{
    EVP_PKEY *ca_key = pem_key(world_ca()->key_pem, NULL);
    EVP_PKEY *key = EVP_RSA_gen(bits);
    BIO *ca_pem = pem_open(world_ca()->certificate_pem);
    X509 *ca = pem_next_certificate(ca_pem);
    X509 *leaf = X509_new();
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost");
    assert_true(X509_set_version(leaf, X509_VERSION_3) == 1 &&
                ASN1_INTEGER_set(X509_get_serialNumber(leaf), 7) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(leaf), -3600) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(leaf), 3600) != NULL &&
                X509_set_issuer_name(leaf, X509_get_subject_name(ca)) == 1 &&
                X509_set_pubkey(leaf, key) == 1 && X509_add_ext(leaf, names, -1) == 1 &&
                X509_sign(leaf, ca_key, digest) > 0);
    BIO *out = BIO_new(BIO_s_mem());
    BIO *key_out = BIO_new(BIO_s_mem());
    char *text, *key_text;
    assert_true(PEM_write_bio_X509(out, leaf) == 1 &&
                PEM_write_bio_PrivateKey(key_out, key, NULL, NULL, 0, NULL, NULL) == 1);
    long size = BIO_get_mem_data(out, &text);
    long key_size = BIO_get_mem_data(key_out, &key_text);
    struct io_tls *tls =
        server_tls(slice_of(text, (size_t)size), slice_of(key_text, (size_t)key_size), IO_TLS_1_2);
    BIO_free(out);
    BIO_free(key_out);
    BIO_free(ca_pem);
    X509_EXTENSION_free(names);
    X509_free(leaf);
    X509_free(ca);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
    return tls;
}

static void weak_chains(void)
{
    static const struct io_tls_policy here = {.server_name = "localhost"};
    struct io_tls *tls = firmware_tls(true);
    struct server server;
    open_server(&server, weak_tls(2048, EVP_sha1()));
    accepts(&server, tls, &here);
    close_server(&server);
    open_server(&server, weak_tls(1024, EVP_sha256()));
    refuses(&server, tls, &here, "key too weak");
    accepts(&server, tls, &anybody);
    close_server(&server);
    open_server(&server, weak_tls(2048, EVP_md5()));
    refuses(&server, tls, &here, "digest algorithm too weak");
    close_server(&server);
    io_tls_free(tls);
}

static void a_chain_is_not_weaker_than_rsa_2048_and_sha1(void **state)
{
    (void)state;
    world_run(weak_chains);
}

static void system_roots(void)
{
    static const struct io_tls_policy here = {.server_name = "localhost"};
    char folder[] = "/tmp/outband-roots-XXXXXX";
    char path[64];
    struct server server;
    assert_non_null(mkdtemp(folder));
    BIO *pem = pem_open(world_ca()->certificate_pem);
    X509 *ca = pem_next_certificate(pem);
    (void)snprintf(path, sizeof path, "%s/%08lx.0", folder, X509_subject_name_hash(ca));
    X509_free(ca);
    BIO_free(pem);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(
        fwrite(world_ca()->certificate_pem.data, world_ca()->certificate_pem.size, 1, file), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(setenv("SSL_CERT_DIR", folder, 1), 0);
    struct io_tls *tls = firmware_tls(false);
    assert_int_equal(unlink(path), 0); /* whoever looks into the folder later finds nothing */
    assert_int_equal(rmdir(folder), 0);
    open_server(&server, chain_tls(IO_TLS_1_2));
    accepts(&server, tls, &here);
    close_server(&server);
    io_tls_free(tls);
    assert_int_equal(unsetenv("SSL_CERT_DIR"), 0);
}

static void the_systems_roots_are_read_at_once(void **state)
{
    (void)state;
    world_run(system_roots);
}

/* ---- time ---- */

static unsigned turns_of_loop;

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void count_turn(uv_prepare_t *prepare)
{
    (void)prepare;
    turns_of_loop++;
}

#define VISITORS 12

/* A fiber that opens one of many streams, and notes in which turn its first bytes were sent. */
struct opener {
    struct io_stream stream; /* around `inner` */
    struct io_stream *inner;
    struct io_tls *tls;
    struct io_task task;
    unsigned spoke_at;
    bool ok;
};

static bool opener_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    return io_stream_read(((struct opener *)(void *)stream)->inner, to, size, got, err);
}

static bool opener_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct opener *opener = (struct opener *)(void *)stream;
    if (opener->spoke_at == 0)
        opener->spoke_at = turns_of_loop;
    return io_stream_write(opener->inner, bytes, err);
}

static void opener_close(struct io_stream *stream)
{
    io_stream_close(((struct opener *)(void *)stream)->inner);
}

static void open_late(void *arg)
{
    static const struct io_stream_methods methods = {opener_read, opener_write, opener_close};
    struct opener *opener = arg;
    struct error err;
    opener->stream.methods = &methods;
    struct io_stream *stream = io_tls_stream_open(&opener->stream, opener->tls, &anybody, &err);
    opener->ok = stream != NULL;
    io_stream_close(stream);
}

static void many_at_once(void)
{
    struct server server;
    struct opener openers[VISITORS];
    struct io_tls *tls = firmware_tls(false);
    uv_prepare_t *prepare = malloc(sizeof *prepare);
    struct error err;
    assert_int_equal(uv_prepare_init(&io_loop_current()->uv, prepare), 0);
    assert_int_equal(uv_prepare_start(prepare, count_turn), 0);
    open_server(&server, chain_tls(IO_TLS_1_2));
    for (int i = 0; i < VISITORS; i++)
        openers[i] = (struct opener){.inner = dial(&server), .tls = tls};
    for (int i = 0; i < VISITORS; i++)
        assert_true(io_task_start(&openers[i].task, open_late, &openers[i], &err));
    for (int i = 0; i < VISITORS; i++) {
        io_task_join(&openers[i].task);
        assert_true(openers[i].ok);
        for (int k = 0; k < i; k++)
            assert_int_not_equal(openers[i].spoke_at, openers[k].spoke_at);
    }
    close_server(&server);
    io_tls_free(tls);
    uv_close((uv_handle_t *)prepare, free_handle);
}

static void one_step_of_a_handshake_runs_per_turn_of_the_loop(void **state)
{
    (void)state;
    world_run(many_at_once);
}

static void silence(void)
{
    struct error err = {0};
    struct server server;
    struct io_tls *tls = firmware_tls(false);
    open_server(&server, NULL);
    server.silent = true;
    uint64_t outer = io_deadline_within(30);
    assert_null(open_with(&server, tls, &anybody, &err));
    io_deadline_restore(outer);
    assert_int_equal(err.code, ERROR_TIMEOUT);
    close_server(&server);
    io_tls_free(tls);
}

static void a_silent_peer_is_left_at_the_deadline(void **state)
{
    (void)state;
    world_run(silence);
}

static void looking_without_waiting(void)
{
    struct error err = {0};
    struct server server;
    uint8_t byte;
    size_t got;
    struct io_tls *tls = firmware_tls(false);
    open_server(&server, chain_tls(IO_TLS_1_3));
    struct io_stream *stream = open_with(&server, tls, &anybody, &err);
    for (int i = 0; i < 3; i++) {
        uint64_t outer = io_deadline_within(0);
        assert_false(io_stream_read(stream, &byte, 1, &got, &err));
        assert_int_equal(err.code, ERROR_TIMEOUT);
        io_deadline_restore(outer);
        echo_once(stream, 10);
    }
    io_stream_close(stream);
    close_server(&server);
    io_tls_free(tls);
}

static void a_read_that_ran_out_of_time_may_be_tried_again(void **state)
{
    (void)state;
    world_run(looking_without_waiting);
}

/* ---- certificates ---- */

static void pin_of(const struct io_certificate *certificate, uint8_t pin[IO_TLS_PIN_SIZE])
{
    char text[65];
    struct error err;
    assert_true(io_certificate_fingerprint(certificate->certificate_pem, text, &err));
    assert_true(encoding_hex_decode(slice_of_string(text), pin, IO_TLS_PIN_SIZE));
}

static void pins(void)
{
    uint8_t leaf[IO_TLS_PIN_SIZE], ca[IO_TLS_PIN_SIZE];
    pin_of(world_leaf(), leaf);
    pin_of(world_ca(), ca);
    struct io_tls *tls = firmware_tls(true);
    for (int version = IO_TLS_1_2; version <= IO_TLS_1_3; version++) {
        struct server server;
        open_server(&server, chain_tls((enum io_tls_version)version));
        /* Nothing else makes up for a wrong pin: not the CA in the chain, not trust, not "any". */
        accepts(&server, tls, &(struct io_tls_policy){.pin = leaf});
        accepts(&server, tls, &(struct io_tls_policy){.pin = leaf, .server_name = "other.example"});
        refuses(&server, tls, &(struct io_tls_policy){.pin = ca}, "is not the pinned one");
        refuses(&server, tls, &(struct io_tls_policy){.pin = ca, .any = true},
                "is not the pinned one");
        refuses(&server, tls, &(struct io_tls_policy){.pin = ca, .server_name = "localhost"},
                "is not the pinned one");
        leaf[31] ^= 1;
        refuses(&server, tls, &(struct io_tls_policy){.pin = leaf, .any = true},
                "is not the pinned one");
        leaf[31] ^= 1;
        close_server(&server);
    }
    io_tls_free(tls);
}

static void a_pin_means_the_leaf_and_nothing_but_the_leaf(void **state)
{
    (void)state;
    world_run(pins);
}

static void trust(void)
{
    struct server server;
    struct io_tls *with_ca = firmware_tls(true);
    struct io_tls *without = firmware_tls(false);
    open_server(&server, chain_tls(IO_TLS_1_3));
    accepts(&server, with_ca, &(struct io_tls_policy){.server_name = "localhost"});
    accepts(&server, with_ca, &(struct io_tls_policy){.server_name = "127.0.0.1"});
    refuses(&server, with_ca, &(struct io_tls_policy){.server_name = "other.example"},
            "hostname mismatch");
    refuses(&server, with_ca, &(struct io_tls_policy){.server_name = "127.0.0.2"},
            "IP address mismatch");
    refuses(&server, with_ca, &(struct io_tls_policy){.server_name = NULL}, "is trusted");
    refuses(&server, without, &(struct io_tls_policy){.server_name = "localhost"}, "is refused: ");
    accepts(&server, without, &anybody);
    close_server(&server);
    io_tls_free(with_ca);
    io_tls_free(without);
}

static void without_a_pin_chain_and_name_count(void **state)
{
    (void)state;
    world_run(trust);
}

static struct slice der_of(const struct io_certificate *certificate, struct arena *arena)
{
    struct io_credential_certificate found;
    assert_true(io_credential_certificate(arena, certificate->certificate_pem, &found, NULL));
    return found.der;
}

static void own_roots(void)
{
    struct arena arena;
    struct server server;
    struct io_certificate other;
    struct io_tls *tls = firmware_tls(true);
    arena_init(&arena);
    open_server(&server, chain_tls(IO_TLS_1_3));
    assert_true(io_certificate_new_ca(&arena, "Other", 2048, &other, NULL));
    const struct slice ca = der_of(world_ca(), &arena), stranger = der_of(&other, &arena);
    accepts(&server, tls, &(struct io_tls_policy){.roots = &ca, .root_count = 1});
    refuses(&server, tls, &(struct io_tls_policy){.roots = &ca}, "is refused: ");
    refuses(&server, tls, &(struct io_tls_policy){.roots = &stranger, .root_count = 1}, "refused");
    close_server(&server);
    io_tls_free(tls);
    arena_fini(&arena);
}

static void roots_of_its_own_are_all_that_counts(void **state)
{
    (void)state;
    world_run(own_roots);
}

static void self_signed(void)
{
    uint8_t pin[IO_TLS_PIN_SIZE];
    struct server server;
    struct io_tls *tls = firmware_tls(false);
    open_server(&server, server_tls(world_ca()->certificate_pem, world_ca()->key_pem, IO_TLS_1_2));
    refuses(&server, tls, &(struct io_tls_policy){.server_name = "localhost"}, "self");
    accepts(&server, tls, &anybody);
    pin_of(world_ca(), pin);
    accepts(&server, tls, &(struct io_tls_policy){.pin = pin});
    close_server(&server);
    io_tls_free(tls);
}

static void a_self_signed_certificate_needs_leave_or_a_pin(void **state)
{
    (void)state;
    world_run(self_signed);
}

static void look(void)
{
    struct error err;
    struct server server;
    struct arena arena;
    uint8_t *bytes = malloc(4096);
    arena_init(&arena);
    struct io_tls *tls = firmware_tls(false);
    open_server(&server, chain_tls(IO_TLS_1_3));
    struct io_stream *stream = open_with(&server, tls, &anybody, &err);
    struct slice der = io_tls_stream_certificate(stream, &arena);
    io_stream_close(stream);
    /* The inside of the PEM text is the base64 of the DER. */
    struct slice text = encoding_base64(&arena, der);
    struct slice pem = world_leaf()->certificate_pem;
    char *joined = (char *)bytes;
    size_t length = 0;
    for (struct slice rest = pem; rest.size > 0;) {
        struct slice line = slice_split(&rest, '\n');
        if (line.size > 0 && line.data[0] != '-') {
            memcpy(joined + length, line.data, line.size);
            length += line.size;
        }
    }
    assert_int_equal(length, text.size);
    assert_memory_equal(joined, text.data, length);
    free(bytes);
    close_server(&server);
    io_tls_free(tls);
    arena_fini(&arena);
}

static void the_leaf_can_be_looked_at(void **state)
{
    (void)state;
    world_run(look);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_speaks_what_firmware_speaks_from_1_0_to_1_3),
        cmocka_unit_test(bytes_may_come_in_any_pieces),
        cmocka_unit_test(a_handshake_that_is_cut_fails_wherever_that_is),
        cmocka_unit_test(a_stream_that_is_cut_does_not_pass_for_one_that_ended),
        cmocka_unit_test(both_sides_say_goodbye),
        cmocka_unit_test(what_is_no_tls_fails),
        cmocka_unit_test(a_silent_peer_is_left_at_the_deadline),
        cmocka_unit_test(one_step_of_a_handshake_runs_per_turn_of_the_loop),
        cmocka_unit_test(a_chain_is_not_weaker_than_rsa_2048_and_sha1),
        cmocka_unit_test(the_systems_roots_are_read_at_once),
        cmocka_unit_test(a_read_that_ran_out_of_time_may_be_tried_again),
        cmocka_unit_test(a_pin_means_the_leaf_and_nothing_but_the_leaf),
        cmocka_unit_test(without_a_pin_chain_and_name_count),
        cmocka_unit_test(roots_of_its_own_are_all_that_counts),
        cmocka_unit_test(a_self_signed_certificate_needs_leave_or_a_pin),
        cmocka_unit_test(the_leaf_can_be_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
