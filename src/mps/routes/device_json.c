#include "mps/routes/device_json.h"

#include "core/clock.h"

static void put_time(struct json_writer *json, const char *key, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];
    json_put_member_string(json, key, ms == STORE_NEVER ? NULL : clock_format(ms, text));
}

void device_json_put(struct json_writer *json, const struct store_device *device, bool with_times)
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
    if (device->device_info == NULL)
        json_put_null(json);
    else
        json_put_raw(json, slice_of_string(device->device_info));
    json_put_member_string(json, "username", device->username);
    json_put_member_bool(json, "useTLS", device->use_tls);
    json_put_member_bool(json, "allowSelfSigned", device->allow_self_signed);
    json_put_member_string(json, "certHash", device->cert_hash);
    json_close_object(json);
}
