#include "core/encoding.h"
#include "http/websocket.h"
#include "http/websocket_key.h"

/* The comma-separated lists of all headers of that name, joined as one value would be. */
static bool has_token(const struct http_exchange *x, const char *name, const char *token)
{
    struct slice wanted = slice_of_string(name);
    for (size_t i = 0; i < x->header_count; i++)
        if (slice_equal_ignore_case(x->headers[i].name, wanted) &&
            http_header_has_token(x->headers[i].value, token))
            return true;
    return false;
}

static size_t count_of(const struct http_exchange *x, const char *name)
{
    struct slice wanted = slice_of_string(name);
    size_t count = 0;
    for (size_t i = 0; i < x->header_count; i++)
        count += slice_equal_ignore_case(x->headers[i].name, wanted);
    return count;
}

static bool refuse(struct http_exchange *x, const char *why)
{
    http_answer_error(x, 400, "Incorrect URI or Bad Request", why);
    return false;
}

static bool require_upgrade(struct http_exchange *x, const char *why)
{
    http_answer_error(x, 426, "Upgrade Required", why);
    http_answer_header(x, "Upgrade", "websocket");
    http_answer_header(x, "Sec-WebSocket-Version", "13");
    return false;
}

bool http_websocket_check(struct http_exchange *x)
{
    struct slice key;
    if (x->method != HTTP_GET || x->minor_version < 1 || !has_token(x, "Upgrade", "websocket") ||
        !has_token(x, "Connection", "Upgrade"))
        return require_upgrade(x, "This address speaks WebSocket only");
    if (!slice_equal_string(http_header_get(x, "Sec-WebSocket-Version"), "13"))
        return require_upgrade(x, "Only version 13 of WebSocket is known");
    if (count_of(x, "Sec-WebSocket-Key") != 1 || count_of(x, "Sec-WebSocket-Version") != 1)
        return refuse(x, "Sec-WebSocket-Key is needed once");
    if (!encoding_base64_decode(x->arena, http_header_get(x, "Sec-WebSocket-Key"), &key) ||
        key.size != HTTP_WEBSOCKET_KEY_SIZE)
        return refuse(x, "Sec-WebSocket-Key is not a key");
    return true;
}

struct slice http_websocket_protocol(const struct http_exchange *x)
{
    struct slice offered = http_header_get(x, "Sec-WebSocket-Protocol");
    return slice_trim(slice_split(&offered, ','));
}

void http_websocket_accept(struct http_exchange *x, struct slice protocol,
                           http_websocket_taken *taken, void *arg)
{
    http_answer_empty(x, 101);
    http_answer_header(x, "Upgrade", "websocket");
    http_answer_header(
        x, "Sec-WebSocket-Accept",
        arena_string(x->arena,
                     http_websocket_answer_to(x->arena, http_header_get(x, "Sec-WebSocket-Key"))));
    if (protocol.size > 0)
        http_answer_header(x, "Sec-WebSocket-Protocol", arena_string(x->arena, protocol));
    x->taken = taken;
    x->taken_arg = arg;
}
