/* /api/v1/amt/clock: the firmware's clock. The toolkit has no such route. */
#include "amt/clock.h"
#include "core/clock.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"

struct clock_call {
    struct arena *arena;
    struct amt_clock_reading reading;
};

static bool get(struct amt *amt, void *arg, struct error *err)
{
    struct clock_call *call = arg;
    return amt_clock_get(amt, call->arena, &call->reading, err);
}

static bool set(struct amt *amt, void *arg, struct error *err)
{
    struct clock_call *call = arg;
    return amt_clock_set(amt, call->arena, &call->reading, err);
}

static void put_times(struct json_writer *json, const struct amt_clock_reading *reading)
{
    char text[CLOCK_TEXT_SIZE];
    json_put_member_string(json, "deviceTime", clock_format(reading->device * 1000, text));
    json_put_member_string(json, "serverTime", clock_format(reading->server * 1000, text));
    json_put_member_int(json, "differenceInSeconds", reading->device - reading->server);
}

void routes_amt_clock_get(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_TimeSynchronizationService",
        .requested = "Clock requested",
        .received = "Clock received",
        .received_has_guid = true,
        .refused = "Clock request failed",
        .refused_event = "Clock request failed",
        .exception = "Exception during clock request",
        .exception_event = true,
    };
    struct clock_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    put_times(&json, &call.reading);
    json_close_object(&json);
}

void routes_amt_clock_set(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_TimeSynchronizationService",
        .requested = "Clock set requested",
        .received = "Clock set",
        .received_has_guid = true,
        .refused = "Clock set request failed",
        .refused_event = "Clock set request failed",
        .exception = "Exception during clock set request",
        .exception_event = true,
    };
    struct clock_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, set, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "status", "SUCCESS");
    json_put_member_int(&json, "ReturnValue", 0);
    json_put_key(&json, "before");
    json_open_object(&json);
    put_times(&json, &call.reading);
    json_close_object(&json);
    json_close_object(&json);
}
