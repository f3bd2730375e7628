#include "io/certificate.h"

#include "core/clock.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct io_certificate ca;
static struct io_certificate leaf;

static int make(void **state)
{
    static const char *const names[] = {"10.0.0.1", "::1", "other.example", "server.example"};
    struct error err;
    (void)state;
    arena_init(&arena);
    return !io_certificate_new_ca(&arena, "OutbandRoot", 2048, &ca, &err) ||
           !io_certificate_new_leaf(&arena, &ca, 2048, "server.example", names, 4, 365, &leaf,
                                    &err);
}

static int discard(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static X509 *parse(struct slice pem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(certificate);
    return certificate;
}

static void the_ca_signs_itself_and_may_sign_others(void **state)
{
    (void)state;
    X509 *root = parse(ca.certificate_pem);
    char name[100];
    assert_int_equal(X509_verify(root, X509_get0_pubkey(root)), 1);
    assert_int_equal(X509_check_ca(root), 1);
    assert_int_equal(X509_get_key_usage(root), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    assert_int_equal(X509_get_extension_flags(root) & EXFLAG_NSCERT, EXFLAG_NSCERT);
    assert_non_null(X509_get0_subject_key_id(root));
    assert_true(X509_NAME_get_text_by_NID(X509_get_subject_name(root), NID_commonName, name,
                                          sizeof name) > 0);
    assert_int_equal(strlen(name), strlen("OutbandRoot-") + 6);
    assert_memory_equal(name, "OutbandRoot-", 12);
    assert_int_equal(strspn(name + 12, "0123456789abcdef"), 6);
    assert_true(X509_NAME_cmp(X509_get_subject_name(root), X509_get_issuer_name(root)) == 0);
    X509_free(root);
}

static void the_leaf_verifies_against_the_ca(void **state)
{
    (void)state;
    X509 *root = parse(ca.certificate_pem);
    X509 *server = parse(leaf.certificate_pem);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_add_cert(store, root);
    X509_STORE_CTX_init(context, store, server, NULL);
    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
    assert_int_equal(X509_verify_cert(context), 1);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(server);
    X509_free(root);
}

static void the_leaf_names_every_host_and_address(void **state)
{
    (void)state;
    X509 *server = parse(leaf.certificate_pem);
    assert_int_equal(X509_check_host(server, "server.example", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(server, "other.example", 0, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(server, "10.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(server, "::1", 0), 1);
    assert_int_equal(X509_check_host(server, "third.example", 0, 0, NULL), 0);
    assert_int_equal(X509_check_ca(server), 0);
    assert_int_equal(X509_get_extended_key_usage(server), XKU_SSL_SERVER);
    X509_free(server);
}

static void the_key_belongs_to_the_certificate(void **state)
{
    (void)state;
    X509 *server = parse(leaf.certificate_pem);
    BIO *bio = BIO_new_mem_buf(leaf.key_pem.data, (int)leaf.key_pem.size);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_int_equal(X509_check_private_key(server, key), 1);
    assert_int_equal(EVP_PKEY_get_bits(key), 2048);
    assert_memory_equal(leaf.key_pem.data, "-----BEGIN PRIVATE KEY-----", 27); /* PKCS#8 */
    EVP_PKEY_free(key);
    BIO_free(bio);
    X509_free(server);
}

static void serial_numbers_are_long_and_differ(void **state)
{
    (void)state;
    X509 *root = parse(ca.certificate_pem);
    X509 *server = parse(leaf.certificate_pem);
    assert_true(ASN1_STRING_length(X509_get_serialNumber(root)) >= 8);
    assert_true(ASN1_STRING_length(X509_get_serialNumber(server)) >= 8);
    assert_true(ASN1_INTEGER_cmp(X509_get_serialNumber(root), X509_get_serialNumber(server)) != 0);
    X509_free(server);
    X509_free(root);
}

static void validity_starts_yesterday_and_ends_as_told(void **state)
{
    (void)state;
    const int64_t day = 86400000;
    struct error err;
    int64_t end = 0;
    X509 *server = parse(leaf.certificate_pem);
    time_t early = time(NULL) - 86000;
    assert_true(X509_cmp_time(X509_get0_notBefore(server), &early) < 0);
    X509_free(server);
    assert_true(io_certificate_expires(leaf.certificate_pem, &end, &err));
    assert_in_range(end, clock_wall_ms() + 365 * day - 60000, clock_wall_ms() + 365 * day + 60000);
    assert_true(io_certificate_expires(ca.certificate_pem, &end, &err));
    assert_in_range(end, clock_wall_ms() + 10949 * day, clock_wall_ms() + 10951 * day);
}

/* Self-signed, CN=fixed, 2020-01-01 00:00:00 UTC to 2021-02-03 04:05:06 UTC; made with the openssl
 * command line, whose x509 -fingerprint -sha256 gave the digest. */
static const char foreign_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBBjCBrgIBATAKBggqhkjOPQQDAjAQMQ4wDAYDVQQDDAVmaXhlZDAeFw0yMDAx\n"
    "MDEwMDAwMDBaFw0yMTAyMDMwNDA1MDZaMBAxDjAMBgNVBAMMBWZpeGVkMFkwEwYH\n"
    "KoZIzj0CAQYIKoZIzj0DAQcDQgAE/vLNKEpgRZGpOephbCW0b55tvNTki79plihI\n"
    "lUs5whGhxUiM8XYSM6N5EULKgMqKtMaEQk9phxDzsKZx6IaDyDAKBggqhkjOPQQD\n"
    "AgNHADBEAiBhkJUhbyW/3jz9Tg+06DH1IJFRcXaX1z9rsXkh50Sr9gIgQyhZhSkn\n"
    "q3c7nZPKRPRAnLhP2vQ+e98zFE6GLIFLvQU=\n"
    "-----END CERTIFICATE-----\n";

static void end_and_fingerprint_of_a_foreign_certificate(void **state)
{
    (void)state;
    struct slice pem = slice_of_string(foreign_pem);
    struct error err;
    int64_t end = 0;
    char text[65];
    assert_true(io_certificate_expires(pem, &end, &err));
    assert_int_equal(end, 1612325106000);
    assert_true(io_certificate_fingerprint(pem, text, &err));
    assert_string_equal(text, "d63ce6103c4eab46f914daa60f120da239529be496081923599cb49c75c4cff5");
}

static void names_that_would_smuggle_options_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"a,IP:1.2.3.4", "", "a b", "a\nb", "dirName:x;"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct io_certificate made;
        struct error err = {0};
        assert_false(
            io_certificate_new_leaf(&arena, &ca, 2048, "ok.example", &wrong[i], 1, 1, &made, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

static void unreadable_text_is_an_error(void **state)
{
    (void)state;
    struct io_certificate made;
    struct error err = {0};
    int64_t end = 0;
    char text[65];
    assert_false(io_certificate_expires(SLICE_LITERAL("nonsense"), &end, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_false(io_certificate_fingerprint(SLICE_LITERAL(""), text, &err));
    struct io_certificate broken = {SLICE_LITERAL("x"), SLICE_LITERAL("y")};
    assert_false(
        io_certificate_new_leaf(&arena, &broken, 2048, "ok.example", NULL, 0, 1, &made, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ca_signs_itself_and_may_sign_others),
        cmocka_unit_test(the_leaf_verifies_against_the_ca),
        cmocka_unit_test(the_leaf_names_every_host_and_address),
        cmocka_unit_test(the_key_belongs_to_the_certificate),
        cmocka_unit_test(serial_numbers_are_long_and_differ),
        cmocka_unit_test(validity_starts_yesterday_and_ends_as_told),
        cmocka_unit_test(end_and_fingerprint_of_a_foreign_certificate),
        cmocka_unit_test(names_that_would_smuggle_options_are_refused),
        cmocka_unit_test(unreadable_text_is_an_error),
    };
    return cmocka_run_group_tests(tests, make, discard);
}
