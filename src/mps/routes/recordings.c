/* /api/v1/recordings: what was recorded of redirection sessions (mps/recordings.h). */
#include "mps/recordings.h"

#include "core/clock.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "mps/screens.h"

static void answer_failure(struct http_exchange *exchange, const char *what,
                           const struct error *err)
{
    if (http_answer_busy(exchange, err))
        return;
    int status = error_http_status(err->code);
    if (status >= 500)
        http_log_failure(exchange, err);
    routes_answer_of(exchange, status, what, arena_printf(exchange->arena, "%s", err->text));
}

static void put_recording(struct json_writer *json, const struct mps_recording_facts *facts)
{
    char start[CLOCK_TEXT_SIZE];
    json_open_object(json);
    json_put_member_string(json, "id", facts->id);
    json_put_member_string(json, "guid", facts->guid);
    json_put_member_string(json, "kind", redir_kind_name(facts->kind));
    json_put_member_string(json, "user", facts->user);
    json_put_member_string(json, "start", clock_format(facts->start_ms, start));
    json_put_member_int(json, "durationMs", (int64_t)facts->duration_ms);
    json_put_member_int(json, "size", (int64_t)facts->size);
    json_put_member_bool(json, "complete", facts->whole);
    if (!facts->whole)
        json_put_member_string(json, "reason", facts->reason);
    json_close_object(json);
}

void routes_recordings_list(struct http_exchange *exchange)
{
    struct mps_recording_facts *list = NULL;
    size_t count = 0;
    struct error err = {0};
    if (!mps_recordings_list(routes_application(exchange)->recordings, exchange->arena,
                             routes_tenant(exchange), &list, &count, &err)) {
        answer_failure(exchange, "Recording", &err);
        return;
    }
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_array(&json);
    for (size_t i = 0; i < count; i++)
        put_recording(&json, &list[i]);
    json_close_array(&json);
}

void routes_recordings_get(struct http_exchange *exchange)
{
    int fd;
    uint64_t size;
    enum redir_kind kind;
    struct error err = {0};
    if (mps_recordings_open(routes_application(exchange)->recordings, routes_tenant(exchange),
                            http_parameter(exchange, "id"), &fd, &size, &kind, &err))
        http_answer_file(exchange,
                         kind == REDIR_KVM ? "application/octet-stream" : "application/x-asciicast",
                         fd, size);
    else
        answer_failure(exchange, "Recording", &err);
}

/* "12.5" as milliseconds. */
static bool read_seconds(struct slice text, uint64_t *ms)
{
    uint64_t seconds;
    uint64_t part = 0;
    struct slice whole = slice_split(&text, '.');
    text = slice_first(text, 3);
    if (!slice_to_u64(whole, UINT32_MAX, &seconds) ||
        (text.size > 0 && !slice_to_u64(text, 999, &part)))
        return false;
    for (size_t digits = text.size; digits < 3; digits++)
        part *= 10;
    *ms = seconds * 1000 + part;
    return true;
}

void routes_recordings_frame(struct http_exchange *exchange)
{
    struct slice at;
    struct buffer png;
    uint64_t ms = 0;
    struct error err = {0};
    if (http_query_get(exchange, "at", &at) && !read_seconds(at, &ms)) {
        routes_answer_error(exchange, 400, "at must be seconds since the start, as 12.5");
        return;
    }
    buffer_init(&png, MPS_PICTURE_MAX);
    if (mps_recordings_picture(routes_application(exchange)->recordings, routes_tenant(exchange),
                               http_parameter(exchange, "id"), ms, &png, &err))
        http_answer_bytes(exchange, 200, "image/png", buffer_slice(&png));
    else
        answer_failure(exchange, "Picture", &err);
    buffer_fini(&png);
}

void routes_recordings_remove(struct http_exchange *exchange)
{
    struct error err = {0};
    if (mps_recordings_remove(routes_application(exchange)->recordings, routes_tenant(exchange),
                              http_parameter(exchange, "id"), &err))
        http_answer_empty(exchange, 204);
    else
        answer_failure(exchange, "Recording", &err);
}
