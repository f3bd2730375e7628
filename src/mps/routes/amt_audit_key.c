/* /api/v1/amt/log/audit/{guid}/signingKey: the key that the device signs exported logs with. What
 * is wrong with a body is said in words and never echoed, as the key would be. */
#include "amt/audit_log.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "mps/routes/conversation.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/log_answer.h"

#define KEY_BYTES  4096 /* RSA of 2,048 bits has 1,200 */
#define MECHANISM  1    /* RSA-SHA256 unless another one is asked for */
#define MECHANISMS 3

struct key_call {
    struct arena *arena;
    uint32_t mechanism;
    struct slice key;
    struct slice certificates[AMT_AUDIT_CERTIFICATES_MOST];
    size_t count;
};

static bool set_key(struct amt *amt, void *arg, struct error *err)
{
    const struct key_call *call = arg;
    return amt_audit_log_set_key(amt, call->arena, call->mechanism, call->key, call->certificates,
                                 call->count, err);
}

/* Base64 of at most `most` bytes that begin as DER of a sequence does. */
static bool read_der(struct arena *arena, const json_t *value, size_t most, struct slice *der)
{
    struct slice text = slice_of(json_string_value(value), json_string_length(value));
    return json_is_string(value) && encoding_base64_decode(arena, text, der) && der->size > 2 &&
           der->size <= most && der->data[0] == 0x30;
}

/* What is wrong with the body; NULL when it is good. */
static const char *read_body(const json_t *body, struct key_call *call)
{
    const json_t *mechanism = json_object_get(body, "signingMechanism");
    const json_t *certificates = json_object_get(body, "certificates");
    size_t total = 0;
    if (!read_der(call->arena, json_object_get(body, "signingKey"), KEY_BYTES, &call->key))
        return "signingKey should be an RSA key, DER in base64";
    if (mechanism != NULL && (!json_is_integer(mechanism) || json_integer_value(mechanism) < 0 ||
                              json_integer_value(mechanism) >= MECHANISMS))
        return "signingMechanism should be 0, 1 or 2";
    if (mechanism != NULL)
        call->mechanism = (uint32_t)json_integer_value(mechanism);
    call->count = json_array_size(certificates);
    if (call->count == 0 || call->count > AMT_AUDIT_CERTIFICATES_MOST)
        return "certificates should be an array of 1 to 5 certificates";
    for (size_t i = 0; i < call->count; i++) {
        if (!read_der(call->arena, json_array_get(certificates, i), AMT_AUDIT_CERTIFICATES_BYTES,
                      &call->certificates[i]))
            return "certificates should be X.509 certificates, DER in base64";
        total += call->certificates[i].size;
    }
    return total <= AMT_AUDIT_CERTIFICATES_BYTES ? NULL
                                                 : "certificates should have at most 4100 bytes "
                                                   "together";
}

void routes_amt_audit_log_set_key(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_AuditLog",
        .requested = "Audit Log signing key requested",
        .received = "Audit Log signing key set",
        .received_has_guid = true,
        .refused = "Audit Log signing key request failed",
        .refused_event = "Audit Log signing key request failed",
        .exception = "Exception during AMT AuditLog signing key request",
        .exception_event = true,
    };
    struct key_call call = {.arena = exchange->arena, .mechanism = MECHANISM};
    const char *complaint = read_body(exchange->json, &call);
    bool ok = false;
    if (complaint != NULL)
        routes_answer_error(exchange, 400, complaint);
    else
        ok = routes_converse(exchange, &what, set_key, &call);
    if (call.key.size > 0)
        memory_wipe((uint8_t *)(uintptr_t)call.key.data, call.key.size);
    if (!ok)
        return;
    routes_conversation_succeeded(exchange, &what);
    routes_answer_success(exchange);
}
