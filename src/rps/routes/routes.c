#include "rps/routes/routes.h"

#include "access/access.h"

struct rps_application *rps_application_of(const struct http_exchange *exchange)
{
    return exchange->context;
}

const char *rps_tenant(const struct http_exchange *exchange)
{
    const struct access_identity *identity = exchange->identity;
    return identity == NULL || identity->tenant_id == NULL ? "" : identity->tenant_id;
}
