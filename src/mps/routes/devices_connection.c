/* A device's connection: redirection status, refresh, disconnect (spec mps 1.8); and what its
 * passwords prove. */
#include "mps/mps.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "store/passwords.h"

#include <string.h>

static void put_status(struct http_exchange *exchange, const struct mps_device_status *status)
{
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_bool(&json, "isKVMConnected", status->kvm);
    json_put_member_bool(&json, "isSOLConnected", status->sol);
    json_put_member_bool(&json, "isIDERConnected", status->ider);
    json_close_object(&json);
}

void routes_devices_redirectstatus(struct http_exchange *exchange)
{
    struct guid guid;
    struct mps_device_status status = {0};
    struct error err;
    error_clear(&err);
    if (routes_guid(exchange, &guid) &&
        !mps_device_status(routes_application(exchange)->mps, &guid, &status, &err))
        http_answer_failure(exchange, &err);
    else if ((!status.connected && !status.lan) ||
             strcmp(status.tenant_id, routes_tenant(exchange)) != 0)
        routes_answer_absent(exchange);
    else
        put_status(exchange, &status);
}

static void answer_done(struct http_exchange *exchange, const char *what)
{
    struct slice guid = http_parameter(exchange, "guid");
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_int(&json, "success", 200);
    json_put_member_string(&json, "description",
                           arena_printf(exchange->arena, "%s : %.*s", what, SLICE_ARG(guid)));
    json_close_object(&json);
}

static void answer_exception(struct http_exchange *exchange, const char *sentence,
                             const struct error *err)
{
    if (http_answer_busy(exchange, err))
        return;
    http_log_failure(exchange, err);
    routes_answer_error(exchange, 500,
                        arena_printf(exchange->arena, "%s: %s", sentence, err->text));
}

void routes_devices_refresh(struct http_exchange *exchange)
{
    struct guid guid;
    struct error err;
    error_clear(&err);
    if (!routes_guid(exchange, &guid))
        http_answer_empty(exchange, 404);
    else if (mps_device_refresh(routes_application(exchange)->mps, &guid, routes_tenant(exchange),
                                &err))
        answer_done(exchange, "Device info refreshed");
    else if (err.code == ERROR_NOT_FOUND)
        http_answer_empty(exchange, 404);
    else
        answer_exception(exchange, "Exception during Device Refresh", &err);
}

void routes_devices_disconnect(struct http_exchange *exchange)
{
    struct guid guid;
    struct error err;
    error_clear(&err);
    if (!routes_guid(exchange, &guid))
        routes_answer_absent(exchange);
    else if (mps_device_disconnect(routes_application(exchange)->mps, &guid,
                                   routes_tenant(exchange), &err))
        answer_done(exchange, "Device CIRA connection disconnected");
    else if (err.code == ERROR_NOT_FOUND)
        routes_answer_absent(exchange);
    else
        answer_exception(exchange, "Exception during Device Disconnect", &err);
}

/* For a server that provisions the devices of this one: a password is rotated here. Who may ask may
 * also replace it. */
void routes_devices_proof(struct http_exchange *exchange)
{
    struct store_passwords stored = {0};
    struct guid guid;
    struct error err;
    error_clear(&err);
    const char *password = json_string_value(json_object_get(exchange->json, "password"));
    if (!routes_guid(exchange, &guid)) {
        http_answer_empty(exchange, 404);
        return;
    }
    if (!store_passwords_get(routes_application(exchange)->store, exchange->arena, &guid,
                             routes_tenant(exchange), &stored, &err) &&
        err.code != ERROR_NOT_FOUND) {
        http_answer_failure(exchange, &err);
        return;
    }
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_bool(&json, "known", store_passwords_have_proven(&stored, STORE_PASSWORD_AMT));
    json_put_member_bool(&json, "proven",
                         password != NULL &&
                             store_passwords_prove(&stored, slice_of_string(password)));
    json_close_object(&json);
    store_passwords_wipe(&stored);
}
