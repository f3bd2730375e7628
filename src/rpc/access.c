#include "rpc/access.h"

bool rpc_access_open(const struct rpc_access_options *options, struct rpc_access **access,
                     struct error *err)
{
    (void)options;
    *access = NULL;
    return error_set(err, ERROR_UNSUPPORTED, "there is no way to AMT yet");
}

const char *rpc_way_name(enum rpc_way way)
{
    return way == RPC_WAY_LMS ? "LMS" : "LME";
}

enum rpc_way rpc_access_way(const struct rpc_access *access)
{
    (void)access;
    return RPC_WAY_LME;
}

bool rpc_access_needs_tls(const struct rpc_access *access)
{
    (void)access;
    return false;
}

bool rpc_access_lms_answers(const struct rpc_access_options *options)
{
    (void)options;
    return false;
}

bool rpc_access_stream(struct rpc_access *access, uint16_t port, struct io_stream **stream,
                       struct error *err)
{
    (void)access;
    (void)port;
    *stream = NULL;
    return error_set(err, ERROR_UNSUPPORTED, "there is no way to AMT yet");
}

bool rpc_access_amt(struct rpc_access *access, const struct rpc_amt_options *options,
                    struct amt **amt, struct error *err)
{
    (void)access;
    (void)options;
    *amt = NULL;
    return error_set(err, ERROR_UNSUPPORTED, "there is no way to AMT yet");
}

void rpc_access_log_in_as(struct rpc_access *access, struct slice user, struct slice password)
{
    (void)access;
    (void)user;
    (void)password;
}

void rpc_access_close(struct rpc_access *access)
{
    (void)access;
}
