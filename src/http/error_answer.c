#include "http/error_answer.h"

#include "core/guid.h"
#include "core/log.h"
#include "http/router.h"

#include <inttypes.h>
#include <stdio.h>

void http_answer_named(struct http_exchange *exchange, int status, const char *name,
                       const char *message)
{
    struct json_writer json = http_answer_json(exchange, status);
    json_open_object(&json);
    json_put_member_string(&json, "error", name);
    json_put_member_string(&json, "message", message);
    json_close_object(&json);
}

void http_answer_message(struct http_exchange *exchange, int status, const char *message)
{
    struct json_writer json = http_answer_json(exchange, status);
    json_open_object(&json);
    json_put_member_string(&json, "message", message);
    json_close_object(&json);
}

void http_log_failure(const struct http_exchange *exchange, const struct error *err)
{
    char id[24];
    (void)snprintf(id, sizeof id, "%" PRIu64, exchange->id);
    struct slice guid = slice_first(http_parameter(exchange, "guid"), GUID_TEXT_SIZE - 1);
    log_line(LOG_WARN, "request failed", "operation",
             exchange->route == NULL ? NULL : exchange->route->operation, "guid",
             guid.size == 0 ? NULL : arena_string(exchange->arena, guid), "request", id, "code",
             error_name(err->code), "error", err->text, NULL);
}

bool http_answer_busy(struct http_exchange *exchange, const struct error *err)
{
    if (err->code == ERROR_FULL) {
        http_log_failure(exchange, err);
        http_answer_error(exchange, 507, "Insufficient Storage",
                          arena_printf(exchange->arena, "%s", err->text));
        return true;
    }
    if (err->code != ERROR_BUSY && err->code != ERROR_CANCELLED)
        return false;
    http_answer_header(exchange, "Retry-After", "1");
    http_answer_error(exchange, 503, "Service Unavailable",
                      arena_printf(exchange->arena, "%s", err->text));
    return true;
}

void http_answer_failure(struct http_exchange *exchange, const struct error *err)
{
    if (http_answer_busy(exchange, err))
        return;
    http_log_failure(exchange, err);
    http_answer_empty(exchange, 500);
}
