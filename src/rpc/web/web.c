#include "rpc/web/web.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/resolve.h"
#include "io/tls.h"
#include "io/tls_stream.h"
#include "rpc/run/named_file.h"

#include <stdlib.h>
#include <string.h>

#define CONNECT_MS 30000 /* to a server, its proxy and TLS included */
#define TRY_MS     10000 /* to one of a host's addresses when it has several */
#define CA_MOST    ((size_t)1024 * 1024)
#define REFUSAL    ((size_t)64 * 1024) /* bytes of a proxy's answer */
#define HEADERS    8

struct rpc_web {
    struct rpc *rpc;
    const char *proxy;
    struct io_resolver *resolver;
    struct io_tls *tls; /* made when it is first needed */
};

struct rpc_web *rpc_web_open(struct rpc *rpc, const char *proxy)
{
    struct rpc_web *web = memory_new(sizeof *web);
    *web = (struct rpc_web){
        .rpc = rpc,
        .proxy = proxy,
        .resolver = io_resolver_new(&(struct io_resolver_options){0}),
    };
    return web;
}

void rpc_web_close(struct rpc_web *web)
{
    if (web == NULL)
        return;
    io_tls_free(web->tls);
    io_resolver_free(web->resolver);
    free(web);
}

void rpc_web_warn_of_clear(struct rpc *rpc, const struct rpc_url *url, const char *what)
{
    if (!rpc_url_is_tls(url) && !rpc_url_is_loopback(url))
        rpc_log(rpc, LOG_WARN, "%s is not encrypted: everybody on the way can read %s", url->shown,
                what);
}

/* ---- TLS ---- */

static bool read_ca(struct rpc *rpc, struct slice *pem, struct error *err)
{
    const char *path = rpc_text(rpc, "ca");
    *pem = (struct slice){NULL, 0};
    if (path == NULL)
        return true;
    return rpc_named_file_load(rpc, path, CA_MOST, pem, err);
}

static bool prepare_tls(struct rpc_web *web, struct error *err)
{
    struct io_tls_client_options options = {.per_stream = true, .newest = IO_TLS_1_3};
    if (web->tls != NULL)
        return true;
    options.insecure = rpc_flag(web->rpc, "skip-cert-check");
    if (!options.insecure && !read_ca(web->rpc, &options.ca_pem, err))
        return error_wrap(err, "--ca");
    web->tls = io_tls_client_new(io_loop_current(), &options, err);
    if (web->tls == NULL && options.ca_pem.size > 0)
        (void)error_wrap(err, "--ca");
    return web->tls != NULL;
}

static bool note_chain(void *context, const struct slice *chain, size_t count, struct error *err)
{
    (void)chain;
    (void)count;
    (void)err;
    *(bool *)context = true;
    return true;
}

/* TLS over `inner`, which belongs to it. */
static struct io_stream *shake_hands(struct rpc_web *web, struct io_stream *inner,
                                     const struct rpc_url *url, enum rpc_web_fault *fault,
                                     struct error *err)
{
    bool shown = false;
    const struct io_tls_policy policy = {
        .any = rpc_flag(web->rpc, "skip-cert-check"),
        .server_name = url->host,
        .advice = " (--ca FILE names the root that it comes from)",
        .check = note_chain,
        .context = &shown,
    };
    struct io_stream *stream = io_tls_stream_open(inner, web->tls, &policy, err);
    if (stream == NULL && shown && err->code == ERROR_CONNECTION)
        *fault = RPC_WEB_CERTIFICATE;
    return stream;
}

/* ---- the way there ---- */

static struct io_stream *reach(struct rpc_web *web, const struct rpc_url *url, struct error *err)
{
    struct io_address addresses[IO_RESOLVE_MOST];
    struct io_conn *conn = NULL;
    size_t count = 0;
    if (!io_resolve(web->resolver, url->host, url->port, addresses, &count, err))
        return NULL;
    for (size_t i = 0; i < count && conn == NULL && (i == 0 || io_deadline_left() > 0); i++) {
        uint64_t outer = io_deadline_within(count > 1 ? TRY_MS : CONNECT_MS);
        conn = io_connect(&addresses[i], NULL, NULL, err);
        io_deadline_restore(outer);
    }
    return conn == NULL ? NULL : io_conn_stream(conn);
}

static size_t add_login(struct arena *arena, const struct rpc_url *proxy, struct http_header *to)
{
    if (!proxy->has_login)
        return 0;
    const char *plain = arena_printf(arena, "%s:%s", proxy->user, proxy->password);
    struct slice encoded = encoding_base64(arena, slice_of_string(plain));
    const char *value = arena_printf(arena, "Basic %.*s", SLICE_ARG(encoded));
    *to = (struct http_header){SLICE_LITERAL("Proxy-Authorization"), slice_of_string(value)};
    return 1;
}

/* CONNECT (RFC 9110 9.3.6). */
static bool ask_proxy(struct io_stream *stream, const struct rpc_url *proxy,
                      const struct rpc_url *url, struct error *err)
{
    struct arena arena;
    struct http_header headers[2];
    struct http_response response = {0};
    arena_init(&arena);
    bool brackets = strchr(url->host, ':') != NULL;
    const char *target =
        arena_printf(&arena, brackets ? "[%s]:%u" : "%s:%u", url->host, (unsigned)url->port);
    headers[0] = (struct http_header){SLICE_LITERAL("Host"), slice_of_string(target)};
    const struct http_request request = {
        .method = "CONNECT",
        .target = target,
        .headers = headers,
        .header_count = 1 + add_login(&arena, proxy, &headers[1]),
    };
    bool ok = http_client_exchange(stream, &request, REFUSAL, &arena, &response, err);
    if (ok && response.status / 100 != 2)
        ok = error_set(err, response.status == 407 ? ERROR_UNAUTHORIZED : ERROR_FORBIDDEN,
                       response.status == 407 ? "it wants a login (status 407)"
                                              : "it answers with status %d",
                       response.status);
    arena_fini_wiped(&arena);
    return ok;
}

static const char *variable(void *arg, const char *name)
{
    (void)arg;
    return getenv(name);
}

struct route {
    bool proxied;
    struct rpc_url proxy;
};

static bool find_route(struct rpc *rpc, const char *proxy, const struct rpc_url *url,
                       struct route *route, struct error *err)
{
    return rpc_url_proxy(rpc_arena(rpc), url, proxy, variable, NULL, &route->proxied, &route->proxy,
                         err);
}

bool rpc_web_check_proxy(struct rpc *rpc, const struct rpc_url *url, const char *proxy,
                         struct error *err)
{
    struct route ignored;
    return find_route(rpc, proxy, url, &ignored, err);
}

/* What is asked for in clear over HTTP goes to the proxy as a whole; all else through CONNECT. */
static bool needs_tunnel(const struct rpc_url *url)
{
    return url->scheme != RPC_SCHEME_HTTP;
}

static struct io_stream *connect_along(struct rpc_web *web, const struct rpc_url *url,
                                       const struct route *route, enum rpc_web_fault *fault,
                                       struct error *err)
{
    struct io_stream *stream = reach(web, route->proxied ? &route->proxy : url, err);
    if (stream == NULL) {
        if (route->proxied)
            (void)error_wrap(err, "the proxy %s", route->proxy.shown);
        return NULL;
    }
    if (route->proxied && needs_tunnel(url) && !ask_proxy(stream, &route->proxy, url, err)) {
        if (err->code == ERROR_UNAUTHORIZED || err->code == ERROR_FORBIDDEN)
            *fault = RPC_WEB_REFUSED;
        io_stream_close(stream);
        (void)error_wrap(err, "the proxy %s", route->proxy.shown);
        return NULL;
    }
    return rpc_url_is_tls(url) ? shake_hands(web, stream, url, fault, err) : stream;
}

static struct io_stream *connect_bounded(struct rpc_web *web, const struct rpc_url *url,
                                         const struct route *route, enum rpc_web_fault *fault,
                                         struct error *err)
{
    *fault = RPC_WEB_UNREACHABLE;
    if (rpc_url_is_tls(url) && !prepare_tls(web, err)) {
        *fault = RPC_WEB_REFUSED;
        return NULL;
    }
    uint64_t outer = io_deadline_within(CONNECT_MS);
    struct io_stream *stream = connect_along(web, url, route, fault, err);
    io_deadline_restore(outer);
    if (stream == NULL)
        (void)error_wrap(err, "%s", url->shown);
    return stream;
}

struct io_stream *rpc_web_connect(struct rpc_web *web, const struct rpc_url *url,
                                  enum rpc_web_fault *fault, struct error *err)
{
    struct route route;
    *fault = RPC_WEB_REFUSED;
    if (!find_route(web->rpc, web->proxy, url, &route, err))
        return NULL;
    return connect_bounded(web, url, &route, fault, err);
}

/* ---- requests ---- */

static void add(struct http_header *headers, size_t *count, const char *name, const char *value)
{
    headers[(*count)++] = (struct http_header){slice_of_string(name), slice_of_string(value)};
}

static bool exchange(struct io_stream *stream, const struct rpc_web_request *request,
                     const struct route *route, struct arena *arena, struct http_response *response,
                     struct error *err)
{
    struct http_header headers[HEADERS];
    size_t count = 0;
    const struct rpc_url *url = &request->url;
    bool whole = route->proxied && !needs_tunnel(url);
    add(headers, &count, "Host", url->authority);
    add(headers, &count, "Accept", request->accept != NULL ? request->accept : "application/json");
    add(headers, &count, "User-Agent", "rpc/" OUTBAND_VERSION);
    add(headers, &count, "Connection", "close");
    if (request->body.size > 0)
        add(headers, &count, "Content-Type", "application/json");
    if (request->bearer != NULL)
        add(headers, &count, "Authorization", arena_printf(arena, "Bearer %s", request->bearer));
    if (whole)
        count += add_login(arena, &route->proxy, &headers[count]);
    const struct http_request sent = {
        .method = request->method,
        .target =
            whole ? arena_printf(arena, "http://%s%s", url->authority, url->target) : url->target,
        .headers = headers,
        .header_count = count,
        .body = request->body,
    };
    return http_client_exchange(stream, &sent, request->limit, arena, response, err) ||
           error_wrap(err, "%s", url->shown);
}

bool rpc_web_ask(struct rpc_web *web, const struct rpc_web_request *request, struct arena *arena,
                 struct http_response *response, enum rpc_web_fault *fault, struct error *err)
{
    struct route route;
    *fault = RPC_WEB_REFUSED;
    if (!find_route(web->rpc, web->proxy, &request->url, &route, err))
        return false;
    uint64_t outer = io_deadline_within(request->ms);
    struct io_stream *stream = connect_bounded(web, &request->url, &route, fault, err);
    bool ok = stream != NULL && exchange(stream, request, &route, arena, response, err);
    io_stream_close(stream);
    io_deadline_restore(outer);
    return ok;
}
