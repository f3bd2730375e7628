/* /api/v1/admin/provisioning: the sessions that run, and what is kept of those that are over; and
 * tokens for who calls in. */
#include "access/access.h"
#include "core/clock.h"
#include "http/error_answer.h"
#include "http/validate.h"
#include "rps/routes/handlers.h"
#include "rps/routes/routes.h"
#include "rps/rps_parts.h"
#include "store/provisionings.h"

#include <string.h>

#define MINUTES_DEFAULT 1440

static void put_time(struct json_writer *json, const char *key, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];
    json_put_member_string(json, key, ms == STORE_NEVER ? NULL : clock_format(ms, text));
}

static void put_running(struct json_writer *json, const struct rps_live_facts *facts)
{
    char guid[GUID_TEXT_SIZE];
    json_open_object(json);
    json_put_member_string(json, "guid", guid_format(&facts->guid, guid));
    json_put_member_string(json, "command", facts->command);
    json_put_member_string(json, "profile", facts->profile);
    json_put_member_string(json, "step", facts->step);
    put_time(json, "started", facts->started_ms);
    put_time(json, "since", facts->since_ms);
    json_put_member_int(json, "waitedMs", (int64_t)facts->waited_ms);
    json_close_object(json);
}

void rps_provisioning_list(struct http_exchange *exchange)
{
    struct rps_live_facts *list;
    size_t count;
    rps_live_list(&rps_application_of(exchange)->rps->live, exchange->arena, rps_tenant(exchange),
                  NULL, &list, &count);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_array(&json);
    for (size_t i = 0; i < count; i++)
        put_running(&json, &list[i]);
    json_close_array(&json);
}

static void put_past(struct json_writer *json, const struct store_provisioning *past)
{
    json_open_object(json);
    json_put_member_string(json, "command", past->command);
    json_put_member_string(json, "profile", past->profile);
    json_put_member_string(json, "outcome", store_outcome_name(past->outcome));
    put_time(json, "started", past->started);
    put_time(json, "finished", past->finished);
    json_put_member_string(json, "step", past->step);
    json_put_member_string(json, "message", past->message);
    json_put_key(json, "steps");
    json_put_raw(json, slice_of_string(past->steps == NULL ? "[]" : past->steps));
    json_close_object(json);
}

void rps_provisioning_get(struct http_exchange *exchange)
{
    const struct rps_application *application = rps_application_of(exchange);
    struct store_provisioning *past;
    struct rps_live_facts *list;
    struct guid guid;
    struct error err;
    size_t running, count;
    uint64_t total;
    if (!guid_parse(http_parameter(exchange, "guid"), &guid)) {
        http_answer_named(exchange, 404, "NotFound", "guid is no GUID");
        return;
    }
    rps_live_list(&application->rps->live, exchange->arena, rps_tenant(exchange), &guid, &list,
                  &running);
    if (!store_provisioning_list(application->store, exchange->arena, &guid, rps_tenant(exchange),
                                 -1, STORE_PROVISIONINGS_KEPT, 0, &past, &count, &total, &err)) {
        http_answer_failure(exchange, &err);
        return;
    }
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_key(&json, "running");
    if (running > 0)
        put_running(&json, &list[0]);
    else
        json_put_null(&json);
    json_put_key(&json, "history");
    json_open_array(&json);
    for (size_t i = 0; i < count; i++)
        put_past(&json, &past[i]);
    json_close_array(&json);
    json_close_object(&json);
}

/* A member that is misspelled must not make a token that is good for longer than was meant. False
 * when it has answered. */
static bool has_known_members(struct http_exchange *exchange)
{
    json_t *body = exchange->json;
    if (body != NULL && !json_is_object(body)) {
        http_answer_invalid(exchange, "", "the body must be an object");
        return false;
    }
    for (void *at = json_object_iter(body); at != NULL; at = json_object_iter_next(body, at)) {
        const char *key = json_object_iter_key(at);
        if (strcmp(key, "expiresInMinutes") == 0 || strcmp(key, "purpose") == 0 ||
            strcmp(key, "device") == 0)
            continue;
        http_answer_invalid(exchange, arena_string(exchange->arena, slice_of_string(key)),
                            "expiresInMinutes, purpose and device are all that is known here");
        return false;
    }
    return true;
}

/* Which devices the agent is to speak for; *device is NULL for none. False when it has answered. */
static bool read_device(struct http_exchange *exchange, bool assistant, const char **device)
{
    const char *text = json_string_value(json_object_get(exchange->json, "device"));
    struct guid guid;
    *device = NULL;
    if (text == NULL)
        return true;
    if (assistant)
        http_answer_invalid(exchange, "device", "device is for tokens of agents only");
    else if (strcmp(text, "all") == 0)
        *device = ACCESS_ALL_DEVICES;
    else if (guid_parse(slice_of_string(text), &guid))
        *device = guid_format(&guid, arena_alloc(exchange->arena, GUID_TEXT_SIZE));
    else
        http_answer_invalid(exchange, "device", "device must be a GUID, or all");
    return *device != NULL;
}

void rps_agent_tokens_make(struct http_exchange *exchange)
{
    if (!has_known_members(exchange))
        return;
    const json_t *given = json_object_get(exchange->json, "expiresInMinutes");
    const char *purpose = json_string_value(json_object_get(exchange->json, "purpose"));
    bool assistant = purpose != NULL && purpose[0] == 'e';
    uint64_t minutes = MINUTES_DEFAULT;
    if (json_is_integer(given))
        minutes = (uint64_t)json_integer_value(given);
    else if (json_is_string(given)) /* the rule takes digits, too */
        (void)slice_to_u64(slice_of_string(json_string_value(given)), UINT32_MAX, &minutes);
    char when[CLOCK_TEXT_SIZE];
    struct access_bearer bearer = {.tenant_id = rps_tenant(exchange)};
    struct slice token;
    struct error err;
    if (!read_device(exchange, assistant, &bearer.device))
        return;
    if (!access_issue_for(rps_application_of(exchange)->access, exchange->arena,
                          assistant ? ACCESS_ASSISTANT : ACCESS_AGENT, &bearer, (uint32_t)minutes,
                          &token, &err)) {
        http_answer_failure(exchange, &err);
        return;
    }
    struct json_writer json = http_answer_json(exchange, 201);
    json_open_object(&json);
    json_put_key(&json, "token");
    json_put_string_slice(&json, token);
    json_put_member_string(&json, "purpose", assistant ? "enterprise-assistant" : "agent");
    json_put_member_string(&json, "tenantId", bearer.tenant_id);
    json_put_member_string(&json, "expires",
                           clock_format(clock_wall_ms() + (int64_t)minutes * 60000, when));
    json_close_object(&json);
}
