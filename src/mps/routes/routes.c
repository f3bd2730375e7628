#include "mps/routes/routes.h"

#include "access/access.h"
#include "mps/routes/routes_generated.h"

/* Behind the toolkit's gateway the same paths have these in front (spec mps 6.7). */
static const char *const prefixes[] = {"/mps/login", "/mps", NULL};

void mps_routes_router(struct http_router *router, struct mps_application *application)
{
    *router = (struct http_router){
        .routes = mps_routes,
        .route_count = MPS_ROUTE_COUNT,
        .context = application,
        .authorize = routes_authorize,
        .prefixes = prefixes,
    };
}

struct mps_application *routes_application(const struct http_exchange *exchange)
{
    return exchange->context;
}

const char *routes_tenant(const struct http_exchange *exchange)
{
    const struct access_identity *identity = exchange->identity;
    return identity == NULL || identity->tenant_id == NULL ? "" : identity->tenant_id;
}

bool routes_guid(const struct http_exchange *exchange, struct guid *guid)
{
    return guid_parse(http_parameter(exchange, "guid"), guid);
}
