#include "obctl/trust.h"

#include "io/certificate.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define STEP_SECONDS 10

static int connect_to(const struct addrinfo *address)
{
    int file = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0)
        return -1;
    /* On Linux the send limit bounds connect too. */
    struct timeval limit = {.tv_sec = STEP_SECONDS};
    (void)setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    (void)setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(file, address->ai_addr, address->ai_addrlen) == 0)
        return file;
    int number = errno;
    close(file);
    errno = number;
    return -1;
}

static int open_socket(const struct obctl_url *url, struct error *err)
{
    char port[8];
    (void)snprintf(port, sizeof port, "%u", (unsigned)url->port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    int failure = getaddrinfo(url->host, port, &hints, &addresses);
    if (failure != 0) {
        error_set(err, ERROR_CONNECTION, "cannot find %s: %s", url->host, gai_strerror(failure));
        return -1;
    }
    int file = -1;
    for (const struct addrinfo *at = addresses; at != NULL && file < 0; at = at->ai_next)
        file = connect_to(at);
    if (file < 0) {
        char text[128];
        error_set(err, ERROR_CONNECTION, "cannot connect to %s: %s", obctl_url_authority(url),
                  strerror_r(errno == EINPROGRESS ? ETIMEDOUT : errno, text, sizeof text));
    }
    freeaddrinfo(addresses);
    return file;
}

/* The handshake says what the system thinks of the certificate but does not end because of it. */
static int note_only(int ok, X509_STORE_CTX *context)
{
    (void)ok;
    (void)context;
    return 1;
}

static bool keep(struct arena *arena, X509 *peer, struct obctl_certificate *certificate,
                 struct error *err)
{
    bool ok = false;
    BIO *memory = BIO_new(BIO_s_mem());
    if (memory != NULL && PEM_write_bio_X509(memory, peer) == 1) {
        char *text = NULL;
        long size = BIO_get_mem_data(memory, &text);
        struct slice pem = slice_of(text, size > 0 ? (size_t)size : 0);
        certificate->pem = arena_string(arena, pem);
        ok = io_certificate_fingerprint(pem, certificate->fingerprint, err);
    } else {
        error_set(err, ERROR_INTERNAL, "cannot read the server's certificate");
    }
    BIO_free(memory);
    return ok;
}

static bool set_name(SSL *ssl, const struct obctl_url *url)
{
    X509_VERIFY_PARAM *checks = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(checks, url->host) == 1)
        return true;
    return SSL_set_tlsext_host_name(ssl, url->host) == 1 && SSL_set1_host(ssl, url->host) == 1;
}

bool obctl_trust_fetch(struct arena *arena, const struct obctl_url *url,
                       struct obctl_certificate *certificate, struct error *err)
{
    bool ok = false;
    SSL *ssl = NULL;
    X509 *peer = NULL;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    int file = open_socket(url, err);
    if (file < 0)
        goto out;
    if (context != NULL) {
        (void)SSL_CTX_set_default_verify_paths(context);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_only);
        ssl = SSL_new(context);
    }
    if (ssl == NULL || !set_name(ssl, url) || SSL_set_fd(ssl, file) != 1) {
        error_set(err, ERROR_INTERNAL, "cannot set up TLS");
        goto out;
    }
    if (SSL_connect(ssl) != 1) {
        error_set(err, ERROR_CONNECTION, "%s does not speak TLS as expected", url->base);
        goto out;
    }
    peer = SSL_get1_peer_certificate(ssl);
    if (peer == NULL) {
        error_set(err, ERROR_CONNECTION, "%s has shown no certificate", url->base);
        goto out;
    }
    certificate->known = SSL_get_verify_result(ssl) == X509_V_OK;
    ok = keep(arena, peer, certificate, err);
out:
    X509_free(peer);
    SSL_free(ssl);
    SSL_CTX_free(context);
    if (file >= 0)
        close(file);
    return ok;
}

bool obctl_trust_matches(const struct obctl_certificate *certificate, struct slice text)
{
    char digits[OBCTL_FINGERPRINT_SIZE] = "";
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == ':')
            continue;
        if (count == OBCTL_FINGERPRINT_SIZE - 1)
            return false;
        digits[count++] = (char)text.data[i];
    }
    return count == OBCTL_FINGERPRINT_SIZE - 1 &&
           slice_equal_ignore_case(slice_of(digits, count),
                                   slice_of_string(certificate->fingerprint));
}
