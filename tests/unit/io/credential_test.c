#include "io/credential.h"

#include "core/clock.h"
#include "io/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct io_certificate ca;
static struct io_certificate other;
static struct slice der; /* of ca */

static struct slice certificate_der(struct slice pem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    unsigned char *bytes = NULL;
    int size = i2d_X509(certificate, &bytes);
    assert_true(size > 0);
    struct slice copy = arena_copy(&arena, slice_of(bytes, (size_t)size));
    OPENSSL_free(bytes);
    X509_free(certificate);
    BIO_free(bio);
    return copy;
}

static int make(void **state)
{
    struct error err;
    (void)state;
    arena_init(&arena);
    if (!io_certificate_new_ca(&arena, "One", 2048, &ca, &err) ||
        !io_certificate_new_ca(&arena, "Other", 2048, &other, &err))
        return 1;
    der = certificate_der(ca.certificate_pem);
    return 0;
}

static int discard(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void a_certificate_is_read_from_der_or_pem(void **state)
{
    (void)state;
    struct io_credential_certificate read;
    int64_t year = (int64_t)365 * 24 * 3600 * 1000;
    assert_true(io_credential_certificate(&arena, der, &read, NULL));
    assert_true(slice_equal(read.der, der));
    assert_true(read.expires_ms > clock_wall_ms() + 20 * year);
    assert_true(io_credential_certificate(&arena, ca.certificate_pem, &read, NULL));
    assert_true(slice_equal(read.der, der));
}

static void assert_no_certificate(struct slice bytes)
{
    struct io_credential_certificate read;
    struct error err;
    error_clear(&err);
    assert_false(io_credential_certificate(&arena, bytes, &read, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_int_equal(read.der.size, 0);
}

static void what_is_no_certificate_is_refused(void **state)
{
    (void)state;
    uint8_t *longer = arena_alloc(&arena, der.size + 1);
    memcpy(longer, der.data, der.size);
    assert_no_certificate((struct slice){NULL, 0});
    assert_no_certificate(SLICE_LITERAL("\0\0\0"));
    assert_no_certificate(SLICE_LITERAL("-----BEGIN CERTIFICATE-----\nAAAA\n"));
    assert_no_certificate(ca.key_pem);
    assert_no_certificate(slice_first(der, der.size - 1));
    assert_no_certificate(slice_of(longer, der.size + 1));
    assert_no_certificate(
        slice_of(arena_alloc(&arena, IO_CREDENTIAL_LIMIT + 1), IO_CREDENTIAL_LIMIT + 1));
}

static struct slice written(EVP_PKEY *key, bool pkcs8)
{
    unsigned char *bytes = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    int size = pkcs8 ? i2d_PKCS8_PRIV_KEY_INFO(info, &bytes) : i2d_PrivateKey(key, &bytes);
    assert_true(size > 0);
    struct slice copy = arena_copy(&arena, slice_of(bytes, (size_t)size));
    OPENSSL_free(bytes);
    PKCS8_PRIV_KEY_INFO_free(info);
    return copy;
}

static void a_key_becomes_pkcs1_whatever_it_was(void **state)
{
    (void)state;
    BIO *bio = BIO_new_mem_buf(ca.key_pem.data, (int)ca.key_pem.size);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    struct slice pkcs1 = written(key, false);
    struct slice pkcs8 = written(key, true);
    const struct slice forms[] = {pkcs1, pkcs8, ca.key_pem};
    for (size_t i = 0; i < 3; i++) {
        struct io_credential_key read;
        assert_true(io_credential_key(&arena, forms[i], &read, NULL));
        assert_true(slice_equal(read.private_der, pkcs1));
        assert_true(read.public_der.size > 256 && read.public_der.size < 300);
    }
    EVP_PKEY_free(key);
    BIO_free(bio);
}

static void keys_that_firmware_cannot_use_are_refused(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct io_credential_key read;
    assert_false(io_credential_key(&arena, written(key, true), &read, NULL));
    EVP_PKEY_free(key);
    assert_false(io_credential_key(&arena, ca.certificate_pem, &read, NULL));
    assert_false(io_credential_key(&arena, SLICE_LITERAL("abc"), &read, NULL));
    assert_false(io_credential_key(&arena, (struct slice){NULL, 0}, &read, NULL));
}

static void a_key_matches_its_own_certificate_only(void **state)
{
    (void)state;
    struct io_credential_certificate certificate;
    struct io_credential_key key;
    assert_true(io_credential_certificate(&arena, der, &certificate, NULL));
    assert_true(io_credential_key(&arena, ca.key_pem, &key, NULL));
    assert_true(io_credential_match(&certificate, &key));
    assert_true(io_credential_key(&arena, other.key_pem, &key, NULL));
    assert_false(io_credential_match(&certificate, &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_read_from_der_or_pem),
        cmocka_unit_test(what_is_no_certificate_is_refused),
        cmocka_unit_test(a_key_becomes_pkcs1_whatever_it_was),
        cmocka_unit_test(keys_that_firmware_cannot_use_are_refused),
        cmocka_unit_test(a_key_matches_its_own_certificate_only),
    };
    return cmocka_run_group_tests(tests, make, discard);
}
