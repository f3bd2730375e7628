/* /api/v1/amt/boot/armed: what the machine is told to do at its next boot, and taking it back. */
#include "amt/boot_armed.h"

#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

struct armed_call {
    struct arena *arena;
    struct amt_boot_armed armed;
};

static bool get_armed(struct amt *amt, void *arg, struct error *err)
{
    struct armed_call *call = arg;
    return amt_boot_armed_get(amt, call->arena, &call->armed, err);
}

static bool disarm(struct amt *amt, void *arg, struct error *err)
{
    struct armed_call *call = arg;
    return amt_boot_armed_clear(amt, call->arena, err);
}

static const struct routes_conversation what = {
    .event = "AMT_BootSettingData",
    .exception = "Exception during Armed Boot request",
    .exception_event = true,
};

static const char *role_name(enum amt_boot_role role)
{
    switch (role) {
    case AMT_BOOT_ROLE_NEXT:
        return "next";
    case AMT_BOOT_ROLE_NONE:
        return "none";
    default:
        return "unknown";
    }
}

void routes_amt_boot_armed_get(struct http_exchange *exchange)
{
    struct armed_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_armed, &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_bool(&json, "armed", call.armed.armed);
    json_put_member_string(&json, "role", role_name(call.armed.role));
    json_put_key(&json, "source");
    if (call.armed.source == NULL)
        json_put_null(&json);
    else
        json_put_string(&json, call.armed.source);
    json_put_key(&json, "settings");
    json_open_array(&json);
    for (size_t i = 0; i < call.armed.setting_count; i++)
        json_put_string(&json, call.armed.settings[i]);
    json_close_array(&json);
    json_close_object(&json);
}

void routes_amt_boot_armed_delete(struct http_exchange *exchange)
{
    struct armed_call call = {.arena = exchange->arena};
    if (routes_converse(exchange, &what, disarm, &call))
        http_answer_empty(exchange, 204);
}
