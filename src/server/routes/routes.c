#include "server/routes/routes.h"

#include "access/access.h"
#include "mps/routes/routes.h"
#include "rps/routes/routes.h"

/* Behind the toolkit's gateway the same paths have these in front (spec mps 6.7, rps 0). */
static const char *const prefixes[] = {"/mps/login", "/mps/ws", "/mps", "/rps", NULL};

void server_router_init(struct http_router *router, struct server_application *application,
                        struct mps_application *mps, struct rps_application *rps)
{
    application->contexts[ROUTES_SERVER] = application;
    application->contexts[ROUTES_MPS] = mps;
    application->contexts[ROUTES_RPS] = rps;
    rps->routes = routes_table;
    rps->route_count = ROUTES_COUNT;
    *router = (struct http_router){
        .routes = routes_table,
        .route_count = ROUTES_COUNT,
        .contexts = application->contexts,
        .authorize = server_authorize,
        .authorize_context = application,
        .prefixes = prefixes,
    };
}

void server_router_restrict(struct http_router *router, struct arena *arena, bool mps, bool rps)
{
    struct http_route *routes = arena_array(arena, router->route_count + 1, sizeof *routes);
    size_t count = 0;
    for (size_t i = 0; i < router->route_count; i++) {
        unsigned group = router->routes[i].group;
        if ((group != ROUTES_MPS || mps) && (group != ROUTES_RPS || rps))
            routes[count++] = router->routes[i];
    }
    router->routes = routes;
    router->route_count = count;
}

static bool authorize_all(struct http_exchange *exchange, void *context)
{
    (void)exchange;
    (void)context;
    return true;
}

void server_router_init_rps(struct http_router *router, const struct http_router *whole,
                            struct arena *arena, bool open)
{
    struct http_route *routes = arena_array(arena, whole->route_count + 1, sizeof *routes);
    const struct slice base = SLICE_LITERAL("/api/v1/admin");
    size_t count = 0;
    for (size_t i = 0; i < whole->route_count; i++)
        if (slice_starts_with(slice_of_string(whole->routes[i].path), base))
            routes[count++] = whole->routes[i];
    *router = *whole;
    router->routes = routes;
    router->route_count = count;
    if (open)
        router->authorize = authorize_all;
}

static bool refuse(struct http_exchange *exchange, const char *why)
{
    http_answer_header(exchange, "WWW-Authenticate", "Bearer");
    http_answer_error(exchange, 401, "Unauthorized", why);
    return false;
}

struct slice server_token(const struct http_exchange *exchange)
{
    struct slice token = slice_trim(http_header_get(exchange, "Authorization"));
    struct slice scheme = slice_split(&token, ' ');
    return slice_equal_ignore_case(scheme, SLICE_LITERAL("Bearer")) ? slice_trim(token)
                                                                    : slice_first(token, 0);
}

bool server_authorize(struct http_exchange *exchange, void *context)
{
    const struct server_application *application = context;
    struct slice token = server_token(exchange);
    if (token.size == 0)
        return refuse(exchange, "The request has no bearer token");
    struct access_identity *identity = arena_alloc(exchange->arena, sizeof *identity);
    struct error err;
    error_clear(&err);
    if (!access_check(application->access, exchange->arena, token, identity, &err))
        return refuse(exchange, arena_printf(exchange->arena, "%s", err.text));
    exchange->identity = identity;
    return true;
}
