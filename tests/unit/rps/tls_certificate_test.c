/* The certificate of a device's TLS server. */
#include "rps/tls_certificate.h"

#include "io/certificate.h"

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

static const struct guid guid = {
    {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 1, 2, 3, 4, 5, 6, 7, 8}};

static X509 *issue(void)
{
    struct slice der;
    struct error err;
    assert_true(
        rps_tls_issue(ca.certificate_pem, ca.key_pem, &arena, public_key, &guid, &der, &err));
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
    X509 *leaf = issue();
    assert_int_equal(X509_get_key_usage(leaf), KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
    assert_int_equal(X509_get_extended_key_usage(leaf), XKU_SSL_SERVER);
    assert_int_equal(X509_check_ca(leaf), 0);
    X509_free(leaf);
}

static void its_issuer_is_the_ca_to_the_letter(void **state)
{
    (void)state;
    X509 *leaf = issue();
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
    X509 *leaf = issue();
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

static void it_names_the_device_by_its_guid_and_nothing_else(void **state)
{
    (void)state;
    char text[GUID_TEXT_SIZE];
    X509 *leaf = issue();
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    assert_int_equal(sk_GENERAL_NAME_num(names), 1);
    int kind;
    const ASN1_STRING *name = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, 0), &kind);
    assert_int_equal(kind, GEN_DNS);
    assert_int_equal(ASN1_STRING_length(name), GUID_TEXT_SIZE - 1);
    assert_memory_equal(ASN1_STRING_get0_data(name), guid_format(&guid, text), GUID_TEXT_SIZE - 1);
    GENERAL_NAMES_free(names);
    char common[65];
    assert_int_equal(X509_NAME_get_text_by_NID(X509_get_subject_name(leaf), NID_commonName, common,
                                               sizeof common),
                     4 + GUID_TEXT_SIZE - 1);
    assert_memory_equal(common, "AMT-", 4);
    assert_string_equal(common + 4, text);
    X509_free(leaf);
}

static void a_key_that_is_none_is_refused(void **state)
{
    static const uint8_t junk[300] = {0x30, 0x82, 1};
    (void)state;
    struct slice der;
    struct error err;
    assert_false(rps_tls_issue(ca.certificate_pem, ca.key_pem, &arena, slice_of(junk, sizeof junk),
                               &guid, &der, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    EVP_PKEY *weak = EVP_RSA_gen(1024);
    unsigned char *bytes = NULL;
    int size = i2d_PublicKey(weak, &bytes);
    assert_false(rps_tls_issue(ca.certificate_pem, ca.key_pem, &arena,
                               slice_of(bytes, (size_t)size), &guid, &der, &err));
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
    struct slice two =
        slice_of_string(arena_printf(&arena, "%.*s%.*s", SLICE_ARG(pem), SLICE_ARG(pem)));
    for (int i = 0; i < 2; i++) {
        assert_true(rps_tls_certificate_next(&arena, &two, &again));
        assert_true(slice_equal(again, der));
    }
    assert_false(rps_tls_certificate_next(&arena, &two, &again));
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
        cmocka_unit_test(it_names_the_device_by_its_guid_and_nothing_else),
        cmocka_unit_test(a_key_that_is_none_is_refused),
        cmocka_unit_test(pem_and_der_are_the_same),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
