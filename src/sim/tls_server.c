#include "sim/tls_server.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "core/random.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BITS    2048
#define DAY_SECONDS 86400L
#define VALID_DAYS  3650
#define PIECE       16384

struct sim_tls_keys {
    OSSL_LIB_CTX *library;
    SSL_CTX *context;
    EVP_PKEY *key;          /* NULL until needed */
    X509 *certificate;      /* given from outside; NULL: each device has its own */
    STACK_OF(X509) * chain; /* … and what goes with it */
};

struct sim_tls_link {
    SSL *ssl;
    BIO *in, *out; /* of the ssl */
    char **names;  /* common names that clients may have; ended by NULL. NULL: any */
    uint8_t client[EVP_MAX_MD_SIZE]; /* hash of the only one that is let in … */
    size_t client_size;              /* … or 0 */
};

/* ---- keys ---- */

static bool fail(struct error *err, const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
    ERR_clear_error();
    return error_set(err, ERROR_INVALID, "%s: %s", what, reason == NULL ? "unreadable" : reason);
}

/* An encrypted key is unreadable: nobody is asked. */
static int no_passphrase(char *text, int size, int writing, void *arg)
{
    (void)text;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

static BIO *open_pem(struct slice pem)
{
    return BIO_new_mem_buf(pem.data, pem.size > INT32_MAX ? 0 : (int)pem.size);
}

static bool read_key(struct sim_tls_keys *keys, struct slice pem, struct error *err)
{
    BIO *bio = open_pem(pem);
    if (bio != NULL)
        keys->key = PEM_read_bio_PrivateKey_ex(bio, NULL, no_passphrase, NULL, keys->library, NULL);
    BIO_free(bio);
    return keys->key != NULL || fail(err, "the key");
}

static bool read_certificates(struct sim_tls_keys *keys, struct slice pem, struct error *err)
{
    BIO *bio = open_pem(pem);
    X509 *next;
    keys->chain = sk_X509_new_null();
    if (bio != NULL)
        keys->certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
    while (keys->certificate != NULL && keys->chain != NULL &&
           (next = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
        if (sk_X509_push(keys->chain, next) <= 0)
            X509_free(next);
    }
    BIO_free(bio);
    if (keys->certificate == NULL || keys->chain == NULL)
        return fail(err, "the certificate");
    ERR_clear_error(); /* the end of the text */
    return X509_check_private_key(keys->certificate, keys->key) == 1 ||
           fail(err, "certificate and key");
}

struct sim_tls_keys *sim_tls_keys_new(struct slice certificate_pem, struct slice key_pem,
                                      struct error *err)
{
    struct sim_tls_keys *keys = memory_new(sizeof(*keys));
    bool given = certificate_pem.size > 0 || key_pem.size > 0;
    keys->library = OSSL_LIB_CTX_new();
    keys->context = SSL_CTX_new_ex(keys->library, NULL, TLS_server_method());
    if (keys->context == NULL)
        (void)fail(err, "TLS");
    else if (!given ||
             (read_key(keys, key_pem, err) && read_certificates(keys, certificate_pem, err)))
        goto out;
    sim_tls_keys_free(keys);
    return NULL;
out:
    /* Old firmware signs with SHA-1, which OpenSSL's default level refuses below TLS 1.2. */
    (void)SSL_CTX_set_cipher_list(keys->context, "DEFAULT:@SECLEVEL=0");
    (void)SSL_CTX_set_options(keys->context,
                              SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    (void)SSL_CTX_set_num_tickets(keys->context, 0);
    (void)SSL_CTX_set_session_cache_mode(keys->context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_mode(keys->context, SSL_MODE_RELEASE_BUFFERS);
    return keys;
}

void sim_tls_keys_free(struct sim_tls_keys *keys)
{
    if (keys == NULL)
        return;
    SSL_CTX_free(keys->context);
    X509_free(keys->certificate);
    sk_X509_pop_free(keys->chain, X509_free);
    EVP_PKEY_free(keys->key);
    OSSL_LIB_CTX_free(keys->library);
    free(keys);
}

static bool need_key(struct sim_tls_keys *keys)
{
    if (keys->key == NULL)
        keys->key = EVP_PKEY_Q_keygen(keys->library, NULL, "RSA", (size_t)KEY_BITS);
    return keys->key != NULL;
}

/* ---- certificates ---- */

static bool set_serial(X509 *certificate)
{
    uint8_t bytes[8];
    random_bytes(bytes, sizeof(bytes));
    bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40);
    BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    bool done =
        number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return done;
}

static bool extend(X509 *certificate, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
    bool done = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return done;
}

/* Self-signed, for a server, valid for ten years: what the firmware makes for itself when it is
 * provisioned. What its subject looks like is not known. */
static X509 *make_certificate(const struct sim_tls_identity *identity)
{
    struct sim_tls_keys *keys = identity->keys;
    X509 *made = X509_new_ex(keys->library, NULL);
    X509_NAME *name = made == NULL ? NULL : X509_get_subject_name(made);
    const unsigned char *text = (const unsigned char *)identity->name;
    if (name != NULL && X509_set_version(made, X509_VERSION_3) == 1 && set_serial(made) &&
        X509_gmtime_adj(X509_getm_notBefore(made), -DAY_SECONDS) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(made), VALID_DAYS * DAY_SECONDS) != NULL &&
        X509_set_pubkey(made, keys->key) == 1 &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1 &&
        X509_set_issuer_name(made, name) == 1 && extend(made, NID_ext_key_usage, "serverAuth") &&
        X509_sign(made, keys->key, EVP_sha256()) > 0)
        return made;
    X509_free(made);
    return NULL;
}

/* Borrowed; NULL when there is none to be had. */
static X509 *certificate_of(struct sim_tls_identity *identity)
{
    struct sim_tls_keys *keys = identity->keys;
    if (keys == NULL || !need_key(keys))
        return NULL;
    if (keys->certificate != NULL)
        return keys->certificate;
    if (identity->certificate == NULL)
        identity->certificate = make_certificate(identity);
    return identity->certificate;
}

void sim_tls_identity_fini(struct sim_tls_identity *identity)
{
    X509_free(identity->certificate);
    identity->certificate = NULL;
}

bool sim_tls_identity_fingerprint(struct sim_tls_identity *identity, char text[65])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509 *certificate = certificate_of(identity);
    if (certificate == NULL || X509_digest(certificate, EVP_sha256(), digest, &size) != 1 ||
        size != 32)
        return false;
    encoding_hex(slice_of(digest, size), text);
    return true;
}

bool sim_tls_keys_digest(const struct sim_tls_keys *keys, int place, uint8_t digest[32])
{
    unsigned size = 0;
    const X509 *certificate = place == 0 ? keys->certificate : NULL;
    if (place > 0 && keys->chain != NULL && place <= sk_X509_num(keys->chain))
        certificate = sk_X509_value(keys->chain, place - 1);
    return certificate != NULL && X509_digest(certificate, EVP_sha256(), digest, &size) == 1;
}

/* ---- links ---- */

static int version_number(enum io_tls_version version)
{
    static const int numbers[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
    return numbers[version];
}

static bool name_is_trusted(const struct sim_tls_link *link, const X509 *certificate)
{
    char name[256] = "";
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                                    sizeof(name));
    for (char **at = link->names; at != NULL; at++) {
        if (*at == NULL)
            return false;
        if (strcmp(*at, name) == 0)
            return true;
    }
    return true;
}

static bool is_the_client(const struct sim_tls_link *link, const X509 *certificate)
{
    const EVP_MD *kind = link->client_size == 20   ? EVP_sha1()
                         : link->client_size == 32 ? EVP_sha256()
                                                   : EVP_sha384();
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    return X509_digest(certificate, kind, digest, &size) == 1 &&
           slice_equal(slice_of(digest, size), slice_of(link->client, link->client_size));
}

/* Who issued it does not matter. */
static int check_the_client(int good, X509_STORE_CTX *context)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
    (void)good;
    if (X509_STORE_CTX_get_error_depth(context) != 0 ||
        is_the_client(SSL_get_app_data(ssl), X509_STORE_CTX_get_current_cert(context)))
        return 1;
    X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_REJECTED);
    return 0;
}

static int check_client(int good, X509_STORE_CTX *context)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
    if (good == 1 && X509_STORE_CTX_get_error_depth(context) == 0 &&
        !name_is_trusted(SSL_get_app_data(ssl), X509_STORE_CTX_get_current_cert(context))) {
        X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_REJECTED);
        return 0;
    }
    return good;
}

static X509 *read_der(const struct sim_tls_keys *keys, struct slice der)
{
    const unsigned char *at = der.data;
    X509 *certificate = X509_new_ex(keys->library, NULL);
    if (certificate != NULL && d2i_X509(&certificate, &at, (long)der.size) == NULL)
        certificate = NULL; /* d2i has freed it */
    ERR_clear_error();
    return certificate;
}

static void demand_certificate(struct sim_tls_link *link, const struct sim_tls_keys *keys,
                               const struct sim_tls_dress *dress)
{
    X509_STORE *store = X509_STORE_new();
    if (store == NULL)
        abort(); /* out of memory */
    for (size_t i = 0; i < dress->root_count; i++) {
        X509 *root = read_der(keys, dress->roots[i]);
        if (root != NULL)
            (void)X509_STORE_add_cert(store, root);
        X509_free(root);
    }
    (void)SSL_set1_verify_cert_store(link->ssl, store);
    X509_STORE_free(store);
    if (dress->name_count > 0) {
        link->names = memory_new((dress->name_count + 1) * sizeof(*link->names));
        for (size_t i = 0; i < dress->name_count; i++)
            link->names[i] = memory_string(dress->names[i]);
    }
    SSL_set_app_data(link->ssl, link);
    SSL_set_verify(link->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, check_client);
}

static bool use_certificate(struct sim_tls_link *link, struct sim_tls_identity *identity,
                            const struct sim_tls_dress *dress)
{
    struct sim_tls_keys *keys = identity->keys;
    if (dress == NULL || dress->certificate.size == 0)
        return SSL_use_cert_and_key(link->ssl, certificate_of(identity), keys->key, keys->chain,
                                    1) == 1;
    const unsigned char *at = dress->key.data;
    X509 *certificate = read_der(keys, dress->certificate);
    EVP_PKEY *key =
        d2i_PrivateKey_ex(EVP_PKEY_RSA, NULL, &at, (long)dress->key.size, keys->library, NULL);
    bool used = certificate != NULL && key != NULL &&
                SSL_use_cert_and_key(link->ssl, certificate, key, NULL, 1) == 1;
    EVP_PKEY_free(key);
    X509_free(certificate);
    return used;
}

struct sim_tls_link *sim_tls_link_new(struct sim_tls_identity *identity,
                                      const struct sim_personality *personality,
                                      const struct sim_tls_dress *dress)
{
    if (certificate_of(identity) == NULL)
        return NULL;
    struct sim_tls_keys *keys = identity->keys;
    struct sim_tls_link *link = memory_new(sizeof(*link));
    link->in = BIO_new(BIO_s_mem());
    link->out = BIO_new(BIO_s_mem());
    link->ssl = SSL_new(keys->context);
    if (link->in == NULL || link->out == NULL || link->ssl == NULL)
        abort(); /* out of memory */
    SSL_set_bio(link->ssl, link->in, link->out);
    SSL_set_accept_state(link->ssl);
    if (dress != NULL && dress->mutual)
        demand_certificate(link, keys, dress);
    if (dress != NULL && dress->client.size > 0 && dress->client.size <= sizeof(link->client)) {
        memcpy(link->client, dress->client.data, dress->client.size);
        link->client_size = dress->client.size;
        SSL_set_app_data(link->ssl, link);
        SSL_set_verify(link->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       check_the_client);
    }
    if (use_certificate(link, identity, dress) &&
        SSL_set_min_proto_version(link->ssl, version_number(personality->tls_oldest)) == 1 &&
        SSL_set_max_proto_version(link->ssl, version_number(personality->tls_newest)) == 1)
        return link;
    sim_tls_link_free(link);
    return NULL;
}

void sim_tls_link_free(struct sim_tls_link *link)
{
    if (link == NULL)
        return;
    SSL_free(link->ssl);
    ERR_clear_error();
    for (char **name = link->names; name != NULL && *name != NULL; name++)
        free(*name);
    free(link->names);
    free(link);
}

static void collect(struct sim_tls_link *link, struct buffer *wire)
{
    char *bytes = NULL;
    long size = BIO_get_mem_data(link->out, &bytes);
    if (size > 0)
        buffer_put(wire, slice_of(bytes, (size_t)size));
    (void)BIO_reset(link->out);
}

bool sim_tls_link_feed(struct sim_tls_link *link, struct slice bytes, struct buffer *plain,
                       struct buffer *wire)
{
    bool alive = true;
    ERR_clear_error();
    while (bytes.size > 0 && alive) {
        struct slice piece = slice_first(bytes, PIECE);
        bytes = slice_from(bytes, piece.size);
        alive = BIO_write(link->in, piece.data, (int)piece.size) == (int)piece.size;
        while (alive) {
            size_t got = 0;
            uint8_t *room = buffer_reserve(plain, PIECE);
            int done = room == NULL ? -1 : SSL_read_ex(link->ssl, room, PIECE, &got);
            if (done == 1) {
                buffer_added(plain, got);
                continue;
            }
            alive = room != NULL && SSL_get_error(link->ssl, done) == SSL_ERROR_WANT_READ;
            break;
        }
    }
    collect(link, wire);
    ERR_clear_error();
    return alive;
}

bool sim_tls_link_write(struct sim_tls_link *link, struct slice plain, struct buffer *wire)
{
    size_t written = 0;
    ERR_clear_error();
    bool done = plain.size == 0 || SSL_write_ex(link->ssl, plain.data, plain.size, &written) == 1;
    collect(link, wire);
    ERR_clear_error();
    return done && written == plain.size;
}

void sim_tls_link_close(struct sim_tls_link *link, struct buffer *wire)
{
    ERR_clear_error();
    (void)SSL_shutdown(link->ssl);
    collect(link, wire);
    ERR_clear_error();
}
