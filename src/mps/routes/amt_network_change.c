/* POST /api/v1/amt/network/linkPreference/{guid} (spec mps 1.16). */
#include "amt/ethernet.h"
#include "http/body_value.h"
#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

struct link_call {
    struct arena *arena;
    int64_t preference;
    int64_t timeout_s;
    bool found;
    int64_t return_value;
};

static bool prefer_link(struct amt *amt, void *arg, struct error *err)
{
    struct link_call *call = arg;
    return amt_ethernet_prefer_link(amt, call->arena, (uint32_t)call->preference,
                                    (uint32_t)call->timeout_s, &call->found, &call->return_value,
                                    err);
}

/* Both generations of clients find their member: ReturnValue and returnValue. */
static void answer_refusal(struct http_exchange *exchange, const struct routes_conversation *what,
                           int status, const char *error, const char *cause, int64_t return_value)
{
    struct slice guid = http_parameter(exchange, "guid");
    const char *text = arena_printf(
        exchange->arena, "Set Link Preference failed: %s for guid : %.*s.", cause, SLICE_ARG(guid));
    routes_conversation_failed(exchange, what, text);
    struct json_writer json = http_answer_json(exchange, status);
    json_open_object(&json);
    json_put_member_string(&json, "error", error);
    json_put_member_string(&json, "errorDescription", text);
    json_put_member_int(&json, "returnValue", return_value);
    json_close_object(&json);
}

void routes_amt_network_link(struct http_exchange *exchange)
{
    struct routes_conversation what = {
        .event = "AMT_LinkPreference",
        .exception = "Exception during Set Link Preference",
        .exception_event = true,
    };
    struct link_call call = {
        .arena = exchange->arena,
        .preference = http_body_value_number(exchange->json, "linkPreference", 0),
        .timeout_s = http_body_value_number(exchange->json, "timeout", -1),
    };
    /* An array passes the rules element by element. */
    if (call.preference < 1 || call.preference > 2) {
        http_answer_invalid(exchange, "linkPreference",
                            "linkPreference must be 1 (ME) or 2 (HOST)");
        return;
    }
    if (call.timeout_s < 0 || call.timeout_s > UINT32_MAX) {
        http_answer_invalid(exchange, "timeout", "timeout must be a non-negative integer");
        return;
    }
    what.received =
        call.preference == 1 ? "Link Preference set to ME" : "Link Preference set to HOST";
    if (!routes_converse(exchange, &what, prefer_link, &call))
        return;
    if (!call.found) {
        struct slice guid = http_parameter(exchange, "guid");
        answer_refusal(
            exchange, &what, 404, "No WiFi port found on the device",
            arena_printf(exchange->arena, "No WiFi port found for guid : %.*s.", SLICE_ARG(guid)),
            -1);
        return;
    }
    const char *name = amt_status_name(call.return_value);
    if (call.return_value != 0) {
        bool known = !slice_equal_string(slice_of_string(name), "UNKNOWN_ERROR");
        answer_refusal(exchange, &what, 400, "Incorrect URI or Bad Request",
                       known ? name : "Unknown error", call.return_value);
        return;
    }
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_int(&json, "ReturnValue", 0);
    json_put_member_string(&json, "ReturnValueStr", name);
    json_put_member_int(&json, "returnValue", 0);
    json_close_object(&json);
}
