/* POST and DELETE of /api/v1/amt/certificates/… (spec mps 1.14). */
#include "amt/certificate.h"
#include "core/clock.h"
#include "http/body_value.h"
#include "http/validate.h"
#include "io/credential.h"
#include "mps/routes/conversation.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

/* ---- adding ---- */

struct add_call {
    struct arena *arena;
    struct io_credential_certificate certificate;
    bool trusted;
    struct slice id;
    int64_t return_value;
    struct error refusal; /* of the device */
};

static bool add(struct amt *amt, void *arg, struct error *err)
{
    struct add_call *call = arg;
    if (amt_certificate_add(amt, call->arena, call->certificate.der, call->trusted, &call->id,
                            &call->return_value, err))
        return true;
    if (err->code != ERROR_DEVICE)
        return false;
    call->refusal = *err;
    return true;
}

/* What no rule says of `cert`; NULL when it is good. */
static const char *read_certificate(struct http_exchange *exchange,
                                    struct io_credential_certificate *certificate)
{
    struct slice bytes;
    struct error ignored;
    struct slice text = http_body_value_text(exchange->json, "cert");
    if (!http_body_value_blob(exchange->arena, text, &bytes))
        return "Invalid base64 certificate data";
    if (!io_credential_certificate(exchange->arena, bytes, certificate, &ignored))
        return "Invalid certificate format (not valid DER or PEM)";
    return certificate->expires_ms < clock_wall_ms() ? "Certificate has expired" : NULL;
}

void routes_amt_certificate_add(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_AddCertificate",
        .received = "AMT Certificates added successfully",
        .received_has_guid = true,
        .exception = "Exception during AMT Certificate add",
        .exception_event = true,
    };
    struct add_call call = {
        .arena = exchange->arena,
        .trusted = http_body_value_is_true(exchange->json, "isTrusted"),
    };
    const char *complaint = read_certificate(exchange, &call.certificate);
    if (complaint != NULL) {
        http_answer_invalid(exchange, "cert", complaint);
        return;
    }
    if (!routes_converse(exchange, &what, add, &call))
        return;
    if (call.refusal.code != ERROR_NONE || call.return_value != 0) {
        const char *cause = call.refusal.code != ERROR_NONE ? call.refusal.text
                                                            : amt_status_name(call.return_value);
        routes_answer_error(
            exchange, 400,
            arena_printf(exchange->arena, "Failed to validate or process certificate: %s", cause));
        return;
    }
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_key(&json, "handle");
    json_put_string_slice(&json, call.id);
    json_close_object(&json);
}

/* ---- deleting ---- */

enum obstacle { NONE, NOT_FOUND, READ_ONLY, IN_USE, REFUSED };

struct delete_call {
    struct arena *arena;
    struct slice id;
    enum obstacle obstacle;
    const char *why; /* the uses, or what the device said */
};

static enum obstacle obstacle_to(struct delete_call *call, const struct amt_certificates *all)
{
    const struct amt_certificate *certificate = amt_certificate_find(all, call->id);
    call->why = "";
    if (certificate == NULL)
        return NOT_FOUND;
    if (certificate->read_only)
        return READ_ONLY;
    struct buffer uses;
    buffer_init(&uses, AMT_CERTIFICATES_LIMIT * (AMT_CERTIFICATE_NAME + 32));
    for (size_t i = 0; i < all->use_count; i++) {
        if (!amt_certificate_is_used_by(certificate, &all->uses[i]))
            continue;
        buffer_put_text(&uses, buffer_size(&uses) == 0 ? "" : ", ");
        buffer_put_text(&uses, all->uses[i].name);
    }
    call->why = arena_string(call->arena, buffer_slice(&uses));
    buffer_fini(&uses);
    return *call->why == '\0' ? NONE : IN_USE;
}

static bool look_and_delete(struct amt *amt, struct delete_call *call, struct error *err)
{
    struct amt_certificates all;
    if (!amt_certificate_list(amt, call->arena, &all, err))
        return false;
    call->obstacle = obstacle_to(call, &all);
    if (call->obstacle != NONE || amt_certificate_delete(amt, call->arena, call->id, err))
        return true;
    if (err->code != ERROR_DEVICE)
        return false;
    call->obstacle = REFUSED;
    call->why = arena_printf(call->arena, "%s", err->text);
    return true;
}

/* Kept apart from a profile that is being added with this certificate. */
static bool delete_certificate(struct amt *amt, void *arg, struct error *err)
{
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = look_and_delete(amt, arg, err);
    amt_sequence_end(amt);
    return ok;
}

static const char *sentence(const struct delete_call *call)
{
    switch (call->obstacle) {
    case NONE:
        break;
    case NOT_FOUND:
        return arena_printf(call->arena, "Certificate with handle '%.*s' not found",
                            SLICE_ARG(call->id));
    case READ_ONLY:
        return arena_printf(call->arena,
                            "Cannot delete certificate '%.*s': Certificate is read-only and cannot "
                            "be removed",
                            SLICE_ARG(call->id));
    case IN_USE:
        return arena_printf(call->arena,
                            "Cannot delete certificate '%.*s': Certificate is currently referenced "
                            "by the following AMT profiles/configurations: %s. Remove these "
                            "references before deleting the certificate.",
                            SLICE_ARG(call->id), call->why);
    case REFUSED:
        return arena_printf(call->arena, "Cannot delete certificate '%.*s': %s",
                            SLICE_ARG(call->id), call->why);
    }
    return "";
}

void routes_amt_certificate_delete(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_DeleteCertificate",
        .received = "AMT Certificate deleted successfully",
        .received_has_guid = true,
        .exception = "Exception during AMT Certificate delete",
        .exception_event = true,
    };
    struct delete_call call = {
        .arena = exchange->arena,
        .id = http_parameter(exchange, "instanceId"),
    };
    if (!routes_converse(exchange, &what, delete_certificate, &call))
        return;
    if (call.obstacle == NOT_FOUND) {
        http_answer_error(exchange, 404, "Certificate not found", sentence(&call));
    } else if (call.obstacle != NONE) {
        routes_answer_error(exchange, call.obstacle == IN_USE ? 409 : 400, sentence(&call));
    } else {
        routes_conversation_succeeded(exchange, &what);
        struct json_writer json = http_answer_json(exchange, 200);
        json_open_object(&json);
        json_put_member_string(&json, "message", "Certificate deleted successfully");
        json_put_key(&json, "handle");
        json_put_string_slice(&json, call.id);
        json_close_object(&json);
    }
}
