#include "rpc/server/message.h"

#include "core/encoding.h"
#include "core/json_reader.h"
#include "core/json_writer.h"
#include "http/json.h"
#include "rpc/text/page.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH 16

static const struct {
    const char *method;
    enum rpc_server_kind kind;
} kinds[] = {
    {"wsman", RPC_SERVER_WSMAN},
    {"tls_data", RPC_SERVER_TLS_DATA},
    {"port_switch", RPC_SERVER_PORT_SWITCH},
    {"heartbeat_request", RPC_SERVER_HEARTBEAT},
    {"progress", RPC_SERVER_PROGRESS},
    {"success", RPC_SERVER_SUCCESS},
    {"error", RPC_SERVER_ERROR},
};

/* A member's text in the arena; empty when it is absent or null. */
static bool take_text(struct arena *arena, const json_t *object, const char *name,
                      struct slice *text, struct error *err)
{
    const json_t *value = json_object_get(object, name);
    *text = (struct slice){NULL, 0};
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return error_set(err, ERROR_PROTOCOL, "\"%s\" of the server's message is no text", name);
    *text = arena_copy(arena, slice_of(json_string_value(value), json_string_length(value)));
    return true;
}

/* What a server says may hold passwords. */
static void forget(json_t *json)
{
    http_json_wipe(json);
    json_decref(json);
}

static enum rpc_server_kind kind_of(struct slice method)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (slice_equal_string(method, kinds[i].method))
            return kinds[i].kind;
    return RPC_SERVER_UNKNOWN;
}

/* {"port":"16993","delay":15}, both as text or number. */
static bool read_number(const json_t *object, const char *name, uint64_t most, uint64_t *number)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_integer(value) && json_integer_value(value) >= 0 &&
        (uint64_t)json_integer_value(value) <= most) {
        *number = (uint64_t)json_integer_value(value);
        return true;
    }
    if (json_is_real(value) && json_real_value(value) >= 0 &&
        json_real_value(value) <= (double)most) {
        *number = (uint64_t)json_real_value(value);
        return true;
    }
    return json_is_string(value) &&
           slice_to_u64(slice_of(json_string_value(value), json_string_length(value)), most,
                        number);
}

static bool read_port(struct rpc_server_message *message, struct error *err)
{
    uint64_t port = 0;
    uint64_t delay = 0;
    json_t *json = json_reader_parse(message->raw, DEPTH, NULL);
    bool ok = json_is_object(json) && read_number(json, "port", UINT16_MAX, &port) && port > 0;
    if (ok && json_object_get(json, "delay") != NULL)
        ok = read_number(json, "delay", UINT32_MAX, &delay);
    forget(json);
    message->port = (uint16_t)port;
    message->delay_s = (uint32_t)delay;
    return ok || error_set(err, ERROR_PROTOCOL, "the server's port_switch names no port");
}

static bool read_payload(struct arena *arena, struct rpc_server_message *message, struct error *err)
{
    switch (message->kind) {
    case RPC_SERVER_PORT_SWITCH:
        return read_port(message, err);
    case RPC_SERVER_WSMAN:
    case RPC_SERVER_TLS_DATA:
        return encoding_base64_decode(arena, message->raw, &message->payload) ||
               error_set(err, ERROR_PROTOCOL, "the server's payload is no base64");
    case RPC_SERVER_UNKNOWN:
        if (message->raw.size > 0 &&
            encoding_base64_decode(arena, message->raw, &message->payload) &&
            message->payload.size > 0)
            message->kind = RPC_SERVER_WSMAN;
        return true;
    default:
        return true;
    }
}

/* The major number must be ours; servers that say none are taken. */
static bool check_version(struct slice version, struct error *err)
{
    struct slice major = version;
    if (version.size == 0)
        return true;
    major = slice_first(major, slice_index_of(major, '.'));
    return slice_equal_string(major, "4") ||
           error_set(
               err, ERROR_PROTOCOL,
               "the server speaks version %.*s of the protocol, this program " RPC_SERVER_PROTOCOL,
               SLICE_ARG(slice_first_text(version, 16)));
}

bool rpc_server_message_read(struct arena *arena, struct slice text,
                             struct rpc_server_message *message, struct error *err)
{
    struct slice version;
    *message = (struct rpc_server_message){.kind = RPC_SERVER_UNKNOWN};
    json_t *json = json_reader_parse(text, DEPTH, err);
    if (json == NULL) {
        if (err != NULL)
            err->code = ERROR_PROTOCOL;
        return error_wrap(err, "the server's message");
    }
    bool ok = json_is_object(json) ||
              error_set(err, ERROR_PROTOCOL, "the server's message is no object of JSON");
    ok = ok && take_text(arena, json, "method", &message->method, err) &&
         take_text(arena, json, "message", &message->text, err) &&
         take_text(arena, json, "payload", &message->raw, err) &&
         take_text(arena, json, "protocolVersion", &version, err) && check_version(version, err);
    forget(json);
    if (ok && message->method.size == 0)
        ok = error_set(err, ERROR_PROTOCOL, "the server's message has no method");
    message->kind = kind_of(message->method);
    return ok && read_payload(arena, message, err);
}

bool rpc_server_message_put(struct buffer *out, const struct rpc_server_told *told)
{
    struct arena arena;
    struct json_writer json;
    size_t before = buffer_size(out);
    arena_init(&arena);
    json_writer_init(&json, out);
    json_open_object(&json);
    json_put_member_string(&json, "method", told->method);
    json_put_member_string(&json, "apiKey", "key");
    json_put_member_string(&json, "appVersion", OUTBAND_VERSION);
    json_put_member_string(&json, "protocolVersion", RPC_SERVER_PROTOCOL);
    json_put_member_string(&json, "status", told->status != NULL ? told->status : "ok");
    json_put_member_string(&json, "message", told->message != NULL ? told->message : "ok");
    json_put_member_string(&json, "fqdn", "");
    json_put_key(&json, "payload");
    json_put_string_slice(&json,
                          told->encoded ? told->payload : encoding_base64(&arena, told->payload));
    json_put_key(&json, "tenantId");
    json_put_string_slice(&json, told->tenant);
    json_close_object(&json);
    arena_fini_wiped(&arena);
    return buffer_ok(out) && buffer_size(out) - before <= RPC_SERVER_TOLD_LIMIT;
}

/* ---- the first message ---- */

static void put(struct json_writer *json, const char *key, const char *text)
{
    json_put_member_string(json, key, text != NULL ? text : "");
}

static void put_hashes(struct json_writer *json, const struct rpc_server_first *first)
{
    json_put_key(json, "certHashes");
    if (first->hash_count == 0) {
        json_put_null(json);
        return;
    }
    json_open_array(json);
    for (size_t i = 0; i < first->hash_count; i++)
        json_put_string(json, first->hashes[i]);
    json_close_array(json);
}

static void put_addresses(struct json_writer *json, const struct rpc_server_first *first)
{
    json_put_key(json, "ipConfiguration");
    json_open_object(json);
    json_put_member_bool(json, "dhcp", first->dhcp);
    json_put_member_bool(json, "static", first->is_static);
    json_put_member_bool(json, "ipsync", first->ip_sync);
    put(json, "ipAddress", first->address);
    put(json, "netmask", first->netmask);
    put(json, "gateway", first->gateway);
    put(json, "primaryDns", first->primary_dns);
    put(json, "secondaryDns", first->secondary_dns);
    json_close_object(json);
}

void rpc_server_first_put(struct buffer *out, const struct rpc_server_first *first)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_open_object(&json);
    put(&json, "ver", first->version);
    put(&json, "build", first->build);
    put(&json, "sku", first->sku);
    put(&json, "features", first->features);
    put(&json, "uuid", first->uuid);
    put(&json, "username", first->user);
    json_put_key(&json, "password");
    json_put_string_slice(&json, first->password);
    json_put_member_int(&json, "currentMode", first->mode);
    put(&json, "hostname", first->hostname);
    put(&json, "fqdn", first->fqdn);
    put(&json, "client", "RPC");
    put_hashes(&json, first);
    put_addresses(&json, first);
    json_put_key(&json, "hostnameInfo");
    json_open_object(&json);
    put(&json, "dnsSuffixOS", first->dns_suffix_os);
    put(&json, "hostname", first->hostname_os);
    json_close_object(&json);
    if (first->friendly_name != NULL)
        put(&json, "friendlyName", first->friendly_name);
    if (first->tls_enforced)
        json_put_member_bool(&json, "tlsEnforced", true);
    if (first->tls_tunnel)
        json_put_member_bool(&json, "tlsTunnel", true);
    if (first->lms_installed) {
        json_put_member_bool(&json, "lmsInstalled", true);
        json_put_member_bool(&json, "lmsAvailable", true);
    }
    json_put_member_bool(&json, "progressSupported", true);
    json_close_object(&json);
}

/* ---- the end ---- */

static const struct {
    const char *member, *name;
} parts[RPC_PARTS] = {
    [RPC_PART_ACTIVATION] = {"Activation", "Activation"},
    [RPC_PART_WIRED] = {"WiredNetwork", "Wired Network"},
    [RPC_PART_WIRELESS] = {"WirelessNetwork", "Wireless Network"},
    [RPC_PART_TLS] = {"TLS", "TLS"},
    [RPC_PART_CIRA_PROXY] = {"CIRAProxy", "CIRA Proxy"},
    [RPC_PART_CIRA] = {"CIRAConnection", "CIRA Connection"},
};

const char *rpc_part_name(enum rpc_part part)
{
    return parts[part].name;
}

/* One line of a log: what a server says is shown to people. */
static struct slice clean(struct arena *arena, const json_t *value)
{
    if (!json_is_string(value))
        return (struct slice){NULL, 0};
    char *text = arena_string(arena, slice_of(json_string_value(value), json_string_length(value)));
    size_t size;
    for (char *at = text; *at != '\0'; at += size) {
        bool control;
        size = rpc_page_character(at, &control);
        if (control)
            memset(at, ' ', size);
    }
    return slice_trim(slice_of_string(text));
}

static void read_part(struct arena *arena, const json_t *value, struct rpc_part_result *part)
{
    struct slice result = clean(arena, json_object_get(value, "Result"));
    part->mode = clean(arena, json_object_get(value, "Mode"));
    part->details = clean(arena, json_object_get(value, "Details"));
    part->ran = result.size > 0 && !slice_equal_string(result, "NotApplicable");
    part->failed = part->ran && !slice_equal_string(result, "Success");
}

void rpc_final_read(struct arena *arena, struct slice text, struct rpc_final *final)
{
    *final = (struct rpc_final){.has_parts = false};
    json_t *json = json_reader_parse(text, DEPTH, NULL);
    if (!json_is_object(json)) {
        json_t *plain = json_stringn((const char *)text.data, text.size);
        final->status = clean(arena, plain);
        forget(plain);
        forget(json);
        return;
    }
    final->status = clean(arena, json_object_get(json, "Status"));
    final->network = clean(arena, json_object_get(json, "Network"));
    final->cira = clean(arena, json_object_get(json, "CIRAConnection"));
    final->tls = clean(arena, json_object_get(json, "TLSConfiguration"));
    const json_t *list = json_object_get(json, "Components");
    final->has_parts = json_is_object(list);
    for (size_t i = 0; i < RPC_PARTS; i++)
        read_part(arena, json_object_get(list, parts[i].member), &final->parts[i]);
    forget(json);
}
