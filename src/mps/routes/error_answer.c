#include "mps/routes/error_answer.h"

#include "core/log.h"
#include "events/events.h"
#include "http/json.h"
#include "http/router.h"
#include "mps/routes/routes.h"

#include <inttypes.h>
#include <stdio.h>

/* What stands in "error" (spec mps A.10), and what this server adds to it. */
static const struct {
    int status;
    const char *text;
} texts[] = {
    {400, "Incorrect URI or Bad Request"},
    {401, "Unauthorized"},
    {404, "Device not found/connected. Please connect again using CIRA."},
    {408, "Timeout Error"},
    {409, "Conflict"},
    {413, "Payload Too Large"},
    {416, "Range Not Satisfiable"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Timeout Error"},
};

static const char *text_of(int status)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].status == status)
            return texts[i].text;
    return "Internal Server Error";
}

void routes_answer_error(struct http_exchange *exchange, int status, const char *description)
{
    http_answer_error(exchange, status, text_of(status), description);
}

void routes_answer_of(struct http_exchange *exchange, int status, const char *what,
                      const char *description)
{
    http_answer_error(exchange, status,
                      status == 404 ? arena_printf(exchange->arena, "%s not found", what)
                                    : text_of(status),
                      description);
}

void routes_answer_absent(struct http_exchange *exchange)
{
    struct slice text = http_parameter(exchange, "guid");
    struct guid guid;
    events_publish(routes_application(exchange)->events, EVENTS_FAIL, "CIRA_Connection",
                   "Device Not Found", guid_parse(text, &guid) ? &guid : NULL);
    routes_answer_error(exchange, 404,
                        arena_printf(exchange->arena, "guid : %.*s", SLICE_ARG(text)));
}

void routes_answer_named(struct http_exchange *exchange, int status, const char *name,
                         const char *message)
{
    struct json_writer json = http_answer_json(exchange, status);
    json_open_object(&json);
    json_put_member_string(&json, "error", name);
    json_put_member_string(&json, "message", message);
    json_close_object(&json);
}

void routes_answer_message(struct http_exchange *exchange, int status, const char *message)
{
    struct json_writer json = http_answer_json(exchange, status);
    json_open_object(&json);
    json_put_member_string(&json, "message", message);
    json_close_object(&json);
}

void routes_log_failure(const struct http_exchange *exchange, const struct error *err)
{
    char id[24];
    (void)snprintf(id, sizeof id, "%" PRIu64, exchange->id);
    struct slice guid = slice_first(http_parameter(exchange, "guid"), GUID_TEXT_SIZE - 1);
    log_line(LOG_WARN, "request failed", "operation",
             exchange->route == NULL ? NULL : exchange->route->operation, "guid",
             guid.size == 0 ? NULL : arena_string(exchange->arena, guid), "request", id, "code",
             error_name(err->code), "error", err->text, NULL);
}

bool routes_answer_busy(struct http_exchange *exchange, const struct error *err)
{
    if (err->code != ERROR_BUSY && err->code != ERROR_CANCELLED)
        return false;
    http_answer_header(exchange, "Retry-After", "1");
    routes_answer_error(exchange, 503, arena_printf(exchange->arena, "%s", err->text));
    return true;
}

void routes_answer_store(struct http_exchange *exchange, const struct error *err)
{
    if (routes_answer_busy(exchange, err))
        return;
    routes_log_failure(exchange, err);
    http_answer_empty(exchange, 500);
}
