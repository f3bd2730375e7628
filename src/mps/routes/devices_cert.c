/* The certificate of a device: show, pin, unpin (spec console 1.5). */
#include "core/clock.h"
#include "io/certificate_facts.h"
#include "mps/mps.h"
#include "mps/routes/device_body.h"
#include "mps/routes/device_change.h"
#include "mps/routes/device_json.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

#include <jansson.h>

static void put_time(struct json_writer *json, const char *key, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];
    json_put_member_string(json, key, clock_format(ms, text));
}

static void put_facts(struct json_writer *json, const struct guid *guid,
                      const struct io_certificate_facts *facts)
{
    char text[GUID_TEXT_SIZE];
    json_open_object(json);
    json_put_member_string(json, "guid", guid_format(guid, text));
    json_put_member_string(json, "commonName", facts->common_name);
    json_put_member_string(json, "issuerName", facts->issuer_name);
    json_put_member_string(json, "serialNumber", facts->serial);
    put_time(json, "notBefore", facts->not_before);
    put_time(json, "notAfter", facts->not_after);
    json_put_key(json, "dnsNames");
    json_open_array(json);
    for (size_t i = 0; i < facts->dns_count; i++)
        json_put_string(json, facts->dns_names[i]);
    json_close_array(json);
    json_put_member_string(json, "sha1Fingerprint", facts->sha1);
    json_put_member_string(json, "sha256Fingerprint", facts->sha256);
    json_put_member_string(json, "publicKeyAlgorithm", facts->algorithm);
    json_put_member_int(json, "publicKeySize", facts->bits);
    json_close_object(json);
}

static void answer_not_shown(struct http_exchange *exchange, const struct error *err)
{
    if (err->code == ERROR_NOT_FOUND) {
        routes_answer_absent(exchange);
        return;
    }
    if (http_answer_busy(exchange, err))
        return;
    if (err->code != ERROR_CONFLICT)
        http_log_failure(exchange, err);
    routes_answer_error(exchange, error_http_status(err->code),
                        arena_printf(exchange->arena,
                                     "Certificate request failed for guid : "
                                     "%.*s.: %s",
                                     SLICE_ARG(http_parameter(exchange, "guid")), err->text));
}

void routes_devices_cert_get(struct http_exchange *exchange)
{
    struct guid guid;
    struct slice der = {NULL, 0};
    struct io_certificate_facts facts;
    struct error err;
    error_clear(&err);
    if (!routes_guid(exchange, &guid)) {
        routes_answer_absent(exchange);
    } else if (mps_device_certificate(routes_application(exchange)->mps, &guid,
                                      routes_tenant(exchange), exchange->arena, &der, &err) &&
               io_certificate_describe(exchange->arena, der, &facts, &err)) {
        struct json_writer json = http_answer_json(exchange, 200);
        put_facts(&json, &guid, &facts);
    } else {
        answer_not_shown(exchange, &err);
    }
}

static void answer_not_stored(struct http_exchange *exchange, const struct error *err)
{
    struct slice guid = http_parameter(exchange, "guid");
    if (err->code == ERROR_NOT_FOUND) {
        http_answer_named(
            exchange, 404, "NOT FOUND",
            arena_printf(exchange->arena, "Device ID %.*s not found", SLICE_ARG(guid)));
        return;
    }
    if (http_answer_busy(exchange, err))
        return;
    http_log_failure(exchange, err);
    http_answer_named(
        exchange, 500, "Error",
        arena_printf(exchange->arena, "Failed to update device: %.*s", SLICE_ARG(guid)));
}

/* `hash` NULL: none. */
static void pin(struct http_exchange *exchange, const char *hash)
{
    struct store_device device = {.tenant_id = routes_tenant(exchange), .cert_hash = hash};
    struct guid guid;
    struct error err;
    error_clear(&err);
    if (!routes_guid(exchange, &guid)) {
        (void)error_set(&err, ERROR_NOT_FOUND, "no GUID");
        answer_not_stored(exchange, &err);
        return;
    }
    device.guid = guid;
    if (!store_device_put(routes_application(exchange)->store, exchange->arena, &device,
                          STORE_CERT_HASH, NULL, true, NULL, &err)) {
        answer_not_stored(exchange, &err);
        return;
    }
    routes_device_changed(exchange, &guid);
    struct json_writer json = http_answer_json(exchange, 200);
    device_json_put(&json, &device, true, false);
}

void routes_devices_cert_pin(struct http_exchange *exchange)
{
    const char *text = json_string_value(json_object_get(exchange->json, "sha256Fingerprint"));
    pin(exchange, device_body_cert_hash(exchange->arena, text));
}

void routes_devices_cert_unpin(struct http_exchange *exchange)
{
    pin(exchange, NULL);
}
