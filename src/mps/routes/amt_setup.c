/* DELETE /api/v1/amt/deactivate (spec mps 1.17). */
#include "amt/setup.h"

#include "mps/forget.h"
#include "mps/routes/conversation.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "mps/routes/wsman_json.h"

struct unprovision_call {
    struct arena *arena;
    struct wsman_reply reply;
    int64_t return_value;
};

static bool unprovision(struct amt *amt, void *arg, struct error *err)
{
    struct unprovision_call *call = arg;
    return amt_setup_unprovision(amt, call->arena, &call->reply, &call->return_value, err);
}

/* The device is as good as gone. False: answered. */
static bool forget(struct http_exchange *exchange)
{
    struct mps_application *application = routes_application(exchange);
    struct guid guid;
    struct error err;
    error_clear(&err);
    if (!routes_guid(exchange, &guid) || mps_device_forget(application->mps, application->store,
                                                           &guid, routes_tenant(exchange), &err))
        return true;
    http_log_failure(exchange, &err);
    /* Never 503: to try again would not help, because nobody reaches the device any more. */
    routes_answer_error(exchange, 500,
                        arena_printf(exchange->arena,
                                     "%s. Delete it with DELETE /api/v1/devices/%.*s"
                                     "?isSecretToBeDeleted=true.",
                                     err.text, SLICE_ARG(http_parameter(exchange, "guid"))));
    return false;
}

void routes_amt_setup_deactivate(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_Unprovision",
        .exception = "Exception during unprovision request",
        .exception_event = true,
    };
    struct unprovision_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, unprovision, &call))
        return;
    if (call.return_value == 0 && !forget(exchange))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    if (call.return_value != 0) {
        wsman_json_put(&json, wsman_xml_child(call.reply.body, "Unprovision_OUTPUT"));
        return;
    }
    json_open_object(&json);
    json_put_member_string(&json, "status", "SUCCESS");
    json_close_object(&json);
}
