#include "core/memory.h"
#include "io/tls_context.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

/* What OpenSSL asks its callback: 0 means that no key of ours made the ticket. */
enum { TICKET_FAILED = -1, TICKET_UNKNOWN = 0, TICKET_GOOD = 1, TICKET_RENEW = 2 };

/* The parts of a key, in OpenSSL's own order. */
#define NAME_SIZE 16
#define HALF_SIZE 32

static const uint8_t *find_key(const struct io_tls *tls, const unsigned char *name)
{
    for (unsigned i = 0; i < tls->ticket_key_count; i++)
        if (memcmp(tls->ticket_keys[i], name, NAME_SIZE) == 0)
            return tls->ticket_keys[i];
    return NULL;
}

/* New tickets are made with the newest key; those of the one before are still accepted, and
 * replaced. */
static int use_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                   EVP_MAC_CTX *mac, int making)
{
    const struct io_tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    const uint8_t *key = making != 0 ? tls->ticket_keys[0] : find_key(tls, name);
    if (key == NULL)
        return TICKET_UNKNOWN;
    if (making != 0) {
        memcpy(name, key, NAME_SIZE);
        if (RAND_bytes_ex(tls->library, iv, (size_t)EVP_CIPHER_get_iv_length(tls->ticket_cipher),
                          0) != 1)
            return TICKET_FAILED;
    }
    char digest[] = "SHA256";
    uint8_t secret[HALF_SIZE];
    memcpy(secret, key + NAME_SIZE, sizeof secret);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret, sizeof secret),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    bool good = EVP_MAC_CTX_set_params(mac, params) == 1 &&
                EVP_CipherInit_ex2(cipher, tls->ticket_cipher, key + NAME_SIZE + HALF_SIZE, iv,
                                   making, NULL) == 1;
    memory_wipe(secret, sizeof secret);
    if (!good)
        return TICKET_FAILED;
    return key == tls->ticket_keys[0] ? TICKET_GOOD : TICKET_RENEW;
}

bool tls_use_tickets(struct io_tls *tls, SSL_CTX *context, struct error *err)
{
    static const unsigned char name[] = "outband";
    if (tls->ticket_key_count == 0) {
        (void)SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        return SSL_CTX_set_num_tickets(context, 0) == 1;
    }
    if (tls->ticket_cipher == NULL)
        tls->ticket_cipher = EVP_CIPHER_fetch(tls->library, "AES-256-CBC", NULL);
    (void)SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);
    if (tls->ticket_cipher != NULL && SSL_CTX_set_tlsext_ticket_key_evp_cb(context, use_key) == 1 &&
        SSL_CTX_set_num_tickets(context, 1) == 1 &&
        SSL_CTX_set_session_id_context(context, name, sizeof name - 1) == 1)
        return true;
    unsigned long code = ERR_get_error();
    ERR_clear_error();
    return error_set(err, ERROR_INTERNAL, "the ticket key cannot be used: %s", tls_reason(code));
}

void tls_forget_tickets(struct io_tls *tls)
{
    memory_wipe(tls->ticket_keys, sizeof tls->ticket_keys);
    tls->ticket_key_count = 0;
    EVP_CIPHER_free(tls->ticket_cipher);
    tls->ticket_cipher = NULL;
}

bool io_tls_set_ticket_key(struct io_tls *tls, struct slice key, struct error *err)
{
    if (key.size != TLS_TICKET_KEY_SIZE)
        return error_set(err, ERROR_INVALID, "a ticket key has %d bytes, not %zu",
                         TLS_TICKET_KEY_SIZE, key.size);
    if (tls->ticket_key_count > 0 &&
        slice_equal_secret(key, slice_of(tls->ticket_keys[0], TLS_TICKET_KEY_SIZE)))
        return true;
    memcpy(tls->ticket_keys[1], tls->ticket_keys[0], TLS_TICKET_KEY_SIZE);
    memcpy(tls->ticket_keys[0], key.data, TLS_TICKET_KEY_SIZE);
    if (tls->ticket_key_count++ > 0) {
        tls->ticket_key_count = 2;
        return true;
    }
    if (tls_use_tickets(tls, tls->context, err))
        return true;
    tls_forget_tickets(tls);
    return false;
}
