#include "mps/routes/device_body.h"

#include "http/json.h"
#include "mps/routes/error_answer.h"

#include <string.h>

/* Bounds of the store and of APF's log-in message, bytes. */
#define USERNAME_BYTES    64
#define PASSWORD_BYTES    128
#define TAGS_LIMIT        1000
#define DEVICE_INFO_BYTES (64 * 1024)

/* A string member: not given, null, or text. */
static bool read_text(struct http_exchange *exchange, const char *key, enum store_field field,
                      unsigned *fields, const char **to)
{
    const json_t *value = json_object_get(exchange->json, key);
    if (value == NULL)
        return false;
    *fields |= field;
    *to = json_string_value(value); /* NULL for null */
    return true;
}

static bool read_secret(struct http_exchange *exchange, const char *key, struct device_body *body,
                        const char **to)
{
    *to = json_string_value(json_object_get(exchange->json, key));
    if (*to == NULL)
        return true;
    body->has_secrets = true;
    if (strlen(*to) <= PASSWORD_BYTES)
        return true;
    routes_answer_invalid(
        exchange, key,
        arena_printf(exchange->arena, "%s must have at most %d bytes", key, PASSWORD_BYTES));
    return false;
}

static bool read_tags(struct http_exchange *exchange, struct device_body *body)
{
    const json_t *tags = json_object_get(exchange->json, "tags");
    if (tags == NULL)
        return true;
    size_t count = json_array_size(tags);
    if (count > TAGS_LIMIT) {
        routes_answer_invalid(exchange, "tags", "a device has at most 1000 tags");
        return false;
    }
    const char **list = arena_array(exchange->arena, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = json_string_value(json_array_get(tags, i));
    body->fields |= STORE_TAGS;
    body->device.tags = list;
    body->device.tag_count = count;
    return true;
}

static bool read_info(struct http_exchange *exchange, struct device_body *body)
{
    const json_t *info = json_object_get(exchange->json, "deviceInfo");
    if (info == NULL)
        return true;
    body->fields |= STORE_DEVICE_INFO;
    if (json_is_null(info))
        return true;
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, DEVICE_INFO_BYTES);
    json_writer_init(&json, &text);
    http_json_write(&json, info);
    bool ok = buffer_ok(&text);
    if (ok)
        body->device.device_info = arena_string(exchange->arena, buffer_slice(&text));
    else
        routes_answer_invalid(exchange, "deviceInfo", "deviceInfo must be smaller than 64 KB");
    buffer_fini(&text);
    return ok;
}

bool device_body_read(struct http_exchange *exchange, struct device_body *body)
{
    *body = (struct device_body){0};
    const char *guid = json_string_value(json_object_get(exchange->json, "guid"));
    if (!guid_parse(slice_of_string(guid), &body->device.guid)) {
        routes_answer_invalid(exchange, "guid", "Invalid value");
        return false;
    }
    struct store_device *device = &body->device;
    (void)read_text(exchange, "hostname", STORE_HOSTNAME, &body->fields, &device->hostname);
    (void)read_text(exchange, "friendlyName", STORE_FRIENDLY_NAME, &body->fields,
                    &device->friendly_name);
    (void)read_text(exchange, "dnsSuffix", STORE_DNS_SUFFIX, &body->fields, &device->dns_suffix);
    if (read_text(exchange, "mpsusername", STORE_MPS_USERNAME, &body->fields,
                  &device->mps_username) &&
        device->mps_username != NULL && strlen(device->mps_username) > USERNAME_BYTES) {
        routes_answer_invalid(exchange, "mpsusername", "mpsusername must have at most 64 bytes");
        return false;
    }
    return read_tags(exchange, body) && read_info(exchange, body) &&
           read_secret(exchange, "mpspassword", body, &body->secrets.mps_password) &&
           read_secret(exchange, "amtpassword", body, &body->secrets.amt_password) &&
           read_secret(exchange, "mebxpassword", body, &body->secrets.mebx_password);
}
