#include "io/certificate.h"

#include "core/memory.h"
#include "core/random.h"
#include "io/pem.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS 86400L
#define CA_DAYS     (30 * 365)
#define KEY_BITS    2048 /* the least for a key of somebody else */
#define KEY_BYTES   4096

static bool fail(struct error *err, const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
    ERR_clear_error();
    return error_set(err, ERROR_INTERNAL, "%s: %s", what, reason == NULL ? "unknown" : reason);
}

/* --- writing
 * ---------------------------------------------------------------------------------------*/

static struct slice take_text(struct arena *arena, BIO *bio)
{
    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    return arena_copy(arena, slice_of(text, size > 0 ? (size_t)size : 0));
}

static bool write_pem(struct arena *arena, X509 *certificate, EVP_PKEY *key,
                      struct io_certificate *made)
{
    BIO *public = BIO_new(BIO_s_mem());
    BIO *secret = BIO_new(BIO_s_secmem());
    bool good = public != NULL && secret != NULL && PEM_write_bio_X509(public, certificate) == 1 &&
                PEM_write_bio_PKCS8PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL) == 1;
    if (good) {
        made->certificate_pem = take_text(arena, public);
        made->key_pem = take_text(arena, secret);
    }
    BIO_free(public);
    BIO_free(secret);
    return good;
}

/* --- building ----------------------------------------------------------------------------------*/

/* A random positive number of 127 bits. */
static bool set_serial(X509 *certificate)
{
    uint8_t bytes[16];
    random_bytes(bytes, sizeof bytes);
    bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40);
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool good =
        number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return good;
}

static bool add(X509 *certificate, X509V3_CTX *context, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, kind, value);
    bool good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

static bool add_name(X509_NAME *name, const char *field, const char *value)
{
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1,
                                      -1, 0) == 1;
}

/* Everything but issuer, extensions and signature. Valid from yesterday on, so that a device whose
 * clock is a little late accepts it. */
static X509 *new_certificate(EVP_PKEY *key, const char *common_name, int days)
{
    X509 *certificate = X509_new();
    if (certificate != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 &&
        set_serial(certificate) &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_SECONDS) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), DAY_SECONDS * days) != NULL &&
        X509_set_pubkey(certificate, key) == 1 &&
        add_name(X509_get_subject_name(certificate), "CN", common_name))
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* `<prefix>-` and six digits of the key's SHA-1, so that two CAs of one prefix differ. */
static bool name_ca(EVP_PKEY *key, const char *prefix, char *name, size_t size)
{
    unsigned char *der = NULL;
    uint8_t digest[EVP_MAX_MD_SIZE];
    int length = i2d_PUBKEY(key, &der);
    bool good = length > 0 && EVP_Digest(der, (size_t)length, digest, NULL, EVP_sha1(), NULL) == 1;
    if (good)
        (void)snprintf(name, size, "%s-%02x%02x%02x", prefix, digest[0], digest[1], digest[2]);
    OPENSSL_free(der);
    return good;
}

bool io_certificate_new_ca(struct arena *arena, const char *prefix, int bits,
                           struct io_certificate *ca, struct error *err)
{
    char name[64]; /* the bound of X.520 on a common name */
    X509V3_CTX context;
    X509 *certificate = NULL;
    EVP_PKEY *key = EVP_RSA_gen((unsigned)bits);
    bool good = key != NULL && name_ca(key, prefix, name, sizeof name);
    if (good) {
        certificate = new_certificate(key, name, CA_DAYS);
        X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
        good = certificate != NULL &&
               X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1 &&
               add(certificate, &context, NID_basic_constraints, "critical,CA:TRUE") &&
               add(certificate, &context, NID_key_usage, "critical,keyCertSign,cRLSign") &&
               add(certificate, &context, NID_subject_key_identifier, "hash") &&
               add(certificate, &context, NID_netscape_cert_type, "sslCA") &&
               X509_sign(certificate, key, EVP_sha256()) > 0 &&
               write_pem(arena, certificate, key, ca);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return good || fail(err, "a CA certificate cannot be made");
}

static bool is_address(const char *name)
{
    uint8_t bytes[16];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

/* Names come from settings and go into OpenSSL's little language, where a comma starts another
 * name. */
static bool is_plain(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length < 254 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:*") ==
               length;
}

static bool alternative_names(struct arena *arena, const char *common_name,
                              const char *const *names, size_t count, const char **value,
                              struct error *err)
{
    const char *text = "";
    for (size_t i = 0; i <= count; i++) {
        /* cppcheck-suppress nullPointer; there are names when count says so */
        const char *name = i == 0 ? common_name : names[i - 1];
        if (i > 0 && strcmp(name, common_name) == 0)
            continue;
        if (!is_plain(name))
            return error_set(err, ERROR_INVALID, "\"%.100s\" is no host name or address", name);
        text = arena_printf(arena, "%s%s%s:%s", text, *text == '\0' ? "" : ",",
                            is_address(name) ? "IP" : "DNS", name);
    }
    *value = text;
    return true;
}

bool io_certificate_new_leaf(struct arena *arena, const struct io_certificate *ca, int bits,
                             const char *common_name, const char *const *names, size_t name_count,
                             int days, struct io_certificate *leaf, struct error *err)
{
    const char *alternatives = NULL;
    if (!alternative_names(arena, common_name, names, name_count, &alternatives, err))
        return false;
    X509V3_CTX context;
    X509 *issuer = pem_certificate(ca->certificate_pem);
    EVP_PKEY *issuer_key = pem_key(ca->key_pem, NULL);
    EVP_PKEY *key = EVP_RSA_gen((unsigned)bits);
    X509 *certificate = key == NULL ? NULL : new_certificate(key, common_name, days);
    bool good = issuer != NULL && issuer_key != NULL && certificate != NULL;
    if (good) {
        X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
        good = X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
               add(certificate, &context, NID_basic_constraints, "critical,CA:FALSE") &&
               add(certificate, &context, NID_key_usage,
                   "critical,digitalSignature,keyEncipherment") &&
               add(certificate, &context, NID_ext_key_usage, "serverAuth") &&
               add(certificate, &context, NID_subject_key_identifier, "hash") &&
               add(certificate, &context, NID_authority_key_identifier, "keyid") &&
               add(certificate, &context, NID_subject_alt_name, alternatives) &&
               add(certificate, &context, NID_netscape_cert_type, "server") &&
               X509_sign(certificate, issuer_key, EVP_sha256()) > 0 &&
               write_pem(arena, certificate, key, leaf);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    EVP_PKEY_free(issuer_key);
    X509_free(issuer);
    return good || fail(err, "a server certificate cannot be made");
}

/* --- for a key of somebody else --- */

static EVP_PKEY *read_public_key(struct slice der)
{
    const unsigned char *at = der.data;
    if (der.size == 0 || der.size > KEY_BYTES)
        return NULL;
    EVP_PKEY *key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der.size);
    if (key == NULL) {
        at = der.data;
        key = d2i_PUBKEY(NULL, &at, (long)der.size);
    }
    if (key != NULL && at == der.data + der.size && EVP_PKEY_is_a(key, "RSA") == 1 &&
        EVP_PKEY_get_bits(key) >= KEY_BITS)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

/* Within the CA's own time, a minute from both ends. */
static bool limit_to(X509 *certificate, const X509 *issuer)
{
    struct tm from;
    struct tm to;
    if (ASN1_TIME_to_tm(X509_get0_notBefore(issuer), &from) != 1 ||
        ASN1_TIME_to_tm(X509_get0_notAfter(issuer), &to) != 1 ||
        OPENSSL_gmtime_adj(&from, 0, 60) != 1 || OPENSSL_gmtime_adj(&to, 0, -60) != 1)
        return false;
    return ASN1_TIME_adj(X509_getm_notBefore(certificate), timegm(&from), 0, 0) != NULL &&
           ASN1_TIME_adj(X509_getm_notAfter(certificate), timegm(&to), 0, 0) != NULL;
}

static bool sign_leaf(X509 *certificate, X509 *issuer, EVP_PKEY *issuer_key,
                      const char *alternatives)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    return limit_to(certificate, issuer) &&
           X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
           add(certificate, &context, NID_basic_constraints, "critical,CA:FALSE") &&
           add(certificate, &context, NID_key_usage, "critical,digitalSignature,keyEncipherment") &&
           add(certificate, &context, NID_ext_key_usage, "serverAuth") &&
           add(certificate, &context, NID_subject_key_identifier, "hash") &&
           add(certificate, &context, NID_authority_key_identifier, "keyid") &&
           (alternatives == NULL ||
            add(certificate, &context, NID_subject_alt_name, alternatives)) &&
           add(certificate, &context, NID_netscape_cert_type, "server") &&
           X509_sign(certificate, issuer_key, EVP_sha256()) > 0;
}

bool io_certificate_issue(struct arena *arena, const struct io_certificate *ca,
                          struct slice public_key_der, const char *common_name, const char *name,
                          struct slice *leaf_der, struct error *err)
{
    const char *alternatives = NULL;
    if (name != NULL && !alternative_names(arena, name, NULL, 0, &alternatives, err))
        return false;
    EVP_PKEY *key = read_public_key(public_key_der);
    if (key == NULL) {
        ERR_clear_error();
        return error_set(err, ERROR_INVALID, "the public key is no RSA key with %d bits or more",
                         KEY_BITS);
    }
    X509 *issuer = pem_certificate(ca->certificate_pem);
    EVP_PKEY *issuer_key = pem_key(ca->key_pem, NULL);
    X509 *certificate = new_certificate(key, common_name, 1);
    unsigned char *der = NULL;
    int size = -1;
    if (issuer != NULL && issuer_key != NULL && certificate != NULL &&
        X509_check_private_key(issuer, issuer_key) == 1 &&
        sign_leaf(certificate, issuer, issuer_key, alternatives))
        size = i2d_X509(certificate, &der);
    if (size > 0)
        *leaf_der = arena_copy(arena, slice_of(der, (size_t)size));
    OPENSSL_free(der);
    X509_free(certificate);
    EVP_PKEY_free(issuer_key);
    X509_free(issuer);
    EVP_PKEY_free(key);
    return size > 0 || fail(err, "a device's certificate cannot be made");
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool unreadable(struct error *err)
{
    ERR_clear_error();
    return error_set(err, ERROR_INVALID, "the certificate cannot be read");
}

bool io_certificate_expires(struct slice certificate_pem, int64_t *ms, struct error *err)
{
    X509 *certificate = pem_certificate(certificate_pem);
    if (certificate == NULL)
        return unreadable(err);
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int seconds = 0;
    bool good = epoch != NULL &&
                ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate)) == 1;
    *ms = ((int64_t)days * DAY_SECONDS + seconds) * 1000;
    ASN1_TIME_free(epoch);
    X509_free(certificate);
    return good || unreadable(err);
}

bool io_certificate_fingerprint(struct slice certificate_pem, char text[65], struct error *err)
{
    uint8_t digest[32];
    X509 *certificate = pem_certificate(certificate_pem);
    bool good = certificate != NULL && X509_digest(certificate, EVP_sha256(), digest, NULL) == 1;
    X509_free(certificate);
    if (!good)
        return unreadable(err);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return true;
}
