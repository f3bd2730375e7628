/* GET /api/v1/devices, /devices/stats and /devices/tags (spec mps 1.8). */
#include "http/query_value.h"
#include "io/fiber.h"
#include "mps/routes/device_json.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

#define TOP_DEFAULT  25
#define ROWS_AT_ONCE 200 /* a fraction of a millisecond */

static void split_tags(struct http_exchange *exchange, struct slice text,
                       struct store_filter *filter)
{
    size_t most = 1;
    for (size_t i = 0; i < text.size; i++)
        most += text.data[i] == ',';
    const char **tags = arena_array(exchange->arena, most, sizeof *tags);
    while (text.size > 0) {
        struct slice tag = slice_split(&text, ',');
        if (tag.size > 0)
            tags[filter->tag_count++] = arena_string(exchange->arena, tag);
    }
    filter->tags = tags;
    filter->match_no_tag = filter->tag_count == 0;
}

/* The first of hostname, friendlyName and tags that is given selects. */
static void read_selection(struct http_exchange *exchange, struct store_filter *filter)
{
    struct slice text;
    if (http_query_get(exchange, "hostname", &text))
        filter->hostname = arena_string(exchange->arena, text);
    else if (http_query_get(exchange, "friendlyName", &text))
        filter->friendly_name = arena_string(exchange->arena, text);
    else if (http_query_get(exchange, "tags", &text))
        split_tags(exchange, text, filter);
    filter->all_tags = http_query_get(exchange, "method", &text) && slice_equal_string(text, "AND");
    if (http_query_get(exchange, "status", &text))
        filter->connected = slice_equal_string(text, "1");
}

static const char *query_text(const struct http_exchange *exchange, const char *name)
{
    struct slice text;
    return http_query_get(exchange, name, &text) ? arena_string(exchange->arena, text) : NULL;
}

/* Narrows by what was learned. */
static void read_learned(const struct http_exchange *exchange, struct store_filter *filter)
{
    struct slice expand;
    filter->fw_version = query_text(exchange, "fwVersion");
    filter->control_mode = query_text(exchange, "controlMode");
    filter->manufacturer = query_text(exchange, "manufacturer");
    filter->model = query_text(exchange, "model");
    filter->power_state = (int)http_query_value_number(exchange, "powerState", 0);
    filter->with_inventory = http_query_get(exchange, "$expand", &expand);
}

/* Gives way to everybody else on the loop now and then. False when the client has gone. */
static bool put_rows(struct json_writer *json, const struct store_device *devices, size_t count,
                     bool with_inventory)
{
    json_open_array(json);
    for (size_t i = 0; i < count; i++) {
        if (i % ROWS_AT_ONCE == ROWS_AT_ONCE - 1 && !io_sleep(0, NULL))
            return false;
        device_json_put(json, &devices[i], false, with_inventory);
    }
    json_close_array(json);
    return true;
}

static void answer_list(struct http_exchange *exchange, const struct store_device *devices,
                        size_t count, uint64_t total, bool with_inventory)
{
    bool with_count = http_query_value_is_true(exchange, "$count");
    struct json_writer json = http_answer_json(exchange, 200);
    if (with_count) {
        json_open_object(&json);
        json_put_key(&json, "data");
    }
    if (!put_rows(&json, devices, count, with_inventory)) {
        http_answer_empty(exchange, 503);
        return;
    }
    if (with_count) {
        json_put_member_int(&json, "totalCount", (int64_t)total);
        json_close_object(&json);
    }
    if (!buffer_ok(&exchange->answer))
        routes_answer_error(exchange, 500,
                            "The answer is too large; ask for fewer items with $top");
}

void routes_devices_list(struct http_exchange *exchange)
{
    struct store_filter filter = {
        .tenant = routes_tenant(exchange),
        .connected = -1,
        .top = http_query_value_number(exchange, "$top", TOP_DEFAULT),
        .skip = http_query_value_number(exchange, "$skip", 0),
    };
    read_selection(exchange, &filter);
    read_learned(exchange, &filter);
    struct store_device *devices;
    size_t count;
    uint64_t total;
    struct error err;
    error_clear(&err);
    if (store_device_list(routes_application(exchange)->store, exchange->arena, &filter, &devices,
                          &count, &total, &err))
        answer_list(exchange, devices, count, total, filter.with_inventory);
    else
        http_answer_failure(exchange, &err);
}

void routes_devices_stats(struct http_exchange *exchange)
{
    uint64_t total;
    uint64_t connected;
    struct error err;
    error_clear(&err);
    if (!store_device_stats(routes_application(exchange)->store, routes_tenant(exchange), &total,
                            &connected, &err)) {
        http_answer_failure(exchange, &err);
        return;
    }
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_int(&json, "totalCount", (int64_t)total);
    json_put_member_int(&json, "connectedCount", (int64_t)connected);
    json_put_member_int(&json, "disconnectedCount",
                        total > connected ? (int64_t)(total - connected) : 0);
    json_close_object(&json);
}

void routes_devices_tags(struct http_exchange *exchange)
{
    const char **tags;
    size_t count;
    struct error err;
    error_clear(&err);
    if (!store_device_tags(routes_application(exchange)->store, exchange->arena,
                           routes_tenant(exchange), &tags, &count, &err)) {
        http_answer_failure(exchange, &err);
        return;
    }
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_array(&json);
    for (size_t i = 0; i < count; i++)
        json_put_string(&json, tags[i]);
    json_close_array(&json);
}
