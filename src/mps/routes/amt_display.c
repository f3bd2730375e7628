/* /api/v1/amt/kvm/displays (spec mps 1.15). */
#include "amt/display.h"

#include "http/body_value.h"
#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "mps/routes/wsman_json.h"

struct displays_call {
    struct arena *arena;
    unsigned index;
    struct wsman_reply put;
    struct amt_display displays[AMT_DISPLAYS_MOST];
    size_t count;
};

static bool list(struct amt *amt, void *arg, struct error *err)
{
    struct displays_call *call = arg;
    return amt_display_list(amt, call->arena, call->displays, &call->count, err);
}

static bool choose(struct amt *amt, void *arg, struct error *err)
{
    struct displays_call *call = arg;
    return amt_display_choose(amt, call->arena, call->index, &call->put, err) &&
           list(amt, arg, err);
}

static void put_display(struct json_writer *json, size_t index, const struct amt_display *display)
{
    json_open_object(json);
    json_put_member_int(json, "displayIndex", (int64_t)index);
    json_put_member_bool(json, "isActive", display->is_active);
    json_put_member_int(json, "upperLeftX", display->left);
    json_put_member_int(json, "upperLeftY", display->top);
    json_put_member_int(json, "resolutionX", display->width);
    json_put_member_int(json, "resolutionY", display->height);
    json_put_member_bool(json, "isDefault", display->is_default);
    if (display->role != NULL)
        json_put_member_string(json, "role", display->role);
    json_close_object(json);
}

static void put_displays(struct json_writer *json, const struct displays_call *call)
{
    json_put_key(json, "displays");
    json_open_array(json);
    for (size_t i = 0; i < call->count; i++)
        put_display(json, i, &call->displays[i]);
    json_close_array(json);
}

void routes_amt_displays_get(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_KVM",
        .exception = "Exception during get KVM display setting data",
        .exception_event = true,
    };
    struct displays_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, list, &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    put_displays(&json, &call);
    json_close_object(&json);
}

/* Both what MPS answers, the device's answer to the Put, and what Console answers, the screens. */
void routes_amt_displays_put(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_KVM",
        .exception = "Exception during set KVM display setting data",
        .exception_event = true,
    };
    struct displays_call call = {.arena = exchange->arena};
    int64_t index = http_body_value_number(exchange->json, "displayIndex", -1);
    if (index < 0 || index >= AMT_DISPLAYS_MOST) {
        http_answer_invalid(exchange, "displayIndex", "Invalid value");
        return;
    }
    call.index = (unsigned)index;
    if (!routes_converse(exchange, &what, choose, &call))
        return;
    const struct wsman_xml *settings =
        amt_instance(&call.put, &wsman_IPS_KVMRedirectionSettingData);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    if (settings != NULL) {
        json_put_key(&json, "IPS_KVMRedirectionSettingData");
        wsman_json_put(&json, settings);
    }
    put_displays(&json, &call);
    json_close_object(&json);
}
