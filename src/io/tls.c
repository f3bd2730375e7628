#include "io/tls.h"

#include "core/memory.h"
#include "io/loop_uv.h"
#include "io/pem.h"
#include "io/tls_context.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* What we speak on the wire; HIGH lets in RSA key exchange and CBC, which AMT before version 16
 * may have nothing better than. OpenSSL keeps the client's list for the life of a connection, so
 * what nobody needs is left out. */
#define CIPHERS "HIGH:!aNULL:!eNULL:!PSK:!SRP:!aDSS:!MD5:!ARIA:!CAMELLIA:!kDHE:!AESCCM"
#define GROUPS  "X25519:P-256"

#define TICKET_KEY_SIZE 80

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

/* What both directions have in common. */
static struct io_tls *new_settings(struct io_loop *loop, const SSL_METHOD *method,
                                   enum io_tls_version oldest, enum io_tls_version newest,
                                   struct error *err)
{
    struct io_tls *tls = memory_new(sizeof *tls);
    tls->context = SSL_CTX_new_ex(loop->library, NULL, method);
    const char *ciphers = oldest < IO_TLS_1_2 ? CIPHERS ":@SECLEVEL=0" : CIPHERS;
    if (tls->context == NULL ||
        SSL_CTX_set_min_proto_version(tls->context, version_number(oldest)) != 1 ||
        SSL_CTX_set_max_proto_version(tls->context, version_number(newest)) != 1 ||
        SSL_CTX_set_cipher_list(tls->context, ciphers) != 1 ||
        SSL_CTX_set1_groups_list(tls->context, GROUPS) != 1) {
        (void)error_set(err, ERROR_INTERNAL, "TLS cannot be set up: %s", first_reason());
        io_tls_free(tls);
        return NULL;
    }
    (void)SSL_CTX_set_mode(tls->context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                             SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                                SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_read_ahead(tls->context, 0); /* conn.c relies on it: nothing hides in SSL */
    return tls;
}

static bool use_tickets(SSL_CTX *context, struct slice key, struct error *err)
{
    static const unsigned char name[] = "outband";
    if (key.size == 0) {
        (void)SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        return SSL_CTX_set_num_tickets(context, 0) == 1;
    }
    uint8_t copy[TICKET_KEY_SIZE];
    if (key.size != sizeof copy)
        return error_set(err, ERROR_INVALID, "a ticket key has %d bytes, not %zu", TICKET_KEY_SIZE,
                         key.size);
    memcpy(copy, key.data, sizeof copy);
    bool good = SSL_CTX_set_tlsext_ticket_keys(context, copy, sizeof copy) == 1 &&
                SSL_CTX_set_num_tickets(context, 1) == 1 &&
                SSL_CTX_set_session_id_context(context, name, sizeof name - 1) == 1;
    memory_wipe(copy, sizeof copy);
    if (!good)
        return error_set(err, ERROR_INTERNAL, "the ticket key cannot be used: %s", first_reason());
    return true;
}

struct io_tls *io_tls_server_new(struct io_loop *loop, const struct io_tls_server_options *options,
                                 struct error *err)
{
    struct io_tls *tls =
        new_settings(loop, TLS_server_method(), options->oldest, options->newest, err);
    if (tls == NULL)
        return NULL;
    tls->server = true;
    if (!use_certificates(tls->context, options->certificate_pem, err) ||
        !use_key(tls->context, options->key_pem, loop->library, err) ||
        !use_tickets(tls->context, options->ticket_key, err)) {
        io_tls_free(tls);
        return NULL;
    }
    return tls;
}

struct io_tls *io_tls_client_new(struct io_loop *loop, const struct io_tls_client_options *options,
                                 struct error *err)
{
    enum io_tls_version oldest = options->newest < IO_TLS_1_2 ? IO_TLS_1_0 : IO_TLS_1_2;
    struct io_tls *tls = new_settings(loop, TLS_client_method(), oldest, options->newest, err);
    if (tls == NULL)
        return NULL;
    tls->insecure = options->insecure;
    SSL_CTX_set_verify(tls->context, options->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    bool good = true;
    if (options->ca_pem.size > 0)
        good = trust(tls->context, options->ca_pem, err);
    else if (!options->insecure && SSL_CTX_set_default_verify_paths(tls->context) != 1)
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
    free(tls);
}
