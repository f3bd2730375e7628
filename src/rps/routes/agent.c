/* Where programs call in by WebSocket: agents (spec rps 2.1) and the Enterprise Assistant (spec rps
 * 5.7). Their tokens come in Authorization, as the first sub-protocol (echoed), or as token=… in
 * the query, since agents of the toolkit send nothing but the address they were given. */
#include "access/access.h"
#include "http/error_answer.h"
#include "http/websocket.h"
#include "rps/assistants.h"
#include "rps/routes/handlers.h"
#include "rps/routes/routes.h"
#include "rps/rps_parts.h"

/* Empty when there is none. *protocol is the sub-protocol to choose. */
static struct slice find_token(const struct http_exchange *exchange, struct slice *protocol)
{
    struct slice token = slice_trim(http_header_get(exchange, "Authorization"));
    struct slice scheme = slice_split(&token, ' ');
    *protocol = (struct slice){NULL, 0};
    if (slice_equal_ignore_case(scheme, SLICE_LITERAL("Bearer")))
        return slice_trim(token);
    if (http_query_get(exchange, "token", &token) && token.size > 0)
        return token;
    *protocol = http_websocket_protocol(exchange);
    return *protocol;
}

static bool refuse_token(struct http_exchange *exchange, const char *why)
{
    http_answer_error(exchange, 401, "Unauthorized", why);
    http_answer_header(exchange, "WWW-Authenticate", "Bearer");
    return false;
}

/* The bearer's tenant is NULL when there is no token and none is needed. A token that is given must
 * be good. */
static bool check_token(struct http_exchange *exchange, enum access_purpose purpose, bool needed,
                        struct access_bearer *bearer, struct slice *protocol)
{
    struct slice token = find_token(exchange, protocol);
    struct error err;
    *bearer = (struct access_bearer){0};
    if (token.size == 0)
        return !needed || refuse_token(exchange, "A token of this server is needed");
    if (access_check_for(rps_application_of(exchange)->access, exchange->arena, token, purpose,
                         bearer, &err))
        return true;
    return refuse_token(exchange, arena_printf(exchange->arena, "%s", err.text));
}

static void refuse(struct http_exchange *exchange, const struct error *err)
{
    if (!http_answer_busy(exchange, err))
        http_answer_failure(exchange, err);
}

void rps_agent_socket(struct http_exchange *exchange)
{
    struct rps *rps = rps_application_of(exchange)->rps;
    struct access_bearer bearer;
    struct slice protocol;
    struct error err;
    if (!http_websocket_check(exchange) ||
        !check_token(exchange, ACCESS_AGENT, rps->options.agent_token, &bearer, &protocol))
        return;
    struct rps_session *session = rps_session_new(rps, &exchange->peer, &bearer, &err);
    if (session == NULL)
        refuse(exchange, &err);
    else
        http_websocket_accept(exchange, protocol, rps_session_taken, session);
}

void rps_assistant_socket(struct http_exchange *exchange)
{
    struct rps *rps = rps_application_of(exchange)->rps;
    struct access_bearer bearer;
    struct slice protocol;
    struct error err;
    if (!http_websocket_check(exchange) ||
        !check_token(exchange, ACCESS_ASSISTANT, rps->options.assistant_token, &bearer, &protocol))
        return;
    struct rps_assistant *assistant =
        rps_assistant_new(rps, bearer.tenant_id == NULL ? "" : bearer.tenant_id, &err);
    if (assistant == NULL)
        refuse(exchange, &err);
    else
        http_websocket_accept(exchange, protocol, rps_assistant_taken, assistant);
}
