/* Logging in, and the token that every other route asks for. */
#include "access/access.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/routes.h"
#include "mps/routes/routes_generated.h"

#include <string.h>

static bool refuse(struct http_exchange *exchange, const char *why)
{
    http_answer_header(exchange, "WWW-Authenticate", "Bearer");
    routes_answer_error(exchange, 401, why);
    return false;
}

bool routes_authorize(struct http_exchange *exchange)
{
    struct slice token = slice_trim(http_header_get(exchange, "Authorization"));
    struct slice scheme = slice_split(&token, ' ');
    token = slice_trim(token);
    if (token.size == 0 || !slice_equal_ignore_case(scheme, SLICE_LITERAL("Bearer")))
        return refuse(exchange, "The request has no bearer token");
    struct access_identity *identity = arena_alloc(exchange->arena, sizeof *identity);
    struct error err;
    error_clear(&err);
    if (!access_check(routes_application(exchange)->access, exchange->arena, token, identity, &err))
        return refuse(exchange, arena_printf(exchange->arena, "%s", err.text));
    exchange->identity = identity;
    return true;
}

/* The peer's address without its port: a client has many ports. */
static const char *source_of(struct http_exchange *exchange)
{
    char *text = arena_alloc(exchange->arena, IO_ADDRESS_TEXT_SIZE);
    (void)io_address_format(&exchange->peer, text);
    char *colon = strrchr(text, ':');
    if (colon != NULL)
        *colon = '\0';
    return text;
}

static void answer_refusal(struct http_exchange *exchange, const struct error *err)
{
    switch (err->code) {
    case ERROR_UNAUTHORIZED:
        routes_answer_message(exchange, 401, "Incorrect Username and/or Password!");
        return;
    case ERROR_UNSUPPORTED:
        routes_answer_message(exchange, 405, "Authentication disabled on MPS");
        return;
    case ERROR_THROTTLED:
        http_answer_header(exchange, "Retry-After", "10");
        routes_answer_message(exchange, 429, arena_printf(exchange->arena, "%s", err->text));
        return;
    default:
        routes_answer_store(exchange, err);
    }
}

void routes_authorize_login(struct http_exchange *exchange)
{
    const char *user = json_string_value(json_object_get(exchange->json, "username"));
    const char *password = json_string_value(json_object_get(exchange->json, "password"));
    struct slice token;
    struct error err;
    error_clear(&err);
    /* A password of another type never matches, but takes as long as one that does not. */
    if (!access_login(routes_application(exchange)->access, exchange->arena, slice_of_string(user),
                      slice_of_string(password), source_of(exchange), &token, &err)) {
        answer_refusal(exchange, &err);
        return;
    }
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_key(&json, "token");
    json_put_string_slice(&json, token);
    json_close_object(&json);
    http_answer_header(exchange, "Cache-Control", "no-store");
}
