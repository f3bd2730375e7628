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

/* A boolean as the rules let it in: true, false, 1, 0, also as text. */
static void read_bool(struct http_exchange *exchange, const char *key, enum store_field field,
                      unsigned *fields, bool *to)
{
    const json_t *value = json_object_get(exchange->json, key);
    if (value == NULL || json_is_null(value))
        return;
    *fields |= field;
    *to = json_is_true(value) || json_integer_value(value) == 1 ||
          (json_is_string(value) && (strcmp(json_string_value(value), "true") == 0 ||
                                     strcmp(json_string_value(value), "1") == 0));
}

const char *device_body_cert_hash(struct arena *arena, const char *text)
{
    char *hash = arena_string(arena, slice_of_string(text));
    size_t length = 0;
    for (const char *at = text; *at != '\0'; at++)
        if (*at != ':')
            hash[length++] = *at >= 'A' && *at <= 'F' ? (char)(*at - 'A' + 'a') : *at;
    hash[length] = '\0';
    return hash;
}

/* What AMT's digest could not carry (device-protocols 4.4). */
static bool is_username(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f || strchr(":,<>&\"", *text) != NULL)
            return false;
    return true;
}

/* How AMT itself is reached and spoken to. */
static bool read_access(struct http_exchange *exchange, struct device_body *body)
{
    struct store_device *device = &body->device;
    if (read_text(exchange, "username", STORE_USERNAME, &body->fields, &device->username) &&
        device->username != NULL &&
        (strlen(device->username) > STORE_USERNAME_LIMIT || !is_username(device->username))) {
        http_answer_invalid(exchange, "username", "username is no AMT user name");
        return false;
    }
    read_bool(exchange, "useTLS", STORE_USE_TLS, &body->fields, &device->use_tls);
    read_bool(exchange, "allowSelfSigned", STORE_ALLOW_SELF_SIGNED, &body->fields,
              &device->allow_self_signed);
    if (read_text(exchange, "certHash", STORE_CERT_HASH, &body->fields, &device->cert_hash) &&
        device->cert_hash != NULL)
        device->cert_hash = device->cert_hash[0] == '\0'
                                ? NULL
                                : device_body_cert_hash(exchange->arena, device->cert_hash);
    return true;
}

static bool is_text(const struct http_exchange *exchange, const char *key)
{
    const char *text = json_string_value(json_object_get(exchange->json, key));
    return text != NULL && text[0] != '\0';
}

/* Neither null, absent nor "". Something else than text is refused by its rule. */
static bool is_given(const struct http_exchange *exchange, const char *key)
{
    const json_t *value = json_object_get(exchange->json, key);
    return value != NULL && !json_is_null(value) &&
           !(json_is_string(value) && json_string_length(value) == 0);
}

static bool is_on_lan(const struct http_exchange *exchange)
{
    return is_text(exchange, "hostname") && !is_given(exchange, "mpsusername");
}

void device_body_complete(struct http_exchange *exchange)
{
    if (!is_on_lan(exchange) || is_given(exchange, "guid"))
        return;
    char text[GUID_TEXT_SIZE];
    struct guid guid = guid_random();
    (void)json_object_set_new(exchange->json, "guid", json_string(guid_format(&guid, text)));
}

static bool read_secret(struct http_exchange *exchange, const char *key, const char **to)
{
    *to = json_string_value(json_object_get(exchange->json, key));
    if (*to == NULL || strlen(*to) <= STORE_PASSWORD_LIMIT)
        return true;
    http_answer_invalid(
        exchange, key,
        arena_printf(exchange->arena, "%s must have at most %d bytes", key, STORE_PASSWORD_LIMIT));
    return false;
}

/* An empty password is stored only where it means that there is none: agents of the toolkit take
 * back mpspassword like that (spec console 5.4). */
static bool read_secrets(struct http_exchange *exchange, struct device_body *body)
{
    struct store_device_secrets *secrets = &body->secrets;
    const char *password = NULL;
    if (!read_secret(exchange, "mpspassword", &secrets->mps_password) ||
        !read_secret(exchange, "amtpassword", &secrets->amt_password) ||
        !read_secret(exchange, "password", &password) ||
        !read_secret(exchange, "mebxpassword", &secrets->mebx_password))
        return false;
    if (secrets->amt_password == NULL)
        secrets->amt_password = password;
    if (secrets->amt_password != NULL && secrets->amt_password[0] == '\0')
        secrets->amt_password = NULL;
    if (secrets->mebx_password != NULL && secrets->mebx_password[0] == '\0')
        secrets->mebx_password = NULL;
    body->has_secrets = secrets->mps_password != NULL || secrets->amt_password != NULL ||
                        secrets->mebx_password != NULL;
    if (secrets->amt_password != NULL && is_on_lan(exchange))
        body->fields |= STORE_NEW_WITH_TLS;
    return true;
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
    return read_tags(exchange, body) && read_info(exchange, body) && read_access(exchange, body) &&
           read_secrets(exchange, body);
}
