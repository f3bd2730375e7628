#include "rpc/trust.h"

bool rpc_trust_new(const struct rpc_trust_options *options, struct rpc_trust **trust,
                   struct error *err)
{
    (void)options;
    *trust = NULL;
    return error_set(err, ERROR_UNSUPPORTED, "there is no TLS to AMT yet");
}

void rpc_trust_free(struct rpc_trust *trust)
{
    (void)trust;
}

struct io_tls_policy rpc_trust_policy(const struct rpc_trust *trust, const char *address)
{
    (void)trust;
    (void)address;
    return (struct io_tls_policy){.any = false};
}

bool rpc_trust_check_on_die(const struct rpc_trust *trust, const struct slice *chain, size_t count,
                            struct error *err)
{
    (void)trust;
    (void)chain;
    (void)count;
    return error_set(err, ERROR_UNSUPPORTED, "there is no TLS to AMT yet");
}
