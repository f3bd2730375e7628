/* The relay of redirection sessions: a WebSocket, as the toolkit's pages open it (spec mps 5.1).
 * The token of authorize/redirection is its sub-protocol, which is echoed. */
#include "mps/relay.h"
#include "access/access.h"
#include "http/websocket.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "mps/shard.h"
#include "mps/watcher.h"

#define ASK_MS 15000 /* for the device, before the browser has its answer */

static bool invalid(struct http_exchange *exchange, const char *why)
{
    routes_answer_error(exchange, 400, why);
    return false;
}

/* An absent one is 0. */
static bool read_number(const struct http_exchange *exchange, const char *name, uint64_t most,
                        uint64_t absent, uint64_t *value)
{
    struct slice text;
    *value = absent;
    return !http_query_get(exchange, name, &text) || slice_to_u64(text, most, value);
}

/* What the query asks for (spec mps 5.1). False: answered. Others of its parameters have no meaning
 * here: TLS with devices is never older than it has to be (tls1only). */
static bool read_query(struct http_exchange *exchange, struct guid *guid,
                       struct mps_relay_request *request, bool *watch)
{
    struct slice text;
    uint64_t port, pipe, tls, watches, records;
    request->guid = guid;
    if (!http_query_get(exchange, "host", &text) || !guid_parse(text, guid))
        return invalid(exchange, "host must be the GUID of a device");
    if (!read_number(exchange, "port", UINT16_MAX, REDIR_PORT, &port) ||
        (port != REDIR_PORT && port != REDIR_TLS_PORT))
        return invalid(exchange, "port must be 16994 or 16995: nothing else is relayed");
    if (!read_number(exchange, "tls", 1, 0, &tls))
        return invalid(exchange, "tls must be 0 or 1");
    if (!read_number(exchange, "p", UINT16_MAX, 2, &pipe))
        return invalid(exchange, "p must be a number");
    request->tls = tls == 1 || port == REDIR_TLS_PORT;
    request->inserts = pipe == 2;
    request->has_kind = http_query_get(exchange, "mode", &text) && text.size > 0;
    if (request->has_kind && !redir_kind_parse(text, &request->kind))
        return invalid(exchange, "mode must be kvm, sol or ider");
    if (!read_number(exchange, "watch", 1, 0, &watches))
        return invalid(exchange, "watch must be 0 or 1");
    if (!read_number(exchange, "record", 1, 0, &records))
        return invalid(exchange, "record must be 0 or 1");
    request->record = records == 1;
    *watch = watches == 1;
    return !*watch || (request->has_kind && request->kind == REDIR_KVM) ||
           invalid(exchange, "only a screen can be watched: watch=1 goes with mode=kvm");
}

/* False: answered. */
static bool check_token(struct http_exchange *exchange, struct mps_relay_request *request)
{
    struct mps *mps = routes_application(exchange)->mps;
    struct access_identity *identity = arena_alloc(exchange->arena, sizeof *identity);
    struct error err;
    error_clear(&err);
    if (!access_check_redirection(mps->options.access, exchange->arena,
                                  http_websocket_protocol(exchange), request->guid, identity,
                                  &err)) {
        if (err.code == ERROR_UNAUTHORIZED)
            routes_answer_error(exchange, 401, arena_printf(exchange->arena, "%s", err.text));
        else
            http_answer_failure(exchange, &err);
        return false;
    }
    exchange->identity = identity;
    request->tenant = identity->tenant_id;
    request->user = identity->user;
    return true;
}

static void refuse(struct http_exchange *exchange, const struct error *err)
{
    if (http_answer_busy(exchange, err))
        return;
    int status = error_http_status(err->code);
    if (status >= 500)
        http_log_failure(exchange, err);
    routes_answer_error(exchange, status, arena_printf(exchange->arena, "%s", err->text));
}

/* Joins the session of somebody else, for which the same token is needed. */
static void watch_screen(struct http_exchange *exchange, const struct mps_relay_request *request)
{
    struct error err;
    struct mps_watcher *watcher = mps_watcher_new(
        routes_application(exchange)->screens, request->guid, request->tenant, request->user, &err);
    if (watcher == NULL)
        refuse(exchange, &err);
    else
        http_websocket_accept(exchange, http_websocket_protocol(exchange), mps_watcher_taken,
                              watcher);
}

void routes_relay(struct http_exchange *exchange)
{
    struct mps_relay_request request = {.kind = REDIR_KVM};
    struct guid guid;
    struct error err;
    bool watch;
    error_clear(&err);
    if (!http_websocket_check(exchange) || !read_query(exchange, &guid, &request, &watch) ||
        !check_token(exchange, &request))
        return;
    if (watch) {
        watch_screen(exchange, &request);
        return;
    }
    uint64_t outer = io_deadline_within(ASK_MS);
    struct mps_relay *relay = mps_relay_new(routes_application(exchange)->mps, &request, &err);
    io_deadline_restore(outer);
    if (relay == NULL)
        refuse(exchange, &err);
    else
        http_websocket_accept(exchange, http_websocket_protocol(exchange), mps_relay_taken, relay);
}
