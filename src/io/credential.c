#include "io/credential.h"

#include "io/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#define DAY_MS 86400000LL

static bool is_pem(struct slice bytes)
{
    return memmem(bytes.data, bytes.size, "-----BEGIN ", 11) != NULL;
}

static bool is_plausible(struct slice bytes)
{
    return bytes.size > 0 && bytes.size <= IO_CREDENTIAL_LIMIT;
}

/* Copies into the arena and frees what OpenSSL allocated. */
static struct slice take_der(struct arena *arena, unsigned char *der, int size)
{
    struct slice copy = {NULL, 0};
    if (size > 0)
        copy = arena_copy(arena, slice_of(der, (size_t)size));
    OPENSSL_clear_free(der, size > 0 ? (size_t)size : 0);
    return copy;
}

/* ---- certificates ---- */

static X509 *read_certificate(struct slice bytes)
{
    if (!is_plausible(bytes))
        return NULL;
    if (is_pem(bytes))
        return pem_certificate(bytes);
    const unsigned char *at = bytes.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)bytes.size);
    if (certificate != NULL && at != bytes.data + bytes.size) { /* something follows */
        X509_free(certificate);
        certificate = NULL;
    }
    return certificate;
}

static bool read_end(const X509 *certificate, int64_t *ms)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int seconds = 0;
    bool good = epoch != NULL &&
                ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate)) == 1;
    *ms = days * DAY_MS + seconds * 1000LL;
    ASN1_TIME_free(epoch);
    return good;
}

bool io_credential_certificate(struct arena *arena, struct slice bytes,
                               struct io_credential_certificate *certificate, struct error *err)
{
    X509 *read = read_certificate(bytes);
    unsigned char *der = NULL;
    *certificate = (struct io_credential_certificate){.expires_ms = 0};
    if (read != NULL && read_end(read, &certificate->expires_ms)) {
        int size = i2d_X509(read, &der);
        certificate->der = take_der(arena, der, size);
    }
    X509_free(read);
    ERR_clear_error();
    return certificate->der.size > 0 ||
           error_set(err, ERROR_INVALID, "the certificate cannot be read");
}

/* ---- keys ---- */

static EVP_PKEY *read_key(struct slice bytes)
{
    if (!is_plausible(bytes))
        return NULL;
    if (is_pem(bytes))
        return pem_key(bytes, NULL);
    const unsigned char *at = bytes.data;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)bytes.size);
    if (key != NULL && at != bytes.data + bytes.size) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

bool io_credential_key(struct arena *arena, struct slice bytes, struct io_credential_key *key,
                       struct error *err)
{
    EVP_PKEY *read = read_key(bytes);
    *key = (struct io_credential_key){.private_der = {NULL, 0}};
    if (read != NULL && EVP_PKEY_is_a(read, "RSA") == 1) {
        unsigned char *der = NULL;
        int size = i2d_PrivateKey(read, &der);
        key->private_der = take_der(arena, der, size);
        der = NULL;
        size = i2d_PublicKey(read, &der);
        key->public_der = take_der(arena, der, size);
    }
    EVP_PKEY_free(read);
    ERR_clear_error();
    return (key->private_der.size > 0 && key->public_der.size > 0) ||
           error_set(err, ERROR_INVALID, "the private key cannot be read");
}

bool io_credential_match(const struct io_credential_certificate *certificate,
                         const struct io_credential_key *key)
{
    /* A certificate holds its PKCS#1 public key in the very bytes. */
    return memmem(certificate->der.data, certificate->der.size, key->public_der.data,
                  key->public_der.size) != NULL;
}
