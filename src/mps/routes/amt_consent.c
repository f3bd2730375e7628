/* /api/v1/amt/userConsentCode (spec mps 1.12). */
#include "amt/consent.h"

#include "http/body_value.h"
#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/method_answer.h"
#include "mps/routes/routes.h"

#define CODE_DIGITS 6

struct consent_call {
    struct arena *arena;
    uint32_t code;
    struct amt_consent_result result;
};

static bool start(struct amt *amt, void *arg, struct error *err)
{
    struct consent_call *call = arg;
    return amt_consent_start(amt, call->arena, &call->result, err);
}

static bool send_code(struct amt *amt, void *arg, struct error *err)
{
    struct consent_call *call = arg;
    return amt_consent_send(amt, call->arena, call->code, &call->result, err);
}

static bool cancel(struct amt *amt, void *arg, struct error *err)
{
    struct consent_call *call = arg;
    return amt_consent_cancel(amt, call->arena, &call->result, err);
}

/* A refusal has the shape of a success, with status 400. */
static void converse(struct http_exchange *exchange, const struct routes_conversation *what,
                     bool (*fn)(struct amt *amt, void *arg, struct error *err),
                     struct consent_call *call)
{
    if (!routes_converse(exchange, what, fn, call))
        return;
    const struct amt_consent_result *result = &call->result;
    const struct method_answer answer = {
        .header = result->reply.header,
        .return_value = result->return_value,
        .return_text = result->return_text,
        .description = result->description,
    };
    if (result->return_value == 0)
        routes_conversation_succeeded(exchange, what);
    else
        routes_conversation_failed(exchange, what, what->refused_event);
    method_answer_put(exchange, result->return_value == 0 ? 200 : 400, &answer);
}

void routes_amt_consent_start(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "Request_User_Consent_Code",
        .received = "User Consent code requested",
        .received_has_guid = true,
        .refused = "User Consent Request failed",
        .refused_event = "User Consent Request failed",
        .exception = "Exception during User Consent Request",
        .exception_event = true,
    };
    struct consent_call call = {.arena = exchange->arena};
    converse(exchange, &what, start, &call);
}

/* One to six digits, given as text or as a number, which has no leading zeros to keep. */
static bool read_code(const json_t *body, uint32_t *code)
{
    int64_t number = http_body_value_number(body, "consentCode", -1);
    if (http_body_value_text(body, "consentCode").size > CODE_DIGITS || number < 0 ||
        number > 999999)
        return false;
    *code = (uint32_t)number;
    return true;
}

void routes_amt_consent_send(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "Send_User_Consent_Code",
        .received = "User Consent code sent",
        .received_has_guid = true,
        .refused = "User Consent Sent failed",
        .refused_event = "User Consent Sent failed",
        .exception = "Exception during User Consent Sent",
        .exception_event = true,
    };
    struct consent_call call = {.arena = exchange->arena};
    if (read_code(exchange->json, &call.code))
        converse(exchange, &what, send_code, &call);
    else
        http_answer_invalid(exchange, "consentCode", "Invalid value");
}

void routes_amt_consent_cancel(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "Cancel_User_Consent_Code",
        .received = "User Consent code cancelled",
        .received_has_guid = true,
        .refused = "User Consent Cancel failed",
        .refused_event = "User Consent Cancel failed",
        .exception = "Exception during User Consent Cancel",
        .exception_event = true,
    };
    struct consent_call call = {.arena = exchange->arena};
    converse(exchange, &what, cancel, &call);
}
