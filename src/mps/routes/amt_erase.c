/* /api/v1/amt/boot/remoteErase (spec console 1.6, remote platform erase). */
#include "amt/erase.h"

#include "http/body_value.h"
#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

struct erase_call {
    struct arena *arena;
    struct amt_erase_targets targets;
    struct slice password;
};

static bool get_offers(struct amt *amt, void *arg, struct error *err)
{
    struct erase_call *call = arg;
    return amt_erase_offers(amt, call->arena, &call->targets, err);
}

static bool erase(struct amt *amt, void *arg, struct error *err)
{
    struct erase_call *call = arg;
    return amt_erase_start(amt, call->arena, &call->targets, call->password, err);
}

void routes_amt_erase_get(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_BootSettingData",
        .exception = "Exception during Remote Platform Erase request",
        .exception_event = true,
    };
    struct erase_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_offers, &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_bool(&json, "secureEraseAllSSDs", call.targets.disks);
    json_put_member_bool(&json, "tpmClear", call.targets.tpm);
    json_put_member_bool(&json, "restoreBIOSToEOM", call.targets.bios);
    json_put_member_bool(&json, "unconfigureCSME", call.targets.firmware);
    json_close_object(&json);
}

/* False: answered. */
static bool read_targets(struct http_exchange *exchange, struct erase_call *call)
{
    const json_t *body = exchange->json;
    call->targets = (struct amt_erase_targets){
        .disks = http_body_value_is_true(body, "secureEraseAllSSDs"),
        .tpm = http_body_value_is_true(body, "tpmClear"),
        .bios = http_body_value_is_true(body, "restoreBIOSToEOM"),
        .firmware = http_body_value_is_true(body, "unconfigureCSME"),
    };
    call->password = http_body_value_text(body, "ssdPassword");
    const struct amt_erase_targets *targets = &call->targets;
    if (!targets->disks && !targets->tpm && !targets->bios && !targets->firmware) {
        http_answer_invalid(exchange, "", "At least one erase option must be enabled");
        return false;
    }
    if (call->password.size > AMT_ERASE_PASSWORD_LIMIT) {
        http_answer_invalid(exchange, "ssdPassword", "SSD password must not exceed 32 bytes");
        return false;
    }
    return true;
}

void routes_amt_erase_post(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_BootSettingData",
        .refused = "Remote Platform Erase request failed",
        .refused_event = "Internal Service Error",
        .exception = "Exception during Remote Platform Erase request",
        .exception_event = true,
    };
    struct erase_call call = {.arena = exchange->arena};
    if (!read_targets(exchange, &call) || !routes_converse(exchange, &what, erase, &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "status", "success");
    json_close_object(&json);
}
