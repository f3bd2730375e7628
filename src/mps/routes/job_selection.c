#include "mps/routes/job_selection.h"

#include "http/validate.h"
#include "mps/routes/routes.h"

#include <string.h>

static bool invalid(struct http_exchange *exchange, const char *field, const char *message)
{
    http_answer_invalid(exchange, field, message);
    return false;
}

/* Borrowed from the body. */
static struct slice string_of(const json_t *value)
{
    return slice_of(json_string_value(value), json_string_length(value));
}

static bool read_guids(struct http_exchange *exchange, const json_t *list,
                       struct job_selection *selection)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count == 0)
        return invalid(exchange, "selection.guids", "guids should be a list of GUIDs");
    selection->guids = arena_array(exchange->arena, count, sizeof *selection->guids);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        if (!json_is_string(item) || !guid_parse(string_of(item), &selection->guids[i]))
            return invalid(exchange, "selection.guids", "guids should be a list of GUIDs");
    }
    selection->count = count;
    return true;
}

static bool read_tags(struct http_exchange *exchange, const json_t *list, const json_t *method,
                      struct store_filter *filter)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count == 0)
        return invalid(exchange, "selection.tags", "tags should be a list of tags");
    const char **tags = arena_array(exchange->arena, count, sizeof *tags);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        if (!json_is_string(item) || json_string_length(item) == 0)
            return invalid(exchange, "selection.tags", "tags should be a list of tags");
        tags[i] = json_string_value(item);
    }
    if (method != NULL &&
        !(json_is_string(method) && (strcmp(json_string_value(method), "AND") == 0 ||
                                     strcmp(json_string_value(method), "OR") == 0)))
        return invalid(exchange, "selection.method", "method should be AND or OR");
    filter->tags = tags;
    filter->tag_count = count;
    filter->all_tags = method != NULL && strcmp(json_string_value(method), "AND") == 0;
    return true;
}

static bool read_text(const json_t *value, const char **text)
{
    *text = json_string_value(value);
    return json_is_string(value) && json_string_length(value) > 0;
}

static bool read_control_mode(const json_t *value, struct store_filter *filter)
{
    return read_text(value, &filter->control_mode) &&
           (strcmp(filter->control_mode, "acm") == 0 || strcmp(filter->control_mode, "ccm") == 0 ||
            strcmp(filter->control_mode, "none") == 0);
}

static bool read_power_state(const json_t *value, struct store_filter *filter)
{
    json_int_t number = json_integer_value(value);
    filter->power_state = number > 0 && number <= UINT16_MAX ? (int)number : 0;
    return json_is_integer(value) && filter->power_state != 0;
}

/* As the list of devices has it, 0 or 1, or a boolean. */
static bool read_status(const json_t *value, struct store_filter *filter)
{
    json_int_t number = json_is_boolean(value) ? json_is_true(value) : json_integer_value(value);
    filter->connected = number == 1;
    return json_is_boolean(value) || (json_is_integer(value) && (number == 0 || number == 1));
}

static bool read_condition(const char *name, const json_t *value, struct store_filter *filter)
{
    if (strcmp(name, "hostname") == 0)
        return read_text(value, &filter->hostname);
    if (strcmp(name, "friendlyName") == 0)
        return read_text(value, &filter->friendly_name);
    if (strcmp(name, "fwVersion") == 0)
        return read_text(value, &filter->fw_version);
    if (strcmp(name, "manufacturer") == 0)
        return read_text(value, &filter->manufacturer);
    if (strcmp(name, "model") == 0)
        return read_text(value, &filter->model);
    if (strcmp(name, "controlMode") == 0)
        return read_control_mode(value, filter);
    if (strcmp(name, "powerState") == 0)
        return read_power_state(value, filter);
    return strcmp(name, "status") == 0 && read_status(value, filter);
}

/* A condition that is misspelt would select everything, so every member has to be one. */
static bool read_filter(struct http_exchange *exchange, const json_t *object,
                        struct store_filter *filter)
{
    const char *name;
    json_t *value;
    if (json_object_size(object) == 0)
        return invalid(exchange, "selection.filter", "filter should be an object of conditions");
    json_object_foreach((json_t *)object, name, value)
    {
        if (!read_condition(name, value, filter))
            return invalid(exchange, "selection.filter",
                           arena_printf(exchange->arena,
                                        "There is no such condition, or its value is wrong: %.64s",
                                        name));
    }
    return true;
}

bool job_selection_read(struct http_exchange *exchange, struct job_selection *selection)
{
    const json_t *body = json_object_get(exchange->json, "selection");
    const json_t *guids = json_object_get(body, "guids");
    const json_t *tags = json_object_get(body, "tags");
    const json_t *filter = json_object_get(body, "filter");
    const json_t *all = json_object_get(body, "all");
    const json_t *method = json_object_get(body, "method");
    *selection = (struct job_selection){
        .filter = {.tenant = routes_tenant(exchange), .connected = -1},
    };
    unsigned kinds = (guids != NULL ? 1U : 0U) + (tags != NULL ? 1U : 0U) +
                     (filter != NULL ? 1U : 0U) + (all != NULL ? 1U : 0U);
    if (kinds != 1 || json_object_size(body) != kinds + (method != NULL && tags != NULL))
        return invalid(exchange, "selection",
                       "selection should have one of guids, tags (with method), filter and all");
    if (guids != NULL)
        return read_guids(exchange, guids, selection);
    if (tags != NULL)
        return read_tags(exchange, tags, method, &selection->filter);
    if (filter != NULL)
        return read_filter(exchange, filter, &selection->filter);
    return json_is_true(all) || invalid(exchange, "selection.all", "all should be true");
}
