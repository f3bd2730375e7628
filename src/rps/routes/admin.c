/* The provisioning service itself: what the toolkit's consoles ask it before anything else (spec
 * rps 1.1 and 1.9). */
#include "http/error_answer.h"
#include "rps/routes/handlers.h"
#include "rps/routes/routes.h"
#include "store/store.h"

/* What agents are told, too (spec rps 2.3). */
#define PROTOCOL_VERSION "4.0.0"

void rps_admin_root(struct http_exchange *exchange)
{
    http_answer_message(exchange, 200, "admin path. use admin/profiles");
}

void rps_admin_version(struct http_exchange *exchange)
{
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "serviceVersion", rps_application_of(exchange)->version);
    json_put_member_string(&json, "protocolVersion", PROTOCOL_VERSION);
    json_close_object(&json);
}

/* Clients look at secretStore.status.initialized and .sealed, as Vault's health has them. */
static void put_secret_store(struct json_writer *json, bool ok)
{
    json_put_key(json, "secretStore");
    json_open_object(json);
    json_put_member_string(json, "name", "SEALED");
    json_put_key(json, "status");
    if (ok) {
        json_open_object(json);
        json_put_member_bool(json, "initialized", true);
        json_put_member_bool(json, "sealed", false);
        json_put_member_bool(json, "standby", false);
        json_close_object(json);
    } else {
        json_put_string(json, "unknown error");
    }
    json_close_object(json);
}

void rps_admin_health(struct http_exchange *exchange)
{
    struct error err;
    error_clear(&err);
    bool ok = store_check(rps_application_of(exchange)->store, &err);
    if (!ok)
        http_log_failure(exchange, &err);
    struct json_writer json = http_answer_json(exchange, ok ? 200 : 503);
    json_open_object(&json);
    json_put_key(&json, "db");
    json_open_object(&json);
    json_put_member_string(&json, "name", "SQLITE");
    json_put_member_string(&json, "status", ok ? "OK" : "unknown error");
    json_close_object(&json);
    put_secret_store(&json, ok);
    json_close_object(&json);
}
