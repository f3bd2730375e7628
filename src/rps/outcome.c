#include "rps/outcome.h"

#include "core/json_writer.h"

#include <ctype.h>

#define MESSAGE_LIMIT ((size_t)64 * 1024)

static const struct {
    const char *key;
    const char *absent; /* what its details say when it was not part of the run */
} components[RPS_COMPONENT_COUNT] = {
    [RPS_ACTIVATION] = {"Activation", "Activation not part of this configuration"},
    [RPS_WIRED_NETWORK] = {"WiredNetwork", "Wired network not part of this configuration"},
    [RPS_WIRELESS_NETWORK] = {"WirelessNetwork", "Wireless network not part of this configuration"},
    [RPS_TLS] = {"TLS", "TLS not part of this configuration"},
    [RPS_CIRA_PROXY] = {"CIRAProxy", "CIRA proxy not part of this configuration"},
    [RPS_CIRA_CONNECTION] = {"CIRAConnection", "CIRA connection not part of this configuration"},
};

static const char *const results[] = {
    [RPS_NOT_APPLICABLE] = "NotApplicable",
    [RPS_SUCCESS] = "Success",
    [RPS_FAILURE] = "Failure",
};

void rps_outcome_set(struct rps_outcome *outcome, struct arena *arena, enum rps_component component,
                     enum rps_result result, const char *mode, const char *details)
{
    struct slice text = slice_trim(slice_of_string(details));
    while (text.size > 0 && text.data[text.size - 1] == '.')
        text.size--;
    char *copy = arena_string(arena, text);
    copy[0] = (char)toupper((unsigned char)copy[0]);
    outcome->has_components = true;
    outcome->components[component] =
        (struct rps_component_outcome){.result = result, .mode = mode, .details = copy};
}

bool rps_outcome_has_failure(const struct rps_outcome *outcome)
{
    for (size_t i = 0; i < RPS_COMPONENT_COUNT; i++)
        if (outcome->components[i].result == RPS_FAILURE)
            return true;
    return false;
}

static void put_component(struct json_writer *json, const struct rps_component_outcome *component,
                          enum rps_component which)
{
    json_put_key(json, components[which].key);
    json_open_object(json);
    json_put_member_string(json, "Result", results[component->result]);
    if (component->mode != NULL)
        json_put_member_string(json, "Mode", component->mode);
    json_put_member_string(json, "Details",
                           component->details != NULL ? component->details
                                                      : components[which].absent);
    json_close_object(json);
}

void rps_outcome_put_components(const struct rps_outcome *outcome, struct buffer *out)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_open_object(&json);
    for (size_t i = 0; i < RPS_COMPONENT_COUNT; i++)
        if (outcome->components[i].result != RPS_NOT_APPLICABLE)
            put_component(&json, &outcome->components[i], (enum rps_component)i);
    json_close_object(&json);
}

const char *rps_outcome_message(struct arena *arena, const struct rps_outcome *outcome)
{
    const struct {
        const char *key, *text;
    } members[] = {
        {"Status", outcome->status},
        {"Network", outcome->network},
        {"CIRAConnection", outcome->cira},
        {"TLSConfiguration", outcome->tls},
    };
    struct buffer out;
    struct json_writer json;
    if (outcome->plain != NULL)
        return outcome->plain;
    buffer_init(&out, MESSAGE_LIMIT);
    json_writer_init(&json, &out);
    json_open_object(&json);
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        if (members[i].text != NULL)
            json_put_member_string(&json, members[i].key, members[i].text);
    if (outcome->has_components) {
        json_put_key(&json, "Components");
        json_open_object(&json);
        for (size_t i = 0; i < RPS_COMPONENT_COUNT; i++)
            put_component(&json, &outcome->components[i], (enum rps_component)i);
        json_close_object(&json);
    }
    json_close_object(&json);
    const char *message = arena_string(arena, buffer_slice(&out));
    buffer_fini(&out);
    return message;
}
