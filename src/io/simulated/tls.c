#include "io/tls.h"

#include "core/memory.h"

#include <stdlib.h>

/* Settings without effect: simulated connections carry no TLS. */
struct io_tls {
    struct io_loop *loop;
};

struct io_tls *io_tls_server_new(struct io_loop *loop, const struct io_tls_server_options *options,
                                 struct error *err)
{
    (void)options;
    (void)err;
    struct io_tls *tls = memory_new(sizeof *tls);
    tls->loop = loop;
    return tls;
}

struct io_tls *io_tls_client_new(struct io_loop *loop, const struct io_tls_client_options *options,
                                 struct error *err)
{
    (void)options;
    (void)err;
    struct io_tls *tls = memory_new(sizeof *tls);
    tls->loop = loop;
    return tls;
}

bool io_tls_set_ticket_key(struct io_tls *tls, struct slice key, struct error *err)
{
    (void)tls;
    (void)key;
    (void)err;
    return true;
}

bool io_tls_set_certificate(struct io_tls *tls, struct slice certificate_pem, struct slice key_pem,
                            struct error *err)
{
    (void)tls;
    (void)certificate_pem;
    (void)key_pem;
    (void)err;
    return true;
}

void io_tls_free(struct io_tls *tls)
{
    free(tls);
}
