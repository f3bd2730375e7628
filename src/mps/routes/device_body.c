#include "mps/routes/device_body.h"

#include "http/json.h"
#include "http/validate.h"

#include <string.h>

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
    if (strlen(*to) <= STORE_PASSWORD_LIMIT)
        return true;
    http_answer_invalid(
        exchange, key,
        arena_printf(exchange->arena, "%s must have at most %d bytes", key, STORE_PASSWORD_LIMIT));
    return false;
}

static bool read_tags(struct http_exchange *exchange, struct device_body *body)
{
    const json_t *tags = json_object_get(exchange->json, "tags");
    if (tags == NULL)
        return true;
    size_t count = json_array_size(tags);
    if (count > STORE_TAGS_LIMIT) {
        http_answer_invalid(
            exchange, "tags",
            arena_printf(exchange->arena, "a device has at most %d tags", STORE_TAGS_LIMIT));
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
    buffer_init(&text, STORE_DEVICE_INFO_LIMIT);
    json_writer_init(&json, &text);
    http_json_write(&json, info);
    bool ok = buffer_ok(&text);
    if (ok)
        body->device.device_info = arena_string(exchange->arena, buffer_slice(&text));
    else
        http_answer_invalid(exchange, "deviceInfo", "deviceInfo must be smaller than 64 KB");
    buffer_fini(&text);
    return ok;
}

bool device_body_read(struct http_exchange *exchange, struct device_body *body)
{
    *body = (struct device_body){0};
    const char *guid = json_string_value(json_object_get(exchange->json, "guid"));
    if (!guid_parse(slice_of_string(guid), &body->device.guid)) {
        http_answer_invalid(exchange, "guid", "Invalid value");
        return false;
    }
    struct store_device *device = &body->device;
    (void)read_text(exchange, "hostname", STORE_HOSTNAME, &body->fields, &device->hostname);
    (void)read_text(exchange, "friendlyName", STORE_FRIENDLY_NAME, &body->fields,
                    &device->friendly_name);
    (void)read_text(exchange, "dnsSuffix", STORE_DNS_SUFFIX, &body->fields, &device->dns_suffix);
    if (read_text(exchange, "mpsusername", STORE_MPS_USERNAME, &body->fields,
                  &device->mps_username) &&
        device->mps_username != NULL && strlen(device->mps_username) > STORE_MPS_USERNAME_LIMIT) {
        http_answer_invalid(exchange, "mpsusername",
                            arena_printf(exchange->arena, "mpsusername must have at most %d bytes",
                                         STORE_MPS_USERNAME_LIMIT));
        return false;
    }
    return read_tags(exchange, body) && read_info(exchange, body) &&
           read_secret(exchange, "mpspassword", body, &body->secrets.mps_password) &&
           read_secret(exchange, "amtpassword", body, &body->secrets.amt_password) &&
           read_secret(exchange, "mebxpassword", body, &body->secrets.mebx_password);
}
