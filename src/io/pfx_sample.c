/* A provisioning certificate for tests and samples. */
#include "io/pfx.h"

#include "core/encoding.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#define DAY_SECONDS 86400L
#define DAYS        3650

static bool add(X509 *certificate, X509 *issuer, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

/* Without extensions and signature. `issuer` NULL: itself. */
static X509 *new_certificate(EVP_PKEY *key, const char *common_name, X509 *issuer)
{
    X509 *made = X509_new();
    X509_NAME *name = made == NULL ? NULL : X509_get_subject_name(made);
    if (name != NULL && X509_set_version(made, X509_VERSION_3) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(made), issuer == NULL ? 1 : 2) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(made), -DAY_SECONDS) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(made), DAY_SECONDS * DAYS) != NULL &&
        X509_set_pubkey(made, key) == 1 &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                   -1, -1, 0) == 1 &&
        X509_set_issuer_name(made, X509_get_subject_name(issuer == NULL ? made : issuer)) == 1)
        return made;
    X509_free(made);
    return NULL;
}

static X509 *new_root(EVP_PKEY *key)
{
    X509 *root = new_certificate(key, "Outband sample root", NULL);
    if (root != NULL && add(root, root, NID_basic_constraints, "critical,CA:TRUE") &&
        add(root, root, NID_key_usage, "critical,keyCertSign,cRLSign") &&
        add(root, root, NID_subject_key_identifier, "hash") &&
        X509_sign(root, key, EVP_sha256()) > 0)
        return root;
    X509_free(root);
    return NULL;
}

static X509 *new_leaf(EVP_PKEY *key, const char *common_name, X509 *root, EVP_PKEY *root_key)
{
    X509 *leaf = root == NULL ? NULL : new_certificate(key, common_name, root);
    if (leaf != NULL && add(leaf, root, NID_basic_constraints, "critical,CA:FALSE") &&
        add(leaf, root, NID_key_usage, "critical,digitalSignature,keyEncipherment") &&
        add(leaf, root, NID_ext_key_usage, "serverAuth,2.16.840.1.113741.1.2.3") &&
        X509_sign(leaf, root_key, EVP_sha256()) > 0)
        return leaf;
    X509_free(leaf);
    return NULL;
}

static bool pack(struct arena *arena, const char *password, EVP_PKEY *key, X509 *leaf, X509 *root,
                 struct slice *file)
{
    STACK_OF(X509) *others = sk_X509_new_null();
    PKCS12 *made = NULL;
    unsigned char *der = NULL;
    int size = -1;
    if (others != NULL && sk_X509_push(others, root) > 0)
        made = PKCS12_create(password, "AMT", key, leaf, others, 0, 0, 0, 0, 0);
    if (made != NULL)
        size = i2d_PKCS12(made, &der);
    if (size > 0)
        *file = arena_copy(arena, slice_of(der, (size_t)size));
    OPENSSL_free(der);
    PKCS12_free(made);
    sk_X509_free(others);
    return size > 0;
}

bool io_pfx_make_sample(struct arena *arena, const char *common_name, const char *password,
                        struct slice *file, char root_sha256[65], struct error *err)
{
    uint8_t digest[32];
    EVP_PKEY *root_key = EVP_RSA_gen(2048);
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509 *root = root_key == NULL ? NULL : new_root(root_key);
    X509 *leaf = key == NULL ? NULL : new_leaf(key, common_name, root, root_key);
    bool good = leaf != NULL && X509_digest(root, EVP_sha256(), digest, NULL) == 1 &&
                pack(arena, password, key, leaf, root, file);
    if (good)
        encoding_hex(slice_of(digest, sizeof digest), root_sha256);
    X509_free(leaf);
    X509_free(root);
    EVP_PKEY_free(key);
    EVP_PKEY_free(root_key);
    ERR_clear_error();
    return good || error_set(err, ERROR_INTERNAL, "a sample certificate cannot be made");
}
