/* The certificate of a device's TLS server. */
#include "rps/tls_certificate.h"

#include "io/certificate.h"
#include "io/certificate_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

static struct arena arena;
static struct io_certificate ca;
static struct slice public_key; /* PKCS#1 */

static X509 *issue(const char *host)
{
    struct slice der;
    struct error err;
    assert_true(rps_tls_issue(ca.certificate_pem, ca.key_pem, &arena, public_key,
                              slice_of_string(host), &der, &err));
    const unsigned char *at = der.data;
    X509 *leaf = d2i_X509(NULL, &at, (long)der.size);
    assert_non_null(leaf);
    return leaf;
}

static X509 *root(void)
{
    struct slice der;
    assert_true(rps_tls_certificate_der(&arena, ca.certificate_pem, &der));
    const unsigned char *at = der.data;
    return d2i_X509(NULL, &at, (long)der.size);
}

static void it_is_a_server_s_and_signs_no_other(void **state)
{
    (void)state;
    X509 *leaf = issue("desk-7");
    assert_int_equal(X509_get_key_usage(leaf), KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
    assert_int_equal(X509_get_extended_key_usage(leaf), XKU_SSL_SERVER);
    assert_int_equal(X509_check_ca(leaf), 0);
    assert_int_equal(X509_check_host(leaf, "desk-7", 0, 0, NULL), 1);
    X509_free(leaf);
}

static void its_issuer_is_the_ca_to_the_letter(void **state)
{
    (void)state;
    X509 *leaf = issue("desk-7");
    X509 *issuer = root();
    assert_int_equal(X509_NAME_cmp(X509_get_issuer_name(leaf), X509_get_subject_name(issuer)), 0);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_add_cert(store, issuer);
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_CTX_init(check, store, leaf, NULL), 1);
    assert_int_equal(X509_STORE_CTX_set_purpose(check, X509_PURPOSE_SSL_SERVER), 1);
    assert_int_equal(X509_verify_cert(check), 1);
    X509_STORE_CTX_free(check);
    X509_STORE_free(store);
    X509_free(issuer);
    X509_free(leaf);
}

static void it_lasts_as_long_as_the_ca_less_a_minute(void **state)
{
    (void)state;
    X509 *leaf = issue("desk-7");
    X509 *issuer = root();
    int days, seconds;
    assert_int_equal(
        ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(issuer), X509_get0_notBefore(leaf)), 1);
    assert_int_equal(days, 0);
    assert_int_equal(seconds, 60);
    assert_int_equal(
        ASN1_TIME_diff(&days, &seconds, X509_get0_notAfter(leaf), X509_get0_notAfter(issuer)), 1);
    assert_int_equal(days, 0);
    assert_int_equal(seconds, 60);
    X509_free(issuer);
    X509_free(leaf);
}

static const char *subject_of(const char *host)
{
    struct slice der;
    struct error err;
    struct io_certificate_facts facts;
    assert_true(rps_tls_issue(ca.certificate_pem, ca.key_pem, &arena, public_key,
                              slice_of_string(host), &der, &err));
    assert_true(io_certificate_describe(&arena, der, &facts, &err));
    return facts.common_name;
}

static void the_name_of_the_device_cannot_say_more_than_a_name(void **state)
{
    (void)state;
    assert_string_equal(subject_of("desk-7"), "AMT-desk-7");
    assert_string_equal(subject_of("a,DNS:evil\n"), "AMT-a-DNS:evil");
    assert_string_equal(subject_of("caf\xc3\xa9"), "AMT-caf--");
    assert_int_equal(strlen(subject_of("0123456789012345678901234567890123456789012345678901234567"
                                       "8901234567890123456789")),
                     64);
    struct slice der;
    struct error err;
    assert_false(rps_tls_issue(ca.certificate_pem, ca.key_pem, &arena, public_key,
                               SLICE_LITERAL(""), &der, &err));
}

static void a_key_that_is_none_is_refused(void **state)
{
    static const uint8_t junk[300] = {0x30, 0x82, 1};
    (void)state;
    struct slice der;
    struct error err;
    assert_false(rps_tls_issue(ca.certificate_pem, ca.key_pem, &arena, slice_of(junk, sizeof junk),
                               SLICE_LITERAL("h"), &der, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    EVP_PKEY *weak = EVP_RSA_gen(1024);
    unsigned char *bytes = NULL;
    int size = i2d_PublicKey(weak, &bytes);
    assert_false(rps_tls_issue(ca.certificate_pem, ca.key_pem, &arena,
                               slice_of(bytes, (size_t)size), SLICE_LITERAL("h"), &der, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    OPENSSL_free(bytes);
    EVP_PKEY_free(weak);
}

static void pem_and_der_are_the_same(void **state)
{
    (void)state;
    struct slice der;
    struct slice again;
    assert_true(rps_tls_certificate_der(&arena, ca.certificate_pem, &der));
    struct slice pem = rps_tls_certificate_pem(&arena, der);
    assert_true(slice_equal(pem, ca.certificate_pem));
    /* as the toolkit keeps it: on one line */
    char *line = arena_string(&arena, pem);
    size_t size = 0;
    for (const char *c = line; *c != '\0'; c++)
        if (*c != '\n')
            line[size++] = *c;
    assert_true(rps_tls_certificate_der(&arena, slice_of(line, size), &again));
    assert_true(slice_equal(der, again));
    assert_false(rps_tls_certificate_der(&arena, SLICE_LITERAL("nothing"), &again));
    assert_false(
        rps_tls_certificate_der(&arena, SLICE_LITERAL("-----BEGIN CERTIFICATE-----AAAA"), &again));
}

static int make_keys(void **state)
{
    (void)state;
    struct error err;
    arena_init(&arena);
    EVP_PKEY *key = EVP_RSA_gen(2048);
    unsigned char *bytes = NULL;
    int size = i2d_PublicKey(key, &bytes);
    public_key = arena_copy(&arena, slice_of(bytes, (size_t)size));
    OPENSSL_free(bytes);
    EVP_PKEY_free(key);
    return io_certificate_new_ca(&arena, "MPSRoot", 2048, &ca, &err) ? 0 : -1;
}

static int free_keys(void **state)
{
    (void)state;
    arena_fini_wiped(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_a_server_s_and_signs_no_other),
        cmocka_unit_test(its_issuer_is_the_ca_to_the_letter),
        cmocka_unit_test(it_lasts_as_long_as_the_ca_less_a_minute),
        cmocka_unit_test(the_name_of_the_device_cannot_say_more_than_a_name),
        cmocka_unit_test(a_key_that_is_none_is_refused),
        cmocka_unit_test(pem_and_der_are_the_same),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
