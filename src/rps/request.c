#include "rps/request.h"

#include "core/encoding.h"
#include "core/json_reader.h"
#include "http/json.h"
#include "rps/command_line.h"

#include <math.h>

#define DEPTH         8
#define HASHES_MOST   256
#define TENANT_MOST   36 /* characters, as in tokens (access/token.h) */
#define UUID_SIZE     16
#define DECIMALS_MOST 6

static struct slice text_of(struct arena *arena, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value))
        return (struct slice){NULL, 0};
    return arena_copy(arena, slice_of(json_string_value(value), json_string_length(value)));
}

/* As JavaScript sees it. */
static bool is_truthy(const json_t *value)
{
    if (json_is_string(value))
        return json_string_length(value) > 0;
    if (json_is_number(value))
        return fpclassify(json_number_value(value)) != FP_ZERO;
    return json_is_true(value) || json_is_object(value) || json_is_array(value);
}

/* "16.1.25" is 16.1, as JavaScript's parseFloat has it; 0 for what is no number. */
static double release_of(struct slice version)
{
    double value = 0;
    double place = 0.1;
    bool decimals = false;
    unsigned digits = 0;
    for (size_t i = 0; i < version.size && digits < DECIMALS_MOST; i++) {
        uint8_t c = version.data[i];
        if (c == '.' && !decimals) {
            decimals = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        digits++;
        if (decimals) {
            value += place * (c - '0');
            place /= 10;
        } else {
            value = value * 10 + (c - '0');
        }
    }
    return value;
}

/* ---- parts of the payload ---- */

static bool read_smbios(const json_t *value, struct guid *guid)
{
    uint8_t raw[UUID_SIZE];
    if (json_array_size(value) != UUID_SIZE)
        return false;
    for (size_t i = 0; i < UUID_SIZE; i++) {
        const json_t *item = json_array_get(value, i);
        json_int_t number = json_is_integer(item) ? json_integer_value(item) : -1;
        if (number < 0 || number > UINT8_MAX)
            return false;
        raw[i] = (uint8_t)number;
    }
    *guid = guid_from_smbios(raw);
    return true;
}

static bool read_uuid(const json_t *payload, const char *client, struct guid *guid,
                      struct error *err)
{
    const json_t *value = json_object_get(payload, "uuid");
    if (json_is_array(value))
        return read_smbios(value, guid) ||
               error_set(err, ERROR_INVALID, "%s - uuid not valid length", client);
    if (!json_is_string(value))
        return error_set(err, ERROR_INVALID, "%s - Missing uuid from payload", client);
    struct slice text = slice_of(json_string_value(value), json_string_length(value));
    if (text.size != GUID_TEXT_SIZE - 1)
        return error_set(err, ERROR_INVALID, "%s - uuid not valid length", client);
    return guid_parse(text, guid) || error_set(err, ERROR_INVALID, "%s - uuid not valid", client);
}

static void read_addresses(struct arena *arena, const json_t *payload,
                           struct rps_addresses *addresses)
{
    const json_t *value = json_object_get(payload, "ipConfiguration");
    *addresses = (struct rps_addresses){.given = json_is_object(value)};
    if (!addresses->given)
        return;
    addresses->dhcp = json_is_true(json_object_get(value, "dhcp"));
    addresses->is_static = json_is_true(json_object_get(value, "static"));
    addresses->ip_sync = json_is_true(json_object_get(value, "ipsync"));
    addresses->address = text_of(arena, value, "ipAddress");
    addresses->netmask = text_of(arena, value, "netmask");
    addresses->gateway = text_of(arena, value, "gateway");
    addresses->primary_dns = text_of(arena, value, "primaryDns");
    addresses->secondary_dns = text_of(arena, value, "secondaryDns");
}

static void read_hashes(struct arena *arena, const json_t *payload, struct rps_request *request)
{
    const json_t *list = json_object_get(payload, "certHashes");
    size_t count = json_array_size(list);
    count = count > HASHES_MOST ? HASHES_MOST : count;
    struct slice *hashes = arena_array(arena, count + 1, sizeof *hashes);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        if (json_is_string(item))
            hashes[request->hash_count++] =
                arena_copy(arena, slice_of(json_string_value(item), json_string_length(item)));
    }
    request->hashes = hashes;
}

/* A mode that is no small number is one that nobody knows. */
static int read_mode(const json_t *payload)
{
    const json_t *value = json_object_get(payload, "currentMode");
    if (value == NULL || json_is_null(value))
        return -1;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > INT16_MAX)
        return INT16_MAX;
    return (int)json_integer_value(value);
}

static void read_flags(const json_t *payload, struct rps_request *request)
{
    request->tls_enforced = json_is_true(json_object_get(payload, "tlsEnforced"));
    request->tls_tunnel = json_is_true(json_object_get(payload, "tlsTunnel"));
    request->lms_installed = json_is_true(json_object_get(payload, "lmsInstalled"));
    request->progress = json_is_true(json_object_get(payload, "progressSupported"));
}

static void read_names(struct arena *arena, const json_t *payload, struct rps_request *request)
{
    const json_t *names = json_object_get(payload, "hostnameInfo");
    request->host_name = text_of(arena, payload, "hostname");
    request->fqdn = text_of(arena, payload, "fqdn");
    request->friendly_name = text_of(arena, payload, "friendlyName");
    request->has_friendly_name = json_is_string(json_object_get(payload, "friendlyName"));
    request->has_host_name_info = json_is_object(names);
    request->host_name_os = text_of(arena, names, "hostname");
    request->dns_suffix_os = text_of(arena, names, "dnsSuffixOS");
}

static bool read_payload(struct arena *arena, const json_t *payload, const char *client,
                         struct rps_request *request, struct error *err)
{
    static const char *const needed[] = {"client", "ver", "build", "uuid"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!is_truthy(json_object_get(payload, needed[i])))
            return error_set(err, ERROR_INVALID, "Error: Invalid payload from client");
    if (!read_uuid(payload, client, &request->guid, err))
        return false;
    request->version = text_of(arena, payload, "ver");
    request->release = release_of(request->version);
    request->build = text_of(arena, payload, "build");
    request->sku = text_of(arena, payload, "sku");
    request->features = text_of(arena, payload, "features");
    request->username = text_of(arena, payload, "username");
    request->password = text_of(arena, payload, "password");
    request->control_mode = read_mode(payload);
    read_names(arena, payload, request);
    read_hashes(arena, payload, request);
    read_addresses(arena, payload, &request->addresses);
    read_flags(payload, request);
    return true;
}

static bool decode_payload(struct arena *arena, const struct rps_message *message,
                           const char *client, struct rps_request *request, struct error *err)
{
    struct slice text;
    struct error why;
    if (!message->has_payload)
        return error_set(err, ERROR_INVALID, "%s - Error while Validating the client message",
                         client);
    if (!encoding_base64_decode(arena, message->payload, &text))
        return error_set(err, ERROR_INVALID,
                         "Error: Failed to parse client message payload. It is not base64");
    json_t *payload = json_reader_parse_any(text, DEPTH, &why);
    if (payload == NULL)
        return error_set(err, ERROR_INVALID, "Error: Failed to parse client message payload. %s",
                         why.text);
    bool ok = read_payload(arena, payload, client, request, err);
    http_json_wipe(payload);
    json_decref(payload);
    return ok;
}

/* ---- the command ---- */

const char *rps_command_name(enum rps_command command)
{
    static const char *const names[] = {"activate", "deactivate", "maintenance"};
    return names[command];
}

static bool read_command(struct slice word, struct rps_request *request, struct error *err)
{
    char guid[GUID_TEXT_SIZE];
    for (int i = RPS_ACTIVATE; i <= RPS_MAINTENANCE; i++)
        if (slice_equal_string(word, rps_command_name((enum rps_command)i))) {
            request->command = (enum rps_command)i;
            return true;
        }
    return error_set(err, ERROR_INVALID,
                     "Device %s Not a supported method received from AMT device",
                     guid_format(&request->guid, guid));
}

bool rps_request_read(struct arena *arena, const struct rps_message *message, const char *client,
                      struct rps_request *request, struct error *err)
{
    struct rps_command_line line;
    *request = (struct rps_request){.control_mode = -1};
    if (!decode_payload(arena, message, client, request, err))
        return false;
    rps_command_line_read(message->method, request->password, &line);
    if (!read_command(line.command, request, err))
        return false;
    if (message->tenant.size > TENANT_MOST)
        return error_set(err, ERROR_INVALID, "%s - tenantId not valid length", client);
    request->tenant = message->tenant;
    request->profile = line.profile;
    request->force = line.force;
    request->has_task = line.has_task;
    request->task = line.task;
    if (line.argument.data != NULL)
        request->new_password = line.argument;
    if (line.password.data != NULL)
        request->password = line.password;
    return true;
}
