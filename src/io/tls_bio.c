#include "io/tls_bio.h"

#include "core/memory.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static ssize_t fetch(struct tls_bio *shared)
{
    if (shared->fetched) { /* one call a turn: poll tells when there is more */
        errno = EAGAIN;
        return -1;
    }
    ssize_t got = recv(shared->fd, shared->bytes, shared->most, 0);
    shared->fetched = true;
    shared->start = 0;
    shared->end = got > 0 ? (size_t)got : 0;
    return got;
}

static ssize_t take_fetched(struct tls_bio *shared, void *to, size_t size)
{
    size_t left = shared->end - shared->start;
    if (size > left)
        size = left;
    memcpy(to, shared->bytes + shared->start, size);
    shared->start += size;
    return (ssize_t)size;
}

static int take(BIO *bio, char *to, int size)
{
    struct tls_bio *shared = BIO_get_data(bio);
    ssize_t got = 1;
    if (!shared->ahead)
        got = recv(shared->fd, to, (size_t)size, 0);
    else if (shared->start == shared->end)
        got = fetch(shared);
    BIO_clear_retry_flags(bio);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_read(bio);
    shared->eof = got == 0;
    if (shared->ahead && got > 0)
        got = take_fetched(shared, to, (size_t)size);
    return (int)got;
}

static int give(BIO *bio, const char *bytes, int size)
{
    struct tls_bio *shared = BIO_get_data(bio);
    ssize_t sent = send(shared->fd, bytes, (size_t)size, MSG_NOSIGNAL);
    BIO_clear_retry_flags(bio);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_write(bio);
    return (int)sent;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    struct tls_bio *shared = BIO_get_data(bio);
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF)
        return shared->eof;
    return command == BIO_CTRL_FLUSH;
}

bool tls_bio_init(struct tls_bio *shared)
{
    *shared = (struct tls_bio){.fd = -1};
    shared->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "loop");
    if (shared->method == NULL || BIO_meth_set_read(shared->method, take) != 1 ||
        BIO_meth_set_write(shared->method, give) != 1 ||
        BIO_meth_set_ctrl(shared->method, control) != 1)
        return false;
    shared->bio = BIO_new(shared->method);
    if (shared->bio == NULL)
        return false;
    shared->bytes = memory_new(TLS_BIO_AHEAD);
    BIO_set_data(shared->bio, shared);
    BIO_set_init(shared->bio, 1);
    return true;
}

void tls_bio_fini(struct tls_bio *shared)
{
    BIO_free(shared->bio);
    BIO_meth_free(shared->method);
    free(shared->bytes);
}

void tls_bio_join(struct tls_bio *shared, SSL *ssl)
{
    (void)BIO_up_ref(shared->bio);
    SSL_set_bio(ssl, shared->bio, shared->bio);
}

void tls_bio_use(struct tls_bio *shared, int fd)
{
    shared->fd = fd;
    shared->eof = false;
    shared->ahead = false;
    ERR_clear_error();
    errno = 0;
}

void tls_bio_read_ahead(struct tls_bio *shared, int fd, size_t most)
{
    tls_bio_use(shared, fd);
    shared->ahead = true;
    shared->most = most < TLS_BIO_AHEAD ? most : TLS_BIO_AHEAD;
    shared->fetched = false;
    shared->start = 0;
    shared->end = 0;
}
