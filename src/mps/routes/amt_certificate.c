/* /api/v1/amt/certificates/… (spec mps 1.14). */
#include "amt/certificate.h"
#include "amt/reading.h"
#include "mps/routes/conversation.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/instance_json.h"
#include "mps/routes/routes.h"

#define NAME_LIMIT 1024 /* bytes; a distinguished name of a certificate has a few hundred */

/* ---- listing ---- */

struct list_call {
    struct arena *arena;
    struct amt_certificates all;
    struct error absence; /* the firmware keeps none; unless .code is ERROR_NONE */
};

static bool list(struct amt *amt, void *arg, struct error *err)
{
    struct list_call *call = arg;
    if (amt_certificate_list(amt, call->arena, &call->all, err))
        return true;
    if (err->code != ERROR_UNSUPPORTED)
        return false;
    call->absence = *err;
    return true;
}

static const char *type_of_use(const struct amt_certificate_use *use)
{
    static const char *const types[] = {[AMT_CERTIFICATE_TLS] = "TLS",
                                        [AMT_CERTIFICATE_WIRED] = "Wired",
                                        [AMT_CERTIFICATE_WIRELESS] = "Wireless"};
    return types[use->user];
}

static void put_slice(struct json_writer *json, const char *key, struct slice value)
{
    json_put_key(json, key);
    json_put_string_slice(json, value);
}

/* A shared root is written once per use, so that what a device sends for it is bounded: a text
 * longer than any certificate's is left out, a name is cut. */
static void put_bounded(struct json_writer *json, const char *key, const struct wsman_xml *instance,
                        const char *property, size_t most, bool cut)
{
    struct slice text = wsman_xml_child_text(instance, property);
    if (text.size > most)
        text = cut ? slice_first(text, most) : (struct slice){NULL, 0};
    put_slice(json, key, text);
}

static void put_certificate(struct json_writer *json, const struct list_call *call,
                            const struct amt_certificate *certificate)
{
    const struct wsman_xml *instance = certificate->instance;
    json_open_object(json);
    put_bounded(json, "elementName", instance, "ElementName", NAME_LIMIT, true);
    put_slice(json, "instanceID", certificate->id);
    put_bounded(json, "x509Certificate", instance, "X509Certificate", 2 * AMT_CERTIFICATE_BYTES,
                false);
    json_put_member_bool(json, "trustedRootCertificate", certificate->trusted_root);
    put_bounded(json, "issuer", instance, "Issuer", NAME_LIMIT, true);
    put_bounded(json, "subject", instance, "Subject", NAME_LIMIT, true);
    json_put_member_bool(json, "readOnlyCertificate", certificate->read_only);
    put_slice(json, "publicKeyHandle",
              certificate->key == NULL ? (struct slice){NULL, 0} : certificate->key->id);
    json_put_key(json, "associatedProfiles");
    json_open_array(json);
    for (size_t i = 0; i < call->all.use_count; i++)
        if (amt_certificate_is_used_by(certificate, &call->all.uses[i]))
            json_put_string(json, call->all.uses[i].name);
    json_close_array(json);
    put_slice(json, "displayName", slice_first(amt_certificate_name(certificate), NAME_LIMIT));
    json_close_object(json);
}

static void put_key(struct json_writer *json, const struct amt_key *key)
{
    json_open_object(json);
    instance_json_text(json, "elementName", key->instance, "ElementName");
    put_slice(json, "instanceID", key->id);
    put_bounded(json, "derKey", key->instance, "DERKey", 2 * AMT_CERTIFICATE_BYTES, false);
    if (key->certificate != NULL)
        put_slice(json, "certificateHandle", key->certificate->id);
    json_close_object(json);
}

static void put_use(struct json_writer *json, const struct list_call *call,
                    const struct amt_certificate_use *use)
{
    json_open_object(json);
    json_put_member_string(json, "type", type_of_use(use));
    put_slice(json, "profileID", use->profile);
    if (use->root != NULL) {
        json_put_key(json, "rootCertificate");
        put_certificate(json, call, use->root);
    }
    if (use->client != NULL) {
        json_put_key(json, "clientCertificate");
        put_certificate(json, call, use->client);
    }
    if (use->client != NULL && use->client->key != NULL) {
        json_put_key(json, "publicKey");
        put_key(json, use->client->key);
    }
    json_close_object(json);
}

static void put_all(struct json_writer *json, const struct list_call *call)
{
    json_open_object(json);
    json_put_key(json, "certificates");
    json_open_object(json);
    json_put_key(json, "keyManagementItems");
    json_open_array(json);
    json_close_array(json);
    json_put_key(json, "publicKeyCertificateItems");
    json_open_array(json);
    for (size_t i = 0; i < call->all.count; i++)
        put_certificate(json, call, &call->all.certificates[i]);
    json_close_array(json);
    json_close_object(json);
    json_put_key(json, "publicKeys");
    json_open_object(json);
    json_put_key(json, "publicPrivateKeyPairItems");
    json_open_array(json);
    for (size_t i = 0; i < call->all.key_count; i++)
        put_key(json, &call->all.keys[i]);
    json_close_array(json);
    json_close_object(json);
    json_put_key(json, "profileAssociation");
    json_open_array(json);
    for (size_t i = 0; i < call->all.use_count; i++)
        put_use(json, call, &call->all.uses[i]);
    json_close_array(json);
    json_close_object(json);
}

void routes_amt_certificate_list(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_GetCertificates",
        .requested = "AMT Certificates requested",
        .received = "AMT Certificates retrieved",
        .received_has_guid = true,
        .refused = "AMT Certificates request failed",
        .refused_event = "AMT Certificates request failed",
        .exception = "Exception during AMT Certificates request",
        .exception_event = true,
    };
    struct list_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, list, &call))
        return;
    if (call.absence.code != ERROR_NONE) {
        http_answer_error(exchange, 404, "Certificates not found",
                          arena_printf(exchange->arena, "AMT Certificates request failed: %s",
                                       call.absence.text));
        return;
    }
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    put_all(&json, &call);
}
