/* The server itself: health, version, document, readiness, metrics (spec mps 1.7). */
#include "core/metrics.h"
#include "http/error_answer.h"
#include "server/routes/handlers.h"
#include "server/routes/process_metrics.h"
#include "server/routes/routes.h"
#include "store/store.h"

#define METRICS_LIMIT (1024 * 1024)

static const struct server_application *application_of(const struct http_exchange *exchange)
{
    return exchange->context;
}

/* One part of the health answer; `status` is the text of a failure. */
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

void server_health(struct http_exchange *exchange)
{
    struct error err;
    error_clear(&err);
    bool ok = store_check(application_of(exchange)->store, &err);
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

void server_version(struct http_exchange *exchange)
{
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "serviceVersion", application_of(exchange)->version);
    json_close_object(&json);
}

/* Console's (spec console 1.2, webui 1.9), whose consoles tell the user when `latest` is another
 * version. This server asks nobody on the Internet, so the latest it knows of is its own. */
void server_release(struct http_exchange *exchange)
{
    const char *version = arena_printf(exchange->arena, "v%s", application_of(exchange)->version);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "current", version);
    json_put_key(&json, "latest");
    json_open_object(&json);
    json_put_member_string(&json, "tag_name", version);
    json_put_member_string(&json, "name", version);
    json_put_member_string(&json, "html_url", "");
    json_close_object(&json);
    json_close_object(&json);
}

/* Consoles hide what has to do with CIRA without it. */
void server_features(struct http_exchange *exchange)
{
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_bool(&json, "ciraEnabled", true);
    json_close_object(&json);
}

void server_document(struct http_exchange *exchange)
{
    http_answer_bytes(exchange, 200, "application/json; charset=utf-8",
                      slice_of(routes_document, routes_document_size));
}

void server_healthz(struct http_exchange *exchange)
{
    http_answer_bytes(exchange, 200, "text/plain; charset=utf-8", SLICE_LITERAL("ok\n"));
}

void server_readyz(struct http_exchange *exchange)
{
    const struct server_application *application = application_of(exchange);
    struct error err;
    error_clear(&err);
    const char *text = "ready\n";
    int status = 200;
    if (!atomic_load(&application->ready)) {
        status = 503;
        text = "starting or shutting down\n";
    } else if (!store_check(application->store, &err)) {
        http_log_failure(exchange, &err);
        status = 503;
        text = "the store doesn't answer\n";
    }
    http_answer_bytes(exchange, status, "text/plain; charset=utf-8", slice_of_string(text));
}

/* What a server counts is nobody else's business, unless its owner says so. */
void server_metrics(struct http_exchange *exchange)
{
    if (!application_of(exchange)->metrics_open && !server_authorize(exchange, exchange->context))
        return;
    struct buffer text;
    buffer_init(&text, METRICS_LIMIT);
    metrics_print(&text);
    process_metrics_print(&text);
    http_answer_bytes(exchange, 200, "text/plain; version=0.0.4; charset=utf-8",
                      buffer_slice(&text));
    buffer_fini(&text);
}
