#include "mps/routes/device_json.h"

#include "core/clock.h"
#include "core/json_reader.h"
#include "http/json.h"

static void put_time(struct json_writer *json, const char *key, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];
    json_put_member_string(json, key, ms == STORE_NEVER ? NULL : clock_format(ms, text));
}

/* Writes the members of `learned` that `own` does not have. */
static void put_missing(struct json_writer *json, const json_t *own, const json_t *learned)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)learned, key, value)
    {
        if (json_object_get(own, key) != NULL || !json_is_string(value))
            continue;
        json_put_member_string(json, key, json_string_value(value));
    }
}

/* What a client has written stays as it is; what was learned fills in keys that nobody set
 * (docs/compatibility.md). */
static void put_merged(struct json_writer *json, struct slice own_text, struct slice learned_text)
{
    json_t *own = json_reader_parse(own_text, HTTP_JSON_DEPTH_LIMIT, NULL);
    json_t *learned = json_reader_parse(learned_text, JSON_READER_DEPTH, NULL);
    if (json_is_object(own) && json_is_object(learned)) {
        json_open_object(json);
        const char *key;
        json_t *value;
        json_object_foreach(own, key, value)
        {
            json_put_key(json, key);
            http_json_write(json, value);
        }
        put_missing(json, own, learned);
        json_close_object(json);
    } else {
        json_put_raw(json, own_text);
    }
    json_decref(own);
    json_decref(learned);
}

static void put_device_info(struct json_writer *json, const struct store_device *device)
{
    struct slice own = slice_of_string(device->device_info);
    struct slice learned = slice_of_string(device->learned_info);
    if (own.size > 0 && learned.size > 0)
        put_merged(json, own, learned);
    else if (own.size > 0 || learned.size > 0)
        json_put_raw(json, own.size > 0 ? own : learned);
    else
        json_put_null(json);
}

void device_json_put(struct json_writer *json, const struct store_device *device, bool with_times,
                     bool with_inventory)
{
    char guid[GUID_TEXT_SIZE];
    json_open_object(json);
    json_put_member_string(json, "guid", guid_format(&device->guid, guid));
    json_put_member_string(json, "hostname", device->hostname);
    json_put_key(json, "tags");
    json_open_array(json);
    for (size_t i = 0; i < device->tag_count; i++)
        json_put_string(json, device->tags[i]);
    json_close_array(json);
    json_put_member_string(json, "mpsInstance", device->mps_instance);
    json_put_member_bool(json, "connectionStatus", device->connected);
    json_put_member_string(json, "mpsusername", device->mps_username);
    json_put_member_string(json, "tenantId", device->tenant_id == NULL ? "" : device->tenant_id);
    json_put_member_string(json, "friendlyName", device->friendly_name);
    json_put_member_string(json, "dnsSuffix", device->dns_suffix);
    if (with_times) {
        put_time(json, "lastConnected", device->last_connected);
        put_time(json, "lastSeen", device->last_seen);
        put_time(json, "lastDisconnected", device->last_disconnected);
    }
    json_put_key(json, "deviceInfo");
    put_device_info(json, device);
    json_put_member_string(json, "username", device->username);
    json_put_member_bool(json, "useTLS", device->use_tls);
    json_put_member_bool(json, "allowSelfSigned", device->allow_self_signed);
    json_put_member_string(json, "certHash", device->cert_hash);
    if (with_inventory) {
        json_put_key(json, "inventory");
        if (device->inventory == NULL)
            json_put_null(json);
        else
            json_put_raw(json, slice_of_string(device->inventory));
    }
    json_close_object(json);
}
