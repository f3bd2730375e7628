#include "mps/routes/routes.h"
#include "mps/routes/handlers.h"

#include "access/access.h"
#include "mps/routes/error_answer.h"

struct mps_application *routes_application(const struct http_exchange *exchange)
{
    return exchange->context;
}

const char *routes_tenant(const struct http_exchange *exchange)
{
    const struct access_identity *identity = exchange->identity;
    return identity == NULL || identity->tenant_id == NULL ? "" : identity->tenant_id;
}

const char *routes_user(const struct http_exchange *exchange)
{
    const struct access_identity *identity = exchange->identity;
    return identity == NULL ? NULL : identity->user;
}

bool routes_guid(const struct http_exchange *exchange, struct guid *guid)
{
    return guid_parse(http_parameter(exchange, "guid"), guid);
}

void routes_certificate_get(struct http_exchange *exchange)
{
    struct slice pem = routes_application(exchange)->ca_pem;
    if (pem.size == 0)
        routes_answer_error(exchange, 500, "MPS root certificate does not exist");
    else
        http_answer_bytes(exchange, 200, "text/html; charset=utf-8", pem);
}
