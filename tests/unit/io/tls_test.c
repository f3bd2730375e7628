#include "world.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void versions_have_two_kinds_of_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum io_tls_version version;
    } names[] = {
        {"1.0", IO_TLS_1_0},     {"1.1", IO_TLS_1_1},     {"1.2", IO_TLS_1_2},
        {"1.3", IO_TLS_1_3},     {"TLSv1", IO_TLS_1_0},   {"TLSv1.1", IO_TLS_1_1},
        {"TLSv1.2", IO_TLS_1_2}, {"TLSv1.3", IO_TLS_1_3},
    };
    enum io_tls_version version;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true(io_tls_version_of(slice_of_string(names[i].name), &version));
        assert_int_equal(version, names[i].version);
    }
    assert_false(io_tls_version_of(SLICE_LITERAL("SSLv3"), &version));
    assert_false(io_tls_version_of(SLICE_LITERAL(""), &version));
    assert_false(io_tls_version_of(SLICE_LITERAL("1.4"), &version));
}

static void refuse_server(struct slice certificate, struct slice key, struct slice ticket,
                          const char *part)
{
    struct error err = {0};
    struct io_tls_server_options options = {.certificate_pem = certificate,
                                            .key_pem = key,
                                            .oldest = IO_TLS_1_2,
                                            .newest = IO_TLS_1_3,
                                            .ticket_key = ticket};
    assert_null(io_tls_server_new(io_loop_current(), &options, &err));
    assert_non_null(strstr(err.text, part));
}

static void bad_settings(void)
{
    const struct io_certificate *ca = world_ca();
    const struct io_certificate *leaf = world_leaf();
    struct slice none = slice_of(NULL, 0);
    refuse_server(none, leaf->key_pem, none, "the certificate cannot be used");
    refuse_server(SLICE_LITERAL("nonsense"), leaf->key_pem, none, "the certificate cannot be used");
    refuse_server(leaf->certificate_pem, none, none, "the private key cannot be used");
    refuse_server(leaf->certificate_pem, ca->key_pem, none, "the private key cannot be used");
    refuse_server(leaf->certificate_pem, leaf->key_pem, SLICE_LITERAL("short"), "80 bytes");
    struct error err = {0};
    struct io_tls_client_options options = {.ca_pem = SLICE_LITERAL("nonsense"),
                                            .newest = IO_TLS_1_3};
    assert_null(io_tls_client_new(io_loop_current(), &options, &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

static void unusable_settings_are_refused(void **state)
{
    (void)state;
    world_run(bad_settings);
}

/* --- a foreign client -------------------------------------------------------------------------
 * OpenSSL with blocking sockets on a thread of its own, so that nothing of ours judges itself. */

struct foreign {
    uint16_t ports[2]; /* connects to one, then to the other, offering its session again */
    int version;
    const char *groups;  /* NULL: OpenSSL's own */
    const char *ciphers; /* of TLS 1.2; NULL: OpenSSL's own */
    bool waits;          /* before the second connection, for `go_on` */
    atomic_bool reached;
    atomic_bool go_on;
    bool answered[2];
    bool resumed;
    long verified;
    int group; /* that was agreed on */
    char cipher[64];
    char subject[100]; /* of the server's certificate */
    pthread_t thread;
};

static SSL_SESSION *last_session;

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(last_session);
    last_session = session;
    return 1;
}

static void copy_subject(struct foreign *f, SSL *ssl)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    f->subject[0] = '\0';
    if (certificate != NULL)
        (void)X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                        f->subject, sizeof f->subject);
}

static bool talk(struct foreign *f, SSL_CTX *context, uint16_t port)
{
    char answer[4];
    int fd = world_socket(port);
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    if (last_session != NULL)
        SSL_set_session(ssl, last_session);
    bool good = SSL_connect(ssl) == 1 && SSL_write(ssl, "ping", 4) == 4 &&
                SSL_read(ssl, answer, 4) == 4 && memcmp(answer, "ping", 4) == 0;
    f->verified = SSL_get_verify_result(ssl);
    f->resumed = SSL_session_reused(ssl) == 1;
    f->group = (int)SSL_get_negotiated_group(ssl);
    (void)snprintf(f->cipher, sizeof f->cipher, "%s", SSL_get_cipher_name(ssl));
    copy_subject(f, ssl);
    SSL_shutdown(ssl);
    SSL_free(ssl);
    (void)close(fd);
    return good;
}

static void *foreign_main(void *arg)
{
    struct foreign *f = arg;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    BIO *bio =
        BIO_new_mem_buf(world_ca()->certificate_pem.data, (int)world_ca()->certificate_pem.size);
    X509 *root = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root);
    X509_free(root);
    BIO_free(bio);
    SSL_CTX_set_max_proto_version(context, f->version);
    if (f->groups != NULL)
        SSL_CTX_set1_groups_list(context, f->groups);
    if (f->ciphers != NULL)
        SSL_CTX_set_cipher_list(context, f->ciphers);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context, keep_session);
    f->answered[0] = talk(f, context, f->ports[0]);
    atomic_store(&f->reached, true);
    while (f->waits && !atomic_load(&f->go_on))
        (void)usleep(1000);
    f->answered[1] = talk(f, context, f->ports[1]);
    SSL_SESSION_free(last_session);
    last_session = NULL;
    SSL_CTX_free(context);
    return NULL;
}

static void on_data(void *owner, struct slice bytes)
{
    (void)io_conn_write(owner, bytes);
}

static int open_count;

static void on_closed(void *owner, const struct error *why)
{
    (void)owner;
    (void)why;
    open_count--;
}

static void on_accept(void *owner, struct io_conn *conn)
{
    static const struct io_conn_events events = {on_data, NULL, on_closed};
    (void)owner;
    open_count++;
    io_conn_own(conn, &events, conn);
}

static struct io_listener *listen_with(struct io_tls *tls)
{
    struct error err = {0};
    struct io_listen_options options = {.tls = tls};
    struct io_address any = world_address(0);
    struct io_listener *listener =
        io_listen(io_loop_current(), &any, &options, on_accept, NULL, &err);
    assert_string_equal(err.text, "");
    return listener;
}

/* Two listeners with settings of their own, as two loops have. */
static void serve_foreign(struct foreign *f, struct slice ticket_key)
{
    struct error err = {0};
    struct io_tls *tls[2];
    struct io_listener *listeners[2];
    struct io_tls_server_options options = {.certificate_pem = world_leaf()->certificate_pem,
                                            .key_pem = world_leaf()->key_pem,
                                            .oldest = IO_TLS_1_2,
                                            .newest = IO_TLS_1_3,
                                            .ticket_key = ticket_key};
    for (size_t i = 0; i < 2; i++) {
        tls[i] = io_tls_server_new(io_loop_current(), &options, &err);
        assert_string_equal(err.text, "");
        listeners[i] = listen_with(tls[i]);
        struct io_address at = io_listener_address(listeners[i]);
        f->ports[i] = io_address_port(&at);
    }
    assert_int_equal(pthread_create(&f->thread, NULL, foreign_main, f), 0);
    while (pthread_tryjoin_np(f->thread, NULL) != 0)
        assert_true(io_sleep(5, &err));
    assert_true(f->answered[0]);
    assert_true(f->answered[1]);
    assert_int_equal(f->verified, X509_V_OK);
    while (open_count > 0)
        assert_true(io_sleep(5, &err));
    for (size_t i = 0; i < 2; i++) {
        io_listener_close(listeners[i]);
        io_tls_free(tls[i]);
    }
}

static const uint8_t ticket_key[80] = {1, 2, 3};

/* One listener whose settings `change` between the two connections. */
static void serve_changing(struct foreign *f, bool strong_only, void (*change)(struct io_tls *tls))
{
    struct error err = {0};
    struct io_tls_server_options options = {.certificate_pem = world_leaf()->certificate_pem,
                                            .key_pem = world_leaf()->key_pem,
                                            .oldest = IO_TLS_1_2,
                                            .newest = IO_TLS_1_3,
                                            .strong_only = strong_only,
                                            .ticket_key = slice_of(ticket_key, 80)};
    struct io_tls *tls = io_tls_server_new(io_loop_current(), &options, &err);
    assert_string_equal(err.text, "");
    struct io_listener *listener = listen_with(tls);
    struct io_address at = io_listener_address(listener);
    f->ports[0] = f->ports[1] = io_address_port(&at);
    f->waits = true;
    assert_int_equal(pthread_create(&f->thread, NULL, foreign_main, f), 0);
    while (!atomic_load(&f->reached))
        assert_true(io_sleep(2, &err));
    if (change != NULL)
        change(tls);
    atomic_store(&f->go_on, true);
    while (pthread_tryjoin_np(f->thread, NULL) != 0)
        assert_true(io_sleep(5, &err));
    while (open_count > 0)
        assert_true(io_sleep(5, &err));
    io_listener_close(listener);
    io_tls_free(tls);
}

static void set_key(struct io_tls *tls, uint8_t first)
{
    struct error err = {0};
    uint8_t key[80] = {first};
    assert_true(io_tls_set_ticket_key(tls, slice_of(key, sizeof key), &err));
}

static void rotate_once(struct io_tls *tls)
{
    struct error err = {0};
    set_key(tls, 7);
    set_key(tls, 7); /* changes nothing */
    assert_false(io_tls_set_ticket_key(tls, SLICE_LITERAL("short"), &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

static void rotate_twice(struct io_tls *tls)
{
    set_key(tls, 7);
    set_key(tls, 8);
}

static void rotate_tickets(void)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 2; i++) {
        struct foreign f = {.version = versions[i]};
        serve_changing(&f, false, rotate_once);
        assert_true(f.answered[0] && f.answered[1]);
        assert_true(f.resumed);
        f = (struct foreign){.version = versions[i]};
        serve_changing(&f, false, rotate_twice);
        assert_true(f.answered[0] && f.answered[1]);
        assert_false(f.resumed);
    }
}

static void a_ticket_survives_one_change_of_the_key(void **state)
{
    (void)state;
    world_run(rotate_tickets);
}

static struct io_certificate renewed;

static void renew(struct io_tls *tls)
{
    struct error err = {0};
    struct slice nonsense = SLICE_LITERAL("nonsense");
    assert_true(io_tls_set_certificate(tls, renewed.certificate_pem, renewed.key_pem, &err));
    assert_false(io_tls_set_certificate(tls, nonsense, renewed.key_pem, &err));
    assert_false(io_tls_set_certificate(tls, renewed.certificate_pem, world_ca()->key_pem, &err));
    set_key(tls, 7); /* so that neither key of the first session is left */
    set_key(tls, 8);
}

static void renew_and_resume(struct io_tls *tls)
{
    struct error err = {0};
    assert_true(io_tls_set_certificate(tls, renewed.certificate_pem, renewed.key_pem, &err));
}

static void renew_certificate(void)
{
    struct arena arena;
    struct error err;
    arena_init(&arena);
    assert_true(
        io_certificate_new_leaf(&arena, world_ca(), 2048, "renewed", NULL, 0, 30, &renewed, &err));
    struct foreign f = {.version = TLS1_3_VERSION};
    serve_changing(&f, false, renew);
    assert_true(f.answered[0] && f.answered[1]);
    assert_false(f.resumed);
    assert_int_equal(f.verified, X509_V_OK);
    assert_string_equal(f.subject, "renewed");
    f = (struct foreign){.version = TLS1_2_VERSION};
    serve_changing(&f, false, renew_and_resume);
    assert_true(f.answered[1]);
    assert_true(f.resumed);
    arena_fini(&arena);
}

static void a_renewed_certificate_serves_the_next_handshake(void **state)
{
    (void)state;
    world_run(renew_certificate);
}

static void strong_ciphers(void)
{
    static const char *const weak[] = {"AES256-GCM-SHA384", "AES128-SHA", "ECDHE-RSA-AES256-SHA384",
                                       "ECDHE-RSA-AES128-SHA"};
    struct foreign f = {.version = TLS1_2_VERSION};
    serve_changing(&f, true, NULL);
    assert_true(f.answered[0]);
    assert_string_equal(f.cipher, "ECDHE-RSA-AES256-GCM-SHA384");
    f = (struct foreign){.version = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-CHACHA20-POLY1305"};
    serve_changing(&f, true, NULL);
    assert_true(f.answered[0]);
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        f = (struct foreign){.version = TLS1_2_VERSION, .ciphers = weak[i]};
        serve_changing(&f, true, NULL);
        assert_false(f.answered[0]);
        f = (struct foreign){.version = TLS1_2_VERSION, .ciphers = weak[i]};
        serve_changing(&f, false, NULL); /* old firmware has nothing better */
        assert_true(f.answered[0]);
    }
}

static void a_strong_listener_offers_no_old_cipher(void **state)
{
    (void)state;
    world_run(strong_ciphers);
}

static void resume_1_2(void)
{
    struct foreign f = {.version = TLS1_2_VERSION};
    serve_foreign(&f, slice_of(ticket_key, sizeof ticket_key));
    assert_true(f.resumed);
}

static void resume_1_3(void)
{
    struct foreign f = {.version = TLS1_3_VERSION};
    serve_foreign(&f, slice_of(ticket_key, sizeof ticket_key));
    assert_true(f.resumed);
}

static void a_shared_ticket_key_resumes_sessions_on_another_loop(void **state)
{
    (void)state;
    world_run(resume_1_2);
    world_run(resume_1_3);
}

static void no_tickets(void)
{
    struct foreign f = {.version = TLS1_2_VERSION};
    serve_foreign(&f, slice_of(NULL, 0));
    assert_false(f.resumed);
    f = (struct foreign){.version = TLS1_3_VERSION};
    serve_foreign(&f, slice_of(NULL, 0));
    assert_false(f.resumed);
}

static void without_a_ticket_key_nothing_is_resumed(void **state)
{
    (void)state;
    world_run(no_tickets);
}

static void prefer_groups(void)
{
    struct foreign f = {.version = TLS1_2_VERSION, .groups = "P-384:P-256:X25519"};
    serve_foreign(&f, slice_of(NULL, 0));
    assert_int_equal(f.group, NID_X25519);
    assert_string_equal(f.cipher, "ECDHE-RSA-AES256-GCM-SHA384");
    f = (struct foreign){.version = TLS1_2_VERSION, .groups = "P-384:P-256"};
    serve_foreign(&f, slice_of(NULL, 0));
    assert_int_equal(f.group, NID_X9_62_prime256v1);
}

static void the_server_chooses_the_group(void **state)
{
    (void)state;
    world_run(prefer_groups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_have_two_kinds_of_names),
        cmocka_unit_test(unusable_settings_are_refused),
        cmocka_unit_test(a_shared_ticket_key_resumes_sessions_on_another_loop),
        cmocka_unit_test(a_ticket_survives_one_change_of_the_key),
        cmocka_unit_test(a_renewed_certificate_serves_the_next_handshake),
        cmocka_unit_test(a_strong_listener_offers_no_old_cipher),
        cmocka_unit_test(without_a_ticket_key_nothing_is_resumed),
        cmocka_unit_test(the_server_chooses_the_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
