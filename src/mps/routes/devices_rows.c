/* One device row: get, add, change, delete (spec mps 1.8). */
#include "http/router.h"
#include "http/validate.h"
#include "io/resolve.h"
#include "mps/mps.h"
#include "mps/routes/device_body.h"
#include "mps/routes/device_change.h"
#include "mps/routes/device_json.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "store/holds.h"
#include "store/newcomers.h"
#include "store/passwords.h"

#include <string.h>

void routes_devices_get(struct http_exchange *exchange)
{
    struct guid guid;
    struct store_device device;
    struct error err;
    error_clear(&err);
    if (!routes_guid(exchange, &guid)) {
        http_answer_empty(exchange, 404);
        return;
    }
    if (!store_device_get(routes_application(exchange)->store, exchange->arena, &guid, NULL,
                          &device, &err)) {
        if (err.code == ERROR_NOT_FOUND)
            http_answer_empty(exchange, 404);
        else
            http_answer_failure(exchange, &err);
        return;
    }
    if (strcmp(device.tenant_id, routes_tenant(exchange)) != 0) {
        http_answer_empty(exchange, 204);
        return;
    }
    struct json_writer json = http_answer_json(exchange, 200);
    device_json_put(&json, &device, true, false);
}

static void answer_no_row(struct http_exchange *exchange, const struct guid *guid)
{
    char text[GUID_TEXT_SIZE];
    http_answer_named(
        exchange, 404, "NOT FOUND",
        arena_printf(exchange->arena, "Device ID %s not found", guid_format(guid, text)));
}

static void answer_not_stored(struct http_exchange *exchange, const struct guid *guid,
                              const char *verb, const struct error *err)
{
    char text[GUID_TEXT_SIZE];
    (void)guid_format(guid, text);
    if (err->code == ERROR_CONFLICT) {
        http_answer_named(exchange, 400, "Unique key violation",
                          arena_printf(exchange->arena, "Device ID: %s already exists", text));
        return;
    }
    if (err->code == ERROR_NOT_FOUND) {
        answer_no_row(exchange, guid);
        return;
    }
    if (http_answer_busy(exchange, err))
        return;
    http_log_failure(exchange, err);
    http_answer_named(exchange, 500, "Error",
                      arena_printf(exchange->arena, "Failed to %s device: %s", verb, text));
}

/* A device on the LAN is called by its hostname; one that calls is not, and its agent may name it
 * as it likes. A body that doesn't say which it is, is about the row. False: answered. */
static bool check_hostname(struct http_exchange *exchange, const struct store_device *device)
{
    struct store_device row;
    struct error err;
    error_clear(&err);
    if (device->hostname == NULL || device->hostname[0] == '\0' ||
        io_host_is_valid(device->hostname))
        return true;
    const char *user = device->mps_username;
    if (json_object_get(exchange->json, "mpsusername") == NULL &&
        store_device_get(routes_application(exchange)->store, exchange->arena, &device->guid,
                         routes_tenant(exchange), &row, &err))
        user = row.mps_username;
    if (user != NULL && user[0] != '\0')
        return true;
    http_answer_invalid(exchange, "hostname",
                        "hostname must be a host name or an IP address, without scheme, port or "
                        "spaces, because the device is called by it (it has no mpsusername)");
    return false;
}

/* A device that has a record of another tenant: nothing of it is touched. */
static bool is_another_tenants(struct http_exchange *exchange, const struct guid *guid)
{
    struct store_device row;
    struct error err;
    return store_device_get(routes_application(exchange)->store, exchange->arena, guid, NULL, &row,
                            &err) &&
           strcmp(row.tenant_id, routes_tenant(exchange)) != 0;
}

/* Passwords of a device change by one hand at a time. Whoever provisions it and has proved nothing
 * goes; for anybody else the administrator comes back later. */
static bool store_body(struct http_exchange *exchange, struct device_body *body, bool must_exist,
                       bool *created, struct error *err)
{
    struct store *store = routes_application(exchange)->store;
    struct store_hold hold = {
        .entry.guid = body->device.guid, .proven = true, .administrator = true};
    if (body->has_secrets && !is_another_tenants(exchange, &body->device.guid) &&
        !store_hold_take(store, &hold, err))
        return false;
    bool ok = store_device_put(store, exchange->arena, &body->device, body->fields,
                               body->has_secrets ? &body->secrets : NULL, must_exist, created, err);
    store_hold_give(store, &hold);
    return ok;
}

static void put_device(struct http_exchange *exchange, bool must_exist)
{
    struct device_body body;
    if (!device_body_read(exchange, &body) || !check_hostname(exchange, &body.device))
        return;
    struct guid guid = body.device.guid;
    body.device.tenant_id = routes_tenant(exchange);
    bool created = false;
    struct error err;
    error_clear(&err);
    if (!store_body(exchange, &body, must_exist, &created, &err)) {
        answer_not_stored(exchange, &guid, must_exist ? "update" : "insert", &err);
        return;
    }
    if ((body.secrets.amt_password != NULL || (body.fields & STORE_ACCESS_FIELDS) != 0))
        routes_device_changed(exchange, &guid);
    struct json_writer json = http_answer_json(exchange, created ? 201 : 200);
    device_json_put(&json, &body.device, true, false);
}

void routes_devices_post(struct http_exchange *exchange)
{
    device_body_complete(exchange);
    if (http_validate(exchange, exchange->route->rules))
        put_device(exchange, false);
}

void routes_devices_patch(struct http_exchange *exchange)
{
    put_device(exchange, true);
}

/* What is stored of a device that has no row: agents have left that, or an earlier row. */
static bool forget_secrets(struct http_exchange *exchange, const struct guid *guid,
                           struct error *err)
{
    struct mps_application *application = routes_application(exchange);
    uint64_t total;
    bool had;
    return store_passwords_remove(application->store, guid, routes_tenant(exchange), true, &had,
                                  err) &&
           store_newcomer_remove(application->store, guid, routes_tenant(exchange), &total, err) &&
           (had || error_set(err, ERROR_NOT_FOUND, "nothing is stored of this device"));
}

static void remove_device(struct http_exchange *exchange, const struct guid *guid,
                          bool with_secrets)
{
    struct mps_application *application = routes_application(exchange);
    struct error err;
    error_clear(&err);
    struct store_device row;
    bool known = store_device_get(application->store, exchange->arena, guid,
                                  routes_tenant(exchange), &row, &err);
    /* What is under way on the device is taken back while its credentials are still there. Whether
     * it is connected doesn't matter here. */
    if (known)
        (void)mps_device_disconnect(application->mps, guid, routes_tenant(exchange), &err);
    if (known && store_device_delete(application->store, guid, routes_tenant(exchange),
                                     with_secrets, &err)) {
        routes_device_deleted(exchange, guid);
        http_answer_empty(exchange, 204);
    } else if (err.code == ERROR_NOT_FOUND && with_secrets &&
               forget_secrets(exchange, guid, &err)) {
        http_answer_empty(exchange, 204);
    } else if (err.code == ERROR_NOT_FOUND || err.code == ERROR_FORBIDDEN)
        answer_no_row(exchange, guid);
    else
        http_answer_failure(exchange, &err);
}

void routes_devices_delete(struct http_exchange *exchange)
{
    struct guid guid;
    if (!routes_guid(exchange, &guid)) {
        http_answer_empty(exchange, 404);
        return;
    }
    struct slice flag;
    bool with_secrets =
        http_query_get(exchange, "isSecretToBeDeleted", &flag) && slice_equal_string(flag, "true");
    struct mps_application *application = routes_application(exchange);
    struct store_hold hold = {.entry.guid = guid, .proven = true, .administrator = true};
    struct error err;
    error_clear(&err);
    if (with_secrets && !is_another_tenants(exchange, &guid) &&
        !store_hold_take(application->store, &hold, &err)) {
        if (!http_answer_busy(exchange, &err))
            http_answer_failure(exchange, &err);
        return;
    }
    remove_device(exchange, &guid, with_secrets);
    store_hold_give(application->store, &hold);
}
