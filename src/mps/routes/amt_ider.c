/* /api/v1/amt/ider: drives of devices redirected to images of the server (mps/drives.h). */
#include "core/clock.h"
#include "http/body_value.h"
#include "mps/drives.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

static void put_drive(struct json_writer *json, const char *key,
                      const struct mps_drives_status *status, enum redir_drive_kind kind)
{
    json_put_key(json, key);
    if (status->images[kind] == NULL) {
        json_put_null(json);
        return;
    }
    json_open_object(json);
    json_put_member_string(json, "image", status->images[kind]);
    json_put_member_int(json, "size", (int64_t)status->sizes[kind]);
    json_put_member_bool(json, "writable", status->writable && kind == REDIR_DRIVE_FLOPPY);
    json_put_member_int(json, "bytesRead", (int64_t)status->read[kind]);
    json_put_member_int(json, "bytesWritten", (int64_t)status->written[kind]);
    json_put_member_int(json, "lastBlock", (int64_t)status->last_block[kind]);
    json_close_object(json);
}

static void put_session(struct json_writer *json, const struct guid *guid,
                        const struct mps_drives_status *status)
{
    char id[GUID_TEXT_SIZE];
    char since[CLOCK_TEXT_SIZE];
    json_open_object(json);
    json_put_member_string(json, "guid", guid_format(guid, id));
    json_put_member_string(json, "state", mps_drives_state_name(status->state));
    json_put_member_string(json, "start", redir_ider_start_name(status->start));
    json_put_member_string(json, "owner", status->owner);
    json_put_member_string(json, "since", clock_format(status->since_ms, since));
    if (status->reason != NULL) {
        json_put_member_string(json, "ended", clock_format(status->ended_ms, since));
        json_put_member_string(json, "reason", status->reason);
    } else {
        json_put_key(json, "ended");
        json_put_null(json);
        json_put_key(json, "reason");
        json_put_null(json);
    }
    json_put_member_int(json, "bytesRead", (int64_t)(status->read[0] + status->read[1]));
    json_put_member_int(json, "bytesWritten", (int64_t)(status->written[0] + status->written[1]));
    json_put_member_int(json, "rate", (int64_t)status->rate);
    json_put_member_int(json, "commands", (int64_t)status->commands);
    json_put_member_int(json, "checkConditions", (int64_t)status->checks);
    json_put_member_int(json, "resets", (int64_t)status->resets);
    put_drive(json, "cd", status, REDIR_DRIVE_CD);
    put_drive(json, "floppy", status, REDIR_DRIVE_FLOPPY);
    json_close_object(json);
}

/* `what` is what a 404 says is not found. */
static void answer_failure(struct http_exchange *exchange, const struct error *err,
                           const char *what)
{
    if (http_answer_busy(exchange, err))
        return;
    int status = error_http_status(err->code);
    if (status >= 500 && status != 501)
        http_log_failure(exchange, err);
    routes_answer_of(exchange, status, what, arena_printf(exchange->arena, "%s", err->text));
}

static void answer_session(struct http_exchange *exchange, const struct guid *guid)
{
    struct mps_drives_status status;
    struct error err = {0};
    if (!mps_drives_status(routes_application(exchange)->drives, exchange->arena, guid,
                           routes_tenant(exchange), &status, &err)) {
        answer_failure(exchange, &err, "Session");
        return;
    }
    struct json_writer json = http_answer_json(exchange, 200);
    put_session(&json, guid, &status);
}

void routes_amt_ider_start(struct http_exchange *exchange)
{
    struct mps_drives_request request = {.start = REDIR_IDER_REBOOT};
    struct slice start = http_body_value_text(exchange->json, "start");
    const char *user = routes_user(exchange);
    struct error err = {0};
    struct guid guid;
    bool absent = false;
    if (!routes_guid(exchange, &guid)) {
        routes_answer_absent(exchange);
        return;
    }
    request.images[REDIR_DRIVE_CD] = http_body_value_text(exchange->json, "image");
    request.images[REDIR_DRIVE_FLOPPY] = http_body_value_text(exchange->json, "floppy");
    request.writable = http_body_value_is_true(exchange->json, "writable");
    if (start.size > 0)
        (void)redir_ider_start_of(start, &request.start);
    if (request.images[REDIR_DRIVE_CD].size == 0 && request.images[REDIR_DRIVE_FLOPPY].size == 0)
        routes_answer_error(exchange, 400, "image or floppy should name an image of the server");
    else if (mps_drives_start(routes_application(exchange)->drives, &guid, routes_tenant(exchange),
                              user != NULL ? user : "", &request, &absent, &err))
        answer_session(exchange, &guid);
    else if (absent)
        routes_answer_absent(exchange);
    else
        answer_failure(exchange, &err, "Image");
}

void routes_amt_ider_get(struct http_exchange *exchange)
{
    struct guid guid;
    if (routes_guid(exchange, &guid))
        answer_session(exchange, &guid);
    else
        routes_answer_absent(exchange);
}

void routes_amt_ider_end(struct http_exchange *exchange)
{
    const char *user = routes_user(exchange);
    struct error err = {0};
    struct guid guid;
    if (!routes_guid(exchange, &guid))
        routes_answer_absent(exchange);
    else if (mps_drives_end(routes_application(exchange)->drives, &guid, routes_tenant(exchange),
                            user != NULL ? user : "somebody", &err))
        http_answer_empty(exchange, 204);
    else
        answer_failure(exchange, &err, "Session");
}
