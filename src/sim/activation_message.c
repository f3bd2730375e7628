#include "sim/activation_message.h"

#include "core/encoding.h"
#include "core/json_reader.h"
#include "core/json_writer.h"
#include "sim/provisioning.h"

#include <stdio.h>
#include <string.h>

#define DEPTH         8
#define PAYLOAD_LIMIT (256 * 1024)
#define DELAY_MOST    60 /* as rpc-go bounds it */

/* ---- reading ---- */

static enum sim_message_kind kind_of(struct slice method)
{
    static const struct {
        const char *name;
        enum sim_message_kind kind;
    } kinds[] = {
        {"wsman", SIM_MESSAGE_WSMAN},
        {"tls_data", SIM_MESSAGE_TLS_DATA},
        {"port_switch", SIM_MESSAGE_PORT_SWITCH},
        {"progress", SIM_MESSAGE_PROGRESS},
        {"heartbeat_request", SIM_MESSAGE_HEARTBEAT},
        {"success", SIM_MESSAGE_SUCCESS},
        {"error", SIM_MESSAGE_ERROR},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (slice_equal_string(method, kinds[i].name))
            return kinds[i].kind;
    }
    return SIM_MESSAGE_WSMAN;
}

/* A member that is a string, or null, which counts as empty. False on another type. */
static bool member(struct arena *arena, const json_t *object, const char *name, struct slice *text,
                   bool *fits)
{
    const json_t *value = json_object_get(object, name);
    *text = (struct slice){0};
    if (value == NULL)
        *fits = false;
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return false;
    *text = arena_copy(arena, slice_of(json_string_value(value), json_string_length(value)));
    return true;
}

/* {"port":"16993","delay":15}, as text and not as base64. */
static bool read_switch(struct slice text, struct sim_message *message, struct error *err)
{
    uint64_t port = 0;
    json_t *object = json_reader_parse(text, DEPTH, err);
    const json_t *delay = json_object_get(object, "delay");
    const char *number = json_string_value(json_object_get(object, "port"));
    bool good = number != NULL && slice_to_u64(slice_of_string(number), UINT16_MAX, &port) &&
                (delay == NULL || json_is_integer(delay));
    json_int_t seconds = json_integer_value(delay);
    message->port = (uint16_t)port;
    message->delay_s = seconds < 0 ? 0 : seconds > DELAY_MOST ? DELAY_MOST : (uint32_t)seconds;
    json_decref(object);
    return good || error_set(err, ERROR_INVALID, "the port switch names no port");
}

bool sim_message_read(struct arena *arena, struct slice text, struct sim_message *message,
                      struct error *err)
{
    static const char *const others[] = {"apiKey", "appVersion", "protocolVersion", "status",
                                         "tenantId"};
    struct slice method, payload, other;
    memset(message, 0, sizeof(*message));
    message->fits = true;
    json_t *object = json_reader_parse(text, DEPTH, err);
    if (object == NULL)
        return false;
    bool good = json_is_object(object) &&
                member(arena, object, "method", &method, &message->fits) && method.size > 0 &&
                member(arena, object, "message", &message->text, &message->fits) &&
                member(arena, object, "payload", &payload, &message->fits);
    for (size_t i = 0; good && i < sizeof(others) / sizeof(others[0]); i++)
        good = member(arena, object, others[i], &other, &message->fits);
    json_decref(object);
    if (!good)
        return error_set(err, ERROR_INVALID, "a message of the server has another shape");
    message->kind = kind_of(method);
    if (message->kind == SIM_MESSAGE_PORT_SWITCH)
        return read_switch(payload, message, err);
    if (message->kind == SIM_MESSAGE_WSMAN || message->kind == SIM_MESSAGE_TLS_DATA)
        return encoding_base64_decode(arena, payload, &message->payload) ||
               error_set(err, ERROR_INVALID, "the payload is no base64");
    return true;
}

/* ---- writing ---- */

void sim_message_put(struct buffer *out, const char *method, const char *status, const char *tenant,
                     struct slice payload)
{
    struct json_writer json;
    struct arena arena;
    arena_init(&arena);
    json_writer_init(&json, out);
    json_open_object(&json);
    json_put_member_string(&json, "method", method);
    json_put_member_string(&json, "apiKey", "key");
    json_put_member_string(&json, "appVersion", "3.0.0");
    json_put_member_string(&json, "protocolVersion", "4.0.0");
    json_put_member_string(&json, "status", status);
    json_put_member_string(&json, "message", "ok");
    json_put_member_string(&json, "fqdn", "");
    json_put_key(&json, "payload");
    json_put_string_slice(&json, encoding_base64(&arena, payload));
    json_put_member_string(&json, "tenantId", tenant == NULL ? "" : tenant);
    json_close_object(&json);
    arena_fini_wiped(&arena);
}

static void put_hashes(struct json_writer *json, const struct sim_provisioning *p)
{
    json_put_key(json, "certHashes");
    json_open_array(json);
    for (size_t i = 0; i < p->root_count; i++) {
        char text[97];
        if (!p->roots[i].active)
            continue;
        encoding_hex(slice_of(p->roots[i].bytes, p->roots[i].size), text);
        json_put_string(json, text);
    }
    json_close_array(json);
}

static void put_addresses(struct json_writer *json, uint32_t number)
{
    char text[32];
    snprintf(text, sizeof(text), "192.0.2.%u", number % 250u + 2);
    json_put_key(json, "ipConfiguration");
    json_open_object(json);
    json_put_member_bool(json, "dhcp", true);
    json_put_member_bool(json, "static", false);
    json_put_member_bool(json, "ipsync", true);
    json_put_member_string(json, "ipAddress", text);
    json_put_member_string(json, "netmask", "255.255.255.0");
    json_put_member_string(json, "gateway", "192.0.2.1");
    json_put_member_string(json, "primaryDns", "192.0.2.1");
    json_put_member_string(json, "secondaryDns", "");
    json_close_object(json);
}

/* Another machine's UUID, for agents that lie. */
static struct guid told_guid(const struct sim_options *options, const struct sim_device *device)
{
    struct guid guid = device->guid;
    if (options->lie_uuid)
        guid.bytes[0] ^= 0xFF;
    return guid;
}

static void put_device(struct json_writer *json, const struct sim_options *options,
                       const struct sim_device *device, const char *host_name)
{
    const struct sim_provisioning *p = device->provisioning;
    struct guid guid = told_guid(options, device);
    char text[GUID_TEXT_SIZE], name[64];
    const char *suffix = p->trusted_suffix[0] != '\0' ? p->trusted_suffix : p->dhcp_suffix;
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(host_name, "."), host_name);
    json_put_member_string(json, "ver", device->personality->version);
    json_put_member_string(json, "build", device->personality->build);
    json_put_member_string(json, "sku", "16392");
    json_put_member_string(json, "features", "AMT Pro Corporate");
    json_put_member_string(json, "uuid", guid_format(&guid, text));
    json_put_member_int(json, "currentMode", sim_provisioning_mode(device));
    json_put_member_string(json, "hostname", name);
    json_put_member_string(json, "fqdn", suffix);
    json_put_member_string(json, "client", "RPC");
    put_hashes(json, p);
    put_addresses(json, device->number);
    json_put_key(json, "hostnameInfo");
    json_open_object(json);
    json_put_member_string(json, "dnsSuffixOS", p->dhcp_suffix);
    json_put_member_string(json, "hostname", name);
    json_close_object(json);
}

/* Nobody answers at the local door without TLS. */
static bool enforces_tls(const struct sim_device *device)
{
    const struct sim_provisioning *p = device->provisioning;
    return sim_provisioning_is_tls_only(device) || (p->doors_follow && !p->doors[1].plain);
}

static void put_command(struct buffer *out, const struct sim_options *options, const char *password)
{
    if (options->errand == SIM_ERRAND_ACTIVATE)
        buffer_printf(out, "activate --profile %s", options->profile);
    else if (options->errand == SIM_ERRAND_DEACTIVATE)
        buffer_printf(out, "deactivate --password %s", password);
    else
        buffer_printf(out, "maintenance -password %s --%s", password, options->task);
    if (options->force)
        buffer_put_text(out, " -f");
    buffer_put_u8(out, 0);
}

void sim_message_put_first(struct buffer *out, const struct sim_options *options,
                           const struct sim_machine *machine, const char *host_name,
                           const char *password)
{
    const struct sim_device *device = &machine->device;
    struct buffer payload, command;
    struct json_writer json;
    buffer_init_secret(&payload, PAYLOAD_LIMIT);
    buffer_init_secret(&command, 1024);
    json_writer_init(&json, &payload);
    json_open_object(&json);
    put_device(&json, options, device, host_name);
    json_put_member_string(&json, "username", SIM_LOCAL_USER);
    json_put_member_string(&json, "password",
                           sim_provisioning_mode(device) == 0 ? device->provisioning->local_password
                                                              : password);
    if (enforces_tls(device))
        json_put_member_bool(&json, "tlsEnforced", true);
    if (options->tls_tunnel)
        json_put_member_bool(&json, "tlsTunnel", true);
    json_put_member_bool(&json, "lmsInstalled", true);
    if (options->progress)
        json_put_member_bool(&json, "progressSupported", true);
    json_close_object(&json);
    put_command(&command, options, password);
    if (buffer_ok(&command))
        sim_message_put(out, (const char *)buffer_slice(&command).data, "ok", options->tenant,
                        buffer_slice(&payload));
    buffer_fini(&command);
    buffer_fini(&payload);
}
