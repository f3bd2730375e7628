/* Tokens: one for user name and password, one for redirection sessions (spec mps 1.6). */
#include "access/access.h"
#include "http/error_answer.h"
#include "server/routes/handlers.h"
#include "server/routes/routes.h"
#include "store/store.h"

#include <inttypes.h>
#include <string.h>

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

/* `wait_s` is after how many seconds another try is admitted. */
static void answer_throttled(struct http_exchange *exchange, uint32_t wait_s, const char *why)
{
    http_answer_header(exchange, "Retry-After", arena_printf(exchange->arena, "%" PRIu32, wait_s));
    http_answer_message(exchange, 429, why);
}

static void answer_refusal(struct http_exchange *exchange, const struct error *err)
{
    switch (err->code) {
    case ERROR_UNAUTHORIZED:
        http_answer_message(exchange, 401, "Incorrect Username and/or Password!");
        return;
    case ERROR_UNSUPPORTED:
        http_answer_message(exchange, 405, "Authentication disabled on MPS");
        return;
    default:
        http_answer_failure(exchange, err);
    }
}

static void answer_token(struct http_exchange *exchange, struct slice token)
{
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_key(&json, "token");
    json_put_string_slice(&json, token);
    json_close_object(&json);
    http_answer_header(exchange, "Cache-Control", "no-store");
}

void server_login(struct http_exchange *exchange)
{
    const struct server_application *application = exchange->context;
    const char *user = json_string_value(json_object_get(exchange->json, "username"));
    const char *password = json_string_value(json_object_get(exchange->json, "password"));
    const char *source = source_of(exchange);
    struct slice token;
    struct error err;
    error_clear(&err);
    /* A password of another type never matches, but takes as long as one that does not. */
    if (!access_login(application->access, exchange->arena, slice_of_string(user),
                      slice_of_string(password), source, &token, &err)) {
        if (err.code == ERROR_THROTTLED)
            answer_throttled(exchange,
                             access_login_wait_s(application->access, exchange->arena,
                                                 slice_of_string(user), source),
                             arena_printf(exchange->arena, "%s", err.text));
        else
            answer_refusal(exchange, &err);
        return;
    }
    answer_token(exchange, token);
}

/* Whatever the request brings, whoever sent it is logged out afterwards (spec console 1.2). */
void server_logout(struct http_exchange *exchange)
{
    const struct server_application *application = exchange->context;
    access_revoke(application->access, exchange->arena, server_token(exchange));
    http_answer_message(exchange, 200, "logged out");
}

/* The device need not be connected. */
void server_redirection(struct http_exchange *exchange)
{
    const struct server_application *application = exchange->context;
    const struct access_identity *identity = exchange->identity;
    struct slice text = http_parameter(exchange, "guid");
    struct guid guid;
    struct store_device device;
    struct slice token;
    struct error err;
    error_clear(&err);
    if (!guid_parse(text, &guid)) {
        http_answer_empty(exchange, 404);
        return;
    }
    if (!store_device_get(application->store, exchange->arena, &guid, identity->tenant_id, &device,
                          &err)) {
        if (err.code == ERROR_NOT_FOUND)
            http_answer_empty(exchange, 404);
        else
            http_answer_failure(exchange, &err);
        return;
    }
    if (!access_issue_redirection(application->access, exchange->arena, identity,
                                  server_token(exchange), arena_string(exchange->arena, text),
                                  &token, &err)) {
        http_answer_failure(exchange, &err);
        return;
    }
    answer_token(exchange, token);
}
