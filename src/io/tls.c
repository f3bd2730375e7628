#include "io/tls.h"

#include "core/memory.h"
#include "io/loop_uv.h"
#include "io/pem.h"
#include "io/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdlib.h>

/* What we speak on the wire; HIGH lets in RSA key exchange and CBC, which AMT before version 16
 * may have nothing better than. OpenSSL keeps the client's list for the life of a connection, so
 * what nobody needs is left out. */
#define CIPHERS "HIGH:!aNULL:!eNULL:!PSK:!SRP:!aDSS:!MD5:!ARIA:!CAMELLIA:!kDHE:!AESCCM"

/* Browsers, agents and scripts: forward secrecy and authenticated encryption only. */
#define STRONG_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

#define GROUPS "X25519:P-256"

/* Firmware chooses by rules of its own. */
#define FIRMWARE_GROUPS GROUPS ":P-384"

static int version_number(enum io_tls_version version)
{
    static const int numbers[] = {[IO_TLS_1_0] = TLS1_VERSION,
                                  [IO_TLS_1_1] = TLS1_1_VERSION,
                                  [IO_TLS_1_2] = TLS1_2_VERSION,
                                  [IO_TLS_1_3] = TLS1_3_VERSION};
    return numbers[version];
}

const char *tls_reason(unsigned long code)
{
    const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
    return reason == NULL ? "unknown reason" : reason;
}

bool tls_expect_name(SSL *ssl, const char *name)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
    return SSL_set_tlsext_host_name(ssl, name) == 1 && SSL_set1_host(ssl, name) == 1;
}

bool tls_was_cut(int problem, int code, unsigned long reason)
{
    if (ERR_GET_LIB(reason) == ERR_LIB_SSL &&
        ERR_GET_REASON(reason) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return true;
    return problem == SSL_ERROR_SYSCALL && code == 0;
}

/* The reason of the first error in OpenSSL's queue, which it empties. */
static const char *first_reason(void)
{
    unsigned long code = ERR_get_error();
    ERR_clear_error();
    return tls_reason(code);
}

/* Leaf, then whatever follows as the chain. */
static bool use_certificates(SSL_CTX *context, struct slice pem, struct error *err)
{
    BIO *bio = pem_open(pem);
    X509 *certificate = pem_next_certificate(bio);
    bool good = certificate != NULL && SSL_CTX_use_certificate(context, certificate) == 1;
    X509_free(certificate);
    while (good) {
        certificate = pem_next_certificate(bio);
        if (certificate == NULL)
            break;
        good = SSL_CTX_add0_chain_cert(context, certificate) == 1;
        if (!good)
            X509_free(certificate);
    }
    BIO_free(bio);
    if (!good)
        return error_set(err, ERROR_INVALID, "the certificate cannot be used: %s", first_reason());
    ERR_clear_error(); /* the end of the text counts as an error there */
    return true;
}

static bool use_key(SSL_CTX *context, struct slice pem, OSSL_LIB_CTX *library, struct error *err)
{
    EVP_PKEY *key = pem_key(pem, library);
    bool good = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1 &&
                SSL_CTX_check_private_key(context) == 1;
    EVP_PKEY_free(key);
    if (!good)
        return error_set(err, ERROR_INVALID, "the private key cannot be used: %s", first_reason());
    return true;
}

static bool trust(SSL_CTX *context, struct slice pem, struct error *err)
{
    BIO *bio = pem_open(pem);
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    int count = 0;
    for (X509 *root = pem_next_certificate(bio); root != NULL; root = pem_next_certificate(bio)) {
        if (X509_STORE_add_cert(store, root) == 1)
            count++;
        X509_free(root);
    }
    BIO_free(bio);
    if (count == 0)
        return error_set(err, ERROR_INVALID, "no trusted certificate can be read: %s",
                         first_reason());
    ERR_clear_error();
    /* What is trusted may be the server's own certificate and need not be a root. */
    (void)X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    return true;
}

/* What both directions have in common. NULL with `err`. */
static SSL_CTX *new_context(struct io_tls *tls, struct error *err)
{
    const char *ciphers = CIPHERS;
    if (tls->strong_only)
        ciphers = STRONG_CIPHERS;
    else if (tls->oldest < IO_TLS_1_2)
        ciphers = CIPHERS ":@SECLEVEL=0";
    SSL_CTX *context =
        SSL_CTX_new_ex(tls->library, NULL, tls->server ? TLS_server_method() : TLS_client_method());
    if (context == NULL ||
        SSL_CTX_set_min_proto_version(context, version_number(tls->oldest)) != 1 ||
        SSL_CTX_set_max_proto_version(context, version_number(tls->newest)) != 1 ||
        SSL_CTX_set_cipher_list(context, ciphers) != 1 ||
        SSL_CTX_set1_groups_list(context, tls->firmware ? FIRMWARE_GROUPS : GROUPS) != 1 ||
        SSL_CTX_set_app_data(context, tls) != 1) {
        (void)error_set(err, ERROR_INTERNAL, "TLS cannot be set up: %s", first_reason());
        SSL_CTX_free(context);
        return NULL;
    }
    /* No automatic chain: it would be looked for, in vain, in every handshake. */
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_NO_AUTO_CHAIN);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_read_ahead(context, 0); /* conn.c relies on it: nothing hides in SSL */
    return context;
}

bool io_tls_set_certificate(struct io_tls *tls, struct slice certificate_pem, struct slice key_pem,
                            struct error *err)
{
    SSL_CTX *context = new_context(tls, err);
    if (context == NULL)
        return false;
    if (!use_certificates(context, certificate_pem, err) ||
        !use_key(context, key_pem, tls->library, err) || !tls_use_tickets(tls, context, err)) {
        SSL_CTX_free(context);
        return false;
    }
    SSL_CTX_free(tls->context); /* open connections hold it for as long as they live */
    tls->context = context;
    return true;
}

struct io_tls *io_tls_server_new(struct io_loop *loop, const struct io_tls_server_options *options,
                                 struct error *err)
{
    struct io_tls *tls = memory_new(sizeof *tls);
    tls->library = loop->library->context;
    tls->server = true;
    tls->strong_only = options->strong_only;
    tls->oldest = options->oldest;
    tls->newest = options->newest;
    if (tls->strong_only && tls->oldest < IO_TLS_1_2)
        tls->oldest = IO_TLS_1_2;
    if (!io_tls_set_certificate(tls, options->certificate_pem, options->key_pem, err) ||
        (options->ticket_key.size > 0 && !io_tls_set_ticket_key(tls, options->ticket_key, err))) {
        io_tls_free(tls);
        return NULL;
    }
    return tls;
}

struct io_tls *io_tls_client_new(struct io_loop *loop, const struct io_tls_client_options *options,
                                 struct error *err)
{
    struct io_tls *tls = memory_new(sizeof *tls);
    tls->library = loop->library->context;
    tls->insecure = options->insecure;
    tls->firmware = options->firmware;
    tls->oldest = options->firmware || options->newest < IO_TLS_1_2 ? IO_TLS_1_0 : IO_TLS_1_2;
    tls->newest = options->newest;
    tls->context = new_context(tls, err);
    bool good = tls->context != NULL;
    if (good)
        SSL_CTX_set_verify(tls->context, options->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                           NULL);
    bool per_stream = options->firmware || options->per_stream;
    if (good && options->firmware)
        (void)SSL_CTX_set_options(tls->context, SSL_OP_LEGACY_SERVER_CONNECT);
    if (good && per_stream)
        SSL_CTX_set_cert_verify_callback(tls->context, tls_stream_check, NULL);
    if (good && options->ca_pem.size > 0)
        good = trust(tls->context, options->ca_pem, err);
    else if (good && per_stream)
        tls_trust_system(tls->context);
    else if (good && !options->insecure && SSL_CTX_set_default_verify_paths(tls->context) != 1)
        good = error_set(err, ERROR_INTERNAL, "the system's trusted certificates are missing: %s",
                         first_reason());
    if (!good) {
        io_tls_free(tls);
        return NULL;
    }
    return tls;
}

void io_tls_free(struct io_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_CTX_free(tls->context);
    tls_forget_tickets(tls);
    free(tls);
}
