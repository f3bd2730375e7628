/* A device's ports: HTTP, and the same inside TLS, with the versions of its firmware. */
#include "core/arena.h"
#include "sim/service.h"
#include "tls_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#define LIMIT (1024 * 1024)
#define POST  "POST /wsman HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
#define ROOT  "GET / HTTP/1.1\r\n\r\n"

struct bench {
    struct sim_device device;
    struct sim_authenticator authenticator;
    struct sim_service_host host;
    struct sim_service *service;
    struct tls_client client;
    struct buffer wire;  /* what the service sent */
    unsigned sends;      /* … in so many pieces */
    struct buffer plain; /* what the client has read */
    struct arena arena;
};

static struct sim_tls_keys *keys; /* of all tests: a key costs a while */

static void on_send(void *owner, struct slice bytes)
{
    struct bench *bench = owner;
    bench->sends++;
    buffer_put(&bench->wire, bytes);
}

static const struct sim_service_events events = {.send = on_send};

static void start(struct bench *bench, const char *personality, uint16_t port, int oldest,
                  int newest)
{
    struct guid guid = {{1}};
    memset(bench, 0, sizeof(*bench));
    sim_device_init(&bench->device, sim_personality_find(slice_of_string(personality)), &guid, 1);
    sim_authenticator_init(&bench->authenticator, "admin", bench->device.realm,
                           SLICE_LITERAL("Am1-secret"));
    sim_service_host_init(&bench->host, &bench->device, &bench->authenticator);
    bench->host.tls.keys = keys;
    bench->host.tls.name = "device.example.test";
    buffer_init(&bench->wire, LIMIT);
    bench->service = sim_service_new(&bench->host, port, &events, bench, 1000);
    tls_client_init(&bench->client, oldest, newest);
    buffer_init(&bench->plain, LIMIT);
    arena_init(&bench->arena);
}

static void stop(struct bench *bench)
{
    tls_client_fini(&bench->client);
    sim_service_free(bench->service, 1000);
    buffer_fini(&bench->wire);
    sim_tls_identity_fini(&bench->host.tls);
    sim_authenticator_fini(&bench->authenticator);
    sim_device_fini(&bench->device);
    buffer_fini(&bench->plain);
    arena_fini(&bench->arena);
}

/* Lets both talk until neither has anything to say; `piece` bytes of the client's at a time. */
static void talk(struct bench *bench, size_t piece)
{
    for (;;) {
        struct buffer wire;
        buffer_init(&wire, LIMIT);
        tls_client_feed(&bench->client, (struct slice){0}, &bench->plain);
        tls_client_take(&bench->client, &wire);
        bool quiet = buffer_size(&wire) == 0;
        while (buffer_size(&wire) > 0) {
            struct slice part = slice_first(buffer_slice(&wire), piece);
            sim_service_feed(bench->service, part, 1000);
            buffer_consume(&wire, part.size);
        }
        tls_client_feed(&bench->client, buffer_slice(&bench->wire), &bench->plain);
        buffer_clear(&bench->wire);
        buffer_fini(&wire);
        if (quiet)
            return;
    }
}

static const char *said(struct bench *bench)
{
    return arena_string(&bench->arena, buffer_slice(&bench->plain));
}

static void https_answers_what_http_does(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "16.1", 16993, TLS1_2_VERSION, TLS1_2_VERSION);
    talk(&bench, LIMIT);
    assert_string_equal(SSL_get_version(bench.client.ssl), "TLSv1.2");
    tls_client_write(&bench.client, SLICE_LITERAL(POST));
    talk(&bench, LIMIT);
    assert_non_null(strstr(said(&bench), "HTTP/1.1 401 Unauthorized\r\n"));
    assert_non_null(strstr(said(&bench), "</html>\n"));
    assert_true(bench.client.over); /* a 401 ends the connection, with TLS's goodbye */
    assert_true(bench.service->finished);
    stop(&bench);
}

static void bytes_may_come_one_at_a_time(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "16.1", 664, TLS1_2_VERSION, TLS1_2_VERSION);
    talk(&bench, 1);
    tls_client_write(&bench.client, SLICE_LITERAL(ROOT));
    talk(&bench, 1);
    assert_non_null(strstr(said(&bench), "HTTP/1.1 303 See Other\r\n"));
    assert_false(bench.service->finished);
    stop(&bench);
}

/* True when a client of these versions gets through the handshake. */
static bool meets(const char *personality, int version)
{
    struct bench bench;
    start(&bench, personality, 16993, version, version);
    talk(&bench, LIMIT);
    bool met = !bench.client.failed && SSL_is_init_finished(bench.client.ssl);
    assert_int_equal(bench.service->finished, !met);
    stop(&bench);
    return met;
}

static void tls_versions_are_the_firmwares(void **state)
{
    (void)state;
    assert_true(meets("11.8", TLS1_VERSION));
    assert_true(meets("11.8", TLS1_1_VERSION));
    assert_false(meets("12.0.67", TLS1_VERSION));
    assert_true(meets("12.0.67", TLS1_1_VERSION));
    assert_true(meets("14", TLS1_1_VERSION));
    assert_false(meets("15", TLS1_1_VERSION));
    assert_true(meets("15", TLS1_2_VERSION));
    assert_false(meets("16.1", TLS1_3_VERSION));
    assert_true(meets("16.1-tls", TLS1_2_VERSION));
    assert_true(meets("19", TLS1_2_VERSION));
    assert_true(meets("19", TLS1_3_VERSION));
}

static void amt_19_ends_every_connection_inside_tls(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "19", 16993, TLS1_3_VERSION, TLS1_3_VERSION);
    talk(&bench, LIMIT);
    tls_client_write(&bench.client, SLICE_LITERAL(ROOT));
    talk(&bench, LIMIT);
    assert_non_null(strstr(said(&bench), "HTTP/1.1 303 See Other\r\n"));
    assert_non_null(strstr(said(&bench), "Connection: close\r\n"));
    assert_true(bench.client.over);
    stop(&bench);
}

static void only_ports_of_the_personality_answer(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "19", 16992, TLS1_2_VERSION, TLS1_2_VERSION);
    assert_null(bench.service);
    stop(&bench);
    start(&bench, "16.1", 16992, TLS1_2_VERSION, TLS1_2_VERSION);
    assert_non_null(bench.service);
    assert_null(sim_service_new(&bench.host, 5900, &events, &bench, 1000));
    assert_null(sim_service_new(&bench.host, 22, &events, &bench, 1000));
    stop(&bench);
}

#define START_SOL "\x10\0\0\0SOL "

/* What a plain port of this personality says to a request. */
static const char *ask_plain(struct bench *bench, const char *personality, const char *request)
{
    start(bench, personality, 16992, TLS1_2_VERSION, TLS1_2_VERSION);
    sim_service_feed(bench->service, slice_of_string(request), 1000);
    return arena_string(&bench->arena, buffer_slice(&bench->wire));
}

static void a_refused_logon_has_the_size_that_was_captured(void **state)
{
    static const struct {
        const char *personality, *header;
        size_t size;
    } captured[] = {
        {"11.8", "Content-Length: 690\r\n", 690},
        {"15", "Content-Length: 693\r\n", 693},
        {"16.1", "Content-Length: 693\r\n", 693},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(captured) / sizeof(captured[0]); i++) {
        struct bench bench;
        const char *text = ask_plain(&bench, captured[i].personality, POST);
        assert_non_null(strstr(text, captured[i].header));
        assert_int_equal(strlen(strstr(text, "\r\n\r\n") + 4), captured[i].size);
        stop(&bench);
    }
}

static void the_server_header_is_as_captured(void **state)
{
    struct bench bench;
    (void)state;
    assert_non_null(strstr(ask_plain(&bench, "15", ROOT),
                           "Server: Intel(R) Active Management Technology 15.0.23.1706\r\n"));
    stop(&bench);
    assert_non_null(strstr(ask_plain(&bench, "16.1", ROOT),
                           "Server: Intel(R) Active Management Technology 16.1.25.1917\r\n"));
    stop(&bench);
}

static void redirection_answers_on_its_ports(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "16.1", 16994, TLS1_2_VERSION, TLS1_2_VERSION);
    sim_service_feed(bench.service, SLICE_LITERAL(START_SOL), 1000);
    assert_int_equal(bench.sends, 1);
    assert_int_equal(buffer_size(&bench.wire), 13);
    stop(&bench);
    start(&bench, "19", 16995, TLS1_3_VERSION, TLS1_3_VERSION);
    talk(&bench, LIMIT);
    tls_client_write(&bench.client, SLICE_LITERAL(START_SOL));
    talk(&bench, LIMIT);
    assert_int_equal(buffer_size(&bench.plain), 13);
    assert_int_equal(buffer_slice(&bench.plain).data[6], 19);
    stop(&bench);
}

static void what_is_no_tls_ends_the_connection(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "16.1", 16993, TLS1_2_VERSION, TLS1_2_VERSION);
    sim_service_feed(bench.service, SLICE_LITERAL(POST), 1000);
    assert_true(bench.service->finished);
    buffer_put_text(&bench.wire, "end");
    assert_null(memmem(buffer_slice(&bench.wire).data, buffer_size(&bench.wire), "HTTP", 4));
    stop(&bench);
}

static void each_device_has_a_certificate_of_its_own(void **state)
{
    struct sim_tls_identity one = {.keys = keys, .name = "one.example.test"};
    struct sim_tls_identity two = {.keys = keys, .name = "two.example.test"};
    char first[65], again[65], other[65];
    (void)state;
    assert_true(sim_tls_identity_fingerprint(&one, first));
    assert_true(sim_tls_identity_fingerprint(&one, again));
    assert_true(sim_tls_identity_fingerprint(&two, other));
    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
    sim_tls_identity_fini(&one);
    sim_tls_identity_fini(&two);
}

static struct slice pem_of(struct arena *arena, BIO *bio)
{
    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    return arena_copy(arena, slice_of(text, (size_t)size));
}

/* A key and a certificate of it as PEM texts. */
static void make_pair(struct arena *arena, struct slice *certificate, struct slice *key)
{
    EVP_PKEY *made = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)"given", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_set_pubkey(x, made);
    assert_true(X509_sign(x, made, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509(bio, x), 1);
    *certificate = pem_of(arena, bio);
    (void)BIO_reset(bio);
    assert_int_equal(PEM_write_bio_PrivateKey(bio, made, NULL, NULL, 0, NULL, NULL), 1);
    *key = pem_of(arena, bio);
    BIO_free(bio);
    X509_free(x);
    EVP_PKEY_free(made);
}

static void a_given_certificate_is_shown_by_all(void **state)
{
    struct slice certificate, key, other, other_key;
    struct arena arena;
    struct error err;
    char first[65], second[65];
    (void)state;
    arena_init(&arena);
    make_pair(&arena, &certificate, &key);
    make_pair(&arena, &other, &other_key);
    struct sim_tls_keys *given = sim_tls_keys_new(certificate, key, &err);
    assert_non_null(given);
    struct sim_tls_identity one = {.keys = given, .name = "one"};
    struct sim_tls_identity two = {.keys = given, .name = "two"};
    assert_true(sim_tls_identity_fingerprint(&one, first));
    assert_true(sim_tls_identity_fingerprint(&two, second));
    assert_string_equal(first, second);
    sim_tls_identity_fini(&one);
    sim_tls_identity_fini(&two);
    sim_tls_keys_free(given);
    assert_null(sim_tls_keys_new(certificate, other_key, &err));
    assert_null(sim_tls_keys_new(SLICE_LITERAL("no PEM"), key, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    arena_fini(&arena);
}

static int set_up(void **state)
{
    (void)state;
    keys = sim_tls_keys_new((struct slice){0}, (struct slice){0}, NULL);
    return keys == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    sim_tls_keys_free(keys);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(https_answers_what_http_does),
        cmocka_unit_test(bytes_may_come_one_at_a_time),
        cmocka_unit_test(tls_versions_are_the_firmwares),
        cmocka_unit_test(amt_19_ends_every_connection_inside_tls),
        cmocka_unit_test(only_ports_of_the_personality_answer),
        cmocka_unit_test(a_refused_logon_has_the_size_that_was_captured),
        cmocka_unit_test(the_server_header_is_as_captured),
        cmocka_unit_test(redirection_answers_on_its_ports),
        cmocka_unit_test(what_is_no_tls_ends_the_connection),
        cmocka_unit_test(each_device_has_a_certificate_of_its_own),
        cmocka_unit_test(a_given_certificate_is_shown_by_all),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
